"""The servers that are measured, each with certificates of its own."""
import json
import os
import re
import subprocess

from client import Connection
from measure import Child, PgBench, Target, run, say

# All load comes from one client.
LIMITS = ("--set", "connections-per-identity-max=65535")


class Echoes:
    """likeness-interop and the floor, side by side: one thread each, the same certificates."""

    def __init__(self, options):
        self.options, self.folder = options, f"{options.folder}/interop"
        os.mkdir(self.folder)

    def __enter__(self):
        log = f"{self.folder}/log"
        binary = f"{self.options.binaries}/likeness-interop"
        self.interop = Child([binary, "serve", "--data-dir", self.folder, "--listen", "127.0.0.1:0", *LIMITS], log=log)
        self.interop.wait_until(lambda: os.path.exists(f"{self.folder}/client.json"))
        with open(f"{self.folder}/client.json", encoding="utf-8") as file:
            port = int(json.load(file)["endpoint"].rsplit(":", 1)[1])
        names = self.folder + "/certificates/"
        self.identity = (names + "admin.pem", names + "admin.key", names + "ca.pem")
        self.c_floor = Child(
            [f"{self.options.folder}/floor", names + "server.pem", names + "server.key", names + "ca.pem"],
            stdout=subprocess.PIPE,
        )
        floor_port = int(self.c_floor.process.stdout.readline())
        load = f"{self.options.folder}/load"
        self.service = Target(load, port, *self.identity, process=self.interop.pid)
        self.floor = Target(load, floor_port, *self.identity, process=self.c_floor.pid)
        return self

    def hold(self, count):
        """Connects that many times and keeps them until its standard input ends."""
        command = [*self.service.command, "--connections", str(count), "--idle"]
        return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __exit__(self, *_):
        self.interop.stop()
        self.c_floor.stop()


class Service:
    """likenessd on a database of its own, full of generated people. With `data` that folder is kept and used again; with `is_empty`
    there is no one in it."""

    def __init__(self, options, data=None, is_empty=False):
        self.options, self.data, self.is_empty = options, data or f"{options.folder}/data", is_empty

    def __enter__(self):
        say("starting likenessd dev")
        binaries = self.options.binaries
        self.daemon = Child(
            [
                f"{binaries}/likenessd", "dev", "--data-dir", self.data, "--listen", "127.0.0.1:0", "--log-level", "warning",
            ],
            log=f"{self.options.folder}/likenessd.log", stdout=subprocess.DEVNULL,
        )
        self.client_file = f"{self.data}/client.json"
        self.daemon.wait_until(lambda: os.path.exists(self.client_file) and self._answers(), seconds=120)
        sockets = [
            os.path.join(folder, name) for folder, _, names in os.walk(self.data) for name in names
            if re.fullmatch(r"\.s\.PGSQL\.\d+", name)
        ]
        self.database = f"host={os.path.dirname(sockets[0])} user=likeness dbname=likeness"
        with open(sockets[0] + ".lock", encoding="ascii") as file:
            self.postmaster = int(file.readline())
        self.sections = self.stored_sections()
        if not self.sections and not self.is_empty:
            # A profile has 8.8 sections on average.
            profiles = round(self.options.sections / 8.78)
            say(f"storing {profiles} profiles, about {self.options.sections} sections, and building the index")
            say("    " + run([
                f"{binaries}/likeness-load", "generate", "--profiles", str(profiles), "--database", self.database,
                "--embeddings", "clustered",
            ], stderr=subprocess.DEVNULL).strip())
            self.sections = self.stored_sections()
        with open(self.client_file, encoding="utf-8") as file:
            client = json.load(file)
        port = int(client["endpoint"].rsplit(":", 1)[1])
        self.identity = [
            os.path.join(self.data, client[name]) for name in ("certificate_file", "key_file", "ca_file")
        ]
        self.port = port
        self.target = Target(
            f"{self.options.folder}/load", port, *self.identity, process=self.daemon.pid, parent=self.postmaster
        )
        return self

    def stored_sections(self):
        return int(self.sql("SELECT count(*) FROM embeddings_all_minilm_l6_v2 WHERE kind < 16"))

    def has_index(self):
        return self.sql("SELECT bool_or(to_regclass(table_name || '_ann') IS NOT NULL) FROM embedding_spaces WHERE is_active") == "t"

    def index(self):
        """How the vector index is built and searched."""
        return json.loads(self.sql("SELECT to_jsonb(s) FROM embedding_spaces s WHERE is_active"))

    def _answers(self):
        command = [f"{self.options.binaries}/likeness", "admin", "status", "--connect", self.client_file]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def __exit__(self, *_):
        self.daemon.stop()

    def sql(self, text):
        return run(["psql", "-X", "-q", "-A", "-t", "-d", self.database, "-c", text]).strip()

    def connect(self):
        return Connection(self.port, *self.identity)

    def questions(self, first, count):
        """Vectors that lie as the stored ones do, equal to none."""
        command = [f"{self.options.binaries}/likeness-load", "generate", "--questions", str(first + count)]
        return [json.loads(line) for line in run(command).splitlines()[first:]]

    def pgbench(self, vectors):
        folder = f"{self.options.folder}/pgbench"
        os.mkdir(folder)
        command = [f"{self.options.binaries}/likenessd", "statement", "--database", self.database, "--limit", "10"]
        statement, settings = run(command), run([*command, "--settings"]).strip()
        return PgBench(folder, self.database, statement, settings, vectors, self.postmaster)
