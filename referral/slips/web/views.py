"""Pages of a slip: code entry, and its list of services."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from referral.errors import NotFoundError
from referral.fields.short_codes import normalize_code
from referral.records.accounts import AccountRefusedError
from referral.slips.records import SlipReply
from referral.slips.slips import open_slip
from referral.web.current import current_directory
from referral.web.errors import error_page

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
    slip = open_slip(current_directory(), code, request.remote_addr or "")
    with force_locale(slip.language):
        return render_template("slips/list.html", slip=slip, replies=tuple(SlipReply))


@slips.errorhandler(NotFoundError)
def _not_found(_: NotFoundError) -> ResponseReturnValue:
    return _gone()


@slips.errorhandler(AccountRefusedError)
def _too_many(_: AccountRefusedError) -> ResponseReturnValue:
    return error_page(429)


def _gone() -> ResponseReturnValue:
    words = gettext("There is no list with this code, or its time is over.")
    return render_template("slips/ask.html", problem=words), 404
