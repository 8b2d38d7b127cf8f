"""Whether something was withheld or taken away since a moment: then what was made then stays here.

Three things say so: the history, of records and parts that were deleted, hidden, moved or emptied;
the change log, of published records that nobody may see any more; and the keys of what is held back
wherever it stands. An address or phone may have been replaced because it was secret, so any edit of
where people are found counts too. Other values that took the place of one do not matter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory, local_today
from referral.exports.hsds_objects import HsdsObjects
from referral.formats.hsds.own_terms import stand_in_id
from referral.publishing.affected_records import read_survivors, records_to_compare
from referral.records.edits import Action
from referral.records.kinds import PARENT_FIELDS
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.change_log import LogPoint, changes_after, follows_from, store_state
from referral.store.publication.ledger import last_sequence
from referral.store.publication.rows import PublicationRow
from referral.store.rows_log import RecordEditRow
from referral.store.withheld_keys import read_withheld_keys

_MOST = 1_000  # changes or edits; after more it is taken for gone
_IDS_IN_A_QUERY = 500
_HIDING = frozenset(
    {
        "visibility", "retired_at", "status", "listed_from", "listed_until", "link_id",
        "link_entity", *PARENT_FIELDS,
    }
)  # fmt: skip
_EMPTY = (None, "")
_WHEREABOUTS = frozenset({"address", "location", "phone", "contact"})
_MOMENT = re.compile(r"(\d+)-(\d+)-(\d+)-(\d+)-([0-9a-f]{32})\Z", re.ASCII)


def this_moment(session: Session, directory: Directory) -> str:
    """What a session sees, as a text to keep for ``is_nothing_gone``."""
    point, last = store_state(session).point, session.scalar(select(func.max(RecordEditRow.id)))
    mark = _mark(session, directory, point.store_id)
    return f"{point.sequence}-{point.token}-{last or 0}-{last_sequence(session)}-{mark}"


def is_nothing_gone(session: Session, directory: Directory, moment: str) -> bool:
    """Whether all that everybody could see at a moment of this day may be seen still."""
    match = _MOMENT.match(moment)
    if match is None:  # of another release
        return False
    sequence, token, edit, published = map(int, match.groups()[:-1])
    mark = match[5]
    state = store_state(session)
    point = LogPoint(state.store_id, sequence, token)
    return (
        mark == _mark(session, directory, state.store_id)
        and follows_from(session, state, point)
        and not _is_edit_hiding(session, edit)
        and not _is_record_gone(session, directory, sequence, published)
    )


def _mark(session: Session, directory: Directory, store_id: str) -> str:
    """Of the database, the day, and what is held back wherever it stands."""
    keys = read_withheld_keys(session, Audience.PUBLIC)
    groups = sorted(
        (scope.value, digest, *sorted(ids))
        for scope, found in keys.groups.items()
        for digest, ids in found.items()
    )
    told = (store_id, str(local_today(directory)), groups, sorted(keys.exceptions))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def _is_edit_hiding(session: Session, after: int) -> bool:
    row = RecordEditRow
    edits = session.execute(
        select(row.kind, row.action, row.fields)
        .where(row.id > after)
        .order_by(row.id)
        .limit(_MOST + 1)
    ).all()
    return len(edits) > _MOST or any(_hides(*edit) for edit in edits)


def _hides(kind: str, action: str, fields: Mapping[str, Any]) -> bool:
    is_other_place = kind in _WHEREABOUTS and action != Action.CREATED
    return (
        is_other_place
        or action == Action.DELETED
        or any(
            name in _HIDING or (after in _EMPTY and before not in _EMPTY)
            for name, (before, after) in fields.items()
        )
    )


def _is_record_gone(session: Session, directory: Directory, after: int, published: int) -> bool:
    changes = changes_after(session, after, _MOST + 1)
    if len(changes) > _MOST:
        return True
    found = records_to_compare(session, changes, read_survivors(session))
    stand_ins = {stand_in_id(service): service for service in found["service"]}
    objects = HsdsObjects(directory, session, stand_ins)
    for kind, ids in found.items():
        for some in in_batches(sorted(ids), _IDS_IN_A_QUERY):
            told = _told(session, kind, some, published)
            # Some organizations are made of their service: they are not rows.
            seen = (objects.flat if kind == "organization" else objects.public_ids)(kind, told)
            if len(seen) < len(told):
                return True
    return False


def _told(session: Session, kind: str, ids: Collection[str], published: int) -> list[str]:
    """Those of these records that were public at the moment, or soon after."""
    row = PublicationRow
    was_public = or_(row.gone_at.is_(None), row.sequence > published)
    return list(
        session.scalars(
            select(row.record_id).where(row.kind == kind, row.record_id.in_(ids), was_public)
        )
    )
