"""Guides as plain values, and checks whether they can be saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any, TypeVar

from referral.errors import RefusedError
from referral.fields.text import clean_line, clean_text, without_accents
from referral.fields.text_blocks import unusable_targets
from referral.message import Message

MOST_SECTIONS = 12
MOST_IN_A_SECTION = 25
LONGEST = {"title": 80, "slug": 60, "summary": 200, "text": 6000, "note": 600}
_MULTILINE = {"text", "note"}
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideSection:
    """A section of a guide: its title and note, and the ids of its services in order."""

    title: str = ""
    title_es: str = ""
    note: str = ""
    note_es: str = ""
    service_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideContent:
    """The content of a guide: its texts in two languages, its slug and its sections.

    ``slug`` is the end of its address; texts and notes are Markdown.
    """

    title: str = ""
    slug: str = ""
    summary: str = ""
    text: str = ""
    title_es: str = ""
    summary_es: str = ""
    text_es: str = ""
    sections: tuple[GuideSection, ...] = ()

    @property
    def service_ids(self) -> tuple[str, ...]:
        """Return the ids of the services of all sections of a guide, each once."""
        sections = (section.service_ids for section in self.sections)
        return tuple(dict.fromkeys(chain.from_iterable(sections)))

    @property
    def is_empty(self) -> bool:
        """Return whether a guide has neither a text nor a service."""
        return not (self.text or self.text_es or self.service_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A guide as staff see it.

    Attributes:
        number: of the current version; increased by each change except a change of order.
        looked_at: UTC instant when a user last changed the guide or confirmed that it is right.
        looked_by: name of that user.
    """

    id: str
    content: GuideContent
    number: int
    is_published: bool
    is_deleted: bool
    looked_at: datetime
    looked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideVersion:
    """A version of a guide: the change that made it, and the content after the change.

    ``changed`` names the fields of the content that differ from the previous version.
    """

    number: int
    action: str
    happened_at: datetime
    actor_name: str
    content: GuideContent
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuideConflict:
    """A conflict: a guide was not saved because two users changed the same fields.

    Attributes:
        merged: your content, with the changes that only they made.
        theirs: the current guide.
        both_changed: names of the fields that both changed, to different values.
    """

    merged: GuideContent
    theirs: Guide
    both_changed: tuple[str, ...]


class GuideFault(StrEnum):
    """The reason why a value of a guide cannot be saved; ``web.labels`` has a text for each."""

    NEEDED = "needed"
    TOO_LONG = "too-long"
    NO_SLUG = "no-slug"
    SLUG_TAKEN = "slug-taken"
    NO_ADDRESS = "no-address"
    TOO_MANY = "too-many"
    TITLE_NEEDED = "title-needed"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class FaultyValue:
    """A field of a guide whose value cannot be saved, and the reason.

    Attributes:
        place: name of the field, as in ``sections/0/note``.
        detail: the limit, the link, or the title of the other guide, depending on ``fault``.
    """

    place: str
    fault: GuideFault
    detail: str = ""


class GuideRefusedError(RefusedError):
    """Raised if a guide cannot be saved; ``faults`` are the reasons. Nothing was written."""

    def __init__(self, *faults: FaultyValue) -> None:
        super().__init__(Message(faults[0].fault.value))
        self.faults = faults


def slug_of(text: str) -> str:
    """Return the slug of a title: its lowercase letters and digits, joined by hyphens."""
    slug = _NOT_IN_A_SLUG.sub("-", without_accents(text).casefold().replace("'", ""))
    return slug[: LONGEST["slug"]].strip("-")


def cleaned(content: GuideContent) -> GuideContent:
    """Return a guide's content without HTML, surplus spaces and empty sections.

    A missing slug is made from the title.
    """
    clean = _with_clean_texts(content)
    sections = (_with_clean_texts(section) for section in content.sections)
    return replace(
        clean,
        slug=slug_of(content.slug or clean.title),
        sections=tuple(section for section in sections if section != GuideSection()),
    )


def content_faults(content: GuideContent) -> tuple[FaultyValue, ...]:
    """Return why the cleaned content of a guide cannot be saved.

    Whether its slug is taken is not checked.
    """
    faults = []
    if not content.title:
        faults.append(FaultyValue("title", GuideFault.NEEDED))
    elif not content.slug:
        faults.append(FaultyValue("slug", GuideFault.NO_SLUG))
    faults += _text_faults(content, "")
    if len(content.sections) > MOST_SECTIONS:
        faults.append(FaultyValue("title", GuideFault.TOO_MANY, str(MOST_SECTIONS)))
    for index, section in enumerate(content.sections):
        prefix = f"sections/{index}/"
        if not section.title:
            faults.append(FaultyValue(f"{prefix}title", GuideFault.TITLE_NEEDED))
        if len(section.service_ids) > MOST_IN_A_SECTION:
            most = str(MOST_IN_A_SECTION)
            faults.append(FaultyValue(f"{prefix}title", GuideFault.TOO_MANY, most))
        faults += _text_faults(section, prefix)
    return tuple(faults)


def _text_faults(part: GuideContent | GuideSection, prefix: str) -> Iterator[FaultyValue]:
    """Yield faults for a guide's texts that are too long, and for links without a usable target."""
    for name, text in _texts(part):
        base_name = name.removesuffix("_es")
        if len(text) > LONGEST[base_name]:
            yield FaultyValue(prefix + name, GuideFault.TOO_LONG, str(LONGEST[base_name]))
        elif base_name in _MULTILINE and (targets := unusable_targets(text)):
            yield FaultyValue(prefix + name, GuideFault.NO_ADDRESS, targets[0])


_Part = TypeVar("_Part", GuideContent, GuideSection)


def _with_clean_texts(part: _Part) -> _Part:
    texts: dict[str, Any] = {}
    for name, text in _texts(part):
        is_multiline = name.removesuffix("_es") in _MULTILINE
        texts[name] = clean_text(text) if is_multiline else clean_line(text)
    return replace(part, **texts)


def _texts(part: GuideContent | GuideSection) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each text of a guide or of one of its sections."""
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, str):
            yield field.name, value
