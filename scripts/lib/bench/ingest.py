"""How near an import of texts comes to what the embedder does alone on the same texts, in turn on one machine."""
import re
import statistics
import subprocess
import time

from measure import cpu_seconds_of_children, run, say

# People of a first import that does not count, so that tables and the embedder's shapes are not new.
WARM_UP = 100
# Seconds until every section of an import must have its embedding.
PATIENCE = 1_800


def embedder_alone(options, seed):
    """Sections and seconds of the embedder alone."""
    said = run([f"{options.binaries}/likeness-load", "embedder-limit", "--profiles", str(options.profiles), "--seed", str(seed)])
    sections, seconds = re.match(r"([\d,]+) sections in ([\d.,]+) s", said).groups()
    return int(sections.replace(",", "")), float(seconds.replace(",", ""))


def imported(options, service, seed, profiles):
    """Sections, seconds from the start of an import until every section has its embedding, and seconds until it was written."""
    path = f"{options.folder}/people-{seed}.jsonl"
    run([f"{options.binaries}/likeness-load", "generate", "--profiles", str(profiles), "--seed", str(seed), "--output", path])
    before = service.stored_sections()
    start = time.monotonic()
    subprocess.run(
        [f"{options.binaries}/likeness", "profile", "import", path, "--quiet", "--connect", service.client_file,
         *([] if options.wait else ["--no-wait"])],
        check=True, stdout=subprocess.DEVNULL,
    )
    written = time.monotonic() - start
    while int(service.sql("SELECT count(*) FROM (SELECT FROM embedding_outbox LIMIT 1) AS w")):
        if time.monotonic() - start > PATIENCE:
            raise SystemExit(f"bench: sections still wait for their embeddings {PATIENCE} s after the import began")
        time.sleep(0.1)
    return service.stored_sections() - before, time.monotonic() - start, written


def measure(options, service):
    imported(options, service, 1_000, WARM_UP)
    rounds = []
    for number in range(options.rounds):
        seed = number + 1
        alone_sections, alone_seconds = embedder_alone(options, seed)
        cpu = cpu_seconds_of_children(service.postmaster)
        sections, seconds, written = imported(options, service, seed, options.profiles)
        spent = sum(left - cpu.get(process, 0) for process, left in cpu_seconds_of_children(service.postmaster).items())
        alone, rate = alone_sections / alone_seconds, sections / seconds
        rounds.append({
            "sections": sections, "embedder_per_second": alone, "import_per_second": rate, "ratio": rate / alone,
            "written_seconds": written, "seconds": seconds, "postgres_cpu_ms_per_section": spent * 1000 / sections,
        })
        say(f"    round {seed}: embedder alone {alone:.0f} sections/s, import {rate:.0f} sections/s, {rate / alone:.0%}; "
            f"written after {written:.1f} of {seconds:.1f} s, PostgreSQL {spent * 1000 / sections:.2f} ms of CPU a section")
    ratio = statistics.median(one["ratio"] for one in rounds)
    rate = statistics.median(one["import_per_second"] for one in rounds)
    alone = statistics.median(one["embedder_per_second"] for one in rounds)
    print(f"import {rate:.0f} sections/s, embedder alone {alone:.0f}: {ratio:.1%}")
    return {"rounds": rounds, "import_over_embedder": ratio}
