"""Puts the desk into the site: its views, its column on public pages, its words."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.desk.codes import FewerReason, Method, Outcome, UnmetReason
from referral.desk.warm_transfer_scripts import warm_transfer_scripts
from referral.desk.web import (
    slip_making_views as making_slips,
)
from referral.desk.web import (
    step_views as steps,
)
from referral.desk.web import (
    team_views as team,
)
from referral.desk.web import (
    views,
)
from referral.desk.web.blueprint import USE, desk
from referral.desk.web.follow_up_views import count_due
from referral.desk.web.interview import interview_of
from referral.desk.web.sidebar import (
    desk_column,
    erased_on,
    here,
    is_at_desk,
    need_words,
    searched_topic,
    staff_facts,
)
from referral.records.accounts import Permission
from referral.web.code_labels import code_choices, code_label
from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, add_staff_pages

VIEWS = (views, steps, making_slips, team)  # imported, they stand on the blueprint


def init_app(app: Flask) -> None:
    """Register the desk."""
    app.register_blueprint(desk)
    app.jinja_env.filters["code_label"] = code_label
    app.jinja_env.globals.update(
        desk_column=desk_column,
        desk_here=here,
        interview_of=interview_of,
        is_at_desk=is_at_desk,
        need_words=need_words,
        searched_topic=searched_topic,
        staff_facts=staff_facts,
        warm_transfer_scripts=warm_transfer_scripts,
        outcome_choices=lambda: code_choices(Outcome),
        unmet_choices=lambda: code_choices(UnmetReason),
        erased_on=erased_on,
        fewer_choices=lambda: code_choices(FewerReason),
        method_choices=lambda: code_choices(Method),
    )
    add_audit_labels(
        {"contact-shown": lazy_gettext("looked at how to reach somebody")},
        {"follow-up": lazy_gettext("follow-up")},
    )
    offer_desk_pages(app)


def offer_desk_pages(app: Flask) -> None:
    """Add the pages of the desk to the navigation of staff."""
    add_staff_pages(
        app,
        StaffPage(
            endpoint="desk.home",
            label=lazy_gettext("Desk"),
            description=lazy_gettext("Help a person: find, give, print, close."),
            icon="chat-left-dots",
            permission=USE,
        ),
        StaffPage(
            endpoint="desk.follow_ups",
            label=lazy_gettext("Follow-ups"),
            description=lazy_gettext("People who agreed that we ask again."),
            icon="telephone-outbound",
            permission=Permission.FOLLOW_UP,
            count=count_due,
        ),
        StaffPage(
            endpoint="desk.held",
            label=lazy_gettext("What we hold"),
            description=lazy_gettext("What is kept about people, why, and how long."),
            icon="shield-lock",
            permission=USE,
        ),
    )
