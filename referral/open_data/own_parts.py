"""Conversion of the directory's records to those of HSDS 3.1.

Headings, keywords and the source of a service become attributes, tax numbers identifiers, and units
of capacities records. A service without an organization gets one with its own name. An address that
lacks a required part becomes a partial address; other parts that lack one are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from referral.fields.urls_and_emails import to_uri
from referral.formats.open_referral.own_terms import (
    KEYWORD_TERM,
    identifier_id,
    keyword_attribute_id,
    source_attribute_id,
    source_term,
    stand_in_id,
    unit_id,
)
from referral.formats.writing.hsds_values import (
    ADDRESS_REQUIRED,
    REQUIRED,
    CapacityInUnit,
    PartialAddress,
    Unit,
    day_of,
    name_of,
)
from referral.formats.writing.nested import Nested
from referral.open_data.trees import DESCRIBING, PARTS, in_order
from referral.records.classification import Attribute, Metadata, TaxonomyTerm
from referral.records.hsds import (
    Address,
    Organization,
    OrganizationIdentifier,
    Phone,
    Record,
    Service,
    ServiceCapacity,
    Url,
)
from referral.records.listing import Credit

# Registers of tax numbers by their format: of the United States, and of Canadian charities.
_TAX_NUMBER_SCHEMES = (
    (re.compile(r"\d{2}-?\d{7}\Z", re.ASCII), "US-EIN", "EIN"),
    (re.compile(r"\d{9}\s?RR\s?\d{4}\Z", re.ASCII), "CA-CRA_ACR", "Business Number"),
)
_OTHER_TAX_NUMBER = ("", "Tax ID")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Headings and credits that converting a record requires and its parts do not contain.

    Attributes:
        headings: slug of a heading → its term.
        credits: id of a service from a followed source → the credit of that source.
    """

    headings: Mapping[str, TaxonomyTerm]
    credits: Mapping[str, Credit]


def parts_of(kind: str) -> tuple[str, ...]:
    """Return the kinds that HSDS nests in a record of a kind, in HSDS order."""
    parts = [part for part in PARTS.get(kind, ()) if part != "service_heading"]
    if "address" in parts:
        parts.insert(parts.index("address") + 1, "partial_address")
    return (*parts, *DESCRIBING)


def hsds_trees(nodes: Iterable[Nested], around: Surroundings) -> list[Nested]:
    """Convert trees from ``trees.read_trees`` to the form of HSDS."""
    found = []
    for node in nodes:
        tree = _convert(node, around)
        if isinstance(node.record, Organization) and node.record.tax_id:
            kind = "organization_identifier"
            identifier = Nested(identifier_of(node.record))
            identifiers = [*tree.parts.pop(kind, ()), identifier]
            tree.parts = {kind: identifiers, **tree.parts}
        found.append(tree)
    return found


def _convert(node: Nested, around: Surroundings) -> Nested:
    record = node.record
    parts: dict[str, list[Nested]] = {}
    for kind, children in node.parts.items():
        for child in children:
            if kind != "service_heading" and _has_required_fields(child.record):
                inner = _convert(child, around)
                parts.setdefault(name_of(inner.record), []).append(inner)
    if isinstance(record, Service):
        if not record.organization_id:
            parts["organization"] = [Nested(stand_in(record))]
        if own_attributes := list(_iter_own_attributes(node, around)):
            parts["attribute"] = [*parts.get("attribute", ()), *own_attributes]
    elif isinstance(record, ServiceCapacity):
        parts["unit"] = [Nested(unit_of(record))]
    return Nested(hsds_record(record), in_order(parts, parts_of(name_of(record))))


def _has_required_fields(record: Record) -> bool:
    """Return whether a part has all fields that HSDS requires, in a valid form."""
    if isinstance(record, Phone):
        return bool(record.number)
    if isinstance(record, OrganizationIdentifier):
        return bool(record.identifier and (record.identifier_type or record.identifier_scheme))
    if isinstance(record, Metadata):
        required = (getattr(record, name) for name in REQUIRED["metadata"])
        return all(required) and day_of(record.last_action_date) is not None
    if isinstance(record, ServiceCapacity):
        return bool(record.unit and record.available is not None and record.updated)
    if isinstance(record, Url):
        return bool(to_uri(record.url))
    return True


def _iter_own_attributes(service: Nested, around: Surroundings) -> Iterator[Nested]:
    """Yield the headings, keywords and source of a service as attributes, each with its term."""
    record: Any = service.record
    for node in service.parts.get("service_heading", ()):
        heading: Any = node.record
        if heading.heading in around.headings:
            term = around.headings[heading.heading]
            yield _attribute(record.id, heading.id, term, heading.set_by)
    for word in words_of(record.keywords):
        yield _attribute(record.id, keyword_attribute_id(record.id, word), KEYWORD_TERM, word)
    if (credit := around.credits.get(record.id)) is not None:
        term = source_term(credit.publisher)
        yield _attribute(record.id, source_attribute_id(record.id), term, credit.licence)


def _attribute(service_id: str, attribute_id: str, term: TaxonomyTerm, value: str) -> Nested:
    attribute = Attribute(
        id=attribute_id,
        link_id=service_id,
        link_entity="service",
        taxonomy_term_id=term.id,
        value=value,
    )
    return Nested(attribute, {"taxonomy_term": [Nested(term)]})


def hsds_record(record: Record) -> Record:
    """Return a record in the form of HSDS, without its parts."""
    if isinstance(record, Service) and not record.organization_id:
        return replace(record, organization_id=stand_in_id(record.id))
    if isinstance(record, Organization) and record.tax_id:
        return replace(record, tax_id="")
    if isinstance(record, Address) and not is_whole(record):
        return PartialAddress(**asdict(record))
    if isinstance(record, ServiceCapacity):
        return CapacityInUnit(
            id=record.id,
            service_id=record.service_id,
            unit_id=unit_of(record).id,
            available=record.available,
            maximum=record.maximum,
            description=record.description,
            updated=record.updated,
        )
    return record


def stand_in(service: Any) -> Organization:
    """Return the organization that is published for a service that has none."""
    return Organization(id=stand_in_id(service.id), name=service.name)


def identifier_of(agency: Organization) -> OrganizationIdentifier:
    """Return the tax number of an organization as an identifier record."""
    matching = (names for pattern, *names in _TAX_NUMBER_SCHEMES if pattern.match(agency.tax_id))
    scheme, name = next(matching, _OTHER_TAX_NUMBER)
    return OrganizationIdentifier(
        id=identifier_id(agency.id),
        organization_id=agency.id,
        identifier_scheme=scheme,
        identifier_type=name,
        identifier=agency.tax_id,
    )


def unit_of(capacity: ServiceCapacity) -> Unit:
    """Return the unit that a capacity counts."""
    name, scheme, identifier, uri = (
        capacity.unit, capacity.unit_scheme, capacity.unit_identifier, capacity.unit_uri,
    )  # fmt: skip
    key = unit_id(name, scheme, identifier, uri)
    return Unit(id=key, name=name, scheme=scheme, identifier=identifier, uri=uri)


def is_whole(address: Address) -> bool:
    """Return whether an address has every part that HSDS requires."""
    return all(getattr(address, name) for name in ADDRESS_REQUIRED)


def words_of(keywords: str) -> list[str]:
    """Return the keywords of a service, each once."""
    return list(dict.fromkeys(word for word in keywords.split("|") if word.strip()))
