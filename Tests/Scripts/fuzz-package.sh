#!/usr/bin/env bash
# Each target of Tests/Fuzz/Package.swift, which only scripts/fuzz builds, depends on every module that its sources import.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
for folder in Sources/LikenessMessages Sources/LikenessWire Sources/LikenessReflection Sources/LikenessRepository \
    Sources/LikenessPostgres Sources/LikenessCommands/JSONResume Sources/LikenessCommands/ImportFormats \
    Sources/LikenessCommands/Documents Sources/LikenessFormats \
    Sources/LikenessClient/ClientFile.swift Sources/LikenessMetrics \
    Tests/LikenessFuzzing; do
    target=$(cut -d/ -f2 <<<"$folder")
    # From its name to its settings.
    declared=$(awk -v name="name: \"$target\"" 'index($0, name) { inside = 1 } inside { print } inside && /swiftSettings/ { exit }' \
        Tests/Fuzz/Package.swift)
    while IFS= read -r module; do
        # Products of other packages have constants: nioCore.
        grep -qiE "\b$module\b" <<<"$declared" ||
            { echo "fuzz-package: $folder imports $module, which is no dependency of $target in Tests/Fuzz/Package.swift"; status=1; }
    done < <(grep -rhoE '^((internal|package|public|private) )?import (Likeness|CLikeness|CProtobuf|CLibpq|NIO)[A-Za-z0-9]*' "$folder" |
        sed 's/.* //' | sort -u)
done
exit "$status"
