"""Record search of curators, by name, id, phone or street; and records related to a record.

Staff-only, withheld and retired records are included.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.records.hsds import Location, Organization, Program, Record, Service
from referral.records.page import Page
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS, record_from
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ProgramRow,
    ServiceAtLocationRow,
    ServiceRow,
)

SEARCHED_KINDS = ("service", "organization", "location")
RECORDS_ON_A_PAGE = 25
_FEWEST_DIGITS = 4
_ROW_CLASSES: dict[str, Any] = {
    "service": ServiceRow,
    "organization": OrganizationRow,
    "location": LocationRow,
    "program": ProgramRow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSummary:
    """A record in a list for curators, with the name of its organization."""

    kind: str
    id: str
    name: str
    organization: str = ""
    visibility: Visibility = Visibility.PUBLIC
    status: str = ""
    is_retired: bool = False
    listed_from: date | None = None
    listed_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRecords:
    """The organization, programs, locations and services related to a record.

    Attributes:
        organization: the organization that the record is or belongs to.
        programs: programs of that organization.
        locations: locations of that organization, and those where the service is offered.
        services: services of the organization, or at the location.
    """

    organization: Organization | None = None
    programs: tuple[Program, ...] = ()
    locations: tuple[RecordSummary, ...] = ()
    services: tuple[RecordSummary, ...] = ()


def find_records(
    instance: Instance,
    words: str,
    kind: str = "",
    page: int = 1,
    *,
    include_retired: bool = True,
    search_unmapped: bool = False,
) -> Page[RecordSummary]:
    """Return a page of records whose name, organization, phone or street matches the query.

    Args:
        words: the query; "" finds all records, an id the record itself.
        kind: one of ``SEARCHED_KINDS``; "" for all.
        include_retired: whether to include retired records.
        search_unmapped: search instead the imported values that have no field.
    """
    with instance.store.read() as session:
        found = _find_matches(
            session, words, kind, include_retired=include_retired, search_unmapped=search_unmapped
        )
        matches = Page.of(found, page, RECORDS_ON_A_PAGE)
        return matches.with_items(_read_summary(session, match.kind, match.id) for match in matches)


def find_record_keys(
    instance: Instance,
    words: str,
    kind: str = "",
    *,
    include_retired: bool = True,
    search_unmapped: bool = False,
) -> list[tuple[str, str]]:
    """Return kind and id of all records that match a curator's search."""
    with instance.store.read() as session:
        found = _find_matches(
            session, words, kind, include_retired=include_retired, search_unmapped=search_unmapped
        )
        return [(match.kind, match.id) for match in found]


class _Match(NamedTuple):
    name: str
    kind: str
    id: str


def _find_matches(
    session: Session, words: str, kind: str, *, include_retired: bool, search_unmapped: bool
) -> list[_Match]:
    """Return the records that match a curator's search, sorted by name."""
    found: list[_Match] = []
    for searched_kind in SEARCHED_KINDS:
        if kind not in {"", searched_kind}:
            continue
        row_class = _ROW_CLASSES[searched_kind]
        conditions_for = _unmapped_conditions if search_unmapped else _query_conditions
        conditions = conditions_for(row_class, searched_kind, words)
        statement = select(row_class.name, row_class.id).where(*conditions)
        if not include_retired:
            statement = statement.where(row_class.retired_at.is_(None))
        found += [
            _Match(name, searched_kind, record_id) for name, record_id in session.execute(statement)
        ]
    found.sort(key=lambda match: (match.name.casefold(), match.kind, match.id))
    return found


def read_related_records(instance: Instance, kind: str, record: Record) -> RelatedRecords:
    """Return the organization, programs, locations and services related to a record."""
    organization_id = (
        record.id if kind == "organization" else str(getattr(record, "organization_id", ""))
    )
    with instance.store.read() as session:
        row = session.get(OrganizationRow, organization_id) if organization_id else None
        programs = session.scalars(
            select(ProgramRow).where(
                ProgramRow.organization_id == organization_id, ProgramRow.retired_at.is_(None)
            )
        )
        locations_of_service = select(ServiceAtLocationRow.location_id).where(
            ServiceAtLocationRow.service_id == record.id, ServiceAtLocationRow.retired_at.is_(None)
        )
        services_at_location = select(ServiceAtLocationRow.service_id).where(
            ServiceAtLocationRow.location_id == record.id, ServiceAtLocationRow.retired_at.is_(None)
        )
        of_service = (
            ServiceRow.id.in_(services_at_location)
            if kind == "location"
            else ServiceRow.organization_id == organization_id
        )
        return RelatedRecords(
            organization=record_from(row, Organization) if row else None,
            programs=tuple(record_from(program, Program) for program in programs),
            locations=_read_summaries(
                session,
                "location",
                or_(
                    LocationRow.organization_id == organization_id,
                    LocationRow.id.in_(locations_of_service),
                ),
            ),
            services=_read_summaries(session, "service", of_service),
        )


