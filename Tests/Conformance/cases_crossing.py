"""What crosses: frames of a client that keeps to the rules and does not know yet that its stream is over."""

import asyncio

from cases_frames import ends_with
from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import CANCEL, END, LAST, MESSAGE, PING, STREAM_CREDIT, Connection, frame
from patience import until
from peer import INTEROP, Peer, credit, goaway, message, request
from suite import case, expect

STREAM = INTEROP + "StreamingOutputCall"


def short_stream(sizes=(10, 10, 10)):
    return pb.StreamingOutputCallRequest(response_parameters=[pb.ResponseParameters(size=size) for size in sizes])


@case("C1", "short server streams, one after the other, on one connection of examples/python (5,000 with --full, 2,000 else), with "
      "credit of 64 KiB and of 1 KiB a stream", "all answered: CREDIT that crosses END costs nothing")
def _(world):
    count = world.count(5000, 2000)

    async def run(settings):
        async with await Connection.open(world.server.client_file, settings) as connection:
            for number in range(count):
                call = await connection.start(STREAM, pb.StreamingOutputCallResponse, short_stream((600,) * 3))
                answers = [answer async for answer in call]
                expect(len(answers) == 3, f"{len(answers)} answers of stream {number}")
    for settings in ({}, {STREAM_CREDIT: 1024}):
        asyncio.run(run(settings))
    return f"2 x {count:,} streams"


@case("C2", "short server streams whose client gives credit for each message, and only after END was sent: 5,000 with --full, "
      "2,000 else", "all answered")
def _(world):
    with Peer(world.server) as peer:
        late, count = b"", world.count(5000, 2000)
        for _ in range(count):
            stream = peer.new_stream()
            peer.send(late + request(stream, STREAM, short_stream()))
            late = b""
            while (found := peer.expect(MESSAGE, END, stream=stream)).kind == MESSAGE:
                cost = len(found.payload) + 32
                late += credit(stream, cost) + credit(0, cost)
        return expect(peer.call("EmptyCall")[0] == "OK", f"{count:,} streams")


@case("C3", "CREDIT of 1 byte without end on one stream that is over", "TOO_MUCH: 1,000 beyond what was outstanding, then 100/s",
      server="interop")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("StreamingOutputCall", short_stream())
        peer.expect(END, stream=stream)
        for _ in range(100):
            if not peer.try_send(credit(stream, 1) * 100):
                break
        return ends_with(peer, "TOO_MUCH")


@case("C4", "14 streams that end before 1,900 empty MESSAGEs each come, within their credit", "passed over; a call is answered")
def _(world):
    with Peer(world.server) as peer:
        for _ in range(14):
            stream = peer.start("NoSuchMethod", flags=0)
            peer.expect(END, stream=stream)
            peer.send(message(stream, b"") * 1900)
        return expect(peer.call("EmptyCall")[0] == "OK", "26,600 MESSAGEs, then OK")


@case("C5", "MESSAGE with LAST and without a message when there is no credit", "the stream ends: OK with the sum")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("DrainSlowly", flags=0)
        peer.send(message(stream, pb.DrainSlowlyRequest(pause_ms=200, payload=pb.Payload(body=bytes(70_000)))))
        peer.send(frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()
        return expect(end[0] == "OK", end[0])


@case("C6", "100 CANCELs and 100 new calls in one packet, where 100 may be open", "100 ENDs OK", server="interop")
def _(world):
    with Peer(world.server) as peer:
        first = [peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000)) for _ in range(100)]
        fresh = [peer.new_stream() for _ in first]
        peer.send(b"".join(frame(CANCEL, 0, stream) for stream in first) +
                  b"".join(request(stream, INTEROP + "EmptyCall") for stream in fresh))
        ends = [peer.expect(END) for _ in fresh]
        good = [end.stream for end in ends if end.end()[0] == "OK"]
        return expect(good == fresh, f"{len(good)} ENDs OK")


