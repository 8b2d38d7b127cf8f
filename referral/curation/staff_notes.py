"""Staff notes on services, with reasons not to refer patrons there; for staff only.

A service into which others were merged has their notes too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.curation.rows import StaffNoteRow
from referral.directory.instance import Instance
from referral.errors import refused
from referral.records.accounts import Actor
from referral.store.base import in_batches
from referral.store.fetching import fetch_row
from referral.store.rows import ServiceRow
from referral.store.rows_log import RecordMergeRow

LONGEST_NOTE = 2_000
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNote:
    """A staff note on a service.

    ``do_not_refer`` is the reason not to refer patrons there, "" for none.
    """

    note: str = ""
    do_not_refer: str = ""


NO_NOTE = StaffNote()


def read_staff_notes(instance: Instance, service_ids: Iterable[str]) -> Mapping[str, StaffNote]:
    """Return the staff notes of services by service id, without services that have none."""
    with instance.store.read() as session:
        owners = _survivor_ids(session, service_ids)
        rows = session.scalars(
            select(StaffNoteRow)
            .where(StaffNoteRow.service_id.in_(owners))
            .order_by(StaffNoteRow.changed_at)
        )
        rows_by_service: dict[str, list[StaffNoteRow]] = defaultdict(list)
        for row in rows:
            rows_by_service[owners[row.service_id]].append(row)
    return {
        service_id: StaffNote(
            note="\n".join(row.note for row in rows if row.note),
            do_not_refer=" ".join(row.do_not_refer for row in rows if row.do_not_refer),
        )
        for service_id, rows in rows_by_service.items()
    }


def save_staff_note(instance: Instance, service_id: str, note: StaffNote, actor: Actor) -> None:
    """Store the staff note of a service and erase the previous note from the database file.

    An empty note deletes the stored note.

    Raises:
        NotFoundError: there is no such service.
        RefusedError: the note is too long.
    """
    cleaned = StaffNote(note=note.note.strip(), do_not_refer=" ".join(note.do_not_refer.split()))
    if len(cleaned.note) > LONGEST_NOTE or len(cleaned.do_not_refer) > LONGEST_REASON:
        raise refused("This is too long. Please shorten it.")
    if read_staff_notes(instance, [service_id]).get(service_id, NO_NOTE) == cleaned:
        return
    with instance.store.write() as session:
        fetch_row(session, ServiceRow, service_id, "service")
        merged_ids = _survivor_ids(session, [service_id])
        session.execute(delete(StaffNoteRow).where(StaffNoteRow.service_id.in_(merged_ids)))
        if cleaned != NO_NOTE:
            row = StaffNoteRow(
                service_id=service_id,
                note=cleaned.note,
                do_not_refer=cleaned.do_not_refer,
                changed_at=instance.now(),
                changed_by=actor.account_id,
            )
            session.add(row)
        record_audit(session, actor, "staff-note-changed", "service", service_id)
    instance.store.erase_traces(StaffNoteRow)


def services_with_notes(session: Session, service_ids: Collection[str]) -> set[str]:
    """Return the ids of those services that have a staff note."""
    owners = _survivor_ids(session, service_ids)
    noted: set[str] = set()
    for batch in in_batches(sorted(owners), 500):
        noted.update(
            session.scalars(
                select(StaffNoteRow.service_id).where(StaffNoteRow.service_id.in_(batch))
            )
        )
    return {owners[service_id] for service_id in noted}


def _survivor_ids(session: Session, service_ids: Iterable[str]) -> dict[str, str]:
    """Return a mapping from services, also merged ones, to the services that remain."""
    owners = {service_id: service_id for service_id in service_ids}
    latest = list(owners)
    while latest:
        merged = session.execute(
            select(RecordMergeRow.loser_id, RecordMergeRow.survivor_id).where(
                RecordMergeRow.kind == "service",
                RecordMergeRow.survivor_id.in_(latest),
                RecordMergeRow.undone_at.is_(None),
            )
        )
        new = {loser: owners[survivor] for loser, survivor in merged if loser not in owners}
        owners |= new
        latest = list(new)
    return owners
