"""Runs the conformance cases; scripts/conformance starts it and says how."""

import argparse
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent / "interop"), str(Path(__file__).resolve().parents[2] / "examples" / "python")]


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--messages", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    parser.add_argument("--client", default="")
    options = parser.parse_args()
    # What was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.path.insert(0, options.messages)

    import suite
    import cases_interop, cases_frames, cases_limits, cases_budgets, cases_transport  # noqa: E401,F401
    import cases_streams, cases_crossing, cases_cuts, cases_messages, cases_texts, cases_searches, cases_profiles  # noqa: E401,F401
    import cases_certificates, cases_security, cases_masks, cases_tls, cases_database  # noqa: E401,F401
    import cases_saved_searches, cases_changes, cases_exports  # noqa: E401,F401
    import report
    from servers import Servers

    if options.client:
        cases_interop.add_given_client(options.client)
    wanted = re.compile(options.filter)
    cases = [one for one in suite.CASES if wanted.search(f"{one.identifier} {one.title}")]
    identifiers = [one.identifier for one in suite.CASES]
    assert len(identifiers) == len(set(identifiers)), "an identifier is used twice"
    if options.list:
        for one in cases:
            print(f"{one.identifier:<34} {one.title}")
        return 0
    quiet = options.output == "json" or options.markdown
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lkc.", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        servers, baselines = Servers(options.binaries, folder), {}
        try:
            for one in cases:
                if one.applies:
                    suite.run_case(one, servers, baselines, options.full)
                if not quiet:
                    print(report.as_line(one), flush=True)
            final = suite.add_final_cases(servers, baselines)
        finally:
            servers.stop()
    for one in final if not quiet else []:
        print(report.as_line(one), flush=True)
    rows = cases + final
    passed, failed, others = report.counts(rows)
    if options.output == "json":
        print(report.as_json(rows))
    elif options.markdown:
        print(report.as_markdown(rows, Path(options.binaries).name, options.full))
    else:
        print(f"{len(rows)} rows, {others} not applicable, {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {failed} failed", file=sys.stderr if quiet else sys.stdout)
    return 0 if passed and not failed else 1


sys.exit(main())
