"""The cases that a client is tested with, and whether what a server saw of them is what they say.

Standard library only: the conformance kit carries it. The server's record (`likeness-interop serve --record FILE`) has a line
of JSON for every frame of both sides; cases.json says of each case which calls must be in it.
A case with "plain" is not run through the relay, "server" are its settings (--set). Of each call:

    method     of InteropService, or the full name
    times      how many such calls; "some" for one or more
    sends      least sizes of the client's messages; with what encodes them they have up to 64 bytes more
    answers    least sizes of the server's messages, if it is OK
    code       what END says (OK)
    text       the text of END
    cancelled  CANCEL ends the call, and no END
    timeout_us the least and the most
    metadata   pairs of the REQUEST, which come back as trailers
    order      "in turn", "answers last", "one at a time" or "after the cancelled"
    credited   CREDIT of the stream for every answer, the last perhaps not
    last       "before credit": LAST without a message, before the server gives credit for what lies unread
    over_goaway  the server's GOAWAY comes while the call is open
"""

import base64
import json
import time
from pathlib import Path

SERVICE = "likeness.interop.v1.InteropService/"
CODES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
         "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
         "UNAUTHENTICATED").split()
# What an encoder adds to a payload: tags, lengths and the other fields.
MORE = 64


def cases():
    return json.loads((Path(__file__).parent / "cases.json").read_text())


class Wrong(Exception):
    """The server saw something else than the case says."""


def demand(condition, text):
    if not condition:
        raise Wrong(text)


class Record:
    """A record that a server goes on writing. `mark()` before a client runs, `since_mark()` after it has ended."""

    # A client that has not connected at all is waited for so long.
    FIRST_SECONDS = 1.5

    def __init__(self, path, patience=120.0):
        self.path, self.patience, self.offset = Path(path), patience, 0

    def mark(self):
        self.offset = self.path.stat().st_size

    def since_mark(self):
        """The frames since the mark, when all connections of that time are closed. The record is written behind, so the first one is waited for."""
        end = time.monotonic() + self.patience
        first = time.monotonic() + min(self.patience, self.FIRST_SECONDS)
        while True:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                text = file.read()
            lines = [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]
            opened, closed = ({line["connection"] for line in lines if line.get("event") == event}
                              for event in ("opened", "closed"))
            if (opened or time.monotonic() > first) and opened <= closed or time.monotonic() > end:
                return [line for line in lines if line.get("connection") in opened or "lost" in line]
            time.sleep(0.02)


class Call:
    """One call of a record. `seen` are (side, what, frame) in their order; `began` is its place in the record."""

    def __init__(self, connection, frame, place):
        self.connection, self.request, self.began, self.ended = connection, frame, place, None
        self.seen = []
        self.code = self.end = self.cancelled = None

    def add(self, frame, place):
        side, kind = frame["from"], frame["frame"]
        if "bytes" in frame:
            self.seen.append((side, "message", frame))
        if frame.get("last") and side == "client":
            self.seen.append((side, "last", frame))
        if kind == "CREDIT":
            self.seen.append((side, "credit", frame))
        if kind == "END":
            self.end, self.code = frame, CODES[frame["code"]]
        if kind == "CANCEL" and self.end is None:
            self.cancelled = place
        if kind in ("END", "CANCEL") and self.ended is None:
            self.ended = place

    def sizes(self, side):
        return [frame["bytes"] for one, what, frame in self.seen if (one, what) == (side, "message")]

    def order(self, *wanted):
        return [(side, what) for side, what, _ in self.seen if what in wanted]

    def __str__(self):
        method = self.request.get("method", "").removeprefix(SERVICE)
        return f"{method} on stream {self.request['stream']} of connection {self.connection}"


class Seen:
    """What a server saw of one case."""

    def __init__(self, lines):
        self.calls, self.hellos, self.goaways, self.certificates, self.faults = [], {}, [], {}, []
        # The last stream that the server takes, of each connection that it left.
        self.last_streams = {}
        calls = {}
        for place, line in enumerate(lines):
            connection, frame = line.get("connection"), line.get("frame")
            if "lost" in line:
                self.faults.append(f"{line['lost']} lines of the record are lost")
            elif frame is None and line["event"] == "opened":
                self.certificates[connection] = line["certificate"]
            elif frame is None and line["event"] != "closed":
                self.faults.append(f"connection {connection}: {line['event']}")
            elif frame == "HELLO" and line["from"] == "client":
                self.hellos[connection] = line["settings"]
            elif frame == "GOAWAY" and line["from"] == "server":
                self.goaways.append((place, connection))
                self.last_streams[connection] = line["stream"]
                if line["code"]:
                    self.faults.append(f"the server ended connection {connection}: GOAWAY {line['code']}, {line['text']}")
            elif frame == "REQUEST":
                call = calls[connection, line["stream"]] = Call(connection, line, place)
                self.calls.append(call)
                call.add(line, place)
            elif line.get("stream") and (connection, line["stream"]) in calls:
                calls[connection, line["stream"]].add(line, place)


    def was_not_processed(self, call):
        """Refused unseen: by an END that says so, or, where the client closed the connection before it came, by a GOAWAY."""
        if call.end:
            return call.end["not_processed"]
        return call.request["stream"] > self.last_streams.get(call.connection, call.request["stream"])


