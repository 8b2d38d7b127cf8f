"""Pages of capacity for staff: state it, see who stated it, create links for providers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from referral.capacity.capacity_links import (
    end_capacity_link,
    list_capacity_links,
    make_capacity_link,
)
from referral.capacity.records import MOST_FREE, StatementSource
from referral.capacity.statements import add_desk_statement, read_statements
from referral.directory.listings import read_service
from referral.errors import RefusedError
from referral.records.accounts import Permission
from referral.records.current_capacity import CAPACITY_LASTS
from referral.records.visibility import Audience
from referral.web.current import current_instance, path_below, public_address
from referral.web.forms import PressForm
from referral.web.listing_labels import UNIT_LABELS
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires, safe_redirect_path

capacity = Blueprint("capacity", __name__, url_prefix="/staff/room")
SAY = Permission.SEE_STAFF_ONLY
_SOURCE_LABELS = {
    StatementSource.PROVIDER: lazy_gettext("The place, by its link"),
    StatementSource.DESK: lazy_gettext("Staff"),
}


def part_values(service_id: str) -> Mapping[str, Any]:
    """Return the template values of the capacity form; the last stated unit is preselected."""
    statements = read_statements(current_instance(), service_id)
    return {
        "service_id": service_id,
        "units": UNIT_LABELS,
        "last_unit": statements[0].unit if statements else "",
        "most": MOST_FREE,
        "back": request.full_path.rstrip("?") if request.method == "GET" else "",
        "press": PressForm(),
    }


@capacity.get("/<uuid:service_id>")
@requires(SAY)
def service(service_id: UUID) -> ResponseReturnValue:
    """Show staff the capacity statements of a service, and the links of providers."""
    return _capacity_page(str(service_id))


@capacity.post("/<uuid:service_id>")
@requires(SAY)
def say(service_id: UUID) -> ResponseReturnValue:
    """Store the free capacity of a service that a staff member states."""
    number_text = request.form.get("full") or request.form.get("available", "")
    next_path = request.form.get("next", "")
    try:
        add_desk_statement(
            current_instance(),
            current_account().actor,
            str(service_id),
            request.form.get("unit", ""),
            parse_number(number_text),
        )
    except RefusedError as error:
        return _capacity_page(str(service_id), problem=message_text(error.message)), 400
    flash(gettext("Saved. It shows on the listing now."), "capacity")
    return redirect(
        safe_redirect_path(next_path)
        if next_path
        else url_for("capacity.service", service_id=service_id)
    )


@capacity.post("/<uuid:service_id>/link")
@requires(SAY, confirmed=True)
def make_link(service_id: UUID) -> ResponseReturnValue:
    """Create the link with which a provider states capacity, and show it once."""
    try:
        link = make_capacity_link(
            current_instance(),
            current_account().actor,
            str(service_id),
            request.form.get("unit", ""),
        )
    except RefusedError as error:
        return _capacity_page(str(service_id), problem=message_text(error.message)), 400
    address = public_address() + path_below(url_for("room.ask", token=link.token))
    return render_template(
        "capacity/link.html", link=link, address=address, service_id=str(service_id)
    )


@capacity.post("/<uuid:service_id>/link/end")
@requires(SAY)
def end_link(service_id: UUID) -> ResponseReturnValue:
    """End a provider's capacity link of a service for a unit."""
    end_capacity_link(
        current_instance(),
        current_account().actor,
        str(service_id),
        request.form.get("unit", ""),
    )
    flash(gettext("The link does not work any more."), "capacity")
    return redirect(url_for("capacity.service", service_id=service_id))


def parse_number(text: str) -> int:
    """Return the whole number typed as free capacity; -1, which is refused, for other text."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("10000") else -1


def _capacity_page(service_id: str, problem: str = "") -> str:
    instance = current_instance()
    return render_template(
        "capacity/service.html",
        listing=read_service(instance, service_id, Audience.STAFF),
        statements=read_statements(instance, service_id),
        links=list_capacity_links(instance, service_id),
        ways=_SOURCE_LABELS,
        hours=CAPACITY_LASTS // timedelta(hours=1),
        problem=problem,
        **{**part_values(service_id), "back": ""},
    )
