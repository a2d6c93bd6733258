"""Google's own protobuf, asked by the codec tests: one process, frames over standard input and output.

A frame is a big-endian u32 length and as many bytes. A request is one byte of operation, a u16 length, the full name of
a message, and the rest:

  L  rest: a FileDescriptorSet to know.                      answer: nothing
  C  rest: an encoded message.                               answer: canonical bytes, dump
  R  rest: u64 seed, one byte of style (see `STYLES`).       answer: input bytes, canonical bytes, dump
  M  rest: u64 seed. A random message with damaged bytes.    answer: input bytes, canonical bytes, dump

An answer is one byte, 1 for accepted and 0 for refused, and parts, each with a u32 length. Canonical bytes are the
deterministic encoding without unknown fields, entries of maps by ascending key. A dump is the message as text (see
`dump`), which the tests compare with what they find in the Swift value; it is empty where this library is known to stand
alone (see `has_odd_entry`). After a refusal the canonical bytes are empty and the dump is the reason.
"""

import random
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, unknown_fields
from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.message import DecodeError

POOL = descriptor_pool.DescriptorPool()
STYLES = ["random", "empty", "maximal", "scrambled", "large"]

INTS = {
    F.CPPTYPE_INT32: [0, 1, -1, 127, 128, 300, -(2**31), 2**31 - 1],
    F.CPPTYPE_INT64: [0, 1, -1, 2**32, -(2**63), 2**63 - 1],
    F.CPPTYPE_UINT32: [0, 1, 127, 128, 2**32 - 1],
    F.CPPTYPE_UINT64: [0, 1, 2**32, 2**63, 2**64 - 1],
}
FLOATS = [0.0, 1.0, -1.5, 3.4028234663852886e38, 1.401298464324817e-45, float("inf"), float("-inf"), float("nan")]
DOUBLES = FLOATS + [1.7976931348623157e308, 5e-324, 0.1]
TEXTS = ["", "a", "Ada Lovelace", "naïve", "日本語", "👩🏽‍🔬", "e\u0301", "\u200f\ufeff", "\x01\x7f", "\U0010ffff", "x" * 300]


def message_class(name):
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))


def is_repeated(field):
    return field.is_repeated


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


# Random messages.


def scalar(rng, field, nonzero=False):
    kind = field.cpp_type
    while True:
        if kind in INTS:
            value = rng.choice(INTS[kind]) if rng.random() < 0.6 else rng.randrange(min(INTS[kind]), max(INTS[kind]) + 1)
        elif kind == F.CPPTYPE_FLOAT:
            value = rng.choice(FLOATS) if rng.random() < 0.3 else struct.unpack("f", struct.pack("f", rng.gauss(0, 1)))[0]
        elif kind == F.CPPTYPE_DOUBLE:
            value = rng.choice(DOUBLES) if rng.random() < 0.3 else rng.gauss(0, 1e3)
        elif kind == F.CPPTYPE_BOOL:
            value = rng.random() < 0.5
        elif kind == F.CPPTYPE_ENUM:
            known = [v.number for v in field.enum_type.values]
            value = rng.choice(known) if rng.random() < 0.8 else rng.choice([77, -5, 2**31 - 1, -(2**31)])
        elif field.type == F.TYPE_BYTES:
            value = rng.randbytes(rng.choice([0, 1, 7, 200]))
        else:
            value = rng.choice(TEXTS) + (str(rng.random()) if rng.random() < 0.3 else "")
        if value or not nonzero:
            return value


def fill(rng, message, style, depth):
    oneofs = {}
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None:
            oneofs.setdefault(field.containing_oneof.name, []).append(field)
    chosen = {id(rng.choice(fields)) for fields in oneofs.values()}
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None and id(field) not in chosen:
            continue
        if style != "maximal" and rng.random() < 0.35:
            continue
        fill_field(rng, message, field, style, depth)


def fill_field(rng, message, field, style, depth):
    value = getattr(message, field.name)
    nests = field.cpp_type == F.CPPTYPE_MESSAGE
    count = {"maximal": 3, "large": rng.choice([0, 1, 400])}.get(style, rng.choice([0, 1, 2, 5]))
    if is_map(field):
        key, item = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
        for _ in range(min(count, 40) if depth > 0 or item.cpp_type != F.CPPTYPE_MESSAGE else 0):
            # Zero keys and values are written by Google's encoder and left out by protobuf-c: tested by themselves.
            if item.cpp_type == F.CPPTYPE_MESSAGE:
                fill(rng, value[scalar(rng, key, nonzero=True)], style, depth - 1)
            else:
                value[scalar(rng, key, nonzero=True)] = scalar(rng, item, nonzero=True)
    elif is_repeated(field):
        if nests:
            for _ in range(min(count, 40) if depth > 0 else 0):
                fill(rng, value.add(), "random" if style == "large" else style, depth - 1)
        else:
            value.extend(scalar(rng, field) for _ in range(count))
    elif nests:
        if depth > 0:
            value.SetInParent()
            fill(rng, value, style, depth - 1)
    else:
        setattr(message, field.name, scalar(rng, field))


