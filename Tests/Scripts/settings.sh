#!/usr/bin/env bash
# The settings in docs/operations.md and deploy/likenessd.example.json are those of the server.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
fail() { echo "settings: $*"; exit 1; }

server=$(tr '\n' ' ' <"$root/Sources/LikenessServer/Configuration/ConfigurationKey.swift" |
    grep -oE '\.init\( *"[a-z_.]+", *\.' | sed -E 's/.*"(.*)".*/\1/' | sort)
[[ -n $server ]] || fail "no setting found in ConfigurationKey.swift"
documented=$(sed -nE '/^\| setting/,/^$/ s/^\| `([a-z_.]+)` .*/\1/p' "$root/docs/operations.md" | sort)
sample=$(python3 - "$root/deploy/likenessd.example.json" <<'END'
import json, sys

def names(value, path=""):
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from names(inner, f"{path}{key}.")
        else:
            yield path + key

print("\n".join(sorted(names(json.load(open(sys.argv[1]))))))
END
)
difference=$(diff <(echo "$server") <(echo "$documented")) || fail "docs/operations.md differs (< server, > page):
$difference"
unknown=$(comm -13 <(echo "$server") <(echo "$sample"))
[[ -z $unknown ]] || fail "deploy/likenessd.example.json has settings that do not exist: $unknown"
