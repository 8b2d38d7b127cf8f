"""Mails to staff that summarize waiting work: counts only, without names, texts or contacts."""

from __future__ import annotations

import logging

from flask import Flask, url_for
from flask_babel import force_locale, gettext

from referral.accounts.account_admin import list_accounts
from referral.accounts.digests import DueDigest, take_due_digests
from referral.accounts.mail import Mail, MailError, send_mail
from referral.directory.instance import Instance
from referral.imports.hidden_for_others import take_unreported
from referral.records.accounts import Role
from referral.web.i18n.catalogs import our_catalogs
from referral.web.staff.navigation import QueueLine, work_queue

log = logging.getLogger("referral.mail")


def send_digests(app: Flask) -> int:
    """Mail staff the digests of waiting work that are due; return how many were sent.

    None is sent if no work waits.
    """
    instance: Instance = app.extensions["referral"]
    settings = instance.settings
    if not settings.sends_mail:
        return 0
    sent = 0
    for digest in (*take_due_digests(instance), *_digests_of_hidden_streets(instance)):
        with app.test_request_context(base_url=settings.public_url):
            our_catalogs().as_default()  # as before each request
            mail = _compose_mail(digest, settings.library_name)
        if mail is None:
            continue
        try:
            send_mail(settings, mail)
        except MailError as error:
            log.warning("A summary did not go out: %s", type(error).__name__)
        else:
            sent += 1
    return sent


def _digests_of_hidden_streets(instance: Instance) -> list[DueDigest]:
    """Return digests for all admins if an import hid the streets of many listings."""
    if not take_unreported(instance):
        return []
    accounts = (each for each in list_accounts(instance) if Role.ADMIN in each.roles)
    return [DueDigest(each, "en") for each in accounts if not each.is_disabled]


def _compose_mail(digest: DueDigest, library: str) -> Mail | None:
    with force_locale(digest.language):
        lines = work_queue(digest.account)
        if not lines:
            return None
        text = "\n\n".join(
            (
                gettext("This waits at %(library)s:", library=library),
                "\n".join(map(_line, lines)),
                gettext("Sign in to see more:"),
                url_for("staff.start", _external=True),
                gettext("You asked for this mail. You can end it at Your account."),
            )
        )
        subject = gettext("What waits today: %(library)s", library=library)
    return Mail(digest.account.email, subject, f"{text}\n")


def _line(line: QueueLine) -> str:
    if not line.days:
        return f"- {line.label}: {line.count}"
    oldest = gettext("the oldest for %(days)s days", days=line.days)
    return f"- {line.label}: {line.count} ({oldest})"
