// SPDX-License-Identifier: Apache-2.0
// WeChat and Weibo against the running system: address checks, every mode, the five-second answer,
// repeated pushes, forged ones, and replies through the platforms' APIs with their faults.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { get, post, sleep, until } from '../support/system.mjs';
import { FakeApis, newMsgId, nonce, patience, plainQuery, readPassive, seconds, send, sha1, wechatPush, wechatXml, weiboPush, weiboQuery } from './peers.mjs';
import { Site, bucketsOf, keys, wechat, weibo } from './site.mjs';

// A text that opens an order, one that a rule answers, and one that nobody understands: its
// receipt is longer than any passive answer may be, so it goes through the platform's API.
const words = { order: '黄海路路口的树太高，把红绿灯都挡住了，请派人修剪。', answered: '老人一个人住，想申请居家养老上门服务，怎么办理？', triage: '你们到底管不管啊' };
const longReceipt = '您反映的问题已收到，工作人员正在核实，会尽快与您联系。'.repeat(40);

const site = new Site();
after(() => site.close());
let system;
let apis;
before(async () => {
  apis = await new FakeApis().start();
  site.atEnd(() => apis.close());
  const accounts = [
    wechat(apis.url, 'mode = "safe"'),
    wechat(apis.url, 'account = "compatible"\nmode = "compatible"'),
    wechat(apis.url, 'account = "plain"\nmode = "plain"'),
    weibo(apis.url),
  ].join('');
  system = await site.start(`[dispatch]\nallow_private_hosts = ["127.0.0.1"]\n[replies]\ntriage_receipt = "${longReceipt}"\n${accounts}`);
});

const door = (account = 'main') => `/hook/wechat/${account}`;
const outboxOf = (sender) => system.plain(`select * from outbox where kind = 'reply' and target = '${sender}'`);
const settled = (sender) => until(`the reply to ${sender} is settled`, async () => {
  // Looking through the keys holds up this process, in which the platforms' APIs answer too.
  await sleep(250);
  const rows = outboxOf(sender);
  return rows.length > 0 && rows.every((row) => !['pending', 'sending'].includes(row.state)) && rows;
});
const balanced = async () => {
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);
  return balance.rows;
};

test('the address check echoes what the platform sent, and only to the platform', async () => {
  const check = async (path, query) => {
    let body;
    const status = await new Promise((done, fail) => {
      http.get({ host: '127.0.0.1', port: system.port, path: `${path}?${new URLSearchParams(query)}`, agent: false }, (response) => {
        body = '';
        response.setEncoding('utf8').on('data', (part) => (body += part)).on('end', () => done(response.statusCode));
      }).on('error', fail);
    });
    return { status, body };
  };
  for (const account of ['main', 'compatible', 'plain']) {
    assert.deepEqual(await check(door(account), { ...plainQuery(), echostr: '4375120948345356249' }), { status: 200, body: '4375120948345356249' });
  }
  assert.equal((await check(door(), { ...plainQuery(), nonce: 'other', echostr: '1' })).status, 403);
  assert.equal((await check(door(), { ...plainQuery(String(seconds() - 601)), echostr: '1' })).status, 403);
  assert.deepEqual(await check('/hook/weibo/main', { ...weiboQuery(), echostr: 'XJLUe' }), { status: 200, body: 'XJLUe' });
  assert.equal((await check('/hook/weibo/main', { ...weiboQuery(), nonce: 'other', echostr: '1' })).status, 403);
});

for (const [account, mode] of [['main', 'safe'], ['compatible', 'compatible'], ['plain', 'plain']]) {
  test(`in ${mode} mode the answer comes inside five seconds and carries the order's number, or the rule's reply`, async () => {
    const sender = `openid-${mode}-order`;
    const answer = await send(system.port, door(account), wechatPush(wechatXml(sender, { Content: words.order, MsgId: newMsgId() }), mode));
    assert.equal(answer.status, 200);
    const message = await readPassive(answer.body);
    assert.equal(message.ToUserName, sender);
    assert.equal(message.FromUserName, 'gh_e2e');
    const [order] = system.plain(`select number from work_order where request_id in (select request_id from outbox where target = '${sender}')`);
    assert.ok(message.Content.includes(order.number), message.Content);
    assert.equal((await settled(sender))[0].state, 'sent');

    const asking = `openid-${mode}-answered`;
    const told = await send(system.port, door(account), wechatPush(wechatXml(asking, { Content: words.answered, MsgId: newMsgId() }), mode));
    const [row] = await settled(asking);
    const request = (await system.json('requests', 'show', row.request_id)).rows[0];
    assert.equal(request.state, 'answered');
    assert.equal((await readPassive(told.body)).Content, request.verdict.reply);
  });
}

test('a push in clear is refused in safe mode', async () => {
  const id = newMsgId();
  assert.equal((await send(system.port, door('main'), wechatPush(wechatXml('openid-clear', { Content: words.order, MsgId: id }), 'plain'))).status, 403);
  assert.deepEqual(bucketsOf(system, id), []);
});

