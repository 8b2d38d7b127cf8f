"""Judge of which services of a source list meet a need, by the words of the list itself.

``list_exam_needs.csv`` has two patterns for each topic of the library's taxonomy: ``category`` for
names and codes of the list's own categories, ``text`` for the name of a service and the first 250
letters of its description. A service that meets a topic in ``includes`` (narrower or related
topics) meets the topic too. Topics assigned by the library and suggested topics are never used,
because search uses them and the judge must be independent of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from referral.fields.text import fold_text, without_accents
from referral.records.headings import OWN_TAXONOMY
from referral.records.listing import Listing
from referral.resources import resource_path

_DESCRIPTION_LETTERS = 250  # letters of a description that a person reads

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPatterns:
    """The text patterns by which services of a source list meet one of the usual needs.

    None matches nothing.
    """

    includes: tuple[str, ...] = ()
    category: Pattern | None = None
    text: Pattern | None = None


@dataclass(frozen=True)
class JudgedService:
    """A service of a source list, with the texts by which it is judged to meet a need.

    ``categories`` are names and codes, without those of the library's own taxonomy.
    """

    id: str
    name: str
    description: str
    categories: tuple[str, ...]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(map(fold_line, self.categories))

    @cached_property
    def _texts(self) -> tuple[str, str]:
        return fold_line(self.name), fold_line(self.description[:_DESCRIPTION_LETTERS])

    def matches(self, patterns: NeedPatterns) -> bool:
        """Return whether a service's category, name or start of description matches a need."""
        return _matches_any(patterns.category, self._names) or _matches_any(
            patterns.text, self._texts
        )


class Judge:
    """Finds the services of a source list that meet a need, by the words of the list itself.

    Args:
        services: the public services of the list.
        needs: topic → patterns.
    """

    def __init__(
        self, services: Iterable[JudgedService], needs: Mapping[str, NeedPatterns]
    ) -> None:
        self._services = tuple(services)
        self._needs = needs
        self._by_topic: dict[str, frozenset[str]] = {}

    def right_services(self, topics: Iterable[str]) -> frozenset[str]:
        """Return the ids of a source list's services that meet a need, given as topics."""
        return frozenset[str]().union(*map(self._services_for, topics))

    def _services_for(self, topic: str) -> frozenset[str]:
        if topic not in self._by_topic:
            patterns = self._needs[topic]
            matching = (service.id for service in self._services if service.matches(patterns))
            self._by_topic[topic] = frozenset(matching).union(
                *map(self._services_for, patterns.includes)
            )
        return self._by_topic[topic]


def judged_service(listing: Listing) -> JudgedService:
    """Extract from a listing the texts by which it is judged to meet a need."""
    service = listing.service
    own_taxonomy = OWN_TAXONOMY.casefold()
    list_terms = [term for term in listing.terms if term.taxonomy.casefold() != own_taxonomy]
    return JudgedService(
        id=service.id,
        name=service.name,
        description=service.description,
        categories=tuple(
            dict.fromkeys(
                filter(None, (text for term in list_terms for text in (term.name, term.code)))
            )
        ),
    )


def load_needs() -> dict[str, NeedPatterns]:
    """Load the text patterns for usual needs by topic, from ``list_exam_needs.csv``."""
    path = resource_path("seed_data") / "list_exam_needs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["topic"]: NeedPatterns(
                includes=tuple(filter(None, row["includes"].split("|"))),
                category=_pattern(row["category"]),
                text=_pattern(row["text"]),
            )
            for row in csv.DictReader(file)
        }


def _pattern(cell: str) -> Pattern | None:
    return re.compile(without_accents(cell), re.IGNORECASE) if cell else None


def fold_line(text: str) -> str:
    """Return a source list's text in lower case, with plain spaces and without accents."""
    return " ".join(fold_text(text).split())


def _matches_any(pattern: Pattern | None, texts: Iterable[str]) -> bool:
    return pattern is not None and any(map(pattern.search, texts))
