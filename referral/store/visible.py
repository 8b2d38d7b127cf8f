"""Decide which records a viewer may see: for pages, index, desk and open data alike.

``records.visibility`` has the rule: a record is visible if its own visibility and that of each
record it names as a parent allow it. ``Visible`` applies it to rows, reads the parents that they
name, and caches the answers. Withheld streets and numbers are removed from texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Row, Select, exists, or_, select
from sqlalchemy.orm import Session

from referral.fields.phones import parse_phones
from referral.records.hsds import Phone, Record
from referral.records.kinds import PARENT_FIELDS, field_names
from referral.records.ownership import INDEPENDENT_KINDS
from referral.records.visibility import Audience, Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS, record_of_kind
from referral.store.rows import AddressRow, LocationRow, ServiceAtLocationRow, ServiceRow
from referral.store.source_credits import handed_on
from referral.store.visibility import shown, shown_services
from referral.store.withheld_keys import read_withheld_keys
from referral.store.withheld_locations import reveals_withheld_place, withheld_location_ids
from referral.store.withheld_texts import without_streets

_ROWS_AT_A_TIME = 2_000
_IDS_IN_A_QUERY = 1_000
# Kinds that are handed on, or not, as their source list allows; their parts go with them.
_OF_A_SOURCE = frozenset({"organization", "service", "program", "location"})
# Kinds that describe another record; each may describe the kinds before it.
_DESCRIBING = ("attribute", "translation", "metadata")
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The audience and purpose for which records are read.

    Attributes:
        hands_on: whether the records are published outside. Records of a followed source are then
            read only if its publisher allows it, and locations whose street is withheld elsewhere
            are not read.
        source: the list whose services, organizations and locations are read; "" for all.
    """

    audience: Audience = Audience.PUBLIC
    hands_on: bool = False
    source: str = ""


class ReadOnce(Protocol):
    """Memoizing reader of values over the whole directory, such as the ids of all services."""

    def __call__(self, name: str, read: Callable[[Session], _Read]) -> _Read:
        """Return the value stored under a name, or read it; sessions of a snapshot may share it."""


