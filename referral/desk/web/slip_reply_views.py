"""Replies to a slip from whoever has its code: what became of a referral."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from referral.desk.slip_replies import reply_to_slip
from referral.slips.records import SlipReply
from referral.slips.slips import open_slip
from referral.web.current import current_directory
from referral.web.errors import error_page


def take_reply(code: str) -> ResponseReturnValue:
    """Keep what somebody says back about a service."""
    directory = current_directory()
    slip = open_slip(directory, code, request.remote_addr or "")
    service_id = request.form.get("service", "")
    try:
        reply = SlipReply(request.form.get("reply", ""))
    except ValueError:
        return error_page(400)
    reply_to_slip(directory, slip.code, service_id, reply)
    return redirect(url_for("slips.show", code=slip.code, _anchor=f"s-{service_id}"))
