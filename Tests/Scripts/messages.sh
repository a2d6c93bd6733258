#!/usr/bin/env bash
# Every script explains itself, and says in one line why it cannot go on.
set -euo pipefail
scripts=$(cd "$(dirname "$0")/../../scripts" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "messages: $*"; exit 1; }
# Expects a command to fail, with exactly one line on standard error, which matches the pattern.
refuses() { # pattern, command...
    local pattern=$1
    shift
    ! "$@" >"$work/out" 2>"$work/err" || fail "succeeded: $*"
    (($(wc -l <"$work/err") == 1)) || fail "$* said more or less than one line: $(cat "$work/err")"
    grep -qE "^error: .*$pattern" "$work/err" || fail "$* said: $(cat "$work/err")"
}

for script in setup setup-pgvector setup-prometheus test check demo upgrade; do
    "$scripts/$script" --help >"$work/out" || fail "$script --help failed"
    grep -q "scripts/$script" "$work/out" || fail "$script --help does not show how to call it"
    ! grep -q $'\e' "$work/out" || fail "$script colours what no terminal reads"
    [[ $script == test ]] || refuses 'unknown argument --nonsense' "$scripts/$script" --nonsense
done

# Machines that lack something: a PATH with only what we put there.
mkdir "$work/bin" "$work/home"
for tool in bash awk sed grep head tail sort dirname df cat mktemp rm tr cut dpkg-query python3 id; do
    ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
bare() { env -i HOME="$work/home" PATH="$work/bin" "$@"; }

if [[ ! -x /opt/swift/usr/bin/swift && ! -x /usr/share/swift/usr/bin/swift ]]; then
    refuses 'no Swift toolchain' bare "$scripts/setup"
fi

swift_that_says() {
    printf '#!%s\n%s\n' "$(command -v bash)" "$1" >"$work/bin/swift"
    chmod +x "$work/bin/swift"
}
swift_that_says 'echo "Swift version 6.1.2 (swift-6.1.2-RELEASE)"'
refuses 'Swift 6\.1\.2 is too old: 6\.2 or later' bare "$scripts/check" format
swift_that_says 'echo "cannot open libncurses.so.6" >&2; exit 127'
refuses 'does not run: cannot open libncurses' bare "$scripts/check" format
swift_that_says 'echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)"'

# A full disk, as df would report it.
rm "$work/bin/df"
printf '#!%s\nprintf "Filesystem 1M Used Available\\nx 9 9 12\\n"\n' "$(command -v bash)" >"$work/bin/df"
chmod +x "$work/bin/df"
refuses 'not enough disk: .* has 12 MB free' bare "$scripts/setup"
