"""Cookie with the desk of this computer and the usual channel there, set by staff.

The cookie is permanent and contains the id of a desk, nothing about a person. A terminal of patrons
never has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Response, g, request

from referral.desk.codes import Channel
from referral.desk.desk_list import Desk, list_desks
from referral.desk.web.blueprint import is_at_desk
from referral.desk.web.forms import parse_code
from referral.web.current import current_instance
from referral.web.display_preferences import cookie_options
from referral.web.terminal_device import is_terminal

COOKIE = "desk"
_COOKIE_SECONDS = 400 * 24 * 60 * 60  # seconds; browsers keep no cookie longer


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerDesk:
    """The reference desk where a computer stands, and how people usually contact that desk.

    ``desk`` is None until staff choose one.
    """

    desk: Desk | None = None
    channel: Channel | None = None


def desks_in_use() -> tuple[Desk, ...]:
    """Return the reference desks to choose for this computer; cached for the request."""
    if "desks_in_use" not in g:
        g.desks_in_use = list_desks(current_instance(), in_use=True)
    return cast("tuple[Desk, ...]", g.desks_in_use)


def computer_desk() -> ComputerDesk:
    """Return the desk and usual channel from this computer's cookie, without a retired desk."""
    desk_id, _, channel = request.cookies.get(COOKIE, "").partition(".")
    if not desk_id or is_terminal():
        return ComputerDesk()
    return ComputerDesk(
        desk=next((desk for desk in desks_in_use() if desk.id == desk_id), None),
        channel=parse_code(Channel, channel),
    )


def desk_id() -> str:
    """Return the id of the reference desk where this computer stands, "" if unknown."""
    desk = computer_desk().desk
    return desk.id if desk else ""


def desk_name() -> str:
    """Return the name of this computer's reference desk, for the bar of staff pages."""
    desk = computer_desk().desk if is_at_desk() else None
    return desk.label if desk else ""


def set_computer_desk(response: Response, chosen_id: str, channel: Channel | None) -> None:
    """Store desk and usual channel in this computer's cookie, except on terminals of patrons."""
    if is_terminal():
        return
    desk_id = chosen_id if chosen_id in {desk.id for desk in desks_in_use()} else ""
    value = f"{desk_id}.{channel or ''}"
    response.set_cookie(COOKIE, value, max_age=_COOKIE_SECONDS, **cookie_options())
