"""Exact counts: what is closed counts, what is open or made to learn does not."""

from sqlalchemy import select

from referral.desk.codes import Barrier, ContactKind, Outcome, UnmetReason
from referral.desk.data_retention import erase_person
from referral.desk.follow_ups import agree_follow_up
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    open_inquiry,
    set_outcome,
    update_details,
)
from referral.desk.records import InquiryDetails, ReferenceData, ReferralResult
from referral.desk.referrals import add_referral, reply_to_slip
from referral.desk.rows import InquiryRow
from referral.directory.instance import local_month
from referral.reports.counts import count_by_month, first_month
from referral.reports.records import Dimension, Measure
from referral.slips.records import SlipItem, SlipReply
from referral.slips.slips import make_slip
from referral.store.rows import ServiceHeadingRow
from referral.store.terms import read_headings
from tests.support.desk import write_result


def unmet(instance, *, training=False, close=True):
    inquiry_id = open_inquiry(instance, "a1", desk="main", training=training)
    need_id = add_need(instance, inquiry_id, heading="employment-support")
    set_outcome(instance, inquiry_id, need_id, Outcome.UNMET, unmet_reason=UnmetReason.FULL)
    if close:
        close_inquiry(instance, inquiry_id)


def counted(instance, measure, dimension):
    """Return the counts of this month by what is above, and value."""
    month = local_month(instance)
    with instance.store.read() as session:
        found = count_by_month(session, measure, dimension, month, month)
    return {(above, value): number for (above, value, _), number in found.items()}


def test_open_inquiries_and_training_count_nowhere(instance):
    for _ in range(5):
        unmet(instance)
    unmet(instance, training=True)
    unmet(instance, close=False)
    met = open_inquiry(instance, "a1")
    need_id = add_need(instance, met, heading="employment-support")
    set_outcome(instance, met, need_id, Outcome.INFORMATION)
    close_inquiry(instance, met)
    reasons = counted(instance, Measure.UNMET, Dimension.UNMET_REASON)
    assert reasons == {("not_available", "full"): 5}
    outcomes = {("", "gap"): 5, ("", "information"): 1}
    assert counted(instance, Measure.NEEDS, Dimension.OUTCOME) == outcomes
    with instance.store.read() as session:
        assert first_month(session) == local_month(instance)


def test_needs_know_their_zip_code_and_referrals_their_topic(instance, services):
    for _ in range(2):
        inquiry_id = open_inquiry(instance, "a1")
        update_details(instance, inquiry_id, InquiryDetails(zip_code="16335"))
        add_referral(instance, inquiry_id, services[0])
        [need] = close_inquiry(instance, inquiry_id).needs
    county = "Crawford County, PA"
    assert counted(instance, Measure.NEEDS, Dimension.ZIP_CODE) == {(county, "16335"): 2}
    topics = counted(instance, Measure.REFERRALS, Dimension.TERM)
    assert topics == {(need.heading, need.term_code): 2}
    with instance.store.read() as session:
        inquiry_ids = session.scalars(select(InquiryRow.id)).all()
    for inquiry_id in inquiry_ids:
        erase_person(instance, inquiry_id)
    assert counted(instance, Measure.NEEDS, Dimension.ZIP_CODE) == {(county, ""): 2}


def test_results_count_how_far_a_service_led(instance, services):
    for result in (
        ReferralResult(tried=False), ReferralResult(tried=True), ReferralResult(reached=True),
        ReferralResult(got_help=True), ReferralResult(solved=True), ReferralResult(),
    ):  # fmt: skip
        inquiry_id = open_inquiry(instance, "a1")
        referral_id = add_referral(instance, inquiry_id, services[0])
        write_result(instance, inquiry_id, referral_id, result)
        close_inquiry(instance, inquiry_id)
    known = ("not_tried", "tried", "reached", "got_help", "solved")
    assert counted(instance, Measure.RESULTS, Dimension.RESULT) == {("", each): 1 for each in known}


def test_follow_ups_and_barriers_count_with_their_closed_inquiry(instance):
    for training, close in ((False, True), (True, True), (False, False)):
        inquiry_id = open_inquiry(instance, "a1", training=training)
        details = InquiryDetails(barriers=(Barrier.FEAR, Barrier.FEAR, Barrier.TRANSPORT))
        update_details(instance, inquiry_id, details)
        agree_follow_up(instance, inquiry_id, ContactKind.AT_DESK)
        need_id = add_need(instance, inquiry_id, heading="legal")
        set_outcome(instance, inquiry_id, need_id, Outcome.INFORMATION)
        if close:
            close_inquiry(instance, inquiry_id, ReferenceData(count=3))
    assert counted(instance, Measure.FOLLOW_UPS, Dimension.STATUS) == {("", "waiting"): 1}
    barriers = {("", Barrier.FEAR): 3, ("", Barrier.TRANSPORT): 3}
    assert counted(instance, Measure.BARRIERS, Dimension.BARRIER) == barriers


def test_a_reply_counts_under_the_first_heading_that_its_service_still_has(instance, services):
    with instance.store.write() as session:
        for row in session.scalars(select(ServiceHeadingRow)):
            session.delete(row)
        session.flush()
        first, second, third = (heading.slug for heading in read_headings(session)[:3])
        for slug, retired_at in ((third, None), (second, None), (first, instance.now())):
            session.add(
                ServiceHeadingRow(
                    id=slug, service_id=services[0], heading=slug, retired_at=retired_at,
                    source="test", source_key=slug,
                )
            )  # fmt: skip
    code = make_slip(instance, [SlipItem(service_id=services[0])])
    reply_to_slip(instance, code, services[0], SlipReply.FULL)
    assert counted(instance, Measure.ALL_UNMET, Dimension.TERM) == {(second, ""): 1}
