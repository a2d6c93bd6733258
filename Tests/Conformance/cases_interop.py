"""The cases of interop/cases.json with the client in examples/python and with the one in Swift, plain and sliced."""

import asyncio
import os
import shlex
import subprocess

from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import STREAM_CREDIT, Connection, RPCError
from patience import PATIENCE, until
from peer import INTEROP, Peer
from slicer import Slicer
from suite import case, expect
from table import Record, Wrong, cases, check

SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \U0001f608\t\n"


def payload(size):
    return pb.Payload(body=bytes(size))


async def error_of(work):
    try:
        await work
    except RPCError as error:
        return error
    return RPCError("OK")


async def all_of(call):
    return [len(answer.payload.body) async for answer in call]


async def empty_unary(connection):
    answer = await connection.unary(INTEROP + "EmptyCall", pb.EmptyCallRequest(), pb.EmptyCallResponse)
    return expect(answer == pb.EmptyCallResponse(), "OK, empty")


async def large_unary(connection, method="UnaryCall", request=pb.UnaryCallRequest, answer=pb.UnaryCallResponse):
    answer = await connection.unary(INTEROP + method, request(response_size=314_159, payload=payload(271_828)), answer)
    return expect(len(answer.payload.body) == 314_159, f"OK, {len(answer.payload.body):,} bytes")


async def cacheable_unary(connection):
    return await large_unary(connection, "CacheableUnaryCall", pb.CacheableUnaryCallRequest,
                             pb.CacheableUnaryCallResponse)


async def client_streaming(connection):
    call = await connection.start(INTEROP + "StreamingInputCall", pb.StreamingInputCallResponse)
    for size in (27_182, 8, 1_828, 45_904):
        await call.send(pb.StreamingInputCallRequest(payload=payload(size)))
    await call.done()
    answer = await connection.answer(call)
    return expect(answer.aggregated_payload_size == 74_922, f"OK, {answer.aggregated_payload_size:,}")


SIZES = (31_415, 9, 2_653, 58_979)


async def server_streaming(connection):
    request = pb.StreamingOutputCallRequest(
        response_parameters=[pb.ResponseParameters(size=size) for size in SIZES])
    call = await connection.start(INTEROP + "StreamingOutputCall", pb.StreamingOutputCallResponse, request)
    sizes = await all_of(call)
    return expect(sizes == list(SIZES), f"OK, {sizes}")


async def ping_pong(connection):
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse)
    sizes = []
    for send, receive in zip((27_182, 8, 1_828, 45_904), SIZES):
        await call.send(pb.FullDuplexCallRequest(
            payload=payload(send), response_parameters=[pb.ResponseParameters(size=receive)]))
        sizes.append(len((await anext(call)).payload.body))
    await call.done()
    rest = await all_of(call)
    return expect(sizes == list(SIZES) and not rest, f"OK, {sizes} in turn")


async def empty_stream(connection):
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse)
    await call.done()
    sizes = await all_of(call)
    return expect(sizes == [], f"OK, {len(sizes)} messages")


async def half_duplex(connection):
    call = await connection.start(INTEROP + "HalfDuplexCall", pb.HalfDuplexCallResponse)
    for size in SIZES:
        await call.send(pb.HalfDuplexCallRequest(response_parameters=[pb.ResponseParameters(size=size)]))
    early = call.arrived.qsize()
    await call.done()
    sizes = await all_of(call)
    return expect(early == 0 and sizes == list(SIZES), f"OK, {sizes}")


async def cancel_after_begin(connection):
    call = await connection.start(INTEROP + "StreamingInputCall", pb.StreamingInputCallResponse)
    call.cancel()
    error = await error_of(connection.answer(call))
    return expect(error.code == "CANCELLED", error.code)


async def cancel_after_first_response(connection):
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse)
    await call.send(pb.FullDuplexCallRequest(
        payload=payload(27_182), response_parameters=[pb.ResponseParameters(size=31_415)]))
    first = len((await anext(call)).payload.body)
    call.cancel()
    error = await error_of(anext(call))
    return expect((first, error.code) == (31_415, "CANCELLED"), f"{first:,} bytes, then {error.code}")


async def timeout_on_sleeping_server(connection):
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse, timeout=0.1)
    error = await error_of(all_of(call))
    return expect(error.code == "DEADLINE_EXCEEDED", error.code)


