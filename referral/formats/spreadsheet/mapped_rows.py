"""Rows of a mapped sheet: checkboxes, weekday columns, flags and constants turned into cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import median

from referral.errors import refused
from referral.fields.hours_parser import parse_hours
from referral.fields.text import clean_line
from referral.formats.column_mapping import ColumnRule, SheetMapping
from referral.formats.files.fates import AS_GIVEN
from referral.formats.files.tables import Row, Table, fold_header
from referral.formats.reading.yes_no import parse_yes_no
from referral.formats.spreadsheet.header_matching import names_organization
from referral.formats.spreadsheet.hours_columns import (
    HOURS_PARTS,
    WEEKDAY,
    has_times,
    hours_column,
    hours_text,
)
from referral.formats.spreadsheet.shifted_rows import recognizable_columns
from referral.formats.spreadsheet.targets import DAY_TARGET, NAME_TARGETS, TARGETS
from referral.message import Message, message
from referral.records.problems import Problem, Severity

_FLAG_EFFECTS = {
    "service.private": ("service.visibility", "staff"),
    "service.shown": ("service.visibility", "staff"),
    "service.deleted": ("service.status", "defunct"),
    "location.private": ("location.visibility", "withheld"),
}
_TOTAL = re.compile(
    r"sub-?totals?\b.*|(?:grand )?totals?(?: (?:agencies|count|number|organizations|programs"
    r"|records|resources|rows|services|listings))?\W*[\d,.]*\Z|totales\W*\Z",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\$?[\d,.]+%?(?: [^\W\d]+)?")  # "23,839", "13 sites"
_INSTRUCTION = re.compile(
    r"\b(?:please|your|you|for example|e\.g\.|por favor|usted|escriba|por ejemplo)\b|\bex:|\?",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p[aá]gina) \d+(?: ?(?:of|de|/) ?\d+)?\W*\Z|\W*\d+ (?:of|de) \d+\W*\Z",
    re.IGNORECASE,
)
_FIRST_ROWS, _WIDE_ROW = 80, 3
CONFIDENTIAL_SUFFIX = " is secret"
"""End of the key of a cell that marks the phone of a column as secret."""

Cells = dict[str, str]


@dataclass(slots=True)
class MappedSheet:
    """A sheet and its column mapping, ready to be read.

    Attributes:
        table: the sheet as it is; rows are made by ``rows_of``.
        rule: its mapping.
        columns: target → keys of its cells, in the order in which they are tried.
        splits: key → the separator of values in its cells, if the mapping has one.
        rules: key → the rule of a column whose cells are not read as they are.
        hours_parts: day, number or "" shared by columns of hours → part → key.
        problems: the warnings so far.
        is_wide: whether most rows have several cells, so that one alone is a title.
        recognizable: key → target, of the columns whose cells show whether a row is shifted.
    """

    table: Table
    rule: SheetMapping
    columns: dict[str, list[str]] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    rules: dict[str, ColumnRule] = field(default_factory=dict)
    hours_parts: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_wide: bool = False
    recognizable: dict[str, str] = field(default_factory=dict)
    _above: Cells = field(default_factory=dict)

    def rows_of(self, rows: Iterator[Row]) -> Iterator[tuple[Row, Row]]:
        """Yield each row of a sheet as given and with the cells that its mapping makes of it.

        Totals and repeated headers are left out.
        """
        headers = {fold_header(shown) for shown in self.table.shown.values()}
        for number, row in enumerate(rows):
            words = [fold_header(text) for text in row.cells.values()]
            if len(words) > 1 and all(word in headers for word in words):
                self._pass_over(
                    row, message("The header is repeated here; the row was passed over.")
                )
            elif len(words) == 1 and _PAGE_NUMBER.match(next(iter(row.cells.values()))):
                self._pass_over(
                    row, message("This row is the number of a page; it was passed over.")
                )
            elif (
                len(words) == 1 and self.is_wide and next(iter(row.cells)) == self.table.headers[0]
            ):
                self._pass_over(
                    row,
                    message(
                        "This row has one cell only, like a title of the rows below. "
                        "It was passed over."
                    ),
                )
            elif not number and self._is_instruction(row):
                self._pass_over(
                    row,
                    message("This row says how to fill in the columns; it was passed over."),
                )
            elif _is_total(row):
                self._pass_over(
                    row, message("This row is a total, not a record; it was passed over.")
                )
            else:
                yield row, replace(row, cells=self._cells_of(row))

    def _is_instruction(self, row: Row) -> bool:
        """Return whether the first row of a sheet explains how to fill in the columns."""
        instructing = {key for key, text in row.cells.items() if _INSTRUCTION.search(text)}
        names = {key for target in NAME_TARGETS for key in self.columns.get(target, ())}
        filled_names = names & row.cells.keys()
        return (
            len(instructing) > 2
            and 2 * len(instructing) > len(row.cells)
            and bool(filled_names)
            and filled_names <= instructing
        )

    def _pass_over(self, row: Row, detail: Message) -> None:
        self._add_warning(row, "row-passed-over", detail)

    def _add_warning(self, row: Row, code: str, detail: Message, key: str = "") -> None:
        self.problems.append(
            Problem(
                code=code,
                severity=Severity.WARNING,
                message=detail,
                file=row.file,
                line=row.line,
                column=self.table.shown.get(key, key),
            )
        )

    def _cells_of(self, row: Row) -> Cells:
        cells = dict(row.cells)
        days: dict[str, tuple[str, str]] = {}
        for key, rule in self.rules.items():
            if rule.fill_down:
                self._fill_down(cells, key)
            text = cells.get(key, "")
            if not text:
                continue
            if TARGETS[rule.target].is_flag:
                self._apply_flag(row, cells, key, rule)
            elif rule.target == DAY_TARGET:
                days[key] = (rule.marks, text)
            elif rule.marks:
                self._apply_mark(row, cells, key, rule)
        if days:
            self._merge_days(cells, days)
        if self.hours_parts:
            self._merge_hours(cells)
        for target, text in self.rule.constants.items():
            cells[_constant_key(target)] = text
        return cells

    def _fill_down(self, cells: Cells, key: str) -> None:
        if key in cells:
            self._above[key] = cells[key]
        elif key in self._above:
            cells[key] = self._above[key]

    def _apply_mark(self, row: Row, cells: Cells, key: str, rule: ColumnRule) -> None:
        text = cells.pop(key)
        answer = parse_yes_no(text)
        if answer:
            cells[key] = rule.marks
        elif answer is None and rule.target == "language.name":
            cells[key] = f"{rule.marks} ({clean_line(text)})"
        elif answer is None:
            cells[f"{key}{AS_GIVEN}"] = text
            detail = message("Write yes or no here, or X and nothing. It was kept aside as given.")
            self._add_warning(row, "mark-not-understood", detail, key)

    def _apply_flag(self, row: Row, cells: Cells, key: str, rule: ColumnRule) -> None:
        answer = parse_yes_no(cells[key])
        if answer is None:
            detail = message("Write yes or no here. To be safe it was taken as secret.")
            if rule.target == "service.deleted":
                detail = message("Write yes or no here. The service was taken as not ended.")
            self._add_warning(row, "flag-not-understood", detail, key)
        is_set = answer is False if rule.target == "service.shown" else answer is True
        if not is_set and (answer is not None or rule.target == "service.deleted"):
            return
        if rule.target != "phone.private":
            target, word = _FLAG_EFFECTS[rule.target]
            cells[_flag_key(target)] = word
            return
        for target, keys in self.columns.items():
            if TARGETS[target].kind == "phone" or target == "contact.name":
                marked_phones = (phone for phone in keys if self._is_named(phone, rule.of))
                cells.update((f"{phone}{CONFIDENTIAL_SUFFIX}", "yes") for phone in marked_phones)

    def _is_named(self, key: str, header: str) -> bool:
        return not header or fold_header(header) == fold_header(self.table.shown.get(key, key))

    def _merge_days(self, cells: Cells, days: Mapping[str, tuple[str, str]]) -> None:
        """Replace a row's cells of weekday columns by one text of opening hours."""
        marked = [day for day, text in days.values() if parse_yes_no(text)]
        timed = [f"{day} {text}" for day, text in days.values() if parse_yes_no(text) is None]
        for key in days:
            del cells[key]
        first = next(iter(days))
        hours = [key for key in self.columns["schedule.hours"] if key in cells]
        together = f"{', '.join(marked)} {cells[hours[0]]}" if marked and hours else ""
        if together and parse_hours(together):
            cells[hours[0]] = together
        elif marked:
            timed.insert(0, ", ".join(marked))
        if timed:
            cells[first] = "; ".join(timed)

    def _merge_hours(self, cells: Cells) -> None:
        """Replace a row's cells of days, opening and closing times by one text of hours."""
        texts: dict[str, None] = {}
        first = ""
        for group, keys in self.hours_parts.items():
            cells_by_part = {part: cells.pop(key) for part, key in keys.items() if key in cells}
            if text := hours_text(group, cells_by_part):
                first = first or next(iter(keys.values()))
                texts[text] = None
            if has_times(cells_by_part.get(WEEKDAY, "")):  # the times only repeat it
                aside = {part: text for part, text in cells_by_part.items() if part != WEEKDAY}
                cells |= {f"{keys[part]}{AS_GIVEN}": text for part, text in aside.items()}
        if texts:
            cells[first] = "; ".join(texts)


