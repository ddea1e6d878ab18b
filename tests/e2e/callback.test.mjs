// SPDX-License-Identifier: Apache-2.0
// After the answer: a mail gets a link and its page, a chat a question, a telephone an entry in the list; what citizens
// say ends the order or has it handled anew. And a unit's own system that answers by signed calls over real HTTP.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startMail } from '../support/mail.mjs';
import { root, until } from '../support/system.mjs';
import { Site, nowhere, phone, wechat } from './site.mjs';

const key = crypto.randomBytes(32);
process.env.E2E_UNIT_SECRET = `whsec_${key.toString('base64')}`;

const site = new Site();
after(() => site.close());
let system;
let mail;
let origin;

before(async () => {
  mail = startMail(site.folder);
  site.atEnd(() => mail.stop());
  const units = JSON.parse(fs.readFileSync(path.join(root, 'config/units.json'), 'utf8'));
  const file = site.write('units.json', JSON.stringify(units.map((unit) => (unit.id === 'greening' ? { ...unit, webhook_secret_ref: 'env:E2E_UNIT_SECRET' } : unit))));
  system = await site.start(
    `[dispatch]
units = "${file}"
[callback]
after = "0s"
quiet = ""
[[channel]]
type = "email"
from = "hotline@${mail.domain}"
smtp_url = "${mail.smtpUrl}"
thread_key = "env:E2E_SECRET"
[replies]
receipts = false
${wechat(nowhere, 'mode = "plain"')}${phone()}`,
    { head: 'public_url = "https://hotline.example"' },
  );
  origin = `http://127.0.0.1:${system.port}`;
});

async function ingested(channel, name, content) {
  const run = await system.cli('--lang', 'en', 'ingest', channel, site.write(name, content));
  assert.equal(run.code, 0, run.err + run.out);
}
const citizenXml = (sender, text, id) =>
  `<xml><ToUserName><![CDATA[gh_e2e]]></ToUserName><FromUserName><![CDATA[${sender}]]></FromUserName><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content><MsgId>${id}</MsgId></xml>`;

