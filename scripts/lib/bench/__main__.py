"""The benchmark: `scripts/bench --help` says what it measures."""
import argparse
import json
import os
import random
import statistics
import time

import change_feed
import ingest
import profile_echo
import report
import saved_searches
import scale_report
import search_options
import search_scale
from client import QUERY, floats, query, recall
from machine import description
from measure import memory_bytes, say, write_messages
from servers import Echoes, Service

SHAPES = [(1, 1), (4, 1), (10, 1), (4, 16), (10, 10)]
# Connections and calls on each, for so many calls at once.
SEARCHES = {1: (1, 1), 4: (4, 1), 16: (4, 4), 64: (4, 16), 256: (8, 32)}
ECHO = "likeness.interop.v1.InteropService/Echo"


def median(rounds, key):
    return statistics.median(item[key] for item in rounds)


class Rounds:
    """Says how far it is."""

    def __init__(self, count):
        self.count, self.started = count, time.monotonic()

    def __iter__(self):
        for index in range(self.count):
            yield index
            left = (time.monotonic() - self.started) / (index + 1) * (self.count - index - 1)
            say(f"    round {index + 1} of {self.count}, {int(left)} s left")


def echo_round(echoes, folder, seconds, warm_up):
    """One measurement of each shape, the floor and the service in turn."""
    return {
        name: {
            f"{connections}x{calls}": target.load(
                ECHO, f"{folder}/echo", connections, calls, seconds, warm_up, is_echo=True
            )
            for connections, calls in SHAPES
        }
        for name, target in (("floor", echoes.floor), ("echo", echoes.service))
    }


def echo_summary(rounds):
    shapes = [f"{connections}x{calls}" for connections, calls in SHAPES]
    return {
        name: {
            shape: {
                "rps": median([one[name][shape] for one in rounds], "rate"),
                "cpu_us": median([one[name][shape] for one in rounds], "process_cpu_us"),
                "p50_us": median([one[name][shape] for one in rounds], "p50_us"),
                "p99_us": median([one[name][shape] for one in rounds], "p99_us"),
            }
            for shape in shapes
        }
        for name in ("echo", "floor")
    }


def prepare_echo(folder):
    source = random.Random(1)
    messages = [floats([source.gauss(0, 1) for _ in range(384)]) for _ in range(16)]
    write_messages(f"{folder}/echo", messages)


def measure_echo(options):
    prepare_echo(options.folder)
    with Echoes(options) as echoes:
        rounds = [echo_round(echoes, options.folder, options.seconds, 0.5) for _ in Rounds(options.rounds)]
        summary = echo_summary(rounds)
        print(report.echo_table(summary))
        if options.profile:
            print(profile_echo.profile(echoes.service, ECHO, f"{options.folder}/echo", options.folder))
    return summary


def measure_connections(options):
    with Echoes(options) as echoes:
        before = memory_bytes(echoes.service.process)
        figures = {}
        child = echoes.hold(options.count)
        figures = json.loads(child.stdout.readline())
        # Buffers are given back after a second of rest.
        time.sleep(3)
        after = memory_bytes(echoes.service.process)
        child.communicate("")
    figures = {
        "connections": figures["connections"], "handshake_seconds": figures["seconds"],
        "handshake_cpu_us": figures["process_cpu_us"], "memory_bytes_per_connection": (after - before) / options.count,
    }
    print(
        f"{figures['connections']} handshakes accepted in {figures['handshake_seconds']:.2f} s, "
        f"{figures['handshake_cpu_us']:.0f} µs of CPU each; "
        f"{figures['memory_bytes_per_connection'] / 1024:.1f} KiB for each idle connection"
    )
    return {"idle_connections": figures}


def measure_all(options):
    prepare_echo(options.folder)
    with Service(options) as service, Echoes(options) as echoes:
        vectors = service.questions(0, 64)
        write_messages(f"{options.folder}/queries", [query(vector) for vector in vectors])
        say("comparing with exact answers")
        found = recall(service.connect(), service.questions(64, 40 if options.quick else 200))
        say(f"    recall@10 {found:.4f}")
        pgbench = service.pgbench(vectors)
        seconds, warm_up = options.seconds, 0.5 if options.quick else 1
        say("measuring")
        rounds = []
        for _ in Rounds(options.rounds):
            one = {"pgbench": pgbench.run(10, seconds, warm_up), "search": {}}
            for count, (connections, calls) in SEARCHES.items():
                one["search"][count] = service.target.load(
                    QUERY, f"{options.folder}/queries", connections, calls, seconds, warm_up
                )
            one.update(echo_round(echoes, options.folder, min(seconds, 2), 0.5))
            rounds.append(one)
        say("at half load")
        half = 0.5 * min(
            statistics.median(one["pgbench"]["rate"] for one in rounds),
            max(median([one["search"][count] for one in rounds], "rate") for count in SEARCHES),
        )
        halves = [
            {
                "pgbench": pgbench.run(10, seconds, warm_up, rate=half),
                "search": service.target.load(QUERY, f"{options.folder}/queries", 4, 16, seconds, warm_up, rate=half),
            }
            for _ in Rounds(options.rounds)
        ]
        summary = summarise(rounds, halves, half, found, service.sections)
        summary["index"] = service.index()
    print(report.text(summary))
    if not options.quick and not options.no_docs:
        report.write(f"{options.root}/docs", summary, description(), options)
    return summary


