// SPDX-License-Identifier: Apache-2.0
// A rule admin's way from corrections to a better draft: citizens write, an operator corrects, and a
// draft is replayed over what was stored, with the same bytes every time and nothing written.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, execute, root } from '../support/system.mjs';
import { newMsgId, wechatXml } from './peers.mjs';
import { Site, nowhere, wechat } from './site.mjs';

const site = new Site();
after(() => site.close());
let system;
const requests = new Map(); // text -> id of its request

// A small RuleSet of our own, so that the story stays the same when the shipped rules learn more: it
// knows nothing of pick-up lockers for meals.
const rule = (id, when, topic) => ({ id, name: id, when, topic, weight: 3, examples: { yes: [when] } });
const settings = { threshold: 0.85, min_evidence: 1.5, opening: { chars: 40, factor: 2 },
  calibration: { bias: -3.66, margin: 3.63, evidence: 2.11, evidence_cap: 8, within_category: 0.25 } };
const known = [
  rule('wages', '工资', 'social-security.pay-arrears'),
  rule('tree', '红绿灯', 'urban.greening'),
  rule('lamp', '路灯', 'urban.street-lights'),
  rule('school', '学校', 'other.education-schools'),
];

// Invented.
const lockers = [
  '门口的智能取餐柜没人打扫，汤水淌了一地，我的电话13812345678',
  '写字楼大堂的取餐柜又脏又臭，苍蝇乱飞',
  '取餐柜里的剩饭放了三天，没人来清',
  '学校对面取餐柜旁边全是餐盒，脏得下不去脚',
  '取餐柜底下都是油，没人打扫',
  '天热了，取餐柜周围臭得很，扔的餐盒也没人收',
];
const others = ['取餐柜公司欠我两个月工资一直不发', '黄海路路口的树太高，把红绿灯都挡住了', '路灯坏了半个月，晚上一片漆黑'];

before(async () => {
  const folder = rulesWith('first', []);
  system = await site.start(`[rules]\nfolder = "${folder}"\n[replies]\nreceipts = false\n${wechat(nowhere, 'mode = "plain"')}`);
  const files = [...lockers, ...others].map((text, i) =>
    site.write(`m${i}.xml`, wechatXml(`openid-replay-${i}`, { Content: text, MsgId: newMsgId() })));
  const run = await system.json('ingest', 'wechat', ...files);
  assert.equal(run.code, 0, run.err);
  const rows = system.plain('select r.id, m.message from request r join message m on m.request_id = r.id');
  for (const row of rows) requests.set(JSON.parse(row.message).text, row.id);
  assert.equal(requests.size, lockers.length + others.length);
  for (const text of lockers) {
    const corrected = await system.cli('--as', 'wang', 'requests', 'correct', requests.get(text), '--topic', 'urban.sanitation');
    assert.equal(corrected.code, 0, corrected.err);
  }
});

// The known rules and these, in a folder of their own.
function rulesWith(name, rules) {
  for (const file of ['categories.json', 'places.json'])
    site.write(`${name}/${file}`, fs.readFileSync(path.join(root, 'rules', file), 'utf8'));
  site.write(`${name}/settings.json`, JSON.stringify(settings));
  return path.dirname(site.write(`${name}/rules.json`, JSON.stringify([...known, ...rules])));
}
const lockerRule = { id: 'draft.locker', name: '取餐柜', when: '取餐柜', topic: 'urban.sanitation', weight: 6, examples: { yes: ['取餐柜没人打扫'], no: ['快递柜'] } };

const kinds = (rows, kind) => rows.filter((row) => row.kind === kind);
const everything = () => system.sql(`select (select group_concat(id || state || events) from work_order) as o, (select count(*) from event) as e,
  (select group_concat(id || state) from outbox) as b, (select group_concat(id || state || verdict || topic) from request) as r, (select count(*) from rule_set) as v`)[0];

