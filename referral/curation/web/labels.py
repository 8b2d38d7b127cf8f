"""What the form of a record calls its parts and choices, and its hints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

SECTIONS: Mapping[str, Any] = {
    "phone": lazy_gettext("Phones"),
    "contact": lazy_gettext("Contact persons"),
    "address": lazy_gettext("Addresses"),
    "schedule": lazy_gettext("Seasons, exceptions and hours in words"),
    "service_area": lazy_gettext("Areas served"),
    "language": lazy_gettext("Languages spoken"),
    "accessibility": lazy_gettext("Access for disabled people"),
    "cost_option": lazy_gettext("Prices"),
    "required_document": lazy_gettext("What to bring"),
    "service_at_location": lazy_gettext("Places"),
}
ADD: Mapping[str, Any] = {
    "phone": lazy_gettext("Add a phone"),
    "contact": lazy_gettext("Add a contact person"),
    "address": lazy_gettext("Add an address"),
    "schedule": lazy_gettext("Add a season, exception or words"),
    "service_area": lazy_gettext("Add an area"),
    "language": lazy_gettext("Add a language"),
    "accessibility": lazy_gettext("Add access"),
    "cost_option": lazy_gettext("Add a price"),
    "required_document": lazy_gettext("Add something to bring"),
    "service_at_location": lazy_gettext("Add a place"),
}
HINTS: Mapping[str, Any] = {
    "service.name": lazy_gettext("Say what people get, in words they would use."),
    "service.description": lazy_gettext("Short sentences. What can a person get there?"),
    "keywords": lazy_gettext("Separate them with |. They help search; nobody sees them."),
    "alert": lazy_gettext("Such as: closed for repairs until May."),
    "fees_description": lazy_gettext("Write Free when it costs nothing."),
    "minimum_age": lazy_gettext("In years. Leave it empty when any age will do."),
    "assured_date": lazy_gettext("The day somebody last asked them whether all is right."),
    "latitude": lazy_gettext("Leave both empty, and we take the middle of the ZIP code."),
    "address.visibility": lazy_gettext(
        "If one street address is withheld, the whole place is: name, map, phones and hours."
    ),
    "area_codes": lazy_gettext(
        "ZIP codes or states: separate with commas. Cities and counties: one on each line."
    ),
    "byday": lazy_gettext("As MO,TU or 2TU."),
    "language.name": lazy_gettext("Such as Spanish, or American Sign Language."),
    "number": lazy_gettext("With its area code."),
}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "visibility": {
        "public": lazy_gettext("Everybody"),
        "staff": lazy_gettext("Staff only: the public does not see it"),
        "withheld": lazy_gettext("Withheld: only those who edit records see it"),
    },
    "status": {
        "active": lazy_gettext("Active"),
        "temporarily closed": lazy_gettext("Closed for now (shown, with a note)"),
        "inactive": lazy_gettext("Inactive (only staff see it)"),
        "defunct": lazy_gettext("Ended (nobody is shown it)"),
    },
    "location_type": {
        "physical": lazy_gettext("A place people go to"),
        "postal": lazy_gettext("Only mail goes there"),
        "virtual": lazy_gettext("Online or by phone"),
    },
    "address_type": {
        "physical": lazy_gettext("Street address"),
        "postal": lazy_gettext("Mail address"),
        "virtual": lazy_gettext("Online"),
    },
    "type": {
        "voice": lazy_gettext("Voice"),
        "hotline": lazy_gettext("Hotline"),
        "text": lazy_gettext("Text messages"),
        "fax": lazy_gettext("Fax"),
        "cell": lazy_gettext("Cell phone"),
        "textphone": lazy_gettext("TTY"),
        "video": lazy_gettext("Video phone"),
        "pager": lazy_gettext("Pager"),
    },
    "area_kind": {
        "zip": lazy_gettext("ZIP codes"),
        "city": lazy_gettext("Cities and towns"),
        "county": lazy_gettext("Counties"),
        "state": lazy_gettext("States"),
        "nation": lazy_gettext("The whole country"),
        "text": lazy_gettext("In words only (no filter finds it)"),
    },
}
