"""A client of the protocol likeness/1 (proto/PROTOCOL.md): Python's standard library and protobuf.

    async with await Connection.open("client.json") as connection:
        answer = await connection.unary("likeness.v1.AdminService/GetVersion", request, GetVersionResponse)
"""

import asyncio
import json
import ssl
import struct
from pathlib import Path

HELLO, REQUEST, MESSAGE, END, CANCEL, CREDIT, PING, PONG, GOAWAY = range(1, 10)
HAS_MESSAGE, LAST, NOT_PROCESSED = 1, 2, 4
FRAME_BYTES, METADATA_BYTES, STREAMS, STREAM_CREDIT, CONNECTION_CREDIT, PING_INTERVAL = range(1, 7)
DEFAULTS = {FRAME_BYTES: 4 << 20, METADATA_BYTES: 16 << 10, STREAMS: 100, STREAM_CREDIT: 64 << 10,
            CONNECTION_CREDIT: 1 << 20, PING_INTERVAL: 10_000}
CODES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
         "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
         "UNAUTHENTICATED").split()
OVERHEAD = 32  # What a MESSAGE costs besides its payload.


class RPCError(Exception):
    """A call that failed. `code` is a name of CODES, `details` are (type, bytes), `trailers` are (key, value)."""

    def __init__(self, code, message="", details=(), trailers=(), not_processed=False):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.details, self.trailers = code, message, list(details), list(trailers)
        self.not_processed = not_processed


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">IBBI", 6 + len(payload), kind, flags, stream) + payload


def pack_metadata(pairs):
    block = struct.pack(">H", len(pairs))
    for key, value in pairs:
        value = value.encode() if isinstance(value, str) else value
        block += struct.pack(">H", len(key)) + key.encode() + struct.pack(">I", len(value)) + value
    return block


class Fields:
    """Takes a payload apart."""

    def __init__(self, payload):
        self.rest = memoryview(payload)

    def number(self, form):
        size = struct.calcsize(form)
        (value,), self.rest = struct.unpack(form, self.rest[:size]), self.rest[size:]
        return value

    def data(self, form):
        size = self.number(form)
        value, self.rest = bytes(self.rest[:size]), self.rest[size:]
        return value

    def metadata(self):
        pairs = []
        for _ in range(self.number(">H")):
            key, value = self.data(">H").decode(), self.data(">I")
            pairs.append((key, value if key.endswith("-bin") else value.decode()))
        return pairs


class Call:
    """One call in flight: `await send(…)`, `await done()`, `async for answer in call`, `cancel()`."""

    def __init__(self, connection, answer_type, timeout):
        self.connection, self.answer_type = connection, answer_type
        self.deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
        self.stream, self.is_over, self.trailers = 0, False, []
        self.credit, self.owed = connection.peer[STREAM_CREDIT], 0
        self.arrived = asyncio.Queue()  # (encoded answer, what it cost); at the end None or an RPCError.

    async def _within_deadline(self, work):
        try:
            async with asyncio.timeout_at(self.deadline):
                return await work
        except TimeoutError:
            self.cancel()
            raise RPCError("DEADLINE_EXCEEDED", "the deadline has passed") from None
        except asyncio.CancelledError:
            self.cancel()
            raise

    async def send(self, message, last=False):
        """Sends one message; waits for credit. When the call is over it does nothing: reading says how it ended."""
        payload = message.SerializeToString()
        self.connection.check_size(6 + len(payload))
        await self._within_deadline(self._send(payload, HAS_MESSAGE | (LAST if last else 0)))

    async def _send(self, payload, flags):
        if flags & HAS_MESSAGE:
            has_credit = lambda: self.is_over or (self.credit > 0 and self.connection.credit > 0)
            async with self.connection.changed:
                await self.connection.changed.wait_for(has_credit)
        if not self.is_over:
            if flags & HAS_MESSAGE:
                self.credit -= len(payload) + OVERHEAD
                self.connection.credit -= len(payload) + OVERHEAD
            await self.connection.write(frame(MESSAGE, flags, self.stream, payload))

    async def done(self):
        """Says that no more messages come; needs no credit."""
        await self._within_deadline(self._send(b"", LAST))

    def __aiter__(self):
        return self

    async def __anext__(self):
        item = await self._within_deadline(self.arrived.get())
        if isinstance(item, tuple):
            self.connection.give_back(self, item[1])
            return self.answer_type.FromString(item[0])
        self.arrived.put_nowait(item)
        raise item or StopAsyncIteration

    def cancel(self):
        if not self.is_over:
            self.connection.writer.write(frame(CANCEL, 0, self.stream))
            while not self.arrived.empty():
                self.connection.give_back(None, self.arrived.get_nowait()[1])
            self.connection.end(self, RPCError("CANCELLED", "the call was cancelled"))


