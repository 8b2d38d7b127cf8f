"""Check of stored locations, once after the rules for secret places changed.

Places that an import would withhold today are withheld, and wait on the page "Held back". A place
that a person published stays public.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.formats.checks.shelters import withhold_places
from referral.formats.reading.items import Item
from referral.imports.stored_records import origin_of
from referral.jobs.job_queue import Job, add_job, latest_job
from referral.records import secret_places, shelter_detection
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Location
from referral.records.kinds import SourcedRecord
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS, record_of_kind
from referral.store.history import edited_by_hand
from referral.store.rows import LocationRow
from referral.store.withheld_groups import note_withheld_places

SECRECY_CHECK = "secrecy-check"
# Kinds of records that the rules read, or that link them to a location.
_KINDS = (
    "taxonomy_term", "organization", "program", "service", "location", "service_at_location",
    "address", "attribute",
)  # fmt: skip
_BY_RULE = Actor("", "rules for secret places")


@cache
def _rules_digest() -> str:
    """Return a digest of the secrecy rules; a new digest makes the check of locations run again."""
    files = (Path(module.__file__ or "") for module in (secret_places, shelter_detection))
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def queue_secrecy_check(instance: Instance) -> None:
    """Queue the check of stored locations by secrecy rules, unless it was queued before.

    Changed rules queue it again.
    """
    subject = f"{SECRECY_CHECK} {_rules_digest()}"
    with instance.store.read() as session:
        if latest_job(session, subject):
            return
    with instance.store.write() as session:
        if latest_job(session, subject) is None:
            add_job(session, SECRECY_CHECK, subject)


def check_stored_places(instance: Instance, _job: Job) -> None:
    """Run the job that withholds each stored location that the secrecy rules find."""
    with instance.store.write(Author(made_by=MadeBy.RULE)) as session:
        found = _find_places_to_withhold(session)
        for place in session.scalars(select(LocationRow).where(LocationRow.id.in_(found))):
            place.visibility = Visibility.WITHHELD.value
            note_withheld_places(session, [place.id])
            record_audit(session, _BY_RULE, "place-withheld-by-rule", "location", place.id)
    instance.index.sync_after_commit()


def _find_places_to_withhold(session: Session) -> set[str]:
    items = [
        SourcedRecord(record_of_kind(kind, row), origin_of(row))
        for kind in _KINDS
        for row in session.scalars(select(ROWS[kind]).where(ROWS[kind].retired_at.is_(None)))
    ]
    public = _public_places(items)
    withheld = public - _public_places(withhold_places(items))
    sources = {item.origin.source for item in items}
    for source in sources if withheld else ():
        by_hand = edited_by_hand(session, "location", source)
        withheld -= {place for place, fields in by_hand.items() if "visibility" in fields}
    return withheld


def _public_places(items: Iterable[Item]) -> set[str]:
    return {
        item.record.id
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Location)
        and item.record.visibility is Visibility.PUBLIC
    }
