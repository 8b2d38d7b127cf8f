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

_AT_A_TIME = 500
_SAME, _UNFIT = "same", "unfit"


class BulkAction(StrEnum):
    """A kind of change that can be applied to many records."""

    TOPIC = "topic"
    HEADING = "heading"
    VISIBILITY = "visibility"
    LANGUAGE = "language"
    PHONE = "phone"
    CHECKED_BY = "checked-by"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """A request to change many records in one way.

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
        """Return whether the request has all values that its action requires."""
        if self.action is BulkAction.REPLACE:
            return bool(self.find and self.field)
        if self.action is BulkAction.PHONE:
            return parse_phone(self.value) is not None
        return bool(self.value.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEdit:
    """A planned edit of one record or child record.

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
    """The planned edits of a bulk change, with the numbers of records that stay as they are.

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
        """Return a digest that is equal for equal plans."""
        lines = sorted(
            (each.kind, each.record_id, each.record.id, each.before, each.after, each.is_shelter)
            for each in self.changes
        )
        return hashlib.sha256(repr(lines).encode()).hexdigest()[:32]

    @property
    def shelters(self) -> tuple[PlannedEdit, ...]:
        """Return the edits that are left out unless the user includes shelters."""
        return tuple(each for each in self.changes if each.is_shelter)


def plan_changes(
    instance: Instance, session: Session, keys: Sequence[Key], change: BulkRequest
) -> BulkPlan:
    """Return the plan of a bulk change of records, without writing anything."""
    planner = _Planner(session, instance.listings.terms(session), change)
    for kind in SHAPES:
        for some in in_batches([each for of, each in keys if of == kind], _AT_A_TIME):
            planner.add(kind, some)
    return BulkPlan(
        changes=tuple(sorted(planner.changes, key=lambda each: (each.name, each.record_id))),
        same=planner.left[_SAME],
        unfit=len(set(keys)) - len(planner.seen) + planner.left[_UNFIT],
        problems=tuple(planner.problems),
    )


class _Planner:
    """Plans a bulk change batch by batch."""

    def __init__(self, session: Session, terms: TermTree, change: BulkRequest) -> None:
        self.changes: list[PlannedEdit] = []
        self.problems: list[tuple[str, Message]] = []
        self.left: Counter[str] = Counter()
        self.seen: set[Key] = set()
        self._session, self._terms, self._change = session, terms, change

    def add(self, kind: str, ids: list[str]) -> None:
        """Plan the changes of records of one kind."""
        row = ROWS[kind]
        statement = select(row).where(row.id.in_(ids), row.retired_at.is_(None))
        records = [record_from(each, KINDS[kind]) for each in self._session.scalars(statement)]
        self.seen.update((kind, each.id) for each in records)
        parts = self._parts(kind, [each.id for each in records])
        topics = self._topics(ids) if kind == "service" else {}
        for record in records:
            planned = list(self._plan(kind, record, parts.get(record.id, ())))
            for each in planned:
                self._add_planned(each, record, topics.get(record.id, ()))

    def _add_planned(self, planned: PlannedEdit, record: Record, topics: Sequence[str]) -> None:
        errors = [p for p in validate_record(planned.record) if p.severity is Severity.ERROR]
        if errors:
            self.problems.append((planned.name, errors[0].message))
            return
        is_shelter = self._may_show_shelter(planned, record, topics) and self._shows_shelter(
            planned
        )
        self.changes.append(replace(planned, is_shelter=is_shelter))

    def _plan(self, kind: str, record: Any, parts: Sequence[Any]) -> Iterator[PlannedEdit]:
        """Yield the planned edits of a record, and count a record that needs none or is unfit."""
        action = self._change.action
        if action in _PART_OF:
            made = list(self._changed_parts(kind, record, parts))
            if not made:
                self.left[_SAME if _part_kind(kind, action) else _UNFIT] += 1
            yield from made
            return
        fixed = {BulkAction.VISIBILITY: "visibility", BulkAction.CHECKED_BY: "verified_by"}
        name = fixed.get(action, self._change.field)
        if name not in SHAPES[kind].fields:
            self.left[_UNFIT] += 1
            return
        before = getattr(record, name)
        after = self._new_value(before)
        if before == after:
            self.left[_SAME] += 1
            return
        yield self._planned(kind, record, name, str(before), replace(record, **{name: after}))

    def _new_value(self, before: Any) -> Any:
        change = self._change
        if change.action is BulkAction.VISIBILITY:
            return Visibility(change.value)
        if change.action is BulkAction.CHECKED_BY:
            return clean_text(change.value)
        return before.replace(change.find, change.value) if isinstance(before, str) else before

    def _planned(self, kind: str, record: Any, name: str, before: str, written: Any) -> PlannedEdit:
        return PlannedEdit(
            kind=kind,
            record_id=record.id,
            name=record.name,
            field=name,
            before=before,
            after=str(getattr(written, name)),
            record=written,
        )

    def _changed_parts(self, kind: str, record: Any, parts: Sequence[Any]) -> Iterator[PlannedEdit]:
        change, part = self._change, _part_kind(kind, self._change.action)
        if part is None:
            return
        if change.action is BulkAction.PHONE and change.find:
            old, new = parse_phone(change.find), parse_phone(change.value)
            for each in parts:
                if old and new and each.tel == old.tel and each.tel != new.tel:
                    written = replace(each, number=new.number, tel=new.tel)
                    yield self._planned(kind, record, "number", each.number, written)
            return
        made = self._new_part(kind, record.id)
        if not any(_has_part(made, each) for each in parts):
            yield self._planned(kind, record, _NAMED_BY[part], "", made)

    def _new_part(self, kind: str, parent: str) -> Record:
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

    def _parts(self, kind: str, ids: list[str]) -> dict[str, list[Any]]:
        """Return the child records of the changed kind by record id."""
        part = _part_kind(kind, self._change.action)
        if part is None:
            return {}
        row: Any = ROWS[part]
        owner = row.link_id if part == "attribute" else getattr(row, f"{kind}_id")
        conditions = [owner.in_(ids), row.retired_at.is_(None)]
        if part == "attribute":
            conditions.append(row.link_entity == kind)
        if part == "service_heading":
            conditions.append(row.set_by != SET_BY_RULE)
        found: dict[str, list[Any]] = {}
        for each in self._session.scalars(select(row).where(*conditions).order_by(row.id)):
            key = each.link_id if part == "attribute" else getattr(each, f"{kind}_id")
            found.setdefault(key, []).append(record_from(each, KINDS[part]))
        return found

    def _topics(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the names of topics by service id."""
        row = AttributeRow
        statement = select(row.link_id, row.taxonomy_term_id).where(
            row.link_entity == "service", row.link_id.in_(ids), row.retired_at.is_(None)
        )
        found: dict[str, list[str]] = {}
        for service_id, term_id in self._session.execute(statement):
            term = self._terms.get(term_id or "")
            found.setdefault(service_id, []).extend([term.name] if term else [])
        return found

    def _may_show_shelter(
        self, planned: PlannedEdit, record: Record, topics: Sequence[str]
    ) -> bool:
        """Return whether an edit may make a shelter for survivors public.

        Such an edit makes the record public, or makes a service look like a shelter that did not
        before.
        """
        after, change = planned.record, self._change
        widens = change.action is BulkAction.VISIBILITY and after.visibility == "public"
        if not isinstance(record, Service):
            return widens and planned.kind == "location"
        if not (widens or change.action is BulkAction.TOPIC or planned.field in _TELLING):
            return False
        names = list(topics)
        if isinstance(after, Attribute):
            term = self._terms.get(after.taxonomy_term_id)
            names += [term.name] if term else []
        changed = after if isinstance(after, Service) else record
        if not looks_like_survivor_shelter(changed.name, changed.description, names):
            return False
        return widens or not looks_like_survivor_shelter(record.name, record.description, topics)

    def _shows_shelter(self, planned: PlannedEdit) -> bool:
        """Return whether the record form would show a secrecy warning for a planned edit."""
        draft = load_tree(self._session, planned.kind, planned.record_id).draft()
        own = kind_of(planned.record) == planned.kind
        changed = (
            replace(draft, record=planned.record)
            if own
            else replace(draft, children=(*draft.children, planned.record))
        )
        return any(secrecy_problems(self._session, self._terms, changed))


