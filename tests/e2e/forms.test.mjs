// SPDX-License-Identifier: Apache-2.0
// Forms as citizens, operators, units and leaders see them: facts found in the text, what is missing asked for in chat
// before the order leaves, services from the request to the citizen's word, letters to the head of the district; and
// the bytes that leave of a citizen who wants to stay unknown.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startMail } from '../support/mail.mjs';
import { root, until } from '../support/system.mjs';
import { FakeApis, newMsgId, readPassive, send, wechatPush, wechatXml } from './peers.mjs';
import { Site, wechat } from './site.mjs';

process.env.E2E_UNIT_SECRET = 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=';

const site = new Site();
after(() => site.close());
let system;
let apis;
let mail;
const calls = []; // {unit, body} as the units' systems got them

before(async () => {
  apis = await new FakeApis().start();
  site.atEnd(() => apis.close());
  mail = startMail(site.folder);
  site.atEnd(() => mail.stop());
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part)).on('end', () => {
      calls.push({ unit: request.url.slice(1), body });
      response.writeHead(200).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  site.atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const list = JSON.parse(fs.readFileSync(path.join(root, 'config/units.json'), 'utf8')).map((unit) =>
    unit.id === 'culture-tourism'
      ? { ...unit, mail: `unit@${mail.domain}` }
      : { ...unit, webhook_url: `http://127.0.0.1:${server.address().port}/${unit.id}`, webhook_secret_ref: 'env:E2E_UNIT_SECRET' },
  );
  system = await site.start(`[dispatch]
units = "${site.write('units.json', JSON.stringify(list))}"
allow_private_hosts = ["127.0.0.1"]
[forms]
ask_for = "10s"
[mail]
smtp_url = "${mail.smtpUrl}"
from = "hotline@${mail.domain}"
require_tls = false
${wechat(apis.url)}
${wechat(apis.url, 'account = "letters"\nline = "mayor-mailbox"')}`);
});

async function say(openid, text, account = 'main') {
  const id = newMsgId();
  const answer = await send(system.port, `/hook/wechat/${account}`, wechatPush(wechatXml(openid, { Content: text, MsgId: id })));
  assert.equal(answer.status, 200);
  if (answer.body.includes('<Encrypt>')) heard.set(openid, (heard.get(openid) ?? '') + (await readPassive(answer.body)).Content);
  await until(`${text} is stored`, () => system.sql(`select 1 from message where source_id like '%${id}%'`).length > 0);
}
const heard = new Map(); // openid -> what came as the answer to a push itself
const textFor = (openid) => (heard.get(openid) ?? '') + apis.textFor(openid);
const orderOf = (openid) => until(`${openid} has an order`, async () => {
  const orders = (await system.json('orders', 'list', '--limit', '100')).rows;
  for (const { number } of orders) {
    if (known.get(number) === openid) return (await system.json('orders', 'show', number)).rows[0];
    if (known.has(number)) continue;
    known.set(number, openid);
    return (await system.json('orders', 'show', number)).rows[0];
  }
  return undefined;
});
const known = new Map(); // order number -> whose it is; each test makes one order at a time
const show = async (number) => (await system.json('orders', 'show', number)).rows[0];
const told = (unit, number, type) => until(`${unit} hears ${type} of ${number}`, () => calls.map((call) => ({ ...call, json: JSON.parse(call.body) })).find((call) => call.unit === unit && call.json.type === type && call.json.data.number === number));
const factsOf = async (key) => Object.fromEntries((await system.json('forms', 'facts', key)).rows.map((row) => [row.key, row.value]));

