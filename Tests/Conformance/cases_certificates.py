"""The abuse cases X1: certificates that must not get in, or must not get a role."""

import base64
import ssl
from pathlib import Path

from authority import Authority, names_of, own_server
from cases_security import Product
from patience import until
from peer import Closed, Peer, tls_context
from suite import case, expect

READER = "URI:spiffe://likeness/interop/reader"
ADMIN = "URI:spiffe://likeness/interop/admin"
READER_BYTES = READER[4:].encode()
REFUSED = "refused in the handshake"
NO_ROLE = "PERMISSION_DENIED"


def verdict(server, certificate):
    """What a caller with this certificate gets from ReaderCall: a code, or that the handshake fails."""
    # Whatever this end would object to in its own certificate is the case's fault, not the server's answer.
    tls_context(server, certificate, weak=True)
    try:
        with Peer(server, role=certificate, weak=True) as peer:
            return peer.call("ReaderCall")[0]
    except (ssl.SSLError, Closed, OSError, TimeoutError):
        return REFUSED


def certificate_case(identifier, title, make, expected=REFUSED):
    """`make` is given the CA and the server, and returns a certificate and its key, each a file, or None."""
    @case(identifier, title, expected)
    def _(world):
        observed = verdict(world.server, make(Authority(world.server), world.server))
        # Why is the server's affair: it stands in the log only.
        return expect(observed == expected or (expected == NO_ROLE and observed == REFUSED), observed)


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
certificate_case("X1.7", "two URI names, both known", lambda a, s: a.issue("two", f"{READER},{ADMIN}"), NO_ROLE)
certificate_case("X1.8", "a URI name with NUL in it: …/reader\\0admin",
                 lambda a, s: a.issue("nul", None, raw_names=names_of((0x86, READER_BYTES + b"\0admin"))), NO_ROLE)
certificate_case("X1.9", "a common name only, which is a reader's name", lambda a, s: a.issue("reader", None), NO_ROLE)
certificate_case("X1.10", "a DNS name that is spelt as a reader's URI",
                 lambda a, s: a.issue("dns", None, raw_names=names_of((0x82, READER_BYTES))), NO_ROLE)
certificate_case("X1.11", "a wildcard DNS name *.likeness", lambda a, s: a.issue("wild", "DNS:*.likeness"), NO_ROLE)


@case("X1.12", "a chain of 100 intermediate CAs", REFUSED)
def _(world):
    authority = Authority(world.server)
    issuer, issuers = (authority.certificate, authority.key), []
    for index in range(world.count(100, 20)):
        issuer = authority.issue(f"deep{index}", None, issuer=issuer, is_authority=True)
        issuers.insert(0, issuer)
    leaf = authority.chained(authority.issue("leaf", READER, issuer=issuer), *issuers)
    return expect((observed := verdict(world.server, leaf)) == REFUSED, observed)


def signed_by_a_client(authority, server):
    first = authority.issue("first", READER)
    return authority.chained(authority.issue("second", ADMIN, issuer=first), first)


certificate_case("X1.13", "a certificate signed by a client's certificate", signed_by_a_client)


@case("X1.14", "TLS 1.2 with a good certificate", REFUSED)
def _(world):
    try:
        with Peer(world.server, version=ssl.TLSVersion.TLSv1_2) as peer:
            observed = peer.call("ReaderCall")[0]
    except (ssl.SSLError, Closed, OSError):
        observed = REFUSED
    return expect(observed == REFUSED, observed)


def with_a_forged_key(authority, server):
    """The certificate of one key with the secret of another: the public half in the file is the certificate's."""
    good, other = authority.issue("owner", READER), authority.issue("thief", READER)
    keys = [authority.der_of(one[1], "ec") for one in (good, other)]
    # ECPrivateKey of P-256: the secret is its bytes 7 to 39.
    forged = keys[0][:7] + keys[1][7:39] + keys[0][39:]
    file = authority.folder / "forged.key"
    file.write_text("-----BEGIN EC PRIVATE KEY-----\n" + base64.encodebytes(forged).decode()
                    + "-----END EC PRIVATE KEY-----\n")
    return good[0], str(file)