test('a repeated push gets the same stored answer and leaves one message, also when the repeats overlap', async () => {
  const id = newMsgId();
  const clear = wechatXml('openid-repeat', { Content: words.order, MsgId: id });
  const first = await send(system.port, door(), wechatPush(clear));
  const second = await send(system.port, door(), wechatPush(clear));
  assert.equal(second.body, first.body);
  assert.deepEqual(bucketsOf(system, id), ['order']);

  const other = newMsgId();
  const overlapping = wechatXml('openid-overlap', { Content: words.order, MsgId: other });
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(system.port, door(), wechatPush(overlapping))));
  assert.equal(new Set(answers.map((answer) => answer.body)).size, 1);
  assert.ok((await readPassive(answers[0].body)).Content);
  assert.deepEqual(bucketsOf(system, other), ['order']);
  assert.equal(outboxOf('openid-overlap').length, 1);
  assert.equal((await settled('openid-overlap'))[0].state, 'sent');

  const push = weiboPush('9007199254741001', words.order);
  const fans = await Promise.all(Array.from({ length: 4 }, () => send(system.port, '/hook/weibo/main', { ...push, query: weiboQuery() }, 'application/json')));
  assert.equal(new Set(fans.map((answer) => answer.body)).size, 1);
  assert.equal(outboxOf('9007199254741001').length, 1);
  assert.equal(apis.calls, 0, 'nothing of all this needed the API');
});

test('a platform that hung up gets the stored answer with its next attempt, and nothing is said twice', async () => {
  const id = newMsgId();
  const clear = wechatXml('openid-hung-up', { Content: words.order, MsgId: id });
  const { query, body } = wechatPush(clear);
  await new Promise((done) => {
    const request = http.request({ host: '127.0.0.1', port: system.port, method: 'POST', path: `${door()}?${new URLSearchParams(query)}`, agent: false, headers: { 'content-length': Buffer.byteLength(body) } });
    request.on('error', () => {});
    request.on('close', done);
    request.end(body, () => request.destroy());
  });
  const [row] = await until('the push that nobody waits for is stored', () => bucketsOf(system, id).length > 0).then(() => settled('openid-hung-up'));
  assert.ok(['sent', 'unknown'].includes(row.state), row.state);
  const again = await send(system.port, door(), wechatPush(clear));
  assert.match((await readPassive(again.body)).Content, new RegExp(system.sql(`select number from work_order where request_id = '${row.request_id}'`)[0].number));
  assert.deepEqual(bucketsOf(system, id), ['order']);
  assert.equal(apis.calls, 0);
});

test('forged and stale pushes are refused with 403, counted, and do not flood the log', async () => {
  const count = 60;
  const start = Date.now();
  const logged = () => system.log().split('\n').filter((line) => line.includes('"refused"')).length;
  const loggedBefore = logged();
  const refusedBefore = await until('earlier refusals of this suite are counted', async () => {
    const { refused } = (await balanced()).at(-1);
    return refused === 4 && refused;
  });
  const forged = wechatPush(wechatXml('openid-forger', { Content: words.order, MsgId: newMsgId() }));
  forged.query.msg_signature = sha1('some', 'other', 'token');
  const answers = await Promise.all(Array.from({ length: count }, () => send(system.port, door(), forged)));
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([403]));
  const elapsed = Math.ceil((Date.now() - start) / 1000) + 1;
  assert.ok(logged() - loggedBefore <= 5 * elapsed, `${logged() - loggedBefore} lines in ${elapsed} s`);
  assert.ok(logged() > loggedBefore);

  const stale = await send(system.port, door(), wechatPush(wechatXml('openid-late', { Content: words.order, MsgId: newMsgId() }), 'safe', String(seconds() - 601)));
  assert.equal(stale.status, 403);
  const early = await send(system.port, door('plain'), wechatPush(wechatXml('openid-early', { Content: words.order, MsgId: newMsgId() }), 'plain', String(Number(seconds()) + 605)));
  assert.equal(early.status, 403);
  const fan = weiboPush('9007199254741002', words.order);
  fan.query.signature = sha1('some', 'other', 'secret');
  assert.equal((await send(system.port, '/hook/weibo/main', fan, 'application/json')).status, 403);
  assert.equal((await send(system.port, '/hook/weibo/main', weiboPush('9007199254741002', words.order, {}, String(Date.now() - 601_000)), 'application/json')).status, 403);
  for (const [what, body] of [['forger', forged.body.slice(0, 20)], ['no token', keys.token]]) assert.ok(!system.log().includes(body), what);

  await until('all are counted', async () => (await balanced()).at(-1).refused === refusedBefore + count + 4);
  assert.equal(system.plain("select count(*) as n from message where json_extract(message, '$.sender') in ('openid-forger', 'openid-late', 'openid-early', '9007199254741002')")[0].n, 0);
});

