"""Exact counts of closed inquiries, searches and replies by month, grouped in SQL.

Nothing here is shown: ``publication`` decides what of it may be. Open and training inquiries have
no month, so no count includes them. Inquiries with their needs and referrals count as often as
their ``count`` says; short questions without a need are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, extract, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.desk.codes import UNMET_GROUPS, UnmetGroup
from referral.desk.rows import FollowUpRow, InquiryRow, NeedRow, ReferralRow
from referral.reports.records import GAP, Dimension, Measure
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.store.rows_classification import ServiceHeadingRow
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import read_headings

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
CountKey = tuple[str, str, str]
"""The value above it ("" for none), the value, the month."""

ABOVE: Mapping[Dimension, Dimension] = {
    Dimension.ZIP_CODE: Dimension.COUNTY,
    Dimension.TERM: Dimension.HEADING,
    Dimension.UNMET_REASON: Dimension.UNMET_GROUP,
    Dimension.HEADING_REASON: Dimension.HEADING,
}
"""A dimension that divides the values of another one."""

_GROUPS = {reason.value: group.value for reason, group in UNMET_GROUPS.items()}
_REPLIES = {
    SlipReply.FULL.value: UnmetGroup.NOT_AVAILABLE.value,
    SlipReply.NOT_ELIGIBLE.value: UnmetGroup.NOT_ELIGIBLE.value,
}
_REPLY_KINDS: Mapping[Measure, tuple[str, ...]] = {
    Measure.REPLIES: tuple(_REPLIES),
    Measure.FULL: (SlipReply.FULL.value,),
    Measure.NOT_ELIGIBLE: (SlipReply.NOT_ELIGIBLE.value,),
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
        Dimension.UNMET_GROUP: case(_GROUPS, value=NeedRow.unmet_reason, else_=""),
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
    Measure.SEARCHES: {
        Dimension.HEADING: MissedSearchRow.heading,
        Dimension.TERM: MissedSearchRow.term_code,
        Dimension.COUNTY: MissedSearchRow.county,
    },
}


_NUMBERS: Mapping[Measure, ColumnElement[int]] = {
    Measure.INQUIRIES: func.sum(InquiryRow.count),
    Measure.NEEDS: func.sum(NeedRow.count),
    Measure.UNMET: func.sum(NeedRow.count),
    Measure.REFERRALS: func.sum(ReferralRow.count),
    Measure.RESULTS: func.sum(ReferralRow.count),
    Measure.FOLLOW_UPS: func.count(),
    Measure.SEARCHES: func.sum(MissedSearchRow.count),
}
"""What the rows of a group count for."""


@dataclass(frozen=True, slots=True)
class Family:
    """The counts of one measure by one dimension, in every period.

    Attributes:
        below: a dimension that divides the values of this one.
        is_open: whether every count is published: it counts work of the library, not people.
        whole: the measure that it is a part of.
        after: the measure that is decided first; what it hides is hidden here too, since its counts
            limit these.
        always: values that are published although the others may not be.
    """

    measure: Measure
    dimension: Dimension
    below: Dimension | None = None
    is_open: bool = False
    whole: Measure | None = None
    after: Measure | None = None
    always: frozenset[str] = frozenset()


_M, _D = Measure, Dimension
FAMILIES: tuple[Family, ...] = (
    Family(_M.INQUIRIES, _D.DESK, is_open=True),
    Family(_M.INQUIRIES, _D.CHANNEL, is_open=True),
    Family(_M.INQUIRIES, _D.WEEKDAY, is_open=True),
    Family(_M.INQUIRIES, _D.HOUR, is_open=True),
    Family(_M.INQUIRIES, _D.LANGUAGE),
    Family(_M.INQUIRIES, _D.AGE_BAND),
    Family(_M.INQUIRIES, _D.HOUSEHOLD),
    Family(_M.INQUIRIES, _D.COUNTY, _D.ZIP_CODE),
    Family(_M.NEEDS, _D.DESK, is_open=True),
    Family(_M.NEEDS, _D.HEADING, _D.TERM),
    Family(_M.NEEDS, _D.OUTCOME, always=frozenset({GAP})),
    Family(_M.NEEDS, _D.COUNTY, _D.ZIP_CODE, after=_M.INQUIRIES),
    Family(_M.UNMET, _D.DESK, is_open=True),
    Family(_M.UNMET, _D.HEADING, _D.TERM, whole=_M.NEEDS, after=_M.NEEDS),
    Family(_M.UNMET, _D.OUTCOME),
    Family(_M.UNMET, _D.UNMET_GROUP, _D.UNMET_REASON),
    Family(_M.UNMET, _D.COUNTY, _D.ZIP_CODE, whole=_M.NEEDS, after=_M.NEEDS),
    Family(_M.REFERRALS, _D.DESK, is_open=True),
    Family(_M.REFERRALS, _D.SERVICE, is_open=True),
    Family(_M.REFERRALS, _D.HEADING, _D.TERM),
    Family(_M.FOLLOW_UPS, _D.DESK, is_open=True),
    Family(_M.FOLLOW_UPS, _D.STATUS, is_open=True),
    Family(_M.RESULTS, _D.DESK, is_open=True),
    Family(_M.RESULTS, _D.RESULT),
    Family(_M.RESULTS, _D.WHY_NOT),
    Family(_M.BARRIERS, _D.BARRIER),
    Family(_M.SEARCHES, _D.HEADING, _D.TERM),
    Family(_M.SEARCHES, _D.COUNTY),
    Family(_M.REPLIES, _D.UNMET_GROUP, is_open=True),
    Family(_M.FULL, _D.HEADING),
    Family(_M.NOT_ELIGIBLE, _D.HEADING),
)
"""Whatever is counted."""


def dimensions_of(measure: Measure) -> tuple[Dimension, ...]:
    """Dimensions of a measure; every measure is counted by month."""
    of = [family for family in FAMILIES if family.measure is measure]
    below = [each for family in of for each in (family.dimension, family.below) if each]
    crossed = [Dimension.HEADING_REASON] if measure is Measure.UNMET else []
    return (Dimension.MONTH, *below, *crossed)


def first_month(session: Session) -> str:
    """The first month in which anything is counted; "" where nothing is."""
    found = [
        session.scalar(select(func.min(row.month)).where(row.month != ""))
        for row in (InquiryRow, MissedSearchRow, SlipReplyRow)
    ]
    return min(filter(None, found), default="")


def count_by_month(
    session: Session, measure: Measure, dimension: Dimension, first: str, last: str
) -> Counter[CountKey]:
    """Counts by value and month, from the first month to the last."""
    if measure is Measure.BARRIERS:
        return _count_barriers(session, first, last)
    if measure in _REPLY_KINDS:
        return _count_replies(session, measure, dimension, (first, last))
    of = _COLUMNS[measure]
    above = of[ABOVE[dimension]] if dimension in ABOVE else literal("")
    month = _month_of(measure)
    names = ("of_above", "of_value", "of_month")  # no names of columns, for GROUP BY
    columns = [
        column.label(name)
        for column, name in zip((above, of[dimension], month), names, strict=True)
    ]
    statement = _statement(measure, *columns, _NUMBERS[measure])
    statement = statement.where(month.between(first, last)).group_by(*names)
    counts = Counter[CountKey]()
    for key_above, value, key_month, number in session.execute(statement):
        counts[key_above or "", _text(value), key_month] += int(number)
    return counts


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _month_of(measure: Measure) -> Column:
    if measure is Measure.FOLLOW_UPS:
        # Kept from its index, SQLite begins with the few follow-ups and not with all inquiries.
        return func.coalesce(InquiryRow.month, "")
    return {
        Measure.INQUIRIES: InquiryRow.month,
        Measure.REFERRALS: ReferralRow.month,
        Measure.RESULTS: ReferralRow.month,
        Measure.SEARCHES: MissedSearchRow.month,
    }.get(measure, NeedRow.month)


def _statement(measure: Measure, *columns: Any) -> Select[Any]:
    statement = select(*columns)
    if measure is Measure.FOLLOW_UPS:
        statement = statement.select_from(InquiryRow).join(FollowUpRow)
    if measure is Measure.INQUIRIES:
        statement = statement.where(InquiryRow.with_need)
    if measure is Measure.UNMET:
        statement = statement.where(NeedRow.unmet_reason != "")
    if measure is Measure.RESULTS:
        statement = statement.where(ReferralRow.tried.is_not(None))
    if measure is Measure.SEARCHES:
        statement = statement.where(MissedSearchRow.heading != "")
    return statement


def _count_barriers(session: Session, first: str, last: str) -> Counter[CountKey]:
    row, counts = InquiryRow, Counter[CountKey]()
    statement = select(row.month, row.barriers, row.count).where(row.month.between(first, last))
    for month, barriers, number in session.execute(statement):
        for barrier in set(barriers):
            counts["", barrier, month] += number
    return counts


def _count_replies(
    session: Session, measure: Measure, dimension: Dimension, months: tuple[str, str]
) -> Counter[CountKey]:
    row = SlipReplyRow
    statement = (
        select(row.service_id, row.kind, row.month, func.count())
        .where(row.kind.in_(_REPLY_KINDS[measure]), row.month.between(*months))
        .group_by(row.service_id, row.kind, row.month)
    )
    replies = session.execute(statement).all()
    headings = _headings_of(session, {reply[0] for reply in replies})
    counts = Counter[CountKey]()
    for service_id, kind, month, number in replies:
        value = headings.get(service_id, "") if dimension is Dimension.HEADING else _REPLIES[kind]
        counts["", value, month] += number
    return counts


def _headings_of(session: Session, service_ids: set[str]) -> dict[str, str]:
    """The first heading of each service, of those that stand under one."""
    order = {heading.slug: at for at, heading in enumerate(read_headings(session))}
    statement = select(ServiceHeadingRow.service_id, ServiceHeadingRow.heading).where(
        ServiceHeadingRow.retired_at.is_(None)
    )
    found: dict[str, str] = {}
    for service_id, heading in session.execute(statement):
        if service_id in service_ids:
            first = found.setdefault(service_id, heading)
            found[service_id] = min(first, heading, key=lambda slug: order.get(slug, len(order)))
    return found
