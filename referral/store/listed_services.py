"""Services for listings, with organization, program and credit; services with repeated names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, select
from sqlalchemy.orm import Session

from referral.records.hsds import Organization, Program, Service
from referral.records.listing import Credit
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.base import RecordRow
from referral.store.conversion import RecordT, record_from
from referral.store.history import HANDS
from referral.store.rows import OrganizationRow, ProgramRow, ServiceRow
from referral.store.rows_log import RecordEditRow
from referral.store.rows_texts import SourceCreditRow
from referral.store.visibility import shown_services


class ListedService(NamedTuple):
    """A service with its source list, its credit, and its organization and program if shown."""

    service: Service
    organization: Organization | None
    program: Program | None
    source: str
    credit: Credit | None


def read_services(
    session: Session, service_ids: Sequence[str], audience: Audience
) -> dict[str, ListedService]:
    """Return the services that an audience may see, by id, with one query."""
    service, organization, program = ServiceRow, OrganizationRow, ProgramRow
    credit = SourceCreditRow
    found = session.execute(
        select(service, organization, program, credit, _checked_here().label("here"))
        .outerjoin(organization, service.organization_id == organization.id)
        .outerjoin(program, service.program_id == program.id)
        .outerjoin(credit, service.source == credit.source)
        .where(service.id.in_(service_ids), shown_services(audience))
    )
    return {
        row.id: ListedService(
            record_from(row, Service),
            _shown_or_none(organization_row, Organization, audience),
            _shown_or_none(program_row, Program, audience),
            row.source,
            _credit(credit_row, is_checked_here=is_checked_here),
        )
        for row, organization_row, program_row, credit_row, is_checked_here in found
    }


def _checked_here() -> ColumnElement[bool]:
    """Return a condition: a person here set the date of the last check of a followed service."""
    edit = RecordEditRow
    by_hand = exists().where(
        edit.record_id == ServiceRow.id,
        edit.kind == "service",
        edit.made_by.in_(HANDS),
        cast(edit.fields, String).contains('"assured_date"'),
    )
    return and_(SourceCreditRow.source.is_not(None), by_hand)


def _credit(row: SourceCreditRow | None, *, is_checked_here: bool) -> Credit | None:
    if row is None:
        return None
    return Credit(
        publisher=row.publisher,
        licence=row.licence,
        contact=row.contact,
        is_checked_here=is_checked_here,
        is_handed_on=row.is_handed_on,
    )


def _shown_or_none(
    row: RecordRow | None, record_class: type[RecordT], audience: Audience
) -> RecordT | None:
    if row is None or row.retired_at or not may_see(audience, Visibility(row.visibility)):
        return None
    return record_from(row, record_class)


@dataclass(frozen=True, slots=True)
class RepeatedNames:
    """Ids of services whose name another service has too.

    Attributes:
        services: those with a name that is repeated anywhere in the directory.
        within_organization: those with a name that is repeated in their own organization.
    """

    services: frozenset[str] = frozenset()
    within_organization: frozenset[str] = frozenset()


def read_repeated_names(session: Session) -> RepeatedNames:
    """Return the public services whose name, ignoring case, another public service has too."""
    name = func.lower(func.trim(ServiceRow.name))
    public = shown_services(Audience.PUBLIC)
    repeated = select(name).where(public).group_by(name).having(func.count() > 1)
    rows = session.execute(
        select(ServiceRow.id, name, ServiceRow.organization_id).where(public, name.in_(repeated))
    ).all()
    return RepeatedNames(
        services=frozenset(service_id for service_id, _, _ in rows),
        within_organization=_repeated((each[0], each[1:]) for each in rows),
    )


def _repeated(keyed: Iterable[tuple[str, Hashable]]) -> frozenset[str]:
    by_key: dict[Hashable, list[str]] = defaultdict(list)
    for service_id, key in keyed:
        by_key[key].append(service_id)
    return frozenset(each for ids in by_key.values() if len(ids) > 1 for each in ids)
