"""Labels of roles, of account refusals, and of the audit log.

Features add labels for their own actions and record kinds when they are registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, url_for
from flask_babel import gettext, lazy_gettext, ngettext

from referral.records.accounts import Account, AccountRefusedError, Refusal, Role
from referral.web.current import current_settings
from referral.web.formatting import format_date, format_time

ROLE_LABELS: dict[Role, Any] = {
    Role.DESK: lazy_gettext("Desk"),
    Role.CURATION: lazy_gettext("Listings"),
    Role.ADMIN: lazy_gettext("Admin"),
    Role.AUDIT: lazy_gettext("Audit"),
}

ROLE_MEANINGS: dict[Role, Any] = {
    Role.DESK: lazy_gettext("Helps people at the desk, makes referrals, follows up."),
    Role.CURATION: lazy_gettext("Keeps listings true, brings in lists."),
    Role.ADMIN: lazy_gettext("Makes accounts, brings in lists, changes settings."),
    Role.AUDIT: lazy_gettext("Reads who did what, and the reports. Changes nothing."),
}

_REFUSALS: dict[Refusal, Any] = {
    Refusal.EMAIL_ODD: lazy_gettext("Type an e-mail address, like name@example.org."),
    Refusal.EMAIL_TAKEN: lazy_gettext("There is an account with this e-mail address already."),
    Refusal.NAME_LONG: lazy_gettext("Type a shorter name, please."),
    Refusal.NO_ROLE: lazy_gettext("Choose at least one role."),
    Refusal.LAST_ADMIN: lazy_gettext("This is the last admin. Make somebody else an admin first."),
    Refusal.NOT_FOUND: lazy_gettext("There is no such account."),
    Refusal.LINK_GONE: lazy_gettext("This link was used or is too old. Ask an admin for another."),
    Refusal.PASSWORD_SHORT: lazy_gettext("Use 12 letters or more. A few words in a row are good."),
    Refusal.PASSWORD_LONG: lazy_gettext("Use 128 letters or fewer."),
    Refusal.PASSWORD_COMMON: lazy_gettext(
        "This is easy to guess. Try three words that have nothing to do with each other."
    ),
    Refusal.WRONG: lazy_gettext("The e-mail address or the password is not right. Try again."),
    Refusal.WRONG_PASSWORD: lazy_gettext("This is not your present password. Try again."),
    Refusal.WRONG_CODE: lazy_gettext("This code is not right. Wait for the next one and try it."),
    Refusal.USE_OPENID: lazy_gettext(
        "Here only admins sign in with a password. Use the other way."
    ),
    Refusal.NO_CLAIM: lazy_gettext(
        "You have no work here yet. Ask whoever looks after your accounts."
    ),
    Refusal.NOT_SHOWN: lazy_gettext("That was somebody else, or too long ago. Try once more."),
    Refusal.OPENID_EMAIL: lazy_gettext("Another account has your e-mail address. Ask an admin."),
    Refusal.TURNED_OFF: lazy_gettext("Your account is turned off. Ask an admin."),
    Refusal.WRONG_PASSKEY: lazy_gettext(
        "That passkey did not work, or it took too long. Try again."
    ),
    Refusal.MANY_PASSKEYS: lazy_gettext("You have as many passkeys as fit. Remove one first."),
    Refusal.NO_PASSKEYS: lazy_gettext("Passkeys cannot be used on this site."),
    Refusal.SIGNED_OUT: lazy_gettext("That took too long. Please sign in again."),
    Refusal.NOTHING_STARTED: lazy_gettext("Begin again, please."),
    Refusal.DISABLED: lazy_gettext("This account is turned off. Turn it on first."),
    Refusal.SAMPLE: lazy_gettext(
        "This is a sample account that other people try too. So it has no second step."
    ),
}
_ACTIONS: dict[str, Any] = {
    "account-disabled": lazy_gettext("turned an account off"),
    "account-enabled": lazy_gettext("turned an account on"),
    "account-invited": lazy_gettext("invited somebody"),
    "account-made-by-openid": lazy_gettext("signed in from outside for the first time"),
    "account-renamed": lazy_gettext("changed a name"),
    "confirmed": lazy_gettext("showed again who it is"),
    "invite-link-made": lazy_gettext("made another invitation"),
    "openid-gave-no-role": lazy_gettext("has no role any more and was signed out"),
    "passkey-added": lazy_gettext("added a passkey"),
    "passkey-removed": lazy_gettext("removed a passkey"),
    "password-changed": lazy_gettext("changed their own password"),
    "password-set": lazy_gettext("set a password by a link"),
    "request-refused": lazy_gettext("was refused"),
    "reset-link-made": lazy_gettext("made a link for a new password"),
    "roles-changed": lazy_gettext("changed roles"),
    "second-factor-off": lazy_gettext("turned the second step off"),
    "second-factor-on": lazy_gettext("turned the second step on"),
    "second-step-failed": lazy_gettext("gave a wrong code or passkey after the password"),
    "session-ended": lazy_gettext("signed out another browser"),
    "sign-in-failed": lazy_gettext("tried to sign in and failed"),
    "signed-in": lazy_gettext("signed in"),
    "signed-out-everywhere": lazy_gettext("signed out everywhere"),
}
_KINDS: dict[str, Any] = {
    "account": lazy_gettext("account"),
    "organization": lazy_gettext("organization"),
    "service": lazy_gettext("service"),
}
_PROGRAMS: dict[str, Any] = {
    "command line": lazy_gettext("command line"),
    "followed list": lazy_gettext("followed list, by itself"),
    "link at a shared computer": lazy_gettext("link at a shared computer"),
    "rules for secret places": lazy_gettext("rules for secret places"),
    "somebody signing in": lazy_gettext("somebody signing in"),
    "rules of categories": lazy_gettext("rules of categories"),
    "forgotten password": lazy_gettext("somebody who forgot a password"),
}
_DETAILS: dict[str, Mapping[str, Any]] = {
    "refused": {
        "form": lazy_gettext("the form was not one of ours"),
        "role": lazy_gettext("the role does not open it"),
    },
}
_INTERNAL = frozenset({"group"})  # used to find the change in the history, not shown
_ADDRESSES: dict[str, Callable[[str], str]] = {
    "account": lambda record_id: url_for("admin.account", account_id=record_id),
}


def init_app(app: Flask) -> None:
    """Register the template filters for roles of accounts and for instants in library time."""
    app.jinja_env.filters.update({"role_list": role_list, "instant": format_instant})


def role_list(account: Account) -> str:
    """Return the roles of a staff account in words, in the order of ``Role``."""
    return ", ".join(str(ROLE_LABELS[role]) for role in Role if role in account.roles)


def format_instant(instant: datetime) -> str:
    """Return date and time in the library's time zone: ``24 November 2026, 3:12 pm``."""
    local = instant.astimezone(ZoneInfo(current_settings().timezone))
    return f"{format_date(local.date())}, {format_time(local.strftime('%H:%M'))}"


