"""Staff pages for the queue of proposed places."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from referral.duplicates.matching import Evidence
from referral.errors import NotFoundError
from referral.proposals.proposed_places import decide_proposal, list_proposals
from referral.proposals.records import ProposalDecision
from referral.records.accounts import Permission
from referral.web.current import current_instance, page_number
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires

proposals = Blueprint("proposals", __name__, url_prefix="/curation/proposals")
REVIEW = Permission.REVIEW_FEEDBACK

_EVIDENCE_LABELS = {
    Evidence.NAME: lazy_gettext("name"),
    Evidence.PHONE: lazy_gettext("phone"),
    Evidence.WEBSITE: lazy_gettext("website"),
}


@proposals.get("")
@requires(REVIEW)
def queue() -> ResponseReturnValue:
    """Show the proposed places that wait for a decision."""
    notes = {
        "saved": gettext("Saved. Is all of it listed now? Then press “It is listed now”."),
        ProposalDecision.LISTED: gettext("The proposal is deleted. The place is listed."),
        ProposalDecision.DROPPED: gettext("The proposal is deleted."),
        "gone": gettext("Somebody has decided this already."),
    }
    return render_template(
        "proposals/queue.html",
        listed=list_proposals(current_instance(), page_number()),
        note=notes.get(request.args.get("note", "")),
        alike_words=_EVIDENCE_LABELS,
        may_edit=current_account().may(Permission.EDIT_RECORDS),
        press=PressForm(),
    )


@proposals.post("/<uuid:proposal_id>/decide")
@requires(REVIEW)
def decide(proposal_id: UUID) -> ResponseReturnValue:
    """Decide on a proposed place, which deletes the proposal, and show the queue."""
    decision = request.form.get("decision", "")
    if decision not in set(ProposalDecision):
        abort(400)
    note = decision
    try:
        decide_proposal(
            current_instance(),
            current_account().actor,
            str(proposal_id),
            ProposalDecision(decision),
        )
    except NotFoundError:
        note = "gone"
    return redirect(url_for("proposals.queue", note=note))
