"""Pages of a link that makes the device which opens it a terminal, or no terminal; once."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.terminal.devices import read_link, use_link
from referral.terminal.web.blueprint import terminal
from referral.terminal.web.visit_cookie import VISIT_COOKIE
from referral.web.current import current_directory, current_settings
from referral.web.display_preferences import delete_cookies
from referral.web.terminal_device import clear_device_mark, current_device, set_device_mark


@terminal.get("/terminal/<string:token>")
def link(token: str) -> ResponseReturnValue:
    """Ask the admin who opened a link whether this device is meant. Reading does not use it up."""
    found = read_link(current_directory(), token)
    return render_template("terminal/link.html", found=found), 200 if found else 404


@terminal.post("/terminal/<string:token>")
def mark(token: str) -> ResponseReturnValue:
    """Make this device a terminal, or no terminal."""
    device_id = use_link(current_directory(), token, current_device())
    if device_id is None:
        return render_template("terminal/link.html", found=None), 404
    response = make_response(redirect(url_for("patron.home"), 303))
    delete_cookies(response, VISIT_COOKIE)
    if device_id:
        set_device_mark(response, current_settings(), device_id)
    else:
        clear_device_mark(response)
    return response
