"""Column mapping of a spreadsheet: targets, rules per column and sheet, JSON form and checks.

A target is a field of a record under its HSDS name (``service.name``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from referral.errors import refused

RowKind = Literal["service", "organization", "location", "service_at_location", "none"]
Because = Literal[
    "", "cells", "cells-differ", "day", "header", "hours", "like", "marks", "merged", "notes",
    "only-text", "remembered", "topics", "unknown",
]  # fmt: skip
SheetBecause = Literal[
    "", "joins", "named-organizations", "named-places", "names", "only", "remembered", "unknown"
]
Separator = Literal["", ",", ";", "\t", "|"]
Quotation = Literal["", '"', "'", "none"]
Encoding = Literal["", "utf-8", "utf-16", "cp1252", "mac_roman", "cp850"]
_LARGEST_JSON = 2**20
_NAME_TARGETS: dict[str, tuple[str, ...]] = {
    "service": ("service.name", "organization.name"),
    "organization": ("organization.name",),
    "location": (
        "location.name", "address.address_1", "address.postal_code", "location.latitude",
        "location.position",
    ),
    "service_at_location": ("service.id", "service.name"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What a column can hold.

    Attributes:
        label: what a person reads.
        several: several columns may hold it, and all of them are read.
        listed: a cell may hold several, and ``split`` says what is between them.
    """

    label: str
    several: bool = False
    listed: bool = False


TARGETS: Mapping[str, Target] = {
    "organization.name": Target("Organization: name"),
    "organization.id": Target("Organization: id"),
    "organization.alternate_name": Target("Organization: other name"),
    "organization.description": Target("Organization: description"),
    "organization.website": Target("Organization: website"),
    "organization.email": Target("Organization: email"),
    "organization.tax_id": Target("Organization: tax number"),
    "organization.legal_status": Target("Organization: legal form"),
    "organization.year_incorporated": Target("Organization: year it began"),
    "service.name": Target("Service: name"),
    "service.id": Target("Service: id"),
    "service.alternate_name": Target("Service: other name"),
    "service.description": Target("Service: description"),
    "service.more_description": Target("Service: more description", several=True),
    "service.url": Target("Service: website"),
    "service.email": Target("Service: email"),
    "service.status": Target("Service: active or not"),
    "service.application_process": Target("Service: how to apply"),
    "service.fees_description": Target("Service: cost"),
    "service.wait_time": Target("Service: wait"),
    "service.eligibility_description": Target("Service: who can get it"),
    "service.more_eligibility": Target("Service: one more rule on who can get it", several=True),
    "service.population": Target("Service: a group it is for", several=True, listed=True),
    "service.minimum_age": Target("Service: lowest age"),
    "service.maximum_age": Target("Service: highest age"),
    "service.assured_date": Target("Service: day it was last checked"),
    "service.verified_by": Target("Service: who checked it"),
    "service.alert": Target("Service: notice"),
    "service.keywords": Target("Service: words to find it by"),
    "service.interpretation_services": Target("Service: interpreters"),
    "service.visibility": Target("Service: public, staff or withheld"),
    "service.private": Target("Service: yes means only staff may see it", several=True),
    "service.shown": Target("Service: no means only staff may see it", several=True),
    "service.deleted": Target("Service: yes means it has ended"),
    "location.name": Target("Place: name"),
    "location.id": Target("Place: id", listed=True),
    "location.description": Target("Place: description"),
    "location.transportation": Target("Place: how to get there"),
    "location.latitude": Target("Place: latitude"),
    "location.longitude": Target("Place: longitude"),
    "location.position": Target("Place: latitude and longitude"),
    "location.visibility": Target("Place: public, staff or withheld"),
    "location.private": Target("Place: yes means its address is secret", several=True),
    "address.address_1": Target("Address: street, or all of it"),
    "address.address_2": Target("Address: suite or floor"),
    "address.city": Target("Address: city"),
    "address.state_province": Target("Address: state"),
    "address.postal_code": Target("Address: ZIP code"),
    "address.region": Target("Address: county"),
    "address.mailing": Target("Address: for mail, all of it"),
    "accessibility.description": Target("Place: help for disabled people", several=True),
    "phone.number": Target("Phone", several=True, listed=True),
    "phone.hotline": Target("Phone: hotline", several=True, listed=True),
    "phone.toll_free": Target("Phone: toll free", several=True, listed=True),
    "phone.alternate": Target("Phone: another one", several=True, listed=True),
    "phone.fax": Target("Phone: fax", several=True, listed=True),
    "phone.tty": Target("Phone: TTY", several=True, listed=True),
    "phone.text": Target("Phone: text messages", several=True, listed=True),
    "phone.private": Target("Phone: yes means that phone is secret", several=True),
    "schedule.hours": Target("Hours", several=True),
    "schedule.day": Target("Hours of one day of the week", several=True),
    "schedule.weekday": Target("Hours: the day that the times beside it are for", several=True),
    "schedule.opens": Target("Hours: time it opens", several=True),
    "schedule.closes": Target("Hours: time it closes", several=True),
    "service_area.name": Target("Area served", several=True, listed=True),
    "language.name": Target("Languages", several=True, listed=True),
    "required_document.document": Target("What to bring", several=True, listed=True),
    "taxonomy_term.name": Target("Category or topic", several=True, listed=True),
    "contact.name": Target("Contact: name"),
    "contact.title": Target("Contact: title"),
}
# A column whose cells say yes or no to what its header names.
CHECKBOX_TARGETS = frozenset(
    {
        "service.population", "schedule.day", "service_area.name", "language.name",
        "required_document.document", "taxonomy_term.name", "accessibility.description",
    }
)  # fmt: skip
FLAG_TARGETS = frozenset(
    {"service.private", "service.shown", "service.deleted", "location.private", "phone.private"}
)
NAME_TARGETS = ("service.name", "organization.name")


