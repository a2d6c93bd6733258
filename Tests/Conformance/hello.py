"""The first bytes of a TLS connection, made by hand, and what a server answers to them in the clear."""

import os
import socket
import struct
import time

from patience import PATIENCE

ALERTS = {0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
          40: "handshake_failure", 47: "illegal_parameter", 50: "decode_error", 51: "decrypt_error",
          70: "protocol_version", 80: "internal_error", 109: "missing_extension", 120: "no_application_protocol"}
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
X25519, P256, P384 = 0x1D, 0x17, 0x18
# The generator of P-256: a point that is on the curve for sure.
P256_POINT = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                           "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
HANDSHAKE, ALERT, DATA, CHANGE = 22, 21, 23, 20


def short(content):
    return bytes([len(content)]) + content


def long(content):
    return struct.pack(">H", len(content)) + content


def numbers(*values):
    return b"".join(struct.pack(">H", value) for value in values)


def record(kind, content, version=0x0301, length=None):
    return struct.pack(">BHH", kind, version, len(content) if length is None else length) + content


def share(group, key):
    return numbers(group) + long(key)


# The extensions of a good hello, by number.
GOOD = {
    10: long(numbers(X25519, P256, P384)),
    13: long(numbers(0x0403, 0x0804, 0x0805)),
    16: long(short(b"likeness/1")),
    43: short(numbers(0x0304)),
    45: short(b"\x01"),
    51: None,
}


def handshake(kind, body, length=None):
    return bytes([kind]) + (len(body) if length is None else length).to_bytes(3, "big") + body


def hello(change=None, without=(), version=0x0303, session=b"", suites=numbers(0x1301, 0x1302, 0x1303),
          compression=b"\0", more=(), tail=b"", extension_bytes=None):
    """A ClientHello as a handshake message. `change` replaces or adds extensions; `more` are pairs put behind them."""
    extensions = {**GOOD, 51: long(share(X25519, os.urandom(32))), **(change or {})}
    pairs = [pair for pair in extensions.items() if pair[0] not in without] + list(more)
    block = b"".join(numbers(number) + long(content) for number, content in pairs)
    body = (numbers(version) + os.urandom(32) + short(session) + long(suites) + short(compression)
            + (long(block) if extension_bytes is None else extension_bytes) + tail)
    return handshake(1, body)


def answer(server, *pieces, seconds=PATIENCE, pause=0.0):
    """Sends the pieces. What comes first: ServerHello, HelloRetryRequest, an alert's name, "closed" or "nothing"."""
    with socket.create_connection((server.host, server.port), timeout=PATIENCE) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                plain.sendall(piece)
                time.sleep(pause)
            plain.settimeout(seconds)
            got = b""
            while len(got) < 5 or len(got) < 5 + struct.unpack(">H", got[3:5])[0]:
                more = plain.recv(1 << 14)
                if not more:
                    return "closed"
                got += more
        except TimeoutError:
            return "nothing"
        except ConnectionError:
            return "closed"
    if got[0] == ALERT:
        return ALERTS.get(got[6], f"alert {got[6]}")
    if got[0] == HANDSHAKE and got[5] == 2:
        return "HelloRetryRequest" if got[11:43] == RETRY else "ServerHello"
    return f"a record of type {got[0]}"
