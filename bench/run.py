"""A benchmark run on synthetic services, or on a copy of an instance's records."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event, func, select

from bench.datasette_json import measure_datasette
from bench.hostile import hostile_times
from bench.measurements import (
    OURS,
    OURS_AGAIN,
    BenchPlan,
    Report,
    ReportProgress,
    measure_build,
    measure_own,
    measure_rivals,
)
from bench.queries import HEADLINE, Queries, make_queries
from bench.site import measure_worker, page_fetcher, results_address
from bench.stores import copy_store, fill_synthetic, stored_listings
from bench.targets import compare_with_targets
from bench.timing import milliseconds, percentiles
from referral.directory.instance import Instance, opened_instance
from referral.directory.seed import load_headings, load_word_lists
from referral.open_data.records import USUAL_PER_PAGE
from referral.records.listing import Listing
from referral.search import Index
from referral.search.indexing.sync_marks import Mark
from referral.search.query import SearchQuery
from referral.search.schema import schema_hash
from referral.settings import Settings
from referral.store import Store
from referral.store.change_log import store_state
from referral.store.rows import ServiceRow
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.topic_suggestions.suggestion_runs import suggest_topics

_SAMPLE = 2_000  # listings that queries are made from
_EDITS = 5
_ROUNDS = 5
_WORKER_QUERIES = 40


def run_bench(
    settings: Settings, services: int | None, plan: BenchPlan, report_progress: ReportProgress
) -> Report:
    """Run all measurements, one after another, and return the report.

    Args:
        settings: of the instance whose services are copied; the instance is not changed.
        services: number of synthetic services to use instead of a copy.
        report_progress: receives progress messages.

    Raises:
        InstanceError: the instance has no service to measure distances from.
    """
    report = _environment()
    with _bench_instance(settings, services, plan, report_progress) as instance:
        if plan.untagged:
            report_progress("Suggesting topics")
        report["suggestions"] = _measure_suggestions(instance) if plan.untagged else {}
        sample = list(islice(stored_listings(instance.store), _SAMPLE))
        queries = make_queries(sample, plan.queries)
        _add_own_measurements(report, instance, queries, report_progress)
        _add_datasette(report, instance, plan)
        measure_rivals(
            lambda: stored_listings(instance.store), plan, queries, report, report_progress
        )
        report_progress("Asking our index again")
        report["engines"][OURS_AGAIN] = measure_own(instance.index, queries)
        report_progress("Editing services")
        report["edit"] = _measure_edits(instance, sample)
    report["load_after"] = _load_averages()
    report["aims"] = compare_with_targets(report)
    return report


def _add_own_measurements(
    report: Report, instance: Instance, queries: Queries, report_progress: ReportProgress
) -> None:
    """Add the measurements of our own index, pages and worker to a report, before any edit."""
    settings, index = instance.settings, instance.index
    report_progress("Building our index")
    report["build"] = measure_build(
        settings.index_path,
        lambda: stored_listings(instance.store),
        _current_mark(instance.store),
    )
    status = index.status()
    report["services"] = status.documents
    report_progress("Asking our index")
    report["engines"][OURS] = measure_own(index, queries)
    report["hostile"] = hostile_times(lambda words: index.search(SearchQuery(words=words)))
    report["found"] = {
        kind: _found_totals(index, queries_of_kind)
        for kind, queries_of_kind in queries.by_kind.items()
    }
    report_progress("Fetching results pages")
    addresses = [results_address(query) for query in queries.by_kind[HEADLINE]]
    report["page"] = _measure_pages(instance, addresses)
    report_progress("Fetching pages of the API")
    pages = range(1, 1 + min(len(addresses), max(status.documents // USUAL_PER_PAGE, 1)))
    report["api_page"] = _measure_pages(
        instance, [f"/hsds/3.1/services?page={page}" for page in pages]
    )
    report["api_page"]["times_a_results_page"] = round(
        report["api_page"]["p50_ms"] / report["page"]["p50_ms"], 2
    )
    report_progress("Starting a worker")
    asked = {
        "words": [query.words for query in queries.by_kind["words"][:_WORKER_QUERIES]],
        "addresses": addresses[:_WORKER_QUERIES],
    }
    report["worker"] = measure_worker(settings, asked)


def _add_datasette(report: Report, instance: Instance, plan: BenchPlan) -> None:
    """Add the times of datasette's pages to those of our API, or the reason for their absence."""
    database = instance.store.engine.url.database
    pages = report["api_page"]["questions"]
    if "datasette" not in plan.rivals:
        report["left_out"]["datasette"] = "not asked for"
        return
    try:
        found = measure_datasette(Path(str(database)), pages, USUAL_PER_PAGE, _ROUNDS)
    except ImportError as error:
        report["left_out"]["datasette"] = f"the package {error.name} is not installed"
        return
    report["api_page"]["datasette"] = found
    report["api_page"]["times_datasette"] = round(report["api_page"]["p50_ms"] / found["p50_ms"], 2)


