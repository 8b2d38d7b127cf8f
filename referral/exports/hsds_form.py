"""Public records as HSDS 3.1 has them: what its tables require, and its own place for what is ours.

Headings, keywords and whose list a service is from are attributes, tax numbers are identifiers,
units of capacities are records, a service without an organization has one of its name, an address
that lacks a required part stands apart, and a phone without a number or a capacity that lacks a
required part is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from referral.fields.urls_and_emails import to_uri
from referral.formats.hsds.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    KEYWORDS_TAXONOMY,
    SOURCES_TAXONOMY,
    heading_term,
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
)
from referral.records.classification import Attribute, ServiceHeading, Taxonomy, TaxonomyTerm
from referral.records.directory import (
    Address,
    Organization,
    OrganizationIdentifier,
    Record,
    Service,
    ServiceCapacity,
    Url,
)
from referral.records.listing import Credit
from referral.store.public.public_reader import PublicReader
from referral.store.rows import (
    OrganizationIdentifierRow,
    PhoneRow,
    ServiceCapacityRow,
    UrlRow,
)
from referral.store.rows_classification import MetadataRow

# What a number is by its form: that of the United States, and of Canadian charities.
_SCHEMES = (
    (re.compile(r"\d{2}-?\d{7}\Z", re.ASCII), "US-EIN", "EIN"),
    (re.compile(r"\d{9}\s?RR\s?\d{4}\Z", re.ASCII), "CA-CRA_ACR", "Business Number"),
)
_OTHER_NUMBER = ("", "Tax ID")
_LINKED_KINDS = ("service", "attribute")


class HsdsForm(PublicReader):
    """What is read, as HSDS has it."""

    def with_ids(self, kind: str, ids: Iterable[str]) -> list[Record]:
        """Some of a kind, in the same order; what is made here comes last."""
        wanted = set(ids)
        if kind == UNIT:
            return [each for each in self._made_of(kind) if each.id in wanted]
        found = [out for each in super().with_ids(kind, wanted) for out in self._as_hsds(each)]
        return [*found, *(each for each in self._made_of(kind) if each.id in wanted)]

    def inside(self, kind: str, parent: str, ids: Iterable[str]) -> dict[str, list[Record]]:
        """What is told inside these parents (a kind and ids), by the id of the parent."""
        wanted = list(ids)
        if kind in MADE_FROM:
            held, made = MADE_FROM[kind]
            inside = super().inside(held, parent, wanted)
            return {owner: list(made_of(records, made)) for owner, records in inside.items()}
        found = {
            owner: [out for each in records for out in self._as_hsds(each)]
            for owner, records in super().inside(kind, parent, wanted).items()
        }
        if (parent, kind) == _LINKED_KINDS:
            self._add_own_attributes(found, wanted)
        if kind == "organization_identifier":
            for agency in made_of(super().with_ids("organization", wanted), identifier_of):
                found.setdefault(getattr(agency, parent + "_id"), []).append(agency)
        return found

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) say something of records of ``entity``."""
        own = (entity, kind) == _LINKED_KINDS and self._has_own_attributes()
        return own or super().links_to(kind, entity)

    def _made_of(self, kind: str) -> Iterable[Record]:
        """What is made here of organizations, terms and units."""
        raise NotImplementedError

    def _has_own_attributes(self) -> bool:
        """Whether attributes are made of headings, keywords and credits."""
        raise NotImplementedError

    def credits(self, service_ids: Collection[str]) -> Mapping[str, Credit]:
        """Those of these services that are from a followed source → whom they are from."""
        raise NotImplementedError

    def _as_hsds(self, record: Record) -> Iterator[Record]:
        if isinstance(record, Service):
            if record.organization_id:
                yield record
            else:
                yield replace(record, organization_id=stand_in_id(record.id))
        elif isinstance(record, Organization):
            yield replace(record, tax_id="") if record.tax_id else record
        elif isinstance(record, Address):
            if is_whole(record):
                yield record
        elif isinstance(record, ServiceCapacity):
            yield CapacityInUnit(
                id=record.id,
                service_id=record.service_id,
                unit_id=unit_of(record).id,
                available=record.available,
                maximum=record.maximum,
                description=record.description,
                updated=record.updated,
            )
        elif isinstance(record, Url):
            if record.url:  # else it named a street that is held back
                yield record
        elif not isinstance(record, ServiceHeading):
            yield record

    def _add_own_attributes(self, found: dict[str, list[Record]], services: list[str]) -> None:
        headings = super().inside("service_heading", "service", services)
        whose = self.credits(services)
        for record in super().with_ids("service", services):
            placed = headings.get(record.id, ())
            own = [each for heading in placed for each in heading_attribute(heading)]
            own += keyword_attributes(record)
            own += source_attributes(record.id, whose)
            if own:
                found.setdefault(record.id, []).extend(own)


