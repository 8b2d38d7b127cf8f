"""Follow-up with permission: locked up, due, tried, erased on its day, and the counts that stay."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from referral.desk.codes import (
    AttemptResult,
    Barrier,
    Channel,
    ContactKind,
    FollowUpStatus,
    FurthestStep,
    WhyNot,
)
from referral.desk.contact_encryption import decrypt, encrypt
from referral.desk.data_retention import erase_expired, erase_person
from referral.desk.follow_ups import (
    agree_follow_up,
    find_follow_up,
    list_follow_ups,
    record_attempt,
    reveal_contact,
)
from referral.desk.inquiries import open_inquiry, read_inquiry, update_details
from referral.desk.records import (
    InquiryDetails,
    ReferralResult,
    complete_result,
    furthest_step,
    result_of_step,
)
from referral.desk.referrals import add_referral
from referral.errors import RefusedError, SettingsError
from referral.records.accounts import COMMAND_LINE
from referral.settings import Settings
from referral.verification.feedback import list_reports
from referral.verification.records import ReportKind
from referral.web.code_labels import code_choices
from tests.support.desk import write_result

NUMBER = "814-555-0142"


@pytest.fixture
def inquiry_id(instance):
    inquiry_id = open_inquiry(instance, "a1")
    details = InquiryDetails(channel=Channel.PHONE, zip_code="16335", barriers=(Barrier.FEAR,))
    update_details(instance, inquiry_id, details)
    return inquiry_id


def agree(instance, inquiry_id):
    return agree_follow_up(instance, inquiry_id, ContactKind.PHONE, NUMBER)


def stored_text(instance):
    with instance.store.read() as session:
        return str(session.execute(text("select * from follow_up")).all())


def test_what_is_stored_does_not_say_how_to_reach_the_person(instance, inquiry_id):
    follow_up_id = agree(instance, inquiry_id)
    assert NUMBER not in stored_text(instance)
    assert reveal_contact(instance, COMMAND_LINE, follow_up_id) == NUMBER


def test_a_new_key_is_put_before_the_old_one(tmp_path):
    def settings(*keys):
        environ = {"REFERRAL_CONTACT_KEYS": ",".join(keys)}
        return Settings.from_environment(environ, instance_path=tmp_path)

    old, new = "o" * 32, "n" * 32
    locked = encrypt(settings(old), NUMBER)
    assert decrypt(settings(new, old), locked) == NUMBER
    with pytest.raises(RefusedError, match="REFERRAL_CONTACT_KEYS"):
        decrypt(settings(new), locked)
    with pytest.raises(SettingsError, match="32 letters"):
        settings("short")


def test_the_key_of_an_instance_is_made_once_and_for_its_owner_alone(tmp_path):
    first = Settings.from_environment({}, instance_path=tmp_path)
    assert Settings.from_environment({}, instance_path=tmp_path) == first
    assert (tmp_path / "contact_key").stat().st_mode & 0o077 == 0


def test_nothing_is_asked_of_who_comes_back(instance, inquiry_id):
    agree_follow_up(instance, inquiry_id, ContactKind.AT_DESK, NUMBER)
    [follow_up] = list_follow_ups(instance)
    assert reveal_contact(instance, COMMAND_LINE, follow_up.id) == ""


def test_a_way_to_reach_the_person_is_needed_and_a_day_to_come(instance, inquiry_id):
    with pytest.raises(RefusedError):
        agree_follow_up(instance, inquiry_id, ContactKind.PHONE, " ")
    with pytest.raises(RefusedError):
        agree_follow_up(instance, inquiry_id, ContactKind.PHONE, NUMBER, due_on=date(2020, 1, 1))


def test_agreeing_again_replaces_what_was_agreed(instance, inquiry_id):
    first = agree(instance, inquiry_id)
    assert agree_follow_up(instance, inquiry_id, ContactKind.EMAIL, "x@example.org") == first
    assert reveal_contact(instance, COMMAND_LINE, first) == "x@example.org"


@pytest.mark.parametrize(
    ("result", "status", "kept"),
    [
        (AttemptResult.NO_ANSWER, FollowUpStatus.WAITING, NUMBER),
        (AttemptResult.LEFT_WORD, FollowUpStatus.WAITING, NUMBER),
        (AttemptResult.REACHED, FollowUpStatus.DONE, ""),
        (AttemptResult.WRONG_CONTACT, FollowUpStatus.GIVEN_UP, ""),
    ],
)
def test_each_try_is_kept_and_what_is_over_is_erased(instance, inquiry_id, result, status, kept):
    follow_up_id = agree_follow_up(
        instance, inquiry_id, ContactKind.PHONE, NUMBER, may_leave_message=True
    )
    record_attempt(instance, follow_up_id, result)
    follow_up = find_follow_up(instance, inquiry_id)
    assert (follow_up.status, [one.result for one in follow_up.tries]) == (status, [result])
    assert reveal_contact(instance, COMMAND_LINE, follow_up_id) == kept


@pytest.mark.parametrize("answer", [None, False])
def test_without_a_yes_no_message_is_left(instance, inquiry_id, answer):
    follow_up_id = agree_follow_up(
        instance, inquiry_id, ContactKind.PHONE, NUMBER, may_leave_message=answer
    )
    with pytest.raises(RefusedError, match="Leave no message"):
        record_attempt(instance, follow_up_id, AttemptResult.LEFT_WORD)
    assert find_follow_up(instance, inquiry_id).tries == ()


def test_a_stop_erases_the_contact_and_is_no_try(instance, inquiry_id):
    follow_up_id = agree_follow_up(
        instance, inquiry_id, ContactKind.PHONE, NUMBER, may_leave_message=True
    )
    record_attempt(instance, follow_up_id, None)
    stopped = find_follow_up(instance, inquiry_id)
    assert (stopped.status, stopped.tries) == (FollowUpStatus.GIVEN_UP, ())
    assert (stopped.contact_kind, stopped.may_leave_message) == (None, None)


@pytest.mark.slow
def test_all_of_a_try_is_kept_or_nothing(instance, service_id, inquiry_id):
    referral_id = add_referral(instance, inquiry_id, service_id)
    follow_up_id = agree(instance, inquiry_id)
    became = {referral_id: result_of_step(FurthestStep.NOT_REACHED, WhyNot.WRONG_NUMBER)}
    before = read_inquiry(instance, inquiry_id), find_follow_up(instance, inquiry_id)
    for day in (date(2020, 1, 1), date(2099, 1, 1)):
        with pytest.raises(RefusedError):
            record_attempt(
                instance, follow_up_id, AttemptResult.NO_ANSWER, again_on=day, results=became
            )
    assert (read_inquiry(instance, inquiry_id), find_follow_up(instance, inquiry_id)) == before
    record_attempt(instance, follow_up_id, AttemptResult.REACHED, results=became)
    [need] = read_inquiry(instance, inquiry_id).needs
    assert need.referrals[0].result == became[referral_id]
    with instance.store.read() as session:
        assert [each.kind for each in list_reports(session, [service_id])] == [ReportKind.PHONE]


@pytest.mark.parametrize("step", [None, *FurthestStep])
def test_the_furthest_step_is_the_whole_result(step):
    result = result_of_step(step)
    assert furthest_step(result) is step
    assert complete_result(result) == result


def test_each_step_is_chosen_in_a_list_by_its_first_letter():
    labels = [str(each.label) for each in code_choices(FurthestStep)]
    assert len({label[0] for label in [*labels, "Unknown"]}) == len(FurthestStep) + 1


def test_forget_me_works_at_once(instance, inquiry_id):
    follow_up_id = agree(instance, inquiry_id)
    erase_person(instance, inquiry_id)
    assert reveal_contact(instance, COMMAND_LINE, follow_up_id) == ""
    inquiry = read_inquiry(instance, inquiry_id)
    assert (inquiry.details.zip_code, inquiry.details.barriers) == ("", ())
    assert (inquiry.details.channel, inquiry.county) == (Channel.PHONE, "Crawford County, PA")
    assert list_follow_ups(instance) == ()


@pytest.mark.parametrize("kind", [ContactKind.PHONE, ContactKind.AT_DESK])
def test_on_its_day_a_follow_up_is_forgotten_and_still_counts(
    instance, inquiry_id, time_machine, kind
):
    follow_up_id = agree_follow_up(instance, inquiry_id, kind, NUMBER)
    agreed, settings = datetime.now(UTC), instance.settings
    time_machine.move_to(agreed + timedelta(days=settings.contact_days - 1))
    assert erase_expired(instance) == {"contacts": 0, "inquiries": 0}
    time_machine.move_to(agreed + timedelta(days=settings.contact_days))
    assert erase_expired(instance) == {"contacts": 1, "inquiries": 0}
    assert reveal_contact(instance, COMMAND_LINE, follow_up_id) == ""
    assert find_follow_up(instance, inquiry_id).status is FollowUpStatus.FORGOTTEN
    time_machine.move_to(agreed + timedelta(days=settings.detail_days, hours=-1))
    assert erase_expired(instance) == {"contacts": 0, "inquiries": 0}
    time_machine.move_to(agreed + timedelta(days=settings.detail_days, hours=1))
    assert erase_expired(instance) == {"contacts": 0, "inquiries": 1}
    assert erase_expired(instance) == {"contacts": 0, "inquiries": 0}
    assert read_inquiry(instance, inquiry_id).members == ()


def test_what_became_of_a_service_is_kept_with_what_follows(instance, service_id, inquiry_id):
    referral_id = add_referral(instance, inquiry_id, service_id)
    write_result(instance, inquiry_id, referral_id, ReferralResult(solved=True))
    [need] = read_inquiry(instance, inquiry_id).needs
    assert need.referrals[0].result == ReferralResult(
        tried=True, reached=True, got_help=True, solved=True
    )


def test_a_wrong_number_is_to_be_checked(instance, service_id):
    for training, kinds in ((True, []), (False, [ReportKind.PHONE])):
        inquiry_id = open_inquiry(instance, "a1", training=training)
        referral_id = add_referral(instance, inquiry_id, service_id)
        for _ in range(2):
            wrong = ReferralResult(tried=True, reached=False, why_not=WhyNot.WRONG_NUMBER)
            write_result(instance, inquiry_id, referral_id, wrong)
        with instance.store.read() as session:
            assert [each.kind for each in list_reports(session, [service_id])] == kinds


STEPS = st.none() | st.booleans()
RESULTS = st.builds(
    ReferralResult,
    tried=STEPS,
    reached=STEPS,
    got_help=STEPS,
    solved=STEPS,
    why_not=st.none() | st.sampled_from(WhyNot),
)


@given(RESULTS)
def test_no_result_contradicts_itself(result):
    done = complete_result(result)
    steps = [done.tried, done.reached, done.got_help, done.solved]
    for before, after in pairwise(steps):
        assert not (after and not before)
        assert not (before is False and after is not False)
    assert complete_result(done) == done
    if done.why_not:
        assert False in steps[:3]
