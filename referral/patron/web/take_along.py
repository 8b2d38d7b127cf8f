"""Ways to take a service or my list along: messages, contacts, calendars, QR code, share.

A message is written here and sent by the person's own program, so the recipient's address is never
sent to this server. A shared computer offers only print and a QR code, since a file or a message
would stay on that machine.

Calendar files (iCalendar, RFC 5545) contain the opening hours, with the time zone of the location
(``TZID`` with a ``VTIMEZONE``), as on the sign at the door: floating times would move with a person
who crosses into another zone. Events end after half a year, since calendars are not updated when a
list changes, and skip the days on which hours are not sure. They are private and do not mark the
person as busy.

Contacts are vCard files, version 3.0 (RFC 2426), not 4.0 (RFC 6350): the importer of Android's
contacts accepts only 2.1 and 3.0. A phone shows ``N`` and ``ORG``, not ``FN``, so the service's
name is in both names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from referral.directory.listings import read_service, read_services
from referral.directory.view_models import HoursBlock, ServicePage, Site
from referral.errors import NotFoundError
from referral.patron.web.listing_texts import (
    checked_line,
    chosen_place,
    hours_lines,
    name_lines,
    phone_text,
    place_lines,
    place_text,
    service_link,
    source_line,
)
from referral.patron.web.my_list_session import my_list
from referral.records.hsds import Address, Phone
from referral.records.phone_choice import phone_kind
from referral.records.schedules.opening_hours import may_differ_on
from referral.records.schedules.opening_series import OpeningSeries, opening_series
from referral.records.visibility import Audience
from referral.web.current import current_instance, current_settings, public_address
from referral.web.errors import redirect_to_survivor
from referral.web.formatting import format_phone
from referral.web.hours_labels import ask_first
from referral.web.listing_labels import web_link
from referral.web.terminal_device import is_terminal
from referral.web.translated_text import full_name_text

_LONGEST_TEXT = 480  # letters: three parts of a text message
_LONGEST_MAIL = 1800  # letters of an address with a mail in it; some programs take 2,000
take_along = Blueprint("take_along", __name__)
CALENDAR_LENGTH = timedelta(days=182)
_PRODUCT = "-//Referral//Referral//EN"
_MOST_PHONES = 5
_MOST_PLACES = 3
# vCard 3.0 types of phones; numbers of other kinds are in the note.
_VCARD_TYPES = {
    "voice": ["WORK", "VOICE"],
    "": ["WORK", "VOICE"],
    "cell": ["CELL", "VOICE"],
    "text": ["CELL", "MSG"],
    "fax": ["WORK", "FAX"],
    "pager": ["PAGER"],
    "video": ["VIDEO"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAlong:
    """The links and texts of the part "Take it with you" of a page; "" for what is not offered.

    Attributes:
        link: public address of the page, for a QR code and to share.
        title: name of the service or list.
        text: text to share beside the link.
        text_message: ``sms:`` address with the text.
        mail: ``mailto:`` address with title and text.
        contact: address of the vCard file.
        hours: address of the calendar file of opening hours.
    """

    link: str = ""
    title: str = ""
    text: str = ""
    text_message: str = ""
    mail: str = ""
    contact: str = ""
    hours: str = ""


def take_service(listing: ServicePage) -> TakeAlong:
    """Return ways to take a service along, such as a message or QR code; at a terminal a link."""
    link = service_link(listing)
    url_values: dict[str, Any] = {"service_id": listing.service.id}
    if listing.is_place_chosen:
        url_values["at"] = listing.sites[0].location.id
    if is_terminal():
        return TakeAlong(link=link)
    lines = [*name_lines(listing), *_fact_lines(listing)]
    return TakeAlong(
        link=link,
        title=full_name_text(listing),
        text="\n".join(lines),
        text_message=_text_message_address(["\n".join(lines)], link),
        mail=_mail_address(full_name_text(listing), ["\n".join(lines)], link),
        contact=url_for("take_along.contact", **url_values) if listing.phone else "",
        hours=url_for("take_along.hours", **url_values) if _has_hours(listing) else "",
    )


def take_list(listings: Sequence[ServicePage], link: str = "") -> TakeAlong:
    """Return the ways to take a patron's list along; none at a terminal or if it is empty.

    Args:
        listings: the services on the list.
        link: address of the list for another device, "" if it is not saved under a code.
    """
    if is_terminal() or not listings:
        return TakeAlong()
    short_blocks = [
        ": ".join(filter(None, [full_name_text(listing), phone_text(listing)]))
        for listing in listings
    ]
    long_blocks = [
        "\n".join([*name_lines(listing), *_fact_lines(listing), service_link(listing), ""])
        for listing in listings
    ]
    title = str(gettext("My list of places that help"))
    return TakeAlong(
        link=link,
        title=title,
        text=_blocks_that_fit(short_blocks, "", lambda text: len(text) <= _LONGEST_MAIL),
        text_message=_text_message_address(short_blocks, link),
        mail=_mail_address(title, long_blocks, link),
        contact=url_for("take_along.list_contacts"),
        hours=url_for("take_along.list_hours") if any(map(_has_hours, listings)) else "",
    )


def _has_hours(listing: ServicePage) -> bool:
    return next(timetables(listing), None) is not None


def _fact_lines(listing: ServicePage) -> list[str]:
    """Return the lines of a message with the phone, locations and hours of a service."""
    facts = [phone_text(listing), *place_lines(listing), *hours_lines(listing)]
    return list(filter(None, facts))


def _text_message_address(blocks: Sequence[str], link: str) -> str:
    """Return an ``sms:`` URL without a number and with ``body``, for iOS and Android."""
    text = _blocks_that_fit(blocks, link, lambda text: len(text) <= _LONGEST_TEXT)
    return f"sms:?&body={quote(text, safe='')}"


def _mail_address(subject: str, blocks: Sequence[str], link: str) -> str:
    """Return a ``mailto:`` URL (RFC 6068) without a recipient."""
    start = f"mailto:?subject={_encoded(subject)}&body="
    room = _LONGEST_MAIL - len(start)
    return start + _encoded(
        _blocks_that_fit(blocks, link, lambda text: len(_encoded(text)) <= room)
    )


def _blocks_that_fit(blocks: Sequence[str], link: str, fits: Callable[[str], bool]) -> str:
    """Join as many services as fit into a message, the number of the others, and the link.

    If not even the first block fits, lines are removed from its end.
    """
    for count in range(len(blocks), 0, -1):
        omitted = len(blocks) - count
        more = (
            ngettext("and %(num)s more place", "and %(num)s more places", omitted)
            if omitted
            else ""
        )
        text = "\n".join(filter(None, [*blocks[:count], str(more), link]))
        if fits(text):
            return text
    lines = blocks[0].split("\n")
    while len(lines) > 1 and not fits("\n".join([*lines, link])):
        lines.pop()
    return "\n".join(filter(None, [*lines, link]))


def _encoded(text: str) -> str:
    """Encode a text for a ``mailto:`` URL, with line breaks as CR LF."""
    return quote(text.replace("\n", "\r\n"), safe="")


take_along.register_error_handler(NotFoundError, redirect_to_survivor)

_CALENDAR, _CONTACT = "text/calendar", "text/vcard"


@take_along.before_request
def refuse_at_terminal() -> None:
    """Answer 404 at a terminal to a request for a file, which would stay there."""
    if is_terminal():
        abort(404)


@take_along.get("/services/<uuid:service_id>/contact")
def contact(service_id: UUID) -> ResponseReturnValue:
    """Send a service's contact (vCard) for a phone's address book."""
    return _file(contact_file([_service(service_id)]), _CONTACT, "contact.vcf")


@take_along.get("/services/<uuid:service_id>/hours")
def hours(service_id: UUID) -> ResponseReturnValue:
    """Send the calendar of a service's opening hours."""
    return _file(hours_calendar([_service(service_id)]), _CALENDAR, "hours.ics")


