"""Cases T: handshakes that are broken in one place, after RFC 8446. They stand for tlsfuzzer's scripts."""

import os
import socket
import ssl
import struct

from hello import (ALERT, CHANGE, DATA, GOOD, HANDSHAKE, P256, P256_POINT, X25519, answer, handshake, hello, long,
                   numbers, record, share, short)
from patience import PATIENCE
from peer import tls_context
from suite import case, expect

CLOSED = "closed"


def in_record(message):
    return [record(HANDSHAKE, message)]


def hello_case(identifier, title, expected, make):
    """`make` returns what is sent, in pieces. `expected` are answers that the RFC allows, with "or" between them."""
    @case(identifier, title, expected, server="interop")
    def _(world):
        observed = answer(world.server, *make())
        return expect(observed in expected.split(" or "), observed)


def keys(*shares):
    return {51: long(b"".join(shares))}


def psk(identity=b"someone", modes=True):
    binders = long(short(os.urandom(32)))
    return (41, long(long(identity) + bytes(4)) + binders)


# What must work.
hello_case("T1", "a good hello", "ServerHello", lambda: in_record(hello()))
hello_case("T2", "a good hello in records of one byte", "ServerHello",
           lambda: [b"".join(record(HANDSHAKE, bytes([byte])) for byte in hello())])
hello_case("T3", "unknown extensions, suites, groups and versions among the known", "ServerHello",
           lambda: in_record(hello({10: long(numbers(0x3A3A, X25519)), 43: short(numbers(0x5A5A, 0x0305, 0x0304)),
                                    0x6A6A: b"", 0xFE0D: b"\1"}, suites=numbers(0x7A7A, 0x1301))))
hello_case("T4", "no key share yet", "HelloRetryRequest", lambda: in_record(hello(keys())))
hello_case("T5", "a key share of a group that is not served", "HelloRetryRequest",
           lambda: in_record(hello({10: long(numbers(0x1E, X25519)), **keys(share(0x1E, os.urandom(56)))})))
hello_case("T6", "an unknown pre-shared key with early data", "ServerHello",
           lambda: in_record(hello(more=[(42, b""), psk()])))
hello_case("T7", "a session id of 32 bytes, as middle boxes like it", "ServerHello",
           lambda: in_record(hello(session=os.urandom(32))))

# Nothing in common.
hello_case("T8", "TLS 1.2 as the newest version", "protocol_version",
           lambda: in_record(hello({43: short(numbers(0x0303))})))
hello_case("T9", "no supported_versions", "protocol_version", lambda: in_record(hello(without=[43])))
hello_case("T10", "SSL 3.0", "protocol_version or handshake_failure",
           lambda: in_record(hello(without=[43], version=0x0300)))
hello_case("T11", "only unknown suites", "handshake_failure", lambda: in_record(hello(suites=numbers(0x1399))))
hello_case("T12", "only suites of TLS 1.2", "handshake_failure",
           lambda: in_record(hello(suites=numbers(0xC02B, 0xC02F))))
hello_case("T13", "only unknown groups", "handshake_failure",
           lambda: in_record(hello({10: long(numbers(0x1399)), **keys(share(0x1399, b"x"))})))
hello_case("T14", "only SHA-1 and RSA signatures", "handshake_failure",
           lambda: in_record(hello({13: long(numbers(0x0201, 0x0203, 0x0401))})))
hello_case("T15", "no application protocol", "no_application_protocol", lambda: in_record(hello(without=[16])))
hello_case("T16", "only the application protocol h2", "no_application_protocol",
           lambda: in_record(hello({16: long(short(b"h2"))})))
hello_case("T17", "the application protocol likeness/1 with a byte more", "no_application_protocol",
           lambda: in_record(hello({16: long(short(b"likeness/10"))})))

