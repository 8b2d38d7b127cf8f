"""Lists that a pull has fetched, and the fetching of whole files by URL."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from referral.errors import refused
from referral.following.downloads import Downloads
from referral.imports.absences import ListScope

_SUFFIXES = (".zip", ".ndjson", ".jsonl", ".json", ".csv", ".tsv", ".xml", ".xlsx", ".xls", ".ods")
_PIECE = 1 << 16
_MOST_RECORDS = 1_000_000
_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedList:
    """A partner's list that a pull has fetched, and where the next pull continues.

    Attributes:
        path: the file of the list; None if there is nothing new.
        cursor: position in the source after this list.
        etag, last_modified, digest: to recognize a file that has not changed.
        keys: the source's ids of services, for a whole list of an API.
    """

    path: Path | None
    scope: ListScope = field(default_factory=ListScope)
    cursor: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    keys: frozenset[str] = frozenset()


def require_room(count: int) -> None:
    """Refuse a partner's list with more records than are kept in memory.

    Raises:
        RefusedError: there are too many records.
    """
    if count > _MOST_RECORDS:
        raise refused("The list has more than %(count)s records.", count=_MOST_RECORDS)


def require_new(place: str, seen: set[str]) -> None:
    """Refuse a paged list that leads back to a page already read, since it would never end.

    Raises:
        RefusedError: the page was read before.
    """
    if place in seen:
        raise refused("The partner’s list leads back to a page that we read. Tell the partner.")
    seen.add(place)


def fetch_file(downloads: Downloads, url: str, folder: Path, known: FetchedList) -> FetchedList:
    """Download a partner's whole list from its URL, unless it has not changed.

    Raises:
        RefusedError: there is no list, or it is too large.
    """
    headers = {}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    path = folder / "list"
    answer = downloads.file(url, path, headers)
    is_none = answer.is_missing or answer.is_not_understood
    if answer.is_unchanged or (answer.digest == known.digest and not is_none):
        return known
    if is_none:
        raise refused("There is no list at this address now.")
    return FetchedList(
        path=_with_telling_suffix(path, answer.url, downloads.largest),
        etag=answer.headers.get("etag", "")[:255],
        last_modified=answer.headers.get("last-modified", "")[:255],
        digest=answer.digest,
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 digest of a downloaded list."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _with_telling_suffix(path: Path, url: str, largest: int) -> Path:
    """Rename a downloaded list to have the suffix of its format, without an outer gzip."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])[-_NAME:]
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"\x1f\x8b"):
        name = name.removesuffix(".gz")
        path = _unpacked(path, largest)
        with path.open("rb") as stream:
            start = stream.read(4)
    suffix = Path(name).suffix.lower()
    if suffix not in _SUFFIXES:
        suffix = _suffix_of(start)
    return path.rename(path.with_name(f"list{suffix}"))


def _unpacked(path: Path, largest: int) -> Path:
    inner = path.with_name("unpacked")
    size = 0
    try:
        with gzip.open(path) as packed, inner.open("wb") as plain:
            while piece := packed.read(_PIECE):
                size += len(piece)
                if size > largest:
                    raise refused("The list is too large once it is unpacked.")
                plain.write(piece)
    except (OSError, EOFError) as error:
        raise refused("The list is broken. We try again later.") from error
    path.unlink()
    return inner


def _suffix_of(start: bytes) -> str:
    if start.startswith(b"PK"):
        return ".zip"
    if start.lstrip()[:1] in {b"{", b"["}:
        return ".json"
    return ".xml" if start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") else ".csv"
