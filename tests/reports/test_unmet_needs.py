"""Unmet needs: three sources in one place, added up."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from referral.desk.codes import UnmetReason
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.referrals import add_referral, reply_to_slip, slip_items
from referral.directory.context import Directory, local_month
from referral.reports.records import Dimension, Measure, Scope, Source, period_of
from referral.reports.standard_reports import read_reports
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.slips.slips import make_slip
from referral.store.rows_log import MissedSearchRow
from tests.support.inquiries import add_unmet

LATE = "2026-02"  # a month that is over for every source, when it is told on the fifth of May


@pytest.fixture
def period(directory, monkeypatch):
    then = datetime(2026, 5, 9, 12, tzinfo=UTC)
    monkeypatch.setattr(Directory, "now", lambda _: then)
    return LATE


def add_searches(directory, number, county="Crawford County, PA"):
    with directory.store.write() as session:
        for id_, heading in (("m1", "health"), ("m2", "")):
            session.add(
                MissedSearchRow(
                    id=id_, month=LATE, county=county, count=number, heading=heading,
                    term_code="dentures" if heading else "",
                )
            )  # fmt: skip


def add_replies(directory, service_id, kind, number):
    with directory.store.write() as session:
        session.add_all(
            SlipReplyRow(
                id=str(uuid4()),
                service_id=service_id,
                kind=kind,
                month=LATE,
                replied_at=directory.now(),
            )
            for _ in range(number)
        )


def sums(directory, month, dimension):
    scope = Scope(name=month, period=period_of(month), is_live=True)
    [table] = read_reports(directory, scope, [(Measure.ALL_UNMET, dimension)]).tables
    assert table.total == sum(cell.number for cell in table.cells)
    return {cell.value: cell.number for cell in table.cells}


def test_all_three_sources_are_added(directory, period, services):
    add_unmet(directory, 6, reason=UnmetReason.NOT_ELIGIBLE, month=LATE)
    add_searches(directory, 7)
    add_replies(directory, services[0], SlipReply.FULL, 8)
    add_replies(directory, services[0], SlipReply.NOT_ELIGIBLE, 5)
    add_replies(directory, services[0], SlipReply.GOT_HELP, 9)
    by_source = {Source.SLIPS: 13, Source.SEARCHES: 7, Source.DESK: 6}
    assert sums(directory, period, Dimension.SOURCE) == by_source
    groups = {"not_available": 8, "not_eligible": 11, "not_found": 7}
    assert sums(directory, period, Dimension.UNMET_GROUP) == groups
    assert sums(directory, period, Dimension.MONTH) == {LATE: 26}
    assert sum(sums(directory, period, Dimension.TERM).values()) == 26
    assert sums(directory, period, Dimension.COUNTY) == {"Crawford County, PA": 13, "": 13}
    assert sums(directory, period, Dimension.ZIP_CODE) == {"Crawford County, PA": 13, "": 13}


def test_what_was_given_to_learn_counts_nowhere(directory, period, services, monkeypatch):
    for training in (True, False):
        inquiry_id = open_inquiry(directory, "a1", training=training)
        add_referral(directory, inquiry_id, services[0])
        code = make_slip(directory, slip_items(read_inquiry(directory, inquiry_id)))
        reply_to_slip(directory, code, services[0], SlipReply.FULL)
    month = local_month(directory)
    then = directory.now() + timedelta(days=99)
    monkeypatch.setattr(Directory, "now", lambda _: then)
    assert sums(directory, month, Dimension.SOURCE) == {Source.SLIPS: 1}
