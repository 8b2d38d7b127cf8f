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
_VETERANS = frozenset(
    {"require veteran", "requires veteran", "veteran status", "veterans only", "solo veteranos"}
)
_GENDERS = {"f": "women", "female": "women", "m": "men", "male": "men"}
_NO_PLACE = message("The row names a place that is in no other sheet. Add it there.")
_NO_SERVICE = message("The row names a service that is in no other sheet. Add it there.")


@dataclass(slots=True)
class ServiceRow:
    """One service at one place, as a row gives it.

    ``organization`` is the organization's name, and ``organization_key`` what it is kept under.
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
    """A row that describes an organization or a place; ``organization`` is the key of a place's."""

    sheet: MappedSheet
    reader: RowReader
    key: str
    name: str
    organization: str = ""
    site: SheetLocation | None = None


class SheetRows:
    """Collected rows: organizations are added first, then places, services, and what joins them.

    Attributes:
        refused: the rows that name nothing, or whose cells stand in wrong columns.
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
        """Take a row in."""
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
        """Note a row whose cells stand under other headers."""
        problem = reader.problem("row-shifted", Severity.ERROR, _SHIFTED, "")
        self.refused.append(reader.refusal(sheet.rule.row, problem))

    def rows_by_service(self) -> dict[str, list[ServiceRow]]:
        """Group rows by service, ordered by content, so that sorting a sheet changes nothing.

        They are given away: what collected them has none any more.
        """
        groups: dict[str, list[ServiceRow]] = defaultdict(list)
        at_place: dict[tuple[str, str], list[ServiceRow]] = defaultdict(list)
        said = {id(line): content_key(dict(line.reader.row.cells)) for line in self._lines}
        for line in sorted(self._lines, key=lambda line: (line.key, said[id(line)])):
            place = line.site.key if line.site else ""
            earlier = at_place[line.key, place] if place else groups[line.key]
            key = _distinct_service_key(earlier, line)
            others = groups.get(key)
            if others and key == line.key and _names(others[0]) != _names(line):
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
        given = _take(sheet, reader, "organization.id")
        name = clean_line(_take(sheet, reader, "organization.name"))
        return self._known_key(_organization_key(given, name)) if given or name else ""

    def _known_key(self, key: str) -> str:
        """Return an organization's key by id where a row only names the organization."""
        named = self._keys_by_name.get(key.removeprefix("organization/"), [])
        return named[0] if key not in self.organizations and len(named) == 1 else key

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
            given = _take(sheet, reader, "location.id")
            known = [self.locations.get(location_key(one)) for one in ids_in(given)]
            found = [own.site for own in known if own and own.site]
            name = fold_words(_take(sheet, reader, "location.name"))
            if not given and name:
                found = self._places_by_name.get(name, [])
            if found:
                return found
            if given:
                detail = message("The place is in no other sheet. Add it there, or correct the id.")
                reader.warn("unknown-place", detail, sheet.columns["location.id"][0])
        return locations_of(reader, sheet.columns, organization)

    def _name_of(self, key: str) -> str:
        own = self.organizations.get(key)
        return own.name if own else ""

    def _join_pairs(self, groups: dict[str, list[ServiceRow]]) -> None:
        """Add the rows that only join a service and a location."""
        by_name = {fold_words(lines[0].name): key for key, lines in groups.items()}
        for sheet, reader in self._pairs:
            given, name = (
                _take(sheet, reader, target) for target in ("service.id", "service.name")
            )
            key = _service_key(given, "", "") if given else by_name.get(fold_words(name), "")
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
    """Return the cell of a target in a row, "" if it is empty."""
    return reader.take(target.rpartition(".")[2], *sheet.columns.get(target, ()))


def values_of(sheet: MappedSheet, reader: RowReader, kind: str) -> Values:
    """Return the values of a kind's fields that a row contains."""
    fields = {
        name: tuple(sheet.columns[f"{kind}.{name}"])
        for name in field_names(kind)
        if f"{kind}.{name}" in sheet.columns and name not in {"id", "name"}
    }
    return reader.fill(kind, fields)


def _organization_key(given: str, name: str) -> str:
    """Return the key of an organization: its id in the list, else its name."""
    return key_from_id("organization/id/", given) if given else f"organization/{fold_words(name)}"


def _service_key(given: str, organization: str, name: str) -> str:
    """Return the key of a service: its id in the list, else its and its organization's name."""
    if given:
        return key_from_id("id/", given)
    return f"{fold_words(organization)}/{fold_words(name)}"


