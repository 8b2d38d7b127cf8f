"""Contacts of services as a vCard file.

Version 3.0 (RFC 2426), not 4.0 (RFC 6350): the importer of Android's contacts tries 2.1 and 3.0 and
nothing else. A phone shows ``N`` and ``ORG``, not ``FN``: so the service's name is in both names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext

from referral.directory.view_models import ServicePage
from referral.patron.web.listing_texts import (
    checked_line,
    hours_lines,
    place_lines,
    service_link,
    source_line,
)
from referral.records.directory import Address, Phone
from referral.records.phone_choice import phone_kind
from referral.web.current import current_directory
from referral.web.formatting import format_phone
from referral.web.listing_labels import web_link
from referral.web.translated_text import full_name_text

_MOST_PHONES = 5
_MOST_PLACES = 3
# What 3.0 has a word for; a number of another kind is in the note.
_TYPES = {
    "voice": ["WORK", "VOICE"],
    "": ["WORK", "VOICE"],
    "cell": ["CELL", "VOICE"],
    "text": ["CELL", "MSG"],
    "fax": ["WORK", "FAX"],
    "pager": ["PAGER"],
    "video": ["VIDEO"],
}


def contact_file(listings: Iterable[ServicePage]) -> bytes:
    """The contacts of services, one card for each."""
    return b"".join(bytes(_card(listing).to_ical()) for listing in listings)


def _card(listing: ServicePage) -> Any:
    # Imported here: it takes a tenth of a second, and only a download asks.
    from icalendar import Component, vN, vOrg, vText  # noqa: PLC0415

    card = Component()
    card.name = "VCARD"
    card.canonical_order = ("VERSION", "FN", "N", "ORG")
    card.add("version", "3.0")
    card.add("uid", f"urn:uuid:{listing.service.id}")
    card.add("rev", vText(f"{current_directory().now():%Y-%m-%dT%H:%M:%SZ}"))
    card.add("fn", vText(full_name_text(listing)))
    card.add("n", vN((full_name_text(listing), "", "", "", "")))
    if listing.organization:
        card.add("org", vOrg((listing.organization.name,)))
    for number, phone in enumerate(_typed(listing)):
        kinds = [*_TYPES[phone_kind(phone)], *(["PREF"] if number == 0 else [])]
        card.add("tel", vText(phone.tel or phone.number), parameters={"TYPE": kinds})
    for site in listing.sites[:_MOST_PLACES]:
        if site.address and site.address.address_1:
            card.add("adr", _address(site.address), parameters={"TYPE": "WORK"})
    if "@" in listing.service.email:
        card.add("email", vText(listing.service.email))
    card.add("url", web_link(listing.service.url) or service_link(listing))
    card.add("note", vText("\n".join(_note(listing))))
    return card


def _typed(listing: ServicePage) -> list[Phone]:
    return [each for each in listing.phones if phone_kind(each) in _TYPES][:_MOST_PHONES]


def _address(address: Address) -> Any:
    from icalendar import vAdr  # noqa: PLC0415  # as above

    return vAdr(
        (
            "", address.address_2, address.address_1, address.city,
            address.state_province, address.postal_code, address.country,
        )
    )  # fmt: skip


def _note(listing: ServicePage) -> list[str]:
    """What a card has no field for: extensions, hours, private places, where it is from."""
    typed = _typed(listing)
    numbers = [
        format_phone(phone)
        for phone in listing.phones[:_MOST_PHONES]
        if phone.extension or phone not in typed
    ]
    hours = [gettext("Hours: %(hours)s", hours=line) for line in hours_lines(listing)]
    private = [] if listing.sites else place_lines(listing)
    documents = "; ".join(each.document for each in listing.documents)
    bring = [gettext("Bring: %(things)s", things=documents)] if documents else []
    end = [checked_line(listing), service_link(listing), source_line()]
    return [*numbers, *private, *hours, *bring, *end]