async def oversized_request(connection):
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse)

    async def answer(size):
        await call.send(pb.FullDuplexCallRequest(response_parameters=[pb.ResponseParameters(size=size)]))
        return len((await anext(call)).payload.body)
    sizes = [await answer(9)]
    error = await error_of(connection.unary(INTEROP + "UnaryCall", pb.UnaryCallRequest(payload=payload(4 << 20)),
                                            pb.UnaryCallResponse))
    sizes.append(await answer(2_653))
    await call.done()
    rest = await all_of(call)
    return expect(error.code == "RESOURCE_EXHAUSTED" and sizes == [9, 2_653] and not rest,
                  f"{error.code} here; the other stream: {sizes}")


async def status_code_and_message(connection):
    status = pb.EchoStatus(code=2, message="test status message")
    unary = await error_of(connection.unary(INTEROP + "UnaryCall", pb.UnaryCallRequest(response_status=status),
                                            pb.UnaryCallResponse))
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse)
    await call.send(pb.FullDuplexCallRequest(response_status=status), last=True)
    stream = await error_of(all_of(call))
    wanted = ("UNKNOWN", "test status message")
    good = (unary.code, unary.message) == wanted and (stream.code, stream.message) == wanted
    return expect(good, f"{unary.code}: {unary.message}; {stream.code}: {stream.message}")


async def special_status_message(connection):
    status = pb.EchoStatus(code=2, message=SPECIAL)
    error = await error_of(connection.unary(INTEROP + "UnaryCall", pb.UnaryCallRequest(response_status=status),
                                            pb.UnaryCallResponse))
    return expect((error.code, error.message) == ("UNKNOWN", SPECIAL), f"{error.code}: {error.message!r}")


async def unimplemented_method(connection):
    one = await error_of(connection.unary(INTEROP + "UnimplementedCall", pb.UnimplementedCallRequest(),
                                          pb.UnimplementedCallResponse))
    return expect(one.code == "UNIMPLEMENTED", one.code)


async def unimplemented_service(connection):
    error = await error_of(connection.unary("likeness.interop.v1.UnservedService/UnservedCall",
                                            pb.UnservedCallRequest(), pb.UnservedCallResponse))
    return expect(error.code == "UNIMPLEMENTED", error.code)


async def custom_metadata(connection):
    sent = [("x-interop-initial", "test_initial_metadata_value"), ("x-interop-trailing-bin", b"\xab\xab\xab")]
    call = await connection.start(INTEROP + "UnaryCall", pb.UnaryCallResponse,
                                  pb.UnaryCallRequest(response_size=314_159, payload=payload(271_828)), metadata=sent)
    answer = await connection.answer(call)
    good = call.trailers == sent and len(answer.payload.body) == 314_159
    return expect(good, f"OK, trailers {call.trailers}")


async def client_certificate(connection):
    seen = await connection.unary(INTEROP + "GetCall", pb.GetCallRequest(), pb.GetCallResponse)
    names, roles = list(seen.certificate_names), list(seen.roles)
    good = names == ["URI:spiffe://likeness/interop/admin"] and roles[-1] == "admin"
    return expect(good, f"{names[0]}, roles {' '.join(roles)}")


async def short_streams(connection, count=2_000, messages=1):
    request = pb.StreamingOutputCallRequest(response_parameters=[pb.ResponseParameters(size=1_000)] * messages)
    size = 0
    for _ in range(count):
        call = await connection.start(INTEROP + "StreamingOutputCall", pb.StreamingOutputCallResponse, request)
        size += sum(await all_of(call))
    return expect(size == count * messages * 1_000, f"OK, {size:,} bytes of {count:,} streams")


async def credit_per_message(connection):
    return await short_streams(connection, 1_100, 2)


async def last_without_credit(connection):
    call = await connection.start(INTEROP + "DrainSlowly", pb.DrainSlowlyResponse)
    await call.send(pb.DrainSlowlyRequest(pause_ms=3_000))
    await call.send(pb.DrainSlowlyRequest(payload=payload(70_000)))
    await call.done()
    answer = await connection.answer(call)
    return expect((answer.message_count, answer.aggregated_payload_size) == (2, 70_000), f"OK, {answer.message_count} messages")


