"""Attack cases, and what a case gets: a service of its own kind, its process, and a modest caller beside the attack."""

import asyncio
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

CASES = []


class Attack:
    def __init__(self, identifier, title, expected, run, options):
        self.identifier, self.title, self.expected, self.run, self.options = identifier, title, expected, run, options
        self.observed, self.result, self.seconds = "", "", 0.0


def attack(identifier, title, expected, embeds=False, own=False, arguments=(), settings=None):
    """Registers a function of a `Lab`. It returns what it saw; an exception is a failure.

    embeds     the service embeds texts (loads the model)
    own        a service for this case alone, also with `arguments` for `likenessd dev`
    settings   the service is `likenessd serve` with these settings and several callers; see `ServedService`
    """
    def register(run):
        options = {"embeds": embeds, "own": own or bool(arguments), "arguments": tuple(arguments), "settings": settings}
        CASES.append(Attack(identifier, title, expected, run, options))
        return run
    return register


class Unexpected(Exception):
    pass


def expect(condition, observed):
    """The case fails with what was seen unless the condition holds."""
    if not condition:
        raise Unexpected(str(observed))
    return str(observed)


class Service:
    """One `likenessd dev` process with a database of its own."""

    def __init__(self, binaries, folder, embeds=False, arguments=()):
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o755)
        command = [str(Path(binaries) / "likenessd"), "dev", "--data-dir", str(self.folder / "data"),
                   "--listen", "127.0.0.1:0", *([] if embeds else ["--without-embedder"]), *arguments]
        self.client_file = self.folder / "data" / "client.json"
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        until = time.monotonic() + 120
        while not self.client_file.exists():
            if not self.is_alive or time.monotonic() > until:
                self.stop()
                raise SystemExit(f"attack: {' '.join(command)} does not start: {self.log_text()[-800:]}")
            time.sleep(0.05)
        self.host, port = json.loads(self.client_file.read_text())["endpoint"].rsplit(":", 1)
        self.port = int(port)

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_alive(self):
        return self.process.poll() is None

    def certificate(self, name):
        """For `Tests/Conformance/peer.py`: the development client has every role."""
        name = {"admin.pem": "client.pem", "admin.key": "client.key"}.get(name, name)
        return str(self.folder / "data" / "certificates" / name)

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    @property
    def log_bytes(self):
        return (self.folder / "log").stat().st_size

    def _status(self, field):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        return 0

    def memory(self):
        """Resident bytes."""
        return self._status("VmRSS")

    def peak_memory(self):
        """The most resident bytes since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    @property
    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.is_alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class ServedService(Service):
    """`likenessd serve` on the database of a `likenessd dev`, with callers of their own certificates.

    `client_file` is the administrator's, `caller_file(name)` that of "greedy", "modest" (readers) or "stranger" (no role).
    """

    READERS = ("greedy", "modest")

    def __init__(self, binaries, folder, embeds=False, settings=None):
        super().__init__(binaries, folder)
        self.keeper, keeper_file = self.process, self.client_file
        try:
            self._serve(binaries, keeper_file, embeds, settings or {})
        except BaseException:
            self.stop()
            raise

    def _serve(self, binaries, keeper_file, embeds, settings):
        data = self.folder / "data"
        socket = next(data.glob("**/postmaster.pid")).read_text().splitlines()[4]
        self.database = f"host={socket} user=likeness dbname=likeness"
        for name in (*self.READERS, "stranger"):
            self._issue(name)
        said, certificates = json.loads(keeper_file.read_text()), data / "certificates"
        configuration = {
            "listen": "127.0.0.1:0",
            "database": {"url": self.database},
            "tls": {"certificate_file": str(certificates / "server.pem"), "key_file": str(certificates / "server.key"),
                    "client_ca_file": str(certificates / "ca.pem")},
            "roles": {"admin": ["URI:spiffe://likeness/dev/admin"],
                      "reader": [f"URI:spiffe://likeness/{name}" for name in self.READERS]},
            "embedding": {"provider": "in_process" if embeds else "none"},
        }
        for name, value in settings.items():
            section, key = name.split(".")
            configuration.setdefault(section, {})[key] = value
        file = self.folder / "likenessd.json"
        file.write_text(json.dumps(configuration))
        log = self.folder / "log"
        begun = log.stat().st_size
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(Path(binaries) / "likenessd"), "serve", "--config", str(file)],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        until, found = time.monotonic() + 60, None
        while not found:
            if not self.is_alive or time.monotonic() > until:
                raise SystemExit(f"attack: likenessd serve does not start: {self.log_text()[-800:]}")
            time.sleep(0.05)
            found = re.search(r"endpoint=(127\.0\.0\.1:\d+)", log.read_bytes()[begun:].decode(errors="replace"))
        self.port = int(found[1].rsplit(":", 1)[1])
        self.client_file = data / "served.json"
        for name, stem in [(self.client_file.stem, "client"), *((name, name) for name in (*self.READERS, "stranger"))]:
            own = {"certificate_file": f"certificates/{stem}.pem", "key_file": f"certificates/{stem}.key"}
            (data / f"{name}.json").write_text(json.dumps({**said, "endpoint": found[1], **own}))

    def _issue(self, name):
        folder = self.folder / "data" / "certificates"
        (folder / "extensions").write_text(f"subjectAltName=URI:spiffe://likeness/{name}\nextendedKeyUsage=clientAuth\n")
        for command in (
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr"],
            ["openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
             "-days", "2", "-extfile", "extensions", "-out", f"{name}.pem"],
        ):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def caller_file(self, name):
        return self.folder / "data" / f"{name}.json"

    def stop(self):
        if self.process is not self.keeper:
            super().stop()
        self.process = self.keeper
        super().stop()


class Lab:
    """What a case works with. `full` is False in continuous integration: cases reduce their size, never their point."""

    def __init__(self, binaries, folder, service, full):
        self.binaries, self.folder, self.service, self.full = Path(binaries), Path(folder), service, full

    def count(self, full, reduced):
        return full if self.full else reduced

    def likeness(self, *arguments, timeout=60, **options):
        """Runs the command line against the service."""
        environment = {**os.environ, "LIKENESS_CONNECT": str(self.service.client_file)}
        return subprocess.run([str(self.binaries / "likeness"), *arguments], env=environment, timeout=timeout,
                              capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, **options)

    def people(self, count):
        """Fills the service with made-up people, once: at least `count` are there afterwards."""
        have = getattr(self.service, "people", 0)
        if have >= count:
            return
        if database := getattr(self.service, "database", None):
            # Straight into the database, with embeddings: 17,000 people in half a minute.
            subprocess.run([str(self.binaries / "likeness-load"), "generate", "--profiles", str(count), "--seed", "7",
                            "--database", database, "--embeddings", "clustered"],
                           check=True, timeout=600, capture_output=True)
            self.service.people = count
            return
        file = self.folder / f"people-{count}.jsonl"
        if not file.exists():
            with open(file, "wb") as out:
                subprocess.run([str(self.binaries / "likeness-load"), "generate", "--profiles", str(count), "--seed", "7"],
                               stdout=out, check=True, timeout=300)
        done = self.likeness("profile", "import", "--no-wait", "--quiet", str(file), timeout=600)
        if done.returncode:
            raise Unexpected(f"the people were not imported: {done.stderr[-300:]}")
        self.service.people = count

    def alone_and_beside(self, call, during, alone_seconds=3, beside_seconds=5):
        """The p99 in milliseconds of a modest caller, alone and while `during(stop: threading.Event)` runs.

        `call(connection)` is a coroutine function that makes one call; a failed call counts as the longest.
        Returns (p99 alone, p99 beside, calls that failed beside, calls made beside).
        """
        alone, _, _ = self._modest(call, alone_seconds)
        stop = threading.Event()
        thread = threading.Thread(target=during, args=(stop,), daemon=True)
        thread.start()
        try:
            time.sleep(0.5)
            beside, failed, made = self._modest(call, beside_seconds)
        finally:
            stop.set()
            thread.join(60)
        return alone, beside, failed, made

    def _modest(self, call, seconds):
        """Ten calls a second on a connection of its own, each timed from when it was due; of a `ServedService` by "modest"."""
        from likeness_rpc import Connection

        async def run():
            times, failed = [], 0
            file = getattr(self.service, "caller_file", lambda _: self.service.client_file)("modest")
            async with await Connection.open(file) as connection:
                begun = time.monotonic()
                for number in range(int(seconds * 10)):
                    due = begun + number / 10
                    await asyncio.sleep(max(0, due - time.monotonic()))
                    try:
                        await asyncio.wait_for(call(connection), 10)
                    except Exception:  # noqa: BLE001 - whatever keeps the caller from an answer
                        failed += 1
                        times.append(10.0)
                        continue
                    times.append(time.monotonic() - due)
                    if time.monotonic() - begun > 4 * seconds + 10:
                        break
            times.sort()
            return times[max(0, int(len(times) * 0.99) - 1)] * 1000, failed, len(times)

        return asyncio.run(run())
