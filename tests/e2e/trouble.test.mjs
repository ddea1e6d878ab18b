// SPDX-License-Identifier: Apache-2.0
// When the ground gives way: a stopped or killed Redis, a full disk, a stop under load, a parent
// that dies, a second start, configurations that cannot work. What was acknowledged is there
// afterwards; what cannot be kept is not acknowledged.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';
import { binary, execute, freePort, get, root, until } from '../support/system.mjs';
import { newMsgId, patience, send, wechatPush, wechatXml } from './peers.mjs';
import { Site, bucketsOf, nowhere, phone, refusedServe, wechat } from './site.mjs';

const site = new Site();
after(() => site.close());
const words = '你们到底管不管啊';
const toml = `[replies]\nreceipts = false\n${wechat(nowhere)}`;

// One push as the platform makes it: {id, status, ms}; status 0 = no answer within its patience.
async function push(system) {
  const id = newMsgId();
  const start = Date.now();
  const answer = await send(system.port, '/hook/wechat/main', wechatPush(wechatXml(`openid-${id}`, { Content: words, MsgId: id }))).catch(() => ({ status: 0 }));
  return { id, status: answer.status, ms: Date.now() - start };
}

// Pushes in `lanes` until stop() is called, which returns all that was pushed.
function load(system, lanes = 8) {
  const pushed = [];
  let going = true;
  const lane = async () => {
    while (going) pushed.push(await push(system));
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  return {
    pushed,
    acked: () => pushed.filter((one) => one.status === 200),
    async stop() {
      going = false;
      await all;
      return pushed;
    },
  };
}

async function allStored(system, acked) {
  await until('everything acknowledged is in the store', () => system.sql('select count(*) as n from message')[0].n >= acked.length);
  const rows = system.sql('select source_id, count(*) as n from message group by source_id');
  const stored = new Map(rows.map((row) => [row.source_id, row.n]));
  assert.deepEqual(acked.filter((one) => stored.get(one.id) !== 1), [], 'acknowledged and not exactly once in the store');
}

const redisPid = (system) => Number(fs.readFileSync(path.join(system.data, 'redis/redis.pid'), 'utf8'));
// A zombie whose parent does not look is gone all the same.
const lives = (pid) => {
  try {
    return !/^\d+ \(.*\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};
const readiness = (system) => get(system.port, '/readyz').catch(() => 0);

test('a Redis that hangs or dies again and again: 503 in time, nothing acknowledged is lost, ready again', { timeout: 120_000 }, async () => {
  const system = await site.start(toml);
  const before = await push(system);
  assert.equal(before.status, 200);

  const pid = redisPid(system);
  process.kill(pid, 'SIGSTOP');
  let held;
  try {
    held = await Promise.all(Array.from({ length: 10 }, () => push(system)));
    assert.equal(await until('readyz says no', async () => (await readiness(system)) === 503 && 503), 503);
    assert.equal(await get(system.port, '/healthz'), 200, 'alive all the same');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  for (const one of held) {
    assert.equal(one.status, 503, `answered ${one.status} after ${one.ms} ms`);
    assert.ok(one.ms < patience, `${one.ms} ms`);
  }
  await system.ready();

  const traffic = load(system);
  for (let round = 0; round < 5; round += 1) {
    const reached = traffic.acked().length + 20;
    await until('traffic flows', () => traffic.acked().length >= reached);
    const victim = redisPid(system);
    process.kill(victim, 'SIGKILL');
    await until('another Redis is up', () => fs.existsSync(path.join(system.data, 'redis/redis.pid')) && redisPid(system) !== victim);
    await system.ready();
  }
  const pushed = await traffic.stop();
  const odd = pushed.filter((one) => ![200, 503].includes(one.status));
  assert.deepEqual(odd, [], 'either taken or "try again"');
  await allStored(system, [before, ...traffic.acked()]);
  // Pushes that were answered 503 may have been stored: the platform repeats them under the same identity.
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);
});

test('a full disk: nothing is acknowledged that cannot be kept, and with space it goes on by itself', { timeout: 120_000 }, async (t) => {
  const disk = path.join(site.folder, 'disk');
  fs.mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    t.skip(`mounting is not permitted here: ${(mounted.stderr ?? mounted.error?.message ?? '').trim()}`);
    return;
  }
  site.atEnd(() => spawnSync('umount', ['-l', disk]));
  const system = await site.start(toml, { data: path.join(disk, 'data') });
  const first = await Promise.all(Array.from({ length: 20 }, () => push(system)));
  assert.ok(first.every((one) => one.status === 200));

  const filler = path.join(disk, 'filler');
  assert.throws(() => {
    for (;;) fs.appendFileSync(filler, Buffer.alloc(4096));
  }, /ENOSPC/);
  const during = [];
  await until('the disk is felt', async () => {
    const one = await push(system);
    during.push(one);
    return one.status === 503;
  });
  await until('readyz says no', async () => (await readiness(system)) === 503);
  // The last free bytes may take one more message; whatever is taken must be there later.
  const refused = await Promise.all(Array.from({ length: 10 }, () => push(system)));
  during.push(...refused);
  assert.ok(refused.every((one) => [200, 503].includes(one.status) && one.ms < patience), JSON.stringify(refused));
  assert.ok(refused.filter((one) => one.status === 503).length >= 5, JSON.stringify(refused));
  assert.equal(await get(system.port, '/healthz'), 200);

  fs.rmSync(filler);
  await system.ready();
  const later = await until('it takes again', async () => {
    const one = await push(system);
    during.push(one);
    return one.status === 200 && one;
  });
  await allStored(system, [...first, ...during.filter((one) => one.status === 200)]);
  assert.deepEqual(bucketsOf(system, later.id), ['triage']);
  assert.equal((await system.json('audit', 'balance')).code, 0);
});

test('SIGTERM under load ends with 0 within ten seconds, and what was acknowledged is stored', { timeout: 60_000 }, async () => {
  const system = await site.start(toml);
  const traffic = load(system, 16);
  await until('traffic flows', () => traffic.acked().length >= 100);
  const redis = redisPid(system);
  const start = Date.now();
  const exit = await system.stop();
  const took = Date.now() - start;
  const pushed = await traffic.stop();
  assert.deepEqual(exit, { code: 0, signal: null });
  assert.ok(took < 10_000, `${took} ms`);
  assert.ok(!lives(redis), 'its Redis ends with it');
  system.run();
  await system.ready();
  await allStored(system, pushed.filter((one) => one.status === 200));
  assert.equal((await system.json('audit', 'balance')).code, 0);
});

test('a second serve on the same data folder is refused and disturbs nothing', async () => {
  const system = await site.start(toml);
  const redis = redisPid(system);
  const config = site.write('second.toml', `[http]\nport = ${await freePort()}\n${toml}`);
  const run = await refusedServe(config, system.data);
  assert.equal(run.code, 1);
  assert.ok(run.err.includes(system.data), run.err);
  assert.match(run.err, /another minsheng works in this data folder/);
  assert.equal(redisPid(system), redis);
  assert.equal((await push(system)).status, 200);
});

test('a port that is taken is named, and the refused start leaves no Redis behind', async () => {
  const taken = http.createServer();
  await new Promise((done) => taken.listen(0, '127.0.0.1', done));
  site.atEnd(() => taken.close());
  const data = path.join(site.folder, 'taken');
  const { port } = taken.address();
  const run = await refusedServe(site.write('taken.toml', `[http]\nport = ${port}\n${toml}`), data);
  assert.notEqual(run.code, 0);
  assert.ok(run.err.includes(String(port)), run.err);
  assert.ok(!fs.existsSync(path.join(data, 'redis/redis.pid')), 'no Redis is left');
});

test('the Redis of a parent that was killed is adopted, not doubled', async () => {
  const system = await site.start(toml);
  const first = await push(system);
  const redis = redisPid(system);
  const parent = system.child.pid;
  system.killServe();
  await until('it was started again', () => system.child.pid !== parent);
  await system.ready();
  assert.equal(redisPid(system), redis, 'the same Redis');
  const servers = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      return fs.readFileSync(`/proc/${name}/comm`, 'utf8').startsWith('redis-server') && fs.readlinkSync(`/proc/${name}/cwd`) === path.join(system.data, 'redis');
    } catch {
      return false;
    }
  });
  assert.deepEqual(servers, [String(redis)]);
  const second = await push(system);
  assert.equal(second.status, 200);
  await allStored(system, [first, second]);
  const exit = await system.stop();
  assert.equal(exit.code, 0);
  assert.ok(!lives(redis), 'an adopted Redis ends with its new parent');
});

