"""TLS 1.3 records made by hand: what no TLS library sends. Keys from the key log, AES-GCM by libcrypto."""

import ctypes
import ctypes.util
import hashlib
import hmac
import os
import socket
import ssl
import struct
import tempfile

from patience import PATIENCE
from peer import hello, tls_context

APPLICATION, HANDSHAKE, ALERT = 23, 22, 21

_crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
for _name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
    getattr(_crypto, _name).restype = ctypes.c_void_p


def _expand(secret, label, length):
    info = struct.pack(">H", length) + bytes([6 + len(label)]) + b"tls13 " + label + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha384).digest()[:length]


class _AESGCM:
    def __init__(self, key):
        self.key, self.context = key, ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())

    def __del__(self):
        _crypto.EVP_CIPHER_CTX_free(self.context)

    def seal(self, nonce, plain, associated):
        out, size, tag = ctypes.create_string_buffer(len(plain) + 16), ctypes.c_int(), ctypes.create_string_buffer(16)
        cipher = ctypes.c_void_p(_crypto.EVP_aes_256_gcm())
        _crypto.EVP_EncryptInit_ex(self.context, cipher, None, self.key, nonce)
        _crypto.EVP_EncryptUpdate(self.context, None, ctypes.byref(size), associated, len(associated))
        _crypto.EVP_EncryptUpdate(self.context, out, ctypes.byref(size), plain, len(plain))
        _crypto.EVP_EncryptFinal_ex(self.context, None, ctypes.byref(size))
        _crypto.EVP_CIPHER_CTX_ctrl(self.context, 0x10, 16, tag)
        return out.raw[:len(plain)] + tag.raw


class RawTLS:
    """A connection whose handshake OpenSSL made and whose records are made here."""

    def __init__(self, server, role="admin"):
        context = tls_context(server, role)
        descriptor, log = tempfile.mkstemp()
        os.close(descriptor)
        context.keylog_filename = log
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        self.socket = socket.create_connection((server.host, server.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.socket.sendall(outgoing.read())
                incoming.write(self.socket.recv(1 << 16))
        self.socket.sendall(outgoing.read())
        assert tls.cipher()[0] == "TLS_AES_256_GCM_SHA384", tls.cipher()
        with open(log) as lines:
            found = {line.split()[0]: line.split()[2] for line in lines if not line.startswith("#")}
        os.unlink(log)
        context.keylog_filename = None
        self._use(bytes.fromhex(found["CLIENT_TRAFFIC_SECRET_0"]))
        self.socket.sendall(self.record(hello()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _use(self, secret):
        self.secret, self.sequence = secret, 0
        self.cipher, self.iv = _AESGCM(_expand(secret, b"key", 32)), _expand(secret, b"iv", 12)

    def record(self, content, kind=APPLICATION, padding=0):
        plain = content + bytes([kind]) + bytes(padding)
        head = struct.pack(">BHH", 23, 0x0303, len(plain) + 16)
        nonce = (int.from_bytes(self.iv, "big") ^ self.sequence).to_bytes(12, "big")
        self.sequence += 1
        return head + self.cipher.seal(nonce, plain, head)

    def key_update(self, requested=True):
        sealed = self.record(bytes([24, 0, 0, 1, int(requested)]), HANDSHAKE)
        self._use(_expand(self.secret, b"traffic upd", 48))
        return sealed

    def send_until_refused(self, make, count, batch=16):
        """Sends up to `count` records and reads nothing. How many went out before the server was done with us."""
        sent = 0
        self.socket.settimeout(PATIENCE)
        try:
            while sent < count:
                self.socket.sendall(b"".join(make() for _ in range(min(batch, count - sent))))
                sent += batch
        except OSError:
            pass
        return sent

    def is_closed(self, timeout=PATIENCE):
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(1 << 16):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True
