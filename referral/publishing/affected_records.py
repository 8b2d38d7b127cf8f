"""Which published records a change of the log may have changed, by what is told inside of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.formats.hsds.own_terms import stand_in_id
from referral.records.kinds import KINDS, PARENT_FIELDS
from referral.store.base import in_batches
from referral.store.change_log import Change, affected_services
from referral.store.conversion import ROWS
from referral.store.rows import LocationRow, ServiceAtLocationRow
from referral.store.rows_classification import AttributeRow

_IDS_IN_A_QUERY = 500
_DOCUMENTS = ("organization", "location", "service_at_location", "service")
_PARTS = frozenset(KINDS) - {*_DOCUMENTS, "taxonomy", "taxonomy_term"}


def affected_records(session: Session, changes: Iterable[Change]) -> dict[str, set[str]]:
    """Ids by kind, with those of records that are not public.

    What appears or goes need not be here: the ledger finds it by comparing ids.
    """
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
