"""Measurements of throughput and latency of our index and of the other engines."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from bench.engine import Engine, flat_documents
from bench.fts5 import Fts5, Fts5Choices, Fts5Top
from bench.plain_schema import plain_schema, with_words
from bench.plain_whoosh import PlainWhoosh
from bench.postgresql import Postgresql, running_postgresql
from bench.queries import KINDS, Queries
from bench.tantivy_engine import Tantivy
from bench.timing import items_per_second, warm_times
from referral.records.listing import Listing
from referral.search import Index
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.documents import document_of
from referral.search.indexing.generations import Generations
from referral.search.indexing.writer import create_index, writer_of
from referral.search.query import SearchQuery

OURS, OURS_AGAIN = "referral", "referral, asked again"
ENGINES = ("whoosh", "fts5", "tantivy", "postgresql")
RIVALS = (*ENGINES, "datasette")
_SAMPLE = 5_000  # listings on which our writer and Whoosh's are compared
_WRITER_MEGABYTES = 256  # as much as our writer uses

Listings = Callable[[], Iterable[Listing]]  # returns the same listings on each call
ReportProgress = Callable[[str], None]
Report = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlan:
    """The options of a benchmark run.

    Attributes:
        queries: number of queries of each kind.
        rivals: the engines of ``RIVALS`` that are measured too.
        postgresql: URL of a server, "embedded" to start one, "" for neither.
        untagged: whether synthetic services have no topics, and topics are suggested for all.
    """

    queries: int = 160
    rivals: tuple[str, ...] = RIVALS
    postgresql: str = ""
    untagged: bool = False


def build_own_index(path: Path, listings: Iterable[Listing], mark: marks.Mark) -> None:
    """Build our index from listings; an ``Index`` of it continues with changes after ``mark``."""
    generations = Generations(path)
    name = generations.create()
    folder = generations.folder(name)
    with writer_of(create_index(folder)) as writer:
        for listing in listings:
            writer.add_document(**document_of(listing))
        writer.commit()
    marks.write_mark(folder, marks.with_current_files(folder, mark))
    generations.switch(name)


def measure_own(index: Index, queries: Queries) -> Report:
    """Return the latency of our search by kind of query."""
    times: Report = {"distance_by": "exact"}
    for kind, some in queries.by_kind.items():
        times[kind] = warm_times(index.search, some)
    times["typos"] = warm_times(index.search, queries.typos)
    times["completion"] = warm_times(index.complete, queries.prefixes)
    return times


def measure_build(path: Path, listings: Listings, mark: marks.Mark) -> Report:
    """Return the throughput of building our index, and of Whoosh's writer on a sample."""
    built = items_per_second(lambda some: build_own_index(path, some, mark), listings())
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        folder = Path(name)
        rates = {
            OURS: items_per_second(
                lambda some: build_own_index(folder / "own", some, mark),
                islice(listings(), _SAMPLE),
            ),
            "whoosh_writer": items_per_second(
                lambda some: _build_with_whoosh(folder / "whoosh-writer", some),
                islice(listings(), _SAMPLE),
            ),
        }
    times = round(rates[OURS] / rates["whoosh_writer"], 2)
    return {OURS: built, "same_sample": {**rates, "times": times}}


def measure_rivals(
    listings: Listings,
    plan: BenchPlan,
    queries: Queries,
    report: Report,
    report_progress: ReportProgress,
) -> None:
    """Add the times of other engines to a report, and the reasons why some were left out."""
    for rival in ENGINES:
        if rival not in plan.rivals:
            report["left_out"][rival] = "not asked for"
            continue
        try:
            with _opened_engines(rival, plan) as engines:
                report_progress(f"Building {engines[0].name}")
                report["build"][engines[0].name] = items_per_second(
                    engines[0].build, flat_documents(listings())
                )
                for engine in engines:
                    report_progress(f"Asking {engine.name}")
                    report["engines"][engine.name] = _engine_times(engine, queries)
        except ImportError as error:
            report["left_out"][rival] = f"the package {error.name} is not installed"
        except LookupError as error:
            report["left_out"][rival] = str(error.args[0])


def _build_with_whoosh(path: Path, listings: Iterable[Listing]) -> None:
    """Index the same documents and fields with Whoosh's own writer."""
    path.mkdir()
    index = FileIndex.create(FileStorage(str(path)), plain_schema())
    writer = index.writer(limitmb=_WRITER_MEGABYTES)
    for listing in listings:
        writer.add_document(**with_words(document_of(listing)))
    writer.commit()


def _engine_times(engine: Engine, queries: Queries) -> Report:
    times: Report = {"distance_by": engine.distance}
    for kind in KINDS:

        def search(query: SearchQuery, facets: bool = kind.facets) -> int:
            return engine.search(query, facets=facets)

        times[kind.name] = warm_times(search, queries.by_kind[kind.name][: engine.query_limit])
    return times


@contextmanager
def _opened_engines(rival: str, plan: BenchPlan) -> Iterator[list[Engine]]:
    """Yield a rival's engine, and further engines on the same files, deleted after the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="referral-bench-")))
        engines: list[Engine]
        match rival:
            case "whoosh":
                engines = [PlainWhoosh(folder)]
            case "fts5":
                engines = [Fts5(folder), Fts5Choices(folder), Fts5Top(folder)]
            case "tantivy":
                engines = [Tantivy(folder)]
            case _:
                if not plan.postgresql:
                    raise LookupError("no server was named with --postgresql")
                url = stack.enter_context(running_postgresql(plan.postgresql))
                engines = [Postgresql(url)]
        for engine in engines:
            stack.callback(engine.close)
        yield engines
