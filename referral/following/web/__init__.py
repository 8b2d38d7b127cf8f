"""Pages for admins to follow sources."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import lazy_gettext

from referral.following.followed_sources import failing_sources
from referral.following.web.views import FOLLOW, SEE_REMOVALS, following, removed_values
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
    """Register the pages of followed sources, their navigation entry and their labels."""
    app.register_blueprint(following)
    add_audit_labels(
        {
            "source-followed": lazy_gettext("follows a source"),
            "source-set": lazy_gettext("set up a source that is not followed"),
            "source-forgotten": lazy_gettext("stopped following a source"),
            "source-pulled": lazy_gettext("checked a source for changes"),
        },
        kinds={"source": lazy_gettext("followed source")},
        addresses={"source": lambda source_id: url_for("following.source", source_id=source_id)},
    )
    register_page_part(
        app, "start", "following/removed_part.html", removed_values, permission=SEE_REMOVALS
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="following.list_sources",
            work=Work.LISTS_IN,
            label=lazy_gettext("Following"),
            description=lazy_gettext("Fetch the lists of partners by themselves."),
            icon="arrow-repeat",
            permission=FOLLOW,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Lists that are followed and could not be fetched"),
                    urgency=Urgency.HELD_UP,
                    find=lambda instance, _: failing_sources(instance),
                ),
            ),
        ),
    )
