"""Guides as staff make them: add, save, publish, order, delete, restore, go back to a version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.guides.content_faults import cleaned, content_faults
from referral.guides.edit_conflicts import GuideConflict, changed_fields, merge_contents
from referral.guides.records import (
    LONGEST,
    FaultyValue,
    Guide,
    GuideContent,
    GuideFault,
    GuideRefusedError,
    GuideVersion,
)
from referral.guides.rows import GuideAddressRow, GuideRow, GuideVersionRow
from referral.records.accounts import Actor
from referral.store.change_log import log_changes

ADDED, CHANGED, WENT_BACK = "guide-added", "guide-changed", "guide-went-back"
_CHANGED_KIND = "guide"  # in the change log, so that every process reads its guides again
_LOOKED = frozenset({ADDED, CHANGED, WENT_BACK, "guide-looked-at"})


def list_guides(directory: Directory, *, deleted: bool = False) -> tuple[Guide, ...]:
    """All guides in their order, drafts too; or those that were deleted, the last first."""
    row = GuideRow
    condition = row.deleted_at.is_not(None) if deleted else row.deleted_at.is_(None)
    order = row.deleted_at.desc() if deleted else row.sort
    with directory.store.read() as session:
        rows = session.scalars(select(row).where(condition).order_by(order, row.id))
        return tuple(guide_from(each) for each in rows)


def read_guide(directory: Directory, guide_id: str) -> Guide:
    """A guide, deleted or not.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        return guide_from(_row(session, guide_id))


def add_guide(directory: Directory, actor: Actor, guide_id: str, content: GuideContent) -> Guide:
    """Add a guide that is not published yet; a second call with this id gives the one there is.

    Raises:
        GuideRefusedError: the content cannot be saved, or its address is taken.
    """
    is_given = bool(content.slug)
    content = _usable(content)
    with directory.store.write() as session:
        if (known := session.get(GuideRow, guide_id)) is not None:
            return guide_from(known)
        content = _with_free_slug(session, content, is_given=is_given)
        last = session.scalar(select(func.max(GuideRow.sort)))
        row = GuideRow(id=guide_id, sort=(last or 0) + 1, number=0, is_published=False)
        session.add(row)
        _write(directory, session, row, actor, ADDED, content)
        return guide_from(row)


def save_guide(
    directory: Directory, actor: Actor, guide_id: str, number: int, content: GuideContent
) -> Guide | GuideConflict:
    """Save a guide; what somebody else changed since, and this content did not, stays.

    Args:
        number: of the version that the editing began with.

    Returns:
        The guide; or the conflict, where both changed a field, and nothing was written.

    Raises:
        GuideRefusedError: the content cannot be saved, or its address is taken.
        NotFoundError: there is no such guide, or it was deleted.
    """
    content = _usable(content)
    with directory.store.write() as session:
        row = _row(session, guide_id, is_there=True)
        now = guide_from(row)
        if number != row.number:
            base = _version(session, guide_id, number).content
            content, both = merge_contents(base, content, now.content)
            if both:
                return GuideConflict(content, now, both)
        _refuse_taken(session, content.slug, guide_id)
        if changed_fields(content, now.content):
            _write(directory, session, row, actor, CHANGED, content)
        return guide_from(row)


def publish_guide(directory: Directory, actor: Actor, guide_id: str) -> None:
    """Show a guide to the public.

    Raises:
        GuideRefusedError: there is neither a text nor a service in it.
    """

    def publish(_session: Session, row: GuideRow) -> None:
        if guide_from(row).content.is_empty:
            raise GuideRefusedError(FaultyValue("text", GuideFault.EMPTY))
        row.is_published = True

    _change(directory, actor, guide_id, "guide-published", publish)


def unpublish_guide(directory: Directory, actor: Actor, guide_id: str) -> None:
    """Show a guide to staff only."""

    def unpublish(_session: Session, row: GuideRow) -> None:
        row.is_published = False

    _change(directory, actor, guide_id, "guide-unpublished", unpublish)


def confirm_guide(directory: Directory, actor: Actor, guide_id: str) -> None:
    """Note that somebody read a guide today, and that it is still right."""
    _change(directory, actor, guide_id, "guide-looked-at", lambda _session, _row: None)


def delete_guide(directory: Directory, actor: Actor, guide_id: str) -> None:
    """Take a guide away and free its addresses; it can be brought back."""

    def delete(session: Session, row: GuideRow) -> None:
        row.deleted_at, row.is_published = directory.now(), False
        for address in _addresses(session, row.id):
            session.delete(address)

    _change(directory, actor, guide_id, "guide-deleted", delete)


def restore_guide(directory: Directory, actor: Actor, guide_id: str) -> None:
    """Bring a deleted guide back, unpublished; its address gets a number if it is taken now."""
    with directory.store.write() as session:
        row = _row(session, guide_id)
        if row.deleted_at is None:
            return
        row.deleted_at = None
        content = _with_free_slug(session, guide_from(row).content, is_given=False)
        _write(directory, session, row, actor, "guide-restored", content)


