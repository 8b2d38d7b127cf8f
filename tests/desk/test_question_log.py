"""The log of questions: one step, corrections, and what counts as how many of what."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.desk.codes import Channel, ContactKind, Outcome, QuestionType, UnmetReason
from referral.desk.data_retention import erase_person
from referral.desk.follow_ups import agree_follow_up, list_follow_ups
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    list_open_inquiries,
    open_inquiry,
    read_inquiry,
    set_outcome,
)
from referral.desk.log_settings import LogSettings, read_log_settings, save_log_settings
from referral.desk.question_log import (
    correct_entry,
    delete_entry,
    list_entries,
    log_question,
    reopen_entry,
)
from referral.desk.records import Question, ReferenceData
from referral.desk.rows import InquiryRow, NeedRow
from referral.directory.instance import local_month, local_today
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import COMMAND_LINE, Role
from referral.reports.counts import count_by_month
from referral.reports.records import Dimension, Measure
from tests.support.staff import add_account

FOOD = Question(
    heading="basic-needs", outcome=Outcome.INFORMATION, channel=Channel.PHONE, desk="main"
)
UNMET = Question(heading="legal", outcome=Outcome.UNMET, unmet_reason=UnmetReason.FULL)


@pytest.fixture
def dee(instance):
    return add_account(instance, [Role.DESK], "dee@example.org", "Dee")


@pytest.fixture
def admin(instance):
    return add_account(instance, [Role.ADMIN], "ann@example.org", "Ann")


def times(count, kind=QuestionType.REFERRAL, **more):
    return ReferenceData(question_type=kind, count=count, **more)


def short(kind, count=1, **more):
    return Question(reference=times(count, kind, **more))


def counted(instance, measure, dimension, month=""):
    month = month or local_month(instance)
    with instance.store.read() as session:
        counts = count_by_month(session, measure, dimension, month, month)
    return {value: number for (_, value, _), number in counts.items()}


def test_reports_sum_how_many_and_short_questions_are_no_needs(instance, dee):
    log_question(instance, dee, Question(heading="legal", outcome=Outcome.INFORMATION,
                                          reference=times(7)))  # fmt: skip
    log_question(instance, dee, short(QuestionType.DIRECTIONAL, 40))
    log_question(instance, dee, short(QuestionType.TECHNOLOGY, 9))
    assert counted(instance, Measure.NEEDS, Dimension.HEADING) == {"legal": 7}
    assert counted(instance, Measure.INQUIRIES, Dimension.DESK) == {"": 7}


def test_a_question_of_another_day_counts_in_its_month(instance, dee):
    day = local_today(instance).replace(day=1) - timedelta(days=1)
    inquiry_id = log_question(
        instance, dee, Question(heading="legal", outcome=Outcome.INFORMATION,
                                 reference=times(5, happened_on=day))
    )  # fmt: skip
    assert counted(instance, Measure.NEEDS, Dimension.HEADING) == {}
    assert counted(instance, Measure.NEEDS, Dimension.HEADING, f"{day:%Y-%m}") == {"legal": 5}
    with instance.store.read() as session:
        assert session.get(InquiryRow, inquiry_id).hour is None


def test_an_open_inquiry_is_left_alone(instance, dee):
    opened = open_inquiry(instance, dee.id)
    log_question(instance, dee, FOOD)
    assert [each.id for each in list_open_inquiries(instance, dee.id)] == [opened]
    assert read_inquiry(instance, opened).needs == ()


def test_training_counts_nowhere(instance, dee):
    log_question(instance, dee, UNMET, training=True)
    assert counted(instance, Measure.INQUIRIES, Dimension.DESK) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        Question(heading="legal"),
        Question(outcome=Outcome.INFORMATION),
        Question(heading="legal", outcome=Outcome.UNMET),
        Question(heading="legal", outcome=Outcome.REFERRED),
        short(QuestionType.DIRECTIONAL, 0),
        short(QuestionType.DIRECTIONAL, 501),
        short(QuestionType.REFERENCE, read_scale=0),
        short(QuestionType.REFERENCE, read_scale=7),
        short(QuestionType.REFERENCE, minutes=-1),
        short(QuestionType.REFERENCE, minutes=601),
    ],
)
def test_what_cannot_be_is_refused_and_not_kept(instance, dee, wrong):
    with pytest.raises(RefusedError):
        log_question(instance, dee, wrong)
    with instance.store.read() as session:
        assert session.scalars(select(InquiryRow)).all() == []


def test_a_day_to_come_or_long_past_is_refused(instance, dee):
    today = local_today(instance)
    for days in (-1, 367):
        with pytest.raises(RefusedError, match="day of the last year"):
            day = today - timedelta(days=days)
            log_question(instance, dee, short(QuestionType.REFERENCE, happened_on=day))
    largest = times(
        500, QuestionType.REFERENCE, read_scale=6, minutes=600,
        happened_on=today - timedelta(days=366),
    )  # fmt: skip
    inquiry_id = log_question(instance, dee, Question(reference=largest))
    assert read_inquiry(instance, inquiry_id).reference == largest


def test_an_inquiry_of_the_desk_is_a_referral_and_may_be_closed_as_something_else(instance, dee):
    kinds = []
    for reference in (None, times(2, QuestionType.REFERENCE, read_scale=4, minutes=20)):
        inquiry_id = open_inquiry(instance, dee.id)
        need = add_need(instance, inquiry_id, heading="legal")
        set_outcome(instance, inquiry_id, need, Outcome.INFORMATION)
        kinds.append(close_inquiry(instance, inquiry_id, reference).reference)
    assert (kinds[0].question_type, kinds[0].happened_on) == (
        QuestionType.REFERRAL, local_today(instance),
    )  # fmt: skip
    assert (kinds[1].question_type, kinds[1].read_scale, kinds[1].count) == (
        QuestionType.REFERENCE, 4, 2,
    )  # fmt: skip
    with pytest.raises(RefusedError):
        inquiry_id = open_inquiry(instance, dee.id)
        need = add_need(instance, inquiry_id, heading="legal")
        set_outcome(instance, inquiry_id, need, Outcome.INFORMATION)
        close_inquiry(instance, inquiry_id, times(1, QuestionType.DIRECTIONAL))
    assert read_inquiry(instance, inquiry_id).closed_at is None


def test_a_correction_changes_what_counts_and_is_in_the_audit_log(instance, dee):
    inquiry_id = log_question(instance, dee, FOOD)
    code = read_inquiry(instance, inquiry_id).code
    correct_entry(instance, dee, inquiry_id, short(QuestionType.DIRECTIONAL, 3))
    with instance.store.read() as session:
        assert session.scalars(select(NeedRow)).all() == []
    correct_entry(instance, dee, inquiry_id, UNMET)
    assert read_inquiry(instance, inquiry_id).needs[0].unmet_reason is UnmetReason.FULL
    entry = read_audit_log(instance).entries[0]
    assert (entry.action, entry.record_id, entry.detail) == ("inquiry-corrected", code, {})


def test_what_is_reopened_counts_when_it_is_closed_again(instance, dee):
    inquiry_id = log_question(instance, dee, FOOD)
    reopen_entry(instance, dee, inquiry_id)
    assert counted(instance, Measure.INQUIRIES, Dimension.DESK) == {}
    assert counted(instance, Measure.NEEDS, Dimension.HEADING) == {}
    close_inquiry(instance, inquiry_id, times(6))
    assert counted(instance, Measure.NEEDS, Dimension.HEADING) == {"basic-needs": 6}


def test_who_reopens_an_entry_works_on_it(instance, dee, admin):
    inquiry_id = log_question(instance, dee, FOOD)
    reopen_entry(instance, admin, inquiry_id)
    for account in (dee, admin):
        assert [each.id for each in list_open_inquiries(instance, account.id)] == [inquiry_id]
    short_one = log_question(instance, dee, short(QuestionType.DIRECTIONAL))
    with pytest.raises(RefusedError):
        reopen_entry(instance, dee, short_one)


def test_an_inquiry_of_several_needs_keeps_them_when_corrected(instance, dee):
    inquiry_id = open_inquiry(instance, dee.id)
    for heading in ("legal", "health"):
        need = add_need(instance, inquiry_id, heading=heading)
        set_outcome(instance, inquiry_id, need, Outcome.INFORMATION)
    needs = close_inquiry(instance, inquiry_id).needs
    correct_entry(instance, dee, inquiry_id, FOOD)
    corrected = read_inquiry(instance, inquiry_id)
    assert (corrected.needs, corrected.desk) == (needs, "main")
    assert corrected.details.channel is Channel.PHONE


def test_only_what_goes_on_from_a_deleted_entry_is_untied(instance, dee):
    first, second = (log_question(instance, dee, FOOD) for _ in range(2))
    later = [open_inquiry(instance, dee.id, repeat_of=each) for each in (first, second)]
    delete_entry(instance, dee, first)
    assert [read_inquiry(instance, each).repeat_of for each in later] == ["", second]


def test_a_deleted_entry_takes_all_of_it_along(instance, dee):
    inquiry_id = log_question(instance, dee, UNMET)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, "814-555-0142")
    later = open_inquiry(instance, dee.id, repeat_of=inquiry_id)
    delete_entry(instance, dee, inquiry_id)
    assert list_follow_ups(instance) == ()
    assert read_inquiry(instance, later).repeat_of == ""
    assert read_audit_log(instance).entries[0].action == "inquiry-deleted"
    with pytest.raises(NotFoundError):
        read_inquiry(instance, inquiry_id)


def test_only_who_logged_it_may_change_it_and_only_within_a_day(instance, dee, admin, time_machine):
    open_inquiry(instance, dee.id, desk="main")
    earlier, inquiry_id = (log_question(instance, dee, FOOD) for _ in range(2))
    eve = add_account(instance, [Role.DESK], "eve@example.org", "Eve")
    for change in (reopen_entry, delete_entry):
        with pytest.raises(NotFoundError):
            change(instance, eve, inquiry_id)
    assert [each.id for each in list_entries(instance, eve, "main")] == [inquiry_id, earlier]
    assert len(list_entries(instance, eve, "north")) == 0
    closed_at = read_inquiry(instance, inquiry_id).closed_at
    time_machine.move_to(closed_at + timedelta(hours=24), tick=False)
    assert len(list_entries(instance, dee, "main")) == 0
    with pytest.raises(NotFoundError):
        correct_entry(instance, dee, inquiry_id, UNMET)
    assert [each.id for each in list_entries(instance, admin, "main")] == [inquiry_id, earlier]
    correct_entry(instance, admin, inquiry_id, UNMET)
    delete_entry(instance, admin, inquiry_id)


def test_settings_never_count_directional_questions_or_a_day_twice(instance):
    weeks = (date(2026, 3, 1), date(2026, 3, 8))
    every = LogSettings(types=(), counted=tuple(QuestionType), weeks=weeks)
    save_log_settings(instance, COMMAND_LINE, every)
    kept = read_log_settings(instance)
    assert (kept.types, kept.weeks) == ((QuestionType.REFERRAL,), weeks)
    assert QuestionType.DIRECTIONAL not in kept.counted
    for wrong in ({"weeks": (weeks[0], date(2026, 3, 7))}, {"first_month": 0}, {"first_month": 13}):
        with pytest.raises(RefusedError):
            save_log_settings(instance, COMMAND_LINE, LogSettings(**wrong))
    assert read_log_settings(instance) == kept


def test_of_a_forgotten_inquiry_no_hour_is_left_nor_comes_back(instance, dee, admin):
    inquiry_id = log_question(instance, dee, FOOD)
    plain = log_question(instance, dee, short(QuestionType.DIRECTIONAL))
    for each in (inquiry_id, plain):
        erase_person(instance, each)
    today = local_today(instance)
    for days in (0, 1, 0):
        on = times(1, happened_on=today - timedelta(days=days))
        correct_entry(instance, admin, inquiry_id, replace(FOOD, reference=on))
    correct_entry(instance, admin, plain, short(QuestionType.DIRECTIONAL))
    with pytest.raises(RefusedError):
        reopen_entry(instance, admin, inquiry_id)
    with instance.store.read() as session:
        assert session.get(InquiryRow, inquiry_id).hour is None
        assert session.get(InquiryRow, plain).hour is not None
