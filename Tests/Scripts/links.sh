#!/usr/bin/env bash
# Every relative link of the documentation leads somewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
while IFS= read -r page; do
    while IFS= read -r target; do
        [[ $target == *://* || $target == '#'* || -e $(dirname "$page")/${target%%#*} ]] ||
            { echo "links: $page leads to $target, which does not exist"; status=1; }
    done < <(grep -oE '\]\([^) ]+\)' "$page" | sed 's/^](//; s/)$//')
done < <(find . -name '*.md' -not -path '*/.build*' -not -path './.git/*')
exit "$status"
