"""Callers who fill the log with calls that are denied."""

import importlib
import os
import re
import socket
import time

from connections import Door
from lab import attack, expect
from likeness_rpc import END, HELLO
from peer import Peer, hello, request, tls_context

# Of each caller, method and outcome the first call has a line in each log, and then all of ten seconds have one.
LINE = 1_024


def methods():
    """Unary methods that need a role: (full name, whether each call of it is audited)."""
    from likeness.options.v1 import options_pb2
    for name in ("admin", "profile", "search"):
        for service in importlib.import_module(f"likeness.v1.{name}_service_pb2").DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                policy = method.GetOptions().Extensions[options_pb2.method]
                if policy.required_role > options_pb2.ROLE_NONE and not (method.client_streaming or method.server_streaming):
                    yield (f"{service.full_name}/{method.name}",
                           policy.audited or policy.required_role == options_pb2.ROLE_ADMIN)


class Caller(Peer):
    """One that may come without a certificate, from any of the loopback's addresses."""

    def __init__(self, server, role, source="127.0.0.1"):
        self.answers_pings, self.buffer, self.next = True, b"", 1
        plain = socket.create_connection((server.host, server.port), timeout=30, source_address=(source, 0))
        self.socket = tls_context(server, role).wrap_socket(plain, server_hostname="localhost")
        self.send(hello())
        self.expect(HELLO)

    def flood(self, calls):
        """Makes `calls`, 64 of them at a time, each `(method, metadata)`. How often each code was the answer."""
        answers, sent, ended = {}, 0, 0
        while ended < len(calls):
            more = min(64 - (sent - ended), len(calls) - sent)
            if more:
                self.send(b"".join(request(self.new_stream(), method, metadata=metadata)
                                   for method, metadata in calls[sent:sent + more]))
                sent += more
            found = self.expect(END)
            code = found.end()[0]
            answers[code] = answers.get(code, 0) + 1
            ended += 1
        return answers


def audited_calls(text):
    """How many calls the audit lines of a log stand for."""
    lines = [line for line in text.splitlines() if " likeness.audit: " in line]
    return sum(int(found[1]) if (found := re.search(r" count=(\d+)", line)) else 1 for line in lines), len(lines)


@attack("11a", "74,300 denied calls of one caller", "a line for the first and one each ten seconds, not 37 MB; none is missing",
        own=True, settings={})
def one_caller(lab):
    count, log = lab.count(74_300, 5_000), lab.service.folder / "log"
    before, begun = len(log.read_bytes()), time.monotonic()
    with Caller(lab.service, "stranger") as peer:
        answers = peer.flood([("likeness.v1.AdminService/GetStatistics", ())] * count)
    seconds, until = time.monotonic() - begun, time.monotonic() + 120
    # The last of them are counted in a line to come.
    while audited_calls(text := log.read_bytes()[before:].decode())[0] < count and time.monotonic() < until:
        time.sleep(0.5)
    stood_for, lines = audited_calls(text)
    seen = (f"{answers} in {seconds:.1f} s: {len(text.encode())} bytes of log in {text.count(chr(10))} lines, "
            f"{lines} of audit for {stood_for} calls")
    expect(answers == {"PERMISSION_DENIED": count}, seen)
    expect(stood_for == count, seen)
    # Access and audit, a line now and one for each ten seconds, to the end of the wait.
    expect(len(text.encode()) < 2 * (3 + (time.monotonic() - begun) / 10) * LINE, seen)
    return seen


@attack("11b", "74,300 denied calls of many callers, methods and made-up tokens",
        "a line for each caller, method and outcome, and one each ten seconds; no audited call is missing", own=True)
def many_callers(lab):
    count, sources, audited, answers, kinds = lab.count(74_300, 8_000), lab.count(64, 16), 0, {}, set()
    every = list(methods())
    begun = time.monotonic()
    with Door(lab, RPC_CONNECTIONS_WITHOUT_CREDENTIAL_MAX=512) as door:
        for number in range(sources):
            source, calls = f"127.0.0.{number + 1}", []
            for index in range(count // sources):
                method, is_audited = every[index % len(every)]
                # Each second one shows a token of its own invention.
                invented = index // len(every) % 2
                metadata = (("authorization", f"Bearer {os.urandom(32).hex()}"),) if invented else ()
                calls.append((method, metadata))
                audited += is_audited
                kinds.add((source, method, invented))
            with Caller(door, None, source) as peer:
                for code, times in peer.flood(calls).items():
                    answers[code] = answers.get(code, 0) + times
        seconds = time.monotonic() - begun
    # It has ended: what was counted is written.
    text = (door.folder / "door-log").read_text()
    stood_for, lines = audited_calls(text)
    seen = (f"{answers} of {sources} callers, {len(kinds)} kinds, in {seconds:.1f} s: {len(text.encode())} bytes of log in "
            f"{text.count(chr(10))} lines, {lines} of audit for {stood_for} calls")
    expect(set(answers) == {"UNAUTHENTICATED"}, seen)
    expect(stood_for == audited, f"{seen}; {audited} were made")
    # At most a line now and one for each ten seconds, in both logs; and what a start and an end say.
    expect(len(text.encode()) < 2 * len(kinds) * (2 + seconds / 10) * LINE + 16_384, seen)
    unthinned = sum(answers.values()) + audited
    expect(text.count("\n") < unthinned / 3, f"{seen}; {unthinned} unthinned")
    return seen
