"""Public records of a few services, organizations or places, as HSDS 3.1 has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, not_
from sqlalchemy.orm import Session

from referral.exports.hsds_form import (
    FITTING,
    LACKING,
    MADE_FROM,
    TAXONOMIES,
    UNIT,
    HsdsForm,
    source_terms,
    unit_of,
)
from referral.formats.hsds.own_terms import KEYWORD_TERM, heading_term, stand_in_id
from referral.records.directory import Organization, Record, Service, ServiceCapacity
from referral.records.headings import Heading
from referral.records.listing import Credit
from referral.store.public.public_part import KindsInUse, PublicPart
from referral.store.public.source_credits import credits_of
from referral.store.rows import ServiceRow


class HsdsPart(HsdsForm, PublicPart):
    """Reads what is asked for; what it makes of records it makes of those that it has read.

    Args:
        in_use: of the same moment or a later one.
        headings: all of them.
    """

    def __init__(
        self, session: Session, in_use: KindsInUse, headings: Iterable[Heading] = ()
    ) -> None:
        super().__init__(session, in_use)
        self._made: dict[str, dict[str, Record]] = {
            "organization": {},
            "taxonomy": {each.id: each for each in TAXONOMIES},
            "taxonomy_term": {
                each.id: each
                for each in (
                    *(heading_term(h.slug, h.name) for h in headings),
                    KEYWORD_TERM,
                    *source_terms(in_use.credits),
                )
            },
            UNIT: {},
        }

    def count(self, kind: str) -> int:
        """Whether there may be any of a kind."""
        held = {"organization_identifier": "organization", UNIT: "service_capacity"}
        parent = MADE_FROM[kind][0] if kind in MADE_FROM else held.get(kind, kind)
        return super().count(parent)

    def credits(self, service_ids: Collection[str]) -> Mapping[str, Credit]:
        """Those of these services that are from a followed source → whom they are from."""
        if not self._in_use.credits:
            return {}
        return credits_of(self._session, ServiceRow, service_ids)

    def _has_own_attributes(self) -> bool:
        return True

    def _made_of(self, kind: str) -> Iterable[Record]:
        return self._made.get(kind, {}).values()

    def _as_hsds(self, record: Record) -> Iterator[Record]:
        if isinstance(record, Service) and not record.organization_id:
            agency = Organization(id=stand_in_id(record.id), name=record.name)
            self._made["organization"][agency.id] = agency
        elif isinstance(record, ServiceCapacity):
            unit = unit_of(record)
            self._made[UNIT][unit.id] = unit
        yield from super()._as_hsds(record)

    def _conditions(self, kind: str) -> list[ColumnElement[bool]]:
        found = super()._conditions(kind)
        if kind in LACKING:
            found.append(not_(LACKING[kind][1]))
        return found

    def _hanging(self, kind: str, rows: Sequence[Row[Any]]) -> set[str]:
        found = super()._hanging(kind, rows)
        if kind in FITTING:
            _, column, fits = FITTING[kind]
            found &= {row.id for row in rows if fits(getattr(row, column.key))}
        return found