UNIT = "unit"
# Kind → its row, and when a record of it lacks what HSDS requires.
LACKING: Mapping[str, tuple[Any, ColumnElement[bool]]] = {
    "phone": (PhoneRow, PhoneRow.number == ""),
    "organization_identifier": (
        OrganizationIdentifierRow,
        or_(
            OrganizationIdentifierRow.identifier == "",
            and_(
                OrganizationIdentifierRow.identifier_type == "",
                OrganizationIdentifierRow.identifier_scheme == "",
            ),
        ),
    ),
    "metadata": (
        MetadataRow,
        or_(*(getattr(MetadataRow, name) == "" for name in REQUIRED["metadata"])),
    ),
    "service_capacity": (
        ServiceCapacityRow,
        or_(
            ServiceCapacityRow.unit == "",
            ServiceCapacityRow.available.is_(None),
            ServiceCapacityRow.updated == "",
        ),
    ),
}
# Kind → its row, and a column whose text must be of a form that HSDS requires.
FITTING: Mapping[str, tuple[Any, Any, Callable[[str], str | None]]] = {
    "url": (UrlRow, UrlRow.url, to_uri),
    "metadata": (MetadataRow, MetadataRow.last_action_date, day_of),
}
TAXONOMIES: tuple[Taxonomy, ...] = (HEADINGS_TAXONOMY, KEYWORDS_TAXONOMY, SOURCES_TAXONOMY)
Made = Callable[[Any], Record | None]


def made_of(records: Iterable[Record], made: Made) -> Iterator[Record]:
    """What is made of records, where anything is."""
    yield from (found for each in records if (found := made(each)) is not None)


def identifier_of(agency: Organization) -> Record | None:
    """The tax number of an organization, where it has one."""
    if not agency.tax_id:
        return None
    fitting = (names for form, *names in _SCHEMES if form.match(agency.tax_id))
    scheme, name = next(fitting, _OTHER_NUMBER)
    return OrganizationIdentifier(
        id=identifier_id(agency.id),
        organization_id=agency.id,
        identifier_scheme=scheme,
        identifier_type=name,
        identifier=agency.tax_id,
    )


def unit_of(capacity: Any) -> Unit:
    """What a capacity counts."""
    scheme, identifier, uri = (
        capacity.unit_scheme,
        capacity.unit_identifier,
        capacity.unit_uri,
    )
    return Unit(
        id=unit_id(capacity.unit, scheme, identifier, uri),
        name=capacity.unit,
        scheme=scheme,
        identifier=identifier,
        uri=uri,
    )


def _partial(address: Address) -> Record | None:
    return None if is_whole(address) else PartialAddress(**asdict(address))


def is_whole(address: Address) -> bool:
    """Whether an address has all that HSDS requires of one."""
    return all(getattr(address, name) for name in ADDRESS_REQUIRED)


# A table that HSDS records do not have here → what it is made from, and how.
MADE_FROM: Mapping[str, tuple[str, Made]] = {
    "partial_address": ("address", _partial),
}


def heading_attribute(heading: Any) -> Iterator[Record]:
    """What says that a service is under a heading."""
    term = heading_term(heading.heading, "")
    yield Attribute(
        id=heading.id,
        link_id=heading.service_id,
        link_entity="service",
        taxonomy_term_id=term.id,
        value=heading.set_by,
    )


def keyword_attributes(service: Any) -> Iterator[Record]:
    """What says the keywords of a service."""
    for word in words_of(service.keywords):
        yield Attribute(
            id=keyword_attribute_id(service.id, word),
            link_id=service.id,
            link_entity="service",
            taxonomy_term_id=KEYWORD_TERM.id,
            value=word,
        )


def source_attributes(service_id: str, whose: Mapping[str, Credit]) -> Iterator[Record]:
    """What says whose list a service is from, and its license."""
    if credit := whose.get(service_id):
        yield Attribute(
            id=source_attribute_id(service_id),
            link_id=service_id,
            link_entity="service",
            taxonomy_term_id=source_term(credit.publisher).id,
            value=credit.licence,
        )


def source_terms(whose: Iterable[Credit]) -> list[TaxonomyTerm]:
    """The terms of publishers, each once."""
    return [source_term(each) for each in sorted({credit.publisher for credit in whose})]


def words_of(keywords: str) -> list[str]:
    """The keywords, each once."""
    return list(dict.fromkeys(word for word in keywords.split("|") if word.strip()))
