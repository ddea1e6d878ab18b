// SPDX-License-Identifier: Apache-2.0
// Conversations: chat arrives in fragments over real pushes; what settles, what follows up, what is asked.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { post, sleep, until } from '../support/system.mjs';
import { FakeApis, newMsgId, readPassive, send, wechatPush, wechatXml, weiboPush } from './peers.mjs';
import { Site, keys, phone, wechat, weibo } from './site.mjs';

const site = new Site();
after(() => site.close());
let apis;
let system;
before(async () => {
  apis = await new FakeApis().start();
  site.atEnd(() => apis.close());
  const settle = 'settle = "2s"\nsettle_longest = "8s"';
  system = await site.start(`[dispatch]\nallow_private_hosts = ["127.0.0.1"]\n[conversations]\nanswer_limit = "4s"\n${
    wechat(apis.url, `mode = "plain"\n${settle}`)}${weibo(apis.url, settle)}${phone()}`);
});

const say = async (sender, text, fields = {}) => {
  const id = newMsgId();
  const answer = await send(system.port, '/hook/wechat/main', wechatPush(wechatXml(sender, { Content: text, MsgId: id, ...fields }), 'plain'));
  assert.equal(answer.status, 200);
  return { id, body: answer.body };
};
const stored = (id) => system.sql(`select m.*, o.number from message m left join work_order o on o.request_id = m.request_id where source_id = '${id}'`)[0];
const ended = (id) => until(`message ${id} has settled`, () => {
  const row = stored(id);
  return row && row.bucket !== 'settling' && row;
});
const asked = (id) => until(`the citizen is asked about ${id}`, () => system.sql(`select 1 from message m join request r on r.id = m.request_id where source_id = '${id}' and r.state = 'asked'`).length > 0);
const toldTo = (sender) => system.plain(`select payload from outbox where kind = 'reply' and target = '${sender}' order by id`).map((row) => JSON.parse(row.payload).text);
const opened = async (sender, text) => (await ended((await say(sender, text)).id)).number;
const balanced = async () => {
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);
  return balance.rows.at(-1);
};

test('fragments become one order with one receipt, and each is acknowledged at once', async () => {
  const parts = ['你好', '黄海路路口', '的树太高', '把红绿灯都挡住了'];
  const ids = [];
  for (const part of parts) {
    const { id, body } = await say('openid-pieces', part);
    ids.push(id);
    if (part !== '你好') assert.equal(body, 'success');
  }
  const listed = (await system.json('requests', 'list', '--state', 'settling')).rows.filter((row) => row.waits);
  assert.equal(listed.length, 1);
  assert.equal((await balanced()).settling, parts.length, 'the books balance while they wait');
  const rows = await Promise.all(ids.map(ended));
  assert.deepEqual(rows.map((row) => row.bucket), ['order', 'attached', 'attached', 'attached']);
  assert.equal(new Set(rows.map((row) => row.number)).size, 1);
  const [order] = (await system.json('orders', 'show', rows[0].number)).rows;
  assert.equal(order.topic, 'urban.greening');
  assert.equal(order.request.messages.length, parts.length);
  const told = toldTo('openid-pieces');
  assert.equal(told.length, 2, 'the greeting was answered, the request acknowledged');
  assert.ok(told[1].includes(rows[0].number));
  assert.ok((await system.cli('orders', 'show', rows[0].number)).out.includes('“'), 'reasons quote the words');
  await balanced();
});

test('a greeting alone is answered on the platform\'s own call, once a day, and opens nothing', async () => {
  const first = await say('openid-hello', '您好');
  assert.match((await readPassive(first.body)).Content, /12345/);
  assert.equal((await ended(first.id)).bucket, 'noted');
  const second = await say('openid-hello', '在吗？');
  assert.equal(second.body, 'success');
  assert.equal((await ended(second.id)).bucket, 'noted');
  assert.equal(toldTo('openid-hello').length, 1);
});

