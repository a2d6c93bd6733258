"""An honest client beside whatever else happens to a server."""

import threading
import time

from peer import Peer
from suite import expect


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


class Honest:
    """Calls on a connection of their own, from a thread, while something else happens; times in ms."""

    def __init__(self, server, pause=0.005):
        self.peer, self.pause, self.times, self.trouble = Peer(server), pause, [], None
        self.goes_on = True
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while self.goes_on:
                begun = time.monotonic()
                # A call that GetActivity does not count.
                end = self.peer.call("Echo")
                self.times.append((time.monotonic() - begun) * 1000)
                if end[0] != "OK":
                    raise AssertionError(end[0])
                time.sleep(self.pause)
        except Exception as error:  # noqa: BLE001
            self.trouble = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.goes_on = False
        self.thread.join(15)
        self.peer.close()

    def quiet(self, seconds=0.6):
        time.sleep(seconds)
        times, self.times = self.times, []
        return percentile(times, 0.99)

    def judge(self, quiet, speed):
        """p99 while it happened against the quiet one."""
        expect(self.trouble is None, f"another connection: {self.trouble}")
        busy = percentile(self.times, 0.99) if self.times else float("inf")
        return busy <= 2 * quiet + 25 * speed, f"others' p99 {quiet:.1f} -> {busy:.1f} ms"
