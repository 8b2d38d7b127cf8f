"""All public records of the directory, or of one list, as HSDS 3.1 has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.exports.hsds_form import (
    FITTING,
    LACKING,
    MADE_FROM,
    TAXONOMIES,
    UNIT,
    HsdsForm,
    heading_attribute,
    identifier_of,
    keyword_attributes,
    made_of,
    source_attributes,
    source_terms,
    unit_of,
    words_of,
)
from referral.exports.terms_in_use import repeated_codes
from referral.formats.hsds.own_terms import KEYWORD_TERM, heading_term, stand_in_id
from referral.formats.writing.hsds_values import ADDRESS_REQUIRED, Unit
from referral.records.classification import ServiceHeading, TaxonomyTerm
from referral.records.directory import Organization, Record
from referral.records.listing import Credit
from referral.store.public.public_records import PublicRecords
from referral.store.public.source_credits import credits_of
from referral.store.rows import AddressRow, OrganizationRow, ServiceRow
from referral.store.terms import read_headings


class HsdsRecords(HsdsForm, PublicRecords):
    """The public records of the directory, or of one list, as HSDS has them."""

    def __init__(self, session: Session, source: str = "") -> None:
        super().__init__(session, source)
        self._stand_ins: dict[str, Organization] = {}
        self._keywords = 0
        self._credits = {
            key: credit
            for key, credit in credits_of(session, ServiceRow).items()
            if key in self._ids["service"]
        }
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
            "attribute": super().count("service_heading") + self._keywords + len(self._credits),
            "service_heading": -super().count("service_heading"),
        }

    def count(self, kind: str) -> int:
        """How many of a kind leave."""
        return super().count(kind) + self._more.get(kind, 0)

    def terms_with_known_codes(self) -> frozenset[str]:
        """The terms whose code an earlier term has: two lists may use one taxonomy."""
        terms = self.of_kind("taxonomy_term")
        return repeated_codes(term for term in terms if isinstance(term, TaxonomyTerm))

    def of_kind(self, kind: str) -> Iterator[Record]:
        """All of a kind; what is made here comes after what their lists had."""
        if kind in MADE_FROM:
            parent, made = MADE_FROM[kind]
            yield from made_of(super().of_kind(parent), made)
            return
        if kind != UNIT:
            for record in super().of_kind(kind):
                yield from self._as_hsds(record)
        yield from self._made_of(kind)
        if kind == "organization_identifier":
            yield from made_of(super().of_kind("organization"), identifier_of)
        elif kind == "attribute":
            for heading in super().of_kind("service_heading"):
                yield from heading_attribute(heading)
            for service in super().of_kind("service"):
                yield from keyword_attributes(service)
            for service_id in self._credits:
                yield from source_attributes(service_id, self._credits)

    def owners(self) -> Mapping[str, Credit]:
        """The organizations and services that leave and are from a followed source → its credit."""
        agencies = credits_of(self._session, OrganizationRow)
        leaving = {key: each for key, each in agencies.items() if key in self._ids["organization"]}
        return {**leaving, **self._credits}

    def credits(self, service_ids: Collection[str]) -> Mapping[str, Credit]:
        """Those of these services that are from a followed source → whom they are from."""
        return {key: self._credits[key] for key in service_ids if key in self._credits}

    # ------------------------------------------------------------ what is made here
    def _has_own_attributes(self) -> bool:
        return bool(self._more["attribute"])

    def _made_of(self, kind: str) -> Iterable[Record]:
        used = {term.taxonomy_id for term in self._terms}
        made: Mapping[str, Iterable[Record]] = {
            "organization": self._stand_ins.values(),
            "taxonomy": [each for each in TAXONOMIES if each.id in used],
            "taxonomy_term": self._terms,
            UNIT: self._units,
        }
        return made.get(kind, ())

    def _scan_services(self) -> None:
        """Which services have no organization that leaves, and how many keywords there are."""
        row, agencies = ServiceRow, self._ids["organization"]
        columns = select(row.id, row.name, row.organization_id, row.keywords)
        for each in self._session.execute(columns.order_by(row.origin_line, row.id)):
            if each.id not in self._ids["service"]:
                continue
            self._keywords += len(words_of(each.keywords))
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
        """The headings that are in use, in their order, the term of keywords, and sources."""
        records = super().of_kind("service_heading")
        used = Counter(each.heading for each in records if isinstance(each, ServiceHeading))
        terms = [
            heading_term(each.slug, each.name)
            for each in read_headings(self._session)
            if used[each.slug]
        ]
        keyword = [KEYWORD_TERM] if self._keywords else []
        return (*terms, *keyword, *source_terms(self._credits.values()))

    def _own_units(self) -> tuple[Unit, ...]:
        """What capacities count, each once."""
        units = (unit_of(each) for each in super().of_kind("service_capacity"))
        return tuple({unit.id: unit for unit in units}.values())

    def _hanging(self, kind: str) -> set[str]:
        """Without what lacks something that HSDS requires, and what hangs on it."""
        found = super()._hanging(kind)
        if kind in LACKING:
            row, lacks = LACKING[kind]
            found.difference_update(self._session.scalars(select(row.id).where(lacks)))
        if kind in FITTING:
            row, column, fits = FITTING[kind]
            given = self._session.execute(select(row.id, column))
            found.difference_update(key for key, text in given if not fits(text))
        return found
