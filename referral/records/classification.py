"""Records that say what other records are about, and say it in other languages.

Taxonomy, taxonomy_term and attribute are HSDS 3.1; ``TaxonomyTerm.use_references``,
``ServiceHeading`` and ``Translation`` are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from referral.records.directory import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy(Record):
    """A list of terms."""

    name: str
    description: str = ""
    uri: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyTerm(Record):
    """A term; ``use_references`` are other words for it, separated by ``|``."""

    name: str
    code: str = ""
    description: str = ""
    parent_id: str = ""
    taxonomy: str = ""
    taxonomy_id: str = ""
    language: str = ""
    term_uri: str = ""
    use_references: str = ""

    @property
    def key(self) -> str:
        """What addresses and filters call the term: its code, or its id where it has none."""
        return self.code or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Record):
    """That a term applies to a record (``link_entity`` is its kind, ``link_id`` its id)."""

    link_id: str
    link_entity: str
    taxonomy_term_id: str
    link_type: str = ""
    value: str = ""
    label: str = ""


SET_BY_RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHeading(Record):
    """That a service stands under a heading; ``set_by`` is file, rule or staff."""

    service_id: str
    heading: str
    set_by: str = SET_BY_RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation(Record):
    """A record's text in another language; ``status`` is one of ``TranslationStatus``."""

    link_entity: str
    link_id: str
    language: str
    field: str
    text: str
    status: str = "draft"
