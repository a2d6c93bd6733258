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

# Runs a command whose output matters only when it fails: then its last lines are shown. Returns its status. Of one that takes long
# the last line is shown every half minute.
quietly() {
    local log status=0 pulse
    log=$(mktemp)
    pulse "$log" &
    pulse=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$pulse" 2>/dev/null && wait "$pulse" 2>/dev/null || true
    if ((status != 0)); then tail -n 15 "$log" | sed 's/^/    | /' >&2; fi
    rm -f "$log"
    return "$status"
}

# pulse FILE: shows the last line of a growing file every half minute, until it is ended or what called it is gone.
pulse() {
    local seconds=0 sleeper
    trap 'kill "$sleeper" 2>/dev/null; exit' TERM
    while kill -0 "$$" 2>/dev/null; do
        sleep 30 &
        sleeper=$!
        wait "$sleeper"
        ((seconds += 30))
        note "$((seconds / 60)):$(printf '%02d' $((seconds % 60))) $(tail -n 1 "$1" | tr -d '\r' | cut -c 1-100)" >&2
    done
}
