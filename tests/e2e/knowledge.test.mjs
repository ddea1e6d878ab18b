// SPDX-License-Identifier: Apache-2.0
// The knowledge base and the search as citizens, editors and operators meet them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../support/system.mjs';
import { newMsgId, readPassive, send, wechatPush, wechatXml } from './peers.mjs';
import { Site, nowhere, wechat } from './site.mjs';

const site = new Site();
after(() => site.close());
let system;
before(async () => {
  system = await site.start(wechat(nowhere, 'mode = "safe"'));
});

// What WeChat gets back for this text, and where it ended.
async function ask(sender, text) {
  const id = newMsgId();
  const answer = await send(system.port, '/hook/wechat/main', wechatPush(wechatXml(sender, { MsgType: 'text', Content: text, MsgId: id })));
  assert.equal(answer.status, 200);
  const passive = answer.body === '' || answer.body === 'success' ? undefined : await readPassive(answer.body);
  const row = await until('the message is committed', () => system.sql(`select bucket, request_id from message where source_id = '${id}'`)[0]);
  return { text: passive?.Content, bucket: row.bucket, request: row.request_id };
}
const question = '社保卡丢了在哪补办';
const article = 'social-security.card';
const yesterday = new Date(Date.now() - 24 * 3600_000).toISOString().slice(0, 10);
const inForce = (version) => until(`version ${version} is in force`, async () => (await system.json('articles', 'show', article)).rows[0].published === version && system.log().split('"event":"articles-read"').length > version);

test('a question by WeChat is answered at once by an article, and the answer says which', async () => {
  const [shown] = (await system.json('articles', 'show', article)).rows;
  assert.equal(shown.state, 'published');
  const { text, bucket, request } = await ask('o_citizen_1', question);
  assert.equal(bucket, 'answered');
  assert.equal(text, shown.answer);
  const [reply] = system.plain(`select payload from outbox where request_id = '${request}' and kind = 'reply'`).map((row) => JSON.parse(row.payload));
  assert.deepEqual([reply.facts.article, reply.facts.article_version], [article, '1']);
  assert.deepEqual(system.sql(`select article_id, version, actor from article_use where request_id = '${request}'`), [{ article_id: article, version: 1, actor: 'system' }]);
});

test('a new version goes out only after a second person published it', async () => {
  const out = await system.cli('articles', 'export', '-', article);
  const [text] = JSON.parse(out.out);
  const file = site.write('card.json', JSON.stringify([{ ...text, answer: '请先在手机上挂失，再带身份证到任一人社窗口补办。' }]));
  assert.equal((await system.cli('articles', 'import', file)).code, 2, 'somebody must answer for it');
  const imported = await system.json('--as', 'li', 'articles', 'import', file, '--note', '新办法');
  assert.equal(imported.code, 0, imported.err);
  assert.deepEqual(imported.rows, [{ id: article, version: 2, fresh: true, ready: true }]);
  const own = await system.cli('--lang', 'en', '--as', 'Li', 'articles', 'publish', article);
  assert.equal(own.code, 1);
  assert.match(own.err, /somebody else must publish it/);
  assert.equal((await ask('o_citizen_2', question)).text, text.answer, 'the version in force answers until then');
  assert.equal((await system.cli('--as', 'wang', 'articles', 'publish', article)).code, 0);
  await inForce(2);
  await until('the new version answers', async () => (await ask('o_citizen_3', question)).text === '请先在手机上挂失，再带身份证到任一人社窗口补办。');
});

test('an expired article answers nothing: the same question goes to people, and the lists say so', async () => {
  const [text] = JSON.parse((await system.cli('articles', 'export', '-', article)).out);
  const file = site.write('expired.json', JSON.stringify([{ ...text, valid_to: yesterday }]));
  assert.equal((await system.cli('--as', 'li', 'articles', 'import', file)).code, 0);
  assert.equal((await system.cli('--as', 'wang', 'articles', 'publish', article)).code, 0);
  await inForce(3);
  const asked = await until('the question is no longer answered', async () => {
    const now = await ask('o_citizen_4', question);
    return now.bucket !== 'answered' && now;
  });
  assert.ok(['order', 'triage'].includes(asked.bucket), asked.bucket);
  assert.deepEqual(system.sql(`select * from article_use where request_id = '${asked.request}'`), []);

  const review = await system.json('articles', 'review');
  assert.equal(review.code, 1);
  const whys = review.rows.filter((row) => row.id === article);
  assert.deepEqual(whys.map((row) => [row.why, row.rule ?? row.unit]), [['named', 'answer.social-card'], ['expired', 'human-resources']]);
  assert.ok(review.rows.some((row) => row.why === 'blanks'), 'what only the district knows is still to be filled in');
  const check = await system.json('rules', 'check');
  const problem = check.rows.flat().find((row) => row.code === 'article-silent');
  assert.deepEqual([problem.rule, problem.severity, problem.file], ['answer.social-card', 'warning', 'effects/replies.json']);
});

