"""Record search of curators, by name, id, phone or street; and records related to a record.

Staff-only, withheld and retired records are included.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

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
_ROWS: dict[str, Any] = {
    "service": ServiceRow,
    "organization": OrganizationRow,
    "location": LocationRow,
    "program": ProgramRow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSummary:
    """A record in a list; ``of`` is the name of its organization."""

    kind: str
    id: str
    name: str
    of: str = ""
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
    retired: bool = True,
    aside: bool = False,
) -> Page[RecordSummary]:
    """Return a page of records whose name, organization, phone or street matches the query.

    Args:
        words: the query; "" finds all records, an id the record itself.
        kind: one of ``SEARCHED_KINDS``; "" for all.
        retired: whether to include retired records.
        aside: search instead the imported values of records and children that have no field.
    """
    with instance.store.read() as session:
        found = _matching(session, words, kind, retired=retired, aside=aside)
        some = Page.of(found, page, RECORDS_ON_A_PAGE)
        return some.with_items(_summary(session, each, record_id) for _, each, record_id in some)


def find_record_keys(
    instance: Instance, words: str, kind: str = "", *, retired: bool = True, aside: bool = False
) -> list[tuple[str, str]]:
    """Return kind and id of all records that ``find_records`` shows on its pages."""
    with instance.store.read() as session:
        found = _matching(session, words, kind, retired=retired, aside=aside)
        return [(each, record_id) for _, each, record_id in found]


def _matching(
    session: Session, words: str, kind: str, *, retired: bool, aside: bool
) -> list[tuple[str, str, str]]:
    """Return name, kind and id of the matching records, sorted by name."""
    found: list[tuple[str, str, str]] = []
    for each in SEARCHED_KINDS:
        if kind not in {"", each}:
            continue
        row = _ROWS[each]
        conditions = _aside(row, each, words) if aside else _conditions(row, each, words)
        statement = select(row.name, row.id).where(*conditions)
        if not retired:
            statement = statement.where(row.retired_at.is_(None))
        found += [(name, each, record_id) for name, record_id in session.execute(statement)]
    found.sort(key=lambda line: (line[0].casefold(), line[1:]))
    return found


def read_related_records(instance: Instance, kind: str, record: Record) -> RelatedRecords:
    """Return the records related to a record, which may be new."""
    own = record.id if kind == "organization" else str(getattr(record, "organization_id", ""))
    with instance.store.read() as session:
        row = session.get(OrganizationRow, own) if own else None
        programs = session.scalars(
            select(ProgramRow).where(
                ProgramRow.organization_id == own, ProgramRow.retired_at.is_(None)
            )
        )
        at = ServiceAtLocationRow
        here = select(at.location_id).where(at.service_id == record.id, at.retired_at.is_(None))
        services_here = select(at.service_id).where(
            at.location_id == record.id, at.retired_at.is_(None)
        )
        of_service = (
            ServiceRow.id.in_(services_here)
            if kind == "location"
            else ServiceRow.organization_id == own
        )
        return RelatedRecords(
            organization=record_from(row, Organization) if row else None,
            programs=tuple(record_from(each, Program) for each in programs),
            locations=_summaries(
                session,
                "location",
                or_(LocationRow.organization_id == own, LocationRow.id.in_(here)),
            ),
            services=_summaries(session, "service", of_service),
        )


def read_record_names(instance: Instance, kind: str, ids: list[str]) -> dict[str, str]:
    """Return the names of existing records by id."""
    row = _ROWS[kind]
    with instance.store.read() as session:
        rows = session.execute(select(row.id, row.name).where(row.id.in_(ids)))
        return {record_id: name for record_id, name in rows}  # noqa: C416  # rows are not pairs


def retired_records(instance: Instance, kind: str, ids: Collection[str]) -> frozenset[str]:
    """Return the ids of these records that are retired."""
    row = _ROWS[kind]
    off = select(row.id).where(row.id.in_(ids), row.retired_at.is_not(None))
    with instance.store.read() as session:
        return frozenset(session.scalars(off))


def _summaries(
    session: Session, kind: str, condition: ColumnElement[bool]
) -> tuple[RecordSummary, ...]:
    row = _ROWS[kind]
    ids = session.scalars(select(row.id).where(condition).order_by(row.name, row.id)).all()
    return tuple(_summary(session, kind, record_id) for record_id in ids)


def _summary(session: Session, kind: str, record_id: str) -> RecordSummary:
    row = session.get_one(_ROWS[kind], record_id)
    record: Any = record_from(row, Record)
    own = session.get(OrganizationRow, getattr(record, "organization_id", "") or "")
    return RecordSummary(
        kind=kind,
        id=record_id,
        name=record.name or _street(session, record),
        of=own.name if own else "",
        visibility=record.visibility,
        status=record.status if isinstance(record, Service) else "",
        is_retired=row.retired_at is not None,
        listed_from=record.listed_from if isinstance(record, Service) else None,
        listed_until=record.listed_until if isinstance(record, Service) else None,
    )


def _street(session: Session, record: Record) -> str:
    """Return the street and town of a location, as its name in lists."""
    if not isinstance(record, Location):
        return ""
    address = session.scalars(
        select(AddressRow).where(
            AddressRow.location_id == record.id, AddressRow.retired_at.is_(None)
        )
    ).first()
    return ", ".join(filter(None, (address.address_1, address.city))) if address else ""


def _aside(row: Any, kind: str, words: str) -> list[ColumnElement[bool]]:
    """Return an SQL condition: the unmapped cells of a record or of a child have all the words."""
    own = and_(cast(row.unmapped, Text) != "{}", *_cells_have(row, words))
    parts = [
        part
        for name, part in ROWS.items()
        if hasattr(part, f"{kind}_id") and name not in SEARCHED_KINDS
    ]
    inside = [
        row.id.in_(select(getattr(part, f"{kind}_id")).where(*_cells_have(part, words)))
        for part in parts
        if words.strip()
    ]
    return [or_(own, *inside)]


def _cells_have(row: Any, words: str) -> list[ColumnElement[bool]]:
    """Return SQL conditions: an unmapped cell contains each word.

    Cells are stored as JSON, whose escapes of non-ASCII letters SQL cannot fold, so three spellings
    of each word are tried.
    """
    cells = cast(row.unmapped, Text)
    return [
        or_(
            *(
                _like(cells, json.dumps(spelled)[1:-1])
                for spelled in {word.lower(), word.upper(), word.capitalize()}
            )
        )
        for word in words.split()
    ]


def _conditions(row: Any, kind: str, words: str) -> list[ColumnElement[bool]]:
    text = words.strip()
    if not text:
        return []
    digits = "".join(each for each in text if each.isdecimal())
    named = and_(*(_contains_word(row, kind, word) for word in text.split()))
    by_phone = [_by_phone(row, kind, digits)] if len(digits) >= _FEWEST_DIGITS else []
    return [or_(row.id == text, named, *by_phone)]


def _contains_word(row: Any, kind: str, word: str) -> ColumnElement[bool]:
    """Return an SQL condition: a name or, by kind, an address or organization has the word."""
    places = [row.name, row.alternate_name]
    found = [_like(place, word) for place in places]
    if kind == "location":
        addresses = select(AddressRow.location_id).where(
            or_(
                _like(AddressRow.address_1, word),
                _like(AddressRow.city, word),
                _like(AddressRow.postal_code, word),
            )
        )
        found.append(row.id.in_(addresses))
    if kind == "service":
        owners = select(OrganizationRow.id).where(_like(OrganizationRow.name, word))
        found.append(row.organization_id.in_(owners))
    return or_(*found)


def _by_phone(row: Any, kind: str, digits: str) -> ColumnElement[bool]:
    parent = getattr(PhoneRow, f"{kind}_id")
    found: ColumnElement[bool] = row.id.in_(
        select(parent).where(PhoneRow.tel.contains(digits, autoescape=True), parent.is_not(None))
    )
    return found


def _like(column: Any, word: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.lower(column).contains(word.lower(), autoescape=True)
    return found
