#!/usr/bin/env bash
# The commands of docs/operations.md about the database: with a role that owns the database and may do nothing else, a backup
# brings the service back; with the documented authority, who is revoked gets in no more. Blocks of the page are run as they
# stand there, with other folders.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
programs=${LIKENESS_TEST_PG_BIN:-/usr/lib/postgresql/15/bin}
binaries=${LIKENESS_BINARIES:-$root/.build/debug}
work=$(mktemp -d /tmp/lk-ops.XXXXXX)
daemon=
watch=
fail() {
    echo "operations: $*"
    tail -n 20 "$work"/*.log "$work/out" 2>/dev/null || true
    exit 1
}

# PostgreSQL does not run as root.
as_server() { (cd / && if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi); }
finish() {
    [[ -z $watch ]] || kill "$watch" 2>/dev/null || true
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

# A block of the page, with other folders.
text() { # language, name
    awk -v start="\`\`\`$1 $2" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$root/docs/operations.md" |
        sed -e "s,/etc/likeness,$work/etc,g" -e "s,/backup/,$work/backup/,g" -e "s,/var/run/postgresql,$work/server,g" >"$work/block"
    [[ -s $work/block ]] || fail "docs/operations.md has no block $2"
}
# Runs one.
block() {
    text bash "$1"
    (cd "$root" && bash -euo pipefail "$work/block") >"$work/out" 2>&1
}

# Certificates of the documented authority.
block ca || fail "the certificates were not made"
cat >"$work/etc/likenessd.json" <<END
{
  "listen": "127.0.0.1:0",
  "tls": {"certificate_file": "$work/etc/ca/server.crt", "key_file": "$work/etc/ca/server.key",
          "client_ca_file": "$work/etc/ca/ca.crt"},
  "roles": {"admin": ["URI:spiffe://example.org/operators"], "reader": ["DNS:web.example.org"]},
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
    text json client
    for name in operators web; do
        sed -e "s,10.0.0.5:7443,$endpoint," -e "s,/web\\.,/$name.," "$work/block" >"$work/etc/$name.json"
        chmod 600 "$work/etc/$name.json"
    done
    export LIKENESS_CONNECT=$work/etc/operators.json
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

# PostgreSQL understands the documented rules, and the daemon the documented URL.
text text hba
as_server cp "$work/server/data/pg_hba.conf" "$work/server/pg_hba.before"
cat "$work/block" "$work/server/pg_hba.before" >"$work/hba"
cat "$work/hba" >"$work/server/data/pg_hba.conf"
rules="SELECT count(*), count(error) FILTER (WHERE error NOT LIKE '%SSL is disabled') FROM pg_hba_file_rules WHERE database = '{likeness}'"
[[ $(psql -d postgres -Atc "$rules") == '2|0' ]] ||
    fail "PostgreSQL does not understand the documented rules"
cat "$work/server/pg_hba.before" >"$work/server/data/pg_hba.conf"
text text url
url=$(cat "$work/block")

block migrate || fail "the migrations failed"
start 'serving' --set log.level=info --set "database.url=$url"
likeness profile import --no-wait "$root/examples/profiles.jsonl" >"$work/out" 2>&1 || fail "the import failed"
before=$(psql -d likeness -Atc 'SELECT count(*) FROM profiles')
((before > 0)) || fail "nothing was imported"
block backup || fail "the backup failed"
[[ $(stat -c %a "$work"/backup/dumps/*.dump) == 600 ]] || fail "the dump is not its owner's alone"
block drill || fail "the drill failed"
grep -qx "$before" "$work/out" || fail "the drill has another number of profiles"
[[ -z $(psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'likeness_drill'") ]] || fail "the drill is left"

# The service, which runs meanwhile, comes back, writes included. Who follows the changes begins anew.
likeness profile watch --once --state "$work/feed.token" >"$work/out" 2>&1 || fail "the changes cannot be followed"
likeness profile watch --once --state "$work/feed.token" >"$work/out" 2>&1 || fail "a token does not lead on"
block restore || fail "the restore failed: $(cat "$work/out")"
for ((tries = 0; ; tries++)); do
    likeness admin status >"$work/out" 2>&1 && ! grep -qi 'not.serving' "$work/out" && break
    ((tries < 300)) || fail "it does not serve after the restore"
    sleep 0.2
done
likeness admin status >"$work/out" 2>&1 || fail "no status after the restore"
! grep -qi 'not.serving' "$work/out" || fail "it does not serve after the restore"
! likeness profile watch --once --state "$work/feed.token" >"$work/out" 2>&1 || fail "a token leads on after the restore"
grep -q "OUT_OF_RANGE: resume_token" "$work/out" || fail "it is not said that the token has expired"
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

# Certificates: who is revoked gets in no more, others do; a list that cannot be used changes nothing.
serves() { LIKENESS_CONNECT=$work/etc/$1.json likeness health --timeout 5 >"$work/out" 2>&1; }
# Waits until a command succeeds.
until_it() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        if "$@"; then return; fi
        sleep 0.2
    done
    fail "not so in time: $*"
}
not() { ! "$@"; }
lines() { grep -c "$1" "$work/daemon.log" || true; }
start ' serving' --set log.level=info --set "tls.client_crl_file=$work/etc/ca/ca.crl"
until_it serves operators
until_it serves web
LIKENESS_CONNECT=$work/etc/web.json likeness call HealthService/Watch >"$work/watch" 2>&1 &
watch=$!
until_it test -s "$work/watch"
block revoke || fail "the revocation failed"
until_it not serves web
serves operators || fail "with a revocation nobody gets in"
# Its open connection ends, too.
until_it not kill -0 "$watch" 2>/dev/null
watch=
until_it grep -q 'revoked' "$work/daemon.log"
block crl || fail "no new list"

# list SECONDS: one that ends so soon, in the place of the other.
list() {
    cat >"$work/etc/ca.conf" <<END
[ca]
default_ca = short
[short]
database = $work/etc/ca/index.txt
crlnumber = $work/etc/ca/crlnumber
certificate = $work/etc/ca/ca.crt
private_key = $work/etc/ca/ca.key
default_md = sha256
END
    openssl ca -config "$work/etc/ca.conf" -gencrl -crlsec "$1" -out "$work/etc/ca/short.crl" 2>/dev/null
    cp "$work/etc/ca/ca.crl" "$work/etc/good.crl"
}
for bad in ended garbage missing; do
    case $bad in
    ended)
        list 1
        sleep 2
        mv "$work/etc/ca/short.crl" "$work/etc/ca/ca.crl"
        why='has run out'
        ;;
    garbage)
        echo nonsense >"$work/etc/ca/short.crl"
        mv "$work/etc/ca/short.crl" "$work/etc/ca/ca.crl"
        why='is not PEM'
        ;;
    missing)
        rm "$work/etc/ca/ca.crl"
        why='cannot be read'
        ;;
    esac
    until_it grep -q "keeping the previous.*$why" "$work/daemon.log"
    serves operators || fail "a list that is $bad keeps everybody out"
    ! serves web || fail "a list that is $bad lets the revoked one in"
    ! likenessd serve --config "$work/etc/likenessd.json" --set "tls.client_crl_file=$work/etc/ca/ca.crl" >"$work/out" 2>&1 ||
        fail "it starts with a list that is $bad"
    grep -q "ca/ca.crl.*$why" "$work/out" || fail "the start does not say that the list $why"
    cp "$work/etc/good.crl" "$work/etc/ca/next.crl"
    mv "$work/etc/ca/next.crl" "$work/etc/ca/ca.crl"
done

# One that ends while it is in use lets nobody in, and the next one does. A slow machine gets one that ends later.
for seconds in 5 10 20 40 80; do
    again=$(lines 'certificates read again')
    list "$seconds"
    mv "$work/etc/ca/short.crl" "$work/etc/ca/ca.crl"
    sleep 2
    (($(lines 'certificates read again') == again)) || break
done
until_it not serves operators
block crl || fail "no new list"
until_it serves operators
! serves web || fail "the new list has forgotten the revoked one"
stop
