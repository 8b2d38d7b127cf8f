"""A person's own list on its way to a phone: kept under a code, or mailed. No name goes with it."""

from __future__ import annotations

from collections.abc import Iterable

from referral.accounts.mail import Mail, send_mail
from referral.accounts.rate_limits import (
    count_try,
    keeping_key,
    mailing_keys,
)
from referral.directory.context import Directory
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip


def keep_list(directory: Directory, service_ids: Iterable[str], language: str, client: str) -> str:
    """Keep the ids of these services under a new code, which ends by itself; gives the code.

    Args:
        client: the network address that asks; kept as a keyed hash only.

    Raises:
        RefusedError: there are none, or too many.
        AccountRefusedError: many lists were kept from there; wait.
    """
    count_try(directory, [keeping_key(directory, client)])
    return make_slip(directory, [SlipItem(service_id=each) for each in service_ids], language)


def mail_list(directory: Directory, mail: Mail, client: str) -> None:
    """Send a list to the address that a person typed; the address is kept as a keyed hash only.

    Raises:
        AccountRefusedError: many were sent from there, or to that address; wait.
        MailError: it did not go out.
    """
    count_try(directory, mailing_keys(directory, client, mail.to))
    send_mail(directory.settings, mail)
