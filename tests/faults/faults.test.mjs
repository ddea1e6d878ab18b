// SPDX-License-Identifier: Apache-2.0
// The fault test: messages over all four channels at full speed while the serving process and its
// Redis are killed (SIGKILL) at random moments of the traffic. Then the books must balance.
//
// Settings by environment: MINSHENG_BINARY, FAULTS_MESSAGES, FAULTS_SERVE_KILLS, FAULTS_REDIS_KILLS,
// FAULTS_SEED. script/faults runs the long form.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Mailboxes, WeChat, Weibo, dropCall, dropMail, pushCall, startReceivers, startSmtp } from '../support/platforms.mjs';
import { startMail } from '../support/mail.mjs';
import { System, binary, freePort, root, sleep } from '../support/system.mjs';

const messages = Number(process.env.FAULTS_MESSAGES ?? 10_000);
const serveKills = Number(process.env.FAULTS_SERVE_KILLS ?? 20);
const redisKills = Number(process.env.FAULTS_REDIS_KILLS ?? 5);
const seed = Number(process.env.FAULTS_SEED ?? crypto.randomInt(1e9));

// Reproducible moments; the interleaving of processes never is.
function randomFrom(start) {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const random = randomFrom(seed);
const pick = (list) => list[Math.floor(random() * list.length)];

const texts = [
  '黄海路路口的树太高，把红绿灯都挡住了，请派人修剪。',
  '小区半夜还在施工，噪音吵得睡不着觉。',
  '村里的土路下雨天都是泥，农用车开不进去，希望硬化村道。',
  '老板拖欠我们几个工人三个月工资，到哪里讨薪？',
  '雨太大，我家房子进水了，老人还在屋里。',
  '想给独居的老人申请居家养老上门服务，怎么办理？',
  '景区导游强迫我们买东西，要求退钱。',
  '你们到底管不管啊',
];

function configText({ port, receivers, smtp, imap, keys, units, catalogue }) {
  return `
[http]
port = ${port}
[dispatch]
units = "${units}"
catalogue = "${catalogue}"
allow_private_hosts = ["127.0.0.1"]
[conversations]
follow_ups = "0s"
[[channel]]
type = "wechat"
account = "main"
app_id = "${keys.appId}"
mode = "safe"
token = "env:FAULTS_TOKEN"
aes_key = "env:FAULTS_AES_KEY"
app_secret = "env:FAULTS_APP_SECRET"
api_url = "http://127.0.0.1:${receivers}"
settle = "0s"
[[channel]]
type = "weibo"
account = "main"
app_secret = "env:FAULTS_APP_SECRET"
access_token = "env:FAULTS_TOKEN"
api_url = "http://127.0.0.1:${receivers}"
settle = "0s"
[[channel]]
type = "email"
account = "main"
imap_url = "${imap.url}"
imap_user = "${imap.user}"
imap_password = "env:FAULTS_IMAP_PASSWORD"
smtp_url = "smtp://127.0.0.1:${smtp}"
from = "hotline@faults.example"
thread_key = "env:FAULTS_APP_SECRET"
poll_period = "1s"
mails_per_poll = 500
[[channel]]
type = "phone"
account = "main"
drop_folder = "drop"
push_secret = "env:FAULTS_APP_SECRET"
`;
}

// Every unit's orders go to the stand-in.
function writeUnits(folder, receivers) {
  const units = JSON.parse(fs.readFileSync(path.join(root, 'config/units.json'), 'utf8'));
  const file = path.join(folder, 'units.json');
  fs.writeFileSync(file, JSON.stringify(units.map((unit) => ({ ...unit, mail: undefined, webhook_url: `http://127.0.0.1:${receivers}/unit/${unit.id}`, webhook_secret_ref: 'env:FAULTS_APP_SECRET' }))));
  return file;
}

// Runs `work` on `count` items with `width` at a time.
async function pool(count, width, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

test('every acknowledged message of four channels is in exactly one bucket after SIGKILLs of server and Redis, and no reply is sent twice unless marked unknown', { timeout: 1_800_000 }, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'minsheng-faults-'));
  fs.chmodSync(folder, 0o755); // Dovecot works under users of its own
  t.diagnostic(`seed ${seed}, folder ${folder}`);
  const keys = { token: 'faultstoken', aesKey: crypto.randomBytes(32).toString('base64').slice(0, 43), appId: 'wxfaults00000001', appSecret: 'faults-secret-0123456789' };
  Object.assign(process.env, { FAULTS_TOKEN: keys.token, FAULTS_AES_KEY: keys.aesKey, FAULTS_APP_SECRET: keys.appSecret });
  const mailboxes = new Mailboxes();
  // Undone in the other order, whatever was reached: nothing may outlive a test that fails early.
  const undo = [() => process.env.FAULTS_KEEP || fs.rmSync(folder, { recursive: true, force: true })];
  t.after(async () => {
    for (const step of undo.reverse()) await step();
  });
  const receivers = await startReceivers(mailboxes);
  undo.push(() => receivers.close());
  const smtp = await startSmtp(mailboxes);
  undo.push(() => smtp.close());
  const mail = startMail(folder);
  undo.push(() => mail.stop());
  process.env.FAULTS_IMAP_PASSWORD = mail.password;
  const port = await freePort();
  const system = new System(binary, folder, {
    port,
    toml: configText({ port, receivers: receivers.port, smtp: smtp.port, imap: mail, keys, units: writeUnits(folder, receivers.port), catalogue: path.join(root, 'config/catalogue.json') }),
  });
  undo.push(() => system.stop().catch(() => {}));
  system.run();
  await system.ready();

  // --- traffic, and kills at random points of its progress --------------------------------------
  const share = { wechat: 0.4, weibo: 0.3, email: 0.15, phone: 0.15 };
  const count = Object.fromEntries(Object.entries(share).map(([channel, part]) => [channel, Math.round(messages * part)]));
  const sent = []; // {channel, key, sender, outcome}
  const moments = [];
  for (let i = 0; i < serveKills; i += 1) moments.push({ at: (0.02 + 0.93 * random()) * messages, kill: () => system.killServe() });
  for (let i = 0; i < redisKills; i += 1) moments.push({ at: (0.02 + 0.93 * random()) * messages, kill: () => system.killRedis() });
  moments.sort((a, b) => a.at - b.at);
  let killing = Promise.resolve();
  const done = (entry) => {
    sent.push(entry);
    while (moments.length && sent.length >= moments[0].at) {
      const { kill } = moments.shift();
      // One after the other, and only on a system that took its breath: each must hit real work.
      killing = killing.then(async () => {
        await system.ready();
        await sleep(50 + 400 * random());
        kill();
      });
    }
  };
  // Traffic waits while kills are due, so that every one of them happens under load.
  const paced = (work) => async (i) => {
    await work(i);
    if (moments.length === 0) return;
    await Promise.race([killing, sleep(300)]);
  };
  const wechat = new WeChat(port, keys, mailboxes);
  const weibo = new Weibo(port, keys, mailboxes);
  const dropFolder = path.join(system.data, 'drop');
  await Promise.all([
    pool(count.wechat, 64, paced(async (i) => {
      const sender = `oFaults-${i}`;
      const id = String(7_000_000_000_000_000_000n + BigInt(i));
      done({ channel: 'wechat', key: id, sender, outcome: await wechat.push(id, sender, pick(texts)) });
    })),
    pool(count.weibo, 48, paced(async (i) => {
      const sender = String(9_100_000_000_000_000n + BigInt(i));
      done({ channel: 'weibo', key: sender, sender, outcome: await weibo.push(sender, pick(texts)) });
    })),
    pool(count.email, 4, paced(async (i) => {
      const sender = `citizen-${i}@faults.example`;
      dropMail(mail.maildir, `m${i}`, sender, pick(texts));
      done({ channel: 'email', key: sender, sender, outcome: 'acked' }); // it lies in the mailbox: it must arrive
    })),
    pool(count.phone, 16, paced(async (i) => {
      const callId = `call-${i}`;
      if (i % 2 === 0) dropCall(dropFolder, callId, pick(texts));
      else await pushCall(port, keys.appSecret, callId, pick(texts));
      done({ channel: 'phone', key: callId, sender: callId, outcome: 'acked' });
    })),
  ]);
  while (moments.length) moments.shift().kill();
  await killing;
  await system.ready();
  assert.ok(system.kills >= serveKills, `server killed ${system.kills} times`);
  assert.ok(system.redisKills >= redisKills, `Redis killed ${system.redisKills} times`);

  // --- until everything has come to rest ---------------------------------------------------------
  const acked = sent.filter((s) => s.outcome === 'acked');
  const until = Date.now() + 180_000;
  let committed = 0;
  while (Date.now() < until) {
    committed = system.sql('select count(*) as n from message')[0].n;
    const waiting = system.sql("select count(*) as n from outbox where state in ('pending','sending')")[0].n;
    if (committed >= acked.length && waiting === 0) break;
    await sleep(500);
  }

  // --- the books ---------------------------------------------------------------------------------
  const rows = system.plain("select channel, json_extract(message, '$.source_id') as source, coalesce(json_extract(message, '$.facts.call_id'), json_extract(message, '$.sender')) as sender, bucket from message");
  const byKey = new Map();
  for (const row of rows) {
    const key = `${row.channel}|${row.channel === 'wechat' ? row.source : row.sender}`;
    byKey.set(key, [...(byKey.get(key) ?? []), row.bucket]);
  }
  const lost = acked.filter((s) => !byKey.has(`${s.channel}|${s.key}`));
  const doubled = [...byKey].filter(([, buckets]) => buckets.length > 1);
  const sentKeys = new Set(sent.map((s) => `${s.channel}|${s.key}`));
  const invented = [...byKey.keys()].filter((key) => !sentKeys.has(key));
  const givenUp = sent.filter((s) => s.outcome === 'given-up');
  const arrivedAnyway = givenUp.filter((s) => byKey.has(`${s.channel}|${s.key}`)).length;
  const buckets = {};
  for (const row of rows) buckets[row.bucket] = (buckets[row.bucket] ?? 0) + 1;
  const outbox = Object.fromEntries(system.sql('select state, count(*) as n from outbox group by state').map((r) => [r.state, r.n]));
  t.diagnostic(`sent ${sent.length}, acknowledged ${acked.length}, given up by the platform ${givenUp.length} (of these arrived ${arrivedAnyway})`);
  t.diagnostic(`server killed ${system.kills}, Redis killed ${system.redisKills}, starts ${system.starts}`);
  t.diagnostic(`buckets ${JSON.stringify(buckets)}, outbox ${JSON.stringify(outbox)}`);
  assert.equal(sent.length, messages);
  assert.deepEqual(lost.slice(0, 5), [], `${lost.length} acknowledged messages are nowhere`);
  assert.deepEqual(doubled.slice(0, 5), [], `${doubled.length} messages are in two places`);
  assert.deepEqual(invented.slice(0, 5), [], `${invented.length} messages that nobody sent`);
  assert.ok(!buckets.parked, `${buckets.parked} innocent messages were parked`);

  const balance = system.ask('audit', 'balance');
  assert.equal(balance.code, 0, JSON.stringify(balance.rows.at(-1)) + balance.err);

  const orders = system.sql('select number, request_id from work_order');
  assert.equal(new Set(orders.map((o) => o.number)).size, orders.length, 'order numbers are unique');
  assert.equal(orders.length, buckets.order ?? 0, 'one order for each message that opened one');

  // Towards citizens: twice only where the row says that nobody can know.
  const unknown = new Set(system.plain("select target from outbox where kind = 'reply' and state = 'unknown'").map((r) => r.target));
  const twice = mailboxes.moreThanOnce().filter(([sender]) => !unknown.has(sender));
  assert.deepEqual(twice.slice(0, 5), [], `${twice.length} citizens were told twice and nobody knows`);
  // What is marked as sent did arrive, and nobody got a Reply that is not in the books.
  const sentReplies = system.plain("select target, channel from outbox where kind = 'reply' and state = 'sent' and channel <> 'phone'");
  const missing = sentReplies.filter((r) => !mailboxes.got.has(r.target));
  assert.deepEqual(missing.slice(0, 5), [], `${missing.length} replies are marked as sent and did not arrive`);
  // Towards units: at least once, under one id.
  const dispatched = system.sql("select id from outbox where kind = 'dispatch-webhook' and state = 'sent'");
  assert.deepEqual(dispatched.filter((r) => !receivers.orders.has(r.id)).slice(0, 5), []);
  assert.equal(system.sql("select count(*) as n from outbox where kind = 'dispatch-webhook' and state <> 'sent'")[0].n, 0);

  const exit = await system.stop();
  assert.equal(exit.code, 0, `orderly stop: ${JSON.stringify(exit)}`);
});
