"""Guides as plain values: contents, versions, faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral.errors import RefusedError
from referral.message import Message

MOST_SECTIONS = 12
MOST_IN_A_SECTION = 25
LONGEST = {"title": 80, "slug": 60, "summary": 200, "text": 6000, "note": 600}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideSection:
    """A part of a guide: what stands above its services, and their ids in order."""

    title: str = ""
    title_es: str = ""
    note: str = ""
    note_es: str = ""
    service_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideContent:
    """What staff write. ``slug`` is the end of the address; texts and notes are Markdown."""

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
        """The services of all sections, each once."""
        return tuple(dict.fromkeys(each for part in self.sections for each in part.service_ids))

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a text nor a service."""
        return not (self.text or self.text_es or self.service_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A guide as staff see it.

    Attributes:
        number: of the present version; rises with each change but that of the order.
        looked_at: UTC instant when somebody last changed it, or said that it is still right.
        looked_by: the name of that person.
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
    """One change of a guide, and its content from then on; ``changed`` names what differs."""

    number: int
    action: str
    happened_at: datetime
    actor_name: str
    content: GuideContent
    changed: tuple[str, ...] = ()


class GuideFault(StrEnum):
    """Why a value cannot be saved; ``web.labels`` has a text for each."""

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
    """A value that cannot be saved.

    Attributes:
        place: name of the field, as in ``sections/0/note``.
        detail: what it is about: the longest length, a link, the title of another guide.
    """

    place: str
    fault: GuideFault
    detail: str = ""


class GuideRefusedError(RefusedError):
    """Nothing was written; ``faults`` say why."""

    def __init__(self, *faults: FaultyValue) -> None:
        super().__init__(Message(faults[0].fault.value))
        self.faults = faults
