"""Rows of iCarol's wide CSV: agencies, programs, sites and programs at sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from referral.fields.text import clean_line, clean_text
from referral.formats.files.tables import Row, Table, Tables
from referral.formats.icarol import columns
from referral.formats.icarol.parts import (
    Addresses,
    ICarolParts,
    addresses_of,
    own_values,
    parent_of,
    term_codes,
)
from referral.formats.reading.cells import parse_date
from referral.formats.reading.derived_fields import complete_position
from referral.formats.reading.items import Item, RefusedRow
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values
from referral.formats.reading.taxonomy_terms import ListTerms
from referral.message import Message, message
from referral.records.problems import Severity
from referral.records.visibility import Visibility, strictest

_NO_LEVEL = message(
    "The row is none of Agency, Program, Site and ProgramAtSite. Correct TaxonomyLevelName."
)
_NO_KEY = message(
    "The row has no ResourceAgencyNum, by which the next import would find it. Add one."
)
# Fields of an agency's service that may come from its only site.
_FROM_SITE = (
    "application_process", "eligibility_description", "fees_description", "wait_time", "email",
    "url", "assured_date", "verified_by", "licenses",
)  # fmt: skip
# Texts of one of several sites, which become the description of the service there.
_TEXTS_AT_SITE = (
    ("eligibility_description", "Who can get it"), ("application_process", "How to apply"),
    ("fees_description", "What it costs"),
)  # fmt: skip
_LEAST_HIDDEN = (Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD)


def read_icarol(tables: Tables, source: str) -> Iterator[Item]:
    """Yield the records and problems of an iCarol export; its rows may be in any order."""
    for stem, table in tables.by_stem.items():
        if table.has(*columns.SIGNATURE):
            yield from _ExportReader(tables, stem, table, RecordBuilder(source)).items()


class _ExportReader:
    """Reader of one iCarol export."""

    def __init__(self, tables: Tables, stem: str, table: Table, builder: RecordBuilder) -> None:
        self.tables = tables
        self.stem = stem
        self.table = table
        self.builder = builder
        self.terms = ListTerms(builder)
        self.programs_at: dict[str, list[str]] = defaultdict(list)
        self.programs_with_sites: set[str] = set()
        self.site_streets: dict[str, set[str]] = defaultdict(set)
        self.implied = _ImpliedServices(table, builder, self.terms)
        self.sites_without_agency: dict[str, RowReader] = {}
        for row in table.rows:
            self._index(row)

    def _index(self, row: Row) -> None:
        """Note which sites an iCarol program has and which streets an agency's sites have."""
        program, site = row.get(columns.PROGRAM_OF_SITE), row.get(columns.SITE_OF_PROGRAM)
        if program and site:
            self.programs_at[site].append(program)
            self.programs_with_sites.add(program)
        if columns.level_of(row) == "location":
            self.site_streets[row.get(columns.PARENT)].add(_street_key(row))

    def items(self) -> Iterator[Item]:
        """Yield the records and problems of an iCarol export, row by row."""
        builders = {
            "organization": self._agency,
            "service": self._program,
            "location": self._site,
            "service_at_location": self._program_at_site,
        }
        for row in self.tables.rows(self.stem):
            reader = RowReader(row, self.table.shown)
            reader.mark_used(columns.KEY, columns.LEVEL)
            kind = columns.level_of(row)
            if not kind:
                yield _refuse(reader, "service", "level-unknown", _NO_LEVEL, columns.LEVEL)
            elif not _key_of_row(reader):
                yield _refuse(reader, kind, "key-missing", _NO_KEY, columns.KEY)
            else:
                yield from builders[kind](reader)
        yield from self.implied.absent_agencies(self.sites_without_agency)

    def _parts(self, reader: RowReader, owner: str, parents: Values) -> ICarolParts:
        return ICarolParts(self.builder, reader, owner, parents)

    # ------------------------------------------------------------ the four kinds of rows
    def _agency(self, reader: RowReader) -> Iterator[Item]:
        values, key = own_values(reader, "organization"), _key_of_row(reader)
        parent = parent_of(reader)
        if parent and parent != key:
            values["parent_organization_id"] = parent
        addresses = addresses_of(reader)
        parts = self._parts(reader, f"agency/{key}", {"organization_id": key})
        yield from parts.phones()
        yield from parts.contacts()
        sites = self.implied.sites_of(key)
        is_service = self.implied.is_service(key)
        service = _service_key(key)
        if is_service:
            yield from self.implied.items(reader, service, addresses.state, key)
        _mark_repeated_cells(reader, sites)
        yield from parts.funding()
        is_elsewhere = _street_key(reader.row) not in self.site_streets[key]
        if addresses.found and (addresses.are_secret or is_elsewhere):
            place: Values = {"organization_id": key, "name": values.get("name", "")}
            office = f"agency/{key}"
            yield from self._place(reader.part(), office, place, addresses)
            if is_service and not sites:
                yield from self._link(reader.part(), service, office, {})
            if not (addresses.are_secret or is_service):
                yield from self._parts(reader, office, {"location_id": office}).hours_of_row()
        yield from self.builder.items("organization", key, reader, values)

    def _program(self, reader: RowReader) -> Iterator[Item]:
        values, key = own_values(reader, "service"), _key_of_row(reader)
        values["organization_id"] = parent_of(reader)
        if payments := clean_text(reader.text(columns.PAYMENTS)):
            fees = values.get("fees_description", "")
            values["fees_description"] = f"{fees}\nPayment: {payments}".strip()
        values["alert"] = _current_notice(reader)
        addresses = addresses_of(reader)
        parts = self._parts(reader, f"program/{key}", {"service_id": key})
        yield from parts.phones()
        yield from parts.contacts()
        yield from parts.hours_of_row()
        yield from parts.languages_of_row()
        yield from parts.areas(addresses.state)
        yield from self._parts(reader, key, {"service_id": key}).documents()
        yield from parts.funding()
        yield from parts.capacity()
        for codes in term_codes(reader):
            yield from self.terms.attribute_items(reader.row.file, "service", key, codes)
        if addresses.found and key not in self.programs_with_sites:
            place: Values = {"organization_id": parent_of(reader)}
            yield from self._place(reader.part(), f"program/{key}", place, addresses)
            yield from self._link(reader.part(), key, f"program/{key}", {})
        yield from self.builder.items("service", key, reader, values)

    def _site(self, reader: RowReader) -> Iterator[Item]:
        values, key = own_values(reader, "location"), _key_of_row(reader)
        parent = parent_of(reader)
        if parent:
            values["organization_id"] = parent
        addresses = addresses_of(reader)
        place: Values = {"location_id": key}
        parents = place
        if addresses.are_secret:
            # Phones of a secret place go to its service, so that people can still call.
            programs = self.programs_at.get(key)
            parents = {"service_id": programs[0]} if programs else {"organization_id": parent}
        yield from self._parts(reader, f"site/{key}", parents).phones()
        parts = self._parts(reader, f"site/{key}", place)
        yield from parts.contacts()
        yield from parts.hours_of_row()
        yield from parts.languages_of_row()
        yield from self._service_of_site(reader, parent, addresses.state)
        yield from self._place(reader, key, values, addresses, is_main=True)

    def _service_of_site(self, reader: RowReader, agency: str, state: str) -> Iterator[Item]:
        """Yield the own service of an iCarol site without programs, or a link to its agency's."""
        agency_row = self.implied.agencies.get(agency)
        if agency_row is not None:
            _mark_repeated_cells(reader, [agency_row])
            reader.mark_used(*self.implied.from_site(agency_row).values())
        if self.implied.is_service_itself(reader.row):
            key = f"site/{_key_of_row(reader)}"
            yield from self.implied.items(reader, key, state, agency)
            yield from self._link(reader.part(), key, _key_of_row(reader), {})
        elif self.implied.is_service(agency) and not self.implied.is_own(reader.row):
            if agency_row is None:
                reader.mark_used(columns.PARENT_NAME)
                self.sites_without_agency.setdefault(agency, reader)
            values = self.implied.description_at(agency, reader)
            yield from self._link(reader.part(), _service_key(agency), _key_of_row(reader), values)

    def _program_at_site(self, reader: RowReader) -> Iterator[Item]:
        values = own_values(reader, "service_at_location")
        reader.mark_used(columns.PARENT, columns.PROGRAM_OF_SITE, columns.SITE_OF_PROGRAM)
        program = reader.take("service_id", columns.PROGRAM_OF_SITE)
        site = reader.take("location_id", columns.SITE_OF_PROGRAM)
        addresses = addresses_of(reader)
        for address in addresses.found:  # the row of the site has the address
            reader.leave_unmapped(*(h for h in reader.row.cells if h.startswith(address.base)))
        parents: Values = {"service_at_location_id": f"{program}/{site}"}
        parts = self._parts(reader, f"program-at-site/{_key_of_row(reader)}", parents)
        yield from parts.phones()
        yield from parts.contacts()
        yield from parts.hours_of_row()
        yield from parts.areas(addresses.state)
        for codes in term_codes(reader) if program else ():
            yield from self.terms.attribute_items(reader.row.file, "service", program, codes)
        yield from self._link(reader, program, site, values, is_main=True)

    # ------------------------------------------------------------ parts
    def _link(
        self, reader: RowReader, program: str, site: str, values: Values, *, is_main: bool = False
    ) -> Iterator[Item]:
        values = {**values, "service_id": program, "location_id": site}
        key = f"{program}/{site}"
        yield from self.builder.items("service_at_location", key, reader, values, is_main=is_main)

    def _place(
        self,
        reader: RowReader,
        key: str,
        values: Values,
        addresses: Addresses,
        *,
        is_main: bool = False,
    ) -> Iterator[Item]:
        """Yield the location of an iCarol row with its addresses.

        ``is_main`` means that the row describes the location.
        """
        if not is_main:
            headers = columns.FIELDS["location"]
            values |= reader.fill("location", {n: headers[n] for n in ("latitude", "longitude")})
        complete_position(reader, values)
        if addresses.are_secret:
            given = values.get("visibility", Visibility.WITHHELD)
            values["visibility"] = strictest(Visibility.WITHHELD, given)
            reader.headers["visibility"] = reader.show("physicaladdressisprivate")
        types = {address.values["address_type"] for address in addresses.found}
        values["location_type"] = "postal" if types == {"postal"} else "physical"
        parts = self._parts(reader, key, {"location_id": key})
        for address in addresses.found:
            yield from parts.add_read("address", address.base, address.reader, address.values)
        yield from parts.access()
        yield from self.builder.items("location", key, reader, values, is_main=is_main)


