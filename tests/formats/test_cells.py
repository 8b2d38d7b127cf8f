"""One cell as one field: what it gives, and what cannot be read."""

from datetime import date

import pytest

from referral.formats.reading.areas import area_of
from referral.formats.reading.cells import Unreadable, format_day, parse_date, read_cell
from referral.records.visibility import Visibility


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-12-31", date(2024, 12, 31)),
        ("2024-12-31T10:30:45.123Z", date(2024, 12, 31)),
        ("2024-12-31 00:00:00", date(2024, 12, 31)),
        ("12/31/2024", date(2024, 12, 31)),
        ("12/31/24", date(2024, 12, 31)),
        ("1/24/70", date(1970, 1, 24)),
        ("January 20, 1970", date(1970, 1, 20)),
        ("January 01, 0001", date(1, 1, 1)),
        ("12/24/2015 4:00 PM", date(2015, 12, 24)),
        ("24/2/70", None),
        ("13/27/2014", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates(text, day):
    assert parse_date(text) == day


def test_a_day_of_every_year_is_said_without_a_year():
    assert format_day(date(1, 1, 1)) == "January 1"
    assert format_day(date(2024, 1, 1)) == "January 1, 2024"


@pytest.mark.parametrize(
    ("kind", "field", "text", "value"),
    [
        ("service", "status", "Temporarily Closed", "temporarily closed"),
        ("service", "minimum_age", "18", 18.0),
        ("service", "fees_description", "None", "None."),
        ("service", "description", "<p>Food &amp; more</p>", "Food & more"),
        ("service", "url", "example.org/help", "http://example.org/help"),
        ("service", "url", "ask at the desk", "ask at the desk"),
        ("organization", "year_incorporated", "1984", 1984),
        ("cost_option", "amount", "$1,250.50", 1250.5),
        ("address", "country", "USA", "US"),
        ("address", "address_type", "Mailing", "postal"),
        ("schedule", "opens_at", "09:00-05:00", "09:00"),
        ("schedule", "opens_at", "10:00:00", "10:00"),
        ("schedule", "opens_at", "3pm", "15:00"),
        ("schedule", "byday", "TH,FR", "TH,FR"),
        ("schedule", "byday", "2MO,-1FR", "2MO,-1FR"),
        ("schedule", "byday", "Monday - Friday", "MO,TU,WE,TH,FR"),
        ("schedule", "closed", "TRUE", True),
        ("schedule", "freq", "weekly", "WEEKLY"),
        ("location", "visibility", "Withheld", Visibility.WITHHELD),
    ],
)
def test_cells_read(kind, field, text, value):
    assert read_cell(kind, field, text) == value


@pytest.mark.parametrize(
    ("kind", "field", "text", "code"),
    [
        ("service", "status", "perhaps", "status-not-understood"),
        ("service", "minimum_age", "eighteen", "number-not-understood"),
        ("organization", "year_incorporated", "1984.5", "number-not-understood"),
        ("organization", "year_incorporated", "99999999999", "number-not-understood"),
        ("service", "assured_date", "24/2/70", "date-not-understood"),
        ("schedule", "opens_at", "noonish", "time-not-understood"),
        ("schedule", "byday", "whenever", "weekday-not-understood"),
        ("schedule", "freq", "YEARLY", "freq-not-understood"),
        ("schedule", "closed", "maybe", "yes-no-not-understood"),
        ("location", "visibility", "secret", "visibility-not-understood"),
        ("address", "postal_code", "1" * 256, "text-too-long"),
    ],
)
def test_cells_that_cannot_be_read_say_what_to_write(kind, field, text, code):
    value = read_cell(kind, field, text)
    assert isinstance(value, Unreadable)
    assert value.code == code
    assert str(value.message).endswith(".")


@pytest.mark.parametrize(
    ("name", "state", "area"),
    [
        ("16335", "", ("zip", "16335")),
        ("16335, 16354-0001", "", ("zip", "16335|16354")),
        ("Crawford County", "PA", ("county", "Crawford County, PA")),
        ("Crawford County, PA", "", ("county", "Crawford County, PA")),
        ("Crawford County", "", ("county", "Crawford County")),
        ("Meadville, PA", "", ("city", "Meadville, PA")),
        ("Meadville", "PA", ("city", "Meadville, PA")),
        ("Meadville", "", ("text", "")),
        ("PA", "", ("state", "PA")),
        ("Pennsylvania", "PA", ("state", "PA")),
        ("New York", "NY", ("city", "New York, NY")),
        ("Nationwide", "", ("nation", "US")),
        ("Anyone who asks", "PA", ("text", "")),
    ],
)
def test_areas(name, state, area):
    assert area_of(name, state) == area
