"""Runs the search exam on this directory, or on one of its own with the sample data.

A library that writes an exam about its own listings puts it into its instance folder as
``search_exam.csv``, with the columns of ``seed_data/search_exam.csv``.
"""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import delete, select

from referral.directory.context import Directory, opened_directory
from referral.errors import refused
from referral.fields.places.gazetteer import GAZETTEER
from referral.fields.places.lookup import Place
from referral.imports.seed_lists import load_sample
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.resources import resource_path
from referral.search.evaluation.exam import (
    SHOWN,
    Judgments,
    Metrics,
    Phrase,
    Result,
    compute_metrics,
    phrases_from,
    run_phrases,
)
from referral.search.query import SearchQuery
from referral.settings import Settings
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services
from referral.store.word_lists import (
    CrisisWordRow,
    ThesaurusEntryRow,
    add_crisis_words,
    add_thesaurus,
    load_crisis_rows,
    load_thesaurus,
)

_T = TypeVar("_T")
FILE = "search_exam.csv"
HALVES = ("tune", "report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamReport:
    """How the exam went.

    Attributes:
        marks: half, or kind of phrase in that half (``tune/lay``) → marks.
        failures: what the search did not pass, in the order of the table.
        names: service id → name, of all public services.
    """

    marks: Mapping[str, Metrics]
    failures: Sequence[Result]
    names: Mapping[str, str]


def run_exam(directory: Directory, half: str = "all", *, own: Path | None = None) -> ExamReport:
    """Put the phrases of one half, or all, to the search.

    The directory must hold the sample data (``exam_directory`` gives one that does), unless the
    library's own exam is given.
    """
    phrases = [phrase for phrase in exam_phrases(own) if half in {"all", phrase.half}]
    listings = public_listings(directory)
    answers = judgments_of(listings)

    def search(words: str, near: Place | None) -> Sequence[str]:
        answer = directory.index.search(SearchQuery(words=words, near=near), limit=SHOWN)
        return [hit.service_id for hit in answer.hits]

    results = run_phrases(search, phrases, answers)
    return ExamReport(
        marks=compute_marks(results),
        failures=[result for result in results if not result.is_passed],
        names={listing.service.id: listing.service.name for listing in listings},
    )


@contextmanager
def exam_directory(settings: Settings) -> Iterator[Directory]:
    """This instance's directory if the exam is about its listings, else a temporary one.

    The temporary one has the sample, and the thesaurus and the words of danger of this instance, so
    that the exam says what a change of them does.
    """
    with opened_directory(settings) as directory:
        if own_exam(settings) or holds_sample(directory):
            directory.index.sync()
            yield directory
            return
        with temporary_directory(directory) as other:
            load_sample(other)
            copy_word_lists(directory, other)
            other.index.sync()
            yield other


@contextmanager
def temporary_directory(directory: Directory) -> Iterator[Directory]:
    """An empty directory with the settings and place names of this one, gone after the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{(Path(folder) / 'exam.sqlite3').as_posix()}"
        aside = replace(directory.settings, instance_path=Path(folder), database_url=url)
        with opened_directory(aside) as other:
            GAZETTEER.use_folder(directory.settings.instance_path)
            yield other


def own_exam(settings: Settings, name: str = FILE) -> Path | None:
    """A file of an exam that the library wrote about its own listings, if it did."""
    path = settings.instance_path / name
    return path if path.is_file() else None


def holds_sample(directory: Directory) -> bool:
    """Whether every service that the exam names is here."""
    named = {
        target.removeprefix("service:")
        for phrase in exam_phrases()
        for target in phrase.first3
        if target.startswith("service:")
    }
    with directory.store.read() as session:
        return named <= set(session.scalars(select(ServiceRow.id)))


def exam_phrases(own: Path | None = None) -> list[Phrase]:
    """The phrases of ``seed_data/search_exam.csv``, or of a library's own exam.

    Raises:
        RefusedError: the library's own cannot be read.
    """
    return read_phrases(own or resource_path("seed_data") / FILE, phrases_from)


def read_phrases(path: Path, read: Callable[[Iterable[dict[str, str]]], list[_T]]) -> list[_T]:
    """The phrases of a file, from its rows.

    Raises:
        RefusedError: it cannot be read, or has none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            phrases = read(csv.DictReader(file))
    except (OSError, KeyError, ValueError, AttributeError, TypeError, csv.Error) as error:
        raise refused(
            "%(name)s cannot be read; docs/search.md says what it has.", name=path.name
        ) from error
    if not phrases:
        raise refused("%(name)s has no phrases; docs/search.md says what it has.", name=path.name)
    return phrases


def copy_word_lists(directory: Directory, other: Directory) -> None:
    """Give the other directory the words of this one, unless this one has none."""
    with directory.store.read() as session:
        entries, rows = load_thesaurus(session), load_crisis_rows(session)
    with other.store.write() as session:
        if entries:
            session.execute(delete(ThesaurusEntryRow))
            add_thesaurus(session, entries)
        if rows:
            session.execute(delete(CrisisWordRow))
            add_crisis_words(session, rows)


def public_listings(directory: Directory) -> list[Listing]:
    """The listings of all services that the public may find, by id."""
    with directory.store.read() as session:
        ids = session.scalars(select(ServiceRow.id).where(shown_services(Audience.PUBLIC)))
        return load_listings(session, sorted(ids), Audience.PUBLIC)


def judgments_of(listings: Sequence[Listing]) -> Judgments:
    """The services of each organization and topic, which phrases name as right answers."""
    of_organization: defaultdict[str, set[str]] = defaultdict(set)
    of_term: defaultdict[str, set[str]] = defaultdict(set)
    for listing in listings:
        if listing.organization:
            of_organization[listing.organization.id].add(listing.service.id)
        for path in listing.term_paths:
            for term in path:
                of_term[term.key].add(listing.service.id)
    return Judgments(of_organization, of_term)


def compute_marks(results: Sequence[Result]) -> dict[str, Metrics]:
    """The marks by half, and by kind of phrase in it."""
    groups: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.phrase.half].append(result)
        groups[f"{result.phrase.half}/{result.phrase.kind}"].append(result)
    return {name: compute_metrics(some) for name, some in groups.items()}
