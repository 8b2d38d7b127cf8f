"""Bulk changes: one change of many records, planned, previewed, applied and undone.

Records are written only as the preview showed them: the plan is made again in the writing
transaction and must have the same digest. Changes that would make a shelter public are left out
unless the caller includes them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AuditEntryRow
from referral.curation.derived_fields import derive_row_fields
from referral.curation.drafts import load_tree
from referral.curation.editable_fields import SHAPES
from referral.curation.save import write_record, write_transaction
from referral.curation.secrecy_warning import secrecy_problems
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.fields.phones import parse_phone
from referral.fields.text import clean_text
from referral.message import Message
from referral.records.accounts import Actor
from referral.records.classification import SET_BY_RULE, Attribute, ServiceHeading
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Language, Phone, Record, Service
from referral.records.kinds import KINDS, kind_of
from referral.records.problems import Severity
from referral.records.record_ids import HAND_SOURCE, record_id
from referral.records.shelter_detection import looks_like_survivor_shelter
from referral.records.validation import validate_record
from referral.records.visibility import Visibility
from referral.store.base import RecordRow, in_batches
from referral.store.conversion import ROWS, record_from
from referral.store.rows import AttributeRow
from referral.store.rows_log import RecordEditRow
from referral.store.terms import TermTree
from referral.store.undo import WriteResult, undo

Key = tuple[str, str]  # kind, id

_IDS_IN_A_QUERY = 500
_SAME, _UNFIT = "same", "unfit"
_REVEALING_FIELDS = frozenset({"name", "description"})  # the fields that reveal a shelter
_KEY_FIELDS = {  # equal children have equal values of this field
    "attribute": "taxonomy_term_id", "service_heading": "heading", "language": "name",
    "phone": "number",
}  # fmt: skip
_FIELDS_WITHOUT_WORDS = frozenset(
    {"status", "visibility", "minimum_age", "maximum_age", "assured_date", "location_type",
     "latitude", "longitude", "year_incorporated", "listed_from", "listed_until"}
)  # fmt: skip
_GROUP_PREFIX = "bulk-"  # prefix of edit group ids, which have 36 characters
_ROWS_IN_A_QUERY = 500
_MOST_LISTED = 20  # bulk changes listed, to be undone


class BulkAction(StrEnum):
    """A kind of bulk change that staff can apply to many records."""

    TOPIC = "topic"
    HEADING = "heading"
    VISIBILITY = "visibility"
    LANGUAGE = "language"
    PHONE = "phone"
    CHECKED_BY = "checked-by"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """A request for a bulk change of many records.

    Attributes:
        value: a topic id, heading slug, visibility, language, phone number or text, by action.
        find: the phone number or text that ``value`` replaces; "" adds a phone.
        field: the field in which text is replaced.
    """

    action: BulkAction
    value: str = ""
    find: str = ""
    field: str = ""

    @property
    def is_complete(self) -> bool:
        """Return whether a request for a bulk change has all values that its action requires."""
        if self.action is BulkAction.REPLACE:
            return bool(self.find and self.field)
        if self.action is BulkAction.PHONE:
            return parse_phone(self.value) is not None
        return bool(self.value.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEdit:
    """An edit of one record or child record that a bulk change plans to make.

    Attributes:
        field: name of the changed field.
        record: the record or child record to be written.
        is_shelter: the edit would make a shelter for survivors public.
    """

    kind: str
    record_id: str
    name: str
    field: str
    before: str
    after: str
    record: Record
    is_shelter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPlan:
    """The edits that a bulk change would make, with the numbers of records that stay as they are.

    Attributes:
        same: number of records that have the new value already.
        unfit: number of records of a kind without this field or child, retired or missing.
        problems: name of each record that cannot be changed, and why.
    """

    changes: tuple[PlannedEdit, ...]
    same: int
    unfit: int
    problems: tuple[tuple[str, Message], ...] = ()

    @property
    def digest(self) -> str:
        """Return a digest of a bulk change's plan that is equal for equal plans."""
        lines = sorted(
            (edit.kind, edit.record_id, edit.record.id, edit.before, edit.after, edit.is_shelter)
            for edit in self.changes
        )
        return hashlib.sha256(repr(lines).encode()).hexdigest()[:32]

    @property
    def shelters(self) -> tuple[PlannedEdit, ...]:
        """Return the edits of a bulk change that are left out unless the user includes shelters."""
        return tuple(edit for edit in self.changes if edit.is_shelter)


