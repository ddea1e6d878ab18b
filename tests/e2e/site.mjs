// SPDX-License-Identifier: Apache-2.0
// One `minsheng serve` for one suite: own folder, free port, four accounts with secrets from the
// environment; everything is stopped and removed when the suite ends.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { System, binary, execute, freePort } from '../support/system.mjs';

export const keys = {
  token: 'e2etoken12345',
  aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  appId: 'wxe2e0000000001',
  secret: 'e2e-secret-0123456789',
};
Object.assign(process.env, { E2E_TOKEN: keys.token, E2E_AES_KEY: keys.aesKey, E2E_SECRET: keys.secret });
process.noDeprecation = true; // wechat-crypto still says `new Buffer`

// Messages stand alone but where conversations are the subject (conversations.test.mjs).
const atOnce = (extra) => (/^settle =/m.test(extra) ? '' : 'settle = "0s"');
const alone = (toml) => (toml.includes('[conversations]') ? '' : '[conversations]\nfollow_ups = "0s"\n');

export const wechat = (api, extra = '') => `
[[channel]]
type = "wechat"
app_id = "${keys.appId}"
token = "env:E2E_TOKEN"
aes_key = "env:E2E_AES_KEY"
app_secret = "env:E2E_SECRET"
api_url = "${api}"
${atOnce(extra)}
${extra}
`;
export const weibo = (api, extra = '') => `
[[channel]]
type = "weibo"
app_secret = "env:E2E_SECRET"
access_token = "env:E2E_TOKEN"
api_url = "${api}"
${atOnce(extra)}
${extra}
`;
export const email = (extra = '') => `
[[channel]]
type = "email"
from = "12345@dafeng.example"
smtp_url = "smtp://127.0.0.1:9"
thread_key = "env:E2E_SECRET"
lines = ["quzhang@dafeng.example=mayor-mailbox"]
${extra}
`;
export const phone = (extra = '') => `
[[channel]]
type = "phone"
drop_folder = "drop"
push_secret = "env:E2E_SECRET"
${extra}
`;

export const nowhere = 'http://127.0.0.1:9'; // the discard port: nobody listens

// What a suite has started, ended in the opposite order. Use: `const site = new Site(); after(() => site.close());`
export class Site {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'minsheng-e2e-'));
    fs.chmodSync(this.folder, 0o755); // mail servers work under users of their own
    this.ends = [];
    this.atEnd(() => {
      if (!process.env.E2E_KEEP) fs.rmSync(this.folder, { recursive: true, force: true });
    });
  }

  atEnd(act) {
    this.ends.push(act);
  }

  async close() {
    for (const act of this.ends.reverse()) await act();
  }

  write(name, content) {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  // A system in a folder of its own, not started. `http` are more keys of [http], `head` comes first.
  async system(toml, { head = '', http = '', data, name = `system-${this.ends.length}` } = {}) {
    const folder = path.join(this.folder, name);
    fs.mkdirSync(folder);
    const port = await freePort();
    // Nobody is asked for missing facts but in the suites about that: there orders wait for the answers.
    const forms = /^\[forms\]/m.test(toml) ? '' : '[forms]\nask_channels = []\n';
    return new System(binary, folder, { port, data, toml: `${head}\n${forms}${alone(toml)}[http]\nport = ${port}\n${http}\n${toml}` });
  }

  async start(toml, options = {}) {
    const system = await this.system(toml, options);
    this.atEnd(() => system.stop());
    system.run();
    await system.ready();
    return system;
  }
}

// A serve that is expected to refuse: its exit code and words.
export function refusedServe(config, data, env = process.env) {
  return execute(binary, ['--config', config, '--data', data, '--lang', 'en', 'serve'], { env });
}

// The buckets of all messages with this identity; more than one would be a doubled message.
export const bucketsOf = (system, sourceId) => system.sql(`select bucket from message where source_id = '${sourceId}'`).map((row) => row.bucket);
