"""The abuse cases W1 to W18: peers that mean harm."""

import asyncio
import resource
import socket
import ssl
import struct
import subprocess
import threading
import time

from cases_frames import PROTOCOL_ERROR, ends_with, how_ended
from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import CANCEL, CREDIT, END, LAST, MESSAGE, PING, Connection, RPCError, frame
from authority import Authority
from peer import INTEROP, Closed, Peer, credit, hello, message, request, tls_context
from records import RawTLS
from suite import case, expect, settled


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
                end = self.peer.call("EmptyCall")
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


@case("W1", "FF FF FF FF 00 00 00 00 00 00 after TLS", "FRAME_TOO_LARGE before any payload; RSS grows < 64 KiB")
def _(world):
    with Peer(world.server) as peer:
        peer.call("EmptyCall")
        before = world.server.memory()
        peer.send(bytes.fromhex("FFFFFFFF000000000000"))
        observed = how_ended(peer)
        grown = world.server.memory() - before
        return expect("FRAME_TOO_LARGE" in observed and grown < 64 << 10, f"{observed}, RSS {grown >> 10:+d} KiB")


@case("W2", "length 0, 1 and 5", "PROTOCOL_ERROR each")
def _(world):
    for length in (0, 1, 5):
        with Peer(world.server) as peer:
            peer.send(struct.pack(">I", length) + bytes(length))
            ends_with(peer, "PROTOCOL_ERROR")
    return PROTOCOL_ERROR


@case("W3", "a REQUEST of 1 byte a TLS record, one every 100 ms; the frame's time is 1 s (10 s by default)",
      "TIMEOUT after 1 s; the connection is gone")
def _(world):
    with Peer(world.server) as peer:
        begun = time.monotonic()
        for byte in request(1, INTEROP + "EmptyCall"):
            if not peer.try_send(bytes([byte])):
                break
            try:
                peer.frame(0.1)
            except TimeoutError:
                continue
            except Closed:
                pass
            break
        took = time.monotonic() - begun
        return expect(0.9 < took < 2.2 * world.speed, f"ended after {took:.1f} s")


def half_a_client_hello(server):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context(server).wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    data = outgoing.read()
    return data[:len(data) // 2]


@case("W4", "connections that send nothing, or half a ClientHello: 10,000 with --full, 400 else; handshakes may take 1 s",
      "all gone 1 s later; honest calls keep p99 <= 2 x + 25 ms")
def _(world):
    count = world.count(10_000, 400)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 30_000), hard))
    with world.servers.interop("--set", "handshake-timeout-ms=1000", "--set", "connections-max=12000") as server:
        half, opened = half_a_client_hello(server), []
        with Honest(server) as honest:
            quiet = honest.quiet()
            try:
                for index in range(count):
                    opened.append(socket.create_connection((server.host, server.port), timeout=10))
                    if index % 2:
                        opened[-1].send(half)
                last = time.monotonic()
                gone = 0
                for one in opened:
                    one.settimeout(max(0.01, last + 4 * world.speed - time.monotonic()))
                    try:
                        while one.recv(4096):
                            pass
                        gone += 1
                    except TimeoutError:
                        pass
                    except OSError:
                        gone += 1
                took = time.monotonic() - last
            finally:
                for one in opened:
                    one.close()
            good, said = honest.judge(quiet, world.speed)
        return expect(gone == count and good, f"{gone} of {count} gone {took:.1f} s after the last, {said}")


@case("W5", "handshakes with RSA-4096 certificates cut before Finished, as fast as they come for 2 s",
      "none stays; honest calls keep p99 <= 2 x + 25 ms")
