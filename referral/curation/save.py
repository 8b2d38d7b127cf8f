"""Saving of drafts with conflict detection; preview of drafts; retiring of records.

To preview a draft, it is written, read by the rules for the public and rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.curation.drafts import Draft, RecordTree, load_tree
from referral.curation.edit_conflicts import Conflict, detect_conflict
from referral.directory.instance import Instance
from referral.directory.listings import organization_page, service_page
from referral.directory.view_models import OrganizationPage, ServicePage
from referral.errors import NotFoundError, RefusedError, refused
from referral.message import term
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Record
from referral.records.kinds import KINDS, kind_of, parents_of
from referral.records.problems import Severity
from referral.records.record_ids import HAND_SOURCE
from referral.records.validation import validate_record
from referral.records.visibility import Audience
from referral.store.base import RecordRow
from referral.store.conversion import ROWS, columns_of, row_from
from referral.store.heading_placement import place_written
from referral.store.rows import ServiceAtLocationRow

FIRST_BY_HAND = 1_000_000  # so that records added by hand follow imported ones


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """The result of saving the draft of a record.

    ``is_changed`` unless the draft equalled the stored record.
    """

    kind: str
    record_id: str
    is_changed: bool = True


def manual_author(actor: Actor, made_by: MadeBy = MadeBy.HAND) -> Author:
    """Return the staff member as author of a new group of edits in the history."""
    return Author(made_by=made_by, account_id=actor.account_id)


def save_draft(instance: Instance, draft: Draft, actor: Actor) -> SavedDraft | Conflict:
    """Save the draft of a record, or return the conflict if the record was changed meanwhile.

    Raises:
        NotFoundError: the record is gone.
        RefusedError: the draft is invalid, a parent is missing, or a child belongs elsewhere.
    """
    author = manual_author(actor)
    with write_transaction(instance, author) as session:
        tree = _load_tree_or_none(session, draft)
        if tree is not None:
            conflict = detect_conflict(session, tree, draft)
            if conflict is not None and conflict.differences():
                return conflict
        is_changed = write_draft(session, draft, tree)
        if is_changed:
            record_audit(
                session,
                actor,
                "record-changed" if tree else "record-added",
                draft.kind,
                draft.record.id,
                group=author.group_id,
            )
    if is_changed:
        instance.index.sync_after_commit()
    return SavedDraft(draft.kind, draft.record.id, is_changed)


def retire_record(
    instance: Instance, kind: str, record_id: str, actor: Actor, *, is_retired: bool = True
) -> None:
    """Retire a record, or bring a retired record back. The record and its history are kept.

    Raises:
        NotFoundError: there is no such record.
    """
    author = manual_author(actor)
    with write_transaction(instance, author) as session:
        row = load_tree(session, kind, record_id, locked=True).row
        if (row.retired_at is not None) == is_retired:
            return
        row.retired_at = datetime.now(UTC) if is_retired else None
        action = "record-retired" if is_retired else "record-brought-back"
        record_audit(session, actor, action, kind, record_id, group=author.group_id)
    instance.index.sync_after_commit()


def write_draft(session: Session, draft: Draft, tree: RecordTree | None) -> bool:
    """Write the changes in a draft to the rows of its record; return whether there are any.

    Raises:
        RefusedError: the draft is invalid, a parent is missing, or a child belongs elsewhere.
    """
    refuse_errors((draft.record, *draft.children))
    if tree is None:
        rows = [write_record(session, draft.record, None, 0)]
    else:
        _set_columns(tree.row, draft.record)
        rows = [tree.row]
    for number, child in enumerate(draft.children):
        row = tree.find(kind_of(child), child.id) if tree else None
        if row is None and session.get(ROWS[kind_of(child)], child.id) is not None:
            raise refused("A part of this record belongs to another one; load the page again.")
        rows.append(write_record(session, child, row, FIRST_BY_HAND + number))
    _check_parents(session, draft)
    _retire_removed_children(tree, draft)
    is_changed = any(
        row in session.new or session.is_modified(row)
        for row in (*rows, *(tree.children if tree else ()))
    )
    session.flush()
    return is_changed


@contextmanager
def write_transaction(instance: Instance, author: Author) -> Iterator[Session]:
    """Open a write transaction that reports a broken foreign key as ``RefusedError``."""
    try:
        with instance.store.write(author) as session:
            yield session
    except IntegrityError as error:
        raise refused(
            "Something this record depends on is gone; load the page again and choose another."
        ) from error


def _load_tree_or_none(session: Session, draft: Draft) -> RecordTree | None:
    try:
        return load_tree(session, draft.kind, draft.record.id, locked=True)
    except NotFoundError:
        if draft.fingerprint:
            raise
        return None


def refuse_errors(records: Iterable[Record]) -> None:
    """Raise ``RefusedError`` with the first error in the records of a draft."""
    for record in records:
        for problem in validate_record(record):
            if problem.severity is Severity.ERROR:
                raise RefusedError(problem.message)


def write_record(
    session: Session, record: Record, row: RecordRow | None, line: int = FIRST_BY_HAND
) -> RecordRow:
    """Write a record of a draft to its database row or to a new row.

    A retired row becomes live again.

    Args:
        line: sort position of a new row.
    """
    if row is None:
        row = new_manual_row(record, line)
        session.add(row)
        return row
    row.retired_at = None
    _set_columns(row, record)
    return row


def _set_columns(row: RecordRow, record: Record) -> None:
    """Set the columns of a database row that differ from the edited record."""
    for name, value in columns_of(record).items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def new_manual_row(record: Record, line: int = FIRST_BY_HAND) -> RecordRow:
    """Create a database row for a record that staff added."""
    row = row_from(record)
    row.source, row.source_key, row.origin_line = HAND_SOURCE, record.id, line
    return row


def _check_parents(session: Session, draft: Draft) -> None:
    """Refuse a draft that refers to missing records.

    References among the records of the draft are allowed, since they are written together.
    """
    own_keys = {(kind_of(record), record.id) for record in (draft.record, *draft.children)}
    parent_ids: dict[str, set[str]] = {}
    for record in (draft.record, *draft.children):
        for _, kind, record_id in parents_of(record):
            if kind in KINDS and (kind, record_id) not in own_keys:
                parent_ids.setdefault(kind, set()).add(record_id)
    for kind, ids in parent_ids.items():
        row_class = ROWS[kind]
        found = set(session.scalars(select(row_class.id).where(row_class.id.in_(ids))))
        if ids - found:
            raise refused("The %(kind)s chosen is gone; choose another one.", kind=term(kind))


def _retire_removed_children(tree: RecordTree | None, draft: Draft) -> None:
    kept_keys = {(kind_of(child), child.id) for child in draft.children}
    now = datetime.now(UTC)
    for row in tree.children if tree else ():
        if (row.__tablename__, row.id) not in kept_keys and row.retired_at is None:
            row.retired_at = now


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A preview of a draft as a public page, or no page if the public would not see the draft.

    A location has no page of its own. It is shown on the page of a service there, or of its
    organization.
    """

    service: ServicePage | None = None
    organization: OrganizationPage | None = None


