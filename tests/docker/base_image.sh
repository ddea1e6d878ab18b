#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a stand-in for docker.io/library/debian:bookworm-slim from the Debian mirror that apt uses
# here, so that the images can be built without a registry. Root.
#   tests/docker/base_image.sh FOLDER   (storage of buildah in FOLDER/storage and FOLDER/run)
set -euo pipefail
work=${1:?folder}
root=$work/base
buildah=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver overlay)
mirror_of() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep "$@" | head -1; }
mirror=$(mirror_of -v security)
security=$(mirror_of security)

[ -e "$root.done" ] || {
  rm -rf "$root"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$work/debootstrap.log"
  touch "$root.done"
}
rm -f "$root/etc/apt/sources.list"
for part in "$mirror bookworm bookworm-updates" "$security bookworm-security"; do
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
    "${part%% *}" "${part#* }" /usr/share/keyrings/debian-archive-keyring.gpg
done >"$root/etc/apt/sources.list.d/debian.sources"
# As the real one: no documentation, no services started by packages.
printf 'path-exclude /usr/share/%s/*\n' doc man info locale groff lintian >"$root/etc/dpkg/dpkg.cfg.d/docker"
echo 'path-include /usr/share/doc/*/copyright' >>"$root/etc/dpkg/dpkg.cfg.d/docker"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/usr/share/{man,info,locale,groff,lintian}/* "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
rm -f "$root/etc/resolv.conf" "$root/etc/hostname"

container=$("${buildah[@]}" from scratch)
"${buildah[@]}" add -q "$container" "$root" / >/dev/null
"${buildah[@]}" config --cmd bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
"${buildah[@]}" commit -q --format docker "$container" docker.io/library/debian:bookworm-slim >/dev/null
"${buildah[@]}" rm "$container" >/dev/null
