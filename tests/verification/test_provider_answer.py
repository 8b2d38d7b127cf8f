"""What a provider sends: only what was asked, only what is otherwise, hours as they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.hours_parser import DAYS, parse_hours
from referral.records.schedules.opening_hours import DayHours
from referral.verification.provider_answer import (
    LONGEST,
    Question,
    changed_answers,
    phone_values,
    schedules_from,
    week_text,
)

NAME = Question("service/s1/name", "Food pantry")
HOURS = Question("service/s1/hours", "Mon 09:00-12:00", is_prefilled=False)
SPANS = st.sampled_from([(), (("09:00", "12:00"),), (("09:00", "12:00"), ("13:00", "16:30"))])


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, []),
        ({"service/s1/name": "Food pantry"}, []),
        ({"service/s1/name": " Food  pantry\r\n"}, []),
        ({"service/s1/name": "Pantry"}, ["Pantry"]),
        ({"service/s1/name": ""}, [""]),
        ({"service/s1/hours": ""}, []),
        ({"service/s1/hours": "Mon 9-12"}, ["Mon 9-12"]),
        ({"service/other/name": "Mine", "csrf_token": "x"}, []),
        ({"service/s1/name": "x" * (LONGEST + 9)}, ["x" * LONGEST]),
    ],
)
def test_only_what_is_asked_and_otherwise_counts(answers, found):
    assert [answer for _, answer in changed_answers((NAME, HOURS), answers)] == found


@given(st.lists(SPANS, min_size=7, max_size=7))
def test_a_week_is_written_as_it_can_be_typed(spans):
    text = week_text([DayHours(day, each) for day, each in enumerate(spans)])
    read = {
        (day, part.opens_at, part.closes_at)
        for part in parse_hours(text) or ()
        for day in part.byday.split(",")
    }
    assert read == {(DAYS[day], *span) for day, each in enumerate(spans) for span in each}


def test_hours_that_cannot_be_read_are_kept_in_words():
    ids = iter("abc")
    [schedule] = schedules_from("Ring twice, ask for Jo", {"service_id": "s1"}, ids)
    assert (schedule.description, schedule.service_id) == ("Ring twice, ask for Jo", "s1")
    [schedule] = schedules_from("Tue 1pm-3pm", {"service_at_location_id": "l1"}, ids)
    assert (schedule.byday, schedule.opens_at, schedule.service_at_location_id) == (
        "TU", "13:00", "l1",
    )  # fmt: skip


def test_phones():
    assert phone_values("555-0199 ext. 4", "814") == {
        "number": "555-0199", "tel": "+18145550199", "extension": "4",
    }  # fmt: skip
    assert phone_values("ask the church", "814")["tel"] == ""