# What has to be there.
hello_case("T18", "no signature_algorithms", "missing_extension", lambda: in_record(hello(without=[13])))
hello_case("T19", "a key share without supported_groups", "missing_extension", lambda: in_record(hello(without=[10])))
hello_case("T20", "supported_groups without key_share", "missing_extension", lambda: in_record(hello(without=[51])))
hello_case("T21", "a pre-shared key without its modes", "missing_extension",
           lambda: in_record(hello(without=[45], more=[psk()])))

# What makes no sense.
hello_case("T22", "an extension twice", "illegal_parameter", lambda: in_record(hello(more=[(13, GOOD[13])])))
hello_case("T23", "a pre-shared key that is not last", "illegal_parameter",
           lambda: in_record(hello(more=[psk(), (0x6A6A, b"")])))
hello_case("T24", "an X25519 key of 31 bytes", "illegal_parameter",
           lambda: in_record(hello(keys(share(X25519, os.urandom(31))))))
hello_case("T25", "an X25519 key of zeros", "illegal_parameter",
           lambda: in_record(hello(keys(share(X25519, bytes(32))))))
hello_case("T26", "an empty key", "decode_error or illegal_parameter",
           lambda: in_record(hello(keys(share(X25519, b"")))))
hello_case("T27", "a P-256 key that is not on the curve", "illegal_parameter",
           lambda: in_record(hello(keys(share(P256, P256_POINT[:-1] + bytes([P256_POINT[-1] ^ 1]))))))
hello_case("T28", "a compressed P-256 key", "illegal_parameter",
           lambda: in_record(hello(keys(share(P256, b"\x03" + P256_POINT[1:33])))))
hello_case("T29", "compression", "illegal_parameter", lambda: in_record(hello(compression=b"\1\0")))
hello_case("T30", "no compression method, not even none", "illegal_parameter or decode_error",
           lambda: in_record(hello(compression=b"")))
hello_case("T31", "a maximum fragment length of kind 9", "illegal_parameter", lambda: in_record(hello({1: b"\x09"})))

# What cannot be read.
hello_case("T32", "a session id of 33 bytes", "decode_error or illegal_parameter",
           lambda: in_record(hello(session=bytes(33))))
hello_case("T33", "no suites", "decode_error or illegal_parameter", lambda: in_record(hello(suites=b"")))
hello_case("T34", "an odd number of bytes of suites", "decode_error or illegal_parameter",
           lambda: in_record(hello(suites=numbers(0x1301) + b"\x13")))
hello_case("T35", "an extension that is longer than the hello", "decode_error",
           lambda: in_record(hello(extension_bytes=long(numbers(43, 900) + b"\2\3\4"))))
hello_case("T36", "a byte behind the extensions", "decode_error", lambda: in_record(hello(tail=b"\0")))
hello_case("T37", "an empty list of application protocols", "decode_error", lambda: in_record(hello({16: long(b"")})))
hello_case("T38", "an application protocol without a name", "decode_error",
           lambda: in_record(hello({16: long(short(b""))})))
hello_case("T39", "a list of versions of odd length", "decode_error or protocol_version",
           lambda: in_record(hello({43: short(b"\3\4\3")})))
hello_case("T40", "a hello of 16 MiB that has only begun", "illegal_parameter or decode_error or record_overflow",
           lambda: in_record(handshake(1, b"\3\3" + bytes(40), length=0xFFFFFF)))

# Something else than a hello.
hello_case("T41", "Finished first", "unexpected_message", lambda: in_record(handshake(20, bytes(32))))
hello_case("T42", "data first", "unexpected_message", lambda: [record(DATA, b"hello")])
hello_case("T43", "ChangeCipherSpec first", "unexpected_message",
           lambda: [record(CHANGE, b"\1") + record(HANDSHAKE, hello())])
