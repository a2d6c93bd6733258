"""The figures as text, and as docs/performance.md with its charts."""
import os
import time

import chart


def echo_table(summary):
    lines = [f"{'':>6}  {'echo':>26}   {'floor':>26}   {'ratio of':>8}", f"{'':>6}  {'calls/s':>9} {'p50 µs':>8} {'CPU µs':>7}   {'calls/s':>9} {'p50 µs':>8} {'CPU µs':>7}   {'CPU':>8}"]
    for shape, ours in summary["echo"].items():
        floor = summary["floor"][shape]
        lines.append(
            f"{shape:>6}  {ours['rps']:>9,.0f} {ours['p50_us']:>8.0f} {ours['cpu_us']:>7.1f}   "
            f"{floor['rps']:>9,.0f} {floor['p50_us']:>8.0f} {floor['cpu_us']:>7.1f}   {ours['cpu_us'] / floor['cpu_us']:>8.2f}"
        )
    return "\n".join(lines)


def search_table(summary):
    lines = [
        f"{'at once':>8}  {'calls/s':>8} {'p50 ms':>7} {'p99 ms':>7} {'CPU µs':>7} {'PostgreSQL µs':>14}  {'/ pgbench':>9}"
    ]
    for count, row in summary["search"].items():
        lines.append(
            f"{count:>8}  {row['rps']:>8,.0f} {row['p50_us'] / 1000:>7.2f} {row['p99_us'] / 1000:>7.2f} {row['cpu_us']:>7.1f} "
            f"{row['postgres_cpu_us']:>14.0f}  {row['over_pgbench']:>9.2f}"
            + (f"  {row['refused']:,} refused" if row["refused"] else "")
        )
    row = summary["pgbench"]
    lines.append(
        f"{'pgbench':>8}  {row['rps']:>8,.0f} {row['p50_us'] / 1000:>7.2f} {row['p99_us'] / 1000:>7.2f} {'':>7} "
        f"{row['postgres_cpu_us']:>14.0f}"
    )
    return "\n".join(lines)


def text(summary):
    half = summary["half_load"]
    return "\n".join([
        f"Search by vector, {summary['sections']:,} sections, recall@10 {summary['recall_at_10']:.3f}",
        search_table(summary), "",
        f"At {half['rps']:,.0f}/s: p50 {half['search_p50_us']:.0f} µs, pgbench {half['pgbench_p50_us']:.0f} µs, "
        f"added {half['p50_added_us']:.0f} µs", "", "Echo of 384 floats", echo_table(summary),
    ])


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def write(folder, summary, machine, options):
    figures = f"{folder}/figures"
    os.makedirs(figures, exist_ok=True)
    counts, shapes = list(summary["search"]), list(summary["echo"])
    charts = {
        "search-rate.svg": chart.bars(
            "Searches by vector", "answers a second; the grey bars: pgbench, 10 connections", counts,
            {"Likeness": [summary["search"][count]["rps"] for count in counts],
             "pgbench": [summary["pgbench"]["rps"]] * len(counts)}, "calls at once",
        ),
        "search-cpu.svg": chart.bars(
            "CPU time of a search", "microseconds for each answer", counts,
            {"likenessd": [summary["search"][count]["cpu_us"] for count in counts],
             "PostgreSQL": [summary["search"][count]["postgres_cpu_us"] for count in counts]}, "calls at once",
        ),
        "echo-cpu.svg": chart.bars(
            "CPU time of an echo", "microseconds of the server for each call of 384 floats", shapes,
            {"Likeness": [summary["echo"][shape]["cpu_us"] for shape in shapes],
             "C floor": [summary["floor"][shape]["cpu_us"] for shape in shapes]}, "connections × calls at once on each",
        ),
        "echo-rate.svg": chart.bars(
            "Echo calls", "answers a second, one server thread", shapes,
            {"Likeness": [summary["echo"][shape]["rps"] for shape in shapes],
             "C floor": [summary["floor"][shape]["rps"] for shape in shapes]}, "connections × calls at once on each",
        ),
    }
    for name, content in charts.items():
        with open(f"{figures}/{name}", "w", encoding="utf-8") as file:
            file.write(content)
    with open(f"{folder}/performance.md", "w", encoding="utf-8") as file:
        file.write(_page(summary, machine, options))


