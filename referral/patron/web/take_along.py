"""Ways to take a service or my list along: messages, contacts, calendar, code, share.

A message is written here and sent by the person's own program, to whom they choose there: no
address comes to this server. At a shared computer there is only print and a code, since a
file or a message would stay on that machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from referral.directory.listings import read_service, read_services
from referral.directory.view_models import ServicePage
from referral.errors import NotFoundError
from referral.patron.web.calendar_file import hours_calendar, timetables
from referral.patron.web.chosen_place import chosen_place
from referral.patron.web.contact_file import contact_file
from referral.patron.web.listing_texts import (
    hours_lines,
    name_lines,
    phone_text,
    place_lines,
    service_link,
)
from referral.patron.web.my_list_session import my_list
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.errors import redirect_to_survivor
from referral.web.terminal_device import is_terminal
from referral.web.translated_text import full_name_text

_LONGEST_TEXT = 480  # letters: three parts of a text message
_LONGEST_MAIL = 1800  # letters of an address with a mail in it; some programs take 2,000


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAlong:
    """What the part "Take it with you" of a page offers; "" stands for what cannot be had.

    Attributes:
        link: public address of the page, for a code and to share.
        title: name of what is shared.
        text: what is shared beside the link.
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
    """Ways to take one service along."""
    link = service_link(listing)
    about: dict[str, Any] = {"service_id": listing.service.id}
    if listing.is_place_chosen:
        about["at"] = listing.sites[0].location.id
    if is_terminal():
        return TakeAlong(link=link)
    lines = [*name_lines(listing), *_facts(listing)]
    return TakeAlong(
        link=link,
        title=full_name_text(listing),
        text="\n".join(lines),
        text_message=_text_message(["\n".join(lines)], link),
        mail=_mail(full_name_text(listing), ["\n".join(lines)], link),
        contact=url_for("take_along.contact", **about) if listing.phone else "",
        hours=url_for("take_along.hours", **about) if _has_hours(listing) else "",
    )


def take_list(listings: Sequence[ServicePage], link: str = "") -> TakeAlong:
    """Ways to take a list along.

    Args:
        listings: what is on it.
        link: its address for another device, "" where it is kept under no code.
    """
    if is_terminal() or not listings:
        return TakeAlong()
    short = [": ".join(filter(None, [full_name_text(each), phone_text(each)])) for each in listings]
    long = ["\n".join([*name_lines(each), *_facts(each), service_link(each), ""])
            for each in listings]  # fmt: skip
    title = str(gettext("My list of places that help"))
    return TakeAlong(
        link=link,
        title=title,
        text=_joined(short, "", lambda text: len(text) <= _LONGEST_MAIL),
        text_message=_text_message(short, link),
        mail=_mail(title, long, link),
        contact=url_for("take_along.list_contacts"),
        hours=url_for("take_along.list_hours") if any(map(_has_hours, listings)) else "",
    )


def _has_hours(listing: ServicePage) -> bool:
    return next(timetables(listing), None) is not None


def _facts(listing: ServicePage) -> list[str]:
    """How to reach a service, where, and when."""
    facts = [phone_text(listing), *place_lines(listing), *hours_lines(listing)]
    return list(filter(None, facts))


def _text_message(blocks: Sequence[str], link: str) -> str:
    """What iOS and Android both read: ``sms:``, no number, and the text as ``body``."""
    text = _joined(blocks, link, lambda text: len(text) <= _LONGEST_TEXT)
    return f"sms:?&body={quote(text, safe='')}"


def _mail(subject: str, blocks: Sequence[str], link: str) -> str:
    """An RFC 6068 address without a recipient."""
    start = f"mailto:?subject={_encoded(subject)}&body="
    room = _LONGEST_MAIL - len(start)
    return start + _encoded(_joined(blocks, link, lambda text: len(_encoded(text)) <= room))


def _joined(blocks: Sequence[str], link: str, fits: Callable[[str], bool]) -> str:
    """As many of the blocks as fit, how many more there are, and the link.

    One block alone, which does not fit, is cut between its lines.
    """
    for count in range(len(blocks), 0, -1):
        left = len(blocks) - count
        more = ngettext("and %(num)s more place", "and %(num)s more places", left) if left else ""
        text = "\n".join(filter(None, [*blocks[:count], str(more), link]))
        if fits(text):
            return text
    lines = blocks[0].split("\n")
    while len(lines) > 1 and not fits("\n".join([*lines, link])):
        lines.pop()
    return "\n".join(filter(None, [*lines, link]))


def _encoded(text: str) -> str:
    """Part of a ``mailto:`` address; its lines end with CR LF."""
    return quote(text.replace("\n", "\r\n"), safe="")


take_along = Blueprint("take_along", __name__)
take_along.register_error_handler(NotFoundError, redirect_to_survivor)

_CALENDAR, _CONTACT = "text/calendar", "text/vcard"


@take_along.before_request
def refuse_at_terminal() -> None:
    """Say that there is no such page, where a file would stay."""
    if is_terminal():
        abort(404)


@take_along.get("/services/<uuid:service_id>/contact")
def contact(service_id: UUID) -> ResponseReturnValue:
    """Give the contact of a service."""
    return _file(contact_file([_service(service_id)]), _CONTACT, "contact.vcf")


@take_along.get("/services/<uuid:service_id>/hours")
def hours(service_id: UUID) -> ResponseReturnValue:
    """Give the opening hours of a service."""
    return _file(hours_calendar([_service(service_id)]), _CALENDAR, "hours.ics")


@take_along.get("/my-list/contacts")
def list_contacts() -> ResponseReturnValue:
    """Give the contacts of all services on the list."""
    return _file(contact_file(_chosen_services()), _CONTACT, "contacts.vcf")


@take_along.get("/my-list/hours")
def list_hours() -> ResponseReturnValue:
    """Give the opening hours of all services on the list."""
    return _file(hours_calendar(_chosen_services()), _CALENDAR, "hours.ics")


def _service(service_id: UUID) -> ServicePage:
    return read_service(current_directory(), str(service_id), Audience.PUBLIC, chosen_place())


def _chosen_services() -> tuple[ServicePage, ...]:
    return read_services(current_directory(), my_list().ids, Audience.PUBLIC, my_list().places)


def _file(content: bytes, kind: str, name: str) -> Response:
    """A file that phones open at once, and other browsers save; its name says nothing."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
