"""Mail by SMTP, through the host of the settings."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from referral.errors import InstanceError
from referral.settings import Settings
from referral.store.availability import log_failure

_log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 10
_INVALID_ADDRESS_CODE = 553  # SMTP: mailbox name not allowed
_MAIL_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


@dataclass(frozen=True, slots=True)
class Mail:
    """A plain text mail to one recipient."""

    to: str
    subject: str
    text: str


class MailError(InstanceError):
    """Error raised if a mail was not sent. Its contents must reach the recipient in another way."""


class MailHostError(MailError):
    """Error raised if no mail can be sent, since the mail host is away or refuses this site."""


class MailAddressError(MailError):
    """Error raised if the mail host refused one mail, for its address or its content.

    Attributes:
        code: SMTP status code; from 500 on the refusal is final.
    """

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def send_mail(settings: Settings, mail: Mail) -> None:
    """Send a mail by SMTP at once. A failure is logged by its kind, even if the caller handles it.

    The messages of the errors do not contain the address.

    Raises:
        MailHostError: no host is set, or it cannot be reached.
        MailAddressError: the host refused the mail.
        MailError: it is unknown whether the host accepted the mail.
    """
    try:
        _send(settings, mail)
    except MailError as error:
        kind = type(error).__name__
        _log.warning("A mail did not go out: %s", kind, extra={"mail_failure": kind})
        raise


def send_in_background(send: Callable[[], None]) -> None:
    """Call a function that sends mail in the mail thread, so that no page waits for the host."""

    def send_and_log() -> None:
        try:
            send()
        except MailError:
            pass  # already logged
        except Exception as error:  # noqa: BLE001  # the next mail must be sent
            log_failure(_log, "A mail did not go out: %s", error)

    _MAIL_THREAD.submit(send_and_log)


def check_mail_host(settings: Settings) -> None:
    """Connect and sign in to the mail host without sending a mail.

    Raises:
        MailHostError: the host cannot be reached or refuses this site.
    """
    try:
        with _connect(urlsplit(settings.smtp_url)):
            return
    except (OSError, smtplib.SMTPException) as error:
        raise MailHostError(_describe_error(error)) from None


def _send(settings: Settings, mail: Mail) -> None:
    if not settings.sends_mail:
        raise MailHostError("No mail is set up: set REFERRAL_SMTP_URL and REFERRAL_MAIL_FROM.")
    try:
        message = _build_message(settings, mail)
    except ValueError as error:
        raise MailAddressError(_describe_error(error), _INVALID_ADDRESS_CODE) from None
    try:
        connection = _connect(urlsplit(settings.smtp_url))
    except (OSError, smtplib.SMTPException) as error:
        raise MailHostError(_describe_error(error)) from None
    try:
        with connection as connected:
            connected.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), _INVALID_ADDRESS_CODE)
        raise MailAddressError(_describe_error(error), code) from None
    except smtplib.SMTPDataError as error:
        raise MailAddressError(_describe_error(error), error.smtp_code) from None
    except smtplib.SMTPSenderRefused as error:
        raise MailHostError(_describe_error(error)) from None
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise MailError(_describe_error(error)) from None


def _describe_error(error: Exception) -> str:
    """Describe a mail error by its kind only, since its text may contain the recipient."""
    return f"The mail host did not take the mail ({type(error).__name__})."


def _build_message(settings: Settings, mail: Mail) -> EmailMessage:
    email = EmailMessage()
    email["From"] = settings.mail_from
    email["To"] = mail.to
    email["Subject"] = " ".join(mail.subject.split())
    email["Date"] = formatdate()
    email["Message-ID"] = make_msgid(domain=urlsplit(settings.public_url).hostname)
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(mail.text)
    return email


def _connect(url: SplitResult) -> smtplib.SMTP:
    """Open an encrypted SMTP connection, since mails contain links to set passwords.

    A host on this machine may be unencrypted if no password is sent.
    """
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
        may_be_plain = _is_loopback(url.hostname or "") and not url.username
        if url.scheme == "smtp" and (host.has_extn("starttls") or not may_be_plain):
            host.starttls(context=tls)
        if url.username:
            host.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        host.close()
        raise
    return host


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