@take_along.get("/my-list/contacts")
def list_contacts() -> ResponseReturnValue:
    """Send the contacts (vCards) of all services on the patron's list."""
    return _file(contact_file(_chosen_services()), _CONTACT, "contacts.vcf")


@take_along.get("/my-list/hours")
def list_hours() -> ResponseReturnValue:
    """Send the calendar of the opening hours of all services on the patron's list."""
    return _file(hours_calendar(_chosen_services()), _CALENDAR, "hours.ics")


def _service(service_id: UUID) -> ServicePage:
    return read_service(current_instance(), str(service_id), Audience.PUBLIC, chosen_place())


def _chosen_services() -> tuple[ServicePage, ...]:
    return read_services(current_instance(), my_list().ids, Audience.PUBLIC, my_list().places)


def _file(content: bytes, media_type: str, name: str) -> Response:
    """Return a contact or calendar file that phones open at once.

    Its name does not reveal the service.
    """
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def hours_calendar(listings: Iterable[ServicePage]) -> bytes:
    """Return the opening hours of services for half a year, as a calendar of recurring events."""
    # Imported here: the import takes 0.1 s, and only downloads need it.
    from icalendar import Calendar  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for listing in listings:
        for event in _hours_events(listing):
            calendar.add_component(event)
    today = current_instance().now().date()
    calendar.add_missing_timezones(today - timedelta(days=366), today + 2 * CALENDAR_LENGTH)
    return bytes(calendar.to_ical())


