"""My list: services that a patron has chosen, saved under a short code or sent by mail.

Neither contains the patron's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from referral.accounts.mail import Mail, send_mail
from referral.accounts.rate_limits import count_try, mailing_keys, stored_list_keys
from referral.directory.instance import Instance
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip

SESSION_KEYS = ("list", "list_code")
"""Keys in the session cookie: of the list, and of the code under which it is saved."""
MOST_CHOSEN = 25  # as many as fit on a slip


@dataclass(frozen=True, slots=True)
class MyList:
    """A patron's list of chosen services, immutable, as pairs of service id and location id.

    The location is "" if none was chosen. Changes return a new list.
    """

    items: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, items: Iterable[tuple[str, str]]) -> MyList:
        """Return a patron's list of the given services, each once, cut at ``MOST_CHOSEN``."""
        return cls(tuple(dict(items).items())[:MOST_CHOSEN])

    @property
    def places(self) -> Mapping[str, str]:
        """Return the chosen location id of each service id in a patron's list, in order."""
        return dict(self.items)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the services in a patron's list, in order."""
        return tuple(self.places)

    @property
    def is_full(self) -> bool:
        """Return whether no more services can be added to a patron's list."""
        return len(self.ids) >= MOST_CHOSEN

    def with_added(self, service_id: str, location_id: str = "") -> MyList:
        """Return a patron's list with a service at its end; unchanged if listed or full."""
        if service_id in self.places:
            return self
        return self.of((*self.items, (service_id, location_id)))

    def without(self, service_id: str) -> MyList:
        """Return a patron's list without one service."""
        return self.only(other for other in self.ids if other != service_id)

    def only(self, service_ids: Iterable[str]) -> MyList:
        """Return a patron's list of only the given services, in the given order."""
        return MyList(tuple((service_id, self.places[service_id]) for service_id in service_ids))

    def moved(self, service_id: str, step: int) -> MyList:
        """Return a patron's list with a service moved ``step`` places down (up if negative)."""
        if service_id not in self.ids:
            return self
        position = max(0, min(self.ids.index(service_id) + step, len(self.ids) - 1))
        others = self.without(service_id).ids
        return self.only((*others[:position], service_id, *others[position:]))


def save_list(instance: Instance, chosen: MyList, language: str, client: str) -> str:
    """Save a patron's list under a new code that expires, and return the code.

    Args:
        client: network address of the request; stored only as a keyed hash.

    Raises:
        RefusedError: the list has no services, or too many.
        AccountRefusedError: too many lists were saved from this address; wait.
    """
    count_try(instance, stored_list_keys(instance, client))
    items = [
        SlipItem(service_id=service_id, location_id=location_id)
        for service_id, location_id in chosen.items
    ]
    return make_slip(instance, items, language)


def mail_list(instance: Instance, mail: Mail, client: str) -> None:
    """Mail a patron's list to a typed email address, which is stored only as a keyed hash.

    Raises:
        AccountRefusedError: too many mails were sent from this client, or to this address; wait.
        MailError: the mail was not sent.
    """
    count_try(instance, mailing_keys(instance, client, mail.to))
    send_mail(instance.settings, mail)