def check(case, lines):
    """Raises Wrong unless a server that wrote these lines saw what the case says. Returns what it saw, in a few words."""
    seen = Seen(lines)
    demand(not seen.faults, "; ".join(seen.faults[:3]))
    demand(seen.certificates, "the server saw no connection")
    demand(seen.hellos, "the server saw no HELLO")
    if "connections" in case:
        demand(len(seen.hellos) == case["connections"], f"{len(seen.hellos)} connections instead of {case['connections']}")
    for number, value in case.get("settings", {}).items():
        said = {settings[number] for settings in seen.hellos.values()}
        demand(said == {value}, f"HELLO's setting {number} is {said}, not {value}")
    if case.get("leaves"):
        demand(len(seen.hellos) > 1 and seen.goaways, f"{len(seen.hellos)} connections, {len(seen.goaways)} GOAWAYs")
    rest = list(seen.calls)
    for wanted in case["calls"]:
        method = wanted["method"] if "/" in wanted["method"] else SERVICE + wanted["method"]
        mine = [call for call in rest if call.request["method"] == method]
        # What was refused unseen on a connection that leaves is made again elsewhere.
        if case.get("leaves"):
            rest = [call for call in rest if not (call.request["method"] == method and seen.was_not_processed(call))]
            mine = [call for call in mine if call in rest]
        times = wanted.get("times", 1)
        demand(mine if times == "some" else len(mine) == times, f"{len(mine)} calls of {wanted['method']} instead of {times}")
        for call in mine:
            check_call(wanted, call, seen)
        rest = [call for call in rest if call not in mine]
        order = wanted.get("order")
        if order == "one at a time":
            demand(all(one.ended < other.began for one, other in zip(mine, mine[1:])), "a call began before the one before it ended")
        if order == "after the cancelled":
            cancels = [call.cancelled for call in seen.calls if call.cancelled is not None]
            demand(max(cancels) < min(call.began for call in mine), "a call began before the last CANCEL")
    demand(not rest, f"the server saw calls that the case does not have: {', '.join(str(call) for call in rest[:3])}")
    return f"{len(seen.calls)} calls, {len(seen.hellos)} connections"


def check_call(wanted, call, seen):
    for side, field in (("client", "sends"), ("server", "answers")):
        sizes, least = call.sizes(side), wanted.get(field, [])
        fits = len(sizes) == len(least) and all(low <= size <= low + MORE for low, size in zip(least, sizes))
        demand(fits, f"{call}: the {side} sent messages of {sizes} bytes, not of {least}")
    if wanted.get("cancelled"):
        demand(call.cancelled is not None, f"{call}: no CANCEL" + (f", END {call.code}" if call.code else ""))
    else:
        code = wanted.get("code", "OK")
        # A client may give up at its deadline without waiting for the server to say so.
        gave_up = code == "DEADLINE_EXCEEDED" and call.cancelled is not None
        demand(call.code == code or gave_up, f"{call}: {'END ' + call.code if call.code else 'no END'}, not {code}")
    if "text" in wanted:
        demand(call.end["text"] == wanted["text"], f"{call}: END says {call.end['text']!r}")
    if "timeout_us" in wanted:
        low, high = wanted["timeout_us"]
        demand(low <= call.request["timeout_us"] <= high, f"{call}: a timeout of {call.request['timeout_us']} us")
    if "metadata" in wanted:
        for pairs in (call.request["metadata"], call.end["trailers"]):
            demand(all(pair in pairs for pair in wanted["metadata"]), f"{call}: metadata {pairs}")
    if "certificate" in wanted:
        names = seen.certificates[call.connection]
        answer = base64.b64decode(call.end["message"])
        demand(names == [wanted["certificate"]] and names[0].encode() in answer, f"{call}: a certificate of {names}")
    turns = call.order("message")
    if wanted.get("order") == "in turn":
        demand(turns == [("client", "message"), ("server", "message")] * (len(turns) // 2), f"{call}: not in turn")
    if wanted.get("order") == "answers last":
        order = call.order("message", "last")
        demand(order.index(("client", "last")) < order.index(("server", "message")), f"{call}: an answer came before the last message")
    if wanted.get("credited"):
        credits = len([one for one in call.seen if one[:2] == ("client", "credit")])
        # None for the last: END has come with it.
        demand(credits >= len(wanted["answers"]) - 1, f"{call}: {credits} CREDITs for {len(wanted['answers'])} messages")
    if wanted.get("last") == "before credit":
        demand(any("bytes" not in frame and frame.get("last") for _, what, frame in call.seen if what == "last"),
               f"{call}: LAST came with a message")
        order = call.order("last", "message", "credit")
        sent = len(order) - 1 - order[::-1].index(("client", "message"))
        rest = order[sent:]
        demand(("server", "credit") not in rest[:rest.index(("client", "last"))], f"{call}: LAST waited for credit")
    if wanted.get("over_goaway"):
        demand(any(connection == call.connection and call.began < place < call.ended for place, connection in seen.goaways),
               f"{call}: no GOAWAY while it was open")
