"""What people take along: contacts, calendars, messages, codes. Whole lists, read by another parser."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
import vobject

from referral.app import create_app
from referral.directory.listings import read_services
from referral.directory.search import find_services
from referral.directory.view_models import HoursBlock, ServicePage
from referral.patron.web.listing_texts import hours_lines, place_text
from referral.patron.web.read_aloud import spoken_number, spoken_parts
from referral.patron.web.take_along import (
    CALENDAR_LENGTH,
    contact_file,
    hours_calendar,
    take_list,
    take_service,
    timetables,
)
from referral.records.hsds import Phone, Schedule
from referral.records.schedules.opening_hours import (
    federal_holiday,
    has_exception_on,
    openings_on,
)
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.web.formatting import format_phone
from referral.web.translated_text import full_name_text
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings
from tests.support.plants import planted

COUNTY = "sample county"
LISTS = ("dc-directory/2023-export", "ohana-sample/sample-csv", "airs/bc211")
NOW = datetime(2026, 11, 25, 20, 30, tzinfo=UTC)  # the afternoon before Thanksgiving, Eastern time
EVERY = 12  # service of a list; vobject takes 20 ms for each


@pytest.fixture(
    scope="module",
    params=[
        COUNTY,
        pytest.param(LISTS[0], marks=pytest.mark.slow),
        *(pytest.param(each, marks=pytest.mark.slow) for each in LISTS[1:]),
    ],
)
def listed(request):
    """Give a directory with one whole list in it."""
    if request.param == COUNTY:
        return request.getfixturevalue("sample_instance")
    return request.getfixturevalue("listed_instance")(request.param)


@pytest.fixture
def pages(listed):
    """Give the pages of its services, within a request of the afternoon before Thanksgiving."""
    with (
        time_machine.travel(NOW, tick=False),
        create_app(listed.settings, listed).test_request_context(),
    ):
        yield pages_of(listed)


def pages_of(instance):
    found, page = [], 1
    while cards := find_services(
        instance, SearchQuery(), Audience.PUBLIC, page, limit=200
    ).cards.items:
        found += [card.service.id for card in cards]
        page += 1
    every = EVERY if len(found) > 100 else 1
    return read_services(instance, found[::every], Audience.PUBLIC)


def events_of(content: bytes):
    """The events of a calendar, read by vobject, with every occurrence as (start, end)."""
    calendar = vobject.readOne(content.decode())
    calendar.validate(raiseException=True)
    for event in getattr(calendar, "vevent_list", ()):
        event.validate(raiseException=True)
        length = event.dtend.value - event.dtstart.value
        starts = event.getrruleset(addRDate=True) or [event.dtstart.value]
        yield event, [(start, start + length) for start in starts]


def openings_of(page: ServicePage):
    """What the calendar should have, by the rule for hours alone, as (place, start, end)."""
    for hours, site in timetables(page):
        zone = ZoneInfo(hours.zone)
        first = NOW.astimezone(zone).date()
        for ahead in range(CALENDAR_LENGTH.days + 1):
            day = first + timedelta(days=ahead)
            if federal_holiday(day) and not has_exception_on(hours.schedules, day):
                continue
            for opens, closes in openings_on(hours.schedules, day):
                end = "00:00" if closes == "23:59" else closes
                ends_on = day if end > opens else day + timedelta(days=1)
                start, stop = (
                    datetime.fromisoformat(f"{each} {clock}").replace(tzinfo=zone)
                    for each, clock in ((day, opens), (ends_on, end))
                )
                yield place_text(site) if site else "", start, stop


def has_no_events_at(page: ServicePage) -> tuple[bool, set[str]]:
    """Whether a service has no event at all, and the places where it has none.

    Each place may have hours of its own: a hospital that never closes has clinics that do.
    """
    always = [hours.always for hours in ([site.hours for site in page.sites] or [page.hours])]
    timed = {place_text(site) for site in page.sites if not site.hours.always}
    places = {place_text(site) for site in page.sites} - timed
    return page.service.status == "temporarily closed" or all(always), places


def wall_time(moment):
    """Zone and clock; an end in the hour that a change of clocks skips has no instant of its own."""
    return str(moment.tzinfo.tzname(moment)), moment.replace(tzinfo=None)


def test_calendars_have_the_hours_and_nothing_else(pages):
    for page in pages:
        told = Counter(
            (event.location.value if "location" in event.contents else "", *map(wall_time, span))
            for event, spans in events_of(hours_calendar([page]))
            for span in spans
        )
        wanted = Counter((place, *map(wall_time, span)) for place, *span in openings_of(page))
        assert told == wanted, page.service.id
        has_hours = any(hours.schedules for hours in (page.hours, *(s.hours for s in page.sites)))
        assert has_hours or not told
        has_none, places = has_no_events_at(page)
        assert not (has_none and told), page.service.id
        assert not {place for place, *_ in told} & places, page.service.id
    assert sum(1 for page in pages for _ in timetables(page))


@pytest.mark.slow
def test_events_are_private_and_have_a_name_of_their_own(pages):
    content = hours_calendar(pages)
    events = [event for event, _ in events_of(content)]
    assert len({event.uid.value for event in events}) == len(events)
    assert hours_calendar(pages) == content
    for event in events:
        assert event.contents["class"][0].value == "PRIVATE"
        assert event.transp.value == "TRANSPARENT"


def test_contacts_have_what_the_page_shows(pages):
    cards = list(vobject.readComponents(contact_file(pages).decode()))
    assert len(cards) == len(pages)
    for card, page in zip(cards, pages, strict=True):
        card.validate(raiseException=True)
        assert card.version.value == "3.0"
        assert card.fn.value == card.n.value.family == full_name_text(page)
        numbers = [each.value for each in card.contents.get("tel", ())]
        assert set(numbers) <= {phone.tel or phone.number for phone in page.phones}
        if page.phone:
            assert numbers[0] == (page.phone.tel or page.phone.number)
        streets = {site.address.address_1 for site in page.sites if site.address}
        assert {each.value.street for each in card.contents.get("adr", ())} <= streets
        for number in (each.extension for each in page.phones[:5] if each.extension):
            assert number in card.note.value
    lines = contact_file(pages).decode().split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75


def test_messages_are_short_and_say_how_to_reach_it(pages):
    for page in pages:
        take = take_service(page)
        text, mail = message_of(take.text_message), message_of(take.mail)
        assert len(text) <= 480 or text.count("\n") <= 1, page.service.id
        assert len(take.mail) < 2000
        assert text.endswith(take.link)
        assert mail.endswith(take.link)
        assert full_name_text(page) in text
        if page.phone:
            assert format_phone(page.phone) in text
            assert format_phone(page.phone) in mail
    whole = take_list(pages[:25], "https://library.example/l/abcd")
    assert len(message_of(whole.text_message)) <= 480
    assert len(whole.mail) < 2000
    assert message_of(whole.text_message).endswith("https://library.example/l/abcd")


def message_of(address: str) -> str:
    parts = urlsplit(address)
    assert parts.scheme in {"sms", "mailto"}
    assert not parts.path, "a recipient is for the person to choose"
    assert "+" not in parts.query
    return parse_qs(parts.query)["body"][0].replace("\r\n", "\n")


def test_all_of_it_is_read_aloud_in_its_language(pages):
    for page in pages:
        parts = spoken_parts(page)
        assert all(part.text.strip() and part.language in {"en", "es"} for part in parts)
        if page.phone and page.phone.tel:
            digits = re.sub(r"\D", "", page.phone.tel.removeprefix("+1") + page.phone.extension)
            assert re.sub(r"\D", "", spoken_number(page.phone)) == digits


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        (Phone(id="1", number="", tel="+18145550123"), "8 1 4, 5 5 5, 0 1 2 3"),
        (Phone(id="1", number="", tel="+18145550123", extension="12"), "8 1 4, 5 5 5, 0 1 2 3, extension 1 2"),
        (Phone(id="1", number="2-1-1", tel="211"), "2 1 1"),
    ],
)  # fmt: skip
def test_numbers_are_read_digit_by_digit(sample_app, phone, said):
    with sample_app.test_request_context():
        assert spoken_number(phone) == said


# ---- as pages


@pytest.fixture(scope="module")
def with_everything(sample_service):
    """Give a service with a number and hours that has one place."""
    return sample_service(
        lambda each: each.phone and len(each.sites) == 1 and any(d.spans for d in each.hours.week)
    ).service.id


def test_a_page_offers_each_way(own_client, with_everything):
    page = soup_of(own_client.get(f"/services/{with_everything}"))
    part = page.select_one("details.take-along")
    files = [each["href"] for each in part.select("a[href^='/services/']")]
    assert [each.rsplit("/", 1)[1] for each in files] == ["contact", "hours"]
    answers = [own_client.get(each) for each in files]
    assert [each.mimetype for each in answers] == ["text/vcard", "text/calendar"]
    assert all(each.headers["Cache-Control"] == "no-store" for each in answers)
    assert all(with_everything not in each.headers["Content-Disposition"] for each in answers)


@pytest.mark.slow
def test_nothing_of_the_search_goes_along(own_client, with_everything):
    own_client.get("/search?q=quokka&near=16335")
    page = own_client.get(f"/services/{with_everything}", headers={"Referer": "/search?q=quokka"})
    shared = soup_of(page).select_one("[data-share]")
    assert shared["data-share-link"] == f"http://localhost/services/{with_everything}"
    assert "quokka" not in unquote(page.text)


def test_a_private_address_goes_nowhere(own_client, sample_service):
    hidden = sample_service(lambda each: each.place_withheld)
    for name in ("contact", "hours", ""):  # the client knows what is planted
        answer = own_client.get(f"/services/{hidden.service.id}/{name}".rstrip("/"))
        assert answer.status_code == 200
    card = own_client.get(f"/services/{hidden.service.id}/contact").text.replace("\r\n ", "")
    assert "The address is private. Call for the location." in card


def test_unknown_hours_make_no_event(sample_app, sample_service):
    known = sample_service(lambda each: each.phone and not each.sites)
    unknown = replace(known, hours=HoursBlock())
    with sample_app.test_request_context():
        assert not list(events_of(hours_calendar([unknown])))
        take = take_service(unknown)
        spoken = [part.text for part in spoken_parts(unknown)]
    assert take.hours == ""
    assert take.contact
    assert "Hours not known. Call first." in spoken


def test_of_what_is_closed_for_now_no_hours_go_along(sample_app, sample_service):
    page = sample_service(lambda each: each.hours.schedules)
    closed = replace(page, service=replace(page.service, status="temporarily closed"))
    with sample_app.test_request_context():
        assert hours_lines(page) != hours_lines(closed) == ["Closed for now."]


def test_my_list_goes_along_as_a_whole(own_client, with_everything, sample_service):
    other = sample_service(lambda each: each.place_withheld and each.phone).service.id
    for each in (with_everything, other):
        own_client.post("/my-list/change", data={"add": each})
    page = soup_of(own_client.get("/my-list"))
    part = page.select_one("details.take-along")
    contacts = own_client.get(part.select_one("a[href$='/contacts']")["href"])
    assert len(list(vobject.readComponents(contacts.text))) == 2
    assert list(events_of(own_client.get("/my-list/hours").data))
    assert not part.select("svg.qr")  # a code is made when it is asked for
    own_client.post("/my-list/change", data={"clear": "yes"})
    assert not list(vobject.readComponents(own_client.get("/my-list/contacts").text))
    assert not soup_of(own_client.get("/my-list")).select("details.take-along, .read-aloud")


@pytest.mark.slow
def test_at_a_terminal_there_are_only_print_and_code(own_instance, with_everything):
    client = inspecting(create_app(terminal_settings(own_instance), own_instance), *planted())
    open_page = partial(client.get, follow_redirects=True, unchecked=("title",))  # it tells nothing
    for path in (f"/services/{with_everything}/contact", f"/services/{with_everything}/hours",
                 "/my-list/contacts", "/my-list/hours"):  # fmt: skip
        assert open_page(path).status_code == 404
    page = soup_of(open_page(f"/services/{with_everything}"))
    part = page.select_one("details.take-along")
    assert part.select_one("svg.qr")
    assert not part.select("a, form, button, script")
    assert not page.select(".read-aloud, [href^='sms:'], [href^='mailto:'], [data-share]")
    assert "share.js" not in str(page)
    button = page.select_one("button[name=add]")
    client.post(button["formaction"], data={"add": with_everything, "back": "/"})
    listed = soup_of(open_page("/my-list"))
    assert listed.select_one(".my-list")
    assert not listed.select("details.take-along, .read-aloud")


def test_in_spanish_what_goes_along_is_spanish(own_client, with_everything):
    own_client.get("/?lang=es")
    path = f"/services/{with_everything}"
    assert "SUMMARY:Abierto: " in own_client.get(f"{path}/hours").text
    assert "Horario: " in own_client.get(f"{path}/contact").text.replace("\r\n ", "")


def test_no_hours_of_several_places_that_nobody_can_tell_apart(sample_app, sample_service):
    """Where pages say "Hours differ by place", no file makes a timetable of them."""
    page = sample_service(lambda each: not each.sites and not each.hours.always)
    usual = Schedule(id="x", freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="17:00")
    hours = replace(page.hours, schedules=(usual,), differ=False)
    differ = replace(hours, schedules=(), week=(), differ=True)
    with sample_app.test_request_context():
        assert list(timetables(replace(page, hours=hours)))
        assert not list(timetables(replace(page, hours=differ)))
