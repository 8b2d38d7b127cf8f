"""Mail to somebody whose password or second step was changed, by whomever it was."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.accounts.mail import Mail, send_in_background, send_mail
from referral.records.accounts import Account
from referral.web.current import current_settings

PASSWORD = lazy_gettext("Your password was changed.")
STEP_ON = lazy_gettext("A second step was added to your account.")
STEP_OFF = lazy_gettext("A second step was taken from your account.")


def mail_change(account: Account, change: Any) -> None:
    """Mail what changed, in the background, where mail is set up.

    Args:
        change: one of the texts of this module.
    """
    settings = current_settings()
    if not settings.sends_mail:
        return
    name = settings.library_name
    lines = [
        str(change),
        gettext("If this was you, you need not do anything."),
        gettext("If it was not, tell an admin of %(library)s at once.", library=name),
    ]
    subject = gettext("Your account was changed: %(library)s", library=name)
    mail = Mail(account.email, subject, "\n\n".join(lines) + "\n")
    send_in_background(partial(send_mail, settings, mail))
