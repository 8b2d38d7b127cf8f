"""Days whose hours are not known are never called closed."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from referral.directory.cards import hours_block
from referral.records.hsds import Schedule
from referral.records.schedules.hours_formatter import format_hours
from referral.records.schedules.hours_in_effect import HoursInEffect
from referral.records.schedules.opening_hours import opening_state, other_rules, usual_week

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAYS = Schedule(
    id="1", freq="WEEKLY", byday="MO,TU,WE,TH,FR", opens_at="09:00", closes_at="17:00"
)
SATURDAY = Schedule(id="2", freq="WEEKLY", byday="SA")
ZONE = "UTC"
A_FRIDAY_EVENING = datetime(2026, 11, 20, 20, tzinfo=UTC)
A_SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
A_SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _known(*schedules):
    return [day.is_known for day in usual_week(schedules, date(2026, 11, 20))]


def test_a_list_that_names_no_weekend_is_closed_then():
    assert all(_known(WEEKDAYS))
    assert opening_state((WEEKDAYS,), A_SATURDAY, ZONE)[0] is False


def test_a_day_without_times_is_not_known():
    assert _known(WEEKDAYS, SATURDAY) == [True] * 5 + [False, True]
    assert opening_state((WEEKDAYS, SATURDAY), A_SATURDAY, ZONE)[0] is None
    assert opening_state((WEEKDAYS, SATURDAY), A_SUNDAY, ZONE)[0] is False


def test_words_that_name_a_day_without_hours_leave_it_open():
    words = Schedule(id="3", description="Saturday by appointment")
    assert _known(WEEKDAYS, words) == [True] * 5 + [False, True]
    closed = Schedule(id="3", description="Closed on Saturday")
    assert all(_known(WEEKDAYS, closed))


def test_a_day_without_times_counts_only_while_its_schedule_does():
    ended, rare = date(2026, 11, 19), {"freq": "MONTHLY", "byday": "3SA"}
    words = Schedule(id="3", description="Saturday by appointment")
    assert all(_known(WEEKDAYS, replace(SATURDAY, valid_to=ended)))
    assert all(_known(WEEKDAYS, replace(words, until=ended)))
    assert all(_known(WEEKDAYS, replace(SATURDAY, **rare)))
    assert opening_state((WEEKDAYS, replace(SATURDAY, **rare)), A_SATURDAY, ZONE)[0] is None


def test_what_a_week_cannot_say_of_a_day_without_times_is_shown_beside_it():
    friday = date(2026, 11, 20)
    assert other_rules((WEEKDAYS, SATURDAY), friday) == ()
    for more in ({"description": "Ask first"}, {"notes": "Ask first"},
                 {"freq": "MONTHLY", "byday": "3SA"}):  # fmt: skip
        schedule = replace(SATURDAY, **more)
        assert other_rules((WEEKDAYS, schedule), friday) == (schedule,)


def test_times_without_a_day_may_be_of_any_day_without_hours():
    for times in ({"opens_at": "10:00", "closes_at": "12:00"}, {"closes_at": "12:00"}):
        assert _known(WEEKDAYS, Schedule(id="3", **times)) == [True] * 5 + [False, False]


def test_a_closed_day_is_closed():
    closed = Schedule(id="3", freq="WEEKLY", byday="SA", closed=True)
    assert all(_known(WEEKDAYS, SATURDAY, closed))


def test_the_next_opening_is_not_promised_over_a_day_in_doubt():
    block = hours_block(HoursInEffect((WEEKDAYS, SATURDAY)), A_FRIDAY_EVENING, ZONE)
    assert block.doubt_on == A_SATURDAY.date()
    assert block.others == ()  # the week says it
    assert hours_block(HoursInEffect((WEEKDAYS,)), A_FRIDAY_EVENING, ZONE).doubt_on is None


def test_the_text_of_hours_says_what_is_not_known():
    text, others = format_hours((WEEKDAYS, SATURDAY))
    assert (text, others) == ("Mon-Fri 9 am-5 pm\nSat not known", ())


@given(st.lists(st.sampled_from(DAYS), unique=True, min_size=1), st.data())
def test_taking_the_times_of_a_rule_never_closes_its_days(open_days, data):
    """However many rows of a week lose their times, only days that no row names are closed."""
    lost = data.draw(st.lists(st.sampled_from(open_days), unique=True))
    schedules = [
        Schedule(id=day, freq="WEEKLY", byday=day)
        if day in lost
        else Schedule(id=day, freq="WEEKLY", byday=day, opens_at="09:00", closes_at="12:00")
        for day in open_days
    ]
    for day in usual_week(schedules, date(2026, 11, 20)):
        named = DAYS[day.weekday] in open_days
        assert (not day.spans and day.is_known) is not named
        moment = datetime(2026, 11, 23 + day.weekday, 10, tzinfo=UTC)
        is_open = opening_state(schedules, moment, ZONE)[0]
        expected = None if DAYS[day.weekday] in lost or len(lost) == len(open_days) else named
        assert is_open is expected
