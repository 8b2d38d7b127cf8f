"""Reading and saving of the library's values on top of services from source lists.

The values are in a separate table, which imports do not change. The list's hours and translated
texts are stored beside them: when the list changes, curators see both versions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AccountRow
from referral.directory.instance import Instance, local_today
from referral.errors import NotFoundError, refused
from referral.fields.text import clean_text
from referral.local_notes.records import (
    LONGEST,
    LONGEST_TRANSLATION,
    LocalNotes,
    OnTop,
    TypedNotes,
)
from referral.records.accounts import Actor
from referral.records.local_notes import TRANSLATIONS, LocalField, listed_texts, typed_schedules
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience
from referral.store.change_log import log_changes, log_neighbors
from referral.store.fetching import fetch_row
from referral.store.listings import load_listings
from referral.store.rows import AttributeRow, OrganizationRow, ServiceRow, TaxonomyTermRow
from referral.store.rows_texts import LocalNoteRow

_SERVICE = "service"


def read_local_notes(instance: Instance, service_id: str) -> LocalNotes:
    """Return the library's values for a service, beside those of its source list.

    Raises:
        NotFoundError: there is no such service of a source list.
    """
    with instance.store.read() as session:
        found = _read(session, select(ServiceRow).where(ServiceRow.id == service_id))
    if not found or found[0].source in {"", HAND_SOURCE}:
        raise NotFoundError("There is no such service of a list.")
    return found[0]


def list_local_notes(instance: Instance) -> tuple[LocalNotes, ...]:
    """Return all services with values of the library, those whose lists changed first."""
    row = LocalNoteRow
    noted = select(ServiceRow).where(ServiceRow.id.in_(select(row.service_id)))
    with instance.store.read() as session:
        found = _read(session, noted)
    return tuple(sorted(found, key=lambda each: (not each.is_outdated, each.name, each.service_id)))


def save_local_notes(instance: Instance, actor: Actor, service_id: str, typed: TypedNotes) -> None:
    """Store the changed values that a curator typed, each with the list's current value.

    Raises:
        NotFoundError: there is no such service of a source list.
        RefusedError: a value is too long, or the hours cannot be parsed.
    """
    wanted = _cleaned(instance, service_id, typed)
    known, row = read_local_notes(instance, service_id), LocalNoteRow
    with instance.store.write() as session:
        fetch_row(session, ServiceRow, service_id, _SERVICE, locked=True)
        for name, value in wanted.items():
            if known.value(name) == value:
                continue
            session.execute(delete(row).where(row.service_id == service_id, row.field == name))
            if value:
                session.add(
                    LocalNoteRow(
                        service_id=service_id,
                        field=name,
                        value=value,
                        upstream=known.upstream.get(name, ""),
                        changed_at=instance.now(),
                        changed_by=actor.account_id,
                    )
                )
        log_changes(session, [(_SERVICE, service_id)])
        if wanted[LocalField.HIDDEN.value] != known.value(LocalField.HIDDEN.value):
            log_neighbors(session, [(_SERVICE, service_id)])
        record_audit(session, actor, "local-notes-changed", _SERVICE, service_id)
    instance.index.sync_after_commit()


def keep_ours(instance: Instance, actor: Actor, service_id: str, name: str) -> None:
    """Keep the library's value of a field, and mark the list's current value as reviewed.

    Raises:
        NotFoundError: there is no such service of a source list.
    """
    known = read_local_notes(instance, service_id)
    with instance.store.write() as session:
        row = session.get(LocalNoteRow, (service_id, name))
        if row is not None:
            row.upstream = known.upstream.get(name, "")
            record_audit(session, actor, "local-notes-kept", _SERVICE, service_id)


def take_theirs(instance: Instance, actor: Actor, service_id: str, name: str) -> None:
    """Delete the library's value of a field, so that the list's value is shown again.

    Raises:
        NotFoundError: there is no such service of a source list.
    """
    typed = typed_before(read_local_notes(instance, service_id))
    if name == LocalField.HOURS:
        typed = replace(typed, hours="")
    else:
        typed = replace(typed, translations=dict(typed.translations) | {name: ""})
    save_local_notes(instance, actor, service_id, typed)


def typed_before(notes: LocalNotes) -> TypedNotes:
    """Return the stored values in the form in which a curator types them."""
    return TypedNotes(
        note=notes.value(LocalField.NOTE),
        spanish_note=notes.value(LocalField.SPANISH_NOTE),
        hours=notes.value(LocalField.HOURS),
        is_hidden=bool(notes.value(LocalField.HIDDEN)),
        translations={key: notes.value(key) for key in TRANSLATIONS},
    )


def _cleaned(instance: Instance, service_id: str, typed: TypedNotes) -> dict[str, str]:
    """Return the cleaned value of each field, "" for none.

    Raises:
        RefusedError: a value is too long, or the hours cannot be parsed.
    """
    hours = clean_text(typed.hours)
    cleaned = {
        LocalField.NOTE.value: clean_text(typed.note),
        LocalField.SPANISH_NOTE.value: clean_text(typed.spanish_note),
        LocalField.HOURS.value: hours,
        LocalField.HIDDEN.value: "yes" if typed.is_hidden else "",
        **{key: clean_text(typed.translations.get(key, "")) for key in TRANSLATIONS},
    }
    if any(len(text) > _longest(key) for key, text in cleaned.items()):
        raise refused("This is too long. Please shorten it.")
    if hours and not typed_schedules(hours, service_id, local_today(instance)):
        raise refused("We cannot read these hours. Type them like: Mon-Fri 9 am-5 pm; Sat 10-2.")
    return cleaned


def _longest(name: str) -> int:
    return LONGEST_TRANSLATION if name in TRANSLATIONS else LONGEST


def _read(session: Session, services: Select[ServiceRow]) -> list[LocalNotes]:
    rows = {row.id: row for row in session.scalars(services)}
    names = _organizations(session, rows.values())
    listings = load_listings(session, list(rows), Audience.CURATION, as_listed=True)
    upstream = {listing.service.id: listed_texts(listing) for listing in listings}
    on_top, topics = _fields(session, rows, upstream), _topics(session, rows)
    return [
        LocalNotes(
            service_id=key,
            name=row.name,
            source=row.source,
            organization=names.get(row.organization_id or "", ""),
            is_off=row.retired_at is not None,
            upstream=upstream.get(key, {}),
            fields=on_top[key],
            listed_topics=tuple(topics[key, False]),
            own_topics=tuple(topics[key, True]),
        )
        for key, row in rows.items()
    ]


def _organizations(session: Session, services: Iterable[ServiceRow]) -> dict[str, str]:
    """Return names of the services' organizations by id."""
    row, ids = OrganizationRow, {each.organization_id for each in services}
    found = session.execute(select(row.id, row.name).where(row.id.in_(ids - {None})))
    return {each.id: each.name for each in found}