def _page(summary, machine, options):
    search = [
        [str(count), f"{row['rps']:,.0f}", f"{row['p50_us'] / 1000:.2f}", f"{row['p99_us'] / 1000:.2f}", f"{row['cpu_us']:.0f}",
         f"{row['postgres_cpu_us']:.0f}", f"{row['over_pgbench']:.2f}"]
        for count, row in summary["search"].items()
    ]
    row = summary["pgbench"]
    search.append(
        ["pgbench, 10", f"{row['rps']:,.0f}", f"{row['p50_us'] / 1000:.2f}", f"{row['p99_us'] / 1000:.2f}", "",
         f"{row['postgres_cpu_us']:.0f}", "1"]
    )
    echo = [
        [shape.replace("x", " × "), f"{ours['rps']:,.0f}", f"{ours['cpu_us']:.1f}", f"{summary['floor'][shape]['rps']:,.0f}",
         f"{summary['floor'][shape]['cpu_us']:.1f}", f"{summary['echo_over_floor'][shape]:.2f}"]
        for shape, ours in summary["echo"].items()
    ]
    half, index = summary["half_load"], summary["index"]
    return f"""# Performance

Written by `scripts/bench` on {time.strftime('%Y-%m-%d')}; run it again to have the figures of another machine. Medians of {options.rounds} alternating
rounds of {options.seconds:g} s each. Absolute figures drift with the machine; ratios within one run are what to compare.

| | |
|---|---|
""" + "\n".join(f"| {name} | {value} |" for name, value in machine.items()) + f"""

## Search by vector

{summary['sections']:,} sections of generated people, 384 dimensions, HNSW ({index['index_precision']} precision, m {index['m']}, ef_construction {index['ef_construction']}, ef_search {index['ef_search']}).
**recall@10 {summary['recall_at_10']:.3f}** against exact answers of the service; the embeddings are synthetic
(docs/load-testing.md), so this is no promise for real ones. Mutual TLS 1.3; server, database and load share the
machine's cores. pgbench runs the very same statement (`likenessd statement`), prepared, over a Unix socket.

""" + markdown(["calls at once", "answers/s", "p50 ms", "p99 ms", "likenessd CPU µs", "PostgreSQL CPU µs", "/ pgbench"], search) + f"""

![Searches a second](figures/search-rate.svg)
![CPU time of a search](figures/search-cpu.svg)

At saturation: **{summary['search_over_pgbench']:.2f} × pgbench**, {summary['search_rps']:,.0f} searches a second, {summary['search_cpu_us']:.0f} µs of likenessd's CPU each.
At half load ({half['rps']:,.0f}/s, random arrivals, latency from the planned moment): p50 {half['search_p50_us']:.0f} µs, pgbench at the same rate
{half['pgbench_p50_us']:.0f} µs: **{half['p50_added_us']:.0f} µs added** (median of the differences within each round) by the network, TLS,
Protobuf and the service. Goals: 0.9 × pgbench, 60 µs of CPU a search, 150 µs added.

## Echo

384 floats there and back (`likeness.interop.v1.InteropService/Echo`), one server thread, TLS 1.3, Protobuf decoded and encoded. The
floor is `scripts/bench-floor/floor.c`: epoll and OpenSSL in C, which copies the message without looking at it. Both are loaded by
the same client, `scripts/bench-floor/load.c`, with the same bytes.

""" + markdown(["connections × calls", "calls/s", "CPU µs", "floor calls/s", "floor CPU µs", "CPU / floor"], echo) + """

![CPU time of an echo](figures/echo-cpu.svg)
![Echo calls a second](figures/echo-rate.svg)

## How to read it

- CPU µs: user and system time of the server process between the marks of the measured window, for each answer. PostgreSQL's is that of its
  sessions.
- The load client takes CPU too: one thread, about 11 µs an echo at 4 × 1 and 2 µs at 4 × 16, the same for the floor.
- `performance-log.md` tells what was tried and what it gave, `search-scale.md` how the cost of each way to search grows.
"""
