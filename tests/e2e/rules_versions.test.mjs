// SPDX-License-Identifier: Apache-2.0
// Versions of the RuleSet in a running system: a draft, its shadow, a second person, the switch under
// load, the way back, a version that somebody broke behind the store, a real request as a case.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root, until } from '../support/system.mjs';
import { newMsgId, send, wechatPush, wechatXml } from './peers.mjs';
import { Site, nowhere, wechat } from './site.mjs';

const site = new Site();
after(() => site.close());
const text = '三号桥的竹蜻蜓灯又倒了'; // no shipped rule knows it
let system;
let drafts = 0;

// The shipped rules and one more, which calls `text` a matter of `topic`.
function folder(topic, extra = {}) {
  drafts += 1;
  const copy = path.join(site.folder, `rules-${drafts}`);
  fs.cpSync(path.join(root, 'rules'), copy, { recursive: true });
  const rule = { id: 'e2e.dragonfly', name: '竹蜻蜓灯', when: '竹蜻蜓灯', topic, weight: 30, examples: { yes: ['竹蜻蜓灯坏了'], no: ['路灯'] }, ...extra };
  fs.writeFileSync(path.join(copy, 'e2e.json'), JSON.stringify([rule]));
  return copy;
}
const rules = (...words) => system.cli('--lang', 'en', 'rules', ...words);
async function ok(...words) {
  const run = await rules(...words);
  assert.equal(run.code, 0, `${words.join(' ')}: ${run.out}${run.err}`);
  return run.out;
}
async function imported(topic, author = 'li', extra = {}) {
  const run = await system.json('rules', 'import', folder(topic, extra), '--as', author, '--note', 'e2e');
  assert.equal(run.code, 0, run.err);
  return run.rows[0].version;
}
const active = () => system.sql("select version from rule_set where state = 'active'")[0].version;

async function push(words = text, sender) {
  const id = newMsgId();
  const answer = await send(system.port, '/hook/wechat/main', wechatPush(wechatXml(sender ?? `openid-${id}`, { Content: words, MsgId: id })));
  assert.equal(answer.status, 200);
  return id;
}
const verdictOf = (id) => {
  const row = system.sql(`select r.id as request, r.verdict from message m join request r on r.id = m.request_id where m.source_id = '${id}'`)[0];
  return row && { request: row.request, ...JSON.parse(row.verdict) };
};
const decided = (id) => until(`${id} is decided`, () => verdictOf(id));
// A message that was judged by this version: the switch has been noticed.
const judgedBy = (version) => until(`version ${version} judges`, async () => (await decided(await push())).rule_set === version);

