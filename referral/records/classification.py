"""Records that classify, translate or annotate other records.

Taxonomy, taxonomy_term, attribute and metadata are HSDS 3.1; ``TaxonomyTerm.use_references`` and
``TaxonomyTerm.sort``, ``ServiceHeading`` and ``Translation`` are ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from referral.records.hsds import Record

_WORD = re.compile(r"[^\W\d_]{3}")
_UNLIKE_A_WORD = re.compile(r"\d|[a-z][A-Z]")
SET_BY_RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy(Record):
    """A taxonomy: a list of terms that services are classified by."""

    name: str
    description: str = ""
    uri: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyTerm(Record):
    """A term of a taxonomy.

    Attributes:
        sort: position among the terms with the same parent, the most common meaning first.
        use_references: synonyms of the term, separated by ``|``.
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
        """The key of the term in URLs and filters: its code, or its id where it has none."""
        return self.code or self.id

    @property
    def order(self) -> tuple[bool, int]:
        """Sort key among terms with the same parent; terms without a number are last."""
        return self.sort is None, self.sort or 0

    @property
    def is_code_only(self) -> bool:
        """Return whether the term has only a code, which is repeated as its name.

        A code made of words ("Food pantries", "food-pantries") is a name too.
        """
        return bool(self.code) and self.name == self.code and not reads_as_words(self.code)


def reads_as_words(code: str) -> bool:
    """Return whether a code is made of words, as "food-pantries" but not "BD-1800", "recXyZq"."""
    return bool(_WORD.search(code)) and (" " in code or not _UNLIKE_A_WORD.search(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Record):
    """The link of a taxonomy term to a record of kind ``link_entity`` with id ``link_id``."""

    link_id: str
    link_entity: str
    taxonomy_term_id: str
    link_type: str = ""
    value: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHeading(Record):
    """A heading that a service is filed under; ``set_by`` is file, rule or staff."""

    service_id: str
    heading: str
    set_by: str = SET_BY_RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation(Record):
    """A field of a record in another language; ``status`` is a ``TranslationStatus``."""

    link_entity: str
    link_id: str
    language: str
    field: str
    text: str
    status: str = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata(Record):
    """A change of a record that its source list reports; not part of our own history.

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
