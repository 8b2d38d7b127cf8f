"""Stored parts that one list added to records of another, until a person keeps or removes them.

An import leaves such parts out unless a reviewer accepts them. Those that releases before 0.3
stored without a review are found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.imports.rows import AcceptedPartRow
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.kinds import PARENT_FIELDS, field_names, kind_of, parent_names
from referral.records.ownership import INDEPENDENT_KINDS
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Visibility
from referral.records.waiting import Waiting
from referral.store.change_log import log_changes
from referral.store.conversion import ROWS, record_of_kind
from referral.store.history import edited_by_hand
from referral.store.row_insertion import insert_rows

PART_KINDS = tuple(kind for kind in ROWS if kind not in {*INDEPENDENT_KINDS, "service_heading"})
_NOT_SHOWN = frozenset({*PARENT_FIELDS, "id", "visibility", "link_entity", "link_id", "tel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedPart:
    """A part, such as a phone, that one source's list added to a record of another source.

    Attributes:
        source: the list that the part is from.
        leader: the list that leads the record; ``HAND_SOURCE`` for one that was made here.
        subject: the record, as kind, id and name; without a name for kinds that have none.
        values: filled fields of the part; empty if the part or record is not public.
    """

    kind: str
    record_id: str
    source: str
    leader: str
    subject: tuple[str, str, str]
    values: tuple[tuple[str, Any], ...]


def list_added_parts(instance: Instance) -> tuple[AddedPart, ...]:
    """Return the parts added by lists to other sources' records that wait for a decision."""
    with instance.store.read() as session:
        moment = instance.listings.catch_up(session)
        return instance.listings.count(
            "added parts", lambda reading: tuple(_added_parts(reading)), session, moment
        )


def waiting_added_parts(instance: Instance) -> Waiting:
    """Return how many parts that lists added to other sources' records wait for a decision."""
    return Waiting(len(list_added_parts(instance)))


def keep_part(instance: Instance, kind: str, record_id: str, actor: Actor) -> None:
    """Keep a part that a list added to another source's record: a person accepted it.

    Raises:
        NotFoundError: the part waits for no decision any more.
    """
    with instance.store.write() as session:
        _waiting_part(session, kind, record_id)
        accept_parts(session, [(kind, record_id)], actor.account_id)
        # Cached lists of added parts are renewed after a logged change.
        log_changes(session, [("accepted_part", record_id)])
        record_audit(session, actor, "added-part-kept", kind, record_id)


def remove_part(instance: Instance, kind: str, record_id: str, actor: Actor) -> None:
    """Retire a part that a list added to another source's record.

    It can be restored from the history of the listing.

    Raises:
        NotFoundError: the part waits for no decision any more.
    """
    author = Author(made_by=MadeBy.HAND, account_id=actor.account_id)
    with instance.store.write(author) as session:
        _waiting_part(session, kind, record_id)
        session.get_one(ROWS[kind], record_id).retired_at = datetime.now(UTC)
        record_audit(session, actor, "added-part-removed", kind, record_id)
    instance.index.sync_after_commit()


def accept_parts(session: Session, parts: Iterable[tuple[str, str]], account_id: str) -> None:
    """Note that a person accepted parts that lists added to other sources' records.

    They are accepted in a review or on their page.
    """
    new = [
        {"kind": kind, "record_id": record_id}
        for kind, record_id in dict.fromkeys(parts)
        if session.get(AcceptedPartRow, (kind, record_id)) is None
    ]
    insert_rows(
        session, AcceptedPartRow, new, accepted_at=datetime.now(UTC), accepted_by=account_id
    )


def _waiting_part(session: Session, kind: str, record_id: str) -> AddedPart:
    for part in _added_parts(session, kind, record_id):
        return part
    raise NotFoundError("This was decided already.")


def _added_parts(session: Session, kind: str = "", record_id: str = "") -> Iterator[AddedPart]:
    """Yield the parts that lists added to other sources' records, each once, or one by its id."""
    for part in PART_KINDS if not kind else {kind}.intersection(PART_KINDS):
        seen: set[str] = set()
        by_hand: dict[str, Mapping[str, frozenset[str]]] = {}
        for name, subject in _subject_columns(session, part):
            for row, leader, title, is_public in _rows_led_by_others(
                session, part, name, subject, record_id
            ):
                if row.source not in by_hand:
                    by_hand[row.source] = edited_by_hand(session, part, row.source)
                # A merge moves parts by editing the field of their owner.
                is_moved = name in by_hand[row.source].get(row.id, ())
                if row.id not in seen and not is_moved:
                    seen.add(row.id)
                    yield AddedPart(
                        kind=part,
                        record_id=row.id,
                        source=row.source,
                        leader=leader,
                        subject=(subject, getattr(row, name), title),
                        values=tuple(_shown_values(row)) if is_public else (),
                    )


def _subject_columns(session: Session, part: str) -> Iterator[tuple[str, str]]:
    """Yield the columns by which parts of a kind name their owners, with the owners' kinds."""
    for name in parent_names(part):
        if name != "taxonomy_term_id":
            yield name, PARENT_FIELDS[name]
    if "link_id" in field_names(part):
        row: Any = ROWS[part]
        for subject in session.scalars(select(row.link_entity).distinct()).all():
            if subject in ROWS:
                yield "link_id", subject


def _rows_led_by_others(
    session: Session, part_kind: str, name: str, subject: str, record_id: str
) -> Iterator[tuple[Any, str, str, bool]]:
    """Yield rows of parts whose owner another source leads, with that source and a title."""
    row_class: Any = ROWS[part_kind]
    subject_class: Any = ROWS[subject]
    statement = (
        select(row_class, subject_class)
        .join(subject_class, subject_class.id == getattr(row_class, name))
        .where(row_class.source != subject_class.source, row_class.source != HAND_SOURCE)
        .where(
            row_class.import_batch_id.is_not(None),
            row_class.retired_at.is_(None),
            subject_class.retired_at.is_(None),
        )
        .where(
            ~exists().where(
                AcceptedPartRow.kind == part_kind, AcceptedPartRow.record_id == row_class.id
            )
        )
        .order_by(subject_class.id, row_class.id)
    )
    if name == "link_id":
        statement = statement.where(row_class.link_entity == subject)
    if record_id:
        statement = statement.where(row_class.id == record_id)
    for part_row, owner in session.execute(statement):
        is_public = part_row.visibility == owner.visibility == Visibility.PUBLIC.value
        yield part_row, owner.source, getattr(owner, "name", "") if is_public else "", is_public


def _shown_values(row: Any) -> Iterator[tuple[str, Any]]:
    record = record_of_kind(row.__tablename__, row)
    for name in field_names(kind_of(record)):
        if name not in _NOT_SHOWN and (value := getattr(record, name)) not in {"", None, False}:
            yield name, value