def summarise(rounds, halves, half, found, sections):
    searches = {}
    for count in SEARCHES:
        ours = [one["search"][count] for one in rounds]
        searches[count] = {
            "rps": median(ours, "rate"), "p50_us": median(ours, "p50_us"), "p99_us": median(ours, "p99_us"),
            "cpu_us": median(ours, "process_cpu_us"), "postgres_cpu_us": median(ours, "children_cpu_us"),
            "client_cpu_us": median(ours, "client_cpu_us"), "refused": sum(one["failed"] for one in ours),
            "over_pgbench": statistics.median(one["search"][count]["rate"] / one["pgbench"]["rate"] for one in rounds),
        }
    best = max(searches, key=lambda count: searches[count]["rps"])
    theirs = [one["pgbench"] for one in rounds]
    summary = {
        "search_over_pgbench": searches[best]["over_pgbench"], "search_rps": searches[best]["rps"],
        "search_cpu_us": searches[best]["cpu_us"], "search_concurrency": best, "recall_at_10": found, "sections": sections,
        "search": searches,
        "pgbench": {
            "rps": median(theirs, "rate"), "p50_us": median(theirs, "p50_us"), "p99_us": median(theirs, "p99_us"),
            "postgres_cpu_us": median(theirs, "postgres_cpu_us"),
        },
        "half_load": {
            "rps": half, "search_p50_us": median([one["search"] for one in halves], "p50_us"),
            "pgbench_p50_us": median([one["pgbench"] for one in halves], "p50_us"),
            "p50_added_us": statistics.median(one["search"]["p50_us"] - one["pgbench"]["p50_us"] for one in halves),
        },
    }
    summary.update(echo_summary(rounds))
    summary["echo_over_floor"] = {
        shape: statistics.median(
            one["echo"][shape]["process_cpu_us"] / one["floor"][shape]["process_cpu_us"] for one in rounds
        )
        for shape in summary["echo"]
    }
    return summary


def kept_service(options):
    folder = search_scale.data_folder(options.sections)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    return Service(options, data=folder)


def measure_search_scale(options):
    rows = search_scale.measure(options, kept_service)
    print(search_scale.table(rows) + "\n\n" + scale_report.summary(rows))
    if not options.no_docs:
        scale_report.write(f"{options.root}/docs", rows, description(), options)
    return rows


def measure_search_options(options):
    rows = search_options.measure(options, kept_service)
    print(search_options.table(rows))
    if not options.no_docs:
        search_options.write(f"{options.root}/docs", rows, description(), options)
    return rows


def measure_saved_searches(options):
    # A profile has 8.8 sections on average.
    options.sections = round(options.profiles * 8.78)
    with Service(options) as service:
        rows = saved_searches.measure(options, service)
    print(saved_searches.table(rows))
    return rows


def measure_change_feed(options):
    options.sections = round(options.profiles * 8.78)
    with Service(options) as service:
        rows = change_feed.measure(options, service)
    print(change_feed.table(rows))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["all", "echo", "connections", "ingest", "saved-searches", "change-feed", "search-scale", "search-options"])
    parser.add_argument("--sizes", type=lambda text: [int(float(size)) for size in text.split(",")])
    for name in ("binaries", "folder", "root"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--no-docs", action="store_true")
    parser.add_argument("--sections", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--profiles", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.what != "ingest":
        options.sections = options.sections or (20_000 if options.quick else 100_000)
    options.rounds = options.rounds or (3 if options.quick else 5)
    is_saved = options.what == "saved-searches"
    is_feed = options.what == "change-feed"
    options.rate = options.rate or (500 if is_feed else 5)
    options.seconds = options.seconds or (60 if is_saved else 20 if is_feed else 1.5 if options.quick else 3)
    options.sizes = options.sizes or ([0, 100, 1_000] if is_saved else [10_000, 100_000, 1_000_000])
    options.profiles = options.profiles or (3_000 if is_saved or is_feed else 1_000)
    started = time.monotonic()
    figures = {"all": measure_all, "echo": measure_echo, "connections": measure_connections,
               "ingest": ingest.measure, "saved-searches": measure_saved_searches, "change-feed": measure_change_feed, "search-scale": measure_search_scale,
               "search-options": measure_search_options}[options.what](options)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)
            file.write("\n")
    say(f"done in {int(time.monotonic() - started)} s")


main()