# The same message in other bytes.


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def varint(value, padding=0):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    for _ in range(padding):
        out[-1] |= 0x80
        out.append(0)
    return bytes(out)


def records(data):
    """Splits an encoded message into (number, wire type, content)."""
    at, found = 0, []
    while at < len(data):
        tag, at = read_varint(data, at)
        start = at
        if tag & 7 == 0:
            _, at = read_varint(data, at)
        elif tag & 7 == 1:
            at += 8
        elif tag & 7 == 5:
            at += 4
        else:
            size, start = read_varint(data, at)
            at = start + size
        found.append((tag >> 3, tag & 7, data[start:at]))
    return found


def canonical(descriptor, data):
    """Sorts the entries of maps: what this library calls deterministic is an order of its own."""
    out = []
    for number, kind, content in records(data):
        field = descriptor.fields_by_number[number]
        key = None
        if field.cpp_type == F.CPPTYPE_MESSAGE:
            content = canonical(field.message_type, content)
        if is_map(field):
            entry = message_factory.GetMessageClass(field.message_type)()
            entry.ParseFromString(content)
            key = entry.key.encode() if isinstance(entry.key, str) else entry.key
        size = varint(len(content)) if kind == 2 else b""
        out.append((number, key, varint(number << 3 | kind) + size + content))
    # Sorting keeps the order of equals, and only entries of one map have different keys and the same number.
    out.sort(key=lambda part: (part[0], part[1]) if part[1] is not None else (part[0],))
    return b"".join(part[2] for part in out)


def unknown(rng):
    number = rng.choice([900, 15_000, 18_999_999, 536_870_910])
    kind = rng.choice([0, 1, 2, 5])
    if kind == 2:
        content = rng.randbytes(rng.randrange(40))
        return varint(number << 3 | 2) + varint(len(content)) + content
    return varint(number << 3 | kind) + {0: varint(rng.randrange(2**64)), 1: rng.randbytes(8), 5: rng.randbytes(4)}[kind]


def scrambled(rng, descriptor, data):
    """Other bytes with the same meaning: fields in another order, lists unpacked in part, unknown fields between."""
    pieces = {}
    for number, kind, content in records(data):
        field = descriptor.fields_by_number[number]
        parts = pieces.setdefault(number, [])
        if kind == 2 and field.cpp_type == F.CPPTYPE_MESSAGE and not is_map(field):
            inner = scrambled(rng, field.message_type, content)
            parts.append(varint(number << 3 | 2) + varint(len(inner), rng.choice([0, 0, 1, 2])) + inner)
        elif kind == 2 and is_repeated(field) and field.cpp_type not in (F.CPPTYPE_STRING, F.CPPTYPE_MESSAGE):
            parts += repacked(rng, field, number, content)
        elif kind == 2:
            parts.append(varint(number << 3 | 2) + varint(len(content)) + content)
        else:
            parts.append(varint(number << 3 | kind) + content)
    # Parts of one field keep their order; fields mix.
    order = [number for number, parts in pieces.items() for _ in parts]
    rng.shuffle(order)
    queues = {number: iter(parts) for number, parts in pieces.items()}
    out = b""
    for number in order:
        if rng.random() < 0.2:
            out += unknown(rng)
        out += next(queues[number])
    return out + (unknown(rng) if rng.random() < 0.3 else b"")


def repacked(rng, field, number, content):
    width = {1: 8, 5: 4}.get(wire_type(field))
    items, at = [], 0
    while at < len(content):
        end = at + width if width else read_varint(content, at)[1]
        items.append(content[at:end])
        at = end
    parts = []
    while items:
        count = rng.choice([1, 2, len(items)])
        taken, items = items[:count], items[count:]
        if count == 1:
            parts.append(varint(number << 3 | wire_type(field)) + taken[0])
        else:
            joined = b"".join(taken)
            parts.append(varint(number << 3 | 2) + varint(len(joined)) + joined)
    return parts


def wire_type(field):
    if field.type in (F.TYPE_FIXED32, F.TYPE_SFIXED32, F.TYPE_FLOAT):
        return 5
    if field.type in (F.TYPE_FIXED64, F.TYPE_SFIXED64, F.TYPE_DOUBLE):
        return 1
    return 0