def _(world):
    with world.servers.interop("--set", "handshake-timeout-ms=1000") as server:
        authority = Authority(server)
        certificate = authority.issue("rsa", "URI:spiffe://likeness/interop/reader", key="rsa:4096")
        fds = server.fd_count
        with Honest(server) as honest:
            quiet = honest.quiet()
            count, until, open_ones = 0, time.monotonic() + 2, []
            while time.monotonic() < until:
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                tls = tls_context(server, certificate).wrap_bio(incoming, outgoing, server_hostname="localhost")
                plain = socket.create_connection((server.host, server.port), timeout=10)
                try:
                    try:
                        tls.do_handshake()
                    except ssl.SSLWantReadError:
                        plain.sendall(outgoing.read())
                    if plain.recv(1 << 16):
                        count += 1
                except OSError:
                    pass
                plain.close()
            good, said = honest.judge(quiet, world.speed)
            is_clean = settled(server, fds + 1)
        return expect(good and is_clean and count > 20, f"{count} cut, {said}, "
                      f"{'none left' if is_clean else 'some left'}")


@case("W6", "KeyUpdate(update_requested) without reading: 100,000 with --full, 10,000 else",
      "closed after at most 16 without application data; RSS grows < 1 MiB", server="interop")
def _(world):
    with RawTLS(world.server) as raw:
        before = world.server.memory()
        sent = raw.send_until_refused(raw.key_update, world.count(100_000, 10_000), batch=1)
        grown = world.server.memory() - before
        closed = raw.is_closed(2)
        return expect(closed and grown < 1 << 20, f"{'closed' if closed else 'open'} after {sent} sent, "
                      f"RSS {grown >> 10:+d} KiB")


@case("W7", "empty records, and records of padding only: 10^6 each with --full, 50,000 else",
      "closed after 32 in a row; < 1 s of CPU", server="interop")
def _(world):
    count, said = world.count(1_000_000, 50_000), []
    for name, padding in (("empty", 0), ("padding", 100)):
        with RawTLS(world.server) as raw:
            before = world.server.cpu_seconds
            sent = raw.send_until_refused(lambda: raw.record(b"", padding=padding), count)
            closed, used = raw.is_closed(2), world.server.cpu_seconds - before
            expect(closed and used < 1, f"{name}: {'closed' if closed else 'open'}, {sent} sent, {used:.2f} s of CPU")
            said.append(f"{name}: closed, {sent} sent, {used:.2f} s")
    return "; ".join(said)


def without_alpn_names(hello_bytes):
    """The ClientHello with an ALPN extension that lists nothing."""
    old, new = b"\x00\x10\x00\x0d\x00\x0b\x0alikeness/1", b"\x00\x10\x00\x02\x00\x00"
    assert hello_bytes.count(old) == 1
    data = bytearray(hello_bytes.replace(old, new))
    less = len(old) - len(new)
    at = 5 + 4 + 2 + 32
    at += 1 + data[at]
    at += 2 + struct.unpack_from(">H", data, at)[0]
    at += 1 + data[at]
    for offset in (3, at):
        struct.pack_into(">H", data, offset, struct.unpack_from(">H", data, offset)[0] - less)
    data[6:9] = (int.from_bytes(data[6:9], "big") - less).to_bytes(3, "big")
    return bytes(data)


@case("W8", "no ALPN; ALPN h2; an ALPN list of zero length", "the handshake fails: no_application_protocol, decode_error")
def _(world):
    said = []
    for alpn in ((), ("h2",)):
        try:
            with Peer(world.server, alpn=alpn) as peer:
                expect(False, f"{alpn}: HELLO {peer.settings}")
        except ssl.SSLError as error:
            said.append(error.reason or str(error))
        except (Closed, OSError) as error:
            said.append(str(error))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context(world.server).wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    with socket.create_connection((world.server.host, world.server.port), timeout=5) as plain:
        plain.sendall(without_alpn_names(outgoing.read()))
        answer = plain.recv(4096)
        alert = answer[6] if answer[:1] == b"\x15" else None
        said.append(f"alert {alert}")
    return expect(alert in (50, 120) and all("alert" in one.lower() for one in said), "; ".join(said))


@case("W9", "GET / HTTP/1.1, an SSH banner, PostgreSQL's SSLRequest, a plain HELLO, five times each",
      "closed; at most one line of the log per minute and source")
