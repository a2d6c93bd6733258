# Where things are, and the Swift toolchain. Sourced by scripts/setup, check, test and demo.
# shellcheck shell=bash

# shellcheck source=machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for those who source this
root=$(dirname "$scripts")
# Where set-up puts what belongs to no package: the embedding runtime, the model, the Python tools of the tests.
export LIKENESS_HOME=${LIKENESS_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/likeness}

# Puts a Swift toolchain in PATH, or stops.
find_swift() {
    local folder
    command -v swift >/dev/null && return
    for folder in "$HOME/.local/share/swiftly/bin" /opt/swift/usr/bin /usr/share/swift/usr/bin; do
        if [[ -x $folder/swift ]]; then
            PATH=$folder:$PATH
            return
        fi
    done
    die "no Swift toolchain in PATH: install Swift 6.2 or later (see swift.org/install), then run this again"
}

# Stops unless the toolchain in PATH runs and can build this package. Sets swift_version.
require_swift() {
    local said
    find_swift
    said=$(swift --version 2>&1) || die "$(command -v swift) does not run: $(tail -n 1 <<<"$said")"
    swift_version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+(\.[0-9]+)?).*/\1/p' <<<"$said" | head -n 1)
    [[ -n $swift_version ]] || die "$(command -v swift) does not say which version it is"
    [[ $(printf '6.2\n%s\n' "$swift_version" | sort -V | head -n 1) == 6.2 ]] ||
        die "Swift $swift_version is too old: 6.2 or later is needed (found at $(command -v swift))"
    trust_system_mirrors
}

# Builds one product: build_product CONFIGURATION PRODUCT. A release build carries the Swift runtime with it: nothing of Swift to
# install where it runs, and a tenth less CPU for a search (docs/performance-log.md).
build_product() {
    local runtime=()
    if [[ $1 == release ]]; then
        runtime=(--static-swift-stdlib)
        stamp_commit
    fi
    # shellcheck disable=SC2154  # root is set above
    swift build --package-path "$root" -c "$1" "${runtime[@]}" --product "$2"
}

# Tells the programs which commit they are built from. Another commit costs one C file and linking; without git, or in a
# debug build, `--version` says "unknown".
stamp_commit() {
    local stamp=$root/Sources/CLikenessBuild/stamp.h commit text
    commit=$(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null) || commit=unknown
    [[ $commit =~ ^[0-9A-Za-z._-]+$ ]] || commit=unknown
    text="#define LIKENESS_COMMIT \"$commit\""
    [[ -f $stamp && $(<"$stamp") == "$text" ]] && return
    printf '%s\n' "$text" >"$stamp"
    # What was built without a stamp does not depend on the file.
    touch "$root/Sources/CLikenessBuild/commit.c"
}

# Lets git read package mirrors that the machine's administrator put in a folder (git's system-wide `insteadOf`): git
# refuses repositories of another account, root included, unless the user's own configuration names them.
trust_system_mirrors() {
    local mirrors mirror
    ((EUID != 0)) && command -v git >/dev/null || return 0
    mirrors=$(git config --system --get-regexp '^url\./.*\.insteadof$' 2>/dev/null | sed -E 's/^url\.(.*)\.insteadof .*/\1/' | sort -u)
    [[ -n $mirrors ]] || return 0
    mkdir -p "$LIKENESS_HOME"
    {
        [[ ! -f $HOME/.gitconfig ]] || printf '[include]\n    path = %s\n' "$HOME/.gitconfig"
        [[ ! -f ${XDG_CONFIG_HOME:-$HOME/.config}/git/config ]] ||
            printf '[include]\n    path = %s\n' "${XDG_CONFIG_HOME:-$HOME/.config}/git/config"
        echo '[safe]'
        while read -r mirror; do
            # Only what root owns: no other account can have put anything there.
            find "$mirror" -maxdepth 2 -name '*.git' -user root -printf '    directory = %p\n' 2>/dev/null || true
        done <<<"$mirrors"
    } >"$LIKENESS_HOME/gitconfig.$$"
    mv "$LIKENESS_HOME/gitconfig.$$" "$LIKENESS_HOME/gitconfig"
    export GIT_CONFIG_GLOBAL=$LIKENESS_HOME/gitconfig
}

# Seconds since $1 (a value of EPOCHREALTIME), with one decimal.
seconds_since() { awk -v a="${1/,/.}" -v b="${EPOCHREALTIME/,/.}" 'BEGIN { printf "%.1f s", b - a }'; }
