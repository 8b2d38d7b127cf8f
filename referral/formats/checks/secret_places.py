"""Locations that a list calls secret in words: at the street, in a note, a flag or a text.

The words are in ``records.secret_places``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from referral.formats.reading.items import Item
from referral.message import message
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Record,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity
from referral.records.secret_places import (
    ColumnSense,
    cell_hides_place,
    column_sense,
    is_secret_note,
    is_secret_street,
    is_yes_or_no,
    says_place_is_secret,
)

_UNCLEAR = message(
    "The column “%(column)s” says only yes or no. It may say whether an address may be shown. "
    "No address was withheld for it. If one should be, stop here and rename the column, for "
    "example to “Show address”."
)
_ADDRESS_FIELDS = ("address_1", "address_2", "attention", "city")
_NOTES: Mapping[type, tuple[str, ...]] = {
    Location: ("description", "transportation"),
    ServiceAtLocation: ("description",),
}


def secret_places(items: Iterable[Item]) -> set[str]:
    """Return the ids of locations whose address the source list calls secret in any text."""
    records = [item for item in items if isinstance(item, SourcedRecord)]
    links = _LocationLinks(records)
    return {place for item in records for place in _secret_locations_of(item, links)}


def unclear_columns(items: Iterable[Item]) -> Iterator[Problem]:
    """Yield a doubt for each yes/no column that might mean that an address must not be shown."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        if isinstance(item, SourcedRecord):
            for header, text in item.origin.unmapped.items():
                if text.strip() and column_sense(header) is ColumnSense.MAYBE:
                    cells[item.origin.file, header].append(text)
    for (file, header), texts in cells.items():
        if all(map(is_yes_or_no, texts)):
            yield Problem(
                code="secrecy-column-unclear",
                severity=Severity.DOUBT,
                message=_UNCLEAR.filled(column=header),
                file=file,
                column=header,
            )


class _LocationLinks:
    """Locations of a listed record: those of its row, else all that are linked to it."""

    def __init__(self, records: Iterable[SourcedRecord]) -> None:
        self._by_row: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._by_service: dict[str, set[str]] = defaultdict(set)
        self._by_organization: dict[str, set[str]] = defaultdict(set)
        self._services_by_organization: dict[str, set[str]] = defaultdict(set)
        for item in records:
            record = item.record
            if isinstance(record, Location):
                self._by_row[item.origin.file, item.origin.line].add(record.id)
                self._by_organization[record.organization_id].add(record.id)
            elif isinstance(record, ServiceAtLocation):
                self._by_service[record.service_id].add(record.location_id)
            elif isinstance(record, Service):
                self._services_by_organization[record.organization_id].add(record.id)

    def of_row(self, item: SourcedRecord) -> set[str]:
        """Return the ids of the locations that a row of the source list describes."""
        record = item.record
        if isinstance(record, Location):
            return {record.id}
        if isinstance(record, Address | ServiceAtLocation):
            return {record.location_id}
        if isinstance(record, Service):
            of_service = self._by_service[record.id]
            return (self._by_row[item.origin.file, item.origin.line] & of_service) or of_service
        if isinstance(record, Organization):
            return self.of_organization(record.id)
        return set()

    def of_organization(self, organization: str) -> set[str]:
        """Return the ids of the locations of an organization of the list and its services."""
        of_services = (
            self._by_service[service] for service in self._services_by_organization[organization]
        )
        return self._by_organization[organization].union(*of_services)

    def described_by(self, organization: str) -> set[str]:
        """Return the ids of the locations that the description of an organization is about."""
        places = self.of_organization(organization)
        if len(places) == 1:
            return places
        return self._by_organization[organization] - set().union(*self._by_service.values())


def _secret_locations_of(item: SourcedRecord, links: _LocationLinks) -> set[str]:
    record = item.record
    is_secret = (
        any(cell_hides_place(header, text) for header, text in _iter_cells(item))
        or _has_secret_street(record)
        or any(is_secret_note(getattr(record, name)) for name in _NOTES.get(type(record), ()))
    )
    if is_secret:
        return links.of_row(item)
    if isinstance(record, Location | Service | Organization):
        names = (record.name, record.alternate_name)
        if any(says_place_is_secret(name, is_name=True) for name in names):
            return links.of_row(item)
        if says_place_is_secret(record.description):
            is_organization = isinstance(record, Organization)
            return links.described_by(record.id) if is_organization else links.of_row(item)
    return set()


def _has_secret_street(record: Record) -> bool:
    if not isinstance(record, Address) or record.address_type != "physical":
        return False
    return any(is_secret_street(getattr(record, name)) for name in _ADDRESS_FIELDS)


def _iter_cells(item: SourcedRecord) -> Iterator[tuple[str, str]]:
    """Yield header and text of a record's unmapped cells, and of the fields of an address."""
    yield from item.origin.unmapped.items()
    if isinstance(item.record, Address | Location):
        for name, header in item.headers.items():
            value = getattr(item.record, name, None)
            if isinstance(value, str) and name in _ADDRESS_FIELDS and value:
                yield header, value
