"""Collected rows of all sheets of a spreadsheet, joined by service, organization and location."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from referral.fields.text import clean_line, fold_words
from referral.formats.reading.areas import are_zip_codes
from referral.formats.reading.items import RefusedRow
from referral.formats.reading.joins import ids_in
from referral.formats.reading.row_reader import RowReader, Values, content_key
from referral.formats.reading.yes_no import parse_yes_no
from referral.formats.spreadsheet.contact_cells import read_contact_cell
from referral.formats.spreadsheet.header_matching import words_about
from referral.formats.spreadsheet.locations import (
    LOCATION_TARGETS,
    SheetLocation,
    key_from_id,
    location_key,
    location_of,
    locations_of,
)
from referral.formats.spreadsheet.mapped_rows import CONFIDENTIAL_SUFFIX, MappedSheet
from referral.formats.spreadsheet.parts import PART_TARGETS
from referral.formats.spreadsheet.targets import NAME_TARGETS
from referral.message import message
from referral.records.kinds import field_names
from referral.records.problems import Severity

_SHIFTED = message(
    "Cells of this row stand under the wrong headers. Move each to its column; nothing was taken."
)
_ID_OF_ANOTHER = message(
    "Another row has this id and another name, so they are taken for two services. Give one of "
    "them an id of its own."
)
_NO_NAME = message("The row names neither a service nor an organization; give it a name.")
_VETERANS_ONLY = frozenset(
    {"require veteran", "requires veteran", "veteran status", "veterans only", "solo veteranos"}
)
_GENDERS = {"f": "women", "female": "women", "m": "men", "male": "men"}
_NO_PLACE = message("The row names a place that is in no other sheet. Add it there.")
_NO_SERVICE = message("The row names a service that is in no other sheet. Add it there.")
_FLAGS = (
    "service.private", "service.shown", "service.deleted", "location.private", "phone.private",
    "schedule.day", "schedule.weekday", "schedule.opens", "schedule.closes",
)  # fmt: skip


@dataclass(slots=True)
class ServiceRow:
    """A row of a sheet that describes a service at one location.

    ``organization`` is the name of the organization and ``organization_key`` its key.
    """

    sheet: MappedSheet
    reader: RowReader
    key: str
    organization: str
    organization_key: str
    name: str
    site: SheetLocation | None = None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A row of a sheet that describes an organization, or a location and its organization's key."""

    sheet: MappedSheet
    reader: RowReader
    key: str
    name: str
    organization: str = ""
    site: SheetLocation | None = None


