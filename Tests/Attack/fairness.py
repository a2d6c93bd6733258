"""One caller asks for more than its share; another, modest one is timed beside it. See docs/decisions/fair-shares.md."""

import asyncio
import multiprocessing
import random
import time

from lab import attack, expect
from likeness.v1 import admin_service_pb2 as admin
from likeness.v1 import profile_service_pb2 as profiles
from likeness.v1 import search_service_pb2 as search
from likeness_rpc import Connection, RPCError

QUERY, BATCH = "likeness.v1.SearchService/Query", "likeness.v1.SearchService/QueryBatch"
HEALTH, VERSION = "likeness.v1.AdminService/GetHealth", "likeness.v1.AdminService/GetVersion"
SERVED = {}  # A service with several callers and no settings of its own.
# A busy machine lets a call wait for this long by itself.
SLACK_MS = 25
WORDS = "engineer manager nurse teacher hospital school software project research city night team design".split()


def text(asked, mode=search.SEARCH_MODE_TEXT, **fields):
    return search.QueryRequest(query={"text": {"text": asked, "mode": mode}}, **fields)


def modest_search(mode=search.SEARCH_MODE_TEXT):
    """A search as a person makes it, each with other words."""
    numbers = iter(range(1 << 30))
    async def call(connection):
        word = WORDS[next(numbers) % len(WORDS)]
        await connection.unary(QUERY, text(f"{word} in {next(numbers)}", mode), search.QueryResponse, timeout=8)
    return call


def flood(lab, make, outstanding, caller="greedy", connections=1, method=QUERY, answer=search.QueryResponse, timeout=30):
    """Keeps so many calls outstanding until stopped. Returns (during, outcomes): how the calls ended, counted.

    In a process of its own: in that of the modest caller, decoding large answers would delay what is timed.
    """
    outcomes = {}

    async def worker(connection, counts):
        while True:
            try:
                await connection.unary(method, make(), answer, timeout=timeout)
                outcome = "OK"
            except RPCError as error:
                outcome = error.code
                # A client that is told to wait does, though not for long.
                if outcome == "RESOURCE_EXHAUSTED":
                    await asyncio.sleep(0.05)
            counts[outcome] = counts.get(outcome, 0) + 1

    async def run(stop, counts):
        opened = [await Connection.open(lab.service.caller_file(caller)) for _ in range(connections)]
        workers = [asyncio.create_task(worker(opened[number % connections], counts)) for number in range(outstanding)]
        while not stop.is_set():
            await asyncio.sleep(0.05)
        for one in workers:
            one.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for one in opened:
            await one.__aexit__()

    def greedy(stop, ended):
        counts = {}
        try:
            asyncio.run(run(stop, counts))
        finally:
            ended.send(counts)

    def during(stop):
        processes = multiprocessing.get_context("fork")
        leaves, (ended, end) = processes.Event(), processes.Pipe(duplex=False)
        process = processes.Process(target=greedy, args=(leaves, end), daemon=True)
        process.start()
        end.close()
        try:
            stop.wait()
            leaves.set()
            if ended.poll(30):
                outcomes.update(ended.recv())
        except EOFError:
            pass
        finally:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()

    return during, outcomes


def beside(lab, call, during, outcomes=None):
    alone, p99, failed, made = lab.alone_and_beside(call, during, lab.count(6, 3), lab.count(12, 5))
    seen = f"p99 {alone:.0f} ms alone, {p99:.0f} ms beside ({p99 / alone:.1f} ×), {failed} of {made} failed"
    if outcomes is not None:
        seen += "; the greedy caller: " + (", ".join(f"{count} {code}" for code, count in outcomes.items()) or "no answer")
    expect(failed == 0 and p99 <= 3 * alone + SLACK_MS, seen)
    # What the greedy caller began is over soon after it left.
    time.sleep(1)
    return seen


def people(lab):
    lab.people(lab.count(17_000, 2_000))


def one_call(lab, request, caller="greedy", method=QUERY, answer=search.QueryResponse, timeout=30):
    """(code, seconds, answer or message) of one call."""
    async def run():
        async with await Connection.open(lab.service.caller_file(caller)) as connection:
            begun = time.monotonic()
            try:
                said, code = await connection.unary(method, request, answer, timeout=timeout), "OK"
            except RPCError as error:
                said, code = error.message, error.code
            return code, time.monotonic() - begun, said
    return asyncio.run(run())


