"""Searches by vector through the service, beside pgbench with the very same statement on the same database."""
import argparse
import glob
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def percentile(values, part):
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


class Bench:
    def __init__(self, options):
        self.options = options
        self.database = f"host={options.socket} user=likeness dbname=likeness"
        self.folder = tempfile.mkdtemp(prefix="likeness-bench-")

    def load(self, concurrency):
        command = [
            f"{self.options.binaries}/likeness-load", "--concurrency", str(concurrency), "--connections", str(min(concurrency, 4)),
            "--duration", str(self.options.seconds), "--warm-up", "1", "--output", "json",
        ]
        before = self.cpu_seconds()
        result = json.loads(run(command))
        # Calls during the warm-up cost CPU too: count them in at the same rate.
        calls = result["calls"] * (self.options.seconds + 1) / self.options.seconds
        result["server_cpu_us"] = (self.cpu_seconds() - before) * 1e6 / max(calls, 1)
        return result

    def cpu_seconds(self):
        with open(f"/proc/{self.options.server}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def prepare_pgbench(self, statement):
        """Sixteen scripts, each the statement with another vector as its parameter."""
        source = random.Random(1)
        self.definitions = []
        for index in range(16):
            vector = "[" + ",".join(f"{source.gauss(0, 1):.6f}" for _ in range(384)) + "]"
            self.definitions += ["-D", f"v{index}={vector}"]
            with open(f"{self.folder}/{index}.sql", "w", encoding="utf-8") as script:
                script.write(" ".join(statement.replace("$1", f":v{index}").split()) + ";\n")

    def pgbench(self, clients):
        for old in glob.glob(f"{self.folder}/log*"):
            os.remove(old)
        scripts = [word for index in range(16) for word in ("-f", f"{self.folder}/{index}.sql")]
        environment = dict(os.environ)
        environment["PGOPTIONS"] = (
            "-c plan_cache_mode=force_generic_plan -c jit=off -c hnsw.iterative_scan=strict_order -c hnsw.ef_search=40"
        )
        command = [
            "/usr/lib/postgresql/15/bin/pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
            "-T", str(self.options.seconds + 1), "-l", f"--log-prefix={self.folder}/log", *self.definitions, *scripts,
            self.database,
        ]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rows = []
        for name in glob.glob(f"{self.folder}/log*"):
            with open(name, encoding="ascii") as log:
                for line in log:
                    fields = line.split()
                    rows.append((int(fields[4]) + int(fields[5]) / 1e6, int(fields[2])))
        start = min(end for end, _ in rows) + 1
        latencies = sorted(latency for end, latency in rows if end >= start)
        span = max(end for end, _ in rows) - start
        return {
            "rate": len(latencies) / span, "p50": percentile(latencies, 0.5) / 1000, "p99": percentile(latencies, 0.99) / 1000,
        }

    def close(self):
        for name in glob.glob(f"{self.folder}/*"):
            os.remove(name)
        os.rmdir(self.folder)


def median(rounds, key):
    return statistics.median(item[key] for item in rounds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--server", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--json")
    options = parser.parse_args()
    bench = Bench(options)
    try:
        statement = run([f"{options.binaries}/likenessd", "statement", "--database", bench.database, "--limit", "10"])
        bench.prepare_pgbench(statement)
        results = {count: {"likeness": [], "pgbench": []} for count in options.concurrency}
        started = time.monotonic()
        steps = options.rounds * len(options.concurrency)
        for step in range(steps):
            count = options.concurrency[step % len(options.concurrency)]
            results[count]["likeness"].append(bench.load(count))
            results[count]["pgbench"].append(bench.pgbench(count))
            left = (time.monotonic() - started) / (step + 1) * (steps - step - 1)
            say(f"    round {step // len(options.concurrency) + 1} of {options.rounds}, {count} at once: {int(left)} s left")
    finally:
        bench.close()

    print(f"{'':>8}  {'likeness':>37}  {'pgbench -M prepared':>27}  {'ratio':>5}")
    print(f"{'at once':>8}  {'calls/s':>9} {'p50 ms':>7} {'p99 ms':>7} {'CPU µs':>9}    {'calls/s':>9} {'p50 ms':>7} {'p99 ms':>7}  {'':>5}")
    summary = {}
    for count, both in results.items():
        ours, theirs = both["likeness"], both["pgbench"]
        ratio = statistics.median(a["rate"] / b["rate"] for a, b in zip(ours, theirs))
        summary[count] = {
            "rps": median(ours, "rate"), "p50_ms": median(ours, "p50"), "p99_ms": median(ours, "p99"),
            "cpu_us": median(ours, "server_cpu_us"), "pgbench_rps": median(theirs, "rate"),
            "pgbench_p50_ms": median(theirs, "p50"), "pgbench_p99_ms": median(theirs, "p99"), "ratio": ratio,
        }
        row = summary[count]
        print(
            f"{count:>8}  {row['rps']:>9.0f} {row['p50_ms']:>7.2f} {row['p99_ms']:>7.2f} {row['cpu_us']:>9.0f}    "
            f"{row['pgbench_rps']:>9.0f} {row['pgbench_p50_ms']:>7.2f} {row['pgbench_p99_ms']:>7.2f}  {ratio:>5.2f}"
        )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"search": summary, "rounds": options.rounds, "seconds": options.seconds}, file, indent=2)


main()
