"""The protocol of benchmark engines, and the flat documents that they index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from referral.records.listing import Listing
from referral.search.indexing.documents import document_of, facts_of
from referral.search.query import SearchQuery

# The text fields of flat documents, and the fields of our documents that each one joins.
FIELDS_BY_TEXT = {
    "name": ("name", "name_es", "alternate_name"),
    "organization": ("organization", "program"),
    "topics": ("terms", "terms_es", "topics", "topics_es"),
    "keywords": ("keywords",),
    "description": ("description", "text_es", "eligibility", "places"),
}
WEIGHTS = {"name": 5.0, "organization": 2.5, "topics": 4.0, "keywords": 3.0, "description": 1.0}
FACETS = ("heading", "language", "free")
# Counts facet values in the common table expression ``found``.
COUNTS_SQL = " ".join(
    f"UNION ALL SELECT '{facet}', {facet}, count(*) FROM found GROUP BY {facet}" for facet in FACETS
)
SHOWN = 20
UNLIMITED = 1_000_000
_NOWHERE = 0.0  # coordinate of a service without a location, whose ``placed`` is no
_NO = "no"


@dataclass(frozen=True, slots=True)
class FlatDocument:
    """A service with only its first location, heading and language, which favors other engines.

    ``texts`` has the keys of ``FIELDS_BY_TEXT``, ``facets`` those of ``FACETS``. Facets are never
    empty, because some engines have no empty values. ``placed`` is yes or no.
    """

    texts: dict[str, str]
    latitude: float
    longitude: float
    placed: str
    facets: dict[str, str]

    def as_row(self) -> dict[str, str | float]:
        """Return all values by column name."""
        return {
            **self.texts, **self.facets, "placed": self.placed,
            "latitude": self.latitude, "longitude": self.longitude,
        }  # fmt: skip


def flat_documents(listings: Iterable[Listing]) -> Iterator[FlatDocument]:
    """Return the flat documents of listings, in the same order."""
    return map(_flat_document, listings)


def _flat_document(listing: Listing) -> FlatDocument:
    document, facts = document_of(listing), facts_of(listing)
    site = next((site for site in facts.sites if site.latitude is not None), None)
    return FlatDocument(
        texts={
            name: " ".join(str(document.get(field, "")) for field in fields).replace("|", " ")
            for name, fields in FIELDS_BY_TEXT.items()
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
    """Return the filters of a query by facet, without its distance."""
    filters = {"heading": next(iter(query.headings), ""), "language": query.language}
    return {facet: value for facet, value in filters.items() if value}


class Engine(Protocol):
    """A search engine that the benchmark measures.

    Attributes:
        name: of the engine in the report.
        distance: ``exact`` if it filters by miles, ``box`` if by the bounding box.
        query_limit: most queries of each kind that it is measured with; fewer for slow engines.
    """

    name: str
    distance: str
    query_limit: int

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Index all documents."""

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Search services, fetch 20 names, count three facets if required, and return the total."""

    def close(self) -> None:
        """Release files and connections."""
