"""Drafts: a record with the child records that are edited along with it.

``editable_fields.SHAPES`` names the fields and children of each kind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from referral.curation.editable_fields import SHAPES
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.fields.phones import parse_phones
from referral.fields.urls_and_emails import normalize_url
from referral.proposals.records import ProposedPlace
from referral.records.classification import (
    SET_BY_RULE,
    Attribute,
    Metadata,
    ServiceHeading,
    Translation,
)
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Record,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import KINDS, kind_of
from referral.records.record_ids import CAPACITY_SOURCE
from referral.records.visibility import Visibility
from referral.store.base import RecordRow
from referral.store.conversion import ROWS, columns_of, record_from
from referral.store.rows import (
    AttributeRow,
    MetadataRow,
    PhoneRow,
    ScheduleRow,
    ServiceAreaRow,
    ServiceAtLocationRow,
    ServiceHeadingRow,
    TranslationRow,
)
from referral.store.rows_log import RecordEditRow

_TRANSLATION = "translation"
_Child = TypeVar("_Child", Record, RecordRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft: a record and its child records, stored or new, as staff edit them.

    Attributes:
        children: child records of the kinds in ``SHAPES``, and translations.
        fingerprint: edit number and hash of the stored version; "" for a new record.
    """

    kind: str
    record: Record
    children: tuple[Record, ...] = ()
    fingerprint: str = ""
    is_retired: bool = False

    @property
    def name(self) -> str:
        """Return the name of the record in a draft, or "" if it has none."""
        return str(getattr(self.record, "name", ""))

    @property
    def is_secret_place(self) -> bool:
        """Return whether the draft of a record has a withheld location or address."""
        return any(
            record.visibility is Visibility.WITHHELD
            for record in (self.record, *self.children)
            if isinstance(record, Location | Address)
        )

    def of_kind(self, kind: str) -> tuple[Any, ...]:
        """Return the child records of one kind in a draft."""
        return tuple(child for child in self.children if kind_of(child) == kind)


def child_key(child: Record) -> str:
    """Return the key by which the same child record is found in two versions of a record."""
    if isinstance(child, Schedule):
        return f"schedule/{child.service_at_location_id}"
    if isinstance(child, Attribute):
        return f"attribute/{child.taxonomy_term_id}"
    if isinstance(child, ServiceHeading):
        return f"service_heading/{child.heading}"
    if isinstance(child, Translation):
        return f"translation/{child.language}.{child.field}"
    if isinstance(child, ServiceAtLocation):
        return f"service_at_location/{child.location_id}"
    return f"{kind_of(child)}/{child.id}"


def children_by_key(children: Iterable[Record]) -> dict[str, tuple[Record, ...]]:
    """Return child records by the key that finds them in two versions of a record.

    The schedules of one location share a key.
    """
    found: dict[str, tuple[Record, ...]] = {}
    for child in children:
        key = child_key(child)
        found[key] = (*found.get(key, ()), child)
    return found


@dataclass(frozen=True, slots=True)
class RecordTree:
    """The database rows of a record and of its child records, retired ones included."""

    kind: str
    row: RecordRow
    children: tuple[RecordRow, ...]

    def ids(self) -> dict[str, list[str]]:
        """Return the ids of a record and of its child records, by kind."""
        found: dict[str, list[str]] = {self.kind: [self.row.id]}
        for child in self.children:
            found.setdefault(child.__tablename__, []).append(child.id)
        return found

    def find(self, kind: str, record_id: str) -> RecordRow | None:
        """Find the row of a child record by kind and id, retired or not."""
        for child in self.children:
            if child.__tablename__ == kind and child.id == record_id:
                return child
        return None

    def draft(self) -> Draft:
        """Build the draft of a stored record and its live child records, with its hash."""
        present = [child for child in self.children if child.retired_at is None]
        linked = without_orphans(present, ServiceAtLocationRow)
        records = [record_from(child, Record) for child in linked]
        draft = Draft(
            kind=self.kind,
            record=record_from(self.row, KINDS[self.kind]),
            children=tuple(records),
            is_retired=self.row.retired_at is not None,
        )
        return replace(draft, fingerprint=hash_draft(draft))


def read_draft(instance: Instance, kind: str, record_id: str) -> Draft:
    """Read a record, retired or not, as a draft for the record form.

    Raises:
        NotFoundError: there is none.
    """
    with instance.store.read() as session:
        return current_version(session, load_tree(session, kind, record_id))


@dataclass(frozen=True, slots=True)
class PutAside:
    """Imported values of a record and its child records for which the form has no field.

    Attributes:
        cells: kind, record, and its unmapped cells by column.
        reported: the changes that the source list reports, newest first.
    """

    cells: tuple[tuple[str, Record, Mapping[str, str]], ...] = ()
    reported: tuple[Metadata, ...] = ()


def read_stored(instance: Instance, kind: str, record_id: str) -> tuple[Draft, PutAside]:
    """Read a record as a draft for its form, and its imported values without a field.

    Raises:
        NotFoundError: there is none.
    """
    with instance.store.read() as session:
        tree = load_tree(session, kind, record_id)
        return current_version(session, tree), put_aside(session, tree)


def current_version(session: Session, tree: RecordTree) -> Draft:
    """Return the stored version of a record, with the fingerprint that its form begins with."""
    draft = tree.draft()
    return replace(draft, fingerprint=f"{last_edit_number(session)}-{draft.fingerprint}")


