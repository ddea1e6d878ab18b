// SPDX-License-Identifier: Apache-2.0
// Orders on their way to units: by webhooks that a unit's system checks as Standard Webhooks
// says, with its faults; and by mail through a real SMTP server into a real mailbox.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startMail } from '../support/mail.mjs';
import { root, until } from '../support/system.mjs';
import { newMsgId, send, wechatPush, wechatXml } from './peers.mjs';
import { Site, nowhere, wechat } from './site.mjs';

const key = crypto.randomBytes(32);
process.env.E2E_UNIT_SECRET = `whsec_${key.toString('base64')}`;

// A unit's own system: keeps every call, and answers per unit as told, 200 when nothing is left to tell.
class UnitSystem {
  calls = [];
  answers = new Map();

  async start() {
    this.server = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part)).on('end', () => {
        const unit = request.url.slice(1);
        this.calls.push({ unit, headers: request.headers, body: Buffer.concat(parts), method: request.method });
        const how = this.answers.get(unit)?.shift() ?? 200;
        if (how !== 'hang') response.writeHead(how).end();
      });
    });
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  of(unit) {
    return this.calls.filter((call) => call.unit === unit);
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// https://www.standardwebhooks.com: HMAC-SHA256 over "id.timestamp.body", base64, "v1,".
function verify({ headers, body }) {
  const age = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']));
  assert.ok(age < 300, `timestamp is ${age} s away`);
  const expected = crypto.createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(body).digest('base64');
  assert.ok(headers['webhook-signature'].split(' ').includes(`v1,${expected}`), 'the signature is the unit\'s own');
}

const site = new Site();
after(() => site.close());
const citizens = {
  greening: '黄海路路口的树太高，把红绿灯都挡住了，请派人修剪，我的电话13851234567。',
  'human-resources': '老板拖欠我们几个工人三个月工资，到哪里讨薪？',
  'culture-tourism': '景区导游强迫我们买东西，要求退钱。',
  ecology: '小区楼顶偷偷装了一座信号塔，没有公示，辐射大不大？',
};
let system;
let units;
let mail;
before(async () => {
  units = await new UnitSystem().start();
  site.atEnd(() => units.close());
  mail = startMail(site.folder);
  site.atEnd(() => mail.stop());
  units.answers.set('greening', [500, 503]);
  units.answers.set('culture-tourism', [410]);
  units.answers.set('ecology', ['hang']);
  const list = JSON.parse(fs.readFileSync(path.join(root, 'config/units.json'), 'utf8')).map((unit) => {
    if (unit.id === 'human-resources') return { ...unit, mail: `unit@${mail.domain}` };
    if (unit.id in citizens) return { ...unit, webhook_url: `${units.url}/${unit.id}`, webhook_secret_ref: 'env:E2E_UNIT_SECRET' };
    return unit;
  });
  const file = site.write('units.json', JSON.stringify(list));
  system = await site.start(`[dispatch]
units = "${file}"
allow_private_hosts = ["127.0.0.1"]
[mail]
smtp_url = "${mail.smtpUrl}"
from = "hotline@${mail.domain}"
require_tls = false
[replies]
receipts = false
${wechat(nowhere)}`);
  for (const [unit, text] of Object.entries(citizens)) {
    const answer = await send(system.port, '/hook/wechat/main', wechatPush(wechatXml(`openid-${unit}`, { Content: text, MsgId: newMsgId() })));
    assert.equal(answer.status, 200);
  }
});

async function settled(unit) {
  const row = await until(`the order of ${unit} is settled`, () => system.sql(`select * from outbox where target = '${unit}' and state not in ('pending', 'sending')`)[0]);
  // The timeline is written right behind the outbox.
  const delivered = async () => (await system.json('orders', 'show', row.order_number)).rows[0].events.filter((event) => event.act === 'deliver');
  return { row, delivered };
}

test('an order reaches the unit after two failures under one webhook-id, signed each time, and its timeline says so', async () => {
  const { row, delivered } = await settled('greening');
  assert.equal(row.state, 'sent');
  assert.equal(row.attempts, 3);
  const calls = units.of('greening');
  assert.equal(calls.length, 3);
  calls.forEach(verify);
  assert.deepEqual(new Set(calls.map((call) => call.headers['webhook-id'])), new Set([row.id]));
  assert.equal(new Set(calls.map((call) => call.body.toString())).size, 1);
  const [event] = await until('the delivery is on the timeline', async () => {
    const events = await delivered();
    return events.length > 0 && events;
  });
  assert.match(event.reason, /greening/);
  assert.equal((await delivered()).length, 1);

  const { type, data } = JSON.parse(calls[0].body);
  assert.equal(type, 'order.dispatched');
  assert.equal(data.number, row.order_number);
  assert.equal(data.topic, 'urban.greening');
  assert.match(data.text, /红绿灯/);
  assert.match(data.why, /“.+”/);
  assert.doesNotMatch(calls[0].body.toString(), /13851234567|openid-greening/, 'no contact data leaves');
});

test('a unit that says no for good ends the dispatch as failed, with the answer as its reason', async () => {
  const { row, delivered } = await settled('culture-tourism');
  assert.equal(row.state, 'failed');
  assert.equal(row.attempts, 1);
  assert.match(row.last_error, /410/);
  assert.equal(units.of('culture-tourism').length, 1);
  assert.deepEqual(await delivered(), []);
  const failed = await system.json('outbox', 'list', '--state', 'failed');
  assert.deepEqual(failed.rows.map((one) => one.id), [row.id]);
});

test('an order by mail arrives in the unit\'s mailbox, once, with number, topic and reasons', async () => {
  const { row, delivered } = await settled('human-resources');
  assert.equal(row.kind, 'dispatch-mail');
  assert.equal(row.state, 'sent', row.last_error);
  const mails = await until('the mail is in the mailbox', () => mail.mails('unit').length > 0 && mail.mails('unit'));
  assert.equal(mails.length, 1);
  const [head, ...rest] = mails[0].split(/\r?\n\r?\n/);
  assert.match(head, new RegExp(`^Message-ID: <${row.id}@`, 'im'));
  assert.match(head, /^Auto-Submitted: auto-generated/im);
  const subject = [...head.replace(/\r?\n[ \t]+/g, ' ').match(/^Subject: (.*)$/im)[1].matchAll(/=\?utf-8\?b\?([^?]*)\?=/gi)].map((part) => Buffer.from(part[1], 'base64')).reduce((all, part) => Buffer.concat([all, part]), Buffer.alloc(0)).toString();
  assert.ok(`${head}${subject}`.includes(row.order_number), head);
  assert.match(head, /^Content-Transfer-Encoding: base64/im);
  const text = Buffer.from(rest.join(''), 'base64').toString();
  assert.ok(text.includes(row.order_number));
  assert.match(text, /拖欠我们几个工人三个月工资/);
  assert.match(text, /研判理由：.*“/);
  await until('the delivery is on the timeline', async () => (await delivered()).length === 1);
});

test('a unit that takes an order without answering gets it again under the same id', async () => {
  const { row } = await settled('ecology');
  assert.equal(row.state, 'sent');
  const calls = units.of('ecology');
  assert.equal(calls.length, 2);
  calls.forEach(verify);
  assert.equal(calls[0].headers['webhook-id'], calls[1].headers['webhook-id']);
  assert.equal((await system.json('audit', 'balance')).code, 0);
});
