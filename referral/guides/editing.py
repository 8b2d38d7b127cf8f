"""Editing of guides by staff: add, save, publish, order, delete, restore, and their versions."""

from __future__ import annotations

from dataclasses import fields, replace

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.guides.records import (
    LONGEST,
    FaultyValue,
    Guide,
    GuideConflict,
    GuideContent,
    GuideFault,
    GuideRefusedError,
    GuideVersion,
    cleaned,
    content_faults,
)
from referral.guides.rows import GuideAddressRow, GuideRow, GuideVersionRow
from referral.records.accounts import Actor
from referral.store.change_log import log_changes

ADDED, CHANGED = "guide-added", "guide-changed"
CONFIRMED, WENT_BACK = "guide-looked-at", "guide-went-back"
_REVIEWS = frozenset({ADDED, CHANGED, CONFIRMED, WENT_BACK})  # each implies reading the guide


def list_guides(instance: Instance, *, deleted: bool = False) -> tuple[Guide, ...]:
    """Return all guides in their order, with drafts, or else the deleted ones.

    The deleted guides are in order of deletion, the latest first.
    """
    condition = GuideRow.deleted_at.is_not(None) if deleted else GuideRow.deleted_at.is_(None)
    order = GuideRow.deleted_at.desc() if deleted else GuideRow.sort
    statement = select(GuideRow).where(condition).order_by(order, GuideRow.id)
    with instance.store.read() as session:
        return tuple(row.to_guide() for row in session.scalars(statement))


def read_guide(instance: Instance, guide_id: str) -> Guide:
    """Return a guide, even if it was deleted.

    Raises:
        NotFoundError: there is no such guide.
    """
    with instance.store.read() as session:
        return _get_row(session, guide_id).to_guide()


def add_guide(instance: Instance, actor: Actor, guide_id: str, content: GuideContent) -> Guide:
    """Add a guide as a draft. A second call with the same id returns the existing guide.

    Raises:
        GuideRefusedError: the content cannot be saved, or its slug is taken.
    """
    has_own_slug = bool(content.slug)
    content = _validated(content)
    with instance.store.write() as session:
        if (existing := session.get(GuideRow, guide_id)) is not None:
            return existing.to_guide()
        if has_own_slug:
            _require_free_slug(session, content.slug, guide_id)
        else:
            content = replace(content, slug=_free_slug(session, content.slug))
        last_sort = session.scalar(select(func.max(GuideRow.sort)))
        row = GuideRow(
            id=guide_id,
            sort=(last_sort or 0) + 1,
            number=0,
            is_published=False,
            content=msgspec.to_builtins(content),
        )
        session.add(row)
        _record_change(instance, session, row, actor, ADDED)
        return row.to_guide()


def save_guide(
    instance: Instance, actor: Actor, guide_id: str, number: int, content: GuideContent
) -> Guide | GuideConflict:
    """Save a guide, and merge it with changes that another user made meanwhile.

    Args:
        number: of the version that the editing began with.

    Returns:
        The saved guide; or a conflict, with nothing written, if both changed the same field.

    Raises:
        GuideRefusedError: the content cannot be saved, or its slug is taken.
        NotFoundError: there is no such guide, or it was deleted.
    """
    content = _validated(content)
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        current = row.to_guide()
        if number != row.number:
            base = _version_content(session, guide_id, number)
            content, conflicting_fields = _merge(base, content, current.content)
            if conflicting_fields:
                return GuideConflict(content, current, conflicting_fields)
        _require_free_slug(session, content.slug, guide_id)
        if content != current.content:
            row.content = msgspec.to_builtins(content)
            _record_change(instance, session, row, actor, CHANGED)
        return row.to_guide()


def publish_guide(instance: Instance, actor: Actor, guide_id: str) -> None:
    """Publish a guide, so that the public sees it.

    Raises:
        GuideRefusedError: it has neither a text nor a service.
        NotFoundError: there is no such guide, or it was deleted.
    """
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        if row.to_guide().content.is_empty:
            raise GuideRefusedError(FaultyValue("text", GuideFault.EMPTY))
        row.is_published = True
        _record_change(instance, session, row, actor, "guide-published")


def unpublish_guide(instance: Instance, actor: Actor, guide_id: str) -> None:
    """Make a guide a draft, which only staff can see."""
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        row.is_published = False
        _record_change(instance, session, row, actor, "guide-unpublished")


def confirm_guide(instance: Instance, actor: Actor, guide_id: str) -> None:
    """Store that a user read a guide today and found it right."""
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        _record_change(instance, session, row, actor, CONFIRMED)


def delete_guide(instance: Instance, actor: Actor, guide_id: str) -> None:
    """Delete a guide and free its addresses; it can be restored."""
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        row.deleted_at, row.is_published = instance.now(), False
        session.execute(delete(GuideAddressRow).where(GuideAddressRow.guide_id == guide_id))
        _record_change(instance, session, row, actor, "guide-deleted")


def restore_guide(instance: Instance, actor: Actor, guide_id: str) -> None:
    """Restore a deleted guide as a draft; its slug gets a number if it is taken now."""
    with instance.store.write() as session:
        row = _get_row(session, guide_id)
        if row.deleted_at is None:
            return
        row.deleted_at = None
        row.content = {**row.content, "slug": _free_slug(session, row.content["slug"])}
        _record_change(instance, session, row, actor, "guide-restored")


