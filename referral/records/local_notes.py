"""Local overlays of listings by the library: a note, hours, translations, or hiding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum

from referral.fields.typed_hours import read_typed_hours
from referral.records.hsds import Schedule
from referral.records.listing import Listing
from referral.records.schedules.hour_groups import schedules_by_label
from referral.records.schedules.hours_formatter import format_hours
from referral.records.translated_fields import LOCAL_TRANSLATION, TRANSLATED_FIELDS

LANGUAGE = "es"
TRANSLATIONS = {f"{LANGUAGE}.{name}": name for name in TRANSLATED_FIELDS["service"]}
"""Key of a local Spanish translation → field of the service."""


class LocalField(StrEnum):
    """A field that the library can set on top of a list."""

    NOTE = "note"
    SPANISH_NOTE = "note.es"
    HOURS = "hours"
    HIDDEN = "hidden"


def typed_schedules(text: str, service_id: str, today: date) -> tuple[Schedule, ...]:
    """Parse typed hours into schedules of a service; () unless the whole text is understood."""
    typed = read_typed_hours(text, today)
    if not typed.is_whole:
        return ()
    return tuple(
        Schedule(id=f"{service_id}/{number}", service_id=service_id, **part.values())
        for number, part in enumerate(typed.parts)
    )


def with_local_hours(listing: Listing, schedules: tuple[Schedule, ...]) -> Listing:
    """Return a listing with its hours replaced by local ones at all sites; events are kept."""
    return replace(
        listing,
        schedules=(*schedules, *_events(listing.schedules)),
        sites=tuple(
            replace(site, schedules=_events(site.schedules), location_schedules=())
            for site in listing.sites
        ),
        has_local_hours=True,
    )


def _events(schedules: Iterable[Schedule]) -> tuple[Schedule, ...]:
    return tuple(schedule for schedule in schedules if schedule.is_event)


def with_local_translation(listing: Listing, key: str, text: str) -> Listing:
    """Return a listing with a local Spanish translation, which replaces that of the list."""
    name = TRANSLATIONS[key]
    texts = dict(listing.translations.get(LANGUAGE, {})) | {name: text}
    states = dict(listing.translation_states.get(LANGUAGE, {})) | {name: LOCAL_TRANSLATION}
    return replace(
        listing,
        translations=dict(listing.translations) | {LANGUAGE: texts},
        translation_states=dict(listing.translation_states) | {LANGUAGE: states},
    )


def listed_texts(listing: Listing) -> dict[str, str]:
    """Return the list's own values of fields with local overlays: hours, texts, translations."""
    translated = listing.translations.get(LANGUAGE, {})
    text_by_field = {LocalField.HOURS.value: hours_text(listing)}
    for key, name in TRANSLATIONS.items():
        texts = (getattr(listing.service, name), translated.get(name, ""))
        text_by_field[key] = "\n\n".join(filter(None, texts))
    return text_by_field


def hours_text(listing: Listing) -> str:
    """Format the hours of a listing at all sites as text, a line for each distinct rule."""
    lines: dict[str, None] = {}
    for site in listing.sites or (None,):
        lines.update(dict.fromkeys(_iter_lines(listing.hours_at(site).schedules)))
    return "\n".join(lines)


def _iter_lines(schedules: Iterable[Schedule]) -> Iterable[str]:
    for label, group in schedules_by_label(schedules).items():
        text, others = format_hours(group)
        lines = [line for line in text.splitlines() if line]
        lines += [
            schedule.description
            or schedule.notes
            or f"{schedule.byday} {schedule.opens_at}-{schedule.closes_at}"
            for schedule in others
        ]
        yield from (f"{label}: {line}" if label else line for line in lines)
