#!/bin/sh
# What the slow tests run against, installed where it is missing: Debian's packages, in one go.
missing=""
lacks() { missing="$missing $1"; }

command -v chromium >/dev/null || command -v google-chrome >/dev/null || lacks chromium
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || lacks postgresql
command -v java >/dev/null || lacks default-jre-headless
command -v go >/dev/null || [ -x /usr/local/go/bin/go ] || lacks golang-go
sdk=$(dirname "$(dirname "$(readlink -f "$(command -v gcloud)")")") 2>/dev/null
ls -d /usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator "$sdk"/platform/cloud-firestore-emulator 2>/dev/null \
  | grep -q . || lacks google-cloud-cli-firestore-emulator

[ -n "$missing" ] || exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo -n"
echo "Installing for the tests:$missing ..."
$sudo apt-get -qq update >/dev/null 2>&1
for package in $missing; do
  $sudo apt-get -qq install -y "$package" >/dev/null 2>&1 || echo "Some tests are left out: install $package."
done