async def cancel_and_call_burst(connection):
    calls = [await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse) for _ in range(100)]
    for call in calls:
        await call.send(pb.FullDuplexCallRequest(response_parameters=[pb.ResponseParameters(size=1)]))
    for call in calls:
        await anext(call)
    for call in calls:
        call.cancel()
    ends = await asyncio.gather(*(error_of(connection.unary(INTEROP + "EmptyCall", pb.EmptyCallRequest(), pb.EmptyCallResponse))
                                  for _ in calls))
    answered = sum(end.code == "OK" for end in ends)
    return expect(answered == 100, f"100 cancelled, {answered} of 100 answered")


async def goaway(connection):
    long = asyncio.create_task(connection.unary(INTEROP + "Sleep", pb.SleepRequest(duration_ms=1_500), pb.SleepResponse))
    current, others, answered = connection, [], 0
    while not long.done():
        try:
            await current.unary(INTEROP + "EmptyCall", pb.EmptyCallRequest(), pb.EmptyCallResponse)
            answered += 1
        except RPCError as error:
            expect(error.not_processed, f"{error.code}, and perhaps it was processed")
            current = await connection.another()
            others.append(current)
        await asyncio.sleep(0.02)
    await long
    for other in others:
        await other.__aexit__()
    return expect(others and answered, f"OK, {answered} others over {1 + len(others)} connections")


# How a connection is made where a case has a wish.
SETTINGS = {"credit_per_message": {STREAM_CREDIT: 1_024}}
CASES = cases()
GRPC_CASES = [one["name"] for one in CASES if one.get("grpc")]


async def with_python(server, name, port):
    def connect():
        return Connection.open(server.client_file, SETTINGS.get(name, {}), port=port)
    async with asyncio.timeout(PATIENCE):
        async with await connect() as connection:
            connection.another = connect
            return await globals()[name](connection)


def python(world, server, name, port):
    return asyncio.run(with_python(server, name, port))


def with_program(command):
    """A client that is a program: COMMAND --connect FILE --endpoint HOST:PORT CASE ends with status 0 when the case holds,
    and the last line that it prints says what was observed."""
    def make(world, server, name, port):
        whole = [part.replace("{binaries}", str(world.servers.binaries)) for part in command] + [
            "--connect", str(server.client_file), "--endpoint", f"127.0.0.1:{port}", name]
        done = subprocess.run(whole, capture_output=True, text=True, timeout=PATIENCE)
        last = (done.stdout.strip() or done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        return expect(done.returncode == 0, last.removeprefix(f"{name}: "))
    return make


def observed_by_both(one, make, world, server, sliced):
    """What the client says, when the server saw what the case says."""
    record = Record(server.folder / "record", PATIENCE)
    # The record is written behind: what other connections did before has to be in it before the mark.
    word = os.urandom(8).hex()
    with Peer(server) as marker:
        marker.call("EmptyCall", metadata=[("x-mark", word)])
    until(lambda: word in record.path.read_text())
    record.mark()
    if sliced:
        with Slicer(server.host, server.port) as slicer:
            observed = make(world, server, one["name"], slicer.port)
    else:
        observed = make(world, server, one["name"], server.port)
    try:
        check(one, record.since_mark())
    except Wrong as wrong:
        expect(False, f"{observed}; the server says: {wrong}")
    return observed


def add_interop(make, language, sliced):
    for one in CASES:
        if sliced and one.get("plain"):
            continue
        name = one["name"]
        client = "the client given" if language == "Given" else f"client in {language}"
        title = f"{name}, {client}" + (", 1 byte at a time" if sliced else "")
        identifier = f"G-{language[0]}{'s' if sliced else ''}-{name}"

        @case(identifier, title, f"{one['observes']}; the server saw the calls of the case", server="recording")
        def _(world, one=one):
            if not one.get("server"):
                return observed_by_both(one, make, world, world.server, sliced)
            sets = [word for setting in one["server"] for word in ("--set", setting)]
            with world.servers.interop(*sets, recording=True) as server:
                return observed_by_both(one, make, world, server, sliced)


for language, make in (("Python", python), ("Swift", with_program(["{binaries}/likeness-interop", "client"]))):
    for sliced in (False, True):
        add_interop(make, language, sliced)


def add_given_client(command):
    for sliced in (False, True):
        add_interop(with_program(shlex.split(command)), "Given", sliced)
