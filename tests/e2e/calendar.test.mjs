// SPDX-License-Identifier: Apache-2.0
// The Calendar against an independent list of China's holidays (npm package chinese-days), and the
// commands that count.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import chineseDays from 'chinese-days';
import { binary, execute, root } from '../support/system.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'minsheng-calendar-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const run = (...words) => execute(binary, ['--lang', 'en', ...words]);
const json = async (...words) => {
  const done = await run(...words, '--json');
  assert.equal(done.code, 0, done.err);
  return JSON.parse(done.out);
};
const yearOf = (year, ...more) => json('calendar', 'show', String(year), ...more);

// Days on which the two lists disagree about work, with the reason. There is none: an entry has to be argued for here.
const differences = {};

test('every day of 2015 to 2026 is worked or not as an independent list says', async () => {
  const found = {};
  let days = 0;
  for (let year = 2015; year <= 2026; year += 1) {
    for (const day of (await yearOf(year)).days) {
      days += 1;
      if (day.working !== chineseDays.isWorkday(day.date)) found[day.date] = `we say ${day.kind}`;
    }
  }
  assert.equal(days, 4383, 'twelve years, three of them leap years');
  assert.deepEqual(Object.keys(found).sort(), Object.keys(differences).sort(), JSON.stringify(found));
});

// Our names are the notices' own; theirs are shorter, and one day has one name only.
const theirNames = {
  清明节: ['清明'], 端午节: ['端午'], 中秋节: ['中秋'],
  '国庆节、中秋节': ['国庆节', '中秋'], '中秋节、国庆节': ['国庆节', '中秋'],
  抗战胜利70周年纪念日: ['中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日'],
};

test('make-up days are the same, and pay for the same holidays', async () => {
  let compared = 0;
  for (let year = 2015; year <= 2026; year += 1) {
    for (const day of (await yearOf(year)).days) {
      const theirs = chineseDays.getDayDetail(day.date);
      const makeUp = theirs.work && [0, 6].includes(new Date(`${day.date}T00:00:00Z`).getUTCDay());
      assert.equal(day.kind === 'make-up', makeUp, day.date);
      if (!makeUp) continue;
      compared += 1;
      const name = theirs.name.split(',')[1];
      assert.ok((theirNames[day.name] ?? [day.name]).includes(name), `${day.date}: ${day.name}, ${name}`);
    }
  }
  assert.equal(compared, 75);
});

test('calendar count lists each day, and counts as known on a day', async () => {
  const feb = await json('calendar', 'count', '--from', '2015-02-13', '--working-days', '5');
  assert.equal(feb.last, '2015-02-26');
  assert.deepEqual(feb.days.filter((d) => d.working).map((d) => d.date.slice(5)), ['02-15', '02-16', '02-17', '02-25', '02-26']);
  const sept = ['calendar', 'count', '--from', '2015-09-01', '--working-days', '3'];
  assert.equal((await json(...sept)).last, '2015-09-07');
  assert.equal((await json(...sept, '--as-known-on', '2015-05-12')).last, '2015-09-04');
  const chinese = await execute(binary, ['--lang', 'zh', 'calendar', 'count', '--from', '2015-02-13', '--working-days', '5']);
  assert.match(chinese.out, /2月15日\(补班\)、16日、17日｜春节放假18—24日｜25日、26日/);
});

test('a missing year ends with exit 1 and says what to write where; bad dates are usage errors', async () => {
  const missing = await run('calendar', 'count', '--from', '2026-12-30', '--working-days', '5');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no year 2027 .*write 2027\.json/);
  assert.equal((await run('calendar', 'show', '2027')).code, 1);
  for (const words of [['calendar', 'count', '--from', '2015-02-30', '--working-days', '5'],
    ['calendar', 'count', '--from', '2015-02-13', '--working-days', '-1'],
    ['calendar', 'show', '2015', '--as-known-on', 'May'],
    ['limits', 'count', '--opened', 'today', '--topic', 'urban'],
    ['limits', 'count', '--opened', '2015-02-13', '--topic', 'moon'],
    ['limits', 'show', '--type', 'wish']]) {
    assert.equal((await run(...words)).code, 2, words.join(' '));
  }
});

