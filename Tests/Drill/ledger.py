"""What is stored when all is over: each profile with its history, and what the tables say of those who are gone."""

import asyncio

from callers import PROFILES, key, state_of
from likeness.v1 import profile_pb2
from likeness.v1 import profile_service_pb2 as service
from likeness_rpc import Connection, RPCError
from record import Stored

# What the drill looks at of a profile.
FIELDS = ("headline", "attributes_json", "skills", "delete_time")


async def stored_profiles(daemon, ids):
    """A `Stored` for each id, None for who is not there."""
    async with await Connection.open(daemon.client_file, host="127.0.0.1", port=daemon.port) as connection:
        waiting, found = list(ids), {}

        async def read():
            while waiting:
                profile = waiting.pop()
                found[profile] = await _stored(connection, profile)

        await asyncio.gather(*(read() for _ in range(8)))
        return found


async def _stored(connection, profile):
    try:
        last = (await connection.unary(PROFILES + "GetProfile", service.GetProfileRequest(key=key(profile)),
                                       service.GetProfileResponse, timeout=60)).profile
    except RPCError as error:
        if error.code == "NOT_FOUND":
            return None
        raise
    stored, current, token = Stored(), last, ""
    while True:
        request = service.ListRevisionsRequest(key=key(profile), show_old_values=True, page_token=token)
        page = await connection.unary(PROFILES + "ListRevisions", request, service.ListRevisionsResponse, timeout=60)
        for one in page.revisions:
            stored.states[one.revision], stored.methods[one.revision] = state_of(current), one.method
            earlier = profile_pb2.Profile()
            earlier.CopyFrom(current)
            for name in set(one.changed_paths) & set(FIELDS):
                earlier.ClearField(name)
            earlier.MergeFrom(one.old_values)
            current = earlier
        token = page.next_page_token
        if not token:
            return stored


# Rows that an erased profile must not have, and sections of live ones that are neither embedded nor waiting to be.
GONE = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM {table} WHERE {column} = ANY ('{{{{{{ids}}}}}}')" for table, column in [
        ("profiles", "id"), ("experiences", "profile_id"), ("skills", "profile_id"), ("external_ids", "profile_id"),
        ("former_slugs", "profile_id"), ("embedding_outbox", "profile_id"),
        ("profile_revisions", "profile_id"), ("request_ids", "subject_id")])
# Of those erased a row stays for a while, so that indexes in memory hear of it.
WORDS = "SELECT count(*) FROM profile_words w WHERE w.words <> '' AND NOT EXISTS (SELECT FROM profiles p WHERE p.id = w.profile_id)"
UNSEEN = """
WITH sections AS (
    SELECT id AS section_id, 1 AS kind, id AS profile_id FROM profiles WHERE is_active
    UNION ALL SELECT DISTINCT profile_id, 3, profile_id FROM skills WHERE profile_id IN (SELECT id FROM profiles WHERE is_active))
SELECT count(*) FROM sections s CROSS JOIN embedding_spaces e
WHERE NOT EXISTS (SELECT FROM embedding_outbox o WHERE (o.space, o.section_id, o.kind) = (e.name, s.section_id, s.kind))"""
WORDLESS = "SELECT count(*) FROM profiles p WHERE is_active AND NOT EXISTS (SELECT FROM profile_words w WHERE w.profile_id = p.id)"


def faults_of_tables(cluster, erased):
    """What the tables have too much of or too little."""
    found = []
    if erased:
        for line in cluster.sql(GONE.replace("{{{ids}}}", "{" + ",".join(sorted(erased)) + "}")).splitlines():
            table, count = line.split("|")
            if int(count):
                found.append(f"{table} has {count} rows of erased profiles")
    for text, statement in (("erased profiles have words", WORDS), ("sections wait for no embedding", UNSEEN), ("live profiles have no words", WORDLESS)):
        if int(count := cluster.sql(statement)):
            found.append(f"{count} {text}")
    return found
