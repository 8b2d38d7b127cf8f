"""Public records as HSDS 3.1 has them: what its tables require, and its own place for what is ours.

Headings, keywords and whose list a service is from are attributes, tax numbers are identifiers,
units of capacities are records, a service without an organization has one of its name, an address
that lacks a required part stands apart, and a phone without a number or a capacity that lacks a
required part is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import starmap
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import Session

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
from referral.open_data.public_records import PublicRecords
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
from referral.records.headings import Heading
from referral.records.listing import Credit
from referral.store.conversion import ROWS
from referral.store.rows import (
    MetadataRow,
    OrganizationIdentifierRow,
    OrganizationRow,
    PhoneRow,
    ServiceCapacityRow,
    ServiceHeadingRow,
    ServiceRow,
)
from referral.store.rows_texts import SourceCreditRow
from referral.store.source_credits import credits_of, handed_on, read_credits
from referral.store.terms import read_headings
from referral.store.visible import Kept

# What a number is by its form: that of the United States, and of Canadian charities.
_SCHEMES = (
    (re.compile(r"\d{2}-?\d{7}\Z", re.ASCII), "US-EIN", "EIN"),
    (re.compile(r"\d{9}\s?RR\s?\d{4}\Z", re.ASCII), "CA-CRA_ACR", "Business Number"),
)
_OTHER_NUMBER = ("", "Tax ID")
_LINKED_KINDS = ("service", "attribute")
_UNIT = "unit"
_PARTIAL = "partial_address"
# What is made here → what it is made from.
_MADE_FROM = {
    "organization_identifier": "organization",
    _UNIT: "service_capacity",
    _PARTIAL: "address",
}
# Of these there are more or fewer than the directory has.
_COUNTED = frozenset(
    {"address", "attribute", "organization", "taxonomy", "taxonomy_term", "url", *_MADE_FROM}
)
_TAXONOMIES: tuple[Taxonomy, ...] = (HEADINGS_TAXONOMY, KEYWORDS_TAXONOMY, SOURCES_TAXONOMY)
# A service whose organization, if it has one, stays here; of services that leave.
_IS_LONE = or_(
    ServiceRow.organization_id.is_(None),
    ServiceRow.organization_id.in_(select(OrganizationRow.id).where(~handed_on(OrganizationRow))),
)


@dataclass(frozen=True, slots=True)
class TermsInUse:
    """In the order in which their lists had them; what is made here comes last.

    ``known_codes`` are the terms whose code an earlier term has.
    """

    taxonomies: tuple[Taxonomy, ...]
    terms: tuple[TaxonomyTerm, ...]
    known_codes: frozenset[str]


class HsdsRecords(PublicRecords):
    """Public records as HSDS has them; units are known once their capacities were read."""

    def __init__(self, session: Session, source: str = "", kept: Kept | None = None) -> None:
        super().__init__(session, source, kept)
        self._agencies: dict[str, Record] = {}
        self._units: dict[str, Record] = {}

    # ------------------------------------------------------------ what HSDS has no place for
    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """The same, without what lacks something that HSDS requires."""
        found = super().conditions(kind)
        return [*found, not_(_LACKING[kind])] if kind in _LACKING else found

    def _parts(self, kind: str, rows: Sequence[Any]) -> set[str]:
        found = super()._parts(kind, rows)
        if kind in _FITTING:
            name, fits = _FITTING[kind]
            found &= {row.id for row in rows if fits(getattr(row, name))}
        return found

    # ------------------------------------------------------------ reading
    def count(self, kind: str) -> int:
        """How many of a kind leave."""
        if kind in _COUNTED:
            return self.kept(f"{kind} count", lambda _: sum(1 for _ in self.of_kind(kind)))
        return super().count(kind)

    def may_have(self, kind: str) -> bool:
        """Whether there may be any of a kind."""
        return super().may_have(_MADE_FROM.get(kind, kind))

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) may say something of such records."""
        return (entity, kind) == _LINKED_KINDS or super().links_to(kind, entity)

    def of_kind(self, kind: str) -> Iterator[Record]:
        """All of a kind; what is made here comes after what their lists had."""
        if kind in {"taxonomy", "taxonomy_term"}:
            found = self.terms_in_use()
            yield from found.terms if kind == "taxonomy_term" else found.taxonomies
        elif kind == _UNIT:
            units = map(unit_of, super().of_kind("service_capacity"))
            yield from {unit.id: unit for unit in units}.values()
        elif kind == _PARTIAL:
            yield from _made_of(super().of_kind("address"), _partial)
        else:
            for record in super().of_kind(kind):
                yield from self._as_hsds(record)
        if kind == "organization":
            for service in self.read("service", _IS_LONE):
                yield _stand_in(service)
        elif kind == "organization_identifier":
            yield from _made_of(super().of_kind("organization"), identifier_of)
        elif kind == "attribute":
            yield from map(_heading_attribute, super().of_kind("service_heading"))
            for service in super().of_kind("service"):
                yield from _keyword_attributes(service)
            yield from starmap(_source_attribute, self.credits().items())

    def with_ids(self, kind: str, ids: Iterable[str]) -> list[Record]:
        """Some of a kind, in the same order; what is made here comes last."""
        wanted = set(ids)
        found: list[Record] = []
        if kind in ROWS:
            found = [out for each in super().with_ids(kind, wanted) for out in self._as_hsds(each)]
        return [
            *found,
            *(each for each in self._stand_in_records(kind, wanted) if each.id in wanted),
        ]

    def inside(self, kind: str, parent: str, ids: Iterable[str]) -> dict[str, list[Record]]:
        """What is told inside these parents (a kind and ids), by the id of the parent."""
        wanted = list(ids)
        if kind == _PARTIAL:
            inside = super().inside("address", parent, wanted)
            return {owner: list(_made_of(records, _partial)) for owner, records in inside.items()}
        found = {
            owner: [out for each in records for out in self._as_hsds(each)]
            for owner, records in super().inside(kind, parent, wanted).items()
        }
        if (parent, kind) == _LINKED_KINDS:
            headings = super().inside("service_heading", "service", wanted)
            whose = self.credits(wanted)
            for record in super().with_ids("service", wanted):
                own = [*map(_heading_attribute, headings.get(record.id, ()))]
                own += _keyword_attributes(record)
                if record.id in whose:
                    own.append(_source_attribute(record.id, whose[record.id]))
                if own:
                    found.setdefault(record.id, []).extend(own)
        if kind == "organization_identifier":
            for number in _made_of(super().with_ids("organization", wanted), identifier_of):
                found.setdefault(getattr(number, f"{parent}_id"), []).append(number)
        return found

    def stand_ins(self) -> Mapping[str, str]:
        """The organizations that services without one are told with → the service."""

        def read(session: Session) -> Mapping[str, str]:
            lone = select(ServiceRow.id).where(_IS_LONE, *self.conditions("service"))
            return {stand_in_id(each): each for each in session.scalars(lone)}

        return self.kept("stand-ins", read)

    def terms_in_use(self) -> TermsInUse:
        """The taxonomies and terms that leave."""
        return self.kept("terms in use", lambda _: self._read_terms_in_use())

    def _read_terms_in_use(self) -> TermsInUse:
        own = self._own_terms()
        terms: list[Any] = [*super().of_kind("taxonomy_term"), *own]
        made_for = {term.taxonomy_id for term in own}
        made = [each for each in _TAXONOMIES if each.id in made_for]
        taxonomies: list[Any] = [*super().of_kind("taxonomy"), *made]
        return TermsInUse(tuple(taxonomies), tuple(terms), repeated_codes(terms))

    def _own_terms(self) -> list[TaxonomyTerm]:
        """The headings that services stand under, the term of keywords, and sources of services."""
        leaving = self.conditions("service")
        heading, credit = ServiceHeadingRow, SourceCreditRow
        placed = select(heading.heading).join(ServiceRow, ServiceRow.id == heading.service_id)
        placed = placed.where(*self.conditions("service_heading"), *leaving).distinct()
        used = set(self.session.scalars(placed))
        has_keywords = exists().where(ServiceRow.keywords != "", *leaving)
        publishers = select(credit.publisher).where(
            exists().where(ServiceRow.source == credit.source, *leaving)
        )
        return [
            *(heading_term(h.slug, h.name) for h in self._headings() if h.slug in used),
            *([KEYWORD_TERM] if self.session.scalar(select(has_keywords)) else []),
            *map(source_term, sorted(set(self.session.scalars(publishers)))),
        ]

    def _headings(self) -> Sequence[Heading]:
        return self.kept("headings", read_headings)

    def credits(self, service_ids: Collection[str] | None = None) -> Mapping[str, Credit]:
        """Of these services, or of all that leave, those from a followed source → its credit."""
        if not self.kept("credits", read_credits):
            return {}
        found = credits_of(self.session, ServiceRow, service_ids)
        leaving = self.ids("service") if service_ids is None else found
        return {key: credit for key, credit in found.items() if key in leaving}

    def owners(self) -> Mapping[str, Credit]:
        """The organizations and services that leave and are from a followed source → its credit."""
        agencies = credits_of(self.session, OrganizationRow)
        leaving = self.among("organization", agencies)
        return {key: each for key, each in agencies.items() if key in leaving} | {**self.credits()}

    # ------------------------------------------------------------ what is made here
    def _stand_in_records(self, kind: str, wanted: set[str]) -> Iterable[Record]:
        """What may be made here under these ids; units of capacities that were read."""
        if kind == "organization":
            unknown = wanted - self._agencies.keys() - self.among(kind, wanted) - {""}
            stand_ins = self.stand_ins() if unknown else {}
            services = [stand_ins[each] for each in unknown if each in stand_ins]
            for service in super().with_ids("service", services) if services else ():
                agency = _stand_in(service)
                self._agencies[agency.id] = agency
            return self._agencies.values()
        if kind == "taxonomy_term":
            publishers = sorted({each.publisher for each in self.kept("credits", read_credits)})
            headings = (heading_term(each.slug, each.name) for each in self._headings())
            return [*headings, KEYWORD_TERM, *map(source_term, publishers)]
        return self._units.values() if kind == _UNIT else _TAXONOMIES if kind == "taxonomy" else ()

    def _as_hsds(self, record: Record) -> Iterator[Record]:
        if isinstance(record, Service):
            if not record.organization_id:
                agency = _stand_in(record)
                self._agencies[agency.id] = agency
                record = replace(record, organization_id=agency.id)
            yield record
        elif isinstance(record, Organization):
            yield replace(record, tax_id="") if record.tax_id else record
        elif isinstance(record, Address):
            if is_whole(record):
                yield record
        elif isinstance(record, ServiceCapacity):
            unit = unit_of(record)
            self._units[unit.id] = unit
            yield CapacityInUnit(
                id=record.id,
                service_id=record.service_id,
                unit_id=unit.id,
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


# Kind → when a record of it lacks what HSDS requires.
_LACKING: Mapping[str, ColumnElement[bool]] = {
    "phone": PhoneRow.number == "",
    "organization_identifier": or_(
        OrganizationIdentifierRow.identifier == "",
        and_(
            OrganizationIdentifierRow.identifier_type == "",
            OrganizationIdentifierRow.identifier_scheme == "",
        ),
    ),
    "metadata": or_(*(getattr(MetadataRow, name) == "" for name in REQUIRED["metadata"])),
    "service_capacity": or_(
        ServiceCapacityRow.unit == "",
        ServiceCapacityRow.available.is_(None),
        ServiceCapacityRow.updated == "",
    ),
}
# Kind → a field whose text must be of a form that HSDS requires.
_FITTING: Mapping[str, tuple[str, Callable[[str], str | None]]] = {
    "url": ("url", to_uri),
    "metadata": ("last_action_date", day_of),
}


def repeated_codes(terms: Iterable[TaxonomyTerm]) -> frozenset[str]:
    """The terms whose code an earlier one has: two lists may use one taxonomy."""
    seen: set[str] = set()
    found = set()
    for term in terms:
        if term.code and term.code in seen:
            found.add(term.id)
        seen.add(term.code)
    return frozenset(found)


def _made_of(records: Iterable[Record], made: Callable[[Any], Record | None]) -> Iterator[Record]:
    """What is made of records, where anything is."""
    yield from (found for each in records if (found := made(each)) is not None)


def _stand_in(service: Any) -> Organization:
    """The organization with which a service is told that names none."""
    return Organization(id=stand_in_id(service.id), name=service.name)


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
    said = capacity.unit, capacity.unit_scheme, capacity.unit_identifier, capacity.unit_uri
    name, scheme, identifier, uri = said
    return Unit(id=unit_id(*said), name=name, scheme=scheme, identifier=identifier, uri=uri)


def _partial(address: Address) -> Record | None:
    return None if is_whole(address) else PartialAddress(**asdict(address))


def is_whole(address: Address) -> bool:
    """Whether an address has all that HSDS requires of one."""
    return all(getattr(address, name) for name in ADDRESS_REQUIRED)


def _heading_attribute(heading: Any) -> Attribute:
    """What says that a service is under a heading."""
    term_id = heading_term(heading.heading, "").id
    return _of_service(heading.service_id, heading.id, term_id, heading.set_by)


def _keyword_attributes(service: Any) -> list[Attribute]:
    """What says the keywords of a service."""
    return [
        _of_service(service.id, keyword_attribute_id(service.id, word), KEYWORD_TERM.id, word)
        for word in words_of(service.keywords)
    ]


def _source_attribute(service_id: str, credit: Credit) -> Attribute:
    """What says whose list a service is from, and its license."""
    term_id = source_term(credit.publisher).id
    return _of_service(service_id, source_attribute_id(service_id), term_id, credit.licence)


def _of_service(service_id: str, attribute_id: str, term_id: str, value: str) -> Attribute:
    return Attribute(
        id=attribute_id,
        link_id=service_id,
        link_entity="service",
        taxonomy_term_id=term_id,
        value=value,
    )


def words_of(keywords: str) -> list[str]:
    """The keywords, each once."""
    return list(dict.fromkeys(word for word in keywords.split("|") if word.strip()))
