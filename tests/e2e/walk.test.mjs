// SPDX-License-Identifier: Apache-2.0
// The whole way as its users see it: the samples of all four channels through a running system,
// and every command of the command line.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, execute, root, until } from '../support/system.mjs';
import { newMsgId, plainQuery, wechatXml } from './peers.mjs';
import { Site, bucketsOf, email, nowhere, phone, wechat, weibo } from './site.mjs';

const site = new Site();
after(() => site.close());
let system;
before(async () => {
  const accounts = [wechat(nowhere, 'mode = "plain"'), weibo(nowhere), email(), phone()].join('');
  system = await site.start(`[replies]\nreceipts = false\n${accounts}`);
});

const samples = (channel) => fs.readdirSync(path.join(root, 'samples', channel)).sort().map((name) => path.join(root, 'samples', channel, name));

// Sample -> where a person expects it: bucket, category, unit, urgency. Topics are the RuleSet's own tests.
const expected = {
  'wechat/1-greening.xml': ['order', 'urban', 'greening', 'normal'],
  'wechat/2-flooded-home.xml': ['order', 'urban', 'housing', 'emergency'],
  'wechat/3-tourism.xml': ['order', 'tourism', 'culture-tourism', 'normal'],
  'wechat/4-follow.xml': ['noted'],
  'weibo/1-signal-tower.json': ['order', 'urban', 'urban-management', 'normal'],
  'weibo/2-wages.json': ['order', 'social-security', 'human-resources', 'normal'],
  'weibo/3-unclear.json': ['triage', '', undefined, 'normal'],
  'email/1-pension.eml': ['order', 'social-security', 'human-resources', 'normal'],
  'email/2-village-road.eml': ['order', 'rural', 'town-caomiao', 'normal'],
  'phone/call-20150920-0007.vtt': ['order', 'rural', 'town-xinfeng', 'normal'],
  'phone/call-20150921-0012.srt': ['answered', 'elderly-care', undefined, 'normal'],
};

test('every sample lands in its bucket, topic category and unit, and says why', async () => {
  const rows = new Map();
  for (const channel of ['wechat', 'weibo', 'email', 'phone']) {
    const run = await system.json('ingest', channel, ...samples(channel));
    assert.equal(run.code, 0, run.err);
    for (const row of run.rows) rows.set(path.relative(path.join(root, 'samples'), row.file), row);
  }
  assert.deepEqual([...rows.keys()].sort(), Object.keys(expected).sort(), 'no sample is left out');
  for (const [name, row] of rows) {
    const [bucket, category, unit, urgency] = expected[name];
    assert.equal(row.bucket, bucket, name);
    assert.equal(row.duplicate, false, name);
    assert.equal(row.order === '', unit === undefined, `${name}: an order has a unit`);
    if (category === undefined) continue;
    assert.deepEqual([row.verdict.category, row.unit, row.verdict.urgency], [category, unit, urgency], name);
    if (unit) assert.ok(row.unit_name && row.unit_name !== row.unit, `${name}: the unit has a name for people`);
    if (!category) continue;
    assert.ok(row.verdict.topic.startsWith(`${category}.`), `${name}: ${row.verdict.topic}`);
    assert.match(row.why, /“.+”/, name);
    for (const reason of row.verdict.reasons) {
      assert.ok(reason.name && reason.rule, `${name}: a reason without its rule`);
      assert.ok(reason.spans.every(([begin, end]) => begin < end), `${name}: a span without words`);
    }
    assert.ok(row.verdict.reasons.some((reason) => reason.topic.startsWith(category) && reason.spans.length > 0), name);
  }
});

test('a sample that comes again is told as a repeat and stays where it was', async () => {
  const before = system.sql('select count(*) as n from message')[0].n;
  const again = await system.json('ingest', 'wechat', path.join(root, 'samples/wechat/1-greening.xml'));
  assert.equal(again.rows[0].duplicate, true);
  assert.equal(again.rows[0].unit, 'greening');
  assert.equal(system.sql('select count(*) as n from message')[0].n, before);

  const words = await system.cli('--lang', 'zh', 'ingest', 'wechat', path.join(root, 'samples/wechat/2-flooded-home.xml'));
  assert.match(words.out, /2-flooded-home\.xml（重复，已有）\n {4}已派单 \d{8}-\d{5} → 区住房和城乡建设局 {2}\[.+，.+\]\n {4}理由：.*“.*进水/);
});