test('a data folder with a long path works, for the commands beside it too', async () => {
  const data = path.join(site.folder, ...Array.from({ length: 6 }, (_, i) => `a-long-name-of-a-folder-${i}`));
  const system = await site.start(toml, { data });
  assert.equal((await push(system)).status, 200);
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.err);
  const ingest = await system.json('ingest', 'wechat', path.join(root, 'samples/wechat/1-greening.xml'));
  assert.equal(ingest.code, 0, ingest.err);
});

test('units, Catalogue and rules that cannot work are refused at start with every problem, exit 78', async () => {
  const units = JSON.parse(fs.readFileSync(path.join(root, 'config/units.json'), 'utf8'));
  const catalogue = JSON.parse(fs.readFileSync(path.join(root, 'config/catalogue.json'), 'utf8'));
  const refused = async (name, keys, env = process.env) => {
    const data = path.join(site.folder, `${name}-data`);
    const config = site.write(`${name}.toml`, `[http]\nport = ${await freePort()}\n${keys}\n${wechat(nowhere)}`);
    const run = await refusedServe(config, data, env);
    assert.equal(run.code, 78, `${name}: ${run.err}`);
    const check = await execute(binary, ['--config', config, '--data', data, '--lang', 'en', 'config', 'check'], { env });
    assert.equal(check.code, 78, `${name}: config check says the same`);
    assert.ok(!fs.existsSync(path.join(data, 'redis/redis.pid')), `${name}: no Redis is left`);
    return [run.err, check.err];
  };
  const wrong = catalogue.map((entry, i) => (i === 3 ? { ...entry, lead: 'no-such-unit' } : i === 5 ? { ...entry, helpers: ['no-such-helper'] } : i === 7 ? { ...entry, topic: 'rural.no-such-topic' } : entry));
  for (const words of await refused('catalogue', `[dispatch]\ncatalogue = "${site.write('catalogue.json', JSON.stringify(wrong))}"`)) {
    for (const name of ['no-such-unit', 'no-such-helper', 'rural.no-such-topic']) assert.ok(words.includes(name), words);
  }
  const hooks = units.map((unit, i) => (i < 2 ? { ...unit, webhook_url: 'https://unit.example/hook', webhook_secret_ref: `env:E2E_MISSING_${i}` } : unit));
  for (const words of await refused('secrets', `[dispatch]\nunits = "${site.write('units.json', JSON.stringify(hooks))}"`)) {
    for (const unit of hooks.slice(0, 2)) assert.ok(words.includes(unit.id), words);
  }
  for (const words of await refused('missing', '[dispatch]\nunits = "/nonexistent/units.json"')) assert.match(words, /nonexistent/);
  for (const words of await refused('json', `[dispatch]\nunits = "${site.write('broken.json', '[{"id": ')}"`)) assert.match(words, /units|broken/);

  const rules = path.join(site.folder, 'broken-rules');
  fs.cpSync(path.join(root, 'rules'), rules, { recursive: true });
  const files = fs.readdirSync(rules, { recursive: true }).map(String).filter((name) => /^rules.*\.json$|urban.*\.json$|rural.*\.json$/.test(name)).slice(0, 2);
  const names = files.map((name) => {
    const list = JSON.parse(fs.readFileSync(path.join(rules, name), 'utf8'));
    list[0].when = '(树 & ';
    fs.writeFileSync(path.join(rules, name), JSON.stringify(list, null, 1));
    return list[0].id;
  });
  assert.equal(names.length, 2);
  for (const words of await refused('rules', `[rules]\nfolder = "${rules}"`)) {
    names.forEach((name, i) => assert.ok(words.includes(name) && words.includes(files[i]), `${name} ${files[i]}:\n${words}`));
  }
  for (const words of await refused('toml', `[http]\n${phone()}`)) assert.match(words, /toml:\d+/);
  const noSecret = { ...process.env };
  delete noSecret.E2E_TOKEN;
  for (const words of await refused('environment', '', noSecret)) assert.match(words, /environment\.toml:\d+: .*E2E_TOKEN/);
});
