"""Runs a command and sees to it that nothing it started outlives it.

    python3 supervise.py COMMAND...

Orphans of the command, daemons in sessions of their own included, become children of this process (Linux's
"child subreaper"), so they can be named. Whatever is still there a few seconds after the command has ended is listed
and ended, and the run counts as failed: the status is then 86. Otherwise it is the command's own.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 5.0
LEFT_PROCESSES_STATUS = 86


def descendants():
    """Every process below this one, as {pid: command line}, children before grandchildren."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended meanwhile
        parents.setdefault(parent, []).append(int(entry))
    found, level = {}, [os.getpid()]
    while level:
        level = [child for pid in level for child in parents.get(pid, [])]
        for pid in level:
            found[pid] = command_line(pid)
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip() or "?"
    except OSError:
        return "?"


def reap():
    """Collects children that have ended; until then /proc still shows them."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wait_like_init(pid):
    """Waits for one child, collecting the orphans that end meanwhile; its status, as a shell would say it."""
    while True:
        ended, raw = os.waitpid(-1, 0)
        if ended == pid:
            status = os.waitstatus_to_exitcode(raw)
            return status if status >= 0 else 128 - status


def wait_for_none(seconds):
    """True once nothing is left below this process."""
    deadline = time.monotonic() + seconds
    while True:
        reap()
        if not descendants():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def end(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass  # ended meanwhile, or not ours to signal


def main():
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    command = subprocess.Popen(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A shell acts on a signal only once what it waits for has ended, so all of them are told.
        signal.signal(number, lambda received, _: end(descendants(), received))
    status = wait_like_init(command.pid)
    if wait_for_none(GRACE_SECONDS):
        return status
    left = descendants()
    for pid, line in left.items():
        print(f"left running: {pid} {line[:160]}", file=sys.stderr)
    end(left, signal.SIGTERM)
    if not wait_for_none(GRACE_SECONDS):
        end(descendants(), signal.SIGKILL)
        wait_for_none(GRACE_SECONDS)
    return status or LEFT_PROCESSES_STATUS


if __name__ == "__main__":
    sys.exit(main())
