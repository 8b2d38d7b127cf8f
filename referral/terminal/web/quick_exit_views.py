"""Quick exit: a plain link to a neutral site, the wipe beside it, the page about staying safe.

The link needs neither our server nor a script. What it leaves behind is wiped by a request of its
own: ``exit.js`` sends it, or by the link's ``ping`` the browser itself.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.terminal.web.end_visit_views import end_visit
from referral.web.current import current_settings

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
