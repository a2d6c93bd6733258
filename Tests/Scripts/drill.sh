#!/usr/bin/env bash
# The judge of scripts/drill sees what it is there for.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -B Tests/Drill/test_judge.py 2>&1 || {
    echo "drill: the judge does not judge"
    exit 1
}
