"""The abuse cases X2 to X6: who may call what, by certificate, token and role."""

import asyncio
import hashlib
import importlib
import json
import os
import signal
import socket
import time
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from likeness.interop.v1 import interop_service_pb2 as pb
from likeness.options.v1 import options_pb2
from likeness.rpc.v1.reflection_service_pb2 import GetDescriptorSetResponse
from likeness.v1.admin_service_pb2 import GetVersionRequest, GetVersionResponse
from likeness_rpc import Connection

from authority import Authority, own_server
from patience import PATIENCE, until
from peer import Peer, tls_context
from servers import Running, Server
from suite import case, expect, not_applicable


@case("X2", "the session of an earlier connection, offered again",
      "no session is taken up: the certificate is checked anew")
def _(world):
    context = tls_context(world.server, "reader")

    def connect(session=None):
        plain = socket.create_connection((world.server.host, world.server.port), timeout=PATIENCE)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
            tls.settimeout(PATIENCE)
            tls.recv(1000)
            return tls.session, tls.session_reused
    session, _ = connect()
    _, reused = connect(session)
    ticket = "a ticket" if session and session.has_ticket else "no ticket"
    return expect(not reused, f"{ticket}, {'taken up' if reused else 'a full handshake'}")


@case("X2b", "the session of an earlier connection, after its certificate was revoked, and after the CA was replaced",
      "a full handshake, refused, both")
def _(world):
    root = Authority(folder=world.server.folder / "sessions", new=True)
    other = Authority(folder=world.server.folder / "sessions-other", new=True)
    first, second = root.issue("first", "URI:spiffe://likeness/interop/reader"), root.issue(
        "second", "URI:spiffe://likeness/interop/reader")

    def outcome(server, context, session=None):
        """(what became of the connection, its session)"""
        try:
            plain = socket.create_connection((server.host, server.port), timeout=PATIENCE)
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
                tls.settimeout(PATIENCE)
                served = bool(tls.recv(1000))
                return "taken up" if tls.session_reused else "served" if served else "refused", tls.session
        except OSError:
            return "refused", None

    def until_refused(server, context, session):
        server.process.send_signal(signal.SIGHUP)
        until(lambda: outcome(server, context, session)[0] != "served")
        return outcome(server, context, session)[0]
    seen = []
    with own_server(world, "--client-crl", root.revocation_list(), authority=root) as server:
        contexts = [tls_context(server, certificate) for certificate in (first, second)]
        sessions = [outcome(server, context) for context in contexts]
        root.revoke(first)
        root.revocation_list()
        seen.append(until_refused(server, contexts[0], sessions[0][1]))
        seen.append(outcome(server, contexts[1], sessions[1][1])[0])
    with own_server(world, authority=root) as server:
        sessions[1] = outcome(server, contexts[1])
        Path(root.certificate).write_text(Path(other.certificate).read_text())
        seen.append(until_refused(server, contexts[1], sessions[1][1]))
    observed = f"{sessions[0][0]}, revoked: {seen[0]}; {sessions[1][0]}, still {seen[1]}, CA replaced: {seen[2]}"
    return expect(observed == "served, revoked: refused; served, still served, CA replaced: refused", observed)


@case("X4a", "a client without a role, a reader and a writer call every method that wants more, streams too",
      "PERMISSION_DENIED; the handler is not entered")
def _(world):
    methods = [("ReaderCall", 1), ("WriterCall", 2), ("AdminCall", 3)]
    right = 0
    for rank, role in enumerate(("nobody", "reader", "writer", "admin")):
        with Peer(world.server, role=role) as peer:
            before = peer.call("GetActivity", answer=pb.GetActivityResponse).started
            denied = 0
            for name, needed in methods:
                code = peer.call(name)[0]
                expect((code == "PERMISSION_DENIED") == (needed > rank), f"{role}, {name}: {code}")
                denied, right = denied + (needed > rank), right + 1
            started = peer.call("GetActivity", answer=pb.GetActivityResponse).started - before
            expect(started <= len(methods) - denied, f"{role}: {started} handlers entered, {denied} calls denied")
    return f"{right} of {right} pairs of role and method as the contract says"


