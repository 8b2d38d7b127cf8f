"""Open or not: overnight, monthly, seasonal, exceptions, clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.records.hsds import Schedule
from referral.records.schedules.opening_hours import (
    DayHours,
    federal_holiday,
    first_day_in_doubt,
    is_always_open,
    is_closed_by_exception,
    may_differ_on,
    opening_state,
    openings_on,
    other_rules,
    usual_week,
)

ZONE = "America/New_York"
NEW_YORK = ZoneInfo(ZONE)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def rule(opens="09:00", closes="17:00", byday="MO,TU,WE,TH,FR", freq="WEEKLY", **more):
    return Schedule(id="1", freq=freq, byday=byday, opens_at=opens, closes_at=closes, **more)


def is_open_at(schedules, moment, zone):
    return opening_state(schedules, moment, zone)[0]


def next_opening(schedules, moment, zone):
    return opening_state(schedules, moment, zone)[1]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


OFFICE = rule()
NIGHT = rule("22:00", "06:00", "FR,SA")
WHOLE_DAYS = rule("00:00", "23:59", ",".join(DAYS))
SECOND_TUESDAY = rule("10:00", "12:00", "2TU", "MONTHLY")
CHRISTMAS = Schedule(
    id="2", closed=True, valid_from=date(2026, 12, 25), valid_to=date(2026, 12, 25)
)
SHORT_DAY = Schedule(
    id="3",
    valid_from=date(2026, 12, 24),
    valid_to=date(2026, 12, 24),
    opens_at="09:00",
    closes_at="12:00",
)
WORDS = Schedule(id="4", description="Open when the church is open")
EVERY_OTHER = rule(byday="TU", interval=2, dtstart=date(2026, 1, 6))


@pytest.mark.parametrize(
    ("schedules", "moment", "wanted"),
    [
        ([OFFICE], "2026-11-23 09:00:00", True),  # a Monday
        ([OFFICE], "2026-11-23 08:59:59", False),
        ([OFFICE], "2026-11-23 16:59:59", True),
        ([OFFICE], "2026-11-23 17:00:00", False),
        ([OFFICE], "2026-11-22 12:00:00", False),
        ([NIGHT], "2026-11-27 23:00:00", True),  # a Friday
        ([NIGHT], "2026-11-28 05:59:59", True),
        ([NIGHT], "2026-11-28 06:00:00", False),
        ([NIGHT], "2026-11-29 05:00:00", True),
        ([NIGHT], "2026-11-30 05:00:00", False),
        ([rule("18:00", "00:00")], "2026-11-23 23:59:59", True),
        ([rule("18:00", "00:00")], "2026-11-24 00:00:00", False),
        ([rule("18:00", "23:59")], "2026-11-23 23:59:30", True),
        ([rule("08:00", "08:00", "MO")], "2026-11-24 07:59:00", True),
        ([WHOLE_DAYS], "2026-11-23 23:59:30", True),
        ([WHOLE_DAYS], "2026-11-24 00:00:00", True),
        ([rule("00:00", "23:59", "MO")], "2026-11-24 00:00:00", False),
        ([SECOND_TUESDAY], "2026-11-10 11:00:00", True),
        ([SECOND_TUESDAY], "2026-11-03 11:00:00", False),
        ([rule(byday="-1FR", freq="MONTHLY")], "2026-11-27 11:00:00", True),
        ([rule(byday="", freq="MONTHLY", bymonthday="15")], "2026-11-15 11:00:00", True),
        ([rule(byday="", freq="MONTHLY", bymonthday="15")], "2026-11-16 11:00:00", False),
        ([EVERY_OTHER], "2026-11-24 11:00:00", True),
        ([EVERY_OTHER], "2026-11-17 11:00:00", False),
        ([rule(byday="", dtstart=date(2026, 11, 2))], "2026-11-23 11:00:00", True),
        ([rule(byday="MO", dtstart=date(2026, 11, 2), count=2)], "2026-11-09 11:00:00", True),
        ([rule(byday="MO", dtstart=date(2026, 11, 2), count=2)], "2026-11-16 11:00:00", False),
        ([OFFICE, CHRISTMAS], "2026-12-25 11:00:00", False),
        ([OFFICE, SHORT_DAY], "2026-12-24 11:00:00", True),
        ([OFFICE, SHORT_DAY], "2026-12-24 13:00:00", False),
        ([OFFICE, SHORT_DAY], "2026-12-23 13:00:00", True),
        ([rule(until=date(2026, 11, 1))], "2026-11-23 11:00:00", False),  # it has ended
        ([rule(until=date(2026, 11, 23))], "2026-11-23 11:00:00", True),
        ([rule(valid_to=date(2026, 11, 1))], "2026-11-23 11:00:00", None),  # nobody says any more
        ([rule(valid_from=date(2026, 12, 1))], "2026-11-23 11:00:00", None),
        ([rule(valid_to=date(2026, 11, 23))], "2026-11-23 11:00:00", True),
        ([rule(valid_from=date(2026, 11, 23))], "2026-11-23 11:00:00", True),
        ([rule(dtstart=date(2026, 11, 23))], "2026-11-23 11:00:00", True),
        ([rule(dtstart=date(2026, 12, 1))], "2026-11-23 11:00:00", False),
        ([rule("", "", byday="SU", closed=True)], "2026-11-22 11:00:00", False),
        ([rule("", "", byday="SU", closed=True)], "2026-11-23 11:00:00", None),
        ([WORDS], "2026-11-23 11:00:00", None),
        ([], "2026-11-23 11:00:00", None),
        ([rule(interval=2)], "2026-11-23 11:00:00", None),  # every other week, but since when?
        ([rule(byday="XX")], "2026-11-23 11:00:00", None),
        ([rule("9", "17")], "2026-11-23 11:00:00", None),
        ([rule(byday="2TU")], "2026-11-10 11:00:00", None),  # a week has no second Tuesday
        ([rule(freq="", byday="MO")], "2026-11-23 11:00:00", True),
    ],
)
def test_open_or_not(schedules, moment, wanted):
    assert is_open_at(schedules, at(moment), ZONE) is wanted


def test_the_moment_may_come_in_any_zone_but_must_have_one():
    assert is_open_at([OFFICE], datetime(2026, 11, 23, 14, 30, tzinfo=UTC), ZONE) is True
    assert (
        is_open_at([OFFICE], datetime(2026, 11, 23, 14, 30, tzinfo=UTC), "America/Los_Angeles")
        is False
    )
    with pytest.raises(ValueError, match="time zone"):
        is_open_at([OFFICE], datetime(2026, 11, 23, 14, 30), ZONE)  # noqa: DTZ001


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc", "America"])
def test_without_a_zone_nothing_is_said(zone):
    assert is_open_at([OFFICE], at("2026-11-23 11:00"), zone) is None
    assert next_opening([OFFICE], at("2026-11-23 11:00"), zone) is None


def test_clock_changes_follow_the_sign_at_the_door():
    sundays = [rule("01:30", "02:30", "SU")]
    spring = datetime(2026, 3, 8, 6, 45, tzinfo=UTC)  # 01:45, before the jump from 02:00 to 03:00
    assert is_open_at(sundays, spring, ZONE) is True
    assert is_open_at(sundays, spring + timedelta(minutes=15), ZONE) is False  # 03:00
    autumn = datetime(2026, 11, 1, 5, 45, tzinfo=UTC)  # 01:45 for the first time
    assert is_open_at(sundays, autumn, ZONE) is True
    assert is_open_at(sundays, autumn + timedelta(hours=1), ZONE) is True
    assert is_open_at(sundays, autumn + timedelta(hours=2), ZONE) is False


def test_an_opening_under_way_in_the_hour_that_comes_twice_has_not_ended():
    moment = datetime(2026, 11, 1, 6, 45, tzinfo=UTC)  # 01:45 for the second time
    _, closes = next_opening([rule("00:30", "01:50", "SU")], moment, ZONE)
    assert closes.astimezone(UTC) == moment + timedelta(minutes=5)


def test_a_night_over_a_clock_change_ends_at_its_wall_time():
    opens, closes = next_opening([rule("22:00", "06:00", "SA")], at("2026-03-07 23:00"), ZONE)
    assert (opens.isoformat(), closes.isoformat()) == (
        "2026-03-07T22:00:00-05:00",
        "2026-03-08T06:00:00-04:00",
    )


@pytest.mark.parametrize(
    ("schedules", "moment", "opens", "closes"),
    [
        ([OFFICE], "2026-11-23 08:00", "2026-11-23 09:00", "2026-11-23 17:00"),
        ([OFFICE], "2026-11-23 10:00", "2026-11-23 09:00", "2026-11-23 17:00"),  # under way
        ([OFFICE], "2026-11-27 17:00", "2026-11-30 09:00", "2026-11-30 17:00"),
        ([OFFICE, CHRISTMAS], "2026-12-24 18:00", "2026-12-28 09:00", "2026-12-28 17:00"),
        ([NIGHT], "2026-11-28 05:00", "2026-11-27 22:00", "2026-11-28 06:00"),
        ([SECOND_TUESDAY], "2026-11-10 12:00", "2026-12-08 10:00", "2026-12-08 12:00"),
        ([OFFICE, SECOND_TUESDAY], "2026-11-10 07:00", "2026-11-10 09:00", "2026-11-10 17:00"),
        (
            [rule("00:00", "23:59", "MO")],
            "2026-11-23 10:00",
            "2026-11-23 00:00",
            "2026-11-24 00:00",
        ),
    ],
)
def test_next_opening(schedules, moment, opens, closes):
    assert next_opening(schedules, at(moment), ZONE) == (at(opens), at(closes))


def test_no_next_opening():
    assert next_opening([WORDS], at("2026-11-23 10:00"), ZONE) is None
    assert next_opening([rule(until=date(2026, 11, 1))], at("2026-11-23 10:00"), ZONE) is None


def test_openings_are_in_order_and_given_once():
    both = [rule("13:00", "17:00"), rule("08:00", "12:00"), rule("13:00", "17:00")]
    assert openings_on(both, date(2026, 11, 23)) == (("08:00", "12:00"), ("13:00", "17:00"))


def test_the_usual_week():
    schedules = [
        OFFICE,
        rule("09:00", "12:00", "SA"),
        rule("", "", "WE", closed=True),
        SECOND_TUESDAY,
        CHRISTMAS,
    ]
    week = usual_week(schedules, date(2026, 12, 25))
    nine_to_five = (("09:00", "17:00"),)
    spans = [nine_to_five, nine_to_five, (), nine_to_five, nine_to_five, (("09:00", "12:00"),), ()]
    assert week == tuple(DayHours(day, spans[day]) for day in range(7))


def test_each_schedule_that_is_not_over_is_in_the_week_or_in_the_words():
    summer = rule(valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31))
    schedules = [OFFICE, SECOND_TUESDAY, CHRISTMAS, WORDS, EVERY_OTHER, summer]
    assert other_rules(schedules, date(2026, 3, 2)) == (
        SECOND_TUESDAY,
        CHRISTMAS,
        WORDS,
        EVERY_OTHER,
        summer,
    )
    for last_day in (SHORT_DAY, rule("10:00", "12:00", "2TU", until=date(2026, 12, 24))):
        assert other_rules([last_day], date(2026, 12, 24)) == (last_day,)
        assert other_rules([last_day], date(2026, 12, 25)) == ()
    assert other_rules([summer], date(2026, 7, 1)) == ()
    assert usual_week([summer], date(2026, 7, 1))[0].spans == (("09:00", "17:00"),)
    assert other_rules([summer], date(2026, 9, 1)) == ()
    assert usual_week([summer], date(2026, 9, 1))[0].spans == ()


def test_a_closure_with_dates_leaves_the_usual_week_alone():
    stocktaking = rule(
        "", "", "FR", closed=True, valid_from=date(2026, 7, 1), valid_to=date(2026, 7, 31)
    )
    assert usual_week([OFFICE, stocktaking], date(2026, 7, 10))[4].spans == (("09:00", "17:00"),)
    assert other_rules([OFFICE, stocktaking], date(2026, 7, 10)) == (stocktaking,)
    assert openings_on([OFFICE, stocktaking], date(2026, 7, 10)) == ()


def test_a_holiday_leaves_usual_hours_unsure_unless_the_listing_names_it():
    christmas, plain = date(2026, 12, 25), date(2026, 12, 23)
    assert may_differ_on([OFFICE], christmas)
    assert not may_differ_on([OFFICE, CHRISTMAS], christmas)
    assert not may_differ_on([OFFICE], plain)
    assert may_differ_on([OFFICE], plain, {plain})
    for first, is_season in ((date(2026, 12, 12), False), (date(2026, 12, 11), True)):
        closure = Schedule(id="5", closed=True, valid_from=first, valid_to=date(2026, 12, 26))
        assert may_differ_on([OFFICE, closure], christmas) is is_season


def test_only_a_closure_with_dates_is_an_exception():
    christmas = date(2026, 12, 25)  # a Friday
    assert is_closed_by_exception([OFFICE, CHRISTMAS], christmas)
    assert not is_closed_by_exception([OFFICE, CHRISTMAS], date(2026, 12, 24))
    for schedules in ([OFFICE], [OFFICE, rule("", "", "FR", closed=True)]):
        assert not is_closed_by_exception(schedules, christmas)


def test_a_day_in_doubt_is_looked_for_before_the_next_opening_and_for_a_week():
    friday, ends = at("2026-11-20 20:00"), {"valid_from": date(2026, 11, 27)}
    saturdays, later = rule("", "", "SA"), rule("", "", "FR", **ends)
    monday, in_ten_days = friday + timedelta(days=3), friday + timedelta(days=10)
    for opening in (None, monday, in_ten_days):
        found = first_day_in_doubt([OFFICE, saturdays], friday, ZONE, opening)
        assert found == date(2026, 11, 21)
    for schedules, opening in (
        ([OFFICE, saturdays], friday + timedelta(days=1)), ([later], None), ([later], in_ten_days),
    ):  # fmt: skip
        assert first_day_in_doubt(schedules, friday, ZONE, opening) is None


def test_always_open():
    assert is_always_open([WHOLE_DAYS])
    assert is_always_open([rule("08:00", "08:00", ",".join(DAYS))])
    assert not is_always_open([rule("00:00", "23:59")])
    assert not is_always_open([rule("00:00", "23:00", ",".join(DAYS))])
    assert not is_always_open([WHOLE_DAYS, rule("", "", "SU", closed=True)])
    assert not is_always_open([])


# ------------------------------------------------------------------ against a slow, plain reading

WALL = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
SOME_DATES = st.one_of(st.none(), st.dates(date(2026, 2, 1), date(2026, 4, 30)))
SCHEDULES = st.builds(
    Schedule,
    id=st.just("1"),
    freq=st.sampled_from(["WEEKLY", "MONTHLY", ""]),
    byday=st.sampled_from(["", "MO", "MO,TU,WE,TH,FR", "SA,SU", "2TU,-1FR", "1SU", *DAYS]),
    interval=st.sampled_from([None, None, 1, 2]),
    count=st.sampled_from([None, None, None, 3]),
    opens_at=WALL,
    closes_at=WALL,
    closed=st.sampled_from([False, False, False, True]),
    valid_from=SOME_DATES,
    valid_to=SOME_DATES,
    dtstart=SOME_DATES,
    until=SOME_DATES,
)


def minutes_open(schedules, day):
    """Which minutes since midnight of a day are open, counted one by one on a paper strip."""
    strip = set()
    for start_day, shift in ((day - timedelta(days=1), -1440), (day, 0)):
        for opens, closes in openings_on(schedules, start_day):
            minute = int(opens[:2]) * 60 + int(opens[3:])
            end = 1440 if closes == "23:59" else int(closes[:2]) * 60 + int(closes[3:])
            while True:
                strip.add(minute + shift)
                minute += 1
                if minute == end or minute == end + 1440:
                    break
    return strip


@settings(max_examples=37)
@given(st.lists(SCHEDULES, max_size=4), st.dates(date(2026, 2, 20), date(2026, 4, 10)))
def test_open_at_agrees_with_counting_minutes(schedules, day):
    strip = minutes_open(schedules, day)
    for minute in {
        0,
        1,
        719,
        1438,
        1439,
        *(m + d for m in strip for d in (-1, 0, 1) if (m + d) % 15 in {0, 1, 14}),
    }:
        if not 0 <= minute < 1440 or 120 <= minute < 180:  # the hour that one day in March lacks
            continue
        moment = datetime.combine(day, time(minute // 60, minute % 60), NEW_YORK)
        assert bool(is_open_at(schedules, moment, ZONE)) == (minute in strip)


@settings(max_examples=15)
@given(st.lists(SCHEDULES, max_size=3), st.datetimes(datetime(2026, 2, 20), datetime(2026, 4, 10)))  # noqa: DTZ001
def test_next_opening_agrees_with_open_at(schedules, wall):
    moment = wall.replace(tzinfo=UTC)
    found = next_opening(schedules, moment, ZONE)
    assert bool(is_open_at(schedules, moment, ZONE)) == bool(found and found[0] <= moment)
    if found:
        assert found[1].astimezone(UTC) > moment
        assert (found[0].strftime("%H:%M")) in {s.opens_at for s in schedules} or found[
            0
        ].month == 3


@given(st.builds(Schedule, id=st.just("1"), freq=st.text(max_size=8), byday=st.text(max_size=8),
                 opens_at=st.text(max_size=6), closes_at=st.text(max_size=6), interval=st.integers(),
                 count=st.integers(), bymonthday=st.text("0123,-x", max_size=5), byweekno=st.text("0123,-x", max_size=5),
                 byyearday=st.text("0123,-x", max_size=5),
                 wkst=st.text(max_size=3), dtstart=st.dates()), st.dates())  # fmt: skip
def test_bad_schedules_are_no_error(schedule, day):
    openings_on([schedule], day)
    usual_week([schedule], day)
    other_rules([schedule], day)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "New Year’s Day"),
        (date(2026, 1, 19), "Martin Luther King Jr. Day"),
        (date(2026, 2, 16), "Presidents’ Day"),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2027, 5, 31), "Memorial Day"),
        (date(2026, 6, 19), "Juneteenth"),
        (date(2026, 7, 3), "Independence Day"),  # kept on the Friday before
        (date(2026, 7, 4), "Independence Day"),
        (date(2027, 7, 5), "Independence Day"),  # kept on the Monday after
        (date(2026, 9, 7), "Labor Day"),
        (date(2026, 10, 12), "Columbus Day and Indigenous Peoples’ Day"),
        (date(2026, 11, 11), "Veterans Day"),
        (date(2026, 11, 26), "Thanksgiving Day"),
        (date(2027, 11, 25), "Thanksgiving Day"),
        (date(2026, 12, 25), "Christmas Day"),
        (date(2027, 12, 31), "New Year’s Day"),  # of 2028, a Saturday
        (date(2026, 11, 27), ""),
        (date(2026, 12, 24), ""),
        (date(2020, 6, 19), ""),  # made a holiday in 2021
        (date.min, ""),
        (date.max, ""),
    ],
)
def test_holidays(day, name):
    assert federal_holiday(day) == name


def test_a_year_has_eleven():
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + step) for step in range(365)]
    assert len({federal_holiday(day) for day in days} - {""}) == 11