def with_a_broken_signature(authority, server):
    certificate, key = authority.issue("broken", READER)
    encoded = bytearray(authority.der_of(certificate, "x509"))
    encoded[-1] ^= 1
    Path(certificate).write_text(ssl.DER_cert_to_PEM_cert(bytes(encoded)))
    return certificate, key


certificate_case("X1.15", "a good certificate with another's secret key", with_a_forged_key)
certificate_case("X1.16", "one whose signature is a bit off", with_a_broken_signature)
certificate_case("X1.17", "an RSA key of 1,024 bits", lambda a, s: a.issue("weak", READER, key="rsa:1024"))
certificate_case("X1.18", "a signature with SHA-1", lambda a, s: a.issue("sha1", READER, digest="sha1"))
certificate_case("X1.19", "a CA's certificate, with a reader's name and for clients",
                 lambda a, s: a.issue("authority", READER, basic="CA:TRUE"))
certificate_case("X1.20", "a key that may not sign (keyUsage without digitalSignature)",
                 lambda a, s: a.issue("usage", READER, more=["keyUsage = critical, keyEncipherment"]))
certificate_case("X1.21", "one for signing programs (codeSigning)",
                 lambda a, s: a.issue("code", READER, use="codeSigning"))
certificate_case("X1.22", "one for any use (anyExtendedKeyUsage)",
                 lambda a, s: a.issue("any", READER, use="anyExtendedKeyUsage"))
certificate_case("X1.23", "an unknown critical extension",
                 lambda a, s: a.issue("critical", READER, more=["1.2.3.4.5 = critical, ASN1:UTF8String:x"]))
certificate_case("X1.24", "an e-mail name that is spelt as a reader's URI",
                 lambda a, s: a.issue("mail", None, raw_names=names_of((0x81, READER_BYTES))), NO_ROLE)
certificate_case("X1.25", "a reader's URI in capitals",
                 lambda a, s: a.issue("SPIFFE", "URI:SPIFFE://LIKENESS/INTEROP/READER"), NO_ROLE)
certificate_case("X1.26", "the same with a slash behind it", lambda a, s: a.issue("slash", READER + "/"), NO_ROLE)
certificate_case("X1.27", "the same, percent-encoded",
                 lambda a, s: a.issue("percent", READER.replace("reader", "%72eader")), NO_ROLE)
certificate_case("X1.28", "no name at all in the list of names",
                 lambda a, s: a.issue("empty", None, raw_names=names_of()), NO_ROLE)


@case("X1.29", "names that an intermediate CA may not give, one CA too many below another, and an expired CA between",
      f"{REFUSED}, each; the same without the fault OK")
def _(world):
    root = Authority(folder=world.server.folder / "root", new=True)
    with own_server(world, authority=root) as server:
        def ask(name, issuer, *above, **options):
            return verdict(server, root.chained(root.issue(name, READER, issuer=issuer, **options), issuer, *above))
        plain = root.issue("plain", None, is_authority=True)
        narrow = root.issue("narrow", None, is_authority=True,
                            more=["nameConstraints = critical, permitted;URI:elsewhere.example"])
        last = root.issue("last", None, is_authority=True, basic="CA:TRUE, pathlen:0")
        below = root.issue("below", None, is_authority=True, issuer=last)
        ended = root.issue("ended", None, is_authority=True, starts="-9", ends="-1")
        seen = {"good": ask("a", plain), "names": ask("b", narrow), "length": ask("c", below, last),
                "expired": ask("d", ended)}
    return expect(seen == {"good": "OK", "names": REFUSED, "length": REFUSED, "expired": REFUSED}, seen)


@case("X1.30", "a certificate that its CA has revoked; another one of the same name; the list read again",
      f"{REFUSED}; OK; {REFUSED} once the list has it")
