"""Terms by which our exports write headings, keywords and sources of services.

In HSDS all three are attributes. An import recognizes the terms by their ids and converts their
attributes back to headings and keywords. Sources are left out: the source of an import is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from referral.records.classification import Taxonomy, TaxonomyTerm
from referral.records.record_ids import record_id

HEADING_SLUGS = (
    "basic-needs", "health", "employment", "seniors",
    "families", "volunteers", "legal", "emergency",
)  # fmt: skip


def _export_id(kind: str, key: str) -> str:
    return record_id("our exports", kind, key)


HEADINGS_TAXONOMY = Taxonomy(
    id=_export_id("taxonomy", "headings"),
    name="2-1-1 headings",
    description="The groups by which this directory is browsed. The value of an attribute says "
    "what placed the service there: file, staff or rule.",
)
KEYWORDS_TAXONOMY = Taxonomy(
    id=_export_id("taxonomy", "keywords"),
    name="Keywords",
    description="Words to find a service by: each is the value of an attribute.",
)
KEYWORD_TERM = TaxonomyTerm(
    id=_export_id("taxonomy_term", "keyword"),
    code="keyword",
    name="Keyword",
    description="A word to find the service by.",
    taxonomy=KEYWORDS_TAXONOMY.name,
    taxonomy_id=KEYWORDS_TAXONOMY.id,
)

SOURCES_TAXONOMY = Taxonomy(
    id=_export_id("taxonomy", "sources"),
    name="Sources",
    description="Whose list a service was taken from. The value of an attribute is the license.",
)


def source_term(publisher: str) -> TaxonomyTerm:
    """Return the taxonomy term by which our exports name a source that is followed."""
    return TaxonomyTerm(
        id=_export_id("taxonomy_term", f"source/{publisher}"),
        code=f"source:{publisher}",
        name=publisher,
        taxonomy=SOURCES_TAXONOMY.name,
        taxonomy_id=SOURCES_TAXONOMY.id,
    )


def heading_term(slug: str, name: str) -> TaxonomyTerm:
    """Return the taxonomy term by which our exports name one of the eight headings."""
    return TaxonomyTerm(
        id=_export_id("taxonomy_term", f"heading/{slug}"),
        # Codes are unique in the tables of HSDS, and a list may have a code "health" itself.
        code=f"heading:{slug}",
        name=name,
        taxonomy=HEADINGS_TAXONOMY.name,
        taxonomy_id=HEADINGS_TAXONOMY.id,
    )


SLUG_BY_TERM: Mapping[str, str] = {heading_term(slug, "").id: slug for slug in HEADING_SLUGS}
TAXONOMY_IDS = frozenset({HEADINGS_TAXONOMY.id, KEYWORDS_TAXONOMY.id, SOURCES_TAXONOMY.id})
TERM_IDS = frozenset({*SLUG_BY_TERM, KEYWORD_TERM.id})


def keyword_attribute_id(service_id: str, word: str) -> str:
    """Return the id of the exported attribute that links a service to a keyword."""
    return _export_id("attribute", f"keyword/{service_id}/{word}")


def source_attribute_id(service_id: str) -> str:
    """Return the id of the exported attribute that links a service to its source."""
    return _export_id("attribute", f"source/{service_id}")


def identifier_id(organization_id: str) -> str:
    """Return the id of an organization's exported identifier for its tax number."""
    return _export_id("organization_identifier", f"tax/{organization_id}")


def unit_id(*parts: str) -> str:
    """Return the id of an exported unit of capacity, from its name, scheme, identifier and URI."""
    return _export_id("unit", "/".join(parts))


def stand_in_id(service_id: str) -> str:
    """Return the id of the organization that is exported for a service without one."""
    return _export_id("organization", f"of/{service_id}")