class Visible:
    """Reader of the records that a viewer may see by the visibility rule.

    Args:
        session: sees one snapshot of the database.
        read_once: memo for values over the whole directory, for this viewer and snapshot; by
            default each instance has its own.

    Attributes:
        keys: keys of the streets and phone numbers that are withheld from the audience.
    """

    def __init__(self, session: Session, viewer: Viewer, read_once: ReadOnce | None = None) -> None:
        self.session, self.viewer = session, viewer
        self.keys = read_withheld_keys(session, viewer.audience)
        self.read_once: ReadOnce = read_once or self._read_once_here
        self._own_values: dict[str, Any] = {}
        self._is_visible: dict[str, dict[str, bool]] = defaultdict(dict)
        self._unattached_locations: set[str] = set()

    def _read_once_here(self, name: str, read: Callable[[Session], _Read]) -> _Read:
        if name not in self._own_values:
            self._own_values[name] = read(self.session)
        value: _Read = self._own_values[name]
        return value

    # ------------------------------------------------------------ which records are visible
    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """Return the SQL conditions of the visibility rule for rows of a kind.

        They are the whole rule for services and organizations; for other kinds, ``filter_rows``
        also checks the records that a row names.
        """
        row_class, audience = ROWS[kind], self.viewer.audience
        conditions = [shown_services(audience) if kind == "service" else shown(row_class, audience)]
        if self.viewer.hands_on and kind in _OF_A_SOURCE:
            conditions.append(handed_on(row_class))
        if kind == "location":
            conditions.append(LocationRow.id.not_in(withheld_location_ids(audience)))
        if self.viewer.source and kind == "service":
            conditions.append(ServiceRow.source == self.viewer.source)
        elif self.viewer.source and kind in {"organization", "program"}:
            reference = getattr(ServiceRow, f"{kind}_id")
            services = select(reference).where(*self.conditions("service"))
            conditions.append(
                or_(row_class.source == self.viewer.source, row_class.id.in_(services))
            )
        return conditions

    def remember(self, kind: str, answers: Mapping[str, bool]) -> None:
        """Store whether ids are visible, for a caller that has applied the rule itself."""
        self._is_visible[kind].update(answers)

    def filter_ids(self, kind: str, ids: Iterable[str]) -> set[str]:
        """Return the ids of visible records, of those given."""
        wanted_ids, is_visible = set(ids), self._is_visible[kind]
        unknown_ids = [record_id for record_id in wanted_ids if record_id not in is_visible]
        if kind in ROWS:
            is_visible.update(dict.fromkeys(unknown_ids, False))  # hidden ids are not read again
            for batch in in_batches(unknown_ids, _IDS_IN_A_QUERY):
                table = ROWS[kind].__table__
                statement = select(table).where(table.c.id.in_(batch), *self.conditions(kind))
                self._apply_rule(kind, self.session.execute(statement).all())
        return {record_id for record_id in wanted_ids if is_visible.get(record_id)}

    def filter_rows(self, kind: str, rows: Sequence[Any]) -> set[str]:
        """Return the ids of the visible rows, of those given.

        Args:
            rows: rows that meet the ``conditions`` of their kind.
        """
        is_visible = self._is_visible[kind]
        self._apply_rule(kind, [row for row in rows if row.id not in is_visible])
        return {row.id for row in rows if is_visible[row.id]}

    def ids(self, kind: str) -> frozenset[str]:
        """Return the ids of all visible records of a kind."""
        return self.read_once(f"{kind} ids", lambda _: self._all_ids(kind))

    def _all_ids(self, kind: str) -> frozenset[str]:
        table = ROWS[kind].__table__
        if kind in {"service", "organization"}:  # their conditions are the whole rule
            ids = select(table.c.id).where(*self.conditions(kind))
            return frozenset(self.session.scalars(ids))
        statement = select(table).where(*self.conditions(kind))
        rows = self.session.execute(statement.execution_options(yield_per=_ROWS_AT_A_TIME))
        return frozenset(
            key
            for batch in in_batches(rows, _ROWS_AT_A_TIME)
            for key in self.filter_rows(kind, batch)
        )

    def _apply_rule(self, kind: str, rows: Sequence[Any]) -> None:
        if not rows:
            return
        if kind == "location":
            visible_ids = self._visible_locations(rows)
        elif kind == "program":
            organizations = self.filter_ids("organization", _values_of(rows, "organization_id"))
            visible_ids = {row.id for row in rows if row.organization_id in organizations}
        elif kind in INDEPENDENT_KINDS:
            visible_ids = {row.id for row in rows}
        else:
            visible_ids = self._visible_parts(kind, rows)
        if kind == "service_capacity" and self.viewer.hands_on:
            services_with_withheld = self._services_with_withheld_locations(
                _values_of(rows, "service_id")
            )
            visible_ids -= {row.id for row in rows if row.service_id in services_with_withheld}
        self._is_visible[kind].update({row.id: row.id in visible_ids for row in rows})

    # ------------------------------------------------------------ locations
    def _visible_locations(self, rows: Sequence[Any]) -> set[str]:
        """Return the locations that belong to a visible organization or have a visible service."""
        organizations = self.filter_ids("organization", _values_of(rows, "organization_id"))
        with_visible_service = self.session.scalars(
            select(ServiceAtLocationRow.location_id)
            .join(ServiceRow, ServiceRow.id == ServiceAtLocationRow.service_id)
            .where(ServiceAtLocationRow.location_id.in_([row.id for row in rows]))
            .where(shown(ServiceAtLocationRow, self.viewer.audience), *self.conditions("service"))
        )
        of_visible_organization = {
            row.id
            for row in rows
            if row.organization_id in organizations and self.viewer.source in {"", row.source}
        }
        at_withheld_streets = self._locations_at_withheld_streets(rows)
        visible_ids = (
            of_visible_organization.union(filter(None, with_visible_service)) - at_withheld_streets
        )
        if without_organization := [
            row.id for row in rows if not row.organization_id and row.id not in visible_ids
        ]:
            is_unattached = LocationRow.id.in_(unattached_location_ids())
            ids = select(LocationRow.id).where(
                LocationRow.id.in_(without_organization), is_unattached
            )
            self._unattached_locations.update(set(self.session.scalars(ids)) - at_withheld_streets)
        return visible_ids

    def _locations_at_withheld_streets(self, rows: Sequence[Any]) -> set[str]:
        """Return the locations whose street is withheld elsewhere; pages show their phones."""
        if not (self.keys and self.viewer.hands_on):
            return set()
        table = AddressRow.__table__
        addresses = self.session.execute(
            select(table)
            .where(table.c.location_id.in_([row.id for row in rows]))
            .where(table.c.retired_at.is_(None), table.c.address_type != "postal")
        )
        by_address = {
            address.location_id or ""
            for address in addresses
            if self.keys.withholds_address(address)
        }
        return by_address | {row.id for row in rows if reveals_withheld_place(row, self.keys)}

    def _services_with_withheld_locations(self, service_ids: Collection[str]) -> set[str]:
        """Return the services with a withheld location, whose free beds would show its use."""
        links = self.session.execute(
            select(
                ServiceAtLocationRow.service_id,
                ServiceAtLocationRow.location_id,
                ServiceAtLocationRow.visibility,
            )
            .join(LocationRow, LocationRow.id == ServiceAtLocationRow.location_id)
            .where(ServiceAtLocationRow.service_id.in_(list(service_ids)))
            .where(ServiceAtLocationRow.retired_at.is_(None), LocationRow.retired_at.is_(None))
        ).all()
        visible_locations = self.filter_ids("location", _values_of(links, "location_id"))
        return {
            link.service_id or ""
            for link in links
            if link.location_id not in visible_locations
            or link.visibility != Visibility.PUBLIC.value
        }

    # ------------------------------------------------------------ parts of other records
    def _visible_parts(self, kind: str, rows: Sequence[Any]) -> set[str]:
        """Return the rows with a visible parent, no hidden parent and no withheld content.

        An unattached location is not visible as a parent, but does not hide its parts.
        """
        fields = field_names(kind)
        kind_by_field = {
            field: parent_kind for field, parent_kind in PARENT_FIELDS.items() if field in fields
        }
        visible_parents = {
            field: self.filter_ids(parent_kind, _values_of(rows, field))
            for field, parent_kind in kind_by_field.items()
        }
        visible_linked = self._visible_linked(kind, rows) if "link_entity" in fields else {}
        visible_ids = set()
        for row in rows:
            named_parents = [
                (field, parent_id) for field in kind_by_field if (parent_id := getattr(row, field))
            ]
            hidden_ids = {
                parent_id
                for field, parent_id in named_parents
                if parent_id not in visible_parents[field]
            }
            has_parent = len(hidden_ids) < len(named_parents)
            if "link_entity" in fields:
                has_parent = row.link_id in visible_linked.get(row.link_entity, ())
            if (
                has_parent
                and hidden_ids <= self._unattached_locations
                and not self._has_withheld_content(kind, row)
            ):
                visible_ids.add(row.id)
        return visible_ids

    def _visible_linked(self, kind: str, rows: Sequence[Any]) -> Mapping[str, set[str]]:
        """Return the visible records that these rows describe, by kind."""
        describable = _DESCRIBING[_DESCRIBING.index(kind) :]
        ids: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.link_entity not in describable:
                ids[row.link_entity].add(row.link_id)
        return {
            linked_kind: self.filter_ids(linked_kind, linked_ids)
            for linked_kind, linked_ids in ids.items()
        }

    def _has_withheld_content(self, kind: str, row: Any) -> bool:
        if not self.keys:
            return False
        if kind == "address":
            return self.viewer.hands_on and self.keys.withholds_address(row)
        if kind == "phone":
            return self.keys.withholds_phone(row)
        texts = (row.previous_value, row.replacement_value) if kind == "metadata" else ()
        return any(self.keys.names_street(text) or self._names_phone(text) for text in texts)

    def _names_phone(self, text: str) -> bool:
        return any(
            self.keys.withholds_phone(Phone(id="", tel=number.tel, extension=number.extension))
            for number in parse_phones(text)
        )

    # ------------------------------------------------------------ reading
    def read(self, kind: str, *conditions: ColumnElement[bool]) -> Iterator[Record]:
        """Yield the visible records of a kind that meet conditions, in the order of their lists.

        Ids of hidden parents are emptied, and withheld streets and numbers are removed from texts.
        """
        table = ROWS[kind].__table__
        statement = select(table).where(*conditions, *self.conditions(kind))
        statement = statement.order_by(table.c.origin_line, table.c.id)
        # Without a condition all records of the kind are read, which may not fit in memory.
        options = {} if conditions else {"yield_per": _ROWS_AT_A_TIME}
        rows: Iterable[Row[Any]] = self.session.execute(statement.execution_options(**options))
        for batch in in_batches(rows, _ROWS_AT_A_TIME):
            visible, parents = self.filter_rows(kind, batch), self._visible_parents(kind, batch)
            for row in batch:
                if row.id in visible:
                    record = without_streets(record_of_kind(kind, row), self.keys)
                    yield _without_hidden_parents(record, parents)

    def _visible_parents(self, kind: str, rows: Sequence[Any]) -> Mapping[str, Collection[str]]:
        fields = [field for field in PARENT_FIELDS if field in field_names(kind)]
        # The only hidden parent that a visible part may have is an unattached location.
        if kind not in INDEPENDENT_KINDS:
            fields = [
                field for field in fields if field == "location_id" and self._unattached_locations
            ]
        return {
            field: self.filter_ids(PARENT_FIELDS[field], _values_of(rows, field))
            for field in fields
        }


def unattached_location_ids() -> Select[str]:
    """Return a query for the ids of locations without an organization and without a service."""
    is_used = exists().where(
        ServiceAtLocationRow.location_id == LocationRow.id,
        ServiceAtLocationRow.retired_at.is_(None),
    )
    return select(LocationRow.id).where(LocationRow.organization_id.is_(None), ~is_used)


def _values_of(rows: Iterable[Any], column: str) -> set[str]:
    return {value for row in rows if (value := getattr(row, column))}


def _without_hidden_parents(record: Record, parents: Mapping[str, Collection[str]]) -> Record:
    hidden: dict[str, Any] = {
        field: ""
        for field, ids in parents.items()
        if (parent_id := getattr(record, field)) and parent_id not in ids
    }
    return replace(record, **hidden) if hidden else record
