"""Clients that do not read, connections that say nothing, and frames without end."""

import contextlib
import hashlib
import os
import resource
import socket
import subprocess
import threading
import time

from answers import growth, large, store
from lab import attack, expect
from likeness_rpc import END, HELLO, MESSAGE
from peer import Closed, Peer, credit, hello, request, tls_context

MEMORY = 256 << 20
PROFILES = "likeness.v1.ProfileService/"
SEARCH = "likeness.v1.SearchService/"
HEALTH = "likeness.rpc.v1.HealthService/"
VERSION = "likeness.v1.AdminService/GetVersion"


def may_open(count):
    """This process needs so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))


class Door:
    """A second service on the case's database that takes callers without certificates, some with a token."""

    def __init__(self, lab, **settings):
        self.host, self.token, self.folder = "127.0.0.1", os.urandom(32).hex(), lab.service.folder
        self.certificate = lab.service.certificate
        tokens = self.folder / "door-tokens"
        tokens.write_text(f"sha256:{hashlib.sha256(self.token.encode()).hexdigest()} reader caller\n")
        tokens.chmod(0o600)
        with socket.socket() as free:
            free.bind((self.host, 0))
            self.port = free.getsockname()[1]
        values = {
            "LISTEN": f"{self.host}:{self.port}", "TLS_CERTIFICATE_FILE": self.certificate("server.pem"),
            "TLS_KEY_FILE": self.certificate("server.key"), "TLS_CLIENT_CA_FILE": self.certificate("ca.pem"),
            "TLS_CLIENT_CERTIFICATE": "optional", "AUTH_TOKEN_FILE": str(tokens), "EMBEDDING_PROVIDER": "none",
            "DATABASE_URL": f"host={self.folder}/data/postgres user=likeness dbname=likeness",
            "ROLES_ADMIN": "URI:spiffe://likeness/dev/admin", **settings}
        environment = {**os.environ, **{f"LIKENESS_{key}": str(value) for key, value in values.items()}}
        with open(self.folder / "door-log", "wb") as log:
            self.process = subprocess.Popen([str(lab.binaries / "likenessd"), "serve"], env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 60
        while True:
            try:
                with Peer(self, role="admin") as peer:
                    peer.call(VERSION)
                return
            except (OSError, Closed):
                if self.process.poll() is not None or time.monotonic() > until:
                    self.stop()
                    raise RuntimeError((self.folder / "door-log").read_text()[-500:]) from None
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def connect(self, source):
        """A TLS connection without a certificate, from one of the loopback's addresses."""
        plain = socket.create_connection((self.host, self.port), timeout=10, source_address=(source, 0))
        try:
            return tls_context(self, None).wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise


def served(server, role, metadata=()):
    """Whether one call on a new connection is answered, and after how long."""
    begun = time.monotonic()
    try:
        with Peer(server, role=role) as peer:
            code = peer.call(VERSION, metadata=metadata)[0]
    except (OSError, Closed, TimeoutError):
        code = "no answer"
    return code == "OK", time.monotonic() - begun


@attack("7a", "GetProfile of 2.8 MiB, asked for 1,000 times in 64 KB; no answer is read", "memory within 256 MB", own=True)
def unread_answers(lab):
    from likeness.v1 import profile_pb2, profile_service_pb2 as pb
    store(lab.service, large("large"))
    ask = pb.GetProfileRequest(key=profile_pb2.ProfileKey(slug="large"))
    sent = 0

    def work():
        nonlocal sent
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                peer = stack.enter_context(Peer(lab.service, receive_bytes=4096))
                for _ in range(lab.count(25, 8)):
                    data = b"".join(request(peer.new_stream(), PROFILES + "GetProfile", ask) for _ in range(10))
                    peer.try_send(data)
                    sent += len(data)
                    # Each ten are answered, or wait, before the next ten come.
                    time.sleep(0.05)
            time.sleep(1)
            with Peer(lab.service) as other:
                return other.call(VERSION)[0]
    other, _, bytes_more = growth(lab, work)
    seen = f"{sent >> 10} KiB of requests, +{bytes_more >> 20} MiB; another connection: {other}"
    expect(bytes_more < MEMORY and other == "OK", seen)
    return seen


@attack("7b", "QueryStream of 1,000 hits, 100 at once on each of 10 connections; no credit comes", "memory within 256 MB", own=True)
def unread_hits(lab):
    from likeness.v1 import search_service_pb2 as pb
    lab.people(1500)
    text = pb.TextQuery(text="engineer manager developer lead", mode=pb.SEARCH_MODE_TEXT)
    query = pb.QueryRequest(query=pb.Query(text=text), limit=1000)
    ask = pb.QueryStreamRequest(query=query)
    connections = lab.count(10, 3)

    def work():
        with contextlib.ExitStack() as stack:
            begun = 0
            for _ in range(connections):
                peer = stack.enter_context(Peer(lab.service, settings={4: 1024, 5: 1024}))
                for _ in range(100):
                    peer.start(SEARCH + "QueryStream", ask)
                begun += 100
                try:
                    while True:
                        peer.expect(MESSAGE, END, timeout=3)
                except (TimeoutError, Closed):
                    pass
            return begun
    begun, _, bytes_more = growth(lab, work)
    seen = f"{begun} streams, +{bytes_more >> 20} MiB"
    expect(bytes_more < MEMORY, seen)
    return seen


@attack("7c", "200,000 REQUESTs of a method that does not exist; no END is read", "memory within 256 MB", own=True)
def unread_refusals(lab):
    def work():
        sent = 0
        with Peer(lab.service, receive_bytes=4096) as peer:
            peer.socket.settimeout(2)
            while sent < lab.count(200_000, 50_000):
                data = b"".join(request(peer.new_stream(), "no.such.Service/Method") for _ in range(1000))
                try:
                    peer.socket.sendall(data)
                except (OSError, ValueError):
                    break
                sent += 1000
        return sent
    sent, _, bytes_more = growth(lab, work)
    seen = f"{sent:,} sent before the server took no more, +{bytes_more >> 20} MiB"
    expect(bytes_more < MEMORY, seen)
    return seen


@attack("9c", "1,023 connections without a credential, each with a Watch, from 16 addresses; 1,024 is the limit",
        "10 of 10 callers with a token, and 10 of 10 with a certificate, get in", own=True)
def strangers(lab):
    limit = lab.count(1024, 128)
    may_open(limit + 100)
    with Door(lab, RPC_CONNECTIONS_MAX=limit, RPC_CONNECTIONS_PER_IDENTITY_MAX=limit // 16) as door:
        held = []
        try:
            for number in range(limit - 1):
                # Those that the server ends on the way make no difference.
                with contextlib.suppress(OSError):
                    one = door.connect(f"127.0.1.{number % 16 + 1}")
                    held.append(one)
                    one.sendall(hello() + request(1, HEALTH + "Watch"))
            bearer = [("authorization", f"Bearer {door.token}")]
            by_token = [served(door, None, bearer) for _ in range(10)]
            by_certificate = [served(door, "admin") for _ in range(10)]
        finally:
            for one in held:
                one.close()
        counts = [sum(good for good, _ in some) for some in (by_token, by_certificate)]
    seen = (f"{len(held)} watch; {counts[0]} of 10 with a token, {counts[1]} of 10 with a certificate, the slowest after "
            f"{max(took for _, took in by_token + by_certificate):.2f} s")
    expect(counts == [10, 10], seen)
    return seen


@attack("10a", "1,000 silent TCP connections of one address, opened anew as they are closed",
        "10 of 10 callers from elsewhere and 10 of 10 from the same address get in", own=True)
def silent(lab):
    count = lab.count(1000, 400)
    may_open(count + 100)
    stop, opened, held = threading.Event(), 0, []

    def hold():
        nonlocal opened
        while not stop.is_set() and opened < 20 * count:
            try:
                one = socket.create_connection((lab.service.host, lab.service.port), timeout=1,
                                               source_address=("127.0.2.1", 0))
            except OSError:
                time.sleep(0.01)
                continue
            held.append(one)
            opened += 1
            while len(held) > count:
                held.pop(0).close()
            if opened > count:
                time.sleep(0.002)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 30
        while opened < count and time.monotonic() < until:
            time.sleep(0.01)
        elsewhere = [served(lab.service, "admin") for _ in range(10)]
        same = [knock(lab.service, "127.0.2.1") for _ in range(10)]
    finally:
        stop.set()
        thread.join(10)
        for one in held:
            one.close()
    counts = [sum(good for good, _ in some) for some in (elsewhere, same)]
    seen = (f"{opened:,} opened; {counts[0]} of 10 from elsewhere, {counts[1]} of 10 from the same address, the slowest after "
            f"{max(took for _, took in elsewhere + same):.2f} s")
    expect(counts == [10, 10], seen)
    return seen


def knock(service, source):
    """The same as `served`, from one address."""
    begun = time.monotonic()
    try:
        plain = socket.create_connection((service.host, service.port), timeout=10, source_address=(source, 0))
        with tls_context(service).wrap_socket(plain, server_hostname="localhost") as one:
            good = one.recv(10)[4] == HELLO
    except OSError:
        good = False
    return good, time.monotonic() - begun


@attack("16a", "CREDIT of one byte without end, on streams that are over", "ended with TOO_MUCH; a client that gives credit for each "
        "message of 5,000 short streams is not")
def late_credit(lab):
    with Peer(lab.service) as peer:
        stream = peer.start("likeness.rpc.v1.NoSuchService/Method")
        peer.expect(END, stream=stream)
        sent = 0
        while sent < 50_000 and peer.try_send(credit(stream, 1) * 100):
            sent += 100
        attacker = peer.ended(10)[0] or "closed"
    with Peer(lab.service) as peer:
        count = lab.count(5000, 2500)
        late = b""
        for number in range(count):
            stream = peer.new_stream()
            try:
                # A stream that ends at once: what was given for it crosses its END.
                peer.send(late + request(stream, SEARCH + "QueryStream"))
                peer.expect(END, stream=stream)
            except (Closed, OSError):
                expect(False, f"the honest client was ended after {number} streams")
            late = credit(stream, 1000)
    expect(attacker in ("TOO_MUCH", "closed"), f"the attacker: {attacker} after {sent} CREDITs")
    return f"the attacker: {attacker}, the honest client: {count:,} streams"
