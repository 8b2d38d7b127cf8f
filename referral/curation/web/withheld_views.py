"""Views of withheld addresses and phone numbers: waiting, decided; decide and undo."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from referral.curation.web.views import EDIT, curation
from referral.curation.withheld_review import (
    Shared,
    decide_withheld_group,
    decide_withholding_request,
    list_withheld_groups,
    list_withholding_requests,
    undo_withheld_decision,
)
from referral.errors import RefusedError
from referral.records.kinds import KINDS
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

_REASONS = {
    Shared.ADDRESS: lazy_gettext("Street hidden: this address is private."),
    Shared.POINT: lazy_gettext("Street hidden: a private place is at this point."),
    Shared.NUMBER: lazy_gettext("Phone hidden: this number is private."),
    Shared.EXTENSION: lazy_gettext("Phone hidden: this number with this extension is private."),
}


@curation.get("/held-back")
@requires(EDIT)
def withheld() -> ResponseReturnValue:
    """Show the withheld addresses and phone numbers that wait for a decision."""
    return _page(decided=False)


@curation.get("/held-back/decided")
@requires(EDIT)
def withheld_decided() -> ResponseReturnValue:
    """Show the withheld addresses and phone numbers that were decided."""
    return _page(decided=True)


@curation.post("/held-back/<uuid:group_id>")
@requires(EDIT)
def decide_withheld(group_id: UUID) -> ResponseReturnValue:
    """Withhold an address or phone number at all records, or show it at those ticked."""
    shown = request.form.getlist("shown") if request.form.get("do") == "show" else []
    if request.form.get("do") == "show" and not shown:
        flash(gettext("Tick the records that may show it."))
        return redirect(url_for("curation.withheld"))
    try:
        decide_withheld_group(current_instance(), str(group_id), shown, current_account().actor)
        flash(gettext("Saved. You can take it back on the page “Decided”."))
    except RefusedError as refusal:
        flash(message_text(refusal.message))
    return redirect(url_for("curation.withheld"))


@curation.post("/held-back/<uuid:group_id>/undo")
@requires(EDIT)
def undo_withheld(group_id: UUID) -> ResponseReturnValue:
    """Undo a decision to withhold or show an address or phone number."""
    undo_withheld_decision(current_instance(), str(group_id), current_account().actor)
    flash(gettext("Taken back. It is held back everywhere, and waits again."))
    return redirect(url_for("curation.withheld_decided"))


@curation.post(f"/held-back/<any({', '.join(KINDS)}):kind>/<uuid:record_id>")
@requires(EDIT)
def decide_withholding(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Publish a record that another source list withheld, or keep it withheld."""
    is_published = request.form.get("do") == "show"
    decide_withholding_request(
        current_instance(), kind, str(record_id), current_account().actor,
        is_published=is_published,
    )  # fmt: skip
    flash(gettext("It shows again.") if is_published else gettext("It stays private."))
    return redirect(url_for("curation.withheld"))


def _page(*, decided: bool) -> str:
    groups = list_withheld_groups(current_instance(), decided=decided)
    return render_template(
        "curation/withheld.html",
        groups=groups,
        requests=() if decided else list_withholding_requests(current_instance()),
        decided=decided,
        reasons=_REASONS,
        press=PressForm(),
    )
