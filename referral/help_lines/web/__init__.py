"""Admin pages of help lines: registration, labels and navigation."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import lazy_gettext

from referral.help_lines.editing import lines_without_danger, waiting_lines
from referral.help_lines.web.views import CHANGE, local_lines
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)


def register(app: Flask) -> None:
    """Register the admin pages of help lines with the app."""
    app.register_blueprint(local_lines)
    add_audit_labels(
        {
            "help-line-added": lazy_gettext("added a help line"),
            "help-line-changed": lazy_gettext("changed a help line"),
            "help-line-checked": lazy_gettext("called a help line to check it"),
            "help-line-removed": lazy_gettext("took a help line away"),
            "help-line-restored": lazy_gettext("put a help line back as it came"),
        },
        {"help-line": lazy_gettext("help line")},
        {"help-line": lambda key: url_for("local_lines.show", key=key)},
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="local_lines.list_lines",
            work=Work.LISTINGS,
            label=lazy_gettext("Help lines"),
            description=lazy_gettext("The numbers to call in danger. Add those of your county."),
            icon="telephone",
            permission=CHANGE,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Help lines to call again"),
                    urgency=Urgency.WRONG,
                    find=lambda instance, _: waiting_lines(instance),
                ),
                WaitingWork(
                    label=lazy_gettext("Help lines that do not tell for which danger they are"),
                    urgency=Urgency.WRONG,
                    find=lambda instance, _: lines_without_danger(instance),
                ),
            ),
        ),
    )
