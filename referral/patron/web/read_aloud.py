"""Texts of a service that the browser's own voice reads aloud, each with its language.

``static/patron/read_aloud.js`` reads them, with voices of the device only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flask_babel import gettext

from referral.directory.view_models import HoursBlock, ServicePage
from referral.fields.phones import SHORT_CODES
from referral.fields.text import whole_sentences
from referral.patron.web.how_to_start import how_to_start
from referral.patron.web.listing_texts import place_text, private_address, street_text
from referral.records.hsds import Phone
from referral.web.hours_labels import hours_line, hours_not_known, schedule_parts
from referral.web.i18n.page_language import page_language
from referral.web.translated_text import TranslatedText, translated

_LONGEST = 320  # letters of a description; a listener cannot skip


def spoken_parts(listing: ServicePage, *, in_full: bool = True) -> list[TranslatedText]:
    """Return texts that the browser reads aloud for a service: name, how to start, hours, location.

    Args:
        listing: the service.
        in_full: whether to include description and how to start; lists are read without.
    """
    language = page_language()
    parts = [translated(listing, "name")]
    if in_full:
        parts += _spoken_about(listing)
    phone = listing.phone
    if phone:
        sentence = gettext("The phone number is %(digits)s.", digits=spoken_number(phone))
        parts.append(TranslatedText(sentence, language))
    parts += _spoken_hours(listing)
    parts += _spoken_place(listing)
    if listing.documents:
        parts.append(TranslatedText(gettext("Bring:"), language))
        parts += [TranslatedText(document.document) for document in listing.documents]
    return [part for part in parts if part.text.strip()]


def spoken_list(listings: Iterable[ServicePage]) -> list[TranslatedText]:
    """Return texts that the browser reads aloud for a list of services, without descriptions."""
    return [part for listing in listings for part in spoken_parts(listing, in_full=False)]


def spoken_number(phone: Phone) -> str:
    """Return a phone number for reading aloud, digit by digit: ``8 1 4, 5 5 5, 0 1 2 3``."""
    tel = phone.tel.removeprefix("+1") if len(phone.tel) == len("+18145550123") else phone.tel
    if phone.tel in SHORT_CODES or not tel:
        groups = [tel or phone.number]
    elif len(tel) == len("8145550123"):
        groups = [tel[:3], tel[3:6], tel[6:]]
    else:
        groups = [tel]
    digits = ", ".join(" ".join(filter(str.isalnum, group)) for group in groups)
    if not phone.extension:
        return digits
    extension = gettext("extension %(digits)s", digits=" ".join(phone.extension))
    return f"{digits}, {extension}"


def _spoken_about(listing: ServicePage) -> Iterator[TranslatedText]:
    description = translated(listing, "description")
    yield replace(description, text=whole_sentences(description.text, _LONGEST))
    if listing.service.status == "temporarily closed":
        yield TranslatedText(gettext("Closed for now."), page_language())
    yield translated(listing, "alert")
    start = how_to_start(listing)
    yield from start.limits
    yield TranslatedText(start.step, page_language())


def _spoken_hours(listing: ServicePage) -> Iterator[TranslatedText]:
    if listing.service.status == "temporarily closed":
        return
    language = page_language()
    if not listing.has_same_hours:
        yield TranslatedText(gettext("Each place has its own hours. See the page."), language)
        return
    texts = list(_spoken_opening_hours(listing.hours))
    unknown = TranslatedText(hours_not_known(listing.phone), language)
    yield from texts or [unknown]


def _spoken_opening_hours(hours: HoursBlock) -> Iterator[TranslatedText]:
    """Yield opening hours for reading aloud in the page's language.

    Free text is in the language of the source list.
    """
    language = page_language()
    for part in hours.parts:
        if part.label:
            yield TranslatedText(part.label)
        if line := hours_line(replace(part, groups=(), others=())):
            yield TranslatedText(gettext("Hours: %(hours)s", hours=line), language)
        for rule in part.others:
            text, as_listed = schedule_parts(rule)
            yield from (TranslatedText(text, language), TranslatedText(as_listed))
    if hours.is_of_building:
        text = gettext("The building’s hours. Ask if this service has the same.")
        yield TranslatedText(text, language)


def _spoken_place(listing: ServicePage) -> Iterator[TranslatedText]:
    language = page_language()
    if listing.sites:
        site = listing.sites[0]
        if site.address and site.address.address_1:
            yield TranslatedText(place_text(site))
        else:
            yield TranslatedText(site.location.name)
            yield TranslatedText(street_text(site), language)
    elif listing.place_withheld:
        yield TranslatedText(private_address(listing.phone), language)
