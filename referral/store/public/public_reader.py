"""Reads public records: alone, or as what is told inside of others.

Which records may leave is for the two that derive from it to say: ``PublicRecords`` knows it of the
whole directory, ``PublicPart`` finds it out for the few that it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from referral.fields.phones import parse_phones
from referral.records.directory import Phone, Record
from referral.records.kinds import PARENT_FIELDS, field_names
from referral.records.visibility import Audience, Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS, record_of_kind
from referral.store.public.source_credits import handed_on
from referral.store.rows import LocationRow, ServiceAtLocationRow
from referral.store.visibility import shown
from referral.store.withheld_keys import read_withheld_keys
from referral.store.withheld_texts import without_streets

ROWS_AT_A_TIME = 2_000
# These are shown by themselves; a parent of theirs that is not is only not named.
OWN_RIGHT = ("organization", "service", "program", "location", "taxonomy", "taxonomy_term")
# What a list has by itself: it goes as its source says, and its parts go with it.
OF_A_LIST = frozenset({"organization", "service", "program", "location"})
# A record that names several parents is told inside the first of these.
_TOLD_INSIDE = (
    "contact_id", "phone_id", "service_at_location_id", "service_id", "location_id",
    "organization_id", "link_id",
)  # fmt: skip


class PublicReader:
    """Reads records that may leave.

    Args:
        session: sees one moment.
    """

    options: ClassVar[Mapping[str, Any]] = {"yield_per": ROWS_AT_A_TIME}

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keys = read_withheld_keys(session, Audience.PUBLIC)

    def count(self, kind: str) -> int:
        """How many of a kind leave; of a part, whether there may be any."""
        raise NotImplementedError

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) say something of records of ``entity``."""
        raise NotImplementedError

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

    def _public_ids(self, kind: str, ids: Collection[str]) -> Collection[str]:
        """Those of these ids that leave, and perhaps more."""
        raise NotImplementedError

    def _leaving(self, kind: str, rows: Sequence[Row[Any]]) -> Collection[str]:
        """The ids of those of these rows that leave, and perhaps more."""
        raise NotImplementedError

    def _conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """What the database can tell of rows of a kind by themselves."""
        found = [shown(ROWS[kind], Audience.PUBLIC)]
        return [*found, handed_on(ROWS[kind])] if kind in OF_A_LIST else found

    def _read(self, kind: str, conditions: Iterable[Any]) -> Iterator[Record]:
        table = ROWS[kind].__table__
        statement = select(table).where(*conditions, *self._conditions(kind))
        statement = statement.order_by(table.c.origin_line, table.c.id)
        rows = self._session.execute(statement.execution_options(**self.options))
        for batch in in_batches(rows, ROWS_AT_A_TIME):
            leaving = self._leaving(kind, batch)
            parents = self._parents_shown(kind, batch)
            for row in batch:
                if row.id in leaving:
                    record = without_streets(record_of_kind(kind, row), self._keys)
                    yield _without_hidden(record, parents)

    def _parents_shown(self, kind: str, rows: Sequence[Row[Any]]) -> Mapping[str, Collection[str]]:
        """Of what shows by itself: field → the ids of parents that may be named there."""
        if kind not in OWN_RIGHT:
            return {}
        names = [name for name in PARENT_FIELDS if name in field_names(kind)]
        return {
            name: self._public_ids(
                PARENT_FIELDS[name], {value for row in rows if (value := getattr(row, name))}
            )
            for name in names
        }

    def _with_withheld_places(self, service_ids: Collection[str]) -> set[str]:
        """Those of these services that have a place that is withheld: nobody is told of room."""
        link, place = ServiceAtLocationRow, LocationRow
        links = self._session.execute(
            select(link.service_id, link.location_id, link.visibility)
            .join(place, place.id == link.location_id)
            .where(link.service_id.in_(list(service_ids)))
            .where(link.retired_at.is_(None), place.retired_at.is_(None))
        ).all()
        leaving = self._public_ids("location", {each.location_id or "" for each in links})
        return {
            each.service_id or ""
            for each in links
            if each.location_id not in leaving or each.visibility != Visibility.PUBLIC.value
        }

    def _tells_secret(self, row: Any) -> bool:
        """Whether metadata tells of a street or number that is held back."""
        texts = (row.previous_value, row.replacement_value)
        return any(self._keys.names_street(text) or self._names_phone(text) for text in texts)

    def _names_phone(self, text: str) -> bool:
        return any(
            self._keys.holds_phone(Phone(id="", tel=found.tel, extension=extension))
            for found in parse_phones(text)
            for extension in {found.extension, ""}
        )


def _without_hidden(record: Record, parents: Mapping[str, Collection[str]]) -> Record:
    """The record without the names of parents that stay here."""
    hidden: dict[str, Any] = {
        name: ""
        for name, ids in parents.items()
        if (value := getattr(record, name)) and value not in ids
    }
    return replace(record, **hidden) if hidden else record
