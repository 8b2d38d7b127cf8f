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
    hours_column,
    hours_text,
    tells_times,
)
from referral.formats.spreadsheet.shifted_rows import telling_columns
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
_COUNTED = re.compile(r"\$?[\d,.]+%?(?: [^\W\d]+)?")  # "23,839", "13 sites"
_ASKS = re.compile(
    r"\b(?:please|your|you|for example|e\.g\.|por favor|usted|escriba|por ejemplo)\b|\bex:|\?",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"\W*(?:page|p[aá]gina) \d+(?: ?(?:of|de|/) ?\d+)?\W*\Z|\W*\d+ (?:of|de) \d+\W*\Z",
    re.IGNORECASE,
)
_FIRST_ROWS, _WIDE = 80, 3
CONFIDENTIAL_SUFFIX = " is secret"
"""After the key of a phone column: that its phone is kept from everybody but curators."""

Cells = dict[str, str]


@dataclass(slots=True)
class MappedSheet:
    """A sheet ready to be read.

    Attributes:
        table: the sheet as it is; rows are made by ``rows_of``.
        rule: its mapping.
        columns: target → keys of the cells that hold it, the first filled one first.
        splits: key → what is between several in its cells, where that was said.
        rules: key → the rule of a column whose cells are not read as they are.
        hours_parts: day, number or "" of columns that say hours together → part → key.
        problems: what was odd so far.
        is_wide: whether most rows have several cells, so that one alone is a title.
        telling: key → target, of the columns in which a cell that is out of place can be told.
    """

    table: Table
    rule: SheetMapping
    columns: dict[str, list[str]] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    rules: dict[str, ColumnRule] = field(default_factory=dict)
    hours_parts: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_wide: bool = False
    telling: dict[str, str] = field(default_factory=dict)
    _above: Cells = field(default_factory=dict)

    def rows_of(self, rows: Iterator[Row]) -> Iterator[tuple[Row, Row]]:
        """Yield each row as given and with the cells that the mapping makes of it.

        Totals and repeated headers are left out.
        """
        headers = {fold_header(shown) for shown in self.table.shown.values()}
        for number, row in enumerate(rows):
            said = [fold_header(text) for text in row.cells.values()]
            if len(said) > 1 and all(word in headers for word in said):
                self._passed_over(
                    row, message("The header is repeated here; the row was passed over.")
                )
            elif len(said) == 1 and _PAGE.match(next(iter(row.cells.values()))):
                self._passed_over(
                    row, message("This row is the number of a page; it was passed over.")
                )
            elif len(said) == 1 and self.is_wide and next(iter(row.cells)) == self.table.headers[0]:
                self._passed_over(
                    row,
                    message(
                        "This row has one cell only, like a title of the rows below. "
                        "It was passed over."
                    ),
                )
            elif not number and self._says_how_to_fill_in(row):
                self._passed_over(
                    row,
                    message("This row says how to fill in the columns; it was passed over."),
                )
            elif _is_total(row):
                self._passed_over(
                    row, message("This row is a total, not a record; it was passed over.")
                )
            else:
                yield row, replace(row, cells=self._cells_of(row))

    def _says_how_to_fill_in(self, row: Row) -> bool:
        """Return whether the first row explains how to fill in the columns."""
        asking = {key for key, text in row.cells.items() if _ASKS.search(text)}
        names = {key for target in NAME_TARGETS for key in self.columns.get(target, ())}
        named = names & row.cells.keys()
        return (
            len(asking) > 2 and 2 * len(asking) > len(row.cells) and bool(named) and named <= asking
        )

    def _passed_over(self, row: Row, detail: Message) -> None:
        self._say(row, "row-passed-over", detail)

    def _say(self, row: Row, code: str, detail: Message, key: str = "") -> None:
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
                self._fill(cells, key)
            text = cells.get(key, "")
            if not text:
                continue
            if TARGETS[rule.target].is_flag:
                self._flag(row, cells, key, rule)
            elif rule.target == DAY_TARGET:
                days[key] = (rule.marks, text)
            elif rule.marks:
                self._mark(row, cells, key, rule)
        if days:
            self._put_days(cells, days)
        if self.hours_parts:
            self._put_hours(cells)
        for target, text in self.rule.constants.items():
            cells[_constant(target)] = text
        return cells

    def _fill(self, cells: Cells, key: str) -> None:
        if key in cells:
            self._above[key] = cells[key]
        elif key in self._above:
            cells[key] = self._above[key]

    def _mark(self, row: Row, cells: Cells, key: str, rule: ColumnRule) -> None:
        text = cells.pop(key)
        said = parse_yes_no(text)
        if said:
            cells[key] = rule.marks
        elif said is None and rule.target == "language.name":
            cells[key] = f"{rule.marks} ({clean_line(text)})"
        elif said is None:
            cells[f"{key}{AS_GIVEN}"] = text
            detail = message("Write yes or no here, or X and nothing. It was kept aside as given.")
            self._say(row, "mark-not-understood", detail, key)

    def _flag(self, row: Row, cells: Cells, key: str, rule: ColumnRule) -> None:
        said = parse_yes_no(cells[key])
        if said is None:
            detail = message("Write yes or no here. To be safe it was taken as secret.")
            if rule.target == "service.deleted":
                detail = message("Write yes or no here. The service was taken as not ended.")
            self._say(row, "flag-not-understood", detail, key)
        holds = said is False if rule.target == "service.shown" else said is True
        if not holds and (said is not None or rule.target == "service.deleted"):
            return
        if rule.target != "phone.private":
            target, word = _FLAG_EFFECTS[rule.target]
            cells[_flagged(target)] = word
            return
        for target, keys in self.columns.items():
            if TARGETS[target].kind == "phone" or target == "contact.name":
                named = (phone for phone in keys if self._is_named(phone, rule.of))
                cells.update((f"{phone}{CONFIDENTIAL_SUFFIX}", "yes") for phone in named)

    def _is_named(self, key: str, header: str) -> bool:
        return not header or fold_header(header) == fold_header(self.table.shown.get(key, key))

    def _put_days(self, cells: Cells, days: Mapping[str, tuple[str, str]]) -> None:
        """Replace the cells of weekday columns by one text of opening hours."""
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

    def _put_hours(self, cells: Cells) -> None:
        """Replace cells of days, opening and closing times by one text of opening hours."""
        texts: dict[str, None] = {}
        first = ""
        for group, keys in self.hours_parts.items():
            said = {part: cells.pop(key) for part, key in keys.items() if key in cells}
            if text := hours_text(group, said):
                first = first or next(iter(keys.values()))
                texts[text] = None
            if tells_times(said.get(WEEKDAY, "")):  # the times only repeat it
                aside = {part: text for part, text in said.items() if part != WEEKDAY}
                cells |= {f"{keys[part]}{AS_GIVEN}": text for part, text in aside.items()}
        if texts:
            cells[first] = "; ".join(texts)