_PART_OF = {
    BulkAction.TOPIC: "attribute",
    BulkAction.HEADING: "service_heading",
    BulkAction.LANGUAGE: "language",
    BulkAction.PHONE: "phone",
}
_TELLING = frozenset({"name", "description"})  # the fields that reveal a shelter
_NAMED_BY = {
    "attribute": "taxonomy_term_id", "service_heading": "heading", "language": "name",
    "phone": "number",
}  # fmt: skip


def _part_kind(kind: str, action: BulkAction) -> str | None:
    part = _PART_OF.get(action)
    return part if part in SHAPES[kind].rows else None


def _has_part(made: Any, part: Any) -> bool:
    """Return whether an existing child record equals a planned one."""
    if isinstance(made, Language):
        return made.name.casefold() == part.name.casefold() or bool(
            made.code and made.code == part.code
        )
    name = "tel" if isinstance(made, Phone) else _NAMED_BY[kind_of(made)]
    return bool(getattr(made, name) == getattr(part, name))


def replaceable_fields() -> tuple[str, ...]:
    """Return the fields of records in which text can be replaced."""
    names = dict.fromkeys(
        name
        for kind in SHAPES
        for name in SHAPES[kind].fields
        if name not in _NO_WORDS and not name.endswith("_id")
    )
    return tuple(names)


