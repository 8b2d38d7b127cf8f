"""Search parameters: between the query string and ``SearchQuery``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from referral.fields.places.lookup import Place, parse_place
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery
from referral.search.query import PreferenceKind, SearchQuery, Sort
from referral.web.search_form import LONGEST_SEARCH, MILES, SearchForm

MOST_VALUES = 12
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\Z")
_TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}\Z")
_ANSWERED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}/\d{1,2}/\d{1,2}\Z", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")

# Filters by their name in the address, in the order of chips; and the field of Asked of each.
_FILTERS: Mapping[str, str] = {
    "heading": "headings",
    "within": "within",
    "open": "open_now",
    "room": "has_room",
    "at": "open_at",
    "cost": "cost",
    "language": "language",
    "ages": "ages",
    "age": "age",
    "for": "populations",
    "access": "access",
    "how": "delivery",
}
_CHECKED: Mapping[str, str] = {"open_now": "now", "has_room": "yes"}
_OTHERS: Mapping[str, str] = {"q": "words", "topic": "topic", "near": "near"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParams:
    """A search as a person put it.

    ``within`` is in miles, 0 for any distance; ``open_at`` is a wall time ``2026-11-27T14:00``
    where the search is made; ``age`` is in years, as text, "" for any; ``ages`` are groups;
    ``unread`` are the kinds of preferences that are not read from the words. ``answered`` are the
    answers given to the questions of a topic at the desk; they change no results.
    """

    words: str = ""
    near: str = ""
    within: int = 0
    headings: tuple[str, ...] = ()
    topic: str = ""
    language: str = ""
    open_now: bool = False
    has_room: bool = False
    exactly: bool = False
    open_at: str = ""
    age: str = ""
    ages: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    unread: tuple[PreferenceKind, ...] = ()
    answered: tuple[str, ...] = ()
    sort: Sort = Sort.BEST

    @property
    def place(self) -> Place | None:
        """Where distances are measured from."""
        return parse_place(self.near) if self.near else None

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """What narrows the results, as (name in the address, value)."""
        return tuple(
            (name, value) for name, field in _FILTERS.items() for value in self._values(field)
        )

    def _values(self, field: str) -> Iterable[str]:
        value = getattr(self, field)
        if isinstance(value, tuple):
            return value
        if value is True:
            return (_CHECKED[field],)
        return (str(value),) if value else ()

    def without(self, name: str, value: str = "") -> SearchParams:
        """The same search less one thing."""
        field = _FILTERS.get(name) or _OTHERS[name]
        if field == "near":
            sort = Sort.BEST if self.sort is Sort.NEAREST else self.sort
            return replace(self, near="", within=0, sort=sort)
        chosen = getattr(self, field)
        if isinstance(chosen, tuple):
            rest: Any = tuple(each for each in chosen if each != value)
            return replace(self, **{field: rest})
        return replace(self, **{field: _EMPTY[field]})

    def without_preference(self, kind: PreferenceKind) -> SearchParams:
        """The same search with one kind of preference not read from the words."""
        return replace(
            self, unread=tuple(each for each in PreferenceKind if each in {*self.unread, kind})
        )

    def without_filters(self) -> SearchParams:
        """Words, place and topic only."""
        return replace(self, **{field: _EMPTY[field] for field in _FILTERS.values()})

    def address(self, page: int = 1) -> dict[str, str | list[str]]:
        """The values of the address of this search, without empty ones."""
        values: dict[str, str | list[str]] = {"q": self.words, "topic": self.topic,
                                              "near": self.near}  # fmt: skip
        for name, field in _FILTERS.items():
            found = list(self._values(field))
            values[name] = found if isinstance(getattr(self, field), tuple) else "".join(found)
        values["without"] = list(self.unread)
        values["answered"] = list(self.answered)
        values["exactly"] = "yes" if self.exactly else ""
        values["sort"] = "" if self.sort is Sort.BEST else self.sort.value
        values["page"] = str(page) if page > 1 else ""
        return {name: value for name, value in values.items() if value}

    def query(self, zone: str) -> SearchQuery:
        """What search takes; ``zone`` is the IANA zone of a wall time where no place is asked."""
        place = self.place
        return SearchQuery(
            words=self.words,
            near=place,
            within_miles=float(self.within) if self.within and place else None,
            headings=self.headings,
            term_code=self.topic,
            language=self.language,
            has_room=self.has_room,
            open_at=self._moment((place.timezone if place else "") or zone),
            age=int(self.age) if self.age else None,
            ages=self.ages,
            populations=self.populations,
            cost=self.cost,
            access=self.access,
            delivery=self.delivery,
            without=self.unread,
            exactly=self.exactly,
            sort=self.sort,
        )

    def _moment(self, zone: str) -> datetime | None:
        """A time given is meant, if now is asked for too."""
        if self.open_at:
            return datetime.fromisoformat(self.open_at).replace(tzinfo=ZoneInfo(zone))
        return datetime.now(UTC) if self.open_now else None


_EMPTY: Mapping[str, Any] = {field.name: field.default for field in fields(SearchParams)}


def parse_search_params(form: SearchForm) -> SearchParams:
    """Read a validated form; a value that cannot be used counts as not given."""
    near = (form.near.data or "").strip()
    miles = form.within.data or ""
    has_place = bool(near) and not form.near.errors
    free = [Cost.FREE.value] if form.free.data else []  # addresses from before there were others
    words = " ".join((form.q.data or "").split())[:LONGEST_SEARCH]
    unread = form.without.data if form.said.data in {None, "", words} else []  # of other words
    return SearchParams(
        words=words,
        near=near if has_place else "",
        within=int(miles) if has_place and miles in map(str, MILES) else 0,
        headings=_slugs(form.heading.data),
        topic=_matching(_TOPIC, form.topic.data),
        language=_matching(_LANGUAGE, form.language.data),
        open_now=bool(form.open.data),
        has_room=bool(form.room.data),
        open_at="" if form.at.errors else (form.at.data or ""),
        age="" if form.age.errors or not form.age.data else str(int(form.age.data)),
        ages=_known(AgeGroup, form.ages.data),
        populations=_slugs(form.population.data),
        cost=_known(Cost, [*(form.cost.data or []), *free]),
        access=_known(Access, form.access.data),
        delivery=_known(Delivery, form.how.data),
        unread=tuple(map(PreferenceKind, _known(PreferenceKind, unread))),
        exactly=bool(form.exactly.data),
        answered=tuple(dict.fromkeys(filter(_ANSWERED.match, form.answered.data or [])))[
            :MOST_VALUES
        ],
        sort=form.sort_order,
    )


def _matching(pattern: re.Pattern[str], text: str | None) -> str:
    return text if text and pattern.match(text) else ""


def _slugs(values: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(_SLUG.match, values or [])))[:MOST_VALUES]


def _known(codes: Iterable[str], values: Iterable[str] | None) -> tuple[str, ...]:
    asked = set(values or [])
    return tuple(str(code) for code in codes if code in asked)
