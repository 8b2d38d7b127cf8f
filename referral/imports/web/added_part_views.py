"""Page of the parts that lists added to listings of others."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.imports.added_parts import PART_KINDS, keep_part, list_added_parts, remove_part
from referral.imports.web.blueprint import IMPORT, imports
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires


@imports.get("/added-parts")
@requires(IMPORT)
def added_parts() -> ResponseReturnValue:
    """Show the parts that lists added to listings of other sources, for a decision."""
    parts = list_added_parts(current_instance())
    return render_template("imports/added_parts.html", parts=parts, press=PressForm())


@imports.post(f"/added-parts/<any({', '.join(PART_KINDS)}):kind>/<uuid:record_id>")
@requires(IMPORT)
def decide_added_part(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Keep or remove a part that a list added to another source's listing."""
    if PressForm().validate_on_submit():
        is_kept = request.form.get("do") == "keep"
        decide = keep_part if is_kept else remove_part
        decide(current_instance(), kind, str(record_id), current_account().actor)
        flash(gettext("Kept.") if is_kept else gettext("Removed."))
    return redirect(url_for("imports.added_parts"))
