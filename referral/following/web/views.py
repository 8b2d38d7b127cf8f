"""Pages of followed sources: the list, and one of them with its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import RefusedError
from referral.following.followed_sources import (
    forget_followed,
    list_followed,
    pull_now,
    read_followed,
    refuse_address,
    save_followed,
)
from referral.following.records import SHOWN_REMOVALS, FollowedSource
from referral.following.removals import read_removals
from referral.following.web.forms import form_of
from referral.following.web.labels import FETCHED, KIND_LABELS, OUTCOME_LABELS
from referral.records.accounts import Permission
from referral.records.page import Page
from referral.web.current import current_instance, page_number
from referral.web.forms import PressForm, try_action
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

following = Blueprint("following", __name__, url_prefix="/admin/following")
FOLLOW = Permission.CHANGE_SETTINGS
SEE_REMOVALS = Permission.IMPORT_LISTS
_ON_A_PAGE = 50


@following.context_processor
def _labels() -> dict[str, object]:
    return {"kinds": KIND_LABELS, "outcomes": OUTCOME_LABELS, "fetched": FETCHED}


@following.get("")
@requires(FOLLOW)
def list_sources() -> ResponseReturnValue:
    """List what is followed."""
    return render_template("following/list.html", sources=list_followed(current_instance()))


@following.route("/new", methods=["GET", "POST"])
@requires(FOLLOW)
def new_source() -> ResponseReturnValue:
    """Add a source; it is off until somebody checks the box."""
    return _edited(None)


@following.get("/removed")
@requires(SEE_REMOVALS)
def removed() -> ResponseReturnValue:
    """What lists took away by themselves lately, and the way to undo it."""
    services = read_removals(current_instance())
    return render_template(
        "following/removed.html",
        services=Page.of(services, page_number(), _ON_A_PAGE),
        days=SHOWN_REMOVALS.days,
    )


def removed_values() -> Mapping[str, Any]:
    """For the start page: how many services each list took away, by its name."""
    counts = Counter(each.source for each in read_removals(current_instance()))
    return {"counts": sorted(counts.items()), "days": SHOWN_REMOVALS.days}


@following.route("/<uuid:source_id>", methods=["GET", "POST"])
@requires(FOLLOW)
def source(source_id: UUID) -> ResponseReturnValue:
    """What is known of a source, and its form."""
    return _edited(read_followed(current_instance(), str(source_id)))


@following.post("/<uuid:source_id>/pull")
@requires(FOLLOW)
def pull(source_id: UUID) -> ResponseReturnValue:
    """Look for news at once."""
    instance, actor = current_instance(), current_account().actor
    if try_action(lambda: pull_now(instance, str(source_id), actor)):
        flash(gettext("We look within a minute."))
    return redirect(url_for("following.source", source_id=source_id))


@following.post("/<uuid:source_id>/forget")
@requires(FOLLOW)
def forget(source_id: UUID) -> ResponseReturnValue:
    """Follow a source no longer."""
    instance, actor = current_instance(), current_account().actor
    if try_action(lambda: forget_followed(instance, str(source_id), actor)):
        flash(gettext("We do not follow it any more. Its listings stay."))
    return redirect(url_for("following.list_sources"))


def _edited(known: FollowedSource | None) -> ResponseReturnValue:
    form = form_of(known)
    if form.validate_on_submit():
        instance, actor = current_instance(), current_account().actor
        field = form.address
        try:
            refuse_address(instance, form.said())
            field = form.name
            saved = save_followed(instance, form.said(), known.id if known else "", actor)
        except RefusedError as error:
            field.errors = [message_text(error.message)]
        else:
            flash(gettext("Saved."))
            return redirect(url_for("following.source", source_id=saved))
    return render_template("following/source.html", form=form, source=known, press=PressForm())
