"""Rows of iCarol's wide CSV: agencies, programs, sites and programs at sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from referral.fields.places.gazetteer import state_code
from referral.fields.text import clean_line, clean_text
from referral.formats.files.tables import Row, Table, Tables
from referral.formats.icarol import columns
from referral.formats.icarol.agency_services import AgencyServices, mark_repeated, service_key
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
from referral.formats.reading.protection_flags import strictest
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values
from referral.formats.reading.taxonomy_terms import ListTerms
from referral.message import Message, message
from referral.records.problems import Severity
from referral.records.visibility import Visibility

_NO_LEVEL = message(
    "The row is none of Agency, Program, Site and ProgramAtSite. Correct TaxonomyLevelName."
)
_NO_KEY = message(
    "The row has no ResourceAgencyNum, by which the next import would find it. Add one."
)


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
        self.speaking = AgencyServices(table.rows, builder, self.terms)
        self.absent: dict[str, WideRow] = {}
        for row in table.rows:
            self._note(row)

    def _note(self, row: Row) -> None:
        """What must be known of a row before the others are read."""
        program, site = row.get(columns.PROGRAM_OF_SITE), row.get(columns.SITE_OF_PROGRAM)
        if program and site:
            self.programs_at[site].append(program)
            self.placed.add(program)
        if columns.level_of(row) == "location":
            self.site_streets[row.get(columns.PARENT)].add(_street(row))

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
        yield from self.speaking.absent_agencies(self.absent)

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
        sites = self.speaking.sites_of(wide.key)
        speaks = self.speaking.speaks(wide.key)
        service = service_key(wide.key)
        if speaks:
            yield from self.speaking.items(wide, service, _state(addresses), wide.key)
        mark_repeated(wide, sites)
        yield from funding_items(wide, parents, f"agency/{wide.key}")
        if addresses and (secret or _street(wide.row) not in self.site_streets[wide.key]):
            place: Values = {"organization_id": wide.key, "name": values.get("name", "")}
            key = f"agency/{wide.key}"
            yield from self._place(wide, key, place, addresses, secret=secret)
            if speaks and not sites:
                yield from self._link(wide.child(), service, key, {})
            if not (secret or speaks):
                yield from hours_items(wide, {"location_id": key}, key)
        yield from self.builder.items("organization", wide.key, wide.main, values)

    def _program(self, wide: WideRow) -> Iterator[Item]:
        values = own_values(wide, wide.main, "service")
        values["organization_id"] = parent_of(wide)
        payments = clean_text(wide.text(columns.PAYMENTS))
        if payments:
            fees = values.get("fees_description", "")
            values["fees_description"] = f"{fees}\nPayment: {payments}".strip()
        values["alert"] = _message(wide)
        parents: Values = {"service_id": wide.key}
        owner = f"program/{wide.key}"
        addresses, secret = addresses_of(wide)
        yield from phone_items(wide, parents, owner)
        yield from contact_items(wide, parents, owner)
        yield from hours_items(wide, parents, owner)
        yield from language_items(wide, parents, owner)
        yield from area_items(wide, parents, owner, _state(addresses))
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
        yield from self._service_of_site(wide, parent, _state(addresses))
        yield from self._place(wide, wide.key, values, addresses, secret=secret, main=wide.main)

    def _service_of_site(self, wide: WideRow, agency: str, state: str) -> Iterator[Item]:
        """What is given at a site that has no programs: its own service, or that of its agency."""
        known = self.speaking.agencies.get(agency)
        if known is not None:
            mark_repeated(wide, [known])
            wide.main.mark_used(*self.speaking.from_site(known).values())
        if self.speaking.describes(wide.row):
            key = f"site/{wide.key}"
            yield from self.speaking.items(wide, key, state, agency)
            yield from self._link(wide.child(), key, wide.key, {})
        elif self.speaking.speaks(agency) and not self.speaking.is_own(wide.row):
            if known is None:
                wide.main.mark_used(columns.PARENT_NAME)
                self.absent.setdefault(agency, wide)
            said = self.speaking.said_at(agency, wide)
            yield from self._link(wide.child(), service_key(agency), wide.key, said)

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
        yield from area_items(wide, parents, owner, _state(addresses))
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


def _message(wide: WideRow) -> str:
    """The notice of a row while it is to be shown, "" before and after."""
    text, appears, expires = columns.MESSAGE
    today = datetime.now(tz=UTC).date()
    first, last = (
        parse_date(wide.row.get(h)) if wide.row.get(h) else None for h in (appears, expires)
    )
    if (first and first > today) or (last and last < today):
        return ""
    return clean_text(wide.text(text))


def _street(row: Row) -> str:
    cells = (row.get("physicaladdress1"), row.get("physicalcity"), row.get("physicalpostalcode"))
    return "|".join(clean_line(cell).casefold() for cell in cells)


def _state(addresses: list[WideAddress]) -> str:
    codes = (state_code(str(address.values["state_province"])) for address in addresses)
    return next((code for code in codes if code), "")


def _refused(reader: RowReader, kind: str, code: str, detail: Message, header: str) -> RefusedRow:
    return RefusedRow(kind, (reader.problem(code, Severity.ERROR, detail, header),))
