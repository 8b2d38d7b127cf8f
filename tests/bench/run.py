"""Measure how quick this software is, on a synthetic directory or on a copy of this instance's."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event

from referral.operations.directory import Directory, opened
from referral.operations.load_seed import load_headings, load_spoken_words
from referral.records.listing import Listing
from referral.records.search import SearchQuery
from referral.search import Index
from referral.search.marks import Mark
from referral.search.schema import schema_hash
from referral.settings import Settings
from referral.store import Store
from referral.store.changes import store_state
from referral.store.rows import ServiceRow
from tests.bench.bench_store import fill_synthetic, stored_listings
from tests.bench.hostile import hostile_times
from tests.bench.measurements import (
    RIVALS,
    BenchPlan,
    Report,
    measure_build,
    measure_own,
    measure_rivals,
)
from tests.bench.own_index import OURS, OURS_AGAIN
from tests.bench.queries import HEADLINE, Questions, make_questions
from tests.bench.stores import copy_store
from tests.bench.targets import compared
from tests.bench.timing import milliseconds, percentiles

__all__ = ["RIVALS", "BenchPlan", "Site", "run_bench"]

_SAMPLE = 2_000  # listings that questions are made of
_EDITS = 5
_ROUNDS = 5
_WORKER_QUESTIONS = 40

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Site:
    """What the bench cannot do itself: it knows nothing of pages.

    Attributes:
        address_of: the address of a question's results page.
        fetcher: gives a function that fetches an address, or raises.
        start_worker: starts a fresh process of the site of these settings, gives it questions
            and addresses, as JSON, and returns what it measured.
    """

    address_of: Callable[[SearchQuery], str]
    fetcher: Callable[[Directory], Callable[[str], object]]
    start_worker: Callable[[Settings, str], dict[str, float]]


def run_bench(
    settings: Settings, services: int | None, plan: BenchPlan, site: Site, say: Say
) -> Report:
    """Measure everything, one thing after the other.

    Args:
        settings: of the instance whose services are taken; nothing in it is changed.
        services: so many synthetic ones instead.
        say: is told what is being done.

    Raises:
        DirectoryError: the instance has no service that distances could be measured from.
    """
    report = _machine()
    with _bench_directory(settings, services, say) as directory:
        sample = list(islice(stored_listings(directory.store), _SAMPLE))
        questions = make_questions(sample, plan.questions)
        _measure(report, directory, questions, site, say)
        measure_rivals(lambda: stored_listings(directory.store), plan, questions, report, say)
        say("Asking our index again")
        report["engines"][OURS_AGAIN] = measure_own(directory.index, questions)
        say("Editing services")
        report["edit"] = _edits(directory, sample)
    report["load_after"] = _load()
    report["aims"] = compared(report)
    return report


def _measure(
    report: Report, directory: Directory, questions: Questions, site: Site, say: Say
) -> None:
    """What is about our own index, before anything is edited."""
    settings, index = directory.settings, directory.index
    say("Building our index")
    report["build"] = measure_build(
        settings.index_path, lambda: stored_listings(directory.store), _mark(directory.store)
    )
    status = index.status()
    report["services"] = status.documents
    say("Asking our index")
    report["engines"][OURS] = measure_own(index, questions)
    report["hostile"] = hostile_times(lambda words: index.search(SearchQuery(words=words)))
    report["found"] = {kind: _found(index, some) for kind, some in questions.by_kind.items()}
    say("Fetching results pages")
    addresses = [site.address_of(query) for query in questions.by_kind[HEADLINE]]
    report["page"] = _pages(directory, site, addresses)
    say("Starting a worker")
    asked = {
        "words": [query.words for query in questions.by_kind["words"][:_WORKER_QUESTIONS]],
        "addresses": addresses[:_WORKER_QUESTIONS],
    }
    report["worker"] = site.start_worker(settings, json.dumps(asked))


def _machine() -> Report:
    return {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_before": _load(),
        "engines": {},
        "left_out": {},
    }


def _load() -> list[float]:
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()  # Windows has none
    return [round(average, 2) for average in load]


@contextmanager
def _bench_directory(settings: Settings, services: int | None, say: Say) -> Iterator[Directory]:
    """A directory in a folder of its own, readable by this user only, that is removed again."""
    with tempfile.TemporaryDirectory(
        dir=settings.instance_path, prefix="bench-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        url = f"sqlite:///{(folder / 'bench.sqlite3').as_posix()}"
        own = replace(settings, instance_path=folder, database_url=url)
        with opened(own) as directory:
            if services is None:
                say("Copying this instance")
                with opened(settings) as original:
                    copy_store(original.store, url)
            else:
                load_headings(directory)
                load_spoken_words(directory)
                fill_synthetic(
                    url, services, lambda done: say(f"{done} of {services} services made")
                )
            yield directory


def _mark(store: Store) -> Mark:
    with store.read() as session:
        state = store_state(session)
        return Mark(schema=schema_hash(), store_id=state.store_id, sequence=state.last_sequence)


def _found(index: Index, queries: Sequence[SearchQuery]) -> dict[str, int]:
    """How many services our answers have: it says how hard the questions are."""
    totals = [index.search(query).total for query in queries]
    p50, p95 = np.percentile(totals, [50, 95])
    return {"p50": int(p50), "p95": int(p95)}


def _pages(directory: Directory, site: Site, addresses: Sequence[str]) -> Report:
    """Warm results pages: milliseconds, and SQL statements of each (BEGIN is none).

    All are fetched in some rounds. Of a page its middle time counts, and its quickest is told
    apart: how long others kept the processor busy is no cost of the page.
    """
    fetch = site.fetcher(directory)
    for address in addresses:
        fetch(address)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    def fetched(address: str) -> tuple[float, int]:
        statements.clear()
        took = milliseconds(fetch, address)
        return took, sum(not each.startswith("BEGIN") for each in statements)

    event.listen(directory.store.engine, "before_cursor_execute", note)
    try:
        rounds = np.array([[fetched(each) for each in addresses] for _ in range(_ROUNDS)])
    finally:
        event.remove(directory.store.engine, "before_cursor_execute", note)
    took, counts = rounds[:, :, 0], rounds[:, :, 1]
    quickest = percentiles(took.min(axis=0).tolist())
    return {
        **percentiles(np.median(took, axis=0).tolist()),
        "quickest_p50_ms": quickest["p50_ms"],
        "quickest_p95_ms": quickest["p95_ms"],
        "most_statements": int(counts.max()),
        "mean_statements": round(float(counts.mean()), 2),
    }


def _edits(directory: Directory, sample: Sequence[Listing]) -> dict[str, float]:
    """From the first write to the first answer that has it, a few times."""
    took = []
    for number, listing in enumerate(sample[:_EDITS]):
        name = f"Renamed{number}by{number}bench"
        took.append(milliseconds(_rename_and_find, directory, listing.service.id, name))
    return percentiles(took)


def _rename_and_find(directory: Directory, service_id: str, name: str) -> None:
    with directory.store.write() as session:
        session.get_one(ServiceRow, service_id).name = name
    directory.index.sync()
    found = directory.index.search(SearchQuery(words=name, exactly=True))
    if service_id not in {hit.service_id for hit in found.hits}:
        raise RuntimeError("An edit was not searchable; this is a fault, please report it.")
