"""How the cost of a search grows with the number of sections, for every mode, kind of text and share that passes a filter."""
import json
import os
import random
import re
import statistics
import time

from client import EXACT, QUERY, field, hits, query, recall, varint
from measure import say, write_messages

MODES = {"vector": 2, "text": 3, "hybrid": 1}
KINDS = ["rare words", "common words", "eight words", "name", "200 words"]
# The share of the profiles that passes; 1 is no filter.
SHARES = [1, 0.5, 0.05, 0.005, 0.0005]
CALLERS = {1: (1, 1), 8: (4, 2)}
# Texts of each kind, and those of them whose answers are compared with exact ones.
TEXTS, COMPARED = 24, 12
GIVEN = "a given vector"
# An exact answer to 200 words scores everybody: 10 s, the method's own deadline, are too few at a million sections.
EXACT_SECONDS = 120


def request(mode, text, condition="", limit=10, precision=0):
    """A QueryRequest by text."""
    asked = field(1, field(1, text.encode()) + b"\x10" + varint(MODES[mode]))
    message = field(1, asked) + b"\x10" + varint(limit)
    if condition:
        message += field(4, condition.encode())
    return message + (b"\x38" + varint(precision) if precision else b"")


class Questions:
    """Texts of each kind, made of the words that the stored people have; the same data gives the same texts."""

    def __init__(self, service):
        self.service, self.random = service, random.Random(11)
        self.profiles = int(service.sql("SELECT count(*) FROM profiles WHERE is_active"))
        sample = service.sql(
            "SELECT summary || ' ' || coalesce((SELECT string_agg(e.title || ' ' || e.description, ' ') FROM experiences e"
            " WHERE e.profile_id = p.id), '') FROM (SELECT * FROM profiles ORDER BY id LIMIT 3000) p"
        ).splitlines()
        holding = {}
        for text in sample:
            for word in set(self._words(text)):
                holding[word] = holding.get(word, 0) + 1
        by_count = sorted((word for word in holding), key=lambda word: (holding[word], word))
        # Rare: about one profile in a thousand of the sample and up to one in two hundred; common: the most frequent.
        self.rare = [word for word in by_count if 3 <= holding[word] <= 15]
        self.common = by_count[-120:]
        self.any = [word for word in by_count if holding[word] >= 3]
        self.sample = [text for text in sample if len(text) > 300]
        self.names = service.sql("SELECT display_name FROM profiles ORDER BY md5(id::text) LIMIT 200").splitlines()

    @staticmethod
    def _words(text):
        return [word for word in re.findall(r"[^\W\d_]{4,}", text.lower())]

    def texts(self, kind):
        choose, texts = self.random, []
        for _ in range(TEXTS):
            if kind == "rare words":
                texts.append(" ".join(choose.sample(self.rare, 2)))
            elif kind == "common words":
                texts.append(" ".join(choose.sample(self.common, 3)))
            elif kind == "eight words":
                texts.append(" ".join(choose.sample(self.any, 4) + choose.sample(self.common, 4)))
            elif kind == "name":
                texts.append(choose.choice(self.names))
            else:
                words = " ".join(choose.sample(self.sample, 8)).split()
                texts.append(" ".join(words[:200]))
        return texts

    def condition(self, share):
        """A filter that about this share of the profiles passes, and the share that does."""
        if share == 1:
            return "", 1.0
        day = self.service.sql(
            f"SELECT percentile_disc({1 - share}) WITHIN GROUP (ORDER BY latest) FROM (SELECT max(start_date) AS latest"
            " FROM experiences GROUP BY profile_id) AS e"
        )
        # Few share the very last dates: then a range of names as well.
        passing = int(self.service.sql(
            f"SELECT count(DISTINCT profile_id) FROM experiences WHERE start_date >= '{day}'"))
        if passing <= 2 * share * self.profiles:
            return f'experiences.start_date >= {day}', passing / self.profiles
        ids = self.service.sql(
            f"SELECT skills.name FROM skills GROUP BY name HAVING count(DISTINCT profile_id) BETWEEN"
            f" {0.7 * share * self.profiles} AND {1.4 * share * self.profiles} ORDER BY name LIMIT 1")
        if ids:
            name = ids.replace('"', '\\"')
            passing = int(self.service.sql(
                "SELECT count(DISTINCT profile_id) FROM skills WHERE name = '" + ids.replace("'", "''") + "'"))
            return f'skills.name = "{name}"', passing / self.profiles
        return f'experiences.start_date >= {day}', passing / self.profiles


