"""The audit log: who did what to which record, in ids, codes and counts, never in users' words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from referral.accounts.rows import AccountRow, AuditEntryRow, account_from
from referral.directory.instance import Instance
from referral.records.accounts import COMMAND_LINE, Account, Actor, Permission
from referral.records.page import Page
from referral.records.visibility import Visibility
from referral.store.fetching import fetch_page
from referral.store.rows import LocationRow, OrganizationRow, ServiceRow, TaxonomyTermRow
from referral.store.rows_log import ImportBatchRow

ENTRIES_PER_PAGE = 50
_CODE = re.compile(r"[\w.:,/-]{0,100}", re.ASCII)
_NAMED_ROWS = (ServiceRow, OrganizationRow, LocationRow, TaxonomyTermRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilters:
    """Filters of the audit log; empty filters match every entry.

    Attributes:
        from_on, to_on: first and last day in the library's time zone.
    """

    account_id: str = ""
    action: str = ""
    kind: str = ""
    record_id: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An entry of the audit log: an actor's action on a record, at a UTC instant."""

    id: int
    happened_at: datetime
    account_id: str
    actor_name: str
    action: str
    kind: str
    record_id: str
    detail: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of audit log entries, newest first, with all actions and kinds as filter options."""

    entries: Page[AuditEntry]
    actions: tuple[str, ...]
    kinds: tuple[str, ...]


def record_audit(
    session: Session,
    actor: Actor,
    action: str,
    kind: str = "",
    record_id: str = "",
    **detail: str | int,
) -> None:
    """Add an entry to the audit log, in the database transaction of the audited action.

    Args:
        action: a code with a verb in the past tense, such as ``account-invited``.
        kind, record_id: the record of the action.
        detail: ids, codes and counts.

    Raises:
        ValueError: a value could be a person's words, which the log must not contain.
    """
    for value in (action, kind, record_id, *detail.values()):
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ValueError("The audit log keeps ids, codes and counts only.")
    session.add(
        AuditEntryRow(
            happened_at=datetime.now(UTC),
            account_id=actor.account_id or None,
            actor_name=actor.name,
            action=action,
            kind=kind,
            record_id=record_id,
            detail=detail,
        )
    )


def record_setting(session: Session, actor: Actor, name: str, before: str, after: str) -> None:
    """Add the change of a library setting, whose values are public, to the audit log."""
    session.add(
        AuditEntryRow(
            happened_at=datetime.now(UTC),
            account_id=actor.account_id or None,
            actor_name=actor.name,
            action="setting-changed",
            kind="setting",
            record_id=name,
            detail={"before": before, "after": after},
        )
    )


def actor_of(session: Session, account_id: str) -> Actor:
    """Return the audit log's actor of background work: an account, else the command line."""
    row = session.get(AccountRow, account_id) if account_id else None
    return account_from(row).actor if row else COMMAND_LINE


def read_audit_log(
    instance: Instance, filters: AuditFilters | None = None, page: int = 1
) -> AuditPage:
    """Return a page of the audit log, newest first; the last page for a number past the end."""
    conditions = _conditions(filters or AuditFilters(), ZoneInfo(instance.settings.timezone))
    with instance.store.read() as session:
        statement = select(AuditEntryRow).where(*conditions).order_by(AuditEntryRow.id.desc())
        rows = fetch_page(session, statement, page, ENTRIES_PER_PAGE)
        entries = rows.with_items(map(_audit_entry, rows))
        actions = session.scalars(select(AuditEntryRow.action).distinct())
        kinds = session.scalars(
            select(AuditEntryRow.kind).where(AuditEntryRow.kind != "").distinct()
        )
        return AuditPage(entries, tuple(sorted(actions)), tuple(sorted(kinds)))


def list_audit_entries(instance: Instance, filters: AuditFilters) -> tuple[AuditEntry, ...]:
    """List the audit log entries that match the filters, oldest first."""
    conditions = _conditions(filters, ZoneInfo(instance.settings.timezone))
    with instance.store.read() as session:
        statement = select(AuditEntryRow).where(*conditions).order_by(AuditEntryRow.id)
        return tuple(map(_audit_entry, session.scalars(statement)))


def _audit_entry(row: AuditEntryRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        happened_at=row.happened_at,
        account_id=row.account_id or "",
        actor_name=row.actor_name,
        action=row.action,
        kind=row.kind,
        record_id=row.record_id,
        detail=row.detail,
    )


def _conditions(filters: AuditFilters, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    columns = {
        "account_id": AuditEntryRow.account_id,
        "action": AuditEntryRow.action,
        "kind": AuditEntryRow.kind,
        "record_id": AuditEntryRow.record_id,
    }
    conditions = [
        column == value for name, column in columns.items() if (value := getattr(filters, name))
    ]
    if filters.from_on:
        conditions.append(AuditEntryRow.happened_at >= _midnight(filters.from_on, zone))
    if filters.to_on and filters.to_on < date.max:
        next_day = filters.to_on + timedelta(days=1)
        conditions.append(AuditEntryRow.happened_at < _midnight(next_day, zone))
    return conditions


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def read_audited_names(
    instance: Instance, account: Account, entries: Iterable[AuditEntry]
) -> Mapping[str, str]:
    """Return the current names of the records in audit log entries, by id.

    Names of records that are not public are only for accounts that may edit records.
    """
    ids: set[str] = set()
    for entry in entries:
        ids |= {entry.record_id, *(str(value) for value in entry.detail.values())}
    name_of: dict[str, str] = {}
    with instance.store.read() as session:
        for row_class in _NAMED_ROWS:
            statement = select(row_class.id, row_class.name).where(row_class.id.in_(ids))
            if not account.may(Permission.EDIT_RECORDS):
                statement = statement.where(row_class.visibility == Visibility.PUBLIC.value)
            name_of |= {record_id: name for record_id, name in session.execute(statement) if name}
        batches = select(ImportBatchRow.id, ImportBatchRow.list_name, ImportBatchRow.source)
        for record_id, name, source in session.execute(batches.where(ImportBatchRow.id.in_(ids))):
            name_of[record_id] = name or source
    return name_of
