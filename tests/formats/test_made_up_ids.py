"""Ids made up here: rows that say different things are different records, in any order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.records.schedules.opening_hours import usual_week
from tests.formats.conftest import read_list

_BASE = {
    "organizations.csv": "id,name,url\n1,Hope,\n",
    "services.csv": "id,organization_id,name,status\n1,1,Food,active\n",
}


_BASE_3 = {**_BASE, "organizations.csv": "id,name,website\n1,Hope,\n"}
_OHANA = {
    "organizations.csv": "id,name\n1,Hope\n",
    "locations.csv": "id,organization_id,name\n1,1,Hall\n",
    "services.csv": "id,location_id,name,status,service_areas\n1,1,Food,active,\n",
}
# The lists, the file of hours, its columns, and how these write a day that closes at 17:00.
_LISTS = {
    "hsds-1": (_BASE, "regular_schedules.csv", "id,service_id,weekday,opens_at,closes_at",
               lambda day, opens: f",1,{day},{opens},17:00"),
    "hsds-2": (_BASE, "schedules.csv", "id,service_id,weekday,opens,closes,dtstart",
               lambda day, opens: f",1,{day},{opens},5:00 PM,"),
    "hsds-3": (_BASE_3, "schedules.csv", "id,service_id,freq,byday,opens_at,closes_at",
               lambda day, opens: f",1,WEEKLY,{day[:2].upper()},{opens},17:00"),
    "ohana": (_OHANA, "regular_schedules.csv",
              "id,location_id,service_id,weekday,opens_at,closes_at",
              lambda day, opens: f",,1,{day},{opens},17:00"),
}  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_quiet = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def _hours(folder, name, rows, given_id=""):
    files, file, headers, write = _LISTS[name]
    lines = [f"{given_id}{write(day, opens)}" for day, opens in rows]
    path = folder({**files, file: "\n".join([headers, *lines, ""])})
    outcome = read_list(path)
    assert not outcome.refused
    return outcome.records("schedule")


@pytest.mark.parametrize("name", _LISTS)
@given(data=st.data())
@_quiet
def test_each_day_is_a_record_in_any_order(folder, name, data):
    days = data.draw(st.lists(st.sampled_from(_DAYS), unique=True, min_size=1))
    given_id = data.draw(st.sampled_from(["", "7"]))
    rows = [(day, "9:00") for day in days]
    found = {(s.id, s.byday, s.opens_at) for s in _hours(folder, name, rows, given_id)}
    assert {byday for _, byday, _ in found} == {day[:2].upper() for day in days}
    shuffled = data.draw(st.permutations(rows))
    assert {(s.id, s.byday, s.opens_at) for s in _hours(folder, name, shuffled, given_id)} == found


@pytest.mark.parametrize("name", _LISTS)
@given(data=st.data())
@_quiet
def test_a_day_whose_time_cannot_be_read_is_not_closed(folder, name, data):
    days = data.draw(st.lists(st.sampled_from(_DAYS), unique=True, min_size=2))
    bad = data.draw(st.sampled_from(["", "morning", "25:99", "nine", "9-ish"]))
    lost = days[0]
    rows = [(day, bad if day == lost else "9:00") for day in days]
    week = usual_week(_hours(folder, name, rows))
    number = _DAYS.index(lost)
    assert not week[number].spans
    assert not week[number].is_known
    known_closed = {day.weekday for day in week if day.is_known and not day.spans}
    assert known_closed == set(range(7)) - {_DAYS.index(day) for day in days}


@pytest.mark.parametrize("name", _LISTS)
def test_a_single_row_without_an_id_keeps_the_id_it_had(folder, name):
    """Ids made up before hours were part of them stay, so that the next list changes nothing."""
    (record,) = _hours(folder, name, [("Monday", "9:00")])
    (again,) = _hours(folder, name, [("Monday", "9:00")])
    assert record.id == again.id == _BEFORE[name]


_BEFORE = {
    "hsds-1": "038ef8b8-e0fc-584e-9e94-f503f91c9e93",
    "hsds-2": "d10990c3-fef2-5563-a53e-e9b5190aede0",
    "hsds-3": "4e6ba975-a3a7-504c-9640-95b7181abda6",
    "ohana": "038ef8b8-e0fc-584e-9e94-f503f91c9e93",
}


def test_what_is_left_out_is_named_by_line(folder):
    files, file, headers, write = _LISTS["hsds-2"]
    row = write("Monday", "9:00")
    path = folder({**files, file: f"{headers}\n{row}\n{row}\n,1,,,,\n{row}\n"})
    outcome = read_list(path, form="hsds-2")
    lines = {problem.code: (problem.file, problem.lines) for problem in outcome.problems}
    assert lines["rows-repeated"] == (file, (3, 5))
    assert lines["rows-without-content"] == (file, (4,))