@attack("8a", "20 hybrid searches outstanding on one connection", "p99 of another caller ≤ 3 × alone", embeds=True,
        settings=SERVED)
def hybrid_searches(lab):
    people(lab)
    numbers = iter(range(1 << 30))
    make = lambda: text(" ".join(random.sample(WORDS, 8)) + f" {next(numbers)}", search.SEARCH_MODE_HYBRID, limit=100)
    during, outcomes = flood(lab, make, 20)
    return beside(lab, modest_search(search.SEARCH_MODE_HYBRID), during, outcomes)


@attack("8b", "64 connections of one caller with 4 searches each", "p99 of another caller ≤ 3 × alone", settings=SERVED)
def many_connections(lab):
    people(lab)
    during, outcomes = flood(lab, lambda: text(" ".join(WORDS), limit=100), 4 * lab.count(60, 16),
                             connections=lab.count(60, 16))
    return beside(lab, modest_search(), during, outcomes)


@attack("8c", "engineer -a0 … -a99 (609 bytes)", "as cheap as the word alone; p99 of another ≤ 3 × alone", settings=SERVED)
def exclusions(lab):
    people(lab)
    asked = "engineer " + " ".join(f"-a{number}" for number in range(100))
    one_call(lab, text("engineer"))
    code, plain, _ = one_call(lab, text("engineer"))
    expect(code == "OK", code)
    code, seconds, _ = one_call(lab, text(asked))
    seen = f"{seconds * 1000:.0f} ms, the word alone {plain * 1000:.0f} ms"
    expect(code == "OK" and seconds < 5 * plain + 0.1, f"{code} after {seen}")
    code, _, said = one_call(lab, text(asked + " -b"))
    expect(code == "INVALID_ARGUMENT" and "query.text.text" in said, f"101 exclusions: {code} {said}")
    during, outcomes = flood(lab, lambda: text(asked), 10)
    return f"{seen}; {beside(lab, modest_search(), during, outcomes)}"


@attack("8d", "experiences.title=\"*zq*\", 5, 10 and 100 times with OR", "refused above the bound; p99 of another ≤ 3 × alone",
        settings=SERVED)
def stars(lab):
    people(lab)
    filters = lambda count: " OR ".join(f'experiences.title="*zq{number}*"' for number in range(count))
    for count in (10, 100):
        code, seconds, said = one_call(lab, text("engineer", filter=filters(count)))
        expect(code == "INVALID_ARGUMENT" and "filter" in said, f"{count} stars: {code} after {seconds:.1f} s")
    code, seconds, _ = one_call(lab, text("engineer", filter=filters(5)))
    expect(code == "OK", f"5 stars: {code}")
    during, outcomes = flood(lab, lambda: text("engineer", filter=filters(5)), 20)
    return f"5 stars {seconds:.1f} s; {beside(lab, modest_search(), during, outcomes)}"


@attack("8e", "QueryBatch of 50 large queries", "answered in part before its deadline; p99 of another ≤ 3 × alone",
        settings=SERVED)
def batches(lab):
    people(lab)
    make = lambda: search.QueryBatchRequest(queries=[text(" ".join(random.sample(WORDS, 10)), limit=1000)] * 50)
    code, seconds, said = one_call(lab, make(), method=BATCH, answer=search.QueryBatchResponse, timeout=5)
    expect(code == "OK" and len(said.results) == 50, f"{code} after {seconds:.1f} s: {said}")
    answered = sum(one.HasField("response") for one in said.results)
    codes = {one.error.code for one in said.results if one.HasField("error")}
    seen = f"{answered} of 50 items in {seconds:.1f} s, the others {sorted(codes)}"
    expect(answered > 0 and codes <= {4, 8}, seen)
    during, outcomes = flood(lab, make, 10, method=BATCH, answer=search.QueryBatchResponse, timeout=5)
    return f"{seen}; {beside(lab, modest_search(), during, outcomes)}"


@attack("8f", "calls with a deadline of an hour, and with none", "ended at the server's maximum",
        own=True, settings={"rpc.reader_deadline_max": "1s"})
