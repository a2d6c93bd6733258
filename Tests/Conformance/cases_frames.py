"""Every kind of frame, well-formed and not; HELLO and its settings; the credit of streams."""

import re
import struct
from pathlib import Path

from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import (CANCEL, CREDIT, END, GOAWAY, HAS_MESSAGE, HELLO, LAST, MESSAGE, NOT_PROCESSED, PING, PONG,
                          REQUEST, frame, pack_metadata)
from patience import PATIENCE, until
from peer import INTEROP, Peer, credit, goaway, hello, message, request
from suite import case, expect

PAGE = Path(__file__).resolve().parents[2] / "proto" / "PROTOCOL.md"
PROTOCOL_ERROR = "GOAWAY PROTOCOL_ERROR, close_notify"


def example(name):
    """The bytes of an example on the protocol's page."""
    block = re.search(rf"```hex {name}\n(.*?)```", PAGE.read_text(), re.S).group(1)
    lines = (re.match(r"((?:[0-9A-F]{2} ? ?)+)", line) for line in block.splitlines())
    return bytes.fromhex("".join(line.group(1) for line in lines if line))


def how_ended(peer, timeout=PATIENCE):
    code, how = peer.ended(timeout)
    return f"GOAWAY {code}, {how}" if code else how


def ends_with(peer, code, timeout=PATIENCE):
    observed = how_ended(peer, timeout)
    return expect(observed == f"GOAWAY {code}, close_notify", observed)


# HELLO

@case("F1", "HELLO as the page's example", "the server's HELLO, then a call is answered OK")
def _(world):
    with Peer(world.server, greet=False) as peer:
        peer.send(example("hello"))
        version, settings = peer.expect(HELLO).settings()
        expect(version == 1 and set(settings) <= {1, 2, 3, 4, 5, 6}, (version, settings))
        end = peer.call("EmptyCall")
        return expect(end[0] == "OK", f"HELLO {settings}, {end[0]}")


@case("F2", "no HELLO from the client", "the server says HELLO without waiting for the client's")
def _(world):
    with Peer(world.server, greet=False) as peer:
        found = peer.frame()
        return expect(found.kind == HELLO, f"kind {found.kind}")


@case("F3", "REQUEST right behind HELLO, before the server's HELLO has come", "answered OK")
def _(world):
    with Peer(world.server, greet=False) as peer:
        peer.send(hello() + request(1, INTEROP + "EmptyCall"))
        end = peer.expect(END).end()
        return expect(end[0] == "OK", end[0])


@case("F4", "a setting of HELLO given twice: stream credit 1 KiB, then 1 MiB", "the last counts: 100 KiB come at once")
def _(world):
    with Peer(world.server, settings=[(4, 1024), (4, 1 << 20)]) as peer:
        parameters = [pb.ResponseParameters(size=10_000)] * 10
        stream = peer.start("StreamingOutputCall", pb.StreamingOutputCallRequest(response_parameters=parameters))
        count = 0
        while (found := peer.expect(MESSAGE, END, stream=stream)).kind == MESSAGE:
            count += 1
        return expect((count, found.end()[0]) == (10, "OK"), f"{count} messages, {found.end()[0]}")


@case("F5", "settings that nobody knows (7, 65535)", "ignored; a call is answered OK")
def _(world):
    with Peer(world.server, settings=[(7, 1), (65535, 0xFFFFFFFF)]) as peer:
        end = peer.call("EmptyCall")
        return expect(end[0] == "OK", end[0])


@case("F6", "HELLO with 2,000 settings, 12 KiB", "taken; a call is answered OK")
def _(world):
    with Peer(world.server, settings=[(100, 1)] * 2000) as peer:
        end = peer.call("EmptyCall")
        return expect(end[0] == "OK", end[0])


RANGES = {1: (16 << 10, 64 << 20), 2: (1 << 10, 1 << 20), 3: (1, 65_535), 4: (1 << 10, (1 << 31) - 1),
          5: (1 << 10, (1 << 31) - 1), 6: (0, 3_600_000)}

for setting, (low, high) in RANGES.items():
    @case(f"F7.{setting}", f"setting {setting} at {low} and {high}; then one beyond either end",
          "taken; PROTOCOL_ERROR each")
    def _(world, setting=setting, low=low, high=high):
        for value in (low, high):
            with Peer(world.server, settings=[(setting, value)]) as peer:
                end = peer.call("EmptyCall")
                expect(end[0] == "OK", f"{value}: {end[0]}")
        for value in [low - 1] * (low > 0) + [high + 1]:
            with Peer(world.server, greet=False) as peer:
                peer.send(hello([(setting, value)]))
                observed = how_ended(peer)
                expect(observed == PROTOCOL_ERROR, f"{value}: {observed}")
        return f"{low}, {high} taken; beyond: {PROTOCOL_ERROR}"


