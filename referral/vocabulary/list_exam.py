"""Runs the exam on provider lists that others made: each imported into a temporary directory.

The search exam (``search_exam.py``) is about the sample county, whose services have our topics.
A real list has categories of its own, so here a judge reads what the list says
(``list_needs.py``). Phrases are in ``list_exam_phrases.csv``, in two halves that were written
apart: ``tune`` may be looked at, ``report`` only counts. A library has its own phrases and needs by
putting files of these names into its instance folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from referral.directory.context import Directory
from referral.directory.search import find_services
from referral.fields.places.lookup import Place, find_zip
from referral.imports.apply import store_import
from referral.imports.prepare import no_progress, prepare_import
from referral.imports.seed_lists import load_base
from referral.jobs.progress import OnProgress
from referral.records.visibility import Audience
from referral.resources import resource_path
from referral.search.evaluation.exam import SHOWN
from referral.search.evaluation.ranked_metrics import (
    RankedMetrics,
    RankedResult,
    SpanishGap,
    compute_ranked_metrics,
    compute_spanish_gap,
    judge_ranking,
)
from referral.search.query import SearchQuery
from referral.settings import Settings
from referral.topic_suggestions.suggestion_runs import suggest_topics
from referral.vocabulary.list_needs import (
    NEEDS_FILE,
    Judge,
    JudgedService,
    NeedPatterns,
    Pattern,
    compile_pattern,
    judged_service,
    load_needs,
    missing_row,
)
from referral.vocabulary.search_exam import (
    copy_word_lists,
    own_exam,
    public_listings,
    read_phrases,
    temporary_directory,
)

PHRASES_FILE = "list_exam_phrases.csv"
ALL = "all"
FEWEST_RIGHT = 3
_NAME = "name"  # kind of phrase that gives the name of an organization


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPhrase:
    """One row of ``list_exam_phrases.csv``.

    Attributes:
        kind: such as plain, slip, dictated or name.
        language: en or es.
        needs: codes of topics, any of which is right.
        name: a right service or its organization has this in its name.
        near: given apart from the words.
        half: tune or report.
    """

    id: str
    kind: str
    language: str
    words: str
    needs: tuple[str, ...] = ()
    name: Pattern | None = None
    near: Place | None = None
    half: str = "tune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A phrase asked of one list; ``names`` are those of the first three found."""

    list_name: str
    phrase: ListPhrase
    result: RankedResult
    names: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """Whether one of the first three is right."""
        return 1 <= self.result.rank <= 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRow:
    """Metrics of a list (or all), a half (or all) and a kind of phrase (or all)."""

    list_name: str
    half: str
    kind: str
    metrics: RankedMetrics
    spanish_gap: SpanishGap


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExamReport:
    """How the exam went.

    Attributes:
        services: name of the list → services that the public may find.
        asked: name of the list → phrases asked; the others have fewer than three right answers.
        phrases: how many phrases there are in the halves asked.
        answered: in the order of lists and phrases.
    """

    services: Mapping[str, int]
    asked: Mapping[str, int]
    phrases: int
    answered: Sequence[Answered]

    def rows(self) -> Iterator[MetricsRow]:
        """Metrics by list, half and kind, totals first."""
        lists = [ALL, *self.asked] if len(self.asked) > 1 else list(self.asked)
        halves = sorted({each.phrase.half for each in self.answered}, reverse=True)
        kinds = sorted({each.phrase.kind for each in self.answered})
        for name in lists:
            for half in [ALL, *halves] if len(halves) > 1 else halves:
                for kind in [ALL, *kinds]:
                    some = [each for each in self.answered if _belongs(each, name, half, kind)]
                    if some:
                        yield _metrics_row(some, name, half, kind)

    def failures(self, half: str) -> list[Answered]:
        """What the search did not pass in this half. A half that was read is spent."""
        return [each for each in self.answered if each.phrase.half == half and not each.is_passed]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExam:
    """Phrases, and patterns by which their answers are judged."""

    phrases: Sequence[ListPhrase]
    needs: Mapping[str, NeedPatterns]