function body(target) {
  return new Promise((done, fail) => {
    http.get({ host: '127.0.0.1', port: system.port, path: target, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => done({ status: response.statusCode, text: Buffer.concat(parts).toString('utf8') }));
    }).on('error', fail);
  });
}
// Behind the store's back, as somebody with a database tool would.
function write(sql) {
  const run = spawnSync('sqlite3', ['-cmd', '.timeout 10000', path.join(system.data, 'minsheng.db'), sql], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
}

before(async () => {
  system = await site.start(`[replies]\nreceipts = false\n${wechat(nowhere)}`);
});

test('a draft is imported, compared, checked, and changes nothing until a second person activates it', async () => {
  const two = await imported('urban.street-lights');
  assert.equal(two, 2);
  assert.equal(active(), 1);
  const again = await system.json('rules', 'import', path.join(site.folder, `rules-${drafts}`), '--as', 'wang', '--note', 'again');
  assert.deepEqual([again.rows[0].version, again.rows[0].fresh], [2, false], 'the same content is not stored twice');
  const diff = await system.json('rules', 'diff', '1', '2');
  assert.equal(diff.code, 1);
  assert.deepEqual(diff.rows[0].sections.map((s) => [s.section, s.added.map((rule) => rule.id)]), [['rules', ['e2e.dragonfly']]]);
  assert.equal((await rules('diff', '2', path.join(site.folder, `rules-${drafts}`))).code, 0);
  assert.match((await rules('explain', '--rules', '2', text)).out, /urban\.street-lights/);
  await ok('check', '2', '--as', 'li');
  assert.equal(system.sql('select state from rule_set where version = 2')[0].state, 'checked');
  assert.equal((await rules('activate', '2', '--note', 'mine')).code, 2, 'who acts has to be said');
  const own = await rules('activate', '2', '--as', 'Li', '--note', 'my own');
  assert.equal(own.code, 1);
  assert.match(own.err, /Li wrote version 2 .* a second person has to activate it/);
  assert.equal((await decided(await push())).rule_set, 1);
  await ok('approve', '2', '--as', 'wang', '--note', 'looked at it');
  await judgedBy(2);
  assert.equal((await decided(await push())).topic, 'urban.street-lights');
});

test('of two people who act on what they saw, the second is told what changed', async () => {
  const [a, b] = [await imported('urban.roads'), await imported('urban.sanitation')];
  const seen = String(active());
  await ok('activate', String(a), '--as', 'wang', '--note', 'first', '--expect', seen);
  const late = await rules('activate', String(b), '--as', 'zhao', '--note', 'second', '--expect', seen);
  assert.equal(late.code, 1);
  assert.match(late.err, new RegExp(`wang \\(activate\\) made version ${a} active`));
  assert.equal(active(), a);
  await ok('rollback', '--as', 'zhao', '--note', 'e2e');
  assert.equal(active(), 2, 'one step back');
});

test('a version in shadow judges along, its differences are counted, and no order is touched', async () => {
  await judgedBy(2);
  const shadow = await imported('urban.traffic', 'li', { urgency: 'urgent' });
  await ok('shadow', String(shadow), '--as', 'li');
  const report = async () => (await system.json('rules', 'shadow', 'report')).rows[0];
  const first = await until('it is compared', async () => {
    await decided(await push());
    return report();
  });
  const last = await decided(await push());
  assert.deepEqual([last.rule_set, last.topic, last.urgency], [2, 'urban.street-lights', 'normal']);
  const now = await report();
  assert.ok(now.compared > first.compared);
  assert.deepEqual([now.shadow, now.active, now.differed], [shadow, 2, now.compared]);
  assert.deepEqual([now.pairs[0].from.topic, now.pairs[0].to.topic, now.pairs[0].to.urgency], ['urban.street-lights', 'urban.traffic', 'urgent']);
  assert.equal(now.pairs[0].examples[0].request, last.request);
  assert.ok(now.pairs[0].examples[0].to_confidence > 0);
  assert.equal(system.sql("select count(*) as n from work_order where topic = 'urban.traffic'")[0].n, 0);
  assert.match(await ok('shadow', 'report'), /urban\.street-lights → urban\.traffic urgent/);

  write(`update rule_set set files = '[]' where version = ${shadow}`);
  await ok('shadow', 'off', '--as', 'li');
  await until('the shadow is gone', async () => (await body('/metrics')).text.includes('minsheng_rule_set_version{role="shadow"} 0'));
  write(`update rule_set set state = 'shadow' where version = ${shadow}`); // one that cannot be loaded
  await until('it is said loudly', () => system.log().includes('"event":"shadow-unusable"'));
  assert.equal((await body('/readyz')).status, 200);
  assert.equal((await decided(await push())).rule_set, 2, 'the active version is not disturbed');
  await ok('shadow', 'off', '--as', 'li');
});

test('versions switch twenty times under load: no message is lost, each is stamped with a version that was active', { timeout: 180_000 }, async () => {
  const base = active();
  const [a, b] = [await imported('urban.greening'), await imported('urban.water')];
  const topics = { [base]: 'urban.street-lights', [a]: 'urban.greening', [b]: 'urban.water' };
  const sent = [];
  let going = true;
  const lanes = Array.from({ length: 4 }, async () => {
    while (going) sent.push(await push());
  });
  for (let i = 0; i < 20; i += 1) {
    const version = i % 2 === 0 ? a : b;
    await ok('activate', String(version), '--as', 'wang', '--note', `switch ${i}`);
    const since = Date.now();
    // A message that came in after the activation, and that this version judged.
    await until(`version ${version} judges`, () => system.sql(`select count(*) as n from request where rule_set = ${version} and created_at > ${since}`)[0].n > 0);
  }
  going = false;
  await Promise.all(lanes);
  assert.ok(sent.length > 40, `${sent.length}`);
  const stored = () => system.sql('select m.source_id as id, r.rule_set, r.verdict from message m join request r on r.id = m.request_id');
  const verdicts = await until('all are decided', () => {
    const all = new Map(stored().map((row) => [row.id, row]));
    return sent.every((id) => all.has(id)) && all;
  });
  const stamps = new Map();
  for (const id of sent) {
    const { rule_set: version, verdict } = verdicts.get(id);
    stamps.set(version, (stamps.get(version) ?? 0) + 1);
    assert.equal(JSON.parse(verdict).topic, topics[version], `${id} by version ${version}`);
  }
  assert.ok(stamps.get(a) > 0 && stamps.get(b) > 0, JSON.stringify([...stamps]));
  assert.deepEqual(system.sql('select source_id from message group by source_id having count(*) > 1'), []);
  assert.equal((await system.json('audit', 'balance')).code, 0);
});

test('a version broken behind the store: nothing is decided, the reason is at /readyz, nothing is lost, a rollback mends it', { timeout: 120_000 }, async () => {
  const good = active();
  const bad = await imported('urban.roads');
  write(`update rule_set set files = replace(files, '竹蜻蜓灯', '(竹蜻蜓灯') where version = ${bad}`);
  const refused = await rules('activate', String(bad), '--as', 'wang', '--note', 'x');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /are not those that were stored/);
  write(`update rule_set set state = 'retired' where version = ${good}; update rule_set set state = 'active' where version = ${bad}`);
  const said = await until('readyz says why', async () => {
    const answer = await body('/readyz');
    return answer.status === 503 && answer.text;
  });
  assert.match(said, new RegExp(`rules: version ${bad} cannot be used`));
  assert.ok(system.log().includes('"event":"rule-set-unusable"'));
  assert.match((await body('/metrics')).text, /minsheng_rule_set_usable\{role="active"\} 0/);
  const waiting = [await push(), await push()];

  // A restart in this state keeps the doors open as well.
  const { pid } = system.child;
  system.killServe();
  await until('it was started again', () => system.child.pid !== pid);
  await until('the doors are open', async () => (await body('/healthz').catch(() => ({}))).status === 200);
  assert.equal((await body('/readyz')).status, 503);
  waiting.push(await push());
  for (const id of waiting) assert.equal(verdictOf(id), undefined, 'not decided by an older version');

  await ok('rollback', '--as', 'wang', '--note', 'version is broken');
  assert.equal(active(), good);
  await system.ready();
  for (const id of waiting) assert.equal((await decided(id)).rule_set, good);
  assert.equal((await system.json('audit', 'balance')).code, 0);
});