class SheetRows:
    """Collected rows of a spreadsheet: first organizations, then locations, services and joins.

    Attributes:
        refused: the rows without a name, or with cells in the wrong columns.
        organizations, locations: by key, those that have rows of their own.
    """

    def __init__(self) -> None:
        self.refused: list[RefusedRow] = []
        self.organizations: dict[str, EntityRow] = {}
        self.locations: dict[str, EntityRow] = {}
        self._keys_by_name: dict[str, list[str]] = defaultdict(list)
        self._places_by_name: dict[str, list[SheetLocation]] = defaultdict(list)
        self._lines: list[ServiceRow] = []
        self._pairs: list[tuple[MappedSheet, RowReader]] = []

    def add(self, sheet: MappedSheet, reader: RowReader) -> None:
        """Add a row of a spreadsheet by the kind of record that its sheet has."""
        kind = sheet.rule.row
        if kind == "organization":
            self._add_organization(sheet, reader)
        elif kind == "location":
            self._add_location(sheet, reader)
        elif kind == "service":
            self._add_service(sheet, reader)
        else:
            self._pairs.append((sheet, reader))

    def refuse_shifted(self, sheet: MappedSheet, reader: RowReader) -> None:
        """Refuse a sheet's row whose cells are under the wrong headers."""
        problem = reader.problem("row-shifted", Severity.ERROR, _SHIFTED, "")
        self.refused.append(reader.refusal(sheet.rule.row, problem))

    def rows_by_service(self) -> dict[str, list[ServiceRow]]:
        """Group a spreadsheet's rows by service, ordered by content.

        Sorting a sheet thus changes nothing. To free memory, the collected rows are removed here.
        """
        groups: dict[str, list[ServiceRow]] = defaultdict(list)
        at_place: dict[tuple[str, str], list[ServiceRow]] = defaultdict(list)
        contents = {id(line): content_key(dict(line.reader.row.cells)) for line in self._lines}
        for line in sorted(self._lines, key=lambda line: (line.key, contents[id(line)])):
            place = line.site.key if line.site else ""
            earlier = at_place[line.key, place] if place else groups[line.key]
            key = _distinct_service_key(earlier, line)
            others = groups.get(key)
            if others and key == line.key and _folded_names(others[0]) != _folded_names(line):
                column = line.sheet.columns["service.id"][0]
                line.reader.warn("id-of-another", _ID_OF_ANOTHER, column)
                key = f"{key}#{fold_words(line.name)}"
            line.key = key
            groups[line.key].append(line)
            at_place[line.key, place].append(line)
        self._lines.clear()
        self._join_pairs(groups)
        return groups

    def _add_organization(self, sheet: MappedSheet, reader: RowReader) -> None:
        name = clean_line(reader.take("name", *sheet.columns.get("organization.name", ())))
        key = _organization_key(_take(sheet, reader, "organization.id"), name)
        if name:
            site = location_of(reader, sheet.columns, fold_words(name))
            if key not in self.organizations:
                self._keys_by_name[fold_words(name)].append(key)
                self.organizations[key] = EntityRow(sheet, reader, key, name, site=site)
        else:
            self.refused.append(_refuse_nameless(sheet, reader, "organization"))

    def _add_location(self, sheet: MappedSheet, reader: RowReader) -> None:
        owner = self._owner(sheet, reader)
        site = location_of(reader, sheet.columns, owner)
        if site is None:
            self.refused.append(_refuse_nameless(sheet, reader, "location"))
            return
        name = str(site.location.get("name", ""))
        if site.key not in self.locations:
            self._places_by_name[fold_words(name)].append(site)
            self.locations[site.key] = EntityRow(sheet, reader, site.key, name, owner, site)

    def _owner(self, sheet: MappedSheet, reader: RowReader) -> str:
        listed_id = _take(sheet, reader, "organization.id")
        name = clean_line(_take(sheet, reader, "organization.name"))
        return self._known_key(_organization_key(listed_id, name)) if listed_id or name else ""

    def _known_key(self, key: str) -> str:
        """Return an organization's key by id if a sheet's row only has the organization's name."""
        keys = self._keys_by_name.get(key.removeprefix("organization/"), [])
        return keys[0] if key not in self.organizations and len(keys) == 1 else key

    def _add_service(self, sheet: MappedSheet, reader: RowReader) -> None:
        line = _read_service_row(sheet, reader, self._name_of)
        if line is None:
            self.refused.append(_refuse_nameless(sheet, reader, "service"))
            return
        line.organization_key = self._known_key(line.organization_key)
        sites = self._sites(sheet, reader, fold_words(line.organization))
        line.site = sites[0] if sites else None
        self._lines.append(line)
        self._lines.extend(replace(line, site=site) for site in sites[1:])

    def _sites(
        self, sheet: MappedSheet, reader: RowReader, organization: str
    ) -> list[SheetLocation]:
        """Return the locations of a row: those of other sheets that it names, else its own."""
        if self.locations:
            given_ids = _take(sheet, reader, "location.id")
            known = [self.locations.get(location_key(site_id)) for site_id in ids_in(given_ids)]
            found = [row.site for row in known if row and row.site]
            name = fold_words(_take(sheet, reader, "location.name"))
            if not given_ids and name:
                found = self._places_by_name.get(name, [])
            if found:
                return found
            if given_ids:
                detail = message("The place is in no other sheet. Add it there, or correct the id.")
                reader.warn("unknown-place", detail, sheet.columns["location.id"][0])
        return locations_of(reader, sheet.columns, organization)

    def _name_of(self, key: str) -> str:
        row = self.organizations.get(key)
        return row.name if row else ""

    def _join_pairs(self, groups: dict[str, list[ServiceRow]]) -> None:
        """Add the rows of a spreadsheet that only join a service and a location."""
        by_name = {fold_words(lines[0].name): key for key, lines in groups.items()}
        for sheet, reader in self._pairs:
            listed_id, name = (
                _take(sheet, reader, target) for target in ("service.id", "service.name")
            )
            key = (
                _service_key(listed_id, "", "") if listed_id else by_name.get(fold_words(name), "")
            )
            sites = self._sites(sheet, reader, "")
            if key not in groups or not sites:
                detail = _NO_PLACE if key in groups else _NO_SERVICE
                problem = reader.problem("unknown-parent", Severity.ERROR, detail)
                self.refused.append(reader.refusal("service_at_location", problem))
            else:
                first = groups[key][0]
                joined = ServiceRow(
                    sheet, reader, key, first.organization, first.organization_key, first.name
                )
                groups[key].extend(replace(joined, site=site) for site in sites)