hello_case("T44", "a record of an unknown type", "unexpected_message", lambda: [record(99, b"x")])
hello_case("T45", "a record that is too long", "record_overflow", lambda: [record(HANDSHAKE, bytes(1 << 14) + b"x")])
hello_case("T46", "a hundred empty handshake records", "unexpected_message or decode_error or closed",
           lambda: [record(HANDSHAKE, b"") * 100 + record(HANDSHAKE, hello())])
hello_case("T47", "a fatal alert first", "closed or unexpected_message", lambda: [record(ALERT, b"\2\x28")])
hello_case("T48", "a hello of SSL 2", "closed or protocol_version or handshake_failure or decode_error",
           lambda: [struct.pack(">HBHHHH", 0x8000 | 25, 1, 0x0002, 3, 0, 16) + b"\1\0\x80" + bytes(16)])


def tampered(server, change, patience):
    """A good handshake whose second flight is changed by `change`; the alert that comes back, or what else happens."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context(server).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection((server.host, server.port), timeout=patience) as plain:
        def step():
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                return False
            return True
        step()
        plain.sendall(outgoing.read())
        try:
            while not step():
                incoming.write(plain.recv(1 << 16))
            plain.sendall(change(outgoing.read()))
            while True:
                if not (data := plain.recv(1 << 16)):
                    return CLOSED
                incoming.write(data)
                try:
                    tls.read(1 << 16)
                    return "let in"
                except ssl.SSLWantReadError:
                    pass
        except TimeoutError:
            return "nothing"
        except ssl.SSLError as error:
            return (error.reason or str(error)).lower().split("_alert_")[-1]
        except ConnectionError:
            return CLOSED


def records(flight):
    """The records of a flight, each with its header."""
    found = []
    while flight:
        size = 5 + struct.unpack(">H", flight[3:5])[0]
        found.append(flight[:size])
        flight = flight[size:]
    return found


def flight_case(identifier, title, expected, change):
    @case(identifier, title, expected, server="interop")
    def _(world):
        # Nothing may be what comes; then a few seconds of it are enough.
        observed = tampered(world.server, change, 5 if "nothing" in expected else PATIENCE)
        return expect(observed in expected.split(" or "), observed)


def with_a_bit_flipped(flight):
    return flight[:-1] + bytes([flight[-1] ^ 1])


flight_case("T49", "the client's second flight as it should be", "let in", lambda flight: flight)
flight_case("T50", "a bit of it flipped", "bad_record_mac", with_a_bit_flipped)
flight_case("T51", "its last record first", "bad_record_mac or unexpected_message",
            lambda flight: b"".join(reversed(records(flight))))
flight_case("T52", "without its first encrypted record", "bad_record_mac or nothing or unexpected_message",
            lambda flight: b"".join([one for one in records(flight) if one[0] != DATA]
                                    + [one for one in records(flight) if one[0] == DATA][1:]))
flight_case("T53", "each record twice", "bad_record_mac or unexpected_message",
            lambda flight: b"".join(one + one for one in records(flight) if one[0] == DATA))
flight_case("T54", "a second hello in the clear instead", "unexpected_message or bad_record_mac",
            lambda flight: record(HANDSHAKE, hello(), version=0x0303))
flight_case("T55", "Finished in the clear instead", "unexpected_message or bad_record_mac",
            lambda flight: record(HANDSHAKE, handshake(20, bytes(32)), version=0x0303))
flight_case("T56", "ChangeCipherSpec of another value", "unexpected_message or illegal_parameter",
            lambda flight: record(CHANGE, b"\2", version=0x0303) + flight)
flight_case("T57", "a hundred ChangeCipherSpec before it", "unexpected_message or illegal_parameter or let in",
            lambda flight: record(CHANGE, b"\1", version=0x0303) * 100 + flight)
flight_case("T58", "an encrypted record that is too long", "record_overflow",
            lambda flight: record(DATA, bytes((1 << 14) + 257), version=0x0303))
flight_case("T59", "random bytes as an encrypted record", "bad_record_mac",
            lambda flight: record(DATA, os.urandom(300), version=0x0303))
