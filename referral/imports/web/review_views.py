"""Review pages of an import: the changes of one group, and decisions about them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.accounts.account_admin import list_accounts
from referral.accounts.audit import AuditFilters, read_audit_log
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.review import read_batch, read_review
from referral.imports.web.blueprint import IMPORT, audience, flash_refusal, imports
from referral.imports.web.forms import DecideForm
from referral.web.current import current_directory
from referral.web.page_number import page_number
from referral.web.staff.permissions import current_account, requires

_ANCHOR = re.compile(r"[\w-]{1,60}", re.ASCII)


@imports.get("/<uuid:batch_id>/changes/<string:group>")
@requires(IMPORT)
def change_group(batch_id: UUID, group: str) -> ResponseReturnValue:
    """What a list changes, or has changed, of one group, listing by listing."""
    directory, wanted = current_directory(), _group(group)
    page = read_batch(directory, str(batch_id), audience())
    shown = {BatchState.READY: page.groups, BatchState.APPLIED: page.taken}.get(page.state, ())
    of_page = next((each for each in shown if each.group is wanted), None)
    if of_page is None:
        return redirect(url_for("imports.batch", batch_id=batch_id))
    review = read_review(
        directory,
        str(batch_id),
        wanted,
        page=page_number(),
        words=request.args.get("words", "")[:100],
        audience=audience(),
    )
    return render_template("imports/change_group.html", page=page, group=of_page, review=review)


@imports.post("/<uuid:batch_id>/changes/<string:group>")
@requires(IMPORT)
def decide_change(batch_id: UUID, group: str) -> ResponseReturnValue:
    """Accept or leave a group, one of its listings, a record or a field.

    The address says where to go on: ``next`` is the place on the page, ``page`` and ``words`` are
    those of the page of the group; without them it is the page of the import.
    """
    form, wanted, key = DecideForm(), _group(group), str(batch_id)
    if form.validate_on_submit():
        scope = DecisionScope(
            group=wanted,
            number=form.number.data,
            record=form.record.data or "",
            field=form.field.data or "",
        )
        decision, actor = Decision(form.decision.data), current_account().actor
        flash_refusal(lambda: decide(current_directory(), key, decision, scope, actor))
    anchor = request.args.get("next", "")
    values: dict[str, Any] = {"_anchor": anchor} if _ANCHOR.fullmatch(anchor) else {}
    if "page" not in request.args:
        return redirect(url_for("imports.batch", batch_id=batch_id, **values))
    values |= {"page": page_number(), "words": request.args.get("words", "")[:100]}
    return redirect(url_for("imports.change_group", batch_id=batch_id, group=group, **values))


def batch_log(batch_id: str) -> dict[str, Any]:
    """Who did what with an import: the newest entries of the audit log, and names of accounts."""
    directory = current_directory()
    log = read_audit_log(directory, AuditFilters(kind="import", record_id=batch_id))
    names = {each.id: each.name or each.email for each in list_accounts(directory)}
    own = current_account().id
    seen = next((each.id for each in log.entries if each.account_id != own), 0)
    return {"log": log.entries, "names": names, "seen": seen}


def colleague_since(batch_id: str, seen: str) -> str:
    """Who else did something with an import after what a page has seen, "" for nobody.

    Args:
        seen: the id that ``batch_log`` gave that page; "" where it gave none.
    """
    found = batch_log(batch_id)
    if not seen.isdecimal() or found["seen"] <= int(seen):
        return ""
    entry = next(each for each in found["log"] if each.id == found["seen"])
    return str(found["names"].get(entry.account_id) or entry.actor_name)


def _group(name: str) -> ChangeGroup:
    try:
        return ChangeGroup(name)
    except ValueError:
        abort(404)