def malformed(identifier, title, data, before_hello=False, expected="PROTOCOL_ERROR"):
    @case(identifier, title, f"GOAWAY {expected}, the connection ends")
    def _(world):
        with Peer(world.server, greet=not before_hello) as peer:
            peer.send(data)
            return ends_with(peer, expected)


malformed("F8.1", "HELLO that announces 3 settings and carries 2", hello([(7, 1), (8, 1)], count=3), True)
malformed("F8.2", "HELLO with a byte behind the settings", hello([(7, 1)], extra=b"\0"), True)
malformed("F8.3", "HELLO of 3 bytes", frame(HELLO, payload=b"\0\1\0"), True)
malformed("F8.4", "HELLO on stream 1", frame(HELLO, 0, 1, struct.pack(">HH", 1, 0)), True)
malformed("F9.1", "REQUEST of 9 bytes", frame(REQUEST, 3, 1, bytes(9)))
malformed("F9.2", "REQUEST whose method is longer than the frame",
          frame(REQUEST, 3, 1, struct.pack(">QH", 0, 200) + b"short"))
malformed("F9.3", "REQUEST without metadata's count", frame(REQUEST, 3, 1, struct.pack(">QH", 0, 1) + b"x"))
malformed("F9.4", "REQUEST that announces 2 pairs of metadata and carries 1",
          request(1, "x", metadata=b"\0\2" + pack_metadata([("a", "b")])[2:], flags=LAST))
malformed("F9.5", "REQUEST whose metadata value is said to have 2^32-1 bytes",
          request(1, "x", metadata=struct.pack(">HH", 1, 1) + b"a" + b"\xff" * 4, flags=LAST))
malformed("F9.6", "REQUEST without HAS_MESSAGE and with bytes behind the metadata",
          frame(REQUEST, LAST, 1, struct.pack(">QH", 0, 1) + b"x" + b"\0\0" + b"rest"))
malformed("F9.7", "REQUEST on stream 0", request(0, INTEROP + "EmptyCall"))
malformed("F10.1", "MESSAGE on stream 0", message(0, b""))
malformed("F10.2", "MESSAGE on a stream that was never opened", message(1, b""))
malformed("F11.1", "END, which only servers send", frame(END, 0, 1, bytes(7)))
malformed("F12.1", "CANCEL on stream 0", frame(CANCEL))
malformed("F12.2", "CANCEL with a payload", request(1, INTEROP + "EmptyCall") + frame(CANCEL, 0, 1, b"x"))
malformed("F12.3", "CANCEL on a stream that was never opened", frame(CANCEL, 0, 7))
malformed("F13.1", "CREDIT of 3 bytes", frame(CREDIT, payload=bytes(3)))
malformed("F13.2", "CREDIT of 5 bytes", frame(CREDIT, payload=bytes(5)))
malformed("F14.1", "PING of 7 bytes", frame(PING, payload=bytes(7)))
malformed("F14.2", "PING of 9 bytes", frame(PING, payload=bytes(9)))
malformed("F14.3", "PING on stream 1", frame(PING, 0, 1, bytes(8)))
malformed("F15.1", "PONG of no bytes", frame(PONG))
malformed("F16.1", "GOAWAY whose text is longer than the frame",
          frame(GOAWAY, payload=struct.pack(">IHH", 0, 0, 9) + b"bye"))
malformed("F16.2", "GOAWAY on stream 1", frame(GOAWAY, 0, 1, bytes(8)))


# Calls

@case("F17", "REQUEST as the page's example", "END OK with the version", server="product")
def _(world):
    with Peer(world.server) as peer:
        peer.send(example("request"))
        end = peer.expect(END, stream=1).end()
        return expect(end[0] == "OK" and end[4], f"{end[0]}, a message of {len(end[4])} bytes")


@case("F18", "REQUEST and MESSAGE one byte a TLS record", "answered OK")
def _(world):
    with Peer(world.server) as peer:
        for byte in request(1, INTEROP + "UnaryCall", pb.UnaryCallRequest(response_size=3)):
            peer.send(bytes([byte]))
        end = peer.expect(END).end()
        return expect(end[0] == "OK", end[0])


@case("F19", "60 REQUESTs in one TLS record, stream limit 100", "60 ENDs OK", server="interop")
def _(world):
    with Peer(world.server) as peer:
        peer.send(b"".join(request(1 + 2 * i, INTEROP + "EmptyCall") for i in range(60)))
        ends = [peer.expect(END) for _ in range(60)]
        good = {end.stream for end in ends if end.end()[0] == "OK"}
        return expect(len(good) == 60, f"{len(good)} OK")


