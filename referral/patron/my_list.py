"""A patron's list of chosen services, and its way to a phone: under a short code, or by mail.

No name goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from referral.accounts.mail import Mail, send_mail
from referral.accounts.rate_limits import count_try, keeping_keys, mailing_keys
from referral.directory.context import Directory
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip

MOST_CHOSEN = 25  # as many as a slip holds


@dataclass(frozen=True, slots=True)
class MyList:
    """Ids of services, each once. Every change gives a new list and leaves this one."""

    ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, ids: Iterable[str]) -> MyList:
        """A list of these, each once, as many as there is room for."""
        return cls(tuple(dict.fromkeys(ids))[:MOST_CHOSEN])

    @property
    def mark(self) -> str:
        """Changes with the list; "" for an empty one. It does not tell what is on it."""
        return sha256(" ".join(self.ids).encode()).hexdigest()[:12] if self.ids else ""

    @property
    def is_full(self) -> bool:
        """Whether no more can be added."""
        return len(self.ids) >= MOST_CHOSEN

    def with_added(self, service_id: str) -> MyList:
        """The service at the end; the same list where it is on it, or the list is full."""
        return self.of((*self.ids, service_id))

    def without(self, service_id: str) -> MyList:
        """The list without the service."""
        return replace(self, ids=tuple(each for each in self.ids if each != service_id))

    def moved(self, service_id: str, step: int) -> MyList:
        """The service ``step`` places further down, up where negative; never past an end."""
        if service_id not in self.ids:
            return self
        place = max(0, min(self.ids.index(service_id) + step, len(self.ids) - 1))
        others = self.without(service_id).ids
        return replace(self, ids=(*others[:place], service_id, *others[place:]))


def save_list(directory: Directory, service_ids: Iterable[str], language: str, client: str) -> str:
    """Keep the ids of these services under a new code, which ends by itself; gives the code.

    Args:
        client: the network address that asks; kept as a keyed hash only.

    Raises:
        RefusedError: there are none, or too many.
        AccountRefusedError: many lists were kept from there; wait.
    """
    count_try(directory, keeping_keys(directory, client))
    return make_slip(directory, [SlipItem(service_id=each) for each in service_ids], language)


def mail_list(directory: Directory, mail: Mail, client: str) -> None:
    """Send a list to the address that a person typed; the address is kept as a keyed hash only.

    Raises:
        AccountRefusedError: many were sent from there, or to that address; wait.
        MailError: it did not go out.
    """
    count_try(directory, mailing_keys(directory, client, mail.to))
    send_mail(directory.settings, mail)
