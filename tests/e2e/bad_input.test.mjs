// SPDX-License-Identifier: Apache-2.0
// Whatever arrives: the system answers it, keeps it where people see it, and goes on. Genuine but
// unreadable bytes are parked with their reason and can be tried again; the books stay balanced.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startMail } from '../support/mail.mjs';
import { dropCall } from '../support/platforms.mjs';
import { get, post, until } from '../support/system.mjs';
import { newMsgId, plainQuery, send, sha1, wechatPush, wechatXml, weiboPush, weiboQuery } from './peers.mjs';
import { Site, bucketsOf, email, keys, nowhere, phone, wechat, weibo } from './site.mjs';

const WXBizMsgCrypt = createRequire(import.meta.url)('wechat-crypto');
const words = '黄海路路口的树太高，把红绿灯都挡住了，请派人修剪。';

const site = new Site();
after(() => site.close());
let system;
let mail;
before(async () => {
  mail = startMail(site.folder);
  site.atEnd(() => mail.stop());
  process.env.E2E_IMAP_PASSWORD = mail.password;
  const accounts = [
    wechat(nowhere, 'mode = "plain"'),
    wechat(nowhere, 'account = "safe"'),
    weibo(nowhere),
    email(`imap_url = "${mail.url}"\nimap_user = "${mail.user}"\nimap_password = "env:E2E_IMAP_PASSWORD"\npoll_period = "1s"\nmax_mail_bytes = "64KiB"`),
    phone('settle = "0ms"'),
  ].join('');
  system = await site.start(`[replies]\nreceipts = false\n${accounts}`, { http: 'max_body = "64KiB"' });
});

const push = (body, query = plainQuery()) => send(system.port, '/hook/wechat/main', { query, body });
const fan = (body) => send(system.port, '/hook/weibo/main', { query: weiboQuery(), body }, 'application/json');
const call = (body) => {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = crypto.createHmac('sha256', keys.secret).update(`${timestamp}.`).update(body).digest('hex');
  return post(system.port, '/hook/phone/main', body, { 'x-minsheng-timestamp': timestamp, 'x-minsheng-signature': `v1=${signature}` }, 5000);
};
const parked = async () => (await system.json('parked', 'list')).rows;
// Runs `act` and returns what it has left among the parked messages.
async function parkedBy(act, count = 1) {
  const before = new Set((await parked()).map((row) => row.id));
  await act();
  return until(`${count} parked`, async () => {
    const fresh = (await parked()).filter((row) => !before.has(row.id));
    return fresh.length === count && fresh;
  });
}
const balanced = async () => {
  const balance = await system.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out);
  return balance.rows.at(-1);
};

test('genuine pushes that cannot be read are taken, parked with their reason, shown, and kept when a retry cannot read them either', async () => {
  const bodies = ['<xml><ToUserName>gh', 'no xml at all', '<xml></xml>', '<html><body>502</body></html>', wechatXml('', { Content: words, MsgId: '1' })];
  for (const body of bodies) {
    const [row] = await parkedBy(async () => {
      const answer = await push(body);
      assert.deepEqual([answer.status, answer.body], [200, 'success'], body);
    });
    assert.ok(row.reason, body);
    assert.equal(row.channel, 'wechat');
    const shown = await system.json('parked', 'show', row.id);
    assert.equal(shown.rows[0].raw, body);
    assert.equal(shown.rows[0].reason, row.reason);
    assert.equal((await system.cli('parked', 'show', row.id)).out, `${body}\n`);
    const retry = await system.cli('--lang', 'en', 'parked', 'retry', row.id);
    assert.equal(retry.code, 1);
    assert.ok(retry.err.includes(row.id), retry.err);
    assert.ok((await parked()).some((one) => one.id === row.id), 'it stays parked');
  }
  for (const body of ['{"type":"text"', '[]', '{}', '"text"', '{"type":"text","type":"text"}', '{"type":"text","sender_id":1e400}']) {
    const [row] = await parkedBy(async () => assert.equal((await fan(body)).status, 200, body));
    assert.equal(row.channel, 'weibo');
    assert.ok(row.reason);
  }
  for (const body of ['{"call_id":', '{"call_id":"c-1","transcript":7}', '{"call_id":"c-2","format":"vtt","transcript":"no transcript"}']) {
    const [row] = await parkedBy(async () => assert.equal((await call(body)).status, 200, body));
    assert.equal(row.channel, 'phone');
  }
  const list = await system.cli('--lang', 'zh', 'parked', 'list');
  assert.equal(list.code, 1, 'findings');
  assert.match(list.out, /微信\/main/);
  await balanced();
});

