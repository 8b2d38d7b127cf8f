"""The link to a provider on its way: by mail where that is set up and wanted, else shown once."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext

from referral.accounts.mail import Mail, MailError, send_mail
from referral.verification.provider_links import ProviderLink
from referral.web.current import current_settings
from referral.web.formatting import format_date

log = logging.getLogger("referral.mail")


@dataclass(frozen=True, slots=True)
class HandedOverLink:
    """How a link got on its way; ``address`` is "" when the mail went out."""

    link: ProviderLink
    address: str
    failed: bool = False


def hand_over_link(link: ProviderLink, *, send: bool) -> HandedOverLink:
    """Mail the link to the organization, or give its address to be shown once."""
    settings = current_settings()
    site = settings.public_url or request.url_root.rstrip("/")
    address = site + url_for("provider.listing", token=link.token)
    if not (send and settings.sends_mail and link.email):
        return HandedOverLink(link, address)
    lines = [
        gettext("Is your listing at %(library)s still right?", library=settings.library_name),
        gettext("Open this link. Say that all is right, or correct it. You need no account."),
        address,
        gettext("The link works once, until %(day)s.", day=format_date(link.expires_at.date())),
    ]
    subject = gettext("Please check your listing: %(library)s", library=settings.library_name)
    try:
        send_mail(settings, Mail(link.email, subject, "\n\n".join(lines) + "\n"))
    except MailError:
        log.warning("mail did not go out; the link was shown instead")
        return HandedOverLink(link, address, failed=True)
    return HandedOverLink(link, "")
