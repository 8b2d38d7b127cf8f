"""Pages of followed sources: the list, the form of a source, and recent removals."""

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
from referral.following.web.forms import follow_form
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
    """Show the list of followed sources."""
    return render_template("following/list.html", sources=list_followed(current_instance()))


@following.route("/new", methods=["GET", "POST"])
@requires(FOLLOW)
def new_source() -> ResponseReturnValue:
    """Show the form for a new followed source, or add it."""
    return _edit_source(None)


@following.get("/removed")
@requires(SEE_REMOVALS)
def removed() -> ResponseReturnValue:
    """Show the services that followed lists recently removed without review, with links to undo."""
    services = read_removals(current_instance())
    return render_template(
        "following/removed.html",
        services=Page.of(services, page_number(), _ON_A_PAGE),
        days=SHOWN_REMOVALS.days,
    )


def removed_values() -> Mapping[str, Any]:
    """Return how many services each followed list recently removed, for the start page."""
    counts = Counter(each.source for each in read_removals(current_instance()))
    return {"counts": sorted(counts.items()), "days": SHOWN_REMOVALS.days}


@following.route("/<uuid:source_id>", methods=["GET", "POST"])
@requires(FOLLOW)
def source(source_id: UUID) -> ResponseReturnValue:
    """Show the state and the form of a followed source, or store its settings."""
    return _edit_source(read_followed(current_instance(), str(source_id)))


@following.post("/<uuid:source_id>/pull")
@requires(FOLLOW)
def pull(source_id: UUID) -> ResponseReturnValue:
    """Schedule a pull of a followed source at once, at an admin's request."""
    instance, actor = current_instance(), current_account().actor
    if try_action(lambda: pull_now(instance, str(source_id), actor)):
        flash(gettext("We look within a minute."))
    return redirect(url_for("following.source", source_id=source_id))


@following.post("/<uuid:source_id>/forget")
@requires(FOLLOW)
def forget(source_id: UUID) -> ResponseReturnValue:
    """Stop following a source, at an admin's request."""
    instance, actor = current_instance(), current_account().actor
    if try_action(lambda: forget_followed(instance, str(source_id), actor)):
        flash(gettext("We do not follow it any more. Its listings stay."))
    return redirect(url_for("following.list_sources"))


def _edit_source(known: FollowedSource | None) -> ResponseReturnValue:
    form = follow_form(known)
    if form.validate_on_submit():
        instance, actor = current_instance(), current_account().actor
        field = form.address
        try:
            refuse_address(instance, form.entered_settings())
            field = form.name
            saved = save_followed(
                instance, form.entered_settings(), known.id if known else "", actor
            )
        except RefusedError as error:
            field.errors = [message_text(error.message)]
        else:
            flash(gettext("Saved."))
            return redirect(url_for("following.source", source_id=saved))
    return render_template("following/source.html", form=form, source=known, press=PressForm())
