# What the scripts say, and how they stop. Sourced by every script here.
# shellcheck shell=bash

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' yellow='' plain=''
fi

# One line about what happens now.
step() { printf '%s==>%s %s\n' "$bold$green" "$plain" "$*"; }

# One line about something that needs nothing done.
note() { printf '%s    %s%s\n' "$dim" "$*" "$plain"; }

# Something worth knowing that stops nothing.
warn() { printf '%swarning:%s %s\n' "$yellow" "$plain" "$*" >&2; }

# The one clear line, then the end.
die() {
    printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
    exit 1
}

# Prints the comment block at the head of a script as its help.
help_of() { awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$1"; }

# Runs a command whose output matters only when it fails: then its last lines are shown. Returns its status.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status != 0)); then tail -n 15 "$log" | sed 's/^/    | /' >&2; fi
    rm -f "$log"
    return "$status"
}
