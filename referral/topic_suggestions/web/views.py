"""Pages of suggested topics: by category, by service, past decisions; decide and undo."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import RefusedError
from referral.records.accounts import Actor
from referral.topic_suggestions.category_queue import read_category_queue
from referral.topic_suggestions.decisions import (
    accept_for_category,
    accept_for_service,
    accept_for_services,
    refuse_for_category,
    refuse_for_service,
    undo_decision,
)
from referral.topic_suggestions.past_decisions import list_category_decisions
from referral.topic_suggestions.records import TOPICS_SHOWN
from referral.topic_suggestions.service_queue import LINES_ON_A_PAGE, read_service_queue
from referral.topic_suggestions.topic_links import list_topic_names
from referral.topic_suggestions.web.blueprint import EDIT, topic_suggestions
from referral.web.current import current_directory
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.page_number import page_number
from referral.web.staff.permissions import current_account, requires

_BEGINNING = re.compile(r"[0-9a-f]{8}")
_MOST_PUT_OFF = 150  # that an address has room for
_QUEUES = ("categories", "services")


@topic_suggestions.get("")
@requires(EDIT)
def categories() -> ResponseReturnValue:
    """The categories of lists that wait for a topic."""
    return _queue_page("categories", read_category_queue)


@topic_suggestions.get("/services")
@requires(EDIT)
def services() -> ResponseReturnValue:
    """The services that wait for a topic."""
    return _queue_page("services", read_service_queue)


@topic_suggestions.get("/decided")
@requires(EDIT)
def decided() -> ResponseReturnValue:
    """What was decided for categories."""
    listed = list_category_decisions(current_directory(), page_number())
    return render_template("topic_suggestions/decided.html", listed=listed, press=PressForm())


@topic_suggestions.post("/categories/<uuid:category_id>")
@requires(EDIT)
def decide_category(category_id: UUID) -> ResponseReturnValue:
    """Accept a topic for a category, or none of those shown."""
    return _decide("categories", category_id, accept_for_category, refuse_for_category)


@topic_suggestions.post("/services/<uuid:service_id>")
@requires(EDIT)
def decide_service(service_id: UUID) -> ResponseReturnValue:
    """Accept a topic for a service, or none of those shown."""
    return _decide("services", service_id, accept_for_service, refuse_for_service)


@topic_suggestions.post("/services")
@requires(EDIT)
def accept_page() -> ResponseReturnValue:
    """Accept the first topic of each service on a page."""
    named = (text.partition(":") for text in request.form.getlist("pair")[:LINES_ON_A_PAGE])
    pairs = [(service_id, term_id) for service_id, _, term_id in named]
    if PressForm().validate_on_submit() and pairs:
        try:
            accept_for_services(current_directory(), pairs, current_account().actor)
        except RefusedError as error:
            flash(message_text(error.message))
    return _redirect("services")


@topic_suggestions.post("/undo/<uuid:group_id>")
@requires(EDIT)
def undo(group_id: UUID) -> ResponseReturnValue:
    """Take a decision back."""
    if PressForm().validate_on_submit():
        undo_decision(current_directory(), str(group_id), current_account().actor)
        flash(gettext("Taken back."))
    back = request.form.get("back", "")
    return _redirect(back if back in {*_QUEUES, "decided"} else "categories")


def _queue_page(queue: str, read: Callable[..., Any]) -> str:
    put_off = _put_off(request.args.get("later", ""))
    directory = current_directory()
    page = read(directory, current_account().id, page_number(), put_off)
    return render_template(
        f"topic_suggestions/{queue}.html",
        queue=page,
        here=queue,
        put_off=".".join(put_off),
        skip_address=lambda key: _address(queue, [*put_off, key[:8]]),
        topic_names=list_topic_names(directory),
        press=PressForm(),
    )


def _decide(
    queue: str,
    key: UUID,
    accept: Callable[[Any, str, str, Actor], object],
    refuse: Callable[[Any, str, list[str], Actor], object],
) -> ResponseReturnValue:
    directory, actor, form = current_directory(), current_account().actor, request.form
    if PressForm().validate_on_submit():
        try:
            if "never" in form:
                refuse(directory, str(key), form.getlist("shown")[:TOPICS_SHOWN], actor)
            else:
                other = list_topic_names(directory).get(form.get("other", "").strip(), "")
                accept(directory, str(key), form.get("topic", "") or other, actor)
        except RefusedError as error:
            flash(message_text(error.message))
    return _redirect(queue)


def _redirect(page: str) -> ResponseReturnValue:
    return redirect(_address(page, _put_off(request.form.get("later", ""))))


def _address(page: str, put_off: list[str]) -> str:
    later = ".".join(put_off[-_MOST_PUT_OFF:]) if page in _QUEUES else ""
    return url_for(f"topic_suggestions.{page}", later=later or None)


def _put_off(text: str) -> list[str]:
    """Beginnings of ids, separated by dots."""
    return [each for each in text.split(".") if _BEGINNING.fullmatch(each)][-_MOST_PUT_OFF:]
