"""Pulls from another Referral's feed of changes and removals.

A cursor marks the position up to which the feed was read. If the other library no longer has the
cursor, or its database was restored, it answers 410, and the feed is read from the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec

from referral.errors import refused
from referral.following.downloads import Downloads
from referral.following.fetched_list import FetchedList, require_new, require_room
from referral.formats.open_referral.api_pages import FeedLine, FeedPage
from referral.formats.open_referral.json_tables import STEMS
from referral.imports.absences import ListScope
from referral.records.ownership import Key

WHOLE_EVERY = timedelta(days=28)
_START = "0"
_MOST_PAGES = 100_000
_API = re.compile(r"/hsds/[\d.]+\Z")


class _ForgottenError(Exception):
    """The other library's feed can no longer list the changes since our cursor."""


@dataclass(slots=True)
class _Changes:
    """Changes read from another Referral's feed: last JSON objects of records, and removed keys."""

    objects: dict[Key, bytes] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)
    cursor: str = _START

    def take(self, line: FeedLine) -> None:
        key = (line.kind, line.id)
        if line.record.startswith(b"{"):
            self.objects[key] = line.record
            self.gone.discard(key)
        else:
            self.objects.pop(key, None)
            self.gone.add(key)
        self.cursor = line.cursor
        require_room(len(self.objects) + len(self.gone))


def fetch_changes(
    downloads: Downloads,
    base: str,
    folder: Path,
    known: FetchedList,
    whole_at: datetime | None,
    now: datetime,
) -> FetchedList:
    """Fetch a feed's changes since the cursor of the last settled list, or the whole feed.

    Raises:
        RefusedError: the server is not a Referral, or its answer is incomplete.
    """
    base = feed_base(base)
    is_due = whole_at is None or now - whole_at >= WHOLE_EVERY
    start = _START if is_due or not known.cursor else known.cursor
    try:
        changes = _read(downloads, base, start)
    except _ForgottenError:
        start = _START
        changes = _read(downloads, base, start)
    is_whole = start == _START
    scope = ListScope(
        is_whole=is_whole,
        documents=[] if is_whole else list(changes.objects),
        gone=[] if is_whole else sorted(changes.gone),
    )
    path = None
    if changes.objects or changes.gone:
        path = folder / "changes.json"
        _write(path, changes)
    return FetchedList(path=path, scope=scope, cursor=changes.cursor)


def feed_base(address: str) -> str:
    """Return the base URL of another Referral's API, from the URL of its API, feed or site."""
    base = address.rstrip("/").removesuffix("/changes")
    return base if _API.search(base) else f"{base}/hsds/3.1"


def site_of(address: str) -> str:
    """Return the URL of the Referral site that publishes a feed of changes."""
    return _API.sub("", feed_base(address))


def _read(downloads: Downloads, base: str, start: str) -> _Changes:
    changes = _Changes(cursor=start)
    seen: set[str] = set()
    with downloads.reader_of_pages(base) as pages:
        for _ in range(_MOST_PAGES):
            require_new(changes.cursor, seen)
            lines = pages.read(FeedPage, "feed", _page(downloads, base, changes.cursor)).lines
            for line in lines:
                changes.take(line)
            if not lines:
                return changes
    raise refused("The answer was cut short. We try again later.")


def _page(downloads: Downloads, base: str, cursor: str) -> bytes:
    url = f"{base}/changes?after={quote(cursor)}"
    answer = downloads.page(url, {"Accept": "application/x-ndjson"})
    if answer.is_gone:
        raise _ForgottenError
    if answer.is_missing or answer.is_not_understood:
        raise refused("This Referral has no feed of changes. Check the address.")
    return answer.body


def _write(path: Path, changes: _Changes) -> None:
    """Write the objects of a feed by kind, in the form of an HSDS 3 list."""
    by_kind: dict[str, list[bytes]] = {}
    for (kind, _), found in changes.objects.items():
        by_kind.setdefault(STEMS.get(kind, kind), []).append(found)
    with path.open("wb") as stream:
        before = b"{"
        for kind, objects in by_kind.items():
            stream.write(before + msgspec.json.encode(kind) + b":[" + objects[0])
            for each in objects[1:]:
                stream.write(b"," + each)
            before = b"],"
        stream.write(b"]}" if by_kind else b"{}")