test('a draft that mends the corrected requests replays as wins, and what it breaks as losses', async () => {
  const was = everything();
  const folder = rulesWith('better', [lockerRule]);
  const run = await system.json('rules', 'replay', '--rules', folder);
  const [summary] = kinds(run.rows, 'summary');
  assert.equal(summary.requests, lockers.length + others.length);
  assert.equal(summary.labelled, lockers.length);
  assert.equal(summary.wins, lockers.length);
  assert.equal(summary.losses, 0);
  assert.equal(run.code, 0, 'no loss: nothing to find fault with');
  assert.deepEqual(kinds(run.rows, 'stored').map((row) => row.differ), [0], 'the running system had said what the baseline says');
  const wins = kinds(run.rows, 'change').filter((row) => row.what === 'win');
  assert.deepEqual(wins.map((row) => row.request).sort(), lockers.map((text) => requests.get(text)).sort());
  assert.ok(wins.every((row) => row.after.topic === 'urban.sanitation' && row.after.goes_to === 'urban-management'));
  assert.deepEqual(wins.map((row) => row.before.goes_to).sort(), ['@triage', '@triage', '@triage', '@triage', '@triage', 'education'], 'five nobody knew, and one was sent astray');
  assert.ok(wins.some((row) => row.text.includes('138****5678')), 'texts are masked');
  assert.doesNotMatch(run.out, /13812345678/);

  const worse = await system.json('rules', 'replay', '--rules', rulesWith('worse', [{ ...lockerRule, topic: 'urban.noise' }]));
  assert.equal(worse.code, 1, 'losses are findings');
  assert.ok(kinds(worse.rows, 'summary')[0].losses > 0);
  assert.deepEqual(everything(), was, 'a replay writes nothing');
});

test('a replay gives the same bytes twice and on any number of threads, in both languages', async () => {
  const folder = path.join(site.folder, 'better');
  const once = (...words) => system.cli(...words, 'rules', 'replay', '--rules', folder);
  for (const words of [['--json'], ['--lang', 'zh'], ['--lang', 'en']]) {
    const first = await once(...words);
    assert.ok(first.out.length > 300, first.err);
    for (const threads of ['1', '2', '5']) {
      const again = await system.cli(...words, 'rules', 'replay', '--rules', folder, '--threads', threads);
      assert.equal(again.out, first.out);
    }
  }
  assert.match((await once('--lang', 'zh')).out, /^重放 9 件诉求：第 1 版 → .*better\n(.*\n)*与人的决定相比（6 件）：变好 6，变坏 0\n/);
  assert.match((await once('--lang', 'en')).out, /^replayed 9 requests: version 1 -> .*better\n/);
});

test('a version of the store is replayed by its number, and the range and the list can be limited', async () => {
  const same = await system.json('rules', 'replay', '1');
  assert.equal(same.code, 0, same.err);
  assert.equal(kinds(same.rows, 'summary')[0].changed, 0);
  const folder = path.join(site.folder, 'better');
  const short = await system.json('rules', 'replay', '--rules', folder, '--limit', '2', '--against', '1');
  assert.equal(kinds(short.rows, 'change').filter((row) => row.what === 'win').length, 2);
  assert.equal(kinds(short.rows, 'summary')[0].wins, lockers.length, 'the figures are of all');
  const long = await system.json('rules', 'replay', '--rules', folder, '--to', '2015-08-10');
  assert.equal(kinds(long.rows, 'summary')[0].requests, 0);
  const since = await system.json('rules', 'replay', '--rules', folder, '--from', '2015-08-10');
  assert.equal(kinds(since.rows, 'summary')[0].requests, lockers.length + others.length);
});

