// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server of the test's own (unprivileged user, Unix socket in a temporary folder), and a durable Redis
// that several processes share.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from './system.mjs';

function binaries() {
  const versions = fs.readdirSync('/usr/lib/postgresql').filter((v) => fs.existsSync(`/usr/lib/postgresql/${v}/bin/initdb`));
  if (!versions.length) throw new Error('no PostgreSQL in /usr/lib/postgresql: run script/setup --test');
  return `/usr/lib/postgresql/${versions.sort((a, b) => a - b).at(-1)}/bin`;
}

// PostgreSQL refuses to run as root.
function user() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export class Postgres {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'minsheng-pg-'));
    this.user = user();
    if (this.user.uid) fs.chownSync(this.folder, this.user.uid, this.user.gid);
    fs.chmodSync(this.folder, 0o755);
    execFileSync(`${binaries()}/initdb`, ['--no-sync', '--auth=trust', '--username=minsheng', '--encoding=UTF8', '--locale=C.UTF-8', `--pgdata=${this.folder}/data`], { ...this.user, cwd: this.folder, stdio: 'ignore' });
  }

  async start() {
    const log = fs.openSync(path.join(this.folder, 'log'), 'a');
    this.child = spawn(`${binaries()}/postgres`, ['-D', `${this.folder}/data`, '-k', this.folder, '-c', 'listen_addresses='], { ...this.user, cwd: this.folder, stdio: ['ignore', log, log] });
    this.gone = new Promise((done) => this.child.on('exit', done));
    fs.closeSync(log);
    await until('PostgreSQL answers', () => spawnSync(`${binaries()}/pg_isready`, ['-h', this.folder, '-q']).status === 0);
  }

  // SIGINT ends every session; SIGQUIT is like a power cut.
  async stop(signal = 'SIGINT') {
    this.child.kill(signal);
    await this.gone;
  }

  async remove() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) await this.stop('SIGQUIT');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  create(name) {
    this.query('postgres', `CREATE DATABASE ${name} TEMPLATE template0`);
    this.database = name;
    return `postgresql://minsheng@/${name}?host=${this.folder}`;
  }

  // Rows as lists of texts.
  query(database, sql) {
    const out = execFileSync(`${binaries()}/psql`, ['-X', '-q', '-A', '-t', '-F', '\t', '-h', this.folder, '-U', 'minsheng', '-d', database, '-c', sql], { encoding: 'utf8', maxBuffer: 1 << 30 });
    return out.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  // The first column of the first row, as a number.
  number(sql) {
    return Number(this.query(this.database, sql)[0][0]);
  }
}

// Settings as docs/operations.md asks for them.
export async function startSharedRedis(folder) {
  const socket = path.join(folder, 'shared-redis.sock');
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--no-appendfsync-on-rewrite', 'no', '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
  const gone = new Promise((done) => child.on('exit', done));
  await until('Redis listens', () => fs.existsSync(socket));
  return {
    url: `unix:${socket}`,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
