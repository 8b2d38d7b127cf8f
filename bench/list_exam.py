"""The exam on provider lists of others: judged phrases, each list in an instance of its own.

The services of the sample county have our topics. A real list has categories of its own, so here
a judge reads what the list says (``referral/vocabulary/list_needs.py``).
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
_HEAD = f"{'list':24} {'half':6} {'kind':12}    n    @1    @3   P@5   MRR zero  es-en@3  es-en P@5"


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
    name: re.Pattern[str] | None = None
    near: Place | None = None
    half: str = "tune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A phrase and its results on one list; ``names`` are those of the first three found."""

    list_name: str
    phrase: ListPhrase
    result: RankedResult
    names: tuple[str, ...]


def load_phrases(half: str | None = None) -> list[ListPhrase]:
    """Return all phrases, or those of one half."""
    return list(map(_phrase, read_rows(LIST_PHRASES, half)))


def list_report(
    lists: Sequence[Path], folder: Path, half: str | None, missed_half: str | None
) -> Iterator[str]:
    """Yield the lines of the report on some lists.

    Args:
        folder: has the instance of each list, or gets it.
        missed_half: the half whose failures are described, if any.
    """
    phrases, needs = load_phrases(half), load_needs()
    answered: list[Answered] = []
    for path in lists:
        name = path.absolute().stem
        with imported_instance(folder / name, [path]) as instance:
            some = ask_list(instance, name, phrases, needs)
        yield f"{name}: {len(some)} of {len(phrases)} phrases have enough right answers"
        answered += some
    yield from table(answered)
    yield from (_failure(each) for each in answered if _is_missed(each, missed_half))


def ask_list(
    instance: Instance,
    list_name: str,
    phrases: Iterable[ListPhrase],
    needs: Mapping[str, NeedPatterns],
) -> list[Answered]:
    """Search a directory for each phrase with at least three right services in it."""
    listings = list(stored_listings(instance.store))
    judge = Judge(map(judged_service, listings), needs)
    names = {listing.service.id: listing.service.name for listing in listings}
    answered = []
    for phrase in phrases:
        right = judge.right_services(phrase.needs) | _called(phrase.name, listings)
        if len(right) >= FEWEST_RIGHT:
            query = SearchQuery(words=phrase.words, near=phrase.near)
            cards = find_services(instance, query, Audience.PUBLIC, limit=SHOWN).cards
            found = [card.service.id for card in cards]
            answered.append(
                Answered(
                    list_name=list_name,
                    phrase=phrase,
                    result=judge_ranking(found, right),
                    names=tuple(names[service_id] for service_id in found[:3]),
                )
            )
    return answered


def spanish_gap(answered: Sequence[Answered]) -> SpanishGap:
    """Compare Spanish phrases with English ones; a name belongs to no language."""
    spanish, english = (
        [
            each.result
            for each in answered
            if each.phrase.language == language and each.phrase.kind != _NAME
        ]
        for language in ("es", "en")
    )
    return compute_spanish_gap(spanish, english)


def table(answered: Sequence[Answered]) -> Iterator[str]:
    """Yield the lines of a table by list, half and kind of phrase, totals first."""
    yield _HEAD
    names = {each.list_name for each in answered}
    halves = {each.phrase.half for each in answered}
    groups: defaultdict[tuple[str, str, str], list[Answered]] = defaultdict(list)
    for each in answered:
        for group in product(
            {_ALL, each.list_name} if len(names) > 1 else names,
            {_ALL, each.phrase.half} if len(halves) > 1 else halves,
            {_ALL, each.phrase.kind},
        ):
            groups[group].append(each)
    for (name, half, kind), some in sorted(groups.items(), key=_totals_first):
        metrics, gap = compute_ranked_metrics([each.result for each in some]), spanish_gap(some)
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


def _is_missed(each: Answered, half: str | None) -> bool:
    return each.phrase.half == half and not each.result.is_among_three


def _failure(each: Answered) -> str:
    phrase, result = each.phrase, each.result
    name = phrase.name.pattern if phrase.name else ""
    return (
        f"{phrase.id} on {each.list_name}: {phrase.words!r}: first right at"
        f" {result.rank or 'none of ten'} ({result.right} right);"
        f" wanted {' or '.join(filter(None, (*phrase.needs, name)))}; found {each.names}"
    )


def _called(name: re.Pattern[str] | None, listings: Iterable[Listing]) -> set[str]:
    """Return the ids of services that have this in their name or their organization's."""
    if name is None:
        return set()
    return {
        each.service.id
        for each in listings
        if name.search(fold_line(each.service.name))
        or (each.organization and name.search(fold_line(each.organization.name)))
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
