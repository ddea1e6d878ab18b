// SPDX-License-Identifier: Apache-2.0
// Our WeChat and Weibo channels against implementations that are not ours: wechat-crypto seals and
// signs what the platform would push and opens what we answer; co-wechat, a server for the same
// pushes, says what it reads from the very same bytes; a small server plays api.weixin.qq.com.
import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { Probe } from './probe.mjs';

process.noDeprecation = true; // wechat-crypto still says `new Buffer`
const require = createRequire(import.meta.url);
const peer = (name) => {
  try {
    return require(name);
  } catch (error) {
    throw new Error(`${name} is not installed: run npm ci --prefix tests/e2e (or script/setup --test)`, { cause: error });
  }
};
const WXBizMsgCrypt = peer('wechat-crypto');
const coWechat = peer('co-wechat');

const token = 'hotline12345';
const appid = 'wx0123456789abcdef';
const encodingAESKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const cryptor = new WXBizMsgCrypt(token, encodingAESKey, appid);
const now = 1_700_000_000;

let probe;
before(async () => {
  probe = new Probe();
  await probe.clock(now * 1000);
  await probe.make('wechat', { app_id: appid, token, aes_key: encodingAESKey });
});
after(() => probe.close());

const sha1 = (...parts) => createHash('sha1').update(parts.sort().join('')).digest('hex');
const nonce = () => String(randomInt(1e9));
const cdata = (text) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

function pushXml(type, fields = {}) {
  const all = { ToUserName: 'gh_peer', FromUserName: 'openid-peer', CreateTime: now, MsgType: type, ...fields };
  const element = ([name, value]) =>
    typeof value === 'number' ? `<${name}>${value}</${name}>` : `<${name}>${cdata(value)}</${name}>`;
  return `<xml>${Object.entries(all).map(element).join('')}</xml>`;
}

function seal(clear, by = cryptor) {
  const encrypt = by.encrypt(clear);
  const query = { timestamp: String(now), nonce: nonce(), encrypt_type: 'aes' };
  query.signature = sha1(token, query.timestamp, query.nonce);
  query.msg_signature = by.getSignature(query.timestamp, query.nonce, encrypt);
  return { query, body: `<xml><ToUserName>${cdata('gh_peer')}</ToUserName><Encrypt>${cdata(encrypt)}</Encrypt></xml>` };
}

// What co-wechat's server reads from a push, and how it answers.
async function peerReads({ method = 'POST', query, body = '' }) {
  let message;
  const ctx = { query, method, request: { body } };
  await coWechat({ token, appid, encodingAESKey }).middleware(async (read) => {
    message = read;
    return '';
  })(ctx);
  return { status: ctx.status ?? 200, answer: ctx.body, message };
}

const kinds = [
  ['text', { Content: '幸福路12号楼下夜间施工，请处理 😀 & "引号" <b>', MsgId: '23456789012345678' }, 'text'],
  ['text', { Content: '代码 ]]> 与 <![CDATA[ 标记', MsgId: '23456789012345679' }, 'text'],
  ['image', { PicUrl: 'http://mmbiz.qpic.cn/a?b=1&c=2', MediaId: 'M1', MsgId: '3' }, 'image'],
  ['voice', { MediaId: 'V1', Format: 'amr', Recognition: '楼下太吵了', MsgId: '4' }, 'voice'],
  ['video', { MediaId: 'W1', ThumbMediaId: 'T1', MsgId: '5' }, 'video'],
  ['shortvideo', { MediaId: 'W2', ThumbMediaId: 'T2', MsgId: '6' }, 'video'],
  ['location', { Location_X: '23.134521', Location_Y: '113.358803', Scale: '20', Label: '幸福路', MsgId: '7' }, 'location'],
  ['link', { Title: '标题', Description: '说明', Url: 'https://a/b', MsgId: '8' }, 'link'],
  ['event', { Event: 'subscribe', EventKey: 'qrscene_1', Ticket: 'TK' }, 'event'],
  ['event', { Event: 'CLICK', EventKey: 'PROGRESS' }, 'event'],
];

