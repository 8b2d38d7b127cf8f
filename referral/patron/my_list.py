"""A patron's list of chosen services, and its way to a phone: under a short code, or by mail.

No name goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from referral.accounts.mail import Mail, send_mail
from referral.accounts.rate_limits import count_try, keeping_keys, mailing_keys
from referral.directory.context import Directory
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip

SESSION_KEYS = ("list", "list_code")
"""Where the session cookie has the list, and the code under which it is kept."""
MOST_CHOSEN = 25  # as many as a slip holds


@dataclass(frozen=True, slots=True)
class MyList:
    """Ids of services, each once, and of the places at which they were chosen ("" for none).

    Every change gives a new list and leaves this one.
    """

    items: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, items: Iterable[tuple[str, str]]) -> MyList:
        """A list of these services and places, each service once, as many as there is room for."""
        return cls(tuple(dict(items).items())[:MOST_CHOSEN])

    @property
    def places(self) -> Mapping[str, str]:
        """The place of each service, in order."""
        return dict(self.items)

    @property
    def ids(self) -> tuple[str, ...]:
        """The services, in order."""
        return tuple(self.places)

    @property
    def is_full(self) -> bool:
        """Whether no more can be added."""
        return len(self.ids) >= MOST_CHOSEN

    def with_added(self, service_id: str, location_id: str = "") -> MyList:
        """The service at the end; the same list where it is on it, or the list is full."""
        if service_id in self.places:
            return self
        return self.of((*self.items, (service_id, location_id)))

    def without(self, service_id: str) -> MyList:
        """The list without the service."""
        return self.only(each for each in self.ids if each != service_id)

    def only(self, service_ids: Iterable[str]) -> MyList:
        """These of its services, in this order."""
        return MyList(tuple((each, self.places[each]) for each in service_ids))

    def moved(self, service_id: str, step: int) -> MyList:
        """The service ``step`` places further down, up where negative; never past an end."""
        if service_id not in self.ids:
            return self
        place = max(0, min(self.ids.index(service_id) + step, len(self.ids) - 1))
        others = self.without(service_id).ids
        return self.only((*others[:place], service_id, *others[place:]))


def save_list(directory: Directory, chosen: MyList, language: str, client: str) -> str:
    """Keep a list under a new code, which ends by itself; gives the code.

    Args:
        client: the network address that asks; kept as a keyed hash only.

    Raises:
        RefusedError: there are none, or too many.
        AccountRefusedError: many lists were kept from there; wait.
    """
    count_try(directory, keeping_keys(directory, client))
    items = [SlipItem(service_id=each, location_id=at) for each, at in chosen.items]
    return make_slip(directory, items, language)


def mail_list(directory: Directory, mail: Mail, client: str) -> None:
    """Send a list to the address that a person typed; the address is kept as a keyed hash only.

    Raises:
        AccountRefusedError: many were sent from there, or to that address; wait.
        MailError: it did not go out.
    """
    count_try(directory, mailing_keys(directory, client, mail.to))
    send_mail(directory.settings, mail)
