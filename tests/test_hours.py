"""One rule for hours on every surface: cards, pages, index and filter, on whole lists.

The rule itself is tried in ``tests/records/test_hours_in_effect.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import time_machine
from holidays import country_holidays
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import escape

from referral.directory.cards import CardBuilder, hours_block, zone_of
from referral.directory.instance import Instance
from referral.directory.listings import read_services
from referral.directory.search import find_services
from referral.directory.view_models import HoursBlock, ServiceCard
from referral.fields.places.lookup import find_zip
from referral.formats.writing.readable_rows import HEADER, readable_row
from referral.open_data.hsds_records import public_records
from referral.open_data.trees import read_trees
from referral.records.hsds import Location, Schedule, Service
from referral.records.listing import Listing, ListingSite
from referral.records.schedules.hours_formatter import format_hours
from referral.records.schedules.hours_in_effect import HoursInEffect
from referral.records.schedules.opening_hours import opening_state
from referral.records.visibility import Audience
from referral.search.facts import schedules_from_text
from referral.search.indexing.documents import facts_of
from referral.search.query import SearchQuery
from referral.settings import Settings
from referral.store.listed_services import RepeatedNames
from referral.web.formatting import format_phone
from referral.web.hours_labels import hours_line, open_state
from tests.support.real_lists import DISTRICT

_COUNTY = "sample county"
_LISTS = (DISTRICT, "ohana-sample/sample-csv")
_WEEK = datetime(2026, 10, 29, tzinfo=UTC)  # summer time ends in it
# A Tuesday at noon, Thanksgiving, a Saturday and a Sunday night, Eastern time.
_MOMENTS = (
    datetime(2026, 11, 24, 17, 30, tzinfo=UTC),
    datetime(2026, 11, 26, 15, tzinfo=UTC),
    datetime(2026, 11, 28, 16, tzinfo=UTC),
    datetime(2026, 11, 30, 4, 15, tzinfo=UTC),
)
_MINUTES = 295  # between instants: no divisor of a day
_STEP = timedelta(minutes=_MINUTES)
_INSTANTS = 7 * 24 * 60 // _MINUTES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[_COUNTY, *_LISTS])
def listed(request) -> Instance:
    """Give a directory with one whole list in it."""
    if request.param == _COUNTY:
        return request.getfixturevalue("sample_instance")
    return request.getfixturevalue("listed_instance")(request.param)


def cards_of(instance: Instance, query: SearchQuery) -> Iterator[ServiceCard]:
    """Yield the cards of all pages of results."""
    page = 1
    while cards := find_services(instance, query, Audience.PUBLIC, page, limit=200).cards.items:
        yield from cards
        page += 1


def page_hours(instance: Instance, service_ids) -> dict[str, Mapping[str, HoursBlock]]:
    """The hours on the page of each service, by the id of the place."""
    return {
        page.service.id: {site.location.id: site.hours for site in page.sites} or {"": page.hours}
        for page in read_services(instance, list(service_ids), Audience.PUBLIC)
    }


def place_of(card: ServiceCard) -> str:
    return card.site.location.id if card.site else ""


@pytest.mark.parametrize("moment", _MOMENTS, ids=str)
def test_card_page_and_filter_say_the_same(listed, moment):
    with time_machine.travel(moment, tick=False):
        cards = list(cards_of(listed, SearchQuery()))
        pages = page_hours(listed, [card.service.id for card in cards])
        here = find_zip("20001")
        near = list(cards_of(listed, SearchQuery(near=here)))
        openings = list(cards_of(listed, SearchQuery(open_at=moment)))
        near_openings = list(cards_of(listed, SearchQuery(near=here, open_at=moment)))
    assert len(cards) == len(near) == len(pages)
    for card in (*cards, *near, *openings, *near_openings):
        assert card.hours == pages[card.service.id][place_of(card)], card.service.id
    assert all(card.hours.is_open for card in (*openings, *near_openings))
    open_by_page = {
        key for key, hours in pages.items() if any(block.is_open for block in hours.values())
    }
    assert {card.service.id for card in openings} == open_by_page
    assert {card.service.id for card in near_openings} == open_by_page


def test_the_top_of_a_page_is_about_its_first_place(listed):
    cards = list(cards_of(listed, SearchQuery()))
    pages = read_services(listed, [card.service.id for card in cards], Audience.PUBLIC)
    for card, page in zip(cards, pages, strict=True):
        assert not page.sites or page.hours == page.sites[0].hours
        is_there = not page.sites or page.sites[0].location.id == place_of(card)
        assert card.phone == page.phone or not is_there, card.service.id
        assert page.phone is None or page.phone == page.phones[0]
        assert page.phone is None or (page.phone.tel != "711" and page.phone.type != "fax")


def test_the_spreadsheet_says_the_hours_of_the_page(listed):
    with listed.store.read() as session:
        public = public_records(session)
        services = list(public.read("service"))
        rows = {
            row[HEADER.index("Id")]: row[HEADER.index("Hours")]
            for row in map(readable_row, read_trees(public, "service", services))
        }
    seen = 0
    for page in read_services(listed, list(rows), Audience.PUBLIC):
        for hours in [site.hours for site in page.sites] or [page.hours]:
            text, _ = format_hours(hours.schedules)
            if text:
                said = f"The building's hours: {text}" if hours.is_of_building else text
                assert said in rows[page.service.id], page.service.id
                seen += 1
    assert seen


def test_usual_hours_are_not_sure_on_thanksgiving(listed):
    with time_machine.travel(_MOMENTS[1], tick=False):
        cards = list(cards_of(listed, SearchQuery()))
        for card in cards:
            opening = card.hours.next_opening
            is_feast = bool(opening) and opening[0].date() in FEDERAL
            assert card.hours.is_holiday == (is_feast and not card.hours.always), card.service.id
    assert any(card.hours.is_holiday for card in cards)


FEDERAL = country_holidays("US", years=(2026, 2027))

_TIMES = st.sampled_from([("09:00", "17:00"), ("18:00", "02:00"), ("00:00", "23:59"), ("", "")])
_DATES = st.sampled_from([None, date(2026, 11, 20), date(2026, 11, 26)])
_TIMETABLE = st.lists(
    st.builds(
        lambda days, times, begins, ends, closed, words: Schedule(
            id="x", freq="WEEKLY" if days else "", byday=",".join(days), opens_at=times[0],
            closes_at=times[1], valid_from=begins, valid_to=ends, closed=closed, description=words,
        ),
        st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True),
        _TIMES, _DATES, _DATES, st.booleans(), st.sampled_from(["", "By appointment"]),
    ),
    max_size=3,
).map(tuple)  # fmt: skip


_ON_SATURDAYS = Schedule(
    id="x", freq="WEEKLY", byday="SA", opens_at="09:00", closes_at="17:00",
    description="By appointment",
)  # fmt: skip


@given(_TIMETABLE, _TIMETABLE, _TIMETABLE, st.sampled_from(_MOMENTS))
@example((_ON_SATURDAYS,), (), (), _MOMENTS[0])  # may be open on a Tuesday: not known
@example((replace(_ON_SATURDAYS, valid_from=date(2026, 11, 20)),), (), (), _MOMENTS[0])
def test_card_page_and_index_agree_on_any_three_timetables(at_place, own, building, moment):
    place = Location(id="l", location_type="physical")
    site = ListingSite(location=place, schedules=at_place, location_schedules=building)
    service = Service(id="s", organization_id="o", name="Pantry")
    listing = Listing(service=service, schedules=own, sites=(site,))
    settings = Settings(instance_path=Path(), database_url="", secret_key="")
    maker = CardBuilder(settings, (), moment, RepeatedNames())
    card, shown = maker.card(listing), maker.site(site, listing.hours_at(site))
    assert card.hours == shown.hours
    indexed = schedules_from_text(facts_of(listing).sites[0].schedules)
    is_open, following = opening_state(indexed, moment, settings.timezone)
    assert (is_open, following) == (card.hours.is_open, card.hours.next_opening)
    if card.hours.is_of_building:
        stated = [each for each in (*at_place, *own) if not each.closed]
        assert not any(each.opens_at or each.description for each in stated)


def test_an_exception_of_the_listing_rules_over_a_holiday():
    usual = Schedule(id="u", freq="WEEKLY", byday="TH,FR", opens_at="09:00", closes_at="17:00")
    feast = date(2026, 11, 26)
    days = {"valid_from": feast, "valid_to": feast}
    special = Schedule(id="s", opens_at="10:00", closes_at="14:00", **days)
    season = replace(special, id="l", valid_from=date(2026, 11, 1), valid_to=date(2027, 1, 31))

    def block(*schedules, own=()):
        return hours_block(HoursInEffect(schedules), _MOMENTS[1], "America/New_York", own)

    assert block(usual).is_holiday
    assert block(usual, season).is_holiday
    assert not block(usual, special).is_holiday
    closed = Schedule(id="c", closed=True, **days)
    assert not block(usual, closed).is_holiday
    friday = date(2026, 11, 27)
    assert block(usual, closed, own={friday}).is_holiday, "of the library's own list"
    always = replace(usual, byday="MO,TU,WE,TH,FR,SA,SU", opens_at="00:00", closes_at="23:59")
    assert not block(always).is_holiday


def test_what_a_listing_says_of_a_day_comes_before_what_is_usual(sample_app):
    usual = Schedule(id="u", freq="WEEKLY", byday="TH,FR", opens_at="09:00", closes_at="17:00")
    always = replace(usual, byday="MO,TU,WE,TH,FR,SA,SU", opens_at="00:00", closes_at="23:59")
    days = {"valid_from": date(2026, 11, 26), "valid_to": date(2026, 11, 26)}
    closed, special = (
        Schedule(id="c", closed=True, **days),
        Schedule(id="s", opens_at="08:00", closes_at="14:00", **days),
    )
    noon = _MOMENTS[1]

    def said(*schedules, at=noon):
        block = hours_block(HoursInEffect(schedules), at, "America/New_York")
        with sample_app.test_request_context(), time_machine.travel(at, tick=False):
            return open_state(block).text.replace("\N{NO-BREAK SPACE}", " "), hours_line(block)

    assert said(usual)[0] == "Holiday. Call first. Usual hours: 9 am to 5 pm"
    assert said(usual, closed)[0] == "Closed today. Opens tomorrow at 9 am"
    assert said(usual, special)[0] == "Open now until 2 pm"
    assert said(closed)[0] == "Closed today"
    assert said(always)[0] == "Open day and night"
    assert said(always, closed)[0] == "Closed today. Opens tomorrow at midnight"
    assert said(always, special)[0] == "Open now until 2 pm"
    before = said(always, closed, at=noon - timedelta(days=2))
    assert before[0] == "Open day and night"
    assert before[1].startswith("Open day and night; closed (from 26 November 2026")


@pytest.mark.parametrize("listed", [_COUNTY], indirect=True)
def test_card_page_and_paper_say_the_same_words(listed, sample_app):
    cards = {card.service.id: card for card in cards_of(listed, SearchQuery())}
    chosen = list(cards)[::6]
    pages = read_services(listed, chosen, Audience.PUBLIC)
    client = sample_app.test_client()  # other tests inspect these pages
    for page in pages:
        full, paper = (
            client.get(f"/services/{page.service.id}{rest}").text for rest in ("", "/print")
        )
        shown = re.findall(r'class="open-state[^"]*">.*?</span>', full, re.DOTALL)
        with sample_app.test_request_context():
            state = open_state(cards[page.service.id].hours)
            numbers = [format_phone(page.phone)] if page.phone else []
        if page.service.status != "temporarily closed":
            assert escape(state.text) in shown[0], page.service.id
        for number in numbers:
            assert number in full
            assert re.search(r'class="number[^>]*>([^<]*)<', paper).group(1) == number
        for row in re.findall(r"<tbody>.*?</tbody>", paper, re.DOTALL):
            assert " ".join(row.split()) in " ".join(full.split()), page.service.id


def test_the_index_agrees_with_the_pages_in_every_hour_of_a_week(listed):
    with listed.store.read() as session:
        ids = [card.service.id for card in cards_of(listed, SearchQuery())]
        listings = listed.listings.read(session, ids, Audience.PUBLIC)
    asked = {each.service.id: hours_with_zones(each, listed.settings.timezone) for each in listings}
    seen = 0
    for number in range(_INSTANTS):
        moment = _WEEK + number * _STEP
        is_open = cache(lambda hours, zone, at=moment: hours_block(hours, at, zone).is_open)
        wanted = {key for key, some in asked.items() if any(is_open(*each) for each in some)}
        assert set(open_ids(listed, moment)) == wanted, moment
        seen += len(wanted)
    assert seen


def hours_with_zones(listing: Listing, default: str) -> set[tuple[HoursInEffect, str]]:
    """What a service's page asks of each of its places, or of itself without any."""
    return {(listing.hours_at(site), zone_of(site, default)) for site in listing.sites or (None,)}


def open_ids(instance: Instance, moment: datetime) -> Iterator[str]:
    """Yield the services that the filter leaves."""
    answer = instance.index.search(SearchQuery(open_at=moment), limit=200)
    yield from (hit.service_id for hit in answer.hits)
    for offset in range(200, answer.total, 200):
        query = SearchQuery(open_at=moment)
        found = instance.index.search(query, limit=200, offset=offset)
        yield from (hit.service_id for hit in found.hits)
