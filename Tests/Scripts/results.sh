#!/usr/bin/env bash
# lib/swift-results.py: counts what ran, and refuses what it cannot read.
set -euo pipefail
results=$(cd "$(dirname "$0")/../../scripts/lib" && pwd)/swift-results.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "results: $*"; exit 1; }

cat >"$work/run.xml" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="TestResults" errors="0" tests="3" failures="1" skipped="1" time="0.1">
    <testcase classname="A.S" name="one()" time="0.1"><failure message="no" /><failure message="no" /></testcase>
    <testcase classname="A.S" name="two()" time="0.1" />
    <testcase classname="A.S" name="three()"><skipped>off</skipped></testcase>
    <testcase classname="A.S" name="four()" time="0.1" />
  </testsuite>
</testsuites>
END
[[ $(python3 "$results" "$work/run.xml") == "2 1 1" ]] || fail "counted $(python3 "$results" "$work/run.xml")"

head -c 200 "$work/run.xml" >"$work/cut.xml"
! python3 "$results" "$work/cut.xml" >/dev/null 2>&1 || fail "half a file was counted"
! python3 "$results" "$work/none.xml" >/dev/null 2>&1 || fail "a missing file was counted"
