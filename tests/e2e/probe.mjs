// SPDX-License-Identifier: Apache-2.0
// Talks with channel_probe: one JSON line out, one in, in order.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Probe {
  constructor(program = process.env.CHANNEL_PROBE) {
    if (!program) throw new Error('set CHANNEL_PROBE to the channel_probe program of the build');
    this.waiting = [];
    this.child = spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift()?.resolve(JSON.parse(line)));
    this.child.on('exit', (code) => {
      for (const { reject } of this.waiting) reject(new Error(`channel_probe ended with ${code}`));
    });
  }

  ask(request) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  async make(type, keys) {
    const toml = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('');
    const answer = await this.ask({ op: 'make', type, keys: toml });
    if (!answer.ok) throw new Error(answer.what);
  }

  async receive({ method = 'POST', query, body = '', reply }) {
    const answer = await this.ask({
      op: 'receive',
      method,
      query: new URLSearchParams(query).toString(),
      body: Buffer.from(body).toString('base64'),
      ...(reply === undefined ? {} : { reply }),
    });
    for (const part of [answer.ack, answer.passive]) {
      if (part) part.body = Buffer.from(part.body, 'base64').toString();
    }
    return answer;
  }

  clock(ms) {
    return this.ask({ op: 'clock', ms });
  }

  send(reply) {
    return this.ask({ op: 'send', ...reply });
  }

  close() {
    return new Promise((resolve) => {
      this.child.on('exit', resolve);
      this.child.stdin.end();
    });
  }
}
