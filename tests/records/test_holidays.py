"""The federal holidays, against what the government published for these years."""

from datetime import date

import pytest

from referral.records.schedules.opening_hours import federal_holiday


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
