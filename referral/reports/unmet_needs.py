"""The ledger of unmet needs: what the desk, searches and slips tell, in one place.

Three sources are counted together: needs that the desk could not meet or only partly, searches
that found nothing once somebody has read the words, and what slips say back ("full", "not
eligible"). A slip tells the service and the month, never where the person lives.
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
from referral.directory.missed_searches import Review
from referral.reports.counts import UnmetCount, unmet_counts
from referral.reports.records import (
    CrossTable,
    Dimension,
    Period,
    cross_table_of,
)
from referral.reports.report_names import Names, read_names
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.store.rows_classification import ServiceHeadingRow
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import read_headings

Counted = tuple[UnmetCount, int]


class Source(StrEnum):
    """Who tells of an unmet need."""

    DESK = "desk"
    SEARCHES = "searches"
    SLIPS = "slips"


class LedgerView(StrEnum):
    """By what the ledger can be read."""

    HEADING = "heading"
    TERM = "term"
    COUNTY = "county"
    MONTH = "month"
    SOURCE = "source"


LEDGER_GROUPS = tuple(group.value for group in UnmetGroup)
_REPLIES = {
    SlipReply.FULL: UnmetGroup.NOT_AVAILABLE,
    SlipReply.NOT_ELIGIBLE: UnmetGroup.NOT_ELIGIBLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The ledger of a period: for each view a table of what by the kind of gap."""

    period: Period
    tables: Mapping[LedgerView, CrossTable]
    names: Names


def read_ledger(directory: Directory, period: Period) -> Ledger:
    """The ledger, small counts kept to itself.

    Narrowed to a desk only the desk counts, and narrowed to a county slips do not: neither says
    where else it is from.
    """
    with directory.store.read() as session:
        counted = {
            Source.DESK: list(unmet_counts(session, period)),
            Source.SEARCHES: [] if period.desk else list(_missed(session, period)),
            Source.SLIPS: [] if period.desk or period.county else list(_replies(session, period)),
        }
        everything = [one for some in counted.values() for one in some]
        tables = {
            LedgerView.HEADING: _table(everything, lambda key: key.heading),
            LedgerView.TERM: _table(everything, lambda key: key.term),
            LedgerView.COUNTY: _table(everything, lambda key: key.county),
            LedgerView.MONTH: _table(everything, lambda key: key.month, by_name=True),
            LedgerView.SOURCE: _by_source(counted),
        }
        terms = {code for code, _, _ in tables[LedgerView.TERM].rows}
        names = read_names(directory, session, {Dimension.TERM: terms, Dimension.HEADING: set()})
        return Ledger(period=period, tables=tables, names=names)


def _table(
    counted: Iterable[Counted], row_of: Callable[[UnmetCount], str], *, by_name: bool = False
) -> CrossTable:
    counts: Counter[tuple[str, str]] = Counter()
    for key, number in counted:
        counts[row_of(key), key.group] += number
    return cross_table_of(LEDGER_GROUPS, counts, by_name=by_name)


def _by_source(counted: Mapping[Source, Iterable[Counted]]) -> CrossTable:
    counts: Counter[tuple[str, str]] = Counter()
    for source, some in counted.items():
        for key, number in some:
            counts[source, key.group] += number
    return cross_table_of(LEDGER_GROUPS, counts)


def _missed(session: Session, period: Period) -> Iterator[Counted]:
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
        yield UnmetCount(heading, term, county, month, UnmetGroup.NOT_FOUND), int(number)


def _replies(session: Session, period: Period) -> Iterator[Counted]:
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
            yield UnmetCount(heading, "", "", month, _REPLIES[SlipReply(kind)]), int(number)


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