def read_record_names(instance: Instance, kind: str, ids: list[str]) -> dict[str, str]:
    """Return the names of existing records by id."""
    row_class = _ROW_CLASSES[kind]
    with instance.store.read() as session:
        rows = session.execute(select(row_class.id, row_class.name).where(row_class.id.in_(ids)))
        return {record_id: name for record_id, name in rows}  # noqa: C416  # rows are not pairs


def retired_records(instance: Instance, kind: str, ids: Collection[str]) -> frozenset[str]:
    """Return which of some records are retired, by id."""
    row_class = _ROW_CLASSES[kind]
    retired = select(row_class.id).where(row_class.id.in_(ids), row_class.retired_at.is_not(None))
    with instance.store.read() as session:
        return frozenset(session.scalars(retired))


def _read_summaries(
    session: Session, kind: str, condition: ColumnElement[bool]
) -> tuple[RecordSummary, ...]:
    row_class = _ROW_CLASSES[kind]
    ids = session.scalars(
        select(row_class.id).where(condition).order_by(row_class.name, row_class.id)
    ).all()
    return tuple(_read_summary(session, kind, record_id) for record_id in ids)


def _read_summary(session: Session, kind: str, record_id: str) -> RecordSummary:
    row = session.get_one(_ROW_CLASSES[kind], record_id)
    record: Any = record_from(row, Record)
    organization = session.get(OrganizationRow, getattr(record, "organization_id", "") or "")
    return RecordSummary(
        kind=kind,
        id=record_id,
        name=record.name or _street_and_town(session, record),
        organization=organization.name if organization else "",
        visibility=record.visibility,
        status=record.status if isinstance(record, Service) else "",
        is_retired=row.retired_at is not None,
        listed_from=record.listed_from if isinstance(record, Service) else None,
        listed_until=record.listed_until if isinstance(record, Service) else None,
    )


def _street_and_town(session: Session, record: Record) -> str:
    """Return the street and town of a location, as its name in lists of records."""
    if not isinstance(record, Location):
        return ""
    address = session.scalars(
        select(AddressRow).where(
            AddressRow.location_id == record.id, AddressRow.retired_at.is_(None)
        )
    ).first()
    return ", ".join(filter(None, (address.address_1, address.city))) if address else ""


def _unmapped_conditions(row_class: Any, kind: str, words: str) -> list[ColumnElement[bool]]:
    """Return SQL conditions: unmapped cells of a record or of a child record have all words."""
    in_record = and_(
        cast(row_class.unmapped, Text) != "{}", *_unmapped_cell_conditions(row_class, words)
    )
    child_classes = [
        child_class
        for name, child_class in ROWS.items()
        if hasattr(child_class, f"{kind}_id") and name not in SEARCHED_KINDS
    ]
    in_children = [
        row_class.id.in_(
            select(getattr(child_class, f"{kind}_id")).where(
                *_unmapped_cell_conditions(child_class, words)
            )
        )
        for child_class in child_classes
        if words.strip()
    ]
    return [or_(in_record, *in_children)]


def _unmapped_cell_conditions(row_class: Any, words: str) -> list[ColumnElement[bool]]:
    """Return SQL conditions: an unmapped imported cell contains each word.

    Cells are stored as JSON, whose escapes of non-ASCII letters SQL cannot fold, so three spellings
    of each word are tried.
    """
    cells = cast(row_class.unmapped, Text)
    return [
        or_(
            *(
                _contains(cells, json.dumps(spelled)[1:-1])
                for spelled in {word.lower(), word.upper(), word.capitalize()}
            )
        )
        for word in words.split()
    ]


def _query_conditions(row_class: Any, kind: str, words: str) -> list[ColumnElement[bool]]:
    text = words.strip()
    if not text:
        return []
    digits = "".join(character for character in text if character.isdecimal())
    named = and_(*(_contains_word(row_class, kind, word) for word in text.split()))
    by_phone = [_has_phone(row_class, kind, digits)] if len(digits) >= _FEWEST_DIGITS else []
    return [or_(row_class.id == text, named, *by_phone)]


def _contains_word(row_class: Any, kind: str, word: str) -> ColumnElement[bool]:
    """Return an SQL condition: a record's name, address or organization has the word."""
    places = [row_class.name, row_class.alternate_name]
    found = [_contains(place, word) for place in places]
    if kind == "location":
        addresses = select(AddressRow.location_id).where(
            or_(
                _contains(AddressRow.address_1, word),
                _contains(AddressRow.city, word),
                _contains(AddressRow.postal_code, word),
            )
        )
        found.append(row_class.id.in_(addresses))
    if kind == "service":
        owners = select(OrganizationRow.id).where(_contains(OrganizationRow.name, word))
        found.append(row_class.organization_id.in_(owners))
    return or_(*found)


def _has_phone(row_class: Any, kind: str, digits: str) -> ColumnElement[bool]:
    parent = getattr(PhoneRow, f"{kind}_id")
    found: ColumnElement[bool] = row_class.id.in_(
        select(parent).where(PhoneRow.tel.contains(digits, autoescape=True), parent.is_not(None))
    )
    return found


def _contains(column: Any, word: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.lower(column).contains(word.lower(), autoescape=True)
    return found
