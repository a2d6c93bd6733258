#!/usr/bin/env bash
# The commands of docs/operations.md about the database: with a role that owns the database and may do nothing else, a backup
# brings the service back. Blocks of the page are run as they stand there, with other folders.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
programs=${LIKENESS_TEST_PG_BIN:-/usr/lib/postgresql/15/bin}
binaries=${LIKENESS_BINARIES:-$root/.build/debug}
work=$(mktemp -d /tmp/lk-ops.XXXXXX)
daemon=
fail() {
    echo "operations: $*"
    tail -n 20 "$work"/*.log "$work/out" 2>/dev/null || true
    exit 1
}

# PostgreSQL does not run as root.
as_server() { (cd / && if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi); }
finish() {
    [[ -z $daemon ]] || kill "$daemon" 2>/dev/null || true
    as_server "$programs/pg_ctl" -D "$work/server/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

[[ -x $programs/postgres ]] || {
    [[ ${LIKENESS_REQUIRE_PG:-} != 1 ]] || fail "there is no PostgreSQL to test with"
    echo "operations: skipped, there is no PostgreSQL"
    exit 0
}
[[ -x $binaries/likenessd && -x $binaries/likeness ]] || fail "likenessd and likeness are not built in $binaries"
mkdir -p "$work/server" "$work/etc"
chmod 755 "$work"
((EUID != 0)) || chown postgres "$work/server"
chmod 755 "$work/server"
as_server "$programs/initdb" -D "$work/server/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
    >"$work/initdb.log" 2>&1 || fail "initdb failed"
as_server "$programs/pg_ctl" -D "$work/server/data" -l "$work/server/server.log" -w \
    -o "-k $work/server -c listen_addresses= -c fsync=off -c shared_buffers=32MB" start >"$work/start.log" 2>&1 ||
    fail "PostgreSQL did not start"
export PGHOST=$work/server PGUSER=postgres PATH=$binaries:$programs:$PATH
unset PGDATABASE PGPORT PGPASSWORD

# Runs a block of the page in a folder of its own choice of paths.
block() {
    awk -v start="\`\`\`bash $1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$root/docs/operations.md" |
        sed -e "s,/etc/likeness,$work/etc,g" -e "s,/backup/,$work/backup/,g" >"$work/block"
    [[ -s $work/block ]] || fail "docs/operations.md has no block $1"
    (cd "$root" && bash -euo pipefail "$work/block") >"$work/out" 2>&1
}

# Certificates of one authority.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=ca \
    -keyout "$work/etc/ca.key" -out "$work/etc/ca.pem" 2>/dev/null
issue() { # name, usage, subjectAltName
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$1" -keyout "$work/etc/$1.key" \
        -out "$work/etc/$1.csr" 2>/dev/null
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=%s\n' \
        "$2" "$3" | openssl x509 -req -in "$work/etc/$1.csr" -CA "$work/etc/ca.pem" -CAkey "$work/etc/ca.key" \
        -CAcreateserial -days 2 -extfile /dev/stdin -out "$work/etc/$1.pem" 2>/dev/null
}
issue server serverAuth DNS:localhost,IP:127.0.0.1
issue operator clientAuth URI:spiffe://test/operators
chmod 600 "$work"/etc/*.key
cat >"$work/etc/likenessd.json" <<END
{
  "listen": "127.0.0.1:0",
  "tls": {"certificate_file": "$work/etc/server.pem", "key_file": "$work/etc/server.key", "client_ca_file": "$work/etc/ca.pem"},
  "roles": {"admin": ["URI:spiffe://test/operators"]},
  "database": {"url": "host=$work/server user=likeness dbname=likeness", "start_timeout": "20s"},
  "embedding": {"provider": "none"}
}
END

# Starts the daemon with more settings and waits until it listens and, if it shall, serves.
start() { # word in the log, settings
    local word=$1
    shift
    : >"$work/daemon.log"
    likenessd serve --config "$work/etc/likenessd.json" "$@" >"$work/daemon.log" 2>&1 &
    daemon=$!
    until grep -q "$word" "$work/daemon.log"; do
        kill -0 "$daemon" 2>/dev/null || fail "the daemon ended"
        sleep 0.05
    done
    local endpoint
    endpoint=$(sed -nE 's/.*endpoint=([^ ]+).*/\1/p' "$work/daemon.log" | head -n 1)
    cat >"$work/etc/client.json" <<END
{"endpoint": "$endpoint", "ca_file": "ca.pem", "certificate_file": "operator.pem", "key_file": "operator.key"}
END
    chmod 600 "$work/etc/client.json"
    export LIKENESS_CONNECT=$work/etc/client.json
}
stop() {
    kill "$daemon"
    wait "$daemon" || fail "the daemon did not end well"
    daemon=
}

