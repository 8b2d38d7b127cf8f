"""Mails of accounts: one-time links, which are shown where mail is not set up, and changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext, lazy_gettext

from referral.accounts.account_admin import find_account
from referral.accounts.links import LinkPurpose, OneTimeLink, make_reset_link
from referral.accounts.mail import Mail, MailError, send_in_background, send_mail
from referral.accounts.rate_limits import asking_key, count_try
from referral.records.accounts import Account, AccountRefusedError, Actor
from referral.settings import Settings
from referral.web.current import current_instance, current_settings, path_below

log = logging.getLogger("referral.mail")


@dataclass(frozen=True, slots=True)
class DeliveredLink:
    """How a link got on its way.

    Attributes:
        address: of the link, to be shown; "" when the mail went out.
        failed: whether mail is set up but did not go out.
    """

    link: OneTimeLink
    address: str
    failed: bool = False


def deliver_link(link: OneTimeLink) -> DeliveredLink:
    """Mail a link, or return its address to be shown once if mail is not set up."""
    settings = current_settings()
    shown = link_address(link, settings.public_url or request.url_root.rstrip("/"))
    if not settings.sends_mail:
        return DeliveredLink(link, shown)
    try:
        send_mail(settings, _mail(link, settings))
    except MailError:
        log.warning("mail did not go out; the link was shown instead")
        return DeliveredLink(link, shown, failed=True)
    return DeliveredLink(link, "")


def link_address(link: OneTimeLink, site: str) -> str:
    """Return the absolute URL of a link.

    In mail the site is the one of the settings, never one that a request names, which a stranger
    could choose.
    """
    return site + path_below(url_for("entrance.link", token=link.token))


def mail_reset_link(email: str) -> None:
    """Mail a password reset link if the account exists.

    It is made and sent in the background, so that the answer takes the same time either way. Once
    a few are on their way no more go out for a while; those that did keep working.
    """
    instance, settings = current_instance(), current_settings()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Flask's way

    def send() -> None:
        with app.test_request_context():
            try:
                account = find_account(instance, email)
                if account.by_openid and not account.has_password:
                    return  # no letter makes a second way in beside the county's service
                count_try(instance, [asking_key(instance, account.id)])
                actor = Actor("", "forgotten password")
                link = make_reset_link(instance, actor, account.id, keep_earlier=True)
                send_mail(settings, _mail(link, settings))
            except AccountRefusedError:
                pass  # nobody, turned off, or asked too often: nobody is told
            except MailError:
                log.warning("mail did not go out; an admin can make a link instead")

    send_in_background(send)


def _mail(link: OneTimeLink, settings: Settings) -> Mail:
    name = settings.library_name
    if link.purpose is LinkPurpose.INVITE:
        subject = gettext("Your account: %(library)s", library=name)
        why = gettext("You have an account for the staff pages of %(library)s.", library=name)
    else:
        subject = gettext("A new password: %(library)s", library=name)
        why = gettext("Here is the link to set a new password for %(library)s.", library=name)
    lines = [
        why,
        gettext("Open this link and choose a password. It works once."),
        link_address(link, settings.public_url),
        gettext("If you did not expect this mail, you need not do anything."),
    ]
    return Mail(link.account.email, subject, "\n\n".join(lines) + "\n")


PASSWORD = lazy_gettext("Your password was changed.")
STEP_ON = lazy_gettext("A second step was added to your account.")
STEP_OFF = lazy_gettext("A second step was taken from your account.")
_NEW_BROWSER = lazy_gettext("Somebody signed in to your account in a new browser.")
_CHANGED = lazy_gettext("Your account was changed: %(library)s")
_SIGNED_IN = lazy_gettext("Signed in: %(library)s")


def mail_new_browser(account: Account) -> None:
    """Mail an account that it was used in a new browser."""
    mail_change(account, _NEW_BROWSER, _SIGNED_IN)


def mail_change(account: Account, change: Any, subject: Any = _CHANGED) -> None:
    """Mail a security change to an account in the background, if mail is set up.

    Args:
        change, subject: texts of this module.
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
    mail = Mail(account.email, str(subject) % {"library": name}, "\n\n".join(lines) + "\n")
    send_in_background(partial(send_mail, settings, mail))