def _(world):
    root = Authority(folder=world.server.folder / "revoking", new=True)
    bad, good = root.issue("bad", READER), root.issue("good", READER)
    root.revoke(bad)
    with own_server(world, "--client-crl", root.revocation_list(), authority=root) as server:
        first, second = verdict(server, bad), verdict(server, good)
        root.revoke(good)
        root.revocation_list()
        server.process.send_signal(1)
        until(lambda: verdict(server, good) == REFUSED)
        third = verdict(server, good)
    return expect((first, second, third) == (REFUSED, "OK", REFUSED), f"{first}; {second}; {third}")


@case("X1.31", "a good certificate when the CA's list has run out", "OK before; refused in the handshake after")
def _(world):
    root = Authority(folder=world.server.folder / "late", new=True)
    good = root.issue("good", READER)
    # The list has to be good while the server starts, which on a busy machine takes its time.
    for seconds in (12, 60):
        with own_server(world, "--client-crl", root.revocation_list(seconds=seconds), authority=root) as server:
            if (before := verdict(server, good)) == "OK":
                until(lambda: verdict(server, good) == REFUSED, every=0.2)
                after = verdict(server, good)
                return expect(after == REFUSED, f"{before}; {after}")
    return expect(False, before)


LOOKALIKES = {
    "the URI in capitals": [(0x86, b"SPIFFE://EXAMPLE.ORG/READER")],
    "the URI with a slash": [(0x86, b"spiffe://example.org/reader/")],
    "the URI, percent-encoded": [(0x86, b"spiffe://example.org/%72eader")],
    "the URI with NUL behind it": [(0x86, b"spiffe://example.org/reader\0")],
    "the URI twice": [(0x86, b"spiffe://example.org/reader")] * 2,
    "the URI as a DNS name": [(0x82, b"spiffe://example.org/reader")],
    "the URI as an e-mail address": [(0x81, b"spiffe://example.org/reader")],
    "the DNS name in capitals": [(0x82, b"READER.EXAMPLE.ORG")],
    "the DNS name with a dot behind it": [(0x82, b"reader.example.org.")],
    "the DNS name with NUL in it": [(0x82, b"reader.example.org\0.evil.example")],
    "the DNS name with a blank": [(0x82, b"reader.example.org ")],
    "a wildcard": [(0x82, b"*.example.org")],
    "the DNS name as a URI": [(0x86, b"reader.example.org")],
    "the setting's own text as a URI": [(0x86, b"DNS:reader.example.org")],
    "the DNS name as an e-mail address": [(0x81, b"reader.example.org")],
    "an address": [(0x87, bytes([127, 0, 0, 1]))],
    "nothing": [],
}


@case("X1.32", f"likenessd with roles for a URI and a DNS name, and {len(LOOKALIKES)} names that look like them",
      "refused in the handshake or PERMISSION_DENIED, each; the names themselves OK", server="product")
def _(world):
    product = Product(world, "names", ROLES_READER="URI:spiffe://example.org/reader,DNS:reader.example.org")

    def ask(server, label, names):
        certificate = product.authority.issue(label, None, raw_names=names_of(*names))
        tls_context(server, certificate)
        try:
            with Peer(server, role=certificate) as peer:
                return peer.call("likeness.v1.AdminService/GetVersion")[0]
        except (ssl.SSLError, Closed, OSError):
            return REFUSED
    with product.running() as server:
        good = [ask(server, "good-uri", [(0x86, b"spiffe://example.org/reader")]),
                ask(server, "good-dns", [(0x82, b"reader.example.org")])]
        seen = {title: ask(server, f"like{index}", names) for index, (title, names) in enumerate(LOOKALIKES.items())}
    wrong = {title: said for title, said in seen.items() if said not in (REFUSED, NO_ROLE)}
    refused = sum(said == REFUSED for said in seen.values())
    return expect(good == ["OK", "OK"] and not wrong, wrong or f"{', '.join(good)}; {refused} refused in the "
                  f"handshake, {len(seen) - refused} PERMISSION_DENIED")