def mapped_sheet(table: Table, rule: SheetMapping) -> MappedSheet:
    """Prepare a sheet to be read by its column mapping.

    Raises:
        RefusedError: the mapping names columns, and the sheet has none of them.
    """
    sheet = MappedSheet(table, rule)
    keys = {fold_header(shown): key for key, shown in table.shown.items()}
    for one in rule.columns:
        key = keys.get(fold_header(one.column))
        if key is None:
            if one.target:
                detail = message(
                    "The column %(column)s of the mapping is not in this sheet.", column=one.column
                )
                problem = Problem(
                    code="column-missing",
                    severity=Severity.WARNING,
                    message=detail.then(message("If it has another name now, map that one.")),
                    file=table.name,
                    column=one.column,
                )
                sheet.problems.append(problem)
            continue
        if one.target:
            _add(sheet, key, one)
    if not sheet.columns:
        raise refused(
            "%(name)s has none of the columns of this mapping. Map its columns again.",
            name=table.name,
        )
    sheet.telling = telling_columns(table, sheet.columns)
    widths = [len(row.cells) for row in islice(table.rows, _FIRST_ROWS)]
    sheet.is_wide = bool(widths) and median(widths) >= _WIDE
    _add_flag_columns(sheet)
    return sheet


def _add(sheet: MappedSheet, key: str, rule: ColumnRule) -> None:
    keys = sheet.columns.setdefault(rule.target, [])
    keys.append(key)
    if rule.target.startswith("address."):  # where the service is, before where its agency is
        keys.sort(key=lambda one: names_organization(sheet.table.shown.get(one, one)))
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
    """Add columns for the values of flags (first choice) and of constants (last choice)."""
    for flag in _FLAG_EFFECTS.keys() & sheet.columns.keys():
        target, _ = _FLAG_EFFECTS[flag]
        keys = sheet.columns.setdefault(target, [])
        if _flagged(target) not in keys:
            keys.insert(0, _flagged(target))
    for target in sheet.rule.constants:
        sheet.columns.setdefault(target, []).append(_constant(target))


def _flagged(target: str) -> str:
    return f"{TARGETS[target].label} (by flag)"


def _constant(target: str) -> str:
    return f"{TARGETS[target].label} (always)"


def _is_total(row: Row) -> bool:
    first, *rest = row.cells.values()
    return bool(_TOTAL.match(first)) and all(map(_COUNTED.fullmatch, rest))
