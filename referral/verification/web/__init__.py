"""Pages of verification: the check queue for staff, reports by patrons, pages of providers."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.verification.check_queue import waiting_checks
from referral.verification.feedback import waiting_reports
from referral.verification.suggestions import waiting_answers
from referral.verification.web import confirmation_views
from referral.verification.web.feedback_views import feedback
from referral.verification.web.labels import HOW, RESULTS
from referral.verification.web.provider_views import provider
from referral.verification.web.views import REVIEW, verification
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)

_WAITING = (
    WaitingWork(
        label=lazy_gettext("Listings that somebody reported"),
        urgency=Urgency.WRONG,
        find=lambda instance, _: waiting_reports(instance),
        values={"only": "reported"},
    ),
    WaitingWork(
        label=lazy_gettext("Answers from places we list"),
        urgency=Urgency.WRONG,
        find=lambda instance, _: waiting_answers(instance),
    ),
    WaitingWork(
        label=lazy_gettext("Listings to check again"),
        urgency=Urgency.UPKEEP,
        find=lambda instance, _: waiting_checks(instance),
    ),
)


def register(app: Flask) -> None:
    """Register the pages of the check queue, problem reports, provider links and mails."""
    for blueprint in (verification, feedback, provider):
        app.register_blueprint(blueprint)

    confirmation_views.register(app)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="verification.queue",
            work=Work.LISTINGS,
            label=lazy_gettext("To check"),
            description=lazy_gettext("Listings that are old, or that somebody reported."),
            icon="patch-check",
            permission=REVIEW,
            waiting=_WAITING,
        ),
    )
    add_audit_labels(
        {
            "listing-asked": lazy_gettext("asked whether a listing is right"),
            "listing-checked": lazy_gettext("checked a listing"),
            "check-undone": lazy_gettext("took a check of a listing back"),
            "report-done": lazy_gettext("handled a report"),
            "report-declined": lazy_gettext("put a report aside"),
            "provider-link-made": lazy_gettext("made a link for a provider"),
            "answer-decided": lazy_gettext("decided what a provider sent"),
        },
        details={
            "how": {method.value: label for method, label in HOW.items()},
            "result": {result.value: label for result, label in RESULTS.items()},
        },
    )