test('orders are listed, filtered and shown with their timeline, in both languages', async () => {
  const all = await system.json('orders', 'list');
  assert.equal(all.code, 0);
  assert.equal(all.rows.length, Object.values(expected).filter(([bucket]) => bucket === 'order').length);
  const numbers = all.rows.map((row) => row.number);
  assert.deepEqual(numbers, [...numbers].sort().reverse(), 'newest first');
  const first = await system.json('orders', 'list', '--limit', '3');
  const rest = await system.json('orders', 'list', '--cursor', first.rows.at(-1).number);
  assert.deepEqual([...first.rows, ...rest.rows].map((row) => row.number), numbers, 'a cursor goes on where the page ended');
  const greening = await system.json('orders', 'list', '--unit', 'greening');
  assert.equal(greening.rows.length, 1);
  const { number } = greening.rows[0];
  const shown = await system.json('orders', 'show', number);
  assert.deepEqual(shown.rows[0].events.map((event) => event.act), ['open', 'dispatch']);
  assert.equal(shown.rows[0].request.verdict.topic, 'urban.greening');
  assert.match(shown.rows[0].request.messages[0].text, /石楠/);
  assert.equal((await system.json('orders', 'list', '--topic', 'rural.roads')).rows.length, 1);
  assert.equal((await system.json('orders', 'list', '--state', 'closed')).rows.length, 0);

  const chinese = await system.cli('--lang', 'zh', 'orders', 'show', number);
  assert.match(chinese.out, new RegExp(`^工单 ${number}`));
  assert.match(chinese.out, /区园林绿化管理处/);
  assert.match(chinese.out, /理由：/);
  const english = await system.cli('--lang', 'en', 'orders', 'show', number);
  assert.match(english.out, new RegExp(`^order ${number}  dispatched  lead: `));
  assert.match(english.out, /why: /);

  const missing = await system.cli('--lang', 'en', 'orders', 'show', '19990101-00001');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /19990101-00001/);
});

test('a correction opens the order of a triaged request and keeps the verdict beside it', async () => {
  const triage = await system.json('requests', 'list', '--state', 'triage');
  assert.equal(triage.rows.length, 1);
  const { id } = triage.rows[0];

  const nobody = await system.cli('requests', 'correct', id, '--topic', 'urban.noise');
  assert.equal(nobody.code, 2, 'somebody must answer for it');
  const unknown = await system.cli('--as', 'wang', 'requests', 'correct', id, '--topic', 'noise');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /urban\.noise/, 'the near topics are named');
  assert.equal((await system.json('requests', 'show', id)).rows[0].order, '');

  const corrected = await system.json('--as', 'wang', 'requests', 'correct', id, '--topic', 'urban.noise', '--note', '电话核实为夜间噪音');
  assert.equal(corrected.code, 0, corrected.err);
  const [request] = (await system.json('requests', 'show', id)).rows;
  assert.equal(request.state, 'order');
  assert.deepEqual(request.correction, { topic: 'urban.noise', by: 'wang', note: '电话核实为夜间噪音' });
  assert.equal(request.verdict.triage, true, 'what the rules had said is kept');
  assert.equal(request.verdict.topic, '');
  const [order] = (await system.json('orders', 'show', request.order)).rows;
  assert.equal(order.topic, 'urban.noise');
  assert.equal(order.lead_unit, 'police');
  assert.equal((await system.json('requests', 'list', '--state', 'triage')).rows.length, 0);
});

test('the outbox lists what leaves the system, and the books balance', async () => {
  // The telephone has nobody to send to: the answer of a rule becomes a call-back.
  const rows = await until('the reply is settled', async () => {
    const list = await system.json('outbox', 'list', '--state', 'sent');
    return list.rows.length > 0 && list.rows;
  });
  assert.equal(rows[0].kind, 'reply');
  assert.equal(rows[0].channel, 'phone');
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);
  const total = balance.rows.at(-1);
  assert.equal(total.received, Object.keys(expected).length);
  assert.equal(total.difference, 0);
  assert.deepEqual([total.order, total.answered, total.noted, total.triage, total.parked], [9, 1, 1, 0, 0]);
  assert.match((await system.cli('--lang', 'en', 'audit', 'balance')).out, /balanced: every message is in exactly one place/);
});

