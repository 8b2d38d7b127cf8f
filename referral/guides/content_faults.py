"""What a guide may contain: lengths, links, address, at least a title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from referral.fields.text import clean_line, clean_text, without_accents
from referral.fields.text_blocks import unusable_targets
from referral.guides.records import (
    LONGEST,
    MOST_IN_A_SECTION,
    MOST_SECTIONS,
    FaultyValue,
    GuideContent,
    GuideFault,
    GuideSection,
)

Part = TypeVar("Part", GuideContent, GuideSection)
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_MULTILINE = ("text", "note")


def slug_of(text: str) -> str:
    """The end of an address: small letters and digits of a text, joined by hyphens."""
    words = _NO_LETTER.sub("-", without_accents(text).casefold().replace("'", ""))
    return words[: LONGEST["slug"]].strip("-")


def cleaned(content: GuideContent) -> GuideContent:
    """The content without HTML and needless spaces; sections that have nothing are left out.

    An address that is not given is made of the title.
    """
    sections = tuple(_cleaned(part) for part in content.sections)
    tidy = _cleaned(content)
    return replace(
        tidy,
        slug=slug_of(content.slug or tidy.title),
        sections=tuple(part for part in sections if part != GuideSection()),
    )


def content_faults(content: GuideContent) -> tuple[FaultyValue, ...]:
    """Why cleaned content cannot be saved; where its address is taken, only the store knows."""
    return tuple(_faults(content))


def _faults(content: GuideContent) -> Iterator[FaultyValue]:
    if not content.title:
        yield FaultyValue("title", GuideFault.NEEDED)
    elif not content.slug:
        yield FaultyValue("slug", GuideFault.NO_SLUG)
    yield from _value_faults(content, "")
    if len(content.sections) > MOST_SECTIONS:
        yield FaultyValue("title", GuideFault.TOO_MANY, str(MOST_SECTIONS))
    for number, part in enumerate(content.sections):
        place = f"sections/{number}/"
        if not part.title:
            yield FaultyValue(f"{place}title", GuideFault.TITLE_NEEDED)
        if len(part.service_ids) > MOST_IN_A_SECTION:
            yield FaultyValue(f"{place}title", GuideFault.TOO_MANY, str(MOST_IN_A_SECTION))
        yield from _value_faults(part, place)


def _value_faults(part: GuideContent | GuideSection, place: str) -> Iterator[FaultyValue]:
    for name, text in _texts(part):
        kind = name.removesuffix("_es")
        if len(text) > LONGEST[kind]:
            yield FaultyValue(place + name, GuideFault.TOO_LONG, str(LONGEST[kind]))
        elif kind in _MULTILINE and (wrong := unusable_targets(text)):
            yield FaultyValue(place + name, GuideFault.NO_ADDRESS, wrong[0])


def _texts(part: GuideContent | GuideSection) -> Iterator[tuple[str, str]]:
    for each in fields(part):
        value = getattr(part, each.name)
        if isinstance(value, str):
            yield each.name, value


def _cleaned(part: Part) -> Part:
    texts: dict[str, Any] = {name: _clean(name, text) for name, text in _texts(part)}
    return replace(part, **texts)


def _clean(name: str, text: str) -> str:
    return clean_text(text) if name.removesuffix("_es") in _MULTILINE else clean_line(text)
