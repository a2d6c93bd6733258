"""Small calls with large answers."""

import time

from lab import attack, expect
from peer import Peer

PROFILES = "likeness.v1.ProfileService/"
MEMORY = 256 << 20


def large(slug, mebibytes=2.8):
    """A profile of ordinary texts, of so many mebibytes."""
    from likeness.v1 import profile_pb2
    profile = profile_pb2.Profile(slug=slug, display_name="Large")
    for number in range(int(mebibytes * (1 << 20) / 60_020)):
        profile.experiences.add(title=f"Title {number}", description="字" * 20_000)
    return profile


def create(service, profile):
    """Asks for a profile to be stored. The code."""
    from likeness.v1 import profile_service_pb2 as pb
    with Peer(service) as peer:
        request = pb.CreateProfileRequest(profile=profile)
        return peer.call(PROFILES + "CreateProfile", request, timeout=60, timeout_us=60_000_000)[0]


def store(service, profile):
    """Stores a profile unless it is there: a case about what is read holds of itself where nothing is stored."""
    code = create(service, profile)
    expect(code in ("OK", "ALREADY_EXISTS"), f"storing {profile.slug}: {code}")


def batch(slugs):
    from likeness.v1 import profile_pb2, profile_service_pb2 as pb
    return pb.BatchGetProfilesRequest(keys=[profile_pb2.ProfileKey(slug=slug) for slug in slugs])


def growth(lab, work):
    """What `work` returns, the seconds it took and the resident bytes that the service needed for it."""
    before = lab.service.memory()
    lab.service.forget_peak()
    begun = time.monotonic()
    result = work()
    seconds = time.monotonic() - begun
    return result, seconds, max(0, lab.service.peak_memory() - before)


def read(lab, message):
    """One BatchGetProfiles: the code of the call and how many of its items are profiles."""
    from likeness.v1 import profile_service_pb2 as pb
    with Peer(lab.service) as peer:
        code, _, _, _, answer = peer.call(PROFILES + "BatchGetProfiles", message, timeout=60)
    results = pb.BatchGetProfilesResponse.FromString(answer).results if code == "OK" else []
    return code, sum(result.HasField("profile") for result in results)


@attack("6a", "forty equal keys of a profile with forty numbers 1e131000", "daemon alive, memory within 256 MB", own=True)
def large_numbers(lab):
    from likeness.v1 import profile_pb2
    profile = profile_pb2.Profile(slug="numbers", display_name="N",
                                  attributes_json='{"n":[' + ",".join(["1e131000"] * 40) + "]}")
    stored = create(lab.service, profile)
    (code, found), seconds, bytes_more = growth(lab, lambda: read(lab, batch(["numbers"] * 40)))
    seen = f"create {stored}, read {code} with {found}, +{bytes_more >> 20} MiB"
    expect(bytes_more < MEMORY, seen)
    expect(stored == "INVALID_ARGUMENT", seen)
    return seen


@attack("6b", "two hundred equal keys of a profile of 2.8 MiB", "one profile, memory within 256 MB, the loop not held",
        own=True)
def equal_keys(lab):
    store(lab.service, large("large"))
    count = lab.count(200, 60)
    alone = min(growth(lab, lambda: read(lab, batch(["large"])))[1] for _ in range(3))
    (code, found), seconds, bytes_more = growth(lab, lambda: read(lab, batch(["large"] * count)))
    seen = f"{count} keys: {code} with {found}, +{bytes_more >> 20} MiB, {seconds:.2f} s; one key {alone:.2f} s"
    expect(code == "OK" and found >= 1, seen)
    expect(bytes_more < MEMORY, seen)
    expect(seconds < 6 * alone + 0.5, seen)
    return seen


@attack("6c", "forty different profiles of 2.8 MiB in one batch", "memory within 256 MB", own=True)
def different_keys(lab):
    count = lab.count(40, 12)
    slugs = [f"large-{number}" for number in range(count)]
    for slug in slugs:
        store(lab.service, large(slug))
    (code, found), seconds, bytes_more = growth(lab, lambda: read(lab, batch(slugs)))
    seen = f"{count} keys: {code} with {found}, +{bytes_more >> 20} MiB, {seconds:.2f} s"
    expect(bytes_more < MEMORY, seen)
    expect(code == "OK" and found >= 1, seen)
    return seen


