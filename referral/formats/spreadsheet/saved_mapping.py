"""Saved column mapping compared with a new list: changed columns, reused rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from referral.errors import refused
from referral.formats.column_mapping import ColumnMapping, ColumnRule, SheetMapping
from referral.formats.files.tables import fold_header
from referral.formats.spreadsheet.header_matching import target_of
from referral.formats.spreadsheet.targets import TARGETS

ASIDE = "aside"
ColumnRef = tuple[str, str]
"""A sheet ("" for the only one) and a header in it; no header means the whole sheet."""


class ColumnChanges(msgspec.Struct, frozen=True):
    """Columns that a saved mapping lacks (new), or that its new source list lacks (gone)."""

    new: tuple[ColumnRef, ...] = ()
    gone: tuple[ColumnRef, ...] = ()

    def __bool__(self) -> bool:
        """Return whether any column of a list is new or gone since the saved mapping."""
        return bool(self.new or self.gone)


def changes_since(saved: ColumnMapping, now: ColumnMapping) -> ColumnChanges:
    """Return which columns of a source list are new or gone since its saved mapping.

    Their order does not matter. Sheets that were passed over are ignored.
    """
    read_sheets = [sheet for sheet in saved.sheets if sheet.row != "none"]
    passed_over = {sheet.sheet for sheet in saved.sheets if sheet.row == "none"}
    compared_sheets = [sheet for sheet in now.sheets if sheet.sheet not in passed_over]
    return ColumnChanges(
        new=tuple(_columns_missing_in(saved, compared_sheets)),
        gone=tuple(_columns_missing_in(now, read_sheets)),
    )


def reuse_unchanged(proposed: ColumnMapping, saved: ColumnMapping) -> ColumnMapping:
    """Return the proposed column mapping with the saved rules of columns that are still there."""
    sheets = (_with_saved_rules(sheet, saved.of_sheet(sheet.sheet)) for sheet in proposed.sheets)
    return replace(proposed, sheets=tuple(sheets))


def with_answers(mapping: ColumnMapping, answers: Mapping[str, str]) -> ColumnMapping:
    """Return a column mapping with the targets that a user chose for some columns.

    Args:
        mapping: as proposed or saved.
        answers: header → target of its column, by name or as a known header ("description");
            ``ASIDE`` keeps the column with the record, not shown.

    Raises:
        RefusedError: a header is in no sheet, or an answer names no target.
    """
    headers = {fold_header(header): header for header in answers}
    rules = {key: _rule_for_answer(header, answers[header]) for key, header in headers.items()}
    known = [rule.column for sheet in mapping.sheets for rule in sheet.columns]
    missing = rules.keys() - set(map(fold_header, known))
    if missing:
        raise refused(
            "The list has no column %(column)s. Its columns are: %(columns)s.",
            column=headers[min(missing)],
            columns=", ".join(known),
        )
    sheets = (
        replace(
            sheet,
            columns=tuple(
                replace(rules[key], column=rule.column)
                if (key := fold_header(rule.column)) in rules
                else rule
                for rule in sheet.columns
            ),
        )
        for sheet in mapping.sheets
    )
    return replace(mapping, sheets=tuple(sheets))


def _rule_for_answer(header: str, answer: str) -> ColumnRule:
    target = answer if answer in TARGETS else target_of(answer)
    if not target and answer != ASIDE:
        raise refused(
            "Nobody can tell what “%(said)s” means for the column %(column)s. Write “description”, "
            "“hours” or the like, a name from docs/importing.md, or “aside”.",
            said=answer,
            column=header,
        )
    return ColumnRule(column=header, target=target if answer != ASIDE else "")


def readable_now(saved: ColumnMapping, proposed: ColumnMapping) -> Iterator[ColumnRef]:
    """Yield the columns that a saved mapping could not explain and a proposed one can."""
    for sheet in proposed.sheets:
        saved_sheet = saved.of_sheet(sheet.sheet)
        if saved_sheet is not None and saved_sheet.row != "none":
            rules = {
                fold_header(rule.column): rule for rule in _available_rules(sheet, saved_sheet)
            }
            for rule in filter(_is_undecided, saved_sheet.columns):
                now = rules.get(fold_header(rule.column))
                if now is not None and now.target:
                    yield sheet.sheet, now.column


def with_form_of(mapping: ColumnMapping, given: ColumnMapping | None) -> ColumnMapping:
    """Return a column mapping with the separator, quotation mark and encoding of another one."""
    if given is None:
        return mapping
    sheets = []
    for sheet in mapping.sheets:
        form_sheet = given.of_sheet(sheet.sheet) or sheet
        form = {name: getattr(form_sheet, name) for name in ("separator", "quotation", "encoding")}
        sheets.append(replace(sheet, **form))
    return replace(mapping, sheets=tuple(sheets))


def _columns_missing_in(
    mapping: ColumnMapping, sheets: Iterable[SheetMapping]
) -> Iterator[ColumnRef]:
    for sheet in sheets:
        other = mapping.of_sheet(sheet.sheet)
        if other is None:
            yield sheet.sheet, ""
            continue
        known = {fold_header(rule.column) for rule in other.columns}
        for rule in sheet.columns:
            if fold_header(rule.column) not in known:
                yield sheet.sheet, rule.column


def _with_saved_rules(sheet: SheetMapping, saved_sheet: SheetMapping | None) -> SheetMapping:
    if saved_sheet is None:
        return sheet
    rules = {
        fold_header(rule.column): _as_saved(rule)
        for rule in saved_sheet.columns
        if not _is_undecided(rule)
    }
    columns = (
        rules.get(fold_header(rule.column), rule) for rule in _available_rules(sheet, saved_sheet)
    )
    return replace(
        sheet,
        row=saved_sheet.row,
        constants=saved_sheet.constants,
        columns=tuple(columns),
        why="",
        because="remembered",
    )


def _is_undecided(rule: ColumnRule) -> bool:
    return not rule.target and rule.because == "unknown"


def _available_rules(sheet: SheetMapping, saved_sheet: SheetMapping) -> Iterator[ColumnRule]:
    """Yield the proposed column rules that do not conflict with a sheet's saved columns."""
    taken = {rule.target for rule in saved_sheet.columns if rule.target}
    return (_without_taken_target(rule, taken) for rule in sheet.columns)


def _as_saved(rule: ColumnRule) -> ColumnRule:
    return replace(rule, confidence=1.0, why="", because="remembered")


def _without_taken_target(rule: ColumnRule, taken: Collection[str]) -> ColumnRule:
    """Return a column rule without its target if another column already has that target."""
    if rule.target in taken and not TARGETS[rule.target].can_repeat:
        return ColumnRule(column=rule.column, confidence=0, because="unknown")
    return rule