def contract_methods(package="likeness"):
    """Every method of every service in the contract's descriptors: (full name, rank of its role, whether audited)."""
    for root in importlib.import_module("likeness").__path__:
        for file in sorted(Path(root).rglob("*_pb2.py")):
            name = ".".join(file.relative_to(Path(root).parent).with_suffix("").parts)
            for service in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
                if service.full_name.startswith(package):
                    for method in service.methods:
                        policy = method.GetOptions().Extensions[options_pb2.method]
                        audited = policy.audited or policy.required_role == options_pb2.ROLE_ADMIN
                        yield f"{service.full_name}/{method.name}", policy.required_role - 1, audited


ROLES = ("nobody", "reader", "writer", "admin")
# Nothing can be decoded from it: a call that may be made fails without an effect.
NONSENSE = b"\xff\xff"


def served_methods(server, role):
    """What the server itself says that it serves."""
    with Peer(server, role=role) as peer:
        answer = peer.call("likeness.rpc.v1.ReflectionService/GetDescriptorSet", answer=GetDescriptorSetResponse)
    files = FileDescriptorSet.FromString(answer.file_descriptor_set).file
    return {f"{file.package}.{service.name}/{method.name}" for file in files for service in file.service
            for method in service.method}


def matrix(peer, methods, rank, token=None, refusal="PERMISSION_DENIED"):
    """Calls each method; how many were denied. A method that the rank may call finds no message in nonsense."""
    metadata = [("authorization", f"Bearer {token}")] if token else []
    denied = 0
    for name, needed, _ in methods:
        code = peer.call(name, NONSENSE, metadata=metadata)[0]
        expected = refusal if needed > rank else "INVALID_ARGUMENT"
        expect(code == expected, f"rank {rank}, {name}: {code} instead of {expected}")
        denied += needed > rank
    return denied


class Product:
    """`likenessd serve` with its roles, tokens and, if wanted, clients without certificates, on the shared database."""

    def __init__(self, world, name, **environment):
        self.shared, self.folder = world.server, world.servers.folder / name
        self.folder.mkdir(exist_ok=True)
        self.authority = Authority(self.shared, self.folder / "openssl")
        self.names = {role: f"URI:spiffe://likeness/conformance/{role}" for role in ROLES}
        self.tokens = {role: os.urandom(32).hex() for role in ROLES[1:]}
        self.token_file = self.folder / "tokens"
        self.write_tokens()
        variables = {
            "LISTEN": "127.0.0.1:0", "TLS_CERTIFICATE_FILE": self.shared.certificate("server.pem"),
            "TLS_KEY_FILE": self.shared.certificate("server.key"),
            "TLS_CLIENT_CA_FILE": self.shared.certificate("ca.pem"), "AUTH_TOKEN_FILE": str(self.token_file),
            "EMBEDDING_PROVIDER": "none",
            # As the other server of this database: one that keeps no history ends it for all.
            "RETENTION_HISTORY": "720h",
            "DATABASE_URL": f"host={self.shared.folder}/postgres user=likeness dbname=likeness",
            **{f"ROLES_{role.upper()}": self.names[role] for role in ROLES[1:]}, **environment}
        self.environment = {f"LIKENESS_{key}": value for key, value in variables.items()}
        self.command = [str(world.servers.binaries / "likenessd"), "serve"]

    def write_tokens(self, but=()):
        lines = [f"sha256:{hashlib.sha256(token.encode()).hexdigest()} {role} {role}-token"
                 for role, token in self.tokens.items() if role not in but]
        fresh = self.token_file.with_suffix(".new")
        fresh.write_text("\n".join(lines) + "\n")
        fresh.rename(self.token_file)

    def certificate(self, role):
        return self.authority.issue(role, self.names[role])

    def running(self):
        return Running(Server(self.folder.name, self.command, self.folder, self.shared.certificates, self.environment))


@case("X4b", "every role by certificate and by token, and a caller with neither, call every method of the contract",
      "as the method's option says: PERMISSION_DENIED, or UNAUTHENTICATED with neither; each audited call has its line",
      server="product")
