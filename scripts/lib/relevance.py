"""What scripts/calibrate-relevance computes.

    relevance.py search LIKENESS SET QUERIES.json    the best hits of each query in each mode, as lines for a file of hits
    relevance.py unjudged HITS ROOT                  those that no judgement names, best first
    relevance.py fit HITS ROOT                       writes the tables, prints what docs/search.md says of them

A line of a file of hits: set, query, mode, score and slug, with tabs between them.
"""

import json
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

MODES = ("vector", "text", "hybrid")
DEPTH = 20
# A knot stands for so many hits at least.
BLOCK_MIN = 25
KNOTS_MAX = 8
SPLITS = 200
SWIFT = "Sources/LikenessRepository/Search/RelevanceTable+Measured.swift"
MODEL = "all-MiniLM-L6-v2-int8@1.0.0"


def search(likeness, name, path):
    for query in json.loads(Path(path).read_text(encoding="utf-8"))["queries"]:
        for mode in MODES:
            command = [likeness, "search", query["text"], "--mode", mode, "--limit", str(DEPTH), "--output", "json"]
            answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for hit in answer.get("hits", []):
                print(name, query["id"], mode, hit.get("score", 0), hit["profile"]["slug"], sep="\t")


def judged(root):
    """The grades of each query, by its id and the slug."""
    grades = {}
    for path in sorted(Path(root, "examples/queries").glob("*.json")):
        for query in json.loads(path.read_text(encoding="utf-8"))["queries"]:
            grades[query["id"]] = {one["slug"]: one["grade"] for one in query["relevant"]}
    return grades


def read(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, query, mode, score, slug = line.rstrip("\n").split("\t")
            yield name, query, mode, float(score), slug


def unjudged(path, root):
    grades = judged(root)
    pool = defaultdict(dict)
    for _, query, mode, score, slug in read(path):
        if slug not in grades[query]:
            pool[query].setdefault(slug, {})[mode] = score
    for query, slugs in pool.items():
        for slug, scores in sorted(slugs.items(), key=lambda one: -max(one[1].values())):
            print(query, slug, *(f"{mode} {score:.3f}" for mode, score in scores.items()))


def joined(blocks, place):
    """With a block and the next one as one."""
    both = [a + b for a, b in zip(blocks[place], blocks[place + 1])]
    return blocks[:place] + [both] + blocks[place + 2 :]


def share(block):
    """Of relevant hits, half a hit of each kind added: what few hits say is never certain."""
    return (block[1] + 0.5) / (block[0] + 1)


def loss(one, other):
    """What is lost by saying the same of two blocks: by how much the squared error grows."""
    return one[0] * other[0] / (one[0] + other[0]) * (one[1] / one[0] - other[1] / other[0]) ** 2


def isotonic(hits):
    """Pool adjacent violators: blocks [hits, relevant ones, sum of scores], by ascending score and share of relevant ones."""
    by_score = defaultdict(lambda: [0, 0, 0.0])
    for score, relevant in hits:
        by_score[score] = [a + b for a, b in zip(by_score[score], (1, relevant, score))]
    blocks = []
    for score in sorted(by_score):
        blocks.append(by_score[score])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][0] >= blocks[-1][1] * blocks[-2][0]:
            blocks = joined(blocks, len(blocks) - 2)
    return blocks


def fit(hits):
    """Knots (score, relevance): the mean score of a block, and its share of relevant hits."""
    blocks = isotonic(hits)
    while len(blocks) > 2:
        few = [place for place, block in enumerate(blocks) if block[0] < BLOCK_MIN]
        falls = [place for place in range(len(blocks) - 1) if share(blocks[place]) >= share(blocks[place + 1])]
        if falls:
            places = falls
        elif few:
            # The smallest goes to one of its neighbours.
            least = min(few, key=lambda place: blocks[place][0])
            places = [place for place in (least - 1, least) if 0 <= place < len(blocks) - 1]
        elif len(blocks) > KNOTS_MAX:
            places = range(len(blocks) - 1)
        else:
            break
        blocks = joined(blocks, min(places, key=lambda place: loss(blocks[place], blocks[place + 1])))
    return [(round(block[2] / block[0], 3), round(share(block), 3)) for block in blocks]


def relevance(knots, score):
    if score <= knots[0][0]:
        return knots[0][1]
    for (low, below), (high, above) in zip(knots, knots[1:]):
        if score < high:
            return below + (score - low) / (high - low) * (above - below)
    return knots[-1][1]


def least_score(knots, wanted):
    """The least score of that relevance, a number for prose; None where no score has it or all do."""
    for (low, below), (high, above) in zip(knots, knots[1:]):
        if below < wanted <= above:
            return low + (wanted - below) / (above - below) * (high - low)
    return None


def halves(queries, count):
    """Halves of the queries, chosen at random."""
    chance = random.Random(1)
    for _ in range(count):
        mixed = sorted(queries)
        chance.shuffle(mixed)
        yield mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


