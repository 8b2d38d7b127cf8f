"""Pages for duplicates: the queue of pairs, two records side by side, merge and its undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.duplicates.candidates import find_duplicates
from referral.duplicates.duplicate_queue import (
    SideBySide,
    decide_duplicate,
    list_duplicates,
    merge_pair,
    read_duplicate,
)
from referral.duplicates.merge import undo_merge
from referral.duplicates.merge_rules import MergeRefusal, MergeRefusedError
from referral.duplicates.records import DUPLICATE_KINDS, PairStatus
from referral.duplicates.review import next_pair_id, read_progress, undo_last_decision
from referral.duplicates.web.comparison import (
    BAND_LABELS,
    EVIDENCE_LABELS,
    KIND_LABELS,
    REFUSAL_LABELS,
    STATE_LABELS,
    address_line,
    common_keys,
    compare_fields,
    gains_of_merge,
    list_states,
)
from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.web.current import current_instance, page_number
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires

duplicates = Blueprint("duplicates", __name__, url_prefix="/curation/duplicates")
MERGE = Permission.MERGE_RECORDS


@duplicates.context_processor
def _labels() -> dict[str, object]:
    return {
        "evidence_labels": EVIDENCE_LABELS,
        "band_labels": BAND_LABELS,
        "address_line": address_line,
        "kind_labels": KIND_LABELS,
        "state_labels": STATE_LABELS,
    }


@duplicates.get("")
@requires(MERGE)
def queue() -> ResponseReturnValue:
    """Show a page of the duplicate queue: pairs of records that may be one."""
    status, kind = _status(), request.args.get("kind", "")
    kind = kind if kind in DUPLICATE_KINDS else ""
    listed = list_duplicates(current_instance(), status, kind, page_number())
    return render_template(
        "duplicates/duplicates.html",
        listed=listed,
        status=status,
        kind=kind,
        press=PressForm(),
        note=_note() if listed.is_searched else "",
    )


@duplicates.post("/look")
@requires(MERGE)
def look() -> ResponseReturnValue:
    """Search for duplicates of records that changed."""
    looked = find_duplicates(current_instance())
    return redirect(url_for("duplicates.queue", looked=looked.compared, found=looked.found))


@duplicates.get("/review")
@requires(MERGE)
def review() -> ResponseReturnValue:
    """Show the next pair of likely duplicates to decide, side by side."""
    pair_id = next_pair_id(current_instance())
    if not pair_id:
        return redirect(url_for("duplicates.queue", done="all"))
    return _pair_page(_read(UUID(pair_id), ""))


@duplicates.post("/review/undo")
@requires(MERGE)
def undo_last() -> ResponseReturnValue:
    """Undo the curator's last decision on likely duplicates, and show the pair again."""
    try:
        pair_id = undo_last_decision(current_instance(), current_account().actor)
    except NotFoundError:
        return redirect(url_for("duplicates.review"))
    except MergeRefusedError as error:
        return redirect(url_for("duplicates.queue", status="merged", done=error.refusal.value))
    return redirect(url_for("duplicates.pair", pair_id=pair_id))


@duplicates.get("/<uuid:pair_id>")
@requires(MERGE)
def pair(pair_id: UUID) -> ResponseReturnValue:
    """Show the two records of a pair of likely duplicates, side by side."""
    return _pair_page(_read(pair_id, request.args.get("keep", "")))


@duplicates.post("/<uuid:pair_id>/decide")
@requires(MERGE)
def decide(pair_id: UUID) -> ResponseReturnValue:
    """Store the decision on likely duplicates: different, put off or open again."""
    wanted = request.form.get("decision", "")
    statuses = {each.value: each for each in PairStatus}
    try:
        decide_duplicate(
            current_instance(),
            current_account().actor,
            str(pair_id),
            statuses.get(wanted, PairStatus.LATER),
        )
    except MergeRefusedError as error:
        return _pair_page(_read(pair_id, ""), str(REFUSAL_LABELS[error.refusal])), 409
    return _onward(url_for("duplicates.queue", done=wanted))


@duplicates.post("/<uuid:pair_id>/merge")
@requires(MERGE)
def merge(pair_id: UUID) -> ResponseReturnValue:
    """Merge two duplicates into the record that the form names."""
    keep = request.form.get("keep", "")
    take = [name.removeprefix("field-") for name, value in request.form.items()
            if name.startswith("field-") and value == "other"]  # fmt: skip
    try:
        merge_pair(current_instance(), current_account().actor, str(pair_id), keep, take)
    except MergeRefusedError as error:
        return _pair_page(_read(pair_id, keep), str(REFUSAL_LABELS[error.refusal])), 409
    return _onward(url_for("duplicates.queue", status="merged", done="done"))


@duplicates.post("/merges/<uuid:group_id>/undo")
@requires(MERGE)
def undo(group_id: UUID) -> ResponseReturnValue:
    """Undo a merge of duplicates."""
    try:
        stayed = undo_merge(current_instance(), current_account().actor, str(group_id))
    except MergeRefusedError as error:
        return redirect(url_for("duplicates.queue", status="merged", done=error.refusal.value))
    return redirect(url_for("duplicates.queue", done="undone", stayed=stayed))


def _read(pair_id: UUID, keep: str) -> SideBySide:
    shown = read_duplicate(current_instance(), str(pair_id), keep)
    if shown.pair.status is PairStatus.MERGED:
        raise NotFoundError("The two are merged.")
    return shown


def _onward(address: str) -> ResponseReturnValue:
    """Redirect to the next pair of likely duplicates in a review, else to the given URL."""
    return redirect(url_for("duplicates.review") if request.form.get("next") else address)


def _pair_page(shown: SideBySide, refused: str = "") -> str:
    return render_template(
        "duplicates/duplicate.html",
        shown=shown,
        refused=refused,
        press=PressForm(),
        fields=compare_fields(shown),
        states=list_states(shown),
        common=common_keys(shown),
        gained=gains_of_merge(shown),
        progress=read_progress(current_instance(), current_account().actor),
    )


def _status() -> PairStatus:
    try:
        return PairStatus(request.args.get("status", ""))
    except ValueError:
        return PairStatus.OPEN


def _note() -> Any:
    """Return the message about the last action on the duplicate queue."""
    done = request.args.get("done", "")
    looked, found = request.args.get("looked", ""), request.args.get("found", "")
    if looked.isdecimal() and found.isdecimal():
        return gettext(
            "Looked at %(looked)s records that changed. New pairs: %(found)s.",
            looked=looked,
            found=found,
        )
    if done == "undone" and request.args.get("stayed", "0") not in {"0", ""}:
        return gettext(
            "The merge is taken back. Some fields were changed since; they stay as they are."
        )
    if done in set(MergeRefusal):
        return REFUSAL_LABELS[MergeRefusal(done)]
    return {
        "done": gettext("The two are one record now. Old links lead to it."),
        "undone": gettext("The merge is taken back. Both records are as they were."),
        "different": gettext("Noted. We will not ask about these two again."),
        "later": gettext("Put off. You find the pair under Later."),
        "all": gettext("Nothing waits. Every pair is decided."),
        "open": gettext("The pair waits for a decision again."),
    }.get(done, "")