def move_guide(instance: Instance, actor: Actor, guide_id: str, step: int) -> None:
    """Move a guide in the order of guides ``step`` places down (up if negative)."""
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        statement = select(GuideRow).where(GuideRow.deleted_at.is_(None))
        rows = list(session.scalars(statement.order_by(GuideRow.sort, GuideRow.id)))
        position = max(0, rows.index(row) + step)
        rows.remove(row)
        rows.insert(position, row)
        for sort, other in enumerate(rows, start=1):
            other.sort = sort
        log_changes(session, [("guide", guide_id)])
        record_audit(session, actor, "guide-moved", "guide", guide_id)


def list_versions(instance: Instance, guide_id: str) -> tuple[GuideVersion, ...]:
    """Return the versions of a guide, the latest first."""
    statement = select(GuideVersionRow).where(GuideVersionRow.guide_id == guide_id)
    versions = []
    previous = GuideContent()
    with instance.store.read() as session:
        for row in session.scalars(statement.order_by(GuideVersionRow.number)):
            content = msgspec.convert(row.content, GuideContent)
            version = GuideVersion(
                number=row.number,
                action=row.action,
                happened_at=row.happened_at,
                actor_name=row.actor_name,
                content=content,
                changed=_changed_fields(previous, content),
            )
            versions.append(version)
            previous = content
    return tuple(reversed(versions))


def restore_version(instance: Instance, actor: Actor, guide_id: str, number: int) -> None:
    """Restore the content of a guide's earlier version; its slug does not change.

    Raises:
        NotFoundError: there is no such guide or version, or the guide was deleted.
    """
    with instance.store.write() as session:
        row = _get_row(session, guide_id, for_update=True)
        current = row.to_guide().content
        content = replace(_version_content(session, guide_id, number), slug=current.slug)
        if content != current:
            row.content = msgspec.to_builtins(content)
            _record_change(instance, session, row, actor, WENT_BACK)


def _validated(content: GuideContent) -> GuideContent:
    content = cleaned(content)
    if faults := content_faults(content):
        raise GuideRefusedError(*faults)
    return content


def _merge(
    base: GuideContent, yours: GuideContent, theirs: GuideContent
) -> tuple[GuideContent, tuple[str, ...]]:
    """Merge two users' changes of a guide, and name the fields that both changed.

    In those, yours are kept.

    A field of ``theirs`` is used if only they changed it since ``base``. Sections are compared as a
    whole, since their order is part of the content.
    """
    merged, conflicting_fields = yours, []
    for name in _changed_fields(yours, theirs):
        if getattr(yours, name) == getattr(base, name):
            merged = replace(merged, **{name: getattr(theirs, name)})
        elif getattr(theirs, name) != getattr(base, name):
            conflicting_fields.append(name)
    return merged, tuple(conflicting_fields)


def _changed_fields(first: GuideContent, second: GuideContent) -> tuple[str, ...]:
    names = (field.name for field in fields(GuideContent))
    return tuple(name for name in names if getattr(first, name) != getattr(second, name))


def _get_row(session: Session, guide_id: str, *, for_update: bool = False) -> GuideRow:
    """Return the database row of a guide.

    ``for_update`` locks it, and requires that it is not deleted.
    """
    row = session.get(GuideRow, guide_id, with_for_update=for_update)
    if row is None or (for_update and row.deleted_at is not None):
        raise NotFoundError("There is no such guide.")
    return row


def _version_content(session: Session, guide_id: str, number: int) -> GuideContent:
    row = session.get(GuideVersionRow, (guide_id, number))
    if row is None:
        raise NotFoundError("There is no such version.")
    return msgspec.convert(row.content, GuideContent)


def _require_free_slug(session: Session, slug: str, guide_id: str) -> None:
    taken = session.get(GuideAddressRow, slug)
    if taken is not None and taken.guide_id != guide_id:
        title = _get_row(session, taken.guide_id).to_guide().content.title
        raise GuideRefusedError(FaultyValue("slug", GuideFault.SLUG_TAKEN, title))


def _free_slug(session: Session, slug: str) -> str:
    """Return a free slug for a guide, with a number at its end if it is taken."""
    candidate, number = slug, 1
    while session.get(GuideAddressRow, candidate) is not None:
        number += 1
        candidate = f"{slug[: LONGEST['slug'] - 4]}-{number}"
    return candidate


def _record_change(
    instance: Instance, session: Session, row: GuideRow, actor: Actor, action: str
) -> None:
    """Store the next version of a changed guide, its slug, and entries in both logs.

    The change log makes every process read its published guides again.
    """
    log_changes(session, [("guide", row.id)])
    row.number += 1
    if action in _REVIEWS:
        row.looked_at, row.looked_by = instance.now(), actor.name
    session.flush()
    slug = row.content["slug"]
    if row.deleted_at is None and session.get(GuideAddressRow, slug) is None:
        session.add(GuideAddressRow(slug=slug, guide_id=row.id))
    session.add(
        GuideVersionRow(
            guide_id=row.id,
            number=row.number,
            action=action,
            happened_at=instance.now(),
            account_id=actor.account_id,
            actor_name=actor.name,
            content=row.content,
        )
    )
    record_audit(session, actor, action, "guide", row.id)
