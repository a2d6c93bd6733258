"""The abuse case W16: connections that are cut in the midst of a call."""

import asyncio
import socket
import ssl
import struct
import subprocess
import threading

from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import Connection, RPCError
from patience import PATIENCE, until
from peer import INTEROP, Peer, request
from suite import case, expect


@case("W16a", "RST, FIN without close_notify and close_notify after every byte of a REQUEST",
      "no handler starts before the last byte, and none goes on", server="interop")
def _(world):
    data = request(1, INTEROP + "Sleep", pb.SleepRequest(duration_ms=3_600_000))
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
                    peer.socket.settimeout(PATIENCE)
                    try:
                        peer.socket.unwrap()
                    except (OSError, ssl.SSLError):
                        pass
                    peer.close()
        with_last = sum(1 for size in range(0, len(data) + 1, 1 if world.full else 3) if size == len(data)) * 3
        until(lambda: watch.call("GetActivity", answer=pb.GetActivityResponse).running == 0)
        after = watch.call("GetActivity", answer=pb.GetActivityResponse)
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
                for key, _ in selector.select(PATIENCE):
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
        async with asyncio.timeout(PATIENCE):
            async with await Connection.open(server.client_file, port=port) as connection:
                await connection.unary(INTEROP + "UnaryCall", pb.UnaryCallRequest(response_size=40),
                                       pb.UnaryCallResponse)
                return "OK"
    except RPCError as error:
        return error.code
    except (OSError, EOFError):
        return "no connection"


@case("W16b", "the server's bytes cut by RST and FIN behind every byte of a unary call, the handshake's too, with --full; "
      "behind some of the last 150 else; client in Python",
      "UNAVAILABLE or no connection at the client, never a truncated OK", server="interop")
def _(world):
    whole = Cutter(world.server, 1 << 30, "FIN")
    expect(asyncio.run(call_through(world.server, whole.port)) == "OK", "the whole call is not OK")
    total, seen = whole.passed, {}
    # The server's certificate is an ECDSA one, whose signature is a few bytes longer or shorter each time; and its last
    # bytes are the close_notify (24 bytes).
    for how in ("RST", "FIN"):
        for limit in range(1, total - 40) if world.full else range(total - 150, total - 40, 5):
            cutter = Cutter(world.server, limit, how)
            code = asyncio.run(call_through(world.server, cutter.port))
            seen[code] = seen.get(code, 0) + 1
    observed = ", ".join(f"{count} x {code}" for code, count in sorted(seen.items()))
    return expect(set(seen) <= {"UNAVAILABLE", "no connection"}, f"of {total} bytes: {observed}")


@case("W16c", "the same behind 100 bytes spread over a call that answers 314,159, with --full; behind 20 else; client in Swift",
      "UNAVAILABLE or no connection at the client, never a truncated OK", server="interop")
def _(world):
    def through(cutter):
        command = [str(world.servers.binaries / "likeness-interop"), "client", "--connect",
                   str(world.server.client_file), "--endpoint", f"127.0.0.1:{cutter.port}", "large_unary"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        said = done.stdout + done.stderr
        return "OK" if done.returncode == 0 else "UNAVAILABLE" if "UNAVAILABLE" in said else said.strip()
    whole = Cutter(world.server, 1 << 30, "FIN")
    expect(through(whole) == "OK", "the whole call is not OK")
    seen, cuts = {}, world.count(50, 10)
    for how in ("RST", "FIN"):
        for cut in range(cuts):
            # What comes behind the answer, GOAWAY and close_notify, is less than 100 bytes.
            code = through(Cutter(world.server, 1 + cut * (whole.passed - 100) // (cuts - 1), how))
            seen[code] = seen.get(code, 0) + 1
    observed = ", ".join(f"{count} x {code}" for code, count in sorted(seen.items()))
    return expect(set(seen) == {"UNAVAILABLE"}, f"of {whole.passed} bytes: {observed}")
