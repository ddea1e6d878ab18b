// SPDX-License-Identifier: Apache-2.0
// A storm over the telephone: a call centre pushes transcripts, the running system makes one incident of
// them, tells the alarm, keeps it through a kill, and lets a person change it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../support/system.mjs';
import { pushCall } from '../support/platforms.mjs';
import { Site, keys, phone } from './site.mjs';

const site = new Site();
after(() => site.close());
let system;
before(async () => {
  system = await site.start(phone());
});

const towns = ['草堰镇', '白驹镇', '刘庄镇', '西团镇', '小海镇', '草庙镇', '万盈镇', '三龙镇', '新丰镇', '南阳镇'];
const troubles = ['家里进水了，老人还在屋里', '一楼被水淹了，快派人来', '农田被淹了，水稻泡在水里', '停电停水了，晚上可怎么办', '台风把电线刮断了掉在路上', '台风把屋顶掀掉了，雨直接下到屋里'];
const storm = (i) => `${towns[i % towns.length]}，${troubles[i % troubles.length]}`;
let calls = 0;
const call = (text) => pushCall(system.port, keys.secret, `incident-${(calls += 1)}`, text);
const grouped = () => system.sql("select count(*) as n from incident_request where matter <> 0")[0].n;
const alarms = () => system.log().split('\n').filter((line) => line.includes('"incident-alarm"')).map((line) => JSON.parse(line));
let incident;

test('a storm night is one incident, and its alarm is told once for each level', async () => {
  await call('红星村的路灯坏了一个星期');
  for (let i = 0; i < 40; i += 1) await call(storm(i));
  await until('all are grouped', () => grouped() === 41);
  const { rows, code } = await system.json('incidents', 'list', '--open');
  assert.equal(code, 0);
  [incident] = rows.filter((row) => row.kind === 'surge');
  assert.ok(incident, JSON.stringify(rows));
  assert.ok(incident.callers >= 38, `${incident.callers} callers`);
  const told = await until('the alarm is told', () => alarms().filter((line) => line.incident === incident.id).length > 0 && alarms());
  const levels = told.filter((line) => line.incident === incident.id).map((line) => line.alarm);
  assert.deepEqual(levels, [...new Set(levels)].sort(), 'each level once, rising');
  assert.equal(told.some((line) => JSON.stringify(line).includes('老人')), false, 'no words of citizens in the log');
});

test('show tells growth, topics and masked words; requests and orders name their incident', async () => {
  await call('草堰镇家里进水了，电话13812345678');
  await until('it is grouped', () => grouped() === 42);
  const { rows } = await system.json('incidents', 'show', incident.id, '--limit', '100');
  const [shown] = rows;
  assert.equal(shown.hours.reduce((sum, hour) => sum + hour.requests, 0), shown.requests);
  assert.equal(shown.members.length, shown.requests);
  assert.ok(shown.topics.length > 1);
  assert.ok(shown.members.every((member) => !member.text.includes('13812345678')));
  assert.ok(shown.members.some((member) => member.text.includes('138****5678')));
  const request = (await system.json('requests', 'show', shown.members[0].request)).rows[0];
  assert.equal(request.incident.id, incident.id);
  const withOrder = shown.members.find((member) => member.order);
  const order = (await system.json('orders', 'show', withOrder.order)).rows[0];
  assert.equal(order.request.incident.id, incident.id);
  const words = await system.cli('--lang', 'en', 'incidents', 'show', incident.id);
  assert.match(words.out, /growth by hour/);
});

test('a kill in the middle doubles nothing and loses nothing', async () => {
  for (let i = 0; i < 10; i += 1) await call(storm(i));
  system.killServe();
  await system.ready();
  for (let i = 10; i < 15; i += 1) await call(storm(i));
  await until('all are grouped', () => grouped() === 57);
  const { rows } = await system.json('incidents', 'list', '--open');
  const surges = rows.filter((row) => row.kind === 'surge');
  assert.deepEqual(surges.map((row) => row.id), [incident.id]);
  assert.equal(surges[0].requests, system.sql(`select count(*) as n from incident_request where incident_id = '${incident.id}'`)[0].n);
  const levels = alarms().filter((line) => line.incident === incident.id).map((line) => line.alarm);
  assert.deepEqual(levels, [...new Set(levels)], 'no level is told again after the restart');
});

test('a person splits and closes, with a name and a reason, and a rebuild keeps it', async () => {
  const [shown] = (await system.json('incidents', 'show', incident.id)).rows;
  const apart = shown.members[0].request;
  assert.equal((await system.cli('incidents', 'split', incident.id, '--requests', apart, '--reason', '另一件事')).code, 2, 'without --as');
  assert.equal((await system.cli('incidents', 'split', incident.id, '--requests', apart, '--as', 'wang')).code, 2, 'without a reason');
  const split = await system.json('incidents', 'split', incident.id, '--requests', apart, '--reason', '另一件事', '--as', 'wang');
  assert.equal(split.code, 0, split.err);
  const made = split.rows[0].target;
  assert.equal((await system.json('requests', 'show', apart)).rows[0].incident.id, made);
  assert.equal((await system.cli('incidents', 'close', made, '--reason', '已处理', '--as', 'wang')).code, 0);
  assert.equal((await system.cli('incidents', 'close', made, '--reason', '再关', '--as', 'wang')).code, 1, 'closed already');
  const before = system.sql('select seq, matter, incident_id from incident_request order by seq');
  assert.equal((await system.cli('incidents', 'rebuild', '--as', 'wang')).code, 0);
  await until('all are grouped again', () => system.sql('select count(*) as n from incident_act where done = 0')[0].n === 0 && grouped() === 57);
  assert.deepEqual(system.sql('select seq, matter, incident_id from incident_request order by seq'), before);
});

test('try groups a file without a running system', async () => {
  const lines = [0, 1, 2].map((i) => JSON.stringify({ id: `t${i}`, text: `翠湖花园停水了，一滴水都没有`, time: `2015-08-10 09:0${i}` }));
  const file = site.write('try.jsonl', `${lines.join('\n')}\n${JSON.stringify({ id: 't3', text: '红星村的路灯坏了', time: '2015/8/10 9:05:00' })}\n`);
  const run = await system.json('incidents', 'try', file);
  assert.equal(run.code, 0, run.err);
  assert.deepEqual(run.rows.map((row) => row.members), [['t0', 't1', 't2']]);
  const bad = await system.cli('incidents', 'try', site.write('bad.jsonl', '{"text":"没有时间"}\n'));
  assert.equal(bad.code, 1);
  assert.match(bad.err, /bad\.jsonl:1/);
});
