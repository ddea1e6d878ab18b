// SPDX-License-Identifier: Apache-2.0
// Personal data in a whole running system: sealed in every file, erased from every file, keys that change meanwhile.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { execute, until } from '../support/system.mjs';
import { newMsgId, send, wechatPush, wechatXml } from './peers.mjs';
import { Site, nowhere, wechat } from './site.mjs';

const site = new Site();
after(() => site.close());
const openid = 'openid-zhao-linger';
const words = '我是赵灵儿，电话13876501234，仙灵岛码头的路灯不亮';
let system;
before(async () => {
  system = await site.start(`[replies]\nreceipts = false\n${wechat(nowhere)}`);
});

function allFiles(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? allFiles(file) : entry.isFile() ? [file] : [];
  });
}
// Files of the data folder that hold these bytes.
const holds = (text) => allFiles(system.data).filter((file) => fs.existsSync(file) && fs.readFileSync(file).includes(Buffer.from(text)));

async function tell(sender, text) {
  const id = newMsgId();
  const answer = await send(system.port, '/hook/wechat/main', wechatPush(wechatXml(sender, { Content: text, MsgId: id })));
  assert.equal(answer.status, 200);
  return until('it is decided', () => system.sql(`select request_id from message where source_id = '${id}'`)[0]?.request_id);
}

test('what a citizen wrote is readable in the stream alone, and the commands show it', async () => {
  const request = await tell(openid, words);
  const files = holds('赵灵儿');
  assert.ok(files.length > 0 && files.every((file) => file.includes('appendonlydir')), files.join());
  const shown = await system.json('requests', 'show', request);
  assert.equal(shown.rows[0].messages[0].text, words.replace('13876501234', '138****1234'));
  assert.equal((fs.statSync(path.join(system.data, 'master.key')).mode & 0o777).toString(8), '600');
});

test('the master key changes while the system runs, and nothing is lost', async () => {
  const before = (await system.json('keys', 'status')).rows[0];
  const rotated = await system.json('keys', 'rotate');
  assert.equal(rotated.code, 0, rotated.err);
  assert.notEqual(rotated.rows[0].current, before.current);
  assert.equal(rotated.rows[0].under_old, 0);
  const request = await tell('openid-after-rotation', '轮换之后的路灯也不亮');
  assert.equal((await system.json('keys', 'retire')).code, 0);
  assert.equal((await system.json('requests', 'show', request)).rows[0].messages[0].text, '轮换之后的路灯也不亮');
  const keys = fs.readFileSync(path.join(system.data, 'master.key'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
  assert.equal(keys.length, 1);
});

test('a backup under load is whole, and restored elsewhere it is the same system, even in its balance', async () => {
  const folder = path.join(site.folder, 'backup');
  let stop = false;
  const load = (async () => {
    for (let i = 0; !stop; ++i) await tell(`openid-load-${i}`, `第${i}号路灯不亮`);
  })();
  const made = await system.json('--lang', 'en', 'backup', folder);
  stop = true;
  await load;
  assert.equal(made.code, 0, made.err);
  assert.match(made.err, /master key is not in it/);
  assert.ok(!fs.existsSync(path.join(folder, 'master.key')));
  for (const file of allFiles(folder)) assert.ok(!['13876501234', openid].some((text) => fs.readFileSync(file).includes(Buffer.from(text))), file);
  assert.equal((await system.cli('backup', folder)).code, 1, 'never over another one');

  const data = path.join(site.folder, 'restored');
  fs.mkdirSync(data);
  fs.copyFileSync(path.join(system.data, 'master.key'), path.join(data, 'master.key'));
  const there = (...words) => execute(system.binary, ['--config', system.config, '--data', data, '--lang', 'en', ...words]);
  const damaged = path.join(site.folder, 'damaged');
  fs.cpSync(folder, damaged, { recursive: true });
  fs.appendFileSync(path.join(damaged, 'minsheng.db'), 'x');
  const refused = await there('restore', damaged);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /the backup is damaged/);
  // One that was cut short is begun anew.
  fs.writeFileSync(path.join(data, 'restoring'), '');
  fs.writeFileSync(path.join(data, 'minsheng.db'), 'half');
  const restored = await there('restore', folder);
  assert.equal(restored.code, 0, restored.err);
  assert.match(restored.err, /no journal of erasures newer/);
  assert.equal((await there('restore', folder)).code, 1, 'only into an empty folder');
  const copy = await site.start(`[replies]\nreceipts = false\n${wechat(nowhere)}`, { name: 'again', data });
  const balance = await copy.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);
  const count = (one) => one.sql('select count(*) as n from message')[0].n;
  assert.ok(count(copy) > 0 && count(copy) <= count(system));
  const [{ id }] = copy.plain("select r.id from request r join message m on m.request_id = r.id where m.message like '%仙灵岛%'");
  assert.match((await copy.json('requests', 'show', id)).rows[0].messages[0].text, /仙灵岛码头的路灯不亮/);
  await copy.stop();
});

test('an erasure shows first what will go, is refused while an order is open, and leaves no byte in any file', async () => {
  const shown = await system.cli('erase', '--phone', openid);
  assert.equal(shown.code, 1);
  assert.match(shown.err, /--sure/);
  const words = ['erase', '--phone', openid, '--reason', 'asked for it', '--sure', '--as', 'officer'];
  const refused = await system.cli(...words);
  assert.equal(refused.code, 1, refused.out);
  assert.match(refused.err, /still open/);
  const done = await system.cli(...words, '--force');
  assert.equal(done.code, 0, done.err);
  for (const text of ['赵灵儿', '13876501234', openid, '仙灵岛']) assert.deepEqual(holds(text), [], text);
  assert.ok(fs.readFileSync(path.join(system.data, 'erasures.jsonl'), 'utf8').includes('officer'));
  const again = await system.cli('--lang', 'en', 'erase', '--phone', openid);
  assert.equal(again.code, 1);
  assert.match(again.err, /nobody/);
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);

  // The backup was made before: with the journal the person stays erased.
  const data = path.join(site.folder, 'later');
  fs.mkdirSync(data);
  for (const file of ['master.key', 'erasures.jsonl']) fs.copyFileSync(path.join(system.data, file), path.join(data, file));
  const restored = await execute(system.binary, ['--config', system.config, '--data', data, '--lang', 'en', '--json', 'restore', path.join(site.folder, 'backup')]);
  assert.equal(restored.code, 0, restored.err);
  assert.equal(JSON.parse(restored.out).erased_again, 1);
  for (const file of allFiles(data)) {
    for (const text of ['赵灵儿', '13876501234', openid]) assert.ok(!fs.readFileSync(file).includes(Buffer.from(text)), `${text} in ${file}`);
  }
});
