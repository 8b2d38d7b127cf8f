"""Proposed places: submitted by anybody, listed for staff, and deleted with their decision."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from uuid import uuid4

from sqlalchemy import select

from referral.accounts.audit import record_audit
from referral.accounts.rate_limits import count_try, proposing_keys
from referral.directory.instance import Instance, local_today
from referral.fields.text import clean_text
from referral.proposals.listed_matches import find_matches
from referral.proposals.records import (
    MAX_LINE,
    MAX_TEXT,
    Proposal,
    ProposalDecision,
    ProposedPlace,
)
from referral.proposals.rows import ProposedPlaceRow
from referral.records.accounts import Actor
from referral.records.page import Page
from referral.records.waiting import Waiting
from referral.store.fetching import fetch_page, fetch_row, fetch_waiting

_PROPOSALS_PER_PAGE = 20


def submit_proposal(instance: Instance, client: str, place: ProposedPlace) -> None:
    """Store a place that a patron proposes for listing, within the rate limit.

    Args:
        client: network address, whose keyed hash is stored for a day at most to limit the rate.

    Raises:
        AccountRefusedError: too many proposals came from this network address.
    """
    count_try(instance, proposing_keys(instance, client))
    propose_place(instance, place)


def propose_place(instance: Instance, place: ProposedPlace) -> None:
    """Store a place proposed for listing, unless an equal proposal waits."""
    texts = {
        name: clean_text(text)[: MAX_TEXT if name == "helps_with" else MAX_LINE]
        for name, text in asdict(place).items()
    }
    with instance.store.write() as session:
        if session.scalar(select(ProposedPlaceRow.id).filter_by(**texts)) is None:
            today = local_today(instance)
            session.add(ProposedPlaceRow(id=str(uuid4()), proposed_on=today, **texts))


def list_proposals(instance: Instance, number: int = 1) -> Page[Proposal]:
    """Return a page of proposed places that wait for staff, with likely matches, oldest first."""
    with instance.store.read() as session:
        ordered = select(ProposedPlaceRow).order_by(
            ProposedPlaceRow.proposed_on, ProposedPlaceRow.id
        )
        page = fetch_page(session, ordered, number, _PROPOSALS_PER_PAGE)
        proposals = [_proposal_from(row) for row in page]
        matches = find_matches(session, {proposal.id: proposal.place for proposal in proposals})
    return page.with_items(replace(proposal, listed=matches[proposal.id]) for proposal in proposals)


def read_proposal(instance: Instance, proposal_id: str) -> Proposal | None:
    """Return a waiting proposal of a place for listing, None if it was decided."""
    with instance.store.read() as session:
        row = session.get(ProposedPlaceRow, proposal_id)
        return _proposal_from(row) if row else None


def decide_proposal(
    instance: Instance, actor: Actor, proposal_id: str, decision: ProposalDecision
) -> None:
    """Erase a proposed place once staff decided; the audit log keeps id and decision.

    Raises:
        NotFoundError: there is no such proposal, or it was decided already.
    """
    with instance.store.write() as session:
        row = fetch_row(session, ProposedPlaceRow, proposal_id, "proposal", locked=True)
        session.delete(row)
        record_audit(session, actor, f"proposal-{decision.value}", "proposal", proposal_id)
    instance.store.erase_traces(ProposedPlaceRow)


def waiting_proposals(instance: Instance) -> Waiting:
    """Count the proposed places that wait for staff, and return the day of the oldest."""
    with instance.store.read() as session:
        return fetch_waiting(session, ProposedPlaceRow.id, ProposedPlaceRow.proposed_on)


def _proposal_from(row: ProposedPlaceRow) -> Proposal:
    texts = {field.name: getattr(row, field.name) for field in fields(ProposedPlace)}
    return Proposal(id=row.id, place=ProposedPlace(**texts), proposed_on=row.proposed_on)
