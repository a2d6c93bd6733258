"""What saved searches cost: how long after a write its events arrive, and what PostgreSQL spends on a write, with none, some and many."""
import asyncio
import os
import random
import re
import statistics
import struct
import sys
import time

import report
from client import field, fields, varint
from measure import TICK, cpu_seconds_of_children, percentile, run, say
from search_scale import MODES

SAVE = "likeness.v1.SavedSearchService/CreateSavedSearch"
WATCH = "likeness.v1.SavedSearchService/WatchSearch"
UPDATE = "likeness.v1.ProfileService/UpdateProfile"
# Ten of every kind's share: 600, 200, 100, 50 and 50 of a thousand.
KINDS = ["text"] * 12 + ["filter"] * 4 + ["mask"] * 2 + ["vector", "hybrid"]
MASKS = ["internal", "recruiter", "blind"]
# The number of SearchEventKind.
MATCHED, CEASED = 2, 3
# Streams, and those of one connection.
WATCHED, STREAMS = 100, 50
# Seconds within which it must be known who matches, and within which the last events must come.
FOUND_SECONDS, PATIENCE = 1_800, 60


class Message:
    """Encoded already."""

    def __init__(self, data):
        self.data = data

    def SerializeToString(self):  # noqa: N802, as protobuf calls it
        return self.data

    @staticmethod
    def FromString(data):  # noqa: N802
        return data


class People:
    """Who is stored, and the words that they have; the same data gives the same searches and the same writes."""

    def __init__(self, service):
        self.random = random.Random(7)
        rows = service.sql("SELECT id, replace(summary, E'\\n', ' ') FROM profiles WHERE is_active ORDER BY id").splitlines()
        self.summaries = dict(row.split("|", 1) for row in rows)
        self.ids = sorted(self.summaries, key=lambda id: self.random.random())
        self.texts = [text for text in self.summaries.values() if len(self._words(text)) >= 8]
        self.skills = service.sql(
            "SELECT name FROM skills WHERE name !~ '[\"\\\\]' GROUP BY name HAVING count(*) BETWEEN 5 AND 1000 ORDER BY name"
        ).splitlines()

    @staticmethod
    def _words(text):
        return list(dict.fromkeys(re.findall(r"[^\W\d_]{4,}", text)))

    def words(self, count):
        return " ".join(self.random.sample(self._words(self.random.choice(self.texts)), count))

    def search(self, number):
        """Its kind, and a CreateSavedSearchRequest."""
        kind = KINDS[number * 7 % len(KINDS)]
        mode, text, least, more = "text", self.words(4), 0.8, b""
        if kind == "filter":
            text, least = self.words(2), 0
            more = field(4, f'skills.name = "{self.random.choice(self.skills)}"'.encode())
        elif kind == "mask":
            more = field(5, MASKS[number % len(MASKS)].encode())
        elif kind != "text":
            mode, text, least = kind, self.random.choice(self.texts)[:200], 0.6
        query = field(1, field(1, field(1, text.encode()) + b"\x10" + varint(MODES[mode])))
        if least:
            query += b"\x19" + struct.pack("<d", least)
        return kind, field(1, field(2, f"search-{number}".encode()) + field(4, query + more))

    def write(self):
        """A profile that was not written yet, and an UpdateProfileRequest that gives it the summary of another one."""
        id = self.ids.pop()
        mask = field(1, b"summary")
        return id, field(1, field(1, id.encode())) + field(2, field(6, self.random.choice(self.texts).encode())) + field(3, mask)


class Watch:
    """Notes when events of which profiles come, by the kind of the search."""

    def __init__(self):
        self.arrivals, self.caught_up, self.tasks = [], 0, []

    async def follow(self, connection, number, kind):
        call = await connection.start(WATCH, Message, Message(field(1, f"search-{number}".encode()) + b"\x18\x01"))
        is_first = True
        async for answer in call:
            now = time.monotonic()
            for key, value in fields(answer):
                if key == 1:
                    event = dict(fields(value))
                    if event[1] in (MATCHED, CEASED):
                        self.arrivals.append((kind, bytes(dict(fields(event[2]))[1]).decode(), now))
            if is_first:
                self.caught_up, is_first = self.caught_up + 1, False


