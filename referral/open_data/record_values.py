"""What HSDS says of records: services with when they changed, times as at their place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from referral.fields.places.lookup import find_zip
from referral.formats.writing.hsds_values import (
    Values,
    modified,
    values_of,
    with_code_beside,
    with_offset,
)
from referral.formats.writing.nested import Nested
from referral.records.directory import Address, Record, Schedule, Service, ServiceAtLocation

_WINTER = date(2025, 1, 1)  # whose offset a schedule without a first day gets


class RecordValues:
    """The values of records, once it has seen the places of their services.

    Args:
        default: the IANA zone of a place whose ZIP code is not known.
        modified_at: when services last changed.
        known_codes: the terms whose code an earlier term has.
    """

    def __init__(
        self,
        default: str,
        modified_at: Mapping[str, datetime],
        known_codes: Collection[str],
    ) -> None:
        self._default = default
        self._modified = modified_at
        self._known_codes = known_codes
        self._zip_codes: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._sites: set[str] = set()

    def note(self, records: Iterable[Record]) -> None:
        """See addresses (those that are whole first) and which service is given where."""
        for each in records:
            if isinstance(each, Address) and each.address_type == "physical":
                self._zip_codes.setdefault(each.location_id, each.postal_code)
            elif isinstance(each, ServiceAtLocation):
                self._places[each.id] = each.location_id
                self._places.setdefault(each.service_id, each.location_id)
                self._sites.add(each.location_id)

    def note_nested(self, nodes: Iterable[Nested]) -> None:
        """See what is in these."""
        for node in nodes:
            self.note([node.record])
            for children in node.parts.values():
                self.note_nested(children)

    def is_site(self, location_id: str) -> bool:
        """Whether a service is given at this place."""
        return location_id in self._sites

    def of(self, record: Record) -> Values:
        """The values of a record."""
        if isinstance(record, Service):
            at = self._modified.get(record.id)
            return modified(values_of(record), at) if at else values_of(record)
        if record.id in self._known_codes:
            return with_code_beside(values_of(record))
        if not isinstance(record, Schedule) or not (record.opens_at or record.closes_at):
            return values_of(record)
        parent = record.service_at_location_id or record.service_id
        place = record.location_id or self._places.get(parent, "")
        zone = _zone_of(self._zip_codes.get(place, "")) or self._default
        return with_offset(record, _offset(zone, record.dtstart or record.valid_from or _WINTER))


@cache
def _zone_of(zip_code: str) -> str:
    place = find_zip(zip_code)
    return place.timezone if place else ""


@cache
def _offset(zone: str, day: date) -> str:
    """The offset from UTC at noon, such as -05:00."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return noon.isoformat()[-6:]
