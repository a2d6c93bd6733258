"""Credit, and how often a peer may do what costs the server and not itself."""

import time

from cases_frames import ends_with, how_ended
from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import CANCEL, END, LAST, MESSAGE, PING, PONG, frame
from patience import until
from peer import INTEROP, Peer, credit, message, request
from suite import case, expect


@case("L40", "the product's HELLO, without any setting of its own",
      "frames of 4 MiB, metadata of 16 KiB, 100 calls, credit of 64 KiB and 1 MiB, 10 s between PINGs", server="product")
def _(world):
    defaults = {1: 4 << 20, 2: 16 << 10, 3: 100, 4: 64 << 10, 5: 1 << 20, 6: 10_000}
    with Peer(world.server) as peer:
        # What is not said has the protocol's default.
        said = {**defaults, **{key: value for key, value in peer.settings.items() if key in defaults}}
        return expect(said == defaults, "as expected" if said == defaults else said)


# Credit

@case("L26", "MESSAGEs of 1,000 bytes without end to a handler that takes none",
      "FLOW_CONTROL when the stream's 64 KiB are spent")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("DrainSlowly", flags=0)
        peer.send(message(stream, pb.DrainSlowlyRequest(pause_ms=3_600_000)))
        body = pb.DrainSlowlyRequest(payload=pb.Payload(body=bytes(1000))).SerializeToString()
        for _ in range(100):
            if not peer.try_send(message(stream, body)):
                break
        return ends_with(peer, "FLOW_CONTROL")


@case("L27", "17 streams of 64 KiB unread each: over the connection's credit of 1 MiB", "FLOW_CONTROL", server="interop")
def _(world):
    with Peer(world.server) as peer:
        body = pb.DrainSlowlyRequest(pause_ms=3_600_000, payload=pb.Payload(body=bytes(65_000))).SerializeToString()
        for _ in range(18):
            stream = peer.start("DrainSlowly", flags=0)
            if not (peer.try_send(message(stream, body)) and peer.try_send(message(stream, body))):
                break
        return ends_with(peer, "FLOW_CONTROL")


@case("L28", "CREDIT of 2^31-1 on top of the connection's 1 MiB; on top of a stream's", "FLOW_CONTROL each")
def _(world):
    with Peer(world.server) as peer:
        peer.send(credit(0, (1 << 31) - 1))
        first = ends_with(peer, "FLOW_CONTROL")
    with Peer(world.server) as peer:
        stream = peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
        peer.send(credit(stream, (1 << 31) - 1))
        ends_with(peer, "FLOW_CONTROL")
    return first


