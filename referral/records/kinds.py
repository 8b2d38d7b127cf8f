"""Kinds of records by HSDS name, parents before children, and the origin of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache

from referral.records import classification, hsds
from referral.records.hsds import Record

KINDS: Mapping[str, type[Record]] = {
    "taxonomy": classification.Taxonomy,
    "taxonomy_term": classification.TaxonomyTerm,
    "organization": hsds.Organization,
    "program": hsds.Program,
    "service": hsds.Service,
    "location": hsds.Location,
    "service_at_location": hsds.ServiceAtLocation,
    "contact": hsds.Contact,
    "phone": hsds.Phone,
    "address": hsds.Address,
    "schedule": hsds.Schedule,
    "service_area": hsds.ServiceArea,
    "language": hsds.Language,
    "accessibility": hsds.Accessibility,
    "cost_option": hsds.CostOption,
    "required_document": hsds.RequiredDocument,
    "service_capacity": hsds.ServiceCapacity,
    "funding": hsds.Funding,
    "organization_identifier": hsds.OrganizationIdentifier,
    "url": hsds.Url,
    "attribute": classification.Attribute,
    "service_heading": classification.ServiceHeading,
    "translation": classification.Translation,
    "metadata": classification.Metadata,
}

_KIND_BY_CLASS = {record_class: kind for kind, record_class in KINDS.items()}

# Field → kind of the record that it refers to; the kind of ``link_id`` is in ``link_entity``.
PARENT_FIELDS: Mapping[str, str] = {
    "organization_id": "organization",
    "parent_organization_id": "organization",
    "program_id": "program",
    "service_id": "service",
    "location_id": "location",
    "service_at_location_id": "service_at_location",
    "contact_id": "contact",
    "phone_id": "phone",
    "taxonomy_id": "taxonomy",
    "taxonomy_term_id": "taxonomy_term",
    "parent_id": "taxonomy_term",
}

# Text fields that may have several lines; all others have one.
MULTILINE_FIELDS = frozenset({
    "description", "application_process", "fees_description", "eligibility_description",
    "wait_time", "interpretation_services", "accreditations", "licenses", "alert",
    "transportation", "notes", "details", "amount_description", "document", "note",
    "attending_type", "use_references", "text", "extent", "keywords", "funding_source",
    "previous_value", "replacement_value",
})  # fmt: skip
_CLASSES_WITH_LINK = (classification.Attribute, classification.Translation, classification.Metadata)
_NO_TEXTS: Mapping[str, str] = {}


def kind_of(record: Record) -> str:
    """Return the kind of a record, by its HSDS name."""
    return _KIND_BY_CLASS[type(record)]


@cache
def field_names(kind: str) -> tuple[str, ...]:
    """Return the field names of a kind of records, in order, ``id`` and ``visibility`` first."""
    return tuple(each_field.name for each_field in fields(KINDS[kind]))


@cache
def parent_names(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of records that refer to parents, in order."""
    return tuple(name for name in field_names(kind) if name in PARENT_FIELDS)


def parents_of(record: Record) -> list[tuple[str, str, str]]:
    """Return the parents of a record as (field, kind of the parent, id of the parent)."""
    parents = [
        (name, kind, parent_id)
        for name, kind in _parent_fields(kind_of(record))
        if (parent_id := getattr(record, name))
    ]
    if isinstance(record, _CLASSES_WITH_LINK):
        parents.append(("link_id", record.link_entity, record.link_id))
    return parents


@cache
def _parent_fields(kind: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, PARENT_FIELDS[name]) for name in parent_names(kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The origin of a record in a source list.

    Attributes:
        source: name of the source list.
        key: the record's key in the list.
        file: file inside the list.
        line: line in that file (1 is the header).
        unmapped: cells of that line that map to no field, by header, so that nothing is lost.
    """

    source: str
    key: str
    file: str = ""
    line: int = 0
    unmapped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourcedRecord:
    """A record with its origin, as readers yield and imports store it.

    Attributes:
        headers: field → header of its column, while a list is checked.
        given: ``*_id`` field → key of that parent in the list, while a list is checked.
    """

    record: Record
    origin: Origin
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS)
    given: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS)
