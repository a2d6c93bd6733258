"""A PostgreSQL cluster and a daemon of a drill's own."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from authority import Authority
from patience import PATIENCE, until

PROGRAMS = Path(os.environ.get("LIKENESS_TEST_PG_BIN", "/usr/lib/postgresql/15/bin"))


def run(*command, **options):
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **options)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} {' '.join(command[1:3])}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


class Cluster:
    """One PostgreSQL server on a socket. fsync is off: what a killed process has written the kernel has."""

    def __init__(self, folder):
        self.folder, self.data = Path(folder), Path(folder) / "data"
        self.folder.mkdir(mode=0o755)
        self.account = {}
        if os.geteuid() == 0:
            # PostgreSQL does not run as root.
            self.account = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres")
        self._as_server("initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                        "--no-sync")
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(f"unix_socket_directories = '{self.folder}'\nlisten_addresses = ''\nfsync = off\nshared_buffers = 128MB\n")
        self.start()
        self.sql("CREATE ROLE likeness LOGIN", database="postgres")
        self.sql("CREATE DATABASE likeness OWNER likeness ENCODING UTF8 TEMPLATE template0", database="postgres")
        self.sql("CREATE EXTENSION vector")

    def _as_server(self, program, *arguments):
        return run(str(PROGRAMS / program), *arguments, cwd="/", **self.account)

    def start(self):
        log = str(self.folder / "server.log")
        # Not through a pipe: the server would keep its end.
        subprocess.run([str(PROGRAMS / "pg_ctl"), "-D", str(self.data), "-l", log, "-w", "-t", str(int(PATIENCE)), "start"], cwd="/",
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, **self.account)

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            subprocess.run([str(PROGRAMS / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "-w", "stop"], cwd="/",
                           stdin=subprocess.DEVNULL, capture_output=True, **self.account)

    @property
    def url(self):
        return f"host={self.folder} user=likeness dbname=likeness"

    def sql(self, statement, database="likeness"):
        """What it answers: lines of columns that "|" separates."""
        # By its standard input: lists of ids are longer than an argument may be.
        said = run(str(PROGRAMS / "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "postgres",
                   "-d", database, "-f", "-", input=statement)
        return said.strip()

    def kill(self):
        """kill -9 of the postmaster; its children end by themselves. Then the server is started, and recovers."""
        leader = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(leader, signal.SIGKILL)
        # Until the last child has let go of the shared memory the server does not start.
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.start()
                return
            except subprocess.CalledProcessError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def kill_backend(self, chance):
        """kill -9 of one session: the server ends all of them and recovers."""
        sessions = self.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'likeness'").split()
        if sessions:
            os.kill(int(chance.choice(sessions)), signal.SIGKILL)
            time.sleep(0.2)
            until(self._answers)

    def _answers(self):
        try:
            return self.sql("SELECT 1") == "1"
        except RuntimeError:
            return False


class Daemon:
    """`likenessd serve` on a cluster. After it was killed it listens on another port."""

    def __init__(self, binaries, folder, cluster):
        self.folder, self.count, self.process, self.port = Path(folder), 0, None, 0
        self.folder.mkdir(mode=0o700)
        self.program = str(Path(binaries) / "likenessd")
        authority = Authority(folder=self.folder / "authority", new=True)
        server = authority.issue("server", "DNS:localhost", use="serverAuth")
        caller = authority.issue("caller", "URI:spiffe://drill/caller")
        self.configuration = self.folder / "likenessd.json"
        self.configuration.write_text(json.dumps({
            "listen": "127.0.0.1:0",
            "database": {"url": cluster.url, "start_timeout": f"{int(PATIENCE)}s"},
            "tls": {"certificate_file": server[0], "key_file": server[1], "client_ca_file": authority.certificate},
            "roles": {"admin": ["URI:spiffe://drill/caller"]},
            "retention": {"history": "24h"},
            "embedding": {"provider": "none"},
        }))
        self.client_file = self.folder / "client.json"
        self.client_file.write_text(json.dumps({
            "endpoint": "127.0.0.1:1", "server_name": "localhost", "ca_file": authority.certificate,
            "certificate_file": caller[0], "key_file": caller[1]}))
        run(self.program, "migrate", "up", "--config", str(self.configuration))
        self.start()

    def start(self):
        self.count += 1
        file = self.folder / f"log-{self.count}"
        with open(file, "wb") as log:
            self.process = subprocess.Popen([self.program, "serve", "--config", str(self.configuration)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        found = until(lambda: re.search(r"endpoint=127\.0\.0\.1:(\d+)", file.read_text(errors="replace")) or not self.is_alive)
        if not self.is_alive or not found:
            raise RuntimeError(f"the daemon does not start: {file.read_text(errors='replace')[-500:]}")
        self.port = int(found[1])

    @property
    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.is_alive:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