test('both sides read the same from every kind of sealed push', async () => {
  for (const [type, fields, kind] of kinds) {
    const push = seal(pushXml(type, fields));
    const theirs = await peerReads(push);
    const ours = await probe.receive(push);
    assert.equal(theirs.status, 200, type);
    assert.equal(ours.ok, true, ours.what);
    assert.equal(ours.ack.body, 'success');
    const [message] = ours.items;
    assert.equal(message.kind, kind);
    assert.equal(message.sender, theirs.message.FromUserName);
    assert.equal(message.facts.to_account, theirs.message.ToUserName);
    if (type === 'text') assert.equal(message.text, theirs.message.Content);
    if (type === 'voice') assert.equal(message.text, theirs.message.Recognition);
    if (type === 'location') assert.equal(message.place_hint, theirs.message.Label);
    if (theirs.message.MediaId) assert.equal(message.attachments[0].remote, theirs.message.MediaId);
    if (theirs.message.MsgId) assert.equal(message.source_id, theirs.message.MsgId);
    if (theirs.message.EventKey) assert.equal(message.facts.event_key, theirs.message.EventKey);
  }
});

test('the address check is answered alike, also when it is forged', async () => {
  const query = { timestamp: String(now), nonce: nonce(), echostr: '4375120948345356249' };
  query.signature = sha1(token, query.timestamp, query.nonce);
  const theirs = await peerReads({ method: 'GET', query });
  const ours = await probe.receive({ method: 'GET', query });
  assert.equal(ours.ack.body, theirs.answer);
  query.nonce += '1';
  assert.equal((await peerReads({ method: 'GET', query })).status, 401);
  assert.equal((await probe.receive({ method: 'GET', query })).status, 403);
});

test('a passive answer opens, verifies and parses at the other side', async () => {
  const texts = ['您的诉求已受理。', '含 ]]> 的文字', '表情 😀🏠 与 & 符号', '第一行\n第二行', '好'.repeat(682)];
  for (const text of texts) {
    const ours = await probe.receive({ ...seal(pushXml('text', { Content: '在吗', MsgId: nonce() })), reply: text });
    assert.ok(ours.passive, text.slice(0, 20));
    // The envelope of an answer is the envelope of a push with its signature inside.
    const field = (name) => ours.passive.body.match(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]+)`))[1];
    const query = { timestamp: field('TimeStamp'), nonce: field('Nonce'), encrypt_type: 'aes', msg_signature: field('MsgSignature') };
    const theirs = await peerReads({ query, body: ours.passive.body });
    assert.equal(theirs.status, 200);
    assert.equal(theirs.message.Content, text);
    assert.equal(theirs.message.ToUserName, 'openid-peer');
    assert.equal(theirs.message.FromUserName, 'gh_peer');
    assert.equal(theirs.message.CreateTime, String(now));
    assert.equal(cryptor.decrypt(field('Encrypt')).id, appid);
  }
});

test('texts of any length and script survive the way there and back', async () => {
  const alphabet = ['路', '灯', 'a', '0', ' ', '😀', '👨‍👩‍👧', ']', ']]>', '&', '"', "'", '，', '\n', '\u3000', 'é'];
  for (let round = 0; round < 60; ++round) {
    const length = randomInt(1, 120);
    const text = `始${Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')}终`;
    const push = seal(pushXml('text', { Content: text, MsgId: String(round + 1) }));
    const ours = await probe.receive({ ...push, reply: text });
    assert.equal(ours.items[0].text, text);
    const encrypt = ours.passive.body.match(/<Encrypt><!\[CDATA\[([^\]]+)/)[1];
    const theirs = await peerReads({ ...seal(cryptor.decrypt(encrypt).message) });
    assert.equal(theirs.message.Content, text);
  }
});

test('three attempts of the platform are one identity', async () => {
  const clear = pushXml('text', { Content: '重复推送', MsgId: '991' });
  const ids = await Promise.all([1, 2, 3].map(async () => (await probe.receive(seal(clear))).items[0].source_id));
  assert.deepEqual(new Set(ids), new Set(['991']));
});

test('what was changed on the way is refused, also where the peer is less strict', async () => {
  const push = seal(pushXml('text', { Content: '原文', MsgId: '1' }));
  const changed = { ...push, body: push.body.replace(/CDATA\[(.)([^\]]+)\]\]><\/Encrypt>/, 'CDATA[$2$1]]></Encrypt>') };
  assert.notEqual(changed.body, push.body);
  assert.equal((await peerReads(changed)).status, 401);
  assert.equal((await probe.receive(changed)).kind, 'denied');
  assert.equal((await probe.receive({ ...push, query: { ...push.query, timestamp: String(now - 601) } })).kind, 'denied');

  // Sealed for another account with our token and key: the peer takes it, we keep it aside.
  const other = seal(pushXml('text', { Content: '别家', MsgId: '2' }), new WXBizMsgCrypt(token, encodingAESKey, 'wxother'));
  assert.equal((await peerReads(other)).message.Content, '别家');
  const ours = await probe.receive(other);
  assert.equal(ours.items[0].kind, 'unreadable');
  assert.match(ours.items[0].facts.error, /app_id/);
});