class Tested:
    """What a fit to some hits says of others, in five groups by what is said: hits, sum of what is said, relevant ones."""

    def __init__(self, known, others):
        knots = fit(known)
        self.groups = [[0, 0.0, 0] for _ in range(5)]
        for score, relevant in others:
            said = relevance(knots, score)
            group = self.groups[min(4, int(said * 5))]
            for place, value in enumerate((1, said, relevant)):
                group[place] += value
        # The mean distance between what is said and what is so, each group weighed by its hits.
        self.error = sum(abs(said - so) for _, said, so in self.groups) / len(others)
        # By how much the squared error is less than that of saying the same of every hit.
        same = sum(hit[1] for hit in known) / len(known)
        squares = sum((relevance(knots, score) - so) ** 2 for score, so in others)
        self.gain = 1 - squares / sum((same - so) ** 2 for _, so in others)


def hits_of(queries, by_query):
    return [hit for query in queries for hit in by_query[query]]


def bounds(by_query, scores):
    """From where to where the relevance of each score lies in nine of ten samples of the queries (bootstrap)."""
    chance = random.Random(2)
    queries = sorted(by_query)
    samples = []
    for _ in range(SPLITS):
        knots = fit(hits_of(chance.choices(queries, k=len(queries)), by_query))
        samples.append([relevance(knots, score) for score in scores])
    columns = [sorted(column) for column in zip(*samples)]
    return [(column[len(column) // 20], column[-1 - len(column) // 20]) for column in columns]


def checks(by_query):
    """What fits to some queries are worth for others, by what that is called."""
    hits = hits_of(by_query, by_query)
    tests = [Tested(hits_of(known, by_query), hits_of(others, by_query)) for known, others in halves(by_query, SPLITS)]
    errors = sorted(test.error for test in tests)
    cells = {
        "hits, relevant ones": f"{len(hits)}, {sum(hit[1] for hit in hits)}",
        "error for the other half: median": f"{errors[SPLITS // 2]:.3f}",
        "nine of ten below": f"{errors[SPLITS * 9 // 10]:.3f}",
        "squared error less than the mean's by": f"{sum(test.gain for test in tests) / SPLITS:.0%}",
    }
    for place in range(5):
        count, said, so = (sum(test.groups[place][part] for test in tests) for part in range(3))
        cells[f"said {place / 5:.1f} to {(place + 1) / 5:.1f}, on average; was"] = f"{said / count:.2f}; {so / count:.2f}" if count else ""
    sets = {name: [query for query in by_query if query.startswith(name)] for name in ("examples", "laureates")}
    for known, other in (("examples", "laureates"), ("laureates", "examples")):
        test = Tested(hits_of(sets[known], by_query), hits_of(sets[other], by_query))
        cells[f"fitted to {known}, error for {other}"] = f"{test.error:.3f}"
    return cells


def write_tables(root, tables):
    lines = [
        "// Made by scripts/calibrate-relevance from judged queries. DO NOT EDIT.",
        "",
        "extension RelevanceTable {",
        "    /// The model whose similarities were judged.",
        f'    private static let model = "{MODEL}"',
        "",
    ]
    for mode in MODES:
        name = '"text"' if mode == "text" else f'"{mode}/\\(Self.model)"'
        lines += [f"    private static let {mode} = RelevanceTable(", f"        {name},", "        ["]
        lines += [f"            ({score}, {share})," for score, share in tables[mode]]
        lines += ["        ]", "    )"]
    lines += ["", "    /// All that there are.", "    package static let all = [Self.vector, Self.text, Self.hybrid]", "}", ""]
    Path(root, SWIFT).write_text("\n".join(lines), encoding="utf-8")


def report(path, root):
    grades = judged(root)
    by_mode = {mode: defaultdict(list) for mode in MODES}
    for _, query, mode, score, slug in read(path):
        by_mode[mode][query].append((score, int(slug in grades[query])))
    tables = {mode: fit(hits_of(by_mode[mode], by_mode[mode])) for mode in MODES}
    write_tables(root, tables)

    scores = [place / 10 for place in range(1, 10)]
    shown = {mode: bounds(by_mode[mode], scores) for mode in MODES}
    print("| score | VECTOR | TEXT | HYBRID |\n|---|---|---|---|")
    for place, score in enumerate(scores):
        cells = [
            f"{relevance(tables[mode], score):.2f} ({shown[mode][place][0]:.2f}–{shown[mode][place][1]:.2f})" for mode in MODES
        ]
        print(f"| {score} | {' | '.join(cells)} |")
    print()
    print("| `min_relevance` | VECTOR | TEXT | HYBRID |\n|---|---|---|---|")
    for wanted in (0.1, 0.25, 0.5, 0.75, 0.9):
        cells = [least_score(tables[mode], wanted) for mode in MODES]
        print(f"| {wanted} | {' | '.join('refused' if cell is None else f'{cell:.3f}' for cell in cells)} |")
    print()
    cells = {mode: checks(by_mode[mode]) for mode in MODES}
    print("| fitted to half of the queries | VECTOR | TEXT | HYBRID |\n|---|---|---|---|")
    for name in cells[MODES[0]]:
        print(f"| {name} | {' | '.join(cells[mode][name] for mode in MODES)} |")


def main(arguments):
    commands = {"search": search, "unjudged": unjudged, "fit": report}
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    commands[arguments[0]](*arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
