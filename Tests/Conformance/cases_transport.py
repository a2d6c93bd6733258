"""The abuse cases W1 to W9: TCP, TLS and lengths."""

import resource
import socket
import ssl
import struct
import time
from concurrent.futures import ThreadPoolExecutor

from authority import Authority
from cases_frames import PROTOCOL_ERROR, ends_with, how_ended
from honest import HONEST_SHARE, Honest
from patience import PATIENCE, until
from peer import INTEROP, Closed, Peer, hello, request, tls_context
from records import RawTLS
from suite import case, expect, settled


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
      "the connection ends, not before 1 s and before the last byte")
def _(world):
    with Peer(world.server) as peer:
        begun, sent = time.monotonic(), 0
        data = request(1, INTEROP + "EmptyCall")
        for byte in data:
            if not peer.try_send(bytes([byte])):
                break
            sent += 1
            try:
                peer.frame(0.1)
            except TimeoutError:
                continue
            except Closed:
                pass
            break
        took = time.monotonic() - begun
        return expect(took >= 1 and sent < len(data), f"ended after {took:.1f} s and {sent} of {len(data)} bytes")


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
      f"all are closed; {HONEST_SHARE}")
def _(world):
    count = world.count(10_000, 400)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 30_000), hard))
    with world.servers.interop("--set", "handshake-timeout-ms=1000", "--set", "connections-max=12000") as server:
        half, opened = half_a_client_hello(server), []
        with Honest(server, world.server) as honest:
            try:
                for index in range(count):
                    opened.append(socket.create_connection((server.host, server.port), timeout=PATIENCE))
                    if index % 2:
                        opened[-1].send(half)
                last = time.monotonic()
                gone = 0
                for one in opened:
                    one.settimeout(PATIENCE)
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
            good, said = honest.judge()
        return expect(gone == count and good, f"{gone} of {count} gone {took:.1f} s after the last, {said}")


def cut_handshakes(server, certificate, wanted):
    """So many handshakes that end when the server's part has come."""
    context, count, end = tls_context(server, certificate), 0, time.monotonic() + PATIENCE
    while count < wanted and time.monotonic() < end:
        outgoing = ssl.MemoryBIO()
        tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
        try:
            with socket.create_connection((server.host, server.port), timeout=PATIENCE) as plain:
                try:
                    tls.do_handshake()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                count += bool(plain.recv(1 << 16))
        except OSError:
            pass
    return count


@case("W5", "2,000 handshakes with RSA-4096 certificates cut before Finished, as fast as four threads make them",
      f"none stays; {HONEST_SHARE}")
def _(world):
    with world.servers.interop("--set", "handshake-timeout-ms=1000") as server:
        certificate = Authority(server).issue("rsa", "URI:spiffe://likeness/interop/reader", key="rsa:4096")
        with Peer(server) as peer:
            # The first timer, here that of the log's summaries, opens a file descriptor and keeps it.
            peer.call(INTEROP + "Sleep", b"\x08\x01")
        fds = server.fd_count
        with Honest(server, world.server) as honest:
            with ThreadPoolExecutor(4) as threads:
                count = sum(threads.map(lambda _: cut_handshakes(server, certificate, 500), range(4)))
            good, said = honest.judge()
            is_clean = settled(server, fds + 1)
        return expect(good and is_clean and count == 2_000, f"{count:,}, {said}, "
                      f"{'none left' if is_clean else 'some left'}")


def bound_of(server, count, send):
    """Whether a connection is open after `count` records of a kind, and whether another is after one more."""
    with RawTLS(server) as taken, RawTLS(server) as refused:
        send(taken, count)
        send(refused, count + 1)
        is_closed = refused.is_closed()
        return not taken.is_closed(0.5), not is_closed


@case("W6", "KeyUpdate(update_requested): 16 and 17 of them; then without reading 100,000 with --full, 10,000 else",
      "open after 16 without application data, closed after 17; RSS grows < 1 MiB", server="interop")
def _(world):
    def send(raw, count):
        raw.socket.sendall(b"".join(raw.key_update() for _ in range(count)))
    bound = bound_of(world.server, 16, send)
    expect(bound == (True, False), f"open after 16, 17: {bound}")
    with RawTLS(world.server) as raw:
        before = world.server.memory()
        sent = raw.send_until_refused(raw.key_update, world.count(100_000, 10_000), batch=1)
        grown = world.server.memory() - before
        closed = raw.is_closed()
        # What the client sends between the server's close and its news of that goes nowhere.
        return expect(closed and grown < 1 << 20, f"16 are taken, the 17th ends it; of the flood {sent} left the client "
                      f"before it noticed; {'closed' if closed else 'open'}, RSS {grown >> 10:+d} KiB")


@case("W7", "empty records, and records of padding only: 32 and 33 of them; then 10^6 each with --full, 50,000 else",
      "open after 32 in a row, closed after 33; less CPU than 1,000 calls", server="interop")
def _(world):
    count, said, calls = world.count(1_000_000, 50_000), [], world.cost_of_calls(1_000)
    for name, padding in (("empty", 0), ("padding", 100)):
        def send(raw, count, padding=padding):
            raw.socket.sendall(b"".join(raw.record(b"", padding=padding) for _ in range(count)))
        bound = bound_of(world.server, 32, send)
        expect(bound == (True, False), f"{name}: open after 32, 33: {bound}")
        with RawTLS(world.server) as raw:
            before = world.server.cpu_seconds
            sent = raw.send_until_refused(lambda: raw.record(b"", padding=padding), count)
            closed, used = raw.is_closed(), world.server.cpu_seconds - before
            cost = f"the CPU of {1_000 * used / calls:.0f} calls"
            expect(closed and used < calls, f"{name}: {'closed' if closed else 'open'}, {sent} sent, {cost}")
            said.append(f"{name}: {sent} left the client before it noticed, {cost}")
    return "32 are taken, the 33rd ends it; " + "; ".join(said)


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
            said.append(error.reason or str(error).split(" (_ssl")[0])
        except (Closed, OSError) as error:
            said.append(str(error))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context(world.server).wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    with socket.create_connection((world.server.host, world.server.port), timeout=PATIENCE) as plain:
        plain.sendall(without_alpn_names(outgoing.read()))
        answer = plain.recv(4096)
        alert = answer[6] if answer[:1] == b"\x15" else None
        said.append(f"alert {alert}")
    return expect(alert in (50, 120) and all("alert" in one.lower() for one in said), "; ".join(said))


@case("W9", "GET / HTTP/1.1, an SSH banner, PostgreSQL's SSLRequest, a plain HELLO, five times each",
      "closed each; one line of the log per minute and source: 2 of 127.0.0.1 and 127.0.0.2")
def _(world):
    answers = []
    # A server of its own: nothing of this minute is in its log.
    with world.servers.interop() as server:
        before = server.log_text().count("\n")
        for source in ("127.0.0.1", "127.0.0.2"):
            for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n",
                         struct.pack(">II", 8, 80877103), hello()) * 5:
                address = server.host, server.port
                with socket.create_connection(address, timeout=PATIENCE, source_address=(source, 0)) as plain:
                    plain.sendall(data)
                    try:
                        while plain.recv(4096):
                            pass
                        answers.append("closed")
                    except TimeoutError:
                        answers.append("open")
                    except OSError:
                        answers.append("closed")
        until(lambda: server.log_text().count("\n") - before >= 2)
        time.sleep(0.2)
        lines = server.log_text().count("\n") - before
    return expect(set(answers) == {"closed"} and lines == 2,
                  f"{answers.count('closed')} of {len(answers)} closed, {lines} lines")
