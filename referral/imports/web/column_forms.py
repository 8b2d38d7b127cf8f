"""Column mapping form: its fields, the mapping built from it, and the errors of the mapping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from flask import g
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from msgspec.structs import replace
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from referral.formats.column_mapping import (
    ColumnMapping,
    ColumnRule,
    SheetMapping,
    name_targets,
)
from referral.formats.spreadsheet.targets import DAY_TARGET, TARGETS
from referral.imports.columns import ColumnsPage
from referral.imports.web.column_labels import (
    ENCODING_LABELS,
    MARKED,
    MOST_USED,
    QUOTATION_LABELS,
    ROW_LABELS,
    SEPARATOR_LABELS,
    SPLIT_LABELS,
    target_choices,
    target_labels,
)
from referral.web.messages import message_text

MOST_COLUMNS = 300
"""Number of columns in the form; others are read as proposed, as long pages are unusable."""
LISTED_TARGETS = frozenset(name for name, target in TARGETS.items() if target.can_list)
STATE, TOWN = "address.state_province", "address.city"
ORGANIZATION = "organization.name"
_LONGEST = 200
_FORM_LABELS = {
    "separator": SEPARATOR_LABELS,
    "quotation": QUOTATION_LABELS,
    "encoding": ENCODING_LABELS,
}


def _target_choices() -> list[SelectChoice]:
    """Return the choices of column targets, most used first, in the request's language."""
    if "column_targets" not in g:
        labels = target_labels()
        most_used = [
            SelectChoice(code, labels[code], optgroup=gettext("Used most")) for code in MOST_USED
        ]
        g.column_targets = [
            SelectChoice("", gettext("Leave it out"), optgroup=gettext("Not used")),
            *most_used,
            *(
                SelectChoice(code, label, optgroup=group)
                for code, label, group in target_choices()
                if code not in MOST_USED
            ),
        ]
    return g.column_targets  # type: ignore[no-any-return]  # typed where it was set


class ColumnForm(Form):
    """Form for the mapping of one spreadsheet column."""

    target = SelectField(lazy_gettext("It holds"), choices=_target_choices)
    marks = StringField(lazy_gettext("What a yes stands for"), validators=[Length(max=_LONGEST)])
    split = SelectField(
        lazy_gettext("What is between several in a cell"),
        choices=[SelectChoice(code, label) for code, label in SPLIT_LABELS.items()],
    )
    of = StringField(
        lazy_gettext("Which phone column it is about (empty: all)"),
        validators=[Length(max=_LONGEST)],
    )
    fill_down = BooleanField(lazy_gettext("An empty cell means the one above"))


class SheetForm(Form):
    """Form for the column mapping of one sheet."""

    row = SelectField(
        lazy_gettext("Each row is"),
        choices=[SelectChoice(code, label) for code, label in ROW_LABELS.items()],
    )
    header_line = IntegerField(
        lazy_gettext("Line with the headings"),
        validators=[Optional(), NumberRange(1, 1000, lazy_gettext("Use a number from 1 on."))],
    )
    separator = SelectField(
        lazy_gettext("Between the cells"),
        choices=[SelectChoice(code, label) for code, label in SEPARATOR_LABELS.items()],
        validate_choice=False,  # a workbook has no such field
    )
    quotation = SelectField(
        lazy_gettext("Mark around the cells"),
        choices=[SelectChoice(code, label) for code, label in QUOTATION_LABELS.items()],
        validate_choice=False,  # a workbook has no such field
    )
    encoding = SelectField(
        lazy_gettext("How letters are written"),
        choices=[SelectChoice(code, label) for code, label in ENCODING_LABELS.items()],
        validate_choice=False,  # a workbook has no such field
    )
    state = StringField(
        lazy_gettext("State, where a row does not say it"),
        validators=[Length(max=60)],
        description=lazy_gettext("Such as PA. Leave it empty if the list says it."),
    )
    town = StringField(
        lazy_gettext("Town, where a row does not say it"),
        validators=[Length(max=_LONGEST)],
        description=lazy_gettext("Such as Meadville, for a list of one town."),
    )
    organization = StringField(
        lazy_gettext("Organization, where a row names none"),
        validators=[Length(max=_LONGEST)],
        description=lazy_gettext("Leave it empty if each row is an organization of its own."),
    )
    columns = FieldList(FormField(ColumnForm))


