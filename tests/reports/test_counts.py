"""Counts for reports: what is closed counts, what is open or made to learn does not."""

import pytest
from sqlalchemy import select

from referral.desk.codes import Outcome, UnmetReason
from referral.desk.data_retention import erase_person
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    open_inquiry,
    read_inquiry,
    set_outcome,
    update_details,
)
from referral.desk.records import InquiryDetails, ReferralResult
from referral.desk.referrals import add_referral, set_referral_result
from referral.desk.rows import InquiryRow
from referral.directory.context import local_month
from referral.reports.counts import count_table, count_unmet_groups, dimensions_of, distinct_values
from referral.reports.records import Dimension, Measure, Period


def months_counted(directory):
    """Return the months of inquiries that count."""
    with directory.store.read() as session:
        return distinct_values(session)[0]


def unmet(directory, *, heading="employment-support", desk="main", training=False, close=True):
    inquiry_id = open_inquiry(directory, "a1", desk=desk, training=training)
    need_id = add_need(directory, inquiry_id, heading=heading)
    set_outcome(directory, inquiry_id, need_id, Outcome.UNMET, unmet_reason=UnmetReason.FULL)
    if close:
        close_inquiry(directory, inquiry_id)


@pytest.fixture
def period(directory):
    month = local_month(directory)
    return Period(first_month=month, last_month=month)


def test_open_inquiries_and_training_count_nowhere(directory, period):
    for _ in range(5):
        unmet(directory)
    unmet(directory, training=True)
    unmet(directory, close=False)
    table = count_table(directory, Measure.NEEDS, Dimension.UNMET_REASON, period)
    assert [(cell.value, cell.number) for cell in table.cells] == [("full", 5)]
    assert months_counted(directory) == (period.first_month,)


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_counts_by_each_of_its_dimensions(directory, period, measure):
    for dimension in dimensions_of(measure):
        assert count_table(directory, measure, dimension, period).cells == ()


def test_a_report_can_be_of_one_desk_or_heading(directory, period):
    for desk, heading in (("main", "employment-support"), ("north", "basic-human-needs")):
        for _ in range(6):
            unmet(directory, desk=desk, heading=heading)
    for narrowed in ({"desk": "north"}, {"heading": "basic-human-needs"}):
        only = Period(first_month=period.first_month, last_month=period.last_month, **narrowed)
        for measure in (Measure.NEEDS, Measure.INQUIRIES, Measure.UNMET):
            table = count_table(directory, measure, Dimension.DESK, only)
            assert [(cell.value, cell.number) for cell in table.cells] == [("north", 6)]


def test_unmet_needs_are_told_by_the_kind_of_gap(directory, period):
    for _ in range(5):
        unmet(directory)
    with directory.store.read() as session:
        [cell] = count_unmet_groups(session, period).cells
    assert (cell.value, cell.number) == ("not_available", 5)


def test_needs_know_their_zip_code_and_referrals_their_topic(directory, services, period):
    for _ in range(5):
        inquiry_id = open_inquiry(directory, "a1")
        update_details(directory, inquiry_id, InquiryDetails(zip_code="16335"))
        add_referral(directory, inquiry_id, services[0])
        [need] = close_inquiry(directory, inquiry_id).needs
    for measure, dimension, value in (
        (Measure.NEEDS, Dimension.ZIP_CODE, "16335"),
        (Measure.REFERRALS, Dimension.TERM, need.term_code),
    ):
        table = count_table(directory, measure, dimension, period)
        assert [(cell.value, cell.number) for cell in table.cells] == [(value, 5)]
    with directory.store.read() as session:
        inquiry_ids = session.scalars(select(InquiryRow.id)).all()
    for inquiry_id in inquiry_ids:
        erase_person(directory, inquiry_id)
    table = count_table(directory, Measure.NEEDS, Dimension.ZIP_CODE, period)
    assert [(cell.value, cell.number) for cell in table.cells] == [("", 5)]


def test_results_count_how_far_a_service_led(directory, services, period):
    for _ in range(5):
        inquiry_id = open_inquiry(directory, "a1")
        referral_id = add_referral(directory, inquiry_id, services[0])
        set_referral_result(directory, referral_id, ReferralResult(got_help=True))
        close_inquiry(directory, inquiry_id)
    table = count_table(directory, Measure.RESULTS, Dimension.RESULT, period)
    assert [(cell.value, cell.number) for cell in table.cells] == [("got_help", 5)]
    assert read_inquiry(directory, inquiry_id).needs[0].referrals[0].result.tried
