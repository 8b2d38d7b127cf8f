"""Pages of shared computers: the end of a visit, leaving quickly, links that make a terminal.

``end_visit`` clears the browser. Leaving quickly is a plain link to a neutral site, which needs
neither our server nor a script. What it leaves behind is wiped by a request of its own: ``exit.js``
sends it, or by the link's ``ping`` the browser itself.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.records.visits import ANSWER_SECONDS
from referral.terminal.devices import read_link, use_link
from referral.terminal.web.sealed_urls import sealed, unsealed
from referral.terminal.web.visit_cookie import (
    VISIT_COOKIE,
    current_visit,
    live_visit,
    site_visits,
)
from referral.web.current import current_directory, current_settings
from referral.web.display_preferences import delete_cookies
from referral.web.offline import LIST_KEY
from referral.web.staff.permissions import account_or_none, end_staff_session
from referral.web.terminal_device import (
    clear_device_mark,
    current_device,
    is_terminal,
    set_device_mark,
)

terminal = Blueprint("terminal", __name__)


@terminal.get("/start-over")
def start_over() -> ResponseReturnValue:
    """End the visit, and show the start page to the next person."""
    response = make_response(redirect(url_for("patron.home"), 303))
    end_visit(response)
    return response


@terminal.get("/still-here")
def still_here() -> ResponseReturnValue:
    """Ask, where no script can, whether somebody is still there; start over after a while."""
    address = unsealed(request.args.get("back", ""))
    back = sealed(address) if address else url_for("patron.home")
    return render_template("terminal/still_here.html", back=back, seconds=ANSWER_SECONDS)


@terminal.post("/still-here")
def report() -> ResponseReturnValue:
    """Lengthen the visit, while a person reads and asks for no page; say when it is over (410)."""
    if _is_cross_site() or not live_visit():
        return Response(status=410)
    current_visit()  # its cookie is renewed with this answer
    account_or_none()  # so is the session of staff
    return Response(status=204)


@terminal.route("/at/<path:token>", methods=["GET", "POST"])
def unread(token: str) -> ResponseReturnValue:  # noqa: ARG001  # nobody can read it any more
    """Redirect to the start page from an address that was sealed for an earlier visit."""
    return redirect(url_for("patron.home"), 303)


def end_visit(response: Response) -> None:
    """Clear the browser of this visit. The mark of a terminal stays, so cookies go by name."""
    if _is_cross_site():
        return  # a page of another site may not end somebody's visit, nor log a librarian out
    if visit := live_visit():
        site_visits().end(visit)
    delete_cookies(response, VISIT_COOKIE, LIST_KEY)
    end_staff_session(response)
    settings = current_settings()
    if is_terminal() and not settings.terminal:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        set_device_mark(response, settings, current_device())
    else:
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'


def _is_cross_site() -> bool:
    """Whether a page of another site asks; ours says no origin, or ``null``, when one leaves."""
    origin = request.headers.get("Origin", "null")
    is_named_other = origin != "null" and urlsplit(origin).netloc != request.host
    return is_named_other or request.headers.get("Sec-Fetch-Site") == "cross-site"


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


leave = Blueprint("leave", __name__)


@leave.post("/exit")
def wipe() -> ResponseReturnValue:
    """Clear everything of ours, for somebody who is leaving by the link."""
    response = Response(status=204)
    end_visit(response)
    return response


@leave.get("/exit")
def exit_site() -> ResponseReturnValue:
    """Clear everything of ours, then leave: where the neutral page is one of this site."""
    response = make_response(redirect(current_settings().exit_address, 303))
    end_visit(response)
    return response


@leave.get("/safety")
def safety() -> ResponseReturnValue:
    """Say in plain words what leaving fast does, what it cannot do, and what is safer."""
    return render_template("terminal/safety.html")


def exit_link() -> dict[str, str | bool]:
    """Attributes of a link that leaves fast.

    A neutral page of this site is reached by ``exit_site``, which wipes first: on the way there a
    second request would still bring the cookies along.
    """
    address = current_settings().exit_address
    attributes: dict[str, str | bool] = {"rel": "nofollow noopener noreferrer", "data-exit": True}
    if address.startswith("/"):
        return {"href": url_for("leave.exit_site"), **attributes}
    return {"href": address, "ping": url_for("leave.wipe"), **attributes}
