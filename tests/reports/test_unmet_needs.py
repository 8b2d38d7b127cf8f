"""Unmet needs: three sources in one place, each narrowed by what it knows."""

from uuid import uuid4

import pytest

from referral.desk.codes import UnmetReason
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.referrals import add_referral
from referral.desk.slip_replies import reply_to_slip, slip_items
from referral.directory.context import local_month
from referral.errors import RefusedError
from referral.records.accounts import COMMAND_LINE
from referral.reports.missed_searches import classify_missed_search, list_missed_searches
from referral.reports.records import Period
from referral.reports.unmet_needs import Source, UnmetNeedsView, read_unmet_needs
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.slips.slips import make_slip
from tests.support.inquiries import add_unmet
from tests.support.missed_words import count_missed_word


@pytest.fixture
def period(directory):
    month = local_month(directory)
    return Period(first_month=month, last_month=month)


def add_searches(directory, number, county="Crawford County, PA"):
    count_missed_word(directory, "dentures", county, number)
    [missed] = list_missed_searches(directory)
    classify_missed_search(directory, COMMAND_LINE, missed.id, heading="health")


def add_replies(directory, service_id, kind, number):
    with directory.store.write() as session:
        session.add_all(
            SlipReplyRow(
                id=str(uuid4()),
                service_id=service_id,
                kind=kind,
                month=local_month(directory),
                replied_at=directory.now(),
            )
            for _ in range(number)
        )


def sums(directory, period, view):
    table = read_unmet_needs(directory, period).tables[view]
    return {value: [cell.number for cell in (*cells, total)] for value, cells, total in table.rows}


def test_all_three_sources_are_counted_by_the_kind_of_gap(directory, period, services):
    add_unmet(directory, 6, reason=UnmetReason.NOT_ELIGIBLE)
    add_searches(directory, 7)
    add_replies(directory, services[0], SlipReply.FULL, 8)
    add_replies(directory, services[0], SlipReply.NOT_ELIGIBLE, 5)
    add_replies(directory, services[0], SlipReply.GOT_HELP, 9)
    assert sums(directory, period, UnmetNeedsView.SOURCE) == {
        Source.SLIPS: [8, 5, 0, 13],
        Source.SEARCHES: [0, 0, 7, 7],
        Source.DESK: [0, 6, 0, 6],
    }
    found = read_unmet_needs(directory, period)
    assert [cell.number for cell in found.tables[UnmetNeedsView.MONTH].totals] == [8, 11, 7]
    assert found.tables[UnmetNeedsView.HEADING].total.number == 26


def test_words_that_nobody_has_read_do_not_count(directory, period):
    count_missed_word(directory, "dentures", number=9)
    assert sums(directory, period, UnmetNeedsView.HEADING) == {}


def test_a_source_that_does_not_know_is_left_out_when_narrowed(directory, period, services):
    add_unmet(directory, 6)
    add_searches(directory, 7)
    add_replies(directory, services[0], SlipReply.FULL, 8)

    def counted(**narrowed):
        some = Period(first_month=period.first_month, last_month=period.last_month, **narrowed)
        return set(sums(directory, some, UnmetNeedsView.SOURCE))

    assert counted(desk="Main desk") == {Source.DESK}
    assert counted(county="Crawford County, PA") == {Source.DESK, Source.SEARCHES}
    assert counted(heading="health") >= {Source.DESK, Source.SEARCHES}
    assert counted(county="Erie County, PA") == set()


def test_what_was_given_to_learn_counts_nowhere(directory, period, services):
    for training in (True, False):
        inquiry_id = open_inquiry(directory, "a1", training=training)
        add_referral(directory, inquiry_id, services[0])
        code = make_slip(directory, slip_items(read_inquiry(directory, inquiry_id)))
        reply_to_slip(directory, code, services[0], SlipReply.FULL)
    [row] = read_unmet_needs(directory, period).tables[UnmetNeedsView.SOURCE].rows
    assert row[2].shown == "<5"
    add_replies(directory, services[0], SlipReply.FULL, 4)
    assert sums(directory, period, UnmetNeedsView.SOURCE) == {Source.SLIPS: [5, 0, 0, 5]}


def test_words_must_stand_for_something(directory):
    count_missed_word(directory, "dentures")
    [missed] = list_missed_searches(directory)
    with pytest.raises(RefusedError):
        classify_missed_search(directory, COMMAND_LINE, missed.id)
