#!/usr/bin/env bash
# No data enters SQL text. Statements are made of `SQL` (Sources/LikenessPostgres/SQL.swift), into which a String cannot be
# interpolated; this test shows that such code does not compile, and that nothing goes round the type.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "sql: $*"; exit 1; }

# Where text that was not checked may become SQL: migrations, and what the database's own function formatted.
verbatim='LikenessPostgres/SQL.swift LikenessPostgres/Migrations/MigrationRunner.swift
    LikenessRepository/Operations/IndexWork.swift'
# Where libpq gets SQL: from a `SQL` or from a Statement, which is made of one.
senders='LikenessPostgres/Connection/ConnectionState.swift'

# Prints what is wrong with the Swift sources in a folder.
problems() {
    local file
    while IFS= read -r file; do
        [[ " ${verbatim//$'\n'/ } " == *" $file "* ]] || echo "$file makes SQL of unchecked text"
    done < <(cd "$1" && grep -rlE '\bverbatim:' --include='*.swift' . | sed 's,^\./,,')
    while IFS= read -r file; do
        [[ $senders == "$file" ]] || echo "$file sends SQL around LikenessPostgres"
    done < <(cd "$1" && grep -rlE '\bPQ(exec|sendQuery|prepare|sendPrepare)[A-Za-z]*\(' --include='*.swift' . | sed 's,^\./,,')
    # The second argument of what sends, and the third of what prepares, on one line each or alone on the next.
    (cd "$1" && grep -nE '\bPQ(exec|sendQuery)[A-Za-z]*\(raw, ' "$senders" | grep -vE '\(raw, (command\.)?text[,)]') || true
    (cd "$1" && grep -nE '\bPQ(sendP|p)repare\(raw, ' "$senders" | grep -vE '\(raw, serverName, statement\.sql,') || true
    (cd "$1" && grep -nE 'let sql: String|self\.sql = ' LikenessPostgres/Statement.swift |
        grep -vE 'package let sql: String$|self\.sql = sql\.text$') || true
}

# Whether this code compiles behind SQL.swift.
compiles() {
    printf '%s\n' "$1" >"$work/main.swift"
    swiftc -typecheck -package-name likeness "$root/Sources/LikenessPostgres/SQL.swift" "$work/main.swift" \
        >"$work/said" 2>&1
}

found=$(problems "$root/Sources")
[[ -z $found ]] || fail "$found"

# shellcheck disable=SC2016 # These are Swift.
{
    compiles 'let n = 5; let a: SQL = "SELECT \(n)"; let b: SQL = "\(a) FROM \(SQL(quoting: "t"))"; print(b)' ||
        fail "SQL.swift does not take what it should: $(cat "$work/said")"
    for code in 'let name = "x"; let a: SQL = "SELECT \(name)"' 'let a = SQL(stringLiteral: readLine()!)' \
        'let name = "x"; let a: SQL = "SELECT " + name' 'let name = "x"; let a: SQL = name' \
        'let name: Substring = "x"; let a: SQL = "SELECT \(name)"' 'let a: SQL = "SELECT \("x" as Any)"'; do
        ! compiles "$code" || fail "this compiles: $code"
        grep -q 'error:' "$work/said" || fail "the compiler failed without an error: $(cat "$work/said")"
    done
}

# Each rule bites.
bites() { # file, text, what must be said
    rm -rf "$work/copy"
    mkdir -p "$work/copy/$(dirname "$1")"
    cp -r "$root/Sources/LikenessPostgres" "$work/copy/"
    printf '%s\n' "$2" >>"$work/copy/$1"
    grep -qF "$3" <<<"$(problems "$work/copy")" || fail "not noticed in $1: $2"
}
bites LikenessServer/New.swift 'let text = SQL(verbatim: request.name)' 'makes SQL of unchecked text'
bites LikenessServer/New.swift 'let text: SQL = .init(verbatim: request.name)' 'makes SQL of unchecked text'
bites LikenessServer/New.swift 'PQexec(raw, "DELETE")' 'sends SQL around'
bites LikenessPostgres/Pool/New.swift 'PQsendQuery(raw, text)' 'sends SQL around'
bites "$senders" 'PQsendQuery(raw, name)' 'PQsendQuery(raw, name)'
bites "$senders" 'PQsendPrepare(raw, serverName, other, 0, nil)' 'PQsendPrepare(raw, serverName, other'
bites LikenessPostgres/Statement.swift 'self.sql = name' 'self.sql = name'