@attack("6d", "a batch of fifty queries for a thousand hits with headlines of 4 kB", "memory within 256 MB", own=True)
def query_batch(lab):
    from likeness.v1 import profile_pb2, profile_service_pb2 as pb, search_service_pb2 as search
    with Peer(lab.service) as peer:
        for start in range(0, 1_000, 200):
            people = [profile_pb2.Profile(slug=f"p-{number}", display_name="Sailor", headline="字" * 1_000, summary="Sailed.")
                      for number in range(start, start + 200)]
            peer.call(PROFILES + "BatchUpsertProfiles", pb.BatchUpsertProfilesRequest(profiles=people), timeout=120)
    one = search.QueryRequest(query=search.Query(text=search.TextQuery(text="sailed", mode=3)), limit=1_000)
    many = search.QueryBatchRequest(queries=[one] * lab.count(50, 10))

    def ask():
        with Peer(lab.service) as peer:
            code, text, _, _, answer = peer.call("likeness.v1.SearchService/QueryBatch", many, timeout=60,
                                                 timeout_us=60_000_000)
        results = search.QueryBatchResponse.FromString(answer).results if code == "OK" else []
        return code, sum(result.HasField("response") for result in results)

    (code, found), seconds, bytes_more = growth(lab, ask)
    seen = f"{len(many.queries)} queries: {code} with {found} answers, +{bytes_more >> 20} MiB, {seconds:.2f} s"
    expect(bytes_more < MEMORY, seen)
    return seen


@attack("6e", "forty connections that ask for 2.8 MiB four times and do not read", "memory within 256 MB, small calls go on",
        own=True)
def unread(lab):
    from likeness.v1 import admin_service_pb2 as admin, profile_pb2, profile_service_pb2 as pb
    store(lab.service, large("large"))
    get = pb.GetProfileRequest(key=profile_pb2.ProfileKey(slug="large"))
    peers = []

    def ask():
        for _ in range(lab.count(40, 20)):
            peer = Peer(lab.service, receive_bytes=4_096)
            peers.append(peer)
            for _ in range(4):
                peer.start(PROFILES + "GetProfile", get)
        codes = set()
        for _ in range(5):
            with Peer(lab.service) as peer:
                codes.add(peer.call("likeness.v1.AdminService/GetVersion", admin.GetVersionRequest(), timeout=20)[0])
            time.sleep(0.5)
        return codes

    try:
        codes, seconds, bytes_more = growth(lab, ask)
    finally:
        for peer in peers:
            peer.close()
    seen = f"{len(peers)} connections, +{bytes_more >> 20} MiB, small calls beside {sorted(codes)}"
    expect(bytes_more < MEMORY, seen)
    expect(codes == {"OK"}, seen)
    return seen


@attack("6f", "an upsert of thirty slugs that name profiles of 2.8 MiB", "memory within 256 MB", own=True)
def upserts(lab):
    from likeness.v1 import profile_pb2, profile_service_pb2 as pb
    count = lab.count(30, 12)
    for number in range(count):
        store(lab.service, large(f"large-{number}"))
    people = [profile_pb2.Profile(slug=f"large-{number}", display_name="x", headline="x") for number in range(count)]

    def write():
        with Peer(lab.service) as peer:
            return peer.call(PROFILES + "BatchUpsertProfiles", pb.BatchUpsertProfilesRequest(profiles=people), timeout=120)

    (code, *_), seconds, bytes_more = growth(lab, write)
    seen = f"{count} profiles: {code}, +{bytes_more >> 20} MiB, {seconds:.2f} s"
    expect(bytes_more < MEMORY, seen)
    expect(code == "OK", seen)
    return seen


@attack("6g", "a modest caller beside a batch of large profiles, asked for again and again", "no call fails; p99 beside is reported",
        own=True)
def modest(lab):
    from likeness.v1 import profile_pb2, profile_service_pb2 as pb
    for number in range(4):
        store(lab.service, large(f"large-{number}"))
    store(lab.service, profile_pb2.Profile(slug="small", display_name="Small"))
    keys = [f"large-{number % 4}" for number in range(40)]
    small = pb.GetProfileRequest(key=profile_pb2.ProfileKey(slug="small"))

    async def call(connection):
        await connection.unary(PROFILES + "GetProfile", small, pb.GetProfileResponse, timeout=10)

    def during(stop):
        while not stop.is_set():
            read(lab, batch(keys))

    alone, beside, failed, made = lab.alone_and_beside(call, during)
    seen = f"p99 {alone:.0f} ms alone, {beside:.0f} ms beside; {failed} of {made} failed"
    expect(failed == 0, seen)
    return seen