def move_guide(directory: Directory, actor: Actor, guide_id: str, step: int) -> None:
    """Move a guide ``step`` places down in the list, up where negative; never past an end."""
    with directory.store.write() as session:
        row = _row(session, guide_id, is_there=True)
        there = select(GuideRow).where(GuideRow.deleted_at.is_(None))
        rows = list(session.scalars(there.order_by(GuideRow.sort, GuideRow.id)))
        place = max(0, min(rows.index(row) + step, len(rows) - 1))
        rows.remove(row)
        rows.insert(place, row)
        for sort, each in enumerate(rows, start=1):
            each.sort = sort
        log_changes(session, [(_CHANGED_KIND, guide_id)])
        record_audit(session, actor, "guide-moved", "guide", guide_id)


def list_versions(directory: Directory, guide_id: str) -> tuple[GuideVersion, ...]:
    """What was done to a guide, the last first."""
    row = GuideVersionRow
    with directory.store.read() as session:
        statement = select(row).where(row.guide_id == guide_id).order_by(row.number)
        before, found = GuideContent(), list[GuideVersion]()
        for each in map(_version_from, session.scalars(statement)):
            found.append(replace(each, changed=changed_fields(before, each.content)))
            before = each.content
        return tuple(reversed(found))


def go_back(directory: Directory, actor: Actor, guide_id: str, number: int) -> None:
    """Make the content of an earlier version the present one; its address stays as it is.

    Raises:
        NotFoundError: there is no such guide or version, or it was deleted.
    """
    with directory.store.write() as session:
        row = _row(session, guide_id, is_there=True)
        now = guide_from(row).content
        content = replace(_version(session, guide_id, number).content, slug=now.slug)
        if content != now:
            _write(directory, session, row, actor, WENT_BACK, content)


def guide_from(row: GuideRow) -> Guide:
    """The guide of a row."""
    return Guide(
        id=row.id,
        content=msgspec.convert(row.content, GuideContent),
        number=row.number,
        is_published=row.is_published,
        is_deleted=row.deleted_at is not None,
        looked_at=row.looked_at,
        looked_by=row.looked_by,
    )


def _change(
    directory: Directory,
    actor: Actor,
    guide_id: str,
    action: str,
    change: Callable[[Session, GuideRow], None],
) -> None:
    with directory.store.write() as session:
        row = _row(session, guide_id, is_there=True)
        change(session, row)
        _write(directory, session, row, actor, action, guide_from(row).content)


def _write(
    directory: Directory,
    session: Session,
    row: GuideRow,
    actor: Actor,
    action: str,
    content: GuideContent,
) -> None:
    """Write content and version, and note who did it, in the same transaction."""
    log_changes(session, [(_CHANGED_KIND, row.id)])
    row.number += 1
    row.content = cast("dict[str, object]", msgspec.to_builtins(content))
    if action in _LOOKED:
        row.looked_at, row.looked_by = directory.now(), actor.name
    session.flush()
    if row.deleted_at is None and session.get(GuideAddressRow, content.slug) is None:
        session.add(GuideAddressRow(slug=content.slug, guide_id=row.id))
    session.add(
        GuideVersionRow(
            guide_id=row.id,
            number=row.number,
            action=action,
            happened_at=directory.now(),
            account_id=actor.account_id,
            actor_name=actor.name,
            content=row.content,
        )
    )
    record_audit(session, actor, action, "guide", row.id)


def _usable(content: GuideContent) -> GuideContent:
    content = cleaned(content)
    if faults := content_faults(content):
        raise GuideRefusedError(*faults)
    return content


def _refuse_taken(session: Session, slug: str, guide_id: str) -> None:
    address = session.get(GuideAddressRow, slug)
    if address is not None and address.guide_id != guide_id:
        other = guide_from(_row(session, address.guide_id))
        raise GuideRefusedError(FaultyValue("slug", GuideFault.SLUG_TAKEN, other.content.title))


def _with_free_slug(session: Session, content: GuideContent, *, is_given: bool) -> GuideContent:
    """The content; an address that nobody chose gets a number where it is taken."""
    if is_given:
        _refuse_taken(session, content.slug, "")
    slug, number = content.slug, 1
    while session.get(GuideAddressRow, slug) is not None:
        number += 1
        slug = f"{content.slug[: LONGEST['slug'] - 4]}-{number}"
    return replace(content, slug=slug)


def _addresses(session: Session, guide_id: str) -> list[GuideAddressRow]:
    statement = select(GuideAddressRow).where(GuideAddressRow.guide_id == guide_id)
    return list(session.scalars(statement))


def _row(session: Session, guide_id: str, *, is_there: bool = False) -> GuideRow:
    row = session.get(GuideRow, guide_id, with_for_update=is_there)
    if row is None or (is_there and row.deleted_at is not None):
        raise NotFoundError("There is no such guide.")
    return row


def _version(session: Session, guide_id: str, number: int) -> GuideVersion:
    row = session.get(GuideVersionRow, (guide_id, number))
    if row is None:
        raise NotFoundError("There is no such version.")
    return _version_from(row)


def _version_from(row: GuideVersionRow) -> GuideVersion:
    return GuideVersion(
        number=row.number,
        action=row.action,
        happened_at=row.happened_at,
        actor_name=row.actor_name,
        content=msgspec.convert(row.content, GuideContent),
    )
