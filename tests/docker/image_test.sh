#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds both images of docker/Dockerfile and starts them the way docker/compose.yaml says, without
# Docker: buildah builds, and a container is a chroot into the mounted image with the user,
# capabilities, read-only root, volumes and secrets of its service, in network and process
# namespaces of its own. Root; packages: buildah debootstrap docker-compose python3-yaml curl openssl.
#   tests/docker/image_test.sh [FOLDER]   FOLDER (default /var/tmp/minsheng-image) keeps the layers
set -euo pipefail
cd "$(dirname "$0")/../.."
repo=$PWD
work=${1:-/var/tmp/minsheng-image}
export BUILDAH_ISOLATION=chroot
buildah=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver overlay)

fail() { echo "FAILED: $*" >&2; exit 1; }
ok() { echo "ok  $*"; }
until_true() {  # SECONDS WHAT COMMAND...: waits for the command to succeed
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $limit ] || fail "$what"
    sleep 0.1
  done
  ok "$what"
}

# ---- build and look at the images -------------------------------------------------------------
build() {
  mkdir -p "$work"
  "${buildah[@]}" inspect --type image docker.io/library/debian:bookworm-slim >/dev/null 2>&1 ||
    tests/docker/base_image.sh "$work"
  local cache=() name
  # The compiler cache of this machine, if there is one, saves minutes.
  [ ! -d "$HOME/.cache/ccache" ] || cache=(-v "$HOME/.cache/ccache:/root/.cache/ccache")
  for name in minsheng front; do
    local target=()
    [ $name = minsheng ] || target=(--target $name)
    "${buildah[@]}" bud --pull-never --format docker --layers "${cache[@]}" "${target[@]}" \
      -t image-test-$name -f docker/Dockerfile . >"$work/build-$name.log" 2>&1 ||
      { tail -20 "$work/build-$name.log" >&2; fail "build of $name"; }
    ok "image $name builds"
  done
}

label() { "${buildah[@]}" inspect --type image --format "$2" "image-test-$1"; }
expect() {  # IMAGE FORMAT VALUE
  local is
  is=$(label "$1" "$2")
  [ "$is" = "$3" ] || fail "$1: $2 is \"$is\", not \"$3\""
}
look() {
  expect minsheng '{{.Docker.Config.User}}' 10001:10001
  expect minsheng '{{.Docker.Config.Entrypoint}} {{.Docker.Config.Cmd}}' '[/usr/local/bin/minsheng] [serve]'
  expect minsheng '{{.Docker.Config.StopSignal}}' SIGTERM
  expect minsheng '{{.Docker.Config.Healthcheck.Test}}' '[CMD /usr/local/bin/minsheng health]'
  expect minsheng '{{.Docker.Config.Volumes}}' 'map[/var/lib/minsheng:{}]'
  expect minsheng '{{index .Docker.Config.Labels "org.opencontainers.image.version"}}' \
    "$(sed -n 's/^project(minsheng VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)"
  expect front '{{.Docker.Config.StopSignal}}' SIGQUIT
  expect front '{{.Docker.Config.Healthcheck.Test}}' '[CMD bash -c exec 3<>/dev/tcp/127.0.0.1/443]'
  ok "the images say what they should"
  local tool
  for tool in g++ cmake git; do
    [ ! -e "$image/usr/bin/$tool" ] || fail "$tool is in the run image"
  done
  ok "no build tools in the run image"
  docker-compose -f docker/compose.yaml config >"$work/compose.yaml" || fail "docker/compose.yaml is not valid"
  ok "docker/compose.yaml is valid"
}

