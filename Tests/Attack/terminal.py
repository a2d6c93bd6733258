"""Item 12: what files and callers can do to a terminal, and to the folder of `likenessd dev`."""

import json
import os
import subprocess

from lab import attack, expect

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def harmless(text):
    """What of a text could steer a terminal, reorder a line or hide in it."""
    return sorted({f"U+{ord(c):04X}" for c in text
                   if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b\u2028")})


@attack("12a", "a resume and stored texts full of escape sequences", "no escape reaches the terminal")
def escapes(lab):
    file = lab.folder / "escapes.json"
    file.write_text(json.dumps({
        "basics": {"name": "Escape " + ESCAPE, "label": ESCAPE, "summary": ESCAPE},
        "work": [{"name": ESCAPE, "position": ESCAPE, "startDate": ESCAPE}],
        "skills": [{"name": "escape" + ESCAPE}], "meta": {"canonical": "escape-artist"}}))
    seen = {}
    create = json.dumps({"profile": {"slug": "escape-artist", "displayName": "Escape " + ESCAPE, "headline": ESCAPE,
                                     "summary": ESCAPE, "skills": [{"name": "escape" + ESCAPE}]}})
    for command in (["profile", "import", "--no-wait", str(file)], ["call", "ProfileService/CreateProfile", create],
                    ["profile", "get", "escape-artist"], ["profile", "get", "escape-artist", "--output", "json"],
                    ["profile", "list"], ["suggest", "escape"], ["search", "escape", "--mode", "text"],
                    ["search", "--" + ESCAPE, "x"]):
        run = lab.likeness(*command)
        bad = harmless(run.stdout) + harmless(run.stderr)
        if bad:
            seen[" ".join(command[:2])[:24]] = ",".join(bad)
    expect(not seen, f"raw controls in {seen}")
    return "all escaped"


@attack("12b", "output to a full disk", "a status other than 0, for every program")
def full_disk(lab):
    statuses = {}
    for command in (["likeness", "--help"], ["likeness", "profile", "list"], ["likenessd", "settings"],
                    ["likeness-load", "generate", "--profiles", "5"], ["likeness-interop", "--help"]):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([str(lab.binaries / command[0]), *command[1:]], stdout=full, stderr=subprocess.DEVNULL,
                                 env={**os.environ, "LIKENESS_CONNECT": str(lab.service.client_file)}, timeout=60)
        statuses[" ".join(command[:2])] = run.returncode
    expect(all(statuses.values()), f"statuses {statuses}")
    return f"statuses {statuses}"


@attack("12c", "the lock file of likenessd dev", "no other account can hold it")
def lock_file(lab):
    mode = (lab.service.folder / "data" / "likenessd.lock").stat().st_mode & 0o777
    return expect(mode == 0o600, f"mode {mode:o}")
