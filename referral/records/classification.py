"""Records that say what other records are about, and say it in other languages.

Taxonomy, taxonomy_term, attribute and metadata are HSDS 3.1; ``TaxonomyTerm.use_references`` and
``TaxonomyTerm.sort``, ``ServiceHeading`` and ``Translation`` are ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from referral.records.directory import Record

_WORD = re.compile(r"[^\W\d_]{3}")
_UNLIKE_A_WORD = re.compile(r"\d|[a-z][A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy(Record):
    """A list of terms."""

    name: str
    description: str = ""
    uri: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyTerm(Record):
    """A term of a taxonomy.

    Attributes:
        sort: orders the terms below one: what most people mean by that one comes first.
        use_references: other words for the term, separated by ``|``.
    """

    name: str
    code: str = ""
    description: str = ""
    parent_id: str = ""
    sort: int | None = None
    taxonomy: str = ""
    taxonomy_id: str = ""
    language: str = ""
    term_uri: str = ""
    use_references: str = ""

    @property
    def key(self) -> str:
        """What addresses and filters call the term: its code, or its id where it has none."""
        return self.code or self.id

    @property
    def order(self) -> tuple[bool, int]:
        """Sort key among the terms below the same one: those without a number come last."""
        return self.sort is None, self.sort or 0

    @property
    def is_code_only(self) -> bool:
        """Whether its list gives a code and no name, so that ``name`` is the code again.

        A code that reads as words ("Food pantries", "food-pantries") is a name too.
        """
        return bool(self.code) and self.name == self.code and not reads_as_words(self.code)


def reads_as_words(code: str) -> bool:
    """Whether a code is made of words: "Meals for 2", "food-pantries"; not "BD-1800", "recXyZq"."""
    return bool(_WORD.search(code)) and (" " in code or not _UNLIKE_A_WORD.search(code))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata(Record):
    """A change of a record that its list tells of: no part of our own history.

    HSDS calls ``link_entity`` ``resource_type``, and ``link_id`` ``resource_id``.
    """

    link_entity: str
    link_id: str
    last_action_date: str = ""
    last_action_type: str = ""
    field_name: str = ""
    previous_value: str = ""
    replacement_value: str = ""
    updated_by: str = ""
