"""An honest client beside whatever else happens to a server."""

import threading
import time

from patience import PATIENCE
from peer import Peer
from suite import expect


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


class Caller:
    """Calls on a connection of its own, from a thread; times in ms."""

    def __init__(self, server, pause):
        self.peer, self.pause, self.times, self.trouble = Peer(server), pause, [], None
        self.goes_on = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

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

    def stop(self):
        self.goes_on = False
        self.thread.join(PATIENCE)
        self.peer.close()


# The honest caller gets at least this share of the calls that one of a server left alone gets in the same time.
SHARE = 1 / 4
HONEST_SHARE = "an honest caller has a quarter of the calls of one elsewhere"


class Honest:
    """An honest caller of the server that something happens to, and one of a server that is left alone."""

    def __init__(self, server, alone):
        self.servers = server, alone

    def __enter__(self):
        self.callers = [Caller(server, 0.005) for server in self.servers]
        return self

    def __exit__(self, *_):
        for caller in self.callers:
            caller.stop()

    def judge(self):
        """Whether the first has had its share, and what both saw."""
        attacked, alone = self.callers
        for caller in self.callers:
            expect(caller.trouble is None, f"another connection: {caller.trouble}")
        # A call that is still under way counts against the server: it is in no list.
        mine, others = list(attacked.times), list(alone.times)
        said = f"{len(mine)} honest calls, {len(others)} where nothing happens"
        if mine and others:
            said += f", p99 {percentile(mine, 0.99):.1f} and {percentile(others, 0.99):.1f} ms"
        return len(mine) >= SHARE * len(others), said
