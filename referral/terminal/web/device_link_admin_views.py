"""Admin page that makes a device link for shared computers."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.records.accounts import Permission
from referral.terminal.device_links import record_device_link
from referral.web.current import current_directory, current_settings, public_address
from referral.web.forms import PressForm
from referral.web.staff.permissions import current_account, requires
from referral.web.terminal_device import LINK_HOURS, device_link_token

terminals = Blueprint("terminals", __name__, url_prefix="/admin/terminals")
CHANGE = Permission.CHANGE_SETTINGS


@terminals.get("")
@requires(CHANGE)
def show() -> ResponseReturnValue:
    """Say what a terminal is, what is set, and offer the links."""
    return _page()


@terminals.post("")
@requires(CHANGE)
def make_link() -> ResponseReturnValue:
    """Make a link, and show it this once."""
    wish = request.form.get("wish") != "end"
    settings = current_settings()
    record_device_link(current_directory(), current_account().actor, terminal=wish)
    # The plain address, which no terminal seals: it is opened on other devices.
    path = url_for("terminal.link", token=device_link_token(settings, terminal=wish))
    root = request.root_path
    return _page(link=public_address() + path.removeprefix(root), wish=wish)


def _page(link: str = "", *, wish: bool = True) -> str:
    return render_template(
        "terminal/terminals.html",
        press=PressForm(),
        link=link,
        wish=wish,
        hours=LINK_HOURS,
        settings=current_settings(),
    )
