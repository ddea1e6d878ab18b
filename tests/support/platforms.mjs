// SPDX-License-Identifier: Apache-2.0
// Stand-ins for the platforms: they push as the real ones do (five seconds of patience, three
// attempts), and take replies and orders, counting each.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { post, sleep } from './system.mjs';

const require = createRequire(new URL('../e2e/package.json', import.meta.url));
const WechatCrypto = require('wechat-crypto');

const sha1 = (...parts) => crypto.createHash('sha1').update(parts.sort().join('')).digest('hex');

// What citizens got, per sender: how often, and by which way.
export class Mailboxes {
  got = new Map();
  add(sender, way) {
    const ways = this.got.get(sender) ?? [];
    ways.push(way);
    this.got.set(sender, ways);
  }
  moreThanOnce() {
    return [...this.got].filter(([, ways]) => ways.length > 1);
  }
}

// Pushes one body up to three times. Resolves 'acked' or 'given-up'.
async function pushLikeAPlatform(send, onAnswer) {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      const answer = await send();
      if (answer.status === 200) {
        onAnswer(answer.body);
        return 'acked';
      }
    } catch {
      /* refused, cut or too slow: try again */
    }
    if (attempt < 3) await sleep(1500);
  }
  return 'given-up';
}

export class WeChat {
  constructor(port, keys, mailboxes) {
    Object.assign(this, { port, keys, mailboxes });
    this.crypto = new WechatCrypto(keys.token, keys.aesKey, keys.appId);
  }

  push(id, sender, text) {
    const plain = `<xml><ToUserName><![CDATA[gh_faults]]></ToUserName><FromUserName><![CDATA[${sender}]]></FromUserName><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content><MsgId>${id}</MsgId></xml>`;
    const encrypted = this.crypto.encrypt(plain);
    return pushLikeAPlatform(
      () => {
        const timestamp = String(Math.floor(Date.now() / 1000));
        const nonce = crypto.randomBytes(6).toString('hex');
        const query = new URLSearchParams({
          signature: sha1(this.keys.token, timestamp, nonce),
          timestamp,
          nonce,
          openid: sender,
          encrypt_type: 'aes',
          msg_signature: this.crypto.getSignature(timestamp, nonce, encrypted),
        });
        const body = `<xml><ToUserName><![CDATA[gh_faults]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
        return post(this.port, `/hook/wechat/main?${query}`, body, { 'content-type': 'text/xml' }, 5000);
      },
      (body) => {
        const found = /<Encrypt>(?:<!\[CDATA\[)?([^\]<]+)/.exec(body);
        if (found && this.crypto.decrypt(found[1]).message.includes('<Content>')) this.mailboxes.add(sender, 'passive');
      },
    );
  }
}

export class Weibo {
  constructor(port, keys, mailboxes) {
    Object.assign(this, { port, keys, mailboxes });
  }

  push(sender, text) {
    const created = new Date(Date.now() + 8 * 3600_000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 +0800 $4');
    const body = JSON.stringify({ type: 'text', receiver_id: 5612300045, sender_id: 0, created_at: created, text, data: {} }).replace('"sender_id":0', `"sender_id":${sender}`);
    return pushLikeAPlatform(
      () => {
        const timestamp = String(Date.now());
        const nonce = String(crypto.randomInt(1e9));
        const query = new URLSearchParams({ signature: sha1(this.keys.appSecret, timestamp, nonce), timestamp, nonce });
        return post(this.port, `/hook/weibo/main?${query}`, body, { 'content-type': 'application/json' }, 5000);
      },
      (answer) => {
        if (answer.includes('"data"')) this.mailboxes.add(sender, 'passive');
      },
    );
  }
}

// A call centre of our own pushes until it is told that the transcript arrived.
export async function pushCall(port, secret, callId, text) {
  const body = JSON.stringify({ call_id: callId, caller: `caller-${callId}`, started_at: '2015-08-10T14:00:00Z', format: 'vtt', transcript: `WEBVTT\n\n00:00.000 --> 00:05.000\n<v 市民>${text}\n` });
  for (;;) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = crypto.createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const answer = await post(port, '/hook/phone/main', body, { 'content-type': 'application/json', 'x-minsheng-timestamp': timestamp, 'x-minsheng-signature': `v1=${signature}` }, 5000).catch(() => null);
    if (answer?.status === 200) return 'acked';
    await sleep(500);
  }
}

// Complete when renamed.
export function dropCall(folder, callId, text) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${callId}.vtt.meta.json`), JSON.stringify({ call_id: callId, caller: `caller-${callId}`, started_at: '2015-08-10T14:00:00Z' }));
  fs.writeFileSync(path.join(folder, `${callId}.vtt.part`), `WEBVTT\n\n00:00.000 --> 00:05.000\n<v 市民>${text}\n`);
  fs.renameSync(path.join(folder, `${callId}.vtt.part`), path.join(folder, `${callId}.vtt`));
}

// As a delivery agent does: tmp, then new.
export function dropMail(maildir, id, sender, text) {
  const name = `${Date.now()}.${id}.faults`;
  const mail = `Message-ID: <${id}@faults.example>\r\nFrom: <${sender}>\r\nTo: <hotline@faults.example>\r\nSubject: =?UTF-8?B?${Buffer.from('反映问题').toString('base64')}?=\r\nDate: Tue, 08 Sep 2015 09:30:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(text).toString('base64')}\r\n`;
  fs.writeFileSync(path.join(maildir, 'tmp', name), mail);
  fs.renameSync(path.join(maildir, 'tmp', name), path.join(maildir, 'new', name));
}

// api.weixin.qq.com, m.api.weibo.com and the units' systems in one server.
export async function startReceivers(mailboxes) {
  const orders = new Map(); // webhook-id -> times
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const answer = (value) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(value));
      };
      const { pathname } = new URL(request.url, 'http://x');
      if (pathname.endsWith('/stable_token')) answer({ access_token: 'token-1', expires_in: 7200 });
      else if (pathname.endsWith('/custom/send')) {
        mailboxes.add(JSON.parse(body).touser, 'api');
        answer({ errcode: 0, errmsg: 'ok' });
      } else if (pathname.endsWith('/messages/reply.json')) {
        mailboxes.add(new URLSearchParams(body).get('receiver_id'), 'api');
        answer({ result: true });
      } else if (pathname.startsWith('/unit')) {
        const id = request.headers['webhook-id'];
        orders.set(id, (orders.get(id) ?? 0) + 1);
        answer({ ok: true });
      } else {
        response.statusCode = 404;
        response.end();
      }
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { port: server.address().port, orders, close: () => server.close() };
}

// Takes mail; counts by recipient.
export async function startSmtp(mailboxes) {
  const { SMTPServer } = require('smtp-server');
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, session, callback) {
      stream.resume();
      stream.on('end', () => {
        for (const to of session.envelope.rcptTo) mailboxes.add(to.address.toLowerCase(), 'mail');
        callback();
      });
    },
  });
  server.on('error', () => {}); // a killed client
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { port: server.server.address().port, close: () => server.close() };
}