def timetables(listing: ServicePage) -> Iterator[tuple[HoursBlock, Site | None]]:
    """Yield the opening hours of a service for a calendar, each with its location.

    With a chosen location, only its hours are yielded.

    Hours around the clock need no calendar, and a service that is closed for now has none.
    """
    if listing.service.status == "temporarily closed":
        return
    is_single = len(listing.sites) == 1 or listing.is_place_chosen
    single = listing.sites[0] if is_single else None
    pairs: list[tuple[HoursBlock, Site | None]] = [(listing.hours, single)]
    if not (is_single or listing.has_same_hours):
        pairs = [(site.hours, site) for site in listing.sites]
    yield from ((hours, site) for hours, site in pairs if hours.schedules and not hours.always)


def _hours_events(listing: ServicePage) -> Iterator[Any]:
    own_holidays = current_settings().holidays
    for hours, site in timetables(listing):
        today = current_instance().now().astimezone(ZoneInfo(hours.zone)).date()

        def is_unsure(day: date, hours: HoursBlock = hours) -> bool:
            return may_differ_on(hours.schedules, day, own_holidays)

        for series in opening_series(hours.schedules, today, today + CALENDAR_LENGTH, is_unsure):
            yield _hours_event(listing, hours, site, series)


def _hours_event(
    listing: ServicePage, hours: HoursBlock, site: Site | None, series: OpeningSeries
) -> Any:
    """Return a calendar event of opening hours.

    Its ``uid`` depends on service, location, hours, rule and first day.
    """
    from icalendar import Event  # noqa: PLC0415  # as above

    opens, closes = series.span
    zone = ZoneInfo(hours.zone)
    location_id = site.location.id if site else ""
    identity = f"{location_id} {series.span} {series.freq} {series.byday} {series.days[0]}"
    event = Event()
    host = urlsplit(public_address()).hostname or "localhost"
    event.add("uid", f"{uuid5(UUID(listing.service.id), identity)}@{host}")
    event.add("dtstamp", current_instance().now())
    event.add("summary", gettext("Open: %(name)s", name=full_name_text(listing)))
    event.add("description", _event_description(listing, hours))
    event.add("url", service_link(listing))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("dtstart", _wall_time(series.days[0], opens, zone))
    event.add("dtend", _wall_time(series.days[0], closes, zone))
    if site:
        event.add("location", place_text(site))
    if series.freq:
        until = _wall_time(series.days[-1], opens, zone).astimezone(ZoneInfo("UTC"))
        rule = {"freq": series.freq, "byday": list(series.byday), "until": until}
        event.add("rrule", rule | ({"interval": series.interval} if series.interval > 1 else {}))
    if series.skipped:
        event.add("exdate", [_wall_time(day, opens, zone) for day in series.skipped])
    return event