test('the same unreadable push again is one parked message', async () => {
  const body = `<xml>damaged ${newMsgId()}`;
  await parkedBy(async () => {
    for (let i = 0; i < 3; i += 1) assert.equal((await push(body)).status, 200);
  });
  await balanced();
});

test('nesting, many elements and a DTD are bounded: parked at once, never expanded', async () => {
  const deep = 12_000;
  const bomb = '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>' + wechatXml('openid-dtd', { MsgId: newMsgId() }).replace('</xml>', '<Content>&b;&c;</Content></xml>');
  const xml = ['<xml>'.repeat(deep), `<xml>${'<a>'.repeat(3000)}${'</a>'.repeat(3000)}</xml>`, `<xml>${'<a/>'.repeat(12_000)}</xml>`, bomb];
  const json = ['['.repeat(deep), `{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, `{"a":[${'1,'.repeat(12_000)}1]}`];
  const rows = await parkedBy(async () => {
    for (const body of xml) assert.equal((await push(body)).status, 200, body.slice(0, 40));
    for (const body of json) assert.equal((await fan(body)).status, 200, body.slice(0, 40));
    for (const body of json.slice(1)) assert.equal((await call(body)).status, 200, body.slice(0, 40));
  }, xml.length + json.length + json.length - 1);
  assert.ok(rows.every((row) => row.reason && !row.reason.includes('root:')), JSON.stringify(rows));
  assert.equal(await get(system.port, '/readyz'), 200);
  await balanced();
});

test('what is no push at all is refused in its own way and leaves nothing', async () => {
  const before = await balanced();
  const query = new URLSearchParams(plainQuery());
  assert.equal((await push('')).status, 400);
  assert.equal((await fan('')).status, 400);
  assert.equal((await push(wechatXml('openid-big', { Content: 'x'.repeat(70_000), MsgId: newMsgId() }))).status, 413);
  assert.equal((await push('<xml/>', {})).status, 400);
  assert.equal((await push('<xml/>', { ...plainQuery(), timestamp: 'soon' })).status, 403, 'not what was signed');
  assert.equal((await call('').catch(() => ({ status: 0 }))).status, 200, 'an empty call is genuine, and parked');
  assert.equal((await post(system.port, `/hook/telegraph/main?${query}`, '<xml/>', {}, 5000)).status, 404);
  assert.equal((await post(system.port, `/hook/wechat/other?${query}`, '<xml/>', {}, 5000)).status, 404);
  assert.equal((await post(system.port, `/hook/wechat/main/more?${query}`, '<xml/>', {}, 5000)).status, 404);
  assert.equal((await post(system.port, `/hook/wechat?${query}`, '<xml/>', {}, 5000)).status, 404);
  assert.equal(await get(system.port, '/hook/wechat/main?signature=%zz&timestamp=%00&nonce=%ff&echostr=%'), 400);
  assert.equal((await post(system.port, '/readyz', 'x', {}, 5000)).status, 405);
  const twice = `${query}&nonce=1`;
  assert.equal((await post(system.port, `/hook/wechat/main?${twice}`, '<xml/>', {}, 5000)).status, 400);
  await until('the empty call is parked', async () => (await balanced()).parked === before.parked + 1);
  assert.equal(await get(system.port, '/readyz'), 200);
});

test('texts with NUL, invalid UTF-8, half emoji and control characters are taken with what is readable', async () => {
  const id = newMsgId();
  const [head, tail] = wechatXml('openid-bytes', { Content: 'MARK', MsgId: id }).split('MARK');
  const damaged = Buffer.concat([Buffer.from(`${head}${words}`), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5, 0x01, 0x1b]), Buffer.from(`路灯${tail}`)]);
  assert.equal((await push(damaged)).status, 200);
  await until('stored', () => bucketsOf(system, id).length > 0);
  assert.deepEqual(bucketsOf(system, id), ['order']);

  const nul = Buffer.from(wechatXml('openid-nul', { Content: `${words}\u0000树`, MsgId: newMsgId() }));
  assert.equal((await push(nul)).status, 200);
  const { body } = weiboPush('9007199254742001', `${words}HALF`);
  assert.equal((await fan(body.replace('HALF', '\\ud83d\\u0000'))).status, 200);
  assert.equal((await fan(Buffer.concat([Buffer.from(weiboPush('9007199254742002', words).body.slice(0, -20)), Buffer.from([0xc3, 0x28]), Buffer.from('}')]))).status, 200);
  await until('every one is in its place', async () => {
    const total = await balanced();
    return total.waiting === 0 && system.plain("select count(*) as n from message where channel = 'weibo' and json_extract(message, '$.sender') = '9007199254742001'")[0].n === 1;
  });
  const [{ request_id: request }] = system.sql(`select request_id from message where source_id = '${id}'`);
  const { text } = (await system.json('requests', 'show', request)).rows[0].messages[0];
  assert.ok(text.startsWith(words) && text.includes('\ufffd') && text.endsWith('路灯'), text);
  for (const row of await parked()) assert.equal((await system.json('parked', 'show', row.id)).code, 0, row.id);
});

test('a message sealed with a key that was missing is read by a retry once the key is configured', async () => {
  const otherKey = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq';
  process.env.E2E_OTHER_KEY = otherKey;
  const other = new WXBizMsgCrypt(keys.token, otherKey, keys.appId);
  const id = newMsgId();
  const encrypt = other.encrypt(wechatXml('openid-rotated', { Content: words, MsgId: id }));
  const query = plainQuery();
  Object.assign(query, { encrypt_type: 'aes', msg_signature: sha1(keys.token, query.timestamp, query.nonce, encrypt) });
  const [row] = await parkedBy(async () => {
    const answer = await send(system.port, '/hook/wechat/safe', { query, body: `<xml><ToUserName><![CDATA[gh_e2e]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>` });
    assert.equal(answer.status, 200);
  });
  assert.equal(row.account, 'safe');
  assert.equal((await system.cli('parked', 'retry', row.id)).code, 1);

  // The command line reads the configuration of now; the running system needs it for later pushes only.
  const changed = fs.readFileSync(system.config, 'utf8').replace('account = "safe"', 'account = "safe"\nprevious_aes_key = "env:E2E_OTHER_KEY"');
  fs.writeFileSync(system.config, changed, { mode: 0o600 });
  const retry = await system.json('parked', 'retry', row.id);
  assert.equal(retry.code, 0, retry.err);
  await until('it has its order', () => system.plain("select bucket from message where json_extract(message, '$.sender') = 'openid-rotated' and bucket = 'order'").length === 1);
  assert.ok(!(await parked()).some((one) => one.id === row.id));
  const all = (await system.json('parked', 'list', '--all')).rows.find((one) => one.id === row.id);
  assert.equal(all.resolution, 'retried');
  const again = await system.cli('--lang', 'en', 'parked', 'retry', row.id);
  assert.equal(again.code, 1, `a second retry must not open a second order: ${again.out}`);
  assert.equal(system.plain("select count(*) as n from message where json_extract(message, '$.sender') = 'openid-rotated' and bucket = 'order'")[0].n, 1);
  const none = await system.cli('parked', 'retry', 'no-such-id');
  assert.equal(none.code, 1);
  await balanced();
});

test('ugly mails through a real mailbox are all taken or parked, and the good one behind them arrives', async () => {
  let number = 0;
  const drop = (bytes) => {
    const name = `${Date.now()}.ugly${(number += 1)}.e2e`;
    fs.writeFileSync(path.join(mail.maildir, 'tmp', name), bytes);
    fs.renameSync(path.join(mail.maildir, 'tmp', name), path.join(mail.maildir, 'new', name));
  };
  const head = (more = '') => `From: <zhang@mail.test>\r\nTo: <12345@dafeng.example>\r\nDate: Tue, 08 Sep 2015 09:30:00 +0800\r\n${more}`;
  // Of this channel alone: refusals at other doors reach the books up to a second later.
  const mails = async () => {
    const rows = (await system.json('audit', 'balance')).rows.filter((row) => row.channel === 'email');
    return { received: rows.reduce((n, row) => n + row.received, 0), waiting: rows.reduce((n, row) => n + row.waiting, 0) };
  };
  const before = await mails();
  const ugly = [
    Buffer.from([0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x80, 0x81]),
    'no header at all',
    `${head()}\r\n`,
    `${head('Subject: =?utf-8?B?!!!notbase64?=\r\nContent-Type: text/plain; charset=x-martian\r\n')}\r\n${words}`,
    `${head('Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n')}\r\n@@@@ not base64 @@@@`,
    Buffer.concat([Buffer.from(`${head('Content-Type: text/plain; charset=gbk\r\n')}\r\n`), Buffer.from([0xff, 0xff, 0x81, 0x00, 0x80])]),
    `${head('Content-Type: multipart/mixed; boundary="b"\r\n')}\r\n--b\r\nContent-Type: text/plain\r\n\r\nnever closed`,
    head(Array.from({ length: 200 }, (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`).join('')),
    `${head(`Subject: ${'长'.repeat(5000)}\r\n`)}\r\n${words}`,
    `${head()}\r\n${'x'.repeat(90_000)}`,
    `From: zhang@mail.test\nTo: 12345@dafeng.example\n\nbare line feeds ${words}`,
  ];
  ugly.forEach(drop);
  drop(`${head('Subject: =?UTF-8?B?5pGl5qCR?=\r\nMessage-ID: <good@mail.test>\r\nContent-Type: text/plain; charset=utf-8\r\n')}\r\n${words}\r\n`);
  await until('every mail is in its place', async () => {
    const now = await mails();
    return now.waiting === 0 && now.received === before.received + ugly.length + 1;
  });
  await balanced();
  assert.equal(system.plain("select bucket from message where json_extract(message, '$.facts.message_id') like '%good@mail.test%'")[0].bucket, 'order');
  const tooBig = (await parked()).filter((row) => row.channel === 'email');
  assert.ok(tooBig.some((row) => /limit/.test(row.reason)), JSON.stringify(tooBig));
});

