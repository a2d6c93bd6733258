#!/usr/bin/env bash
# What Prometheus makes of a service: its metrics are well formed and scraped by a real one in both formats, its alert rules do what
# their tests say, and its probes answer.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
binaries=${LIKENESS_BINARIES:-$root/.build/debug}
tools=${LIKENESS_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/likeness}/prometheus/usr/bin
work=$(mktemp -d /tmp/lk-metrics.XXXXXX)
chmod 755 "$work"
daemon='' prometheus=''
fail() {
    echo "metrics: $*"
    tail -n 20 "$work"/*.log 2>/dev/null || true
    exit 1
}
finish() {
    [[ -z $prometheus ]] || { kill "$prometheus" 2>/dev/null && wait "$prometheus"; } || true
    [[ -z $daemon ]] || { kill "$daemon" 2>/dev/null && wait "$daemon"; } || true
    rm -rf "$work"
}
trap finish EXIT

[[ -x $tools/promtool ]] || {
    [[ ${LIKENESS_REQUIRE_PG:-} != 1 ]] || fail "there is no promtool: run scripts/setup-prometheus"
    echo "metrics: skipped, there is no promtool"
    exit 0
}
"$tools/promtool" check rules "$root/deploy/prometheus/likeness.rules.yml" >"$work/rules.log" 2>&1 || fail "the alert rules are wrong"
"$tools/promtool" test rules "$root/deploy/prometheus/likeness.test.yml" >"$work/rules.log" 2>&1 || fail "an alert rule does not do what its test says"

[[ -x $binaries/likenessd && -x $binaries/likeness ]] || fail "likenessd and likeness are not built in $binaries"
"$binaries/likenessd" dev --data-dir "$work/data" --listen 127.0.0.1:0 --without-embedder >"$work/daemon.log" 2>&1 &
daemon=$!
until_true() { # command...
    local tries=0
    until "$@"; do
        kill -0 "$daemon" 2>/dev/null || fail "likenessd ended"
        ((++tries < 600)) || fail "never true: $*"
        sleep 0.1
    done
}
# The line comes after the file.
until_true grep -q ' serving$' "$work/daemon.log"
endpoint=$(sed -nE 's/.*operations=(http:[^ ]*).*/\1/p' "$work/daemon.log" | tail -n 1)
[[ -n $endpoint ]] || fail "the daemon does not say where its operations port is"
export LIKENESS_CONNECT=$work/data/client.json

# Python, because curl need not be there.
get() { # path, Accept header
    python3 - "$endpoint$1" "${2:-}" <<'PYTHON'
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Accept": sys.argv[2]})
try:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        sys.stdout.write(answer.read().decode())
except urllib.error.HTTPError as error:
    sys.stdout.write(error.read().decode())
    sys.exit(1)
PYTHON
}
[[ $(get /livez) == ok && $(get /startupz) == ok ]] || fail "a service that has started is not alive"
until_true get /readyz >"$work/ready.log"
get '/readyz?verbose' >"$work/ready.log" || fail "a service that is ready is not, verbosely"
grep -q '^\[+\]database: ' "$work/ready.log" || fail "/readyz?verbose does not list the database"
"$binaries/likeness" profile list >/dev/null || fail "no call"
get /metrics >"$work/metrics.txt"
"$tools/promtool" check metrics <"$work/metrics.txt" >"$work/check.log" 2>&1 || fail "promtool check metrics found fault"
[[ ! -s $work/check.log ]] || fail "promtool check metrics has something to say"
grep -q '^rpc_server_call_duration_seconds_count{rpc_system_name="likeness",rpc_method="likeness.v1.ProfileService/ListProfiles",rpc_status_code="OK"} 1$' \
    "$work/metrics.txt" || fail "a call is not counted"
grep -q '^db_client_operation_duration_seconds_count{db_system_name="postgresql",db_query_summary="profiles_page_live"} 1$' \
    "$work/metrics.txt" || fail "the statement of a call is not counted"
get /metrics 'application/openmetrics-text; version=1.0.0' | tail -n 1 | grep -qx '# EOF' || fail "OpenMetrics has no end"

# A real Prometheus reads them, with the rules, once a second.
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$root/deploy/prometheus/likeness.rules.yml"]
scrape_configs:
  - job_name: likeness
    static_configs: [{targets: ["${endpoint#http://}"]}]
YAML
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$tools/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn >"$work/prometheus.log" 2>&1 &
prometheus=$!
finds() { # PromQL, value
    python3 - "$port" "$1" "$2" <<'PYTHON'
import json, sys, urllib.parse, urllib.request
port, query, value = sys.argv[1:]
url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
try:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        results = json.load(answer)["data"]["result"]
except OSError:
    sys.exit(1)
sys.exit(0 if [one["value"][1] for one in results] == [value] else 1)
PYTHON
}
until_true finds 'up{job="likeness"}' 1
until_true finds 'likeness_ready' 1
until_true finds 'rpc_server_call_duration_seconds_count{rpc_method="likeness.v1.ProfileService/ListProfiles"}' 1
until_true finds 'count(likeness_component_status{component="database"} == 1)' 1

# What serves no more is not ready, and ends.
kill "$daemon"
wait "$daemon" || fail "the daemon ended with status $?"
daemon=''
! get /livez >/dev/null 2>&1 || fail "the port outlives its service"
