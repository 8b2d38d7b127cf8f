"""Sample accounts of the demo, one for each kind of work; none outside the demo."""

from __future__ import annotations

import secrets

from referral.accounts.account_admin import (
    drop_second_factor,
    enable_account,
    find_account,
    invite,
    list_accounts,
)
from referral.accounts.links import make_reset_link, take_link
from referral.accounts.sessions import SignedIn, begin_session
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.records.accounts import COMMAND_LINE, Account, Role

# Name of an account on the sign-in page → its roles.
SAMPLE_ROLES: dict[str, tuple[Role, ...]] = {
    **{role.value: (role,) for role in Role},
    "all": tuple(Role),
}
SAMPLE_EMAILS = {name: f"{name}@example.org" for name in SAMPLE_ROLES}


def make_sample_accounts(instance: Instance) -> str:
    """Create or renew the demo's sample accounts, and return their new password.

    Returns:
        The password; "" if this is not the demo. An instance with other accounts only is not.
    """
    existing_emails = {account.email for account in list_accounts(instance)}
    if not instance.settings.sample_data or (
        existing_emails and existing_emails.isdisjoint(SAMPLE_EMAILS.values())
    ):
        return ""
    password = secrets.token_urlsafe(12)
    for name, email in SAMPLE_EMAILS.items():
        if email not in existing_emails:
            link = invite(instance, COMMAND_LINE, email, f"Sample {name}", SAMPLE_ROLES[name])
        else:
            account = find_account(instance, email)
            enable_account(instance, COMMAND_LINE, account.id)
            if account.has_second_factor:
                drop_second_factor(instance, COMMAND_LINE, account.id)
            link = make_reset_link(instance, COMMAND_LINE, account.id)
        take_link(instance, link.token, password)
    return password


def sample_names(instance: Instance) -> tuple[str, ...]:
    """Return the names of the sample accounts; there are none outside the demo."""
    if not instance.settings.sample_data:
        return ()
    enabled_emails = {
        account.email for account in list_accounts(instance) if not account.is_disabled
    }
    return tuple(name for name, email in SAMPLE_EMAILS.items() if email in enabled_emails)


def is_sample(instance: Instance, account: Account) -> bool:
    """Return whether an account is a sample of the demo, which must not get a second factor."""
    return instance.settings.sample_data and account.email in SAMPLE_EMAILS.values()


def sign_in_as_sample(instance: Instance, name: str) -> SignedIn:
    """Begin a session of a demo's sample account, without its password.

    Raises:
        NotFoundError: this is not the demo, or has no such account.
    """
    if name not in sample_names(instance):
        raise NotFoundError("There is no such sample account.")
    return begin_session(instance, find_account(instance, SAMPLE_EMAILS[name]).id)