test('what is missing is asked for in chat, and the order leaves when the answer is there', async () => {
  await say('asked-1', '小区里的路灯坏了没人修');
  const order = await orderOf('asked-1');
  assert.equal(order.state, 'accepted');
  assert.equal(order.lead_unit, '');
  await until('the question went out', () => textFor('asked-1').includes('具体在什么地方'));
  assert.ok(textFor('asked-1').includes(order.number));
  assert.equal((await system.cli('forms', 'missing', order.number)).code, 1);
  await say('asked-1', '朝阳景都3号楼前面');
  const call = await told('urban-management', order.number, 'order.dispatched');
  assert.deepEqual(call.json.data.facts.find((fact) => fact.key === 'address').value, '朝阳景都3号楼');
  assert.equal(call.json.data.missing, undefined);
  const now = await show(order.number);
  assert.equal(now.state, 'dispatched');
  assert.equal(now.request.messages.length, 2);
  assert.equal((await system.cli('forms', 'missing', order.number)).code, 0);
  assert.equal(textFor('asked-1').split('请补充').length, 2, 'one question, once');
  assert.equal((await system.json('audit', 'balance')).code, 0);
});

test('who does not know, or does not answer, is not asked again: the order leaves and says what is missing', async () => {
  await say('asked-2', '路灯不亮三天了，晚上一片漆黑');
  const unknown = await orderOf('asked-2');
  await say('asked-2', '不知道');
  const first = await told('urban-management', unknown.number, 'order.dispatched');
  assert.deepEqual(first.json.data.missing, [{ key: 'address', name: '地点' }]);
  assert.ok(first.json.data.facts.some((fact) => fact.key === 'since'), 'what the text told is there');
  await say('asked-3', '小区的路灯坏了，没人来修');
  const silent = await orderOf('asked-3');
  const second = await told('urban-management', silent.number, 'order.dispatched');
  assert.deepEqual(second.json.data.missing, [{ key: 'address', name: '地点' }]);
  await until('the order is marked', async () => (await show(silent.number)).events.some((event) => event.act === 'note' && /missing/.test(event.reason)));
  // A late answer still reaches the unit.
  await say('asked-3', '在健康路16号门口');
  const late = await told('urban-management', silent.number, 'order.facts');
  assert.equal(late.json.data.facts.find((fact) => fact.key === 'address').value, '健康路16号门口');
});

test('an emergency leaves at once and is asked afterwards', async () => {
  await say('asked-4', '我家房子进水了，老人还在屋里');
  const order = await orderOf('asked-4');
  await told('housing', order.number, 'order.dispatched');
  await until('it is asked', () => textFor('asked-4').includes('具体在什么地方'));
  await say('asked-4', '在人民南路28号2单元');
  const more = await told('housing', order.number, 'order.facts');
  assert.equal(more.json.data.facts.find((fact) => fact.key === 'address').value, '人民南路28号2单元');
});

test('a wrong value is refused with the name of its field; the value of a person wins', async () => {
  const [{ number }] = (await system.json('orders', 'list', '--limit', '1')).rows;
  const bad = await system.cli('--lang', 'en', '--as', 'wang', 'forms', 'fill', number, 'since=someday', 'colour=red');
  assert.equal(bad.code, 1);
  assert.match(bad.err, /since when \(since\): must be a time/);
  assert.match(bad.err, /no such field: colour/);
  assert.equal((await system.cli('forms', 'fill', number, 'since=昨天')).code, 2, 'somebody must be named');
  assert.equal((await system.cli('--as', 'wang', 'forms', 'fill', number, 'address=人民南路28号3单元')).code, 0);
  assert.equal((await factsOf(number)).address, '人民南路28号3单元');
});

