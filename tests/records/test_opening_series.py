"""Opening hours as recurring events: a rule, expanded, gives just the days on which it is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from referral.records.hsds import Schedule
from referral.records.schedules import recurrence
from referral.records.schedules.opening_hours import minutes_open_from
from referral.records.schedules.opening_series import OpeningSeries, opening_series
from referral.records.schedules.recurrence import DAYS

FIRST = date(2026, 11, 26)  # Thanksgiving
LAST = FIRST + timedelta(days=182)
SOON = FIRST + timedelta(days=90)


def schedule(**values):
    times = {"opens_at": "09:00", "closes_at": "17:00"}
    return Schedule(**{"id": "x", "freq": "WEEKLY", **times, **values})


def expanded(series: OpeningSeries) -> list[date]:
    """The days of a series, by dateutil from the parts that go into a calendar."""
    if not series.freq:
        return [*series.days]
    byday = ",".join(series.byday)
    text = f"FREQ={series.freq};BYDAY={byday};INTERVAL={series.interval}"
    last = datetime.combine(series.days[-1], time())
    rule = rrule.rrulestr(text, dtstart=datetime.combine(series.days[0], time()))
    days = [each.date() for each in rule.between(datetime.combine(FIRST, time()), last, inc=True)]
    return [day for day in days if day not in series.skipped]


def kinds(*schedules, **more):
    found = opening_series(schedules, FIRST, LAST, **more)
    return [(each.freq, each.byday, each.interval, each.skipped) for each in found]


def test_one_week_is_one_rule():
    assert kinds(schedule(byday="MO,TU,WE,TH,FR")) == [("WEEKLY", tuple(DAYS[:5]), 1, ())]


def test_a_holiday_at_the_beginning_does_not_split_the_week():
    feast, other = FIRST, date(2026, 12, 25)
    assert kinds(schedule(byday="TH,FR"), is_unsure=lambda day: day in {feast, other}) == [
        ("WEEKLY", ("TH", "FR"), 1, (other,))
    ]


def test_rarer_rules():
    second = schedule(freq="MONTHLY", byday="2TU")
    last = schedule(freq="MONTHLY", byday="-1FR")
    fortnight = schedule(byday="SA", interval=2, dtstart=date(2026, 11, 14), opens_at="08:00")
    assert kinds(second) == [("MONTHLY", ("2TU",), 1, ())]
    assert kinds(last) == [("MONTHLY", ("-1FR",), 1, ())]
    assert kinds(fortnight) == [("WEEKLY", ("SA",), 2, ())]
    assert {each[0] for each in kinds(schedule(freq="MONTHLY", bymonthday="15"))} == {""}


def test_closures_and_special_hours_are_skipped():
    usual = schedule(byday="MO,WE")
    begins, ends = date(2026, 12, 21), date(2027, 1, 1)
    shut = Schedule(id="c", closed=True, valid_from=begins, valid_to=ends)
    [(_, byday, _, skipped)] = kinds(usual, shut)
    assert byday == ("MO", "WE")
    assert skipped == tuple(date(2026, 12, day) for day in (21, 23, 28, 30))


_PARTS = st.builds(
    schedule,
    freq=st.sampled_from(["WEEKLY", "MONTHLY"]),
    byday=st.sampled_from(["MO,TU,WE,TH,FR", "SA", "1MO,3MO", "-1TH", "5WE", "MO,WE", ""]),
    interval=st.sampled_from([None, 1, 2, 3]),
    dtstart=st.sampled_from([None, date(2026, 11, 2), date(2027, 1, 14)]),
    until=st.sampled_from([None, date(2027, 2, 1)]),
    count=st.sampled_from([None, None, 7]),
    opens_at=st.sampled_from(["09:00", "18:00", "00:00"]),
    closes_at=st.sampled_from(["17:00", "02:00", "23:59"]),
    closed=st.booleans(),
)


@given(st.lists(_PARTS, max_size=4), st.sets(st.dates(FIRST, SOON), max_size=5))
def test_the_days_are_those_of_the_rule_for_hours(schedules, unsure):
    found = opening_series(schedules, FIRST, SOON, unsure.__contains__)
    told = sorted((day, each.span) for each in found for day in expanded(each))
    days = [FIRST + timedelta(days=ahead) for ahead in range((SOON - FIRST).days + 1)]
    assert told == sorted(
        (day, span)
        for day in days
        if day not in unsure
        for span in minutes_open_from(schedules, day)
    )
    for each in found:
        assert not set(each.skipped) & set(each.days)


@pytest.mark.slow
def test_a_rule_that_has_no_day_is_followed_to_its_end_once():
    never = schedule(id="never", freq="MONTHLY", byday="5WE", bymonthday="1,15")
    before = recurrence.ever_occurs.cache_info().misses
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(60)]
    assert not any(recurrence.occurs_on(never, day) for day in days)
    assert recurrence.ever_occurs.cache_info().misses == before + 1
    assert recurrence.occurs_on(replace(never, bymonthday="30"), date(2026, 9, 30))
