"""What other engines are given of a service, and what an engine must do to be measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from referral.records.listing import Listing
from referral.records.search import SearchQuery
from referral.search.documents import document_of, facts_of

# How the fields of a document come together in engines that are given five.
TEXTS = {
    "name": ("name", "name_es", "alternate_name"),
    "organization": ("organization", "program"),
    "topics": ("terms", "terms_es", "topics", "topics_es"),
    "keywords": ("keywords",),
    "description": ("description", "text_es", "eligibility", "places"),
}
WEIGHTS = {"name": 5.0, "organization": 2.5, "topics": 4.0, "keywords": 3.0, "description": 1.0}
FACETS = ("heading", "language", "free")
# Of what a statement in SQL calls ``found``.
COUNTS_SQL = " ".join(
    f"UNION ALL SELECT '{facet}', {facet}, count(*) FROM found GROUP BY {facet}" for facet in FACETS
)
SHOWN = 20
MANY_QUESTIONS = 1_000_000
_NOWHERE = 0.0  # degrees of a service without a place; ``placed`` says so
_NO = "no"


@dataclass(frozen=True, slots=True)
class Entry:
    """A service with its first place, heading and language only, which makes others quicker.

    ``texts`` by the names of ``TEXTS``, ``facets`` by those of ``FACETS`` (never empty, since
    some engines know no empty value); ``placed`` is yes or no.
    """

    texts: dict[str, str]
    latitude: float
    longitude: float
    placed: str
    facets: dict[str, str]

    def as_row(self) -> dict[str, str | float]:
        """All of it, by name."""
        return {
            **self.texts, **self.facets, "placed": self.placed,
            "latitude": self.latitude, "longitude": self.longitude,
        }  # fmt: skip


def entries_of(listings: Iterable[Listing]) -> Iterator[Entry]:
    """What is given to other engines."""
    return (_entry_of(listing) for listing in listings)


def _entry_of(listing: Listing) -> Entry:
    document, facts = document_of(listing), facts_of(listing)
    site = next((site for site in facts.sites if site.latitude is not None), None)
    return Entry(
        texts={
            name: " ".join(str(document.get(field, "")) for field in fields).replace("|", " ")
            for name, fields in TEXTS.items()
        },
        latitude=(site.latitude or _NOWHERE) if site else _NOWHERE,
        longitude=(site.longitude or _NOWHERE) if site else _NOWHERE,
        placed="yes" if site else _NO,
        facets={
            "heading": next(iter(facts.headings), _NO),
            "language": next(iter(facts.languages), _NO),
            "free": "yes" if facts.is_free else _NO,
        },
    )


def filters_of(query: SearchQuery) -> dict[str, str]:
    """The filters of a question, by the facet that they look at."""
    asked = {"heading": next(iter(query.headings), ""), "language": query.language}
    return {facet: value for facet, value in asked.items() if value}


class Engine(Protocol):
    """Something that finds services.

    Attributes:
        name: in the report.
        distance: ``exact`` where it measures miles, ``box`` where it looks into a rectangle.
        most_questions: how many it is asked of each kind; slow ones are asked fewer.
    """

    name: str
    distance: str
    most_questions: int

    def build(self, entries: Iterable[Entry]) -> None:
        """Take all entries in."""

    def ask(self, query: SearchQuery, *, facets: bool) -> int:
        """Find, have 20 names ready, count the values of three facets; how many were found."""

    def close(self) -> None:
        """Let go of everything."""