class ColumnsForm(FlaskForm):
    """Form for the column mapping of all sheets of an uploaded list.

    ``headings`` is a hash of the columns that the form was made for.
    """

    headings = HiddenField()
    sheets = FieldList(FormField(SheetForm))


def columns_form(page: ColumnsPage, *, sent: bool = False) -> ColumnsForm:
    """Build the form of a column mapping, filled from the request or else from the page."""
    if sent:
        return ColumnsForm()
    sheets, room = [], MOST_COLUMNS
    for _, rule in page.sheets:
        sheets.append(_sheet_data(rule, room))
        room = max(0, room - len(rule.columns))
    return ColumnsForm(formdata=None, data={"headings": headings_hash(page), "sheets": sheets})


def headings_hash(page: ColumnsPage) -> str:
    """Return a hash of an upload's sheets and headings, to detect a form for other columns."""
    headings = repr([(sample.sheet, sample.columns) for sample in page.samples])
    return sha256(headings.encode()).hexdigest()[:16]


def sheet_forms(form: ColumnsForm, page: ColumnsPage) -> tuple[SheetMapping, ...]:
    """Return each sheet's header line and file format, as entered in the column-mapping form."""
    pairs = zip(page.sheets, form.sheets.entries, strict=False)
    return tuple(_file_form(sample.sheet, rule, entry.form) for (sample, rule), entry in pairs)


def asks_to_read_again(form: ColumnsForm, page: ColumnsPage) -> bool:
    """Return whether the column-mapping form changes how a file is read.

    The header line, separator or encoding may differ.
    """
    pairs = zip(page.sheets, sheet_forms(form, page), strict=False)
    return any(
        getattr(rule, name) != getattr(entered, name)
        for (_, rule), entered in pairs
        for name in ("separator", "quotation", "encoding")
    )


def _file_form(sheet: str, rule: SheetMapping, entry: Any) -> SheetMapping:
    """Return a file's format from the column-mapping form.

    Invalid choices keep their previous value.
    """
    choices = {
        name: getattr(entry, name).data
        if getattr(entry, name).data in labels
        else getattr(rule, name)
        for name, labels in _FORM_LABELS.items()
    }
    line = entry.header_line.data or 0
    return SheetMapping(row="service", sheet=sheet, header_line=max(0, line), **choices)


def mapping_from_form(form: ColumnsForm, page: ColumnsPage) -> ColumnMapping:
    """Build the column mapping from its form; columns that are not in it keep their rules."""
    sheets = [
        _sheet_from_form(entry.form, rule) if entry else rule
        for (_, rule), entry in zip_longest(page.sheets, form.sheets.entries[: len(page.samples)])
    ]
    return ColumnMapping(sheets=tuple(sheets))


def mapping_errors(form: ColumnsForm, mapping: ColumnMapping) -> list[tuple[str, str]]:
    """Return a column mapping's errors as (field id, message), and add each to its form field."""
    form.validate()
    entries = [entry.form for entry in form.sheets.entries]
    if entries and all(sheet.row == "none" for sheet in mapping.sheets):
        _add_error(entries[0].row, gettext("Choose at least one sheet to read."))
    for sheet, entry in zip(mapping.sheets, entries, strict=False):
        _check_sheet(sheet, entry)
    return [(field.id, str(field.errors[0])) for field in _iter_fields(entries) if field.errors]


def duplicate_columns(sheet: SheetMapping) -> set[int]:
    """Return the positions of mapped columns that share a target of which only one is read."""
    uses = Counter(rule.target for rule in sheet.columns if rule.target)
    return {
        position
        for position, rule in enumerate(sheet.columns)
        if rule.target and uses[rule.target] > 1 and not TARGETS[rule.target].can_repeat
    }


