"""Followed sources: how admins list, add, change, pull and delete them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import refused
from referral.following.changes_feed import site_of
from referral.following.records import FollowedSource, PullOutcome, SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.following.small_changes import SMALL_CHANGES
from referral.formats import format_now
from referral.imports.records import BatchState
from referral.jobs.job_queue import latest_job
from referral.outgoing_requests import Network, RefusedAddressError, require_safe
from referral.records.accounts import COMMAND_LINE, Actor
from referral.records.waiting import Waiting
from referral.store.change_log import log_changes, log_neighbors
from referral.store.fetching import fetch_row
from referral.store.rows import LocationRow, OrganizationRow, ServiceRow
from referral.store.rows_log import ImportBatchRow
from referral.store.rows_texts import SourceCreditRow

LONGEST_PAUSE = 24 * 31
_MANY_FAILURES = 5  # in a row: after 15 and 30 minutes, 1, 2 and 4 hours
_LONGEST_NAME = 200
_LATER_OUTCOMES = {
    BatchState.UPLOADED.value: PullOutcome.READING,
    BatchState.READING.value: PullOutcome.READING,
    BatchState.APPLIED.value: PullOutcome.TAKEN,
    BatchState.UNDONE.value: PullOutcome.NOT_KEPT,
    BatchState.DROPPED.value: PullOutcome.NOT_KEPT,
}
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*\Z")


def list_followed(instance: Instance) -> tuple[FollowedSource, ...]:
    """Return all followed sources, whose lists are fetched automatically, by name."""
    with instance.store.read() as session:
        found = session.execute(_sources_with_state()).all()
        sources = (_with_pull_state(session, source_in(row, state)) for row, state in found)
        return tuple(sorted(sources, key=lambda each: each.settings.name.casefold()))


def read_followed(instance: Instance, source_id: str) -> FollowedSource:
    """Return a followed source by its id.

    Raises:
        NotFoundError: there is none.
    """
    with instance.store.read() as session:
        followed_row(session, source_id)
        row, state = session.execute(
            _sources_with_state().where(FollowedSourceRow.id == source_id)
        ).one()
        return _with_pull_state(session, source_in(row, state))


def _with_pull_state(session: Session, source: FollowedSource) -> FollowedSource:
    job = latest_job(session, source.id)
    is_looking = job is not None and job.is_open and not job.is_stalled
    return replace(source, is_looking=is_looking or source.outcome is PullOutcome.READING)


def publisher_report_page(instance: Instance, service_id: str) -> str:
    """Return the URL at which the publisher of a followed service takes reports about it.

    For services from other kinds of source it is "".
    """
    statement = (
        select(FollowedSourceRow.address, ServiceRow.source_key)
        .join(ServiceRow, ServiceRow.source == FollowedSourceRow.name)
        .where(ServiceRow.id == service_id, FollowedSourceRow.kind == SourceKind.REFERRAL.value)
    )
    with instance.store.read() as session:
        found = session.execute(statement).first()
    return f"{site_of(found[0])}/services/{quote(found[1], safe='')}/wrong" if found else ""


def failing_sources(instance: Instance) -> Waiting:
    """Return how many followed sources could not be pulled for about eight hours or longer."""
    failing = select(func.count()).where(
        FollowedSourceRow.is_on, FollowedSourceRow.failures >= _MANY_FAILURES
    )
    with instance.store.read() as session:
        return Waiting(session.scalar(failing) or 0)


def save_followed(
    instance: Instance, settings: SourceForm, source_id: str = "", actor: Actor = COMMAND_LINE
) -> str:
    """Add or change a source that is followed, and return its id.

    If switched on, it is pulled at once.

    Raises:
        NotFoundError: there is no source with this id.
        RefusedError: a value cannot be used; the message says what to do.
    """
    _refuse_unusable(instance, settings)
    with instance.store.write() as session:
        named = session.scalar(
            select(FollowedSourceRow).where(FollowedSourceRow.name == settings.name)
        )
        if named is not None and named.id != source_id:
            raise refused("You follow “%(name)s” already. Change it there.", name=settings.name)
        if source_id:
            row = followed_row(session, source_id)
        else:
            row = FollowedSourceRow(id=str(uuid4()))
            session.add(row)
        if (row.kind, row.address) != (settings.kind.value, settings.address):
            row.etag = row.last_modified = row.digest = row.cursor = ""
            row.whole_at = None
            if row.address and settings.contact.startswith(row.address.rstrip("/")):
                settings = replace(
                    settings, contact=""
                )  # it moved too: the next pull reads it again
        was_on = bool(row.is_on)
        _fill_row(row, settings)
        save_credit(session, row)
        row.next_at = _next_at(instance, row, was_on=was_on)
        record_audit(
            session, actor, "source-followed" if settings.is_on else "source-set", "source", row.id
        )
        return row.id


def forget_followed(instance: Instance, source_id: str, actor: Actor = COMMAND_LINE) -> None:
    """Stop following a source, and delete its settings. Its records stay.

    Raises:
        NotFoundError: there is none.
    """
    with instance.store.write() as session:
        session.delete(followed_row(session, source_id))
        record_audit(session, actor, "source-forgotten", "source", source_id)


def pull_now(instance: Instance, source_id: str, actor: Actor = COMMAND_LINE) -> None:
    """Schedule the pull of a followed source's list at once.

    Raises:
        NotFoundError: there is none.
        RefusedError: it is switched off.
    """
    with instance.store.write() as session:
        row = followed_row(session, source_id)
        if not row.is_on:
            raise refused("Following is off. Switch it on first.")
        row.next_at = instance.now()
        record_audit(session, actor, "source-pulled", "source", source_id)


def followed_row(session: Session, source_id: str) -> FollowedSourceRow:
    """Return the database row of a followed source.

    Raises:
        NotFoundError: there is none.
    """
    return fetch_row(session, FollowedSourceRow, source_id, "source")


def _sources_with_state() -> Select[FollowedSourceRow, str | None]:
    """Return a query for followed sources with the import state of their last pull."""
    return select(FollowedSourceRow, ImportBatchRow.state).outerjoin(
        ImportBatchRow, ImportBatchRow.id == FollowedSourceRow.batch_id
    )


def _current_outcome(row: FollowedSourceRow, state: str | None) -> PullOutcome:
    """Return the outcome of a followed source's last pull, updated by its import's state."""
    outcome = PullOutcome(row.outcome)
    return _LATER_OUTCOMES.get(state or "", outcome) if outcome is PullOutcome.STAGED else outcome


def source_in(row: FollowedSourceRow, state: str | None) -> FollowedSource:
    """Return the followed source in a database row, with the state of its import."""
    settings = SourceForm(
        name=row.name,
        kind=SourceKind(row.kind),
        address=row.address,
        is_on=row.is_on,
        every_hours=row.every_hours,
        format=format_now(row.format),
        is_together=row.is_together,
        small_changes=frozenset(row.small_changes),
        publisher=row.publisher,
        licence=row.licence,
        contact=row.contact,
        is_handed_on=row.is_handed_on,
    )
    return FollowedSource(
        id=row.id,
        settings=settings,
        batch_id=row.batch_id,
        outcome=_current_outcome(row, state),
        message=row.message,
        failures=row.failures,
        pulled_at=row.pulled_at,
        whole_at=row.whole_at,
        next_at=row.next_at,
    )


def network_of(instance: Instance) -> Network:
    """Return the network settings for requests to partners' servers."""
    return Network(partner_hosts=frozenset(instance.settings.partner_hosts))


