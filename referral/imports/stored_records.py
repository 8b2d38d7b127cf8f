"""Stored records of a source, loaded kind by kind: all of them may exceed memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.formats.reading.items import Item
from referral.imports.absences import AbsenceRules
from referral.imports.merged_twins import survivors
from referral.records.hsds import Record
from referral.records.kinds import (
    KINDS,
    PARENT_FIELDS,
    Origin,
    SourcedRecord,
    field_names,
    kind_of,
    parents_of,
)
from referral.records.ownership import INDEPENDENT_KINDS, Key, subjects_of
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS, from_json_values, record_from, record_of_kind
from referral.store.history import HANDS, edited_by_hand, values_before_edits
from referral.store.rows import TaxonomyTermRow
from referral.store.rows_log import RecordEditRow
from referral.store.withholding_requests import requests_of

_ROWS_AT_A_TIME = 2_000
_BATCH = 1_000


class WantedRecords:
    """Stored records with which a list of changes is compared: those that it has or may lack.

    Args:
        items: the items of the list.
        absences: rules with the complete records of the list, and those that are gone.
    """

    def __init__(self, items: Iterable[Item], absences: AbsenceRules) -> None:
        self.ids: dict[str, set[str]] = defaultdict(set)
        self._absences = absences
        for item in items:
            if isinstance(item, SourcedRecord):
                self.ids[kind_of(item.record)].add(item.record.id)
                for _, kind, parent in parents_of(item.record):
                    self.ids[kind].add(parent)

    def missing(self, kind: str) -> Iterator[tuple[str, Iterable[str]]]:
        """Yield columns and ids that select rows which a list of changes reports as gone.

        Rows that may be gone are selected as well.
        """
        columns, owners = ROWS[kind].__table__.c, self._absences.owners()
        yield "id", self._absences.gone_of(kind)
        for name in columns.keys() & PARENT_FIELDS.keys():
            yield name, owners.get(PARENT_FIELDS[name], ())
        if "link_id" in columns:
            yield "link_id", set().union(*owners.values())


class StoredRecords:
    """Stored records of a source for an import, and the ids of those of all sources.

    Records of one kind at a time are in memory; those of the next kind replace them.

    Args:
        wanted: the records to read for a list of few changes; all by default.
    """

    def __init__(self, session: Session, source: str, wanted: WantedRecords | None = None) -> None:
        self._session, self._source, self._wanted = session, source, wanted
        self._ids: dict[str, set[str]] = {}
        self._leaders: dict[str, dict[str, str]] = {}
        self._survivors: dict[str, dict[str, str]] = {}
        self._parts_by_hand: set[tuple[str, str]] | None = None
        self._kind = ""
        self._records: dict[str, Record] = {}
        self._retired: dict[str, str] = {}
        self._by_hand: dict[str, dict[str, frozenset[str]]] = {}

    def find(self, kind: str, record_id: str) -> Record | None:
        """Return the stored record of an import's source with an id, retired or not."""
        self._want(kind, record_id)
        self._load(kind)
        return self._records.get(record_id)

    def belongs_to_another(self, kind: str, record_id: str) -> bool:
        """Return whether another list than the imported one brought a stored record."""
        return self.find(kind, record_id) is None and self.is_stored(kind, record_id)

    def of_another(self, kind: str, record_id: str) -> SourcedRecord | None:
        """Return the stored record with an id that is from another source than the import's."""
        if not self.belongs_to_another(kind, record_id):
            return None
        table = ROWS[kind].__table__
        row = self._session.execute(select(table).where(table.c.id == record_id)).one()
        return SourcedRecord(record_of_kind(kind, row), origin_of(row))

    def is_stored(self, kind: str, record_id: str) -> bool:
        """Return whether a record of a kind and id is in the database, from any source."""
        if kind not in KINDS:
            return False
        self._want(kind, record_id)
        if kind not in self._ids:
            ids = select(ROWS[kind].id)
            self._ids[kind] = {each for (each,) in self._wanted_rows(kind, ids)}
        return record_id in self._ids[kind]

    def _want(self, kind: str, record_id: str) -> None:
        """Add a record that the checks of an import made to those to be read.

        The stored records of its kind are read again.
        """
        if self._wanted is not None and record_id not in self._wanted.ids[kind]:
            self._wanted.ids[kind].add(record_id)
            self._ids.pop(kind, None)
            self._leaders.pop(kind, None)
            if kind == self._kind:
                self._kind = ""

    def _wanted_rows(self, kind: str, statement: Any) -> Iterator[Any]:
        """Yield the rows that a statement finds, only those that the import needs."""
        if self._wanted is None:
            streamed = statement.execution_options(yield_per=_ROWS_AT_A_TIME)
            yield from self._session.execute(streamed)
            return
        for batch in in_batches(sorted(self._wanted.ids[kind]), _BATCH):
            yield from self._session.execute(statement.where(ROWS[kind].id.in_(batch)))

    def retired_at(self, kind: str, record_id: str) -> str:
        """Return when a record was retired by its source, as ISO text; "" if it was not."""
        self._load(kind)
        return self._retired.get(record_id, "")

    def edited_by_hand(self, kind: str, record_id: str) -> frozenset[str]:
        """Return the fields of a stored record that were edited by hand."""
        if kind not in self._by_hand:
            self._by_hand[kind] = edited_by_hand(self._session, kind, self._source)
            if kind == "taxonomy_term":
                self._by_hand[kind] = _with_siblings(self._session, self._by_hand[kind])
        return self._by_hand[kind].get(record_id, frozenset())

    def has_parts_by_hand(self, kind: str, record_id: str) -> bool:
        """Return whether a person gave a stored record a phone, hours or another part."""
        if self._parts_by_hand is None:
            self._parts_by_hand = {
                (parent_kind, parent)
                for row in ROWS.values()
                for part in self._session.scalars(
                    select(row).where(row.source == HAND_SOURCE, row.retired_at.is_(None))
                )
                for _, parent_kind, parent in parents_of(record_from(part, Record))
            }
        return (kind, record_id) in self._parts_by_hand

    def survivor_of(self, kind: str, record_id: str) -> str:
        """Return the record that a stored one was merged into by a person; "" if none."""
        if kind not in self._survivors:
            self._survivors[kind] = survivors(self._session, kind)
        return self._survivors[kind].get(record_id, "")

    def requests(self) -> frozenset[Key]:
        """Return records of other sources that a source requests to withhold, or once did."""
        return requests_of(self._session, self._source)

    def is_published_here(self, kind: str, record_id: str) -> bool:
        """Return whether a person made a stored record public, whoever leads it."""
        statement = select(RecordEditRow).where(
            RecordEditRow.kind == kind, RecordEditRow.record_id == record_id
        )
        edits = self._session.scalars(statement.order_by(RecordEditRow.id))
        of_visibility = [edit for edit in edits if "visibility" in edit.fields]
        if not of_visibility:
            return False
        last = of_visibility[-1]
        return last.made_by in HANDS and last.fields["visibility"][1] == Visibility.PUBLIC.value

    def leader_of(self, kind: str, record_id: str) -> str:
        """Return the source that leads a stored record, "" if it is the import's own source.

        A part is led by the source that leads its owner.
        """
        self._want(kind, record_id)
        if kind not in self._leaders:
            row = ROWS[kind]
            of_others = select(row.id, row.source).where(row.source != self._source)
            rows = self._wanted_rows(kind, of_others)
            self._leaders[kind] = {key: source for key, source in rows}  # noqa: C416
        leader = self._leaders[kind].get(record_id, "")
        if leader or kind in INDEPENDENT_KINDS:
            return leader
        stored = self._session.get(ROWS[kind], record_id)
        subjects = subjects_of(record_from(stored, Record)) if stored is not None else ()
        return next(filter(None, (self.leader_of(*subject) for subject in subjects)), "")

    def missing(self, kind: str, seen: Iterable[str]) -> Iterator[SourcedRecord]:
        """Yield the source's stored records that are current and not among the listed ids."""
        for ids in in_batches(sorted(self._present_ids(kind) - set(seen)), _BATCH):
            table = ROWS[kind].__table__
            for row in self._session.execute(select(table).where(table.c.id.in_(ids))):
                yield SourcedRecord(record_of_kind(kind, row), origin_of(row))

    def _present_ids(self, kind: str) -> set[str]:
        row = ROWS[kind]
        present = select(row.id).where(row.source == self._source, row.retired_at.is_(None))
        if self._wanted is None:
            return set(self._session.scalars(present))
        return {
            record_id
            for name, ids in self._wanted.missing(kind)
            for batch in in_batches(sorted(ids), _BATCH)
            for record_id in self._session.scalars(present.where(getattr(row, name).in_(batch)))
        }

    def addresses_of(self, location_id: str) -> list[Record]:
        """Return the stored addresses of a location, from any source."""
        table = ROWS["address"].__table__
        here = select(table).where(table.c.location_id == location_id, table.c.retired_at.is_(None))
        return [record_of_kind("address", row) for row in self._session.execute(here)]

    def place_of(self, kind: str, record_id: str) -> tuple[str, int]:
        """Return the file and line of the source list that a stored record came from."""
        row = ROWS[kind]
        found = self._session.execute(
            select(row.origin_file, row.origin_line).where(row.id == record_id)
        ).first()
        return (found[0], found[1]) if found else ("", 0)

    def _load(self, kind: str) -> None:
        if kind == self._kind:
            return
        self._kind, self._records, self._retired = kind, {}, {}
        table = ROWS[kind].__table__
        for row in self._wanted_rows(kind, select(table).where(table.c.source == self._source)):
            self._records[row.id] = record_of_kind(kind, row)
            if row.retired_at is not None:
                self._retired[row.id] = row.retired_at.isoformat()


