"""What the benchmark runs: servers, loads, pgbench, and the CPU time that they take."""
import glob
import json
import os
import signal
import struct
import subprocess
import sys
import time

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def percentile(values, part):
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


def cpu_seconds_of_children(process):
    """CPU time of each process that `process` has started and that still runs."""
    seconds = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == process:
                seconds[int(name)] = (int(fields[11]) + int(fields[12])) / TICK
    return seconds


def memory_bytes(process):
    """What the process alone holds in memory."""
    with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("no Pss")


class Child:
    """A process that ends with us, and at the latest when `stop` is called."""

    def __init__(self, command, log=None, **more):
        self.log = log
        stderr = open(log, "w", encoding="utf-8") if log else None
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command], text=True, stderr=stderr, stdin=subprocess.DEVNULL, **more
        )
        self.pid = self.process.pid

    def wait_until(self, is_ready, seconds=60):
        end = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                if self.log:
                    say(open(self.log, encoding="utf-8").read()[-2000:])
                raise SystemExit(f"bench: {self.process.args[3]} did not start")
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def write_messages(path, messages):
    with open(path, "wb") as file:
        for message in messages:
            file.write(struct.pack(">I", len(message)) + message)


class Target:
    """A server, and how the load client reaches it."""

    def __init__(self, load, port, certificate, key, authority, process=0, parent=0):
        self.command = [load, "--port", str(port), "--certificate", certificate, "--key", key, "--authority", authority]
        self.command += ["--process", str(process), "--parent", str(parent)]
        self.process = process

    def load(self, method, messages, connections, calls, seconds, warm_up, rate=0, is_echo=False):
        command = [
            *self.command, "--method", method, "--messages", messages, "--connections", str(connections), "--calls", str(calls),
            "--seconds", str(seconds), "--warm-up", str(warm_up), "--rate", str(rate), *(["--echo"] if is_echo else []),
        ]
        result = json.loads(run(command))
        # Of searches some may be refused, when there are more callers than the service lets wait; they are reported.
        if result["failed"] and is_echo:
            raise SystemExit(f"bench: {result['failed']} calls failed")
        return result


class PgBench:
    """The same statement without the service between."""

    def __init__(self, folder, database, statement, settings, vectors, postmaster):
        self.folder, self.database, self.settings, self.postmaster = folder, database, settings, postmaster
        self.definitions, self.scripts = [], []
        for index, vector in enumerate(vectors):
            text = "[" + ",".join(f"{value:.7g}" for value in vector) + "]"
            self.definitions += ["-D", f"v{index}={text}"]
            path = f"{folder}/{index}.sql"
            with open(path, "w", encoding="utf-8") as script:
                script.write(" ".join(statement.replace("$1", f":v{index}").split()) + ";\n")
            self.scripts += ["-f", path]

    def run(self, clients, seconds, warm_up, rate=0):
        for old in glob.glob(f"{self.folder}/log*"):
            os.remove(old)
        command = [
            PGBENCH, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds + warm_up))),
            "-l", f"--log-prefix={self.folder}/log", *(["-R", str(int(rate))] if rate else []),
            *self.definitions, *self.scripts, self.database,
        ]
        others = cpu_seconds_of_children(self.postmaster)
        sessions = {}
        pgbench = subprocess.Popen(
            command, env=dict(os.environ, PGOPTIONS=self.settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # Its sessions end with it, so their time is looked up while they run.
        while pgbench.poll() is None:
            sessions.update(cpu_seconds_of_children(self.postmaster))
            time.sleep(0.05)
        if pgbench.returncode:
            raise subprocess.CalledProcessError(pgbench.returncode, command[:5])
        cpu = sum(seconds for process, seconds in sessions.items() if process not in others)
        rows = []
        for name in glob.glob(f"{self.folder}/log*"):
            with open(name, encoding="ascii") as log:
                for line in log:
                    fields = line.split()
                    rows.append((int(fields[4]) + int(fields[5]) / 1e6, int(fields[2])))
        start = min(end for end, _ in rows) + warm_up
        latencies = sorted(latency for end, latency in rows if end >= start)
        return {
            "rate": len(latencies) / (max(end for end, _ in rows) - start), "p50_us": percentile(latencies, 0.5),
            "p99_us": percentile(latencies, 0.99), "postgres_cpu_us": cpu * 1e6 / len(rows),
        }
