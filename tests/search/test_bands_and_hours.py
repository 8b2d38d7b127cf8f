"""Areas, bands, what comes before its band, and hours as they are asked through search."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from referral.cli.search import notices_of
from referral.fields.places.lookup import find_zip
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral.records.schedules.opening_hours import opening_state
from referral.records.visibility import Visibility
from referral.search.query import Area, SearchQuery, Sort
from tests.search.small_directory import fill

HERE = find_zip("16335")


def service(key, *, zip_code="", area=(), site_area=(), kind="physical", withheld=False, name=""):
    """Yield a service with at most one place and one area."""
    yield Service(id=key, organization_id="o", name=name or f"{key}{key} help", description="soup")
    yield Phone(id=key, service_id=key, number="555-0100")
    if zip_code:
        yield Location(id=key, location_type=kind)
        yield Address(
            id=key,
            location_id=key,
            postal_code=zip_code,
            visibility=Visibility.WITHHELD if withheld else Visibility.PUBLIC,
        )
        yield ServiceAtLocation(id=key, service_id=key, location_id=key)
    for parent, coded in (("service_id", area), ("service_at_location_id", site_area)):
        if coded:
            yield ServiceArea(
                id=f"{key}{parent}", area_kind=coded[0], area_codes=coded[1], **{parent: key}
            )


@pytest.fixture
def searching(indexed):
    """Give a function that indexes services and returns the index."""

    def make(*services):
        records = [record for each in services for record in each]
        return indexed(Organization(id="o", name="Agency"), *records)

    return make


@pytest.mark.parametrize(
    ("of", "band", "area"),
    [
        # Near is near, whomever it serves.
        (service("a", zip_code="16335"), "near", "unknown"),
        (service("a", zip_code="16335", area=("zip", "16335")), "near", "covered"),
        (service("a", zip_code="16335", area=("state", "OH")), "elsewhere", "other"),
        # 90 miles away.
        (service("a", zip_code="44101", area=("zip", "16335|16327")), "serves", "covered"),
        (service("a", zip_code="44101", area=("city", "Meadville, PA")), "serves", "covered"),
        (service("a", zip_code="44101", area=("county", "Crawford County, PA")), "serves",
         "covered"),
        (service("a", zip_code="44101", area=("state", "PA")), "serves", "covered"),
        (service("a", zip_code="44101", area=("nation", "US")), "serves", "covered"),
        (service("a", zip_code="44101", site_area=("state", "PA")), "serves", "covered"),
        (service("a", zip_code="44101", area=("state", "OH"), site_area=("state", "PA")),
         "serves", "covered"),
        (service("a", zip_code="44101"), "serves", "unknown"),
        (service("a", zip_code="44101", area=("text", "")), "serves", "unknown"),
        (service("a", zip_code="44101", area=("county", "Crawford County")), "serves", "unknown"),
        (service("a", zip_code="44101", area=("state", "OH")), "elsewhere", "other"),
        (service("a", zip_code="44101", area=("county", "Crawford County, OH")), "elsewhere",
         "other"),
        # No place of its own.
        (service("a"), "remote", "unknown"),
        (service("a", area=("nation", "US")), "remote", "covered"),
        (service("a", area=("state", "OH")), "elsewhere", "other"),
        (service("a", zip_code="16335", kind="virtual"), "remote", "unknown"),
        # A place that is told on the telephone is no distance away, and no phone line either.
        (service("a", zip_code="16335", withheld=True), "serves", "unknown"),
        (service("a", zip_code="16335", withheld=True, area=("state", "PA")), "serves", "covered"),
        (service("a", area=("state", "PA"), name="Home visits"), "serves", "covered"),
    ],
)  # fmt: skip
def test_bands(searching, of, band, area):
    answer = searching(of).search(SearchQuery(near=HERE))
    [hit] = answer.hits
    assert (hit.band, hit.area) == (band, area)
    assert answer.bands == {
        name: int(name == band) for name in ("near", "serves", "remote", "elsewhere")
    }


def test_the_area_of_a_withheld_place_is_not_told(searching):
    of = service("a", zip_code="16335", withheld=True, site_area=("zip", "16335"))
    [hit] = searching(of).search(SearchQuery(near=HERE)).hits
    assert hit.area is Area.UNKNOWN


def test_near_is_as_far_as_was_asked(searching):
    index = searching(service("a", zip_code="16412"))  # some 17 miles away
    assert index.search(SearchQuery(near=HERE)).bands["near"] == 1
    assert index.search(SearchQuery(near=HERE, within=10)).total == 0


def test_a_changed_area_is_followed(searching, store):
    from referral.store.rows import ServiceAreaRow

    index = searching(service("a", zip_code="44101", site_area=("state", "OH")))
    assert index.search(SearchQuery(near=HERE)).bands["elsewhere"] == 1
    with store.write() as session:
        session.get_one(ServiceAreaRow, "aservice_at_location_id").area_codes = "PA"
    index.sync()
    assert index.search(SearchQuery(near=HERE)).bands["serves"] == 1


def order(index, **query):
    return "".join(hit.service_id for hit in index.search(SearchQuery(near=HERE, **query)).hits)


def test_best_goes_by_band_and_known_areas_come_first(searching):
    index = searching(
        service("a", area=("state", "OH")),
        service("b", area=("nation", "US")),
        service("c", zip_code="44101"),
        service("d", zip_code="44101", area=("state", "PA")),
        service("e", zip_code="16335"),
    )
    assert order(index) == "edcba"
    assert order(index, words="soup") == "edcba"
    assert order(index, sort=Sort.NAME) == "abcde"
    assert order(index, sort=Sort.NEAREST) == "ecdab"


def test_a_whole_name_comes_before_every_band(searching):
    index = searching(
        service("a", zip_code="16335", name="Soup corner and more"),
        service("b", zip_code="44101", name="Soup Corner", area=("state", "OH")),
    )
    hits = index.search(SearchQuery(words="soup corner", near=HERE)).hits
    assert [(hit.service_id, hit.is_ahead) for hit in hits] == [("b", True), ("a", False)]
    hits = index.search(SearchQuery(words="soup", near=HERE)).hits
    assert [(hit.service_id, hit.is_ahead) for hit in hits] == [("a", False), ("b", False)]


def test_a_whole_name_of_unknown_area_comes_before_what_serves_the_place(searching):
    index = searching(
        service("a", area=("state", "PA"), name="Soup corner and more"),
        service("b", name="Soup Corner"),
    )
    hits = index.search(SearchQuery(words="soup corner", near=HERE)).hits
    assert [hit.service_id for hit in hits] == ["b", "a"]
    hits = index.search(SearchQuery(words="soup", near=HERE)).hits
    assert [hit.service_id for hit in hits] == ["a", "b"]


def test_much_better_matches_come_before_every_band_but_three_at_most(searching):
    index = searching(
        service("a", zip_code="16335"),  # says soup in its description only
        *(service(key, name=f"Soup {key}") for key in "bcdef"),
        service("g", name="Soup g", area=("state", "OH")),
    )
    hits = index.search(SearchQuery(words="soup", near=HERE)).hits
    assert "".join(hit.service_id for hit in hits) == "bcdaefg"
    assert [hit.is_ahead for hit in hits] == [True] * 3 + [False] * 4
    assert index.search(SearchQuery(words="soup", near=HERE), limit=2).bands["near"] == 1
    later = index.search(SearchQuery(words="soup", near=HERE), offset=2).hits
    assert [hit.is_ahead for hit in later] == [True] + [False] * 4
    assert not any(hit.is_ahead for hit in index.search(SearchQuery(words="soup")).hits)


def test_what_came_ahead_holds_nothing_back(searching):
    """A remote match is weighed against what stays before it, not against what left."""
    index = searching(
        service("a", zip_code="16335"),
        service("b", area=("state", "PA"), name="Soup home visits"),  # serves, as good as remote c
        service("c", area=("state", "PA"), name="Soup phone line"),
    )
    hits = index.search(SearchQuery(words="soup", near=HERE)).hits
    assert [hit.band for hit in hits] == ["serves", "remote", "near"]
    assert sorted(hit.service_id for hit in hits if hit.is_ahead) == ["b", "c"]
    assert hits[-1].service_id == "a"


def test_a_word_in_passing_nearby_does_not_stand_before_the_help_that_serves_the_place(searching):
    text = "We teach you to open a shop: books, a till, taxes, staff, signs. Soup at noon. " * 3
    shop, *place = service("a", zip_code="16335")
    index = searching(
        [replace(shop, description=text), *place],
        service("b", zip_code="44101", area=("state", "PA"), name="Soup table"),
        service("c", area=("state", "PA"), name="Soup phone line"),
        service("d", zip_code="16335", name="Soup kitchen"),
    )
    hits = index.search(SearchQuery(words="soup", near=HERE)).hits
    assert "".join(hit.service_id for hit in hits) == "dbca"


# ------------------------------------------------------------------------------------ hours

WEEK = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"}
NIGHT = {"freq": "WEEKLY", "byday": "FR", "opens_at": "20:00", "closes_at": "06:00"}
NEW_YORK, CHICAGO, PHOENIX = "America/New_York", "America/Chicago", "America/Phoenix"


@pytest.mark.parametrize(
    ("zip_code", "rules", "wall", "zone", "is_open"),
    [
        ("16335", [WEEK], "2026-11-27 09:00", NEW_YORK, True),
        ("16335", [WEEK], "2026-11-27 16:59", NEW_YORK, True),
        ("16335", [WEEK], "2026-11-27 17:00", NEW_YORK, False),
        ("16335", [WEEK], "2026-11-28 12:00", NEW_YORK, False),
        # The wall clock where it stands.
        ("60601", [WEEK], "2026-11-27 09:30", NEW_YORK, False),
        ("60601", [WEEK], "2026-11-27 17:30", NEW_YORK, True),
        ("85001", [WEEK], "2026-07-10 09:00", PHOENIX, True),
        ("85001", [WEEK], "2026-07-10 12:00", NEW_YORK, True),
        ("85001", [WEEK], "2026-07-10 11:30", NEW_YORK, False),
        ("", [WEEK], "2026-11-27 09:30", NEW_YORK, True),  # where the directory stands
        # Over midnight, and the end of summer time in the night.
        ("16335", [NIGHT], "2026-11-27 23:59", NEW_YORK, True),
        ("16335", [NIGHT], "2026-11-28 05:59", NEW_YORK, True),
        ("16335", [NIGHT], "2026-11-28 06:00", NEW_YORK, False),
        ("16335", [NIGHT], "2026-11-27 05:00", NEW_YORK, False),
        ("16335", [NIGHT | {"byday": "SA"}], "2026-11-01 01:30", NEW_YORK, True),
        # The nth weekday of a month.
        ("16335", [WEEK | {"freq": "MONTHLY", "byday": "4FR"}], "2026-11-27 10:00", NEW_YORK, True),
        ("16335", [WEEK | {"freq": "MONTHLY", "byday": "3FR"}], "2026-11-27 10:00", NEW_YORK,
         False),
        ("16335", [WEEK | {"freq": "MONTHLY", "byday": "-1FR"}], "2026-11-27 10:00", NEW_YORK,
         True),
        # Seasons.
        ("16335", [WEEK | {"valid_from": date(2026, 11, 1), "valid_to": date(2027, 3, 31)}],
         "2026-11-27 10:00", NEW_YORK, True),
        ("16335", [WEEK | {"valid_from": date(2026, 11, 1), "valid_to": date(2027, 3, 31)}],
         "2027-04-01 10:00", NEW_YORK, False),
        # Exceptions close it; a holiday by itself does not.
        ("16335", [WEEK], "2026-11-26 10:00", NEW_YORK, True),
        ("16335", [WEEK, {"closed": True, "valid_from": date(2026, 11, 26),
                          "valid_to": date(2026, 11, 26)}], "2026-11-26 10:00", NEW_YORK, False),
        ("16335", [WEEK, {"opens_at": "10:00", "closes_at": "12:00",
                          "valid_from": date(2026, 11, 26), "valid_to": date(2026, 11, 26)}],
         "2026-11-26 09:30", NEW_YORK, False),
        # Words are no hours.
        ("16335", [{"description": "By appointment"}], "2026-11-27 10:00", NEW_YORK, False),
        ("16335", [], "2026-11-27 10:00", NEW_YORK, False),
    ],
)  # fmt: skip
def test_open_at(searching, zip_code, rules, wall, zone, is_open):
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    hours = [
        Schedule(id=str(at), service_at_location_id="a", **rule) for at, rule in enumerate(rules)
    ]
    place = [Location(id="a"), ServiceAtLocation(id="a", service_id="a", location_id="a")]
    index = searching(service("a", zip_code=zip_code), hours, () if zip_code else place)
    with time_machine.travel(moment, tick=False):
        everything = index.search(SearchQuery())
        found = index.search(SearchQuery(open_at=moment))
    assert found.total == is_open
    counted = {value.value: value.count for value in everything.facets["open_now"]}
    assert counted == ({"open": 1} if is_open else {})


@pytest.mark.parametrize(
    ("wall", "near", "holiday"),
    [
        ("2026-11-26 12:00", None, "Thanksgiving Day"),
        ("2026-11-27 12:00", None, ""),
        ("2026-12-26 00:30", None, ""),
        ("2026-12-26 00:30", "60601", "Christmas Day"),  # still the 25th there
    ],
)
def test_a_holiday_is_told(searching, wall, near, holiday):
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(NEW_YORK))
    place = find_zip(near) if near else None
    answer = searching(service("a")).search(SearchQuery(open_at=moment, near=place))
    told = [notice.details["holiday"] for notice in notices_of(answer) if notice.kind == "holiday"]
    assert told == ([holiday] if holiday else [])


def test_the_ends_of_the_calendar_are_open_to_nobody(searching):
    index = searching(service("a"), [Schedule(id="h", service_id="a", **WEEK)])
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert index.search(SearchQuery(open_at=moment)).total == 0


@pytest.mark.slow
def test_many_moments_agree_with_asking_each_schedule(store, index):
    rules = [WEEK, NIGHT, WEEK | {"freq": "MONTHLY", "byday": "2TU,-1FR"}, WEEK | {"interval": 2},
             WEEK | {"opens_at": "00:00", "closes_at": "23:59"}]  # fmt: skip
    records = [Organization(id="o", name="Agency")]
    for at, rule in enumerate(rules):
        for zone, zip_code in enumerate(("16335", "60601", "96701")):
            key = f"{at}-{zone}"
            records += service(key, zip_code=zip_code)
            begun = {"dtstart": date(2026, 1, 5), **rule}
            records.append(Schedule(id=key, service_id=key, **begun))
    fill(store, *records)
    index.sync()
    schedules = {each.id: each for each in records if isinstance(each, Schedule)}
    zones = (NEW_YORK, CHICAGO, "Pacific/Honolulu")

    @given(moment=st.datetimes(datetime(2026, 1, 6), datetime(2027, 12, 31)))  # noqa: DTZ001
    def agree(moment):
        moment = moment.replace(tzinfo=UTC)
        found = {hit.service_id for hit in index.search(SearchQuery(open_at=moment)).hits}
        assert found == {
            key
            for key, schedule in schedules.items()
            if opening_state([schedule], moment, zones[int(key[-1])])[0]
        }

    agree()
