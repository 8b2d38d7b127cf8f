"""Hours as a text that people write: what the text says is what is stored, both ways."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.hours_parser import DAYS, parse_hours
from referral.records.hsds import Schedule
from referral.records.schedules.hours_formatter import format_hours, to_hours_part, update_schedules

_TIMES = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from((0, 15, 30)))
_WEEK = st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(
    lambda days: ",".join(sorted(days, key=DAYS.index))
)
_MONTH = st.builds(
    lambda number, day: f"{number}{day}",
    st.sampled_from((1, 2, 3, 4, 5, -1)),
    st.sampled_from(DAYS),
)
_OPEN = st.builds(
    lambda days, opens, closes: Schedule(
        id="x", service_id="s", freq="MONTHLY" if days[0] in "-12345" else "WEEKLY",
        byday=days, opens_at=opens, closes_at=closes,
    ),
    _WEEK | _MONTH, _TIMES, _TIMES,
)  # fmt: skip
_CLOSED = _WEEK.map(
    lambda days: Schedule(id="x", service_id="s", freq="WEEKLY", byday=days, closed=True)
)


@given(st.lists(_OPEN | _CLOSED, max_size=6))
def test_a_text_made_of_hours_is_read_as_these_hours(schedules):
    schedules = [replace(each, id=str(number)) for number, each in enumerate(schedules)]
    text, others = format_hours(schedules)
    said = [each for each in schedules if each not in others]
    assert {to_hours_part(each) for each in said} == set(parse_hours(text) or ())


@pytest.mark.parametrize(
    "change",
    [
        {"notes": "Ring the bell"},
        {"valid_from": date(2026, 1, 1), "until": date(2026, 2, 1)},
        {"description": "Ring the bell"},
        {"interval": 2},
        {"opens_at": "9"},
        {"byday": ""},
        {"visibility": "staff"},
    ],
)
def test_what_a_text_cannot_say_stays_apart(change):
    whole = Schedule(id="1", freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="17:00")
    assert format_hours([whole]) == ("Mon 9 am-5 pm", ())
    assert format_hours([replace(whole, **change)])[1]


def test_what_is_said_again_keeps_its_identity_and_a_change_takes_the_next_one():
    stored = [
        Schedule(id="1", freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="17:00"),
        Schedule(id="2", freq="WEEKLY", byday="TU", opens_at="09:00", closes_at="17:00"),
    ]
    parts = parse_hours("Tue 9-5; Wed 9-5; Thu 9-5")
    found = update_schedules(parts, stored, Schedule(id="new"))
    assert [(each.id, each.byday) for each in found] == [("2", "TU"), ("1", "WE"), ("new", "TH")]
