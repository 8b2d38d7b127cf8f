"""Pulls from an HSDS API of version 3, or of Open Referral UK: pages of services, and each whole.

Where the publisher can tell what changed, only that is asked for, from the day before the last
look; a whole list is asked for once a week, since a service does not always count as changed when
its phone does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from referral.errors import refused
from referral.following.downloads import Downloads
from referral.following.fetched_list import FetchedList
from referral.imports.absence_rules import Key, ListScope

WHOLE_EVERY = timedelta(days=7)
_OVERLAP = timedelta(days=1)
_PER_PAGE = 100
_MOST_PAGES = 20_000
_NESTED = ("organization", "phones", "service_at_locations", "schedules", "contacts")

Json = dict[str, Any]


@dataclass(slots=True)
class _Services:
    """The services of one pull; ``promised`` is how many the publisher says there are."""

    downloads: Downloads
    base: str
    since: str
    ids: list[str] = field(default_factory=list)
    promised: int = 0
    missing: int = 0

    def whole_services(self) -> Iterator[Json]:
        seen: set[str] = set()
        for number in range(1, _MOST_PAGES):
            page = self._page(number)
            found = page.get("contents", page.get("content"))
            if not isinstance(found, list):
                raise refused("This is no HSDS API of version 3. Check the address.")
            self.promised = _number(page.get("total_items", page.get("totalElements")))
            for item in found:
                if isinstance(item, dict) and (key := str(item.get("id", ""))) and key not in seen:
                    seen.add(key)
                    whole = item if _is_whole(item) else self._one(key)
                    if whole is not None:
                        self.ids.append(key)
                        yield whole
            if not found or _is_last(page, number):
                break
        if len(self.ids) + self.missing < self.promised:
            raise refused("The pages did not have all services. We try again later.")

    def _page(self, number: int) -> Json:
        asked = {"page": number, "per_page": _PER_PAGE, "full": "true"}
        if self.since:
            asked["modified_after"] = self.since
        return _object(self.downloads, f"{self.base}/services?{urlencode(asked)}")

    def _one(self, key: str) -> Json | None:
        answer = self.downloads.page(f"{self.base}/services/{quote(key, safe='')}")
        if answer.is_missing:
            self.missing += 1
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
    with path.open("w", encoding="utf-8") as stream:
        for service in services.whole_services():
            stream.write(json.dumps(service, ensure_ascii=False) + "\n")
            documents += documents_in(service)
    scope = ListScope(is_whole=is_whole, documents=[] if is_whole else documents)
    return FetchedList(path=path if services.ids else None, scope=scope, cursor=now.isoformat())


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


def _is_whole(item: Json) -> bool:
    return any(name in item for name in _NESTED)


def _is_last(page: Json, number: int) -> bool:
    if "last_page" in page:
        return page["last_page"] is True
    total = page.get("total_pages", page.get("totalPages"))
    return total is not None and number >= _number(total)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _object(downloads: Downloads, url: str) -> Json:
    answer = downloads.page(url, {"Accept": "application/json"})
    if answer.is_missing or answer.is_not_understood:
        raise refused("This is no HSDS API of version 3. Check the address.")
    return _parsed(answer.body)


def _parsed(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise refused("The answer is no JSON. We try again later.") from error
    if not isinstance(found, dict):
        raise refused("This is no HSDS API of version 3. Check the address.")
    return found
