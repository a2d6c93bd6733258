"""Starts the servers that are tested and looks at their processes."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from patience import PATIENCE


class Server:
    """One server process. `name` is "interop", "recording", "small" or "product"."""

    def __init__(self, name, command, folder, certificates="certificates", environment=None):
        self.name, self.folder = name, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificates = self.folder / certificates
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        start_new_session=True, env={**os.environ, **(environment or {})})
        self.client_file = self.folder / "client.json"
        until = time.monotonic() + PATIENCE
        while not (endpoint := self._endpoint()):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise SystemExit(f"conformance: {' '.join(command)} does not start: {self.log_text()[-800:]}")
            time.sleep(0.02)
        host, port = endpoint.rsplit(":", 1)
        self.host, self.port = host, int(port)

    def _endpoint(self):
        """Where it serves: what client.json says, or the log where there is none."""
        if self.client_file.exists():
            return json.loads(self.client_file.read_text())["endpoint"]
        said = re.search(r"endpoint=(\S+)", self.log_text())
        return said and said.group(1)

    def certificate(self, name):
        return str(self.certificates / name)

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def fd_count(self):
        """Without unix sockets: how many connections to the database are open is the pool's affair. Without timers: each event loop opens
        one when it first has something to do later, and keeps it. And without those for signals, which a busy machine opens late."""
        local = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
        folder, count = f"/proc/{self.process.pid}/fd", 0
        for name in os.listdir(folder):
            try:
                target = os.readlink(f"{folder}/{name}")
            except FileNotFoundError:
                continue
            if target not in ("anon_inode:[timerfd]", "anon_inode:[signalfd]"):
                count += not (target.startswith("socket:[") and target[8:-1] in local)
        return count

    def memory(self, field="VmRSS"):
        """In bytes. "VmHWM" is the most since `forget_peak`."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        return 0

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    @property
    def cpu_seconds(self):
        """Of the threads that it has, in nanoseconds' steps; /proc/PID/stat counts hundredths of a second."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in tasks) / 1e9

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Servers:
    """All servers of a run. Those that several cases share are started when the first case needs them."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder, self.shared, self.count = Path(binaries), Path(folder), {}, 0

    def interop(self, *arguments, folder=None, recording=False):
        """A server of its own for one case: `with servers.interop("--set", "hello-timeout-ms=200") as server`."""
        self.count += 1
        folder = folder or self.folder / f"own-{self.count}"
        command = [str(self.binaries / "likeness-interop"), "serve", "--data-dir", str(folder),
                   "--listen", "127.0.0.1:0", *arguments]
        if recording:
            Path(folder).mkdir(parents=True, exist_ok=True)
            command += ["--record", str(Path(folder) / "record")]
        return Running(Server("own", command, folder))

    def get(self, name):
        if name not in self.shared:
            self.shared[name] = self._start(name)
        return self.shared[name]

    def _start(self, name):
        folder = self.folder / name
        if name == "product":
            command = [str(self.binaries / "likenessd"), "dev", "--data-dir", str(folder), "--listen", "127.0.0.1:0",
                       "--without-embedder"]
            server = Server(name, command, folder)
            # The development client has every role.
            for end in ("pem", "key"):
                (server.certificates / f"admin.{end}").symlink_to(f"client.{end}")
            return server
        # Nobody answers the PINGs of a connection that waits for the end of a long case.
        extra = ["--set", "keepalive-interval-ms=900000"] + ["--small-limits"] * (name == "small")
        if name == "recording":
            folder.mkdir(parents=True, exist_ok=True)
            extra += ["--record", str(folder / "record")]
        command = [str(self.binaries / "likeness-interop"), "serve", "--data-dir", str(folder),
                   "--listen", "127.0.0.1:0", *extra]
        return Server(name, command, folder)

    def stop(self):
        for server in self.shared.values():
            server.stop()


class Running:
    def __init__(self, server):
        self.server = server

    def __enter__(self):
        return self.server

    def __exit__(self, *_):
        self.server.stop()
