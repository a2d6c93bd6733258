#!/usr/bin/env bash
# scripts/demo around stand-ins for the two programs: what it starts it stops, and it says when something went wrong.
set -euo pipefail
scripts=$(cd "$(dirname "$0")/../../scripts" && pwd)
work=$(mktemp -d /tmp/lk-demo.XXXXXX)
trap 'rm -rf "$work"' EXIT

fail() { echo "demo: $*"; cat "$work/out"; exit 1; }
program() { # path, text
    printf '#!/usr/bin/env bash\n%s\n' "$2" >"$1"
    chmod +x "$1"
}

tree=$work/tree
mkdir -p "$tree/examples" "$tree/.build/release" "$work/bin" "$work/home"
cp -r "$scripts" "$tree/scripts"
program "$tree/scripts/setup" 'echo set up'
program "$work/bin/swift" '[[ $1 != --version ]] || echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)"'
program "$tree/.build/release/likeness" '
[[ -s $LIKENESS_CONNECT ]] || { echo "no connection file"; exit 1; }
echo "likeness $*" >>'"$work"'/calls'
# As the real one: DIR/client.json when it is ready, TERM ends it with status 0.
daemon='
[[ $1 == dev && $2 == --data-dir && $4 == --listen ]] || exit 64
echo $$ >'"$work"'/pid
trap "exit ${STOP_STATUS:-0}" TERM
[[ -z ${START_FAILS:-} ]] || { echo "error: another likenessd runs in $3"; exit 75; }
sleep 0.2
echo "{}" >"$3/client.json"
while :; do sleep 0.05; done'
program "$tree/.build/release/likenessd" "$daemon"

# An array, not a function: in the background its process must be the script itself.
demo=(env "HOME=$work/home" "LIKENESS_HOME=$work/home/likeness" "PATH=$work/bin:$PATH")
is_gone() { [[ ! -e /proc/$(<"$work/pid") ]]; }
temporary_folders() { find /tmp -maxdepth 1 -name 'likeness-demo.*' -newer "$work/bin/swift" | wc -l; }

"${demo[@]}" "$tree/scripts/demo" >"$work/out" 2>&1 || fail "the plain run failed"
grep -q 'profile import .*/examples/profiles.jsonl' "$work/calls" || fail "nothing was imported"
(($(grep -c '^likeness search' "$work/calls") >= 3)) || fail "fewer than three searches"
is_gone || fail "the server still runs"
(($(temporary_folders) == 0)) || fail "a temporary folder is left"

if "${demo[@]}" STOP_STATUS=9 "$tree/scripts/demo" >"$work/out" 2>&1; then fail "an unclean stop passed"; fi
grep -q 'ended with status 9' "$work/out" || fail "the unclean stop is not told"

if "${demo[@]}" START_FAILS=1 "$tree/scripts/demo" >"$work/out" 2>&1; then fail "a server that did not start passed"; fi
grep -q 'another likenessd runs' "$work/out" || fail "the server's reason is not shown"
(($(temporary_folders) == 0)) || fail "a temporary folder is left after a failure"

# Serving until told to stop.
rm "$work/out"
"${demo[@]}" "$tree/scripts/demo" --serve --data-dir "$work/data" >"$work/out" 2>&1 &
running=$!
until grep -qs 'likeness admin status' "$work/out" || ! kill -0 "$running" 2>/dev/null; do sleep 0.05; done
grep -q "export LIKENESS_CONNECT=$work/data/client.json" "$work/out" || fail "it does not say how to connect"
kill -TERM "$running"
status=0
wait "$running" || status=$?
((status == 143)) || fail "an interrupted --serve gave $status"
is_gone || fail "--serve left its server"
[[ -s $work/data/client.json ]] || fail "--serve did not keep its data"

# Killed outright, it still takes its server with it.
rm "$work/pid" "$work/out" "$work/data/client.json"
"${demo[@]}" "$tree/scripts/demo" --serve --data-dir "$work/data" >"$work/out" 2>&1 &
running=$!
until grep -qs 'likeness admin status' "$work/out" || ! kill -0 "$running" 2>/dev/null; do sleep 0.05; done
kill -KILL "$running"
wait "$running" 2>/dev/null || true
for ((tries = 0; tries < 100; tries++)); do is_gone && break; sleep 0.05; done
is_gone || fail "a killed demo left its server"
