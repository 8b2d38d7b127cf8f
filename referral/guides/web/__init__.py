"""Pages of guides: those of the public, and those on which staff edit them."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import lazy_gettext

from referral.guides.web.labels import ACTION_LABELS, guide_text
from referral.guides.web.views import EDIT, guide_editor, guides, published_guides
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages


def register(app: Flask) -> None:
    """Register the pages of guides, and the filters, globals and labels for them."""
    app.register_blueprint(guides)
    app.register_blueprint(guide_editor)
    app.jinja_env.filters["guide_text"] = guide_text
    app.jinja_env.globals["published_guides"] = published_guides
    add_audit_labels(
        ACTION_LABELS,
        {"guide": lazy_gettext("guide")},
        {"guide": lambda guide_id: url_for("guide_editor.edit", guide_id=guide_id)},
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="guide_editor.list_guides",
            work=Work.LISTINGS,
            label=lazy_gettext("Guides"),
            description=lazy_gettext("Pages for one situation: a text and chosen services."),
            icon="signpost-2",
            permission=EDIT,
        ),
    )
