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
from referral.duplicates.same_services import pair_by_keys, whole_name_key
from referral.formats.reading.items import Item, RefusedRow
from referral.imports.stored_records import stored_versions
from referral.records.hsds import Service
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
from referral.store.history import values_before_edits
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


def take_stored_ids(
    session: Session, source: str, items: list[Item], *, is_whole: bool = True
) -> FoundAgain | None:
    """Give the records of a list the ids of stored ones, and return how many services were found.

    Nothing is looked for if at least half of the source's services come again with id and name.

    Args:
        is_whole: whether the list has all that its source has.
    """
    row = ServiceRow
    of_source = select(row.id, row.name, row.retired_at).where(row.source == source)
    stored = session.execute(of_source).all()
    present = {each.id for each in stored if each.retired_at is None}
    if not present:
        return None
    _rename(items, ids_by_key(session, source, _ids_of(items)))
    names: dict[str, list[str]] = {each.id: [each.name] for each in stored}
    for service_id, before in values_before_edits(session, "service", source).items():
        names[service_id].append(before.get("name", ""))
    known, others = _known_services(items, names)
    if not is_whole or not others or len(known & present) >= _COMES_AGAIN_SHARE * len(present):
        return None
    ids, unsure = _find_again(session, source, items)
    _rename(items, ids)
    found = present & _ids_of(items)["service"].keys()
    renamed = {(kind, stored_id) for (kind, _), stored_id in ids.items()}
    keys = {
        key: item.origin.key
        for item in items
        if isinstance(item, SourcedRecord)
        and (key := (kind_of(item.record), item.record.id)) in renamed
    }
    return FoundAgain(len(present), len(found), unsure, keys)


def ids_by_key(
    session: Session, source: str, listed: Mapping[str, Mapping[str, str]]
) -> dict[Key, str]:
    """Return the stored ids of listed records that have another id by their key.

    Args:
        listed: kind → id → key of the records of a list.
    """
    ids = _ids_by_key(session, source, listed, INDEPENDENT_KINDS)
    return ids and ids | _ids_by_key(session, source, listed, KINDS.keys() - INDEPENDENT_KINDS)


def _ids_by_key(
    session: Session, source: str, listed: Mapping[str, Mapping[str, str]], kinds: Iterable[str]
) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for kind in kinds:
        row, ids = ROWS[kind], listed.get(kind, {})
        # What the list dropped comes first: what it has now replaces it.
        of_source = select(row.id, row.source_key).where(row.source == source)
        in_order = of_source.order_by(row.retired_at.is_(None))
        reused: list[str] = []
        for stored_id, key in session.execute(in_order) if ids else ():
            is_known = ids.get(stored_id) == key  # most are, and an id takes its time
            listed_id = stored_id if is_known else record_id(source, kind, key)
            if listed_id in ids:
                found[kind, listed_id] = stored_id
            if stored_id in ids and stored_id != listed_id:
                reused.append(stored_id)
        for each in reused:
            found.setdefault((kind, each), _unused_id(source, kind, each))
    return {key: stored_id for key, stored_id in found.items() if key[1] != stored_id}


def _unused_id(source: str, kind: str, listed_id: str) -> str:
    """Return an id for a record under whose id another one is stored."""
    return record_id(source, kind, f"{listed_id}/again")


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


def _known_services(
    items: Iterable[Item], names: Mapping[str, Collection[str]]
) -> tuple[set[str], set[str]]:
    """Return the services of a list that are stored under their id and name, and the others.

    A row that was refused has only its id.
    """
    known, others = set[str](), set[str]()
    for item in items:
        if isinstance(item, RefusedRow) and item.kind == "service" and item.id in names:
            known.add(item.id)
        elif isinstance(item, SourcedRecord) and isinstance(service := item.record, Service):
            stored = names.get(service.id, ())
            has_name = service.name in stored or (
                whole_name_key(service.name) in map(whole_name_key, stored)
            )
            (known if has_name else others).add(service.id)
    return known, others


def _find_again(session: Session, source: str, items: Iterable[Item]) -> tuple[dict[Key, str], int]:
    """Return the id to store each listed record under, and how many services could be several.

    A record under the id of a stored one that it is not gets a new id.
    """
    records = (item.record for item in items if isinstance(item, SourcedRecord))
    listed = ListVersion((record,) for record in records)
    stored = ListVersion(stored_versions(session, source))
    ids: dict[Key, str] = {}
    unsure = 0
    for kind in ("service", *(kind for kind in KINDS if kind != "service")):
        keys, others = listed.match_keys(kind, ids), stored.match_keys(kind, {})
        pairs, left = pair_by_keys(keys, others, lambda *pair: listed.differs(stored, *pair))
        unsure = len(left) if kind == "service" else unsure
        elsewhere = set(session.scalars(select(ROWS[kind].id))) - others.keys()
        for listed_id in keys.keys() - elsewhere:
            unused = _unused_id(source, kind, listed_id) if listed_id in others else listed_id
            stored_id = pairs.get(listed_id, unused)
            if stored_id != listed_id:
                ids[kind, listed_id] = stored_id
    return ids, unsure


def _ids_of(items: Iterable[Item]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for item in items:
        if isinstance(item, SourcedRecord):
            found[kind_of(item.record)][item.record.id] = item.origin.key
        elif isinstance(item, RefusedRow):
            found[item.kind][item.id] = ""
    return found


def _rename(items: list[Item], ids: Mapping[Key, str]) -> None:
    # In place: a list may have a quarter of a million records.
    for position, item in enumerate(items if ids else ()):
        items[position] = _with_id(item, ids)


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
