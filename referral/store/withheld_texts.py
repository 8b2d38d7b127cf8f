"""Texts of records without the streets and phones held back, whoever wrote them there.

Texts are stored as they came, for whoever curates them, and lose what is held when they are read.
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
from referral.records.directory import Record
from referral.records.kinds import field_names, kind_of
from referral.records.listing import Listing, ListingSite
from referral.store.conversion import ROWS
from referral.store.withheld_keys import WithheldKeys, keys_of_address

RecordT = TypeVar("RecordT", bound=Record)
# Stands in a text of the list, so it is in the language of the text, not of the page.
INSTEAD = {"": "(address not shown)", "es": "(dirección no publicada)"}
INSTEAD_OF_PHONE = {"": "(number not shown)", "es": "(número no publicado)"}
_NOTHING: frozenset[tuple[str, str]] = frozenset()
_ADDRESSES = {"url", "website", "uri", "logo", "schedule_link"}
_NOT_TEXT = {"taxonomy", "taxonomy_term", "attribute", "service_heading"}


@cache
def text_fields(kind: str) -> tuple[str, ...]:
    """The fields of a kind that may name a street in running text."""
    if kind in _NOT_TEXT:
        return ()
    columns = ROWS[kind].__table__.c
    own = {"address": {"attention"}}.get(kind, set(field_names(kind)))
    return tuple(n for n in field_names(kind) if n in own and isinstance(columns[n].type, Text))


def without_streets(
    record: RecordT, keys: WithheldKeys, shown: frozenset[tuple[str, str]] = _NOTHING
) -> RecordT:
    """The record; its texts name no street that is held back.

    Args:
        shown: streets that are not secret here, since the place there is shown.
    """
    if not keys:
        return record
    language = record.language if isinstance(record, Translation) else ""
    changed: dict[str, Any] = {}
    for name in text_fields(kind_of(record)):
        text = getattr(record, name)
        if not text:
            continue
        if name in _ADDRESSES:
            plain = re.sub(r"[-_/=?&]", " ", unquote_plus(text))
            if keys.streets_in(plain, shown):
                changed[name] = ""
        elif (plain := _clean_text(text, keys, shown, language)) != text:
            changed[name] = plain
    return replace(record, **changed) if changed else record


def _without(
    text: str, places: Iterable[tuple[int, int]], language: str, words: Mapping[str, str]
) -> str:
    parts, last = [], 0
    for start, end in places:
        parts += [text[last:start], words.get(language[:2], words[""])]
        last = end
    return "".join((*parts, text[last:]))


def listing_without_streets(listing: Listing, keys: WithheldKeys) -> Listing:
    """The listing; its texts name no street that is held back, but for those of its own places."""
    if not keys:
        return listing
    shown = streets_shown(listing.sites)
    clean = partial(_cleaned, keys=keys, shown=shown)
    changed = {name: clean(getattr(listing, name)) for name in _names_of(Listing)}
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
    """The streets of places that are shown, with their directions."""
    found = (keys_of_address(site.address).directed_streets for site in sites if site.address)
    return _NOTHING.union(*found)


def site_without_streets(
    site: ListingSite, keys: WithheldKeys, shown: frozenset[tuple[str, str]]
) -> ListingSite:
    """The place; its texts name no street that is held back, but for its own."""
    clean = partial(_cleaned, keys=keys, shown=shown)
    changed = {name: clean(getattr(site, name)) for name in _names_of(ListingSite)}
    return replace(site, **changed)


@cache
def _names_of(view: type[Listing | ListingSite]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(view))


def _cleaned(value: Any, keys: WithheldKeys, shown: frozenset[tuple[str, str]]) -> Any:
    if isinstance(value, Record):
        return without_streets(value, keys, shown)
    if isinstance(value, ListingSite):
        return site_without_streets(value, keys, shown)
    if isinstance(value, tuple) and value and isinstance(value[0], Record | ListingSite):
        return tuple(_cleaned(each, keys, shown) for each in value)
    return value


def _clean_text(
    text: str, keys: WithheldKeys, shown: frozenset[tuple[str, str]], language: str
) -> str:
    if places := keys.streets_in(text, shown):
        text = _without(text, places, language, INSTEAD)
    if phones := keys.phones_in(text):
        text = _without(text, phones, language, INSTEAD_OF_PHONE)
    return text