class Bench:
    def __init__(self, options, service):
        sys.path.insert(0, os.path.join(options.root, "examples", "python"))
        import likeness_rpc
        self.rpc, self.options, self.service, self.people = likeness_rpc, options, service, People(service)
        self.searches = []

    def connect(self):
        return self.rpc.Connection.open(self.service.client_file)

    def cpu_seconds(self):
        with open(f"/proc/{self.service.daemon.pid}/stat", encoding="ascii") as stat:
            times = stat.read().rsplit(")", 1)[1].split()
        return cpu_seconds_of_children(self.service.postmaster), (int(times[11]) + int(times[12])) / TICK

    @staticmethod
    def spent(before, after):
        """Milliseconds of PostgreSQL and of the service."""
        postgres = sum(seconds - before[0].get(process, 0) for process, seconds in after[0].items())
        return 1000 * postgres, 1000 * (after[1] - before[1])

    async def wait_for(self, seconds, what, condition):
        end = time.monotonic() + seconds
        while int(self.service.sql(condition)):
            if time.monotonic() > end:
                raise SystemExit(f"bench: {what} takes more than {seconds} s")
            await asyncio.sleep(0.2)

    async def save(self, count):
        """Seconds until it is known who matches them."""
        start = time.monotonic()
        async with await self.connect() as connection:
            while len(self.searches) < count:
                kind, request = self.people.search(len(self.searches))
                await connection.unary(SAVE, Message(request), Message)
                self.searches.append(kind)
        await self.wait_for(FOUND_SECONDS, "finding who matches", "SELECT count(*) FROM saved_searches WHERE basis IS NULL")
        return time.monotonic() - start

    async def measure(self, count):
        found = await self.save(count)
        watch, connections = Watch(), []
        step = max(1, count // WATCHED)
        # Of every kind: the steps alone would always meet the same.
        watched = [place * step + place % step for place in range(min(count, WATCHED))]
        for place, number in enumerate(watched):
            if place % STREAMS == 0:
                connections.append(await self.connect())
            watch.tasks.append(asyncio.create_task(watch.follow(connections[-1], number, self.searches[number])))
        while watch.caught_up < len(watched):
            for task in watch.tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        idle, idle_from = self.cpu_seconds(), time.monotonic()
        await asyncio.sleep(10)
        idle_seconds = time.monotonic() - idle_from
        idle = self.spent(idle, self.cpu_seconds())

        writes, latencies = {}, []
        interval, total = 1 / self.options.rate, round(self.options.seconds * self.options.rate)
        async with await self.connect() as connection:
            before, start = self.cpu_seconds(), time.monotonic()
            for number in range(total):
                await asyncio.sleep(max(0, start + number * interval - time.monotonic()))
                id, request = self.people.write()
                sent = time.monotonic()
                await connection.unary(UPDATE, Message(request), Message)
                writes[id] = (sent, time.monotonic())
                latencies.append(1000 * (writes[id][1] - sent))
        await self.wait_for(PATIENCE, "following the last writes", """SELECT (SELECT count(*) FROM saved_search_changes)
            + (SELECT count(*) FROM embedding_outbox)""")
        await asyncio.sleep(1)
        seconds = time.monotonic() - start
        postgres, service = self.spent(before, self.cpu_seconds())
        for task in watch.tasks:
            task.cancel()
        await asyncio.gather(*watch.tasks, return_exceptions=True)
        for connection in connections:
            await connection.__aexit__()
        # From the answer to the write, which comes when it is committed.
        delays = {}
        for kind, id, arrived in watch.arrivals:
            if id in writes:
                delays.setdefault(kind, []).append(arrived - writes[id][1])
        every = sorted(delay for some in delays.values() for delay in some)
        return {
            "searches": count, "streams": len(watched), "profiles": len(self.people.summaries), "writes": total,
            "writes_per_second": total / (seconds - 1), "found_seconds": found,
            "write_p50_ms": statistics.median(latencies),
            "events": int(self.service.sql("SELECT coalesce(sum(last_event), 0) FROM saved_searches")),
            "matches": int(self.service.sql("SELECT count(*) FROM saved_search_matches")),
            "postgres_ms_per_write": postgres / total, "service_ms_per_write": service / total,
            "postgres_idle_ms_per_second": idle[0] / idle_seconds, "service_idle_ms_per_second": idle[1] / idle_seconds,
            "delays_ms": {name: self.summary(some) for name, some in [("all", every), *sorted(delays.items())]},
        }

    @staticmethod
    def summary(delays):
        delays = sorted(1000 * delay for delay in delays)
        return {"events": len(delays), "p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99),
                "max": delays[-1] if delays else float("nan")}

    async def run(self):
        rows = []
        masks = f"{self.options.root}/examples/masks.jsonl"
        run([f"{self.options.binaries}/likeness", "mask", "import", masks, "--connect", self.service.client_file])
        for count in self.options.sizes:
            say(f"{count} saved searches")
            rows.append(await self.measure(count))
            say("    " + ", ".join(f"{name} {value}" for name, value in zip(HEADINGS, cells(rows[-1]))))
        return rows


HEADINGS = ["saved searches", "events seen", "delay p50 ms", "p99 ms", "max ms", "PostgreSQL ms a write", "service ms a write",
            "PostgreSQL idle ms/s", "write p50 ms"]


def cells(row):
    delays = row["delays_ms"]["all"]
    return [str(row["searches"]), str(delays["events"]), *(f"{delays[key]:.0f}" if delays["events"] else "" for key in ("p50", "p99", "max")),
            *(f"{row[key]:.1f}" for key in ("postgres_ms_per_write", "service_ms_per_write", "postgres_idle_ms_per_second", "write_p50_ms"))]


def table(rows):
    by_kind = [
        [str(row["searches"]), kind, str(some["events"]), f"{some['p50']:.0f}", f"{some['p99']:.0f}", f"{some['max']:.0f}"]
        for row in rows for kind, some in row["delays_ms"].items() if kind != "all" and some["events"]
    ]
    return report.markdown(HEADINGS, [cells(row) for row in rows]) + "\n\n" + report.markdown(
        ["saved searches", "kind", "events", "p50 ms", "p99 ms", "max ms"], by_kind)


def measure(options, service):
    return asyncio.run(Bench(options, service).run())