def mapped_sheet(table: Table, sheet_rule: SheetMapping) -> MappedSheet:
    """Prepare a spreadsheet's sheet to be read by its column mapping.

    Raises:
        RefusedError: the mapping names columns, and the sheet has none of them.
    """
    sheet = MappedSheet(table, sheet_rule)
    keys = {fold_header(shown): key for key, shown in table.shown.items()}
    for column_rule in sheet_rule.columns:
        key = keys.get(fold_header(column_rule.column))
        if key is None:
            if column_rule.target:
                detail = message(
                    "The column %(column)s of the mapping is not in this sheet.",
                    column=column_rule.column,
                )
                problem = Problem(
                    code="column-missing",
                    severity=Severity.WARNING,
                    message=detail.then(message("If it has another name now, map that one.")),
                    file=table.name,
                    column=column_rule.column,
                )
                sheet.problems.append(problem)
            continue
        if column_rule.target:
            _add_column(sheet, key, column_rule)
    if not sheet.columns:
        raise refused(
            "%(name)s has none of the columns of this mapping. Map its columns again.",
            name=table.name,
        )
    sheet.recognizable = recognizable_columns(table, sheet.columns)
    widths = [len(row.cells) for row in islice(table.rows, _FIRST_ROWS)]
    sheet.is_wide = bool(widths) and median(widths) >= _WIDE_ROW
    _add_flag_columns(sheet)
    return sheet


