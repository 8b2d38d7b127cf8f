"""Pages of local notes, and their parts on the pages of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext

from referral.errors import NotFoundError
from referral.local_notes.overlays import read_local_notes
from referral.local_notes.web.views import EDIT, local_notes
from referral.web.current import current_instance
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.page_parts import register_page_part


def register(app: Flask) -> None:
    """Register the pages of local notes, and their parts on the pages of a service."""
    app.register_blueprint(local_notes)
    for place, template in (
        ("record of a service", "local_notes/part.html"),
        ("form of a service", "local_notes/form_part.html"),
        ("check of a service", "local_notes/check_part.html"),
    ):
        register_page_part(app, place, template, _part_values, permission=EDIT)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="local_notes.queue",
            work=Work.LISTINGS,
            label=lazy_gettext("Our notes"),
            description=lazy_gettext("What we add to the lists of others."),
            icon="sticky",
            permission=EDIT,
        ),
    )
    add_audit_labels(
        {
            "local-notes-changed": lazy_gettext("changed what we say on top of a list"),
            "local-notes-kept": lazy_gettext("kept what we say on top of a list"),
            "correction-sent": lazy_gettext("sent a correction to the publisher of a list"),
        }
    )


def _part_values(service_id: str) -> Mapping[str, Any]:
    try:
        return {"notes": read_local_notes(current_instance(), service_id)}
    except NotFoundError:
        return {"notes": None}
