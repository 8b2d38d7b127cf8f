"""Collected rows of all sheets of a spreadsheet, joined by service, organization and location."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from referral.fields.text import clean_line
from referral.formats.reading.items import RefusedRow
from referral.formats.reading.joins import ids_in
from referral.formats.reading.row_reader import RowReader, content_key
from referral.formats.spreadsheet.header_synonyms import fold_words
from referral.formats.spreadsheet.locations import SheetLocation, location_key, location_of
from referral.formats.spreadsheet.mapped_rows import MappedSheet
from referral.formats.spreadsheet.service_row import (
    ServiceRow,
    distinct_service_key,
    organization_key,
    read_service_row,
    refuse_nameless,
    service_key,
    take,
)
from referral.message import message
from referral.records.problems import Severity

_NO_PLACE = message("The row names a place that is in no other sheet. Add it there.")
_NO_SERVICE = message("The row names a service that is in no other sheet. Add it there.")


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
        refused: the rows that name nothing.
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

    def rows_by_service(self) -> dict[str, list[ServiceRow]]:
        """The lines of each service, by content: a sheet sorted another way gives the same.

        They are given away: what collected them has none any more.
        """
        groups: dict[str, list[ServiceRow]] = defaultdict(list)
        at_place: dict[tuple[str, str], list[ServiceRow]] = defaultdict(list)
        said = {id(line): content_key(dict(line.reader.row.cells)) for line in self._lines}
        for line in sorted(self._lines, key=lambda line: (line.key, said[id(line)])):
            place = line.site.key if line.site else ""
            earlier = at_place[line.key, place] if place else groups[line.key]
            line.key = distinct_service_key(earlier, line)
            groups[line.key].append(line)
            at_place[line.key, place].append(line)
        self._lines.clear()
        self._join_pairs(groups)
        return groups

    def _add_organization(self, sheet: MappedSheet, reader: RowReader) -> None:
        name = clean_line(reader.take("name", *sheet.columns.get("organization.name", ())))
        key = organization_key(take(sheet, reader, "organization.id"), name)
        if name:
            site = location_of(reader, sheet.columns, fold_words(name))
            if key not in self.organizations:
                self._keys_by_name[fold_words(name)].append(key)
                self.organizations[key] = EntityRow(sheet, reader, key, name, site=site)
        else:
            self.refused.append(refuse_nameless(sheet, reader, "organization"))

    def _add_location(self, sheet: MappedSheet, reader: RowReader) -> None:
        owner = self._owner(sheet, reader)
        site = location_of(reader, sheet.columns, owner)
        if site is None:
            self.refused.append(refuse_nameless(sheet, reader, "location"))
            return
        name = str(site.location.get("name", ""))
        if site.key not in self.locations:
            self._places_by_name[fold_words(name)].append(site)
            self.locations[site.key] = EntityRow(sheet, reader, site.key, name, owner, site)

    def _owner(self, sheet: MappedSheet, reader: RowReader) -> str:
        given = take(sheet, reader, "organization.id")
        name = clean_line(take(sheet, reader, "organization.name"))
        return self._known_key(organization_key(given, name)) if given or name else ""

    def _known_key(self, key: str) -> str:
        """The key of an organization, the one by its id where rows only name it."""
        named = self._keys_by_name.get(key.removeprefix("organization/"), [])
        return named[0] if key not in self.organizations and len(named) == 1 else key

    def _add_service(self, sheet: MappedSheet, reader: RowReader) -> None:
        line = read_service_row(sheet, reader, self._name_of)
        if line is None:
            self.refused.append(refuse_nameless(sheet, reader, "service"))
            return
        line.organization_key = self._known_key(line.organization_key)
        sites = self._sites(sheet, reader, fold_words(line.organization))
        line.site = sites[0] if sites else None
        self._lines.append(line)
        self._lines.extend(replace(line, site=site) for site in sites[1:])

    def _sites(
        self, sheet: MappedSheet, reader: RowReader, organization: str
    ) -> list[SheetLocation]:
        """The places of a row: those of other sheets that it names, else the one it describes."""
        if self.locations:
            given = take(sheet, reader, "location.id")
            known = [self.locations.get(location_key(one)) for one in ids_in(given)]
            found = [own.site for own in known if own and own.site]
            name = fold_words(take(sheet, reader, "location.name"))
            if not given and name:
                found = self._places_by_name.get(name, [])
            if found:
                return found
            if given:
                detail = message("The place is in no other sheet. Add it there, or correct the id.")
                reader.warn("unknown-place", detail, sheet.columns["location.id"][0])
        site = location_of(reader, sheet.columns, organization)
        return [site] if site else []

    def _name_of(self, key: str) -> str:
        own = self.organizations.get(key)
        return own.name if own else ""

    def _join_pairs(self, groups: dict[str, list[ServiceRow]]) -> None:
        """Rows that say of a service and a place that they belong together."""
        by_name = {fold_words(lines[0].name): key for key, lines in groups.items()}
        for sheet, reader in self._pairs:
            given, name = (take(sheet, reader, target) for target in ("service.id", "service.name"))
            key = service_key(given, "", "") if given else by_name.get(fold_words(name), "")
            sites = self._sites(sheet, reader, "")
            if key not in groups or not sites:
                detail = _NO_PLACE if key in groups else _NO_SERVICE
                problem = reader.problem("unknown-parent", Severity.ERROR, detail)
                self.refused.append(RefusedRow("service_at_location", (problem,)))
            else:
                first = groups[key][0]
                joined = ServiceRow(
                    sheet, reader, key, first.organization, first.organization_key, first.name
                )
                groups[key].extend(replace(joined, site=site) for site in sites)