@case("F20", "flags that nobody named (F8) on REQUEST, PING and HELLO", "ignored")
def _(world):
    with Peer(world.server, greet=False) as peer:
        peer.send(frame(HELLO, 0xF8, 0, struct.pack(">HH", 1, 0)))
        peer.send(request(1, INTEROP + "EmptyCall", flags=0xF8 | HAS_MESSAGE | LAST) + frame(PING, 0xF8, 0, b"12345678"))
        kinds = {peer.expect(END, PONG).kind for _ in range(2)}
        return expect(kinds == {END, PONG}, f"kinds {sorted(kinds)}")


@case("F21", "a unary REQUEST without a message", "END INVALID_ARGUMENT")
def _(world):
    with Peer(world.server) as peer:
        end = peer.call("EmptyCall", flags=LAST)
        return expect(end[0] == "INVALID_ARGUMENT", f"{end[0]}: {end[1]}")


@case("F22", "CANCEL of a call that sleeps an hour", "no END; the handler is cancelled")
def _(world):
    with Peer(world.server) as peer:
        before = peer.call("GetActivity", answer=pb.GetActivityResponse)
        stream = peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
        peer.send(frame(CANCEL, 0, stream))

        def activity():
            # An END of the cancelled call would come first, and not be the answer.
            asked = peer.start("GetActivity")
            found = peer.expect(END)
            expect(found.stream == asked, "the cancelled call is answered")
            return pb.GetActivityResponse.FromString(found.end()[4])
        until(lambda: activity().running == 0)
        peer.quiet(0.3)
        after = activity()
        cancelled = after.cancelled - before.cancelled
        return expect(cancelled == 1 and after.running == 0, f"no END, {cancelled} cancelled, {after.running} running")


@case("F23", "CANCEL of a call that is answered", "ignored; the next call is answered")
def _(world):
    with Peer(world.server) as peer:
        peer.call("EmptyCall")
        peer.send(frame(CANCEL, 0, 1))
        end = peer.call("EmptyCall")
        return expect(end[0] == "OK", end[0])