# Without the extension `migrate up` says exactly what to run, and changes nothing.
block setup || fail "the setup failed"
createdb --owner=likeness --encoding=UTF8 --template=template0 bare
bare=(--config "$work/etc/likenessd.json" --set "database.url=host=$work/server user=likeness dbname=bare")
! likenessd migrate up "${bare[@]}" >"$work/out" 2>&1 || fail "migrate up passed without its extension"
command=$(sed -nE 's/^likenessd: (database: )?(psql .*)$/\2/p' "$work/out")
[[ $command == "psql -d bare -c 'CREATE EXTENSION vector'" ]] || fail "migrate up did not say what to run: $command"
[[ $(psql -d bare -Atc "SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'") == 0 ]] ||
    fail "a refused migrate up changed the database"
bash -c "$command" >/dev/null
likenessd migrate up "${bare[@]}" >"$work/out" 2>&1 || fail "the command was not enough"

block migrate || fail "the migrations failed"
start 'serving' --set log.level=info
likeness profile import --no-wait "$root/examples/profiles.jsonl" >"$work/out" 2>&1 || fail "the import failed"
before=$(psql -d likeness -Atc 'SELECT count(*) FROM profiles')
((before > 0)) || fail "nothing was imported"
block backup || fail "the backup failed"
[[ $(stat -c %a "$work"/backup/dumps/*.dump) == 600 ]] || fail "the dump is not its owner's alone"
block drill || fail "the drill failed"
grep -qx "$before" "$work/out" || fail "the drill has another number of profiles"
[[ -z $(psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'likeness_drill'") ]] || fail "the drill is left"
stop

# The service comes back, writes included.
block restore || fail "the restore failed"
start 'serving' --set log.level=info
likeness admin status >"$work/out" 2>&1 || fail "no status after the restore"
! grep -qi 'not.serving' "$work/out" || fail "it does not serve after the restore"
sed 's/"summary":/"headline":"Restored","summary":/' "$root/examples/profiles.jsonl" >"$work/again.jsonl"
likeness profile import --no-wait "$work/again.jsonl" >"$work/out" 2>&1 || fail "writes fail after the restore"
[[ $(psql -d likeness -Atc 'SELECT count(*) FROM profiles') == "$before" ]] || fail "the restore lost profiles"
stop

# What the page warns of: a superuser's pg_restore. Health names what the role may not do.
createdb --encoding=UTF8 --template=template0 wrong
pg_restore --exit-on-error --no-owner --dbname=wrong "$work"/backup/dumps/*.dump >"$work/out" 2>&1 || fail "pg_restore failed"
psql -d wrong -q <<'END'
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO likeness;
REVOKE ALL ON completion_texts FROM likeness;
END
start ' serving' --set log.level=info --set "database.url=host=$work/server user=likeness dbname=wrong"
grep -q 'no USAGE on sequence embedding_outbox_ticket' "$work/daemon.log" || fail "the sequence is not named"
grep -q 'no SELECT on view completion_texts' "$work/daemon.log" || fail "the view is not named"
likeness call HealthService/Check >"$work/out" 2>&1 || true
grep -q 'NOT_SERVING' "$work/out" || fail "it says that it serves"
stop

# A restore refuses what it cannot do, and leaves nothing.
! "$root/deploy/restore" "$work"/backup/dumps/*.dump likeness likeness >"$work/out" 2>&1 || fail "a database was overwritten"
grep -q 'the database likeness exists' "$work/out" || fail "it does not say that the database exists"
! "$root/deploy/restore" "$work"/backup/dumps/*.dump other nobody_here >"$work/out" 2>&1 || fail "an owner was made up"
grep -q 'there is no role nobody_here' "$work/out" || fail "it does not say that the role is missing"
head -c 20000 "$work"/backup/dumps/*.dump >"$work/cut.dump"
! "$root/deploy/restore" "$work/cut.dump" other likeness >"$work/out" 2>&1 || fail "half a dump was restored"
[[ -z $(psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'other'") ]] || fail "a failed restore left a database"
! PGUSER=likeness "$root/deploy/restore" "$work"/backup/dumps/*.dump other likeness >"$work/out" 2>&1 ||
    fail "the owner restored without a superuser"
grep -q 'only a superuser' "$work/out" || fail "it does not say who may restore"

# No password comes out of a mistake.
for wrong in --set=database.url=postgresql://u:S3cret%zz@h/d --set=postgresql://u:S3cret@h/d?a=b postgresql://u:S3cret@h/d \
    --set=log.level=postgresql://u:S3cret@h/d; do
    ! likenessd serve --config "$work/etc/likenessd.json" "$wrong" >"$work/out" 2>&1 || fail "$wrong was taken"
    ! grep -q 'S3cret' "$work/out" || fail "a password is shown for $wrong"
done