def long_deadlines(lab):
    people(lab)
    filters = " OR ".join(f'experiences.title="*zq{number}*"' for number in range(5))
    make = lambda: text(" ".join(WORDS), limit=1000, filter=filters)
    found = []
    async def run(timeout):
        async with await Connection.open(lab.service.caller_file("greedy")) as connection:
            begun = time.monotonic()
            calls = [connection.unary(QUERY, make(), search.QueryResponse, timeout=timeout) for _ in range(30)]
            codes = [getattr(one, "code", "OK") for one in await asyncio.gather(*calls, return_exceptions=True)]
            found.append((time.monotonic() - begun, sorted(set(codes))))
    for timeout in (3600, None):
        asyncio.run(run(timeout))
    seen = "; ".join(f"{seconds:.1f} s: {', '.join(codes)}" for seconds, codes in found)
    expect(all(seconds < 4 for seconds, _ in found), seen)
    return seen


@attack("8g", "a caller leaves in the middle of its searches", "its statements end", settings=SERVED)
def callers_leave(lab):
    people(lab)
    filters = " OR ".join(f'experiences.title="*zq{number}*"' for number in range(5))
    async def run():
        connection = await Connection.open(lab.service.caller_file("greedy"))
        calls = [asyncio.create_task(connection.unary(QUERY, text("engineer", filter=filters), search.QueryResponse, timeout=60))
                 for _ in range(40)]
        await asyncio.sleep(0.3)
        connection.writer.transport.abort()
        await asyncio.gather(*calls, return_exceptions=True)
        await connection.__aexit__()
        begun = time.monotonic()
        async with await Connection.open(lab.service.client_file) as operator:
            while time.monotonic() - begun < 20:
                said = await operator.unary("likeness.v1.AdminService/GetStatistics", admin.GetStatisticsRequest(),
                                            admin.GetStatisticsResponse, timeout=10)
                # This call has a connection of its own.
                if said.pool.busy <= 1 and said.pool.waiting == 0:
                    return time.monotonic() - begun
                await asyncio.sleep(0.05)
        return 20.0
    seconds = asyncio.run(run())
    return expect(seconds < 3, f"the pool is free {seconds:.2f} s later")


@attack("9a", "a flood of GetHealth by a caller without a role", "p99 of another ≤ 3 × alone, none refused; no details",
        settings=SERVED)
def health_flood(lab):
    people(lab)
    code, _, said = one_call(lab, admin.GetHealthRequest(), "stranger", HEALTH, admin.GetHealthResponse)
    expect(code == "OK" and not said.components, f"{code}: {len(getattr(said, 'components', []))} components for a stranger")
    code, _, said = one_call(lab, admin.GetHealthRequest(), "modest", HEALTH, admin.GetHealthResponse)
    expect(code == "OK" and said.components, "no components for a reader")
    during, outcomes = flood(lab, admin.GetHealthRequest, lab.count(400, 200), "stranger", 4, HEALTH, admin.GetHealthResponse)
    return beside(lab, modest_search(), during, outcomes)


@attack("9d", "`admin status` in a flood of searches", "5 of 5 are served", settings=SERVED)
def status_in_a_flood(lab):
    people(lab)
    during, outcomes = flood(lab, lambda: text(" ".join(WORDS), limit=1000), 300, connections=4)
    import threading
    stop = threading.Event()
    thread = threading.Thread(target=during, args=(stop,), daemon=True)
    thread.start()
    time.sleep(2)
    try:
        done = [lab.likeness("admin", "status") for _ in range(5)]
    finally:
        stop.set()
        thread.join(60)
    served = sum(one.returncode == 0 for one in done)
    return expect(served == 5, f"{served} of 5 served; {done[-1].stderr.strip()[-100:]}" if served < 5 else "5 of 5 served")


SIGNS = ["％", "＿", "＼", "﹪", "\\", "%", "_", "*", "＊", "\"", "'", "⁄", "ß", "ﬁ", "İ", "\u0301", "\u200d", "\ufeff", "\U0010ffff",
         " ", "\u00a0", ".", "-", "(", ")", ":", "=", "<", "!", "&", "|", "\t", "\x01", "😀", "٣", "１"]
FIELDS = ["slug", "display_name", "headline", "location", "summary", "tags", "keywords", "experiences.title",
          "experiences.description", "experiences.tags", "skills.name", "skills.keywords", "attributes.a", "create_time",
          "experiences.start_date", "revision", "id", "experiences.category", 'attributes."％"']


