"""Page of the library's settings, and first-day tasks on the start page of admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext

from referral.library.first_day import first_day_tasks
from referral.library.web.views import CHANGE, library
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.page_parts import register_page_part


def register(app: Flask) -> None:
    """Register the page of the library's settings and the first-day part of the start page."""
    app.register_blueprint(library)
    register_page_part(app, "start", "library/first_day.html", _first_day, permission=CHANGE)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="library.settings",
            work=Work.PEOPLE,
            label=lazy_gettext("Our library"),
            description=lazy_gettext("Name, place, reference desk, look, and what is public."),
            icon="building",
            permission=CHANGE,
        ),
    )
    add_audit_labels(
        {"setting-changed": lazy_gettext("changed a setting")},
        {"setting": lazy_gettext("setting")},
    )


def _first_day() -> Mapping[str, Any]:
    return {"tasks": first_day_tasks(current_instance()), "press": PressForm()}
