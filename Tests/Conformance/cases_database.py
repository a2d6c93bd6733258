"""What runs in the database stops with the call that it runs for."""

import subprocess
import time

from cases_messages import PROFILES, three_profiles
from honest import percentile
from likeness.v1 import profile_service_pb2
from patience import PATIENCE, until
from peer import Peer
from suite import case, expect, tally

LOCK = "BEGIN; LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3600);"
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
    return psql(server, text).communicate(timeout=PATIENCE)[0].decode().strip()


@case("D1", "calls with a deadline of 20 ms whose statement waits for a lock that is not given back: 1,000 with --full, 100 else",
      "DEADLINE_EXCEEDED each, in the middle sooner than ten with a deadline of 200 ms; then no statement goes on",
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
            until(lambda: value(world.server, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted "
                                "AND relation = 'profiles'::regclass") == "1")
            codes = []

            def times(count, timeout):
                found = []
                for _ in range(count):
                    begun = time.monotonic()
                    codes.append(peer.call(PROFILES + "GetProfile", get, timeout_us=timeout * 1_000)[0])
                    found.append((time.monotonic() - begun) * 1_000)
                return found
            short, long = times(world.count(1_000, 100), 20), times(10, 200)
            # The lock is still held: nothing but its cancellation ends a statement. The daemon's own looks wait for it too, now
            # and then, so one moment without any is what is asked for.
            active = "no" if until(lambda: value(world.server, ACTIVE) == "0") else "some"
        finally:
            value(world.server, RELEASE)
            holder.communicate(timeout=PATIENCE)
        after = peer.call(PROFILES + "GetProfile", get)[0]
        middle = [percentile(times, 0.5) for times in (short, long)]
        observed = (f"{tally(codes)}, {middle[0]:.1f} and {middle[1]:.1f} ms, p99 {percentile(short, 0.99):.1f} ms, "
                    f"{active} active; then {after}")
        is_right = set(codes) == {"DEADLINE_EXCEEDED"} and active == "no" and after == "OK"
        return expect(is_right and middle[0] < middle[1], observed)