class ColumnRule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is done with a column.

    Attributes:
        column: its header; the second one of that name has ``(2)`` after it.
        target: what it holds, a name in ``TARGETS``; "" keeps it with the record, not shown.
        split: what is between several in a cell: ``auto``, ``none``, ``newline``, or the sign
            itself.
        marks: what a yes (or X, or a tick) in a cell stands for; "" when cells hold text. For
            ``schedule.day`` the day, whether its cells are marks or times.
        of: for ``phone.private``, the header of the phone column; "" for all of the row.
        fill_down: an empty cell means the one above it, as merged cells leave it.
        confidence: how sure the proposal is, 0 to 1; 1 for what a person chose.
        why: the reason for the proposal, a sentence.
        because: the kind of that reason, for pages that say it in their own words; "" for what a
            person chose.
    """

    column: str
    target: str = ""
    split: str = "auto"
    marks: str = ""
    of: str = ""
    fill_down: bool = False
    confidence: float = 1.0
    why: str = ""
    because: Because = ""


class SheetMapping(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is done with a sheet, or with a file of a folder.

    Attributes:
        sheet: its name; "" for the only one.
        row: what one row is; ``none`` passes the sheet over.
        header_line: line of the header (1 is the first); 0 looks for it.
        separator: what is between the cells of a text file; "" looks for it.
        quotation: the mark around cells; ``none`` reads it as part of them, "" looks for it.
        encoding: how the letters of a text file are written; "" looks for it.
        columns: the rules; a column without one is kept with the record, not shown.
        constants: target → text for rows that say nothing themselves.
        why: the reason for taking a row for that, a sentence.
        because: the kind of that reason; "" for what a person chose.
    """

    row: RowKind
    sheet: str = ""
    header_line: int = 0
    separator: Separator = ""
    quotation: Quotation = ""
    encoding: Encoding = ""
    columns: tuple[ColumnRule, ...] = ()
    constants: dict[str, str] = {}
    why: str = ""
    because: SheetBecause = ""


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done with a list of one or more sheets; kept for each source as JSON."""

    version: Literal[1] = 1
    sheets: tuple[SheetMapping, ...]

    def of_sheet(self, name: str) -> SheetMapping | None:
        """The mapping of the sheet of that name; the only one where it has no name."""
        wanted = name.casefold()
        found = next((one for one in self.sheets if one.sheet.casefold() == wanted), None)
        if found is None and len(self.sheets) == 1 and not self.sheets[0].sheet:
            return self.sheets[0]
        return found

    def to_json(self) -> str:
        """The mapping as JSON that a person can read and change."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()


