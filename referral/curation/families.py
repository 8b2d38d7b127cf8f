"""Reads a record and all that is edited along with it, as it is stored or as it once was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from referral.curation.drafts import SHAPES, Draft
from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.records.classification import SET_BY_RULE
from referral.records.directory import Location, Organization, Record, Service
from referral.records.kinds import KINDS, kind_of
from referral.store.base import RecordRow
from referral.store.conversion import ROWS, columns_of, record_from
from referral.store.rows import PhoneRow, ScheduleRow, ServiceAreaRow, ServiceAtLocationRow
from referral.store.rows_classification import (
    AttributeRow,
    ServiceHeadingRow,
    TranslationRow,
)
from referral.store.rows_log import RecordEditRow

_TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of a record and of what is edited along with it, retired ones among them."""

    kind: str
    row: RecordRow
    children: tuple[RecordRow, ...]

    def ids(self) -> dict[str, list[str]]:
        """Kind → ids of all rows."""
        found: dict[str, list[str]] = {self.kind: [self.row.id]}
        for child in self.children:
            found.setdefault(child.__tablename__, []).append(child.id)
        return found

    def find(self, kind: str, record_id: str) -> RecordRow | None:
        """The row of a child, retired or not."""
        for child in self.children:
            if child.__tablename__ == kind and child.id == record_id:
                return child
        return None

    def draft(self) -> Draft:
        """The record as it is."""
        present = [child for child in self.children if child.retired_at is None]
        records = [record_from(child, Record) for child in _with_parents(present)]
        draft = Draft(
            kind=self.kind,
            record=record_from(self.row, KINDS[self.kind]),
            children=tuple(records),
            is_retired=self.row.retired_at is not None,
        )
        return replace(draft, fingerprint=state_of(draft))


def read_draft(directory: Directory, kind: str, record_id: str) -> Draft:
    """A record to be edited, retired ones too.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        draft = load_family(session, kind, record_id).draft()
        return replace(draft, fingerprint=f"{last_edit(session)}-{draft.fingerprint}")


def new_draft(kind: str, organization_id: str = "") -> Draft:
    """A record that is not stored yet."""
    identity = str(uuid4())
    records: Mapping[str, Record] = {
        "organization": Organization(id=identity, name=""),
        "service": Service(id=identity, name="", organization_id=organization_id),
        "location": Location(id=identity, organization_id=organization_id),
    }
    return Draft(kind=kind, record=records[kind])


def load_family(session: Session, kind: str, record_id: str, *, locked: bool = False) -> Family:
    """The rows of a record that can be edited; ``locked`` until the transaction ends.

    Raises:
        NotFoundError: there is none.
    """
    row_class = ROWS[kind] if kind in SHAPES else None
    row = session.get(row_class, record_id, with_for_update=locked) if row_class else None
    if row is None:
        raise NotFoundError("There is no such record.")
    return Family(kind, row, tuple(_children(session, kind, record_id, locked=locked)))


def state_of(draft: Draft) -> str:
    """A hash of all that can be edited; equal records give equal ones."""
    records = sorted(
        (kind_of(record), columns_of(record)["id"], columns_of(record))
        for record in (draft.record, *draft.children)
    )
    text = json.dumps([records, draft.is_retired], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def last_edit(session: Session) -> int:
    """The number of the last edit of any record."""
    return session.scalar(select(func.max(RecordEditRow.id))) or 0


def _children(session: Session, kind: str, record_id: str, *, locked: bool) -> Iterator[RecordRow]:
    links: list[str] = []
    if kind == "service":
        at = ServiceAtLocationRow
        links = list(session.scalars(select(at.id).where(at.service_id == record_id)))
    for child_kind in (*SHAPES[kind].rows, _TRANSLATION):
        row_class = ROWS[child_kind]
        statement = (
            select(row_class)
            .where(_hangs_on(row_class, kind, record_id, links))
            .order_by(row_class.origin_line, row_class.id)
        )
        yield from session.scalars(statement.with_for_update() if locked else statement)


def _hangs_on(row_class: Any, kind: str, record_id: str, links: list[str]) -> ColumnElement[bool]:
    if row_class in {AttributeRow, TranslationRow}:
        return and_(row_class.link_entity == kind, row_class.link_id == record_id)
    if row_class is ServiceHeadingRow:
        return and_(row_class.service_id == record_id, row_class.set_by != SET_BY_RULE)
    own: ColumnElement[bool] = getattr(row_class, f"{kind}_id") == record_id
    if kind == "service" and row_class in {PhoneRow, ScheduleRow, ServiceAreaRow} and links:
        return or_(own, row_class.service_at_location_id.in_(links))
    # What a list hangs on two records is edited with the narrower one.
    narrower = {"organization": ("service_id", "location_id"), "location": ("service_id",)}
    names = (*narrower.get(kind, ()), "service_at_location_id", "contact_id")
    if kind == "service":
        return own
    wider = [getattr(row_class, name).is_(None) for name in names if hasattr(row_class, name)]
    return and_(own, *wider)


def _with_parents(rows: list[RecordRow]) -> list[RecordRow]:
    """Without what hangs on a link between service and place that is gone."""
    links = {row.id for row in rows if isinstance(row, ServiceAtLocationRow)}
    return [
        row
        for row in rows
        if not (at := getattr(row, "service_at_location_id", None)) or at in links
    ]
