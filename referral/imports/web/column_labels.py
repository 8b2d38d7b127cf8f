"""Labels of column mapping: targets in groups, row kinds, splits, reasons of a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

MARKED = "+"
"""After a target: a yes in the cells stands for the heading; before a day: which day it is."""
_ = lazy_gettext

Choices = Mapping[str, Any]
SEPARATOR_LABELS: Choices = {
    "": _("As it looks"),
    ",": _("Comma"),
    ";": _("Semicolon"),
    "\t": _("Tab"),
    "|": _("Bar |"),
}
QUOTATION_LABELS: Choices = {
    "": _("As it looks"),
    '"': _("Double quotes"),
    "'": _("Single quotes"),
    "none": _("No mark"),
}
ENCODING_LABELS: Choices = {
    "": _("As it looks"),
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": _("Windows (1252)"),
    "mac_roman": _("Old Macintosh"),
    "cp850": _("Old DOS (850)"),
}
TARGET_GROUPS: tuple[tuple[Any, Choices], ...] = (
    (
        _("The service"),
        {
            "service.name": _("Name of the service"),
            "service.alternate_name": _("Other name of the service"),
            "service.description": _("What it does"),
            "service.more_description": _("More about what it does"),
            "service.alert": _("Notice, such as: closed in May"),
            "service.status": _("Whether it still runs"),
            "service.deleted": _("Yes means it has ended"),
        },
    ),
    (
        _("Who runs it"),
        {
            "organization.name": _("Name of the organization"),
            "organization.alternate_name": _("Other name of the organization"),
            "organization.description": _("About the organization"),
            "organization.website": _("Website of the organization"),
            "organization.email": _("E-mail of the organization"),
            "organization.tax_id": _("Tax number (EIN)"),
            "organization.legal_status": _("Legal form"),
            "organization.year_incorporated": _("Year it was founded"),
        },
    ),
    (
        _("How to reach it"),
        {
            "phone.number": _("Phone, one or several"),
            "phone.hotline": _("Hotline"),
            "phone.toll_free": _("Free phone (800)"),
            "phone.alternate": _("Another phone"),
            "phone.text": _("Number for text messages"),
            "phone.tty": _("TTY, for deaf people"),
            "phone.fax": _("Fax"),
            "service.url": _("Website of the service"),
            "service.email": _("E-mail of the service"),
            "contact.name": _("Contact person: name"),
            "contact.title": _("Contact person: position"),
        },
    ),
    (
        _("Where it is"),
        {
            "address.address_1": _("Street, or the whole address"),
            "address.address_2": _("Suite, floor or building"),
            "address.city": _("City"),
            "address.state_province": _("State"),
            "address.postal_code": _("ZIP code"),
            "address.region": _("County of the address"),
            "address.mailing": _("Address for mail"),
            "location.name": _("Name of the place"),
            "location.description": _("About the place"),
            "location.transportation": _("How to get there"),
            "location.latitude": _("Latitude"),
            "location.longitude": _("Longitude"),
            "location.position": _("Latitude and longitude"),
            "accessibility.description": _("Access for disabled people"),
            "accessibility.description+": _("Yes means it has this access"),
        },
    ),
    (
        _("When it is open"),
        {
            "schedule.hours": _("Opening hours"),
            "schedule.day+Monday": _("Monday: yes, or the times"),
            "schedule.day+Tuesday": _("Tuesday: yes, or the times"),
            "schedule.day+Wednesday": _("Wednesday: yes, or the times"),
            "schedule.day+Thursday": _("Thursday: yes, or the times"),
            "schedule.day+Friday": _("Friday: yes, or the times"),
            "schedule.day+Saturday": _("Saturday: yes, or the times"),
            "schedule.day+Sunday": _("Sunday: yes, or the times"),
            "schedule.opens": _("Time it opens, on the day in the heading or beside it"),
            "schedule.closes": _("Time it closes, on the day in the heading or beside it"),
            "schedule.weekday": _("Day that the times beside it are for"),
        },
    ),
    (
        _("Who can get it, and how"),
        {
            "service.eligibility_description": _("Who can get it"),
            "service.more_eligibility": _("One more rule, such as an income limit"),
            "service.population": _("Groups of people it is for"),
            "service.population+": _("Yes means it is for this group"),
            "service.minimum_age": _("Lowest age"),
            "service.maximum_age": _("Highest age"),
            "service_area.name": _("Area it serves"),
            "service_area.name+": _("Yes means it serves this area"),
            "language.name": _("Languages spoken"),
            "language.name+": _("Yes means this language is spoken"),
            "service.interpretation_services": _("Interpreters"),
            "service.application_process": _("How to get it"),
            "required_document.document": _("What to bring"),
            "required_document.document+": _("Yes means: bring this"),
            "service.fees_description": _("What it costs"),
            "service.wait_time": _("How long it takes"),
        },
    ),
    (
        _("How people find it"),
        {
            "taxonomy_term.name": _("Topic or kind of help"),
            "taxonomy_term.name+": _("Yes means it has this topic"),
            "service.keywords": _("Words to find it by"),
        },
    ),
    (
        _("Who may see it"),
        {
            "service.private": _("Yes means: for staff only"),
            "service.shown": _("No means: for staff only"),
            "service.visibility": _("Service: public, staff or withheld"),
            "location.private": _("Yes means: the address is secret"),
            "location.visibility": _("Place: public, staff or withheld"),
            "phone.private": _("Yes means: the phone is secret"),
        },
    ),
    (
        _("Checks, and numbers of the list"),
        {
            "service.assured_date": _("Day it was last checked"),
            "service.verified_by": _("Who checked it"),
            "service.id": _("Number of the service in the list"),
            "organization.id": _("Number of the organization in the list"),
            "location.id": _("Number of the place in the list"),
        },
    ),
)
ROW_LABELS: Choices = {
    "service": _("A service, or a service at a place"),
    "organization": _("An organization"),
    "location": _("A place"),
    "service_at_location": _("A service and a place that belong together"),
    "none": _("Nothing to read: leave this sheet out"),
}
SPLIT_LABELS: Choices = {
    "auto": _("Find it out from the cells"),
    "none": _("Never: one in each cell"),
    "newline": _("A new line"),
    ";": _("A semicolon ;"),
    ",": _("A comma ,"),
    "/": _("A slash /"),
    "|": _("An upright line |"),
}
REASON_LABELS: Choices = {
    "": _("You chose this."),
    "cells": _("The cells look like it."),
    "cells-differ": _("The heading says one thing, and the cells look like another. Please say."),
    "day": _("The heading is a day."),
    "header": _("The heading says so."),
    "hours": _("With the columns beside it, it says when it is open."),
    "like": _("The heading is nearly a word we know."),
    "marks": _("The heading names it, and the cells say yes or no."),
    "merged": _("The heading says so. Empty cells stand for the one above."),
    "notes": _("Notes may be for staff. If all may read them, choose “More about what it does”."),
    "only-text": _("Sentences. They may be for everybody, or notes for staff: please say."),
    "remembered": _("As you said last time."),
    "topics": _("One of several columns of yes or no."),
    "unknown": _("We do not know what it holds."),
}
SHEET_REASON_LABELS: Choices = {
    "": _("You chose this."),
    "joins": _("It only says which service is at which place."),
    "named-organizations": _("The sheet is named for organizations."),
    "named-places": _("The sheet is named for places."),
    "names": _("It has names, and more that services have."),
    "only": _("It is the only sheet."),
    "remembered": _("As you said last time."),
    "unknown": _("No column says what it is about."),
}
TARGET_LABELS: Choices = {
    code: label for _group, labels in TARGET_GROUPS for code, label in labels.items()
}


MOST_USED = (
    "service.name", "service.description", "organization.name", "phone.number",
    "address.address_1", "address.city", "address.postal_code", "schedule.hours", "service.url",
    "service.email", "service.eligibility_description", "service.fees_description",
    "language.name", "taxonomy_term.name",
)  # fmt: skip
"""What most columns of most lists hold: offered first."""


def column_place_label(sheet: str, header: str) -> str:
    """A column, or a whole sheet, that came or went."""
    if not header:
        return str(gettext("sheet %(sheet)s", sheet=sheet)) if sheet else str(gettext("the sheet"))
    if not sheet:
        return header
    return str(gettext("%(column)s (sheet %(sheet)s)", column=header, sheet=sheet))
