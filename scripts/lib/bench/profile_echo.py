"""Where an echo's CPU time goes, by perf: rooms first, then the functions that cost most."""
import re
import subprocess
import threading

from measure import run



def _room(module, symbol):
    if "[k]" in module or module.startswith("[") or "kernel" in module:
        return "kernel"
    if "crypto" in module or "libssl" in module:
        return "OpenSSL"
    if "protobuf" in module:
        return "protobuf-c"
    if "libc.so" in module:
        return "libc"
    if "libswift" in module:
        return "Swift runtime"
    match = re.search(r"\d+(Likeness(?:RPC|TLS|Wire|Messages|Interop)|NIO\w*?|Logging|DequeModule)(?=\d|[A-Z]?[a-z]*[VCOP])", symbol)
    if match:
        return "SwiftNIO" if match.group(1).startswith("NIO") else match.group(1)
    return "other"


def _demangled(symbols):
    text = subprocess.run(
        ["swift", "demangle", "--compact", "--simplified"], input="\n".join(symbols), text=True, capture_output=True
    ).stdout
    lines = text.splitlines()
    return dict(zip(symbols, lines)) if len(lines) == len(symbols) else {symbol: symbol for symbol in symbols}


def profile(target, method, messages, folder, shapes=((4, 1), (4, 16)), seconds=4, top=25):
    pages = []
    for connections, calls in shapes:
        data = f"{folder}/perf.data"
        result = {}
        load = threading.Thread(
            target=lambda: result.update(target.load(method, messages, connections, calls, seconds + 1, 0.5, is_echo=True))
        )
        load.start()
        subprocess.run(
            ["perf", "record", "-q", "-F", "1999", "-p", str(target.process), "-o", data, "--", "sleep", str(seconds)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        load.join()
        lines = run(["perf", "report", "-i", data, "--stdio", "--no-demangle", "-F", "overhead,dso,symbol", "-t", "\t"],
                    stderr=subprocess.DEVNULL)
        rows = []
        for line in lines.splitlines():
            parts = [part.strip() for part in line.split("\t")]
            if len(parts) == 3 and parts[0].endswith("%"):
                kind, _, symbol = parts[2].partition(" ")
                rows.append((float(parts[0][:-1]), "kernel" if kind == "[k]" else parts[1], symbol))
        rooms = {}
        for share, module, symbol in rows:
            room = _room(module, symbol)
            rooms[room] = rooms.get(room, 0) + share
        names = _demangled([symbol for _, _, symbol in rows[:top]])
        cost = result["process_cpu_us"]
        page = [f"\n{connections}x{calls}: {cost:.1f} µs of CPU a call", f"{'share':>7} {'µs':>6}  room"]
        page += [f"{share:>6.1f}% {share * cost / 100:>6.2f}  {room}" for room, share in sorted(rooms.items(), key=lambda x: -x[1])]
        page += [f"{'share':>7} {'µs':>6}  function"]
        page += [
            f"{share:>6.1f}% {share * cost / 100:>6.2f}  {_room(module, symbol)}: {names[symbol][:120]}"
            for share, module, symbol in rows[:top]
        ]
        pages.append("\n".join(page))
    return "\n".join(pages)
