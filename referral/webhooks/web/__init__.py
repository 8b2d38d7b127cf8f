"""Pages of webhooks, for admins."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import lazy_gettext

from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.waiting_work import Urgency, WaitingWork
from referral.webhooks.registered_webhooks import waiting_webhooks
from referral.webhooks.web.views import CHANGE, webhooks


def register(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(webhooks)
    add_audit_labels(
        {
            "webhook-added": lazy_gettext("added a webhook"),
            "webhook-turned-on": lazy_gettext("turned a webhook on"),
            "webhook-turned-off": lazy_gettext("turned a webhook off"),
            "webhook-renewed": lazy_gettext("made a new secret for a webhook"),
            "webhook-tested": lazy_gettext("sent a test call of a webhook"),
            "webhook-removed": lazy_gettext("removed a webhook"),
        },
        kinds={"webhook": lazy_gettext("webhook")},
        addresses={"webhook": lambda webhook_id: url_for("webhooks.show", webhook_id=webhook_id)},
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="webhooks.list_all",
            work=Work.LISTINGS,
            label=lazy_gettext("Webhooks"),
            description=lazy_gettext("Tell programs of partners that our list changed."),
            icon="broadcast",
            permission=CHANGE,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Webhooks that did not work and were turned off"),
                    urgency=Urgency.HELD_UP,
                    find=lambda directory, _: waiting_webhooks(directory),
                ),
            ),
        ),
    )