def mapping_from_json(text: str | bytes) -> ColumnMapping:
    """The mapping written in JSON.

    Raises:
        RefusedError: it is not a mapping; the sentence says where and what.
    """
    if len(text) > _LARGEST_JSON:
        raise refused("The column mapping is larger than 1 MB, so it cannot be one. Make it again.")
    try:
        mapping = msgspec.json.decode(text, type=ColumnMapping)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(
            "The column mapping cannot be read: %(cause)s. Start from what referral import "
            "--show-mapping prints.",
            cause=str(error),
        ) from error
    check_mapping(mapping)
    return mapping


def name_targets(row: RowKind) -> tuple[str, ...]:
    """The targets of which a sheet must have one, so that its rows say what they are about."""
    return _NAME_TARGETS.get(row, ())


def check_mapping(mapping: ColumnMapping) -> None:
    """Refuse a mapping that cannot be followed.

    Raises:
        RefusedError: the sentence says which sheet and column, and what to write.
    """
    if not any(sheet.row != "none" for sheet in mapping.sheets):
        raise refused("The column mapping takes no sheet. Say of one what its rows are.")
    names = [sheet.sheet.casefold() for sheet in mapping.sheets]
    if len(set(names)) < len(names):
        raise refused("The column mapping has one sheet twice. Leave only one of them.")
    for sheet in mapping.sheets:
        _check_sheet(sheet)


def _check_sheet(sheet: SheetMapping) -> None:
    where = f"sheet {sheet.sheet}" if sheet.sheet else "the sheet"
    for rule in sheet.columns:
        _check_rule(rule, where)
    for target in sheet.constants:
        if target not in TARGETS or target in FLAG_TARGETS or target == "schedule.day":
            raise refused(
                "In %(where)s a constant names %(target)s, which takes none.",
                where=where,
                target=target,
            )
    targets = {rule.target for rule in sheet.columns} | set(sheet.constants)
    wanted = name_targets(sheet.row)
    if wanted and not targets & set(wanted):
        raise refused(
            "In %(where)s no column is %(targets)s. Say which one is.",
            where=where,
            targets=" or ".join(TARGETS[name].label for name in wanted),
        )


def _check_rule(rule: ColumnRule, where: str) -> None:
    if rule.target and rule.target not in TARGETS:
        raise refused(
            "In %(where)s the column %(column)s goes to %(target)s, which there is not. "
            "docs/importing.md lists what there is.",
            where=where,
            column=rule.column,
            target=rule.target,
        )
    if not rule.split:
        raise refused(
            "In %(where)s the column %(column)s is split by nothing. Write auto, none, "
            "newline, or the sign that is between several.",
            where=where,
            column=rule.column,
        )
    if rule.marks and rule.target not in CHECKBOX_TARGETS:
        raise refused(
            "In %(where)s the column %(column)s has marks, but %(target)s cannot be "
            "marked. Take the marks away or choose another target.",
            where=where,
            column=rule.column,
            target=rule.target or "nothing",
        )
    if rule.target == "schedule.day" and not rule.marks:
        raise refused(
            "In %(where)s say in marks which day the column %(column)s is.",
            where=where,
            column=rule.column,
        )
