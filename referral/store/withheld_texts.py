"""Removal of withheld streets and phone numbers from the texts of records and listings.

Texts are stored unchanged for curators; withheld parts are replaced when the texts are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache, partial
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from sqlalchemy import Text

from referral.records.classification import Translation
from referral.records.hsds import Record
from referral.records.kinds import field_names, kind_of
from referral.records.listing import Listing, ListingSite
from referral.store.conversion import ROWS
from referral.store.withheld_keys import WithheldKeys, keys_of_address

RecordT = TypeVar("RecordT", bound=Record)
# Placeholders by language of the text of the list, which may not be that of the page.
STREET_PLACEHOLDERS = {"": "(address not shown)", "es": "(dirección no publicada)"}
PHONE_PLACEHOLDERS = {"": "(number not shown)", "es": "(número no publicado)"}
_NO_STREETS: frozenset[tuple[str, str]] = frozenset()
_URL_FIELDS = {"url", "website", "uri", "logo", "schedule_link"}
_KINDS_WITHOUT_TEXT = {"taxonomy", "taxonomy_term", "attribute", "service_heading"}


@cache
def text_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of record that may contain a street in running text."""
    if kind in _KINDS_WITHOUT_TEXT:
        return ()
    columns = ROWS[kind].__table__.c
    searched = {"address": {"attention"}}.get(kind, set(field_names(kind)))
    return tuple(
        name
        for name in field_names(kind)
        if name in searched and isinstance(columns[name].type, Text)
    )


def without_streets(
    record: RecordT, keys: WithheldKeys, shown: frozenset[tuple[str, str]] = _NO_STREETS
) -> RecordT:
    """Return a record without the withheld streets and phone numbers in its texts.

    Args:
        shown: streets that may be named here, since a location there is shown.
    """
    if not keys:
        return record
    language = record.language if isinstance(record, Translation) else ""
    changed: dict[str, Any] = {}
    for name in text_fields(kind_of(record)):
        text = getattr(record, name)
        if not text:
            continue
        if name in _URL_FIELDS:
            words = re.sub(r"[-_/=?&]", " ", unquote_plus(text))
            if keys.streets_in(words, shown):
                changed[name] = ""
        elif (cleaned := _clean_text(text, keys, shown, language)) != text:
            changed[name] = cleaned
    return replace(record, **changed) if changed else record


def _replace_spans(
    text: str, spans: Iterable[tuple[int, int]], language: str, placeholders: Mapping[str, str]
) -> str:
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], placeholders.get(language[:2], placeholders[""])]
        position = end
    return "".join((*parts, text[position:]))


def listing_without_streets(listing: Listing, keys: WithheldKeys) -> Listing:
    """Return a listing without the withheld streets and phone numbers in its texts.

    Streets of its own shown sites are kept.
    """
    if not keys:
        return listing
    shown = streets_shown(listing.sites)
    clean = partial(_clean_value, keys=keys, shown=shown)
    changed = {name: clean(getattr(listing, name)) for name in _attribute_names(Listing)}
    translations = {
        language: {name: _clean_text(text, keys, shown, language) for name, text in texts.items()}
        for language, texts in listing.translations.items()
    }
    notes = {
        language: _clean_text(text, keys, shown, language)
        for language, text in listing.local_note_in.items()
    }
    changed |= {
        "translations": translations,
        "local_note": _clean_text(listing.local_note, keys, shown, ""),
        "local_note_in": notes,
    }
    cleaned = replace(listing, **changed)
    return replace(cleaned, text_withheld=True) if cleaned != listing else listing


def streets_shown(sites: Iterable[ListingSite]) -> frozenset[tuple[str, str]]:
    """Return the keys and directions of the streets of shown sites."""
    streets_by_site = (
        keys_of_address(site.address).directed_streets for site in sites if site.address
    )
    return _NO_STREETS.union(*streets_by_site)


def site_without_streets(
    site: ListingSite, keys: WithheldKeys, shown: frozenset[tuple[str, str]]
) -> ListingSite:
    """Return a site without the withheld streets and phone numbers in its texts.

    Args:
        shown: streets that may be named here, since a location there is shown.
    """
    clean = partial(_clean_value, keys=keys, shown=shown)
    changed = {name: clean(getattr(site, name)) for name in _attribute_names(ListingSite)}
    return replace(site, **changed)


@cache
def _attribute_names(view: type[Listing | ListingSite]) -> tuple[str, ...]:
    return tuple(attribute.name for attribute in fields(view))


def _clean_value(value: Any, keys: WithheldKeys, shown: frozenset[tuple[str, str]]) -> Any:
    if isinstance(value, Record):
        return without_streets(value, keys, shown)
    if isinstance(value, ListingSite):
        return site_without_streets(value, keys, shown)
    if isinstance(value, tuple) and value and isinstance(value[0], Record | ListingSite):
        return tuple(_clean_value(element, keys, shown) for element in value)
    return value


def _clean_text(
    text: str, keys: WithheldKeys, shown: frozenset[tuple[str, str]], language: str
) -> str:
    if streets := keys.streets_in(text, shown):
        text = _replace_spans(text, streets, language, STREET_PLACEHOLDERS)
    if phones := keys.phones_in(text):
        text = _replace_spans(text, phones, language, PHONE_PLACEHOLDERS)
    return text
