"""Cases, how they run, and their table."""

import ssl
import threading
import time
import traceback

from patience import until

CASES = []


class Case:
    def __init__(self, identifier, title, expected, server, applies, run):
        self.identifier, self.title, self.expected, self.server = identifier, title, expected, server
        self.applies, self.run = applies, run
        self.observed, self.result, self.seconds = "", "", 0.0


def case(identifier, title, expected, server="small"):
    """Registers a function of a `World`. It returns what it observed; an exception is a failure."""
    def register(run):
        CASES.append(Case(identifier, title, expected, server, True, run))
        return run
    return register


def not_applicable(identifier, title, why):
    CASES.append(Case(identifier, title, why, None, False, None))


class Unexpected(Exception):
    pass


def expect(condition, observed):
    """The case fails with what was observed unless the condition holds."""
    if not condition:
        raise Unexpected(str(observed))
    return str(observed)


def tally(values):
    """What was seen how often: `3 x OK, 1 x CANCELLED`; one value alone without a count."""
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return ", ".join(f"{count} x {value}" if count > 1 else str(value) for value, count in counts.items())


class World:
    """What a case gets: its server, and what it may count on."""

    def __init__(self, servers, name, full):
        self.servers, self.full = servers, full
        self.server = servers.get(name)

    def count(self, full, reduced):
        return full if self.full else reduced

    def cost_of_calls(self, count):
        """Seconds of the server's CPU that so many calls take: what other costs are compared with."""
        from peer import Peer
        with Peer(self.server) as peer:
            before = self.server.cpu_seconds
            for _ in range(count):
                honest_call(peer, self.server)
            return self.server.cpu_seconds - before


def honest_call(peer, server):
    from peer import INTEROP
    if server.name == "product":
        end = peer.call("likeness.v1.AdminService/GetVersion")
    else:
        end = peer.call(INTEROP + "EmptyCall")
    expect(end[0] == "OK", f"another connection's call: {end[0]} {end[1]}")


class Baseline:
    """File descriptors and memory of a server that has done a bit of everything and rests."""

    def __init__(self, server):
        from peer import INTEROP, Peer
        for _ in range(3):
            with Peer(server) as peer:
                honest_call(peer, server)
                if server.name != "product":
                    # A payload of nearly the largest frame: buffers and the allocator reach their size.
                    size = (4 << 20) - 4096
                    peer.call(INTEROP + "EmptyCall", b"\x0a" + varint(size) + bytes(size))
                    # What sleeps opens a timer's file descriptor once and keeps it.
                    peer.call(INTEROP + "Sleep", b"\x08\x01")
        if server.name == "product":
            self._connect_to_database(server)
        time.sleep(0.7)
        self.fds, self.memory = server.fd_count, server.memory()

    @staticmethod
    def _connect_to_database(server):
        """Makes the server open the connections that it keeps: on a busy machine its own work begins only after it is ready."""
        from peer import Peer

        def list_profiles():
            with Peer(server) as peer:
                for _ in range(10):
                    peer.call("likeness.v1.ProfileService/ListProfiles")

        callers = [threading.Thread(target=list_profiles) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()


def varint(value):
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def settled(server, fds):
    """Waits until no more file descriptors are open than at rest."""
    return until(lambda: server.fd_count <= fds)


def run_case(one, servers, baselines, full):
    from peer import Peer
    begun = time.monotonic()
    try:
        world = World(servers, one.server, full)
        server = world.server
        if server.name not in baselines:
            baselines[server.name] = Baseline(server)
        baseline = baselines[server.name]
        with Peer(server, answers_pings=True) as bystander:
            honest_call(bystander, server)
            one.observed = str(one.run(world))
            expect(server.is_alive, f"{one.observed}; the server's process ended")
            honest_call(bystander, server)
        with Peer(server) as peer:
            honest_call(peer, server)
        expect(settled(server, baseline.fds),
               f"{one.observed}; and for good {server.fd_count - baseline.fds} file descriptors more than at rest")
        one.result = "passed"
    except Unexpected as unexpected:
        one.observed, one.result = str(unexpected), "failed"
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a case is the case's failure
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = str(error) or type(error).__name__
        if isinstance(error, TimeoutError):
            said = "nothing came in time"
        if isinstance(error, ssl.SSLError):
            said = f"TLS: {error.reason or error}"
        one.observed, one.result = f"{said} ({place.filename.rsplit('/', 1)[-1]}:{place.lineno})", "failed"
    one.seconds = time.monotonic() - begun


# 1,000 streams at once (W15) make malloc keep about 30 MiB, the first time and not the second.
MEMORY_SLACK = 48 << 20


def add_final_cases(servers, baselines):
    """At the end of a run: the memory and the file descriptors of each shared server against its start."""
    rows = []
    for name, server in servers.shared.items():
        if name not in baselines:
            continue
        baseline = baselines[name]
        one = Case(f"END-{name}", f"after all cases the server `{name}` is at rest again",
                   f"file descriptors and RSS as at the start (+ {MEMORY_SLACK >> 20} MiB)", name, True,
                   None)
        begun, memory = time.monotonic(), 0
        try:
            is_settled = settled(server, baseline.fds)
            until(lambda: server.memory() <= baseline.memory + MEMORY_SLACK)
            memory = server.memory()
            one.observed = (f"{server.fd_count - baseline.fds:+d} file descriptors, RSS {baseline.memory >> 20} -> "
                            f"{memory >> 20} MiB")
            one.result = "passed" if is_settled and memory <= baseline.memory + MEMORY_SLACK else "failed"
        except OSError:
            one.observed, one.result = "the process has ended", "failed"
        one.seconds = time.monotonic() - begun
        rows.append(one)
    return rows
