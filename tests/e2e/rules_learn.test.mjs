// SPDX-License-Identifier: Apache-2.0
// A rule admin learns a lexicon: from the corrections of operators, and from a file of labelled requests.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../support/system.mjs';
import { newMsgId, wechatXml } from './peers.mjs';
import { Site, nowhere, wechat } from './site.mjs';

const site = new Site();
after(() => site.close());
let system, folder;

// Invented: lockers for meals are dirty, dance halls for children cost too much.
const places = ['门口', '大堂', '楼下', '路边', '广场', '后街', '河滨', '市场', '拐角', '桥头'];
const lockers = places.flatMap((p) => [`${p}取餐柜没人打扫`, `${p}取餐柜淌汤水`]);
const lessons = places.flatMap((p) => [`${p}少儿舞蹈收费高`, `${p}少儿舞蹈不退钱`]);

before(async () => {
  for (const file of ['categories.json', 'settings.json', 'places.json'])
    site.write(`rules/${file}`, fs.readFileSync(path.join(root, 'rules', file), 'utf8'));
  folder = path.dirname(site.write('rules/rules.json', JSON.stringify([
    { id: 'lamp', name: '路灯', when: '路灯', topic: 'urban.street-lights', weight: 3, examples: { yes: ['路灯'] } }])));
  system = await site.start(`[rules]\nfolder = "${folder}"\n[replies]\nreceipts = false\n${wechat(nowhere, 'mode = "plain"')}`);
});

const lexicon = () => path.join(folder, 'lexicon.json');
const labelled = () => [...lockers.map((text) => ({ text, label: '城建' })), ...lessons.map((text) => ({ text, label: 'other' }))]
  .map((row, i) => JSON.stringify({ id: `${i}`, ...row })).join('\n') + '\n';

test('a lexicon is learned from the corrections of operators', async () => {
  const files = [...lockers, ...lessons].map((text, i) =>
    site.write(`m${i}.xml`, wechatXml(`openid-learn-${i}`, { Content: text, MsgId: newMsgId() })));
  const run = await system.json('ingest', 'wechat', ...files);
  assert.equal(run.code, 0, run.err);
  const rows = system.plain('select r.id, m.message from request r join message m on m.request_id = r.id');
  assert.equal(rows.length, lockers.length + lessons.length);
  for (const row of rows) {
    const topic = JSON.parse(row.message).text.includes('取餐柜') ? 'urban.sanitation' : 'other.education-training';
    const corrected = await system.cli('--as', 'wang', 'requests', 'correct', row.id, '--topic', topic);
    assert.equal(corrected.code, 0, corrected.err);
  }
  const learned = await system.cli('rules', 'learn', '--rules', folder, '--from-store', '--min-texts', '4');
  assert.equal(learned.code, 0, learned.err);
  const words = JSON.parse(fs.readFileSync(lexicon(), 'utf8'));
  const shown = Object.keys(words.urban).filter((w) => words.urban[w] > 0);
  assert.ok(shown.length > 0 && shown.every((w) => lockers.some((text) => text.includes(w))), shown.join(' '));
  const explained = await system.cli('rules', 'explain', '--rules', folder, '取餐柜没人打扫');
  assert.match(explained.out, /用词 +urban/);
});

test('the same file of labelled requests gives the same bytes, and --dry-run writes nothing', async () => {
  const file = site.write('labelled.jsonl', labelled());
  const learn = (...more) => system.cli('rules', 'learn', '--rules', folder, '--in', file, '--map', '城建=urban', '--min-texts', '4', ...more);
  const before = fs.readFileSync(lexicon());
  const dry = await learn('--dry-run');
  assert.equal(dry.code, 0, dry.err);
  assert.deepEqual(fs.readFileSync(lexicon()), before);
  const first = path.join(folder, '..', 'first.json');
  const second = path.join(folder, '..', 'second.json');
  assert.equal((await learn('--out', first)).code, 0);
  assert.equal((await learn('--out', second)).code, 0);
  assert.ok(fs.readFileSync(first).length > 30);
  assert.deepEqual(fs.readFileSync(first), fs.readFileSync(second));
});

test('a broken line is named by its number and leaves the old file', async () => {
  const before = fs.readFileSync(lexicon());
  const file = site.write('broken.jsonl', labelled() + '{"text": \n');
  const run = await system.cli('--lang', 'en', 'rules', 'learn', '--rules', folder, '--in', file, '--map', '城建=urban');
  assert.equal(run.code, 1);
  assert.match(run.err, /broken\.jsonl:41: .*no JSON object/);
  assert.deepEqual(fs.readFileSync(lexicon()), before);
  const unknown = await system.cli('rules', 'learn', '--rules', folder, '--in', site.write('u.jsonl', '{"text":"a","label":"城建"}\n'));
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /--map 城建=/);
  const nothing = await system.cli('rules', 'learn', '--rules', folder);
  assert.equal(nothing.code, 2);
});

test('a lexicon that breaks a golden case is not written', async () => {
  const before = fs.readFileSync(lexicon());
  site.write('rules/golden/x.json', JSON.stringify([{ id: 'g', text: '取餐柜没人打扫', category: 'other' }]));
  const file = site.write('labelled.jsonl', labelled());
  const run = await system.cli('rules', 'learn', '--rules', folder, '--in', file, '--map', '城建=urban', '--min-texts', '4');
  assert.equal(run.code, 1);
  assert.match(run.err, /golden-fails/);
  assert.deepEqual(fs.readFileSync(lexicon()), before);
});

test('the confidence is fitted to what was right, and only its three figures change', async () => {
  fs.rmSync(path.join(folder, 'golden'), { recursive: true });
  // 40 lamps that are lamps, 20 that a person filed elsewhere.
  const rows = Array.from({ length: 60 }, (_, i) => JSON.stringify({ id: `c${i}`, text: `路灯${i}`, label: i < 40 ? 'urban' : 'other' }));
  const file = site.write('calibrate.jsonl', rows.join('\n'));
  const settings = path.join(folder, 'settings.json');
  const before = JSON.parse(fs.readFileSync(settings, 'utf8'));
  const run = await system.json('rules', 'calibrate', '--rules', folder, '--in', file);
  assert.equal(run.code, 0, run.err);
  const after = JSON.parse(fs.readFileSync(settings, 'utf8'));
  for (const key of ['bias', 'margin', 'evidence']) delete before.calibration[key], delete after.calibration[key];
  assert.deepEqual(after, before);
  const explained = await system.cli('--json', 'rules', 'explain', '--rules', folder, '路灯7');
  assert.ok(Math.abs(JSON.parse(explained.out).verdict.confidence - 2 / 3) < 0.03, explained.out.slice(0, 200));
});
