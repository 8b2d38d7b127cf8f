"""Pages of a signed link that makes the device which opens it a terminal, or no terminal."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.terminal.web.blueprint import terminal
from referral.terminal.web.visit_cookie import VISIT_COOKIE
from referral.web.current import current_settings
from referral.web.display_preferences import delete_cookies
from referral.web.terminal_device import clear_device_mark, read_device_link, set_device_mark


@terminal.get("/terminal/<string:token>")
def link(token: str) -> ResponseReturnValue:
    """Ask the admin who opened a signed link whether this device is meant."""
    wish = read_device_link(current_settings(), token)
    return render_template("terminal/link.html", wish=wish), 200 if wish is not None else 404


@terminal.post("/terminal/<string:token>")
def mark(token: str) -> ResponseReturnValue:
    """Make this device a terminal, or no terminal."""
    wish = read_device_link(current_settings(), token)
    if wish is None:
        return render_template("terminal/link.html", wish=None), 404
    response = make_response(redirect(url_for("patron.home"), 303))
    delete_cookies(response, VISIT_COOKIE)
    if wish:
        set_device_mark(response, current_settings())
    else:
        clear_device_mark(response)
    return response