def _event_description(listing: ServicePage, hours: HoursBlock) -> str:
    of_building = gettext("The building’s hours. Ask if this service has the same.")
    lines = [
        phone_text(listing),
        of_building if hours.is_of_building else "",
        " ".join((gettext("Hours may differ on a holiday."), ask_first(listing.phone))),
        checked_line(listing),
        service_link(listing),
        source_line(),
    ]
    return "\n".join(filter(None, lines))


def _wall_time(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the clock time a number of minutes after midnight, possibly on the next day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone)


def contact_file(listings: Iterable[ServicePage]) -> bytes:
    """Return the contacts of services as one vCard file."""
    return b"".join(bytes(_contact_card(listing).to_ical()) for listing in listings)


def _contact_card(listing: ServicePage) -> Any:
    # Imported here: the import takes 0.1 s, and only downloads need it.
    from icalendar import Component, vN, vOrg, vText  # noqa: PLC0415

    card = Component()
    card.name = "VCARD"
    card.canonical_order = ("VERSION", "FN", "N", "ORG")
    card.add("version", "3.0")
    card.add("uid", f"urn:uuid:{listing.service.id}")
    card.add("rev", vText(f"{current_instance().now():%Y-%m-%dT%H:%M:%SZ}"))
    card.add("fn", vText(full_name_text(listing)))
    card.add("n", vN((full_name_text(listing), "", "", "", "")))
    if listing.organization:
        card.add("org", vOrg((listing.organization.name,)))
    for number, phone in enumerate(_numbers_with_type(listing)):
        kinds = [*_VCARD_TYPES[phone_kind(phone)], *(["PREF"] if number == 0 else [])]
        card.add("tel", vText(phone.tel or phone.number), parameters={"TYPE": kinds})
    for site in listing.sites[:_MOST_PLACES]:
        if site.address and site.address.address_1:
            card.add("adr", _postal_address(site.address), parameters={"TYPE": "WORK"})
    if "@" in listing.service.email:
        card.add("email", vText(listing.service.email))
    card.add("url", web_link(listing.service.url) or service_link(listing))
    card.add("note", vText("\n".join(_contact_note(listing))))
    return card


def _numbers_with_type(listing: ServicePage) -> list[Phone]:
    return [phone for phone in listing.phones if phone_kind(phone) in _VCARD_TYPES][:_MOST_PHONES]


def _postal_address(address: Address) -> Any:
    from icalendar import vAdr  # noqa: PLC0415  # as above

    return vAdr(
        (
            "", address.address_2, address.address_1, address.city,
            address.state_province, address.postal_code, address.country,
        )
    )  # fmt: skip


def _contact_note(listing: ServicePage) -> list[str]:
    """Return the note of a service's vCard: extensions, hours, withheld locations, source."""
    numbers_with_type = _numbers_with_type(listing)
    numbers = [
        format_phone(phone)
        for phone in listing.phones[:_MOST_PHONES]
        if phone.extension or phone not in numbers_with_type
    ]
    hours = [gettext("Hours: %(hours)s", hours=line) for line in hours_lines(listing)]
    withheld = [] if listing.sites else place_lines(listing)
    documents = "; ".join(document.document for document in listing.documents)
    bring = [gettext("Bring: %(things)s", things=documents)] if documents else []
    closing = [checked_line(listing), service_link(listing), source_line()]
    return [*numbers, *withheld, *hours, *bring, *closing]