async function act(number, name, ...words) {
  const run = await system.cli('orders', 'act', number, name, ...words);
  assert.equal(run.code, 0, run.err);
}
async function answered(number, text) {
  await act(number, 'answer', '--text', text, '--as', `unit:${(await orderOf(number)).lead_unit}`);
  await act(number, 'check', '--as', 'li');
}
async function orderOf(number) {
  return (await system.json('orders', 'show', number)).rows[0];
}
// The words of a mail with one part.
const bodyOf = (raw) => {
  const [head, ...rest] = raw.split(/\r?\n\r?\n/);
  const body = rest.join('\n\n');
  if (/^content-transfer-encoding: *base64/im.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (/^content-transfer-encoding: *quoted-printable/im.test(head)) return body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return body;
};
const newest = () => system.sql('select number from work_order order by id desc limit 1')[0].number;
const inState = (number, state) => until(`${number} is ${state}`, () => system.sql(`select state from work_order where number = '${number}'`)[0].state === state);

test('a citizen who wrote by mail answers on a page behind a link that works once and holds no personal data', async () => {
  await ingested('email', 'one.eml', `From: zhang@${mail.domain}\r\nTo: hotline@${mail.domain}\r\nSubject: =?utf-8?B?${Buffer.from('绿化').toString('base64')}?=\r\nMessage-ID: <one@e2e>\r\nDate: ${new Date().toUTCString()}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n黄海路路口的树太高，把红绿灯都挡住了，请派人修剪，电话13851234567。\r\n`);
  const number = newest();
  await answered(number, '树枝已修剪，联系人李工13912345678。');
  const link = /hotline\.example\/t\/([0-9a-f]{32})/;
  const letter = await until('the letter is in the mailbox', () => mail.mails('zhang').map(bodyOf).find((text) => link.test(text)));
  const [, token] = letter.match(link);
  assert.equal(system.sql(`select count(*) as n from call_back where token_hash = '${token}'`)[0].n, 0, 'the token itself is not kept');
  for (let i = 0; i < 2; ++i) {
    const page = await fetch(`${origin}/t/${token}`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-security-policy'), /default-src 'none'/);
    const html = await page.text();
    assert.match(html, /树枝已修剪/);
    assert.doesNotMatch(html, /13912345678|13851234567|<script/);
  }
  const html = await (await fetch(`${origin}/t/${token}`)).text();
  const [, form] = html.match(/name="form" value="([0-9a-f]+)"/);
  const post = (fields) => fetch(`${origin}/t/${token}`, { method: 'POST', body: new URLSearchParams(fields) });
  assert.equal((await post({ choice: '1' })).status, 403);
  assert.equal((await orderOf(number)).state, 'checked');
  assert.equal((await post({ choice: '1', words: '谢谢', form })).status, 200);
  assert.equal((await post({ choice: '3', form })).status, 410);
  await inState(number, 'closed');
  assert.equal((await fetch(`${origin}/t/${'0'.repeat(32)}`)).status, 404);
  assert.equal((await fetch(`${origin}/t/style.css`)).status, 200);
});

test('a citizen in chat answers by number, and who is not helped has the order handled anew under supervision', async () => {
  await ingested('wechat', 'chat1.xml', citizenXml('openid-chat', '景观大道的绿化带杂草比人高，没人修剪', '9001'));
  const number = newest();
  await answered(number, '已安排修剪。');
  await until('the question is out', () => system.sql(`select state from call_back where order_number = '${number}' and state = 'asked'`)[0]);
  await ingested('wechat', 'chat2.xml', citizenXml('openid-chat', '4', '9002'));
  await inState(number, 'dispatched');
  const row = system.sql(`select redos, supervised, solved from work_order where number = '${number}'`)[0];
  assert.deepEqual(row, { redos: 1, supervised: 1, solved: 0 });
  assert.equal(system.sql(`select count(*) as n from request where state = 'triage'`)[0].n, 0, 'the word is no new request');
});

const signed = (id, text) => {
  const at = Math.floor(Date.now() / 1000);
  return {
    'minsheng-unit': 'greening',
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${crypto.createHmac('sha256', key).update(`${id}.${at}.${text}`).digest('base64')}`,
  };
};

test('the system of a unit reads its order masked, signs and answers it, and a repeat changes nothing', async () => {
  await ingested('wechat', 'unit.xml', citizenXml('openid-unit', '小区门口的树倒了压住行道，电话13851234567', '9003'));
  const number = newest();
  assert.equal((await orderOf(number)).lead_unit, 'greening');
  const url = `/unit/v1/orders/${number}`;
  const shown = await fetch(origin + url, { headers: signed('look-1', `GET ${url}`) });
  assert.equal(shown.status, 200);
  const text = await shown.text();
  assert.match(text, /树倒了/);
  assert.doesNotMatch(text, /13851234567|openid-unit/);
  const call = (id, fields) => {
    const body = JSON.stringify({ number, ...fields });
    return fetch(`${origin}${url}/acts`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...signed(id, body) } });
  };
  assert.equal((await call('act-1', { act: 'sign', by: 'zhang' })).status, 200);
  const again = await call('act-1', { act: 'sign', by: 'zhang' });
  assert.equal(again.status, 200);
  assert.equal((await again.json()).repeated, true);
  const stale = await call('act-2', { act: 'answer', text: '已清走。', expected: 1 });
  assert.equal(stale.status, 409);
  assert.match((await stale.json()).message, /sign/);
  assert.equal((await call('act-3', { act: 'answer', text: '已清走。' })).status, 200);
  assert.equal((await orderOf(number)).state, 'answered');
  const forged = JSON.stringify({ number, act: 'note', note: 'x' });
  assert.equal((await fetch(`${origin}${url}/acts`, { method: 'POST', body: forged, headers: { ...signed('act-4', forged), 'webhook-signature': 'v1,AAAA' } })).status, 403);
});