@case("L29", "CREDIT of 2^31-1 - 64 KiB on a stream with 64 KiB", "allowed: the sum is 2^31-1")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("FullDuplexCall", flags=0)
        peer.send(credit(stream, (1 << 31) - 1 - (64 << 10)) + frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()
        return expect(end[0] == "OK", end[0])


# Budgets

@case("L30", "4 PINGs at once where 10 s must lie between", "2 are overlooked; the third in a row: TOO_MUCH")
def _(world):
    with Peer(world.server) as peer:
        ping = frame(PING, payload=bytes(8))
        for _ in range(3):
            peer.send(ping)
            peer.expect(PONG)
        peer.send(ping)
        observed = how_ended(peer)
        return expect(observed == "GOAWAY TOO_MUCH, close_notify", f"3 PONGs, {observed}")


@case("L31", "20 PINGs 60 ms apart where 50 ms must lie between", "all answered")
def _(world):
    with world.servers.interop("--set", "ping-interval-min-ms=50") as server, Peer(server) as peer:
        for count in range(20):
            peer.send(frame(PING, payload=bytes(8)))
            peer.expect(PONG)
            time.sleep(0.06)
        return "20 PONGs"


@case("L36", "4 PINGs at once while a call runs, where 10 s must lie between", "3 PONGs, then TOO_MUCH; the handler is cancelled")
def _(world):
    with Peer(world.server) as watch, Peer(world.server) as peer:
        before = watch.call("GetActivity", answer=pb.GetActivityResponse).cancelled
        peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
        ping = frame(PING, payload=bytes(8))
        for _ in range(3):
            peer.send(ping)
            peer.expect(PONG)
        peer.send(ping)
        observed = how_ended(peer)
        cancelled = until(lambda: watch.call("GetActivity", answer=pb.GetActivityResponse).cancelled - before)
        return expect(observed == "GOAWAY TOO_MUCH, close_notify" and cancelled == 1,
                      f"3 PONGs, {observed}, {cancelled} cancelled")


@case("L37", "20 PINGs 60 ms apart while a call runs, where 50 ms must lie between", "all answered, END OK")
def _(world):
    with world.servers.interop("--set", "ping-interval-min-ms=50") as server, Peer(server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        for _ in range(20):
            peer.send(frame(PING, payload=bytes(8)))
            peer.expect(PONG)
            time.sleep(0.06)
        peer.send(frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()[0]
        return expect(end == "OK", f"20 PONGs, END {end}")


@case("L38", "a client that was silent for 1 s, where 0.5 s must lie between; then two PINGs too many, a pause, and two again",
      "all answered: strikes are forgiven by a PING in time")
def _(world):
    with world.servers.interop("--set", "ping-interval-min-ms=500") as server, Peer(server) as peer:
        time.sleep(1)
        for _ in range(2):
            for _ in range(3):
                peer.send(frame(PING, payload=bytes(8)))
                peer.expect(PONG)
            time.sleep(0.6)
        end = peer.call("EmptyCall")[0]
        return expect(end == "OK", f"6 PONGs, {end}")


@case("L39", "MESSAGEs of one byte to 16 handlers that take none, until all credit is spent; then up to 10^6 more with --full, "
      "10^5 else", "held: RSS grows < 2 MiB, twice the connection's credit; then FLOW_CONTROL")
def _(world):
    # A server of its own, warm: what grows is what is held.
    with world.servers.interop() as server, Peer(server) as peer:
        for _ in range(2000):
            peer.call("EmptyCall")
        first = pb.DrainSlowlyRequest(pause_ms=3_600_000).SerializeToString()
        each = ((64 << 10) - len(first) - 32) // 33
        before, streams = server.memory(), []
        for _ in range(16):
            streams.append(peer.start("DrainSlowly", flags=0))
            peer.send(message(streams[-1], first) + message(streams[-1], b"\x08") * (each - 40))
        expect(peer.call("EmptyCall")[0] == "OK", "the connection is closed within its credit")
        held = server.memory() - before
        sent, count = 0, world.count(1_000_000, 100_000)
        while sent < count and peer.try_send(message(streams[0], b"\x08") * 1000):
            sent += 1000
        observed = (f"{16 * (each - 40):,} MESSAGEs held, RSS {held >> 10:+d} KiB; {peer.ended()[0] or 'closed'}, "
                    f"RSS {server.memory() - before >> 10:+d} KiB")
        return expect(held < 2 << 20 and server.memory() - before < 2 << 20 and "open" not in observed, observed)


@case("L32", "420 calls cancelled in one burst", "TOO_MUCH: 400 at once, then 100/s", server="interop")
def _(world):
    with Peer(world.server) as peer:
        for _ in range(1200):
            stream = peer.new_stream()
            data = request(stream, INTEROP + "Sleep", pb.SleepRequest(duration_ms=1)) + frame(CANCEL, 0, stream)
            if not peer.try_send(data):
                break
        sent = peer.next // 2
        observed = how_ended(peer)
        return expect("TOO_MUCH" in observed, f"{observed} ({sent} pairs sent)")


@case("L33", "1,000 PONGs in one burst; then 500 more", "passed over; TOO_MUCH", server="interop")
def _(world):
    with Peer(world.server) as peer:
        peer.send(frame(PONG, payload=bytes(8)) * 1000)
        end = peer.call("EmptyCall")
        expect(end[0] == "OK", end[0])
        peer.try_send(frame(PONG, payload=bytes(8)) * 500)
        return f"{end[0]}; {ends_with(peer, 'TOO_MUCH')}"
