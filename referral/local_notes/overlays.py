"""Reading and saving of the library's values on top of services from source lists.

The values are in a separate table, which imports do not change. The list's hours and translated
texts are stored beside them: when the list changes, curators see both versions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

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
    LocalValue,
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
    """Return the library's own values for a service, beside those of its source list.

    Raises:
        NotFoundError: there is no such service of a source list.
    """
    with instance.store.read() as session:
        found = _read_notes(session, select(ServiceRow).where(ServiceRow.id == service_id))
    notes = found[0] if found else None
    if notes is None or notes.source in {"", HAND_SOURCE}:
        raise NotFoundError("There is no such service of a list.")
    return notes


def list_local_notes(instance: Instance) -> tuple[LocalNotes, ...]:
    """Return all services with local notes, those whose source lists changed first."""
    services = select(ServiceRow).where(ServiceRow.id.in_(select(LocalNoteRow.service_id)))
    with instance.store.read() as session:
        notes = _read_notes(session, services)
    return tuple(sorted(notes, key=_outdated_first))


def _outdated_first(notes: LocalNotes) -> tuple[bool, str, str]:
    return not notes.is_outdated, notes.name, notes.service_id


def save_local_notes(instance: Instance, actor: Actor, service_id: str, typed: TypedNotes) -> None:
    """Store the local notes that a curator changed, each with the source list's current value.

    Raises:
        NotFoundError: there is no such service of a source list.
        RefusedError: a value is too long, or the hours cannot be parsed.
    """
    new_values = _cleaned(instance, service_id, typed)
    notes = read_local_notes(instance, service_id)
    with instance.store.write() as session:
        fetch_row(session, ServiceRow, service_id, _SERVICE, locked=True)
        for name, value in new_values.items():
            if notes.value(name) == value:
                continue
            session.execute(
                delete(LocalNoteRow)
                .where(LocalNoteRow.service_id == service_id)
                .where(LocalNoteRow.field == name)
            )
            if value:
                session.add(
                    LocalNoteRow(
                        service_id=service_id,
                        field=name,
                        value=value,
                        upstream=notes.upstream.get(name, ""),
                        changed_at=instance.now(),
                        changed_by=actor.account_id,
                    )
                )
        log_changes(session, [(_SERVICE, service_id)])
        if new_values[LocalField.HIDDEN.value] != notes.value(LocalField.HIDDEN.value):
            log_neighbors(session, [(_SERVICE, service_id)])
        record_audit(session, actor, "local-notes-changed", _SERVICE, service_id)
    instance.index.sync_after_commit()


def keep_library_value(instance: Instance, actor: Actor, service_id: str, name: str) -> None:
    """Keep the library's own value of a field, and mark the source list's value as reviewed.

    Raises:
        NotFoundError: there is no such service of a source list.
    """
    notes = read_local_notes(instance, service_id)
    with instance.store.write() as session:
        row = session.get(LocalNoteRow, (service_id, name))
        if row is not None:
            row.upstream = notes.upstream.get(name, "")
            record_audit(session, actor, "local-notes-kept", _SERVICE, service_id)


def use_listed_value(instance: Instance, actor: Actor, service_id: str, name: str) -> None:
    """Delete the library's own value of a field, so that the source list's value is shown.

    Raises:
        NotFoundError: there is no such service of a source list.
    """
    typed = stored_as_typed(read_local_notes(instance, service_id))
    if name == LocalField.HOURS:
        typed = replace(typed, hours="")
    else:
        typed = replace(typed, translations=dict(typed.translations) | {name: ""})
    save_local_notes(instance, actor, service_id, typed)


def stored_as_typed(notes: LocalNotes) -> TypedNotes:
    """Return the library's stored values in the form in which a curator types them."""
    return TypedNotes(
        note=notes.value(LocalField.NOTE),
        spanish_note=notes.value(LocalField.SPANISH_NOTE),
        hours=notes.value(LocalField.HOURS),
        is_hidden=bool(notes.value(LocalField.HIDDEN)),
        translations={key: notes.value(key) for key in TRANSLATIONS},
    )


def _cleaned(instance: Instance, service_id: str, typed: TypedNotes) -> dict[str, str]:
    """Return the cleaned value of each field of a local note, "" for none.

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


def _read_notes(session: Session, services: Select[ServiceRow]) -> list[LocalNotes]:
    rows = {row.id: row for row in session.scalars(services)}
    organization_names = _organization_names(session, rows.values())
    listings = load_listings(session, list(rows), Audience.CURATION, as_listed=True)
    upstream = {listing.service.id: listed_texts(listing) for listing in listings}
    local_values, topic_names = _local_values(session, rows, upstream), _topic_names(session, rows)
    return [
        LocalNotes(
            service_id=service_id,
            name=row.name,
            source=row.source,
            organization=organization_names.get(row.organization_id or "", ""),
            is_off=row.retired_at is not None,
            upstream=upstream.get(service_id, {}),
            fields=local_values[service_id],
            listed_topics=tuple(topic_names[service_id].listed),
            own_topics=tuple(topic_names[service_id].own),
        )
        for service_id, row in rows.items()
    ]


def _organization_names(session: Session, services: Iterable[ServiceRow]) -> dict[str, str]:
    """Return names of the services' organizations by id."""
    ids = {service.organization_id for service in services} - {None}
    statement = select(OrganizationRow.id, OrganizationRow.name).where(OrganizationRow.id.in_(ids))
    return {row.id: row.name for row in session.execute(statement)}


def _local_values(
    session: Session, service_ids: Iterable[str], upstream: Mapping[str, Mapping[str, str]]
) -> Mapping[str, dict[str, LocalValue]]:
    values: dict[str, dict[str, LocalValue]] = defaultdict(dict)
    statement = (
        select(LocalNoteRow, AccountRow.name)
        .outerjoin(AccountRow, AccountRow.id == LocalNoteRow.changed_by)
        .where(LocalNoteRow.service_id.in_(list(service_ids)))
    )
    for note, account_name in session.execute(statement):
        values[note.service_id][note.field] = LocalValue(
            value=note.value,
            changed_at=note.changed_at,
            changed_by=account_name or "",
            upstream_then=note.upstream,
            upstream_now=upstream.get(note.service_id, {}).get(note.field, ""),
        )
    return values


class _TopicNames(NamedTuple):
    """The names of a service's topics: those from its source list, and those that staff added."""

    listed: list[str]
    own: list[str]


def _topic_names(session: Session, service_ids: Iterable[str]) -> Mapping[str, _TopicNames]:
    """Return the sorted names of topics by service id."""
    names: dict[str, _TopicNames] = defaultdict(lambda: _TopicNames([], []))
    statement = (
        select(AttributeRow.link_id, AttributeRow.source, TaxonomyTermRow.name)
        .join(TaxonomyTermRow, TaxonomyTermRow.id == AttributeRow.taxonomy_term_id)
        .where(AttributeRow.link_entity == _SERVICE, AttributeRow.link_id.in_(list(service_ids)))
        .where(AttributeRow.retired_at.is_(None))
        .order_by(TaxonomyTermRow.name)
    )
    for service_id, source, name in session.execute(statement):
        names_of_service = names[service_id]
        (names_of_service.own if source == HAND_SOURCE else names_of_service.listed).append(name)
    return names
