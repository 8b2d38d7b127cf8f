"""Pages for likely duplicates and merges."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.duplicates.duplicate_queue import waiting_duplicates
from referral.duplicates.web.views import MERGE, duplicates
from referral.web.record_labels import edit_address, suggested_field_label
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)
from referral.web.staff.page_parts import register_page_part


def register(app: Flask) -> None:
    """Register the pages of the duplicate queue, their link in the navigation and their labels."""
    app.register_blueprint(duplicates)
    app.jinja_env.filters["trust_field"] = suggested_field_label
    app.jinja_env.globals["trust_edit_link"] = edit_address
    register_staff_pages(
        app,
        StaffPage(
            endpoint="duplicates.queue",
            work=Work.LISTINGS,
            label=lazy_gettext("Duplicates"),
            description=lazy_gettext("Records that may be one. Compare them, and merge."),
            icon="intersect",
            permission=MERGE,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Records that may be one"),
                    urgency=Urgency.UPKEEP,
                    find=lambda instance, _: waiting_duplicates(instance),
                ),
            ),
        ),
    )
    register_page_part(
        app,
        "applied import",
        "duplicates/import_part.html",
        lambda **_list: {},  # the part is the same for every list
        permission=MERGE,
    )
    add_audit_labels(
        {
            "records-merged": lazy_gettext("merged two records"),
            "merge-undone": lazy_gettext("took a merge back"),
            "duplicate-different": lazy_gettext("said that two records are not the same"),
            "duplicate-later": lazy_gettext("put a likely duplicate off"),
            "duplicate-open": lazy_gettext("asked about a likely duplicate again"),
        }
    )
