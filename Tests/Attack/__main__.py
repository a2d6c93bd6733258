"""Runs the attacks; scripts/attack starts it and says how."""

import argparse
import importlib
import json
import re
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "python"), str(ROOT / "Tests" / "Conformance")]


class Services:
    """The services of a run: one that the cases share, without and one with the model, and those of single cases."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder, self.shared, self.count = binaries, Path(folder), {}, 0

    def start(self, options):
        from lab import ServedService, Service
        self.count += 1
        folder = self.folder / f"service-{self.count}"
        if options["settings"] is not None:
            return ServedService(self.binaries, folder, options["embeds"], options["settings"])
        return Service(self.binaries, folder, options["embeds"], options["arguments"])

    def get(self, options):
        kind = json.dumps([options["embeds"], options["settings"]])
        if kind not in self.shared or not self.shared[kind].is_alive:
            self.shared[kind] = self.start(options)
        return self.shared[kind]

    def stop(self):
        for service in self.shared.values():
            service.stop()


def answers(service):
    """The service answers a call on a new connection."""
    from peer import Peer
    with Peer(service) as peer:
        return peer.call("likeness.v1.AdminService/GetVersion", timeout=20)[0] == "OK"


def run_case(one, services, folder, full):
    from lab import Lab, Unexpected, expect
    begun = time.monotonic()
    options, service = one.options, None
    try:
        if options["own"]:
            service = services.start(options)
        else:
            service = services.get(options)
        one.observed = str(one.run(Lab(services.binaries, folder, service, full)))
        expect(service.is_alive, f"{one.observed}; the service's process ended")
        expect(answers(service), f"{one.observed}; afterwards the service does not answer")
        one.result = "passed"
    except Unexpected as unexpected:
        one.observed, one.result = str(unexpected), "failed"
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a case is the case's failure
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = str(error) or type(error).__name__
        one.observed, one.result = f"{text} ({place.filename.rsplit('/', 1)[-1]}:{place.lineno})", "failed"
    if service is not None and not service.is_alive:
        one.result, one.observed = "failed", f"{one.observed}; the service's process ended"
    if options["own"] and service is not None:
        service.stop()
    one.seconds = time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--messages", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    options = parser.parse_args()
    # What was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.path.insert(0, options.messages)

    import lab
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.stem not in ("__main__", "lab"):
            importlib.import_module(file.stem)
    cases = [one for one in lab.CASES if re.search(options.filter, f"{one.identifier} {one.title}")]
    identifiers = [one.identifier for one in lab.CASES]
    assert len(identifiers) == len(set(identifiers)), "an identifier is used twice"
    cases.sort(key=lambda one: [int(part) if part.isdigit() else part for part in re.findall(r"\d+|\D+", one.identifier)])
    if options.list:
        for one in cases:
            print(f"{one.identifier:<6} {one.title}")
        return 0
    quiet = options.output == "json"
    with tempfile.TemporaryDirectory(prefix="lka.", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        services = Services(options.binaries, folder)
        try:
            for one in cases:
                run_case(one, services, folder, options.full)
                if not quiet:
                    mark = "ok  " if one.result == "passed" else "FAIL"
                    print(f"{mark} {one.identifier:<6} {one.title}: {one.observed} ({one.seconds:.1f} s)", flush=True)
        finally:
            services.stop()
    passed = sum(one.result == "passed" for one in cases)
    if quiet:
        print(json.dumps([{"case": one.identifier, "title": one.title, "expected": one.expected, "observed": one.observed,
                           "result": one.result, "seconds": round(one.seconds, 1)} for one in cases], indent=2))
    print(f"{passed} passed, {len(cases) - passed} failed", file=sys.stderr if quiet else sys.stdout)
    return 0 if cases and passed == len(cases) else 1


sys.exit(main())
