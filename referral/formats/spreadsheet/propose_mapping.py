"""Proposed column mapping: target of each column by its header, then by its cells, with reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from referral.fields.languages import language_code
from referral.fields.text import fold_words
from referral.formats.column_mapping import (
    Because,
    ColumnMapping,
    ColumnRule,
    RowKind,
    SheetBecause,
    SheetMapping,
)
from referral.formats.files.tables import Table, Tables
from referral.formats.reading.areas import area_of
from referral.formats.reading.yes_no import POPULATIONS, are_yes_no, weekday_of
from referral.formats.spreadsheet.cell_evidence import (
    VETO,
    are_long_texts,
    are_people,
    share_that_fits,
    target_by_cells,
)
from referral.formats.spreadsheet.header_matching import (
    ORGANIZATION_TARGETS,
    PLACE_NAME,
    are_notes,
    columns_of,
    is_about_the_row,
    names_operator,
    names_organization,
    names_service,
    similar_target,
    target_of,
)
from referral.formats.spreadsheet.header_row import is_header_row
from referral.formats.spreadsheet.hours_columns import hours_groups
from referral.formats.spreadsheet.targets import NAME_TARGETS, TARGETS

_BY_HEADER, _BY_LIKENESS, _BY_CELLS, _BY_MARKS = 0.95, 0.7, 0.75, 0.8
_FEWEST_TOPICS = 3
_BLANK_SHARE = 0.2
_WHY_HOURS = "With the columns beside it, it says when it is open."
_WHY_KEPT = "Nothing says what it holds; it is kept with the record, not shown."
_WHY_NOT_NOTES = "Notes may be for staff only; they are kept with the record, not shown."
_WHY_VETOED = "The header says {what}, and most of its cells do not look like it. Say which."
_WHY_ASKED = "Only its sentences say what it holds: a description, or notes for staff. Say which."
_ORGANIZATIONS = re.compile(r"organi[sz]a|agenc|provider|proveedor|entidades", re.IGNORECASE)
_PLACES = re.compile(r"location|site|branch|address|sucursal|lugares", re.IGNORECASE)
_ORGANIZATION_WORD = re.compile(r"(?:organi[sz]ation|agency|provider)[\s_-]+", re.IGNORECASE)
# Targets of "name", "description" and the like in a sheet of places.
_LOCATION_TARGETS = {
    "service.name": "location.name",
    "service.id": "location.id",
    "service.description": "location.description",
    "service.visibility": "location.visibility",
    "service.private": "location.private",
}
_SERVICE_LINK = frozenset({"service.id", "service.name"})
_PLACE_LINK = frozenset({"location.id", "location.name"})
_LINKS = _SERVICE_LINK | _PLACE_LINK


def propose_mapping(tables: Tables) -> ColumnMapping:
    """Propose a column mapping from the headers and cells of sheets.

    Each rule has a confidence (0 to 1) and a reason. A sheet without known columns is passed over.
    """
    has_several = len(tables.by_stem) > 1
    sheets = [
        _Proposal(
            stem if has_several else "",
            table,
            _kind_of_sheet(stem, table, is_one_of_several=has_several),
        ).mapping()
        for stem, table in tables.by_stem.items()
    ]
    return ColumnMapping(sheets=tuple(sheets))


class _SheetKind(NamedTuple):
    """The kind of record in the rows of a sheet, and the reason as a code and as a sentence."""

    row: RowKind
    because: SheetBecause
    why: str


@dataclass(slots=True)
class _Proposal:
    """Builder of the proposed column mapping of one sheet.

    Attributes:
        skipped: keys of columns about the row itself.
        vetoed: key → a target that the header names but too few cells fit.
    """

    stem: str
    table: Table
    kind: _SheetKind
    rules: dict[str, ColumnRule] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    vetoed: dict[str, str] = field(default_factory=dict)

    def mapping(self) -> SheetMapping:
        """Return the proposed column mapping, with columns in the order of the sheet."""
        row, because, why = self.kind
        if row != "none":
            cells = {key: self._cells(key) for key in self.table.shown}
            self.skipped = set(self._columns_about_the_row())
            self._map_hours_columns()
            self._map_by_header(cells)
            self._map_place_name()
            self._map_yes_no_columns(cells)
            self._map_similar_headers(cells)
            self._map_by_cells(cells)
            self._set_fill_down(cells)
        rules = (self.rules.get(key) or self._unmapped_rule(key) for key in self.table.headers)
        return SheetMapping(
            sheet=self.stem,
            row=row,
            header_line=self.table.header_line,
            columns=tuple(rules),
            why=why,
            because=because,
        )

    def _cells(self, key: str) -> list[str]:
        return [row.cells[key] for row in self.table.rows if key in row.cells]

    def _rule(
        self, key: str, target: str, because: Because, confidence: float, why: str
    ) -> ColumnRule:
        shown = self.table.shown[key]
        return ColumnRule(
            column=shown, target=target, because=because, confidence=confidence, why=why
        )

    def _unmapped_rule(self, key: str) -> ColumnRule:
        if target := self.vetoed.get(key):
            label = str(TARGETS[target].label).lower()
            return self._rule(key, "", "cells-differ", 0, _WHY_VETOED.format(what=label))
        if are_notes(self.table.shown[key]) and self._cells(key):
            return self._rule(key, "", "notes", 0, _WHY_NOT_NOTES)
        return self._rule(key, "", "unknown", 0, _WHY_KEPT)

    def _has(self, target: str) -> bool:
        return any(rule.target == target for rule in self.rules.values())

    def _propose(
        self,
        key: str,
        target: str,
        because: Because,
        confidence: float,
        why: str,
        *,
        marks: str = "",
    ) -> None:
        target = _target_for(self.kind.row, target)
        is_free = TARGETS[target].can_repeat or not self._has(target) if target else False
        if is_free or self._may_share(key, target):
            rule = self._rule(key, target, because, confidence, why)
            self.rules[key] = replace(rule, marks=marks)

    def _map_hours_columns(self) -> None:
        shown = {key: text for key, text in self.table.shown.items() if key not in self.skipped}
        groups = hours_groups(shown, [row.cells for row in self.table.rows])
        for key, column in groups.items():
            self._propose(key, column.target, "hours", _BY_MARKS, _WHY_HOURS)

    def _map_by_header(self, cells: Mapping[str, list[str]]) -> None:
        is_nested = self._names_services()
        targets = {
            key: _target_of_header(self.kind.row, shown) for key, shown in self.table.shown.items()
        }
        shares = {key: share_that_fits(target, cells[key]) for key, target in targets.items()}
        # Names of services come first: "Name" beside "Service name" is the organization's.
        ordered = sorted(
            self.table.shown,
            key=lambda key: (is_nested and not names_service(self.table.shown[key]), -shares[key]),
        )
        for key in ordered:
            shown, target = self.table.shown[key], targets[key]
            if key in self.rules or key in self.skipped or self._veto(key, target, shares[key]):
                continue
            if target and TARGETS[target].is_flag and are_long_texts(cells[key]):
                continue
            if is_nested and not names_service(shown):
                target = ORGANIZATION_TARGETS.get(target, target)
            why = f"The header says {str(TARGETS[target].label).lower()}." if target else ""
            if target and TARGETS[target].marked and are_yes_no(cells[key]):
                why = f"{why} Its cells say yes or no."
                self._propose(key, target, "marks", _BY_MARKS, why, marks=shown)
            elif target:
                confidence = round(_BY_HEADER * _weight(shares[key]), 2)
                self._propose(key, target, "header", confidence, why)

    def _map_place_name(self) -> None:
        """Map a sheet's location name to the service, if only the operator is named besides."""
        keys = {rule.target: key for key, rule in self.rules.items()}
        if self.kind.row != "service" or PLACE_NAME not in keys or "service.name" in keys:
            return
        owner = keys.get("organization.name")
        if owner is None or names_operator(self.table.shown[owner]):
            key = keys[PLACE_NAME]
            self.rules[key] = replace(self.rules[key], target="service.name")

    def _veto(self, key: str, target: str, share: float) -> bool:
        """Return whether too few cells of a column fit its header's target, and note the veto."""
        if not target or share >= VETO:
            return False
        self.vetoed.setdefault(key, target)
        return True

    def _is_vetoed_flag(self, key: str) -> bool:
        target = self.vetoed.get(key, "service.shown")
        return TARGETS[target].is_flag and target != "service.shown"

    def _columns_about_the_row(self) -> Iterator[str]:
        """Yield the columns that only record when and by whom a row of the sheet was written."""
        before = ""
        for key, shown in self.table.shown.items():
            is_stamp = is_about_the_row(shown)
            # Forms put the e-mail address of who filled them in after the timestamp.
            if is_stamp or ("timestamp" in before and "email" in fold_words(shown)):
                yield key
            before = fold_words(shown).replace(" ", "") if is_stamp else ""

    def _names_services(self) -> bool:
        """Return whether a sheet has a column "service name" beside one that is just "name"."""
        if self.kind.row != "service":
            return False
        are_named = [
            names_service(shown)
            for shown in self.table.shown.values()
            if _target_of_header("service", shown) == "service.name"
        ]
        return len(set(are_named)) > 1

    def _may_share(self, key: str, target: str) -> bool:
        """Return whether a second address column may be mapped beside the first.

        One is then the organization's.
        """
        if not target.startswith("address."):
            return False
        headers = [self.table.shown[key]]
        headers += [rule.column for rule in self.rules.values() if rule.target == target]
        return len(headers) == len({names_organization(header) for header in headers})

    def _map_yes_no_columns(self, cells: Mapping[str, list[str]]) -> None:
        """Propose targets for columns of yes and no below a language, area, topic or weekday."""
        terms = []
        for key, shown in self.table.shown.items():
            if key in self.rules or key in self.skipped:
                continue
            day = weekday_of(shown)
            if day and cells[key]:
                why = "The header is a day. Its cells say whether it is open then, or when."
                self._propose(key, "schedule.day", "day", _BY_MARKS, why, marks=day)
            elif are_yes_no(cells[key]):
                target = _yes_no_target(shown)
                if target:
                    self._propose(key, target, "marks", _BY_MARKS, _why_marked(target), marks=shown)
                else:
                    terms.append(key)
        if len(terms) >= _FEWEST_TOPICS:
            topics = _without_shared_prefix({key: self.table.shown[key] for key in terms})
            for key in terms:
                why = "One of several columns that say yes or no to a topic."
                target, confidence = "taxonomy_term.name", _BY_MARKS - 0.2
                self._propose(key, target, "topics", confidence, why, marks=topics[key])

    def _map_similar_headers(self, cells: Mapping[str, list[str]]) -> None:
        for key, shown in self.table.shown.items():
            if key in self.rules or key in self.skipped:
                continue
            target, similar_header = similar_target(shown)
            share = share_that_fits(target, cells[key])
            if not target or TARGETS[target].is_flag:
                continue
            if not self._veto(key, target, share):
                why = f"The header is nearly “{similar_header}”."
                self._propose(key, target, "like", round(_BY_LIKENESS * _weight(share), 2), why)

    def _map_by_cells(self, cells: Mapping[str, list[str]]) -> None:
        for key in self.table.shown:
            if key in self.rules or key in self.skipped:
                continue
            target, kind_in_words, share = target_by_cells(cells[key])
            if key in self.vetoed and are_people(cells[key]):
                why = "Its cells are groups of people."
                self._propose(key, "service.population", "cells", _BY_CELLS, why)
            elif self._is_vetoed_flag(key):
                continue  # a text under "Private" may be private
            elif target and not self._has(_target_for(self.kind.row, target)):
                why = f"{round(share * 100)}% of its cells are {kind_in_words}."
                self._propose(key, target, "cells", round(_BY_CELLS * share, 2), why)
        texts = [
            key
            for key in self.table.shown
            if not (key in self.rules or key in self.skipped) and are_long_texts(cells[key])
        ]
        if len(texts) == 1 and not self._has(_target_for(self.kind.row, "service.description")):
            self.rules[texts[0]] = self._rule(texts[0], "", "only-text", 0, _WHY_ASKED)

    def _set_fill_down(self, cells: Mapping[str, list[str]]) -> None:
        """Propose to fill down the organization column where merged cells left it empty."""
        keys = {rule.target: key for key, rule in self.rules.items() if rule.target in NAME_TARGETS}
        if len(keys) < len(NAME_TARGETS) or not self.table.rows:
            return
        name, organization = (keys[target] for target in NAME_TARGETS)
        rows = len(self.table.rows)
        is_always_named = len(cells[name]) == rows and organization in self.table.rows[0].cells
        if is_always_named and len(cells[organization]) < (1 - _BLANK_SHARE) * rows:
            why = "Empty cells below a name look like merged ones, and stand for the name above."
            rule = self.rules[organization]
            self.rules[organization] = replace(
                rule,
                fill_down=True,
                because="merged",
                confidence=_BY_LIKENESS,
                why=f"{rule.why} {why}",
            )