def _(world):
    product = Product(world, "roles", TLS_CLIENT_CERTIFICATE="optional")
    methods = [one for one in contract_methods() if not one[0].startswith("likeness.interop.")]
    certificates = {role: product.certificate(role) for role in ROLES}
    with product.running() as server:
        served, described = served_methods(server, certificates["reader"]), {name for name, *_ in methods}
        expect(served == described, f"served and described differ: {served ^ described}")
        denied = callers = 0
        for rank, role in enumerate(ROLES):
            with Peer(server, role=certificates[role]) as peer:
                denied, callers = denied + matrix(peer, methods, rank), callers + 1
        with Peer(server, role=None) as peer:
            denied, callers = denied + matrix(peer, methods, 0, refusal="UNAUTHENTICATED"), callers + 1
            for rank, role in enumerate(ROLES):
                if rank:
                    denied, callers = denied + matrix(peer, methods, rank, product.tokens[role]), callers + 1
        audited = sum(one[2] for one in methods) * callers
        until(lambda: server.log_text().count(" likeness.audit: ") >= audited)
        lines = server.log_text().count(" likeness.audit: ")
    let_in = callers * len(methods) - denied
    return expect(lines == audited, f"{callers} callers × {len(methods)} methods: {let_in} let in, {denied} refused; "
                                    f"{lines} lines of audit for {audited} calls")


@case("X4c", "every role calls every method of a server with all kinds of streams, and its reflection and health",
      "as the method's option says, streams too")
def _(world):
    methods = [one for one in contract_methods() if not one[0].startswith("likeness.v1.")]
    served = served_methods(world.server, "reader")
    # Two methods of it are described and have no handler; cases of G call them.
    unserved = ("UnimplementedCall", "UnservedCall")
    methods = [one for one in methods if one[0] in served and not one[0].endswith(unserved)]
    denied = 0
    for rank, role in enumerate(ROLES):
        with Peer(world.server, role=role) as peer:
            denied += matrix(peer, methods, rank)
    return f"{len(ROLES)} roles × {len(methods)} methods: {denied} refused, the others let in, as the contract says"


async def version_of(file):
    async with await Connection.open(file) as connection:
        return await connection.unary("likeness.v1.AdminService/GetVersion", GetVersionRequest(), GetVersionResponse,
                                      timeout=PATIENCE)


@case("X3", "a bearer token that is one bit off, of 1 MiB, twice, or removed",
      "UNAUTHENTICATED, or RESOURCE_EXHAUSTED for the metadata's size; removal counts on open connections",
      server="product")
def _(world):
    product = Product(world, "tokens", TLS_CLIENT_CERTIFICATE="optional")
    method = "likeness.v1.AdminService/GetVersion"
    with product.running() as server, Peer(server, role=None) as peer:
        def call(*values):
            return peer.call(method, metadata=[("authorization", value) for value in values])[0]
        good = f"Bearer {product.tokens['reader']}"
        off = good[:-1] + chr(ord(good[-1]) ^ 1)
        # Also as a user of the client in Python does it.
        (product.folder / "caller.token").write_text(product.tokens["reader"] + "\n")
        (product.folder / "caller.json").write_text(json.dumps({
            "endpoint": f"{server.host}:{server.port}", "ca_file": server.certificate("ca.pem"),
            "token_file": "caller.token"}))
        version = asyncio.run(version_of(product.folder / "caller.json"))
        expect(version.version, "the client in Python got no version")
        seen = (call(good), call(off), call("Bearer " + "x" * (1 << 20)), call(good, good))
        product.write_tokens(but=["reader"])
        begun = time.monotonic()
        until(lambda: call(good) != "OK")
        last, took = call(good), time.monotonic() - begun
        others = call(f"Bearer {product.tokens['writer']}")
        secret = product.tokens["reader"] in server.log_text()
    expected = ("OK", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED")
    is_right = (*seen, last, others) == (*expected, "UNAUTHENTICATED", "OK") and not secret
    return expect(is_right,
                  f"{', '.join(seen[1:])}; removed: {last} after {took:.1f} s, the log shows no token: {not secret}")


not_applicable("X6", "<script> on a status page, CSRF, DNS rebinding", "there is no page and no HTTP yet")
