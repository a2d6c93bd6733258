"""The abuse cases P1 to P9: messages that mean harm to whoever decodes them."""

import struct
import time

from likeness.interop.v1 import interop_service_pb2 as pb
from likeness.rpc.v1 import error_details_pb2 as details
from likeness.v1 import profile_pb2, profile_service_pb2, search_service_pb2
from likeness_rpc import END
from peer import INTEROP, Peer, request
from suite import case, expect, tally, varint

PROFILES, SEARCH = "likeness.v1.ProfileService/", "likeness.v1.SearchService/"


def field(number, wire_type, content=b""):
    return varint(number << 3 | wire_type) + content


def chunk(number, content):
    return field(number, 2, varint(len(content)) + content)


def shape(content):
    """A DecodeRequest with these bytes as its Shape."""
    return chunk(1, content)


def nested(depth, number=8):
    inner = b""
    for _ in range(depth):
        inner = chunk(number, inner)
    return inner


def violation(end):
    """Path of the first field that BadRequest names."""
    for kind, value in end[2]:
        if kind == "likeness.rpc.v1.BadRequest":
            return details.BadRequest.FromString(value).field_violations[0].field
    return ""


def refused(world, body, method="Decode", peer=None):
    """(code, text, field, ms of the server's CPU, growth of its peak memory in bytes)"""
    peer = peer or Peer(world.server)
    with peer:
        peer.call("EmptyCall")
        world.server.forget_peak()
        memory, cpu = world.server.memory(), world.server.cpu_seconds
        end = peer.call(method, body)
        spent, peak = (world.server.cpu_seconds - cpu) * 1000, world.server.memory("VmHWM") - memory
        return end[0], end[1], violation(end), spent, peak


@case("P1a", "33 levels in a message that may have 32, 32 levels", "INVALID_ARGUMENT nesting > 32; OK")
def _(world):
    # DecodeRequest itself is around the Shape: 31 more inside it make 32.
    one = refused(world, shape(nested(32)))
    two = refused(world, shape(nested(31)))
    return expect((one[0], two[0]) == ("INVALID_ARGUMENT", "OK") and "nesting > 32" in one[1],
                  f"{one[0]}: {one[1][-40:]}; {two[0]}")


@case("P1b", "9,500 levels in 33 kB; 9,500 nested groups", "INVALID_ARGUMENT each; the stack does not grow")
def _(world):
    deep = refused(world, shape(nested(9500)))
    groups = refused(world, shape(field(100, 3) * 9500 + field(100, 4) * 9500))
    return expect((deep[0], groups[0]) == ("INVALID_ARGUMENT",) * 2 and max(deep[4], groups[4]) < 4 << 20,
                  f"{deep[0]}: {deep[1][-30:]}; {groups[0]}: {groups[1][-30:]}; peak {max(deep[4], groups[4]) >> 10:+d} KiB")


@case("P1c", "9,500 levels of the search's own recursive query", "INVALID_ARGUMENT", server="product")
def _(world):
    inner = b""
    for _ in range(3200):  # Query.fusion, FusionQuery.queries, SubQuery.query
        inner = chunk(4, chunk(1, chunk(1, inner)))
    with Peer(world.server) as peer:
        end = peer.call(SEARCH + "Query", chunk(1, inner))
        return expect(end[0] == "INVALID_ARGUMENT" and "nesting" in end[1], f"{end[0]}: {end[1][-40:]}")


FRAME = (4 << 20) - 200


