# What the machine lets us do: become root, step down from root, install packages, find room.
# shellcheck shell=bash

# shellcheck source=terminal.sh
source "$(dirname "${BASH_SOURCE[0]}")/terminal.sh"

# Runs a command as root: directly, or through sudo. `WHY` (set by the caller) completes the error line.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif may_become_root; then
        sudo "$@"
    else
        die "${WHY:-this step} needs root, and sudo cannot be used here; run as root: ${AS_ROOT_HINT:-$*}"
    fi
}

# True when as_root can work without a person at a keyboard, or with one.
may_become_root() {
    ((EUID == 0)) && return 0
    command -v sudo >/dev/null || return 1
    if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

# Runs a command with no privileges at all: as the account apt itself downloads with when we are root.
as_nobody() {
    if ((EUID == 0)); then
        setpriv --reuid=_apt --regid=nogroup --clear-groups env HOME=/nonexistent "$@"
    else
        "$@"
    fi
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Prints those of the named packages that are not installed.
missing_packages() {
    local have name
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
    for name in "$@"; do
        grep -qxF -- "$name" <<<"$have" || printf '%s\n' "$name"
    done
}

# Installs the named packages through apt; does nothing for those that are there.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "apt-get is missing: these scripts know Debian and its relatives. Needed: ${missing[*]}"
    require_room /var 1500
    step "installing ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
    local WHY="installing packages" AS_ROOT_HINT="apt-get install ${missing[*]}"
    may_become_root || as_root true
    as_root true
    # A list that is there may be out of date or empty: refresh it first, and let the installation judge.
    quietly as_root "${apt[@]}" update || warn "apt could not refresh every package list"
    quietly as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
        die "apt could not install ${missing[*]} (see above; is the network reachable?)"
}

# Stops unless the file system that holds $1 has $2 MB free.
require_room() {
    local folder=$1 needed=$2 free
    while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
    free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    ((free >= needed)) || die "not enough disk: $folder has $free MB free, $needed MB are needed"
}
