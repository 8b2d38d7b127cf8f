"""Hours in words: read when the whole text is clear, else left alone."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.clock_times import is_wall_time, parse_span, parse_time
from referral.fields.hours_parser import HoursPart, parse_hours, parse_weekdays
from referral.records.schedules.recurrence import parse_byday

WORKDAYS = "MO,TU,WE,TH,FR"
ALL_DAYS = "MO,TU,WE,TH,FR,SA,SU"


def weekly(byday, opens, closes):
    return HoursPart("WEEKLY", byday, opens, closes)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9am", "09:00"),
        ("9:00AM", "09:00"),
        ("9:00 a.m.", "09:00"),
        ("17:00", "17:00"),
        ("noon", "12:00"),
        ("12 noon", "12:00"),
        ("midnight", "00:00"),
        ("mediodía", "12:00"),
        ("8:30 p.m.", "20:30"),
        ("0900", "09:00"),
        ("09:00-05:00", "09:00"),
        ("09:00Z", "09:00"),
        ("09:00:00", "09:00"),
        ("4:00 PM EST", "16:00"),
        ("12:00am", "00:00"),
        ("12pm", "12:00"),
        ("24:00", "00:00"),
        ("9", None),
        ("", None),
        ("Closed", None),
        ("25:00", None),
        ("9:75", None),
        ("13am", None),
        ("0am", None),
        ("9-5", None),
        ("٩:٠٠", None),
    ],
)
def test_times(text, time):
    assert parse_time(text) == time


@pytest.mark.parametrize(
    ("opens", "closes", "times"),
    [
        ("8:30AM", "5:00pm", ("08:30", "17:00")),
        ("9:00", "5:00", ("09:00", "17:00")),
        ("09:00", "17:00", ("09:00", "17:00")),
        ("12:00am", "12:00am", ("00:00", "23:59")),
        ("00:00", "23:59", ("00:00", "23:59")),
        ("10pm", "6am", ("22:00", "06:00")),
        ("9:00am", "9:00am", None),
        ("9am", "5am", None),
        ("Closed", "", None),
        ("9:00AM", "", None),
    ],
)
def test_times_in_two_cells(opens, closes, times):
    assert parse_span(opens, closes) == times


@pytest.mark.parametrize(
    ("text", "byday"),
    [
        ("Monday - Friday", WORKDAYS),
        ("Monday-Friday", WORKDAYS),
        ("Mon thru Fri", WORKDAYS),
        ("M-F", WORKDAYS),
        ("Mon, Wed & Fri", "MO,WE,FR"),
        ("monday,tuesday", "MO,TU"),
        ("Mon - Wed, Fri", "MO,TU,WE,FR"),
        ("Monday, Wed-Thur", "MO,WE,TH"),
        ("weekdays", WORKDAYS),
        ("weekends", "SA,SU"),
        ("daily", ALL_DAYS),
        ("every day", ALL_DAYS),
        ("7 days a week", ALL_DAYS),
        ("Sunday - Saturday", ALL_DAYS),
        ("Sat-Mon", "MO,SA,SU"),
        ("Tues/Thurs", "TU,TH"),
        ("Wednesdays", "WE"),
        ("lunes a viernes", WORKDAYS),
        ("sábados y domingos", "SA,SU"),
        ("2nd Tuesday", "2TU"),
        ("Second Saturday", "2SA"),
        ("last Saturday of the month", "-1SA"),
        ("1st and 3rd Wed", "1WE,3WE"),
        ("2nd and 4th Saturdays of every month", "2SA,4SA"),
        ("first Monday and third Thursday", "1MO,3TH"),
        ("Every other Tuesday", None),
        ("Wendesday", None),
        ("Monday and 2nd Tuesday", None),
        ("November 1 - March 31", None),
        ("first", None),
        ("", None),
    ],
)
def test_weekdays(text, byday):
    assert parse_weekdays(text) == byday


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Monday \u00ad Friday, 8:30am - 5pm", [weekly(WORKDAYS, "08:30", "17:00")]),
        (
            "Mon-Fri 8:30am-5pm; Sat 9-12",
            [weekly(WORKDAYS, "08:30", "17:00"), weekly("SA", "09:00", "12:00")],
        ),
        ("M-F 9-5", [weekly(WORKDAYS, "09:00", "17:00")]),
        (
            "Mon-Fri 9-5, Sat 10-2",
            [weekly(WORKDAYS, "09:00", "17:00"), weekly("SA", "10:00", "14:00")],
        ),
        ("Mon 9-5 Tue 10-6", [weekly("MO", "09:00", "17:00"), weekly("TU", "10:00", "18:00")]),
        ("9am-5pm Mon-Fri", [weekly(WORKDAYS, "09:00", "17:00")]),
        ("24 hours", [weekly(ALL_DAYS, "00:00", "23:59")]),
        ("24/7", [weekly(ALL_DAYS, "00:00", "23:59")]),
        ("24 hours a day, 7 days a week", [weekly(ALL_DAYS, "00:00", "23:59")]),
        ("Mon-Fri 24 hours", [weekly(WORKDAYS, "00:00", "23:59")]),
        ("Tues. & Thurs. 10 a.m. to 2 p.m.", [weekly("TU,TH", "10:00", "14:00")]),
        ("Monday through Friday, 9:00 a.m. – 5:00 p.m.", [weekly(WORKDAYS, "09:00", "17:00")]),
        (
            "Mo-Fr 08:00-12:00,13:00-17:30; Sa[1] 09:00-13:00",
            [
                weekly(WORKDAYS, "08:00", "12:00"),
                weekly(WORKDAYS, "13:00", "17:30"),
                HoursPart("MONTHLY", "1SA", "09:00", "13:00"),
            ],
        ),
        ("Mo-Su 00:00-24:00", [weekly(ALL_DAYS, "00:00", "23:59")]),
        ("2nd Tuesday of the month, 10am-noon", [HoursPart("MONTHLY", "2TU", "10:00", "12:00")]),
        ("Closed Sunday", [HoursPart("WEEKLY", "SU", closed=True)]),
        ("Sun: Closed", [HoursPart("WEEKLY", "SU", closed=True)]),
        (
            "Mon: 9am-5pm\nSat: closed",
            [weekly("MO", "09:00", "17:00"), HoursPart("WEEKLY", "SA", closed=True)],
        ),
        ("lunes a viernes de 9am a 5pm", [weekly(WORKDAYS, "09:00", "17:00")]),
        ("Fri 10pm-6am", [weekly("FR", "22:00", "06:00")]),
        ("Mon 1-3pm", [weekly("MO", "13:00", "15:00")]),
        ("Mon 10-2pm", [weekly("MO", "10:00", "14:00")]),
        ("Mon 9am-5", [weekly("MO", "09:00", "17:00")]),
        ("Mon 6pm-2", [weekly("MO", "18:00", "02:00")]),
        ("Mon 9-11:30am", [weekly("MO", "09:00", "11:30")]),
        ("MWF 9-1", [weekly("MO,WE,FR", "09:00", "13:00")]),
        ("T/Th 10-2", [weekly("TU,TH", "10:00", "14:00")]),
        ("Open 24 hours/7 days", [weekly(ALL_DAYS, "00:00", "23:59")]),
        ("Office hours: Monday-Friday 9-5", [weekly(WORKDAYS, "09:00", "17:00")]),
        ("Mon 12-4", [weekly("MO", "12:00", "16:00")]),
    ],
)
def test_hours_that_are_clear(text, parts):
    assert parse_hours(text) == tuple(parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9-5",
        "9am-5pm",
        "Mon-Fri",
        "By appointment",
        "Mon-Fri 9-5 by appointment",
        "Mon-Fri 9-5; closed holidays",
        "Mon 9-11",  # until before noon, or before midnight?
        "Mon 8-9pm",
        "Mon 9am-11",
        "Mon 8-8",
        "Mon 9am-5am",
        "Mon-Fri 9am-5pm (closed 12-1)",
        "Every other Tuesday 9am-5pm",
        "June-August Mon 9-5",
        "Mon 9",
        "Mon 9-",
        "T 9-5",  # Tuesday or Thursday?
        "Every Monday 6 p.m.",
        "hours",
        "9-5 Mon, Tue 10-6",
        "Mon-Fri 9-5, 10-2 Sat",
        "Closed",
        "PH off",
        "Call 555-0123",
    ],
)
def test_hours_that_are_not_clear_are_not_guessed(text):
    assert parse_hours(text) is None


WORDS = st.lists(
    st.sampled_from(
        ["Mon", "Fri", "M", "Tues.", "-", " ", ",", ";", "9", "5", "9am", "5 p.m.", "17:00", "to", "and", "closed",
         "2nd", "last", "of the month", "24 hours", "[1]", "noon", ":", "every", "daily", "\n", "12", "x"]
    ),
    max_size=9,
).map(" ".join)  # fmt: skip


@given(st.one_of(st.text(), WORDS))
def test_what_is_read_makes_good_records(text):
    parse_weekdays(text)
    parse_time(text)
    for part in parse_hours(text) or ():
        assert parse_byday(part.byday)
        assert part.freq in {"WEEKLY", "MONTHLY"}
        assert part.closed or (is_wall_time(part.opens_at) and is_wall_time(part.closes_at))


def test_real_schedules_are_nearly_all_read(shared_data: Path):
    with (shared_data / "dc-directory/2021-export/schedules.csv").open(
        encoding="utf-8-sig"
    ) as file:
        rows = list(csv.DictReader(file))
    days = [row["weekday"] for row in rows if row["weekday"]]
    times = [
        (row["opens"], row["closes"])
        for row in rows
        if row["opens"][:1].isdigit() and row["closes"]
    ]
    assert sum(parse_weekdays(text) is None for text in days) <= 12
    assert sum(parse_span(*pair) is None for pair in times) <= 35  # "5:00pm" to "5:00pm", mostly
