"""Mail by SMTP, where the settings name a host."""

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
_NO_ADDRESS = 553  # what SMTP says of a name that cannot be one of a mailbox
_SENDER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter in plain text to one person."""

    to: str
    subject: str
    text: str


class MailError(InstanceError):
    """The mail did not go out; hand its contents over in another way."""


class MailHostError(MailError):
    """The mail host cannot be reached, or takes nothing from us: no mail would go out."""


class MailAddressError(MailError):
    """The mail host refused this mail, for its address or for what it says.

    Attributes:
        code: of the host's answer; from 500 on it is final.
    """

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def send_mail(settings: Settings, mail: Mail) -> None:
    """Send it now. A failure is in the log by its kind, also where the caller has another way.

    Raises:
        MailHostError: no host is set, or it cannot be reached.
        MailAddressError: the host refused it.
        MailError: it is not known whether the host took it. No message has an address.
    """
    try:
        _send(settings, mail)
    except MailError as error:
        kind = type(error).__name__
        _log.warning("A mail did not go out: %s", kind, extra={"mail_failure": kind})
        raise


def send_in_background(send: Callable[[], None]) -> None:
    """Call a function that sends mail in the one thread for mail; no page waits for the host."""

    def logged() -> None:
        try:
            send()
        except MailError:
            pass  # it is in the log
        except Exception as error:  # noqa: BLE001  # the next mail goes on
            log_failure(_log, "A mail did not go out: %s", error)

    _SENDER.submit(logged)


def check_mail_host(settings: Settings) -> None:
    """Connect and sign in to the mail server without sending a mail.

    Raises:
        MailHostError: it cannot be reached, or takes nothing from us.
    """
    try:
        with _connected(urlsplit(settings.smtp_url)):
            return
    except (OSError, smtplib.SMTPException) as error:
        raise MailHostError(_cause(error)) from None


def _send(settings: Settings, mail: Mail) -> None:
    if not settings.sends_mail:
        raise MailHostError("No mail is set up: set REFERRAL_SMTP_URL and REFERRAL_MAIL_FROM.")
    try:
        message = _message(settings, mail)
    except ValueError as error:
        raise MailAddressError(_cause(error), _NO_ADDRESS) from None
    try:
        connection = _connected(urlsplit(settings.smtp_url))
    except (OSError, smtplib.SMTPException) as error:
        raise MailHostError(_cause(error)) from None
    try:
        with connection as host:
            host.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), _NO_ADDRESS)
        raise MailAddressError(_cause(error), code) from None
    except smtplib.SMTPDataError as error:
        raise MailAddressError(_cause(error), error.smtp_code) from None
    except smtplib.SMTPSenderRefused as error:
        raise MailHostError(_cause(error)) from None
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise MailError(_cause(error)) from None


def _cause(error: Exception) -> str:
    """Describe a mail error by its kind only, since its text may contain the recipient."""
    return f"The mail host did not take the mail ({type(error).__name__})."


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
    """Open an encrypted connection to the mail server: mails contain links that open accounts.

    A host of this machine need not, as far as no password is sent.
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
        plain = _is_here(url.hostname or "") and not url.username
        if url.scheme == "smtp" and (host.has_extn("starttls") or not plain):
            host.starttls(context=tls)
        if url.username:
            host.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        host.close()
        raise
    return host


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
