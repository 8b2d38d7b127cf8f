"""The feed of public changes: pages of records and tombstones as lines of JSON.

The ledger provides only which records changed and in which order. Each record is read through
the visibility rule when the page is requested.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import InstanceError
from referral.formats.writing.hsds_values import utc_text
from referral.open_data.hsds_objects import HsdsObjects
from referral.open_data.ledger.entries import (
    Cursor,
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


class UnknownCursorError(InstanceError):
    """The changes after a cursor cannot be listed completely."""


class NotPublishedError(InstanceError):
    """The ledger does not contain the latest changes yet."""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the feed.

    Attributes:
        lines: an object of JSON on each line; empty at the end of the feed.
        cursor: where the next page begins.
        has_more: whether the next page has lines already.
    """

    lines: bytes
    cursor: str
    has_more: bool


def read_changes(instance: Instance, after: str, limit: int = ENTRIES_ON_A_PAGE) -> ChangesPage:
    """Return a page of the changes after a cursor, oldest first, each record as it is public now.

    Raises:
        UnknownCursorError: the text is no cursor, is too old, or comes from another database.
        NotPublishedError: a record is no longer public, and its tombstone is not written yet.
    """
    cursor = parse_cursor(after)
    with instance.store.read() as session:
        if cursor is None or not is_known(session, cursor):
            raise UnknownCursorError("This cursor is not known.")
        if not is_filled(session):
            raise NotPublishedError("The ledger was not filled yet.")
        lines: list[dict[str, Any]] = []
        has_more = True
        while has_more and not lines:
            entries = entries_after(session, cursor, limit + 1)
            has_more, entries = len(entries) > limit, entries[:limit]
            contents = _read_contents(instance, session, entries)
            if len(contents) < len(entries) and is_update_due(session, instance):
                # It may be public again before the next update: no later entry would list it.
                first_missing = next(
                    position
                    for position, entry in enumerate(entries)
                    if _key(entry) not in contents
                )
                entries, has_more = entries[:first_missing], True
                if not entries:
                    raise NotPublishedError("A tombstone is missing.")
            positions = cursors_after(session, cursor, [entry.sequence for entry in entries])
            pairs = zip(entries, positions, strict=True)
            lines = [
                _line(entry, position, contents[_key(entry)])
                for entry, position in pairs
                if _key(entry) in contents
            ]
            cursor = positions[-1] if positions else cursor
    return ChangesPage(msgspec.json.Encoder().encode_lines(lines), str(cursor), has_more)


def _line(entry: Entry, position: Cursor, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "cursor": str(position),
        "sequence": entry.sequence,
        "kind": entry.kind,
        "id": entry.record_id,
        "time": utc_text(entry.modified_at),
        **content,
    }


def _read_contents(
    instance: Instance, session: Session, entries: Collection[Entry]
) -> Mapping[_Key, dict[str, Any]]:
    """Return the content of each entry that may be published: a tombstone or the current record."""
    contents: dict[_Key, dict[str, Any]] = {}
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.tombstone is None:
            ids[entry.kind].append(entry.record_id)
            continue
        survivor_id = entry.tombstone.redirect_to
        contents[_key(entry)] = {"gone": True} | (
            {"redirect_to": survivor_id} if survivor_id else {}
        )
    objects = HsdsObjects(instance, session)
    for kind, wanted in ids.items():
        for record in objects.with_own_parts(kind, wanted):
            contents[kind, record["id"]] = {"record": record}
    return contents


def _key(entry: Entry) -> _Key:
    return entry.kind, entry.record_id
