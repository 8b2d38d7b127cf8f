"""Mail by SMTP, where the settings name a host."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import SplitResult, unquote, urlsplit

from referral.errors import DirectoryError
from referral.settings import Settings

_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter in plain text to one person."""

    to: str
    subject: str
    text: str


class MailError(DirectoryError):
    """The mail did not go out; hand its contents over in another way."""


def send_mail(settings: Settings, mail: Mail) -> None:
    """Send it now.

    Raises:
        MailError: no host is set, or it did not take the mail. The message has no address.
    """
    if not settings.sends_mail:
        raise MailError("No mail is set up: set REFERRAL_SMTP_URL and REFERRAL_MAIL_FROM.")
    try:
        message = _message(settings, mail)
        with _connected(urlsplit(settings.smtp_url)) as host:
            host.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        # The cause may name the person; it is left out.
        raise MailError(f"The mail host did not take the mail ({type(error).__name__}).") from None


def _message(settings: Settings, mail: Mail) -> EmailMessage:
    email = EmailMessage()
    email["From"] = settings.mail_from
    email["To"] = mail.to
    email["Subject"] = " ".join(mail.subject.split())
    email["Date"] = formatdate()
    email["Message-ID"] = make_msgid(domain=urlsplit(settings.public_url).hostname)
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(mail.text)
    return email


def _connected(url: SplitResult) -> smtplib.SMTP:
    """A connection that is encrypted where the host can, and always before a password is sent."""
    tls = ssl.create_default_context()
    host: smtplib.SMTP
    if url.scheme == "smtps":
        host = smtplib.SMTP_SSL(
            url.hostname or "", url.port or 465, timeout=_TIMEOUT_SECONDS, context=tls
        )
    else:
        host = smtplib.SMTP(url.hostname or "", url.port or 587, timeout=_TIMEOUT_SECONDS)
    try:
        host.ehlo()
        if url.scheme == "smtp" and (host.has_extn("starttls") or url.username):
            host.starttls(context=tls)
        if url.username:
            host.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        host.close()
        raise
    return host
