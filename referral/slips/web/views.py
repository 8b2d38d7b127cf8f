"""Pages of a slip: code entry, and its list of services."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from referral.errors import NotFoundError
from referral.fields.short_codes import normalize_code
from referral.slips.records import SlipReply
from referral.slips.slips import read_slip
from referral.web.current import current_directory

slips = Blueprint("slips", __name__, url_prefix="/l")


@slips.get("")
def ask() -> ResponseReturnValue:
    """Ask for the code that stands on a slip."""
    return render_template("slips/ask.html")


@slips.post("")
def take_code() -> ResponseReturnValue:
    """Lead to the list of a code."""
    code = normalize_code(request.form.get("code", ""))
    if not code:
        return _gone()
    return redirect(url_for("slips.show", code=code))


@slips.get("/<string:code>")
def show(code: str) -> ResponseReturnValue:
    """Show the list."""
    slip = read_slip(current_directory(), code)
    with force_locale(slip.language):
        return render_template("slips/list.html", slip=slip, replies=tuple(SlipReply))


@slips.errorhandler(NotFoundError)
def _not_found(_: NotFoundError) -> ResponseReturnValue:
    return _gone()


def _gone() -> ResponseReturnValue:
    words = gettext("There is no list with this code, or its time is over.")
    return render_template("slips/ask.html", problem=words), 404
