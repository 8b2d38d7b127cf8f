"""From changes in the store to the services whose documents they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.store.batches import in_batches
from referral.store.change_log import Change
from referral.store.rows import ServiceAtLocationRow, ServiceRow
from referral.store.rows_classification import AttributeRow
from referral.store.terms import load_terms

_IDS_IN_A_QUERY = 5_000


def services_touched(session: Session, changes: Iterable[Change]) -> set[str]:
    """Ids of the services that these changes touch, those that are gone by now included."""
    ids: dict[str, set[str]] = {}
    for change in changes:
        ids.setdefault(change.kind, set()).add(change.record_id)
    at = ServiceAtLocationRow
    return {
        *ids.get("service", ()),
        *_found(session, ServiceRow.id, ServiceRow.organization_id, ids.get("organization")),
        *_found(session, ServiceRow.id, ServiceRow.program_id, ids.get("program")),
        *_found(session, at.service_id, at.location_id, ids.get("location")),
        *_found(session, at.service_id, at.id, ids.get("service_at_location")),
        *_services_of_terms(session, ids.get("taxonomy_term")),
    }


def _services_of_terms(session: Session, term_ids: set[str] | None) -> Iterator[str]:
    """Services of these terms and of all terms below them, whose paths lead through these."""
    if term_ids:
        below = load_terms(session).with_descendants(term_ids)
        yield from _found(session, AttributeRow.link_id, AttributeRow.taxonomy_term_id, below)


def _found(
    session: Session,
    wanted: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    field: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    ids: set[str] | None,
) -> Iterator[str]:
    for some in in_batches(sorted(ids or ()), _IDS_IN_A_QUERY):
        for found in session.scalars(select(wanted).where(field.in_(some))):
            if found:
                yield found
