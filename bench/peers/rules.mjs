// SPDX-License-Identifier: Apache-2.0
// One rule engine from npm over the rules and texts that bench_rules-scale has written.
//   node rules.mjs ENGINE RULES.json TEXTS.json SECONDS MOST
// Prints {"n", "categories"} for as many texts as it decides in SECONDS of CPU time (at least 2, at
// most MOST), then, for each line of standard input, {"cpu_us"} of deciding them once more.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const [, , engineName, rulesFile, textsFile, seconds, most] = process.argv;
const rules = JSON.parse(readFileSync(rulesFile, 'utf8'));
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));

// A rule with a distance, as a regular expression; the others are words alone.
function patternOf(rule) {
  if (rule.any.length > 0) return null;
  const [left, right] = [`(?:${rule.left.join('|')})`, `(?:${rule.right.join('|')})`];
  const forward = `${left}.{0,${rule.gap}}${right}`;
  return rule.regex ? forward : `${forward}|${right}.{0,${rule.gap}}${left}`;
}

function categoryOf(hits) {
  const sums = new Map();
  for (const i of hits) sums.set(rules[i].topic, (sums.get(rules[i].topic) ?? 0) + rules[i].weight);
  let best = '';
  for (const [topic, sum] of sums) {
    if (best === '' || sum > sums.get(best) || (sum === sums.get(best) && topic < best)) best = topic;
  }
  return best.split('.')[0];
}

