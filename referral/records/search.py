"""What is asked of search and what comes back. The JSON of ``referral search`` has these names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from referral.records.places import Place


class Sort(StrEnum):
    """The order of results."""

    BEST = "best"
    NEAREST = "nearest"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """One question.

    Attributes:
        words: what was typed; empty means everything.
        near: where distances are measured from.
        within_miles: only services with a place this near (needs ``near``); place-less ones stay.
        headings: slugs; a service under any of them is taken.
        term_code: a code of our own taxonomy; services under it or below are taken.
        language: ISO 639 code of a language that must be spoken.
        open_at: only services open at this moment (aware).
        free: only services that cost nothing.
        age: in whole years; services that do not take this age are out, unknown ones stay.
        populations: slugs; a service made for any of these groups is taken.
        cost: codes of ``records.costs``; any of them.
        access: codes of ``records.access``; all of them.
        delivery: codes of ``records.delivery``; any of them.
        limit: results on a page (1 to 200).
        offset: results to pass over.
    """

    words: str = ""
    near: Place | None = None
    within_miles: float | None = None
    headings: tuple[str, ...] = ()
    term_code: str = ""
    language: str = ""
    open_at: datetime | None = None
    free: bool = False
    age: int | None = None
    populations: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    sort: Sort = Sort.BEST
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to say above the results; ``kind`` is stable, ``text`` is for people."""

    kind: str
    text: str
    details: Mapping[str, str] = field(default_factory=dict)


class Area(StrEnum):
    """Whether the area that a service serves covers the place asked about."""

    NOT_ASKED = ""
    COVERED = "covered"
    UNKNOWN = "unknown"  # its area is not coded; perhaps it does
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One service found.

    ``location_id`` is its nearest place when ``near`` was asked, ``distance_miles`` how far that
    is; ``band`` is near, serves, remote or elsewhere (see ``search.bands``), ``area`` whether it
    serves the place, ``is_ahead`` that it comes before its band, being a much better match;
    ``why`` names the words that matched, by field.
    """

    service_id: str
    score: float
    location_id: str = ""
    distance_miles: float | None = None
    band: str = ""
    area: Area = Area.NOT_ASKED
    is_ahead: bool = False
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """A value a filter could take and how many of the present results it would leave."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What search found. ``total`` counts all results, ``hits`` are those of the page.

    ``near`` is where distances were measured from, asked for or found in the words.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    bands: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    understood: tuple[str, ...] = ()
    took_ms: float = 0.0
    near: Place | None = None
    generation: str = ""
