"""Choice of the phone number to call for a service at a location, for all pages, print and mail.

Numbers of the service at the location are first, then the service's own, those of the location, and
those of the organization. A number without a voice line (fax, pager, TTY, relay) is never the one
to call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import chain

from referral.fields.phones import phone_type
from referral.records.hsds import Phone
from referral.records.listing import Listing, ListingSite

_RELAY = "711"
_NO_VOICE = frozenset({"textphone", "fax", "pager", "video"})
# A label such as "Main line, TTY users dial 711" belongs to a voice line.
_TTY_ASIDE = re.compile(r"\b(?:tty|tdd|relay|deaf)\b[^.;]*\b(?:users?|callers?)\b.*", re.IGNORECASE)
_ALSO_VOICE = re.compile(
    r"\b(?:voice|phone|telephone|tel|call)\b\W*(?:(?:and|or)\b)?\W*\b(?:fax|tty|tdd|text)\b"
    r"|\b(?:fax|tty|tdd|text)\b\W*(?:(?:and|or)\b)?\W*\b(?:voice|phone|telephone|call)\b",
    re.IGNORECASE,
)
_OTHER_MATTERS = re.compile(
    r"\b(?:donat\w*|volunteer\w*|media|press(?! (?:[\d#*]|one|two|three|four|five|zero|option|the))"
    r"|admin(?:istrati(?:on|ve))?(?: office)?"
    r"|do not use|not for (?:referrals?|the public|clients?))\b",
    re.IGNORECASE,
)


class Reach(IntEnum):
    """The kind of contact at a phone number: a person, one for other matters, or no voice."""

    PERSON = 0
    OTHER_DESK = 1
    """A person for other matters, such as donations or the press."""
    NO_VOICE = 2


def phone_kind(phone: Phone) -> str:
    """Return the HSDS type of a phone; a label such as "TTY" corrects the type ``voice``."""
    if phone.tel == _RELAY or phone.number.strip() == _RELAY:
        return "textphone"
    if phone.type not in {"voice", ""} or _ALSO_VOICE.search(phone.description):
        return phone.type
    labeled_type = phone_type(_TTY_ASIDE.sub("", phone.description))
    return labeled_type if labeled_type in _NO_VOICE else phone.type


def reach_of(phone: Phone, service_name: str = "") -> Reach:
    """Return whom a phone reaches: a person, a person for other matters, or no voice.

    A donation line reaches the right person for a service about donations.
    """
    if phone_kind(phone) in _NO_VOICE:
        return Reach.NO_VOICE
    is_for_others = _OTHER_MATTERS.search(phone.description) and not _OTHER_MATTERS.search(
        service_name
    )
    return Reach.OTHER_DESK if is_for_others else Reach.PERSON


def dialed_number(phone: Phone) -> tuple[str, str]:
    """Return the number and extension to dial, equal for records of the same number."""
    return phone.tel or phone.number, phone.extension


def phones_at(listing: Listing, site: ListingSite | None) -> tuple[Phone, ...]:
    """Return the distinct phones of a service at a location, the one to call first."""
    name = listing.service.name
    phone_by_number: dict[tuple[str, str], Phone] = {}
    levels = (
        _phones_of_service_there(site),
        listing.phones,
        _phones_of_location(site),
        listing.organization_phones,
    )
    for phone in chain.from_iterable(levels):
        phone_by_number.setdefault(dialed_number(phone), phone)
    return tuple(
        sorted(
            phone_by_number.values(),
            key=lambda phone: (reach_of(phone, name), phone.type == "text"),
        )
    )


def phone_to_call(listing: Listing, site: ListingSite | None) -> Phone | None:
    """Return the phone to call for a service at a location; None without a voice line."""
    return next(
        (
            phone
            for phone in phones_at(listing, site)
            if phone.number and reach_of(phone) is not Reach.NO_VOICE
        ),
        None,
    )


def _phones_of_service_there(site: ListingSite | None) -> Iterator[Phone]:
    return (phone for phone in _phones_of_site(site) if phone.service_at_location_id)


def _phones_of_location(site: ListingSite | None) -> Iterator[Phone]:
    return (phone for phone in _phones_of_site(site) if not phone.service_at_location_id)


def _phones_of_site(site: ListingSite | None) -> Iterable[Phone]:
    return site.phones if site else ()