def _key_of_row(reader: RowReader) -> str:
    """Return the key of an iCarol row, by which other rows of the export refer to it."""
    return reader.row.get(columns.KEY)


def _current_notice(reader: RowReader) -> str:
    """Return the notice of an iCarol row on the days on which it is shown, "" on others."""
    text_header, *day_headers = columns.MESSAGE
    first, last = (
        parse_date(reader.row.get(h)) if reader.row.get(h) else None for h in day_headers
    )
    today = datetime.now(tz=UTC).date()
    if (first and first > today) or (last and last < today):
        return ""
    return clean_text(reader.text(text_header))


def _street_key(row: Row) -> str:
    cells = (row.get("physicaladdress1"), row.get("physicalcity"), row.get("physicalpostalcode"))
    return "|".join(clean_line(cell).casefold() for cell in cells)


def _refuse(reader: RowReader, kind: str, code: str, detail: Message, header: str) -> RefusedRow:
    problem = reader.problem(code, Severity.ERROR, detail, header)
    return reader.refusal(kind, problem)


class _ImpliedServices:
    """Services without a row in iCarol's CSV: those of agencies and sites without programs.

    Such an agency becomes a service with its name and description, at its sites. So does a site
    with its own description. An agency that only its sites name is made from that name.
    """

    def __init__(self, table: Table, builder: RecordBuilder, terms: ListTerms) -> None:
        self.shown = table.shown
        self.builder = builder
        self.terms = terms
        self.agencies: dict[str, Row] = {}
        self.sites: dict[str, list[Row]] = defaultdict(list)
        self._with_programs: set[str] = set()
        self._sites_of_programs: set[str] = set()
        for row in table.rows:
            self._index(row)

    def _index(self, row: Row) -> None:
        kind, key = columns.level_of(row), row.get(columns.KEY)
        if kind == "organization":
            self.agencies[key] = row
        elif kind == "location":
            self.sites[row.get(columns.PARENT)].append(row)
        elif kind == "service":
            self._with_programs.add(row.get(columns.PARENT))
        elif kind == "service_at_location":
            self._sites_of_programs.add(row.get(columns.SITE_OF_PROGRAM))

    def is_service(self, agency: str) -> bool:
        """Return whether an iCarol agency without programs becomes a service as well."""
        return bool(agency) and agency not in self._with_programs and self._is_named(agency)

    def sites_of(self, agency: str) -> list[Row]:
        """Return the sites at which an iCarol agency without programs offers its service."""
        return [row for row in self.sites.get(agency, ()) if not self.is_own(row)]

    def is_own(self, site: Row) -> bool:
        """Return whether an iCarol site has programs or a description of its own."""
        return site.get(columns.KEY) in self._sites_of_programs or self.is_service_itself(site)

    def is_service_itself(self, site: Row) -> bool:
        """Return whether an iCarol site without programs has a description, so is a service."""
        is_served = site.get(columns.KEY) in self._sites_of_programs
        return bool(site.get(columns.DESCRIPTION)) and not is_served

    def from_site(self, agency: Row) -> dict[str, str]:
        """Return the iCarol columns of the fields that only an agency's single site fills."""
        sites = self.sites_of(agency.get(columns.KEY))
        if len(sites) != 1:
            return {}
        found = {}
        for name in _FROM_SITE:
            headers = columns.FIELDS["service"][name]
            header = next((h for h in headers if h in sites[0].cells), "")
            if header and not agency.get(*headers):
                found[name] = header
        return found

    def description_at(self, agency: str, reader: RowReader) -> Values:
        """Return the description of an iCarol agency's service at one of several sites."""
        if len(self.sites_of(agency)) < 2:
            return {}
        headers = columns.FIELDS["service"]
        texts = ((label, reader.text(*headers[name])) for name, label in _TEXTS_AT_SITE)
        description = "\n".join(f"{label}: {text}" for label, text in texts if text)
        return {"description": description} if description else {}

    def items(self, row: RowReader, key: str, state: str, agency: str) -> Iterator[Item]:
        """Yield the service of an iCarol agency or site that has no programs.

        Args:
            row: the row of the agency or site.
            key: the key of the service.
            state: the state of its place, for towns named without their state.
            agency: the key of its organization.
        """
        reader = row.part()
        values = own_values(reader, "service")
        values["organization_id"] = agency
        site_headers = self.from_site(row.row) if agency == _key_of_row(row) else {}
        if site_headers:
            (site,) = self.sites_of(agency)
            fields = {name: (header,) for name, header in site_headers.items()}
            values |= RowReader(site, self.shown).fill("service", fields)
        parts = ICarolParts(self.builder, row, key, {"service_id": key})
        yield from parts.hours_of_row()
        yield from parts.languages_of_row()
        yield from parts.areas(state)
        yield from parts.documents()
        for codes in term_codes(row):
            yield from self.terms.attribute_items(row.row.file, "service", key, codes)
        yield from self.builder.items("service", key, reader, values, is_main=False)

    def absent_agencies(self, sites: Mapping[str, RowReader]) -> Iterator[Item]:
        """Yield organizations and services of iCarol agencies that only their sites name.

        Args:
            sites: the first site of each such agency.
        """
        for agency, site in sites.items():
            reader = site.part()
            values: Values = {"name": clean_line(reader.take("name", columns.PARENT_NAME))}
            visibility = self._most_public(self.sites[agency])
            if visibility is not Visibility.PUBLIC:
                values["visibility"] = visibility
            yield from self.builder.items("organization", agency, reader, values, is_main=False)
            service_values = {**values, "organization_id": agency}
            key = _service_key(agency)
            yield from self.builder.items("service", key, reader, service_values, is_main=False)

    def _is_named(self, agency: str) -> bool:
        has_row = agency in self.agencies
        return has_row or any(row.get(columns.PARENT_NAME) for row in self.sites.get(agency, ()))

    def _most_public(self, rows: Iterable[Row]) -> Visibility:
        values = (own_values(RowReader(row, self.shown), "location") for row in rows)
        visibilities: set[Visibility] = {
            row_values.get("visibility", Visibility.PUBLIC) for row_values in values
        }
        return min(visibilities, key=_LEAST_HIDDEN.index)


def _service_key(agency: str) -> str:
    """Return the key of the service that an iCarol agency without programs becomes."""
    return f"agency/{agency}"


def _mark_repeated_cells(reader: RowReader, others: Sequence[Row]) -> None:
    """Mark cells of an iCarol row as read that repeat those of its agency or sites."""
    kinds = ("organization",) if columns.level_of(reader.row) == "location" else ("location",)
    headers = [h for kind in kinds for names in columns.FIELDS[kind].values() for h in names]
    if kinds == ("location",):
        headers.append(columns.ACCESS)
    for header in headers:
        text = reader.row.get(header)
        if text and any(other.get(header) == text for other in others):
            reader.mark_used(header)
    if parent_of(reader) and any(_is_parent_name(reader, other) for other in others):
        reader.mark_used(columns.PARENT_NAME)
    if reader.row.get(columns.PARENT_NAME) == reader.row.get(
        *columns.FIELDS["organization"]["name"]
    ):
        reader.mark_used(columns.PARENT_NAME)


def _is_parent_name(reader: RowReader, other: Row) -> bool:
    name = other.get(*columns.FIELDS["organization"]["name"])
    return bool(name) and name == reader.row.get(columns.PARENT_NAME)