test('elderly care from the request to the word of the citizen', async () => {
  await say('child-1', '我母亲叫李桂兰，82岁，一个人住在大中街道新村路6号，想请人上门做饭送餐，下周三上午最好');
  const order = await orderOf('child-1');
  assert.equal(order.topic, 'elderly-care.home-care');
  const call = await told('home-care-centre', order.number, 'order.dispatched');
  assert.equal(call.json.data.facts.find((fact) => fact.key === 'elder-name').value, '李**', 'names leave masked');
  const facts = await factsOf(order.number);
  assert.equal(facts['lives-alone'], '是');
  assert.equal(facts['elder-age'], '82');

  const as = (who, ...words) => system.json('--as', who, 'forms', ...words);
  assert.equal((await as('zhao', 'appoint', order.number, '--at', '2099-01-07 09:00')).code, 1, 'no provider yet');
  const assigned = await as('zhao', 'assign', order.number);
  assert.equal(assigned.rows[0].provider, 'provider-meals', assigned.err);
  await told('provider-meals', order.number, 'order.dispatched');
  assert.equal((await as('zhao', 'appoint', order.number, '--at', '2015-01-07 09:00')).code, 1, 'a past time');
  assert.equal((await as('zhao', 'appoint', order.number, '--at', '2099-01-07 09:00')).rows[0].state, 'appointed');
  await until('the citizen is told', () => textFor('child-1').includes('2099-01-07 09:00'));

  const unit = 'unit:provider-meals';
  const half = await as(unit, 'complete', order.number, 'completed-by=陈美华');
  assert.equal(half.code, 1);
  assert.match(half.err, /completed-at/);
  const done = await as(unit, 'complete', order.number, 'completed-at=今天', 'completed-by=陈美华', 'signed=是', 'paid-subsidy=8', 'paid-self=4.5', 'price=12.5');
  assert.equal(done.rows[0]?.state, 'completed', done.err);
  assert.equal((await as(unit, 'confirm', order.number, 'yes')).code, 1, 'not by the one who recorded it');
  assert.equal((await as('qian', 'confirm', order.number, 'yes')).rows[0].state, 'confirmed');
  assert.equal((await show(order.number)).state, 'called-back');
  const [row] = (await system.json('forms', 'counts')).rows.filter((one) => one.service === 'meal');
  assert.deepEqual([row.requested, row.confirmed, row.subsidy_fen, row.self_fen], [1, 1, 800, 450]);
});

test('a tourism complaint by mail to its unit, with its facts and without the number of the phone', async () => {
  await say('tourist-1', '8月2日跟海之梦旅行社去荷兰花海，一行5人每人380元，导游强迫我们买东西，要求退钱，电话13851234567');
  const order = await orderOf('tourist-1');
  const text = await until('the mail is there', () => mail.mails('unit').map((one) => Buffer.from(one.split(/\r?\n\r?\n/).slice(1).join(''), 'base64').toString()).find((one) => one.includes(order.number)));
  assert.match(text, /景区或商家：海之梦旅行社/);
  assert.match(text, /人数：5/);
  assert.doesNotMatch(text, /13851234567/);
  const done = await system.json('--as', 'unit:culture-tourism', 'forms', 'complete', order.number, 'completed-at=今天', 'outcome=refunded', 'returned-amount=1900');
  assert.equal(done.rows[0]?.state, 'completed', done.err);
});

test('of a confidential request neither name nor number leaves, nor stands in a list', async () => {
  await say('secret-1', '我叫王建国，要举报黄海东路朝阳景都北门的饭店油烟扰民，请为我保密，电话13987654321');
  const order = await orderOf('secret-1');
  const call = await told('urban-management', order.number, 'order.dispatched');
  assert.equal(call.json.data.confidential, true);
  const outputs = [call.body];
  for (const words of [['orders', 'show', order.number], ['orders', 'list'], ['requests', 'show', order.request.id], ['requests', 'list'], ['forms', 'facts', order.number], ['outbox', 'list']]) {
    outputs.push((await system.cli(...words)).out, (await system.cli('--json', ...words)).out);
  }
  for (const output of outputs) assert.doesNotMatch(output, /王建国|13987654321|secret-1/);
  assert.equal((await system.cli('--as', 'wang', 'forms', 'facts', order.number, '--reveal', '联系')).code, 1);
});