@case("C7", "the server's trailers where the client takes 1 KiB of metadata", "END OK with those that fit")
def _(world):
    with Peer(world.server, settings={2: 1024}) as peer:
        sent = [("x-interop-initial", "v" * 100)] * 20
        end = peer.call("UnaryCall", pb.UnaryCallRequest(), metadata=sent)
        size = 2 + sum(6 + len(key) + len(value) for key, value in end[3])
        return expect(end[0] == "OK" and len(end[3]) == 8 and size <= 1024, f"{end[0]}, {len(end[3])} trailers in {size} bytes")


@case("C8", "a client that takes a PING every 2 s at most; the server would send one after 0.3 s of silence",
      "no PING for 1.5 s, then one")
def _(world):
    with world.servers.interop("--set", "keepalive-interval-ms=300") as server:
        with Peer(server, settings={6: 2000}, answers_pings=False) as peer:
            expect(peer.quiet(1.5), "a PING")
            peer.expect(PING)
            return "none, then one"


@case("C9", "GOAWAY with INTERNAL_ERROR while a call sleeps an hour", "the connection ends now; the handler is cancelled")
def _(world):
    with Peer(world.server) as watch, Peer(world.server) as peer:
        before = watch.call("GetActivity", answer=pb.GetActivityResponse).cancelled
        peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
        peer.send(goaway(code=7))
        how = peer.ended()[1]
        until(lambda: watch.call("GetActivity", answer=pb.GetActivityResponse).cancelled > before)
        after = watch.call("GetActivity", answer=pb.GetActivityResponse).cancelled
        return expect(how != "open" and after == before + 1, f"{how}, {after - before} cancelled")


@case("C10", "CANCEL behind each of 2,000 calls that are answered already", "ignored; a call is answered", server="interop")
def _(world):
    with Peer(world.server) as peer:
        for _ in range(20):
            streams = [peer.new_stream() for _ in range(100)]
            peer.send(b"".join(request(stream, INTEROP + "EmptyCall") for stream in streams))
            for _ in streams:
                peer.expect(END)
            peer.send(b"".join(frame(CANCEL, 0, stream) for stream in streams))
        return expect(peer.call("EmptyCall")[0] == "OK", "2,000 CANCELs, then OK")


@case("C11", "2,000 calls in one go that are answered with 256 KiB each; the client reads nothing, then everything",
      "memory grows < 64 MiB: no call starts while 1 MiB (here) is unread; then each has its END", server="interop")
def _(world):
    with world.servers.interop("--set", "unwritten-bytes-max=1048576") as server, Peer(server, receive_bytes=4096) as peer:
        before = server.memory()
        body = pb.UnaryCallRequest(response_size=256 << 10)
        streams = [peer.new_stream() for _ in range(2000)]
        peer.try_send(b"".join(request(stream, INTEROP + "UnaryCall", body) for stream in streams))
        grown = 0
        for _ in range(10):
            grown = max(grown, server.memory() - before)
            # The server could go on in this time.
            with Peer(server) as other:
                expect(other.call("EmptyCall")[0] == "OK", "another connection's call")
        ends = [peer.expect(END).end()[0] for _ in streams]
        observed = f"{grown >> 20} MiB; {ends.count('OK'):,} OK of {len(ends):,}"
        return expect(grown < 64 << 20 and set(ends) <= {"OK", "RESOURCE_EXHAUSTED"}, observed)


@case("C12", "a client that never reads the answers to what it asks", "GOAWAY cannot come through: closed after keepalive-timeout "
      "(0.5 s here, 20 s by default), with a line in the log")
def _(world):
    with world.servers.interop("--set", "keepalive-timeout-ms=500") as server, Peer(server, receive_bytes=4096) as peer:
        body = pb.UnaryCallRequest(response_size=3 << 20)
        peer.send(b"".join(request(peer.new_stream(), INTEROP + "UnaryCall", body) for _ in range(8)))
        expect(until(lambda: "does not read" in server.log_text()), "nothing in the log")
        with Peer(server) as other:
            return expect(other.call("EmptyCall")[0] == "OK", "closed, with a line in the log")