test('an answer that a rule knows goes at once; an emergency does not wait', async () => {
  const asking = await say('openid-asks', '社保卡丢了在哪补办');
  assert.equal((await readPassive(asking.body)).MsgType, 'text');
  assert.equal(stored(asking.id).bucket, 'answered');
  const alarm = await say('openid-alarm', '我家房子进水了，老人还在屋里');
  assert.ok((await readPassive(alarm.body)).Content);
  assert.equal(stored(alarm.id).bucket, 'order');
});

test('a follow-up attaches to its order, and a new matter opens another', async () => {
  const number = await opened('openid-follow', '黄海路的路灯坏了，晚上一片漆黑');
  assert.ok(number);
  const urge = await ended((await say('openid-follow', '怎么还没人来')).id);
  assert.equal(urge.number, number);
  const more = await ended((await say('openid-follow', '就在3号楼')).id);
  assert.equal(more.number, number);
  const other = await opened('openid-follow', '楼下饭店油烟太大，熏得睡不着觉');
  assert.ok(other && other !== number);
  const thanks = await ended((await say('openid-follow', '好的，谢谢')).id);
  assert.equal(thanks.bucket, 'noted', 'nothing was answered yet');
});

test('where two orders are possible the citizen is asked, and the answer leads it there', async () => {
  const lamp = await opened('openid-two', '黄海路的路灯坏了，晚上一片漆黑');
  const smoke = await opened('openid-two', '楼下饭店油烟太大，熏得睡不着觉');
  const urge = await say('openid-two', '怎么还没人来');
  await asked(urge.id);
  const question = toldTo('openid-two').at(-1);
  assert.match(question, /1 .+ 2 .+ 3 新问题/);
  const held = (await system.json('requests', 'list', '--state', 'asked')).rows.find((row) => row.waits.asked);
  assert.equal(held.candidates.length, 2);
  assert.match((await system.cli('--lang', 'zh', 'requests', 'list', '--state', 'asked')).out, /等候选择.*等到.*1 .* 2 /);
  const wanted = held.candidates.findIndex((one) => one.order === lamp);
  const answer = await say('openid-two', ['第一个', '第二个'][wanted]);
  assert.equal((await ended(urge.id)).number, lamp);
  assert.equal((await ended(answer.id)).number, lamp);
  assert.notEqual(lamp, smoke);
  await balanced();
});

test('without an answer in time it goes to a person with the candidates, and a person attaches it', async () => {
  const lamp = await opened('openid-silent', '黄海路的路灯坏了，晚上一片漆黑');
  await opened('openid-silent', '楼下饭店油烟太大，熏得睡不着觉');
  const urge = await say('openid-silent', '怎么还没人来');
  await asked(urge.id);
  const row = await ended(urge.id);
  assert.equal(row.bucket, 'triage');
  const [request] = (await system.json('requests', 'show', row.request_id)).rows;
  assert.equal(request.candidates.length, 2);
  assert.equal((await system.cli('requests', 'attach', row.id, lamp)).code, 2, 'somebody answers for it');
  const attached = await system.json('--as', 'wang', 'requests', 'attach', row.id, lamp);
  assert.equal(attached.code, 0, attached.err);
  assert.equal(stored(urge.id).number, lamp);
  assert.equal((await system.cli('--as', 'wang', 'requests', 'attach', row.id, '19990101-00001')).code, 1);
  await balanced();
});

test('a person releases what waits and marks spam', async () => {
  const { id } = await say('openid-release', '黄海路的路灯坏了');
  const row = await until('it is stored', () => stored(id));
  const released = await system.cli('--as', 'wang', '--lang', 'zh', 'requests', 'release', row.request_id);
  if (released.code === 0) assert.match(released.out, /不再等候/);
  assert.equal((await ended(id)).bucket, 'order');
  assert.equal((await system.cli('--as', 'wang', 'requests', 'release', row.request_id)).code, 1);
  const spam = await say('openid-spam', '哈喽美女交个朋友吧');
  const noise = await until('it is stored', () => stored(spam.id));
  const marked = await system.json('--as', 'wang', 'requests', 'spam', noise.request_id, '--note', '无诉求');
  assert.equal(marked.code, 0, marked.err);
  assert.equal(stored(spam.id).bucket, 'noted');
  await balanced();
});

