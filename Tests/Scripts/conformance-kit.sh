#!/usr/bin/env bash
# The conformance kit works where it is unpacked, and a client that does nothing passes no case.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "conformance-kit: $*"; exit 1; }

[[ -x $root/.build/debug/likeness-interop ]] || fail "there is no debug build of likeness-interop"
"$root/scripts/conformance-kit" --build debug --no-build --output "$work/kit.tar.gz" >/dev/null || fail "it is not packed"
tar -C "$work" -xzf "$work/kit.tar.gz"
cd "$work/likeness-conformance-kit"
[[ -s proto/PROTOCOL.md && -s proto/likeness/interop/v1/interop_service.proto ]] || fail "the protocol is missing"
cases=$(./run --list | grep -c '^[a-z_]*$')
((cases > 20)) || fail "it has $cases cases"

! ./run --client /bin/true --plain >"$work/nothing" || fail "a client that does nothing passes"
[[ $(tail -n 1 "$work/nothing") == "0 passed, $cases failed" ]] || fail "a client that does nothing: $(tail -n 1 "$work/nothing")"
[[ $(grep -c 'the server saw no connection' "$work/nothing") == "$cases" ]] || fail "$(grep -v 'no connection' "$work/nothing")"

./run --client "bin/likeness-interop client" --plain >"$work/swift" || fail "$(grep ^FAIL "$work/swift")"
# Another case's calls are not those of the case.
printf '#!/bin/sh\nexec "%s/bin/likeness-interop" client "$1" "$2" "$3" "$4" empty_unary\n' "$PWD" >"$work/liar"
chmod +x "$work/liar"
! ./run --client "$work/liar" --plain --filter '^(large_unary|ping_pong|goaway|cancel_after_begin)$' >"$work/lies" ||
    fail "a client that always calls the same passes"
[[ $(tail -n 1 "$work/lies") == "0 passed, 4 failed" ]] || fail "a client that always calls the same: $(cat "$work/lies")"
