#!/usr/bin/env bash
# The unit for systemd: systemd understands every line of it, and it gives the service little of the system.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d /tmp/lk-unit.XXXXXX)
trap 'rm -rf "$work"' EXIT
fail() { echo "unit: $*"; exit 1; }

command -v systemd-analyze >/dev/null || { echo "unit: skipped, there is no systemd-analyze"; exit 0; }
# A program that is there, and no other units.
sed -e 's,/usr/local/bin/likenessd,/bin/true,' -e '/^\(After\|Wants\)=/d' "$root/deploy/likenessd.service" >"$work/likenessd.service"
systemd-analyze verify "$work/likenessd.service" >"$work/verify" 2>&1 || fail "systemd refuses it: $(cat "$work/verify")"
[[ ! -s $work/verify ]] || fail "systemd does not understand it: $(cat "$work/verify")"
# In tenths, as systemd counts: 20 is 2.0 of 10.
systemd-analyze security --offline=true --threshold=20 "$work/likenessd.service" >"$work/security" 2>&1 ||
    fail "$(tail -n 1 "$work/security")"
for line in Type=notify NotifyAccess=main WatchdogSec=60s; do
    grep -qx "$line" "$work/likenessd.service" || fail "$line is missing: the daemon tells systemd in vain"
done
