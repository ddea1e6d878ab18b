// SPDX-License-Identifier: Apache-2.0
// The platforms by implementations that are not ours: wechat-crypto seals, signs and opens;
// co-wechat, a server for the same pushes, reads our answers. And their APIs, misbehaving as told.
import { createHash, randomInt } from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { post } from '../support/system.mjs';
import { keys } from './site.mjs';

const require = createRequire(import.meta.url);
const WXBizMsgCrypt = require('wechat-crypto');
const coWechat = require('co-wechat');

export const patience = 5000; // what WeChat and Weibo grant
export const sha1 = (...parts) => createHash('sha1').update(parts.sort().join('')).digest('hex');
export const nonce = () => String(randomInt(1e9));
export const seconds = () => String(Math.floor(Date.now() / 1000));
const cdata = (text) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
export const cryptor = new WXBizMsgCrypt(keys.token, keys.aesKey, keys.appId);

let lastId = 23456789012345678n;
export const newMsgId = () => String(++lastId);

export function wechatXml(sender, fields) {
  const all = { ToUserName: 'gh_e2e', FromUserName: sender, CreateTime: Number(seconds()), MsgType: 'text', ...fields };
  const element = ([name, value]) => (typeof value === 'number' ? `<${name}>${value}</${name}>` : `<${name}>${cdata(value)}</${name}>`);
  return `<xml>${Object.entries(all).map(element).join('')}</xml>`;
}

export function plainQuery(at = seconds()) {
  const query = { timestamp: at, nonce: nonce() };
  return { ...query, signature: sha1(keys.token, query.timestamp, query.nonce) };
}

// {query, body} as the platform pushes it. mode: plain, compatible (both forms in one body), safe.
export function wechatPush(clear, mode = 'safe', at = seconds()) {
  const query = plainQuery(at);
  if (mode === 'plain') return { query, body: clear };
  const encrypt = cryptor.encrypt(clear);
  Object.assign(query, { encrypt_type: 'aes', msg_signature: cryptor.getSignature(query.timestamp, query.nonce, encrypt) });
  const sealed = `<Encrypt>${cdata(encrypt)}</Encrypt>`;
  const body = mode === 'compatible' ? clear.replace('</xml>', `${sealed}</xml>`) : `<xml><ToUserName>${cdata('gh_e2e')}</ToUserName>${sealed}</xml>`;
  return { query, body };
}

export const send = (port, path, { query, body }, type = 'text/xml', wait = patience) => post(port, `${path}?${new URLSearchParams(query)}`, body, { 'content-type': type }, wait);

// What co-wechat's server reads from a passive answer of ours (its envelope is a push's).
export async function readPassive(body) {
  const field = (name) => body.match(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]+)`))?.[1];
  const sealed = body.includes('<Encrypt>');
  const query = sealed ? { timestamp: field('TimeStamp'), nonce: field('Nonce'), encrypt_type: 'aes', msg_signature: field('MsgSignature') } : plainQuery();
  let message;
  const ctx = { query, method: 'POST', request: { body } };
  await coWechat({ token: keys.token, appid: keys.appId, encodingAESKey: sealed ? keys.aesKey : '' }).middleware(async (read) => {
    message = read;
    return '';
  })(ctx);
  if (!message) throw new Error(`the peer refuses our answer: ${ctx.status} ${body}`);
  return message;
}

// As Weibo pushes: ids are bare numbers, also beyond 2^53.
export function weiboPush(sender, text, fields = {}, at = String(Date.now())) {
  const created = new Date(Date.now() + 8 * 3600_000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 +0800 $4');
  const body = JSON.stringify({ type: 'text', receiver_id: 0, sender_id: 0, created_at: created, text, data: {}, ...fields })
    .replace('"receiver_id":0', '"receiver_id":9007199254740993').replace('"sender_id":0', `"sender_id":${sender}`);
  return { query: weiboQuery(at), body };
}

export function weiboQuery(at = String(Date.now())) {
  const query = { timestamp: at, nonce: nonce() };
  return { ...query, signature: sha1(keys.secret, query.timestamp, query.nonce) };
}

// api.weixin.qq.com and m.api.weibo.com. `next` holds how the coming messages are answered: a code, or 'hang'.
export class FakeApis {
  tokens = 0;
  sent = []; // {to, text}
  next = [];
  calls = 0; // messages that were offered, taken or not

  async start() {
    this.server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part)).on('end', () => this.answer(new URL(request.url, 'http://x'), body, response));
    });
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  answer(url, body, response) {
    const json = (value) => response.end(JSON.stringify(value));
    if (url.pathname === '/cgi-bin/stable_token') return json({ access_token: `T${++this.tokens}`, expires_in: 7200 });
    const isWechat = url.pathname === '/cgi-bin/message/custom/send';
    if (!isWechat && url.pathname !== '/2/messages/reply.json') return response.writeHead(404).end();
    this.calls += 1;
    const how = this.next.shift() ?? 0;
    if (how === 'hang') return undefined;
    if (isWechat) {
      if (how === 0 && url.searchParams.get('access_token') !== `T${this.tokens}`) return json({ errcode: 40001, errmsg: 'invalid credential' });
      const call = JSON.parse(body);
      if (how === 0) this.sent.push({ to: call.touser, text: call.text.content });
      return json({ errcode: how, errmsg: how === 0 ? 'ok' : 'failed' });
    }
    const form = new URLSearchParams(body);
    if (how !== 0) return response.writeHead(400).end(JSON.stringify({ error: 'failed', error_code: how }));
    this.sent.push({ to: form.get('receiver_id'), text: JSON.parse(form.get('data')).text });
    return json({ result: true, sender_id: '9007199254740993', receiver_id: form.get('receiver_id'), type: 'text' });
  }

  // The parts of one citizen's reply, joined.
  textFor(to) {
    return this.sent.filter((one) => one.to === to).map((one) => one.text.replace(/^（\d+\/\d+）/, '')).join('');
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
