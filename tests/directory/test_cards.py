"""Cards: the place that was found, hours nobody is misled by, and what to call about first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from referral.directory.cards import CardBuilder, hours_block, zone_of
from referral.directory.danger import raised_help_lines
from referral.fields.places.lookup import find_zip
from referral.records.hsds import Address, Location, Schedule, Service
from referral.records.listing import Listing, ListingSite
from referral.records.schedules.hours_in_effect import HoursInEffect
from referral.search.query import Danger, Degree, Hit
from referral.store.listed_services import RepeatedNames
from tests.conftest import settings_for

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
SERVICE = Service(id="s", organization_id="o", name="Pantry")
MORNING = Schedule(id="1", byday="TU", opens_at="09:00", closes_at="12:00")
NOON = replace(MORNING, id="2", opens_at="11:00", closes_at="14:00")
AFTERNOON = replace(MORNING, id="3", opens_at="12:00", closes_at="14:00")


@pytest.fixture
def settings(tmp_path):
    return settings_for(tmp_path, f"sqlite:///{tmp_path / 'none.sqlite3'}")


@pytest.fixture
def builder(settings):
    return CardBuilder(settings, (), NOW, RepeatedNames())


def place(key, zip_code="", **position):
    address = Address(id=key, location_id=key, postal_code=zip_code) if zip_code else None
    return ListingSite(location=Location(id=key, name=key, **position), address=address)


def test_a_listing_checked_a_year_ago_is_one_to_call_about(builder):
    today = NOW.date()
    for checked, is_old in ((today - timedelta(365), False), (today - timedelta(366), True)):
        assert builder.call_first(replace(SERVICE, assured_date=checked)) is is_old
    assert builder.call_first(SERVICE), "never checked"


def test_a_card_is_about_the_place_that_was_found(builder):
    here = {"latitude": 41.64, "longitude": -80.15}
    listing = Listing(service=SERVICE, sites=(place("north"), place("south", **here)))
    near = find_zip("16335")
    found = builder.card(listing, Hit(service_id="s", score=1.0, location_id="south"), near)
    assert (found.site.location.id, found.more_places) == ("south", 1)
    assert found.site.distance_miles < 5
    for hit in (None, Hit(service_id="s", score=1.0, location_id="gone")):
        card = builder.card(listing, hit, near)
        assert (card.site.location.id, card.site.distance_miles) == ("north", None)
    assert builder.card(replace(listing, sites=())).more_places == 0


def test_hours_of_several_withheld_places_are_not_told_as_those_of_one(builder):
    for schedules, withheld, differ in (
        ((MORNING, NOON), True, True), ((MORNING, AFTERNOON), True, False),
        ((MORNING, NOON), False, False),
    ):  # fmt: skip
        listing = Listing(service=SERVICE, schedules=schedules, place_withheld=withheld)
        block = builder.hours_without_place(listing)
        assert (block.differ, not block.week, not block.schedules) == (differ,) * 3


def test_the_zone_of_a_place_is_that_of_its_zip_code():
    assert zone_of(place("a", "98001"), "America/New_York") == "America/Los_Angeles"
    assert zone_of(place("a"), "America/New_York") == "America/New_York"
    assert zone_of(None, "America/New_York") == "America/New_York"


def test_hours_on_a_holiday_are_not_sure_but_for_what_never_closes():
    week = "MO,TU,WE,TH,FR,SA,SU"
    office = Schedule(id="1", byday=week, opens_at="09:00", closes_at="17:00")
    always = replace(office, opens_at="00:00", closes_at="23:59")
    feast = datetime(2026, 11, 26, 12, tzinfo=UTC)
    for schedule, moment, own, unsure in (
        (office, feast, (), True), (always, feast, (), False), (office, NOW, (), False),
        (office, NOW, {date(2026, 11, 24)}, True),
    ):  # fmt: skip
        block = hours_block(HoursInEffect((schedule,)), moment, "America/New_York", own)
        assert block.is_holiday is unsure
        assert block.always is (schedule is always)
    closed = replace(office, id="c", byday="", closed=True, valid_from=NOW.date())
    assert hours_block(HoursInEffect((always, closed)), NOW, "UTC").always is False


def test_danger_raises_each_line_once_and_doubt_one_line_alone(settings):
    sure = Danger(Degree.SURE, ("poison", "988", "gone", "poison"))
    raised = raised_help_lines(settings, sure)
    assert ([line.key for line in raised.danger], raised.perhaps) == (["poison", "988"], None)
    for key, shown in (("poison", "poison"), ("gone", "988")):
        raised = raised_help_lines(settings, Danger(Degree.PERHAPS, (key,)))
        assert (raised.danger, raised.perhaps.key) == ((), shown)
    assert raised_help_lines(settings, Danger()).perhaps is None