test('an unfinished article cannot be published, and one that does not exist keeps rules from being activated', async () => {
  const [draft] = (await system.json('articles', 'list', '--state', 'draft')).rows;
  const refused = await system.cli('--lang', 'en', '--as', 'wang', 'articles', 'publish', draft.id);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /still to be filled in/);

  const folder = `${site.folder}/rules`;
  assert.equal((await system.cli('rules', 'export', '1', folder)).code, 0);
  const path = `${folder}/effects/replies.json`;
  const { default: fs } = await import('node:fs');
  fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('article:social-security.card', 'article:social-security.cart'));
  const imported = await system.json('--as', 'li', 'rules', 'import', folder, '--note', '试');
  assert.equal(imported.code, 0, imported.err);
  const activated = await system.cli('--lang', 'en', '--as', 'wang', 'rules', 'activate', '2', '--note', '试');
  assert.equal(activated.code, 1);
  assert.match(activated.out + activated.err, /unknown-article\] answer\.social-card: the knowledge base has no article 'social-security\.cart'/);
});

test('what was asked before is found, masked, with the words marked', async () => {
  await ask('o_citizen_5', '幸福小区三号楼门口的路燈不亮，电话13812345678');
  const found = await system.json('search', '路灯', '不亮', '--kind', 'request');
  assert.equal(found.code, 0, found.err);
  const [hit] = found.rows;
  assert.match(hit.snippet, /路燈不亮/);
  assert.ok(!found.out.includes('13812345678'));
  const bytes = Buffer.from(hit.snippet);
  assert.deepEqual(hit.marks.map(([begin, end]) => bytes.subarray(begin, end).toString()), ['路燈不亮']);
  const people = await system.cli('--lang', 'en', 'search', '路灯不亮');
  assert.match(people.out, /【路燈不亮】/);
  const [order] = (await system.json('orders', 'list')).rows;
  assert.deepEqual((await system.json('search', order.number)).rows[0].order, order.number);
  assert.equal((await system.cli('search', '，')).code, 2);
  const articles = await system.json('search', '法律援助', '--kind', 'article');
  assert.deepEqual(articles.rows[0].id, 'other.legal-aid');
});

test('a rebuilt index finds the same', async () => {
  const before = await system.json('search', '社保卡');
  const rebuilt = await system.json('--as', 'admin', 'search', 'rebuild');
  assert.equal(rebuilt.code, 0, rebuilt.err);
  assert.ok(rebuilt.rows[0].documents > 0);
  assert.deepEqual((await system.json('search', '社保卡')).rows, before.rows);
});

test('an operator gets suggestions with their reasons, and what is used shows in the figures', async () => {
  const { request } = await ask('o_citizen_6', '请问我爸去年在工地干活老板一直不给工钱，已经拖了半年多了，去哪里要？');
  const suggested = await system.json('articles', 'suggest', request);
  assert.equal(suggested.code, 0, suggested.err);
  const [first] = suggested.rows;
  assert.equal(first.id, 'social-security.wages');
  assert.ok(Math.abs(first.score - first.words - first.topic - first.used) < 1e-9);
  assert.ok(first.matched.length > 0);
  assert.equal((await system.cli('articles', 'use', first.id, request)).code, 2);
  const used = await system.cli('--as', 'zhao', 'articles', 'use', first.id, request);
  assert.equal(used.code, 0, used.err);
  assert.match(used.out, /劳动保障监察/);
  const stats = await system.json('articles', 'stats');
  const byId = new Map(stats.rows.map((row) => [row.id, row]));
  assert.deepEqual([byId.get('social-security.wages').uses, byId.get('social-security.wages').by_people], [1, 1]);
  assert.ok(byId.get(article).uses >= 3 && byId.get(article).by_people === 0);
  assert.equal(byId.get('tourism.complaint').uses, 0, 'what was never used is listed');
});
