"""Mails about accounts: one-time links, which are shown if mail is not set up, and changes."""

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
from referral.accounts.rate_limits import count_try, reset_mail_key
from referral.records.accounts import Account, AccountRefusedError, Actor
from referral.settings import Settings
from referral.web.current import current_instance, current_settings, path_below

log = logging.getLogger("referral.mail")
PASSWORD = lazy_gettext("Your password was changed.")
STEP_ON = lazy_gettext("A second step was added to your account.")
STEP_OFF = lazy_gettext("A second step was taken from your account.")
_NEW_BROWSER = lazy_gettext("Somebody signed in to your account in a new browser.")
_CHANGED = lazy_gettext("Your account was changed: %(library)s")
_SIGNED_IN = lazy_gettext("Signed in: %(library)s")


@dataclass(frozen=True, slots=True)
class DeliveredLink:
    """A one-time link for an account, either mailed or to be shown once.

    Attributes:
        address: address of the link, to be shown; "" if the mail was sent.
        failed: whether mail is set up but the mail was not sent.
    """

    link: OneTimeLink
    address: str
    failed: bool = False


def deliver_link(link: OneTimeLink) -> DeliveredLink:
    """Mail an account's one-time link, or return it to be shown if mail is not set up."""
    settings = current_settings()
    address = link_address(link, settings.public_url or request.url_root.rstrip("/"))
    if not settings.sends_mail:
        return DeliveredLink(link, address)
    try:
        send_mail(settings, _mail(link, settings))
    except MailError:
        log.warning("mail did not go out; the link was shown instead")
        return DeliveredLink(link, address, failed=True)
    return DeliveredLink(link, "")


def link_address(link: OneTimeLink, site: str) -> str:
    """Return the absolute URL of an account's one-time link.

    In mails ``site`` must be the address in the settings, not the host of the request, which a
    stranger could choose.
    """
    return site + path_below(url_for("entrance.link", token=link.token))


def mail_reset_link(email: str) -> None:
    """Mail a password reset link if an account with the typed email address exists.

    The link is created and mailed in the background, so that the response takes the same time if
    the account does not exist. After a few mails no more are sent for a while; earlier links stay
    valid.
    """
    instance, settings = current_instance(), current_settings()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Flask's way

    def send() -> None:
        with app.test_request_context():
            try:
                account = find_account(instance, email)
                if account.by_openid and not account.has_password:
                    return  # a mail must not add a way around the OpenID provider
                count_try(instance, [reset_mail_key(instance, account.id)])
                actor = Actor("", "forgotten password")
                link = make_reset_link(instance, actor, account.id, keep_earlier=True)
                send_mail(settings, _mail(link, settings))
            except AccountRefusedError:
                pass  # no such account, disabled, or too many requests: the page does not show it
            except MailError:
                log.warning("mail did not go out; an admin can make a link instead")

    send_in_background(send)


def _mail(link: OneTimeLink, settings: Settings) -> Mail:
    name = settings.library_name
    if link.purpose is LinkPurpose.INVITE:
        subject = gettext("Your account: %(library)s", library=name)
        reason = gettext("You have an account for the staff pages of %(library)s.", library=name)
    else:
        subject = gettext("A new password: %(library)s", library=name)
        reason = gettext("Here is the link to set a new password for %(library)s.", library=name)
    lines = [
        reason,
        gettext("Open this link and choose a password. It works once."),
        link_address(link, settings.public_url),
        gettext("If you did not expect this mail, you need not do anything."),
    ]
    return Mail(link.account.email, subject, "\n\n".join(lines) + "\n")


def mail_new_browser(account: Account) -> None:
    """Mail the owner of an account that someone signed in with a new browser."""
    mail_change(account, _NEW_BROWSER, _SIGNED_IN)


def mail_change(account: Account, change: Any, subject: Any = _CHANGED) -> None:
    """Mail the owner of an account about a security change, in the background.

    Args:
        change, subject: lazy strings of this module.
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