def _read_service_row(
    sheet: MappedSheet, reader: RowReader, name_of: Callable[[str], str]
) -> ServiceRow | None:
    """Read the service of a row; None if the row names nothing.

    Args:
        sheet: where the row is.
        reader: the row.
        name_of: gives the name of an organization that has a row of its own, by its key.
    """
    given = _take(sheet, reader, "organization.id")
    organization = clean_line(_take(sheet, reader, "organization.name"))
    if given and not organization:
        organization = name_of(_organization_key(given, ""))
    name = clean_line(reader.take("name", *sheet.columns.get("service.name", ()))) or organization
    if not given:
        organization = organization or name
    if not name:
        return None
    key = _service_key(_take(sheet, reader, "service.id"), organization or given, name)
    line = ServiceRow(
        sheet, reader, key, organization, _organization_key(given, organization), name
    )
    if given:
        reader.headers["organization_id"] = reader.headers.get("id", "")
    line.values = values_of(sheet, reader, "service")
    _add_texts(line)
    reader.mark_used(*(key for target in _FLAGS for key in sheet.columns.get(target, ())))
    return line


_FLAGS = (
    "service.private", "service.shown", "service.deleted", "location.private", "phone.private",
    "schedule.day", "schedule.weekday", "schedule.opens", "schedule.closes",
)  # fmt: skip


def _add_texts(line: ServiceRow) -> None:
    """Append further description and eligibility columns to a service."""
    sheet, reader = line.sheet, line.reader
    if are_zip_codes(line.values.get("eligibility_description", "")):  # an area: see RowParts
        del line.values["eligibility_description"]
    for column in sheet.columns.get("service.more_description", ()):
        more = clean_line(reader.take("more_description", column))
        _append(line.values, "description", more, "\n\n")
    populations = sheet.columns.get("service.population", ())
    groups = [clean_line(reader.row.get(key)) for key in populations]
    reader.mark_used(*populations)
    said = ", ".join(group for group in groups if group).rstrip(".")
    rules = [f"For: {said}."] if said else []
    for rule in (*rules, *_more_eligibility(sheet, reader)):
        _append(line.values, "eligibility_description", rule, "\n")
    add_email_of_contact(sheet, reader, line.values)


def add_email_of_contact(sheet: MappedSheet, reader: RowReader, values: Values) -> None:
    """Give a record without an e-mail address the one in its cells for a contact.

    What stands beside a number that is marked as secret stays with that contact.
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
    """Return the refusal of a row without a name."""
    wanted = NAME_TARGETS if kind == "service" else (f"{kind}.name", *NAME_TARGETS)
    header = next((sheet.columns[name][0] for name in wanted if name in sheet.columns), "")
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
    """Return the key of a row's service, a new one if rows at its location describe another.

    Args:
        earlier: the rows of that service before, at least those at its place.
        line: the row.

    Rows with the same names are places of one service; at one place they are two services
    when they say different things.
    """
    here = [other for other in earlier if line.site is None or other.site == line.site]
    if not here or any(_service_cells(other) == _service_cells(line) for other in here):
        return line.key
    return f"{line.key}#{content_key(_service_cells(line))}"


def _names(line: ServiceRow) -> tuple[str, str]:
    return fold_words(line.organization), fold_words(line.name)


def _service_cells(line: ServiceRow) -> Values:
    """Return the cells about the service itself, not its location or parts."""
    apart = {*LOCATION_TARGETS, *PART_TARGETS}
    others = {key for target in apart for key in line.sheet.columns.get(target, ())}
    cells = line.reader.row.cells.items()
    return {key: fold_words(text) for key, text in cells if key not in others}


def _more_eligibility(sheet: MappedSheet, reader: RowReader) -> Iterator[str]:
    """Yield each eligibility rule of a row as a sentence that begins with its column's name.

    A no is no rule. A number alone may be dollars or percent of something, so it says so.
    """
    for column in sheet.columns.get("service.more_eligibility", ()):
        text = clean_line(reader.row.get(column)).rstrip(".")
        text = _GENDERS.get(text.casefold(), text)  # before "F" is taken for a no
        reader.mark_used(column)
        words = words_about(sheet.table.shown[column])
        said = parse_yes_no(text) if text else False
        if said is False:
            continue
        if words in _VETERANS and said:
            yield "For: veterans."
        elif said:
            yield f"{words.capitalize()}: yes."
        elif "income" in words and text.replace(",", "").isdigit():
            yield f"{words.capitalize()}: {text} (dollars or percent is not said; ask)."
        else:
            yield f"{words.capitalize()}: {text}."