def agreement(connection, mode, texts, condition):
    """The share of the exact best ten that ordinary answers hold; equal scores may replace each other."""
    found = expected = 0
    for text in texts[:COMPARED]:
        exact = hits(connection.call(QUERY, request(mode, text, condition, precision=EXACT), EXACT_SECONDS))
        answer = hits(connection.call(QUERY, request(mode, text, condition)))
        if exact:
            found += sum(1 for _, score in answer if score >= exact[-1][1] - 1e-5)
            expected += len(exact)
    return found / expected if expected else 1.0


def seconds_of(connection, message):
    start = time.monotonic()
    connection.call(QUERY, message, EXACT_SECONDS)
    return time.monotonic() - start


def enough_seconds(connection, messages, least):
    """So long that each message is asked twice by one caller: otherwise slow searches are measured by the first few texts alone."""
    return max(least, 2 * sum(seconds_of(connection, message) for message in messages))


def embedding_ms(connection, texts):
    """What embedding a text of each kind takes: the first search for it, less a second one, which has it from the cache."""

    def seconds(text):
        return seconds_of(connection, request("vector", text))

    taken = {}
    for kind in texts:
        first = [seconds(text) for text in texts[kind]]
        again = [seconds(text) for text in texts[kind]]
        taken[kind] = 1000 * statistics.median(one - other for one, other in zip(first, again))
    return taken


def measure(options, start_service):
    """One row for each size, mode, kind of text and filter, as they are measured."""
    rows = []
    for sections in options.sizes:
        options.sections = sections
        with start_service(options) as service:
            questions = Questions(service)
            conditions = {share: questions.condition(share) for share in SHARES}
            texts = {kind: questions.texts(kind) for kind in KINDS}
            path = f"{options.folder}/scale"

            def add(row, messages):
                write_messages(path, messages)
                seconds = enough_seconds(connection, messages, options.seconds)
                for callers, (connections, calls) in CALLERS.items():
                    row[str(callers)] = service.target.load(QUERY, path, connections, calls, seconds, 0.5)
                rows.append(row)
                say("    " + line(row))

            connection = service.connect()
            embedding = embedding_ms(connection, texts)
            vectors = service.questions(0, TEXTS)
            add({"sections": service.sections, "profiles": questions.profiles, "mode": "vector", "texts": GIVEN, "share": 1,
                 "filter": "", "passing": 1.0, "agreement": recall(connection, vectors), "embedding_ms": 0},
                [query(vector) for vector in vectors])
            for share, (condition, passing) in conditions.items():
                for kind in KINDS:
                    for mode in MODES:
                        add({"sections": service.sections, "profiles": questions.profiles, "mode": mode, "texts": kind,
                             "share": share, "filter": condition, "passing": passing,
                             "agreement": agreement(connection, mode, texts[kind], condition), "embedding_ms": embedding[kind]},
                            [request(mode, text, condition) for text in texts[kind]])
            if options.json:
                with open(options.json, "w", encoding="utf-8") as file:
                    json.dump(rows, file, indent=1)
    return rows


def line(row):
    one, eight = row["1"], row["8"]
    return (f"{row['sections']:>9,}  {row['mode']:<6}  {row['texts']:<14}  {row['passing']:>7.2%}  "
            f"{one['p50_us'] / 1000:>8.1f} {one['p99_us'] / 1000:>8.1f}  {one['rate']:>7.1f} {eight['rate']:>7.1f}  "
            f"{one['children_cpu_us'] / 1000:>7.1f} {one['process_cpu_us'] / 1000:>6.2f}  {row['agreement']:>5.3f}"
            + (f"  {one['failed'] + eight['failed']} failed" if one["failed"] + eight["failed"] else ""))


def table(rows):
    head = (f"{'sections':>9}  {'mode':<6}  {'texts':<14}  {'passing':>7}  {'p50 ms':>8} {'p99 ms':>8}  {'1/s':>7} {'8/s':>7}  "
            f"{'pg ms':>7} {'our ms':>6}  agreement")
    return "\n".join([head, *map(line, rows)])


def data_folder(sections):
    """Where the database of this size is kept between runs."""
    # PostgreSQL never runs as root, and the account that it runs as then cannot enter root's home.
    home = "/var/cache" if os.geteuid() == 0 else os.path.expanduser("~/.cache")
    cache = os.environ.get("XDG_CACHE_HOME") or home
    return f"{cache}/likeness/bench-{sections}"
