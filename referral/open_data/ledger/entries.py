"""Reads the publication ledger: when a record changed, which are gone, what changed since.

The ledger follows the change log with a delay of seconds, so it never decides what is shown: read a
record through the visibility rule, and take only its sequence and time from here. Compute the ETag
of a response from the response.

A position in the ledger is a ``Cursor``: a sequence, and a check that only this history of this
database has. After a restore or failover, a cursor past the restored state is unknown.

The ledger has the time at which each service last changed for the public. For a service that is not
in it yet, this is the latest time of its row, the rows nested in it, and those at its locations.
Only rows count that are public, or were until their list dropped them.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from referral.open_data.hsds_records import public_records
from referral.open_data.rows import (
    PublicationRow,
    PublicationRunRow,
    PublicationStateRow,
)
from referral.records.kinds import KINDS
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.change_log import store_state
from referral.store.conversion import ROWS
from referral.store.rows import ServiceAtLocationRow, ServiceRow

PUBLISHED_KINDS = (
    "taxonomy", "taxonomy_term", "organization", "location", "service", "service_at_location",
)  # fmt: skip
"""The kinds of records in the ledger, parents before children."""
_CURSOR = re.compile(r"(\d{1,18})-([0-9a-f]{16})(?:-(\d{1,18}))?\Z", re.ASCII)
_START = "0"
_IDS_IN_A_QUERY = 500
_Owners = Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True, slots=True)
class Published:
    """Ledger state of a public record."""

    digest: str
    sequence: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Mark of a record that was public and no longer is; the reason is not published.

    ``redirect_to`` is the id of the record that it was merged into, or "".
    """

    gone_at: datetime
    redirect_to: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of a record in the ledger: published, changed or gone."""

    sequence: int
    kind: str
    record_id: str
    modified_at: datetime
    tombstone: Tombstone | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the ledger; its text is stored by the partners that read the feed.

    ``began`` is the last sequence when the partner began to read from the start: until the cursor
    reaches it, tombstones are left out, since the partner never saw those records.
    """

    sequence: int = 0
    check: str = ""
    began: int = 0

    def __str__(self) -> str:
        """Return the text of the cursor; ``0`` is the beginning of the ledger."""
        if not self.sequence:
            return _START
        began = f"-{self.began}" if self.began > self.sequence else ""
        return f"{self.sequence}-{self.check}{began}"


def published(session: Session, kind: str, ids: Collection[str]) -> dict[str, Published]:
    """Return the ledger state of records of a kind, by id, in one statement.

    The ledger lags: a record just published may be missing, and one just withdrawn may be here.
    """
    found = session.execute(
        select(
            PublicationRow.record_id,
            PublicationRow.digest,
            PublicationRow.sequence,
            PublicationRow.modified_at,
        ).where(
            PublicationRow.kind == kind,
            PublicationRow.record_id.in_(list(ids)),
            PublicationRow.gone_at.is_(None),
        )
    )
    return {row.record_id: Published(row.digest, row.sequence, row.modified_at) for row in found}


def modified_at_of(session: Session, kind: str) -> dict[str, datetime]:
    """Return the time at which each public record of a kind last changed."""
    statement = select(PublicationRow.record_id, PublicationRow.modified_at).where(
        PublicationRow.kind == kind, PublicationRow.gone_at.is_(None)
    )
    return {key: modified_at for key, modified_at in session.execute(statement)}  # noqa: C416  # rows are not pairs


def modified_since(kind: str, instant: datetime) -> Select[str]:
    """Return a query for the ids of the records of a kind that changed at or after an instant."""
    return select(PublicationRow.record_id).where(
        PublicationRow.kind == kind,
        PublicationRow.gone_at.is_(None),
        PublicationRow.modified_at >= instant,
    )


def is_filled(session: Session) -> bool:
    """Return whether the ledger was ever filled from the directory."""
    return bool(session.get_one(PublicationStateRow, 1).form)


def tombstone(session: Session, kind: str, record_id: str) -> Tombstone | None:
    """Return the tombstone of a record; ``None`` if the record is public or never was."""
    row = session.get(PublicationRow, (kind, record_id))
    if row is None or row.gone_at is None:
        return None
    return Tombstone(row.gone_at, row.redirect_to)


def parse_cursor(text: str) -> Cursor | None:
    """Parse the text of a cursor; ``None`` if the text is not a cursor."""
    if text in {"", _START}:
        return Cursor()
    match = _CURSOR.match(text)
    return Cursor(int(match[1]), match[2], int(match[3] or 0)) if match else None


def last_sequence(session: Session) -> int:
    """Return the last sequence that was assigned."""
    return session.scalar(select(func.max(PublicationRunRow.last_sequence))) or 0


def cursors_after(session: Session, before: Cursor, sequences: Sequence[int]) -> list[Cursor]:
    """Return the cursor after each of some rising sequences, for a reader who is at ``before``."""
    if not sequences:
        return []
    began = before.began if before.sequence else last_sequence(session)
    checks = _read_checks(session, sequences[0], sequences[-1])
    lasts = [check.last_sequence for check in checks]
    return [
        Cursor(
            sequence,
            checks[bisect_left(lasts, sequence)].check,
            began if began > sequence else 0,
        )
        for sequence in sequences
    ]