def refusal_text(error: AccountRefusedError) -> str:
    """Return why an action on a staff account was refused, and what to do."""
    if error.refusal is not Refusal.WAIT:
        return str(_REFUSALS[error.refusal])
    minutes = -(-error.wait_seconds // 60)
    if error.wait_seconds < 60:
        wait = ngettext(
            "Please wait %(num)s second.", "Please wait %(num)s seconds.", error.wait_seconds
        )
    else:
        wait = ngettext("Please wait %(num)s minute.", "Please wait %(num)s minutes.", minutes)
    tries = gettext("There were too many wrong tries.")
    way_in = gettext("Or ask an admin for a one-time link: it works at once.")
    return f"{tries} {wait} {way_in}"


def add_audit_labels(
    actions: Mapping[str, Any],
    kinds: Mapping[str, Any] | None = None,
    addresses: Mapping[str, Callable[[str], str]] | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Register a feature's audit log labels (lazy strings) and addresses of its records.

    Args:
        addresses: kind of record → a function from its id to the address of its page.
        details: name of a detail → its values in words.
    """
    _ACTIONS.update(actions)
    _KINDS.update(kinds or {})
    _ADDRESSES.update(addresses or {})
    _DETAILS.update(details or {})


def action_label(action: str) -> str:
    """Return the label of an action in the audit log; without one, its code with spaces."""
    return str(_ACTIONS.get(action, action.replace("-", " ")))


def actor_label(name: str) -> str:
    """Return the audit log's label of an actor that is a program; users' names are unchanged."""
    return str(_PROGRAMS.get(name, name))


def kind_label(kind: str) -> str:
    """Return the label of the kind of record in an audit entry."""
    return str(_KINDS.get(kind, kind.replace("-", " ").replace("_", " ")))


def record_address(kind: str, record_id: str) -> str:
    """Return the URL of the staff page of a record in the audit log; "" if it has none."""
    address = _ADDRESSES.get(kind)
    return address(record_id) if address and record_id else ""


def detail_text(detail: Mapping[str, str | int], names: Mapping[str, str]) -> str:
    """Return the details of an audit entry on one line, with names for the ids of records."""
    parts = []
    for name, value in sorted(detail.items()):
        if name == "roles":
            labels: dict[str, Any] = {role.value: label for role, label in ROLE_LABELS.items()}
            roles = ", ".join(str(labels.get(role, role)) for role in str(value).split(","))
            parts.append(gettext("roles: %(roles)s", roles=roles))
        elif name in _DETAILS:
            parts.append(str(_DETAILS[name].get(str(value), value)))
        elif name not in _INTERNAL:
            parts.append(f"{name.replace('_', ' ')}: {names.get(str(value), value)}")
    return "; ".join(parts)