class Connection:
    """One connection, which carries many calls at once. When it is lost, make another."""

    @classmethod
    async def open(cls, file, settings={}, **address):
        """Connects as a client.json says. `settings` go into HELLO; `address` overrides host and port."""
        folder, said = Path(file).parent, json.loads(Path(file).read_text())
        context = ssl.create_default_context(cafile=folder / said["ca_file"])
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["likeness/1"])
        if "certificate_file" in said:
            context.load_cert_chain(folder / said["certificate_file"], folder / said["key_file"])
        host, port = said["endpoint"].rsplit(":", 1)
        host = host.strip("[]")
        reader, writer = await asyncio.open_connection(
            address.get("host", host), address.get("port", int(port)), ssl=context, limit=1 << 20,
            server_hostname=said.get("server_name", host))
        self = cls(reader, writer, {**DEFAULTS, **settings})
        if "token_file" in said:
            self.metadata = [("authorization", "Bearer " + (folder / said["token_file"]).read_text().strip())]
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "likeness/1":
            raise ConnectionError("the server does not speak likeness/1")
        said = struct.pack(">HH", 1, len(settings)) + b"".join(struct.pack(">HI", *pair) for pair in settings.items())
        await self.write(frame(HELLO, payload=said))
        await asyncio.wait_for(self.ready, 5)
        return self

    def __init__(self, reader, writer, own):
        self.reader, self.writer, self.own, self.peer = reader, writer, own, dict(DEFAULTS)
        self.calls, self.next_stream, self.credit, self.owed = {}, 1, 0, 0
        self.metadata = []  # Goes with every call.
        self.leaving = None  # Why there are no new calls.
        self.changed = asyncio.Condition()  # Credit has come, or a call is over.
        self.ready = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._read())

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        self.writer.close()
        await asyncio.gather(self.task, self.writer.wait_closed(), return_exceptions=True)

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    def check_size(self, length):
        if length > self.peer[FRAME_BYTES]:
            raise RPCError("RESOURCE_EXHAUSTED", f"the server takes frames of {self.peer[FRAME_BYTES]} bytes")

    # Calls

    async def start(self, method, answer_type, request=None, timeout=None, metadata=()):
        """Opens a call; with `request` it carries that one message, without it the messages are sent later."""
        call = Call(self, answer_type, timeout)
        await call._within_deadline(self._wait_for_room())
        left = 0 if timeout is None else max(1, int((call.deadline - asyncio.get_running_loop().time()) * 1e6))
        payload = struct.pack(">QH", left, len(method)) + method.encode() + pack_metadata([*self.metadata, *metadata])
        flags = 0
        if request is not None:
            payload, flags = payload + request.SerializeToString(), HAS_MESSAGE | LAST
        self.check_size(6 + len(payload))
        call.stream, self.next_stream = self.next_stream, self.next_stream + 2
        self.calls[call.stream] = call
        await call._within_deadline(self.write(frame(REQUEST, flags, call.stream, payload)))
        return call

    async def _wait_for_room(self):
        async with self.changed:
            await self.changed.wait_for(lambda: self.leaving or len(self.calls) < self.peer[STREAMS])
        if self.leaving or self.next_stream >= 1 << 31:
            raise RPCError("UNAVAILABLE", self.leaving or "out of stream numbers", not_processed=True)

    async def unary(self, method, request, answer_type, **options):
        return await self.answer(await self.start(method, answer_type, request, **options))

    async def answer(self, call):
        """The one answer of a call whose requests are sent."""
        answers = [answer async for answer in call]
        if len(answers) != 1:
            raise RPCError("INTERNAL", f"{len(answers)} answers instead of one")
        return answers[0]

    # Frames

    async def _read(self):
        try:
            while True:
                length, kind, flags, stream = struct.unpack(">IBBI", await self._read_alive(10))
                if not 6 <= length <= self.own[FRAME_BYTES]:
                    raise ConnectionError(f"a frame of {length} bytes")
                await self._arrived(kind, flags, stream, await self.reader.readexactly(length - 6))
        except (OSError, EOFError, struct.error, TimeoutError) as error:
            self.lost(str(error) or type(error).__name__)
        finally:
            self.writer.close()
            await self._notify()

    async def _read_alive(self, count):
        try:
            return await asyncio.wait_for(self.reader.readexactly(count), 60)
        except TimeoutError:
            await self.write(frame(PING, payload=bytes(8)))
            return await asyncio.wait_for(self.reader.readexactly(count), 20)

    async def _arrived(self, kind, flags, stream, payload):
        fields, call = Fields(payload), self.calls.get(stream)
        if kind == HELLO:
            if fields.number(">H") != 1:
                raise ConnectionError("another version")
            for _ in range(fields.number(">H")):
                setting, value = fields.number(">H"), fields.number(">I")
                self.peer[setting] = value
            self.credit = self.peer[CONNECTION_CREDIT]
            self.ready.set_result(None)
        elif kind == MESSAGE and call:
            call.arrived.put_nowait((payload, len(payload) + OVERHEAD))
        elif kind == MESSAGE:  # Of a call that nobody wants any more.
            self.give_back(None, len(payload) + OVERHEAD)
        elif kind == END and call:
            code, text = fields.number(">B"), fields.data(">H").decode()
            details = [(fields.data(">H").decode(), fields.data(">I")) for _ in range(fields.number(">H"))]
            call.trailers = fields.metadata()
            if flags & HAS_MESSAGE:
                call.arrived.put_nowait((bytes(fields.rest), 0))
            name = CODES[code] if code < len(CODES) else "UNKNOWN"
            error = RPCError(name, text, details, call.trailers, bool(flags & NOT_PROCESSED)) if code else None
            self.end(call, error)
        elif kind == CREDIT:
            if stream == 0:
                self.credit += fields.number(">I")
            elif call:
                call.credit += fields.number(">I")
        elif kind == PING:
            await self.write(frame(PONG, payload=payload))
        elif kind == GOAWAY:
            last, code, text = fields.number(">I"), fields.number(">H"), fields.data(">H").decode()
            self.leaving = text or "the server is leaving"
            for call in [call for call in self.calls.values() if call.stream > last]:
                self.end(call, RPCError("UNAVAILABLE", self.leaving, not_processed=True))
            if code:
                raise ConnectionError(f"GOAWAY {code}: {text}")
        if kind in (HELLO, END, CREDIT, GOAWAY):
            await self._notify()

    async def _notify(self):
        async with self.changed:
            self.changed.notify_all()

    def give_back(self, call, cost):
        """Returns the credit of what was consumed when half a window has gathered."""
        for side, stream, window in ((self, 0, CONNECTION_CREDIT), (call, call and call.stream, STREAM_CREDIT)):
            if side is None or stream and call.is_over:
                continue
            side.owed += cost
            if side.owed >= self.own[window] // 2 > 0:
                self.writer.write(frame(CREDIT, 0, stream, struct.pack(">I", side.owed)))
                side.owed = 0

    def end(self, call, error):
        """The call is over: nothing is sent for it any more, and what has arrived can still be read."""
        call.is_over = True
        self.calls.pop(call.stream, None)
        call.arrived.put_nowait(error)

    def lost(self, why):
        self.leaving = self.leaving or why
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(why))
        for call in list(self.calls.values()):
            self.end(call, RPCError("UNAVAILABLE", why))