def is_known(session: Session, cursor: Cursor) -> bool:
    """Return whether all changes after a cursor can be listed.

    They cannot if the database was restored to a state before the cursor, or if tombstones that
    the reader needs were deleted.
    """
    if not cursor.sequence:
        return True
    forgotten = session.get_one(PublicationStateRow, 1).forgotten_through
    has_tombstones = max(cursor.sequence, cursor.began) >= forgotten
    return has_tombstones and cursor.check == _read_check(session, cursor.sequence)


def entries_after(session: Session, cursor: Cursor, limit: int) -> list[Entry]:
    """Return the records that changed after a cursor, each once, oldest change first."""
    began = cursor.began if cursor.sequence else last_sequence(session)
    statement = select(PublicationRow).where(
        PublicationRow.sequence > cursor.sequence,
        or_(PublicationRow.gone_at.is_(None), PublicationRow.sequence > began),
    )
    return [
        _entry_from(row)
        for row in session.scalars(statement.order_by(PublicationRow.sequence).limit(limit))
    ]


def _entry_from(row: PublicationRow) -> Entry:
    mark = Tombstone(row.gone_at, row.redirect_to) if row.gone_at else None
    return Entry(row.sequence, row.kind, row.record_id, row.modified_at, mark)


def _read_check(session: Session, sequence: int) -> str:
    checks = _read_checks(session, sequence, sequence)
    return checks[0].check if checks else ""


class _RunCheck(NamedTuple):
    """The check of the cursors in an update run, up to its last sequence."""

    last_sequence: int
    check: str


def _read_checks(session: Session, first: int, last: int) -> list[_RunCheck]:
    """Return the checks of the runs that assigned the sequences first to last, in order."""
    end = (
        select(func.min(PublicationRunRow.last_sequence))
        .where(PublicationRunRow.last_sequence >= last)
        .scalar_subquery()
    )
    runs = select(PublicationRunRow.last_sequence, PublicationRunRow.token).where(
        PublicationRunRow.last_sequence >= first, PublicationRunRow.last_sequence <= end
    )
    store_id = store_state(session).store_id
    return [
        _RunCheck(sequence, hashlib.sha256(f"{store_id} {token}".encode()).hexdigest()[:16])
        for sequence, token in session.execute(runs.order_by(PublicationRunRow.last_sequence))
    ]


def last_modified(session: Session, services: Collection[str]) -> dict[str, datetime]:
    """Return the time at which each of these public services last changed."""
    known = modified_at_of(session, "service")
    found = {service_id: known[service_id] for service_id in services if service_id in known}
    missing = sorted(service_id for service_id in services if service_id not in known)
    return found | times_of_records(session, missing)


def times_of_records(session: Session, services: Iterable[str]) -> dict[str, datetime]:
    """Return the time at which each service last changed by its rows, regardless of the ledger."""
    found: dict[str, datetime] = {}
    for batch in in_batches(services, _IDS_IN_A_QUERY):
        owners = _read_owners(session, batch)
        for kind in KINDS:
            for name, services_of in owners.items():
                for owner, updated_at in _iter_updates(session, kind, name, services_of):
                    for service in services_of[owner]:
                        found[service] = max(updated_at, found.get(service, updated_at))
        days = select(ServiceRow.id, ServiceRow.listed_from).where(
            ServiceRow.listed_from.is_not(None)
        )
        for service, day in session.execute(days.where(ServiceRow.id.in_(batch))):
            if service in found and day:  # it became public on this day without an edit
                found[service] = max(datetime.combine(day, time(), UTC), found[service])
    return found


def _read_owners(session: Session, services: Collection[str]) -> _Owners:
    """Map columns to owner ids and the services for which rows with that owner count."""
    links = session.execute(
        select(
            ServiceAtLocationRow.id,
            ServiceAtLocationRow.service_id,
            ServiceAtLocationRow.location_id,
        ).where(ServiceAtLocationRow.service_id.in_(services))
    ).all()
    shown = public_records(session).filter_ids("service_at_location", [link.id for link in links])
    owners: dict[str, dict[str, set[str]]] = {
        "service_id": {service_id: {service_id} for service_id in services},
        "service_at_location_id": defaultdict(set),
        "location_id": defaultdict(set),
    }
    for link in links:
        if link.id in shown and link.service_id:
            owners["service_at_location_id"][link.id].add(link.service_id)
            owners["location_id"][link.location_id or ""].add(link.service_id)
    return owners


def _iter_updates(
    session: Session, kind: str, owner_column: str, ids: Collection[str]
) -> Iterable[tuple[str, datetime]]:
    """Yield owner ids with the latest change of their rows of a kind that are or were public."""
    columns = ROWS[kind].__table__.c
    column = "id" if owner_column == f"{kind}_id" else owner_column
    if column not in columns or kind == "service_heading":
        return
    for batch in in_batches(ids, _IDS_IN_A_QUERY):
        statement = select(columns[column], func.max(columns.updated_at)).where(
            columns.visibility == Visibility.PUBLIC.value, columns[column].in_(batch)
        )
        for owner_id, updated_at in session.execute(  # noqa: UP028  # rows are not pairs
            statement.group_by(columns[column])
        ):
            yield owner_id, updated_at
