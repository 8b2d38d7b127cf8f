"""The desk's cycle, step by step, on each kind of database."""

import pytest

from referral.desk.codes import AgeBand, Barrier, Channel, FewerReason, Method, Outcome, UnmetReason
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    discard_inquiry,
    join_inquiry,
    list_open_inquiries,
    open_inquiry,
    read_inquiry,
    remove_need,
    set_outcome,
    update_details,
)
from referral.desk.records import InquiryDetails
from referral.desk.referrals import add_referral, remove_referral
from referral.errors import NotFoundError, RefusedError

DETAILS = InquiryDetails(
    channel=Channel.PHONE,
    language="es",
    zip_code="16335-1234",
    age_band=AgeBand.SENIOR,
    barriers=(Barrier.TRANSPORT,),
)


def test_a_need_and_an_outcome_make_an_inquiry(instance):
    inquiry_id = open_inquiry(instance, "a1", desk="main")
    need_id = add_need(instance, inquiry_id, heading="basic-human-needs")
    set_outcome(instance, inquiry_id, need_id, Outcome.INFORMATION)
    assert close_inquiry(instance, inquiry_id).closed_at is not None
    assert list_open_inquiries(instance, "a1") == ()


def test_giving_a_service_makes_the_need_and_keeps_what_was_said(instance, services):
    inquiry_id = open_inquiry(instance, "a1")
    add_referral(instance, inquiry_id, services[0], method=Method.WARM_TRANSFER)
    [need] = read_inquiry(instance, inquiry_id).needs
    [referral] = need.referrals
    assert need.outcome is Outcome.REFERRED
    assert (referral.service_id, referral.method) == (services[0], Method.WARM_TRANSFER)
    assert referral.said["name"]
    add_referral(instance, inquiry_id, services[0], location_id="not-one-of-its-places")
    [referral] = read_inquiry(instance, inquiry_id).needs[0].referrals
    assert referral.location_id == ""


def test_the_same_service_is_given_once(instance, services):
    inquiry_id = open_inquiry(instance, "a1")
    first = add_referral(instance, inquiry_id, services[0])
    assert add_referral(instance, inquiry_id, services[0], method=Method.ADVOCACY) == first
    [need] = read_inquiry(instance, inquiry_id).needs
    assert [referral.method for referral in need.referrals] == [Method.ADVOCACY]


def test_an_outcome_goes_with_the_last_service_it_rests_on(instance, services):
    inquiry_id = open_inquiry(instance, "a1")
    first, second = (add_referral(instance, inquiry_id, each) for each in services[:2])
    remove_referral(instance, inquiry_id, first)
    [need] = read_inquiry(instance, inquiry_id).needs
    assert (need.outcome, [each.id for each in need.referrals]) == (Outcome.REFERRED, [second])
    remove_referral(instance, inquiry_id, second)
    [need] = read_inquiry(instance, inquiry_id).needs
    assert (need.outcome, need.referrals) == (None, ())
    assert close_inquiry(instance, inquiry_id).closed_at is None
    third = add_referral(instance, inquiry_id, services[0])
    set_outcome(instance, inquiry_id, need.id, Outcome.CRISIS)
    remove_referral(instance, inquiry_id, third)
    assert read_inquiry(instance, inquiry_id).needs[0].outcome is Outcome.CRISIS


def test_several_needs_each_with_an_outcome_of_its_own(instance, services):
    inquiry_id = open_inquiry(instance, "a1")
    add_referral(instance, inquiry_id, services[0])
    other = add_need(instance, inquiry_id, heading="employment-support")
    set_outcome(instance, inquiry_id, other, Outcome.UNMET, unmet_reason=UnmetReason.FULL)
    inquiry = close_inquiry(instance, inquiry_id)
    assert [need.outcome for need in inquiry.needs] == [Outcome.REFERRED, Outcome.UNMET]
    assert inquiry.needs[1].unmet_reason is UnmetReason.FULL


def test_a_reason_that_is_not_asked_for_is_not_kept(instance):
    inquiry_id = open_inquiry(instance, "a1")
    need_id = add_need(instance, inquiry_id, heading="employment-support")
    reasons = {"unmet_reason": UnmetReason.COST, "fewer_reason": FewerReason.URGENT}
    kept = {
        Outcome.REFERRED: (None, FewerReason.URGENT),
        Outcome.PARTLY_MET: (UnmetReason.COST, None),
        Outcome.DECLINED: (None, None),
    }
    for outcome, expected in kept.items():
        set_outcome(instance, inquiry_id, need_id, outcome, **reasons)
        [need] = read_inquiry(instance, inquiry_id).needs
        assert (need.unmet_reason, need.fewer_reason) == expected


