"""Stored ids for the records of a list that comes again with other ids.

Without them each record would be new, and what people did to the stored ones would be lost.
Services are found by what they are (``duplicates.same_services``); organizations, programs and
locations by their services; parts by what they say. A record that could be two stored ones is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from referral.duplicates.list_versions import ListVersion
from referral.duplicates.same_services import pair_by_keys
from referral.formats.reading.items import Item, RefusedRow
from referral.imports.stored_records import stored_versions
from referral.records.kinds import (
    KINDS,
    SourcedRecord,
    kind_of,
    parents_of,
)
from referral.records.ownership import INDEPENDENT_KINDS, Key
from referral.records.record_ids import record_id
from referral.store.base import RecordRow
from referral.store.conversion import ROWS
from referral.store.rows import ServiceRow
from referral.store.topic_suggestions import TopicSuggestionRow

_COMES_AGAIN_SHARE = 0.5
_FOUND_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """How many services of a source a list with other ids has.

    Attributes:
        unsure: services of the list that could be several stored ones, or another branch of one.
        keys: stored records, and what the list calls them now.
    """

    stored: int
    found: int
    unsure: int
    keys: Mapping[Key, str] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Return whether so few were found that a person must look."""
        return self.found < _FOUND_SHARE * self.stored


def with_stored_ids(
    session: Session, source: str, items: list[Item], *, is_whole: bool = True
) -> tuple[list[Item], FoundAgain | None]:
    """Return a list with the ids of the stored records, and how many services were found.

    A list with at least half of the ids of its source's services keeps its ids, but for records
    that an earlier list of the source already gave other ones.

    Args:
        is_whole: whether the list has all that its source has.
    """
    row = ServiceRow
    stored = session.execute(select(row.id, row.retired_at).where(row.source == source)).all()
    present = {each for each, retired_at in stored if retired_at is None}
    if not present:
        return items, None
    listed = _ids_of(items)
    if ids := ids_by_key(session, source, listed):
        items = _with_ids(items, ids)
        listed = _ids_of(items)
    known = present & listed["service"]
    new = listed["service"].difference(each for each, _ in stored)
    if not is_whole or not new or len(known) >= _COMES_AGAIN_SHARE * len(present):
        return items, None
    ids, unsure = _find_again(session, source, items)
    items = _with_ids(items, ids)
    found = present & _ids_of(items)["service"]
    renamed = {(kind, stored_id) for (kind, _), stored_id in ids.items()}
    keys = {
        key: item.origin.key
        for item in items
        if isinstance(item, SourcedRecord)
        and (key := (kind_of(item.record), item.record.id)) in renamed
    }
    return items, FoundAgain(len(present), len(found), unsure, keys)


def ids_by_key(
    session: Session, source: str, listed: Mapping[str, Collection[str]]
) -> dict[Key, str]:
    """Return the stored ids of listed records whose source calls them by a new key.

    Args:
        listed: the ids of the records of a list, by kind.
    """
    ids = _keyed(session, source, listed, INDEPENDENT_KINDS)
    return ids and ids | _keyed(session, source, listed, KINDS.keys() - INDEPENDENT_KINDS)


def _keyed(
    session: Session,
    source: str,
    listed: Mapping[str, Collection[str]],
    kinds: Iterable[str],
) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for kind in kinds:
        row, ids = ROWS[kind], listed.get(kind, ())
        of_source = select(row.id, row.source_key).where(row.source == source)
        keys = {each: key for each, key in session.execute(of_source)} if ids else {}  # noqa: C416
        for stored_id in keys.keys() - ids:
            listed_id = record_id(source, kind, keys[stored_id])
            if listed_id in ids and listed_id not in keys:
                found[kind, listed_id] = stored_id
    return found


def note_keys(session: Session, keys: Mapping[Key, str]) -> None:
    """Note what a list calls stored records now: the next one has these keys again."""
    by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for (kind, stored_id), key in keys.items():
        by_kind[kind].append({"stored_id": stored_id, "key": key})
    tables = RecordRow.metadata.tables
    for kind, named in by_kind.items():
        columns = tables[kind].c
        renamed = update(tables[kind]).where(columns.id == bindparam("stored_id"))
        # The record itself does not change: no page and no index has the key.
        values = {"source_key": bindparam("key"), "updated_at": columns.updated_at}
        session.execute(renamed.values(values).execution_options(changes_logged=True), named)
    if "service" in by_kind:  # a topic that was refused for a service stays refused
        suggestions = tables[TopicSuggestionRow.__tablename__]
        renamed = update(suggestions).where(suggestions.c.service_id == bindparam("stored_id"))
        session.execute(renamed.values(source_key=bindparam("key")), by_kind["service"])


def _find_again(session: Session, source: str, items: Iterable[Item]) -> tuple[dict[Key, str], int]:
    """Return listed record → stored id, and how many services could be several."""
    records = (item.record for item in items if isinstance(item, SourcedRecord))
    listed = ListVersion((record,) for record in records)
    stored = ListVersion(stored_versions(session, source))
    ids: dict[Key, str] = {}
    unsure = 0
    for kind in ("service", *(kind for kind in KINDS if kind != "service")):
        row = ROWS[kind]
        taken = set(session.scalars(select(row.id)))
        signs, known = listed.match_keys(kind, ids), stored.match_keys(kind, {})
        pairs = pair_by_keys(signs, known, lambda *pair: listed.differs(stored, *pair))
        if kind == "service":
            keys = {key for levels in known.values() for level in levels for key in level}
            left = (levels for each, levels in signs.items() if each not in pairs)
            unsure = sum(any(not keys.isdisjoint(level) for level in each) for each in left)
        for listed_id, stored_id in pairs.items():
            if listed_id != stored_id and listed_id not in taken:
                ids[kind, listed_id] = stored_id
    return ids, unsure


def _ids_of(items: Iterable[Item]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if isinstance(item, SourcedRecord):
            found[kind_of(item.record)].add(item.record.id)
        elif isinstance(item, RefusedRow):
            found[item.kind].add(item.id)
    return found


def _with_ids(items: list[Item], ids: Mapping[Key, str]) -> list[Item]:
    return [_with_id(item, ids) for item in items] if ids else items


def _with_id(item: Item, ids: Mapping[Key, str]) -> Item:
    if isinstance(item, RefusedRow):
        return replace(item, id=ids.get((item.kind, item.id), item.id))
    if not isinstance(item, SourcedRecord):
        return item
    record = item.record
    named = [("id", kind_of(record), record.id), *parents_of(record)]
    changed: dict[str, Any] = {
        name: ids[kind, each] for name, kind, each in named if (kind, each) in ids
    }
    return replace(item, record=replace(record, **changed)) if changed else item
