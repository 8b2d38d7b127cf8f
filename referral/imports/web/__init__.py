"""Import pages for staff."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import lazy_gettext

from referral.imports.added_parts import waiting_added_parts
from referral.imports.batches import waiting_batches
from referral.imports.hidden_for_others import hidden_streets_of, waiting_hidden
from referral.imports.review import batches_at_work
from referral.imports.web import added_part_views, column_views, labels, source_views, views
from referral.imports.web.blueprint import IMPORT, imports
from referral.records.accounts import Permission
from referral.web.current import current_instance
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)
from referral.web.staff.page_parts import register_page_part

__all__ = ["added_part_views", "column_views", "labels", "register", "source_views", "views"]

_AUDIT_LABELS = {
    "added-part-kept": lazy_gettext("kept what a list added to a listing of another"),
    "added-part-removed": lazy_gettext("removed what a list added to a listing of another"),
    "column-used": lazy_gettext("used a column that was put aside"),
    "columns-forgotten": lazy_gettext("forgot what the columns of a source hold"),
    "columns-mapped": lazy_gettext("said what the columns of a list hold"),
    "import-redone": lazy_gettext("did an import again"),
    "import-undone": lazy_gettext("undid an import"),
    "place-withheld-by-rule": lazy_gettext("withheld a place that its list calls secret"),
    "list-changes-accepted": lazy_gettext("accepted changes of a list"),
    "list-changes-left": lazy_gettext("left changes of a list"),
    "list-applied": lazy_gettext("applied a list"),
    "list-dropped": lazy_gettext("dropped a list"),
    "list-uploaded": lazy_gettext("brought in a list"),
    "positions-added": lazy_gettext("placed addresses on the map"),
    "positions-undone": lazy_gettext("took positions of addresses back"),
    "source-rules-changed": lazy_gettext("changed the rules of a source"),
}


def register(app: Flask) -> None:
    """Register the import pages."""
    app.register_blueprint(imports)
    add_audit_labels(
        _AUDIT_LABELS,
        kinds={"import": lazy_gettext("import")},
        addresses={"import": lambda batch_id: url_for("imports.batch", batch_id=batch_id)},
    )
    register_page_part(
        app,
        "start",
        "imports/at_work_part.html",
        lambda: {"batches": batches_at_work(current_instance()), "labels": labels},
        permission=IMPORT,
    )
    register_page_part(
        app,
        "street of a service",
        "imports/hidden_street.html",
        lambda service_id: {"streets": hidden_streets_of(current_instance(), service_id)},
        permission=Permission.USE_DESK,
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="imports.list_imports",
            work=Work.LISTS_IN,
            label=lazy_gettext("Imports"),
            description=lazy_gettext("Bring in a list, see what it changes, and undo it."),
            icon="box-arrow-in-down",
            permission=IMPORT,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Lists to review"),
                    urgency=Urgency.HELD_UP,
                    find=lambda instance, _: waiting_batches(instance),
                ),
                WaitingWork(
                    label=lazy_gettext("Added to listings of others"),
                    urgency=Urgency.HELD_UP,
                    find=lambda instance, _: waiting_added_parts(instance),
                    endpoint="imports.added_parts",
                ),
                WaitingWork(
                    label=lazy_gettext("Listings that are hidden for another list"),
                    urgency=Urgency.WRONG,
                    find=lambda instance, _: waiting_hidden(instance),
                ),
            ),
        ),
    )
