#!/bin/sh
# The browser tests need Chromium; install Debian's when there is none.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
command -v apt-get >/dev/null 2>&1 || { echo "install Chromium to run the browser tests" >&2; exit 1; }
become=""
[ "$(id -u)" = 0 ] || become=sudo
$become apt-get update -qq
DEBIAN_FRONTEND=noninteractive $become apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-inter >/dev/null
