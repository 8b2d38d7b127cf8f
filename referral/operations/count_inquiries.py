"""Counts of the desk's work, by the database. Open inquiries and training have no month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.operations.directory import Directory
from referral.records.inquiry_codes import UNMET_GROUPS, UnmetGroup, UnmetReason
from referral.records.reports import Dimension, Measure, Period, Table, table_of
from referral.store.follow_up_rows import FollowUpRow
from referral.store.inquiry_rows import InquiryRow, NeedRow, ReferralRow

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

_OF_INQUIRIES: Mapping[Dimension, Column] = {
    Dimension.MONTH: InquiryRow.month,
    Dimension.DESK: InquiryRow.desk,
    Dimension.COUNTY: InquiryRow.county,
    Dimension.ZIP_CODE: InquiryRow.zip_code,
    Dimension.CHANNEL: InquiryRow.channel,
    Dimension.LANGUAGE: InquiryRow.language,
    Dimension.AGE_BAND: InquiryRow.age_band,
}
_OF_NEEDS: Mapping[Dimension, Column] = {
    Dimension.MONTH: NeedRow.month,
    Dimension.DESK: NeedRow.desk,
    Dimension.COUNTY: NeedRow.county,
    Dimension.HEADING: NeedRow.heading,
    Dimension.TERM: NeedRow.term_code,
    Dimension.OUTCOME: NeedRow.outcome,
    Dimension.UNMET_REASON: NeedRow.unmet_reason,
}
_OF_REFERRALS: Mapping[Dimension, Column] = {
    Dimension.MONTH: ReferralRow.month,
    Dimension.DESK: ReferralRow.desk,
    Dimension.COUNTY: ReferralRow.county,
    Dimension.HEADING: ReferralRow.heading,
    Dimension.SERVICE: ReferralRow.service_id,
    Dimension.RESULT: case(
        (ReferralRow.solved.is_(True), "solved"),
        (ReferralRow.got_help.is_(True), "got_help"),
        (ReferralRow.reached.is_(True), "reached"),
        (ReferralRow.tried.is_(True), "tried"),
        else_="not_tried",
    ),
    Dimension.WHY_NOT: ReferralRow.why_not,
}
# What stands in another table is joined, which takes longer: only these are.
_OF_NEEDS_JOINED = {Dimension.ZIP_CODE: InquiryRow.zip_code}
_OF_REFERRALS_JOINED = {Dimension.TERM: NeedRow.term_code}
_DIMENSIONS: Mapping[Measure, Mapping[Dimension, Column]] = {
    Measure.INQUIRIES: _OF_INQUIRIES,
    Measure.NEEDS: {**_OF_NEEDS, **_OF_NEEDS_JOINED},
    Measure.UNMET: {**_OF_NEEDS, **_OF_NEEDS_JOINED},
    Measure.REFERRALS: {**_OF_REFERRALS, **_OF_REFERRALS_JOINED},
    Measure.RESULTS: {**_OF_REFERRALS, **_OF_REFERRALS_JOINED},
    Measure.FOLLOW_UPS: {**_OF_INQUIRIES, Dimension.STATUS: FollowUpRow.status},
}


class UnmetCount(NamedTuple):
    """What kind of unmet need it is a count of; "" is not said."""

    heading: str
    term: str
    county: str
    month: str
    group: UnmetGroup


def dimensions_of(measure: Measure) -> tuple[Dimension, ...]:
    """By what a measure can be counted."""
    return tuple(_DIMENSIONS[measure])


def count_inquiries(
    directory: Directory, measure: Measure, dimension: Dimension, period: Period
) -> Table:
    """One table of counts, small numbers kept to itself."""
    with directory.store.read() as session:
        return count_in(session, measure, dimension, period)


def count_in(session: Session, measure: Measure, dimension: Dimension, period: Period) -> Table:
    """As ``count_inquiries``, for several tables of one moment."""
    column = _DIMENSIONS[measure][dimension]
    statement = _counted(measure, period, column, func.count()).group_by(column)
    statement = _joined(statement, measure, dimension)
    counts = [(value or "", int(number)) for value, number in session.execute(statement)]
    return table_of(measure, dimension, counts)


def unmet_counts(session: Session, period: Period) -> Iterator[tuple[UnmetCount, int]]:
    """Needs that the desk could not meet, by all that the ledger tells apart."""
    columns = (NeedRow.heading, NeedRow.term_code, NeedRow.county, NeedRow.month)
    statement = _counted(Measure.UNMET, period, *columns, NeedRow.unmet_reason, func.count())
    statement = statement.group_by(*columns, NeedRow.unmet_reason)
    for heading, term, county, month, reason, number in session.execute(statement):
        group = UNMET_GROUPS[UnmetReason(reason)]
        yield UnmetCount(heading, term, county, month, group), int(number)


def months_with_inquiries(directory: Directory) -> tuple[str, ...]:
    """The months that there is something to report of, rising."""
    with directory.store.read() as session:
        return values_of(session, InquiryRow.month)


def values_of(session: Session, column: InstrumentedAttribute[str]) -> tuple[str, ...]:
    """What an inquiry that counts can have in a column, rising, but not empty."""
    statement = select(column).where(InquiryRow.month != "", column != "").distinct()
    return tuple(session.scalars(statement.order_by(column)))


def unmet_by_group(session: Session, period: Period) -> Table:
    """Unmet needs by what kind of gap they show (``UnmetGroup``)."""
    column = NeedRow.unmet_reason
    statement = _counted(Measure.UNMET, period, column, func.count()).group_by(column)
    groups: dict[str, int] = {}
    for reason, number in session.execute(statement):
        group = UNMET_GROUPS[reason].value
        groups[group] = groups.get(group, 0) + int(number)
    return table_of(Measure.UNMET, Dimension.UNMET_REASON, groups.items())


def _counted(measure: Measure, period: Period, *columns: Any) -> Select[Any]:
    statement, of = select(*columns), _DIMENSIONS[measure]
    if measure is Measure.FOLLOW_UPS:
        statement = statement.select_from(InquiryRow).join(FollowUpRow)
    if measure is Measure.UNMET:
        statement = statement.where(NeedRow.unmet_reason != "")
    if measure is Measure.RESULTS:
        statement = statement.where(ReferralRow.tried.is_not(None))
    narrowed = {
        Dimension.DESK: period.desk,
        Dimension.COUNTY: period.county,
        Dimension.HEADING: period.heading,
    }
    for dimension, wanted in narrowed.items():
        if wanted and dimension in of:
            statement = statement.where(of[dimension] == wanted)
        elif wanted:
            statement = statement.where(InquiryRow.needs.any(NeedRow.heading == wanted))
    month = of[Dimension.MONTH]
    return statement.where(month.between(period.first_month, period.last_month))


def _joined(statement: Select[Any], measure: Measure, dimension: Dimension) -> Select[Any]:
    if measure in {Measure.REFERRALS, Measure.RESULTS} and dimension in _OF_REFERRALS_JOINED:
        return statement.select_from(ReferralRow).join(NeedRow)
    if measure in {Measure.NEEDS, Measure.UNMET} and dimension in _OF_NEEDS_JOINED:
        return statement.select_from(NeedRow).join(InquiryRow)
    return statement
