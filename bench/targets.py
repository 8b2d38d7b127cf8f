"""Performance targets of the benchmark, and the comparison of a report with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from bench.measurements import OURS, OURS_AGAIN
from bench.queries import COMMON, HEADLINE

# Description, part of the report, name in it, and maximum.
_LIMITS = (
    ("results page, p95 in ms (30,000 services)", "page", "p95_ms", 10),
    ("SQL statements of a results page", "page", "most_statements", 4),
    ("50 services of the API / a results page, p50", "api_page", "times_a_results_page", 1),
    ("SQL statements of such a page of the API", "api_page", "most_statements", 8),
    ("one edit to searchable, slowest in ms", "edit", "max_ms", 1_000),
    ("cold start of a worker, in s", "worker", "cold_start_s", 1),
    ("memory written by a worker, in MB", "worker", "private_written_mb", 250),
    ("hostile input, slowest in ms", "hostile", "max_ms", 50),
)


@dataclass(frozen=True, slots=True)
class _Ratio:
    what: str
    above: str  # engine whose p95 is divided
    below: str  # engine whose p95 is the divisor
    aim: float
    at_most: bool = False


_RATIOS = (
    _Ratio("our p95 / tantivy's", OURS, "tantivy", 1, at_most=True),
    _Ratio("FTS5's p95 / ours", "SQLite FTS5", OURS, 20),
    _Ratio("FTS5's p95, counting choices / ours", "SQLite FTS5 counting choices", OURS, 20),
    _Ratio("plain Whoosh's p95 / ours", "plain Whoosh", OURS, 100),
    _Ratio("FTS5's p95, asked for its top 20 only / ours", "SQLite FTS5 top 20", OURS, 5),
)


def compare_with_targets(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each target with its measurement, without targets that were not measured."""
    return [*_ratios(report["engines"]), *_build_rates(report["build"]), *_limits(report)]


def _ratios(engines: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, ratio in product((HEADLINE, COMMON), _RATIOS):
        if ratio.above in engines and ratio.below in engines:
            above, below = (
                _slowest_p95(engines, name, kind) for name in (ratio.above, ratio.below)
            )
            yield _line(f"{ratio.what} ({kind})", above / below, ratio.aim, at_most=ratio.at_most)


def _slowest_p95(engines: dict[str, Any], name: str, kind: str) -> float:
    """Return the p95 of an engine, and of ours the slower of two runs, as machines change speed."""
    names = (OURS, OURS_AGAIN) if name == OURS else (name,)
    return max(float(engines[engine][kind]["p95_ms"]) for engine in names)


def _build_rates(build: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if whoosh := build.get("plain Whoosh"):
        yield _line("our build rate / plain Whoosh's", build[OURS] / whoosh, 2)
    times = build["same_sample"]["times"]
    yield _line("our build rate / Whoosh's writer on our fields", times, 2)


def _limits(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for what, part, name, aim in _LIMITS:
        if name in report.get(part, {}):
            yield _line(what, report[part][name], aim, at_most=True)


def _line(what: str, measured: float, aim: float, *, at_most: bool = False) -> dict[str, Any]:
    return {"what": what, "measured": round(measured, 2), "aim": aim, "at_most": at_most}
