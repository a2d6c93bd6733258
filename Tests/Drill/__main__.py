"""Runs the drills; scripts/drill starts it and says how."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "python"), str(ROOT / "Tests" / "Conformance")]

CALLERS = 8
DRILLS = {
    "writes": {"title": "eight callers write at random while sessions end, statements are cancelled, tables are locked and the daemon stops",
               "does_kill": False, "full": 100_000, "reduced": 3_000},
    "crash": {"title": "eight callers write at random while the daemon, PostgreSQL and its sessions are killed", "does_kill": True,
              "full": 10_000, "reduced": 2_000},
}


async def run_callers(daemon, cluster, faults, seed, wanted, says):
    """What the callers wrote down, and the watcher."""
    from callers import Caller, Crowd
    from patience import PATIENCE
    from watcher import Watcher

    crowd, watcher = Crowd(daemon, seed, wanted), Watcher(daemon, seed)
    watching = asyncio.create_task(watcher.run())
    await asyncio.wait_for(watcher.began.wait(), PATIENCE)
    is_over = threading.Event()
    troubling = asyncio.create_task(asyncio.to_thread(faults.run, is_over))
    progress = asyncio.create_task(tell(crowd, faults, says))
    try:
        await asyncio.gather(*(Caller(crowd).run() for _ in range(CALLERS)))
    finally:
        is_over.set()
        await troubling
        progress.cancel()
    # The feed has what is committed last at its end.
    last = Caller(crowd)
    await last.create_surely()
    await last.close()
    end = time.monotonic() + PATIENCE
    while crowd.people[-1] not in watcher.seen and time.monotonic() < end and watcher.trouble is None:
        await asyncio.sleep(0.1)
    watching.cancel()
    return crowd, watcher


async def tell(crowd, faults, says):
    while True:
        await asyncio.sleep(5)
        says(f"{len(crowd.writes)} of {crowd.wanted} writes, {sum(faults.counts.values())} faults")


def drill(name, binaries, folder, seed, full, says):
    """(what was seen, what is wrong)."""
    from cluster import Cluster, Daemon
    from faults import Faults
    from judge import Judge
    from ledger import faults_of_tables, stored_profiles

    options, begun = DRILLS[name], time.monotonic()
    cluster = Cluster(folder / "postgres")
    daemon = None
    try:
        daemon = Daemon(binaries, folder / "daemon", cluster)
        faults = Faults(cluster, daemon, seed, options["does_kill"])
        wanted = options["full"] if full else options["reduced"]
        crowd, watcher = asyncio.run(run_callers(daemon, cluster, faults, seed, wanted, says))
        says("reading what is stored")
        stored = asyncio.run(stored_profiles(daemon, {one.profile for one in crowd.writes}))
        judge = Judge(crowd.writes, crowd.reads, stored, watcher.events)
        found = [f"the faults ended with {faults.trouble}"] if faults.trouble else []
        found += [f"the feed was ended with {watcher.trouble}"] if watcher.trouble else []
        found += judge.judge() + faults_of_tables(cluster, judge.erased)
        if not daemon.is_alive:
            found.append("the daemon's process ended")
        outcomes = {}
        for one in crowd.writes:
            outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
        late = sum(len(one) for one in judge.late.values())
        seen = (f"{len(crowd.writes)} writes of {len(stored)} profiles: {outcomes.get('done', 0)} done, {outcomes.get('refused', 0)} refused, "
                f"{outcomes.get('unknown', 0)} not known to their callers, of which {late} were made; {crowd.repeats} calls repeated; "
                f"{len(crowd.reads)} reads; {len(judge.erased)} erasures; {len(watcher.events)} events in {watcher.streams} streams; "
                + ", ".join(f"{count} times {kind}" for kind, count in sorted(faults.counts.items()))
                + f"; {time.monotonic() - begun:.0f} s")
        return seen, found
    finally:
        if daemon:
            daemon.stop()
        cluster.stop()


def main():
    parser = argparse.ArgumentParser(prog="scripts/drill", usage="scripts/drill [DRILL...] (--help says more)", add_help=False)
    parser.add_argument("drills", nargs="*", default=list(DRILLS))
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--messages", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    options = parser.parse_args()
    sys.path.insert(0, options.messages)
    for name in options.drills:
        if name not in DRILLS:
            parser.error(f"no drill {name}; there are {', '.join(DRILLS)}")
    if options.list:
        for name, one in DRILLS.items():
            print(f"{name:<8} {one['title']}")
        return 0
    # What was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    quiet, passed, results = options.output == "json", 0, []
    for name in options.drills:
        def says(text, name=name):
            if sys.stderr.isatty():
                print(f"{name}: {text}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="lkd.", dir="/tmp") as folder:
            Path(folder).chmod(0o755)
            try:
                seen, found = drill(name, options.binaries, Path(folder), options.seed, options.full, says)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong in a drill is the drill's failure
                place = traceback.extract_tb(error.__traceback__)[-1]
                seen, found = "", [f"{str(error) or type(error).__name__} ({Path(place.filename).name}:{place.lineno})"]
        passed += not found
        results.append({"drill": name, "seed": options.seed, "seen": seen, "wrong": found})
        if not quiet:
            print(f"{'FAIL' if found else 'ok  '} {name}, seed {options.seed}: {seen}", flush=True)
            for one in found[:20]:
                print(f"     {one}")
            if len(found) > 20:
                print(f"     and {len(found) - 20} more")
    if quiet:
        print(json.dumps(results, indent=2))
    print(f"{passed} passed, {len(options.drills) - passed} failed", file=sys.stderr if quiet else sys.stdout)
    return 0 if passed == len(options.drills) else 1


sys.exit(main())