def _fill_row(row: FollowedSourceRow, settings: SourceForm) -> None:
    row.name, row.kind, row.address = settings.name, settings.kind.value, settings.address
    row.is_on, row.every_hours, row.format = settings.is_on, settings.every_hours, settings.format
    row.is_together, row.small_changes = settings.is_together, sorted(settings.small_changes)
    row.publisher, row.licence, row.contact = settings.publisher, settings.licence, settings.contact
    row.is_handed_on = settings.is_handed_on


def save_credit(session: Session, row: FollowedSourceRow) -> None:
    """Store the credit of a followed source, and log changes of its records if it changed."""
    credit = session.get(SourceCreditRow, row.name) or SourceCreditRow(source=row.name)
    wanted = (row.publisher or row.name, row.licence, row.contact, row.is_handed_on)
    if (credit.publisher, credit.licence, credit.contact, credit.is_handed_on) == wanted:
        return
    credit.publisher, credit.licence, credit.contact, credit.is_handed_on = wanted
    session.add(credit)
    kinds = (("organization", OrganizationRow), ("location", LocationRow), ("service", ServiceRow))
    for kind, record in kinds:
        ids = session.scalars(select(record.id).where(record.source == row.name)).all()
        log_changes(session, ((kind, each) for each in ids))
        log_neighbors(session, ((kind, each) for each in ids))


def _next_at(instance: Instance, row: FollowedSourceRow, *, was_on: bool) -> datetime | None:
    if not row.is_on:
        return None
    return row.next_at if was_on and row.next_at else instance.now()


def _refuse_unusable(instance: Instance, settings: SourceForm) -> None:
    if not settings.name.strip() or len(settings.name) > _LONGEST_NAME:
        raise refused("Say in a few words whose list this is.")
    if not 1 <= settings.every_hours <= LONGEST_PAUSE:
        raise refused("Give the hours between two looks, from 1 to %(most)s.", most=LONGEST_PAUSE)
    if settings.small_changes - SMALL_CHANGES.keys():
        raise refused("These changes always wait for review.")
    refuse_address(instance, settings)


def refuse_address(instance: Instance, settings: SourceForm) -> None:
    """Refuse a followed source whose URL or folder cannot be used.

    Raises:
        RefusedError: the address cannot be used; the message says what to do.
    """
    if settings.kind is SourceKind.FOLDER:
        if not instance.settings.drop_folder:
            raise refused("No folder is set up. Set REFERRAL_DROP_FOLDER on the server first.")
        if not _FOLDER.match(settings.address):
            raise refused("Give the name of one folder, such as “county-list”.")
        return
    try:
        require_safe(settings.address, network_of(instance))
    except RefusedAddressError as error:
        raise refused(
            "The address must begin with https. Whoever runs the server can allow http."
        ) from error
