"""Places that somebody proposed: taken from anybody, listed for staff, deleted when decided."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from uuid import uuid4

from sqlalchemy import select

from referral.accounts.audit import record_audit
from referral.accounts.rate_limits import count_try, proposing_keys
from referral.directory.instance import Instance, local_today
from referral.fields.text import clean_text
from referral.proposals.listed_matches import find_listed
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

_ON_A_PAGE = 20


def submit_proposal(instance: Instance, client: str, place: ProposedPlace) -> None:
    """Take a proposal from the public page.

    Args:
        client: network address, of which a keyed hash is kept for a day to slow floods down.

    Raises:
        AccountRefusedError: too many came from there; wait.
    """
    count_try(instance, proposing_keys(instance, client))
    propose_place(instance, place)


def propose_place(instance: Instance, place: ProposedPlace) -> None:
    """Note a proposal; the same words are noted once while they wait."""
    texts = {
        name: clean_text(text)[: MAX_TEXT if name == "helps_with" else MAX_LINE]
        for name, text in asdict(place).items()
    }
    with instance.store.write() as session:
        if session.scalar(select(ProposedPlaceRow.id).filter_by(**texts)) is None:
            today = local_today(instance)
            session.add(ProposedPlaceRow(id=str(uuid4()), proposed_on=today, **texts))


def list_proposals(instance: Instance, number: int = 1) -> Page[Proposal]:
    """A page of the proposals that wait, oldest first, with what the directory may have of each."""
    row = ProposedPlaceRow
    with instance.store.read() as session:
        ordered = select(row).order_by(row.proposed_on, row.id)
        page = fetch_page(session, ordered, number, _ON_A_PAGE)
        found = {each.id: _proposal(each) for each in page}
        listed = find_listed(session, {key: each.place for key, each in found.items()})
    return page.with_items(replace(each, listed=listed[key]) for key, each in found.items())


def read_proposal(instance: Instance, proposal_id: str) -> Proposal | None:
    """A proposal that waits; None when it was decided."""
    with instance.store.read() as session:
        row = session.get(ProposedPlaceRow, proposal_id)
        return _proposal(row) if row else None


def decide_proposal(
    instance: Instance, actor: Actor, proposal_id: str, decision: ProposalDecision
) -> None:
    """Delete a proposal and its bytes; the audit log keeps its id and what was decided.

    Raises:
        NotFoundError: there is no such proposal any more.
    """
    with instance.store.write() as session:
        row = fetch_row(session, ProposedPlaceRow, proposal_id, "proposal", locked=True)
        session.delete(row)
        record_audit(session, actor, f"proposal-{decision.value}", "proposal", proposal_id)
    instance.store.erase_traces(ProposedPlaceRow)


def waiting_proposals(instance: Instance) -> Waiting:
    """How many proposals wait, and since when."""
    with instance.store.read() as session:
        return fetch_waiting(session, ProposedPlaceRow.id, ProposedPlaceRow.proposed_on)


def _proposal(row: ProposedPlaceRow) -> Proposal:
    texts = {each.name: getattr(row, each.name) for each in fields(ProposedPlace)}
    return Proposal(id=row.id, place=ProposedPlace(**texts), proposed_on=row.proposed_on)
