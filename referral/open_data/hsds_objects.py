"""HSDS objects of public records, flat or with their nested parts.

Services have the time of their last change; times of day have the UTC offset of their location.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.fields.places.lookup import find_zip
from referral.formats.writing.hsds_json import object_of
from referral.formats.writing.hsds_values import (
    Values,
    modified,
    values_of,
    with_code_beside,
    with_offset,
)
from referral.formats.writing.nested import Nested
from referral.open_data.hsds_records import (
    public_records,
    read_hsds_trees,
    records_with_ids,
    stand_ins,
)
from referral.open_data.own_parts import hsds_record
from referral.open_data.terms import terms_in_use
from referral.open_data.trees import each_node, grouped_by_organization
from referral.records.hsds import Address, Record, Schedule, Service, ServiceAtLocation
from referral.store.rows import LocationRow, ServiceRow

_WINTER_DAY = date(2025, 1, 1)  # its UTC offset is used for schedules without a first day
Objects = list[dict[str, Any]]
_Read = TypeVar("_Read")
_SINGLE_PARTS: Mapping[str, tuple[str, ...]] = {
    "service": ("organization", "program"),
    "service_at_location": ("location", "service"),
    "taxonomy_term": ("taxonomy",),
}


class RecordValues:
    """Converts records to HSDS values, after it has noted the locations of their services.

    Args:
        default: the IANA zone of locations whose ZIP code is unknown.
        modified_at: when services last changed.
        known_codes: ids of the terms whose code an earlier term has.
    """

    def __init__(
        self,
        default: str,
        modified_at: Mapping[str, datetime],
        known_codes: Collection[str],
    ) -> None:
        self._default = default
        self._modified_at = modified_at
        self._known_codes = known_codes
        self._zip_codes: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._sites: set[str] = set()

    def note(self, records: Iterable[Record]) -> None:
        """Note the ZIP codes of locations, and the locations of services."""
        for record in records:
            if (
                isinstance(record, Address)
                and record.address_type == "physical"
                and record.postal_code
            ):
                self._zip_codes.setdefault(record.location_id, record.postal_code)
            elif isinstance(record, ServiceAtLocation):
                self._places[record.id] = record.location_id
                self._places.setdefault(record.service_id, record.location_id)
                self._sites.add(record.location_id)

    def note_nested(self, nodes: Iterable[Nested]) -> None:
        """Note the ZIP codes and the locations of services in some trees."""
        self.note(node.record for node in each_node(nodes))

    def is_site(self, location_id: str) -> bool:
        """Return whether a service is offered at a location."""
        return location_id in self._sites

    def of(self, record: Record) -> Values:
        """Return the HSDS values of a record."""
        if isinstance(record, Service):
            modified_at = self._modified_at.get(record.id)
            return modified(values_of(record), modified_at) if modified_at else values_of(record)
        if record.id in self._known_codes:
            return with_code_beside(values_of(record))
        if not isinstance(record, Schedule) or not (record.opens_at or record.closes_at):
            return values_of(record)
        parent = record.service_at_location_id or record.service_id
        location_id = record.location_id or self._places.get(parent, "")
        zone = _zone_of(self._zip_codes.get(location_id, "")) or self._default
        return with_offset(
            record, _utc_offset(zone, record.dtstart or record.valid_from or _WINTER_DAY)
        )


@cache
def _zone_of(zip_code: str) -> str:
    place = find_zip(zip_code)
    return place.timezone if place else ""


@cache
def _utc_offset(zone: str, day: date) -> str:
    """Return the UTC offset of a zone at noon of a day, such as -05:00."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return noon.isoformat()[-6:]


