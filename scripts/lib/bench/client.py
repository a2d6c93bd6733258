"""Just enough of likeness/1 and protobuf to ask for exact answers and to compare them: see proto/PROTOCOL.md."""
import socket
import ssl
import struct

QUERY = "likeness.v1.SearchService/Query"
EXACT = 2


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def floats(values):
    """`repeated float values = 1`: a VectorQuery, an EchoRequest."""
    return field(1, struct.pack(f"<{len(values)}f", *values))


def query(vector, limit=10, precision=0):
    """A QueryRequest by vector."""
    message = field(1, field(2, floats(vector))) + b"\x10" + varint(limit)
    return message + (b"\x38" + varint(precision) if precision else b"")


def fields(message):
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or number()
            yield tag >> 3, message[at:at + size]
            at += size


def hits(response):
    """Profile id and score of each hit of a QueryResponse."""
    found = []
    for number, value in fields(response):
        if number == 1:
            hit = dict(fields(value))
            found.append((bytes(dict(fields(hit[1]))[1]).decode(), struct.unpack("<d", hit.get(2, bytes(8)))[0]))
    return found


class Connection:
    def __init__(self, port, certificate, key, authority):
        context = ssl.create_default_context(cafile=authority)
        context.check_hostname = False
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["likeness/1"])
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
        self.stream = 1
        self.send(1, 0, 0, struct.pack(">HH", 1, 0))

    def send(self, kind, flags, stream, payload):
        self.socket.sendall(struct.pack(">IBBI", len(payload) + 6, kind, flags, stream) + payload)

    def receive(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the connection was lost")
            data += part
        return data

    def call(self, method, message, seconds=0):
        """`seconds`: the deadline; 0 is the method's own."""
        head = struct.pack(">QH", int(seconds * 1e6), len(method))
        self.send(2, 3, self.stream, head + method.encode() + b"\0\0" + message)
        self.stream += 2
        while True:
            size, kind, _, _ = struct.unpack(">IBBI", self.receive(10))
            payload = self.receive(size - 6)
            if kind == 4:
                at = 3 + struct.unpack(">H", payload[1:3])[0]
                if payload[0]:
                    raise RuntimeError(f"status {payload[0]}: {payload[3:at].decode()}")
                if payload[at:at + 2] != b"\0\0":
                    raise RuntimeError("details without an error")
                (pairs,) = struct.unpack(">H", payload[at + 2:at + 4])
                at += 4
                for _ in range(pairs):
                    at += 2 + struct.unpack(">H", payload[at:at + 2])[0]
                    at += 4 + struct.unpack(">I", payload[at:at + 4])[0]
                return payload[at:]


def recall(connection, vectors, limit=10):
    """The share of the exact best hits that ordinary answers hold; equal scores may replace each other."""
    found = expected = 0
    for vector in vectors:
        exact = hits(connection.call(QUERY, query(vector, limit, EXACT)))
        answer = hits(connection.call(QUERY, query(vector, limit)))
        found += sum(1 for _, score in answer if score >= exact[-1][1] - 1e-5)
        expected += len(exact)
    return found / expected