# ---- containers -------------------------------------------------------------------------------
# start NAME IMAGE-ROOT USER READ-ONLY COMMAND...; reads mounts (HOST:INSIDE[:ro]), tmpfs,
# capabilities and environment. Sets outer (to wait for) and inner (to signal; process 1 inside).
start() {
  local name=$1 from=$2 user=$3 read_only=$4
  shift 4
  local root=$work/containers/$name plan
  mkdir -p "$root"
  plan=$(
    echo "set -e; mount --make-rprivate /; mount --rbind '$from' '$root'; cd '$root'"
    local m
    for m in "${mounts[@]}"; do
      IFS=: read -r host inside mode <<<"$m"
      if [ -d "$host" ]; then echo "mkdir -p './$inside'"; else echo "mkdir -p './${inside%/*}'; touch './$inside'"; fi
    done
    for m in "${tmpfs[@]}"; do echo "mkdir -p './${m%%:*}'"; done
    [ "$read_only" = false ] || echo "mount -o remount,bind,ro '$root'"
    for m in "${mounts[@]}"; do
      IFS=: read -r host inside mode <<<"$m"
      echo "mount --bind '$host' './$inside'"
      [ "$mode" != ro ] || echo "mount -o remount,bind,ro './$inside'"
    done
    for m in "${tmpfs[@]}"; do
      [[ $m == *:* ]] && echo "mount -t tmpfs -o '${m#*:}' tmpfs './${m%%:*}'" || echo "mount -t tmpfs tmpfs './$m'"
    done
    echo "mount --rbind /dev ./dev; mount -t proc proc ./proc"
    local keep=-all
    for m in "${capabilities[@]}"; do keep+=,+$m; done
    printf 'exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin %s chroot . setpriv' \
      "${environment[*]@Q}"
    printf ' --reuid %s --regid %s --clear-groups --bounding-set=%s --inh-caps=%s --no-new-privs %s\n' \
      "${user%:*}" "${user#*:}" $keep $keep "${*@Q}"
  )
  unshare --mount --pid --fork --kill-child bash -c "$plan" >>"$work/$name.out" 2>>"$work/$name.err" &
  outer=$!
  inner=
  until inner=$(pgrep -P $outer); do kill -0 $outer 2>/dev/null || { cat "$work/$name.err" >&2; fail "start of $name"; }; done
  started+=("$outer")
}
inside() {  # PROCESS USER COMMAND...: as docker exec
  local process=$1 user=$2
  shift 2
  nsenter -t "$process" -m -p -r -w env -i PATH=/usr/local/bin:/usr/bin "${environment[@]}" \
    setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs "$@"
}
stop() {  # NAME OUTER INNER SIGNAL SECONDS: ends with exit code 0 in time
  local begin=$SECONDS code=0
  kill -"$4" "$3"
  wait "$2" || code=$?
  [ $code -eq 0 ] || fail "$1 ended with $code; see $work/$1.err"
  [ $((SECONDS - begin)) -le "$5" ] || fail "$1 took $((SECONDS - begin)) s to stop"
  ok "$1 stops on SIG$4 with exit code 0 within $5 s"
}
count() { wc -l | tr -d ' '; }

# ---- one container with its own Redis: docker run minsheng --demo serve -----------------------
alone() {
  local user=10001:10001 data=$work/data-alone channel orders
  environment=(MINSHENG_DATA=/var/lib/minsheng) tmpfs=(/tmp) capabilities=()
  mounts=("$data:/var/lib/minsheng" "$repo/samples:/samples:ro")
  ms() { inside "$inner" $user minsheng --demo --lang en "$@"; }
  start alone "$image" $user true /usr/local/bin/minsheng --demo serve
  until_true 60 "the container by itself gets healthy" ms health
  for channel in wechat weibo email phone; do
    ms ingest --now $channel $(cd samples/$channel && printf "/samples/$channel/%s " *) >"$work/ingest-$channel.txt" ||
      { cat "$work/ingest-$channel.txt" >&2; fail "ingest of $channel samples"; }
  done
  orders=$(ms --json orders list | count)
  [ "$orders" -gt 0 ] || fail "no orders"
  ms audit balance >/dev/null || fail "the balance does not hold"
  ok "samples of four channels opened $orders orders, the balance holds"
  stop alone "$outer" "$inner" TERM 10
  grep -q stopped "$work/alone.err" "$work/alone.out" || fail "no orderly stop in the log"

  start alone "$image" $user true /usr/local/bin/minsheng --demo serve
  until_true 60 "a new container on the same volume gets healthy" ms health
  ms ingest wechat /samples/wechat/1-greening.xml | grep -q 'seen before' || fail "a repeat was not recognised"
  [ "$(ms --json orders list | count)" = "$orders" ] || fail "orders were lost or doubled"
  ok "orders are kept, a repeat opens none"
  kill -KILL "$inner"
  wait "$outer" || true
  start alone "$image" $user true /usr/local/bin/minsheng --demo serve
  until_true 60 "healthy again after SIGKILL" ms health
  ms audit balance >/dev/null || fail "the balance does not hold after SIGKILL"
  stop alone "$outer" "$inner" TERM 10
}

