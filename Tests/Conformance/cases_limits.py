"""Every limit and time-out at its value and beyond, and every status code."""

import socket
import struct
import time

from cases_frames import ends_with, how_ended
from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import (CANCEL, CODES, CREDIT, END, GOAWAY, HELLO, LAST, MESSAGE, NOT_PROCESSED, PING, PONG, Fields,
                          frame, pack_metadata)
from patience import PATIENCE, until
from peer import INTEROP, Closed, Peer, credit, hello, message, request
from suite import case, expect, settled, tally, varint

FRAME_MAX = 4 << 20


def echo_of_length(stream, length):
    """A REQUEST whose length field is `length`, of unknown fields that EmptyCall passes over."""
    empty = len(request(stream, INTEROP + "EmptyCall")) - 4
    filler = length - empty
    size = filler - 1 - len(varint(filler))
    body = b"\x0a" + varint(size) + bytes(size)
    body += b"\x08\x00" * ((filler - len(body)) // 2)
    return request(stream, INTEROP + "EmptyCall", body)


# Frames

@case("L1", "a frame of exactly 4 MiB", "answered OK")
def _(world):
    with Peer(world.server) as peer:
        data = echo_of_length(1, FRAME_MAX)
        expect(struct.unpack(">I", data[:4])[0] == FRAME_MAX, len(data))
        peer.send(data)
        end = peer.expect(END).end()
        return expect(end[0] == "OK", end[0])


@case("L2", "length 4 MiB + 1, header only", "FRAME_TOO_LARGE before the payload; RSS grows < 64 KiB")
def _(world):
    with Peer(world.server) as peer:
        peer.call("EmptyCall")
        before = world.server.memory()
        peer.send(struct.pack(">IBBI", FRAME_MAX + 1, 2, 3, 1))
        observed = how_ended(peer)
        grown = world.server.memory() - before
        observed = f"{observed}, RSS {grown >> 10:+d} KiB"
        return expect("FRAME_TOO_LARGE" in observed and grown < 64 << 10, observed)


@case("L3", "a first frame of 16 KiB + 1", "FRAME_TOO_LARGE: the limit before HELLO is 16 KiB")
def _(world):
    with Peer(world.server, greet=False) as peer:
        peer.send(struct.pack(">IBBI", (16 << 10) + 1, 1, 0, 0))
        return ends_with(peer, "FRAME_TOO_LARGE")


@case("L4", "the client takes frames of 16 KiB; the answer has 20,000 bytes", "END RESOURCE_EXHAUSTED, the connection stays")
def _(world):
    with Peer(world.server, settings={1: 16 << 10}) as peer:
        end = peer.call("UnaryCall", pb.UnaryCallRequest(response_size=20_000))
        after = peer.call("EmptyCall")
        return expect((end[0], after[0]) == ("RESOURCE_EXHAUSTED", "OK"), f"{end[0]}: {end[1]}; then {after[0]}")


@case("L5", "the client takes frames of 16 KiB; a message of a stream has 20,000 bytes",
      "END RESOURCE_EXHAUSTED, the connection stays")
def _(world):
    with Peer(world.server, settings={1: 16 << 10}) as peer:
        end = peer.call("StreamingOutputCall", pb.StreamingOutputCallRequest(
            response_parameters=[pb.ResponseParameters(size=20_000)]))
        after = peer.call("EmptyCall")
        return expect((end[0], after[0]) == ("RESOURCE_EXHAUSTED", "OK"), f"{end[0]}: {end[1]}; then {after[0]}")


# Metadata

def metadata_block(size):
    """A block of exactly so many bytes, its count included."""
    return [("k", "v" * (size - 2 - 6 - 1))]


@case("L6", "metadata of exactly 16 KiB", "END OK")
def _(world):
    with Peer(world.server) as peer:
        block = metadata_block(16 << 10)
        expect(len(pack_metadata(block)) == 16 << 10, "wrong size")
        end = peer.call("EmptyCall", metadata=block)
        return expect(end[0] == "OK", end[0])


@case("L7", "metadata of 16 KiB + 1", "END RESOURCE_EXHAUSTED, the connection stays")
def _(world):
    with Peer(world.server) as peer:
        end = peer.call("EmptyCall", metadata=metadata_block((16 << 10) + 1))
        after = peer.call("EmptyCall")
        return expect((end[0], after[0]) == ("RESOURCE_EXHAUSTED", "OK"), f"{end[0]}: {end[1]}; then {after[0]}")


@case("L8", "keys: upper case, space, NUL, empty, 256 bytes, not ASCII", "END INVALID_ARGUMENT each")
def _(world):
    with Peer(world.server) as peer:
        codes = []
        for key in (b"Key", b"a key", b"k\0", b"", b"k" * 256, "é".encode()):
            block = struct.pack(">HH", 1, len(key)) + key + struct.pack(">I", 1) + b"v"
            codes.append(peer.call("EmptyCall", metadata=block)[0])
        return expect(set(codes) == {"INVALID_ARGUMENT"}, tally(codes))


@case("L9", "a key of 255 bytes, a key three times, a -bin value with any bytes, an empty value",
      "the server sees the same pairs in the same order")
def _(world):
    with Peer(world.server) as peer:
        sent = [("k" * 255, "1"), ("same", "a"), ("x-bin", bytes(range(256))), ("same", "b"), ("none", ""),
                ("same", "c")]
        seen = peer.call("GetCall", answer=pb.GetCallResponse, metadata=sent).metadata
        seen = [(entry.key, entry.value) for entry in seen]
        wanted = [(key, value.encode() if isinstance(value, str) else value) for key, value in sent]
        return expect(seen == wanted, f"{len(seen)} pairs, {'as sent' if seen == wanted else 'others'}")


@case("L10", "a value that is not UTF-8, of a key without -bin", "END INVALID_ARGUMENT")
def _(world):
    with Peer(world.server) as peer:
        end = peer.call("EmptyCall", metadata=[("text", b"\xff\xfe")])
        return expect(end[0] == "INVALID_ARGUMENT", f"{end[0]}: {end[1]}")


# Calls

@case("L11", "9 calls at once where 8 are allowed", "the ninth: END RESOURCE_EXHAUSTED, NOT_PROCESSED; 8 are answered")
def _(world):
    with Peer(world.server) as peer:
        streams = [peer.start("StreamingInputCall", flags=0) for _ in range(8)]
        ninth = peer.expect(END, stream=peer.start("EmptyCall"))
        code, flags = ninth.end()[0], ninth.flags
        peer.send(b"".join(frame(MESSAGE, LAST, stream) for stream in streams))
        ends = [peer.expect(END).end()[0] for _ in range(8)]
        observed = f"{code}, {'NOT_PROCESSED' if flags & NOT_PROCESSED else 'no flag'}; {ends.count('OK')} OK"
        return expect(observed == "RESOURCE_EXHAUSTED, NOT_PROCESSED; 8 OK", observed)


@case("L12", "16 cancelled calls whose handlers do not stop, where 8 may be open, then another",
      "RESOURCE_EXHAUSTED with RetryInfo until they really end")
def _(world):
    with Peer(world.server) as peer:
        data, body = b"", pb.SleepRequest(duration_ms=600, ignores_cancellation=True)
        for _ in range(16):
            stream = peer.new_stream()
            data += request(stream, INTEROP + "Sleep", body) + frame(CANCEL, 0, stream)
        data += request(99, INTEROP + "EmptyCall")
        peer.send(data)
        peer.next = 101
        first = peer.expect(END, stream=99).end()
        retry = any(kind.endswith("RetryInfo") for kind, _ in first[2])
        second = until(lambda: peer.call("EmptyCall")[0] == "OK")
        return expect((first[0], retry, second) == ("RESOURCE_EXHAUSTED", True, True),
                      f"{first[0]}{', RetryInfo' if retry else ''}, later {'OK' if second else 'the same'}")


@case("L13", "a method name of 255 bytes, of 256 bytes, with bytes that are not UTF-8", "END UNIMPLEMENTED each")
def _(world):
    with Peer(world.server) as peer:
        codes = [_call_named(peer, name) for name in (b"m" * 255, b"m" * 256, b"\xff/\xfe")]
        return expect(set(codes) == {"UNIMPLEMENTED"}, tally(codes))


def _call_named(peer, name):
    stream = peer.new_stream()
    peer.send(request(stream, name))
    return peer.expect(END, stream=stream).end()[0]


# Time

@case("L14", "timeout of 50 ms over a handler of an hour", "END DEADLINE_EXCEEDED after 50 ms; the handler is cancelled")
def _(world):
    with Peer(world.server) as peer:
        before = peer.call("GetActivity", answer=pb.GetActivityResponse).cancelled
        begun = time.monotonic()
        end = peer.call("Sleep", pb.SleepRequest(duration_ms=3_600_000), timeout_us=50_000)
        took = (time.monotonic() - begun) * 1000
        until(lambda: peer.call("GetActivity", answer=pb.GetActivityResponse).cancelled > before)
        cancelled = peer.call("GetActivity", answer=pb.GetActivityResponse).cancelled - before
        observed = f"{end[0]} after {took:.0f} ms, {cancelled} cancelled"
        return expect(end[0] == "DEADLINE_EXCEEDED" and took >= 50 and cancelled == 1, observed)


@case("L15", "timeout of 1 µs", "END DEADLINE_EXCEEDED")
def _(world):
    with Peer(world.server) as peer:
        end = peer.call("Sleep", pb.SleepRequest(duration_ms=50), timeout_us=1)
        return expect(end[0] == "DEADLINE_EXCEEDED", end[0])


@case("L16", "timeout 0, of 30 years, 2^63 and 2^64-1 µs", "none; a year each")
def _(world):
    with Peer(world.server) as peer:
        year, seen = 366 * 86_400 * 10**6, []
        for timeout in (0, 30 * year, 1 << 63, (1 << 64) - 1):
            seen.append(peer.call("GetCall", answer=pb.GetCallResponse, timeout_us=timeout).remaining_us)
        good = seen[0] == -1 and all(0.99 * 365 / 366 * year < left <= year for left in seen[1:])
        return expect(good, ", ".join("none" if left < 0 else f"{left / year * 366:.1f} d" for left in seen))


@case("L17", "no HELLO", "TIMEOUT, not before hello-timeout (0.5 s here, 2 s by default)")
def _(world):
    begun = time.monotonic()
    with Peer(world.server, greet=False) as peer, Peer(world.server) as greeted:
        observed = how_ended(peer)
        took = time.monotonic() - begun
        after = greeted.call("EmptyCall")[0]
        return expect("TIMEOUT" in observed and took >= 0.5 and after == "OK",
                      f"{observed} after {took:.1f} s; one that said HELLO: {after}")


@case("L18", "half a frame, then nothing", "TIMEOUT, not before frame-timeout (1 s here, 10 s by default)")
def _(world):
    with Peer(world.server) as peer:
        begun = time.monotonic()
        peer.send(request(1, INTEROP + "EmptyCall")[:20])
        observed = how_ended(peer)
        took = time.monotonic() - begun
        return expect("TIMEOUT" in observed and took >= 1, f"{observed} after {took:.1f} s")


@case("L19", "a client that says nothing but PONG, for three PINGs (every 0.3 s here)", "the connection stays")
def _(world):
    with world.servers.interop("--set", "keepalive-interval-ms=300", "--set", "keepalive-timeout-ms=60000") as server:
        with Peer(server, answers_pings=False) as peer:
            for _ in range(3):
                found = peer.frame()
                expect(found.kind == PING, f"kind {found.kind}")
                peer.send(frame(PONG, payload=found.payload))
            end = peer.call("EmptyCall")
            return expect(end[0] == "OK", f"3 PINGs, then {end[0]}")


@case("L20", "a client that does not answer PING while a call runs", "closed, not before interval + timeout (0.6 s here); the handler is cancelled")
def _(world):
    with world.servers.interop("--set", "keepalive-interval-ms=300", "--set", "keepalive-timeout-ms=300") as server:
        with Peer(server, answers_pings=False) as peer:
            begun = time.monotonic()
            peer.start("Sleep", pb.SleepRequest(duration_ms=3_600_000))
            code, how = peer.ended()
            took = time.monotonic() - begun
        with Peer(server) as other:
            cancelled = until(lambda: other.call("GetActivity", answer=pb.GetActivityResponse).cancelled)
        return expect(how != "open" and took >= 0.6 and cancelled == 1,
                      f"{code or 'no GOAWAY'}, {how} after {took:.1f} s, {cancelled} cancelled")


@case("L21", "a connection without calls for idle-timeout (0.5 s here, 10 min by default)", "GOAWAY LEAVING, closed, not before")
def _(world):
    with world.servers.interop("--set", "idle-timeout-ms=500") as server:
        begun = time.monotonic()
        with Peer(server) as peer:
            observed = how_ended(peer)
        took = time.monotonic() - begun
        return expect("LEAVING" in observed and took >= 0.5, f"{observed} after {took:.1f} s")


@case("L22", "a call that is open when the age of its connection passes", "GOAWAY LEAVING, END OK, closed")
def _(world):
    begun = time.monotonic()
    with Peer(world.server) as peer:
        peer.call("EmptyCall")
    # Ten times what a connection and a call take here: the call begins before the age passes.
    age = max(500, int(10_000 * (time.monotonic() - begun)))
    with world.servers.interop("--set", f"connection-age-ms={age}") as server, Peer(server) as peer:
        stream = peer.start("StreamingInputCall", flags=0)
        leaving = peer.expect(GOAWAY).goaway()
        peer.send(frame(MESSAGE, LAST, stream))
        end = peer.expect(END, stream=stream).end()
        how = peer.ended()[1]
        observed = f"GOAWAY {leaving[1]} last stream {leaving[0]}, END {end[0]}, {how}"
        return expect(observed == "GOAWAY LEAVING last stream 1, END OK, close_notify", observed)


@case("L23", "40 connections of age 1 s", "GOAWAY each, none before 0.9 s, spread over at least 0.1 s: ± 10 %")
def _(world):
    import selectors
    with world.servers.interop("--set", "connection-age-ms=1000") as server:
        peers, ages = [], []
        try:
            for _ in range(40):
                born = time.monotonic()
                peers.append((Peer(server), born))
            for peer, born in peers:
                peer.socket.setblocking(False)
            selector = selectors.DefaultSelector()
            for peer, born in peers:
                selector.register(peer.socket, selectors.EVENT_READ, (peer, born))
            end = time.monotonic() + PATIENCE
            while len(ages) < 40 and time.monotonic() < end:
                for key, _ in selector.select(0.5):
                    ages.append(time.monotonic() - key.data[1])
                    selector.unregister(key.fileobj)
        finally:
            for peer, _ in peers:
                peer.close()
        spread = max(ages) - min(ages) if ages else 0
        observed = f"{len(ages)} GOAWAYs at {min(ages, default=0):.2f} … {max(ages, default=0):.2f} s"
        return expect(len(ages) == 40 and spread >= 0.1 and min(ages) >= 0.9, observed)


def served(server, role="admin"):
    """Whether a connection is taken and answered."""
    try:
        with Peer(server, role=role) as peer:
            return peer.call("EmptyCall")[0]
    except (OSError, Closed):
        return None


@case("L24", "65 connections where 64 are allowed", "the 65th is closed before TLS; when one leaves there is room again")
def _(world):
    with world.servers.interop("--set", "connections-max=64") as server:
        peers = [Peer(server) for _ in range(64)]
        try:
            try:
                Peer(server).close()
                refused = "served"
            except (OSError, Closed) as error:
                refused = type(error).__name__
            peers.pop().close()
            # The server sees the end of a connection in its own time.
            after = until(lambda: served(server), every=0.2)
        finally:
            for peer in peers:
                peer.close()
        return expect(refused != "served" and after == "OK", f"{refused}; then {after}")


@case("L25", "SIGTERM while a call is open; then another connection",
      "GOAWAY LEAVING, END OK, closed; the process ends with status 0; connecting is refused")
def _(world):
    import signal
    with world.servers.interop() as server:
        with Peer(server) as peer:
            stream = peer.start("StreamingInputCall", flags=0)
            until(lambda: peer.call("GetActivity", answer=pb.GetActivityResponse).running)
            server.process.send_signal(signal.SIGTERM)
            leaving = peer.expect(GOAWAY).goaway()[1]
            try:
                socket.create_connection((server.host, server.port), timeout=PATIENCE).close()
                again = "accepted"
            except OSError:
                again = "refused"
            peer.send(frame(MESSAGE, LAST, stream))
            end = peer.expect(END, stream=stream).end()[0]
            how = peer.ended()[1]
        status = server.process.wait(PATIENCE)
        observed = f"{leaving}, {end}, {how}, status {status}, {again}"
        return expect(observed == "LEAVING, OK, close_notify, status 0, refused", observed)


@case("L34", "9 connections of one client where 8 are allowed; then one of another client",
      "the ninth: HELLO, GOAWAY TOO_MUCH; the other is served; when one leaves there is room again")
def _(world):
    with world.servers.interop("--set", "connections-per-identity-max=8") as server:
        peers = [Peer(server, role="reader") for _ in range(8)]
        try:
            with Peer(server, role="reader", greet=False) as ninth:
                ninth.send(hello())
                ninth.expect(HELLO)
                refused = f"HELLO, {how_ended(ninth)}"
            other = served(server, "writer")
            peers.pop().close()
            after = until(lambda: served(server, "reader"), every=0.2)
        finally:
            for peer in peers:
                peer.close()
        observed = f"{refused}; {other}; {after}"
        return expect(observed == "HELLO, GOAWAY TOO_MUCH, close_notify; OK; OK", observed)


def is_open(silent):
    """Whether the server has not closed a connection on which it says nothing."""
    try:
        return bool(silent.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


@case("L35", "100 connections that never shake hands where 8 may be at it; an honest client comes after them, from the same address",
      "the honest client is served; an open connection is not disturbed; 8 or fewer stay")
def _(world):
    # A handshake may take an hour: by itself none of the 100 makes way.
    with world.servers.interop("--set", "handshakes-max=8", "--set", "handshake-timeout-ms=3600000") as server:
        with Peer(server) as before:
            silent = [socket.create_connection((server.host, server.port), timeout=PATIENCE) for _ in range(100)]
            try:
                during = before.call("EmptyCall")[0]
                with Peer(server) as honest:
                    code = honest.call("EmptyCall")[0]
                for one in silent:
                    one.setblocking(False)
                until(lambda: sum(map(is_open, silent)) <= 8)
                left = sum(map(is_open, silent))
            finally:
                for one in silent:
                    one.close()
        return expect((during, code) == ("OK", "OK") and left <= 8, f"{code}; the open one: {during}; {left} of 100 left")


# Status codes

for number in range(1, 17):
    @case(f"S{number}", f"a handler that fails with code {number}", f"END {CODES[number]} with its text")
    def _(world, number=number):
        with Peer(world.server) as peer:
            status = pb.EchoStatus(code=number, message=f"code {number} …")
            end = peer.call("UnaryCall", pb.UnaryCallRequest(response_status=status))
            return expect(end[:2] == (CODES[number], status.message), f"{end[0]}: {end[1]}")


@case("S17", "a handler that fails with code 4242", "END UNKNOWN")
def _(world):
    with Peer(world.server) as peer:
        end = peer.call("UnaryCall", pb.UnaryCallRequest(response_status=pb.EchoStatus(code=4242, message="?")))
        return expect(end[0] == "UNKNOWN", end[0])


@case("S18", "codes 1 to 16 of a stream after one message", "MESSAGE, then END with the code, each")
def _(world):
    with Peer(world.server) as peer:
        seen = []
        for number in range(1, 17):
            stream = peer.start("StreamingOutputCall", pb.StreamingOutputCallRequest(
                response_parameters=[pb.ResponseParameters(size=1)], response_status=pb.EchoStatus(code=number)))
            found = peer.expect(MESSAGE, END, stream=stream)
            if found.kind == MESSAGE:
                seen.append(peer.expect(END, stream=stream).end()[0])
            else:
                return expect(False, f"no MESSAGE, {found.end()[0]}")
        return expect(seen == CODES[1:17], f"{len(seen)} codes, {'as asked' if seen == CODES[1:17] else seen}")