test('ingest checks the signature of a whole HTTP request, reads standard input, and need not wait', async () => {
  const id = newMsgId();
  const body = wechatXml('openid-http', { Content: '路灯坏了半个月，晚上一片漆黑。', MsgId: id });
  const request = (query) => `POST /hook/wechat/main?${new URLSearchParams(query)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n\r\n${body}`;
  const forged = await system.cli('--lang', 'en', 'ingest', 'wechat', '--http', site.write('forged.http', request({ ...plainQuery(), nonce: 'other' })));
  assert.equal(forged.code, 1);
  assert.match(forged.err, /forged\.http: signature does not match/);
  assert.deepEqual(bucketsOf(system, id), []);
  const genuine = await system.json('ingest', 'wechat', '--http', '--no-wait', site.write('genuine.http', request(plainQuery())));
  assert.equal(genuine.code, 0, genuine.err);
  assert.match(genuine.rows[0].id, /^[0-9A-Z]{26}$/);
  await until('it is committed', () => bucketsOf(system, id).length > 0);

  const args = ['--config', system.config, '--data', system.data, '--json', 'ingest', 'wechat', '-'];
  const again = await execute(binary, args, { input: body });
  assert.equal(again.code, 0, again.err);
  assert.deepEqual([JSON.parse(again.out).duplicate, JSON.parse(again.out).id], [true, genuine.rows[0].id]);
  const damaged = await execute(binary, args, { input: '<xml>' });
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /XML/);
  assert.equal((await system.json('audit', 'balance')).code, 0);
});

test('rules explain, classify, check and test say the same as the running system', async () => {
  const words = '黄海路路口的树太高，把红绿灯都挡住了';
  const explained = await system.json('rules', 'explain', words);
  assert.equal(explained.code, 0, explained.err);
  const { verdict } = explained.rows[0];
  assert.ok(verdict.reasons.length > 0);
  const classified = await execute(binary, ['rules', 'classify'], { input: `${JSON.stringify({ id: 7, text: words })}\n` });
  const line = JSON.parse(classified.out);
  assert.equal(line.id, 7);
  assert.equal(line.topic, verdict.topic);
  assert.equal(line.confidence, verdict.confidence);
  assert.deepEqual(line.reasons.map((reason) => reason.rule), verdict.reasons.map((reason) => reason.rule));

  const damaged = await execute(binary, ['--lang', 'en', 'rules', 'classify'], { input: `{"text": 3}\nno json\n${JSON.stringify({ text: words })}\n` });
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /standard input:1: .*\n.*standard input:2: /);
  assert.equal(damaged.out.trim().split('\n').length, 1, 'the good line is still judged');

  const check = await execute(binary, ['--lang', 'en', 'rules', 'check']);
  assert.equal(check.code, 0, check.out + check.err);
  assert.match(check.out, /ok: rules \d+/);
  const tested = await execute(binary, ['--json', 'rules', 'test']);
  assert.equal(tested.code, 0);
  const result = JSON.parse(tested.out);
  assert.ok(result.examples > 100);
  assert.equal(result.failed, 0);
});

test('a broken rule is named with file, line and column, and fails check and test', async () => {
  const folder = path.join(site.folder, 'rules');
  fs.cpSync(path.join(root, 'rules'), folder, { recursive: true });
  const file = fs.readdirSync(folder, { recursive: true }).map(String).find((name) => /urban.*\.json$/.test(name));
  const target = path.join(folder, file);
  const list = JSON.parse(fs.readFileSync(target, 'utf8'));
  list[0].when = '树 & (';
  list[1].topic = 'urban.no-such-topic';
  fs.writeFileSync(target, JSON.stringify(list, null, 1));
  const check = await execute(binary, ['--lang', 'en', 'rules', 'check', '--rules', folder]);
  assert.equal(check.code, 1);
  const problems = check.out.trim().split('\n');
  assert.ok(problems.some((line) => line.includes(file) && /:\d+/.test(line) && line.includes(list[0].id)), check.out);
  assert.ok(problems.some((line) => line.includes('urban.no-such-topic')), check.out);
  assert.equal((await execute(binary, ['rules', 'test', '--rules', folder])).code, 1);
  const missing = await execute(binary, ['--lang', 'en', 'rules', 'check', '--rules', path.join(site.folder, 'nowhere')]);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /nowhere/);
});