def _take(sheet: MappedSheet, reader: RowReader, target: str) -> str:
    """Return the cell that is mapped to a target in a sheet's row, "" if it is empty."""
    return reader.take(target.rpartition(".")[2], *sheet.columns.get(target, ()))


def values_of(sheet: MappedSheet, reader: RowReader, kind: str) -> Values:
    """Return the values of a record kind's fields that a sheet's row contains."""
    fields = {
        name: tuple(sheet.columns[f"{kind}.{name}"])
        for name in field_names(kind)
        if f"{kind}.{name}" in sheet.columns and name not in {"id", "name"}
    }
    return reader.fill(kind, fields)


def _organization_key(listed_id: str, name: str) -> str:
    """Return a spreadsheet's key of an organization: its id in the list, else its name."""
    return (
        key_from_id("organization/id/", listed_id)
        if listed_id
        else f"organization/{fold_words(name)}"
    )


def _service_key(listed_id: str, organization: str, name: str) -> str:
    """Return a spreadsheet's key of a service: its id, else its and its organization's name."""
    if listed_id:
        return key_from_id("id/", listed_id)
    return f"{fold_words(organization)}/{fold_words(name)}"


def _read_service_row(
    sheet: MappedSheet, reader: RowReader, name_of: Callable[[str], str]
) -> ServiceRow | None:
    """Read the service of a sheet's row; None if it names neither a service nor an organization.

    Args:
        sheet: the sheet of the row.
        reader: the row.
        name_of: returns the name of an organization that has its own row, by its key.
    """
    listed_id = _take(sheet, reader, "organization.id")
    organization = clean_line(_take(sheet, reader, "organization.name"))
    if listed_id and not organization:
        organization = name_of(_organization_key(listed_id, ""))
    name = clean_line(reader.take("name", *sheet.columns.get("service.name", ()))) or organization
    if not listed_id:
        organization = organization or name
    if not name:
        return None
    key = _service_key(_take(sheet, reader, "service.id"), organization or listed_id, name)
    line = ServiceRow(
        sheet, reader, key, organization, _organization_key(listed_id, organization), name
    )
    if listed_id:
        reader.headers["organization_id"] = reader.headers.get("id", "")
    line.values = values_of(sheet, reader, "service")
    _add_texts(line)
    reader.mark_used(*(key for target in _FLAGS for key in sheet.columns.get(target, ())))
    return line


