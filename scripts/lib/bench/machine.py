"""What the figures were measured on."""
import os
import platform
import re
import subprocess

LOAD_BEFORE = os.getloadavg()[0]


def _first(command):
    try:
        return subprocess.run(command, text=True, capture_output=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def description():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    with open("/proc/meminfo", encoding="utf-8") as file:
        figures = file.read()
    memory = int(re.search(r"MemTotal:\s*(\d+)", figures).group(1)) / 1024**2
    huge = int(re.search(r"HugePages_Total:\s*(\d+)", figures).group(1))
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'PRETTY_NAME="(.*)"', file.read()).group(1)
    return {
        "processor": f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} virtual cores",
        "memory": f"{memory:.0f} GiB, {huge:,} huge pages",
        "system": f"{system}, Linux {platform.release()}",
        "Swift": re.sub(r"\s*\(.*", "", _first(["swift", "--version"])),
        "OpenSSL": _first(["openssl", "version"]),
        "other work": f"load average {LOAD_BEFORE:.1f} before the run",
        "PostgreSQL": _first(["/usr/lib/postgresql/15/bin/postgres", "--version"]),
    }
