"""What a person asked for, in the form that an address carries and that search takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from referral.records.places import Place, parse_place
from referral.records.search import SearchQuery, Sort
from referral.web.patron.forms import LONGEST_SEARCH, MILES, SearchForm

MOST_HEADINGS = 12
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\Z")
_TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as a person put it. ``within`` is in miles, 0 for any distance."""

    words: str = ""
    near: str = ""
    within: int = 0
    headings: tuple[str, ...] = ()
    topic: str = ""
    language: str = ""
    open_now: bool = False
    free: bool = False
    exactly: bool = False
    sort: Sort = Sort.BEST

    @property
    def place(self) -> Place | None:
        """Where distances are measured from."""
        return parse_place(self.near) if self.near else None

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """What narrows the results, as (name in the address, value)."""
        found = [("heading", slug) for slug in self.headings]
        if self.within:
            found.append(("within", str(self.within)))
        if self.language:
            found.append(("language", self.language))
        if self.open_now:
            found.append(("open", "now"))
        if self.free:
            found.append(("free", "yes"))
        return tuple(found)

    def without(self, name: str, value: str = "") -> Asked:
        """The same search less one thing."""
        if name == "heading":
            return replace(self, headings=tuple(each for each in self.headings if each != value))
        if name == "near":
            sort = Sort.BEST if self.sort is Sort.NEAREST else self.sort
            return replace(self, near="", within=0, sort=sort)
        emptied: Mapping[str, Asked] = {
            "q": replace(self, words=""),
            "within": replace(self, within=0),
            "topic": replace(self, topic=""),
            "language": replace(self, language=""),
            "open": replace(self, open_now=False),
            "free": replace(self, free=False),
        }
        return emptied[name]

    def without_filters(self) -> Asked:
        """Words, place and topic only."""
        return replace(self, within=0, headings=(), language="", open_now=False, free=False)

    def address(self, page: int = 1) -> dict[str, str | list[str]]:
        """The values of the address of this search, without empty ones."""
        values: dict[str, str | list[str]] = {
            "q": self.words,
            "topic": self.topic,
            "near": self.near,
            "within": str(self.within or ""),
            "heading": list(self.headings),
            "language": self.language,
            "open": "now" if self.open_now else "",
            "free": "yes" if self.free else "",
            "exactly": "yes" if self.exactly else "",
            "sort": "" if self.sort is Sort.BEST else self.sort.value,
            "page": str(page) if page > 1 else "",
        }
        return {name: value for name, value in values.items() if value}

    def query(self) -> SearchQuery:
        """What search takes."""
        place = self.place
        return SearchQuery(
            words=self.words,
            near=place,
            within_miles=float(self.within) if self.within and place else None,
            headings=self.headings,
            term_code=self.topic,
            language=self.language,
            open_at=datetime.now(UTC) if self.open_now else None,
            free=self.free,
            exactly=self.exactly,
            sort=self.sort,
        )


def asked_by(form: SearchForm) -> Asked:
    """Read a validated form; a value that cannot be used counts as not given."""
    near = (form.near.data or "").strip()
    miles = form.within.data or ""
    has_place = bool(near) and not form.near.errors
    slugs = dict.fromkeys(slug for slug in form.heading.data or [] if _SLUG.match(slug))
    return Asked(
        words=" ".join((form.q.data or "").split())[:LONGEST_SEARCH],
        near=near if has_place else "",
        within=int(miles) if has_place and miles in map(str, MILES) else 0,
        headings=tuple(slugs)[:MOST_HEADINGS],
        topic=_matching(_TOPIC, form.topic.data),
        language=_matching(_LANGUAGE, form.language.data),
        open_now=bool(form.open.data),
        free=bool(form.free.data),
        exactly=bool(form.exactly.data),
        sort=form.sort_asked,
    )


def _matching(pattern: re.Pattern[str], text: str | None) -> str:
    return text if text and pattern.match(text) else ""
