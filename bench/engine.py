"""The engine protocol, and the flat document that other engines index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from referral.records.listing import Listing
from referral.search.indexing.documents import document_of, facts_of
from referral.search.query import SearchQuery

# Five text fields, from the fields of our documents.
TEXTS = {
    "name": ("name", "name_es", "alternate_name"),
    "organization": ("organization", "program"),
    "topics": ("terms", "terms_es", "topics", "topics_es"),
    "keywords": ("keywords",),
    "description": ("description", "text_es", "eligibility", "places"),
}
WEIGHTS = {"name": 5.0, "organization": 2.5, "topics": 4.0, "keywords": 3.0, "description": 1.0}
FACETS = ("heading", "language", "free")
# Facet counts over the common table expression ``found``.
COUNTS_SQL = " ".join(
    f"UNION ALL SELECT '{facet}', {facet}, count(*) FROM found GROUP BY {facet}" for facet in FACETS
)
SHOWN = 20
UNLIMITED = 1_000_000
_NOWHERE = 0.0  # coordinates of a service without a place; ``placed`` tells
_NO = "no"


@dataclass(frozen=True, slots=True)
class FlatDocument:
    """A service with only its first place, heading and language, which favours other engines.

    ``texts`` has the keys of ``TEXTS``, ``facets`` those of ``FACETS`` (never empty, since
    some engines have no empty value); ``placed`` is yes or no.
    """

    texts: dict[str, str]
    latitude: float
    longitude: float
    placed: str
    facets: dict[str, str]

    def as_row(self) -> dict[str, str | float]:
        """All values by column name."""
        return {
            **self.texts, **self.facets, "placed": self.placed,
            "latitude": self.latitude, "longitude": self.longitude,
        }  # fmt: skip


def flat_documents(listings: Iterable[Listing]) -> Iterator[FlatDocument]:
    """The documents of listings, in their order."""
    return map(_flat_document, listings)


def _flat_document(listing: Listing) -> FlatDocument:
    document, facts = document_of(listing), facts_of(listing)
    site = next((site for site in facts.sites if site.latitude is not None), None)
    return FlatDocument(
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


def facet_filters(query: SearchQuery) -> dict[str, str]:
    """The filters of a query by facet."""
    filters = {"heading": next(iter(query.headings), ""), "language": query.language}
    return {facet: value for facet, value in filters.items() if value}


class Engine(Protocol):
    """A search engine under measurement.

    Attributes:
        name: in the report.
        distance: ``exact`` for measured miles, ``box`` for the bounding box.
        query_limit: queries of each kind it is measured with; slow engines get fewer.
    """

    name: str
    distance: str
    query_limit: int

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Index all documents."""

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Find services, fetch 20 names, count the values of three facets; the total."""

    def close(self) -> None:
        """Release files and connections."""
