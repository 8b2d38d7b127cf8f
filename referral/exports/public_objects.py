"""Public records as the JSON objects of HSDS, some of a kind at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from referral.exports.hsds_records import HsdsRecords
from referral.exports.nesting import nested
from referral.exports.record_values import RecordValues
from referral.formats.writing.hsds_json import object_of
from referral.store.base import in_batches

_TOGETHER = 200
_MADE_TOO = frozenset({"organization", "taxonomy", "taxonomy_term"})  # some are made for HSDS


class PublicObjects:
    """The objects of what everybody may see at the moment of a session; it reads as it is asked.

    Args:
        default_zone: time zone of places whose ZIP code is not known.
    """

    def __init__(self, session: Session, default_zone: str) -> None:
        self._public = HsdsRecords(session)
        known_codes = self._public.terms_with_known_codes()
        self._values = RecordValues(default_zone, {}, known_codes)
        for kind in ("address", "partial_address", "service_at_location"):
            self._values.note(self._public.of_kind(kind))

    def ids(self, kind: str) -> set[str]:
        """The ids of all of a kind."""
        if kind in _MADE_TOO:
            return {each.id for each in self._public.of_kind(kind)}
        return self._public.ids(kind)

    def of(self, kind: str, ids: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ids and objects of those that are public; services do not say when they changed."""
        for some in in_batches(ids, _TOGETHER):
            for node in nested(self._public, kind, self._public.with_ids(kind, set(some))):
                yield node.record.id, object_of(node, self._values.of)

    def service_times(self) -> Mapping[str, datetime]:
        """When each service last changed, as the times of its records say."""
        return self._public.last_modified()
