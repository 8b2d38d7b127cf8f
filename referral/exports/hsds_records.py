"""Public records as HSDS 3.1 has them: what its tables require, and its own place for what is ours.

Headings and keywords are attributes, tax numbers are identifiers, units of capacities are records,
a service without an organization has one of its name, an address that lacks a required part stands
apart, and a phone without a number or a capacity that lacks a required part is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from referral.fields.urls_and_emails import to_uri
from referral.formats.hsds.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    KEYWORDS_TAXONOMY,
    heading_term,
    identifier_id,
    keyword_attribute_id,
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
from referral.store.public_records import PublicRecords
from referral.store.rows import (
    AddressRow,
    OrganizationIdentifierRow,
    OrganizationRow,
    PhoneRow,
    ServiceCapacityRow,
    ServiceRow,
    UrlRow,
)
from referral.store.rows_classification import MetadataRow
from referral.store.terms import read_headings

# What a number is by its form: that of the United States, and of Canadian charities.
_SCHEMES = (
    (re.compile(r"\d{2}-?\d{7}\Z", re.ASCII), "US-EIN", "EIN"),
    (re.compile(r"\d{9}\s?RR\s?\d{4}\Z", re.ASCII), "CA-CRA_ACR", "Business Number"),
)
_OTHER_NUMBER = ("", "Tax ID")
_LINKED_KINDS = ("service", "attribute")


class HsdsRecords(PublicRecords):
    """The public records of the directory, or of one list, as HSDS has them."""

    def __init__(self, session: Session, source: str = "") -> None:
        super().__init__(session, source)
        self._stand_ins: dict[str, Organization] = {}
        self._keywords = 0
        self._scan_services()
        self._terms = self._own_terms()
        self._units = self._own_units()
        whole, numbered = self._counted_apart()
        self._more: Mapping[str, int] = {
            "organization": len(self._stand_ins),
            "organization_identifier": numbered,
            "unit": len(self._units),
            "address": whole - super().count("address"),
            "partial_address": super().count("address") - whole,
            "taxonomy": len({term.taxonomy_id for term in self._terms}),
            "taxonomy_term": len(self._terms),
            "attribute": super().count("service_heading") + self._keywords,
            "service_heading": -super().count("service_heading"),
        }

    def count(self, kind: str) -> int:
        """How many of a kind leave."""
        return super().count(kind) + self._more.get(kind, 0)

    def terms_with_known_codes(self) -> frozenset[str]:
        """The terms whose code an earlier term has: two lists may use one taxonomy."""
        seen: set[str] = set()
        found = set()
        for term in self.of_kind("taxonomy_term"):
            code = getattr(term, "code", "")
            if code and code in seen:
                found.add(term.id)
            seen.add(code)
        return frozenset(found)

    def of_kind(self, kind: str) -> Iterator[Record]:
        """All of a kind; what is made here comes after what their lists had."""
        if kind in _MADE_FROM:
            parent, made = _MADE_FROM[kind]
            yield from _made(super().of_kind(parent), made)
            return
        if kind != _UNIT:
            for record in super().of_kind(kind):
                yield from self._as_hsds(record)
        yield from self._more_of(kind)

    def with_ids(self, kind: str, ids: Iterable[str]) -> list[Record]:
        """Some of a kind, in the same order."""
        wanted = set(ids)
        if kind == _UNIT:
            return [unit for unit in self._units if unit.id in wanted]
        found = [out for each in super().with_ids(kind, wanted) for out in self._as_hsds(each)]
        if kind in {"organization", "taxonomy_term"}:
            found += [each for each in self._more_of(kind) if each.id in wanted]
        return found

    def inside(self, kind: str, parent: str, ids: Iterable[str]) -> dict[str, list[Record]]:
        """What is told inside these parents (a kind and ids), by the id of the parent."""
        wanted = list(ids)
        if kind in _MADE_FROM:
            held, made = _MADE_FROM[kind]
            inside = super().inside(held, parent, wanted)
            return {owner: list(_made(records, made)) for owner, records in inside.items()}
        found = {
            owner: [out for each in records for out in self._as_hsds(each)]
            for owner, records in super().inside(kind, parent, wanted).items()
        }
        if (parent, kind) == _LINKED_KINDS:
            self._add_own_attributes(found, wanted)
        if kind == "organization_identifier":
            for agency in _made(super().with_ids("organization", wanted), _identifier):
                found.setdefault(getattr(agency, parent + "_id"), []).append(agency)
        return found

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) say something of records of ``entity``."""
        own = (entity, kind) == _LINKED_KINDS and bool(self._more["attribute"])
        return own or super().links_to(kind, entity)

    # ------------------------------------------------------------ what is made here
    def _as_hsds(self, record: Record) -> Iterator[Record]:
        if isinstance(record, Service):
            agency = record.organization_id or stand_in_id(record.id)
            yield replace(record, organization_id=agency)
        elif isinstance(record, Organization):
            yield replace(record, tax_id="") if record.tax_id else record
        elif isinstance(record, Address):
            if _is_whole(record):
                yield record
        elif isinstance(record, ServiceCapacity):
            yield CapacityInUnit(
                id=record.id,
                service_id=record.service_id,
                unit_id=_unit_of(record).id,
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

    def _more_of(self, kind: str) -> Iterator[Record]:
        if kind == "organization":
            yield from self._stand_ins.values()
        elif kind == "taxonomy":
            used = {term.taxonomy_id for term in self._terms}
            yield from (each for each in _TAXONOMIES if each.id in used)
        elif kind == "taxonomy_term":
            yield from self._terms
        elif kind == _UNIT:
            yield from self._units
        elif kind == "organization_identifier":
            yield from _made(super().of_kind("organization"), _identifier)
        elif kind == "attribute":
            for heading in super().of_kind("service_heading"):
                yield from _heading_attribute(heading)
            for service in super().of_kind("service"):
                yield from _keyword_attributes(service)

    def _add_own_attributes(self, found: dict[str, list[Record]], services: list[str]) -> None:
        headings = super().inside("service_heading", "service", services)
        for record in super().with_ids("service", services):
            placed = headings.get(record.id, ())
            own = [each for heading in placed for each in _heading_attribute(heading)]
            own += _keyword_attributes(record)
            if own:
                found.setdefault(record.id, []).extend(own)

    def _scan_services(self) -> None:
        """Which services have no organization that leaves, and how many keywords there are."""
        row, agencies = ServiceRow, self._ids["organization"]
        columns = select(row.id, row.name, row.organization_id, row.keywords)
        for each in self._session.execute(columns.order_by(row.origin_line, row.id)):
            if each.id not in self._ids["service"]:
                continue
            self._keywords += len(_words(each.keywords))
            if each.organization_id not in agencies:
                agency = Organization(id=stand_in_id(each.id), name=each.name)
                self._stand_ins[agency.id] = agency

    def _counted_apart(self) -> tuple[int, int]:
        """How many addresses are whole, and how many organizations have a tax number."""
        columns = [AddressRow.id, *(getattr(AddressRow, name) for name in ADDRESS_REQUIRED)]
        whole = sum(
            row[0] in self._ids["address"] and all(row[1:])
            for row in self._session.execute(select(*columns))
        )
        numbered = self._session.scalars(
            select(OrganizationRow.id).where(OrganizationRow.tax_id != "")
        )
        return whole, sum(each in self._ids["organization"] for each in numbered)

    def _own_terms(self) -> tuple[TaxonomyTerm, ...]:
        """The headings that are in use, in their order, and the term of keywords."""
        records = super().of_kind("service_heading")
        used = Counter(each.heading for each in records if isinstance(each, ServiceHeading))
        terms = [
            heading_term(each.slug, each.name)
            for each in read_headings(self._session)
            if used[each.slug]
        ]
        return (*terms, KEYWORD_TERM) if self._keywords else tuple(terms)

    def _own_units(self) -> tuple[Unit, ...]:
        """What capacities count, each once."""
        units = (_unit_of(each) for each in super().of_kind("service_capacity"))
        return tuple({unit.id: unit for unit in units}.values())

    def _hanging(self, kind: str) -> set[str]:
        """Without what lacks something that HSDS requires, and what hangs on it."""
        found = super()._hanging(kind)
        if kind in _LACKING:
            row, lacks = _LACKING[kind]
            found.difference_update(self._session.scalars(select(row.id).where(lacks)))
        if kind in _FITTING:
            row, column, fits = _FITTING[kind]
            given = self._session.execute(select(row.id, column))
            found.difference_update(key for key, text in given if not fits(text))
        return found


_UNIT = "unit"
# Kind → its row, and when a record of it lacks what HSDS requires.
_LACKING: Mapping[str, tuple[Any, ColumnElement[bool]]] = {
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
_FITTING: Mapping[str, tuple[Any, Any, Callable[[str], str | None]]] = {
    "url": (UrlRow, UrlRow.url, to_uri),
    "metadata": (MetadataRow, MetadataRow.last_action_date, day_of),
}
_TAXONOMIES: tuple[Taxonomy, ...] = (HEADINGS_TAXONOMY, KEYWORDS_TAXONOMY)
Made = Callable[[Any], Record | None]


def _made(records: Iterable[Record], made: Made) -> Iterator[Record]:
    yield from (found for each in records if (found := made(each)) is not None)


def _identifier(agency: Organization) -> Record | None:
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


def _unit_of(capacity: Any) -> Unit:
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
    return None if _is_whole(address) else PartialAddress(**asdict(address))


def _is_whole(address: Address) -> bool:
    return all(getattr(address, name) for name in ADDRESS_REQUIRED)


# A table that HSDS records do not have here → what it is made from, and how.
_MADE_FROM: Mapping[str, tuple[str, Made]] = {
    "partial_address": ("address", _partial),
}


def _heading_attribute(heading: Any) -> Iterator[Record]:
    term = heading_term(heading.heading, "")
    yield Attribute(
        id=heading.id,
        link_id=heading.service_id,
        link_entity="service",
        taxonomy_term_id=term.id,
        value=heading.set_by,
    )


def _keyword_attributes(service: Any) -> Iterator[Record]:
    for word in _words(service.keywords):
        yield Attribute(
            id=keyword_attribute_id(service.id, word),
            link_id=service.id,
            link_entity="service",
            taxonomy_term_id=KEYWORD_TERM.id,
            value=word,
        )


def _words(keywords: str) -> list[str]:
    return list(dict.fromkeys(word for word in keywords.split("|") if word.strip()))