def costly(identifier, title, piece, size, code="INVALID_ARGUMENT", for_messages=0):
    """`for_messages`: what the messages inside may take besides, in bytes."""
    more = f" and {for_messages >> 20} MiB for the messages inside" if for_messages else ""
    @case(identifier, title, f"{code}; at most three times the CPU of half of it and 20 calls; peak <= 8 x the frame{more} "
          "beside the frame itself")
    def _(world):
        whole, half = shape(piece * (size // len(piece))), shape(piece * (size // len(piece) // 2))
        found, _, _, spent, peak = refused(world, whole)
        costs = [min([spent] + [refused(world, whole)[3] for _ in range(4)]),
                 min(refused(world, half)[3] for _ in range(5)), world.cost_of_calls(20) * 1000]
        observed = (f"{found}, {costs[0]:.0f} ms, half of it {costs[1]:.0f} ms, 20 calls {costs[2]:.0f} ms, "
                    f"peak {peak / len(whole):.1f} x {len(whole) >> 10} KiB")
        return expect(found == code and costs[0] <= 3 * costs[1] + costs[2] and peak <= 9 * len(whole) + for_messages + (1 << 20),
                      observed)


costly("P2a", "4 MiB of 2-byte unknown fields", field(15, 0, b"\0"), FRAME)
costly("P2b", "4 MiB of empty messages in a list", b"\x4a\0", FRAME, for_messages=64 << 20)
costly("P3", "1 MiB that repeats one message that can be there once, with a list in it", chunk(8, chunk(4, b"\1")), 1 << 20)


@case("P4", "a text with NUL, a lone surrogate, an overlong form, more than U+10FFFF, cut in a character",
      "INVALID_ARGUMENT naming shape.text, each")
def _(world):
    said = []
    for text in (b"admin\0x", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        code, _, path, _, _ = refused(world, shape(chunk(1, text)))
        said.append((code, path))
    return expect(set(said) == {("INVALID_ARGUMENT", "shape.text")}, ", ".join(f"{a} {b}" for a, b in sorted(set(said))))


@case("P4b", "the same inside a list in a message in a oneof, and in a map's key",
      "INVALID_ARGUMENT naming shape.children[1].choice_shape.text and shape.labels")
def _(world):
    bad = chunk(1, b"\xff")
    one = refused(world, shape(chunk(9, b"") + chunk(9, chunk(7, bad))))
    two = refused(world, shape(chunk(10, chunk(1, b"\xff"))))
    observed = f"{one[0]} {one[2]}; {two[0]} {two[2]}"
    return expect(one[0] == two[0] == "INVALID_ARGUMENT" and one[2] == "shape.children[1].choice_shape.text"
                  and two[2].startswith("shape.labels"), observed)


@case("P5", "wire types 3, 4, 6 and 7; a varint of 11 bytes; field number 0; a length past the end; a cut tag",
      "INVALID_ARGUMENT each")
def _(world):
    bodies = [field(1, wire, b"\0") for wire in (3, 4, 6, 7)] + [
        field(4, 0, b"\xff" * 10 + b"\1"), b"\0\0", field(1, 2, varint(1000) + b"short"), b"\x80",
        field(1, 2, b"\xff" * 9 + b"\1")]
    codes = [refused(world, shape(body))[0] for body in bodies]
    return expect(set(codes) == {"INVALID_ARGUMENT"}, tally(codes))


@case("P6", "a oneof set three times; enum 2^31-1; bool 2; a list packed and unpacked mixed",
      "the last counts; kept; true; all in order")
def _(world):
    body = shape(chunk(5, b"first") + field(6, 0, b"\7") + chunk(5, b"last") + field(3, 0, varint((1 << 31) - 1)) +
                 field(2, 0, b"\2") + field(4, 0, b"\1") + chunk(4, b"\2\3") + field(4, 0, b"\4"))
    with Peer(world.server) as peer:
        seen = peer.call("Decode", body, answer=pb.DecodeResponse).shape
        observed = f"{seen.WhichOneof('choice')} {seen.choice_text!r}, {seen.colour}, {seen.flag}, {list(seen.numbers)}"
        return expect(observed == "choice_text 'last', 2147483647, True, [1, 2, 3, 4]", observed)


@case("P6b", "a oneof set to a message, a number and the message again", "never a trap: the last counts or INVALID_ARGUMENT")
def _(world):
    body = shape(chunk(7, chunk(1, b"a")) + field(6, 0, b"\7") + chunk(7, chunk(1, b"b")))
    with Peer(world.server) as peer:
        end = peer.call("Decode", body)
        text = pb.DecodeResponse.FromString(end[4]).shape.choice_shape.text if end[0] == "OK" else end[1]
        return expect(end[0] == "INVALID_ARGUMENT" or text == "b", f"{end[0]}: {text}")


# The product's own messages

def query_by(values):
    if not isinstance(values, bytes):
        values = struct.pack(f"<{len(values)}f", *values)
    return chunk(1, chunk(2, chunk(1, values)))


@case("P7a", "vectors of 383, 385, 0 and 10^6 numbers, and of 384", "INVALID_ARGUMENT each; OK", server="product")
def _(world):
    with Peer(world.server) as peer:
        codes = [peer.call(SEARCH + "Query", query_by([0.1] * count))[0] for count in (383, 385, 0, 10**6, 384)]
        return expect(codes == ["INVALID_ARGUMENT"] * 4 + ["OK"], tally(codes))


@case("P7b", "NaN, +Inf and -Inf at place 7; all zero", "INVALID_ARGUMENT naming query.vector.values[7]; INVALID_ARGUMENT",
      server="product")
def _(world):
    with Peer(world.server) as peer:
        said = []
        for bad in (float("nan"), float("inf"), float("-inf")):
            values = [0.1] * 384
            values[7] = bad
            end = peer.call(SEARCH + "Query", query_by(values))
            said.append(f"{end[0]} {violation(end)}")
        zero = peer.call(SEARCH + "Query", query_by([0.0] * 384))[0]
        return expect(set(said) == {"INVALID_ARGUMENT query.vector.values[7]"} and zero == "INVALID_ARGUMENT",
                      f"{', '.join(sorted(set(said)))}; {zero}")


@case("P7c", "all denormal (1e-40); all the largest (3e38)", "OK or INVALID_ARGUMENT, never INTERNAL", server="product")
def _(world):
    with Peer(world.server) as peer:
        codes = [peer.call(SEARCH + "Query", query_by([value] * 384))[0] for value in (1e-40, 3e38)]
        return expect(set(codes) <= {"OK", "INVALID_ARGUMENT"}, ", ".join(codes))


def three_profiles(peer):
    profiles = [profile_pb2.Profile(slug=f"conformance-{index}", display_name=f"Conformance {index}")
                for index in range(3)]
    end = peer.call(PROFILES + "BatchUpsertProfiles",
                    profile_service_pb2.BatchUpsertProfilesRequest(profiles=profiles))
    expect(end[0] == "OK", end[:2])


def listing(peer, **fields):
    return peer.call(PROFILES + "ListProfiles", profile_service_pb2.ListProfilesRequest(**fields))


@case("P8", "page_size -1 and 2^31-1; a page_token with one bit flipped (each of all), of another query, of 2 kB, of another "
      "version", "INVALID_ARGUMENT, OK; INVALID_ARGUMENT each", server="product")
def _(world):
    with Peer(world.server) as peer:
        three_profiles(peer)
        low, high = listing(peer, page_size=-1)[0], listing(peer, page_size=(1 << 31) - 1)[0]
        first = profile_service_pb2.ListProfilesResponse.FromString(listing(peer, page_size=1)[4])
        token = first.next_page_token
        expect(listing(peer, page_size=1, page_token=token)[0] == "OK", "the token itself is refused")
        flipped = []
        for bit in range(7 * len(token)):
            data = bytearray(token.encode())
            data[bit // 7] ^= 1 << bit % 7
            flipped.append(bytes(data))
        codes = [peer.call(PROFILES + "ListProfiles", field(1, 0, b"\1") + chunk(2, data))[0] for data in flipped]
        other = listing(peer, page_size=1, page_token=token, show_deleted=True)[0]
        long = listing(peer, page_token="A" * 2048)[0]
        # What the server would make after a change of the schema begins with another number.
        version = listing(peer, page_size=1, page_token="02" + token[2:])[0]
        accepted = codes.count("OK")
        observed = (f"{low}, {high}; {len(codes)} flipped: {', '.join(sorted(set(codes)))} ({accepted} OK); {other}; {long}; "
                    f"{version}")
        return expect((low, high, set(codes), other, long, version) ==
                      ("INVALID_ARGUMENT", "OK", {"INVALID_ARGUMENT"}, *["INVALID_ARGUMENT"] * 3), observed)


@case("P8b", "a page_token that another server of the same database gave to another caller",
      "the same page: a token says where a list goes on, and nothing that a reader may not ask for", server="product")
def _(world):
    from cases_security import Product
    product = Product(world, "pages")
    certificate = product.certificate("reader")
    with Peer(world.server) as admin, product.running() as server, Peer(server, role=certificate) as reader:
        three_profiles(admin)
        answer = profile_service_pb2.ListProfilesResponse
        token = answer.FromString(listing(admin, page_size=1)[4]).next_page_token
        own = answer.FromString(listing(reader, page_size=1)[4]).next_page_token
        for _ in range(20):
            if own == token:
                break
            # A write of an earlier case, whose caller has gone, was still on its way.
            token = answer.FromString(listing(admin, page_size=1)[4]).next_page_token
            own = answer.FromString(listing(reader, page_size=1)[4]).next_page_token
        pages = [listing(peer, page_size=1, page_token=token) for peer in (admin, reader)]
        slugs = [[one.slug for one in answer.FromString(page[4]).profiles] for page in pages]
        return expect(pages[0][0] == "OK" and slugs[0] == slugs[1] and own == token,
                      f"{pages[1][0]}, {'the same page' if slugs[0] == slugs[1] else slugs}")


@case("P9", "filters: 10 kB of (, 5,000 ORs, name = \"x' OR 1=1 --\", ***; in a list and in a search",
      "INVALID_ARGUMENT each, with the field named", server="product")
def _(world):
    filters = ["(" * 10_000, " OR ".join(["a = 1"] * 5000), "name = \"x' OR 1=1 --\"", "***"]
    query = search_service_pb2.Query(text=search_service_pb2.TextQuery(text="x", mode=3))
    with Peer(world.server) as peer:
        codes = [listing(peer, filter=one)[0] for one in filters]
        codes += [peer.call(SEARCH + "Query", search_service_pb2.QueryRequest(query=query, filter=one))[0]
                  for one in filters]
        return expect(set(codes) == {"INVALID_ARGUMENT"}, ", ".join(sorted(set(codes))))
