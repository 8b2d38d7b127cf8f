"""Counts of inquiries, needs, referrals and follow-ups by dimension, grouped in SQL.

Open and training inquiries have no month, so no count includes them. Inquiries with their needs and
referrals count as often as their ``count`` says; short questions without a need are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.desk.codes import UNMET_GROUPS, Outcome, UnmetGroup, UnmetReason
from referral.desk.rows import FollowUpRow, InquiryRow, NeedRow, ReferralRow
from referral.directory.context import Directory
from referral.fields.places.lookup import find_zip
from referral.reports.records import Dimension, Measure, Period, Table, build_table

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

_INQUIRY_COLUMNS: Mapping[Dimension, Column] = {
    Dimension.MONTH: InquiryRow.month,
    Dimension.DESK: InquiryRow.desk,
    Dimension.COUNTY: InquiryRow.county,
    Dimension.ZIP_CODE: InquiryRow.zip_code,
    Dimension.CHANNEL: InquiryRow.channel,
    Dimension.LANGUAGE: InquiryRow.language,
    Dimension.AGE_BAND: InquiryRow.age_band,
}
_NEED_COLUMNS: Mapping[Dimension, Column] = {
    Dimension.MONTH: NeedRow.month,
    Dimension.DESK: NeedRow.desk,
    Dimension.COUNTY: NeedRow.county,
    Dimension.ZIP_CODE: NeedRow.zip_code,
    Dimension.HEADING: NeedRow.heading,
    Dimension.TERM: NeedRow.term_code,
    Dimension.OUTCOME: NeedRow.outcome,
    Dimension.UNMET_REASON: NeedRow.unmet_reason,
}
_REFERRAL_COLUMNS: Mapping[Dimension, Column] = {
    Dimension.MONTH: ReferralRow.month,
    Dimension.DESK: ReferralRow.desk,
    Dimension.COUNTY: ReferralRow.county,
    Dimension.HEADING: ReferralRow.heading,
    Dimension.TERM: ReferralRow.term_code,
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
_COLUMNS: Mapping[Measure, Mapping[Dimension, Column]] = {
    Measure.INQUIRIES: _INQUIRY_COLUMNS,
    Measure.NEEDS: _NEED_COLUMNS,
    Measure.UNMET: _NEED_COLUMNS,
    Measure.REFERRALS: _REFERRAL_COLUMNS,
    Measure.RESULTS: _REFERRAL_COLUMNS,
    Measure.FOLLOW_UPS: {**_INQUIRY_COLUMNS, Dimension.STATUS: FollowUpRow.status},
}
_NUMBERS: Mapping[Measure, ColumnElement[int]] = {
    Measure.INQUIRIES: func.sum(InquiryRow.count),
    Measure.NEEDS: func.sum(NeedRow.count),
    Measure.UNMET: func.sum(NeedRow.count),
    Measure.REFERRALS: func.sum(ReferralRow.count),
    Measure.RESULTS: func.sum(ReferralRow.count),
    Measure.FOLLOW_UPS: func.count(),
}
# How the indexes of reports begin: what is counted by all of it is not sorted for it.
_INDEX_ORDER: Mapping[Measure, tuple[Dimension, ...]] = {
    Measure.INQUIRIES: (Dimension.MONTH, Dimension.DESK, Dimension.COUNTY),
    Measure.NEEDS: (Dimension.MONTH, Dimension.HEADING, Dimension.TERM, Dimension.OUTCOME),
    Measure.REFERRALS: (Dimension.MONTH, Dimension.HEADING, Dimension.SERVICE),
}


class UnmetKey(NamedTuple):
    """What a count of unmet needs is grouped by; "" is not said."""

    heading: str
    term: str
    county: str
    month: str
    group: UnmetGroup


def dimensions_of(measure: Measure) -> tuple[Dimension, ...]:
    """Dimensions of a measure."""
    return tuple(_COLUMNS[measure])


def count_table(
    directory: Directory, measure: Measure, dimension: Dimension, period: Period
) -> Table:
    """One table of counts, suppressed."""
    with directory.store.read() as session:
        return count_tables(session, measure, [dimension], period)[0]


def count_tables(
    session: Session, measure: Measure, dimensions: Sequence[Dimension], period: Period
) -> tuple[Table, ...]:
    """Several tables of one measure in one transaction and one pass through an index."""
    of = _COLUMNS[measure]
    counted = _group_by(measure, dimensions)
    columns = [of[dimension] for dimension in counted]
    statement = _count_statement(measure, period, *columns, _NUMBERS[measure]).group_by(*columns)
    rows = session.execute(statement).all()
    tables = []
    for dimension in dimensions:
        at, counts = counted.index(dimension), Counter[str]()
        for row in rows:
            counts[row[at] or ""] += row[-1]
        tables.append(build_table(measure, dimension, counts.items(), _parents(dimension, counts)))
    return tuple(tables)


def _group_by(measure: Measure, dimensions: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """Columns to group by: a prefix of the index where possible, so that nothing is sorted."""
    order = _INDEX_ORDER.get(measure, ())
    if not set(dimensions) <= set(order):
        return tuple(dimensions)
    return order[: max(order.index(dimension) for dimension in dimensions) + 1]


def _parents(dimension: Dimension, values: Iterable[str]) -> dict[str, str]:
    """Value → parent, where another report shows the sums by parent."""
    if dimension is Dimension.UNMET_REASON:
        return {each: UNMET_GROUPS[UnmetReason(each)] for each in values if each}
    if dimension is Dimension.OUTCOME:
        gaps = {Outcome.UNMET, Outcome.PARTLY_MET}
        return {each: str(each in gaps) for each in values}
    if dimension is Dimension.ZIP_CODE:
        places = {each: find_zip(each) for each in values if each}
        return {each: f"{place.county}, {place.state}" for each, place in places.items() if place}
    return {}


def count_unmet_needs(session: Session, period: Period) -> Iterator[tuple[UnmetKey, int]]:
    """Unmet needs of the desk, by every dimension of the report on unmet needs."""
    columns = (NeedRow.heading, NeedRow.term_code, NeedRow.county, NeedRow.month)
    statement = _count_statement(
        Measure.UNMET, period, *columns, NeedRow.unmet_reason, _NUMBERS[Measure.UNMET]
    )
    statement = statement.group_by(*columns, NeedRow.unmet_reason)
    for heading, term, county, month, reason, number in session.execute(statement):
        group = UNMET_GROUPS[UnmetReason(reason)]
        yield UnmetKey(heading, term, county, month, group), int(number)


def distinct_values(session: Session) -> tuple[tuple[str, ...], ...]:
    """Months, desks and counties of the counted inquiries, each sorted and without "".

    All of them come from one pass through the index of reports, which begins with these three.
    """
    columns = (InquiryRow.month, InquiryRow.desk, InquiryRow.county)
    found = session.execute(select(*columns).where(InquiryRow.month != "").group_by(*columns))
    values = [sorted(set(column) - {""}) for column in zip(*found, strict=True)]
    return tuple(map(tuple, values)) or ((), (), ())


def count_unmet_groups(session: Session, period: Period) -> Table:
    """Unmet needs by kind of gap (``UnmetGroup``)."""
    column = NeedRow.unmet_reason
    number = _NUMBERS[Measure.UNMET]
    statement = _count_statement(Measure.UNMET, period, column, number).group_by(column)
    groups: dict[str, int] = {}
    for reason, number in session.execute(statement):
        group = UNMET_GROUPS[reason].value
        groups[group] = groups.get(group, 0) + int(number)
    return build_table(Measure.UNMET, Dimension.UNMET_REASON, groups.items())


def _count_statement(measure: Measure, period: Period, *columns: Any) -> Select[Any]:
    statement, of = select(*columns), _COLUMNS[measure]
    if measure is Measure.FOLLOW_UPS:
        statement = statement.select_from(InquiryRow).join(FollowUpRow)
    if measure is Measure.INQUIRIES:
        statement = statement.where(InquiryRow.with_need)
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
            statement = statement.where(InquiryRow.id.in_(_inquiries_with_heading(period)))
    month = of[Dimension.MONTH]
    if measure is Measure.FOLLOW_UPS:
        # Kept from its index, SQLite begins with the few follow-ups and not with all inquiries.
        month = func.coalesce(month, "")
    return statement.where(month.between(period.first_month, period.last_month))


def _inquiries_with_heading(period: Period) -> Select[Any]:
    """The inquiries of a period with a need under its heading."""
    return select(NeedRow.inquiry_id).where(
        NeedRow.heading == period.heading,
        NeedRow.month.between(period.first_month, period.last_month),
    )
