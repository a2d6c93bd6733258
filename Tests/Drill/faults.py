"""What goes wrong while callers write."""

import random


class Faults:
    """One fault after another, until the callers are done. `counts` says how many of each there were."""

    def __init__(self, cluster, daemon, seed, does_kill):
        self.cluster, self.daemon, self.chance, self.counts = cluster, daemon, random.Random(seed), {}
        if does_kill:
            self.kinds = {"daemon killed": self._kill_daemon, "PostgreSQL killed": cluster.kill,
                          "session killed": lambda: cluster.kill_backend(self.chance)}
        else:
            self.kinds = {"session terminated": lambda: self._session("pg_terminate_backend"),
                          "statement cancelled": lambda: self._session("pg_cancel_backend"),
                          "table locked": self._lock, "daemon stopped for a while": lambda: daemon.pause(0.2)}
        self.pause = 0.7 if does_kill else 0.3
        self.trouble = None

    def run(self, is_over):
        """Until `is_over` is set. Runs in a thread of its own."""
        try:
            while not is_over.wait(self.pause * self.chance.uniform(0.5, 1.5)):
                name = self.chance.choice(sorted(self.kinds))
                self.kinds[name]()
                self.counts[name] = self.counts.get(name, 0) + 1
        except Exception as error:  # noqa: BLE001 - the drill's failure
            self.trouble = error

    def _kill_daemon(self):
        self.daemon.kill()
        self.daemon.start()

    def _session(self, function):
        self.cluster.sql(f"SELECT {function}(pid) FROM pg_stat_activity WHERE usename = 'likeness' ORDER BY random() LIMIT 2")

    def _lock(self):
        table = self.chance.choice(["profiles", "skills", "embedding_outbox", "request_ids"])
        self.cluster.sql(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0.3); COMMIT")
