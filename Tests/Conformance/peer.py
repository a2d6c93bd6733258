"""A peer that speaks likeness/1 byte by byte, and breaks its rules where a case wants that. Blocking sockets."""

import socket
import ssl
import struct
import time

from likeness_rpc import (CANCEL, CODES, CREDIT, END, GOAWAY, HAS_MESSAGE, HELLO, LAST, MESSAGE, NOT_PROCESSED, PING,
                          PONG, REQUEST, Fields, frame, pack_metadata)
from patience import PATIENCE

GOAWAYS = ("LEAVING PROTOCOL_ERROR FRAME_TOO_LARGE UNSUPPORTED_VERSION TIMEOUT FLOW_CONTROL TOO_MUCH "
           "INTERNAL_ERROR").split()
INTEROP = "likeness.interop.v1.InteropService/"


def hello(settings=(), version=1, count=None, extra=b""):
    """`settings` are pairs, which may repeat."""
    pairs = list(settings.items() if isinstance(settings, dict) else settings)
    body = struct.pack(">HH", version, len(pairs) if count is None else count)
    return frame(HELLO, payload=body + b"".join(struct.pack(">HI", *pair) for pair in pairs) + extra)


def request(stream, method, message=b"", timeout_us=0, metadata=(), flags=HAS_MESSAGE | LAST):
    name = method if isinstance(method, bytes) else method.encode()
    block = metadata if isinstance(metadata, bytes) else pack_metadata(list(metadata))
    head = struct.pack(">QH", timeout_us, len(name)) + name + block
    if hasattr(message, "SerializeToString"):
        message = message.SerializeToString()
    return frame(REQUEST, flags, stream, head + (message if flags & HAS_MESSAGE else b""))


def message(stream, payload, last=False):
    if hasattr(payload, "SerializeToString"):
        payload = payload.SerializeToString()
    return frame(MESSAGE, HAS_MESSAGE | (LAST if last else 0), stream, payload)


def credit(stream, count):
    return frame(CREDIT, 0, stream, struct.pack(">I", count))


def goaway(last=0, code=0, text=b""):
    return frame(GOAWAY, payload=struct.pack(">IHH", last, code, len(text)) + text)


class Frame:
    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload

    def end(self):
        """(code, text, details, trailers, message) of an END."""
        fields = Fields(self.payload)
        code, text = fields.number(">B"), fields.data(">H").decode()
        details = [(fields.data(">H").decode(), fields.data(">I")) for _ in range(fields.number(">H"))]
        trailers = fields.metadata()
        return CODES[code], text, details, trailers, bytes(fields.rest)

    def goaway(self):
        fields = Fields(self.payload)
        last, code, text = fields.number(">I"), fields.number(">H"), fields.data(">H").decode()
        return last, GOAWAYS[code], text

    def settings(self):
        fields = Fields(self.payload)
        version = fields.number(">H")
        return version, {fields.number(">H"): fields.number(">I") for _ in range(fields.number(">H"))}


def tls_context(server, role="admin", alpn=("likeness/1",), version=None, weak=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if weak:
        # Lets this end show what it would itself refuse.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_verify_locations(server.certificate("ca.pem"))
    if isinstance(role, tuple):
        context.load_cert_chain(*role)
    elif role:
        context.load_cert_chain(server.certificate(f"{role}.pem"), server.certificate(f"{role}.key"))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version:
        context.minimum_version = context.maximum_version = version
    return context


class Closed(Exception):
    """The server ended the connection. `how`: "close_notify", "FIN" or "RST"."""

    def __init__(self, how):
        super().__init__(how)
        self.how = how


class Peer:
    def __init__(self, server, role="admin", settings=(), greet=True, answers_pings=True, receive_bytes=None,
                 port=None, **tls):
        self.answers_pings, self.buffer, self.next = answers_pings, b"", 1
        plain = socket.socket()
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(PATIENCE)
        plain.connect((server.host, port or server.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = tls_context(server, role, **tls).wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise
        self.settings = {}
        if greet:
            try:
                self.send(hello(settings))
                self.settings = self.expect(HELLO).settings()[1]
            except BaseException:
                self.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.settimeout(PATIENCE)
        self.socket.sendall(data)

    def try_send(self, data):
        """Sends as much as the server takes. Whether it took all."""
        try:
            self.send(data)
            return True
        except (OSError, ssl.SSLError):
            return False

    def _fill(self, count, until):
        while len(self.buffer) < count:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 16)
            except ssl.SSLZeroReturnError:
                raise Closed("close_notify") from None
            except ssl.SSLEOFError:
                raise Closed("FIN") from None
            except (TimeoutError, ssl.SSLWantReadError):
                raise TimeoutError from None
            except ssl.SSLError as error:
                raise Closed("close_notify" if "close notify" in str(error) else f"alert {error.reason}") from None
            except OSError:
                raise Closed("RST") from None
            if not data:
                raise Closed("close_notify")
            self.buffer += data

    def frame(self, timeout=PATIENCE):
        """The next frame; PINGs are answered on the way. TimeoutError when none comes."""
        until = time.monotonic() + timeout
        while True:
            self._fill(10, until)
            length, kind, flags, stream = struct.unpack(">IBBI", self.buffer[:10])
            self._fill(4 + length, until)
            payload, self.buffer = self.buffer[10:4 + length], self.buffer[4 + length:]
            if kind == PING and self.answers_pings:
                self.try_send(frame(PONG, payload=payload))
                continue
            return Frame(kind, flags, stream, payload)

    def expect(self, *kinds, stream=None, timeout=PATIENCE):
        """The next frame of these kinds (on this stream); others are passed over."""
        until = time.monotonic() + timeout
        while True:
            found = self.frame(max(0, until - time.monotonic()))
            if found.kind in kinds and (stream is None or found.stream == stream):
                return found

    def quiet(self, timeout):
        """Nothing but PINGs comes for so long."""
        try:
            found = self.frame(timeout)
        except TimeoutError:
            return True
        raise AssertionError(f"a frame of kind {found.kind} on stream {found.stream}")

    def new_stream(self):
        self.next += 2
        return self.next - 2

    def start(self, method, body=b"", **options):
        stream = self.new_stream()
        self.send(request(stream, method if "/" in method or "timeout" in options else INTEROP + method, body,
                          **options))
        return stream

    def call(self, method, body=b"", answer=None, timeout=PATIENCE, **options):
        """A unary call. The answer, when its type is given and the code is OK, else (code, text, …)."""
        stream = self.start(method, body, **options)
        end = self.expect(END, stream=stream, timeout=timeout).end()
        if answer is None:
            return end
        assert end[0] == "OK", f"{end[0]}: {end[1]}"
        return answer.FromString(end[4])

    def ended(self, timeout=PATIENCE):
        """How the server ends the connection: (GOAWAY's code or "", how). Other frames are passed over."""
        until, code = time.monotonic() + timeout, ""
        try:
            while True:
                found = self.frame(max(0, until - time.monotonic()))
                if found.kind == GOAWAY:
                    code = found.goaway()[1]
        except Closed as closed:
            return code, closed.how
        except TimeoutError:
            return code, "open"