_NO_WORDS = frozenset(
    {"status", "visibility", "minimum_age", "maximum_age", "assured_date", "location_type",
     "latitude", "longitude", "year_incorporated", "listed_from", "listed_until"}
)  # fmt: skip


_CHANGED, _UNDONE = "records-changed-together", "records-change-undone"
_GROUP = "bulk-"  # prefix of edit group ids, which have 36 characters
_ROWS_AT_A_TIME = 500
_SHOWN = 20  # bulk changes listed, to be undone


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEntry:
    """A past bulk change, as the audit log has it; ``is_undone`` if it was undone later."""

    group_id: str
    action: str
    count: int
    happened_at: datetime
    who: str
    is_undone: bool


def preview_changes(instance: Instance, keys: Sequence[Key], change: BulkRequest) -> BulkPlan:
    """Return the plan of a bulk change of records, for its preview."""
    with instance.store.read() as session:
        return plan_changes(instance, session, keys, change)


def apply_changes(
    instance: Instance,
    keys: Sequence[Key],
    change: BulkRequest,
    shown: str,
    actor: Actor,
    *,
    shelters: bool = False,
) -> int:
    """Apply a bulk change that was previewed, and return the number of edits.

    Args:
        shown: the digest of the plan that the user saw.
        shelters: include edits that would make a shelter for survivors public.

    Raises:
        RefusedError: the records changed since the preview.
    """
    author = Author(
        made_by=MadeBy.HAND, account_id=actor.account_id, group_id=f"{_GROUP}{uuid4().hex[:31]}"
    )
    with write_transaction(instance, author) as session:
        plan = plan_changes(instance, session, keys, change)
        if plan.digest != shown:
            raise refused("Somebody changed these records meanwhile. Please look again.")
        wanted = [each for each in plan.changes if shelters or not each.is_shelter]
        for some in in_batches(wanted, _ROWS_AT_A_TIME):
            _write(session, some)
        if wanted:
            record_audit(
                session, actor, _CHANGED, group=author.group_id, records=len(wanted),
                what=change.action.value,
            )  # fmt: skip
    instance.index.sync_if_few(len(wanted))
    return len(wanted)


def undo_changes(instance: Instance, group_id: str, actor: Actor) -> WriteResult:
    """Undo a bulk change, except where a record was changed later.

    Raises:
        NotFoundError: there is no such group.
        RefusedError: the bulk change was undone already.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with instance.store.write(author) as session:
        edit = RecordEditRow
        found = session.scalar(select(edit.id).where(edit.group_id == group_id).limit(1))
        if not group_id.startswith(_GROUP) or found is None:
            raise NotFoundError("Nothing was changed together under this number.")
        if group_id in _undone_groups(session):
            raise refused("This was taken back already.")
        done = undo(session, group_id)
        record_audit(session, actor, _UNDONE, group=group_id, records=done.count)
    instance.index.sync_if_few(done.count)
    return done


def list_changes(instance: Instance) -> tuple[BulkEntry, ...]:
    """Return the latest bulk changes, newest first."""
    row = AuditEntryRow
    with instance.store.read() as session:
        undone = _undone_groups(session)
        entries = session.scalars(
            select(row).where(row.action == _CHANGED).order_by(row.id.desc()).limit(_SHOWN)
        ).all()
        return tuple(
            BulkEntry(
                group_id=str(each.detail.get("group", "")),
                action=str(each.detail.get("what", "")),
                count=int(each.detail.get("records", 0)),
                happened_at=each.happened_at,
                who=each.actor_name,
                is_undone=str(each.detail.get("group", "")) in undone,
            )
            for each in entries
        )


def _undone_groups(session: Session) -> set[str]:
    entries = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == _UNDONE))
    return {str(each.detail.get("group", "")) for each in entries}


def _write(session: Session, changes: Iterable[PlannedEdit]) -> None:
    changes = list(changes)
    ids: dict[str, list[str]] = {}
    for each in changes:
        ids.setdefault(kind_of(each.record), []).append(each.record.id)
    rows: dict[tuple[str, str], RecordRow] = {
        (kind, row.id): row
        for kind, some in ids.items()
        for row in session.scalars(select(ROWS[kind]).where(ROWS[kind].id.in_(some)))
    }
    for each in changes:
        write_record(session, each.record, rows.get((kind_of(each.record), each.record.id)))
    session.flush()
    session.expunge_all()
