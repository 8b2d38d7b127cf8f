"""Objects of the API: one, a page of a list, or all of a list, through the visibility rule now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from referral.directory.context import Directory
from referral.directory.redirects import public_surviving_id
from referral.errors import NotFoundError
from referral.exports.hsds_objects import HsdsObjects, Objects
from referral.hsds_api.listed_ids import IdLists
from referral.hsds_api.records import ListQuery, ObjectPage
from referral.store.base import in_batches

_TOGETHER = 100
_MERGED_KINDS = ("service", "organization")


def read_object(
    directory: Directory, kind: str, record_id: str, *, full_service: bool = False
) -> dict[str, Any]:
    """One record with all that is told inside of it.

    Raises:
        NotFoundError: the public sees no such record.
    """
    with directory.store.read() as session:
        objects = HsdsObjects(directory, session)
        for found in objects.full(kind, [record_id], full_service=full_service):
            return found
    raise NotFoundError("There is no such record.")


def merged_into(directory: Directory, kind: str, record_id: str) -> str:
    """The id of the public record that this one was merged into, or ""."""
    if kind not in _MERGED_KINDS:
        return ""
    return public_surviving_id(directory, kind, record_id)


def read_page(directory: Directory, kind: str, query: ListQuery) -> ObjectPage:
    """One page of a list.

    Raises:
        IndexUnavailableError: words are asked for, and there is no index to look them up in.
        NotFoundError: there is no such ZIP code.
    """
    with directory.store.read() as session:
        objects = HsdsObjects(directory, session)
        ids = IdLists(directory, session, objects).of(kind, query)
        start = (query.page - 1) * query.per_page
        contents = _told(objects, kind, ids[start : start + query.per_page], query)
    return ObjectPage(contents=contents, number=query.page, per_page=query.per_page, total=len(ids))


def stream_lines(directory: Directory, kind: str, query: ListQuery) -> Iterator[bytes]:
    """All of a list as lines of JSON.

    What is withheld while it is sent is not sent: each part is read at a moment of its own.

    Raises:
        IndexUnavailableError: words are asked for, and there is no index to look them up in.
        NotFoundError: there is no such ZIP code.
    """
    with directory.store.read() as session:
        ids = IdLists(directory, session, HsdsObjects(directory, session)).of(kind, query)
    return _lines(directory, kind, list(ids), replace(query, page=1))


def _lines(directory: Directory, kind: str, ids: list[str], query: ListQuery) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for some in in_batches(ids, _TOGETHER):
        with directory.store.read() as session:
            found = _told(HsdsObjects(directory, session), kind, some, query)
        yield encoder.encode_lines(found)


def _told(objects: HsdsObjects, kind: str, ids: Sequence[str], query: ListQuery) -> Objects:
    if query.minimal:
        return [{"id": each} for each in objects.public_ids(kind, ids)]
    if query.full or query.full_service:
        return objects.full(kind, ids, full_service=query.full_service)
    return objects.flat(kind, ids)
