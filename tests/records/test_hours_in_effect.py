"""Which schedules count for a service at a location: the first level that states hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from referral.records.hsds import Schedule
from referral.records.schedules.hours_in_effect import (
    HoursInEffect,
    HoursLevel,
    hours_in_effect,
    level_of,
)
from referral.records.schedules.opening_hours import opening_state

WEEK = Schedule(id="w", byday="MO,TU,WE,TH,FR", opens_at="09:00", closes_at="17:00")
EVENING = Schedule(id="e", byday="MO", opens_at="18:00", closes_at="20:00")
DAY_AND_NIGHT = Schedule(id="d", byday="MO,TU,WE,TH,FR,SA,SU", opens_at="00:00", closes_at="23:59")
WORDS = Schedule(id="t", description="By appointment")
ENDED = replace(WEEK, id="x", valid_to=date(2020, 5, 1))
NO_SUNDAY = Schedule(id="s", byday="SU", closed=True)
CHRISTMAS = Schedule(
    id="c", closed=True, valid_from=date(2026, 12, 25), valid_to=date(2026, 12, 25)
)
CHRISTMAS_MEAL = Schedule(
    id="m", opens_at="11:00", closes_at="14:00",
    valid_from=date(2026, 12, 25), valid_to=date(2026, 12, 25),
)  # fmt: skip
HOLIDAYS = Schedule(id="h", closed=True, valid_from=date(2026, 12, 24), valid_to=date(2027, 1, 3))
BLANK = Schedule(id="b", freq="WEEKLY")


@pytest.mark.parametrize(
    ("at_location", "own", "location", "schedules", "level"),
    [
        ([EVENING], [WEEK], [DAY_AND_NIGHT], [EVENING], "service_at_location"),
        ([], [WEEK], [DAY_AND_NIGHT], [WEEK], "service"),
        ([], [], [DAY_AND_NIGHT], [DAY_AND_NIGHT], "location"),
        ([], [], [], [], None),
        # Several schedules of one level count together.
        ([], [WEEK, EVENING], [DAY_AND_NIGHT], [WEEK, EVENING], "service"),
        # Text and hours that have ended are statements: the building's do not stand in.
        ([WORDS], [WEEK], [WEEK], [WORDS], "service_at_location"),
        ([], [WORDS], [WEEK], [WORDS], "service"),
        ([], [ENDED], [WEEK], [ENDED], "service"),
        ([], [], [WORDS], [WORDS], "location"),
        ([], [Schedule(id="1", closed=True)], [WEEK], [Schedule(id="1", closed=True)], "service"),
        # A schedule that says nothing is none.
        ([BLANK], [], [WEEK], [WEEK], "location"),
        # Closures alone restrict the hours of the next level.
        ([], [NO_SUNDAY], [DAY_AND_NIGHT], [NO_SUNDAY, DAY_AND_NIGHT], "location"),
        ([CHRISTMAS], [WEEK], [], [CHRISTMAS, WEEK], "service"),
        ([], [CHRISTMAS], [], [CHRISTMAS], None),
        # A dated closure of the building closes what is in it; its ordinary week does not.
        ([], [WEEK], [DAY_AND_NIGHT, CHRISTMAS], [WEEK, CHRISTMAS], "service"),
        ([], [EVENING], [NO_SUNDAY], [EVENING], "service"),
        # Unless the service has hours for just these dates.
        ([], [WEEK, CHRISTMAS_MEAL], [CHRISTMAS], [WEEK, CHRISTMAS_MEAL], "service"),
        ([], [WEEK, CHRISTMAS_MEAL], [HOLIDAYS], [WEEK, CHRISTMAS_MEAL, HOLIDAYS], "service"),
    ],
)
def test_the_narrowest_level_that_states_hours_counts(at_location, own, location, schedules, level):
    found = hours_in_effect(at_location, own, location)
    assert found == HoursInEffect(tuple(schedules), HoursLevel(level) if level else None)
    assert found.is_of_building == (level == "location")


@pytest.mark.parametrize(
    ("parents", "level"),
    [
        ({"service_at_location_id": "a"}, HoursLevel.SERVICE_AT_LOCATION),
        ({"service_id": "s", "location_id": "l"}, HoursLevel.SERVICE_AT_LOCATION),
        ({"service_id": "s"}, HoursLevel.SERVICE),
        ({"location_id": "l"}, HoursLevel.LOCATION),
    ],
)
def test_a_schedule_belongs_to_what_it_names(parents, level):
    assert level_of(Schedule(id="1", **parents)) is level


@pytest.mark.slow
def test_nothing_is_open_by_the_building_where_the_service_says_otherwise():
    """Every instant at which it is open is one of the level that counts."""
    some = ([], [WEEK], [EVENING, CHRISTMAS], [WORDS], [ENDED], [DAY_AND_NIGHT])
    hours = [datetime(2026, 12, 21, tzinfo=UTC) + number * timedelta(hours=1)
             for number in range(14 * 24)]  # fmt: skip
    for at_location, own, location in product(some, repeat=3):
        stated = next((level for level in (at_location, own, location) if level), [])
        found = hours_in_effect(at_location, own, location).schedules
        for hour in hours:
            is_open, _ = opening_state(found, hour, "America/New_York")
            alone, _ = opening_state(stated, hour, "America/New_York")
            assert not is_open or alone
