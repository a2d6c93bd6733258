"""What runs in the database stops with the call that it runs for."""

import subprocess
import time

from cases_messages import PROFILES, three_profiles
from honest import percentile
from likeness.v1 import profile_service_pb2
from peer import Peer
from suite import case, expect, tally

LOCK = "BEGIN; LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600);"
ACTIVE = """SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'likeness' AND state = 'active' AND wait_event_type = 'Lock'"""
RELEASE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'psql' AND pid <> pg_backend_pid()"""


def psql(server, text, **options):
    """psql on the private database of `likenessd dev`."""
    sockets = [path for path in server.folder.rglob(".s.PGSQL.*") if not path.name.endswith(".lock")]
    command = ["psql", "-X", "-q", "-A", "-t", "-d", f"host={sockets[0].parent} user=likeness dbname=likeness", "-c", text]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)


def value(server, text):
    return psql(server, text).communicate(timeout=30)[0].decode().strip()


@case("D1", "calls with a deadline of 20 ms whose statement waits for a lock that is not given back: 1,000 with --full, 100 else",
      "DEADLINE_EXCEEDED each, p99 at most 25 ms with --full, 250 ms else; 100 ms later no statement goes on",
      server="product")
def _(world):
    with Peer(world.server) as peer:
        three_profiles(peer)
        found = profile_service_pb2.ListProfilesResponse.FromString(
            peer.call(PROFILES + "ListProfiles", profile_service_pb2.ListProfilesRequest(page_size=1))[4])
        get = profile_service_pb2.GetProfileRequest()
        get.key.id = found.profiles[0].id
        holder = psql(world.server, LOCK)
        try:
            until = time.monotonic() + 10
            while value(world.server, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted "
                        "AND relation = 'profiles'::regclass") != "1":
                expect(time.monotonic() < until, "the lock was not had within 10 s")
            codes, times = [], []
            for _ in range(world.count(1_000, 100)):
                begun = time.monotonic()
                codes.append(peer.call(PROFILES + "GetProfile", get, timeout_us=20_000)[0])
                times.append((time.monotonic() - begun) * 1_000)
            time.sleep(0.1)
            active = value(world.server, ACTIVE)
        finally:
            value(world.server, RELEASE)
            holder.communicate(timeout=30)
        after = peer.call(PROFILES + "GetProfile", get)[0]
        p99 = percentile(times, 0.99)
        observed = f"{tally(codes)}, p99 {p99:.1f} ms, {active} active 100 ms later; then {after}"
        bound = world.count(25, 250)
        return expect(set(codes) == {"DEADLINE_EXCEEDED"} and active == "0" and after == "OK" and p99 <= bound, observed)
