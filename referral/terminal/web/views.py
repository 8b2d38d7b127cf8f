"""Pages of a terminal: making a device one, ending a visit, asking whether somebody is there."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.terminal.sealing import unseal
from referral.terminal.web.mode import ANSWER_SECONDS, KEY_COOKIE, sealed
from referral.web import terminal_device as device
from referral.web.current import current_settings
from referral.web.preferences import forget
from referral.web.staff.permissions import leave_staff
from referral.web.terminal_device import is_terminal

terminal = Blueprint("terminal", __name__)


@terminal.get("/terminal/<string:token>")
def link(token: str) -> ResponseReturnValue:
    """Ask the admin who opened a signed link whether this device is meant."""
    wish = device.read_link(current_settings(), token)
    return render_template("terminal/link.html", wish=wish), 200 if wish is not None else 404


@terminal.post("/terminal/<string:token>")
def mark(token: str) -> ResponseReturnValue:
    """Make this device a terminal, or no terminal."""
    wish = device.read_link(current_settings(), token)
    if wish is None:
        return render_template("terminal/link.html", wish=None), 404
    response = make_response(redirect(url_for("patron.home"), 303))
    forget(response, KEY_COOKIE)
    if wish:
        device.put_mark(response, current_settings())
    else:
        device.take_mark(response)
    return response


@terminal.route("/at/<path:token>", methods=["GET", "POST"])
def unread(token: str) -> ResponseReturnValue:  # noqa: ARG001  # nobody can read it any more
    """Lead to the start page from an address that was sealed for a visit before this one."""
    return redirect(url_for("patron.home"), 303)


@terminal.get("/start-over")
def start_over() -> ResponseReturnValue:
    """Forget the visit, and show the start page to the next person."""
    response = make_response(redirect(url_for("patron.home"), 303))
    forget_visit(response)
    return response


@terminal.get("/still-here")
def still_here() -> ResponseReturnValue:
    """Ask, where no script can, whether somebody is still there; forget after a while."""
    token = request.args.get("back", "")
    address = unseal(request.cookies.get(KEY_COOKIE, ""), token)
    back = sealed(address) if address else url_for("patron.home")
    return render_template("terminal/still_here.html", back=back, seconds=ANSWER_SECONDS)


def forget_visit(response: Response) -> None:
    """Clear the browser of this visit. The mark of a terminal stays, so cookies go by name."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return  # a page of another site may not end somebody's visit, nor log a librarian out
    forget(response, KEY_COOKIE)
    leave_staff(response)
    settings = current_settings()
    if is_terminal() and not settings.terminal:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        device.put_mark(response, settings)
    else:
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
