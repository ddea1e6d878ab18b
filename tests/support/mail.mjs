// SPDX-License-Identifier: Apache-2.0
// A real Dovecot and OpenSMTPD on free ports; mailboxes are Maildirs that tests fill and read.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './system.mjs';

// `folder` must be open to other users (chmod 755): the mail servers work under their own.
export function startMail(folder) {
  const script = path.join(root, 'tests/support/mail_server.sh');
  const home = path.join(folder, 'mail');
  const run = spawnSync(script, ['start', home], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`mail_server.sh: ${run.stderr}${run.stdout}`);
  const facts = Object.fromEntries(fs.readFileSync(path.join(home, 'env'), 'utf8').split('\n').filter(Boolean).map((line) => line.split(/=(.*)/s)));
  const maildir = (user) => path.join(home, `mail/${user}/Maildir`);
  return {
    url: `imap://127.0.0.1:${facts.IMAP_PORT}/INBOX`,
    smtpUrl: `smtp://127.0.0.1:${facts.SMTP_PORT}`,
    domain: facts.MAIL_DOMAIN,
    user: 'hotline',
    password: facts.MAIL_PASSWORD,
    maildir: maildir('hotline'),
    // The mails that a user has, as texts.
    mails(user) {
      return ['new', 'cur'].flatMap((box) => fs.readdirSync(path.join(maildir(user), box)).map((name) => fs.readFileSync(path.join(maildir(user), box, name), 'utf8')));
    },
    stop: () => spawnSync(script, ['stop', home]),
  };
}