test('a broken transcript moves to parked/ with its reason and is listed; the good one behind it is taken', async () => {
  const folder = path.join(system.data, 'drop');
  const names = ['20150920-broken.vtt', '20150920-binary.srt', '20150920-empty.json'];
  const rows = await parkedBy(async () => {
    fs.writeFileSync(path.join(folder, names[0]), 'this is no transcript');
    fs.writeFileSync(path.join(folder, names[1]), crypto.randomBytes(4096));
    fs.writeFileSync(path.join(folder, names[2]), '{"turns": [{{');
    dropCall(folder, 'call-good', words);
    await until('all files have moved', () => names.every((name) => fs.existsSync(path.join(folder, 'parked', name))) && fs.existsSync(path.join(folder, 'done', 'call-good.vtt')));
  }, 3);
  assert.ok(rows.every((row) => row.channel === 'phone' && row.reason));
  for (const name of names) assert.ok(fs.readFileSync(path.join(folder, 'parked', `${name}.reason.txt`), 'utf8').trim(), name);
  assert.deepEqual(fs.readdirSync(folder).filter((name) => !['done', 'parked'].includes(name)), [], 'nothing lies around');
  await until('the good call has its order', () => system.plain("select bucket from message where json_extract(message, '$.facts.call_id') = 'call-good' and bucket = 'order'").length === 1);
});

test('after all of this the system is ready, takes the next message, and the books balance', async () => {
  const id = newMsgId();
  assert.equal((await send(system.port, '/hook/wechat/safe', wechatPush(wechatXml('openid-last', { Content: words, MsgId: id })))).status, 200);
  await until('stored', () => bucketsOf(system, id).length > 0);
  const total = await balanced();
  assert.equal(total.parked, (await parked()).length + (await system.json('parked', 'list', '--all')).rows.filter((row) => row.resolution).length);
});
