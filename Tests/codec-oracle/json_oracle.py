"""Python's protobuf as the judge of the JSON mapping; frames as in oracle.py.

  L  rest: a FileDescriptorSet to know.              answer: nothing
  R  rest: u64 seed, one byte of style.              answer: encoded message, its JSON, dump
  C  rest: an encoded message.                       answer: dump or reason
  P  rest: JSON.                                     answer: dump or reason
  M  rest: u64 seed. JSON of a message, altered.     answer: the JSON, dump or reason

A dump says what a message means, presence included; two messages with the same dump are the same message.
"""

import base64
import json
import random

import oracle
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.message import DecodeError
from oracle import POOL, STYLES, is_map, is_repeated, message_class

EXTENSIONS = ["reflection.test.note", "reflection.test.marks", "reflection.test.other"]
ANY_TYPES = [
    "reflection.test.Plain", "reflection.test.Maps", "google.protobuf.Timestamp", "google.protobuf.Empty",
    "google.protobuf.Any", "google.protobuf.StringValue", "google.protobuf.Struct", "google.protobuf.Int64Value",
]  # fmt: skip
JSON_TEXTS = oracle.TEXTS[:-1] + ["\u2028\u2029<>&", '"\\/\b\f\n\r\t', "NaN", "null", "1"]


# Random messages, of which JSON can say everything.


def random_json(rng, depth):
    kind = rng.randrange(6 if depth > 0 else 4)
    if kind == 0:
        return None
    if kind == 1:
        return rng.choice([0.0, -0.0, 1.0, -1.5, 1e300, 5e-324, 0.1, 123456789.0])
    if kind == 2:
        return rng.choice(JSON_TEXTS)
    if kind == 3:
        return rng.random() < 0.5
    if kind == 4:
        return {rng.choice(JSON_TEXTS): random_json(rng, depth - 1) for _ in range(rng.randrange(4))}
    return [random_json(rng, depth - 1) for _ in range(rng.randrange(4))]


def fill_value(message, value):
    if value is None:
        message.null_value = 0
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, float):
        message.number_value = value
    elif isinstance(value, str):
        message.string_value = value
    elif isinstance(value, dict):
        message.struct_value.SetInParent()
        for key, item in value.items():
            fill_value(message.struct_value.fields[key], item)
    else:
        message.list_value.SetInParent()
        for item in value:
            fill_value(message.list_value.values.add(), item)


def fill_known(rng, message):
    """Fills a well-known type; False for other messages."""
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Timestamp":
        message.seconds = rng.choice([0, -1, -62135596800, 253402300799, 951782399, rng.randrange(-62135596800, 253402300800)])
        message.nanos = rng.choice([0, 1, 999999999, 500000000, 1000, 999999000, rng.randrange(10**9)])
    elif name == "google.protobuf.Duration":
        sign = rng.choice([1, -1])
        message.seconds = sign * rng.choice([0, 1, 315576000000, rng.randrange(315576000000)])
        message.nanos = sign * rng.choice([0, 1, 999999999, 500000000, 1000, rng.randrange(10**9)])
        if abs(message.seconds) == 315576000000:
            message.nanos = 0
    elif name == "google.protobuf.FieldMask":
        paths = ["a", "display_name", "experiences.start_date", "a_b_c.d", "x1.y2"]
        message.paths.extend(rng.sample(paths, rng.randrange(len(paths))))
    elif name == "google.protobuf.Struct":
        for key in rng.sample(JSON_TEXTS, rng.randrange(4)):
            fill_value(message.fields[key], random_json(rng, 3))
    elif name == "google.protobuf.Value":
        fill_value(message, random_json(rng, 3))
    elif name == "google.protobuf.ListValue":
        for _ in range(rng.randrange(4)):
            fill_value(message.values.add(), random_json(rng, 3))
    elif name == "google.protobuf.Any":
        inner = message_class(rng.choice(ANY_TYPES))()
        oracle.fill(rng, inner, "random", 1)
        message.type_url = rng.choice(["type.googleapis.com/", "example.com/x/"]) + inner.DESCRIPTOR.full_name
        message.value = inner.SerializeToString(deterministic=True)
    else:
        return False
    return True


plain_fill, plain_scalar = oracle.fill, oracle.scalar


def fill(rng, message, style, depth):
    if fill_known(rng, message):
        return
    plain_fill(rng, message, style, depth)
    if message.DESCRIPTOR.full_name == "reflection.test.Legacy":
        message.name = rng.choice(JSON_TEXTS)
        if rng.random() < 0.5:
            message.Extensions[POOL.FindExtensionByName(EXTENSIONS[0])] = "x"
            message.Extensions[POOL.FindExtensionByName(EXTENSIONS[1])].extend([1, -(2**63)])
            message.Extensions[POOL.FindExtensionByName(EXTENSIONS[2])].name = ""


def scalar(rng, field, nonzero=False):
    # Unlike protoc-c's, entries of maps may have zero keys and values here.
    if field.cpp_type == F.CPPTYPE_ENUM and (field.enum_type.is_closed or field.enum_type.name == "NullValue"):
        return rng.choice(field.enum_type.values).number
    return plain_scalar(rng, field, False)


oracle.fill, oracle.scalar = fill, scalar


