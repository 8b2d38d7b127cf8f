"""Exact counts: what is closed counts, what is open or made to learn does not."""

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
from referral.desk.referrals import add_referral
from referral.desk.rows import InquiryRow
from referral.directory.context import local_month
from referral.reports.counts import FAMILIES, count_by_month, first_month
from referral.reports.records import Dimension, Measure
from tests.support.desk import write_result


def unmet(directory, *, training=False, close=True):
    inquiry_id = open_inquiry(directory, "a1", desk="main", training=training)
    need_id = add_need(directory, inquiry_id, heading="employment-support")
    set_outcome(directory, inquiry_id, need_id, Outcome.UNMET, unmet_reason=UnmetReason.FULL)
    if close:
        close_inquiry(directory, inquiry_id)


def counted(directory, measure, dimension):
    """Return the counts of this month by what is above, and value."""
    month = local_month(directory)
    with directory.store.read() as session:
        found = count_by_month(session, measure, dimension, month, month)
    return {(above, value): number for (above, value, _), number in found.items()}


def test_open_inquiries_and_training_count_nowhere(directory):
    for _ in range(5):
        unmet(directory)
    unmet(directory, training=True)
    unmet(directory, close=False)
    reasons = counted(directory, Measure.UNMET, Dimension.UNMET_REASON)
    assert reasons == {("not_available", "full"): 5}
    assert counted(directory, Measure.NEEDS, Dimension.OUTCOME) == {("", "gap"): 5}
    with directory.store.read() as session:
        assert first_month(session) == local_month(directory)


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_every_measure_counts_by_each_of_its_dimensions(directory, family):
    for dimension in filter(None, (family.dimension, family.below)):
        assert counted(directory, family.measure, dimension) == {}


def test_needs_know_their_zip_code_and_referrals_their_topic(directory, services):
    for _ in range(2):
        inquiry_id = open_inquiry(directory, "a1")
        update_details(directory, inquiry_id, InquiryDetails(zip_code="16335"))
        add_referral(directory, inquiry_id, services[0])
        [need] = close_inquiry(directory, inquiry_id).needs
    county = "Crawford County, PA"
    assert counted(directory, Measure.NEEDS, Dimension.ZIP_CODE) == {(county, "16335"): 2}
    topics = counted(directory, Measure.REFERRALS, Dimension.TERM)
    assert topics == {(need.heading, need.term_code): 2}
    with directory.store.read() as session:
        inquiry_ids = session.scalars(select(InquiryRow.id)).all()
    for inquiry_id in inquiry_ids:
        erase_person(directory, inquiry_id)
    assert counted(directory, Measure.NEEDS, Dimension.ZIP_CODE) == {(county, ""): 2}


def test_results_count_how_far_a_service_led(directory, services):
    inquiry_id = open_inquiry(directory, "a1")
    referral_id = add_referral(directory, inquiry_id, services[0])
    write_result(directory, inquiry_id, referral_id, ReferralResult(got_help=True))
    close_inquiry(directory, inquiry_id)
    assert counted(directory, Measure.RESULTS, Dimension.RESULT) == {("", "got_help"): 1}
    assert read_inquiry(directory, inquiry_id).needs[0].referrals[0].result.tried
