"""Labels of column mapping: choices of targets, row kinds, splits, reasons of a proposal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.fields.weekdays import WEEKDAY_NAMES
from referral.formats.spreadsheet.targets import DAY_TARGET, TARGET_GROUPS, Target
from referral.web.formatting import capitalized, day_name
from referral.web.messages import message_text

MARKED = "+"
"""Sign after a target whose column is yes or no; a weekday may follow."""
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
MOST_USED = (
    "service.name", "service.description", "organization.name", "phone.number",
    "address.address_1", "address.city", "address.postal_code", "schedule.hours", "service.url",
    "service.email", "service.eligibility_description", "service.fees_description",
    "language.name", "taxonomy_term.name",
)  # fmt: skip
"""Targets of most columns of most lists, offered first."""


def target_choices() -> Iterator[tuple[str, str, str]]:
    """Yield the code, label and group of each column target, in the request's language."""
    for group, targets in TARGET_GROUPS:
        for target in targets:
            for code, label in _codes_of(target):
                yield code, label, message_text(group)


def target_labels() -> dict[str, str]:
    """Return the label of each code of a column target, in the language of the request."""
    return {code: label for code, label, _ in target_choices()}


def _codes_of(target: Target) -> Iterator[tuple[str, str]]:
    if target.name == DAY_TARGET:
        for number, day in enumerate(WEEKDAY_NAMES):
            label = gettext("%(day)s: yes, or the times", day=capitalized(day_name(number)))
            yield f"{target.name}{MARKED}{day}", label
        return
    yield target.name, message_text(target.label)
    if target.marked:
        yield f"{target.name}{MARKED}", message_text(target.marked)


def column_place_label(sheet: str, header: str) -> str:
    """Return the label of a column that is new or missing in a list, or of a whole sheet."""
    if not header:
        return str(gettext("sheet %(sheet)s", sheet=sheet)) if sheet else str(gettext("the sheet"))
    if not sheet:
        return header
    return str(gettext("%(column)s (sheet %(sheet)s)", column=header, sheet=sheet))
