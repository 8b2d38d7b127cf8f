"""Exact counts of closed inquiries, failed searches and slip replies by month, grouped in SQL.

Open and training inquiries have no month, so no count includes them. Inquiries, their needs and
referrals count ``count`` times; questions without a need are left out. Values that were erased with
the details of inquiries are added from ``ErasedCountRow``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, case, cast, extract, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.desk.codes import UNMET_GROUPS, UnmetGroup
from referral.desk.desk_list import read_desks
from referral.desk.rows import ErasedCountRow, FollowUpRow, InquiryRow, NeedRow, ReferralRow
from referral.reports.records import GAP, Dimension, Filters, Measure, Source
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.store.rows import ServiceHeadingRow
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import TermTree, read_headings

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
CountKey = tuple[str, str, str]
"""Parent value ("" for none), value and month."""

ABOVE: Mapping[Dimension, Dimension] = {
    Dimension.ZIP_CODE: Dimension.COUNTY,
    Dimension.TERM: Dimension.HEADING,
    Dimension.UNMET_REASON: Dimension.UNMET_GROUP,
}
"""Dimension → the broader dimension whose values it divides."""

_D = Dimension
DIMENSIONS: Mapping[Measure, tuple[Dimension, ...]] = {
    Measure.INQUIRIES: (
        _D.MONTH, _D.DESK, _D.CHANNEL, _D.WEEKDAY, _D.HOUR, _D.LANGUAGE, _D.AGE_BAND,
        _D.HOUSEHOLD, _D.COUNTY, _D.ZIP_CODE,
    ),
    Measure.NEEDS: (
        _D.MONTH, _D.DESK, _D.HEADING, _D.TERM, _D.OUTCOME, _D.COUNTY, _D.ZIP_CODE,
    ),
    Measure.UNMET: (
        _D.MONTH, _D.DESK, _D.HEADING, _D.TERM, _D.OUTCOME, _D.UNMET_GROUP, _D.UNMET_REASON,
        _D.COUNTY, _D.ZIP_CODE,
    ),
    Measure.REFERRALS: (_D.MONTH, _D.DESK, _D.SERVICE, _D.HEADING, _D.TERM),
    Measure.FOLLOW_UPS: (_D.MONTH, _D.DESK, _D.STATUS),
    Measure.RESULTS: (_D.MONTH, _D.DESK, _D.RESULT, _D.WHY_NOT),
    Measure.BARRIERS: (_D.MONTH, _D.BARRIER),
    Measure.ALL_UNMET: (
        _D.MONTH, _D.HEADING, _D.TERM, _D.UNMET_GROUP, _D.COUNTY, _D.ZIP_CODE, _D.SOURCE,
    ),
}  # fmt: skip
"""Measure → the dimensions by which it can be counted."""

_PLACE_DIMENSIONS = (_D.COUNTY, _D.ZIP_CODE)
_GROUP_OF_REASON = {reason.value: group.value for reason, group in UNMET_GROUPS.items()}
_GROUP_OF_REPLY = {
    SlipReply.FULL.value: UnmetGroup.NOT_AVAILABLE.value,
    SlipReply.NOT_ELIGIBLE.value: UnmetGroup.NOT_ELIGIBLE.value,
}
_NEED_COLUMNS: Mapping[Dimension, Column] = {
    Dimension.DESK: NeedRow.desk,
    Dimension.COUNTY: NeedRow.county,
    Dimension.ZIP_CODE: NeedRow.zip_code,
    Dimension.HEADING: NeedRow.heading,
    Dimension.TERM: NeedRow.term_code,
    Dimension.OUTCOME: case((NeedRow.unmet_reason != "", GAP), else_=NeedRow.outcome),
}
_COLUMNS: Mapping[Measure, Mapping[Dimension, Column]] = {
    Measure.INQUIRIES: {
        Dimension.DESK: InquiryRow.desk,
        Dimension.CHANNEL: InquiryRow.channel,
        Dimension.WEEKDAY: cast(extract("dow", InquiryRow.happened_on), Integer),
        Dimension.HOUR: InquiryRow.hour,
        Dimension.LANGUAGE: InquiryRow.language,
        Dimension.AGE_BAND: InquiryRow.age_band,
        Dimension.HOUSEHOLD: InquiryRow.household,
        Dimension.COUNTY: InquiryRow.county,
        Dimension.ZIP_CODE: InquiryRow.zip_code,
    },
    Measure.NEEDS: _NEED_COLUMNS,
    Measure.UNMET: {
        **_NEED_COLUMNS,
        Dimension.OUTCOME: NeedRow.outcome,
        Dimension.UNMET_GROUP: case(_GROUP_OF_REASON, value=NeedRow.unmet_reason, else_=""),
        Dimension.UNMET_REASON: NeedRow.unmet_reason,
    },
    Measure.REFERRALS: {
        Dimension.DESK: ReferralRow.desk,
        Dimension.SERVICE: ReferralRow.service_id,
        Dimension.HEADING: ReferralRow.heading,
        Dimension.TERM: ReferralRow.term_code,
    },
    Measure.FOLLOW_UPS: {
        Dimension.DESK: InquiryRow.desk,
        Dimension.STATUS: FollowUpRow.status,
    },
    Measure.RESULTS: {
        Dimension.DESK: ReferralRow.desk,
        Dimension.RESULT: case(
            (ReferralRow.solved.is_(True), "solved"),
            (ReferralRow.got_help.is_(True), "got_help"),
            (ReferralRow.reached.is_(True), "reached"),
            (ReferralRow.tried.is_(True), "tried"),
            else_="not_tried",
        ),
        Dimension.WHY_NOT: ReferralRow.why_not,
    },
}
_COUNT_EXPRESSIONS: Mapping[Measure, ColumnElement[int]] = {
    Measure.INQUIRIES: func.sum(InquiryRow.count),
    Measure.NEEDS: func.sum(NeedRow.count),
    Measure.UNMET: func.sum(NeedRow.count),
    Measure.REFERRALS: func.sum(ReferralRow.count),
    Measure.RESULTS: func.sum(ReferralRow.count),
    Measure.FOLLOW_UPS: func.count(),
}
"""Measure → SQL expression for the count of a group of rows."""


def first_month(session: Session) -> str:
    """Return the first month for which reports have any counts, "" if there is none."""
    found = [
        session.scalar(select(func.min(table.month)).where(table.month != ""))
        for table in (InquiryRow, MissedSearchRow, SlipReplyRow)
    ]
    return min(filter(None, found), default="")


def count_by_month(
    session: Session,
    measure: Measure,
    dimension: Dimension,
    first: str,
    last: str,
    conditions: Iterable[ColumnElement[bool]] = (),
) -> Counter[CountKey]:
    """Count a measure of a report, such as needs or referrals, by value and month.

    The keys are parent value, value and month, from ``first`` to ``last``.

    Args:
        conditions: conditions on ``NeedRow`` from ``need_conditions``. With any, erased values are
            not added. Ignored by ``Measure.ALL_UNMET``.
    """
    if measure is Measure.ALL_UNMET:
        return _count_all_unmet(session, dimension, first, last)
    conditions = tuple(conditions)
    if measure is Measure.BARRIERS:
        counts = _count_barriers(session, first, last, conditions)
    else:
        counts = _count_rows(session, measure, dimension, (first, last), conditions)
    if not conditions:
        _add_erased_counts(session, counts, measure, dimension, first, last)
    return counts


def need_conditions(
    session: Session, tree: TermTree, filters: Filters
) -> list[ColumnElement[bool]]:
    """Return SQL conditions for needs that match a report's filters.

    A topic includes its narrower topics.
    """
    found: list[ColumnElement[bool]] = []
    if filters.heading:
        found.append(NeedRow.heading == filters.heading)
    if filters.term:
        ids = tree.with_descendants([tree.ids[filters.term]]) if filters.term in tree.ids else ()
        codes = {filters.term, *(tree.terms[term_id].key for term_id in ids)}
        found.append(NeedRow.term_code.in_(codes))
    if filters.zip_code:
        found.append(NeedRow.zip_code == filters.zip_code)
    if filters.desk:
        found.append(NeedRow.desk == filters.desk)
    if filters.branch:
        desks = [desk.id for desk in read_desks(session) if desk.branch == filters.branch]
        found.append(NeedRow.desk.in_(desks))
    return found


def _count_rows(
    session: Session,
    measure: Measure,
    dimension: Dimension,
    months: tuple[str, str],
    conditions: tuple[ColumnElement[bool], ...],
) -> Counter[CountKey]:
    column_of = _COLUMNS[measure]
    above = column_of[ABOVE[dimension]] if dimension in ABOVE else literal("")
    month = _month_column(measure)
    names = ("of_above", "of_value", "of_month")  # no column has these names
    columns = [
        column.label(name)
        for column, name in zip((above, column_of[dimension], month), names, strict=True)
    ]
    statement = _select_rows(measure, *columns, _COUNT_EXPRESSIONS[measure])
    statement = statement.where(
        month.between(*months), *_conditions_for_measure(measure, conditions)
    )
    counts = Counter[CountKey]()
    for key_above, value, key_month, number in session.execute(statement.group_by(*names)):
        counts[key_above or "", "" if value is None else str(value), key_month] += int(number)
    return counts


def _conditions_for_measure(
    measure: Measure, conditions: tuple[ColumnElement[bool], ...]
) -> Iterable[ColumnElement[bool]]:
    """Convert SQL conditions on needs to conditions on the rows that a report measure counts."""
    if not conditions or measure in {Measure.NEEDS, Measure.UNMET}:
        return conditions
    if measure in {Measure.REFERRALS, Measure.RESULTS}:
        return [ReferralRow.need_id.in_(select(NeedRow.id).where(*conditions))]
    return [InquiryRow.id.in_(select(NeedRow.inquiry_id).where(*conditions))]


def _add_erased_counts(
    session: Session,
    counts: Counter[CountKey],
    measure: Measure,
    dimension: Dimension,
    first: str,
    last: str,
) -> None:
    """Move counts of details erased from inquiries from "not said" back to their values."""
    statement = select(
        ErasedCountRow.above, ErasedCountRow.value, ErasedCountRow.month, ErasedCountRow.count
    ).where(
        ErasedCountRow.measure == measure,
        ErasedCountRow.dimension == dimension,
        ErasedCountRow.month.between(first, last),
    )
    for above, value, month, number in session.execute(statement):
        counts[above, value, month] += number
        if measure is not Measure.BARRIERS:
            counts[above, "", month] -= number
            if not counts[above, "", month]:
                del counts[above, "", month]


def _month_column(measure: Measure) -> Column:
    if measure is Measure.FOLLOW_UPS:
        # The expression hides the index on the month: SQLite then starts with the few follow-ups.
        return func.coalesce(InquiryRow.month, "")
    return {
        Measure.INQUIRIES: InquiryRow.month,
        Measure.REFERRALS: ReferralRow.month,
        Measure.RESULTS: ReferralRow.month,
    }.get(measure, NeedRow.month)


def _select_rows(measure: Measure, *columns: Any) -> Select[Any]:
    statement = select(*columns)
    if measure is Measure.FOLLOW_UPS:
        statement = statement.select_from(InquiryRow).join(FollowUpRow)
    if measure is Measure.INQUIRIES:
        statement = statement.where(InquiryRow.with_need)
    if measure is Measure.UNMET:
        statement = statement.where(NeedRow.unmet_reason != "")
    if measure is Measure.RESULTS:
        statement = statement.where(ReferralRow.tried.is_not(None))
    return statement


def _count_barriers(
    session: Session, first: str, last: str, conditions: tuple[ColumnElement[bool], ...]
) -> Counter[CountKey]:
    counts = Counter[CountKey]()
    statement = select(InquiryRow.month, InquiryRow.barriers, InquiryRow.count).where(
        InquiryRow.month.between(first, last),
        *_conditions_for_measure(Measure.BARRIERS, conditions),
    )
    for month, barriers, number in session.execute(statement):
        for barrier in set(barriers):
            counts["", barrier, month] += number
    return counts


def _count_all_unmet(
    session: Session, dimension: Dimension, first: str, last: str
) -> Counter[CountKey]:
    counts = Counter[CountKey]()
    for group in _iter_unmet_groups(session, first, last):
        above = group.values.get(ABOVE[dimension], "") if dimension in ABOVE else ""
        counts[above, group.values.get(dimension, ""), group.month] += group.number
    _add_erased_counts(session, counts, Measure.UNMET, dimension, first, last)
    return counts


class _UnmetNeeds(NamedTuple):
    values: dict[Dimension, str]
    month: str
    number: int


def _iter_unmet_groups(session: Session, first: str, last: str) -> Iterator[_UnmetNeeds]:
    """Yield counts of unmet needs from the desk, searches without results and slip replies.

    A search without results has no reason, and a reply to a slip no place. Searches without a
    heading are left out, because they may not be needs.
    """
    need_columns = (
        NeedRow.heading, NeedRow.term_code, NeedRow.unmet_reason, NeedRow.county,
        NeedRow.zip_code, NeedRow.month,
    )  # fmt: skip
    needs = select(*need_columns, func.sum(NeedRow.count)).where(
        NeedRow.unmet_reason != "", NeedRow.month.between(first, last)
    )
    for heading, topic, reason, *place, month, number in session.execute(
        needs.group_by(*need_columns)
    ):
        known = {
            _D.HEADING: heading,
            _D.TERM: topic,
            _D.UNMET_GROUP: _GROUP_OF_REASON.get(reason, ""),
        }
        known |= dict(zip(_PLACE_DIMENSIONS, place, strict=True))
        yield _UnmetNeeds(known | {_D.SOURCE: Source.DESK.value}, month, int(number))
    search_columns = (
        MissedSearchRow.heading, MissedSearchRow.term_code, MissedSearchRow.county,
        MissedSearchRow.zip_code, MissedSearchRow.month,
    )  # fmt: skip
    searches = select(*search_columns, func.sum(MissedSearchRow.count)).where(
        MissedSearchRow.heading != "", MissedSearchRow.month.between(first, last)
    )
    for heading, topic, *place, month, number in session.execute(
        searches.group_by(*search_columns)
    ):
        known = {_D.HEADING: heading, _D.TERM: topic, _D.UNMET_GROUP: UnmetGroup.NOT_FOUND.value}
        known |= dict(zip(_PLACE_DIMENSIONS, place, strict=True))
        yield _UnmetNeeds(known | {_D.SOURCE: Source.SEARCHES.value}, month, int(number))
    replies = session.execute(
        select(SlipReplyRow.service_id, SlipReplyRow.kind, SlipReplyRow.month, func.count())
        .where(SlipReplyRow.kind.in_(_GROUP_OF_REPLY), SlipReplyRow.month.between(first, last))
        .group_by(SlipReplyRow.service_id, SlipReplyRow.kind, SlipReplyRow.month)
    ).all()
    headings = _read_first_headings(session, {service_id for service_id, *_ in replies})
    for service_id, kind, month, number in replies:
        known = {_D.HEADING: headings.get(service_id, ""), _D.UNMET_GROUP: _GROUP_OF_REPLY[kind]}
        yield _UnmetNeeds(known | {_D.SOURCE: Source.SLIPS.value}, month, number)


def _read_first_headings(session: Session, service_ids: set[str]) -> dict[str, str]:
    """Return the first heading that each service is filed under, by service id."""
    places = {heading.slug: place for place, heading in enumerate(read_headings(session))}
    statement = select(ServiceHeadingRow.service_id, ServiceHeadingRow.heading).where(
        ServiceHeadingRow.retired_at.is_(None)
    )
    found: dict[str, str] = {}
    for service_id, heading in session.execute(statement):
        if service_id in service_ids:
            first = found.setdefault(service_id, heading)
            found[service_id] = min(first, heading, key=lambda slug: places.get(slug, len(places)))
    return found