class HsdsObjects:
    """Reads HSDS objects of public records by id, in the order of the ids.

    Args:
        session: reads one consistent snapshot.

    Attributes:
        public: selects the records that are public; reads of the whole directory are cached.
    """

    def __init__(self, instance: Instance, session: Session) -> None:
        self._instance, self._session = instance, session
        moment = instance.listings.catch_up(session)

        def read_once(name: str, read: Callable[[Session], _Read]) -> _Read:
            return instance.listings.count(f"HSDS {name}", read, session, moment)

        self.public = public_records(session, read_once=read_once)

    def flat(self, kind: str, ids: Sequence[str]) -> Objects:
        """Return objects with the single records that they refer to, and without lists."""
        nodes = [Nested(hsds_record(record)) for record in self._read_records(kind, ids)]
        for part in _SINGLE_PARTS.get(kind, ()):
            wanted = {str(getattr(node.record, f"{part}_id")) for node in nodes} - {""}
            records = self._read_records(part, wanted) if wanted else []
            parts = [Nested(hsds_record(record)) for record in records]
            _nest_single(part, nodes, parts)
        codes = terms_in_use(self.public).known_codes if kind == "taxonomy_term" else ()
        return self._in_order(nodes, ids, self._record_values(nodes, codes))

    def full(self, kind: str, ids: Sequence[str], *, full_service: bool = False) -> Objects:
        """Return objects with all their nested parts.

        Args:
            full_service: whether an organization's services have their nested parts.
        """
        nodes = read_hsds_trees(self.public, kind, self._read_records(kind, ids))
        values = self._record_values(nodes, terms_in_use(self.public).known_codes)
        if kind == "organization":
            self._nest_lists(nodes, values, full_service=full_service)
        elif kind == "service_at_location":
            wanted = {str(getattr(node.record, "service_id")) for node in nodes}  # noqa: B009
            services = read_hsds_trees(
                self.public, "service", self._read_records("service", wanted)
            )
            values.note_nested(services)
            for node in services:
                node.parts.pop("service_at_location", None)
            _nest_single("service", nodes, services)
        elif kind == "taxonomy_term":
            taxonomies = {str(getattr(node.record, "taxonomy_id")) for node in nodes}  # noqa: B009
            _nest_single(
                "taxonomy",
                nodes,
                [Nested(taxonomy) for taxonomy in self._read_records("taxonomy", taxonomies)],
            )
        return self._in_order(nodes, ids, values)

    def with_own_parts(self, kind: str, ids: Sequence[str]) -> Objects:
        """Return objects with their own parts, as in exports; the ledger compares these."""
        nodes = read_hsds_trees(self.public, kind, self._read_records(kind, ids))
        return self._in_order(
            nodes, ids, self._record_values(nodes, terms_in_use(self.public).known_codes)
        )

    def _read_records(self, kind: str, ids: Iterable[str]) -> list[Record]:
        return records_with_ids(self.public, kind, ids)

    def _nest_lists(
        self, agencies: list[Nested], values: RecordValues, *, full_service: bool
    ) -> None:
        """Add to organizations their services and locations."""
        ids = [node.record.id for node in agencies]
        service_of = stand_ins(self.public)
        lone = [service_of[agency_id] for agency_id in ids if agency_id in service_of]
        for kind, row_class in (("location", LocationRow), ("service", ServiceRow)):
            records = list(self.public.read(kind, row_class.organization_id.in_(ids)))
            if kind == "service" and lone:
                records += self._read_records("service", lone)
            is_plain = kind == "service" and not full_service
            nodes = (
                [Nested(hsds_record(record)) for record in records]
                if is_plain
                else read_hsds_trees(self.public, kind, records)
            )
            values.note_nested(nodes)
            by_owner = grouped_by_organization(nodes)
            for agency in agencies:
                if group := by_owner.get(agency.record.id):
                    agency.parts[kind] = group

    def _record_values(self, nodes: list[Nested], known_codes: Collection[str]) -> RecordValues:
        values = RecordValues(self._instance.settings.timezone, {}, known_codes)
        values.note_nested(nodes)
        return values

    def _in_order(self, nodes: list[Nested], ids: Sequence[str], values: RecordValues) -> Objects:
        found = {node.record.id: node for node in nodes}
        return [object_of(found[record_id], values.of) for record_id in ids if record_id in found]


def _nest_single(part: str, nodes: Iterable[Nested], parts: Iterable[Nested]) -> None:
    by_id = {node.record.id: node for node in parts}
    for node in nodes:
        child = by_id.get(getattr(node.record, f"{part}_id"))
        if child is not None:
            node.parts[part] = [child]
