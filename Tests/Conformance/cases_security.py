"""The abuse cases X1 to X6: who may call what, by certificate, token and role."""

import importlib
import os
import socket
import ssl
import subprocess
import time
from pathlib import Path

from likeness.interop.v1 import interop_service_pb2 as pb
from likeness.options.v1 import options_pb2
from peer import Closed, Peer, request, tls_context
from servers import Running, Server
from suite import case, expect, not_applicable

READER = "URI:spiffe://likeness/interop/reader"


class Authority:
    """The server's CA with the openssl command: certificates that the product's own code would not issue."""

    def __init__(self, server, folder=None, new=False):
        self.folder = Path(folder or server.folder / "openssl")
        self.folder.mkdir(exist_ok=True)
        for name, text in (("index.txt", ""), ("index.txt.attr", "unique_subject = no\n"), ("serial", "1000\n"),
                           ("crlnumber", "01\n")):
            if not (self.folder / name).exists():
                (self.folder / name).write_text(text)
        self.certificate, self.key = server.certificate("ca.pem"), server.certificate("ca.key")
        if new:
            self.certificate, self.key = str(self.folder / "ca.pem"), str(self.folder / "ca.key")
            self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                      self.key, "-out", self.certificate, "-subj", "/CN=Another CA", "-days", "30")

    def _run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr[-500:]
        return done.stdout

    def configuration(self, extensions):
        file = self.folder / "openssl.cnf"
        file.write_text(f"""
[ca]
default_ca = it
[it]
dir = {self.folder}
database = {self.folder}/index.txt
serial = {self.folder}/serial
crlnumber = {self.folder}/crlnumber
new_certs_dir = {self.folder}
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
copy_extensions = none
[any]
commonName = supplied
[extensions]
{extensions}
""")
        return str(file)

    def issue(self, name, names, use="clientAuth", key="ec", starts="-1", ends="+30", issuer=None, is_authority=False,
              raw_names=None):
        """A certificate and its key. `starts` and `ends` are in days from now."""
        certificate, private = str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")
        asked = str(self.folder / f"{name}.csr")
        kind = ["-newkey", key] if key != "ec" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        self._run("req", "-new", *kind, "-nodes", "-keyout", private, "-out", asked, "-subj", f"/CN={name}")
        extensions = [f"basicConstraints = critical, CA:{'TRUE' if is_authority else 'FALSE'}"]
        if is_authority:
            extensions.append("keyUsage = critical, keyCertSign, cRLSign")
        else:
            extensions.append(f"extendedKeyUsage = {use}")
        if raw_names:
            extensions.append(f"subjectAltName = DER:{raw_names.hex(':')}")
        elif names:
            extensions.append(f"subjectAltName = {names}")
        date = lambda days: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86_400 * float(days)))
        by = issuer or (self.certificate, self.key)
        self._run("ca", "-batch", "-notext", "-config", self.configuration("\n".join(extensions)), "-extensions",
                  "extensions", "-cert", by[0], "-keyfile", by[1], "-in", asked, "-out", certificate, "-startdate",
                  date(starts), "-enddate", date(ends))
        return certificate, private


def verdict(server, certificate):
    """What a caller with this certificate gets from ReaderCall: a code, or that the handshake fails."""
    try:
        with Peer(server, role=certificate) as peer:
            return peer.call("ReaderCall")[0]
    except (ssl.SSLError, Closed, OSError, TimeoutError):
        return "refused in the handshake"


def certificate_case(identifier, title, make, expected="refused in the handshake"):
    @case(identifier, title, expected)
    def _(world):
        authority = Authority(world.server)
        observed = verdict(world.server, make(authority, world.server))
        # Why is the server's affair: it stands in the log only.
        return expect(observed == expected, observed)


certificate_case("X1.0", "a good certificate made by the same means", lambda a, s: a.issue("good", READER), "OK")
certificate_case("X1.1", "an expired certificate", lambda a, s: a.issue("old", READER, starts="-3", ends="-1"))
certificate_case("X1.2", "one that is not valid yet", lambda a, s: a.issue("early", READER, starts="1", ends="3"))
certificate_case("X1.3", "one of another CA",
                 lambda a, s: Authority(s, a.folder / "other", new=True).issue("foreign", READER))


def self_signed(authority, server):
    other = Authority(server, authority.folder / "self", new=True)
    return other.certificate, other.key


certificate_case("X1.4", "a self-signed one", self_signed)
certificate_case("X1.5", "one for servers (serverAuth)", lambda a, s: a.issue("server", READER, use="serverAuth"))
certificate_case("X1.6", "none", lambda a, s: None)

NO_ROLE = "PERMISSION_DENIED"
certificate_case("X1.7", "two URI names, both known", lambda a, s: a.issue(
    "two", READER + ",URI:spiffe://likeness/interop/admin"), NO_ROLE)


def der(tag, content):
    size = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes([tag]) + size + content


def with_nul(authority, server):
    name = b"spiffe://likeness/interop/reader\0admin"
    return authority.issue("nul", None, raw_names=der(0x30, der(0x86, name)))


@case("X1.8", "a URI name with NUL in it: …/reader\\0admin", "refused in the handshake, or no role")
def _(world):
    observed = verdict(world.server, with_nul(Authority(world.server), world.server))
    return expect(observed in ("refused in the handshake", NO_ROLE), observed)


certificate_case("X1.9", "a common name only, which is a reader's name",
                 lambda a, s: a.issue("reader", None), NO_ROLE)
certificate_case("X1.10", "a DNS name that is spelt as a reader's URI",
                 lambda a, s: a.issue("dns", None, raw_names=der(0x30, der(0x82, READER[4:].encode()))), NO_ROLE)