def damaged(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(data) + 1)
        action = rng.randrange(5)
        if action == 0:
            del data[at : at + rng.choice([1, 2, 8])]
        elif action == 1:
            data[at:at] = rng.randbytes(rng.choice([1, 2, 8]))
        elif action == 2:
            del data[at:]
        elif action == 3 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif at < len(data):
            data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xC0, 0xFF])
    return bytes(data)


# Values as text.


def dump_number(value, bits, letter):
    if value != value:
        return letter + "nan"
    return letter + struct.pack(">f" if bits == 32 else ">d", value).hex()


def dump_scalar(field, value):
    if field.cpp_type == F.CPPTYPE_MESSAGE:
        return dump(value)
    if field.cpp_type == F.CPPTYPE_FLOAT:
        return dump_number(value, 32, "f")
    if field.cpp_type == F.CPPTYPE_DOUBLE:
        return dump_number(value, 64, "d")
    if field.cpp_type == F.CPPTYPE_BOOL:
        return "true" if value else "false"
    if field.type == F.TYPE_BYTES:
        return "b" + value.hex()
    if field.type == F.TYPE_STRING:
        return "s" + value.encode().hex()
    return str(value)


def plain(name):
    return name.replace("_", "").lower()


def dump(message):
    """`(name=value,…)`: names without underscores in lower case, sorted; what is empty, zero or absent is left out.

    Numbers are decimal, floats their bits, texts and bytes hexadecimal, a oneof `name=member:value`.
    """
    parts = []
    for field, value in message.ListFields():
        name = plain(field.name)
        if is_map(field):
            key, item = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            pairs = sorted(dump_scalar(key, k) + ":" + dump_scalar(item, value[k]) for k in value)
            parts.append(name + "={" + ",".join(pairs) + "}")
        elif is_repeated(field):
            parts.append(name + "=[" + ",".join(dump_scalar(field, item) for item in value) + "]")
        elif field.containing_oneof is not None:
            parts.append(plain(field.containing_oneof.name) + "=" + name + ":" + dump_scalar(field, value))
        else:
            if field.cpp_type in (F.CPPTYPE_FLOAT, F.CPPTYPE_DOUBLE) and value == 0:
                continue
            parts.append(name + "=" + dump_scalar(field, value))
    return "(" + ",".join(sorted(parts)) + ")"


# Requests.


def has_odd_entry(message):
    """Whether a map's entry has fields that an entry does not have.

    This library (upb) then takes the whole entry for an unknown field; C++, Java and protobuf-c ignore the odd field.
    """
    maps = {field.number for field in message.DESCRIPTOR.fields if is_map(field)}
    if any(found.field_number in maps for found in unknown_fields.UnknownFieldSet(message)):
        return True
    inner = []
    for field, value in message.ListFields():
        if field.cpp_type == F.CPPTYPE_MESSAGE:
            if not is_map(field):
                inner += value if is_repeated(field) else [value]
            elif field.message_type.fields_by_name["value"].cpp_type == F.CPPTYPE_MESSAGE:
                inner += value.values()
    return any(has_odd_entry(item) for item in inner)


def judged(cls, data):
    """(accepted, canonical bytes, dump or reason)"""
    message = cls()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        return False, b"", str(error).encode()
    text = b"" if has_odd_entry(message) else dump(message).encode()
    message.DiscardUnknownFields()
    return True, canonical(cls.DESCRIPTOR, message.SerializeToString(deterministic=True)), text


def answer(operation, name, rest):
    if operation == b"L":
        for file in descriptor_pb2.FileDescriptorSet.FromString(rest).file:
            file.ClearField("source_code_info")  # With it, a file that comes twice would count as another.
            POOL.Add(file)
        return True, []
    cls = message_class(name)
    if operation == b"C":
        accepted, canonical, text = judged(cls, rest)
        return accepted, [canonical, text]
    rng = random.Random(int.from_bytes(rest[:8], "big"))
    style = STYLES[rest[8]] if operation == b"R" else rng.choice(["random", "scrambled"])
    message = cls()
    if style != "empty":
        fill(rng, message, style, depth=rng.choice([2, 3, 4]) if style != "maximal" else 2)
    data = message.SerializeToString(deterministic=True)
    if style == "scrambled":
        data = scrambled(rng, cls.DESCRIPTOR, data)
    if operation == b"M":
        data = damaged(rng, data)
    accepted, canonical, text = judged(cls, data)
    return accepted, [data, canonical, text]


def main(answer):
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        header = source.read(4)
        if len(header) < 4:
            return
        frame = source.read(int.from_bytes(header, "big"))
        size = int.from_bytes(frame[1:3], "big")
        accepted, parts = answer(frame[:1], frame[3 : 3 + size].decode(), frame[3 + size :])
        body = bytes([accepted]) + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        sink.write(len(body).to_bytes(4, "big") + body)
        sink.flush()


if __name__ == "__main__":
    main(answer)
