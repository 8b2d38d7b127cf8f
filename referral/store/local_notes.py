"""What the library says itself of services, put on top of the listings of their lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.listing import Listing
from referral.records.local_notes import (
    LANGUAGE,
    TRANSLATIONS,
    LocalField,
    typed_schedules,
    with_local_hours,
    with_local_translation,
)
from referral.store.rows_texts import LocalNoteRow


def with_local_notes(session: Session, listings: Sequence[Listing]) -> list[Listing]:
    """The listings with the hours, notes and translations of the library; it is one query."""
    row, found = LocalNoteRow, {listing.service.id: listing for listing in listings}
    notes = select(row).where(row.service_id.in_(list(found)), row.field.in_(_ON_TOP))
    for note in session.scalars(notes) if found else ():
        found[note.service_id] = _with_note(found[note.service_id], note)
    return list(found.values())


_ON_TOP = (
    LocalField.NOTE.value,
    LocalField.SPANISH_NOTE.value,
    LocalField.HOURS.value,
    *TRANSLATIONS,
)


def _with_note(listing: Listing, note: LocalNoteRow) -> Listing:
    if note.field == LocalField.NOTE.value:
        return replace(listing, local_note=note.value)
    if note.field == LocalField.SPANISH_NOTE.value:
        return replace(listing, local_note_in={LANGUAGE: note.value})
    if note.field in TRANSLATIONS:
        return with_local_translation(listing, note.field, note.value)
    # A season without a year was meant as of the day when it was typed.
    schedules = typed_schedules(note.value, note.service_id, note.changed_at.date())
    return with_local_hours(listing, schedules) if schedules else listing