def _(world):
    before = world.server.log_text().count("\n")
    answers = set()
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", struct.pack(">II", 8, 80877103),
                 hello()) * 5:
        with socket.create_connection((world.server.host, world.server.port), timeout=4) as plain:
            plain.sendall(data)
            try:
                while plain.recv(4096):
                    pass
                answers.add("closed")
            except TimeoutError:
                answers.add("open")
            except OSError:
                answers.add("closed")
    lines = world.server.log_text().count("\n") - before
    return expect(answers == {"closed"} and lines <= 1, f"{', '.join(sorted(answers))}, {lines} lines")


@case("W10", "a second HELLO; REQUEST, PING and an unknown kind before HELLO; HELLO with version 99",
      "PROTOCOL_ERROR, PROTOCOL_ERROR three times, UNSUPPORTED_VERSION")
def _(world):
    with Peer(world.server) as peer:
        peer.send(hello())
        ends_with(peer, "PROTOCOL_ERROR")
    for data in (request(1, INTEROP + "EmptyCall"), frame(PING, payload=bytes(8)), frame(77)):
        with Peer(world.server, greet=False) as peer:
            peer.send(data)
            ends_with(peer, "PROTOCOL_ERROR")
    with Peer(world.server, greet=False) as peer:
        peer.send(hello(version=99))
        return f"4 x {PROTOCOL_ERROR}; {ends_with(peer, 'UNSUPPORTED_VERSION')}"


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
        stream = peer.start("Sleep", pb.SleepRequest(duration_ms=1000))
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


@case("W13", "REQUEST + CANCEL of calls that go on for 20 ms whatever one says: 200,000 pairs with --full, 20,000 else",
      "never more than 100 handlers a connection; TOO_MUCH each time; honest calls keep p99 <= 2 x + 25 ms")
def _(world):
    with world.servers.interop() as server:
        with Honest(server) as honest:
            quiet = honest.quiet()
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
                    how = peer.ended(5)[0] or "closed"
                    ended[how] = ended.get(how, 0) + 1
            good, said = honest.judge(quiet, world.speed)
        with Peer(server) as peer:
            most = peer.call("GetActivity", answer=pb.GetActivityResponse).running_max
        observed = f"{pairs} pairs, at most {most} handlers, {ended}, {said}"
        # One connection's handlers may still run when the next has come.
        return expect(most <= 201 and set(ended) <= {"TOO_MUCH", "closed"} and good, observed)


