"""Shift notes: short-lived notes for staff about a service, shown until their last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import delete, select

from referral.accounts.rows import AccountRow
from referral.desk.rows import ShiftNoteRow
from referral.directory.instance import Instance, local_today
from referral.errors import refused
from referral.records.accounts import Account, printable_line

LONGEST_NOTE = 200
NOTE_DAYS = 14
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNote:
    """A short-lived note for colleagues at the desk about a service.

    ``ends_on`` is the last day on which it is shown.
    """

    id: str
    service_id: str
    words: str
    author: str
    ends_on: date


def add_shift_note(
    instance: Instance,
    account: Account,
    service_id: str,
    words: str,
    ends_on: date | None = None,
) -> str:
    """Add a shift note to a service, for two weeks by default; return the note's id.

    Raises:
        RefusedError: the note is empty or too long, or its last day is past or too far away.
    """
    words, today = printable_line(words), local_today(instance)
    last_day = ends_on or today + timedelta(days=NOTE_DAYS)
    if not words or len(words) > LONGEST_NOTE:
        raise refused("Write a note of %(most)s letters at most.", most=LONGEST_NOTE)
    if not today <= last_day <= today + timedelta(days=_MOST_DAYS):
        raise refused("Choose a last day between today and a year from now.")
    with instance.store.write() as session:
        row = ShiftNoteRow(
            id=str(uuid4()),
            service_id=service_id,
            words=words,
            account_id=account.id,
            made_at=instance.now(),
            ends_on=last_day,
        )
        session.add(row)
        return row.id


def read_shift_notes(
    instance: Instance, service_ids: Iterable[str]
) -> Mapping[str, tuple[ShiftNote, ...]]:
    """Return today's shift notes of services, by service id, the oldest first."""
    statement = (
        select(ShiftNoteRow, AccountRow.name)
        .join(AccountRow, AccountRow.id == ShiftNoteRow.account_id, isouter=True)
        .where(ShiftNoteRow.service_id.in_(list(service_ids)))
        .where(ShiftNoteRow.ends_on >= local_today(instance))
        .order_by(ShiftNoteRow.made_at)
    )
    notes: dict[str, list[ShiftNote]] = defaultdict(list)
    with instance.store.read() as session:
        for row, author in session.execute(statement):
            note = ShiftNote(
                id=row.id,
                service_id=row.service_id,
                words=row.words,
                author=author or "",
                ends_on=row.ends_on,
            )
            notes[row.service_id].append(note)
    return {service_id: tuple(found) for service_id, found in notes.items()}


def remove_shift_note(instance: Instance, note_id: str) -> str:
    """Delete a shift note, with its traces in the database file; return the id of its service.

    The id is "" if the note is gone.
    """
    with instance.store.write() as session:
        row = session.get(ShiftNoteRow, note_id)
        if row is None:
            return ""
        session.delete(row)
        service_id = row.service_id
    instance.store.erase_traces(ShiftNoteRow)
    return service_id


def delete_expired_notes(instance: Instance) -> int:
    """Delete shift notes that are past their last day, and return how many. Run once a day."""
    statement = delete(ShiftNoteRow).where(ShiftNoteRow.ends_on < local_today(instance))
    with instance.store.write() as session:
        return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a DELETE returns a CursorResult
