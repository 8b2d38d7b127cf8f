"""Search exam: judged phrases, results of an engine, and metrics (success at k, MRR).

An engine is any function from words and a place to the ids of the services found, best first.
Several engines take the same exam, so that a number says something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from referral.fields.places.lookup import Place, find_zip

SHOWN = 10  # results that are looked at

Engine = Callable[[str, Place | None], Sequence[str]]
Targets = tuple[str, ...]  # alternatives: "service:ID", "organization:ID" or "term:CODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One row of the exam.

    Attributes:
        kind: lay, typo, spanish, name, place, topic or abbreviation.
        near: given apart from the words.
        first3: one of these must be among the first three.
        first10: of each group one must be among the first ten.
        never10: none of these may be among the first ten.
        half: tune or report.
    """

    id: str
    kind: str
    words: str
    near: Place | None = None
    first3: Targets = ()
    first10: tuple[Targets, ...] = ()
    never10: Targets = ()
    half: str = "tune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an engine did with a phrase.

    Attributes:
        rank: place of the first right answer from 1, 0 when the first ten hold none.
        missing: groups of ``first10`` of which none was found.
        forbidden: services found that must not be.
        found: how many of ten were found.
    """

    phrase: Phrase
    rank: int
    missing: tuple[Targets, ...] = ()
    forbidden: tuple[str, ...] = ()
    found: int = 0

    @property
    def is_passed(self) -> bool:
        """A right answer in the first three, nothing missing in the first ten, nothing wrong."""
        return 1 <= self.rank <= 3 and not self.missing and not self.forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """How an engine did, as shares of the phrases (0 to 1).

    ``success_at_10`` asks more than a right answer: all that must be among the first ten.
    ``misled`` is the share of phrases that showed something that must not be shown.
    """

    phrases: int
    success_at_1: float
    success_at_3: float
    success_at_10: float
    mean_reciprocal_rank: float
    zero_results: float
    misled: float


class Judgments:
    """Which services a target of the exam stands for.

    Args:
        of_organization: organization id → its services.
        of_term: term code → services of the term or of one under it.
    """

    def __init__(
        self, of_organization: Mapping[str, set[str]], of_term: Mapping[str, set[str]]
    ) -> None:
        self._of = {"organization": of_organization, "term": of_term}

    def services(self, targets: Targets) -> frozenset[str]:
        """The services that any of these alternatives stand for."""
        return frozenset().union(*map(self._services, targets))

    def _services(self, target: str) -> set[str]:
        sort, _, value = target.partition(":")
        return {value} if sort == "service" else self._of[sort].get(value, set())


def phrases_from(rows: Iterable[Mapping[str, str]]) -> list[Phrase]:
    """The phrases of the table; ``docs/search.md`` describes its columns."""
    return [
        Phrase(
            id=row["id"],
            kind=row["kind"],
            words=row["phrase"],
            near=find_zip(row["near"]),
            first3=_targets(row["first3"]),
            first10=tuple(map(_targets, filter(None, row["first10"].split(" & ")))),
            never10=_targets(row["never10"]),
            half=row["half"],
        )
        for row in rows
    ]


def run_phrases(engine: Engine, phrases: Iterable[Phrase], answers: Judgments) -> list[Result]:
    """Put every phrase to an engine and look at its first ten."""
    return [
        _judge(phrase, engine(phrase.words, phrase.near)[:SHOWN], answers) for phrase in phrases
    ]


def compute_metrics(results: Sequence[Result]) -> Metrics:
    """The shares, over at least one phrase."""

    def share(number: int) -> float:
        return round(number / len(results), 4)

    ranks = [result.rank for result in results]
    reciprocal = sum(Fraction(1, rank) for rank in ranks if rank)
    return Metrics(
        phrases=len(results),
        success_at_1=share(sum(rank == 1 for rank in ranks)),
        success_at_3=share(sum(1 <= rank <= 3 for rank in ranks)),
        success_at_10=share(sum(bool(r.rank) and not r.missing for r in results)),
        mean_reciprocal_rank=round(float(reciprocal / len(results)), 4),
        zero_results=share(sum(not result.found for result in results)),
        misled=share(sum(bool(result.forbidden) for result in results)),
    )


def _judge(phrase: Phrase, found: Sequence[str], answers: Judgments) -> Result:
    wanted = answers.services(phrase.first3)
    forbidden = answers.services(phrase.never10)
    return Result(
        phrase=phrase,
        rank=next((rank for rank, service in enumerate(found, 1) if service in wanted), 0),
        missing=tuple(
            group for group in phrase.first10 if answers.services(group).isdisjoint(found)
        ),
        forbidden=tuple(service for service in found if service in forbidden),
        found=len(found),
    )


def _targets(cell: str) -> Targets:
    return tuple(filter(None, cell.split("|")))
