"""Need beside supply: what was asked for, what stayed unmet, and the services there are today.

Counts of people are those that are published. Services are what the directory shows to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from referral.directory.browse import (
    count_services_by_topic,
    count_suggested_services,
    list_headings,
)
from referral.directory.context import Directory
from referral.directory.view_models import TermCount
from referral.records.visibility import Audience
from referral.reports.code_names import CodeNames, read_code_names
from referral.reports.published_tables import read_table
from referral.reports.records import Cell, Dimension, Measure, Period, Table
from referral.reports.room_counts import RoomCounts, count_room
from referral.reports.topic_tree import Topic, topics_above

COUNTED = (Measure.NEEDS, Measure.UNMET, Measure.FULL)
Counts = Mapping[Measure, int]
"""What is published of one row; a measure is missing where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyRow:
    """A heading or topic.

    Attributes:
        value: its code; None is the rest of what stands above it.
        counts: answers "full" name a service, so only headings have them.
        services: how many have the topic or one below it; None for a rest.
        with_room, full: how many are known to have room now, or none.
        suggested: how many have it as a suggestion only.
        unmet_share: share of the needs that stayed unmet. Not where the counts are a sum or a rest:
            more of the unmet needs than of the needs are missing from a sum, and in a rest.
        parts: the topics below; one with parts may be one of them, for what was said no closer.
    """

    value: str | None
    counts: Counts
    services: int | None = None
    suggested: int = 0
    with_room: int = 0
    full: int = 0
    unmet_share: float | None = None
    parts: tuple[SupplyRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedAndSupply:
    """The headings with their topics, with "Other" the last row, and the sums of all."""

    rows: tuple[SupplyRow, ...]
    total: SupplyRow
    names: CodeNames


def read_need_and_supply(directory: Directory, period: Period) -> NeedAndSupply:
    """Needs, unmet needs and "full" of a period by topic, and the services of today."""
    services, room = count_services_by_topic(directory), count_room(directory)
    by_heading = {each.slug: count for each, count in list_headings(directory, Audience.PUBLIC)}
    suggested = count_suggested_services(directory)
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        tables = {
            measure: read_table(session, measure, dimension, period)
            for measure, dimension in zip(
                COUNTED, (Dimension.TERM, Dimension.TERM, Dimension.HEADING), strict=True
            )
        }
        rows = []
        for slug in {*by_heading, *(cell.value for of in tables.values() for cell in of.cells)}:
            cells = {measure: found for measure, of in tables.items() if (found := _cell(of, slug))}
            below = {measure: _topics(cell) for measure, cell in cells.items()}
            topics = topics_above({code for of in below.values() for code in of}, tree)
            counts = {measure: cell.number for measure, cell in cells.items()}
            parts = tuple(_topic_row(topic, below, services, room) for topic in topics)
            rows.append(
                SupplyRow(
                    value=slug,
                    counts=counts,
                    unmet_share=_share(counts),
                    services=by_heading.get(slug, 0),
                    suggested=suggested.get(slug, 0),
                    with_room=room.with_room["heading", slug],
                    full=room.full["heading", slug],
                    parts=(*_by_need(parts), *_rest(counts, parts)) if parts else (),
                )
            )
        codes = {Dimension.TERM: {each for row in rows for each in _codes(row.parts)}}
        names = read_code_names(directory, session, codes)
    total = {measure: of.total for measure, of in tables.items()}
    return NeedAndSupply(
        rows=(*_by_need(rows), *_rest(total, rows)),
        total=SupplyRow(value=None, counts=total, unmet_share=_share(total)),
        names=names,
    )


def _cell(table: Table, value: str) -> Cell | None:
    return next((cell for cell in table.cells if cell.value == value), None)


def _topics(heading: Cell) -> dict[str, int]:
    return {part.value: part.number for part in heading.parts if part.value}


def _topic_row(
    topic: Topic,
    numbers: Mapping[Measure, Mapping[str, int]],
    services: Mapping[str, TermCount],
    room: RoomCounts,
) -> SupplyRow:
    parts = tuple(_topic_row(part, numbers, services, room) for part in topic.parts)
    own = {measure: of[topic.code] for measure, of in numbers.items() if topic.code in of}
    there = services.get(topic.code)
    return SupplyRow(
        value=topic.code,
        counts=_sums(parts) if parts else own,
        services=there.services if there else 0,
        suggested=there.suggested if there else 0,
        with_room=room.with_room["topic", topic.code],
        full=room.full["topic", topic.code],
        unmet_share=None if parts else _share(own),
        parts=_by_need(parts),
    )


def _share(counts: Counts) -> float | None:
    needs, unmet = counts.get(Measure.NEEDS), counts.get(Measure.UNMET)
    return unmet / needs if needs and unmet is not None else None


def _rest(counts: Counts, parts: Iterable[SupplyRow]) -> Iterator[SupplyRow]:
    """What of these counts is in no part; nothing where that is none."""
    known = _sums(parts)
    rest = {measure: n - known.get(measure, 0) for measure, n in counts.items()}
    if any(rest.values()):
        yield SupplyRow(value=None, counts=rest)


def _sums(rows: Iterable[SupplyRow]) -> Counts:
    sums: dict[Measure, int] = {}
    for row in rows:
        for measure, number in row.counts.items():
            sums[measure] = sums.get(measure, 0) + number
    return sums


def _by_need(rows: Iterable[SupplyRow]) -> tuple[SupplyRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.counts.get(Measure.NEEDS, 0), row.value or "")))


def _codes(rows: Iterable[SupplyRow]) -> Iterator[str]:
    for row in rows:
        if row.value is not None:
            yield row.value
        yield from _codes(row.parts)
