#!/usr/bin/env bash
# Tests/Fuzz/Package.swift, which only scripts/fuzz builds, names every module that the fuzzed parts import.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
for folder in Sources/LikenessMessages Sources/LikenessWire Sources/LikenessReflection Sources/LikenessRepository \
    Sources/LikenessPostgres Sources/LikenessCommands/JSONResume Sources/LikenessClient/ClientFile.swift \
    Tests/LikenessFuzzing; do
    while IFS= read -r module; do
        grep -qE "\"$module\"" Tests/Fuzz/Package.swift ||
            { echo "fuzz-package: $folder imports $module, which Tests/Fuzz/Package.swift does not name"; status=1; }
    done < <(grep -rhoE '^((internal|package|public|private) )?import (Likeness|CLikeness|CProtobuf|NIO)[A-Za-z]*' "$folder" |
        sed 's/.* //' | sort -u)
done
exit "$status"