def hostile_filters(count, seed):
    """The smallest ones that were ever answered as a fault of the server, and random ones."""
    yield from ['display_name = "％*"', 'display_name = "*＼"', 'display_name = "*＿＼*"', "tags = '*＼'", 'headline = "＼*"',
                'slug = "\\\\*"', "attributes" + ".a" * 2_000 + " = 1", "attributes" + ".a" * 64 + ":1",
                'attributes.a < 1e999999', "attributes.a = " + "9" * 100, "create_time = \"9999-12-31T23:59:59-15:59\"",
                'summary:"' + "x" * 3_000 + '"', "create_time < 0001", "revision = 9223372036854775807"]
    source = random.Random(seed)
    for _ in range(count):
        value = "".join(source.choice(SIGNS) for _ in range(source.randint(1, 12))).replace("\"", "\\\"")
        star = source.choice(["", "*"])
        yield f'{source.choice(FIELDS)} {source.choice(["=", "!=", ":", "<", ">="])} "{star}{value}{source.choice(["", "*"])}"'


def never_internal(lab, calls):
    """Makes all calls; each is answered, and none as a fault of the server."""
    found, bad = {}, []
    async def run():
        async with await Connection.open(lab.service.client_file) as connection:
            for what, method, request, answer in calls:
                try:
                    await connection.unary(method, request, answer, timeout=20)
                    code = "OK"
                except RPCError as error:
                    code = error.code
                found[code] = found.get(code, 0) + 1
                if code not in ("OK", "INVALID_ARGUMENT", "NOT_FOUND", "UNIMPLEMENTED"):
                    bad.append(f"{code} for {what[:80]!r}")
    asyncio.run(run())
    return expect(not bad, "; ".join(bad[:5]) or ", ".join(f"{count} {code}" for code, count in sorted(found.items())))


@attack("13a", "filters with signs that folding turns into wildcards, and deep attributes", "INVALID_ARGUMENT or an answer",
        settings=SERVED)
def filters(lab):
    people(lab)  # Without anybody a pattern is never compared.
    return never_internal(lab, [
        (one, "likeness.v1.ProfileService/ListProfiles", profiles.ListProfilesRequest(filter=one, page_size=5),
         profiles.ListProfilesResponse) for one in hostile_filters(lab.count(2_000, 200), 13)])


@attack("13b", "hostile texts in every text field of a search, and long ones in each mode",
        "INVALID_ARGUMENT or an answer", embeds=True, settings=SERVED)
def texts(lab):
    people(lab)
    source = random.Random(14)
    calls = []
    for _ in range(lab.count(500, 60)):
        word = "".join(source.choice(SIGNS) for _ in range(source.randint(1, 30)))
        for request in (
            text(word), text(f"engineer -{word}"), text(f'engineer "{word}"'), text("engineer", embedding_space=word[:15]),
            text("engineer", consistency_token=word[:20]), text("engineer", page_token=word), text("engineer", mask=word),
            text(word, search.SEARCH_MODE_VECTOR), text(word, search.SEARCH_MODE_HYBRID),
        ):
            calls.append((word, QUERY, request, search.QueryResponse))
        calls.append((word, "likeness.v1.SearchService/Suggest", search.SuggestRequest(prefix=word[:50]),
                      search.SuggestResponse))
        calls.append((word, "likeness.v1.ProfileService/ListProfiles", profiles.ListProfilesRequest(page_token=word),
                      profiles.ListProfilesResponse))
    calls.append(("a word of 9,000 letters", QUERY, text("x" * 9_000), search.QueryResponse))
    calls.append(("an excluded one", QUERY, text("engineer -" + "x" * 9_000), search.QueryResponse))
    calls.append(("a phrase of one", QUERY, text('engineer "' + "x" * 9_000 + '"'), search.QueryResponse))
    # The model reads some 190 words of English at once; a search text has 10,000 characters at most.
    for count in (180, 300, 600, 1_200):
        for mode in (search.SEARCH_MODE_VECTOR, search.SEARCH_MODE_HYBRID):
            long = text("nurse in " + "a war " * count, mode)
            for more in ({}, {"facets": ["tags"]}, {"page_window": 20}, {"group_by": search.GROUP_BY_SECTION}):
                calls.append((f"{count} times two words", QUERY, text(long.query.text.text, mode, **more), search.QueryResponse))
            calls.append((f"{count} times two words", "likeness.v1.SearchService/ExplainQuery",
                          search.ExplainQueryRequest(query=long), search.ExplainQueryResponse))
    return never_internal(lab, calls)