def _weight(share: float) -> float:
    """Return the weight of a column header (0.5 to 1) by the share of cells that fit its target."""
    return 0.5 + 0.5 * share


def _without_shared_prefix(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Strip a prefix that all column headers share, as in ``Topic covered: Budgeting``."""
    prefixes = {shown.partition(":")[0] for shown in headers.values()}
    topics = {key: shown.partition(":")[2].strip() for key, shown in headers.items()}
    return topics if len(prefixes) == 1 and all(topics.values()) else headers


def _yes_no_target(header: str) -> str:
    words = header.replace("_", " ").strip().casefold().removeprefix("serves ")
    if language_code(words) and (len(words) > 3 or words == "asl"):  # "job" and "art" are codes
        return "language.name"
    if words in POPULATIONS:
        return "service.population"
    return "service_area.name" if area_of(header).kind != "text" else ""


def _why_marked(target: str) -> str:
    named = {
        "language.name": "a language",
        "service.population": "a group of people",
        "service_area.name": "an area",
    }[target]
    return f"The header is {named}, and its cells say yes or no."


def _kind_of_sheet(name: str, table: Table, *, is_one_of_several: bool) -> _SheetKind:
    """Return the kind of record in the rows of a sheet, with the reason as code and sentence.

    Args:
        name: the sheet's name.
        table: the sheet.
        is_one_of_several: whether there are other sheets; the only sheet has services in its rows.
    """
    if not is_one_of_several:
        return _SheetKind("service", "only", "It is the only sheet, so each row is a service.")
    found = set(columns_of(table.shown.items()))
    if found <= _LINKS and found & _SERVICE_LINK and found & _PLACE_LINK:
        why = "Its columns only join services with places."
        return _SheetKind("service_at_location", "joins", why)
    if _ORGANIZATIONS.search(name) and found & {"service.name", "organization.name"}:
        why = "The sheet is named for organizations, and has their names."
        return _SheetKind("organization", "named-organizations", why)
    if _PLACES.search(name) and found & {"address.address_1", "address.city", "location.name"}:
        why = "The sheet is named for places, and has their addresses."
        return _SheetKind("location", "named-places", why)
    names = {"service.name", "organization.name", PLACE_NAME}
    if found & names and is_header_row(list(table.shown.values())):
        why = "It has a column for the name, and others that services have."
        return _SheetKind("service", "names", why)
    why = "No column of it says what it is about, so it is passed over."
    return _SheetKind("none", "unknown", why)


def _target_of_header(row: RowKind, header: str) -> str:
    """Return the target of a column header in a sheet with rows of a kind; "" if unknown."""
    found = target_of(header)
    if not found and row == "organization":
        found = target_of(_ORGANIZATION_WORD.sub("", header))
    return _target_for(row, found) if found else ""


def _target_for(row: RowKind, target: str) -> str:
    """Translate a column target for a sheet with rows of a kind; "" if they have no such field."""
    if row == "organization":
        target = ORGANIZATION_TARGETS.get(target, target)
        return "" if target.startswith("service.") else target
    if row == "location":
        target = _LOCATION_TARGETS.get(target, target)
        return "" if target.startswith("service.") else target
    return target