def test_a_reason_stays_when_an_outcome_asks_for_it_too(instance):
    inquiry_id = open_inquiry(instance, "a1")
    need_id = add_need(instance, inquiry_id, heading="employment-support")
    set_outcome(instance, inquiry_id, need_id, Outcome.UNMET, unmet_reason=UnmetReason.COST)
    set_outcome(instance, inquiry_id, need_id, Outcome.PARTLY_MET)
    [need] = read_inquiry(instance, inquiry_id).needs
    assert need.unmet_reason is UnmetReason.COST
    set_outcome(instance, inquiry_id, need_id, Outcome.PARTLY_MET, unmet_reason="")
    [need] = read_inquiry(instance, inquiry_id).needs
    assert need.unmet_reason is None


def test_details_are_kept_without_more_than_five_digits_of_a_place(instance):
    inquiry_id = open_inquiry(instance, "a1")
    update_details(instance, inquiry_id, DETAILS)
    inquiry = read_inquiry(instance, inquiry_id)
    assert (inquiry.details.zip_code, inquiry.county) == ("16335", "Crawford County, PA")
    assert inquiry.details.barriers == (Barrier.TRANSPORT,)


def test_two_librarians_share_an_inquiry_by_its_code(instance):
    inquiry_id = open_inquiry(instance, "a1")
    code = read_inquiry(instance, inquiry_id).code
    assert join_inquiry(instance, f"{code[:3].lower()} {code[3:]}", "a2") == inquiry_id
    assert join_inquiry(instance, code, "a2") == inquiry_id
    assert read_inquiry(instance, inquiry_id).members == ("a1", "a2")
    later = open_inquiry(instance, "a2")
    assert [each.id for each in list_open_inquiries(instance, "a2")] == [later, inquiry_id]
    assert [each.id for each in list_open_inquiries(instance, "a1")] == [inquiry_id]
    need_id = add_need(instance, inquiry_id, heading="employment-support")
    set_outcome(instance, inquiry_id, need_id, Outcome.INFORMATION)
    close_inquiry(instance, inquiry_id)
    assert list_open_inquiries(instance, "a1") == ()
    assert [each.id for each in list_open_inquiries(instance, "a2")] == [later]
    for gone in ("nothing", code):
        with pytest.raises(NotFoundError):
            join_inquiry(instance, gone, "a3")


def test_a_closed_inquiry_stays_as_it_is_and_goes_on_as_a_new_one(instance):
    first = open_inquiry(instance, "a1", training=True)
    update_details(instance, first, DETAILS)
    headings = ["employment-support", "health", "legal"]
    for heading in headings:
        need_id = add_need(instance, first, heading=heading)
        set_outcome(instance, first, need_id, Outcome.INFORMATION)
    closed = close_inquiry(instance, first)
    assert [need.heading for need in closed.needs] == headings
    with pytest.raises(RefusedError):
        add_need(instance, first, heading="basic-human-needs")
    second = read_inquiry(instance, open_inquiry(instance, "a1", repeat_of=first))
    assert (second.repeat_of, second.needs) == (first, ())
    assert second.details == read_inquiry(instance, first).details
    assert second.training, "what goes on from training is training"
    plain = open_inquiry(instance, "a1")
    third = open_inquiry(instance, "a1", training=True, repeat_of=plain)
    assert read_inquiry(instance, third).training


def test_what_is_dropped_leaves_nothing(instance, services):
    inquiry_id = open_inquiry(instance, "a1")
    add_referral(instance, inquiry_id, services[0])
    discard_inquiry(instance, inquiry_id)
    with pytest.raises(NotFoundError):
        read_inquiry(instance, inquiry_id)


def test_a_need_can_be_taken_out_and_an_unknown_topic_is_not_taken(instance):
    inquiry_id = open_inquiry(instance, "a1")
    need_id = add_need(instance, inquiry_id, heading="employment-support")
    remove_need(instance, inquiry_id, need_id)
    assert read_inquiry(instance, inquiry_id).needs == ()
    with pytest.raises(NotFoundError):
        add_need(instance, inquiry_id, term_code="NO-SUCH")