def preview_draft(instance: Instance, draft: Draft) -> Preview:
    """Return an unsaved draft as the public page that would show it. Nothing stays written.

    Raises:
        NotFoundError: the record is gone.
        RefusedError: the draft is invalid, a parent is missing, or a child belongs elsewhere.
    """
    with write_transaction(instance, Author()) as session:
        is_stored = bool(draft.fingerprint)
        tree = load_tree(session, draft.kind, draft.record.id) if is_stored else None
        write_draft(session, draft, tree)
        place_written(session)
        preview = _public_page(instance, session, draft)
        session.rollback()
    return preview


def _public_page(instance: Instance, session: Session, draft: Draft) -> Preview:
    if draft.kind == "service":
        return Preview(service=_service_page_or_none(instance, session, draft.record.id))
    if draft.kind == "organization":
        return Preview(organization=_organization_page_or_none(instance, session, draft.record.id))
    for service_id in session.scalars(
        select(ServiceAtLocationRow.service_id).where(
            ServiceAtLocationRow.location_id == draft.record.id,
            ServiceAtLocationRow.retired_at.is_(None),
        )
    ):
        page = _service_page_or_none(instance, session, service_id or "")
        if page and any(site.location.id == draft.record.id for site in page.sites):
            return Preview(service=page)
    owner = str(getattr(draft.record, "organization_id", ""))
    page_of_owner = _organization_page_or_none(instance, session, owner)
    if page_of_owner and any(site.location.id == draft.record.id for site in page_of_owner.sites):
        return Preview(organization=page_of_owner)
    return Preview()


def _service_page_or_none(
    instance: Instance, session: Session, service_id: str
) -> ServicePage | None:
    try:
        return service_page(instance, session, service_id, Audience.PUBLIC)
    except NotFoundError:
        return None


def _organization_page_or_none(
    instance: Instance, session: Session, organization_id: str
) -> OrganizationPage | None:
    try:
        return organization_page(instance, session, organization_id, Audience.PUBLIC)
    except NotFoundError:
        return None
