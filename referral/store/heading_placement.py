"""Placement of services under the eight headings by the crosswalk rules.

It runs at the end of each transaction for services whose name, terms or headings were written.
Services with a heading set by staff or by a source file get none by rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.classification import SET_BY_RULE
from referral.records.headings import Crosswalk
from referral.records.record_ids import record_id
from referral.store.base import in_batches
from referral.store.bulk import add_rows
from referral.store.change_log import take_services_to_place
from referral.store.rows import AttributeRow, ServiceHeadingRow, ServiceRow
from referral.store.terms import TermTree, load_crosswalk, load_terms

_OWN_SOURCE = "referral"
_BATCH = 500


def place_written(session: Session) -> None:
    """Place the services whose name, terms or headings were written in a session's transaction."""
    session.flush()
    if services := take_services_to_place(session):
        place_services(session, services)
        session.flush()
        take_services_to_place(session)  # headings that the rules made need no placement


def place_services(session: Session, service_ids: Iterable[str]) -> None:
    """Set the rule-made headings of services; headings set by staff or a file are kept."""
    crosswalk, terms = load_crosswalk(session), load_terms(session)
    for ids in in_batches(sorted(set(service_ids)), _BATCH):
        _place_batch(session, ids, crosswalk, terms)


def _place_batch(
    session: Session, service_ids: Sequence[str], crosswalk: Crosswalk, terms: TermTree
) -> None:
    term_ids = _term_ids_by_service(session, service_ids)
    stored_headings = _headings_by_service(session, service_ids)
    names = select(ServiceRow.id, ServiceRow.name).where(ServiceRow.id.in_(service_ids))
    new_headings: list[tuple[str, dict[str, str]]] = []
    for service_id, name in session.execute(names):
        rows = stored_headings[service_id]
        is_set_by_hand = any(row.set_by != SET_BY_RULE and row.retired_at is None for row in rows)
        paths = [terms.heading_path(term_id) for term_id in term_ids[service_id]]
        wanted_headings = frozenset() if is_set_by_hand else crosswalk.headings_for(name, paths)
        row_by_heading = {row.heading: row for row in rows if row.set_by == SET_BY_RULE}
        for heading in row_by_heading.keys() - wanted_headings:
            session.delete(session.get_one(ServiceHeadingRow, row_by_heading[heading].id))
        new_headings += (
            _new_heading(service_id, heading) for heading in wanted_headings - row_by_heading.keys()
        )
    add_rows(session, new_headings)


def _new_heading(service_id: str, heading: str) -> tuple[str, dict[str, str]]:
    kind, key = ServiceHeadingRow.__tablename__, f"{service_id}/{heading}"
    return kind, {
        "id": record_id(_OWN_SOURCE, kind, key),
        "service_id": service_id,
        "heading": heading,
        "set_by": SET_BY_RULE,
        "source": _OWN_SOURCE,
        "source_key": key,
    }


def _term_ids_by_service(session: Session, service_ids: Sequence[str]) -> dict[str, list[str]]:
    term_ids: dict[str, list[str]] = defaultdict(list)
    rows = session.execute(
        select(AttributeRow.link_id, AttributeRow.taxonomy_term_id).where(
            AttributeRow.link_entity == "service",
            AttributeRow.link_id.in_(service_ids),
            AttributeRow.retired_at.is_(None),
        )
    )
    for service_id, term_id in rows:
        term_ids[service_id].append(term_id or "")
    return term_ids


def _headings_by_service(session: Session, service_ids: Sequence[str]) -> dict[str, list[Any]]:
    """Return bare columns of the headings of services, by service id."""
    headings: dict[str, list[Any]] = defaultdict(list)
    columns = (
        ServiceHeadingRow.id,
        ServiceHeadingRow.service_id,
        ServiceHeadingRow.heading,
        ServiceHeadingRow.set_by,
        ServiceHeadingRow.retired_at,
    )
    for row in session.execute(
        select(*columns).where(ServiceHeadingRow.service_id.in_(service_ids))
    ):
        headings[row.service_id or ""].append(row)
    return headings
