"""Page of a provider's capacity link: a row of numbers to tap, without an account."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.capacity.capacity_links import add_provider_statement, read_capacity_link
from referral.capacity.records import MOST_FREE
from referral.capacity.web.views import parse_number
from referral.errors import NotFoundError, RefusedError
from referral.records.current_capacity import CAPACITY_LASTS
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.listing_labels import UNIT_LABELS
from referral.web.messages import message_text

room = Blueprint("room", __name__, url_prefix="/room")
_BUTTONS = 10  # for 0 to 9; larger numbers are typed


@room.get("/<string:token>")
def ask(token: str) -> ResponseReturnValue:
    """Show the page of a capacity link, on which a provider states how many are free.

    Opening it changes nothing.
    """
    return _question_page(token)


@room.post("/<string:token>")
def take(token: str) -> ResponseReturnValue:
    """Store the free number that a provider states with a capacity link, and show it."""
    try:
        add_provider_statement(
            current_instance(), token, parse_number(request.form.get("available", ""))
        )
    except RefusedError as error:
        return _question_page(token, message_text(error.message))
    except NotFoundError:
        return _invalid_link_page()
    return redirect(url_for("room.ask", token=token, said="yes"))


def _question_page(token: str, problem: str = "") -> ResponseReturnValue:
    instance = current_instance()
    try:
        question = read_capacity_link(instance, token)
    except NotFoundError:
        return _invalid_link_page()
    page = render_template(
        "capacity/ask.html",
        token=token,
        asked=question,
        unit=UNIT_LABELS[question.unit],
        taps=range(_BUTTONS),
        most=MOST_FREE,
        hours=CAPACITY_LASTS // timedelta(hours=1),
        is_said=request.args.get("said") == "yes" and not problem,
        problem=problem,
        press=PressForm(),
    )
    return page, 400 if problem else 200


def _invalid_link_page() -> ResponseReturnValue:
    return render_template("capacity/gone.html"), 404
