"""Page of a provider's capacity link: a row of numbers to tap, without an account."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.capacity.capacity_links import read_capacity_link, take_capacity
from referral.capacity.records import MOST_FREE
from referral.capacity.web.views import number_of
from referral.errors import NotFoundError, RefusedError
from referral.records.current_capacity import CAPACITY_LASTS
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.listing_labels import UNIT_LABELS
from referral.web.messages import message_text

room = Blueprint("room", __name__, url_prefix="/room")
_TAPS = 10  # buttons for 0 to 9; larger numbers are typed


@room.get("/<string:token>")
def ask(token: str) -> ResponseReturnValue:
    """Show the page on which a provider states how many are free. Opening it changes nothing."""
    return _page(token)


@room.post("/<string:token>")
def take(token: str) -> ResponseReturnValue:
    """Store the number that the provider states, and show it."""
    try:
        take_capacity(current_instance(), token, number_of(request.form.get("available", "")))
    except RefusedError as error:
        return _page(token, message_text(error.message))
    except NotFoundError:
        return _gone()
    return redirect(url_for("room.ask", token=token, said="yes"))


def _page(token: str, problem: str = "") -> ResponseReturnValue:
    instance = current_instance()
    try:
        asked = read_capacity_link(instance, token)
    except NotFoundError:
        return _gone()
    page = render_template(
        "capacity/ask.html",
        token=token,
        asked=asked,
        unit=UNIT_LABELS[asked.unit],
        taps=range(_TAPS),
        most=MOST_FREE,
        hours=CAPACITY_LASTS // timedelta(hours=1),
        is_said=request.args.get("said") == "yes" and not problem,
        problem=problem,
        press=PressForm(),
    )
    return page, 400 if problem else 200


def _gone() -> ResponseReturnValue:
    return render_template("capacity/gone.html"), 404
