"""Pages of the desk: registration of its views, template functions, labels and navigation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext

from referral.desk.codes import FewerReason, Method, Outcome, UnmetReason
from referral.desk.inquiries import list_open_inquiries

# ``labels`` comes first: forms read the labels of codes when they are defined.
from referral.desk.web import labels, need_views, question_views, slip_views, team_views, views
from referral.desk.web.blueprint import USE, desk, is_at_desk, return_address
from referral.desk.web.computer_desk import desk_name
from referral.desk.web.danger_steps import danger_steps, warm_transfer_scripts
from referral.desk.web.desk_admin_views import CHANGE, desk_admin
from referral.desk.web.follow_up_views import waiting_follow_ups
from referral.desk.web.interview import build_interview
from referral.desk.web.need_views import give_options
from referral.desk.web.search_details import has_news, search_fields, things_that_came_in
from referral.desk.web.sidebar import (
    desk_sidebar,
    erase_date,
    give_key,
    need_label,
    staff_details,
)
from referral.records.accounts import Permission
from referral.web.code_labels import code_choices, code_label
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

__all__ = [
    "labels", "need_views", "question_views", "register", "slip_views", "team_views", "views",
]  # fmt: skip


def register(app: Flask) -> None:
    """Register the pages of the desk with the app."""
    app.register_blueprint(desk)
    app.register_blueprint(desk_admin)
    # A reply to a slip sets the result of a referral, so the desk has this view. Its endpoint
    # belongs to the blueprint of slips, whose error handlers apply.
    app.add_url_rule(
        "/l/<string:code>", "slips.take_reply", slip_views.take_reply, methods=["POST"]
    )
    app.jinja_env.filters["code_label"] = code_label
    app.jinja_env.globals.update(
        desk_sidebar=desk_sidebar,
        return_address=return_address,
        build_interview=build_interview,
        danger_steps=danger_steps,
        has_news=has_news,
        search_fields=search_fields,
        things_that_came_in=things_that_came_in,
        desk_name=desk_name,
        due_words=labels.due_words,
        give_key=give_key,
        give_options=give_options,
        is_at_desk=is_at_desk,
        need_label=need_label,
        staff_details=staff_details,
        warm_transfer_scripts=warm_transfer_scripts,
        outcome_choices=lambda: code_choices(Outcome),
        unmet_choices=lambda: code_choices(UnmetReason),
        erase_date=erase_date,
        fewer_choices=lambda: code_choices(FewerReason),
        method_choices=lambda: code_choices(Method),
    )
    _add_audit_labels()
    _add_navigation(app)
    register_page_part(
        app, "leaving of a person", "desk/left_open.html", _codes_left_open,
        permission=Permission.MANAGE_ACCOUNTS,
    )  # fmt: skip


def _codes_left_open(account_id: str) -> Mapping[str, Any]:
    """Return the codes of open desk inquiries on which only this account works."""
    inquiries = list_open_inquiries(current_instance(), account_id)
    return {"codes": [inquiry.code for inquiry in inquiries if inquiry.members == (account_id,)]}


def _add_audit_labels() -> None:
    add_audit_labels(
        {
            "contact-shown": lazy_gettext("looked at how to reach somebody"),
            "desk-retired": lazy_gettext("took a desk out of use"),
            "desk-saved": lazy_gettext("added or renamed a desk"),
            "desk-taken-up": lazy_gettext("took a desk into use again"),
            "inquiry-corrected": lazy_gettext("corrected a closed inquiry"),
            "inquiry-deleted": lazy_gettext("deleted a closed inquiry"),
            "inquiry-opened": lazy_gettext("opened an inquiry of a colleague"),
            "inquiry-reopened": lazy_gettext("opened a closed inquiry again"),
            "log-settings-changed": lazy_gettext("changed what is logged of a question"),
        },
        {
            "desk": lazy_gettext("desk"),
            "follow-up": lazy_gettext("follow-up"),
            "inquiry": lazy_gettext("inquiry"),
        },
    )


def _add_navigation(app: Flask) -> None:
    register_staff_pages(
        app,
        StaffPage(
            endpoint="desk.home",
            work=Work.DESK,
            label=lazy_gettext("Desk"),
            description=lazy_gettext("Help a person: find, give, print, close."),
            icon="chat-left-dots",
            permission=USE,
        ),
        StaffPage(
            endpoint="desk.follow_ups",
            work=Work.DESK,
            label=lazy_gettext("Follow-ups"),
            description=lazy_gettext("People who agreed that we ask again."),
            icon="telephone-outbound",
            permission=Permission.FOLLOW_UP,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("People to ask again"),
                    urgency=Urgency.PERSON,
                    find=waiting_follow_ups,
                ),
            ),
        ),
        StaffPage(
            endpoint="desk.recent",
            work=Work.DESK,
            label=lazy_gettext("Recent at this desk"),
            description=lazy_gettext("Correct, reopen or delete what was just logged."),
            icon="clock-history",
            permission=Permission.CORRECT_LOG,
        ),
        StaffPage(
            endpoint="desk_admin.show",
            work=Work.PEOPLE,
            label=lazy_gettext("Desks and branches"),
            description=lazy_gettext("The list of desks, and what is logged there."),
            icon="building",
            permission=CHANGE,
        ),
        StaffPage(
            endpoint="desk.held",
            work=Work.DESK,
            label=lazy_gettext("What we hold"),
            description=lazy_gettext("What is kept about people, why, and how long."),
            icon="shield-lock",
            permission=Permission.CORRECT_LOG,
        ),
    )
