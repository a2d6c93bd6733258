"""gRPC's interoperability cases with the client in examples/python and with the one in Swift, plain and sliced."""

import asyncio
import shlex
import subprocess

from likeness.interop.v1 import interop_service_pb2 as pb
from likeness_rpc import Connection, RPCError
from peer import INTEROP
from slicer import Slicer
from suite import case, expect

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
    await asyncio.sleep(0.1)
    early = call.arrived.qsize()
    await call.done()
    sizes = await all_of(call)
    return expect(early == 0 and sizes == list(SIZES), f"OK, {early} early, then {sizes}")


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
    call = await connection.start(INTEROP + "FullDuplexCall", pb.FullDuplexCallResponse, timeout=0.001)
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
    two = await error_of(connection.unary(INTEROP + "NoSuchCall", pb.EmptyCallRequest(), pb.EmptyCallResponse))
    return expect((one.code, two.code) == ("UNIMPLEMENTED", "UNIMPLEMENTED"), f"{one.code}; {two.code}")


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


INTEROP_CASES = [
    (empty_unary, "OK, empty"),
    (cacheable_unary, "OK, 271,828 bytes there and 314,159 back"),
    (large_unary, "OK, 271,828 bytes there and 314,159 back"),
    (client_streaming, "OK, 27,182 + 8 + 1,828 + 45,904 = 74,922"),
    (server_streaming, "OK, messages of 31,415, 9, 2,653 and 58,979 bytes"),
    (ping_pong, "OK, the same, each after its request"),
    (half_duplex, "OK, the same, all after the last request"),
    (empty_stream, "OK, no message"),
    (client_certificate, "the caller is who its certificate says"),
    (custom_metadata, "OK, both pairs back as trailers"),
    (status_code_and_message, "UNKNOWN: test status message, unary and stream"),
    (special_status_message, "the text comes back character for character"),
    (unimplemented_method, "UNIMPLEMENTED"),
    (unimplemented_service, "UNIMPLEMENTED"),
    (cancel_after_begin, "CANCELLED"),
    (cancel_after_first_response, "31,415 bytes, then CANCELLED"),
    (timeout_on_sleeping_server, "DEADLINE_EXCEEDED of a 1 ms deadline"),
    (oversized_request, "4 MiB and some bytes: refused before they are sent; another stream of the connection goes on"),
]


async def with_python(world, run, port):
    async with asyncio.timeout(60):
        async with await Connection.open(world.server.client_file, port=port) as connection:
            return await run(connection)


# gRPC's own, of https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md, without compression, soak, and
# Google's credentials. The others of INTEROP_CASES are ours.
GRPC_CASES = """empty_unary large_unary client_streaming server_streaming ping_pong empty_stream custom_metadata
    status_code_and_message special_status_message unimplemented_method unimplemented_service cancel_after_begin
    cancel_after_first_response timeout_on_sleeping_server""".split()


def with_program(command):
    """A client that is a program: COMMAND --connect FILE --endpoint HOST:PORT CASE ends with status 0 when the case holds,
    and the last line that it prints says what was observed."""
    def make(world, run, name, port):
        whole = [part.replace("{binaries}", str(world.servers.binaries)) for part in command] + [
            "--connect", str(world.server.client_file), "--endpoint", f"127.0.0.1:{port}", name]
        done = subprocess.run(whole, capture_output=True, text=True, timeout=90)
        last = (done.stdout.strip() or done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        return expect(done.returncode == 0, last.removeprefix(f"{name}: "))
    return make


def add_interop(make, language, sliced):
    for run, wanted in INTEROP_CASES:
        name = run.__name__
        client = "the client given" if language == "Given" else f"client in {language}"
        title = f"{name}, {client}" + (", 1 byte at a time" if sliced else "")
        identifier = f"G-{language[0]}{'s' if sliced else ''}-{name}"

        @case(identifier, title, wanted, server="interop")
        def _(world, run=run, name=name):
            if not sliced:
                return make(world, run, name, world.server.port)
            with Slicer(world.server.host, world.server.port) as slicer:
                return make(world, run, name, slicer.port)


def python(world, run, name, port):
    return asyncio.run(with_python(world, run, port))


for language, make in (("Python", python), ("Swift", with_program(["{binaries}/likeness-interop", "client"]))):
    for sliced in (False, True):
        add_interop(make, language, sliced)


def add_given_client(command):
    for sliced in (False, True):
        add_interop(with_program(shlex.split(command)), "Given", sliced)
