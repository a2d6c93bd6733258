"""What `search_scale` measured as docs/search-scale.md, with its charts and goals."""
import os
import statistics
import time

import chart
import report
from search_scale import COMPARED, KINDS, MODES, SHARES

MEASURES = {"p50": lambda row: row["1"]["p50_us"], "p99": lambda row: row["1"]["p99_us"], "8/s": lambda row: row["8"]["rate"]}


class Rows:
    def __init__(self, rows):
        self.rows, self.sizes = rows, sorted({row["sections"] for row in rows})
        self.found = {(row["sections"], row["mode"], row["texts"], row["share"]): row for row in rows}

    def value(self, measure, size, mode, kind, share=1):
        return MEASURES[measure](self.found[size, mode, kind, share])

    def worst_of(self, ratio):
        """The kind of text for which `ratio`, a function of it, is largest."""
        return max((ratio(kind), kind) for kind in KINDS)


def goals(rows):
    """Name, bound, worst figure and where it was; each is at most the bound."""
    rows, found = Rows(rows), []
    size = rows.sizes[-1]
    for measure, bound in (("p50", 2), ("p99", 4)):
        for mode in ("text", "hybrid"):
            worst, kind = rows.worst_of(
                lambda kind: rows.value(measure, size, mode, kind) / rows.value(measure, size, "vector", kind))
            found.append((f"{mode} {measure} over that of vector", bound, worst, kind))
    if len(rows.sizes) > 1:
        for mode in MODES:
            worst, kind = rows.worst_of(
                lambda kind: rows.value("p50", size, mode, kind) / rows.value("p50", rows.sizes[-2], mode, kind))
            found.append((f"{mode} p50 over that with {rows.sizes[-2]:,} sections", 2, worst, kind))
    worst, kind = rows.worst_of(lambda kind: rows.value("8/s", size, "vector", kind) / rows.value("8/s", size, "hybrid", kind))
    found.append(("searches a second with 8 callers, vector over hybrid", 2, worst, kind))
    return found


def missing(rows):
    """For each mode and share that passes, the mean share of the exact best ten that was not found, at any size the largest."""
    rows = Rows(rows)
    return {
        (mode, share): max(
            1 - statistics.mean(rows.found[size, mode, kind, share]["agreement"] for kind in KINDS) for size in rows.sizes)
        for mode in MODES for share in SHARES
    }


def summary(rows):
    lines = [f"{name}: {worst:.2f} ({kind}), goal {bound}{'' if worst <= bound else ', MISSED'}"
             for name, bound, worst, kind in goals(rows)]
    lines += [f"{mode}: {1 - lost:.3f} of the exact best ten where {share:.2%} pass"
              + ("" if lost <= 0.05 else ", MISSED") for (mode, share), lost in missing(rows).items()]
    return "\n".join(lines)


def write(folder, rows, machine, options):
    figures = f"{folder}/figures"
    os.makedirs(figures, exist_ok=True)
    for name, content in _charts(Rows(rows)).items():
        with open(f"{figures}/{name}", "w", encoding="utf-8") as file:
            file.write(content)
    with open(f"{folder}/search-scale.md", "w", encoding="utf-8") as file:
        file.write(_page(rows, machine, options))


def _charts(rows):
    def median(size, mode, share=1):
        return statistics.median(rows.value("p50", size, mode, kind, share) for kind in KINDS) / 1000

    def worst(size, mode):
        return rows.worst_of(lambda kind: rows.value("p50", size, mode, kind))[0] / 1000

    largest = rows.sizes[-1]
    charts = {
        "scale-share.svg": chart.lines(
            f"Filters, {largest:,} sections", "p50 in ms of the median kind of text, one caller", [(share, f"{100 * share:g} %") for share in SHARES[::-1]],
            {mode: [median(largest, mode, share) for share in SHARES[::-1]] for mode in MODES}, "share of the people that pass"),
        "scale-texts.svg": chart.bars(
            f"Kinds of texts, {largest:,} sections", "p50 in ms, one caller, no filter", KINDS,
            {mode: [rows.value("p50", largest, mode, kind) / 1000 for kind in KINDS] for mode in MODES}),
    }
    if len(rows.sizes) > 1:
        places = [(size, f"{size:,}") for size in rows.sizes]
        charts["scale-size.svg"] = chart.lines(
            "Searches by number of sections", "p50 in ms of the slowest kind of text, one caller, no filter", places,
            {mode: [worst(size, mode) for size in rows.sizes] for mode in MODES}, "sections")
    return charts


