#!/usr/bin/env bash
# lib/supervise.py: passes statuses on, and finds and ends what a command leaves behind.
set -euo pipefail
supervise=$(cd "$(dirname "$0")/../../scripts/lib" && pwd)/supervise.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "supervise: $*"; exit 1; }
# Runs it; leaves what it printed in $work/out and its status in $status.
supervised() { status=0; python3 "$supervise" "$@" >"$work/out" 2>&1 || status=$?; }

supervised true
((status == 0)) || fail "a clean command gave $status"
supervised bash -c 'exit 7'
((status == 7)) || fail "status 7 became $status"
supervised bash -c 'kill -KILL $$'
((status == 137)) || fail "a killed command gave $status"

# A child that ends a moment after its parent is not a fault.
supervised bash -c 'sleep 0.3 & exit 0'
((status == 0)) || fail "a child that was just ending gave $status: $(cat "$work/out")"

# A daemon in a session of its own, whose parent is gone.
supervised bash -c "setsid bash -c 'echo \$\$ >$work/pid; exec -a forgotten-daemon sleep 600' & sleep 0.5"
((status == 86)) || fail "a daemon left behind gave $status"
grep -q 'left running: .*forgotten-daemon' "$work/out" || fail "the daemon is not named: $(cat "$work/out")"
[[ ! -e /proc/$(<"$work/pid") ]] || fail "the daemon still runs"

# The command's own failure is the more telling status.
supervised bash -c "setsid sleep 600 & exit 3"
((status == 3)) || fail "status 3 became $status"

# A terminated run takes everything with it.
rm "$work/pid"
python3 "$supervise" bash -c "setsid sleep 600 & echo \$! >$work/pid; sleep 600" >/dev/null 2>&1 &
until [[ -s $work/pid ]]; do sleep 0.05; done
kill -TERM $!
status=0
wait $! || status=$?
((status != 0)) || fail "a terminated run gave 0"
[[ ! -e /proc/$(<"$work/pid") ]] || fail "a terminated run left its daemon"
