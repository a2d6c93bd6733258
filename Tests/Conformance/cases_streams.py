"""The abuse cases W10 to W15, W17 and W18: frames and calls in wrong order, number or size."""

import time
from contextlib import ExitStack

from cases_frames import PROTOCOL_ERROR, ends_with
from honest import HONEST_SHARE, Honest
from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import CANCEL, END, PING, frame
from patience import until
from peer import INTEROP, Peer, credit, hello, message, request
from suite import case, expect


@case("W10", "a second HELLO; REQUEST, PING and an unknown kind before HELLO; HELLO with version 99; unknown and duplicate "
      "settings", "PROTOCOL_ERROR, PROTOCOL_ERROR three times, UNSUPPORTED_VERSION; ignored, the last counts (see F4)")
def _(world):
    with Peer(world.server, settings=[(99, 1), (65535, 2), (4, 1024), (4, 2048)]) as peer:
        expect(peer.call("EmptyCall")[0] == "OK", "unknown settings are not ignored")
    with Peer(world.server) as peer:
        peer.send(hello())
        ends_with(peer, "PROTOCOL_ERROR")
    for data in (request(1, INTEROP + "EmptyCall"), frame(PING, payload=bytes(8)), frame(77)):
        with Peer(world.server, greet=False) as peer:
            peer.send(data)
            ends_with(peer, "PROTOCOL_ERROR")
    with Peer(world.server, greet=False) as peer:
        peer.send(hello(version=99))
        return f"4 x {PROTOCOL_ERROR}; {ends_with(peer, 'UNSUPPORTED_VERSION')}; OK"


@case("W11", "streams 0, 2, 1 twice, 3 then 1; 2^31-1 and then 2^31+1",
      "PROTOCOL_ERROR each; 2^31-1 is answered, the next is a PROTOCOL_ERROR")
def _(world):
    for streams in ((0,), (2,), (1, 1), (3, 1)):
        with Peer(world.server) as peer:
            peer.send(b"".join(request(stream, INTEROP + "EmptyCall") for stream in streams))
            ends_with(peer, "PROTOCOL_ERROR")
    with Peer(world.server) as peer:
        peer.send(request((1 << 31) - 1, INTEROP + "EmptyCall"))
        end = peer.expect(END, stream=(1 << 31) - 1).end()[0]
        peer.send(request((1 << 31) + 1, INTEROP + "EmptyCall"))
        observed = f"4 x {PROTOCOL_ERROR}; {end}, then {ends_with(peer, 'PROTOCOL_ERROR')}"
        return expect(end == "OK", observed)


@case("W12a", "MESSAGE after END; MESSAGE after LAST", "ignored; END INTERNAL")
def _(world):
    with Peer(world.server) as peer:
        peer.call("EmptyCall")
        peer.send(message(1, b""))
        after = peer.call("EmptyCall")[0]
        stream = peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
        peer.send(message(stream, b""))
        end = peer.expect(END, stream=stream).end()[0]
        return expect((after, end) == ("OK", "INTERNAL"), f"a call after it: {after}; END {end}")


@case("W12b", "CREDIT on a stream that was never opened; on one that is over", "PROTOCOL_ERROR; ignored")
def _(world):
    with Peer(world.server) as peer:
        peer.send(credit(9, 1))
        first = ends_with(peer, "PROTOCOL_ERROR")
    with Peer(world.server) as peer:
        peer.call("EmptyCall")
        peer.send(credit(1, 1000))
        return f"{first}; {expect(peer.call('EmptyCall')[0] == 'OK', 'OK')}"


@case("W12c", "CREDIT of 0: 1,000 in a burst, then 500 more", "no effect; TOO_MUCH")
def _(world):
    with Peer(world.server) as peer:
        peer.send(credit(0, 0) * 1000)
        end = peer.call("EmptyCall")[0]
        peer.try_send(credit(0, 0) * 500)
        return f"{expect(end == 'OK', end)}; {ends_with(peer, 'TOO_MUCH')}"


@case("W12d", "CREDIT that makes a stream's 2^31-1, then 1 more; the same on the connection",
      "nothing; FLOW_CONTROL each")
def _(world):
    for stream, held in ((1, 64 << 10), (0, 1 << 20)):
        with Peer(world.server) as peer:
            peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
            peer.send(credit(stream, (1 << 31) - 1 - held))
            expect(peer.call("EmptyCall")[0] == "OK", "2^31-1 is refused")
            peer.send(credit(stream, 1))
            observed = ends_with(peer, "FLOW_CONTROL")
    return f"OK, then {observed}, both"


@case("W13", "REQUEST + CANCEL of calls that go on for 20 ms whatever one says: 200,000 pairs with --full, 20,000 else; "
      "1,000 pairs a connection, one connection after the other",
      f"never more than 200 handlers, twice the limit of calls; TOO_MUCH each time; {HONEST_SHARE}")
def _(world):
    with world.servers.interop() as server:
        with Honest(server, world.server) as honest, Peer(server) as watch:
            pairs, ended, count = 0, {}, world.count(200_000, 20_000)
            body = pb.SleepRequest(duration_ms=20, ignores_cancellation=True).SerializeToString()
            while pairs < count:
                with Peer(server) as peer:
                    for _ in range(10):
                        data = b""
                        for _ in range(100):
                            stream = peer.new_stream()
                            data += request(stream, INTEROP + "Sleep", body) + frame(CANCEL, 0, stream)
                        pairs += 100
                        if not peer.try_send(data):
                            break
                    how = peer.ended()[0] or "closed"
                    ended[how] = ended.get(how, 0) + 1
                # The limit is one connection's: its handlers end before the next comes.
                while (activity := watch.call("GetActivity", answer=pb.GetActivityResponse)).running:
                    time.sleep(0.002)
            good, said = honest.judge()
        most, started = activity.running_max, activity.started
        ends = ", ".join(f"{count} x {how}" for how, count in ended.items())
        observed = f"{pairs:,} pairs, {started:,} handlers started, at most {most} at once, {ends}, {said}"
        return expect(0 < most <= 200 and set(ended) <= {"TOO_MUCH", "closed"} and good, observed)