def plan_changes(
    instance: Instance, session: Session, keys: Sequence[Key], change: BulkRequest
) -> BulkPlan:
    """Plan a bulk change of records without writing anything."""
    planner = _Planner(session, instance.listings.terms(session), change)
    for kind in SHAPES:
        for ids in in_batches(
            [key_id for key_kind, key_id in keys if key_kind == kind], _IDS_IN_A_QUERY
        ):
            planner.add(kind, ids)
    return BulkPlan(
        changes=tuple(sorted(planner.changes, key=lambda edit: (edit.name, edit.record_id))),
        same=planner.skipped[_SAME],
        unfit=len(set(keys)) - len(planner.found_keys) + planner.skipped[_UNFIT],
        problems=tuple(planner.problems),
    )


class _Planner:
    """Plans a bulk change batch by batch."""

    def __init__(self, session: Session, terms: TermTree, change: BulkRequest) -> None:
        self.changes: list[PlannedEdit] = []
        self.problems: list[tuple[str, Message]] = []
        self.skipped: Counter[str] = Counter()
        self.found_keys: set[Key] = set()
        self._session, self._terms, self._change = session, terms, change

    def add(self, kind: str, ids: list[str]) -> None:
        """Plan a bulk change for records of one kind."""
        row_class = ROWS[kind]
        statement = select(row_class).where(row_class.id.in_(ids), row_class.retired_at.is_(None))
        records = [record_from(row, KINDS[kind]) for row in self._session.scalars(statement)]
        self.found_keys.update((kind, record.id) for record in records)
        children = self._read_children(kind, [record.id for record in records])
        topics = self._read_topic_names(ids) if kind == "service" else {}
        for record in records:
            for edit in list(self._plan_record(kind, record, children.get(record.id, ()))):
                self._add_planned(edit, record, topics.get(record.id, ()))

    def _add_planned(self, planned: PlannedEdit, record: Record, topics: Sequence[str]) -> None:
        errors = [p for p in validate_record(planned.record) if p.severity is Severity.ERROR]
        if errors:
            self.problems.append((planned.name, errors[0].message))
            return
        is_shelter = self._may_publish_shelter(
            planned, record, topics
        ) and self._has_secrecy_warning(planned)
        self.changes.append(replace(planned, is_shelter=is_shelter))

    def _plan_record(
        self, kind: str, record: Any, children: Sequence[Any]
    ) -> Iterator[PlannedEdit]:
        """Yield a bulk change's edits of one record, or count the record as unchanged or unfit."""
        action = self._change.action
        if action in _CHILD_KINDS:
            edits = list(self._plan_children(kind, record, children))
            if not edits:
                self.skipped[_SAME if _child_kind(kind, action) else _UNFIT] += 1
            yield from edits
            return
        fixed = {BulkAction.VISIBILITY: "visibility", BulkAction.CHECKED_BY: "verified_by"}
        name = fixed.get(action, self._change.field)
        if name not in SHAPES[kind].fields:
            self.skipped[_UNFIT] += 1
            return
        before = getattr(record, name)
        after = self._new_value(before)
        if before == after:
            self.skipped[_SAME] += 1
            return
        yield self._planned_edit(kind, record, name, str(before), replace(record, **{name: after}))

    def _new_value(self, before: Any) -> Any:
        change = self._change
        if change.action is BulkAction.VISIBILITY:
            return Visibility(change.value)
        if change.action is BulkAction.CHECKED_BY:
            return clean_text(change.value)
        return before.replace(change.find, change.value) if isinstance(before, str) else before

    def _planned_edit(
        self, kind: str, record: Any, name: str, before: str, written: Any
    ) -> PlannedEdit:
        return PlannedEdit(
            kind=kind,
            record_id=record.id,
            name=record.name,
            field=name,
            before=before,
            after=str(getattr(written, name)),
            record=written,
        )

    def _plan_children(
        self, kind: str, record: Any, children: Sequence[Any]
    ) -> Iterator[PlannedEdit]:
        change, child_kind = self._change, _child_kind(kind, self._change.action)
        if child_kind is None:
            return
        if change.action is BulkAction.PHONE and change.find:
            old, new = parse_phone(change.find), parse_phone(change.value)
            for phone in children:
                if old and new and phone.tel == old.tel and phone.tel != new.tel:
                    written = replace(phone, number=new.number, tel=new.tel)
                    yield self._planned_edit(kind, record, "number", phone.number, written)
            return
        new_child = self._new_child(kind, record.id)
        if not any(_is_same_child(new_child, stored) for stored in children):
            yield self._planned_edit(kind, record, _KEY_FIELDS[child_kind], "", new_child)

    def _new_child(self, kind: str, parent: str) -> Record:
        value, action = clean_text(self._change.value), self._change.action
        if action is BulkAction.TOPIC:
            identity = record_id(HAND_SOURCE, "attribute", f"{parent}/{value}")
            return Attribute(id=identity, link_id=parent, link_entity=kind, taxonomy_term_id=value)
        if action is BulkAction.HEADING:
            identity = record_id(HAND_SOURCE, "service_heading", f"{parent}/{value}")
            return ServiceHeading(id=identity, service_id=parent, heading=value, set_by="staff")
        identity = str(uuid5(NAMESPACE_URL, f"bulk/{action}/{kind}/{parent}/{value}"))
        owner: dict[str, Any] = {f"{kind}_id": parent}
        empty: Record = (
            Language(id=identity, **owner)
            if action is BulkAction.LANGUAGE
            else Phone(id=identity, number="", type="voice", **owner)
        )
        name = "name" if action is BulkAction.LANGUAGE else "number"
        written: Record = derive_row_fields(replace(empty, **{name: value}), empty, {})[0]  # type: ignore[arg-type]
        return written

    def _read_children(self, kind: str, ids: list[str]) -> dict[str, list[Any]]:
        """Return the child records that a bulk change may affect, by id of their record."""
        child_kind = _child_kind(kind, self._change.action)
        if child_kind is None:
            return {}
        row_class: Any = ROWS[child_kind]
        owner = row_class.link_id if child_kind == "attribute" else getattr(row_class, f"{kind}_id")
        conditions = [owner.in_(ids), row_class.retired_at.is_(None)]
        if child_kind == "attribute":
            conditions.append(row_class.link_entity == kind)
        if child_kind == "service_heading":
            conditions.append(row_class.set_by != SET_BY_RULE)
        found: dict[str, list[Any]] = {}
        for row in self._session.scalars(
            select(row_class).where(*conditions).order_by(row_class.id)
        ):
            key = row.link_id if child_kind == "attribute" else getattr(row, f"{kind}_id")
            found.setdefault(key, []).append(record_from(row, KINDS[child_kind]))
        return found

    def _read_topic_names(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the names of the topics of services in a bulk change, by service id."""
        statement = select(AttributeRow.link_id, AttributeRow.taxonomy_term_id).where(
            AttributeRow.link_entity == "service",
            AttributeRow.link_id.in_(ids),
            AttributeRow.retired_at.is_(None),
        )
        found: dict[str, list[str]] = {}
        for service_id, term_id in self._session.execute(statement):
            term = self._terms.get(term_id or "")
            found.setdefault(service_id, []).extend([term.name] if term else [])
        return found

    def _may_publish_shelter(
        self, planned: PlannedEdit, record: Record, topics_before: Sequence[str]
    ) -> bool:
        """Return whether a bulk change may make a shelter for survivors public.

        Such an edit makes the record public, or makes a service look like a shelter that did not
        before.
        """
        after, change = planned.record, self._change
        becomes_public = change.action is BulkAction.VISIBILITY and after.visibility == "public"
        if not isinstance(record, Service):
            return becomes_public and planned.kind == "location"
        if not (
            becomes_public
            or change.action is BulkAction.TOPIC
            or planned.field in _REVEALING_FIELDS
        ):
            return False
        topics_after = list(topics_before)
        if isinstance(after, Attribute):
            term = self._terms.get(after.taxonomy_term_id)
            topics_after += [term.name] if term else []
        changed = after if isinstance(after, Service) else record
        if not looks_like_survivor_shelter(changed.name, changed.description, topics_after):
            return False
        return becomes_public or not looks_like_survivor_shelter(
            record.name, record.description, topics_before
        )

    def _has_secrecy_warning(self, planned: PlannedEdit) -> bool:
        """Return whether the record form would show a secrecy warning for a planned edit."""
        draft = load_tree(self._session, planned.kind, planned.record_id).draft()
        is_record_itself = kind_of(planned.record) == planned.kind
        changed = (
            replace(draft, record=planned.record)
            if is_record_itself
            else replace(draft, children=(*draft.children, planned.record))
        )
        return any(secrecy_problems(self._session, self._terms, changed))


_CHILD_KINDS = {
    BulkAction.TOPIC: "attribute",
    BulkAction.HEADING: "service_heading",
    BulkAction.LANGUAGE: "language",
    BulkAction.PHONE: "phone",
}


def _child_kind(kind: str, action: BulkAction) -> str | None:
    child_kind = _CHILD_KINDS.get(action)
    return child_kind if child_kind in SHAPES[kind].rows else None


def _is_same_child(planned: Any, stored: Any) -> bool:
    """Return whether an existing child record equals the one that a bulk change would add."""
    if isinstance(planned, Language):
        return planned.name.casefold() == stored.name.casefold() or bool(
            planned.code and planned.code == stored.code
        )
    name = "tel" if isinstance(planned, Phone) else _KEY_FIELDS[kind_of(planned)]
    return bool(getattr(planned, name) == getattr(stored, name))


def replaceable_fields() -> tuple[str, ...]:
    """Return the fields of records in which a bulk change can replace text."""
    names = dict.fromkeys(
        name
        for kind in SHAPES
        for name in SHAPES[kind].fields
        if name not in _FIELDS_WITHOUT_WORDS and not name.endswith("_id")
    )
    return tuple(names)


_CHANGED, _UNDONE = "records-changed-together", "records-change-undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEntry:
    """A past bulk change of records, as the audit log has it.

    ``is_undone`` if it was undone later.
    """

    group_id: str
    action: str
    count: int
    happened_at: datetime
    who: str
    is_undone: bool


def preview_changes(instance: Instance, keys: Sequence[Key], change: BulkRequest) -> BulkPlan:
    """Return the plan of a bulk change of records, to show as a preview."""
    with instance.store.read() as session:
        return plan_changes(instance, session, keys, change)


def apply_changes(
    instance: Instance,
    keys: Sequence[Key],
    change: BulkRequest,
    shown_digest: str,
    actor: Actor,
    *,
    shelters: bool = False,
) -> int:
    """Apply a bulk change that staff previewed, and return the number of edits.

    Args:
        shown_digest: the digest of the plan that the user saw.
        shelters: include edits that would make a shelter for survivors public.

    Raises:
        RefusedError: the records changed since the preview.
    """
    author = Author(
        made_by=MadeBy.HAND,
        account_id=actor.account_id,
        group_id=f"{_GROUP_PREFIX}{uuid4().hex[:31]}",
    )
    with write_transaction(instance, author) as session:
        plan = plan_changes(instance, session, keys, change)
        if plan.digest != shown_digest:
            raise refused("Somebody changed these records meanwhile. Please look again.")
        wanted = [edit for edit in plan.changes if shelters or not edit.is_shelter]
        for batch in in_batches(wanted, _ROWS_IN_A_QUERY):
            _write_edits(session, batch)
        if wanted:
            record_audit(
                session, actor, _CHANGED, group=author.group_id, records=len(wanted),
                what=change.action.value,
            )  # fmt: skip
    instance.index.sync_if_few(len(wanted))
    return len(wanted)


def undo_changes(instance: Instance, group_id: str, actor: Actor) -> WriteResult:
    """Undo a bulk change of records, except where a record was changed later.

    Raises:
        NotFoundError: there is no such group.
        RefusedError: the bulk change was undone already.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with instance.store.write(author) as session:
        edit_id = session.scalar(
            select(RecordEditRow.id).where(RecordEditRow.group_id == group_id).limit(1)
        )
        if not group_id.startswith(_GROUP_PREFIX) or edit_id is None:
            raise NotFoundError("Nothing was changed together under this number.")
        if group_id in _undone_groups(session):
            raise refused("This was taken back already.")
        result = undo(session, group_id)
        record_audit(session, actor, _UNDONE, group=group_id, records=result.count)
    instance.index.sync_if_few(result.count)
    return result


def list_changes(instance: Instance) -> tuple[BulkEntry, ...]:
    """Return the latest bulk changes of records, newest first."""
    with instance.store.read() as session:
        undone = _undone_groups(session)
        entries = session.scalars(
            select(AuditEntryRow)
            .where(AuditEntryRow.action == _CHANGED)
            .order_by(AuditEntryRow.id.desc())
            .limit(_MOST_LISTED)
        ).all()
        return tuple(
            BulkEntry(
                group_id=str(entry.detail.get("group", "")),
                action=str(entry.detail.get("what", "")),
                count=int(entry.detail.get("records", 0)),
                happened_at=entry.happened_at,
                who=entry.actor_name,
                is_undone=str(entry.detail.get("group", "")) in undone,
            )
            for entry in entries
        )


def _undone_groups(session: Session) -> set[str]:
    entries = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == _UNDONE))
    return {str(entry.detail.get("group", "")) for entry in entries}


def _write_edits(session: Session, edits: Iterable[PlannedEdit]) -> None:
    edits = list(edits)
    ids: dict[str, list[str]] = {}
    for edit in edits:
        ids.setdefault(kind_of(edit.record), []).append(edit.record.id)
    rows: dict[tuple[str, str], RecordRow] = {
        (kind, row.id): row
        for kind, kind_ids in ids.items()
        for row in session.scalars(select(ROWS[kind]).where(ROWS[kind].id.in_(kind_ids)))
    }
    for edit in edits:
        write_record(session, edit.record, rows.get((kind_of(edit.record), edit.record.id)))
    session.flush()
    session.expunge_all()
