#!/usr/bin/env bash
# Lays out the root file system of the image as a folder, without Docker: what the Dockerfile makes, from the programs of this machine.
# Any image builder can pack it. The entry point is /usr/bin/tini -- node /opt/rtcscope/dist/main.js, the user 10001.
#
#   cluster/kubernetes/lay-out-root.sh FOLDER
set -euo pipefail
target=${1:?give the folder to lay the file system out in}
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[ -e "$project/dist/main.js" ] || { echo 'dist/main.js is missing: run npm run build' >&2; exit 2; }
if [ -e "$target" ] && [ -n "$(ls -A "$target")" ]; then
  echo "$target: is not empty; give a folder that is" >&2
  exit 2
fi
mkdir -p "$target"/{usr/bin,usr/lib,etc,tmp,proc,sys,dev,opt/rtcscope}
chmod 1777 "$target/tmp"
for name in bin lib lib64 sbin; do ln -s "usr/${name/sbin/bin}" "$target/$name"; done
mkdir -p "$target/usr/lib64"

# A program, and the libraries that it is linked with, each at its own place.
put() {
  local program=$1 library
  install -D -m 755 "$(readlink -f "$program")" "$target/usr/bin/$(basename "$program")"
  { ldd "$program" 2>/dev/null || true; } | grep -oE '/[^ )]+' | sort -u | while read -r library; do
    mkdir -p "$target$(dirname "$library")"
    cp -Lf "$library" "$target$library"
  done
}
put "$(command -v node)"
for program in tini tcpdump; do
  if found=$(command -v "$program"); then put "$found"; else echo "$program is not installed here: the image is without it" >&2; fi
done
for library in /lib/*/libnss_{dns,files}.so.2; do [ -e "$library" ] && mkdir -p "$target$(dirname "$library")" && cp -L "$library" "$target$library"; done

printf 'root:x:0:0:root:/:/sbin/nologin\nrtcscope:x:10001:10001::/tmp:/sbin/nologin\n' >"$target/etc/passwd"
printf 'root:x:0:\nrtcscope:x:10001:\n' >"$target/etc/group"
printf 'hosts: files dns\n' >"$target/etc/nsswitch.conf"
[ -e /etc/ssl/certs/ca-certificates.crt ] && install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$target/etc/ssl/certs/ca-certificates.crt"

cp "$project"/{package.json,package-lock.json,LICENSE} "$target/opt/rtcscope/"
cp -r "$project/dist" "$target/opt/rtcscope/dist"
npm ci --prefix "$target/opt/rtcscope" --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --silent
rm -f "$target/opt/rtcscope/package-lock.json"