def _fields(
    session: Session, service_ids: Iterable[str], upstream: Mapping[str, Mapping[str, str]]
) -> Mapping[str, dict[str, OnTop]]:
    row = LocalNoteRow
    found: dict[str, dict[str, OnTop]] = defaultdict(dict)
    statement = (
        select(row, AccountRow.name)
        .outerjoin(AccountRow, AccountRow.id == row.changed_by)
        .where(row.service_id.in_(list(service_ids)))
    )
    for note, name in session.execute(statement):
        found[note.service_id][note.field] = OnTop(
            value=note.value,
            changed_at=note.changed_at,
            changed_by=name or "",
            upstream_then=note.upstream,
            upstream_now=upstream.get(note.service_id, {}).get(note.field, ""),
        )
    return found


def _topics(session: Session, service_ids: Iterable[str]) -> Mapping[tuple[str, bool], list[str]]:
    """Return sorted topic names by service id and whether staff added the topic."""
    row, term = AttributeRow, TaxonomyTermRow
    found: dict[tuple[str, bool], list[str]] = defaultdict(list)
    statement = (
        select(row.link_id, row.source, term.name)
        .join(term, term.id == row.taxonomy_term_id)
        .where(row.link_entity == _SERVICE, row.link_id.in_(list(service_ids)))
        .where(row.retired_at.is_(None))
        .order_by(term.name)
    )
    for service_id, source, name in session.execute(statement):
        found[service_id, source == HAND_SOURCE].append(name)
    return found
