"""Quick exit: ends the visit and redirects to a neutral site; the page about staying safe."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from referral.terminal.web.end_visit_views import end_visit
from referral.web.current import current_settings

leave = Blueprint("leave", __name__)


@leave.get("/exit")
def exit_site() -> ResponseReturnValue:
    """Clear everything of ours and leave."""
    response = make_response(redirect(current_settings().exit_address, 303))
    end_visit(response)
    return response


@leave.get("/safety")
def safety() -> ResponseReturnValue:
    """Say in plain words what leaving fast does, what it cannot do, and what is safer."""
    return render_template("terminal/safety.html")
