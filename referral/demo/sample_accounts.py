"""Three accounts to try the demo with. They are made with sample data only."""

from __future__ import annotations

import secrets

from referral.accounts.account_admin import enable_account, find_account, invite, list_accounts
from referral.accounts.one_time_links import make_reset_link, take_link
from referral.directory.context import Directory
from referral.records.accounts import COMMAND_LINE, Role

SAMPLE_EMAILS = {role: f"{role.value}@example.org" for role in Role}


def make_sample_accounts(directory: Directory) -> str:
    """Make or renew one account for each role, and give their new password.

    Returns:
        The password; "" when the instance is not the demo's, which one with other accounts only
        is not.
    """
    have = {account.email for account in list_accounts(directory)}
    samples = set(SAMPLE_EMAILS.values())
    if not directory.settings.sample_data or (have and not samples <= have):
        return ""
    password = secrets.token_urlsafe(12)
    for role, email in SAMPLE_EMAILS.items():
        if email not in have:
            link = invite(directory, COMMAND_LINE, email, f"Sample {role.value}", [role])
        else:
            account = find_account(directory, email)
            enable_account(directory, COMMAND_LINE, account.id)
            link = make_reset_link(directory, COMMAND_LINE, account.id)
        take_link(directory, link.token, password)
    return password
