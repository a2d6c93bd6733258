#!/usr/bin/env bash
# The commit in `--version`: what a release build is told, and when it is told again.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d /tmp/lk-version.XXXXXX)
trap 'rm -rf "$work"' EXIT

fail() { echo "version: $*"; exit 1; }

tree=$work/tree
mkdir -p "$tree/Sources" "$work/bin"
cp -r "$repository/scripts" "$tree/scripts"
cp -r "$repository/Sources/CLikenessBuild" "$tree/Sources/CLikenessBuild"
cp "$repository/.gitignore" "$tree/"
rm -f "$tree/Sources/CLikenessBuild/stamp.h"
git=(git -C "$tree" -c user.name=test -c user.email=test@example.org -c commit.gpgsign=false)
"${git[@]}" init -q
"${git[@]}" add -A
"${git[@]}" commit -qm one

# In place of building: what a program that is built now says.
cat >"$work/bin/swift" <<'PROGRAM'
#!/usr/bin/env bash
set -euo pipefail
[[ $1 == build && $2 == --package-path ]] || exit 64
cd "$3/Sources/CLikenessBuild"
printf '#include <stdio.h>\n#include "likeness_build.h"\nint main(void) { puts(likeness_build_commit()); return 0; }\n' >"$OUT.c"
# Of what clang knows and gcc does not.
cc -D_Nonnull= -Iinclude -o "$OUT" commit.c "$OUT.c"
PROGRAM
chmod +x "$work/bin/swift"
says() { # CONFIGURATION
    OUT=$work/program PATH=$work/bin:$PATH bash -c \
        'set -euo pipefail; source "$0/scripts/lib/likeness.sh"; build_product "$1" likeness' "$tree" "$1" >"$work/out" 2>&1 ||
        fail "the build failed: $(cat "$work/out")"
    "$work/program"
}
commit() { "${git[@]}" rev-parse --short=12 HEAD; }

said=$(says debug)
[[ $said == unknown ]] || fail "a debug build says $said"
said=$(says release)
[[ $said == "$(commit)" ]] || fail "a release build of $(commit) says $said"

# The same commit compiles nothing again, another one does.
before=$(stat -c %Y.%y "$tree/Sources/CLikenessBuild/commit.c")
says release >/dev/null
[[ $(stat -c %Y.%y "$tree/Sources/CLikenessBuild/commit.c") == "$before" ]] || fail "the same commit is compiled again"
echo changed >>"$tree/.gitignore"
said=$(says release)
[[ $said == "$(commit)-dirty" ]] || fail "a changed tree of $(commit) says $said"
[[ $(stat -c %Y.%y "$tree/Sources/CLikenessBuild/commit.c") != "$before" ]] || fail "another commit is not compiled"
"${git[@]}" commit -qam two
said=$(says release)
[[ $said == "$(commit)" ]] || fail "the next commit, $(commit), says $said"
"${git[@]}" tag -a v9.8.7 -m v9.8.7
said=$(says release)
[[ $said == v9.8.7 ]] || fail "a tagged commit says $said"

# Without git: unknown, and no error.
rm -rf "$tree/.git"
said=$(GIT_CEILING_DIRECTORIES=$work says release)
[[ $said == unknown ]] || fail "a tree without git says $said"

# A program to be used is built in no other way.
while IFS= read -r line; do
    [[ $line != *"-c release"* ]] || fail "builds without a stamp: $line"
done < <(cd "$repository" && grep -rnI --exclude-dir=.build 'swift build' scripts)
