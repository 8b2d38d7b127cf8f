"""Report on unmet needs from three sources: desk, searches without results, slip replies.

The desk contributes needs that were unmet or partly met, searches count by the topic that their
words stand for or that staff assigned to a word, slips by the replies "full" and "not eligible". A
slip has a service and a month, no place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.desk.codes import UnmetGroup
from referral.directory.context import Directory
from referral.directory.missed_search_counts import Review
from referral.reports.code_names import CodeNames, read_code_names
from referral.reports.counts import UnmetKey, count_unmet_needs
from referral.reports.records import CrossTable, Dimension, Period, build_cross_table
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.store.rows_classification import ServiceHeadingRow
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import read_headings

UnmetCount = tuple[UnmetKey, int]


class Source(StrEnum):
    """Source of an unmet need."""

    DESK = "desk"
    SEARCHES = "searches"
    SLIPS = "slips"


class UnmetNeedsView(StrEnum):
    """Dimension of the report."""

    HEADING = "heading"
    TERM = "term"
    COUNTY = "county"
    MONTH = "month"
    SOURCE = "source"


GROUPS = tuple(group.value for group in UnmetGroup)
_REPLIES = {
    SlipReply.FULL: UnmetGroup.NOT_AVAILABLE,
    SlipReply.NOT_ELIGIBLE: UnmetGroup.NOT_ELIGIBLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetNeeds:
    """Unmet needs of a period: for each view a table by kind of gap."""

    period: Period
    tables: Mapping[UnmetNeedsView, CrossTable]
    names: CodeNames


def read_unmet_needs(directory: Directory, period: Period) -> UnmetNeeds:
    """The unmet needs of a period, suppressed.

    A filter by desk leaves the desk alone; a filter by county excludes slips, which have none.
    """
    with directory.store.read() as session:
        counted = {
            Source.DESK: list(count_unmet_needs(session, period)),
            Source.SEARCHES: [] if period.desk else list(_missed_searches(session, period)),
            Source.SLIPS: []
            if period.desk or period.county
            else list(_slip_replies(session, period)),
        }
        everything = [one for some in counted.values() for one in some]
        tables = {
            UnmetNeedsView.HEADING: _table(everything, lambda key: key.heading),
            UnmetNeedsView.TERM: _table(everything, lambda key: key.term),
            UnmetNeedsView.COUNTY: _table(everything, lambda key: key.county),
            UnmetNeedsView.MONTH: _table(everything, lambda key: key.month, by_name=True),
            UnmetNeedsView.SOURCE: _by_source(counted),
        }
        terms = {code for code, _, _ in tables[UnmetNeedsView.TERM].rows}
        names = read_code_names(
            directory, session, {Dimension.TERM: terms, Dimension.HEADING: set()}
        )
        return UnmetNeeds(period=period, tables=tables, names=names)


def _table(
    counted: Iterable[UnmetCount], row_of: Callable[[UnmetKey], str], *, by_name: bool = False
) -> CrossTable:
    counts: Counter[tuple[str, str]] = Counter()
    for key, number in counted:
        counts[row_of(key), key.group] += number
    return build_cross_table(GROUPS, counts, by_name=by_name)


def _by_source(counted: Mapping[Source, Iterable[UnmetCount]]) -> CrossTable:
    counts: Counter[tuple[str, str]] = Counter()
    for source, some in counted.items():
        for key, number in some:
            counts[source, key.group] += number
    return build_cross_table(GROUPS, counts)


def _missed_searches(session: Session, period: Period) -> Iterator[UnmetCount]:
    row = MissedSearchRow
    statement = (
        select(row.heading, row.term_code, row.county, row.month, func.sum(row.count))
        .where(row.status == Review.KEPT)
        .where(row.month.between(period.first_month, period.last_month))
        .group_by(row.heading, row.term_code, row.county, row.month)
    )
    if period.county:
        statement = statement.where(row.county == period.county)
    if period.heading:
        statement = statement.where(row.heading == period.heading)
    for heading, term, county, month, number in session.execute(statement):
        yield UnmetKey(heading, term, county, month, UnmetGroup.NOT_FOUND), int(number)


def _slip_replies(session: Session, period: Period) -> Iterator[UnmetCount]:
    row = SlipReplyRow
    statement = (
        select(row.service_id, row.kind, row.month, func.count())
        .where(row.kind.in_(list(_REPLIES)))
        .where(row.month.between(period.first_month, period.last_month))
        .group_by(row.service_id, row.kind, row.month)
    )
    replies = session.execute(statement).all()
    headings = _headings_of(session, {reply[0] for reply in replies})
    for service_id, kind, month, number in replies:
        heading = headings.get(service_id, "")
        if period.heading in {"", heading}:
            yield UnmetKey(heading, "", "", month, _REPLIES[SlipReply(kind)]), int(number)


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
