"""One run of the benchmark: every engine, the same directory, the same questions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from referral.records.search import SearchQuery
from referral.search.bench import rivals
from referral.search.bench.own import BenchIndex, own_engine
from referral.search.bench.rows import BenchRow
from referral.search.bench.synthetic import Synthetic

_QUERIES = 160
_TYPOS = 60
_QUERIES_OF_PLAIN_WHOOSH = 40  # it takes most of a second for each at 100,000

Say = Callable[[str], None]
Ask = Callable[[SearchQuery], tuple[int, Sequence[str]]]


@dataclass(slots=True)
class BenchReport:
    """What was measured: times in milliseconds, rates in services a second, memory in megabytes."""

    services: int
    times: dict[str, dict[str, float]] = field(default_factory=dict)
    build_rates: dict[str, float] = field(default_factory=dict)
    edit_ms: float = 0.0
    cold_start_ms: float = 0.0
    private_mb: float = 0.0
    missing: list[str] = field(default_factory=list)


def run_bench(services: int, folder: Path, say: Say) -> BenchReport:
    """Measure everything in a folder that is empty and may be thrown away."""
    synthetic = Synthetic(services)
    report = BenchReport(services)
    index = BenchIndex(folder / "own")
    say(f"Building our index of {services} services")
    report.build_rates["referral"] = _rate(services, lambda: index.build(synthetic.listings()))
    questions = synthetic.queries(_QUERIES)
    words_only = [SearchQuery(words=query.words) for query in questions]
    typos = [SearchQuery(words=word) for word in Synthetic(services).typos(_TYPOS)]
    report.times["referral: words"] = measure(own_engine(index), words_only)
    report.times["referral: filters, distance, facets"] = measure(own_engine(index), questions)
    report.times["referral: typos"] = measure(own_engine(index), typos)
    _measure_rivals(report, folder, questions, say)
    _measure_edit(report, index, services)
    index.close()
    report.cold_start_ms, report.private_mb = _cold_start(folder / "own")
    return report


def measure(ask: Ask, queries: Sequence[SearchQuery]) -> dict[str, float]:
    """Percentiles of warm answers, in milliseconds: each question once to warm up, then once."""
    for query in queries:
        ask(query)
    times = []
    for query in queries:
        started = perf_counter()
        ask(query)
        times.append((perf_counter() - started) * 1000)
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    return {"p50": round(p50, 2), "p95": round(p95, 2), "p99": round(p99, 2), "n": len(times)}


def _measure_rivals(
    report: BenchReport, folder: Path, questions: Sequence[SearchQuery], say: Say
) -> None:
    fts5 = folder / "fts5.sqlite3"
    engines: dict[str, tuple[Callable[[Iterator[BenchRow]], Any], int]] = {
        "SQLite FTS5": (
            lambda rows: rivals.sqlite_fts5(rows, fts5, with_facets=True), _QUERIES,
        ),
        "SQLite FTS5, top 20 only": (
            lambda rows: rivals.sqlite_fts5(rows, fts5, with_facets=False), _QUERIES,
        ),
        "tantivy": (lambda rows: rivals.tantivy(rows, folder / "tantivy"), _QUERIES),
        "plain Whoosh": (
            lambda rows: rivals.plain_whoosh(rows, folder / "whoosh"),
            _QUERIES_OF_PLAIN_WHOOSH,
        ),
    }  # fmt: skip
    for name, (engine, count) in engines.items():
        say(f"Measuring {name}")
        rows = (BenchRow(listing) for listing in Synthetic(report.services).listings())
        with ExitStack() as stack:
            started = perf_counter()
            try:
                ask = stack.enter_context(engine(rows))
            except ImportError:
                report.missing.append(name)
                continue
            report.build_rates[name] = round(report.services / (perf_counter() - started))
            report.times[name] = measure(ask, questions[:count])


def _measure_edit(report: BenchReport, index: BenchIndex, services: int) -> None:
    """From an edit to the first answer that has it."""
    listing = next(Synthetic(services).listings())
    edited = replace(listing, service=replace(listing.service, name="quokka sanctuary"))
    started = perf_counter()
    index.replace(edited)
    found = index.search(SearchQuery(words="quokka"))
    report.edit_ms = round((perf_counter() - started) * 1000, 1)
    if found.total != 1:
        raise RuntimeError("The edit is not searchable.")


def _rate(services: int, build: Callable[[], None]) -> float:
    started = perf_counter()
    build()
    return round(services / (perf_counter() - started))


_COLD = """
import sys, time
from pathlib import Path
started = time.perf_counter()
from referral.records.search import SearchQuery
from referral.search.bench.own import BenchIndex
imported = time.perf_counter()
BenchIndex(Path(sys.argv[1])).search(SearchQuery(words="quokka"))
print((time.perf_counter() - imported) * 1000)
try:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    private = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
except OSError:
    private = 0
print(private / 1024)
"""


def _cold_start(path: Path) -> tuple[float, float]:
    """Milliseconds from an imported program to its first answer, and megabytes of its own."""
    command = [sys.executable, "-c", _COLD, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return round(float(said[0]), 1), round(float(said[1]), 1)
