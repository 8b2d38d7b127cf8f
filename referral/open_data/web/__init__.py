"""Pages and operations of open data: the HSDS API, and pages for exports and booklets."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.open_data.web import api_views
from referral.open_data.web.data_responses import hsds
from referral.open_data.web.export_views import EXPORT, PRINT, exports
from referral.open_data.web.page_views import has_open_data, open_data
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages

__all__ = ["api_views", "register"]


def register(app: Flask) -> None:
    """Register the API, the page about it, and the pages for exports and booklets."""
    app.register_blueprint(hsds)
    app.register_blueprint(open_data)
    app.jinja_env.globals["has_open_data"] = has_open_data
    app.register_blueprint(exports)
    add_audit_labels(
        {"directory-exported": lazy_gettext("made a file of the directory")},
        {"export": lazy_gettext("file for others")},
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="exports.list_files",
            work=Work.LISTINGS,
            label=lazy_gettext("Exports"),
            description=lazy_gettext("Take the public directory along as a file."),
            icon="box-arrow-up",
            permission=EXPORT,
        ),
        StaffPage(
            endpoint="exports.choose_booklet",
            work=Work.LISTINGS,
            label=lazy_gettext("Booklets"),
            description=lazy_gettext("Print services by topic or town, to hand out."),
            icon="book",
            permission=PRINT,
        ),
    )
