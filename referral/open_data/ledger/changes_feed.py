"""The feed of changes: pages of what changed for the public, as lines of JSON.

Each record is read through the visibility rule when it is asked for. The ledger only says what
changed and in which order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.errors import DirectoryError
from referral.formats.writing.hsds_values import utc_text
from referral.open_data.hsds_objects import HsdsObjects
from referral.open_data.ledger.entries import (
    Entry,
    cursors_after,
    entries_after,
    is_filled,
    is_known,
    parse_cursor,
)
from referral.open_data.ledger.ledger_updates import is_update_due

ENTRIES_ON_A_PAGE = 100
_Key = tuple[str, str]


class UnknownCursorError(DirectoryError):
    """Not all that changed since a cursor can be told."""


class NotPublishedError(DirectoryError):
    """The ledger has not heard of the latest changes yet."""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the feed.

    Attributes:
        lines: an object of JSON on each line; empty at the end of the feed.
        cursor: where to go on.
        has_more: whether there is more already.
    """

    lines: bytes
    cursor: str
    has_more: bool


def read_changes(directory: Directory, after: str, limit: int = ENTRIES_ON_A_PAGE) -> ChangesPage:
    """What changed after a cursor, oldest first, each record as everybody may see it now.

    Raises:
        UnknownCursorError: the text is not a cursor, or one that is too old or of another database.
        NotPublishedError: a record may not be seen any more, and its tombstone is not there yet.
    """
    cursor = parse_cursor(after)
    with directory.store.read() as session:
        if cursor is None or not is_known(session, cursor):
            raise UnknownCursorError("This cursor is not known.")
        if not is_filled(session):
            raise NotPublishedError("The ledger was not filled yet.")
        lines: list[dict[str, Any]] = []
        has_more = True
        while has_more and not lines:
            entries = entries_after(session, cursor, limit + 1)
            has_more, entries = len(entries) > limit, entries[:limit]
            told = _seen(directory, session, entries)
            if len(told) < len(entries) and is_update_due(session, directory):
                # It may be shown again before the ledger looks: then no later entry would tell it.
                unseen = next(n for n, each in enumerate(entries) if _key(each) not in told)
                entries, has_more = entries[:unseen], True
                if not entries:
                    raise NotPublishedError("A tombstone is missing.")
            positions = cursors_after(session, cursor, [each.sequence for each in entries])
            pairs = zip(entries, positions, strict=True)
            lines = [
                {
                    "cursor": str(at),
                    "sequence": each.sequence,
                    "kind": each.kind,
                    "id": each.record_id,
                    "time": utc_text(each.modified_at),
                    **told[_key(each)],
                }
                for each, at in pairs
                if _key(each) in told
            ]
            cursor = positions[-1] if positions else cursor
    return ChangesPage(msgspec.json.Encoder().encode_lines(lines), str(cursor), has_more)


def _seen(
    directory: Directory, session: Session, entries: Collection[Entry]
) -> Mapping[_Key, dict[str, Any]]:
    """What is told of each entry that may be told: a tombstone, or a record of now."""
    found: dict[_Key, dict[str, Any]] = {}
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.tombstone is None:
            ids[entry.kind].append(entry.record_id)
            continue
        into = entry.tombstone.redirect_to
        found[_key(entry)] = {"gone": True} | ({"redirect_to": into} if into else {})
    objects = HsdsObjects(directory, session)
    for kind, wanted in ids.items():
        for record in objects.alone(kind, wanted):
            found[kind, record["id"]] = {"record": record}
    return found


def _key(entry: Entry) -> _Key:
    return entry.kind, entry.record_id
