"""The end of a visit at a shared computer: start over, idle check, addresses of ended visits.

``end_visit`` clears the browser; leaving fast (``quick_exit_views``) calls it too.
"""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.terminal.seal_cipher import unseal
from referral.terminal.web.blueprint import terminal
from referral.terminal.web.sealed_urls import ANSWER_SECONDS, KEY_COOKIE, sealed
from referral.web.current import current_settings
from referral.web.display_preferences import delete_cookies
from referral.web.staff.permissions import end_staff_session
from referral.web.terminal_device import is_terminal, set_device_mark


@terminal.get("/start-over")
def start_over() -> ResponseReturnValue:
    """End the visit, and show the start page to the next person."""
    response = make_response(redirect(url_for("patron.home"), 303))
    end_visit(response)
    return response


@terminal.get("/still-here")
def still_here() -> ResponseReturnValue:
    """Ask, where no script can, whether somebody is still there; start over after a while."""
    token = request.args.get("back", "")
    address = unseal(request.cookies.get(KEY_COOKIE, ""), token)
    back = sealed(address) if address else url_for("patron.home")
    return render_template("terminal/still_here.html", back=back, seconds=ANSWER_SECONDS)


@terminal.route("/at/<path:token>", methods=["GET", "POST"])
def unread(token: str) -> ResponseReturnValue:  # noqa: ARG001  # nobody can read it any more
    """Redirect to the start page from an address that was sealed for an earlier visit."""
    return redirect(url_for("patron.home"), 303)


def end_visit(response: Response) -> None:
    """Clear the browser of this visit. The mark of a terminal stays, so cookies go by name."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return  # a page of another site may not end somebody's visit, nor log a librarian out
    delete_cookies(response, KEY_COOKIE)
    end_staff_session(response)
    settings = current_settings()
    if is_terminal() and not settings.terminal:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        set_device_mark(response, settings)
    else:
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