test('what operators corrected is suggested as a rule, and the draft with it replays as foretold', async () => {
  const was = everything();
  const file = path.join(site.folder, 'suggested.json');
  const run = await system.json('rules', 'suggest', '--output', file);
  assert.equal(run.code, 0, run.err);
  const [summary] = kinds(run.rows, 'summary');
  assert.deepEqual([summary.requests, summary.labelled, summary.misjudged], [lockers.length + others.length, lockers.length, lockers.length]);
  const suggestions = kinds(run.rows, 'suggestion');
  assert.equal(suggestions.length, 1, run.out);
  const [first] = suggestions;
  assert.deepEqual([first.when, first.topic, first.support, first.wins, first.losses], ['取餐柜', 'urban.sanitation', 6, 6, 0]);
  assert.deepEqual(first.counter_examples.map((one) => [one.request, one.topic]), [[requests.get(others[0]), 'social-security.pay-arrears']]);
  assert.doesNotMatch(run.out + fs.readFileSync(file, 'utf8'), /13812345678/);
  assert.deepEqual(everything(), was, 'nothing is applied');

  for (const threads of ['1', '2', '4']) assert.equal((await system.json('rules', 'suggest', '--threads', threads)).out, run.out);
  const twice = await system.cli('--lang', 'en', 'rules', 'suggest', '--output', file);
  assert.equal(twice.code, 1);
  assert.match(twice.err, /suggested\.json: exists already/);

  // Into a draft of the store, which replays as foretold; and on top of it nothing is left to suggest.
  const folder = rulesWith('draft', []);
  fs.copyFileSync(file, path.join(folder, 'suggested.json'));
  const imported = await system.cli('--as', 'wang', 'rules', 'import', folder, '--note', 'from suggestions');
  assert.equal(imported.code, 0, imported.err);
  const replayed = await system.json('rules', 'replay', '2');
  assert.equal(replayed.code, 0, replayed.err);
  const [outcome] = kinds(replayed.rows, 'summary');
  assert.deepEqual([outcome.after.version, outcome.wins, outcome.losses, outcome.changed], [2, 6, 0, 6 + first.moved + first.opened]);
  assert.equal(kinds((await system.json('rules', 'suggest', '--rules', folder)).rows, 'suggestion').length, 0);
});

test('labelled lines from outside the store are mined in the same way', async () => {
  const lines = [...lockers.map((text) => ({ text, topic: 'urban.sanitation' })), ...others.map((text) => ({ text }))];
  const file = site.write('labelled.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
  const folder = path.join(site.folder, 'first');
  const run = await execute(binary, ['--json', 'rules', 'suggest', '--labelled', file, '--rules', folder]);
  assert.equal(run.code, 0, run.err);
  const rows = run.out.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(kinds(rows, 'suggestion').map((row) => [row.when, row.wins]), [['取餐柜', 6]]);
  const damaged = await execute(binary, ['rules', 'suggest', '--labelled', site.write('damaged.jsonl', '{"text": "取餐柜"}\nno json\n'), '--rules', folder]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /damaged\.jsonl:2: /);
});

test('what cannot be replayed is said with its remedy', async () => {
  const neither = await system.cli('--lang', 'en', 'rules', 'replay');
  assert.equal(neither.code, 2);
  assert.match(neither.err, /--rules/);
  const date = await system.cli('--lang', 'en', 'rules', 'replay', '1', '--from', '2015-13-01');
  assert.equal(date.code, 2);
  assert.match(date.err, /2015-13-01/);
  const missing = await system.cli('--lang', 'en', 'rules', 'replay', '77');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no version 77/);
  const broken = await system.cli('--lang', 'en', 'rules', 'replay', '--rules', rulesWith('broken', [{ ...lockerRule, when: '取餐柜 & (' }]));
  assert.equal(broken.code, 1);
  assert.match(broken.err, /rules\.json:\d+:\d+: error\[syntax\]/);
  const empty = await execute(binary, ['--data', path.join(site.folder, 'empty'), '--lang', 'en', 'rules', 'replay', '1']);
  assert.equal(empty.code, 1);
  assert.match(empty.err, /no data yet/);
});
