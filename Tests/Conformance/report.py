"""The results as lines, JSON and the page docs/conformance.md."""

import json
import os
import platform
import re
import subprocess
import time

from cases_interop import GRPC_CASES

GROUPS = {
    "G": "Clients: gRPC's interoperability cases and our own",
    "F": "Frames: every kind, well-formed and not",
    "L": "Limits, time-outs, credit and budgets",
    "S": "Status codes",
    "W": "Abuse of the wire",
    "T": "TLS handshakes and records that are broken in one place",
    "P": "Abuse of messages",
    "D": "The database behind a call",
    "X": "Abuse of identities",
    "END": "The servers after all cases",
}

PAGE = """# Conformance

What `scripts/conformance` observed: servers against a client in Python that was written from
[the protocol's page](../proto/PROTOCOL.md) and shares no code with them, and against the Swift client. Written by
`{command} > docs/conformance.md`:
{how}.

**{summary}**

{groups}

gRPC's {grpc_cases} cases without compression and without Google's own credentials, with each of the clients in Python and Swift,
plain and through a relay that sends every byte in a packet of its own: **{grpc}**. In `G`, `P` is the client in
[examples/python](../examples/python), `S` the one in Swift, and a small `s` behind it is the relay. Beside gRPC's cases stand
some of our own there. A case of `G` holds when its client says so and the server's record has its calls
([cases](../Tests/Conformance/interop/cases.json)).

Each case also demands that the server's process is alive after it, that a connection that was open before it and a new one
are served, and that no file descriptor stays open. Not applicable are cases of features that are not served yet; they
count neither as passed nor as failed. A flood goes on after the server has closed until the client's end of the connection
notices: such a row says what was taken and, apart from it, what was sent.
"""


def group(one):
    return re.match("END|[A-Z]", one.identifier).group()


def counts(rows):
    passed, failed = (sum(one.result == result for one in rows) for result in ("passed", "failed"))
    return passed, failed, len(rows) - passed - failed


def as_json(rows):
    return json.dumps([{"id": one.identifier, "group": GROUPS[group(one)], "case": one.title, "expected": one.expected,
                        "observed": one.observed, "result": one.result or "not applicable",
                        "seconds": round(one.seconds, 2)} for one in rows], indent=1)


def cell(text):
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(text)).replace("|", "\\|")


def machine(build, full):
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", swift)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return (f"a {build} build of {commit or 'an archive'}, floods {'at full size' if full else 'reduced'}, "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}, Swift {version.group(1) if version else 'unknown'}, "
            f"{os.cpu_count()} cores, Linux {platform.machine()}")


def as_markdown(rows, build, full):
    def table(head, lines):
        return "\n".join([f"| {head} |", "|" + "---|" * (head.count("|") + 1), *lines])
    of = {name: [one for one in rows if group(one) == name] for name in GROUPS}
    of = {name: found for name, found in of.items() if found}
    passed, failed, others = counts(rows)
    groups = [f"| `{name}` | {GROUPS[name]} | {' | '.join(map(str, counts(found)))} |" for name, found in of.items()]
    grpc = [one for one in of.get("G", []) if one.identifier.split("-", 2)[2] in GRPC_CASES and one.identifier[2] in "PS"]
    command = f"scripts/conformance --build {build}{' --full' * full} --markdown"
    sections = [PAGE.format(
        command=command, how=machine(build, full), grpc_cases=len(GRPC_CASES),
        summary=f"{passed} passed, {failed} failed, {others} not applicable.",
        groups=table("group | cases of | passed | failed | not applicable", groups),
        grpc=f"{counts(grpc)[0]} of {len(grpc)} passed")]
    for name, found in of.items():
        lines = [f"| {one.identifier} | {cell(one.title)} | {cell(one.expected)} | {cell(one.observed) or '-'} | "
                 f"{one.result or 'not applicable'} |" for one in found]
        sections.append(f"## {GROUPS[name]}\n\n" + table("case | what comes | expected | observed | result", lines) + "\n")
    return "\n".join(sections).rstrip()


def as_line(one, width=110):
    mark = {"passed": "ok  ", "failed": "FAIL", "": "n/a "}[one.result]
    text = f"{mark} {one.identifier:<10} {one.title}: {one.observed or one.expected}"
    if one.result == "failed":
        return f"{text}\n     expected: {one.expected}"
    return text if len(text) <= width + 60 else text[:width + 59] + "…"