def put_aside(session: Session, tree: RecordTree) -> PutAside:
    """Return the imported values of a record and its child records that have no field."""
    reported = session.scalars(
        select(MetadataRow)
        .where(
            MetadataRow.link_entity == tree.kind,
            MetadataRow.link_id == tree.row.id,
            MetadataRow.retired_at.is_(None),
        )
        .order_by(MetadataRow.last_action_date.desc(), MetadataRow.id)
    )
    cells = (
        (row.__tablename__, record_from(row, Record), dict(row.unmapped))
        for row in (tree.row, *tree.children)
        if row.unmapped and (row is tree.row or row.retired_at is None)
    )
    return PutAside(tuple(cells), tuple(record_from(row, Metadata) for row in reported))


def new_draft(kind: str, organization_id: str = "") -> Draft:
    """Return the draft of a new record."""
    identity = str(uuid4())
    records: Mapping[str, Record] = {
        "organization": Organization(id=identity, name=""),
        "service": Service(id=identity, name="", organization_id=organization_id),
        "location": Location(id=identity, organization_id=organization_id),
    }
    return Draft(kind=kind, record=records[kind])


def load_tree(session: Session, kind: str, record_id: str, *, locked: bool = False) -> RecordTree:
    """Load the database rows of a record and its child records, to edit them.

    ``locked`` locks them until the transaction ends.

    Raises:
        NotFoundError: there is none.
    """
    row_class = ROWS[kind] if kind in SHAPES else None
    row = session.get(row_class, record_id, with_for_update=locked) if row_class else None
    if row is None:
        raise NotFoundError("There is no such record.")
    return RecordTree(kind, row, tuple(_iter_children(session, kind, record_id, locked=locked)))


def hash_draft(draft: Draft) -> str:
    """Return a hash of the draft of a record. Equal records have equal hashes."""
    records = sorted(
        (kind_of(record), columns_of(record)["id"], columns_of(record))
        for record in (draft.record, *draft.children)
    )
    text = json.dumps([records, draft.is_retired], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def last_edit_number(session: Session) -> int:
    """Return the number of the last edit of any record, or 0 if there is none."""
    return session.scalar(select(func.max(RecordEditRow.id))) or 0


def _iter_children(
    session: Session, kind: str, record_id: str, *, locked: bool
) -> Iterator[RecordRow]:
    link_ids: list[str] = []
    if kind == "service":
        link_ids = list(
            session.scalars(
                select(ServiceAtLocationRow.id).where(ServiceAtLocationRow.service_id == record_id)
            )
        )
    for child_kind in (*SHAPES[kind].rows, _TRANSLATION):
        row_class = ROWS[child_kind]
        statement = (
            select(row_class)
            .where(_belongs_to(row_class, kind, record_id, link_ids))
            .where(row_class.source != CAPACITY_SOURCE)  # changes without edits
            .order_by(row_class.origin_line, row_class.id)
        )
        yield from session.scalars(statement.with_for_update() if locked else statement)


def _belongs_to(
    row_class: Any, kind: str, record_id: str, link_ids: list[str]
) -> ColumnElement[bool]:
    if row_class in {AttributeRow, TranslationRow}:
        return and_(row_class.link_entity == kind, row_class.link_id == record_id)
    if row_class is ServiceHeadingRow:
        return and_(row_class.service_id == record_id, row_class.set_by != SET_BY_RULE)
    belongs_to_record: ColumnElement[bool] = getattr(row_class, f"{kind}_id") == record_id
    if kind == "service" and row_class in {PhoneRow, ScheduleRow, ServiceAreaRow} and link_ids:
        return or_(belongs_to_record, row_class.service_at_location_id.in_(link_ids))
    if kind == "service":
        return belongs_to_record
    # A child that an import linked to two records is edited with the narrower one.
    narrower = {"organization": ("service_id", "location_id"), "location": ("service_id",)}
    names = (*narrower.get(kind, ()), "service_at_location_id", "contact_id")
    has_no_narrower_parent = [
        getattr(row_class, name).is_(None) for name in names if hasattr(row_class, name)
    ]
    return and_(belongs_to_record, *has_no_narrower_parent)


def without_orphans(children: Iterable[_Child], link_type: type[_Child]) -> list[_Child]:
    """Drop child records that belong to a location which their service no longer has."""
    children = list(children)
    link_ids = {child.id for child in children if isinstance(child, link_type)}
    return [
        child
        for child in children
        if not (link_id := getattr(child, "service_at_location_id", "")) or link_id in link_ids
    ]


def fill_in(draft: Draft, place: ProposedPlace) -> Draft:
    """Fill the draft of a new record with a proposed name, text, website and phones.

    The address is left out, since it belongs to a location of its own. The sender's contact details
    are never copied.
    """
    name, text = place.name, place.helps_with
    website = normalize_url(place.web_address) or place.web_address
    record: Record = draft.record
    if isinstance(record, Organization):
        record = replace(record, name=name, description=text, website=website)
    elif isinstance(record, Service):
        record = replace(record, name=name, description=text, url=website)
    elif isinstance(record, Location):
        return replace(draft, record=replace(record, name=name))
    phones = tuple(
        Phone(
            id=str(uuid4()),
            organization_id=record.id if draft.kind == "organization" else "",
            service_id=record.id if draft.kind == "service" else "",
            number=phone.number,
            tel=phone.tel,
            extension=phone.extension,
        )
        for phone in parse_phones(place.phone)
    )
    return replace(draft, record=record, children=phones)