def _add_texts(line: ServiceRow) -> None:
    """Append further description and eligibility columns to a service's texts."""
    sheet, reader = line.sheet, line.reader
    if are_zip_codes(line.values.get("eligibility_description", "")):  # an area: see RowParts
        del line.values["eligibility_description"]
    for column in sheet.columns.get("service.more_description", ()):
        more = clean_line(reader.take("more_description", column))
        _append(line.values, "description", more, "\n\n")
    populations = sheet.columns.get("service.population", ())
    groups = [clean_line(reader.row.get(key)) for key in populations]
    reader.mark_used(*populations)
    named_groups = ", ".join(group for group in groups if group).rstrip(".")
    rules = [f"For: {named_groups}."] if named_groups else []
    for rule in (*rules, *_more_eligibility(sheet, reader)):
        _append(line.values, "eligibility_description", rule, "\n")
    add_email_of_contact(sheet, reader, line.values)


def add_email_of_contact(sheet: MappedSheet, reader: RowReader, values: Values) -> None:
    """Set the e-mail address of a record that has none from its contact cells.

    An address beside a number that is marked as secret stays with that contact.
    """
    for column in sheet.columns.get("contact.name", ()):
        if reader.row.get(f"{column}{CONFIDENTIAL_SUFFIX}"):
            continue
        if emails := read_contact_cell(reader.row.get(column)).emails:
            values.setdefault("email", emails[0])
            reader.headers.setdefault("email", reader.show(column))


def _append(values: Values, name: str, text: str, between: str) -> None:
    parts = [part for part in (values.get(name, ""), text) if part]
    if parts:
        values[name] = between.join(parts)


def _refuse_nameless(sheet: MappedSheet, reader: RowReader, kind: str) -> RefusedRow:
    """Return the refusal of a sheet's row without a name."""
    targets = NAME_TARGETS if kind == "service" else (f"{kind}.name", *NAME_TARGETS)
    header = next((sheet.columns[name][0] for name in targets if name in sheet.columns), "")
    detail = _NO_NAME
    if kind == "organization":
        detail = message("The row does not name its organization; give it a name.")
    if kind == "location":
        detail = message(
            "The row says neither what the place is called nor where it is. Add one of them."
        )
    problem = reader.problem("name-missing", Severity.ERROR, detail, header)
    return reader.refusal(kind, problem)


def _distinct_service_key(earlier: Iterable[ServiceRow], line: ServiceRow) -> str:
    """Return the key of a sheet row's service, a new one if it differs from the location's others.

    Args:
        earlier: the rows of that service before, at least those at its place.
        line: the row.

    Rows with the same names are places of one service. At one place, they are two services if
    their cells about the service differ.
    """
    here = [other for other in earlier if line.site is None or other.site == line.site]
    if not here or any(_service_cells(other) == _service_cells(line) for other in here):
        return line.key
    return f"{line.key}#{content_key(_service_cells(line))}"


def _folded_names(line: ServiceRow) -> tuple[str, str]:
    return fold_words(line.organization), fold_words(line.name)


def _service_cells(line: ServiceRow) -> Values:
    """Return a sheet row's cells about the service itself, not its location or parts."""
    apart = {*LOCATION_TARGETS, *PART_TARGETS}
    others = {key for target in apart for key in line.sheet.columns.get(target, ())}
    cells = line.reader.row.cells.items()
    return {key: fold_words(text) for key, text in cells if key not in others}


def _more_eligibility(sheet: MappedSheet, reader: RowReader) -> Iterator[str]:
    """Yield each eligibility rule of a row as a sentence that begins with its column's name.

    A no is no rule. The sentence for a number without a unit notes that the unit is missing.
    """
    for column in sheet.columns.get("service.more_eligibility", ()):
        text = clean_line(reader.row.get(column)).rstrip(".")
        text = _GENDERS.get(text.casefold(), text)  # before "F" is taken for a no
        reader.mark_used(column)
        words = words_about(sheet.table.shown[column])
        answer = parse_yes_no(text) if text else False
        if answer is False:
            continue
        if words in _VETERANS_ONLY and answer:
            yield "For: veterans."
        elif answer:
            yield f"{words.capitalize()}: yes."
        elif "income" in words and text.replace(",", "").isdigit():
            yield f"{words.capitalize()}: {text} (dollars or percent is not said; ask)."
        else:
            yield f"{words.capitalize()}: {text}."
