"""Rows of iCarol's wide CSV: agencies, programs, sites and programs at sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from referral.fields.places.gazetteer import state_code
from referral.fields.text import clean_line, clean_text
from referral.formats.files.tables import Row, Table, Tables
from referral.formats.icarol import columns
from referral.formats.icarol.parts import (
    WideAddress,
    WideRow,
    addresses_of,
    area_items,
    capacity_items,
    contact_items,
    document_items,
    funding_items,
    hours_items,
    language_items,
    own_values,
    parent_of,
    phone_items,
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
# Of a service, what the only site of an agency may say instead of it.
_FROM_SITE = (
    "application_process", "eligibility_description", "fees_description", "wait_time", "email",
    "url", "assured_date", "verified_by", "licenses",
)  # fmt: skip
# The same of a site among several, where it is said of that place.
_AT_PLACE = (
    ("eligibility_description", "Who can get it"), ("application_process", "How to apply"),
    ("fees_description", "What it costs"),
)  # fmt: skip
_LEAST_HIDDEN = (Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD)


def read_icarol(tables: Tables, source: str) -> Iterator[Item]:
    """The items of the rows, whatever their order in the file."""
    for stem, table in tables.by_stem.items():
        if table.has(*columns.SIGNS):
            yield from _Icarol(tables, stem, table, RecordBuilder(source)).items()


class _Icarol:
    """One file being read."""

    def __init__(self, tables: Tables, stem: str, table: Table, builder: RecordBuilder) -> None:
        self.tables = tables
        self.stem = stem
        self.table = table
        self.builder = builder
        self.terms = ListTerms(builder)
        self.programs_at: dict[str, list[str]] = defaultdict(list)
        self.placed: set[str] = set()
        self.site_streets: dict[str, set[str]] = defaultdict(set)
        self.implied = _ImpliedServices(table.rows, builder, self.terms)
        self.absent: dict[str, WideRow] = {}
        for row in table.rows:
            self._index(row)

    def _index(self, row: Row) -> None:
        """What must be known of a row before the others are read."""
        program, site = row.get(columns.PROGRAM_OF_SITE), row.get(columns.SITE_OF_PROGRAM)
        if program and site:
            self.programs_at[site].append(program)
            self.placed.add(program)
        if columns.level_of(row) == "location":
            self.site_streets[row.get(columns.PARENT)].add(_street_of(row))

    def items(self) -> Iterator[Item]:
        """The items row by row."""
        builders = {
            "organization": self._agency,
            "service": self._program,
            "location": self._site,
            "service_at_location": self._program_at_site,
        }
        for row in self.tables.rows(self.stem):
            wide = WideRow(self.table, row, self.builder)
            wide.main.mark_used(columns.KEY, columns.LEVEL)
            kind = columns.level_of(row)
            if not kind:
                yield _refused(wide.main, "service", "level-unknown", _NO_LEVEL, columns.LEVEL)
            elif not wide.key:
                yield _refused(wide.main, kind, "key-missing", _NO_KEY, columns.KEY)
            else:
                yield from builders[kind](wide)
        yield from self.implied.absent_agencies(self.absent)

    # ------------------------------------------------------------ the four kinds of rows
    def _agency(self, wide: WideRow) -> Iterator[Item]:
        values = own_values(wide, wide.main, "organization")
        parent = parent_of(wide)
        if parent and parent != wide.key:
            values["parent_organization_id"] = parent
        parents: Values = {"organization_id": wide.key}
        addresses, secret = addresses_of(wide)
        yield from phone_items(wide, parents, f"agency/{wide.key}")
        yield from contact_items(wide, parents, f"agency/{wide.key}")
        sites = self.implied.sites_of(wide.key)
        is_service = self.implied.is_service(wide.key)
        service = _service_key(wide.key)
        if is_service:
            yield from self.implied.items(wide, service, _state_of(addresses), wide.key)
        _mark_repeated(wide, sites)
        yield from funding_items(wide, parents, f"agency/{wide.key}")
        if addresses and (secret or _street_of(wide.row) not in self.site_streets[wide.key]):
            place: Values = {"organization_id": wide.key, "name": values.get("name", "")}
            key = f"agency/{wide.key}"
            yield from self._place(wide, key, place, addresses, secret=secret)
            if is_service and not sites:
                yield from self._link(wide.child(), service, key, {})
            if not (secret or is_service):
                yield from hours_items(wide, {"location_id": key}, key)
        yield from self.builder.items("organization", wide.key, wide.main, values)

    def _program(self, wide: WideRow) -> Iterator[Item]:
        values = own_values(wide, wide.main, "service")
        values["organization_id"] = parent_of(wide)
        payments = clean_text(wide.text(columns.PAYMENTS))
        if payments:
            fees = values.get("fees_description", "")
            values["fees_description"] = f"{fees}\nPayment: {payments}".strip()
        values["alert"] = _current_notice(wide)
        parents: Values = {"service_id": wide.key}
        owner = f"program/{wide.key}"
        addresses, secret = addresses_of(wide)
        yield from phone_items(wide, parents, owner)
        yield from contact_items(wide, parents, owner)
        yield from hours_items(wide, parents, owner)
        yield from language_items(wide, parents, owner)
        yield from area_items(wide, parents, owner, _state_of(addresses))
        yield from document_items(wide, wide.key)
        yield from funding_items(wide, parents, owner)
        yield from capacity_items(wide, parents, owner)
        for codes in term_codes(wide):
            yield from self.terms.attribute_items(wide.row.file, "service", wide.key, codes)
        if addresses and wide.key not in self.placed:
            key = f"program/{wide.key}"
            place: Values = {"organization_id": parent_of(wide)}
            yield from self._place(wide, key, place, addresses, secret=secret)
            yield from self._link(wide.child(), wide.key, key, {})
        yield from self.builder.items("service", wide.key, wide.main, values)

    def _site(self, wide: WideRow) -> Iterator[Item]:
        values = own_values(wide, wide.main, "location")
        parent = parent_of(wide)
        if parent:
            values["organization_id"] = parent
        addresses, secret = addresses_of(wide)
        parents: Values = {"location_id": wide.key}
        if secret:
            # The place is hidden; how to call must not be.
            programs = self.programs_at.get(wide.key)
            parents = {"service_id": programs[0]} if programs else {"organization_id": parent}
        yield from phone_items(wide, parents, f"site/{wide.key}")
        yield from contact_items(wide, {"location_id": wide.key}, f"site/{wide.key}")
        yield from hours_items(wide, {"location_id": wide.key}, f"site/{wide.key}")
        yield from language_items(wide, {"location_id": wide.key}, f"site/{wide.key}")
        yield from self._service_of_site(wide, parent, _state_of(addresses))
        yield from self._place(wide, wide.key, values, addresses, secret=secret, main=wide.main)

    def _service_of_site(self, wide: WideRow, agency: str, state: str) -> Iterator[Item]:
        """What is given at a site that has no programs: its own service, or that of its agency."""
        known = self.implied.agencies.get(agency)
        if known is not None:
            _mark_repeated(wide, [known])
            wide.main.mark_used(*self.implied.from_site(known).values())
        if self.implied.describes(wide.row):
            key = f"site/{wide.key}"
            yield from self.implied.items(wide, key, state, agency)
            yield from self._link(wide.child(), key, wide.key, {})
        elif self.implied.is_service(agency) and not self.implied.is_own(wide.row):
            if known is None:
                wide.main.mark_used(columns.PARENT_NAME)
                self.absent.setdefault(agency, wide)
            said = self.implied.said_at(agency, wide)
            yield from self._link(wide.child(), _service_key(agency), wide.key, said)

    def _program_at_site(self, wide: WideRow) -> Iterator[Item]:
        values = own_values(wide, wide.main, "service_at_location")
        wide.main.mark_used(columns.PARENT, columns.PROGRAM_OF_SITE, columns.SITE_OF_PROGRAM)
        program = wide.main.take("service_id", columns.PROGRAM_OF_SITE)
        site = wide.main.take("location_id", columns.SITE_OF_PROGRAM)
        addresses, _ = addresses_of(wide)
        for address in addresses:  # the site's own row has it
            wide.main.leave_unmapped(*(h for h in wide.row.cells if h.startswith(address.end)))
        parents: Values = {"service_at_location_id": f"{program}/{site}"}
        owner = f"program-at-site/{wide.key}"
        yield from phone_items(wide, parents, owner)
        yield from contact_items(wide, parents, owner)
        yield from hours_items(wide, parents, owner)
        yield from area_items(wide, parents, owner, _state_of(addresses))
        for codes in term_codes(wide) if program else ():
            yield from self.terms.attribute_items(wide.row.file, "service", program, codes)
        yield from self._link(wide.main, program, site, values, main=True)

    # ------------------------------------------------------------ parts
    def _link(
        self, reader: RowReader, program: str, site: str, values: Values, *, main: bool = False
    ) -> Iterator[Item]:
        values = {**values, "service_id": program, "location_id": site}
        key = f"{program}/{site}"
        yield from self.builder.items("service_at_location", key, reader, values, main=main)

    def _place(
        self,
        wide: WideRow,
        key: str,
        values: Values,
        addresses: list[WideAddress],
        *,
        secret: bool,
        main: RowReader | None = None,
    ) -> Iterator[Item]:
        """A place with its addresses; of a row that is something else, unless ``main`` is given."""
        reader = main or wide.child()
        if main is None:
            own = columns.FIELDS["location"]
            values |= wide.fill(reader, "location", {n: own[n] for n in ("latitude", "longitude")})
        complete_position(reader, values)
        if secret:
            given = values.get("visibility", Visibility.WITHHELD)
            values["visibility"] = strictest(Visibility.WITHHELD, given)
            reader.headers["visibility"] = reader.show("physicaladdressisprivate")
        types = {address.values["address_type"] for address in addresses}
        values["location_type"] = "postal" if types == {"postal"} else "physical"
        for address in addresses:
            placed = {**address.values, "location_id": key}
            end = f"{key}/{address.end}"
            yield from self.builder.items("address", end, address.reader, placed, main=False)
        access = clean_text(wide.text(columns.ACCESS))
        if access:
            about = wide.child()
            about.headers["description"] = about.show(columns.ACCESS)
            told: Values = {"description": access, "location_id": key}
            yield from self.builder.items("accessibility", f"{key}/access", about, told, main=False)
        yield from self.builder.items("location", key, reader, values, main=main is not None)


def _current_notice(wide: WideRow) -> str:
    """The notice of a row while it is to be shown, "" before and after."""
    text, appears, expires = columns.MESSAGE
    today = datetime.now(tz=UTC).date()
    first, last = (
        parse_date(wide.row.get(h)) if wide.row.get(h) else None for h in (appears, expires)
    )
    if (first and first > today) or (last and last < today):
        return ""
    return clean_text(wide.text(text))


def _street_of(row: Row) -> str:
    cells = (row.get("physicaladdress1"), row.get("physicalcity"), row.get("physicalpostalcode"))
    return "|".join(clean_line(cell).casefold() for cell in cells)


def _state_of(addresses: list[WideAddress]) -> str:
    codes = (state_code(str(address.values["state_province"])) for address in addresses)
    return next((code for code in codes if code), "")


def _refused(reader: RowReader, kind: str, code: str, detail: Message, header: str) -> RefusedRow:
    problem = reader.problem(code, Severity.ERROR, detail, header)
    return reader.refusal(kind, problem)


class _ImpliedServices:
    """Services that the CSV has no row for: of agencies and sites without programs.

    Such an agency is a listing of its own: a service of its name with its description, at its
    sites. So is a site that describes itself. An agency that only its sites name is made from that
    name.
    """

    def __init__(self, rows: Iterable[Row], builder: RecordBuilder, terms: ListTerms) -> None:
        self.builder = builder
        self.terms = terms
        self.agencies: dict[str, Row] = {}
        self.sites: dict[str, list[Row]] = defaultdict(list)
        self._with_programs: set[str] = set()
        self._sites_of_programs: set[str] = set()
        for row in rows:
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
        """Whether an agency is a service itself, since it has no program."""
        return bool(agency) and agency not in self._with_programs and self._is_named(agency)

    def sites_of(self, agency: str) -> list[Row]:
        """The sites at which the service of an agency is given."""
        return [row for row in self.sites.get(agency, ()) if not self.is_own(row)]

    def is_own(self, site: Row) -> bool:
        """Whether a site is not a place of its agency: it has programs or its own words."""
        return site.get(columns.KEY) in self._sites_of_programs or self.describes(site)

    def describes(self, site: Row) -> bool:
        """Whether a site without programs says what it does."""
        is_served = site.get(columns.KEY) in self._sites_of_programs
        return bool(site.get(columns.DESCRIPTION)) and not is_served

    def from_site(self, agency: Row) -> dict[str, str]:
        """Field of an agency's service → the header under which only its one site says it."""
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

    def said_at(self, agency: str, wide: WideRow) -> Values:
        """What one of several sites says of the service of its agency there, for that place."""
        if len(self.sites_of(agency)) < 2:
            return {}
        told = ((label, wide.text(*columns.FIELDS["service"][name])) for name, label in _AT_PLACE)
        said = "\n".join(f"{label}: {text}" for label, text in told if text)
        return {"description": said} if said else {}

    def items(self, wide: WideRow, key: str, state: str, agency: str) -> Iterator[Item]:
        """The service of an agency or a site.

        Args:
            wide: its row.
            key: of the service.
            state: of its place, for towns named alone.
            agency: the key of its organization.
        """
        reader = wide.child()
        values = own_values(wide, reader, "service")
        values["organization_id"] = agency
        taken = self.from_site(wide.row) if agency == wide.key else {}
        if taken:
            (site,) = self.sites_of(agency)
            given = WideRow(wide.table, site, self.builder)
            told = {name: (header,) for name, header in taken.items()}
            values |= given.fill(given.main, "service", told)
        parents: Values = {"service_id": key}
        yield from hours_items(wide, parents, key)
        yield from language_items(wide, parents, key)
        yield from area_items(wide, parents, key, state)
        yield from document_items(wide, key)
        for codes in term_codes(wide):
            yield from self.terms.attribute_items(wide.row.file, "service", key, codes)
        yield from self.builder.items("service", key, reader, values, main=False)

    def absent_agencies(self, wide_of: Mapping[str, WideRow]) -> Iterator[Item]:
        """Organizations and services of agencies that only their sites name.

        Args:
            wide_of: the first site of each such agency.
        """
        for agency, wide in wide_of.items():
            reader = wide.child()
            name = clean_line(reader.take("name", columns.PARENT_NAME))
            values: Values = {"name": name}
            seen = self._least_hidden(wide, self.sites[agency])
            if seen is not Visibility.PUBLIC:
                values["visibility"] = seen
            yield from self.builder.items("organization", agency, reader, values, main=False)
            of_service = {**values, "organization_id": agency}
            key = _service_key(agency)
            yield from self.builder.items("service", key, reader, of_service, main=False)

    def _is_named(self, agency: str) -> bool:
        named = agency in self.agencies
        return named or any(row.get(columns.PARENT_NAME) for row in self.sites.get(agency, ()))

    def _least_hidden(self, wide: WideRow, rows: Sequence[Row]) -> Visibility:
        found: set[Visibility] = set()
        for row in rows:
            one = WideRow(wide.table, row, self.builder)
            asked = own_values(one, one.main, "location").get("visibility", Visibility.PUBLIC)
            found.add(asked)
        return min(found, key=_LEAST_HIDDEN.index)


def _service_key(agency: str) -> str:
    """The key of the service of an agency."""
    return f"agency/{agency}"


def _mark_repeated(wide: WideRow, others: Sequence[Row]) -> None:
    """Count as read what a row repeats of its agency, or of a site of it, and is kept there."""
    kinds = ("organization",) if columns.level_of(wide.row) == "location" else ("location",)
    headers = [h for kind in kinds for names in columns.FIELDS[kind].values() for h in names]
    if kinds == ("location",):
        headers.append(columns.ACCESS)
    for header in headers:
        text = wide.row.get(header)
        if text and any(other.get(header) == text for other in others):
            wide.main.mark_used(header)
    if parent_of(wide) and any(_is_name(wide, other) for other in others):
        wide.main.mark_used(columns.PARENT_NAME)
    if wide.row.get(columns.PARENT_NAME) == wide.row.get(*columns.FIELDS["organization"]["name"]):
        wide.main.mark_used(columns.PARENT_NAME)


def _is_name(wide: WideRow, other: Row) -> bool:
    name = other.get(*columns.FIELDS["organization"]["name"])
    return bool(name) and name == wide.row.get(columns.PARENT_NAME)
