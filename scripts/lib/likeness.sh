# Where things are, and the Swift toolchain. Sourced by scripts/setup, check, test and demo.
# shellcheck shell=bash

# shellcheck source=machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for those who source this
root=$(dirname "$scripts")
# Where set-up puts what belongs to no package: the embedding runtime, the model, the Python tools of the tests.
export LIKENESS_HOME=${LIKENESS_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/likeness}

# Puts a Swift toolchain that can build this package first in PATH, or stops.
require_swift() {
    local folder version
    if ! command -v swift >/dev/null; then
        for folder in "$HOME/.local/share/swiftly/bin" /opt/swift/usr/bin /usr/share/swift/usr/bin; do
            [[ -x $folder/swift ]] && PATH=$folder:$PATH && break
        done
    fi
    command -v swift >/dev/null || die "no Swift toolchain in PATH: install Swift 6.2 or later (swift.org/install), then run this again"
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+(\.[0-9]+)?).*/\1/p' | head -n 1)
    [[ -n $version ]] || die "swift is in PATH ($(command -v swift)) but does not run: $(swift --version 2>&1 | tail -n 1)"
    [[ $(printf '6.2\n%s\n' "$version" | sort -V | head -n 1) == 6.2 ]] ||
        die "Swift $version is too old: 6.2 or later is needed (found at $(command -v swift))"
    # shellcheck disable=SC2034  # for those who source this
    swift_version=$version
}

# Seconds since $1 (a value of EPOCHREALTIME), with one decimal.
seconds_since() { awk -v a="${1/,/.}" -v b="${EPOCHREALTIME/,/.}" 'BEGIN { printf "%.1f s", b - a }'; }
