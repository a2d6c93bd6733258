"""How long after a change its events arrive, while others write and several watch."""
import asyncio
import os
import sys
import time

import report
from client import field, fields
from measure import TICK, cpu_seconds_of_children, percentile, say
from saved_searches import Message

WATCH = "likeness.v1.ProfileService/WatchProfiles"
UPDATE = "likeness.v1.ProfileService/UpdateProfile"
# Whose events are read one by one; the others are counted. Of calls that write so many are under way at once, on so many connections.
TIMED, CALLS, CONNECTIONS = 2, 32, 4
# Seconds within which the last events must come.
PATIENCE = 60


class Watch:
    """Notes how long after their changes events come."""

    def __init__(self, with_profiles):
        self.delays, self.counts, self.tasks, self.open = [], {}, [], 0
        self.request = b"\x28\x01" if with_profiles else b""

    async def follow(self, connection, number):
        call = await connection.start(WATCH, Message, Message(self.request))
        self.open += 1
        self.counts[number] = 0
        async for answer in call:
            now = time.time()
            for key, value in fields(answer):
                if key != 1:
                    continue
                self.counts[number] += 1
                if number < TIMED:
                    moment = dict(fields(dict(fields(value))[5]))
                    self.delays.append(now - moment.get(1, 0) - moment.get(2, 0) / 1e9)


class Bench:
    def __init__(self, options, service):
        sys.path.insert(0, os.path.join(options.root, "examples", "python"))
        import likeness_rpc
        self.rpc, self.options, self.service = likeness_rpc, options, service
        self.ids = service.sql("SELECT id FROM profiles WHERE is_active ORDER BY id").split()
        self.steps = 0

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

    async def write(self, connection, places, start, latencies):
        for place in places:
            await asyncio.sleep(max(0, start + place / self.options.rate - time.monotonic()))
            key = field(1, field(1, self.ids[place * 7919 % len(self.ids)].encode()))
            # Another one than it has, of few: it is not embedded, and soon suggested already.
            location = f"Place {(place + place // len(self.ids) + 17 * self.steps) % 50}"
            request = key + field(2, field(7, location.encode())) + field(3, field(1, b"location"))
            sent = time.monotonic()
            await connection.unary(UPDATE, Message(request), Message)
            latencies.append(1000 * (time.monotonic() - sent))

    async def measure(self, watchers, with_profiles=False):
        self.steps += 1
        watch = Watch(with_profiles)
        connections = [await self.connect() for _ in range(watchers + CONNECTIONS)]
        for number in range(watchers):
            watch.tasks.append(asyncio.create_task(watch.follow(connections[number], number)))
        while watch.open < watchers:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        total, latencies = round(self.options.seconds * self.options.rate), []
        before, start = self.cpu_seconds(), time.monotonic()
        await asyncio.gather(*(
            self.write(connections[watchers + one % CONNECTIONS], range(one, total, CALLS), start, latencies) for one in range(CALLS)))
        written = time.monotonic() - start
        while any(count < total for count in watch.counts.values()):
            if time.monotonic() > start + written + PATIENCE:
                raise SystemExit(f"bench: of {total} changes there are {sorted(watch.counts.values())} events")
            await asyncio.sleep(0.02)
        postgres, service = self.spent(before, self.cpu_seconds())
        for task in watch.tasks:
            task.cancel()
        await asyncio.gather(*watch.tasks, return_exceptions=True)
        for connection in connections:
            await connection.__aexit__()
        delays, latencies = sorted(1000 * delay for delay in watch.delays), sorted(latencies)
        return {
            "watchers": watchers, "with_profiles": with_profiles, "writes": total, "writes_per_second": total / written,
            "events": sum(watch.counts.values()), "write_p50_ms": percentile(latencies, 0.5), "write_p99_ms": percentile(latencies, 0.99),
            "delay_p50_ms": percentile(delays, 0.5) if delays else None, "delay_p99_ms": percentile(delays, 0.99) if delays else None,
            "delay_max_ms": delays[-1] if delays else None,
            "postgres_ms_per_write": postgres / total, "service_ms_per_write": service / total,
        }

    async def run(self):
        rows = []
        for watchers, with_profiles in [(0, False), (10, False), (10, True)]:
            say(f"{watchers} watchers{', with profiles' if with_profiles else ''}")
            rows.append(await self.measure(watchers, with_profiles))
            say("    " + ", ".join(f"{name} {value}" for name, value in zip(HEADINGS, cells(rows[-1]))))
        return rows


HEADINGS = ["watchers", "with profiles", "writes/s", "delay p50 ms", "p99 ms", "max ms", "write p50 ms", "write p99 ms",
            "PostgreSQL ms a write", "service ms a write"]


def cells(row):
    delays = [f"{row[key]:.0f}" if row[key] is not None else "" for key in ("delay_p50_ms", "delay_p99_ms", "delay_max_ms")]
    return [str(row["watchers"]), "yes" if row["with_profiles"] else "no", f"{row['writes_per_second']:.0f}", *delays,
            *(f"{row[key]:.1f}" for key in ("write_p50_ms", "write_p99_ms", "postgres_ms_per_write", "service_ms_per_write"))]


def table(rows):
    return report.markdown(HEADINGS, [cells(row) for row in rows])


def measure(options, service):
    return asyncio.run(Bench(options, service).run())