def random_message(rng, cls, style):
    message = cls()
    if style != "empty":
        oracle.fill(rng, message, style, 2 if style == "maximal" else rng.choice([2, 3, 4]))
    elif cls.DESCRIPTOR.full_name == "reflection.test.Legacy":
        message.name = ""
    return message


def to_json(rng, message):
    return json_format.MessageToJson(
        message,
        preserving_proto_field_name=rng.random() < 0.3,
        use_integers_for_enums=rng.random() < 0.3,
        always_print_fields_with_no_presence=rng.random() < 0.3,
        indent=rng.choice([None, 1]),
        ensure_ascii=rng.random() < 0.5,
        descriptor_pool=POOL,
    )


# What a message means.


def dump_item(field, value):
    if field.cpp_type == F.CPPTYPE_MESSAGE:
        return dump(value)
    return oracle.dump_scalar(field, value)


def dump(message):
    if message.DESCRIPTOR.full_name == "google.protobuf.Any" and message.type_url:
        inner = message_class(message.type_url.rpartition("/")[2])()
        inner.ParseFromString(message.value)
        return "any(" + message.type_url + dump(inner) + ")"
    parts = []
    for field, value in message.ListFields():
        if is_map(field):
            key, item = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            text = "{" + ",".join(sorted(dump_item(key, k) + ":" + dump_item(item, value[k]) for k in value)) + "}"
        elif is_repeated(field):
            text = "[" + ",".join(dump_item(field, item) for item in value) + "]"
        else:
            text = dump_item(field, value)
        parts.append(field.full_name + "=" + text)
    return "(" + ",".join(sorted(parts)) + ")"


# Altered JSON.


def places(node, found):
    """Every (container, key) in a JSON value."""
    for key in node.keys() if isinstance(node, dict) else range(len(node)):
        found.append((node, key))
        if isinstance(node[key], (dict, list)):
            places(node[key], found)
    return found


def altered(rng, node):
    if isinstance(node, str) and rng.random() < 0.4:
        try:  # Another form of the same bytes, if it is bytes.
            text = base64.urlsafe_b64encode(base64.b64decode(node, validate=True)).decode()
            return text.rstrip("=") if rng.random() < 0.5 else text
        except ValueError:
            return node[: rng.randrange(len(node) + 1)]
    if isinstance(node, (int, float)) and rng.random() < 0.5:
        return rng.choice([str(node), node * 1.0, node + 0.5, node * 10**9, -node])
    return rng.choice([
        None, True, False, 0, 1, -1, 1.5, 2**31, 2**32, 2**63, 2**64, -(2**63) - 1, 1e40, 3.5e38, "", "x", "1", "-1", "1.0",
        "1e3", "true", "NaN", "-Infinity", "COLOUR_RED", "RED", [], {}, [None], {"a": 1}, {"@type": "x"}, {"value": 1},
        "2024-02-30T00:00:00Z", "2024-02-29T23:59:59.5+01:30", "10000-01-01T00:00:00Z", "1s", "-0.5s", "1.2345678901s",
    ])  # fmt: skip


def mutated(rng, text):
    node = json.loads(text)
    if rng.random() < 0.75:
        found = places([node], [])[1:]
        for _ in range(rng.choice([1, 1, 2])):
            if found:
                container, key = rng.choice(found)
                if isinstance(container, dict) and key in container and rng.random() < 0.15:
                    container[rng.choice(["unknown", key + "x", key.upper()])] = container.pop(key)
                elif isinstance(container, list) or key in container:
                    container[key] = altered(rng, container[key])
        return json.dumps(node)
    text = json.dumps(node)
    at = rng.randrange(len(text) + 1)
    if rng.random() < 0.5:
        return text[:at] + text[at + rng.choice([1, 2, 5]) :]
    return text[:at] + rng.choice(["{", "}", "[", "]", ",", '"', "0", "-", " ", "null", "e", ".", ":", "\\", "\n"]) + text[at:]


def refuse(constant):
    raise ValueError(constant + " is not JSON")


def judged_json(cls, text):
    message = cls()
    try:
        json.loads(text, parse_constant=refuse)  # What json_format takes too.
        json_format.Parse(text, message, descriptor_pool=POOL)
        return True, dump(message).encode()
    except (json_format.ParseError, RecursionError, DecodeError, ValueError, TypeError, AttributeError) as error:
        return False, str(error).encode(errors="replace")


def answer(operation, name, rest):
    if operation == b"L":
        return oracle.answer(operation, name, rest)
    cls = message_class(name)
    if operation == b"C":
        message = cls()
        try:
            message.ParseFromString(rest)
            return True, [dump(message).encode()]
        except DecodeError as error:
            return False, [str(error).encode()]
    if operation == b"P":
        accepted, text = judged_json(cls, rest.decode())
        return accepted, [text]
    rng = random.Random(int.from_bytes(rest[:8], "big"))
    style = STYLES[rest[8]] if operation == b"R" else "random"
    message = random_message(rng, cls, style)
    text = to_json(rng, message)
    if operation == b"R":
        return True, [message.SerializeToString(), text.encode(), dump(message).encode()]
    text = mutated(rng, text)
    accepted, said = judged_json(cls, text)
    return accepted, [text.encode(errors="surrogatepass"), said]


if __name__ == "__main__":
    oracle.main(answer)
