"""Views of topic suggestions: by category, by service, past decisions; decide and undo."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import RefusedError
from referral.records.accounts import Actor, Permission
from referral.topic_suggestions.decisions import (
    accept_for_category,
    accept_for_service,
    accept_for_services,
    list_category_decisions,
    refuse_for_category,
    refuse_for_service,
    undo_decision,
)
from referral.topic_suggestions.queues import (
    LINES_ON_A_PAGE,
    list_category_services,
    read_category_queue,
    read_service_queue,
)
from referral.topic_suggestions.records import TOPICS_SHOWN
from referral.topic_suggestions.topic_links import list_topic_names, match_topic_names
from referral.web.current import current_instance, page_number
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

topic_suggestions = Blueprint("topic_suggestions", __name__, url_prefix="/curation/suggestions")
EDIT = Permission.EDIT_VOCABULARY


_ID_PREFIX = re.compile(r"[0-9a-f]{8}")
_MOST_PUT_OFF = 150  # as many as fit into a URL
_QUEUES = ("categories", "services")
_LAST_LINE = "last"  # the last line of a page
_MOST_OFFERED = 6  # topics that match the typed name; the keys 4 to 9 accept them
_LONGEST_NAME = 200


@topic_suggestions.get("")
@requires(EDIT)
def categories() -> ResponseReturnValue:
    """Show the categories of source lists that wait for a topic."""
    return _queue_page("categories", read_category_queue)


@topic_suggestions.get("/services")
@requires(EDIT)
def services() -> ResponseReturnValue:
    """Show the services that wait for a topic."""
    return _queue_page("services", read_service_queue)


@topic_suggestions.get("/decided")
@requires(EDIT)
def decided() -> ResponseReturnValue:
    """Show the decisions for categories."""
    listed = list_category_decisions(current_instance(), page_number())
    return render_template("topic_suggestions/decided.html", listed=listed, press=PressForm())


@topic_suggestions.get("/categories/<uuid:category_id>")
@requires(EDIT)
def category(category_id: UUID) -> ResponseReturnValue:
    """Show all services that a decision for a category affects."""
    listed = list_category_services(current_instance(), str(category_id), page_number())
    if listed is None:
        abort(404)
    return render_template("topic_suggestions/category.html", category=listed)


@topic_suggestions.post("/categories/<uuid:category_id>")
@requires(EDIT)
def decide_category(category_id: UUID) -> ResponseReturnValue:
    """Accept a topic for a category, or refuse those shown."""
    return _decide("categories", category_id, accept_for_category, refuse_for_category)


@topic_suggestions.post("/services/<uuid:service_id>")
@requires(EDIT)
def decide_service(service_id: UUID) -> ResponseReturnValue:
    """Accept a topic for a service, or refuse those shown."""
    return _decide("services", service_id, accept_for_service, refuse_for_service)


@topic_suggestions.post("/services")
@requires(EDIT)
def accept_page() -> ResponseReturnValue:
    """Accept the first topic of each service on a page."""
    named = (text.partition(":") for text in request.form.getlist("pair")[:LINES_ON_A_PAGE])
    pairs = [(service_id, term_id) for service_id, _, term_id in named]
    if PressForm().validate_on_submit() and pairs:
        try:
            accept_for_services(current_instance(), pairs, current_account().actor)
        except RefusedError as error:
            flash(message_text(error.message))
    return _redirect("services")


@topic_suggestions.post("/undo/<uuid:group_id>")
@requires(EDIT)
def undo(group_id: UUID) -> ResponseReturnValue:
    """Undo a decision on topics."""
    if PressForm().validate_on_submit():
        undo_decision(current_instance(), str(group_id), current_account().actor)
        flash(gettext("Taken back."))
    back = request.form.get("back", "")
    return _redirect(back if back in {*_QUEUES, "decided"} else "categories")


def _queue_page(queue: str, read: Callable[..., Any]) -> str:
    put_off = _parse_put_off(request.args.get("later", ""))
    instance = current_instance()
    page = read(instance, current_account().id, page_number(), put_off)
    names, typed = list_topic_names(instance), request.args.get("other", "")[:_LONGEST_NAME]
    ids, number = [line.id for line in page.lines], page.lines.number
    after = dict(zip(ids, [key[:8] for key in ids[1:]] + [_LAST_LINE], strict=False))
    return render_template(
        f"topic_suggestions/{queue}.html",
        queue=page,
        here=queue,
        put_off=".".join(put_off),
        after=after,
        focused=_focused_line(ids, request.args.get("at", "")),
        typed=typed,
        offered=list(match_topic_names(names, typed).items()),
        most_offered=_MOST_OFFERED,
        skip_address=lambda key: _address(queue, [*put_off, key[:8]], after[key], number),
        topic_names=names,
        press=PressForm(),
    )


def _focused_line(ids: list[str], at: str) -> str:
    """Return the id of the line that gets the focus: the named one, or the first."""
    if at == _LAST_LINE:
        return ids[-1] if ids else ""
    matching = (key for key in ids if at and key.startswith(at))
    return next(matching, ids[0] if ids else "")


def _decide(
    queue: str,
    key: UUID,
    accept: Callable[[Any, str, str, Actor], object],
    refuse: Callable[[Any, str, list[str], Actor], object],
) -> ResponseReturnValue:
    instance, actor, form = current_instance(), current_account().actor, request.form
    typed = form.get("other", "").strip()[:_LONGEST_NAME]
    matching = match_topic_names(list_topic_names(instance), typed) if typed else {}
    if len(matching) > 1:
        return _redirect(queue, at=str(key)[:8], other=typed)
    if PressForm().validate_on_submit():
        try:
            if "never" in form:
                refuse(instance, str(key), form.getlist("shown")[:TOPICS_SHOWN], actor)
            else:
                topic = form.get("topic", "") or next(iter(matching.values()), "")
                accept(instance, str(key), topic, actor)
        except RefusedError as error:
            flash(message_text(error.message))
            return _redirect(queue, at=str(key)[:8])
    return _redirect(queue)


def _redirect(page: str, at: str = "", other: str = "") -> ResponseReturnValue:
    """Redirect to a page of a queue, at a given line or the next line that the form names."""
    number, at = request.form.get("page", ""), at or request.form.get("at", "")
    at = at if at == _LAST_LINE or _ID_PREFIX.fullmatch(at) else ""
    later = _parse_put_off(request.form.get("later", ""))
    return redirect(
        _address(page, later, at, int(number) if number.isdecimal() else 1, other=other)
    )


def _address(page: str, put_off: list[str], at: str = "", number: int = 1, other: str = "") -> str:
    if page not in _QUEUES:
        return url_for(f"topic_suggestions.{page}")
    later = ".".join(put_off[-_MOST_PUT_OFF:])
    return url_for(
        f"topic_suggestions.{page}",
        later=later or None,
        page=number if number > 1 else None,
        at=at or None,
        other=other or None,
    )


def _parse_put_off(text: str) -> list[str]:
    """Parse the first characters of skipped ids, separated by dots."""
    return [prefix for prefix in text.split(".") if _ID_PREFIX.fullmatch(prefix)][-_MOST_PUT_OFF:]
