// SPDX-License-Identifier: Apache-2.0
// The serving process under test: starts, kills and restarts it, and asks its command line.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const binary = process.env.MINSHENG_BINARY ?? path.join(root, 'build/release/bin/minsheng');

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function freePort() {
  const server = net.createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// Asks until the answer is truthy, and returns it.
export async function until(what, ask, limitMs = 30_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(30);
  }
}

// One run of a program beside the test's own servers; resolves with what it printed.
export function execute(program, words, { input = '', env = process.env } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, words, { env });
    const out = [];
    const err = [];
    child.stdout.on('data', (part) => out.push(part));
    child.stderr.on('data', (part) => err.push(part));
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8') }));
    child.stdin.on('error', () => {}); // it may end without reading
    child.stdin.end(input);
  });
}

export class System {
  constructor(program, folder, config) {
    this.binary = program;
    this.folder = folder;
    this.data = config.data ?? path.join(folder, 'data');
    this.config = path.join(folder, 'minsheng.toml');
    this.port = config.port;
    this.kills = 0;
    this.redisKills = 0;
    this.starts = 0;
    fs.writeFileSync(this.config, config.toml, { mode: 0o600 });
  }

  // Starts the process and starts it again whenever it dies, until stop().
  run() {
    this.running = true;
    const log = fs.openSync(path.join(this.folder, 'serve.log'), 'a');
    this.starts += 1;
    this.child = spawn(this.binary, ['--config', this.config, '--data', this.data, '--lang', 'en', 'serve'], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    this.gone = new Promise((done) => {
      this.child.on('exit', (code, signal) => {
        fs.closeSync(log);
        this.lastExit = { code, signal };
        if (this.running) this.run();
        done();
      });
    });
  }

  killServe() {
    this.kills += 1;
    try {
      process.kill(this.child.pid, 'SIGKILL');
    } catch {
      /* it was just being restarted */
    }
  }

  killRedis() {
    const pid = Number(fs.readFileSync(path.join(this.data, 'redis', 'redis.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    this.redisKills += 1;
  }

  async stop() {
    this.running = false;
    const { child } = this;
    const gone = this.gone;
    child.kill('SIGTERM');
    await gone;
    return this.lastExit;
  }

  async ready(limitMs = 60_000) {
    const until = Date.now() + limitMs;
    while (Date.now() < until) {
      const status = await get(this.port, '/readyz').catch(() => 0);
      if (status === 200) return;
      await sleep(50);
    }
    throw new Error(`not ready after ${limitMs} ms; see ${this.folder}/serve.log`);
  }

  // The command line as a person uses it; never throws on an exit code.
  cli(...words) {
    return execute(this.binary, ['--config', this.config, '--data', this.data, ...words]);
  }

  // The same, with --json and its lines parsed.
  async json(...words) {
    const run = await this.cli('--json', ...words);
    return { ...run, rows: run.out.split('\n').filter(Boolean).map((line) => JSON.parse(line)) };
  }

  log() {
    return fs.readFileSync(path.join(this.folder, 'serve.log'), 'utf8');
  }

  // Parsed JSON lines of a command of the program; waits, so nothing of this process answers meanwhile.
  ask(...words) {
    const run = spawnSync(this.binary, ['--config', this.config, '--data', this.data, '--json', ...words], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    return {
      code: run.status,
      err: run.stderr,
      rows: run.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)),
    };
  }

  // Read-only, beside the running process.
  sql(query) {
    const run = spawnSync('sqlite3', ['-readonly', '-json', '-cmd', '.timeout 10000', path.join(this.data, 'minsheng.db'), query], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    if (run.status !== 0) throw new Error(`sqlite3: ${run.stderr}`);
    return run.stdout.trim() ? JSON.parse(run.stdout) : [];
  }

  // The same on a copy in which citizens' texts are opened, as docs/decisions/0012 describes them.
  plain(query) {
    const copy = path.join(this.folder, `plain-${process.pid}-${Math.random().toString(36).slice(2)}.db`);
    const run = (database, input) => {
      const done = spawnSync('sqlite3', ['-json', '-cmd', '.timeout 10000', database], { encoding: 'utf8', input, maxBuffer: 1 << 30 });
      if (done.status !== 0 || done.stderr) throw new Error(`sqlite3: ${done.stderr}`);
      return done.stdout.trim() ? JSON.parse(done.stdout) : [];
    };
    try {
      run(path.join(this.data, 'minsheng.db'), `.backup '${copy}'\n`);
      const master = fs.readFileSync(path.join(this.data, 'master.key'), 'utf8').split('\n').find((line) => line && !line.startsWith('#'));
      const citizens = new Map(run(copy, "select id, data_key from citizen where data_key <> '';").map(({ id, data_key: key }) =>
        [id, opened(Buffer.from(master, 'base64'), ['citizen', id, 'data_key'], key.split('.')[1])]));
      const updates = [];
      for (const [table, columns] of Object.entries({ message: ['message', 'raw', 'raw_blob'], outbox: ['target', 'payload', 'wire_body'], conversation: ['sender'] })) {
        for (const row of run(copy, `select * from ${table} where sealed = 1;`)) {
          for (const column of columns.filter((name) => row[name] && !(name === 'target' && row.kind !== 'reply'))) {
            const text = opened(citizens.get(row.citizen_id), [table, row.id, column], row[column]).toString('utf8');
            updates.push(`update ${table} set ${column} = '${text.replaceAll("'", "''").replaceAll('\0', '')}' where id = '${row.id}';`);
          }
        }
      }
      run(copy, `begin;\n${updates.join('\n')}\ncommit;`);
      return run(copy, `${query};`);
    } finally {
      fs.rmSync(copy, { force: true });
    }
  }
}

function opened(key, place, sealed) {
  const bytes = Buffer.from(sealed, 'base64');
  const cipher = crypto.createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  cipher.setAAD(Buffer.from(place.join('\0'))).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
}

export function get(port, target) {
  return new Promise((done, fail) => {
    const request = http.get({ host: '127.0.0.1', port, path: target, agent: false, timeout: 2000 }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', fail);
  });
}

// One POST with the platform's patience; resolves {status, body} or rejects.
export function post(port, target, body, headers, patienceMs) {
  return new Promise((done, fail) => {
    const request = http.request(
      { host: '127.0.0.1', port, path: target, method: 'POST', agent: false, headers: { 'content-length': Buffer.byteLength(body), ...headers } },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          clearTimeout(timer);
          if (response.complete) done({ status: response.statusCode, body: Buffer.concat(parts).toString('utf8') });
          else fail(new Error('cut'));
        });
        response.on('error', (error) => {
          clearTimeout(timer);
          fail(error);
        });
      },
    );
    const timer = setTimeout(() => request.destroy(new Error('patience is over')), patienceMs);
    request.on('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    request.end(body);
  });
}
