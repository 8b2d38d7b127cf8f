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
    rows = session.execute(
        select(
            ServiceRow,
            OrganizationRow,
            ProgramRow,
            SourceCreditRow,
            _is_checked_here().label("here"),
        )
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .outerjoin(ProgramRow, ServiceRow.program_id == ProgramRow.id)
        .outerjoin(SourceCreditRow, ServiceRow.source == SourceCreditRow.source)
        .where(ServiceRow.id.in_(service_ids), shown_services(audience))
    )
    return {
        row.id: ListedService(
            record_from(row, Service),
            _shown_or_none(organization_row, Organization, audience),
            _shown_or_none(program_row, Program, audience),
            row.source,
            _credit(credit_row, is_checked_here=is_checked_here),
        )
        for row, organization_row, program_row, credit_row, is_checked_here in rows
    }


def _is_checked_here() -> ColumnElement[bool]:
    """Return a condition: a person here set the date of the last check of a followed service."""
    is_dated_by_hand = exists().where(
        RecordEditRow.record_id == ServiceRow.id,
        RecordEditRow.kind == "service",
        RecordEditRow.made_by.in_(HANDS),
        cast(RecordEditRow.fields, String).contains('"assured_date"'),
    )
    return and_(SourceCreditRow.source.is_not(None), is_dated_by_hand)


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
    folded_name = func.lower(func.trim(ServiceRow.name))
    public = shown_services(Audience.PUBLIC)
    repeated = select(folded_name).where(public).group_by(folded_name).having(func.count() > 1)
    rows = session.execute(
        select(ServiceRow.id, folded_name, ServiceRow.organization_id).where(
            public, folded_name.in_(repeated)
        )
    ).all()
    return RepeatedNames(
        services=frozenset(service_id for service_id, _, _ in rows),
        within_organization=_ids_with_repeated_key(
            (service_id, (repeated_name, organization_id))
            for service_id, repeated_name, organization_id in rows
        ),
    )


def _ids_with_repeated_key(keyed_ids: Iterable[tuple[str, Hashable]]) -> frozenset[str]:
    ids_by_key: dict[Hashable, list[str]] = defaultdict(list)
    for service_id, key in keyed_ids:
        ids_by_key[key].append(service_id)
    return frozenset(
        service_id for ids in ids_by_key.values() if len(ids) > 1 for service_id in ids
    )
