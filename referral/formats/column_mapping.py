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
        """Return the mapping of a sheet by name; the only mapping if it has no name."""
        wanted = name.casefold()
        found = next((one for one in self.sheets if one.sheet.casefold() == wanted), None)
        if found is None and len(self.sheets) == 1 and not self.sheets[0].sheet:
            return self.sheets[0]
        return found

    def to_json(self) -> str:
        """Return the mapping as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()


def mapping_from_json(text: str | bytes) -> ColumnMapping:
    """Parse a column mapping from JSON.

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
    """Return the targets that name a record of this kind; a sheet must map one of them."""
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
        if target not in TARGETS or TARGETS[target].is_flag or target == DAY_TARGET:
            raise refused(
                "In %(where)s a constant names %(target)s, which takes none.",
                where=where,
                target=target,
            )
    targets = {rule.target for rule in sheet.columns} | set(sheet.constants)
    wanted = name_targets(sheet.row)
    if wanted and not targets & set(wanted):
        raise refused(
            "In %(where)s no column is one of these: %(targets)s. Say which one is.",
            where=where,
            targets=tuple(TARGETS[name].label for name in wanted),
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
