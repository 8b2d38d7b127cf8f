"""Column mapping of a spreadsheet: rules for each column and sheet, JSON form and checks."""

from __future__ import annotations

from typing import Literal

import msgspec

from referral.errors import refused
from referral.formats.spreadsheet.targets import DAY_TARGET, TARGETS

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


class ColumnRule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Rule for a spreadsheet column: its target field, and how its cells are read.

    Attributes:
        column: its header; the second one of that name has ``(2)`` after it.
        target: a name in ``TARGETS``; "" keeps the column with the record, not shown.
        split: separator of values in a cell: ``auto``, ``none``, ``newline``, or the sign
            itself.
        marks: the value that a yes (or X, or a tick) in a cell stands for; "" if cells are text.
            For ``schedule.day`` the day, whether its cells are marks or times.
        of: for ``phone.private``, the header of the phone column; "" for all of the row.
        fill_down: an empty cell means the one above it, as merged cells leave it.
        confidence: confidence of the proposal, 0 to 1; 1 for a choice of a user.
        why: the reason for the proposal, a sentence.
        because: code of that reason, for pages with their own texts; "" for a choice of a user.
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
    """Column mapping of a sheet, or of a file of a folder.

    Attributes:
        sheet: its name; "" for the only one.
        row: kind of record in each row; ``none`` passes the sheet over.
        header_line: line of the header (1 is the first); 0 detects it.
        separator: separator of the cells of a text file; "" detects it.
        quotation: quotation mark around cells; ``none`` reads it as part of them, "" detects it.
        encoding: encoding of a text file; "" detects it.
        columns: the rules; a column without one is kept with the record, not shown.
        constants: target → text for rows in which the target is empty.
        why: the reason for the kind of rows, a sentence.
        because: code of that reason; "" for a choice of a user.
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
    """Column mapping of a source list of one or more sheets; stored for each source as JSON."""

    version: Literal[1] = 1
    sheets: tuple[SheetMapping, ...]

    def of_sheet(self, name: str) -> SheetMapping | None:
        """Return the column mapping of a sheet by name; the only mapping if it has no name."""
        folded_name = name.casefold()
        found = next(
            (sheet for sheet in self.sheets if sheet.sheet.casefold() == folded_name), None
        )
        if found is None and len(self.sheets) == 1 and not self.sheets[0].sheet:
            return self.sheets[0]
        return found

    def to_json(self) -> str:
        """Return the column mapping of a spreadsheet as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()


def mapping_from_json(text: str | bytes) -> ColumnMapping:
    """Parse a spreadsheet's column mapping from JSON.

    Raises:
        RefusedError: it is no valid mapping.
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
    """Return the column targets that name a record of a kind; a sheet must map one of them."""
    return _NAME_TARGETS.get(row, ())


def check_mapping(mapping: ColumnMapping) -> None:
    """Refuse a column mapping that cannot be followed.

    Raises:
        RefusedError: the message names the sheet and column, and what to write.
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
        if target not in TARGETS or TARGETS[target].is_flag or target == DAY_TARGET:
            raise refused(
                "In %(where)s a constant names %(target)s, which takes none.",
                where=where,
                target=target,
            )
    targets = {rule.target for rule in sheet.columns} | set(sheet.constants)
    required = name_targets(sheet.row)
    if required and not targets & set(required):
        raise refused(
            "In %(where)s no column is one of these: %(targets)s. Say which one is.",
            where=where,
            targets=tuple(TARGETS[name].label for name in required),
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
    if rule.marks and not (rule.target and TARGETS[rule.target].can_be_marked):
        raise refused(
            "In %(where)s the column %(column)s has marks, but %(target)s cannot be "
            "marked. Take the marks away or choose another target.",
            where=where,
            column=rule.column,
            target=rule.target or "nothing",
        )
    if rule.target == DAY_TARGET and not rule.marks:
        raise refused(
            "In %(where)s say in marks which day the column %(column)s is.",
            where=where,
            column=rule.column,
        )