def _page(measured, machine, options):
    rows = Rows(measured)

    def verdict(worst, bound):
        return "yes" if worst <= bound else "**no**"

    goal_rows = [[name, f"{bound:g}", f"{worst:.2f}", kind, verdict(worst, bound)] for name, bound, worst, kind in goals(measured)]
    lost = missing(measured)
    found_rows = [[f"{share:.2%}", *(f"{1 - lost[mode, share]:.3f}" for mode in MODES)] for share in SHARES]
    full = [
        [f"{row['sections']:,}", row["mode"], row["texts"], f"{row['passing']:.2%}",
         f"{row['1']['p50_us'] / 1000:.1f}", f"{row['1']['p99_us'] / 1000:.1f}", f"{row['1']['rate']:.0f}", f"{row['8']['rate']:.0f}",
         f"{row['1']['children_cpu_us'] / 1000:.1f}", f"{row['1']['process_cpu_us'] / 1000:.2f}", f"{row['agreement']:.3f}"]
        for row in measured
    ]
    failed = sum(row[callers]["failed"] for row in measured for callers in ("1", "8"))
    embedding = [[kind, f"{rows.found[rows.sizes[-1], 'vector', kind, 1]['embedding_ms']:.1f}"] for kind in KINDS]
    sizes = ", ".join(f"{size:,} sections of {rows.found[size, 'vector', KINDS[0], 1]['profiles']:,} people" for size in rows.sizes)
    pictures = "\n".join(f"![{title}](figures/{name})" for name, title in (
        ("scale-size.svg", "Searches by number of sections"), ("scale-texts.svg", "Searches by kind of text"),
        ("scale-share.svg", "Searches by share that passes a filter")) if len(rows.sizes) > 1 or name != "scale-size.svg")
    return f"""# How the cost of a search grows

Written by `scripts/bench search-scale` on {time.strftime('%Y-%m-%d')}; run it again to have the figures of another machine. {options.seconds:g} s
at least and each text at least twice for each figure. Absolute figures drift with the machine; ratios within one run are what to compare.

| | |
|---|---|
""" + "\n".join(f"| {name} | {value} |" for name, value in machine.items()) + f"""

Generated people: {sizes}. The service, its database and the load share the machine's cores. Each mode is asked
with the same 24 texts of five kinds, by one caller and by eight, without a filter and with filters that about half, a twentieth, a two-hundredth and
a two-thousandth of the people pass. {failed:,} calls failed.

{pictures}

## Goals

Ratios in this run at {rows.sizes[-1]:,} sections without a filter; the kind of text for which they are worst.

""" + report.markdown(["ratio", "at most", "seen", "for", "kept"], goal_rows) + f"""

The share of the exact best ten that an ordinary answer has, over all kinds of texts and {COMPARED} texts of each, at the size where it is least. Equal scores may
replace each other. The goal is 0.95.

""" + report.markdown(["pass the filter", *MODES], found_rows) + """

Texts are asked again and again, so the service has their embeddings in its cache: the table and the charts are without the time that
embedding takes. A text that is asked for the first time costs this much more in the modes vector and hybrid:

""" + report.markdown(["texts", "embedding, ms"], embedding) + """

## All figures

One caller: p50, p99, searches a second, CPU time of PostgreSQL and of `likenessd` for each. Eight callers: searches a second.

""" + report.markdown(["sections", "mode", "texts", "pass", "p50 ms", "p99 ms", "1: /s", "8: /s", "PostgreSQL ms", "likenessd ms", "agreement"], full) + """

- *rare words*: two words that one to five people in a thousand have; *common words*: three of the 120 most frequent; *eight words*: four of any and
  four frequent ones; *name*: the display name of one of the people; *200 words*: sentences of eight people, as a job description is long.
- *a given vector*: the caller sends the vector; nothing is embedded.
- *agreement*: the share of the exact best ten (`PRECISION_EXACT`) in an ordinary answer.
- The vectors of generated people are synthetic (load-testing.md): no promise for the recall of real ones.
"""