def _environment() -> Report:
    return {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_before": _load_averages(),
        "engines": {},
        "left_out": {},
    }


def _load_averages() -> list[float]:
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()  # Windows has none
    return [round(average, 2) for average in load]


@contextmanager
def _bench_instance(
    settings: Settings, services: int | None, plan: BenchPlan, report_progress: ReportProgress
) -> Iterator[Instance]:
    """Yield an instance with the services to measure, in a folder that only this user can read."""
    with tempfile.TemporaryDirectory(
        dir=settings.instance_path, prefix="bench-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        url = f"sqlite:///{(folder / 'bench.sqlite3').as_posix()}"
        own = replace(settings, instance_path=folder, database_url=url)
        with opened_instance(own) as instance:
            if services is None:
                report_progress("Copying this instance")
                with opened_instance(settings) as original:
                    copy_store(original.store, url)
            else:
                load_headings(instance)
                load_word_lists(instance)
                fill_synthetic(
                    url,
                    services,
                    lambda done: report_progress(f"{done} of {services} services made"),
                    untagged=plan.untagged,
                )
            yield instance


def _measure_suggestions(instance: Instance) -> Report:
    """Suggest topics for all services before any index is built, and return the measurements."""
    started = time.perf_counter()
    summary = suggest_topics(instance, lambda *_progress: None, everything=True)
    seconds = time.perf_counter() - started
    with instance.store.read() as session:
        topics = session.scalar(select(func.count()).select_from(TopicSuggestionRow)) or 0
    return {
        "seconds": round(seconds, 1),
        "services": summary.suggested,
        "topics_per_service": round(topics / max(summary.services, 1), 2),
    }


def _current_mark(store: Store) -> Mark:
    with store.read() as session:
        return Mark.at(store_state(session), schema_hash())


def _found_totals(index: Index, queries: Sequence[SearchQuery]) -> dict[str, int]:
    """Return percentiles of the totals of our results, which indicate how hard the queries are."""
    totals = [index.search(query).total for query in queries]
    p50, p95 = np.percentile(totals, [50, 95])
    return {"p50": int(p50), "p95": int(p95)}


def _measure_pages(instance: Instance, addresses: Sequence[str]) -> Report:
    """Return times and SQL statements (without BEGIN) of pages that were fetched before.

    Pages are fetched in rounds, and the median of each page counts. The minimum is reported too,
    because the median includes the cost of other processes on the machine.
    """
    fetch = page_fetcher(instance)
    for address in addresses:
        fetch(address)
    statements: list[str] = []

    def record_statement(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    def measure(address: str) -> tuple[float, int]:
        statements.clear()
        took = milliseconds(fetch, address)
        return took, sum(not statement.startswith("BEGIN") for statement in statements)

    event.listen(instance.store.engine, "before_cursor_execute", record_statement)
    try:
        rounds = np.array([[measure(address) for address in addresses] for _ in range(_ROUNDS)])
    finally:
        event.remove(instance.store.engine, "before_cursor_execute", record_statement)
    took, counts = rounds[:, :, 0], rounds[:, :, 1]
    quickest = percentiles(took.min(axis=0).tolist())
    return {
        **percentiles(np.median(took, axis=0).tolist()),
        "quickest_p50_ms": quickest["p50_ms"],
        "quickest_p95_ms": quickest["p95_ms"],
        "most_statements": int(counts.max()),
        "mean_statements": round(float(counts.mean()), 2),
    }


def _measure_edits(instance: Instance, sample: Sequence[Listing]) -> dict[str, float]:
    """Return the times from a write to the first search result that contains it."""
    durations = []
    for number, listing in enumerate(sample[:_EDITS]):
        name = f"Renamed{number}by{number}bench"
        durations.append(milliseconds(_rename_and_find, instance, listing.service.id, name))
    return percentiles(durations)


def _rename_and_find(instance: Instance, service_id: str, name: str) -> None:
    with instance.store.write() as session:
        session.get_one(ServiceRow, service_id).name = name
    instance.index.sync()
    found = instance.index.search(SearchQuery(words=name, exactly=True))
    if service_id not in {hit.service_id for hit in found.hits}:
        raise RuntimeError("An edit was not searchable; this is a fault, please report it.")
