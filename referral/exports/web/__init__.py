"""Pages of exports."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.exports.web.booklet_views import PRINT
from referral.exports.web.views import EXPORT, exports
from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages


def register(app: Flask) -> None:
    """Register the export pages."""
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
