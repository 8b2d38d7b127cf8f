"""How values read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.directory.view_models import HoursBlock
from referral.records.hsds import (
    Address,
    CostOption,
    Language,
    Phone,
    Schedule,
    Service,
    ServiceArea,
)
from referral.records.schedules.opening_hours import DayHours
from referral.web import formatting as formats
from referral.web import hours_labels as hours
from referral.web import listing_labels as listing_words

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def page(sample_app):
    """Formats speak the language of a page."""
    with sample_app.test_request_context("/"):
        yield


def plain(text):
    return str(text).replace("\N{NO-BREAK SPACE}", " ")


def test_dates():
    assert formats.format_date(date(2026, 3, 3)) == "3 March 2026"


@pytest.mark.parametrize(
    ("clock", "words"),
    [("16:30", "4:30 pm"), ("09:00", "9 am"), ("12:00", "noon"), ("00:00", "midnight"),
     ("23:59", "midnight"), ("12:15", "12:15 pm"), ("soon", "soon"), ("25:00", "25:00")],
)  # fmt: skip
def test_times(clock, words):
    assert plain(formats.format_time(clock)) == words


@pytest.mark.parametrize(
    ("byday", "words"),
    [("MO,TU,WE,TH,FR", "Monday to Friday"), ("MO,WE", "Monday and Wednesday"),
     ("MO,TU", "Monday and Tuesday"), ("SU", "Sunday"), ("FR,SA,SU", "Friday to Sunday"),
     ("MO,WE,FR", "Monday, Wednesday, and Friday"), ("weekdays", "weekdays"), ("", "")],
)  # fmt: skip
def test_days_of_a_rule(byday, words):
    assert hours.days_text(byday) == words


def test_a_time_does_not_break_across_lines():
    assert " " not in formats.format_time("16:30")


@pytest.mark.parametrize(
    ("miles", "words"),
    [(0.0, "under 1 mile"), (0.99, "under 1 mile"), (1.2, "about 1 mile"),
     (3.4, "about 3 miles"), (24.6, "about 25 miles")],
)  # fmt: skip
def test_distances(miles, words):
    assert formats.format_distance(miles) == words


def test_phones():
    phone = Phone(id="p", number="814.555.0100", tel="+18145550100", extension="12")
    assert formats.format_phone(phone) == "(814) 555-0100 ext. 12"
    assert formats.tel_link(phone) == "tel:+18145550100;ext=12"
    assert formats.format_phone(Phone(id="p", number="ask at the desk")) == "ask at the desk"
    assert formats.tel_link(Phone(id="p", number="ask at the desk")) == ""


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(60, None, "Age 60 or older"), (5, 12, "Ages 5 to 12"), (None, 18, "Age 18 or younger"),
     (0, 5, "Age 5 or younger"), (None, None, ""), (0, None, ""), (0.5, 3, "Ages 6 months to 3")],
)  # fmt: skip
def test_ages(low, high, words):
    service = Service(id="s", organization_id="o", name="n", minimum_age=low, maximum_age=high)
    assert listing_words.ages_label(service) == words


@pytest.mark.parametrize(
    ("amount", "currency", "description", "words"),
    [(25.0, "USD", "a visit", "$25 a visit"), (7.5, "", "", "$7.50"), (0.0, "USD", "", "Free"),
     (None, "", "sliding scale", "sliding scale")],
)  # fmt: skip
def test_costs(amount, currency, description, words):
    cost = CostOption(
        id="c", service_id="s", amount=amount, currency=currency, amount_description=description
    )
    assert listing_words.amount_text(cost) == words


def test_addresses_leave_out_what_is_empty():
    address = Address(
        id="a", location_id="l", address_1="1 Main Street", city="Meadville",
        state_province="PA", postal_code="16335",
    )  # fmt: skip
    assert [plain(line) for line in listing_words.address_lines(address)] == [
        "1 Main Street",
        "Meadville, PA 16335",
    ]
    assert listing_words.address_lines(Address(id="a", location_id="l")) == ()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "Tamarack County"}, "Tamarack County"),
        ({"area_kind": "nation", "area_codes": "US"}, "The whole country"),
        ({"area_kind": "zip", "area_codes": "16335"}, "ZIP code 16335"),
        ({"area_kind": "zip", "area_codes": "16335|16354"}, "ZIP codes 16335 and 16354"),
        ({"area_kind": "county", "area_codes": "Crawford County, PA"}, "Crawford County, PA"),
        ({}, ""),
    ],
)
def test_areas(values, words):
    assert listing_words.area_label(ServiceArea(id="a", **values)) == words


def test_websites_read_without_their_scheme():
    assert listing_words.website_label("https://www.example.org/") == "example.org"


def test_shortened_does_not_end_after_an_abbreviation():
    text = "They knocked on the doors of St. Peter's and asked."
    assert formats.format_shortened(text, 40) == "They knocked on the doors of St…"


@given(st.text(max_size=400), st.integers(20, 200))
def test_shortened_is_a_beginning(text, length):
    short = formats.format_shortened(text, length)
    whole = " ".join(text.split())
    assert len(short) <= length + 1
    assert whole.startswith(short.removesuffix("…"))


def week(*spans):
    return tuple(DayHours(weekday, tuple(day)) for weekday, day in enumerate(spans))


OFFICE = [("09:00", "16:30")]
OFFICE_WEEK = week(OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, [], [])


def rows_of(block, today=0):
    return [
        (row.days, [plain(span) for span in row.spans]) for row in hours.week_rows(block, today)
    ]


def test_equal_days_share_a_row():
    assert rows_of(HoursBlock(week=OFFICE_WEEK)) == [
        ("Monday to Friday", ["9 am to 4:30 pm"]),
        ("Saturday to Sunday", ["Closed"]),
    ]


def test_a_day_in_doubt_is_not_called_closed():
    doubtful = list(OFFICE_WEEK)
    doubtful[4] = DayHours(4, OFFICE_WEEK[4].spans, is_known=False)
    doubtful[5] = DayHours(5, (), is_known=False)
    block = HoursBlock(week=tuple(doubtful), is_open=None, doubt_on=date(2026, 11, 28))
    assert rows_of(block) == [
        ("Monday to Thursday", ["9 am to 4:30 pm"]),
        ("Friday", ["9 am to 4:30 pm", "Ask for other hours"]),
        ("Saturday", ["Not known, ask first"]),
        ("Sunday", ["Closed"]),
    ]
    assert plain(hours.hours_line(block)) == (
        "Monday to Thursday 9 am to 4:30 pm; Friday 9 am to 4:30 pm, Ask for other hours; "
        "Saturday Not known, ask first"
    )
    said = [
        hours.open_state(block, datetime(2026, 11, day, 12, tzinfo=UTC)).text
        for day in (26, 27, 28)
    ]
    assert said == [
        "Hours on Saturday not known. Call first.",
        "Hours tomorrow not known. Call first.",
        "Hours today not known. Call first.",
    ]


def test_today_is_told():
    rows = hours.week_rows(HoursBlock(week=OFFICE_WEEK), today=5)
    assert [row.has_today for row in rows] == [False, True]


def test_openings_of_a_day_that_overlap_are_one():
    spans = [("09:00", "12:00"), ("09:00", "17:00"), ("11:00", "13:00"), ("16:00", "18:00")]
    block = HoursBlock(
        week=week(spans, [("18:00", "02:00"), ("20:00", "23:00")], [], [], [], [], [])
    )
    assert rows_of(block)[:2] == [
        ("Monday", ["9 am to 6 pm"]), ("Tuesday", ["6 pm to 2 am", "8 pm to 11 pm"]),
    ]  # fmt: skip


def test_every_day():
    always = week(*[[("00:00", "23:59")]] * 7)
    assert rows_of(HoursBlock(week=always)) == [("Every day", ["Day and night"])]


def test_a_week_without_hours_is_not_called_closed():
    empty = HoursBlock(week=week([], [], [], [], [], [], []), is_open=None)
    assert rows_of(empty) == []
    assert not hours.has_hours(empty)
    assert hours.open_state(empty).text == "Hours not known. Call first."


MOMENT = datetime(2026, 3, 3, 10, 0, tzinfo=NEW_YORK)  # a Tuesday


SEASON = Schedule(
    id="s", freq="WEEKLY", byday="TU", opens_at="14:00", closes_at="18:00",
    valid_from=date(2027, 2, 1),
)  # fmt: skip


def opening(day, hour):
    start = datetime(2026, 3, day, hour, 0, tzinfo=NEW_YORK)
    return start, start.replace(hour=hour + 2)


@pytest.mark.parametrize(
    ("block", "kind", "words"),
    [
        (HoursBlock(always=True), "open", "Open day and night"),
        (HoursBlock(week=OFFICE_WEEK, is_open=True, next_opening=opening(3, 9)),
         "open", "Open now until 11 am"),
        (HoursBlock(week=OFFICE_WEEK, is_open=False, next_opening=opening(3, 13)),
         "closed", "Opens today at 1 pm"),
        (HoursBlock(week=OFFICE_WEEK, is_open=False, next_opening=opening(4, 9)),
         "closed", "Opens tomorrow at 9 am"),
        (HoursBlock(week=OFFICE_WEEK, is_open=False, next_opening=opening(6, 9)),
         "closed", "Opens Friday at 9 am"),
        (HoursBlock(week=OFFICE_WEEK, is_open=False, next_opening=opening(20, 9)),
         "closed", "Opens 20 March 2026 at 9 am"),
        (HoursBlock(week=OFFICE_WEEK, is_open=True, next_opening=opening(3, 9), is_holiday=True),
         "unknown", "Holiday. Call first. Usual hours: 9 am to 11 am"),
        (HoursBlock(week=OFFICE_WEEK, is_open=False, next_opening=opening(4, 9), is_holiday=True),
         "unknown", "Wednesday is a holiday. Call first. Usual hours: 9 am to 11 am"),
        (HoursBlock(differ=True, is_open=True, next_opening=opening(3, 9)),
         "unknown", "Hours differ by place. Call first."),
        (HoursBlock(), "unknown", "Hours not known. Call first."),
        (HoursBlock(others=(Schedule(id="s", description="By appointment"),)),
         "unknown", "By appointment"),
        (HoursBlock(others=(SEASON,), schedules=(SEASON,), is_open=None, zone="America/New_York"),
         "closed", "Opens 2 February 2027"),
    ],
)  # fmt: skip
def test_open_state(block, kind, words):
    state = hours.open_state(block, MOMENT)
    assert (state.kind, plain(state.text)) == (kind, words)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"freq": "MONTHLY", "byday": "2TU", "opens_at": "09:00", "closes_at": "12:00"},
         "Second Tuesday of the month: 9 am to noon"),
        ({"freq": "MONTHLY", "byday": "1SA,3SA"},
         "First Saturday and Third Saturday of the month: hours not known, call first"),
        ({"freq": "MONTHLY", "byday": "-1FR"}, "Last Friday of the month: hours not known, call first"),
        ({"freq": "WEEKLY", "interval": 2, "byday": "MO"}, "Every other week on Monday: hours not known, call first"),
        ({"freq": "MONTHLY", "bymonthday": "15"}, "Day 15 of the month: hours not known, call first"),
        ({"freq": "WEEKLY", "byday": "SA", "opens_at": "18:00", "closes_at": "08:00",
          "valid_from": date(2026, 11, 1), "valid_to": date(2027, 3, 31)},
         "Saturday: 6 pm to 8 am (from 1 November 2026 to 31 March 2027)"),
        ({"description": "By appointment."}, "By appointment"),
        ({}, ""),
    ],
)  # fmt: skip
def test_rules_that_a_week_cannot_show(values, words):
    assert plain(hours.schedule_text(Schedule(id="s", **values))) == words


def test_an_abbreviation_ends_no_sentence():
    text = "Martes: de 2 p. m. a 6 p. m. (desde el 2 de febrero de 2027)"
    assert formats.format_shortened(text, 40) == "Martes: de 2 p. m. a 6 p. m. (desde el…"


def test_a_long_text_is_cut_at_the_end_of_a_sentence():
    text = "One two three. Four five six seven.\nEight nine."
    assert formats.folded_after(text, 9) == (
        ["One two three. Four five six seven.", "Eight nine."],
        [],
    )
    assert formats.folded_after(text, 8) == (
        ["One two three. Four five six seven.", "Eight"],
        ["nine."],
    )
    assert formats.folded_after(text, 5) == (
        ["One two three."],
        ["Four five six seven.", "Eight nine."],
    )
    assert formats.folded_after("", 5) == ([], [])


@given(st.text(alphabet="ab. \n", max_size=80), st.integers(min_value=1, max_value=20))
def test_folding_loses_no_word_and_shows_no_more_than_asked(text, words):
    shown, rest = formats.folded_after(text, words)
    assert " ".join([*shown, *rest]).split() == text.split()
    assert sum(len(part.split()) for part in shown) <= words


@pytest.mark.parametrize(
    ("name", "code", "label"),
    [
        ("Mandarin", "zh", "Mandarin"),
        ("Chinese (Mandarin)", "zh", "Mandarin"),
        ("Chinese", "zh", "Chinese"),
        ("Toisanese", "yue", "Toisanese"),
        ("castellano", "es", "Spanish"),
        ("Klingonish", "", "Klingonish"),
    ],
)
def test_a_list_may_name_the_chinese_that_is_spoken(name, code, label):
    language = Language(id="l", name=name, code=code)
    assert listing_words.language_label(language) == label
