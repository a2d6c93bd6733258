"""What facets, pages and masks cost beside the same search without them."""
import json
import os
import time

import report
from client import QUERY, field, fields, hits, varint
from measure import run, say, write_messages
from search_scale import MODES, Questions, enough_seconds, request

# Of what all of these masks show.
FACETS = ["skills.name", "experiences.title", "experiences.category", "location", "years_of_experience"]
MASKS = ["internal", "recruiter", "blind"]
PAGE, WINDOW, LAST_PAGE = 50, 10_000, 100
PLAIN = "nothing"
TEXTS = "common words"
# Of the texts so many are asked through masks, which compare every section that they show.
MASKED_TEXTS = 8
# A view is made by its first search, and by all that come meanwhile.
VIEW_SECONDS = 3600


def facets():
    return b"".join(field(11, name.encode()) for name in FACETS)


def mask(name):
    return field(5, name.encode())


def window():
    return b"\x70" + varint(WINDOW)


class Asked:
    """The messages of one mode: the texts with something added to each."""

    def __init__(self, connection, mode, texts):
        self.connection, self.mode, self.texts = connection, mode, texts

    def messages(self, added=b"", limit=10):
        return [request(self.mode, text, limit=limit) + added for text in self.texts]

    def pages(self, number, added=b""):
        """Requests for the page with that number of each text's ranking; texts with fewer pages are left out."""
        found = []
        for text in self.texts:
            message, token = request(self.mode, text, limit=PAGE) + window() + added, b""
            for _ in range(number - 1):
                try:
                    answer = dict(fields(self.connection.call(QUERY, message + (field(10, token) if token else b""), 60)))
                except RuntimeError as error:
                    if not str(error).startswith("status 4"):
                        raise
                    # Ranking the window takes longer than the deadline: so it does for the other texts.
                    return []
                token = answer.get(4, b"")
                if not token:
                    break
            if token:
                found.append(message + field(10, bytes(token)))
        return found

    def variants(self, texts_of_last_pages):
        """Name and messages of each."""
        yield PLAIN, self.messages()
        yield "five facets", self.messages(facets())
        yield f"{PAGE} hits, no pages", self.messages(limit=PAGE)
        yield f"first page of {PAGE}, window {WINDOW:,}", self.messages(window(), limit=PAGE)
        yield "page 2", self.pages(2)
        self.texts = self.texts[:texts_of_last_pages]
        yield f"page {LAST_PAGE}", self.pages(LAST_PAGE)


def make_views(service, connection):
    """Seconds until each mask can be searched through."""
    binary, masks = f"{service.options.binaries}/likeness", f"{service.options.root}/examples/masks.jsonl"
    run([binary, "mask", "import", masks, "--connect", service.client_file])
    taken = {}
    for name in MASKS:
        say(f"making the view of {name}")
        start = time.monotonic()
        while True:
            try:
                connection.call(QUERY, request("text", "sailor") + mask(name), 60)
                break
            except RuntimeError as error:
                if not str(error).startswith("status 14") or time.monotonic() - start > VIEW_SECONDS:
                    raise
                time.sleep(0.2)
        taken[name] = time.monotonic() - start
    return taken


def measure(options, start_service):
    rows = []
    for sections in options.sizes:
        options.sections = sections
        path = f"{options.folder}/options"
        with start_service(options) as service:
            connection = service.connect()
            texts = Questions(service).texts(TEXTS)
            taken = make_views(service, connection)

            def add(mode, name, messages, plain):
                if not messages:
                    say(f"    {mode}: no text has a {name}, or not within a minute")
                    return None
                write_messages(path, messages)
                seconds = enough_seconds(connection, messages, options.seconds)
                load = service.target.load(QUERY, path, 1, 1, seconds, 0.5)
                rows.append({"sections": service.sections, "mode": mode, "with": name, "plain": plain, "load": load,
                             "views": taken, "hits": len(hits(connection.call(QUERY, messages[0], 60)))})
                say("    " + "  ".join(cell.rjust(width) for cell, width in zip(cells(rows[-1]), (9, 6, 34, 8, 8, 6, 5))))
                return load["p50_us"]

            for mode in MODES:
                asked = Asked(connection, mode, texts)
                plain = None
                for name, messages in asked.variants(4):
                    if name in (PLAIN, f"{PAGE} hits, no pages"):
                        plain = None
                    p50 = add(mode, name, messages, plain)
                    plain = plain or p50
                plain = next(row["load"]["p50_us"] for row in rows[::-1] if row["mode"] == mode and row["with"] == PLAIN)
                asked = Asked(connection, mode, texts[:MASKED_TEXTS])
                for name in MASKS:
                    masked = add(mode, f"mask {name}", asked.messages(mask(name)), plain)
                    add(mode, f"mask {name}, five facets", asked.messages(mask(name) + facets()), masked)
                add(mode, f"mask {MASKS[1]}, page 2", asked.pages(2, mask(MASKS[1])), plain)
            if options.json:
                with open(options.json, "w", encoding="utf-8") as file:
                    json.dump(rows, file, indent=1)
    return rows


def cells(row):
    load, plain = row["load"], row["plain"]
    failed = f", {load['failed']} failed" if load["failed"] else ""
    return [f"{row['sections']:,}", row["mode"], row["with"] + failed, f"{load['p50_us'] / 1000:.1f}", f"{load['p99_us'] / 1000:.1f}",
            f"{load['p50_us'] / plain:.2f}" if plain else "", str(row["hits"])]


def table(rows):
    return report.markdown(["sections", "mode", "with", "p50 ms", "p99 ms", "ratio", "hits"], [cells(row) for row in rows])


def write(folder, rows, machine, options):
    views = []
    for size in sorted({row["sections"] for row in rows}):
        taken = next(row["views"] for row in rows if row["sections"] == size)
        views.append([f"{size:,}", *(f"{taken[name]:.0f}" for name in MASKS)])
    page = f"""# What facets, pages and masks cost

Written by `scripts/bench search-options` on {time.strftime('%Y-%m-%d')}; run it again to have the figures of another machine. {options.seconds:g} s
at least and each text at least twice for each figure, one caller. Absolute figures drift with the machine; ratios within one run are what to compare.

""" + report.markdown(["machine", ""], [[name, str(value)] for name, value in machine.items()]) + f"""

Generated people; each mode is asked with the same 24 texts of three common words. The five facets are `{'`, `'.join(FACETS)}`. The
ratio is that of the p50 to the one above it that has nothing (for a first page and its followers the search for {PAGE} hits, for facets
through a mask the same mask without). Through masks {MASKED_TEXTS} of the texts are asked; page {LAST_PAGE} is that of four.

""" + table(rows) + """

Seconds until a mask could be searched through for the first time on this data; 0 when its view was there:

""" + report.markdown(["sections", *MASKS], views) + "\n"
    with open(os.path.join(folder, "search-options.md"), "w", encoding="utf-8") as file:
        file.write(page)
