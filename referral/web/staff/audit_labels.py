"""Labels of the audit log: actions, kinds of record, addresses of records.

Features add labels of their own actions and kinds of record when they are registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext

from referral.web.staff.labels import ROLE_LABELS

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
    "reset-link-made": lazy_gettext("made a link for a new password"),
    "roles-changed": lazy_gettext("changed roles"),
    "second-factor-off": lazy_gettext("turned the second step off"),
    "second-factor-on": lazy_gettext("turned the second step on"),
    "second-step-failed": lazy_gettext("gave a wrong code or passkey after the password"),
    "session-ended": lazy_gettext("signed out another browser"),
    "sign-in-failed": lazy_gettext("tried to sign in and failed"),
    "signed-in": lazy_gettext("signed in"),
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
_DETAILS: dict[str, Mapping[str, Any]] = {}
_INTERNAL = frozenset({"group"})  # leads to the history; it says nothing to people
_ADDRESSES: dict[str, Callable[[str], str]] = {
    "account": lambda record_id: url_for("admin.account", account_id=record_id),
}


def add_audit_labels(
    actions: Mapping[str, Any],
    kinds: Mapping[str, Any] | None = None,
    addresses: Mapping[str, Callable[[str], str]] | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Say what an area's actions and kinds are called (lazy strings), and where records are.

    Args:
        addresses: kind of record → a function from its id to the address of its page.
        details: name of a detail → its values in words.
    """
    _ACTIONS.update(actions)
    _KINDS.update(kinds or {})
    _ADDRESSES.update(addresses or {})
    _DETAILS.update(details or {})


def action_label(action: str) -> str:
    """What was done; an action without words is read as it is written."""
    return str(_ACTIONS.get(action, action.replace("-", " ")))


def actor_label(name: str) -> str:
    """Who did it, when it was not an account."""
    return str(_PROGRAMS.get(name, name))


def kind_label(kind: str) -> str:
    """What it was done to."""
    return str(_KINDS.get(kind, kind.replace("-", " ").replace("_", " ")))


def record_address(kind: str, record_id: str) -> str:
    """Where the record can be seen; "" when it has no page for staff."""
    address = _ADDRESSES.get(kind)
    return address(record_id) if address and record_id else ""


def detail_text(detail: Mapping[str, str | int], names: Mapping[str, str]) -> str:
    """The codes and counts of an entry, and the records in it by their names, in a line."""
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
