"""Pulls from an HSDS API of version 3, or of Open Referral UK: pages of services, and each whole.

Where the publisher can tell what changed, only that is asked for, from the day before the last
look; a whole list is asked for once a week, since a service does not always count as changed when
its phone does. Servers differ: a list may be flat whatever is asked, tell what did not change, or
change while it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from referral.errors import RefusedError, refused
from referral.fields.text import clean_text
from referral.following.downloads import Answer, Downloads
from referral.following.fetched_list import FetchedList, require_room
from referral.imports.absences import SHORT_SHARE, ListScope
from referral.records.ownership import Key

WHOLE_EVERY = timedelta(days=7)
_OVERLAP = timedelta(days=1)
_PER_PAGE = 100
_MOST_PAGES = 20_000
_MOST_READINGS = 3
_NEXT = re.compile(r'<([^<>]*)>[^<>]*\brel="?next\b')
# What a flat list never has. Organization and program, of which there is one, it may have.
_NESTED = frozenset(
    {
        "phones", "schedules", "service_areas", "service_at_locations", "languages", "funding",
        "cost_options", "required_documents", "contacts", "attributes", "additional_urls",
    }
)  # fmt: skip

Json = dict[str, Any]
_LONGEST_NAME = 200


@dataclass(slots=True)
class _Services:
    """The services of one pull.

    Attributes:
        told: ids of the services that the pages named.
        missing: those of them of which the API says that they are not there.
        promised: how many the publisher said there are, page by page.
    """

    downloads: Downloads
    base: str
    since: str
    told: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    promised: set[int] = field(default_factory=set)

    def whole_services(self) -> Iterator[Json]:
        """Each once; the pages are read again where their number changed meanwhile."""
        for _ in range(_MOST_READINGS):
            self.promised.clear()
            yield from self._read()
            if len(self.promised) <= 1:
                break
        else:
            raise refused("The list changed while we read it. We try again later.")
        if len(self.told) < max(self.promised, default=0):
            raise refused("The pages did not have all services. We try again later.")

    def _read(self) -> Iterator[Json]:
        following = ""
        for number in range(1, _MOST_PAGES):
            page, following = self._page(number, following)
            found = page.get("contents", page.get("content"))
            if not isinstance(found, list):
                raise refused("This is not an HSDS API of version 3. Check the address.")
            self.promised.add(_number(page.get("total_items", page.get("totalElements"))))
            for item in found:
                key = str(item.get("id", "")) if isinstance(item, dict) else ""
                if key and key not in self.told:
                    self.told.add(key)
                    require_room(len(self.told))
                    whole = self._whole_service(key, item)
                    if whole is not None:
                        yield whole
            if following:
                self.promised.clear()  # by key, so that nothing shifts while pages are read
            elif not found or _is_last(page, number):
                return

    def _whole_service(self, key: str, item: Json) -> Json | None:
        """All of a service; None where it is gone, or did not change since the last look."""
        if self.since and _is_older(item, self.since):
            return None
        return item if not _NESTED.isdisjoint(item) else self._fetch_service(key)

    def _page(self, number: int, address: str) -> tuple[Json, str]:
        """A page by its address, or by its number; and the address of the next by a key, or ""."""
        asked = {"page": number, "per_page": _PER_PAGE, "full": "true"}
        if self.since:
            asked["modified_after"] = self.since
        usual = f"{self.base}/services?{urlencode(asked)}"
        answer = self.downloads.page(address or usual, {"Accept": "application/json"})
        return _object(answer), self._next(answer.headers.get("link", ""))

    def _next(self, link: str) -> str:
        found = _NEXT.search(link)
        is_by_key = found and found[1].startswith(f"{self.base}/services?") and "after=" in found[1]
        return found[1] if found and is_by_key else ""

    def _fetch_service(self, key: str) -> Json | None:
        answer = self.downloads.page(f"{self.base}/services/{quote(key, safe='')}")
        if answer.is_missing:
            self.missing.add(key)
            return None
        return _parsed(answer.body)


def fetch_from_api(
    downloads: Downloads,
    base: str,
    folder: Path,
    known: FetchedList,
    whole_at: datetime | None,
    now: datetime,
) -> FetchedList:
    """Fetch the services of an API: what changed, or all of them when that is due.

    Args:
        known: what is settled here; its cursor is when it was asked for.
        whole_at: when all were asked for; None asks for all.

    Raises:
        RefusedError: it does not answer as an HSDS API does, or only half.
    """
    base = base.rstrip("/")
    is_due = not known.cursor or whole_at is None or now - whole_at >= WHOLE_EVERY
    since = "" if is_due else _since(downloads, base, known.cursor)
    is_whole = not since
    services = _Services(downloads, base, since)
    path = folder / "services.ndjson"
    documents: list[Key] = []
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        for service in services.whole_services():
            stream.write(json.dumps(service, ensure_ascii=False) + "\n")
            if not is_whole:
                documents += documents_in(service)
                require_room(len(documents))
            count += 1
    scope = ListScope(is_whole=is_whole, documents=documents)
    return FetchedList(
        path=path if count else None,
        scope=scope,
        cursor=now.isoformat(),
        keys=frozenset(key for key in services.told if key not in services.missing),
    )


def said_gone(
    downloads: Downloads, base: str, found: FetchedList, stored: Collection[str]
) -> list[Key]:
    """The stored services that a whole list lacks and that the API says are not there.

    Where so many are missing that the list seems cut short, none is asked for: a person decides.
    """
    missing = sorted(set(stored) - set(found.keys))
    if len(stored) - len(missing) < SHORT_SHARE * len(stored):
        return []
    base = base.rstrip("/")
    return [
        ("service", key)
        for key in missing
        if downloads.page(f"{base}/services/{quote(key, safe='')}").is_missing
    ]


def documents_in(service: Json) -> list[Key]:
    """The records that the JSON of a service has with all their parts."""
    found = [("service", str(service.get("id", "")))]
    for link in service.get("service_at_locations") or ():
        place = link.get("location") if isinstance(link, dict) else None
        if isinstance(place, dict) and place.get("id"):
            found.append(("location", str(place["id"])))
    return found


def _since(downloads: Downloads, base: str, cursor: str) -> str:
    """The day before as the publisher understands it, an instant or a date; "" for not at all."""
    day = datetime.fromisoformat(cursor) - _OVERLAP
    for text in (f"{day:%Y-%m-%dT%H:%M:%SZ}", f"{day:%Y-%m-%d}"):
        asked = urlencode({"page": 1, "per_page": 1, "modified_after": text})
        if not downloads.page(f"{base}/services?{asked}").is_not_understood:
            return text
    return ""


def _is_older(item: Json, since: str) -> bool:
    """Whether a service last changed before that moment; some servers tell these too."""
    try:
        changed = datetime.fromisoformat(str(item.get("last_modified", "")))
    except ValueError:
        return False
    moment = datetime.fromisoformat(since)
    return changed.date() < moment.date() or (
        changed.tzinfo is not None and moment.tzinfo is not None and changed < moment
    )


def _is_last(page: Json, number: int) -> bool:
    for name in ("last_page", "last"):
        if name in page:
            return page[name] is True
    total = page.get("total_pages", page.get("totalPages"))
    return total is not None and number >= _number(total)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _object(answer: Answer) -> Json:
    if answer.is_missing or answer.is_not_understood:
        raise refused("This is not an HSDS API of version 3. Check the address.")
    return _parsed(answer.body)


def _parsed(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refused("The answer is not JSON. We try again later.") from error
    if not isinstance(found, dict):
        raise refused("This is not an HSDS API of version 3. Check the address.")
    return found


@dataclass(frozen=True, slots=True)
class Publisher:
    """Its name, and its e-mail address or web page; "" for what it does not say."""

    name: str = ""
    contact: str = ""


def fetch_publisher(downloads: Downloads, base: str) -> Publisher:
    """Ask who publishes a list; an API that does not say so is followed all the same."""
    try:
        answer = downloads.page(f"{base.rstrip('/')}/", {"Accept": "application/json"})
        about = json.loads(answer.body) if answer.is_found else None
    except (RefusedError, ValueError, RecursionError):
        return Publisher()
    said = about.get("publisher") if isinstance(about, dict) else None
    if not isinstance(said, dict):
        return Publisher()
    return Publisher(
        _publisher_text(said, "name"),
        _publisher_text(said, "email") or _publisher_text(said, "website"),
    )


def _publisher_text(said: dict[str, object], name: str) -> str:
    value = said.get(name)
    return clean_text(value)[:_LONGEST_NAME] if isinstance(value, str) else ""
