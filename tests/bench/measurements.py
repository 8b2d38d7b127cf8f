"""Searching, measured: our index and the other engines, one after the other in one process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from referral.records.listing import Listing
from referral.records.search import SearchQuery
from referral.search import Index
from referral.search.marks import Mark
from tests.bench.engine import Engine, entries_of
from tests.bench.fts5 import Fts5, Fts5Top
from tests.bench.fts5_choices import Fts5Choices
from tests.bench.own_index import OURS, build_own_index, build_with_whoosh
from tests.bench.plain_whoosh import PlainWhoosh
from tests.bench.postgresql import Postgresql, running_postgresql
from tests.bench.queries import KINDS, Questions
from tests.bench.tantivy_engine import Tantivy
from tests.bench.timing import per_second, timed

RIVALS = ("whoosh", "fts5", "tantivy", "postgresql")
_SAME_SAMPLE = 5_000  # records that both writers are timed with

Listings = Callable[[], Iterable[Listing]]  # the same ones each time
Say = Callable[[str], None]
Report = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlan:
    """What is measured.

    Attributes:
        questions: of each kind.
        rivals: those of ``RIVALS`` that are measured too.
        postgresql: URL of a server, "embedded" to start one, "" for neither.
    """

    questions: int = 160
    rivals: tuple[str, ...] = RIVALS
    postgresql: str = ""


def measure_own(index: Index, questions: Questions) -> Report:
    """Times of our search by kind of question."""
    times: Report = {"distance_by": "exact"}
    for kind, queries in questions.by_kind.items():
        times[kind] = timed(index.search, queries)
    times["typos"] = timed(index.search, questions.typos)
    times["completion"] = timed(index.complete, questions.typed)
    return times


def measure_build(path: Path, listings: Listings, mark: Mark) -> Report:
    """Build our index in this folder; services a second, and on a sample beside Whoosh's writer."""
    built = per_second(lambda some: build_own_index(path, some, mark), listings())
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        folder = Path(name)
        rates = {
            OURS: per_second(
                lambda some: build_own_index(folder / "own", some, mark),
                islice(listings(), _SAME_SAMPLE),
            ),
            "whoosh_writer": per_second(
                lambda some: build_with_whoosh(folder / "whoosh-writer", some),
                islice(listings(), _SAME_SAMPLE),
            ),
        }
    times = round(rates[OURS] / rates["whoosh_writer"], 2)
    return {OURS: built, "same_sample": {**rates, "times": times}}


def measure_rivals(
    listings: Listings, plan: BenchPlan, questions: Questions, report: Report, say: Say
) -> None:
    """Add the other engines to ``engines`` and ``build``, and to ``left_out`` what is not there."""
    for rival in RIVALS:
        if rival not in plan.rivals:
            report["left_out"][rival] = "not asked for"
            continue
        try:
            with _made(rival, plan) as engines:
                say(f"Building {engines[0].name}")
                report["build"][engines[0].name] = per_second(
                    engines[0].build, entries_of(listings())
                )
                for engine in engines:
                    say(f"Asking {engine.name}")
                    report["engines"][engine.name] = _times(engine, questions)
        except ImportError as error:
            report["left_out"][rival] = f"the package {error.name} is not installed"
        except LookupError as error:
            report["left_out"][rival] = str(error.args[0])


def _times(engine: Engine, questions: Questions) -> Report:
    times: Report = {"distance_by": engine.distance}
    for kind in KINDS:

        def ask(query: SearchQuery, facets: bool = kind.facets) -> int:
            return engine.ask(query, facets=facets)

        times[kind.name] = timed(ask, questions.by_kind[kind.name][: engine.most_questions])
    return times


@contextmanager
def _made(rival: str, plan: BenchPlan) -> Iterator[list[Engine]]:
    """The engine, and whatever answers from the same files; its files go with the block."""
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