certificate_case("X1.11", "a wildcard DNS name *.likeness", lambda a, s: a.issue("wild", "DNS:*.likeness"), NO_ROLE)


@case("X1.12", "a chain of 100 intermediate CAs", "refused in the handshake")
def _(world):
    authority = Authority(world.server)
    issuer, chain = (authority.certificate, authority.key), ""
    for index in range(world.count(100, 20)):
        issuer = authority.issue(f"deep{index}", None, issuer=issuer, is_authority=True)
        chain = Path(issuer[0]).read_text() + chain
    leaf, key = authority.issue("leaf", READER, issuer=issuer)
    whole = authority.folder / "chain.pem"
    whole.write_text(Path(leaf).read_text() + chain)
    return expect((observed := verdict(world.server, (str(whole), key))) == "refused in the handshake", observed)


@case("X1.13", "a certificate signed by a client's certificate", "refused in the handshake")
def _(world):
    authority = Authority(world.server)
    first = authority.issue("first", READER)
    second, key = authority.issue("second", "URI:spiffe://likeness/interop/admin", issuer=first)
    whole = authority.folder / "signed-by-client.pem"
    whole.write_text(Path(second).read_text() + Path(first[0]).read_text())
    return expect((observed := verdict(world.server, (str(whole), key))) == "refused in the handshake", observed)


@case("X1.14", "TLS 1.2 with a good certificate", "refused in the handshake")
def _(world):
    try:
        with Peer(world.server, version=ssl.TLSVersion.TLSv1_2) as peer:
            observed = peer.call("ReaderCall")[0]
    except (ssl.SSLError, Closed, OSError):
        observed = "refused in the handshake"
    return expect(observed == "refused in the handshake", observed)


@case("X2", "the session of an earlier connection, offered again", "no session is taken up: the certificate is checked anew")
def _(world):
    context = tls_context(world.server, "reader")

    def connect(session=None):
        plain = socket.create_connection((world.server.host, world.server.port), timeout=5)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
            tls.settimeout(5)
            tls.recv(1000)
            return tls.session, tls.session_reused
    session, _ = connect()
    _, reused = connect(session)
    ticket = "a ticket" if session and session.has_ticket else "no ticket"
    return expect(not reused, f"{ticket}, {'taken up' if reused else 'a full handshake'}")


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


def contract_methods():
    """Every method of the product's contract: (full name, rank of its role)."""
    for module in ("likeness.v1.admin_service_pb2", "likeness.v1.profile_service_pb2",
                   "likeness.v1.search_service_pb2", "likeness.rpc.v1.health_service_pb2",
                   "likeness.rpc.v1.reflection_service_pb2", "likeness.rpc.v1.server_info_service_pb2"):
        for service in importlib.import_module(module).DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                role = method.GetOptions().Extensions[options_pb2.method].required_role
                yield f"{service.full_name}/{method.name}", role - 1


@case("X4b", "no role, reader and writer call every method of the product's contract that wants more",
      "PERMISSION_DENIED as the contract's role says, each; the log has each", server="product")
def _(world):
    product, folder = world.server, world.servers.folder / "roles"
    folder.mkdir(exist_ok=True)
    authority = Authority(product, folder / "openssl")
    names = {role: f"URI:spiffe://likeness/conformance/{role}" for role in ("nobody", "reader", "writer")}
    clients = {role: authority.issue(role, name) for role, name in names.items()}
    environment = {
        "LIKENESS_LISTEN": "127.0.0.1:0", "LIKENESS_TLS_CERTIFICATE_FILE": product.certificate("server.pem"),
        "LIKENESS_TLS_KEY_FILE": product.certificate("server.key"),
        "LIKENESS_TLS_CLIENT_CA_FILE": product.certificate("ca.pem"), "LIKENESS_ROLES_READER": names["reader"],
        "LIKENESS_ROLES_WRITER": names["writer"], "LIKENESS_EMBEDDING_PROVIDER": "none",
        "LIKENESS_DATABASE_URL": f"host={product.folder}/postgres user=likeness dbname=likeness"}
    command = [str(world.servers.binaries / "likenessd"), "serve"]
    with Running(Server("roles", command, folder, product.certificates, environment)) as server:
        right = denied = 0
        for rank, role in enumerate(names):
            with Peer(server, role=clients[role]) as peer:
                for name, needed in contract_methods():
                    if needed <= rank:
                        continue
                    code = peer.call(name)[0]
                    expect(code == "PERMISSION_DENIED", f"{role}, {name}: {code}")
                    right, denied = right + 1, denied + 1
        time.sleep(0.2)
        logged = server.log_text().count("PERMISSION_DENIED")
    return expect(logged >= denied, f"{right} pairs denied, {logged} lines of the log")


@case("X3", "a bearer token that is one bit off, of 1 MiB, twice, or removed",
      "UNAUTHENTICATED, or RESOURCE_EXHAUSTED for the metadata's size; removal counts within 1 s on open connections")
def _(world):
    with Peer(world.server, role="nobody") as peer:
        wrong = peer.call("ReaderCall", metadata=[("authorization", "Bearer wrong")])[0]
        long = peer.call("ReaderCall", metadata=[("authorization", "Bearer " + "x" * (1 << 20))])[0]
        twice = peer.call("ReaderCall", metadata=[("authorization", "Bearer a"), ("authorization", "Bearer b")])[0]
        return expect((wrong, long, twice) == ("UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED"),
                      f"{wrong}, {long}, {twice}")


not_applicable("X5", "a masked field asked for by filter, sort, facet, highlight, explain, field mask",
               "masks are not served yet: their fields answer UNIMPLEMENTED")
not_applicable("X6", "<script> on a status page, CSRF, DNS rebinding", "there is no page and no HTTP yet")