@case("W14", "PINGs, then frames of unknown kinds, as many as the server takes: up to 10^6 with --full, 10^5 else",
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
            said.append(f"{name}: {code or 'closed'} after {sent} sent, RSS {grown >> 10:+d} KiB")
            expect(code in ("TOO_MUCH", "") and grown < 1 << 20, said[-1])
    return "; ".join(said)


@case("W15", "100 server streams of 10 MB that nobody reads, deadline 1.5 s",
      "100 handlers wait; memory grows < 8 MiB; the deadline ends them", server="interop")
def _(world):
    with Peer(world.server) as peer:
        before = world.server.memory()
        body = pb.StreamingOutputCallRequest(
            response_parameters=[pb.ResponseParameters(size=10_000)] * 1000).SerializeToString()
        for _ in range(100):
            peer.start("StreamingOutputCall", body, timeout_us=1_500_000)
        time.sleep(0.7)
        with Peer(world.server) as other:
            running = other.call("GetActivity", answer=pb.GetActivityResponse).running
            grown = world.server.memory() - before
            time.sleep(1.5)
            after = other.call("GetActivity", answer=pb.GetActivityResponse).running
        observed = f"{running} wait, RSS {grown >> 20:+d} MiB, {after} after the deadline"
        return expect((running, after) == (100, 0) and grown < 8 << 20, observed)


@case("W16a", "RST, FIN without close_notify and close_notify after every byte of a REQUEST",
      "no handler starts before the last byte, and none goes on", server="interop")
def _(world):
    data = request(1, INTEROP + "Sleep", pb.SleepRequest(duration_ms=20_000))
    with Peer(world.server) as watch:
        before = watch.call("GetActivity", answer=pb.GetActivityResponse)
        cuts = 0
        for how in ("RST", "FIN", "close_notify"):
            for size in range(0, len(data) + 1, 1 if world.full else 3):
                peer = Peer(world.server)
                peer.send(data[:size])
                cuts += 1
                if how == "RST":
                    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    peer.close()
                elif how == "FIN":
                    peer.close()
                else:
                    peer.socket.settimeout(5)
                    try:
                        peer.socket.unwrap()
                    except (OSError, ssl.SSLError):
                        pass
                    peer.close()
        with_last = sum(1 for size in range(0, len(data) + 1, 1 if world.full else 3) if size == len(data)) * 3
        until = time.monotonic() + 5
        while True:
            after = watch.call("GetActivity", answer=pb.GetActivityResponse)
            if after.running == 0 or time.monotonic() > until:
                break
            time.sleep(0.05)
        started = after.started - before.started
        observed = f"{cuts} cuts, {started} started, {after.running} go on"
        return expect(started <= with_last and after.running == 0, observed)


class Cutter:
    """A relay that lets so many bytes of the server's through, then ends both connections by RST or FIN."""

    def __init__(self, server, limit, how):
        self.server, self.limit, self.how, self.passed = server, limit, how, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        import selectors
        client, _ = self.listener.accept()
        server = socket.create_connection((self.server.host, self.server.port))
        selector = selectors.DefaultSelector()
        selector.register(client, selectors.EVENT_READ, server)
        selector.register(server, selectors.EVENT_READ, client)
        try:
            while True:
                for key, _ in selector.select(10):
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        return
                    if key.fileobj is server:
                        data = data[:self.limit - self.passed]
                        self.passed += len(data)
                    key.data.sendall(data)
                    if self.passed >= self.limit:
                        return
        except OSError:
            pass
        finally:
            selector.close()
            if self.how == "RST":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()
            self.listener.close()


async def call_through(server, port):
    try:
        async with asyncio.timeout(10):
            async with await Connection.open(server.client_file, port=port) as connection:
                await connection.unary(INTEROP + "UnaryCall", pb.UnaryCallRequest(response_size=40),
                                       pb.UnaryCallResponse)
                return "OK"
    except RPCError as error:
        return error.code
    except (OSError, EOFError):
        return "no connection"


@case("W16b", "the server's bytes cut by RST and FIN at each of the last 150 bytes of a unary call",
      "UNAVAILABLE or no connection at the client, never a truncated OK", server="interop")
def _(world):
    whole = Cutter(world.server, 1 << 30, "FIN")
    expect(asyncio.run(call_through(world.server, whole.port)) == "OK", "the whole call is not OK")
    total, seen = whole.passed, {}
    # The server's certificate is an ECDSA one, whose signature is a few bytes longer or shorter each time; and its last
    # bytes are the close_notify (24 bytes).
    for how in ("RST", "FIN"):
        for limit in range(total - 150, total - 40, 1 if world.full else 5):
            cutter = Cutter(world.server, limit, how)
            code = asyncio.run(call_through(world.server, cutter.port))
            seen[code] = seen.get(code, 0) + 1
    return expect(set(seen) <= {"UNAVAILABLE", "no connection"}, seen)


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


@case("W18", "10,000 metadata keys; traceparent malformed six ways", "RESOURCE_EXHAUSTED; ignored: OK each")
def _(world):
    with Peer(world.server) as peer:
        many = peer.call("EmptyCall", metadata=[(f"k{index}", "v") for index in range(10_000)])[0]
        codes = {peer.call("EmptyCall", metadata=[("traceparent", value)])[0] for value in (
            "", "00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "ff-" + "1" * 32 + "-" + "1" * 16 + "-01",
            "00-" + "g" * 32 + "-" + "1" * 16 + "-01", "x" * 9000)}
        return expect(many == "RESOURCE_EXHAUSTED" and codes == {"OK"}, f"{many}; {', '.join(sorted(codes))}")