@case("F24", "PING while a call waits for its next message", "PONG with the same 8 bytes, before anything of the call")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        peer.send(example("ping"))
        found = peer.frame()
        expect(frame(found.kind, 0, 0, found.payload) == example("pong"), f"kind {found.kind}, {found.payload.hex()}")
        peer.send(frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()[0]
        return expect(end == "OK", f"PONG {found.payload.hex()}, then END {end}")


@case("F25", "PONG that nobody asked for; frames of kinds 0, 10 and 255 on streams 0, 1 and 2^31", "passed over")
def _(world):
    with Peer(world.server) as peer:
        peer.send(frame(PONG, payload=bytes(8)))
        for kind in (0, 10, 255):
            for stream in (0, 1, 1 << 31):
                peer.send(frame(kind, 0xFF, stream, b"of the future"))
        end = peer.call("EmptyCall")
        return expect(end[0] == "OK", end[0])


@case("F26", "GOAWAY from the client while a call is open",
      "GOAWAY LEAVING, END OK, then the server closes")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        peer.send(goaway(text=b"bye"))
        code = peer.expect(GOAWAY).goaway()[1]
        peer.send(frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()
        how = peer.ended()[1]
        return expect((code, end[0], how) == ("LEAVING", "OK", "close_notify"), f"{code}, {end[0]}, {how}")


@case("F27", "REQUEST after the client's GOAWAY", "END UNAVAILABLE with NOT_PROCESSED")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        peer.send(goaway())
        late = peer.start("EmptyCall")
        found = peer.expect(END, stream=late)
        code = found.end()[0]
        peer.send(frame(MESSAGE, LAST, stream))
        peer.expect(END, stream=stream)
        return expect(code == "UNAVAILABLE" and found.flags & NOT_PROCESSED, f"{code}, flags {found.flags}")


def messages_until_quiet(peer, count):
    """How many messages come when so many should: those, and what else comes in the 0.4 s after them."""
    for _ in range(count):
        expect(peer.expect(MESSAGE, END).kind == MESSAGE, "END before the credit is spent")
    try:
        while peer.expect(MESSAGE, END, timeout=0.4).kind == MESSAGE:
            count += 1
    except TimeoutError:
        pass
    return count


@case("F28", "a HELLO that asks for a stream credit of 1 KiB; a stream of 20 × 1,000 bytes, no CREDIT sent",
      "1 message and no more, until CREDIT comes; then the rest")
def _(world):
    with Peer(world.server, settings={4: 1024}) as peer:
        parameters = [pb.ResponseParameters(size=1000)] * 20
        stream = peer.start("StreamingOutputCall", pb.StreamingOutputCallRequest(response_parameters=parameters))
        first = messages_until_quiet(peer, 1)
        peer.send(credit(stream, 1 << 20))
        rest = 0
        while (found := peer.expect(MESSAGE, END, stream=stream)).kind == MESSAGE:
            rest += 1
        observed = f"{first}, then {rest}, {found.end()[0]}"
        return expect(observed == "1, then 19, OK", observed)


@case("F29", "connection credit of 4 KiB, two streams of 10 × 1,000 bytes", "about 4 messages over both, then the rest")
def _(world):
    with Peer(world.server, settings={5: 4096}) as peer:
        parameters = [pb.ResponseParameters(size=1000)] * 10
        body = pb.StreamingOutputCallRequest(response_parameters=parameters)
        peer.start("StreamingOutputCall", body)
        peer.start("StreamingOutputCall", body)
        first = messages_until_quiet(peer, 4)
        peer.send(credit(0, 1 << 20))
        rest, ends = 0, 0
        while ends < 2:
            if peer.expect(MESSAGE, END).kind == MESSAGE:
                rest += 1
            else:
                ends += 1
        return expect(first == 4 and rest == 16, f"{first}, then {rest}")


@case("F30", "one message of 1 MiB in a stream credit of 64 KiB, both ways", "allowed: the credit goes below zero")
def _(world):
    with Peer(world.server, settings={4: 64 << 10}) as peer:
        stream = peer.start("FullDuplexCall", flags=0)
        big = pb.Payload(body=bytes(1 << 20))
        peer.send(message(stream, pb.FullDuplexCallRequest(
            payload=big, response_parameters=[pb.ResponseParameters(size=1 << 20)]), last=True))
        found = peer.expect(MESSAGE, END, stream=stream)
        size = len(found.payload)
        end = peer.expect(END, stream=stream).end() if found.kind == MESSAGE else found.end()
        return expect(found.kind == MESSAGE and size > 1 << 20 and end[0] == "OK", f"{size} bytes back, {end[0]}")


@case("F31", "client streaming: 300 messages of 1,000 bytes, as the credit allows", "CREDIT comes back; OK with the sum")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        available, total, sent = peer.settings.get(4, 64 << 10), peer.settings.get(5, 1 << 20), 0
        body = pb.StreamingInputCallRequest(payload=pb.Payload(body=bytes(1000))).SerializeToString()
        credits = 0
        while sent < 300:
            while available <= 0 or total <= 0:
                found = peer.expect(CREDIT, END)
                expect(found.kind == CREDIT, f"END {found.end()[:2] if found.kind == END else ''} after {sent}")
                count, credits = struct.unpack(">I", found.payload)[0], credits + 1
                if found.stream:
                    available += count
                else:
                    total += count
            sent, available, total = sent + 1, available - len(body) - 32, total - len(body) - 32
            peer.send(message(stream, body, last=sent == 300))
        end = peer.expect(END, stream=stream).end()
        size = pb.StreamingInputCallResponse.FromString(end[4]).aggregated_payload_size
        return expect(end[0] == "OK" and size == 300_000, f"{end[0]}, {size} bytes, {credits} CREDITs")


@case("F32", "the last message is MESSAGE with LAST and without HAS_MESSAGE", "the stream ends: OK with the sum")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        peer.send(message(stream, pb.StreamingInputCallRequest(payload=pb.Payload(body=bytes(5)))))
        peer.send(frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()
        size = pb.StreamingInputCallResponse.FromString(end[4]).aggregated_payload_size
        return expect((end[0], size) == ("OK", 5), f"{end[0]}, {size}")


@case("F33", "END before the client's last message: the second request asks for ABORTED; ten more follow",
      "END ABORTED; the rest goes nowhere, its credit comes back, a call is answered")
def _(world):
    with Peer(world.server) as peer:
        stream = peer.start("FullDuplexCall", flags=0)
        peer.send(message(stream, pb.FullDuplexCallRequest()))
        peer.send(message(stream, pb.FullDuplexCallRequest(response_status=pb.EchoStatus(code=10, message="enough"))))
        end = peer.expect(END, stream=stream).end()
        for _ in range(10):
            peer.send(message(stream, pb.FullDuplexCallRequest(payload=pb.Payload(body=bytes(100_000)))))
        returned = 0
        while returned < 500_000:
            returned += struct.unpack(">I", peer.expect(CREDIT, stream=0).payload)[0]
        after = peer.call("EmptyCall")
        observed = f"{end[0]}, {returned} bytes of credit back, {after[0]}"
        return expect(end[0] == "ABORTED" and returned >= 500_000 and after[0] == "OK", observed)