test('a push of Weibo signed by the peer is read to its exact ids', async () => {
  const secret = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
  const signer = new WXBizMsgCrypt(secret, encodingAESKey, appid);
  const weibo = new Probe();
  try {
    await weibo.clock(now * 1000);
    await weibo.make('weibo', { app_secret: secret });
    const query = { timestamp: `${now}123`, nonce: nonce() };
    query.signature = signer.getSignature(query.timestamp, query.nonce, '');
    const body = '{"type":"text","receiver_id":9007199254740993,"sender_id":9007199254740995,' +
      '"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"路灯坏了","data":{}}';
    const ours = await weibo.receive({ query, body, reply: '已受理 100%' });
    assert.equal(ours.items[0].sender, '9007199254740995');
    const answer = JSON.parse(ours.passive.body);
    assert.equal(answer.sender_id, '9007199254740993');
    assert.deepEqual(JSON.parse(decodeURIComponent(answer.data)), { text: '已受理 100%' });
    query.nonce += '1';
    assert.equal((await weibo.receive({ query, body })).kind, 'denied');
  } finally {
    await weibo.close();
  }
});

// A platform in few lines: hands out tokens, takes messages, and misbehaves as told.
class FakePlatform {
  constructor() {
    this.tokens = 0;
    this.sent = [];
    this.next = []; // one entry per message: an errcode, 'html' or 'cut'
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => this.answer(new URL(request.url, 'http://x'), body, response));
    });
  }

  answer(url, body, response) {
    const json = (value) => response.end(JSON.stringify(value));
    if (url.pathname === '/cgi-bin/stable_token') {
      return json({ access_token: `T${++this.tokens}`, expires_in: 7200 });
    }
    if (url.searchParams.get('access_token') !== `T${this.tokens}`) return json({ errcode: 40001, errmsg: 'invalid credential' });
    const how = this.next.shift() ?? 0;
    if (how === 'html') return response.end('<html>502 Bad Gateway</html>');
    if (how === 'cut') return response.destroy();
    const text = JSON.parse(body).text.content;
    if (Buffer.byteLength(text) > 2048) return json({ errcode: 45002, errmsg: 'content size out of limit' });
    if (how === 0) this.sent.push(text);
    return json({ errcode: how, errmsg: how === 0 ? 'ok' : 'failed' });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  stop() {
    return new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}

test('replies reach a platform over HTTP, and its faults have their outcome', async () => {
  const platform = new FakePlatform();
  const sender = new Probe();
  try {
    await sender.clock(now * 1000);
    await sender.make('wechat', { app_id: appid, token, aes_key: encodingAESKey, app_secret: 's', api_url: await platform.start() });
    let count = 0;
    const send = (text) => sender.send({ id: `out-${++count}`, to: 'openid-peer', text });

    assert.equal((await send('已办结 😀 <a href="x">点</a>')).ok, true);
    assert.deepEqual(platform.sent, ['已办结 😀 ＜a href="x">点＜/a>']);

    platform.tokens += 1; // somebody else has renewed: ours is void
    assert.equal((await send('令牌换新后')).ok, true);
    assert.equal(platform.tokens, 3);

    platform.sent = [];
    const long = '您反映的路灯问题已经修复，感谢您的来信。'.repeat(200);
    assert.equal((await send(long)).ok, true);
    assert.equal(platform.sent.map((part) => part.replace(/^（\d+\/\d+）/, '')).join(''), long);

    for (const [how, kind] of [['html', 'unknown'], ['cut', 'unknown'], [-1, 'unavailable'], [45011, 'unavailable'],
      [45015, 'rejected'], [45047, 'rejected'], [48001, 'rejected'], [50002, 'rejected']]) {
      platform.next = [how];
      assert.equal((await send('x')).kind, kind, String(how));
    }

    platform.sent = [];
    platform.next = [0, 'cut'];
    assert.equal((await sender.send({ id: 'resumed', to: 'openid-peer', text: long })).kind, 'unknown');
    assert.equal((await sender.send({ id: 'resumed', to: 'openid-peer', text: long })).ok, true);
    assert.equal(platform.sent.map((part) => part.replace(/^（\d+\/\d+）/, '')).join(''), long, 'no part twice, none lost');

    await platform.stop();
    assert.equal((await send('没有人听')).kind, 'unavailable');
  } finally {
    await sender.close();
    await platform.stop().catch(() => {});
  }
});
