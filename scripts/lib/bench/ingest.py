"""How near an import of texts comes to what the embedder does alone on the same texts, in turn on one machine: into an empty database each
time, or into one that holds so many sections already."""
import re
import resource
import statistics
import subprocess
import time

from measure import TICK, cpu_seconds_of_children, run, say
from servers import Service

# People of a first import that does not count, so that tables and the embedder's shapes are not new.
WARM_UP = 100
# Sections that wait when the end is near: no machine embeds so many within two seconds.
NEARLY_DONE = 1_000
# Seconds until every section of an import must have its embedding.
PATIENCE = 1_800


def cpu_seconds(process):
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def cpu_seconds_of_ours():
    """Of the programs that were run here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
    while waiting := int(service.sql("SELECT count(*) FROM embedding_outbox")):
        if time.monotonic() - start > PATIENCE:
            raise SystemExit(f"bench: sections still wait for their embeddings {PATIENCE} s after the import began")
        # Each look takes some 20 ms of the CPU time that is measured.
        time.sleep(2 if waiting > NEARLY_DONE else 0.25)
    return service.stored_sections() - before, time.monotonic() - start, written


def measure_round(options, service, seed):
    had_index = service.has_index()
    before = cpu_seconds_of_ours()
    alone_sections, alone_seconds = embedder_alone(options, seed)
    alone_cpu = (cpu_seconds_of_ours() - before) * 1000 / alone_sections
    before = cpu_seconds(service.daemon.pid)
    cpu = cpu_seconds_of_children(service.postmaster)
    sections, seconds, written = imported(options, service, seed, options.profiles)
    spent = sum(left - cpu.get(process, 0) for process, left in cpu_seconds_of_children(service.postmaster).items())
    daemon_cpu = (cpu_seconds(service.daemon.pid) - before) * 1000 / sections
    alone, rate = alone_sections / alone_seconds, sections / seconds
    say(f"    round {seed}: embedder alone {alone:.0f} sections/s, import {rate:.0f} sections/s, {rate / alone:.0%}; "
        f"written after {written:.1f} of {seconds:.1f} s; ms of CPU a section: the embedder alone {alone_cpu:.2f}, likenessd {daemon_cpu:.2f}, "
        f"PostgreSQL {spent * 1000 / sections:.2f}; "
        f"vector index before: {had_index}, after: {service.has_index()}")
    return {
        "sections": sections, "embedder_per_second": alone, "import_per_second": rate, "ratio": rate / alone,
        "written_seconds": written, "seconds": seconds, "postgres_cpu_ms_per_section": spent * 1000 / sections,
        "embedder_cpu_ms_per_section": alone_cpu, "likenessd_cpu_ms_per_section": daemon_cpu, "had_index": had_index,
    }


def measure(options):
    rounds = []
    if options.sections:
        with Service(options) as service:
            imported(options, service, 1_000, WARM_UP)
            rounds = [measure_round(options, service, number + 1) for number in range(options.rounds)]
    else:
        for number in range(options.rounds):
            with Service(options, data=f"{options.folder}/data-{number}", is_empty=True) as service:
                imported(options, service, 1_000, WARM_UP)
                rounds.append(measure_round(options, service, number + 1))
    ratio = statistics.median(one["ratio"] for one in rounds)
    rate = statistics.median(one["import_per_second"] for one in rounds)
    alone = statistics.median(one["embedder_per_second"] for one in rounds)
    print(f"import {rate:.0f} sections/s, embedder alone {alone:.0f}: {ratio:.1%}")
    return {"rounds": rounds, "import_over_embedder": ratio}