test('a local year is added, replaces the shipped one of its name, and is checked', async () => {
  const calendar = path.join(folder, 'calendar');
  fs.mkdirSync(calendar);
  const config = path.join(folder, 'minsheng.toml');
  fs.writeFileSync(config, `[deadlines]\ncalendar = ${JSON.stringify(calendar)}\n`);
  const write = (year, days) => fs.writeFileSync(path.join(calendar, `${year}.json`),
    JSON.stringify({ year, notices: [{ id: `local ${year}`, known_from: `${year - 1}-11-01`, days }] }));
  write(2027, [{ name: '元旦', name_en: "New Year's Day", off: ['2027-01-01'] }]);
  const count = ['--config', config, 'calendar', 'count', '--from', '2026-12-30', '--working-days', '2'];
  assert.equal((await json(...count)).last, '2027-01-04');

  const shipped = JSON.parse(fs.readFileSync(path.join(root, 'config/calendar/2026.json'), 'utf8'));
  shipped.notices.push({ id: 'typhoon', known_from: '2026-08-09', days: [{ name: '台风停工', name_en: 'Typhoon', off: ['2026-08-10'] }] });
  fs.writeFileSync(path.join(calendar, '2026.json'), JSON.stringify(shipped));
  const monday = async (...more) => (await yearOf(2026, '--config', config, ...more)).days.find((d) => d.date === '2026-08-10').working;
  assert.equal(await monday(), false);
  assert.equal(await monday('--as-known-on', '2026-08-08'), true);
  assert.equal((await run('--config', config, 'config', 'check')).code, 0);

  write(2027, [{ name: '元旦', name_en: 'N', off: ['2027-01-01'], work: ['2027-01-01'] }]);
  const checked = await run('--config', config, 'config', 'check');
  assert.equal(checked.code, 78);
  assert.match(checked.err, /2027\.json:1: .*2027-01-01 is in this notice twice/);
  fs.writeFileSync(config, '[deadlines]\ncalendar = "/nowhere/calendar"\n');
  assert.match((await run('--config', config, 'config', 'check')).err, /\/nowhere\/calendar: /);
});

test('local limits must cover every combination, or config check names what is missing', async () => {
  const file = path.join(folder, 'limits.json');
  const config = path.join(folder, 'limits.toml');
  fs.writeFileSync(config, `[deadlines]\nlimits = ${JSON.stringify(file)}\n`);
  const limits = JSON.parse(fs.readFileSync(path.join(root, 'config/limits.json'), 'utf8'));
  fs.writeFileSync(file, JSON.stringify(limits));
  assert.equal((await run('--config', config, 'config', 'check')).code, 0);
  limits.limits = limits.limits.filter((row) => row.id !== 'ordinary');
  fs.writeFileSync(file, JSON.stringify(limits));
  const checked = await run('--config', config, 'config', 'check');
  assert.equal(checked.code, 78);
  assert.match(checked.err, /no row covers type - \/ topic [a-z.-]+ \/ urgency normal \/ profile normal/);
});

test('limits count gives each deadline with its warnings and the counted sum', async () => {
  const order = await json('limits', 'count', '--opened', '2015-02-13 16:30', '--type', 'help', '--category', 'urban.greening');
  assert.equal(order.limit, 'ordinary');
  const answer = order.deadlines.find((d) => d.step === 'answer');
  assert.equal(answer.due, '2015-02-26 24:00');
  assert.equal(answer.due_at, '2015-02-26T16:00:00.000Z');
  assert.equal(answer.yellow_at, '2015-02-25T16:00:00.000Z');
  assert.match(answer.explanation, /Spring Festival 18–24 Feb/);
  const storm = await json('limits', 'count', '--opened', '2015-08-10T14:03Z', '--category', 'urban.drainage', '--urgency', 'emergency', '--profile', 'emergency');
  assert.equal(storm.deadlines.find((d) => d.step === 'sign').due, '2015-08-10 22:08');
  const shown = await execute(binary, ['--lang', 'zh', 'limits', 'show', '--type', 'consultation', '--category', 'tourism', '--urgency', 'normal', '--profile', 'normal']);
  assert.match(shown.out, /^consultation {2}咨询[^]*办结答复 {2}3个工作日 {2}黄 提前1个工作日 {2}红 到期时/);
});