@case("W14", "a flood of PINGs, then of frames of unknown kinds: up to 10^6 each with --full, 10^5 else",
      "TOO_MUCH each; RSS grows < 1 MiB", server="interop")
def _(world):
    said = []
    for name, one in (("PING", frame(PING, payload=bytes(8))), ("unknown", frame(99, payload=bytes(8)))):
        with Peer(world.server) as peer:
            before, sent = world.server.memory(), 0
            while sent < world.count(1_000_000, 100_000) and peer.try_send(one * 500):
                sent += 500
            grown = world.server.memory() - before
            code = peer.ended()[0]
            # What was on its way when the server closed may reset the connection under its last words.
            said.append(f"{name}: {code or 'closed'}, {sent:,} left the client before it noticed, RSS {grown >> 10:+d} KiB")
            expect(code in ("TOO_MUCH", "") and grown < 1 << 20, said[-1])
    return "; ".join(said)


@case("W15", "streams of 10 MB that nobody reads: 100 on each of 10 connections, twice, with --full; on one else; then with a deadline of 1.5 s",
      "all handlers wait; memory grows < 8 MiB for each connection, < 8 MiB the second time; another connection is answered; "
      "the deadline ends them", server="interop")
def _(world):
    connections = world.count(10, 1)
    held, observed = True, []
    for turn in range(2 if world.full else 1):
        running, grown, after = unread_streams(world, connections)
        bound = (8 << 20) * (connections if turn == 0 else 1)
        held = held and (running, after) == (100 * connections, 0) and grown < bound
        observed.append(f"{running} wait, RSS {grown >> 20:+d} MiB; {after} after a deadline")
    return expect(held, "; again: ".join(observed))


def unread_streams(world, connections):
    """Starts 100 streams on each connection and reads nothing.

    Returns how many wait and the bytes they take, and how many are left of as many others after their deadline."""
    body = pb.StreamingOutputCallRequest(
        response_parameters=[pb.ResponseParameters(size=10_000)] * 1000).SerializeToString()
    with Peer(world.server) as other:
        def running():
            return other.call("GetActivity", answer=pb.GetActivityResponse).running

        def started(stack, **options):
            for peer in [stack.enter_context(Peer(world.server)) for _ in range(connections)]:
                for _ in range(100):
                    peer.start("StreamingOutputCall", body, **options)

        before = world.server.memory()
        with ExitStack() as stack:
            started(stack)
            until(lambda: running() == 100 * connections)
            waiting, grown = running(), world.server.memory() - before
        until(lambda: running() == 0)
        with ExitStack() as stack:
            started(stack, timeout_us=1_500_000)
            until(lambda: running() == 0)
            return waiting, grown, running()


@case("W17", "a method name of 65,535 bytes, with NUL, ../../etc/passwd, empty, of another service",
      "END UNIMPLEMENTED each; nothing of it in the log")
def _(world):
    with Peer(world.server) as peer:
        codes = []
        for name in (b"m" * 65_535, b"likeness.interop.v1.InteropService/Empty\0Call", b"../../etc/passwd", b"",
                     b"likeness.interop.v1.OtherService/EmptyCall", b"/likeness.interop.v1.InteropService/EmptyCall"):
            stream = peer.new_stream()
            peer.send(request(stream, name))
            codes.append(peer.expect(END, stream=stream).end()[0])
        logged = "passwd" in world.server.log_text() or "mmmm" in world.server.log_text()
        return expect(set(codes) == {"UNIMPLEMENTED"} and not logged,
                      f"{', '.join(sorted(set(codes)))}{', in the log' if logged else ''}")


@case("W18", "10,000 metadata keys; traceparent malformed six ways; a timeout of 0, -1, 2^63 and 1 µs",
      "RESOURCE_EXHAUSTED; ignored: OK each; none, capped to a year twice, DEADLINE_EXCEEDED")
def _(world):
    with Peer(world.server) as peer:
        many = peer.call("EmptyCall", metadata=[(f"k{index}", "v") for index in range(10_000)])[0]
        codes = {peer.call("EmptyCall", metadata=[("traceparent", value)])[0] for value in (
            "", "00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "ff-" + "1" * 32 + "-" + "1" * 16 + "-01",
            "00-" + "g" * 32 + "-" + "1" * 16 + "-01", "x" * 9000)}
        year, left = 365 * 86_400 * 10**6, []
        for timeout in (0, (1 << 64) - 1, 1 << 63):
            found = peer.call("GetCall", answer=pb.GetCallResponse, timeout_us=timeout).remaining_us
            left.append("none" if found == -1 else "a year" if 0.99 * year < found <= 1.01 * year else f"{found} µs")
        short = peer.call("Sleep", pb.SleepRequest(duration_ms=50), timeout_us=1)[0]
        observed = f"{many}; {', '.join(sorted(codes))}; {', '.join(left)}, {short}"
        return expect(observed == "RESOURCE_EXHAUSTED; OK; none, a year, a year, DEADLINE_EXCEEDED", observed)