test('a real request becomes a case that every later version must pass', async () => {
  await ok('activate', '2', '--as', 'wang', '--note', 'an old version may come back');
  await judgedBy(2);
  const phone = '13812345678';
  const { request } = await decided(await push(`${text}，请回电${phone}`));
  assert.equal((await rules('pin', request, '--as', 'li')).code, 2, 'why has to be said');
  const pinned = await system.json('rules', 'pin', request, '--as', 'li', '--note', 'was wrong once');
  assert.equal(pinned.code, 0, pinned.err);
  assert.ok(!pinned.out.includes(phone), pinned.out);
  assert.deepEqual([pinned.rows[0].topic, pinned.rows[0].active_passes], ['urban.street-lights', true]);
  const twice = await rules('pin', request, '--as', 'wang', '--note', 'again');
  assert.equal(twice.code, 1);
  assert.match(twice.err, /is pinned already: case 1, by li/);

  const named = await decided(await push(`${text}，我叫王小明，住五号楼12号楼301室`));
  const doubtful = await rules('pin', named.request, '--as', 'li', '--note', 'a name is in it');
  assert.equal(doubtful.code, 1);
  assert.match(doubtful.err, /我叫王小明.*301室/s);
  assert.equal((await system.json('rules', 'pins')).rows.length, 1);

  const other = String(await imported('urban.planning'));
  for (const act of [['check', other], ['test', other], ['activate', other, '--as', 'wang', '--note', 'x']]) {
    const run = await rules(...act);
    assert.equal(run.code, 1, act.join(' '));
    assert.match(run.out, /pinned case fails 1: urban\.street-lights normal → urban\.planning/);
  }
  assert.equal(active(), 2);
  assert.equal((await rules('unpin', '1', '--as', 'wang')).code, 2, 'why has to be said');
  await ok('unpin', '1', '--as', 'wang', '--note', 'the bridge is gone');
  assert.equal((await system.json('rules', 'pins')).rows.length, 0);
  assert.equal((await system.json('rules', 'pins', '--all')).rows[0].retired.note, 'the bridge is gone');
  await ok('activate', other, '--as', 'wang', '--note', 'now it may');
  const history = await system.json('rules', 'show', other);
  assert.deepEqual(history.rows[0].acts.map((a) => [a.act, a.actor]), [['import', 'li'], ['activate', 'wang']]);
});

test('an export is the version, file by file, and overwrites nothing', async () => {
  const out = path.join(site.folder, 'export');
  await ok('export', '2', out);
  assert.equal((await rules('diff', '2', out)).code, 0);
  assert.equal((await rules('export', '2', out)).code, 1);
  await ok('discard', String(await imported('urban.pets')), '--as', 'li', '--note', 'no');
  assert.equal((await rules('discard', '2', '--as', 'li')).code, 1, 'it was in force');
});