def names_no_organization(sheet: SheetMapping) -> bool:
    """Return whether a mapped sheet of services has no column for their organization."""
    targets = {rule.target for rule in sheet.columns}
    return sheet.row == "service" and not targets & {ORGANIZATION, "organization.id"}


def _sheet_data(rule: SheetMapping, limit: int) -> dict[str, Any]:
    return {
        "row": rule.row,
        "header_line": rule.header_line or None,
        "separator": rule.separator,
        "quotation": rule.quotation,
        "encoding": rule.encoding,
        "state": rule.constants.get(STATE, ""),
        "town": rule.constants.get(TOWN, ""),
        "organization": rule.constants.get(ORGANIZATION, ""),
        "columns": [_column_data(column) for column in rule.columns[:limit]],
    }


def _column_data(rule: ColumnRule) -> dict[str, Any]:
    return {
        "target": target_code(rule),
        "marks": rule.marks if rule.target != DAY_TARGET else "",
        "split": rule.split,
        "of": rule.of,
        "fill_down": rule.fill_down,
    }


def target_code(rule: ColumnRule) -> str:
    """Return the value that the column-mapping form has for the target of a column rule."""
    if rule.target == DAY_TARGET:
        return f"{rule.target}{MARKED}{rule.marks}"
    return f"{rule.target}{MARKED}" if rule.marks else rule.target


def _sheet_from_form(entry: Any, rule: SheetMapping) -> SheetMapping:
    fields = [column.form for column in entry.columns.entries[: len(rule.columns)]]
    columns = [
        _column_from_form(form, column) if form else column
        for column, form in zip_longest(rule.columns, fields)
    ]
    constants = dict(rule.constants)
    given = ((STATE, entry.state), (TOWN, entry.town), (ORGANIZATION, entry.organization))
    for target, field in given:
        constants.pop(target, "")
        if text := (field.data or "").strip():
            constants[target] = text
    row = entry.row.data if entry.row.data in ROW_LABELS else rule.row
    because = rule.because if row == rule.row else ""
    return replace(
        rule, row=row, constants=constants, columns=tuple(columns), why="", because=because
    )


def _column_from_form(form: Any, rule: ColumnRule) -> ColumnRule:
    codes = {choice.value for choice in _target_choices()}
    code = form.target.data if form.target.data in codes else ""
    target, plus, day = code.partition(MARKED)
    marks = day or (form.marks.data or "").strip() or rule.column if plus else ""
    is_same = code == target_code(rule)
    return ColumnRule(
        column=rule.column,
        target=target,
        split=form.split.data if target in LISTED_TARGETS else "auto",
        marks=marks,
        of=(form.of.data or "").strip() if target == "phone.private" else "",
        fill_down=bool(form.fill_down.data) and bool(target),
        confidence=rule.confidence if is_same else 1.0,
        because=rule.because if is_same else "",
    )


def _check_sheet(sheet: SheetMapping, entry: Any) -> None:
    if sheet.row == "none":
        return
    targets = {rule.target for rule in sheet.columns} | set(sheet.constants)
    required = name_targets(sheet.row)
    if not targets & set(required):
        names = ", ".join(f"“{message_text(TARGETS[name].label)}”" for name in required)
        _add_error(entry.row, gettext("Say which column is one of these: %(names)s.", names=names))
    headings = {rule.column.casefold() for rule in sheet.columns}
    for rule, column in zip(sheet.columns, entry.columns.entries, strict=False):
        if rule.target.startswith("service.") and sheet.row in {"organization", "location"}:
            detail = gettext("A row here is not a service, so this would not be read.")
            _add_error(column.form.target, detail)
        if rule.of and rule.of.casefold() not in headings:
            _add_error(column.form.of, gettext("There is no column with this heading."))


def _iter_fields(entries: Iterable[Any]) -> Iterator[Any]:
    for entry in entries:
        yield from (entry.row, entry.header_line, entry.state, entry.town, entry.organization)
        yield from (entry.separator, entry.quotation, entry.encoding)
        for column in entry.columns.entries:
            yield from column.form


def _add_error(field: Any, detail: str) -> None:
    field.errors = (*field.errors, detail)
