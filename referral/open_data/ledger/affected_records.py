"""Which published records changes of the log may have changed, by what is told inside of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from referral.formats.hsds.own_terms import stand_in_id
from referral.open_data.rows import PublicationRow
from referral.records.kinds import KINDS, PARENT_FIELDS
from referral.store.base import in_batches
from referral.store.change_log import Change, affected_services
from referral.store.conversion import ROWS
from referral.store.rows import LocationRow, ServiceAtLocationRow
from referral.store.rows_classification import AttributeRow
from referral.store.rows_log import RecordMergeRow

_IDS_IN_A_QUERY = 500
_LINK = "service_at_location"
_DOCUMENTS = ("organization", "location", _LINK, "service")
_PARTS = frozenset(KINDS) - {*_DOCUMENTS, "taxonomy", "taxonomy_term"}


Key = tuple[str, str]
"""Kind and id."""


def records_to_compare(
    session: Session, changes: Iterable[Change], merged: Mapping[Key, str]
) -> defaultdict[str, set[str]]:
    """Ids by kind of what these changes may have changed, with those of what is not public.

    Args:
        merged: as ``read_survivors`` gives it.
    """
    found = affected_records(session, changes)
    ledger, at = PublicationRow, ServiceAtLocationRow
    # A link that was deleted is in the log as a change of its service only.
    found[_LINK] |= set(
        session.scalars(
            select(ledger.record_id)
            .where(ledger.kind == _LINK, ledger.gone_at.is_(None))
            .where(~exists().where(at.id == ledger.record_id))
        )
    )
    for (kind, loser), survivor in merged.items():  # whose tombstone leads there, or not any more
        if survivor in found[kind]:
            found[kind].add(loser)
    return found


def read_survivors(session: Session) -> dict[Key, str]:
    """The record that each merged one went into in the end, by kind and id."""
    row = RecordMergeRow
    merges = select(row.kind, row.loser_id, row.survivor_id).where(row.undone_at.is_(None))
    into = {
        (kind, loser): survivor
        for kind, loser, survivor in session.execute(merges.order_by(row.merged_at))
    }
    found = {}
    for kind, loser in into:
        last, seen = loser, {loser}
        while (following := into.get((kind, last))) and following not in seen:
            seen.add(following)
            last = following
        found[kind, loser] = last
    return found


def affected_records(session: Session, changes: Iterable[Change]) -> defaultdict[str, set[str]]:
    """Ids by kind, with those of records that are not public."""
    changes = list(changes)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        found[change.kind].add(change.record_id)
    attribute, at, place = AttributeRow, ServiceAtLocationRow, LocationRow
    linked = select(attribute.link_entity, attribute.link_id)
    for kind, record_id in _rows(
        session, linked, attribute.taxonomy_term_id, found["taxonomy_term"]
    ):
        found[kind].add(record_id)
    _climb(session, found)
    changes += [Change(0, kind, key) for kind in _DOCUMENTS for key in found[kind]]
    found["service"] |= affected_services(session, changes)
    found["service_at_location"] |= _ids(
        session, select(at.id), at.location_id, found["location"]
    ) | _ids(session, select(at.id), at.service_id, found["service"])
    found["location"] |= _ids(
        session, select(at.location_id), at.service_id, found["service"]
    ) | _ids(session, select(place.id), place.organization_id, found["organization"])
    found["organization"] |= {stand_in_id(service) for service in found["service"]}
    return found


def _climb(session: Session, found: defaultdict[str, set[str]]) -> None:
    """Add what these are told inside of, as far as a record that is published."""
    waiting = {kind: set(ids) for kind, ids in found.items() if kind in _PARTS}
    while waiting:
        kind, ids = waiting.popitem()
        columns = ROWS[kind].__table__.c
        names = [name for name in (*PARENT_FIELDS, "link_entity", "link_id") if name in columns]
        for row in _rows(session, select(*(columns[name] for name in names)), columns.id, ids):
            parents = {PARENT_FIELDS[n]: getattr(row, n) for n in names if n in PARENT_FIELDS}
            if "link_id" in names:
                parents[row.link_entity] = row.link_id
            for parent, key in parents.items():
                if key and key not in found[parent]:
                    found[parent].add(key)
                    if parent in _PARTS:
                        waiting.setdefault(parent, set()).add(key)


def _ids(session: Session, wanted: Any, field: Any, ids: set[str]) -> set[str]:
    return {found for (found,) in _rows(session, wanted, field, ids) if found}


def _rows(session: Session, wanted: Any, field: Any, ids: set[str]) -> Iterator[Any]:
    for some in in_batches(sorted(ids), _IDS_IN_A_QUERY):
        yield from session.execute(wanted.where(field.in_(some)))