def load_list_exam(settings: Settings, half: str = ALL) -> ListExam:
    """The exam of ``seed_data``; a file of the same name in the instance folder replaces its part.

    Raises:
        RefusedError: a file cannot be read, or a phrase asks for a topic without patterns.
    """
    path = own_exam(settings, PHRASES_FILE) or resource_path("seed_data") / PHRASES_FILE
    phrases = read_phrases(path, lambda rows: list(map(_phrase, rows)))
    needs = load_needs(own_exam(settings, NEEDS_FILE))
    for topic in (topic for phrase in phrases for topic in phrase.needs):
        if topic not in needs:
            raise missing_row(topic)
    return ListExam(phrases=[each for each in phrases if half in {ALL, each.half}], needs=needs)


def run_list_exam(
    directory: Directory, lists: Sequence[Path], exam: ListExam, progress: OnProgress = no_progress
) -> ListExamReport:
    """Import each list into a directory of its own and put the phrases to it.

    It has the word lists of this directory, and the national help lines of a fresh one.
    """
    services: dict[str, int] = {}
    asked: dict[str, int] = {}
    answered: list[Answered] = []
    for name, path in _lists_by_name(lists).items():
        with temporary_directory(directory) as other:
            load_base(other)
            copy_word_lists(directory, other)
            _import(other, path, progress)
            services[name], answers = ask_list(other, name, exam, progress)
        asked[name] = len(answers)
        answered += answers
    return ListExamReport(
        services=services, asked=asked, phrases=len(exam.phrases), answered=answered
    )


def ask_list(
    directory: Directory, name: str, exam: ListExam, progress: OnProgress = no_progress
) -> tuple[int, list[Answered]]:
    """Put the phrases to a directory that holds the list: how many services it has, and answers."""
    judged = [judged_service(listing) for listing in public_listings(directory)]
    return len(judged), list(_answers(directory, name, judged, exam, progress))


def _import(directory: Directory, path: Path, progress: OnProgress) -> None:
    """Import as the site does. What an import leaves to background jobs must be done here too."""
    prepared = prepare_import(directory, path, progress=progress)
    store_import(directory, prepared, confirmed=prepared.report.doubt_codes, progress=progress)
    suggest_topics(directory, progress)
    directory.index.sync()


def _answers(
    directory: Directory,
    list_name: str,
    judged: Sequence[JudgedService],
    exam: ListExam,
    progress: OnProgress,
) -> Iterator[Answered]:
    judge = Judge(judged, exam.needs)
    names = {service.id: service.name for service in judged}
    for done, phrase in enumerate(exam.phrases, 1):
        progress(f"Asking {list_name}", done, len(exam.phrases))
        right = judge.right_services(phrase.needs, phrase.name)
        if len(right) < FEWEST_RIGHT:
            continue
        query = SearchQuery(words=phrase.words, near=phrase.near)
        cards = find_services(directory, query, Audience.PUBLIC, limit=SHOWN).cards
        found = [card.service.id for card in cards]
        yield Answered(
            list_name=list_name,
            phrase=phrase,
            result=judge_ranking(found, right),
            names=tuple(names[service_id] for service_id in found[:3]),
        )


def _metrics_row(answers: Sequence[Answered], name: str, half: str, kind: str) -> MetricsRow:
    return MetricsRow(
        list_name=name,
        half=half,
        kind=kind,
        metrics=compute_ranked_metrics([each.result for each in answers]),
        spanish_gap=compute_spanish_gap(_in_language(answers, "es"), _in_language(answers, "en")),
    )


def _in_language(answers: Sequence[Answered], language: str) -> list[RankedResult]:
    """Results of phrases in a language; a name belongs to none."""
    return [
        each.result
        for each in answers
        if each.phrase.language == language and each.phrase.kind != _NAME
    ]


def _belongs(each: Answered, name: str, half: str, kind: str) -> bool:
    return (
        name in {ALL, each.list_name}
        and half in {ALL, each.phrase.half}
        and kind in {ALL, each.phrase.kind}
    )


def _phrase(row: Mapping[str, str]) -> ListPhrase:
    return ListPhrase(
        id=row["id"],
        kind=row["kind"],
        language=row["language"],
        words=row["phrase"],
        needs=tuple(filter(None, row["needs"].split("|"))),
        name=compile_pattern(row["name"], PHRASES_FILE, row["id"]),
        near=find_zip(row["near"]),
        half=row["half"],
    )


def _lists_by_name(lists: Sequence[Path]) -> dict[str, Path]:
    """A name for each list: that of its file or folder, numbered where it is taken."""
    named: dict[str, Path] = {}
    for path in lists:
        name, number = path.absolute().stem, 1
        while name in named:
            number += 1
            name = f"{path.absolute().stem} {number}"
        named[name] = path
    return named
