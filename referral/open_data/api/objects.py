"""Reads API objects as they are public now: one record, a page of a list, or a whole list."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.directory.redirects import public_surviving_id
from referral.errors import NotFoundError
from referral.formats.writing.hsds_values import LAST_MODIFIED, utc_text
from referral.open_data.api.listed_ids import BY_ID, IdLists
from referral.open_data.hsds_objects import HsdsObjects, Objects
from referral.open_data.ledger.entries import modified_at_of, published, tombstone
from referral.open_data.records import ListQuery, ObjectPage
from referral.store.base import in_batches

_RECORDS_IN_A_BATCH = 100
_MERGED_KINDS = ("service", "organization")


def read_object(
    instance: Instance, kind: str, record_id: str, *, full_service: bool = False
) -> dict[str, Any]:
    """Return one public record with its nested parts.

    Raises:
        NotFoundError: there is no such public record.
    """
    with instance.store.read() as session:
        objects = HsdsObjects(instance, session)
        for found in objects.full(kind, [record_id], full_service=full_service):
            return _with_modified_dates(session, kind, [found])[0]
    raise NotFoundError("There is no such record.")


def is_gone(instance: Instance, kind: str, record_id: str) -> bool:
    """Return whether the ledger lists a record as no longer public."""
    with instance.store.read() as session:
        return tombstone(session, kind, record_id) is not None


def merged_into(instance: Instance, kind: str, record_id: str) -> str:
    """Return the id of the public record that a record was merged into, or ""."""
    if kind not in _MERGED_KINDS:
        return ""
    return public_surviving_id(instance, kind, record_id)


def read_page(instance: Instance, kind: str, query: ListQuery) -> ObjectPage:
    """Return one page of a list.

    Raises:
        IndexUnavailableError: words are asked for, and there is no index to look them up in.
        NotFoundError: there is no such ZIP code.
    """
    with instance.store.read() as session:
        objects = HsdsObjects(instance, session)
        ids = IdLists(instance, session, objects.public).of(kind, query)
        is_by_id = kind in BY_ID and not query.search
        start = bisect(ids, query.after) if query.after else (query.page - 1) * query.per_page
        end = start + query.per_page
        contents = _read_contents(session, objects, kind, ids[start:end], query)
    return ObjectPage(
        contents=contents,
        number=query.page,
        per_page=query.per_page,
        total=len(ids),
        has_more=end < len(ids),
        last_id=ids[start:end][-1] if is_by_id and ids[start:end] else "",
    )


def stream_lines(instance: Instance, kind: str, query: ListQuery) -> tuple[int, Iterator[bytes]]:
    """Return how many records a list has, and an iterator over them as lines of JSON.

    Each batch is read when it is sent, so a record that is withheld meanwhile is left out.

    Raises:
        IndexUnavailableError: words are asked for, and there is no index to look them up in.
        NotFoundError: there is no such ZIP code.
    """
    with instance.store.read() as session:
        public = HsdsObjects(instance, session).public
        ids = IdLists(instance, session, public).of(kind, query)
    return len(ids), _iter_lines(instance, kind, list(ids), query)


def _iter_lines(instance: Instance, kind: str, ids: list[str], query: ListQuery) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for batch in in_batches(ids, _RECORDS_IN_A_BATCH):
        with instance.store.read() as session:
            found = _read_contents(session, HsdsObjects(instance, session), kind, batch, query)
        yield encoder.encode_lines(found)


def _read_contents(
    session: Session, objects: HsdsObjects, kind: str, ids: Sequence[str], query: ListQuery
) -> Objects:
    if query.minimal:
        times = modified_at_of(session, kind)
        published_ids = objects.public.filter_ids(kind, ids)
        return [
            _minimal_object(record_id, times.get(record_id))
            for record_id in ids
            if record_id in published_ids
        ]
    if query.full or query.full_service:
        return _with_modified_dates(
            session, kind, objects.full(kind, ids, full_service=query.full_service)
        )
    return _with_modified_dates(session, kind, objects.flat(kind, ids))


def _minimal_object(record_id: str, modified_at: datetime | None) -> dict[str, Any]:
    """Return the id and time of change of a record, for lists that are minimal.

    The standard's text has ``modified_date``, its schema ``last_modified``; both are set.
    """
    names = ("modified_date", LAST_MODIFIED) if modified_at else ()
    return {"id": record_id, **{name: utc_text(modified_at) for name in names if modified_at}}


def _with_modified_dates(session: Session, kind: str, objects: Objects) -> Objects:
    """Add to services the time of their last public change; other kinds have no such property."""
    if kind == "service":
        times = published(session, kind, [item["id"] for item in objects])
        for item in objects:
            if item["id"] in times:
                item[LAST_MODIFIED] = utc_text(times[item["id"]].modified_at)
    return objects
