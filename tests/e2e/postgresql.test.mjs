// SPDX-License-Identifier: Apache-2.0
// Two serving processes, each with its own data folder, on one PostgreSQL and one Redis: what one of them does not finish,
// the other one does, and a database that goes away in the middle only makes everybody wait.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { after } from 'node:test';
import { Mailboxes, pushCall, startReceivers } from '../support/platforms.mjs';
import { Postgres, startSharedRedis } from '../support/postgres.mjs';
import { get, root, sleep, until } from '../support/system.mjs';
import { Site, keys, phone, refusedServe } from './site.mjs';

const site = new Site();
after(() => site.close());

const texts = ['小区半夜还在施工，噪音吵得睡不着觉。', '村里的土路下雨天都是泥，希望硬化村道。', '老板拖欠我们几个工人三个月工资，到哪里讨薪？', '黄海路路口的树太高，把红绿灯都挡住了。'];

function writeUnits(receivers) {
  const units = JSON.parse(fs.readFileSync(path.join(root, 'config/units.json'), 'utf8'));
  return site.write('units.json', JSON.stringify(units.map((unit) => ({ ...unit, mail: undefined, webhook_url: `http://127.0.0.1:${receivers}/unit/${unit.id}`, webhook_secret_ref: 'env:E2E_SECRET' }))));
}

test('two processes share one database: one is killed and the database goes away, and nothing is lost or doubled', { timeout: 280_000 }, async (t) => {
  const postgres = new Postgres();
  site.atEnd(() => postgres.remove());
  await postgres.start();
  const url = postgres.create('hotline');
  const redis = await startSharedRedis(site.folder);
  site.atEnd(() => redis.stop());
  const receivers = await startReceivers(new Mailboxes());
  site.atEnd(() => receivers.close());
  const toml = `[redis]\nurl = "${redis.url}"\n[store]\nurl = "${url}"\nmaster_key = "file:${site.folder}/master.key"\n[dispatch]\nunits = "${writeUnits(receivers.port)}"\ncatalogue = "${root}/config/catalogue.json"\nallow_private_hosts = ["127.0.0.1"]\n${phone()}`;
  const head = `blobs = "${path.join(site.folder, 'blobs')}"\n`;
  const [first, second] = await Promise.all([site.start(toml, { head, name: 'first' }), site.start(toml, { head, name: 'second' })]);

  const calls = 240;
  let pushed = 0;
  let next = 0;
  const steps = new Map([
    [60, () => first.killServe()],
    [120, async () => {
      await postgres.stop();
      await until('the second process says that the store is away', async () => (await get(second.port, '/readyz').catch(() => 0)) === 503);
      // Accepting goes on meanwhile: what comes in is held in the stream.
      await pushCall(second.port, keys.secret, 'while-away', texts[0]);
      await postgres.start();
    }],
    [180, () => postgres.stop('SIGQUIT').then(() => postgres.start())],
    [210, () => second.killServe()],
  ]);
  let trouble = Promise.resolve(); // one after the other, each under traffic
  const lane = async () => {
    while (next < calls) {
      const i = next++;
      await pushCall((i % 2 ? first : second).port, keys.secret, `call-${i}`, texts[i % texts.length]);
      pushed += 1;
      const step = steps.get(pushed);
      if (step) trouble = trouble.then(step);
      await Promise.race([trouble, sleep(250)]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  await trouble;
  await Promise.all([first.ready(), second.ready()]);

  await until('everything is committed and sent', () => postgres.number('SELECT COUNT(*) FROM message') === calls + 1 && postgres.number("SELECT COUNT(*) FROM outbox WHERE kind <> 'reply' AND state IN ('pending', 'sending')") === 0, 180_000);
  assert.equal(postgres.number('SELECT COUNT(DISTINCT source_id) FROM message'), calls + 1);
  const orders = postgres.number('SELECT COUNT(*) FROM work_order');
  assert.ok(orders > calls / 2, `${orders} orders`);
  assert.equal(postgres.number('SELECT COUNT(DISTINCT number) FROM work_order'), orders);
  assert.equal(postgres.number('SELECT SUM(last) FROM day_serial'), orders, 'order numbers have no gap');
  assert.equal(postgres.number('SELECT MAX(seq) - COUNT(*) FROM incident_request'), 0, 'serials have no gap');
  assert.equal(postgres.number('SELECT COUNT(*) FROM work_order o WHERE o.events <> (SELECT COUNT(*) FROM event e WHERE e.order_id = o.id)'), 0);
  const sent = postgres.query('hotline', "SELECT id FROM outbox WHERE kind = 'dispatch-webhook'").map(([id]) => id);
  assert.ok(sent.length > 0);
  assert.deepEqual(sent.filter((id) => !receivers.orders.has(id)), [], 'each order reached its unit');
  assert.equal(postgres.number("SELECT COUNT(*) FROM message WHERE bucket = 'parked'"), 0);
  const balance = await first.json('audit', 'balance');
  assert.equal(balance.code, 0, balance.out + balance.err);
  t.diagnostic(`${orders} orders, ${postgres.number("SELECT COUNT(DISTINCT claimed_by) FROM outbox WHERE claimed_by <> ''")} processes sent`);
  assert.equal(postgres.number("SELECT COUNT(DISTINCT claimed_by) FROM outbox WHERE claimed_by <> ''"), 2, 'both have worked');

  // The command line works on the same database.
  const listed = await second.json('orders', 'list', '--limit', '5');
  assert.equal(listed.code, 0, listed.err);
  assert.ok(listed.rows.length > 0);
  for (const system of [first, second]) assert.doesNotMatch(system.log(), /施工|土路|讨薪|红绿灯/, 'no citizen in the log');
});

test('an address that cannot work is refused in words', { timeout: 60_000 }, async () => {
  const write = (name, store) => site.write(name, `[store]\n${store}\n`);
  const inside = await refusedServe(write('inside.toml', 'url = "postgresql://minsheng:sesame@db/hotline"'), path.join(site.folder, 'none'));
  assert.equal(inside.code, 78);
  assert.match(inside.err, /inside\.toml.*store\.url.*a password stands in store\.password/s);
  assert.doesNotMatch(inside.err, /sesame/);
  const away = await refusedServe(write('away.toml', `url = "postgresql://minsheng@/hotline?host=${site.folder}"`), path.join(site.folder, 'none'));
  assert.equal(away.code, 1);
  assert.match(away.err, /cannot connect to the database postgresql:/);
});