test('a letter is read, instructed, drafted, approved by a second person, and answered in form', async () => {
  await say('writer-1', '尊敬的区长：我叫周文华，住在人民路28号，家门口的路灯坏了一个多月没人修，电话13912345678，望解决。', 'letters');
  const order = await orderOf('writer-1');
  const [letter] = (await system.json('letters', 'list')).rows;
  assert.equal(letter.order, order.number);
  await told('urban-management', order.number, 'order.dispatched');
  const act = (who, ...words) => system.json('--lang', 'en', '--as', who, 'letters', ...words);
  const shown = await act('leader:gao', 'show', letter.number);
  assert.match(shown.rows[0].text, /我叫周\*\*/);
  assert.ok(shown.rows[0].events.some((event) => event.act === 'read' && event.by === 'leader:gao'));
  assert.equal((await act('sun', 'instruct', letter.number, '请办')).code, 1, 'only a leader instructs');
  assert.equal((await act('leader:gao', 'instruct', letter.number, '请城管局三日内修好，给周文华同志回信')).rows[0].state, 'instructed');
  const told1 = await told('urban-management', order.number, 'order.instructed');
  assert.match(told1.json.data.reason, /三日内修好，给周\*\*同志回信/);
  assert.equal((await act('sun', 'draft', letter.number, '经查，该处路灯已于昨日修复。')).rows[0].state, 'drafted');
  assert.match((await act('sun', 'approve', letter.number)).err, /did not draft/);
  const approved = await act('qian', 'approve', letter.number);
  assert.equal(approved.rows[0]?.state, 'answered', approved.err);
  const formal = await until('the answer went out', () => textFor('writer-1').includes('答复函') && textFor('writer-1'));
  assert.match(formal, /尊敬的周先生\/女士/);
  assert.ok(formal.includes(approved.rows[0].reply_number));
  assert.match(formal, /大丰区人民政府办公室\n\d{4}年\d+月\d+日/);
  assert.equal((await show(order.number)).state, 'checked');

  assert.match((await act('qian', 'publish', letter.number)).err, /has not agreed/);
  await say('writer-1', '同意公开', 'letters');
  await until('the consent is noted', async () => (await act('qian', 'show', letter.number)).rows[0].consent === 'yes');
  const leak = await act('qian', 'publish', letter.number, '--question', '周文华来信反映路灯不亮');
  assert.match(leak.err, /personal data \(known-value\)/, 'the writer named himself in the letter');
  assert.match((await act('qian', 'publish', letter.number, '--question', '我叫周文华，路灯不亮')).err, /personal data \(name, known-value\)/);
  assert.match((await act('qian', 'publish', letter.number, '--answer', '已电话13912345678答复')).err, /mobile/);
  assert.equal((await act('qian', 'publish', letter.number, '--title', '人民路路灯修复')).code, 0);
  const [published] = (await system.json('letters', 'list', '--published')).rows;
  assert.equal(published.title, '人民路路灯修复');
  assert.doesNotMatch(JSON.stringify(published), /周文华|13912345678|writer-1/);
  assert.equal((await act('qian', 'withdraw', letter.number, '--reason', '来信人要求')).code, 0);
  assert.deepEqual((await system.json('letters', 'list', '--published')).rows, []);
  for (const call of calls) assert.doesNotMatch(call.body, /13912345678|writer-1/);
});

test('forms are shown by topic, and the configuration says what is wrong with a file', async () => {
  const [form] = (await system.json('forms', 'show', 'elderly-care.home-care')).rows;
  assert.ok(form.fields.find((field) => field.key === 'service').choices.length > 5);
  assert.equal(form.visit, true);
  const broken = site.write('forms.json', JSON.stringify({ fields: [], forms: [{ topic: 'urban.nothing', name: 'x' }] }));
  const other = await site.system(`[forms]\nfile = "${broken}"\n`);
  const run = await other.cli('config', 'check');
  assert.equal(run.code, 78);
  assert.match(run.err, /forms\.json:1: .*urban\.nothing/);
});
