"""When to call: an hour of opening that is sure, not in the night, and not in the past."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice

import pytest

from referral.directory.view_models import HoursBlock, ServicePage
from referral.patron.call_times import call_times
from referral.records.directory import Phone, Schedule, Service

DAYS = "MO,TU,WE,TH,FR,SA,SU"
OFFICE = Schedule(id="1", byday=DAYS, opens_at="07:00", closes_at="17:00")
LISTING = ServicePage(
    service=Service(id="s", organization_id="o", name="Pantry"), organization=None, phone=Phone(id="p", number="211"),
    hours=HoursBlock(schedules=(OFFICE,), zone="America/New_York"),
)  # fmt: skip


def times(listing=LISTING, at="2026-11-24T13:00", own_holidays=()):
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return [f"{each:%d %H:%M}" for each in islice(call_times(listing, now, own_holidays), 2)]


def open_at(opens, closes, **more):
    schedule = replace(OFFICE, opens_at=opens, closes_at=closes)
    return replace(LISTING, hours=replace(LISTING.hours, schedules=(schedule,), **more))


def test_nobody_is_to_call_before_eight_or_on_a_holiday():
    assert times() == ["25 08:00", "27 08:00"], "at eight it is too late for today"
    assert times(at="2026-11-24T12:59") == ["24 08:00", "25 08:00"]
    assert times(own_holidays={date(2026, 11, 25)}) == ["27 08:00", "28 08:00"]
    assert times(open_at("10:00", "12:00")) == ["24 10:00", "25 10:00"]
    assert times(open_at("06:00", "08:00")) == []
    assert times(open_at("06:00", "08:01")) == ["25 08:00", "27 08:00"]
    assert times(open_at("00:00", "23:59", always=True)) == ["24 09:00", "25 09:00"]


@pytest.mark.parametrize(
    "listing",
    [
        replace(LISTING, phone=None),
        replace(LISTING, service=replace(LISTING.service, status="temporarily closed")),
        replace(LISTING, hours=replace(LISTING.hours, zone="")),
        replace(LISTING, hours=replace(LISTING.hours, schedules=())),
    ],
)
def test_without_a_number_or_hours_there_is_no_time(listing):
    assert times(listing) == []
