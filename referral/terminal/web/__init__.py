"""Pages of shared computers: sealed URLs, end of a visit, device links."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.terminal.devices import Devices
from referral.terminal.web import sealed_urls, visit_cookie
from referral.terminal.web.views import CHANGE, exit_link, leave, terminal, terminals
from referral.terminal.web.visit_cookie import VisitSessions
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.terminal_device import current_device


def register(app: Flask) -> None:
    """Register visits at shared computers, sealed URLs and the pages of terminals."""
    visit_cookie.init_app(app)
    sealed_urls.init_app(app)
    app.session_interface = VisitSessions()
    devices = Devices(app.extensions["referral"])
    app.jinja_env.globals.update(
        exit_link=exit_link, is_set_up=lambda: devices.is_set_up(current_device())
    )
    for blueprint in (leave, terminal, terminals):
        app.register_blueprint(blueprint)
    add_audit_labels({
        "terminal-link-made": lazy_gettext("made a link for shared computers"),
        "terminal-end-link-made": lazy_gettext("made a link that ends terminal mode"),
        "terminal-marked": lazy_gettext("made a device a terminal"),
        "terminal-ended": lazy_gettext("ended terminal mode"),
        "terminal-taken-back": lazy_gettext("took a shared computer back"),
    }, {"terminal": lazy_gettext("shared computer")})  # fmt: skip
    register_staff_pages(
        app,
        StaffPage(
            endpoint="terminals.show",
            work=Work.PEOPLE,
            label=lazy_gettext("Shared computers"),
            description=lazy_gettext("Make a computer forget each person who used it."),
            icon="display",
            permission=CHANGE,
        ),
    )
