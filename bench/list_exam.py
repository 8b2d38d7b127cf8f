"""The exam on provider lists of others: judged phrases, searched in an instance for each list.

The services of the sample county have our topics. A real list has its own categories, so right
services are judged by the texts of the list (``referral/vocabulary/list_needs.py``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from bench.exam_files import LIST_PHRASES, imported_instance, read_rows
from bench.ranked_metrics import (
    SHOWN,
    RankedResult,
    SpanishGap,
    compute_ranked_metrics,
    compute_spanish_gap,
    judge_ranking,
)
from bench.stores import stored_listings
from referral.directory.instance import Instance
from referral.directory.search import find_services
from referral.fields.places.lookup import Place, find_zip
from referral.fields.text import without_accents
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.vocabulary.list_needs import (
    Judge,
    NeedPatterns,
    fold_line,
    judged_service,
    load_needs,
)

FEWEST_RIGHT = 3
_ALL = "all"
_NAME = "name"  # kind of phrase that gives the name of an organization
_TABLE_HEADER = (
    f"{'list':24} {'half':6} {'kind':12}    n    @1    @3   P@5   MRR zero  es-en@3  es-en P@5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPhrase:
    """One row of ``list_exam_phrases.csv``.

    Attributes:
        kind: such as plain, slip, dictated or name.
        language: en or es.
        needs: codes of topics; a service with any of them is right.
        name: pattern; a service is right if its name or its organization's name matches.
        near: place that is searched near, given apart from the words.
        half: tune or report.
    """

    id: str
    kind: str
    language: str
    words: str
    needs: tuple[str, ...] = ()
    name: re.Pattern[str] | None = None
    near: Place | None = None
    half: str = "tune"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswer:
    """A phrase and its judged results on a list; ``names`` are those of the first three results."""

    list_name: str
    phrase: ListPhrase
    result: RankedResult
    names: tuple[str, ...]


def load_phrases(half: str | None = None) -> list[ListPhrase]:
    """Return all phrases of the exam on lists, or those of one half."""
    return list(map(_phrase, read_rows(LIST_PHRASES, half)))


def list_report(
    lists: Sequence[Path], folder: Path, half: str | None, missed_half: str | None
) -> Iterator[str]:
    """Yield the lines of the report on provider lists.

    Args:
        folder: where the instance of each list is, or is created.
        missed_half: the half whose failed phrases are listed, if any.
    """
    phrases, needs = load_phrases(half), load_needs()
    answered: list[ListAnswer] = []
    for path in lists:
        name = path.absolute().stem
        with imported_instance(folder / name, [path]) as instance:
            answers = ask_list(instance, name, phrases, needs)
            yield f"{name}: {len(answers)} of {len(phrases)} phrases have enough right answers"
            answered += answers
    yield from table(answered)
    yield from (_failure(answer) for answer in answered if _is_missed(answer, missed_half))


def ask_list(
    instance: Instance,
    list_name: str,
    phrases: Iterable[ListPhrase],
    needs: Mapping[str, NeedPatterns],
) -> list[ListAnswer]:
    """Search an instance for each phrase that has at least three right services in it."""
    listings = list(stored_listings(instance.store))
    judge = Judge(map(judged_service, listings), needs)
    names = {listing.service.id: listing.service.name for listing in listings}
    answered = []
    for phrase in phrases:
        right = judge.right_services(phrase.needs) | _services_named(phrase.name, listings)
        if len(right) >= FEWEST_RIGHT:
            query = SearchQuery(words=phrase.words, near=phrase.near)
            cards = find_services(instance, query, Audience.PUBLIC, limit=SHOWN).cards
            found = [card.service.id for card in cards]
            answered.append(
                ListAnswer(
                    list_name=list_name,
                    phrase=phrase,
                    result=judge_ranking(found, right),
                    names=tuple(names[service_id] for service_id in found[:3]),
                )
            )
    return answered


def spanish_gap(answered: Sequence[ListAnswer]) -> SpanishGap:
    """Compare the results of Spanish and English phrases, without names, which have no language."""
    spanish, english = (
        [
            answer.result
            for answer in answered
            if answer.phrase.language == language and answer.phrase.kind != _NAME
        ]
        for language in ("es", "en")
    )
    return compute_spanish_gap(spanish, english)


def table(answered: Sequence[ListAnswer]) -> Iterator[str]:
    """Yield the lines of a table of metrics by list, half and kind of phrase, totals first."""
    yield _TABLE_HEADER
    names = {answer.list_name for answer in answered}
    halves = {answer.phrase.half for answer in answered}
    groups: defaultdict[tuple[str, str, str], list[ListAnswer]] = defaultdict(list)
    for answer in answered:
        for group in product(
            {_ALL, answer.list_name} if len(names) > 1 else names,
            {_ALL, answer.phrase.half} if len(halves) > 1 else halves,
            {_ALL, answer.phrase.kind},
        ):
            groups[group].append(answer)
    for (name, half, kind), answers in sorted(groups.items(), key=_totals_first):
        metrics = compute_ranked_metrics([answer.result for answer in answers])
        gap = spanish_gap(answers)
        yield (
            f"{name[:24]:24} {half:6} {kind:12} {metrics.phrases:4}"
            f" {metrics.success_at_1:5.3f} {metrics.success_at_3:5.3f}"
            f" {metrics.precision_at_5:5.3f} {metrics.mean_reciprocal_rank:5.3f}"
            f" {metrics.zero_results:4}"
            f"  {_signed(gap.success_at_3):>7}  {_signed(gap.precision_at_5):>9}"
        )


def _totals_first(group: tuple[tuple[str, str, str], object]) -> list[tuple[bool, str]]:
    return [(part != _ALL, part) for part in group[0]]


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"


def _is_missed(answer: ListAnswer, half: str | None) -> bool:
    return answer.phrase.half == half and not answer.result.is_among_three


def _failure(answer: ListAnswer) -> str:
    phrase, result = answer.phrase, answer.result
    name = phrase.name.pattern if phrase.name else ""
    return (
        f"{phrase.id} on {answer.list_name}: {phrase.words!r}: first right at"
        f" {result.rank or 'none of ten'} ({result.right} right);"
        f" wanted {' or '.join(filter(None, (*phrase.needs, name)))}; found {answer.names}"
    )


def _services_named(name: re.Pattern[str] | None, listings: Iterable[Listing]) -> set[str]:
    """Return the ids of services whose own or whose organization's name matches a pattern."""
    if name is None:
        return set()
    return {
        listing.service.id
        for listing in listings
        if name.search(fold_line(listing.service.name))
        or (listing.organization and name.search(fold_line(listing.organization.name)))
    }


def _phrase(row: Mapping[str, str]) -> ListPhrase:
    return ListPhrase(
        id=row["id"],
        kind=row["kind"],
        language=row["language"],
        words=row["phrase"],
        needs=tuple(filter(None, row["needs"].split("|"))),
        name=re.compile(without_accents(row["name"]), re.IGNORECASE) if row["name"] else None,
        near=find_zip(row["near"]),
        half=row["half"],
    )
