"""Pages of accounts: sign-in, one's own account, administration, audit log."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.accounts.web import openid_views, session_cookie
from referral.accounts.web.admin_views import admin
from referral.accounts.web.own_account_views import staff
from referral.accounts.web.passkey_views import passkeys
from referral.accounts.web.sign_in_views import entrance
from referral.records.accounts import Permission
from referral.web.staff import labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages


def register(app: Flask) -> None:
    """Register staff sessions, the pages of accounts and the filters for audit log labels."""
    session_cookie.init_app(app)
    openid_views.init_app(app)
    for blueprint in (entrance, staff, passkeys, admin):
        app.register_blueprint(blueprint)
    app.jinja_env.filters.update(
        action_words=labels.action_label,
        actor_words=labels.actor_label,
        kind_words=labels.kind_label,
        detail_words=labels.detail_text,
    )
    app.jinja_env.globals["record_address"] = labels.record_address
    register_staff_pages(
        app,
        StaffPage(
            endpoint="admin.list_accounts",
            work=Work.PEOPLE,
            label=lazy_gettext("Accounts"),
            description=lazy_gettext("Who may sign in, and what each may do."),
            icon="people",
            permission=Permission.MANAGE_ACCOUNTS,
        ),
        StaffPage(
            endpoint="admin.audit_log",
            work=Work.PEOPLE,
            label=lazy_gettext("Audit log"),
            description=lazy_gettext("Who did what, and when."),
            icon="journal-text",
            permission=Permission.READ_AUDIT_LOG,
        ),
    )
