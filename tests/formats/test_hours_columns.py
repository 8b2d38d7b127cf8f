"""Columns that only together say when it is open are read as hours."""

import pytest

from referral.formats.column_mapping import ColumnRule
from tests.formats.mapped_tables import mapped, rules_of

PAIRS = ["Name", "Open Monday", "Close Monday", "Open Tuesday", "Close Tuesday"]
TRIPLES = ["Name", "daycode1", "day1_open", "day1_close", "daycode2", "day2_open", "day2_close"]
BESIDE = ["Name", "Days", "Time: Open", "Time: Close"]


def hours_of(header, *rows):
    """Read the rows by the proposed mapping; give what the schedules say, in order."""
    rules = list(rules_of(header, *rows).values())
    return sorted(
        (each.byday or each.description, each.opens_at, each.closes_at)
        for each in mapped(rules, header, *rows).records("schedule")
    )


def test_the_day_stands_in_the_header():
    rows = (
        ["Hope", "10:00:00 AM", "2:00:00 PM", "CLOSED", "CLOSED"],
        ["Help", "CLOSED", "CLOSED", "9:00:00 AM", "5:00:00 PM"],
    )
    assert hours_of(PAIRS, *rows) == [
        ("MO", "", ""), ("MO", "10:00", "14:00"), ("TU", "", ""), ("TU", "09:00", "17:00"),
    ]  # fmt: skip


def test_the_day_stands_in_a_column_of_the_same_number():
    rows = (
        ["Hope", "Fri4th", "1300", "1700", "SatLast", "0900", "1100"],
        ["Help", "Mon-Fri", "1000", "1130", "", "", ""],
    )
    assert hours_of(TRIPLES, *rows) == [
        ("-1SA", "09:00", "11:00"), ("4FR", "13:00", "17:00"),
        ("MO,TU,WE,TH,FR", "10:00", "11:30"),
    ]  # fmt: skip


def test_one_pair_stands_beside_a_column_of_days():
    rows = (["Hope", "Mon-Fri", "9AM", "5PM"], ["Help", "Sat 7AM - 9AM", "7:00 PM", "9:00 PM"])
    assert hours_of(BESIDE, *rows) == [
        ("MO,TU,WE,TH,FR", "09:00", "17:00"), ("SA", "07:00", "09:00"),
    ]  # fmt: skip


def test_days_without_any_cell_say_nothing():
    rows = (["Hope", "9 AM", "5 PM", "9 AM", "5 PM"], ["Help", "", "", "", ""])
    assert [day for day, *_ in hours_of(PAIRS, *rows)] == ["MO", "TU"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["Hope", "6:00 PM", "", "CLOSED", "CLOSED"], "Monday from 6:00 PM"),
        (["Hope", "6:00 PM", "6:00 PM", "CLOSED", "CLOSED"], "Monday from 6:00 PM"),
        (["Hope", "", "8 PM", "CLOSED", "CLOSED"], "Monday until 8 PM"),
    ],
)
def test_half_of_a_pair_is_said_in_words(row, said):
    whole = ["Help", "9 AM", "5 PM", "9 AM", "5 PM"]
    assert said in str(hours_of(PAIRS, whole, row))


def test_what_does_not_read_as_times_is_no_hours():
    rules = rules_of(
        ["Name", "Start", "End"],
        ["Hope", "Elm Street", "Oak Street"],
        ["Help", "Main Street", "Low Road"],
    )
    assert (rules["Start"].target, rules["End"].target) == ("", "")


def test_a_person_may_say_which_column_closes():
    header = ["Name", "daycode6", "day6_open", "day6_open (2)"]
    targets = ("service.name", "schedule.weekday", "schedule.opens", "schedule.closes")
    columns = [
        ColumnRule(column=name, target=target) for name, target in zip(header, targets, strict=True)
    ]
    outcome = mapped(columns, header, ["Hope", "Sat", "0900", "1300"])
    hours = outcome.one("schedule")
    assert (hours.byday, hours.opens_at, hours.closes_at) == ("SA", "09:00", "13:00")
