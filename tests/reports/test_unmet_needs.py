"""Unmet needs: three sources in one place, added up."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from referral.desk.codes import UnmetReason
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.referrals import add_referral, reply_to_slip, slip_items
from referral.directory.instance import Instance, local_month
from referral.reports.records import Dimension, Measure, Scope, Source, period_of
from referral.reports.standard_reports import read_reports
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.slips.slips import make_slip
from referral.store.rows_log import MissedSearchRow
from tests.support.inquiries import add_unmet

LATE = "2026-02"  # a month that is over for every source, when it is told on the fifth of May


@pytest.fixture
def period(instance, monkeypatch):
    then = datetime(2026, 5, 9, 12, tzinfo=UTC)
    monkeypatch.setattr(Instance, "now", lambda _: then)
    return LATE


def add_searches(instance, number, county="Crawford County, PA"):
    with instance.store.write() as session:
        for id_, heading in (("m1", "health"), ("m2", "")):
            session.add(
                MissedSearchRow(
                    id=id_, month=LATE, county=county, count=number, heading=heading,
                    term_code="dentures" if heading else "",
                )
            )  # fmt: skip


def add_replies(instance, service_id, kind, number):
    with instance.store.write() as session:
        session.add_all(
            SlipReplyRow(
                id=str(uuid4()),
                service_id=service_id,
                kind=kind,
                month=LATE,
                replied_at=instance.now(),
            )
            for _ in range(number)
        )


def sums(instance, month, dimension):
    scope = Scope(name=month, period=period_of(month), is_live=True)
    [table] = read_reports(instance, scope, [(Measure.ALL_UNMET, dimension)]).tables
    assert table.total == sum(cell.number for cell in table.cells)
    return {cell.value: cell.number for cell in table.cells}


def test_all_three_sources_are_added(instance, period, services):
    add_unmet(instance, 6, reason=UnmetReason.NOT_ELIGIBLE, month=LATE)
    add_searches(instance, 7)
    add_replies(instance, services[0], SlipReply.FULL, 8)
    add_replies(instance, services[0], SlipReply.NOT_ELIGIBLE, 5)
    add_replies(instance, services[0], SlipReply.GOT_HELP, 9)
    by_source = {Source.SLIPS: 13, Source.SEARCHES: 7, Source.DESK: 6}
    assert sums(instance, period, Dimension.SOURCE) == by_source
    groups = {"not_available": 8, "not_eligible": 11, "not_found": 7}
    assert sums(instance, period, Dimension.UNMET_GROUP) == groups
    assert sums(instance, period, Dimension.MONTH) == {LATE: 26}
    assert sum(sums(instance, period, Dimension.TERM).values()) == 26
    assert sums(instance, period, Dimension.COUNTY) == {"Crawford County, PA": 13, "": 13}
    assert sums(instance, period, Dimension.ZIP_CODE) == {"Crawford County, PA": 13, "": 13}


def test_what_was_given_to_learn_counts_nowhere(instance, period, services, monkeypatch):
    for training in (True, False):
        inquiry_id = open_inquiry(instance, "a1", training=training)
        add_referral(instance, inquiry_id, services[0])
        code = make_slip(instance, slip_items(read_inquiry(instance, inquiry_id)))
        reply_to_slip(instance, code, services[0], SlipReply.FULL)
    month = local_month(instance)
    then = instance.now() + timedelta(days=99)
    monkeypatch.setattr(Instance, "now", lambda _: then)
    assert sums(instance, month, Dimension.SOURCE) == {Source.SLIPS: 1}
