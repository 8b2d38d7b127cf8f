"""Services that iCarol's CSV has no row for: of agencies and sites without programs.

Such an agency is a listing of its own: a service of its name with its description, at its sites.
So is a site that describes itself. An agency that only its sites name is made from that name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from referral.fields.text import clean_line
from referral.formats.files.tables import Row
from referral.formats.icarol import columns
from referral.formats.icarol.parts import (
    WideRow,
    area_items,
    document_items,
    hours_items,
    language_items,
    own_values,
    parent_of,
    term_codes,
)
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, Values
from referral.formats.reading.taxonomy_terms import ListTerms
from referral.records.visibility import Visibility

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


class AgencyServices:
    """What must be known of all rows to make the services of agencies and sites."""

    def __init__(self, rows: Iterable[Row], builder: RecordBuilder, terms: ListTerms) -> None:
        self.builder = builder
        self.terms = terms
        self.agencies: dict[str, Row] = {}
        self.sites: dict[str, list[Row]] = defaultdict(list)
        self._with_programs: set[str] = set()
        self._sites_of_programs: set[str] = set()
        for row in rows:
            self._note(row)

    def _note(self, row: Row) -> None:
        kind, key = columns.level_of(row), row.get(columns.KEY)
        if kind == "organization":
            self.agencies[key] = row
        elif kind == "location":
            self.sites[row.get(columns.PARENT)].append(row)
        elif kind == "service":
            self._with_programs.add(row.get(columns.PARENT))
        elif kind == "service_at_location":
            self._sites_of_programs.add(row.get(columns.SITE_OF_PROGRAM))

    def speaks(self, agency: str) -> bool:
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
            key = service_key(agency)
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


def service_key(agency: str) -> str:
    """The key of the service of an agency."""
    return f"agency/{agency}"


def mark_repeated(wide: WideRow, others: Sequence[Row]) -> None:
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