// Each returns a function: text -> numbers of the rules that match (or a promise of them).
const engines = {
  'naive-loop'() {
    const made = rules.map((r) => ({ ...r, re: patternOf(r) && new RegExp(patternOf(r)) }));
    return (text) => {
      const has = (w) => text.includes(w);
      const hits = [];
      made.forEach((r, i) => {
        if ((r.re ? r.re.test(text) : r.any.some(has)) && r.all.every(has) && !r.none.some(has)) hits.push(i);
      });
      return hits;
    };
  },

  // One scan, then every rule over the words found.
  ahocorasick() {
    const AhoCorasick = require('ahocorasick');
    const made = rules.map((r) => ({ ...r, re: patternOf(r) && new RegExp(patternOf(r)) }));
    const automaton = new AhoCorasick([...new Set(rules.flatMap((r) => [...r.any, ...r.all, ...r.none]))]);
    return (text) => {
      const seen = new Set();
      for (const [, found] of automaton.search(text)) for (const w of found) seen.add(w);
      const has = (w) => seen.has(w);
      const hits = [];
      made.forEach((r, i) => {
        if ((r.re ? r.re.test(text) : r.any.some(has)) && r.all.every(has) && !r.none.some(has)) hits.push(i);
      });
      return hits;
    };
  },

  // The same with an index from words to rules, so that only rules of found words are evaluated.
  'ahocorasick-indexed'() {
    const AhoCorasick = require('ahocorasick');
    const words = new Set();
    const rulesOf = new Map();
    const patterns = rules.map((r) => patternOf(r) && new RegExp(patternOf(r)));
    rules.forEach((r, i) => {
      const triggers = r.any.length > 0 ? r.any : r.left;
      for (const w of [...triggers, ...r.all, ...r.none]) words.add(w);
      for (const w of triggers) rulesOf.set(w, [...(rulesOf.get(w) ?? []), i]);
    });
    const automaton = new AhoCorasick([...words]);
    return (text) => {
      const seen = new Set();
      for (const [, found] of automaton.search(text)) for (const w of found) seen.add(w);
      const touched = new Set();
      for (const w of seen) for (const i of rulesOf.get(w) ?? []) touched.add(i);
      const has = (w) => seen.has(w);
      return [...touched].filter((i) => {
        const r = rules[i];
        return r.all.every(has) && !r.none.some(has) && (patterns[i] === null || patterns[i].test(text));
      });
    };
  },

  'node-rules'() {
    const { RuleEngine } = require('node-rules');
    const engine = new RuleEngine([], { ignoreFactChanges: true });
    let hits = []; // not in the fact: a change of it would start all rules again
    const has = (text) => (w) => text.includes(w);
    engine.register(
      rules.map((r, i) => {
        const re = patternOf(r) && new RegExp(patternOf(r));
        return {
          condition(flow, fact) {
            const inText = has(fact.text);
            flow.when((re ? re.test(fact.text) : r.any.some(inText)) && r.all.every(inText) && !r.none.some(inText));
          },
          consequence(flow) {
            hits.push(i);
            flow.next();
          },
        };
      }),
    );
    return (text) =>
      new Promise((resolve) => {
        hits = [];
        engine.execute({ text }, () => resolve(hits));
      });
  },

  'json-rules-engine'() {
    const { Engine } = require('json-rules-engine');
    const engine = new Engine();
    engine.addOperator('hasOne', (text, words) => words.some((w) => text.includes(w)));
    engine.addOperator('hasAll', (text, words) => words.every((w) => text.includes(w)));
    engine.addOperator('hasNone', (text, words) => !words.some((w) => text.includes(w)));
    engine.addOperator('matches', (text, index) => compiled[index].test(text));
    const compiled = rules.map((r) => patternOf(r) && new RegExp(patternOf(r)));
    rules.forEach((r, i) => {
      const all = [
        r.any.length > 0
          ? { fact: 'text', operator: 'hasOne', value: r.any }
          : { fact: 'text', operator: 'matches', value: i },
      ];
      if (r.all.length > 0) all.push({ fact: 'text', operator: 'hasAll', value: r.all });
      if (r.none.length > 0) all.push({ fact: 'text', operator: 'hasNone', value: r.none });
      engine.addRule({ conditions: { all }, event: { type: 'hit', params: { i } } });
    });
    return async (text) => (await engine.run({ text })).events.map((e) => e.params.i);
  },

  'zen-engine'() {
    const { ZenEngine, ZenDecisionContent } = require('@gorules/zen-engine-linux-x64-gnu');
    const has = (w) => `contains(text, '${w}')`;
    const condition = (r) => {
      const first = r.any.length > 0 ? r.any.map(has).join(' or ') : `matches(text, '${patternOf(r)}')`;
      return [`(${first})`, ...r.all.map(has), ...r.none.map((w) => `not (${has(w)})`)].join(' and ');
    };
    const content = {
      nodes: [
        { id: 'in', type: 'inputNode', name: 'in', position: { x: 0, y: 0 } },
        {
          id: 'table',
          type: 'decisionTableNode',
          name: 'table',
          position: { x: 1, y: 0 },
          content: {
            hitPolicy: 'collect',
            inputs: [{ id: 'c', name: 'condition' }],
            outputs: [{ id: 'i', name: 'i', field: 'i' }],
            rules: rules.map((r, i) => ({ _id: `r${i}`, c: condition(r), i: `${i}` })),
          },
        },
        { id: 'out', type: 'outputNode', name: 'out', position: { x: 2, y: 0 } },
      ],
      edges: [
        { id: 'a', sourceId: 'in', targetId: 'table', type: 'edge' },
        { id: 'b', sourceId: 'table', targetId: 'out', type: 'edge' },
      ],
    };
    const decision = new ZenEngine().createDecision(new ZenDecisionContent(content));
    return async (text) => (await decision.evaluate({ text })).result.map((row) => row.i);
  },
};

const cpuUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const hitsOf = engines[engineName]();
const categories = [];
const start = cpuUs();
while (categories.length < Math.min(texts.length, Number(most))) {
  if (categories.length >= 2 && cpuUs() - start > Number(seconds) * 1e6) break;
  categories.push(categoryOf(await hitsOf(texts[categories.length])));
}
console.log(JSON.stringify({ n: categories.length, categories }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  const from = cpuUs();
  for (let i = 0; i < categories.length; ++i) categoryOf(await hitsOf(texts[i]));
  console.log(JSON.stringify({ cpu_us: cpuUs() - from }));
}
