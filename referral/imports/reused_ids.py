"""Stored ids that are reused for the records of a list whose ids are new.

Otherwise each record would be new, and edits of the stored ones would be lost. Services are matched
by content (``duplicates.same_services``); organizations, programs and locations by their services;
parts by their values. A record that could be two stored ones is new.
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

_KNOWN_IDS_SHARE = 0.5
_FOUND_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """Number of services of a source that were found in a new list with other ids.

    Attributes:
        unsure: services of the list that could be several stored ones, or another branch of one.
        keys: stored record → its new key in the list.
    """

    stored: int
    found: int
    unsure: int
    keys: Mapping[Key, str] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Return whether so few stored services were found that a person must confirm the list."""
        return self.found < _FOUND_SHARE * self.stored


def take_stored_ids(
    session: Session, source: str, items: list[Item], *, is_whole: bool = True
) -> FoundAgain | None:
    """Replace ids of listed records by those of stored ones, and count the services found.

    Nothing is replaced if at least half of the source's services have the same id and name.

    Args:
        is_whole: whether the list has all records of its source.
    """
    of_source = select(ServiceRow.id, ServiceRow.name, ServiceRow.retired_at).where(
        ServiceRow.source == source
    )
    stored = session.execute(of_source).all()
    present = {service.id for service in stored if service.retired_at is None}
    if not present:
        return None
    _replace_ids(items, ids_by_key(session, source, _ids_of(items)))
    names: dict[str, list[str]] = {service.id: [service.name] for service in stored}
    for service_id, before in values_before_edits(session, "service", source).items():
        names[service_id].append(before.get("name", ""))
    known, others = _split_by_known_id(items, names)
    if not is_whole or not others or len(known & present) >= _KNOWN_IDS_SHARE * len(present):
        return None
    ids, unsure = _match_stored_records(session, source, items)
    _replace_ids(items, ids)
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
    """Return the stored ids of listed records whose key is stored under another id.

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
        # Retired records come first, so that current ones with the same key replace them.
        of_source = select(row.id, row.source_key).where(row.source == source)
        in_order = of_source.order_by(row.retired_at.is_(None))
        reused: list[str] = []
        for stored_id, key in session.execute(in_order) if ids else ():
            is_known = ids.get(stored_id) == key  # true for most; computing an id is slow
            listed_id = stored_id if is_known else record_id(source, kind, key)
            if listed_id in ids:
                found[kind, listed_id] = stored_id
            if stored_id in ids and stored_id != listed_id:
                reused.append(stored_id)
        for each in reused:
            found.setdefault((kind, each), _unused_id(source, kind, each))
    return {key: stored_id for key, stored_id in found.items() if key[1] != stored_id}


def _unused_id(source: str, kind: str, listed_id: str) -> str:
    """Return a new id for a listed record whose id is taken by another stored record."""
    return record_id(source, kind, f"{listed_id}/again")


def note_keys(session: Session, keys: Mapping[Key, str]) -> None:
    """Store the keys that a source list now has for stored records.

    The next list has them again.
    """
    by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for (kind, stored_id), key in keys.items():
        by_kind[kind].append({"stored_id": stored_id, "key": key})
    tables = RecordRow.metadata.tables
    for kind, new_keys in by_kind.items():
        columns = tables[kind].c
        renamed = update(tables[kind]).where(columns.id == bindparam("stored_id"))
        # The record itself does not change: no page and no index contains the key.
        values = {"source_key": bindparam("key"), "updated_at": columns.updated_at}
        session.execute(renamed.values(values).execution_options(changes_logged=True), new_keys)
    if "service" in by_kind:  # refused topic suggestions stay refused
        suggestions = tables[TopicSuggestionRow.__tablename__]
        renamed = update(suggestions).where(suggestions.c.service_id == bindparam("stored_id"))
        session.execute(renamed.values(source_key=bindparam("key")), by_kind["service"])


def _split_by_known_id(
    items: Iterable[Item], names: Mapping[str, Collection[str]]
) -> tuple[set[str], set[str]]:
    """Return a list's services that are stored under their id and name, and the others.

    A refused row is known by its id alone.
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


def _match_stored_records(
    session: Session, source: str, items: Iterable[Item]
) -> tuple[dict[Key, str], int]:
    """Return the id to store each listed record under, and count ambiguous services.

    A record that has the id of another stored record gets a new id.
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


def _replace_ids(items: list[Item], ids: Mapping[Key, str]) -> None:
    # In place: a list may have a quarter of a million records.
    for position, item in enumerate(items if ids else ()):
        items[position] = _with_id(item, ids)


def _with_id(item: Item, ids: Mapping[Key, str]) -> Item:
    if isinstance(item, RefusedRow):
        return replace(item, id=ids.get((item.kind, item.id), item.id))
    if not isinstance(item, SourcedRecord):
        return item
    record = item.record
    references = [("id", kind_of(record), record.id), *parents_of(record)]
    changed: dict[str, Any] = {
        name: ids[kind, key_id] for name, kind, key_id in references if (kind, key_id) in ids
    }
    return replace(item, record=replace(record, **changed)) if changed else item
