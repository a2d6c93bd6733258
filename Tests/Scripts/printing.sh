#!/usr/bin/env bash
# The programs print through LikenessConsole alone, which makes safe what it writes and reports what it could not write.
set -euo pipefail
cd "$(dirname "$0")/../.."
folders=(Sources/likeness Sources/likenessd Sources/likeness-load Sources/likeness-interop Sources/LikenessCommands
    Sources/LikenessConsole Sources/LikenessLoad)
# A comment, a parameter or a method of that name prints nothing.
found=$(grep -rnE '(^|[^.[:alnum:]_])(print|debugPrint|dump|fputs|puts|fwrite|printf|putchar|perror)\(|FileHandle\.standard(Output|Error)|STD(OUT|ERR)_FILENO|\b(stdout|stderr)\b' \
    "${folders[@]}" --include='*.swift' |
    grep -vE '^Sources/LikenessConsole/Output/Console\.swift:|^[^:]*:[0-9]+: *//|func print\(|try print\(self\.json' || true)
if [[ -n $found ]]; then
    echo "printing: these print past LikenessConsole:"
    printf '%s\n' "$found"
    exit 1
fi