test('Weibo settles too', async () => {
  for (const part of ['人民路', '路灯', '坏了']) {
    const push = weiboPush('9007199254741009', part);
    assert.equal((await send(system.port, '/hook/weibo/main', push, 'application/json')).status, 200);
    await sleep(5);
  }
  const rows = await until('they have settled', () => {
    const all = system.sql("select bucket from message where channel = 'weibo' order by id");
    return all.length === 3 && all.every((row) => row.bucket !== 'settling') && all;
  });
  assert.deepEqual(rows.map((row) => row.bucket), ['order', 'attached', 'attached']);
});

test('a corrected transcript changes its order without a second one', async () => {
  const call = async (transcript) => {
    const body = JSON.stringify({ call_id: 'c-77', caller: '13800000077', line: '12345', started_at: '2015-08-10T22:03:00+08:00', transcript });
    const at = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', keys.secret).update(`${at}.${body}`).digest('hex');
    const answer = await post(system.port, '/hook/phone/main', body, { 'content-type': 'application/json', 'x-minsheng-timestamp': at, 'x-minsheng-signature': `v1=${signature}` }, 5000);
    assert.equal(answer.status, 200, answer.body);
  };
  const calls = () => system.sql("select m.bucket, o.number, o.topic from message m left join work_order o on o.request_id = m.request_id where m.channel = 'phone' order by m.id");
  await call('客户：黄海路的路灯坏了，晚上一片漆黑');
  const [first] = await until('the call has its order', () => calls()[0]?.number && calls());
  await call('客户：黄海路的饭店油烟太大，熏得睡不着');
  const rows = await until('the correction is in', () => calls().length === 2 && calls());
  assert.equal(rows[1].number, first.number);
  assert.equal(rows[1].topic, 'urban.smoke');
  const [order] = (await system.json('orders', 'show', first.number)).rows;
  assert.ok(order.events.some((event) => event.act === 'correct'));
});

test('killed in the middle of settling, again and again, nothing is lost, doubled or left waiting', async () => {
  const senders = Array.from({ length: 12 }, (_, i) => `openid-kill-${i}`);
  const ids = new Map(senders.map((sender) => [sender, []]));
  const pieces = ['黄海路', '的路灯', '坏了', '晚上一片漆黑'];
  for (const piece of pieces) {
    for (const sender of senders) {
      const id = newMsgId();
      ids.get(sender).push(id);
      const push = wechatPush(wechatXml(sender, { Content: piece, MsgId: id }), 'plain');
      await until(`${sender} is acknowledged`, async () => (await send(system.port, '/hook/wechat/main', push).catch(() => ({ status: 0 }))).status === 200);
    }
    system.killServe();
    await system.ready();
  }
  for (let i = 0; i < 6; i += 1) {
    await sleep(350); // the time at which they fall due passes under the kills
    system.killServe();
    await system.ready();
  }
  for (const sender of senders) {
    const rows = await Promise.all(ids.get(sender).map(ended));
    const numbers = new Set(rows.map((row) => row.number));
    assert.ok(!numbers.has(null), `${sender}: ${rows.map((row) => row.bucket)}`);
    assert.equal(rows.filter((row) => row.bucket === 'order').length, 1, sender);
    assert.equal(numbers.size, 1, `${sender} has one order`);
    assert.equal(toldTo(sender).filter((text) => text.includes('已受理')).length, 1, sender);
  }
  assert.equal(system.sql('select count(*) as n from settling')[0].n, 0);
  assert.equal((await balanced()).difference, 0);
});
