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
        self.read_once: ReadOnce = read_once or self._keep
        self._own: dict[str, Any] = {}
        self._judged: dict[str, dict[str, bool]] = defaultdict(dict)
        self._unattached: set[str] = set()

    def _keep(self, name: str, read: Callable[[Session], _Read]) -> _Read:
        if name not in self._own:
            self._own[name] = read(self.session)
        found: _Read = self._own[name]
        return found

    # ------------------------------------------------------------ which records are visible
    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """Return the SQL conditions of the visibility rule for rows of a kind.

        They are the whole rule for services and organizations; for other kinds, ``filter_rows``
        also checks the records that a row names.
        """
        row, audience = ROWS[kind], self.viewer.audience
        found = [shown_services(audience) if kind == "service" else shown(row, audience)]
        if self.viewer.hands_on and kind in _OF_A_SOURCE:
            found.append(handed_on(row))
        if kind == "location":
            found.append(LocationRow.id.not_in(withheld_location_ids(audience)))
        if self.viewer.source and kind == "service":
            found.append(ServiceRow.source == self.viewer.source)
        elif self.viewer.source and kind in {"organization", "program"}:
            needed = getattr(ServiceRow, f"{kind}_id")
            services = select(needed).where(*self.conditions("service"))
            found.append(or_(row.source == self.viewer.source, row.id.in_(services)))
        return found

    def remember(self, kind: str, answers: Mapping[str, bool]) -> None:
        """Store whether ids are visible, for a caller that has applied the rule itself."""
        self._judged[kind].update(answers)

    def filter_ids(self, kind: str, ids: Iterable[str]) -> set[str]:
        """Return the ids of visible records, of those given."""
        wanted, known = set(ids), self._judged[kind]
        unknown = [each for each in wanted if each not in known]
        if kind in ROWS:
            known.update(dict.fromkeys(unknown, False))  # hidden ids are not read again
            for some in in_batches(unknown, _IDS_IN_A_QUERY):
                table = ROWS[kind].__table__
                statement = select(table).where(table.c.id.in_(some), *self.conditions(kind))
                self._judge(kind, self.session.execute(statement).all())
        return {each for each in wanted if known.get(each)}

    def filter_rows(self, kind: str, rows: Sequence[Any]) -> set[str]:
        """Return the ids of the visible rows, of those given.

        Args:
            rows: rows that meet the ``conditions`` of their kind.
        """
        known = self._judged[kind]
        self._judge(kind, [row for row in rows if row.id not in known])
        return {row.id for row in rows if known[row.id]}

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

    def _judge(self, kind: str, rows: Sequence[Any]) -> None:
        if not rows:
            return
        if kind == "location":
            found = self._locations(rows)
        elif kind == "program":
            organizations = self.filter_ids("organization", _ids_in(rows, "organization_id"))
            found = {row.id for row in rows if row.organization_id in organizations}
        elif kind in INDEPENDENT_KINDS:
            found = {row.id for row in rows}
        else:
            found = self._parts(kind, rows)
        if kind == "service_capacity" and self.viewer.hands_on:
            withheld = self._with_withheld_places(_ids_in(rows, "service_id"))
            found -= {row.id for row in rows if row.service_id in withheld}
        self._judged[kind].update({row.id: row.id in found for row in rows})

    # ------------------------------------------------------------ locations
    def _locations(self, rows: Sequence[Any]) -> set[str]:
        """Return the locations that belong to a visible organization or have a visible service."""
        organizations = self.filter_ids("organization", _ids_in(rows, "organization_id"))
        link = ServiceAtLocationRow
        served = self.session.scalars(
            select(link.location_id)
            .join(ServiceRow, ServiceRow.id == link.service_id)
            .where(link.location_id.in_([row.id for row in rows]))
            .where(shown(link, self.viewer.audience), *self.conditions("service"))
        )
        own = {
            row.id
            for row in rows
            if row.organization_id in organizations and self.viewer.source in {"", row.source}
        }
        withheld = self._at_withheld_streets(rows)
        found = own.union(filter(None, served)) - withheld
        if lone := [row.id for row in rows if not row.organization_id and row.id not in found]:
            is_unattached = LocationRow.id.in_(unattached_location_ids())
            ids = select(LocationRow.id).where(LocationRow.id.in_(lone), is_unattached)
            self._unattached.update(set(self.session.scalars(ids)) - withheld)
        return found

    def _at_withheld_streets(self, rows: Sequence[Any]) -> set[str]:
        """Return the locations whose street is withheld elsewhere; pages show their phones."""
        if not (self.keys and self.viewer.hands_on):
            return set()
        table = AddressRow.__table__
        addresses = self.session.execute(
            select(table)
            .where(table.c.location_id.in_([row.id for row in rows]))
            .where(table.c.retired_at.is_(None), table.c.address_type != "postal")
        )
        found = {each.location_id or "" for each in addresses if self.keys.withholds_address(each)}
        return found | {row.id for row in rows if reveals_withheld_place(row, self.keys)}

    def _with_withheld_places(self, service_ids: Collection[str]) -> set[str]:
        """Return the services with a withheld location, whose free beds would show its use."""
        link, place = ServiceAtLocationRow, LocationRow
        links = self.session.execute(
            select(link.service_id, link.location_id, link.visibility)
            .join(place, place.id == link.location_id)
            .where(link.service_id.in_(list(service_ids)))
            .where(link.retired_at.is_(None), place.retired_at.is_(None))
        ).all()
        visible = self.filter_ids("location", _ids_in(links, "location_id"))
        return {
            each.service_id or ""
            for each in links
            if each.location_id not in visible or each.visibility != Visibility.PUBLIC.value
        }

    # ------------------------------------------------------------ parts of other records
    def _parts(self, kind: str, rows: Sequence[Any]) -> set[str]:
        """Return the rows with a visible parent, no hidden parent and no withheld content.

        An unattached location is not visible as a parent, but does not hide its parts.
        """
        names = field_names(kind)
        parents = {name: parent for name, parent in PARENT_FIELDS.items() if name in names}
        visible = {
            name: self.filter_ids(parent, _ids_in(rows, name)) for name, parent in parents.items()
        }
        linked = self._linked(kind, rows) if "link_entity" in names else {}
        found = set()
        for row in rows:
            named = [(name, value) for name in parents if (value := getattr(row, name))]
            unseen = {value for name, value in named if value not in visible[name]}
            has_parent = len(unseen) < len(named)
            if "link_entity" in names:
                has_parent = row.link_id in linked.get(row.link_entity, ())
            if has_parent and unseen <= self._unattached and not self._is_withheld(kind, row):
                found.add(row.id)
        return found

    def _linked(self, kind: str, rows: Sequence[Any]) -> Mapping[str, set[str]]:
        """Return the visible records that these rows describe, by kind."""
        describable = _DESCRIBING[_DESCRIBING.index(kind) :]
        ids: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.link_entity not in describable:
                ids[row.link_entity].add(row.link_id)
        return {kind: self.filter_ids(kind, found) for kind, found in ids.items()}

    def _is_withheld(self, kind: str, row: Any) -> bool:
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
            self.keys.withholds_phone(Phone(id="", tel=found.tel, extension=found.extension))
            for found in parse_phones(text)
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
                    yield _without_hidden(record, parents)

    def _visible_parents(self, kind: str, rows: Sequence[Any]) -> Mapping[str, Collection[str]]:
        names = [name for name in PARENT_FIELDS if name in field_names(kind)]
        # The only hidden parent that a visible part may have is an unattached location.
        if kind not in INDEPENDENT_KINDS:
            names = [name for name in names if name == "location_id" and self._unattached]
        return {name: self.filter_ids(PARENT_FIELDS[name], _ids_in(rows, name)) for name in names}


def unattached_location_ids() -> Select[str]:
    """Return a query for the ids of locations without an organization and without a service."""
    place, link = LocationRow, ServiceAtLocationRow
    is_used = exists().where(link.location_id == place.id, link.retired_at.is_(None))
    return select(place.id).where(place.organization_id.is_(None), ~is_used)


def _ids_in(rows: Iterable[Any], name: str) -> set[str]:
    return {value for row in rows if (value := getattr(row, name))}


def _without_hidden(record: Record, parents: Mapping[str, Collection[str]]) -> Record:
    hidden: dict[str, Any] = {
        name: ""
        for name, ids in parents.items()
        if (value := getattr(record, name)) and value not in ids
    }
    return replace(record, **hidden) if hidden else record