def _add_column(sheet: MappedSheet, key: str, rule: ColumnRule) -> None:
    keys = sheet.columns.setdefault(rule.target, [])
    keys.append(key)
    if rule.target.startswith("address."):  # that of the service first
        keys.sort(
            key=lambda key_of_address: names_organization(
                sheet.table.shown.get(key_of_address, key_of_address)
            )
        )
    if rule.target == DAY_TARGET:
        sheet.columns.setdefault("schedule.hours", []).append(key)
    if rule.target in HOURS_PARTS:
        column = hours_column(rule.column)
        keys_of_group = sheet.hours_parts.setdefault(column.group if column else "", {})
        if rule.target not in keys_of_group:
            keys_of_group[rule.target] = key
            sheet.columns.setdefault("schedule.hours", []).append(key)
    if rule.split != "auto":
        sheet.splits[key] = rule.split
    if rule.marks or rule.fill_down or TARGETS[rule.target].is_flag:
        sheet.rules[key] = rule


def _add_flag_columns(sheet: MappedSheet) -> None:
    """Add columns to a sheet for the values of its mapping's flags and constants.

    Flags are the first choice, constants the last.
    """
    for flag in _FLAG_EFFECTS.keys() & sheet.columns.keys():
        target, _ = _FLAG_EFFECTS[flag]
        keys = sheet.columns.setdefault(target, [])
        if _flag_key(target) not in keys:
            keys.insert(0, _flag_key(target))
    for target in sheet.rule.constants:
        sheet.columns.setdefault(target, []).append(_constant_key(target))


def _flag_key(target: str) -> str:
    return f"{TARGETS[target].label} (by flag)"


def _constant_key(target: str) -> str:
    return f"{TARGETS[target].label} (always)"


def _is_total(row: Row) -> bool:
    first, *rest = row.cells.values()
    return bool(_TOTAL.match(first)) and all(map(_COUNT.fullmatch, rest))