test('config check lists every problem of a broken configuration with file and line, exit 78', async () => {
  const file = site.write('broken.toml', `log_levl = "info"
[http]
port = 70000
threads = "two"
[worker]
attach_window = "soon"
[[channel]]
type = "telegraph"
[[channel]]
type = "wechat"
account = "Main Office"
token = "plain-text"
[[channel]]
type = "phone"
drop_folder = "drop"
push_secret = "env:E2E_NO_SUCH_VARIABLE"
`);
  const run = await execute(binary, ['--config', file, '--lang', 'en', 'config', 'check']);
  assert.equal(run.code, 78, run.out + run.err);
  for (const [line, words] of [[1, /log_levl.*log_level/], [3, /port.*65535/], [4, /threads/], [6, /attach_window/], [8, /no such channel/], [11, /account/], [12, /token/], [16, /E2E_NO_SUCH_VARIABLE/]]) {
    const found = run.err.split('\n').find((text) => text.startsWith(`${file}:${line}:`) && words.test(text));
    assert.ok(found, `line ${line} ${words} in\n${run.err}`);
  }
  assert.doesNotMatch(run.err, /plain-text/, 'a secret in the wrong place is not repeated');
  const chinese = await execute(binary, ['--config', file, '--lang', 'zh', 'config', 'check']);
  assert.equal(chinese.code, 78);
  assert.match(chinese.err, /密钥/);
  const gone = await execute(binary, ['--config', '/nonexistent.toml', '--lang', 'en', 'config', 'check']);
  assert.equal(gone.code, 78);
  assert.match(gone.err, /nonexistent\.toml/);
  for (const words of ['orders list', 'requests show x', 'outbox list', 'parked list', 'audit balance', 'ingest wechat x', 'rules check', 'rules explain x', 'health', 'serve']) {
    const other = await execute(binary, ['--config', file, '--data', path.join(site.folder, 'unused'), ...words.split(' ')]);
    assert.equal(other.code, 78, words);
    assert.match(other.err, /log_levl/, words);
  }
  assert.equal((await system.cli('config', 'check')).code, 0);
  assert.match((await system.cli('config', 'describe')).out, /max_in_flight/);
});

test('wrong usage ends with 2 and says what is wrong; help and version end with 0', async () => {
  for (const words of [[], ['no-such-command'], ['orders'], ['orders', 'show'], ['--lang', 'fr', 'orders', 'list'], ['orders', 'list', '--limit', '0'],
    ['orders', 'list', '--no-such-option'], ['ingest', 'wechat'], ['requests', 'correct', 'x'], ['parked', 'retry']]) {
    const run = await execute(binary, words);
    assert.equal(run.code, 2, `${words.join(' ')}: ${run.out}${run.err}`);
    assert.ok(run.err.trim(), words.join(' '));
  }
  const help = await execute(binary, ['--help']);
  assert.equal(help.code, 0);
  assert.match((await execute(binary, ['--lang', 'en', '--help'])).out, /work orders/);
  assert.match(help.out, process.env.LANG?.startsWith('en') ? /work orders/ : /工单/);
  assert.match((await execute(binary, ['--version'])).out, /^minsheng \d+\.\d+/);
});

test('a database that is none is named, by serve and by the commands beside it', async () => {
  const file = site.write('garbage/minsheng.db', 'this is no database');
  for (const words of ['serve', 'orders list']) {
    const run = await execute(binary, ['--config', system.config, '--data', path.dirname(file), '--lang', 'en', ...words.split(' ')]);
    assert.equal(run.code, 1, words);
    assert.ok(run.err.includes(file), run.err);
  }
});

test('commands without a running system say so and name the remedy', async () => {
  const empty = path.join(site.folder, 'empty');
  const list = await execute(binary, ['--data', empty, '--lang', 'en', 'orders', 'list']);
  assert.equal(list.code, 1);
  assert.match(list.err, /no data yet.*minsheng serve/);
  const unknown = await system.cli('--lang', 'en', 'ingest', 'wechat', '--account', 'other', path.join(root, 'samples/wechat/1-greening.xml'));
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /wechat\/other/);
  const gone = await system.cli('--lang', 'en', 'ingest', 'wechat', '/nonexistent.xml');
  assert.equal(gone.code, 1);
  assert.match(gone.err, /nonexistent\.xml/);
  const other = await execute(binary, ['--config', system.config, '--data', system.data, 'health']);
  assert.equal(other.code, 0, other.err);
});