# ---- the services of compose.yaml -------------------------------------------------------------
service() {  # NAME IMAGE-ROOT: starts it as the compose file says
  local name=$1 entrypoint command volumes secrets health user read_only s
  eval "$(python3 tests/docker/compose.py "$work/compose.yaml" "$name")"
  [ ${#entrypoint[@]} -gt 0 ] || entrypoint=("${@:3}")
  mounts=()
  for s in "${volumes[@]}"; do
    case $s in
      /*/tls:*) s=$work/tls:${s#*:} ;;
      /*) ;;
      *) s=$work/volume-$s ;;
    esac
    mounts+=("$s")
  done
  for s in "${secrets[@]}"; do mounts+=("$work/secrets/$s:/run/secrets/$s:ro"); done
  [ "$name" != minsheng ] || environment+=(MINSHENG_DATA=/var/lib/minsheng)
  start "$name" "$2" "$user" "$read_only" "${entrypoint[@]}" "${command[@]}"
}
push() {  # BODY SECRET: prints the status of a signed push through nginx
  local now signature
  now=$(date +%s)
  signature=$(printf '%s.%s' "$now" "$1" | openssl dgst -sha256 -hmac "$2" -r | cut -d' ' -f1)
  curl -s -o "$work/push.out" -w '%{http_code}' --cacert "$work/tls/fullchain.pem" -H "x-minsheng-timestamp: $now" \
    -H "x-minsheng-signature: v1=$signature" -H 'content-type: application/json' --data-binary "$1" \
    https://localhost/hook/phone/main
}
status() { curl -s -o /dev/null -w '%{http_code}' --cacert "$work/tls/fullchain.pem" "$@"; }
is() { [ "$("${@:2}")" = "$1" ]; }
redis_answers() { inside "$redis_inner" 10001:10001 redis-cli -e ping; }

together() {
  local secret body redis_outer redis_inner app_outer app_inner front_outer front_inner user=10001:10001
  secret=$(openssl rand -hex 24)
  printf '%s\n' "$secret" >"$work/secrets/phone_push_secret"
  chown 10001:10001 "$work/secrets/phone_push_secret"
  chmod 0400 "$work/secrets/phone_push_secret"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/tls/key.pem" -out "$work/tls/fullchain.pem" 2>/dev/null
  chmod 0600 "$work/tls/key.pem"
  ms() { inside "$app_inner" $user minsheng --lang en "$@"; }

  service redis "$image"
  redis_outer=$outer redis_inner=$inner
  until_true 60 "redis gets healthy" redis_answers
  service minsheng "$image" /usr/local/bin/minsheng serve
  app_outer=$outer app_inner=$inner
  local app_environment=("${environment[@]}")
  until_true 60 "minsheng gets healthy with docker/minsheng.toml" ms health
  service nginx "$front" /usr/sbin/nginx -g 'daemon off;'
  front_outer=$outer front_inner=$inner
  environment=("${app_environment[@]}")
  until_true 20 "nginx gets healthy" inside "$front_inner" 0:0 bash -c 'exec 3<>/dev/tcp/127.0.0.1/443'
  until_true 20 "https through nginx" is 200 status https://localhost/readyz
  is 308 status http://localhost/ || fail "plain http is not sent to https"
  is 403 status https://localhost/metrics || fail "/metrics is open"
  is 200 status http://127.0.0.1:12345/metrics || fail "no /metrics on loopback"
  ok "nginx sends plain http to https and keeps /metrics inside"

  body='{"call_id":"20150921-0031","caller":"05158000031","transcript":"坐席：您好，12345。\n客户：我家门口路灯坏了三天，晚上看不见路，请派人修一下。"}'
  is 403 push "$body" "another-secret-of-nobody" || fail "a wrong signature was not refused"
  is 200 push "$body" "$secret" || fail "a signed push got $(cat "$work/push.out")"
  is 200 push "$body" "$secret" || fail "a repeated push got $(cat "$work/push.out")"
  requests_are() { is "$1" eval 'ms --json requests list | count'; }
  until_true 20 "the pushed call is decided" requests_are 1
  balanced() { ms audit balance; }
  until_true 20 "the balance holds" balanced
  requests_are 1 || fail "the repeat opened a second request"
  ok "a signed push through nginx becomes one request, its repeat none"
  is 413 status -X POST --data-binary @<(head -c 1500000 /dev/zero) https://localhost/hook/phone/main || fail "no 413"
  ok "a body that is too long is refused"

  stop redis "$redis_outer" "$redis_inner" TERM 20
  until_true 20 "without Redis it is not ready" is 503 status https://localhost/readyz
  is 200 status https://localhost/healthz || fail "without Redis it is not alive"
  is 503 push "${body/0031/0032}" "$secret" || fail "a push without Redis was accepted"
  ok "without Redis it is alive, and a push is answered 503"
  service redis "$image"
  redis_outer=$outer redis_inner=$inner
  environment=("${app_environment[@]}")
  until_true 30 "ready again when Redis is back" is 200 status https://localhost/readyz
  is 200 push "${body/0031/0032}" "$secret" || fail "the push after the outage got $(cat "$work/push.out")"
  until_true 20 "the balance holds after the outage" balanced

  stop minsheng "$app_outer" "$app_inner" TERM 10
  is 502 status https://localhost/healthz || fail "nginx does not say 502"
  service minsheng "$image" /usr/local/bin/minsheng serve
  app_outer=$outer app_inner=$inner
  until_true 60 "minsheng restarts beside nginx and Redis" is 200 status https://localhost/readyz
  requests_are 2 || fail "requests were lost over a restart"
  stop nginx "$front_outer" "$front_inner" QUIT 10
  stop minsheng "$app_outer" "$app_inner" TERM 10
  stop redis "$redis_outer" "$redis_inner" TERM 20
}

pod() {  # in a network namespace of its own: the ports are those of the files
  ip link set lo up
  started=()
  trap 'for p in "${started[@]}"; do kill -KILL $p 2>/dev/null || true; done' EXIT
  rm -rf "$work"/{data-alone,volume-data,volume-redis,secrets,tls,containers} "$work"/{alone,redis,minsheng,nginx}.{out,err}
  mkdir -p "$work"/{data-alone,volume-data,volume-redis,secrets,tls,containers}
  chown 10001:10001 "$work"/{data-alone,volume-data,volume-redis}
  alone
  together
  echo "all passed"
}

if [ "${IMAGE_TEST_POD:-}" = 1 ]; then
  image=$IMAGE_ROOT front=$FRONT_ROOT
  pod
  exit
fi
[ "$(id -u)" -eq 0 ] || fail "run this as root"
build
containers=()
trap '"${buildah[@]}" rm "${containers[@]}" >/dev/null' EXIT
for name in minsheng front; do
  containers+=("$("${buildah[@]}" from --pull-never localhost/image-test-$name)")
done
image=$("${buildah[@]}" mount "${containers[0]}")
front=$("${buildah[@]}" mount "${containers[1]}")
look
IMAGE_TEST_POD=1 IMAGE_ROOT=$image FRONT_ROOT=$front unshare --net "$0" "$work"
