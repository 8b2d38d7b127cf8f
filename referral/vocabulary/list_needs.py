"""Judge of the exam on real lists: which services of a list answer a need, by the list's own words.

``list_exam_needs.csv`` has two patterns for each topic of our taxonomy: ``category`` for names and
codes of the list's own categories, ``text`` for the name of a service and the first 250 letters of
its description. What answers one of ``includes``, topics under it or near it, answers it too.
Topics that we gave to a service, and suggestions, are never looked at: the judge must not know
what search knows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from referral.errors import RefusedError, refused
from referral.fields.text import without_accents
from referral.records.headings import OWN_TAXONOMY
from referral.records.listing import Listing
from referral.resources import resource_path

NEEDS_FILE = "list_exam_needs.csv"
_DESCRIPTION = 250  # letters of a description that a person reads before going on

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPatterns:
    """One row of ``list_exam_needs.csv``; a pattern that is None accepts nothing."""

    topic: str
    includes: tuple[str, ...] = ()
    category: Pattern | None = None
    text: Pattern | None = None


@dataclass(frozen=True)
class JudgedService:
    """A service with the texts that the judge may read.

    ``categories`` are names and codes, without those of our own taxonomy.
    """

    id: str
    name: str
    organization: str
    description: str
    categories: tuple[str, ...]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(map(fold_text, self.categories))

    @cached_property
    def _texts(self) -> tuple[str, str]:
        return fold_text(self.name), fold_text(self.description[:_DESCRIPTION])

    def answers(self, patterns: NeedPatterns) -> bool:
        """Whether a category, the name or the beginning of the description says so."""
        return _any_found(patterns.category, self._names) or _any_found(patterns.text, self._texts)

    def is_called(self, name: Pattern) -> bool:
        """Whether the name of the service or its organization has this in it."""
        return _any_found(name, (fold_text(self.name), fold_text(self.organization)))


class Judge:
    """Finds the services of one list that answer a need.

    Args:
        services: those that the public may find.
        needs: topic → patterns.
    """

    def __init__(
        self, services: Iterable[JudgedService], needs: Mapping[str, NeedPatterns]
    ) -> None:
        self._services = tuple(services)
        self._needs = needs
        self._by_topic: dict[str, frozenset[str]] = {}

    def right_services(self, topics: Iterable[str], name: Pattern | None) -> frozenset[str]:
        """Ids of the services that answer one of these topics or have this name."""
        right = frozenset[str]().union(*map(self._of_topic, topics))
        if name is None:
            return right
        return right | {each.id for each in self._services if each.is_called(name)}

    def _of_topic(self, topic: str) -> frozenset[str]:
        if topic not in self._by_topic:
            row = self._needs[topic]
            own = (service.id for service in self._services if service.answers(row))
            self._by_topic[topic] = frozenset(own).union(*map(self._of_topic, row.includes))
        return self._by_topic[topic]


def judged_service(listing: Listing) -> JudgedService:
    """What the judge may read of a listing."""
    service, organization = listing.service, listing.organization
    ours = OWN_TAXONOMY.casefold()
    own = [term for term in listing.terms if term.taxonomy.casefold() != ours]
    return JudgedService(
        id=service.id,
        name=service.name,
        organization=organization.name if organization else "",
        description=service.description,
        categories=tuple(
            dict.fromkeys(filter(None, (text for term in own for text in (term.name, term.code))))
        ),
    )


def load_needs(path: Path | None = None) -> dict[str, NeedPatterns]:
    """The patterns by topic: those of ``seed_data``, or of a library's own file.

    Raises:
        RefusedError: the file cannot be read, or a pattern is not a regular expression.
    """
    path = path or resource_path("seed_data") / NEEDS_FILE
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = {row["topic"]: _patterns(row, path.name) for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError, AttributeError, csv.Error) as error:
        raise refused(
            "%(name)s cannot be read; docs/search.md says what it has.", name=path.name
        ) from error
    _check_includes(rows, path.name)
    return rows


def _patterns(row: Mapping[str, str], file: str) -> NeedPatterns:
    topic = row["topic"]
    return NeedPatterns(
        topic=topic,
        includes=tuple(filter(None, row["includes"].split("|"))),
        category=compile_pattern(row["category"], file, topic),
        text=compile_pattern(row["text"], file, topic),
    )


def _check_includes(needs: Mapping[str, NeedPatterns], file: str) -> None:
    """Each included topic has a row, and none includes itself, however far around."""
    sorter = TopologicalSorter({topic: row.includes for topic, row in needs.items()})
    for row in needs.values():
        for topic in row.includes:
            if topic not in needs:
                raise missing_row(topic, file)
    try:
        sorter.prepare()
    except CycleError as error:
        raise refused(
            "%(name)s: “%(topic)s” includes itself.", name=file, topic=error.args[1][0]
        ) from error


def missing_row(topic: str, file: str = NEEDS_FILE) -> RefusedError:
    """Make the error about a topic that has no patterns."""
    return refused("%(name)s has no row for “%(topic)s”.", name=file, topic=topic)


def compile_pattern(cell: str | None, file: str, row: str) -> Pattern | None:
    """The regular expression of a cell, None where it is empty.

    Raises:
        RefusedError: it is not a regular expression.
    """
    if not cell:
        return None
    try:
        return re.compile(without_accents(cell), re.IGNORECASE)
    except re.error as error:
        raise refused(
            "%(name)s: the pattern of “%(row)s” is not a regular expression.", name=file, row=row
        ) from error


def fold_text(text: str) -> str:
    """Lower case, without accents, straight apostrophes, one space between words."""
    return " ".join(without_accents(text.casefold().replace("’", "'")).split())


def _any_found(pattern: Pattern | None, texts: Iterable[str]) -> bool:
    return pattern is not None and any(map(pattern.search, texts))
