"""Pages of proposals: the public form, and the queue for staff."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.proposals.proposed_places import waiting_proposals
from referral.proposals.web.propose_views import propose
from referral.proposals.web.views import REVIEW, proposals
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)


def register(app: Flask) -> None:
    """Register the public form for proposals and the queue for staff."""
    app.register_blueprint(propose)
    app.register_blueprint(proposals)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="proposals.queue",
            work=Work.LISTINGS,
            label=lazy_gettext("Proposed"),
            description=lazy_gettext("Places that somebody says are missing here."),
            icon="lightbulb",
            permission=REVIEW,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Places that somebody proposed"),
                    urgency=Urgency.UPKEEP,
                    find=lambda instance, _: waiting_proposals(instance),
                ),
            ),
        ),
    )
    add_audit_labels(
        {
            "proposal-listed": lazy_gettext("listed a place that somebody proposed"),
            "proposal-dropped": lazy_gettext("dropped a place that somebody proposed"),
        },
        {"proposal": lazy_gettext("proposed place")},
    )
