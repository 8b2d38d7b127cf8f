"""The end of a visit at a shared computer: start over, idle check, addresses of ended visits.

``end_visit`` clears the browser; leaving fast (``quick_exit_views``) calls it too.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.records.visits import ANSWER_SECONDS
from referral.terminal.web.blueprint import terminal
from referral.terminal.web.sealed_urls import sealed, unsealed
from referral.terminal.web.visit_cookie import (
    VISIT_COOKIE,
    current_visit,
    live_visit,
    site_visits,
)
from referral.web.current import current_settings
from referral.web.display_preferences import delete_cookies
from referral.web.offline.modes import LIST_KEY
from referral.web.staff.permissions import account_or_none, end_staff_session
from referral.web.terminal_device import current_device, is_terminal, set_device_mark


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
