"""Files to take along: contacts and calendars, of one service or of my list.

There are none at a shared computer, where a file would stay for the next person.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from referral.directory.listings import read_service, read_services
from referral.directory.view_models import ServicePage
from referral.errors import NotFoundError
from referral.patron.web.calendar_file import hours_calendar
from referral.patron.web.chosen_place import chosen_place
from referral.patron.web.contact_file import contact_file
from referral.patron.web.my_list_session import my_list
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.redirects import redirect_to_survivor
from referral.web.terminal_device import is_terminal

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
