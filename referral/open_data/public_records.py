"""Which records of the directory everybody may have: the one place that decides it for open data.

The API, the feed of changes, files, the ledger and the sitemap all ask ``PublicRecords``. It is
the public's side of the visibility rule, taken by its word: a record leaves when it, and each
record that it names as its parent, may be seen. A place leaves with a service or an organization
that does, and not at all where one of its street addresses is withheld. A term leaves when it is in
use. What is from a followed source stays here unless its publisher lets us hand it on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Row, exists, or_, select
from sqlalchemy.orm import Session

from referral.fields.phones import parse_phones
from referral.records.directory import Phone, Record
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names
from referral.records.visibility import Audience, Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS, record_of_kind
from referral.store.rows import (
    AddressRow,
    AttributeRow,
    LocationRow,
    ServiceAtLocationRow,
    ServiceRow,
    TaxonomyTermRow,
)
from referral.store.source_credits import handed_on
from referral.store.visibility import shown, shown_services
from referral.store.withheld_keys import read_withheld_keys
from referral.store.withheld_locations import tells_held_place, withheld_location_ids
from referral.store.withheld_texts import without_streets

_PUBLIC = Audience.PUBLIC
_ROWS_AT_A_TIME = 2_000
_IDS_IN_A_QUERY = 1_000
# These are shown by themselves; a parent of theirs that is not is only not named.
_OWN_RIGHT = ("organization", "service", "program", "location", "taxonomy", "taxonomy_term")
# What a list has by itself: it leaves as its source says, and its parts go with it.
_OF_A_LIST = frozenset({"organization", "service", "program", "location"})
_TERMS = frozenset({"taxonomy", "taxonomy_term"})
# What says something of another record; each may be about those before it.
_LINKING = ("attribute", "translation", "metadata")
# A record that names several parents is told inside the first of these.
_TOLD_INSIDE = (
    "contact_id", "phone_id", "service_at_location_id", "service_id", "location_id",
    "organization_id", "link_id",
)  # fmt: skip
_Read = TypeVar("_Read")


class Kept(Protocol):
    """Gives what is read of the whole directory, by a name; it may be read once for many."""

    def __call__(self, name: str, read: Callable[[Session], _Read]) -> _Read:
        """What is kept by this name, or is read now."""


@dataclass(frozen=True, slots=True)
class KindsInUse:
    """Which kinds the directory has at all, and what attributes and translations are about.

    What it has none of is not asked for. It may name more than the public sees.
    """

    kinds: frozenset[str]
    links: Mapping[str, frozenset[str]]


class PublicRecords:
    """Decides which records may leave, and reads them: some, or all of the directory or a list.

    The rule is asked of the rows that come up and of the parents that they name, and its answers
    are remembered.

    Args:
        session: sees one moment.
        source: the list whose services, organizations and places leave; "" for all.
        kept: what is read of the whole directory, at the same moment and without a source; each
            instance reads it for itself when not given.
    """

    def __init__(self, session: Session, source: str = "", kept: Kept | None = None) -> None:
        self._session, self._source = session, source
        self._keys = read_withheld_keys(session, _PUBLIC)
        self._judged: dict[str, dict[str, bool]] = defaultdict(dict)
        self._read_once: dict[str, Any] = {}
        self.kept: Kept = kept or self._keep

    def _keep(self, name: str, read: Callable[[Session], _Read]) -> _Read:
        if name not in self._read_once:
            self._read_once[name] = read(self._session)
        found: _Read = self._read_once[name]
        return found

    # ------------------------------------------------------------ which records leave
    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """What the database can tell of rows of a kind by themselves.

        A service or organization leaves when these hold, and no other record without them.
        """
        row = ROWS[kind]
        found = [shown_services(_PUBLIC) if kind == "service" else shown(row, _PUBLIC)]
        if kind in _OF_A_LIST:
            found.append(handed_on(row))
        if kind == "location":
            found.append(LocationRow.id.not_in(withheld_location_ids(_PUBLIC)))
        if self._source and kind == "service":
            found.append(ServiceRow.source == self._source)
        elif self._source and kind in {"organization", "program"}:
            needed = getattr(ServiceRow, f"{kind}_id")
            services = select(needed).where(*self.conditions("service"), needed.is_not(None))
            found.append(or_(row.source == self._source, row.id.in_(services)))
        return found

    def leaving(self, kind: str, ids: Iterable[str]) -> set[str]:
        """Those of these ids that may leave."""
        wanted = set(ids)
        known = self._judged[kind]
        unknown = [each for each in wanted if each not in known]
        if kind in ROWS:
            known.update(dict.fromkeys(unknown, False))  # a record may be about itself
            for some in in_batches(unknown, _IDS_IN_A_QUERY):
                table = ROWS[kind].__table__
                statement = select(table).where(table.c.id.in_(some), *self.conditions(kind))
                self._judge(kind, self._session.execute(statement).all())
        return {each for each in wanted if known.get(each)}

    def ids(self, kind: str) -> frozenset[str]:
        """The ids of all of a kind that leave."""
        return self.kept(f"{kind} ids", lambda _: self._all_ids(kind))

    def count(self, kind: str) -> int:
        """How many of a kind leave."""
        return len(self.ids(kind))

    def _all_ids(self, kind: str) -> frozenset[str]:
        table = ROWS[kind].__table__
        if kind in {"service", "organization"}:  # the conditions are all there is to it
            ids = select(table.c.id).where(*self.conditions(kind))
            return frozenset(self._session.scalars(ids))
        statement = select(table).where(*self.conditions(kind))
        rows = self._session.execute(statement.execution_options(yield_per=_ROWS_AT_A_TIME))
        return frozenset(
            key for batch in in_batches(rows, _ROWS_AT_A_TIME) for key in self._known(kind, batch)
        )

    def _known(self, kind: str, rows: Sequence[Row[Any]]) -> set[str]:
        """The ids of those of these rows that leave."""
        known = self._judged[kind]
        self._judge(kind, [row for row in rows if row.id not in known])
        return {row.id for row in rows if known[row.id]}

    def _judge(self, kind: str, rows: Sequence[Row[Any]]) -> None:
        """Decide whether rows that fulfil the conditions leave."""
        if not rows:
            return
        if kind == "location":
            may_leave = self._places_that_leave(rows)
        elif kind in {"organization", "service"}:
            may_leave = {row.id for row in rows}
        elif kind in _TERMS:
            used = self._used_terms()
            may_leave = set(used.values() if kind == "taxonomy" else used)
        elif kind == "program":
            agencies = self.leaving("organization", _ids_in(rows, "organization_id"))
            may_leave = {row.id for row in rows if row.organization_id in agencies}
        else:
            may_leave = self._hanging(kind, rows)
        if kind == "service_capacity":
            withheld = self._with_withheld_places(_ids_in(rows, "service_id"))
            may_leave -= {row.id for row in rows if row.service_id in withheld}
        self._judged[kind].update({row.id: row.id in may_leave for row in rows})

    def _places_that_leave(self, rows: Sequence[Row[Any]]) -> set[str]:
        agencies = self.leaving("organization", _ids_in(rows, "organization_id"))
        link = ServiceAtLocationRow
        served = self._session.scalars(
            select(link.location_id)
            .join(ServiceRow, ServiceRow.id == link.service_id)
            .where(link.location_id.in_([row.id for row in rows]))
            .where(shown(link, _PUBLIC), *self.conditions("service"))
        )
        own = {
            row.id
            for row in rows
            if row.organization_id in agencies and self._source in {"", row.source}
        }
        return own.union(filter(None, served)) - self._held_places(rows)

    def _held_places(self, rows: Sequence[Row[Any]]) -> set[str]:
        """The places whose street is held back."""
        if not self._keys:
            return set()
        table = AddressRow.__table__
        addresses = self._session.execute(
            select(table)
            .where(table.c.location_id.in_([row.id for row in rows]))
            .where(table.c.retired_at.is_(None), table.c.address_type != "postal")
        )
        held = {each.location_id or "" for each in addresses if self._keys.holds_address(each)}
        return held | {row.id for row in rows if tells_held_place(row, self._keys)}

    def _hanging(self, kind: str, rows: Sequence[Row[Any]]) -> set[str]:
        """Those that name a parent, only parents that leave, and nothing that is held back."""
        names = field_names(kind)
        parents = {name: parent for name, parent in PARENT_FIELDS.items() if name in names}
        shown_parents = {
            name: self.leaving(parent, _ids_in(rows, name)) for name, parent in parents.items()
        }
        linked = self._linked(kind, rows) if "link_entity" in names else {}
        found = set()
        for row in rows:
            named = [(name, value) for name in parents if (value := getattr(row, name))]
            may_leave = all(value in shown_parents[name] for name, value in named)
            if "link_entity" in names:
                may_leave = may_leave and row.link_id in linked.get(row.link_entity, ())
            if (named or "link_entity" in names) and may_leave and not self._is_held(kind, row):
                found.add(row.id)
        return found

    def _linked(self, kind: str, rows: Sequence[Row[Any]]) -> Mapping[str, set[str]]:
        """Kind → what these rows are about, if it may leave; none is about its own kind."""
        sooner = _LINKING[_LINKING.index(kind) :]
        ids: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.link_entity not in sooner:
                ids[row.link_entity].add(row.link_id)
        return {kind: self.leaving(kind, found) for kind, found in ids.items()}

    def _with_withheld_places(self, service_ids: Collection[str]) -> set[str]:
        """Those of these services that have a place that is withheld: nobody is told of room."""
        link, place = ServiceAtLocationRow, LocationRow
        links = self._session.execute(
            select(link.service_id, link.location_id, link.visibility)
            .join(place, place.id == link.location_id)
            .where(link.service_id.in_(list(service_ids)))
            .where(link.retired_at.is_(None), place.retired_at.is_(None))
        ).all()
        leaving = self.leaving("location", _ids_in(links, "location_id"))
        return {
            each.service_id or ""
            for each in links
            if each.location_id not in leaving or each.visibility != Visibility.PUBLIC.value
        }

    def _is_held(self, kind: str, row: Row[Any]) -> bool:
        if not self._keys:
            return False
        if kind == "address":
            return self._keys.holds_address(row)
        if kind == "phone":
            return self._keys.holds_phone(row)
        texts = (row.previous_value, row.replacement_value) if kind == "metadata" else ()
        return any(self._keys.names_street(text) or self._names_phone(text) for text in texts)

    def _names_phone(self, text: str) -> bool:
        return any(
            self._keys.holds_phone(Phone(id="", tel=found.tel, extension=extension))
            for found in parse_phones(text)
            for extension in {found.extension, ""}
        )

    # ------------------------------------------------------------ terms in use
    def _used_terms(self) -> Mapping[str, str]:
        """The terms that leave → their taxonomies: those in use, each with those above it."""
        return self.kept("used terms", lambda _: self._read_used_terms())

    def _read_used_terms(self) -> Mapping[str, str]:
        row, term = AttributeRow, TaxonomyTermRow
        is_of_service = row.link_entity == "service"
        of_services = select(row.taxonomy_term_id).join(ServiceRow, ServiceRow.id == row.link_id)
        of_services = of_services.where(is_of_service, *self.conditions("attribute"))
        waiting = list(
            self._session.scalars(of_services.where(*self.conditions("service")).distinct())
        )
        others = select(row.link_entity, row.link_id, row.taxonomy_term_id).distinct()
        subjects: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
        for kind, key, term_id in self._session.execute(
            others.where(~is_of_service, *self.conditions("attribute"))
        ):
            subjects[kind][key].add(term_id)
        terms = select(term.id, term.parent_id, term.taxonomy_id)
        known = {
            each.id: each
            for each in self._session.execute(terms.where(*self.conditions("taxonomy_term")))
        }
        for kind, terms_by_id in subjects.items():
            is_of_term = kind == "taxonomy_term"
            told_of: Iterable[str] = (
                terms_by_id.keys() & known.keys()
                if is_of_term
                else self.leaving(kind, terms_by_id)
                if kind not in {"taxonomy", *_LINKING}
                else ()
            )
            for key in told_of:
                waiting += [*terms_by_id[key], *([key] if is_of_term else [])]
        used: dict[str, str] = {}
        while waiting:
            found = known.get(waiting.pop() or "")
            if found is not None and found.id not in used:
                used[found.id] = found.taxonomy_id or ""
                waiting.append(found.parent_id)
        return used

    # ------------------------------------------------------------ reading them
    def of_kind(self, kind: str) -> Iterator[Record]:
        """All of a kind, in the order in which their lists had them."""
        return self._read(kind, (), yield_per=_ROWS_AT_A_TIME)

    def with_ids(self, kind: str, ids: Iterable[str]) -> list[Record]:
        """Some of a kind, in the order in which their lists had them."""
        return list(self._read(kind, (ROWS[kind].id.in_(list(ids)),)))

    def inside(self, kind: str, parent: str, ids: Iterable[str]) -> dict[str, list[Record]]:
        """What is told inside these parents (a kind and ids), by the id of the parent."""
        row: Any = ROWS[kind]
        names = [name for name in _TOLD_INSIDE if name in field_names(kind)]
        if "link_id" in names:
            field_name, conditions = "link_id", [row.link_entity == parent]
        else:
            field_name = f"{parent}_id"
            sooner = names[: names.index(field_name)]
            conditions = [getattr(row, name).is_(None) for name in sooner]
        conditions.append(getattr(row, field_name).in_(list(ids)))
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self._read(kind, conditions):
            found[getattr(record, field_name)].append(record)
        return found

    def may_have(self, kind: str) -> bool:
        """Whether there may be any of a kind."""
        return kind in self.kept("kinds in use", _read_kinds_in_use).kinds

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) may say something of such records."""
        return entity in self.kept("kinds in use", _read_kinds_in_use).links[kind]

    def _rows(self, kind: str, conditions: Iterable[Any], **options: Any) -> Iterable[Row[Any]]:
        table = ROWS[kind].__table__
        statement = select(table).where(*conditions, *self.conditions(kind))
        statement = statement.order_by(table.c.origin_line, table.c.id)
        return self._session.execute(statement.execution_options(**options))

    def _read(self, kind: str, conditions: Iterable[Any], **options: Any) -> Iterator[Record]:
        for batch in in_batches(self._rows(kind, conditions, **options), _ROWS_AT_A_TIME):
            leaving = self._known(kind, batch)
            parents = self._parents_shown(kind, batch)
            for row in batch:
                if row.id in leaving:
                    record = without_streets(record_of_kind(kind, row), self._keys)
                    yield _without_hidden(record, parents)

    def _parents_shown(self, kind: str, rows: Sequence[Row[Any]]) -> Mapping[str, Collection[str]]:
        """Of what shows by itself: field → the ids of parents that may be named there."""
        if kind not in _OWN_RIGHT:
            return {}
        names = [name for name in PARENT_FIELDS if name in field_names(kind)]
        return {name: self.leaving(PARENT_FIELDS[name], _ids_in(rows, name)) for name in names}


def _read_kinds_in_use(session: Session) -> KindsInUse:
    has = session.execute(select(*(exists(select(ROWS[kind].id)).label(kind) for kind in KINDS)))
    found = has.one()._mapping  # noqa: SLF001
    rows = {kind: ROWS[kind].__table__.c for kind in _LINKING}
    links = {
        kind: frozenset(session.scalars(select(columns.link_entity).distinct()))
        for kind, columns in rows.items()
    }
    return KindsInUse(frozenset(kind for kind in KINDS if found[kind]), links)


def _ids_in(rows: Iterable[Any], name: str) -> set[str]:
    return {value for row in rows if (value := getattr(row, name))}


def _without_hidden(record: Record, parents: Mapping[str, Collection[str]]) -> Record:
    """The record without the names of parents that stay here."""
    hidden: dict[str, Any] = {
        name: ""
        for name, ids in parents.items()
        if (value := getattr(record, name)) and value not in ids
    }
    return replace(record, **hidden) if hidden else record