test('a reply too long for the five-second answer goes through the API, with one token for all', async () => {
  const answer = await send(system.port, door(), wechatPush(wechatXml('openid-long', { Content: words.triage, MsgId: newMsgId() })));
  assert.deepEqual([answer.status, answer.body], [200, 'success']);
  assert.equal((await settled('openid-long'))[0].state, 'sent');
  assert.equal(apis.textFor('openid-long'), longReceipt);
  assert.ok(apis.sent.every(({ text }) => Buffer.byteLength(text) <= 2048));
  const { tokens } = apis;
  await Promise.all(['openid-long-2', 'openid-long-3'].map((sender) => send(system.port, door(), wechatPush(wechatXml(sender, { Content: words.triage, MsgId: newMsgId() })))));
  for (const sender of ['openid-long-2', 'openid-long-3']) assert.equal((await settled(sender))[0].state, 'sent', sender);
  assert.equal(apis.textFor('openid-long-3'), longReceipt);
  assert.equal(apis.tokens, tokens, 'the token is kept');
});

test('a token that the platform refuses is renewed once and the reply arrives', async () => {
  apis.tokens += 1; // somebody else has renewed: ours is void
  const { tokens } = apis;
  await send(system.port, door(), wechatPush(wechatXml('openid-token', { Content: words.triage, MsgId: newMsgId() })));
  assert.equal((await settled('openid-token'))[0].state, 'sent');
  assert.equal(apis.textFor('openid-token'), longReceipt);
  assert.equal(apis.tokens, tokens + 1);
});

test('a closed window ends the reply as failed, with its reason', async () => {
  apis.next = [45015];
  await send(system.port, door(), wechatPush(wechatXml('openid-window', { Content: words.triage, MsgId: newMsgId() })));
  const [row] = await settled('openid-window');
  assert.equal(row.state, 'failed');
  const failed = (await system.json('outbox', 'list', '--state', 'failed')).rows.find((one) => one.id === row.id);
  assert.match(failed.error, /48 小时.*45015/);
  assert.equal(failed.attempts, 1);
  apis.next = [26403];
  await send(system.port, '/hook/weibo/main', weiboPush('9007199254741003', words.triage), 'application/json');
  const [fan] = await settled('9007199254741003');
  assert.equal(fan.state, 'failed');
  assert.match(fan.last_error, /26403/);
});

test('an API that never answers leaves the reply as unknown, and it is not repeated', async () => {
  apis.next = ['hang'];
  const { calls } = apis;
  await send(system.port, door(), wechatPush(wechatXml('openid-hang', { Content: words.triage, MsgId: newMsgId() })));
  const [row] = await settled('openid-hang');
  assert.equal(row.state, 'unknown');
  assert.ok(row.last_error);
  // Later replies are sent; this one is not among them.
  await send(system.port, door(), wechatPush(wechatXml('openid-after', { Content: words.triage, MsgId: newMsgId() })));
  await settled('openid-after');
  assert.equal(apis.textFor('openid-hang'), '');
  assert.equal(outboxOf('openid-hang')[0].attempts, 1);
  assert.equal(apis.calls, calls + 1 + apis.sent.filter(({ to }) => to === 'openid-after').length);
});

test('Weibo gets its answer in its own form, ids are exact, and long replies go through its API', async () => {
  const sender = '9223372036854775807';
  const answer = await send(system.port, '/hook/weibo/main', weiboPush(sender, words.order), 'application/json');
  assert.equal(answer.status, 200);
  const told = JSON.parse(answer.body);
  assert.deepEqual([told.result, told.type, told.sender_id, told.receiver_id], [true, 'text', '9007199254740993', sender]);
  const [row] = await settled(sender);
  assert.equal(row.state, 'sent');
  const { text } = JSON.parse(decodeURIComponent(told.data));
  assert.ok(text.includes(system.sql(`select number from work_order where request_id = '${row.request_id}'`)[0].number), text);
  const [stored] = system.plain(`select json_extract(message, '$.sender') as sender, json_extract(message, '$.facts.to_account') as account from message where request_id = '${row.request_id}'`);
  assert.deepEqual(stored, { sender, account: '9007199254740993' });

  const fan = '9007199254740995';
  await send(system.port, '/hook/weibo/main', weiboPush(fan, words.triage), 'application/json');
  assert.equal((await settled(fan))[0].state, 'sent');
  assert.equal(apis.textFor(fan), longReceipt);
});

test('events are noted without an answer, and at the end the books balance', async () => {
  const follow = await send(system.port, door(), wechatPush(wechatXml('openid-follow', { MsgType: 'event', Event: 'subscribe' })));
  assert.deepEqual([follow.status, follow.body], [200, 'success']);
  const fan = await send(system.port, '/hook/weibo/main', weiboPush('9007199254741009', '', { type: 'event', data: { subtype: 'follow' } }), 'application/json');
  assert.equal(fan.status, 200);
  await until('both are stored', async () => (await balanced()).at(-1).noted === 2);
  assert.equal(await get(system.port, '/readyz'), 200);
});
