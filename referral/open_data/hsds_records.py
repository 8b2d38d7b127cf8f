"""Readers of the public records of HSDS, by kind and as trees with their nested parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referral.formats.open_referral.own_terms import heading_term, stand_in_id
from referral.formats.writing.nested import Nested
from referral.open_data.own_parts import Surroundings, hsds_trees, stand_in
from referral.open_data.terms import terms_in_use
from referral.open_data.trees import read_trees
from referral.records.hsds import Record
from referral.records.listing import Credit
from referral.store.conversion import ROWS
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.source_credits import credits_of, handed_on, read_credits
from referral.store.terms import read_headings
from referral.store.visible import ReadOnce, Viewer, Visible

# Matches visible services without an organization that may be published.
_IS_LONE = or_(
    ServiceRow.organization_id.is_(None),
    ServiceRow.organization_id.in_(select(OrganizationRow.id).where(~handed_on(OrganizationRow))),
)


def public_records(
    session: Session, source: str = "", read_once: ReadOnce | None = None
) -> Visible:
    """Return a ``Visible`` that selects the records that may be published.

    Args:
        source: the list whose services, organizations and locations are published; "" for all.
        read_once: see ``Visible``.
    """
    return Visible(session, Viewer(hands_on=True, source=source), read_once)


def stand_ins(public: Visible) -> Mapping[str, str]:
    """Return the ids of organizations made for services that lack one, mapped to the services."""

    def read(session: Session) -> Mapping[str, str]:
        lone = select(ServiceRow.id).where(_IS_LONE, *public.conditions("service"))
        return {stand_in_id(service_id): service_id for service_id in session.scalars(lone)}

    return public.read_once("stand-ins", read)


def all_records(public: Visible, kind: str) -> Iterator[Any]:
    """Yield all public records of a kind in list order, organizations made for services last."""
    if kind == "taxonomy":
        yield from terms_in_use(public).taxonomies
    elif kind == "taxonomy_term":
        yield from terms_in_use(public).terms
    else:
        yield from public.read(kind)
    if kind == "organization":
        yield from map(stand_in, public.read("service", _IS_LONE))


def records_with_ids(public: Visible, kind: str, ids: Iterable[str]) -> list[Record]:
    """Return the public records of a published kind that have these ids."""
    wanted = set(ids)
    if kind in {"taxonomy", "taxonomy_term"}:
        return [record for record in all_records(public, kind) if record.id in wanted]
    found = list(public.read(kind, ROWS[kind].id.in_(list(wanted)))) if wanted else []
    if kind == "organization" and (unknown := wanted - {record.id for record in found}):
        service_of = stand_ins(public)
        lone = [service_of[record_id] for record_id in unknown & service_of.keys()]
        if lone:
            found += map(stand_in, public.read("service", ServiceRow.id.in_(lone)))
    return found


def read_hsds_trees(public: Visible, kind: str, records: Iterable[Record]) -> list[Nested]:
    """Return public records of one kind with all the parts that HSDS nests in them."""
    nodes = read_trees(public, kind, records)
    if not nodes:
        return []
    credits_by_service: Mapping[str, Credit] = {}
    if kind == "service" and public.read_once("credits", read_credits):
        credits_by_service = credits_of(
            public.session, ServiceRow, [node.record.id for node in nodes]
        )
    headings = {
        heading.slug: heading_term(heading.slug, heading.name)
        for heading in public.read_once("headings", read_headings)
    }
    return hsds_trees(nodes, Surroundings(headings, credits_by_service))