def _with_siblings(
    session: Session, edited: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Add ``sort`` to the edited fields of taxonomy terms whose siblings a person moved."""
    moved = [term_id for term_id, names in edited.items() if "sort" in names]
    if not moved:
        return dict(edited)
    parents = select(TaxonomyTermRow.parent_id).where(TaxonomyTermRow.id.in_(moved))
    siblings = session.scalars(
        select(TaxonomyTermRow.id).where(TaxonomyTermRow.parent_id.in_(parents))
    )
    return {**edited, **{each: edited.get(each, frozenset()) | {"sort"} for each in siblings}}


def origin_of(row: Any) -> Origin:
    """Return the origin of a stored record: its source, key, file and line."""
    return Origin(
        source=row.source,
        key=row.source_key,
        file=row.origin_file,
        line=row.origin_line,
        unmapped=dict(row.unmapped),
    )


def stored_versions(session: Session, source: str) -> Iterator[tuple[Record, ...]]:
    """Yield a source's stored records, each as its list had it and as edited by hand.

    Records that were removed or merged here are included, those that the list dropped are not.
    """
    for kind in KINDS:
        table, edited = ROWS[kind].__table__, values_before_edits(session, kind, source)
        for row in session.execute(select(table).where(table.c.source == source)):
            values = from_json_values(kind, edited.get(row.id, {}))
            if row.retired_at is not None and "retired_at" not in values:
                continue
            record = record_of_kind(kind, row)
            before: dict[str, Any] = {
                name: (values[name] or "") if name in PARENT_FIELDS else values[name]
                for name in values.keys() & set(field_names(kind)) - {"visibility"}
            }
            yield (replace(record, **before), record) if before else (record,)


def records_of(session: Session, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Record]:
    """Read the stored records with the given kinds and ids."""
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, record_id in keys:
        ids[kind].append(record_id)
    found = {}
    for kind, ids_of_kind in ids.items():
        for batch in in_batches(ids_of_kind, 1_000):
            for row in session.scalars(select(ROWS[kind]).where(ROWS[kind].id.in_(batch))):
                found[kind, row.id] = record_from(row, Record)
    return found
