#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A whole mail provider for tests: Dovecot (IMAP with STARTTLS, IMAPS) and OpenSMTPD (SMTP), both on the same
# Maildirs. Nothing of it is shared with the machine's own mail servers: private configuration, free ports on
# loopback, and for OpenSMTPD (whose queue and socket paths are compiled in) a private mount name space. TLS for SMTP
# is a small forwarder, because Debian 12's OpenSMTPD fails every handshake with its OpenSSL 3 ("EVP lib").
# Needs root, dovecot-imapd, opensmtpd, openssl, python3.
#
#   mail_server.sh start DIR    makes DIR, starts both, waits until they answer, writes DIR/env:
#                               IMAP_PORT IMAPS_PORT SMTP_PORT SMTPS_PORT MAIL_DOMAIN MAIL_PASSWORD CA_FILE
#   mail_server.sh stop DIR     stops both; DIR stays
#
# Users (all with MAIL_PASSWORD): hotline, quzhang, zhang, li, unit, each with DIR/mail/<user>/Maildir.
# Mail to anybody else in MAIL_DOMAIN is refused with 550.
set -euo pipefail
USERS="hotline quzhang zhang li unit"
DOMAIN=mail.test
PASSWORD=test-secret

die() { echo "mail_server.sh: $*" >&2; exit 1; }

free_ports() {  # $1 free ports on loopback, all different
  python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in held])
PY
}

answers() {  # port: something greets there
  timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; read -r line <&3; [[ \$line == *OK* || \$line == 220* ]]" 2>/dev/null
}

wait_for() {  # port, what
  for _ in $(seq 150); do
    answers "$1" && return 0
    sleep 0.1
  done
  die "$2 does not answer; see $DIR/dovecot.log and $DIR/smtpd.log"
}

write_dovecot() {
  for user in $USERS; do
    echo "$user:{PLAIN}$PASSWORD:8:8::$DIR/mail/$user::"
    echo "$user@$DOMAIN:{PLAIN}$PASSWORD:8:8::$DIR/mail/$user::"
  done >"$DIR/passwd"
  chmod 644 "$DIR/passwd"
  cat >"$DIR/dovecot.conf" <<EOF
protocols = imap
listen = 127.0.0.1
base_dir = $DIR/dovecot
state_dir = $DIR/dovecot
log_path = $DIR/dovecot.log
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <$DIR/cert.pem
ssl_key = <$DIR/key.pem
passdb {
  driver = passwd-file
  args = $DIR/passwd
}
userdb {
  driver = passwd-file
  args = $DIR/passwd
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $IMAP_PORT
  }
  inet_listener imaps {
    port = $IMAPS_PORT
    ssl = yes
  }
}
EOF
}

write_smtpd() {
  for user in $USERS; do
    echo "$user 8:8:$DIR/mail/$user"
  done >"$DIR/users"
  for user in $USERS; do
    echo "$user@$DOMAIN $user"
  done >"$DIR/virtual"
  chmod 644 "$DIR/users" "$DIR/virtual"
  cat >"$DIR/smtpd.conf" <<EOF
table owners file:$DIR/users
table mailboxes file:$DIR/virtual
listen on 127.0.0.1 port $SMTP_PORT hostname $DOMAIN
action "store" maildir "%{user.directory}/Maildir" userbase <owners> virtual <mailboxes>
match from any for domain "$DOMAIN" action "store"
EOF
}

start() {
  command -v dovecot >/dev/null || die "dovecot is missing: apt-get install dovecot-imapd"
  command -v smtpd >/dev/null || die "smtpd is missing: apt-get install opensmtpd"
  mkdir -p "$DIR"/{mail,dovecot,spool,run}
  chmod 711 "$DIR" "$DIR/mail"
  for user in $USERS; do
    mkdir -p "$DIR/mail/$user/Maildir"/{new,cur,tmp}
    chown -R mail:mail "$DIR/mail/$user"
    chmod 700 "$DIR/mail/$user"
  done
  read -r IMAP_PORT IMAPS_PORT SMTP_PORT SMTPS_PORT <<<"$(free_ports 4)"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
    -keyout "$DIR/key.pem" -out "$DIR/cert.pem" 2>/dev/null
  chmod 600 "$DIR/key.pem"
  write_dovecot
  write_smtpd
  dovecot -c "$DIR/dovecot.conf" -F >>"$DIR/dovecot.out" 2>&1 </dev/null 9>&- &
  echo $! >"$DIR/dovecot.pid"
  # Queue and control socket have fixed paths: a mount name space of its own makes them private.
  unshare --mount --pid --fork --kill-child bash -c "
    mount --bind '$DIR/spool' /var/spool && mount --bind '$DIR/run' /run &&
    mkdir -p /var/spool/smtpd && chmod 711 /var/spool /var/spool/smtpd && exec smtpd -d -f '$DIR/smtpd.conf'" \
    >"$DIR/smtpd.log" 2>&1 </dev/null 9>&- &
  echo $! >"$DIR/smtpd.pid"
  python3 - "$SMTPS_PORT" "$SMTP_PORT" "$DIR" >"$DIR/tls.log" 2>&1 9>&- <<'PY' &
import asyncio, ssl, sys
port, target, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (OSError, ssl.SSLError):
        pass
    writer.close()
async def serve(reader, writer):
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
    await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))
async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    await server.serve_forever()
asyncio.run(main())
PY
  echo $! >"$DIR/tls.pid"
  wait_for "$IMAP_PORT" dovecot
  wait_for "$SMTP_PORT" smtpd
  for _ in $(seq 100); do
    (: </dev/tcp/127.0.0.1/"$SMTPS_PORT") 2>/dev/null && break
    sleep 0.1
  done
  cat >"$DIR/env.part" <<EOF
IMAP_PORT=$IMAP_PORT
IMAPS_PORT=$IMAPS_PORT
SMTP_PORT=$SMTP_PORT
SMTPS_PORT=$SMTPS_PORT
MAIL_DOMAIN=$DOMAIN
MAIL_PASSWORD=$PASSWORD
CA_FILE=$DIR/cert.pem
EOF
  mv "$DIR/env.part" "$DIR/env"
}

stop() {
  for name in dovecot smtpd tls; do
    [ -f "$DIR/$name.pid" ] || continue
    # unshare waits through SIGTERM; killed, it takes its whole process name space with it.
    if [ $name = smtpd ]; then signal=KILL; else signal=TERM; fi
    pid=$(cat "$DIR/$name.pid")
    kill -$signal "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done  # it writes into DIR until its end
    rm -f "$DIR/$name.pid"
  done
}

[ $# -eq 2 ] || die "use: mail_server.sh start|stop DIR"
mkdir -p "$2"
DIR=$(cd "$2" && pwd)
case $1 in
  start) trap stop EXIT; start; trap - EXIT ;;
  stop) stop ;;
  *) die "use: mail_server.sh start|stop DIR" ;;
esac
