"""Pulls from an API of HSDS 3 or Open Referral UK: pages of services, then each service in full.

If the API can filter by time of change, only services that changed are fetched, from the day before
the last pull on. The whole list is fetched once a week, since a service does not always count as
changed when its phone does. Servers differ: a list may be flat whatever is requested, contain
unchanged services, or change while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from referral.errors import RefusedError, refused
from referral.following.downloads import Downloads
from referral.following.fetched_list import FetchedList, require_new, require_room
from referral.formats.open_referral.api_pages import ApiService, Publisher, ServicePage
from referral.formats.sandbox.parent import PageReader
from referral.imports.absences import SHORT_SHARE, ListScope
from referral.records.ownership import Key

WHOLE_EVERY = timedelta(days=7)
_OVERLAP = timedelta(days=1)
_PER_PAGE = 100
_MOST_PAGES = 20_000
_MOST_READINGS = 3
_NEXT = re.compile(r'<([^<>]*)>[^<>]*\brel="?next\b')


@dataclass(slots=True)
class _Services:
    """The services that one pull reads from a partner's HSDS API.

    Attributes:
        listed: ids of the services in the pages.
        missing: ids in the pages for which the API answers that there is no such service.
        promised: the totals that the pages named.
    """

    downloads: Downloads
    pages: PageReader
    base: str
    since: str
    listed: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    promised: set[int] = field(default_factory=set)

    def whole_services(self) -> Iterator[ApiService]:
        """Yield each service of a partner's API once.

        The pages are read again if their total changed meanwhile.
        """
        for _ in range(_MOST_READINGS):
            self.promised.clear()
            yield from self._read()
            if len(self.promised) <= 1:
                break
        else:
            raise refused("The list changed while we read it. We try again later.")
        if len(self.listed) < max(self.promised, default=0):
            raise refused("The pages did not have all services. We try again later.")

    def _read(self) -> Iterator[ApiService]:
        following = ""
        seen: set[str] = set()
        for number in range(1, _MOST_PAGES):
            page, following = self._fetch_page(number, following)
            self.promised.add(page.total)
            for service in page.services:
                if service.key and service.key not in self.listed:
                    self.listed.add(service.key)
                    require_room(len(self.listed))
                    whole = self._whole_service(service)
                    if whole is not None:
                        yield whole
            if following:
                require_new(following, seen)
                self.promised.clear()  # paged by key, so that nothing shifts between pages
            elif not page.services or _is_last(page, number):
                return

    def _whole_service(self, service: ApiService) -> ApiService | None:
        """Return a partner's service in full; None if gone or unchanged since the last pull."""
        if self.since and _is_older(service, self.since):
            return None
        return service if service.is_nested else self._fetch_service(service.key)

    def _fetch_page(self, number: int, address: str) -> tuple[ServicePage, str]:
        """Fetch a page of services from a partner's API, and the next page's URL if any.

        Pages are requested by number, or by key if the API links to the next one.
        """
        query = {"page": number, "per_page": _PER_PAGE, "full": "true"}
        if self.since:
            query["modified_after"] = self.since
        usual = f"{self.base}/services?{urlencode(query)}"
        answer = self.downloads.page(address or usual, {"Accept": "application/json"})
        if answer.is_missing or answer.is_not_understood:
            raise refused("This is not an HSDS API of version 3. Check the address.")
        page = self.pages.read(ServicePage, "services", answer.body)
        return page, self._next_address(answer.headers.get("link", ""))

    def _next_address(self, link: str) -> str:
        found = _NEXT.search(link)
        is_by_key = found and found[1].startswith(f"{self.base}/services?") and "after=" in found[1]
        return found[1] if found and is_by_key else ""

    def _fetch_service(self, key: str) -> ApiService | None:
        answer = self.downloads.page(f"{self.base}/services/{quote(key, safe='')}")
        if answer.is_missing:
            self.missing.add(key)
            return None
        return self.pages.read(ServicePage, "service", answer.body).services[0]


def fetch_from_api(
    downloads: Downloads,
    base: str,
    folder: Path,
    known: FetchedList,
    whole_at: datetime | None,
    now: datetime,
) -> FetchedList:
    """Fetch the services of a partner's HSDS API: the changed ones, or all when that is due.

    Args:
        known: the last settled list; its cursor is the time of its pull.
        whole_at: when the whole list was last fetched; None fetches it now.

    Raises:
        RefusedError: the server is not an HSDS API, or its answer is incomplete.
    """
    base = base.rstrip("/")
    is_due = not known.cursor or whole_at is None or now - whole_at >= WHOLE_EVERY
    since = "" if is_due else _accepted_since(downloads, base, known.cursor)
    is_whole = not since
    path = folder / "services.ndjson"
    documents: list[Key] = []
    count = 0
    with downloads.reader_of_pages(base) as pages, path.open("wb") as stream:
        services = _Services(downloads, pages, base, since)
        for service in services.whole_services():
            stream.write(service.text + b"\n")
            if not is_whole:
                documents += service.documents
                require_room(len(documents))
            count += 1
    scope = ListScope(is_whole=is_whole, documents=documents)
    return FetchedList(
        path=path if count else None,
        scope=scope,
        cursor=now.isoformat(),
        keys=frozenset(key for key in services.listed if key not in services.missing),
    )


def removed_services(
    downloads: Downloads, base: str, found: FetchedList, stored: Collection[str]
) -> list[Key]:
    """Return the stored services that a partner's whole list lacks and its API answers as missing.

    If so many are missing that the list seems cut short, none is looked up: a person decides.
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


def _accepted_since(downloads: Downloads, base: str, cursor: str) -> str:
    """Return the day before a cursor in a format that a partner's API accepts; "" if none."""
    day = datetime.fromisoformat(cursor) - _OVERLAP
    for text in (f"{day:%Y-%m-%dT%H:%M:%SZ}", f"{day:%Y-%m-%d}"):
        query = urlencode({"page": 1, "per_page": 1, "modified_after": text})
        if not downloads.page(f"{base}/services?{query}").is_not_understood:
            return text
    return ""


def _is_older(service: ApiService, since: str) -> bool:
    """Return whether a service last changed before a moment.

    Some partners' servers list these too.
    """
    try:
        changed = datetime.fromisoformat(service.changed)
    except ValueError:
        return False
    moment = datetime.fromisoformat(since)
    return changed.date() < moment.date() or (
        changed.tzinfo is not None and moment.tzinfo is not None and changed < moment
    )


def _is_last(page: ServicePage, number: int) -> bool:
    if page.is_last is not None:
        return page.is_last
    return page.total_pages is not None and number >= page.total_pages


def fetch_publisher(downloads: Downloads, base: str) -> Publisher:
    """Fetch the publisher of a partner's API; an empty one if the API does not name it."""
    try:
        answer = downloads.page(f"{base.rstrip('/')}/", {"Accept": "application/json"})
        if not answer.is_found:
            return Publisher()
        with downloads.reader_of_pages(base) as pages:
            return pages.read(Publisher, "publisher", answer.body)
    except RefusedError:
        return Publisher()
