"""The checks that forms, imports and the quality page share."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.urls_and_emails import normalize_url
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import (
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral.records.kinds import KINDS, field_names
from referral.records.problems import Severity
from referral.records.validation import validate_record

TODAY = date(2026, 11, 24)
ORGANIZATION = Organization(
    id="o", name="Food Bank", email="a@example.org", website="www.example.org"
)
SERVICE = Service(
    id="s", organization_id="o", name="Pantry", assured_date=TODAY, minimum_age=0, maximum_age=125
)
LOCATION = Location(id="l", latitude=41.6, longitude=-80.1)
ADDRESS = Address(
    id="a",
    location_id="l",
    address_1="1 Main St",
    city="Meadville",
    state_province="PA",
    postal_code="16335-1234",
)
PHONE = Phone(id="p", service_id="s", number="(814) 555-0123", tel="+18145550123", extension="012")
SCHEDULE = Schedule(
    id="h", service_id="s", freq="WEEKLY", byday="MO,TU", opens_at="09:00", closes_at="17:00"
)
LANGUAGE = Language(id="g", service_id="s", name="Spanish", code="es")


@pytest.mark.parametrize(
    "record",
    [
        ORGANIZATION, SERVICE, LOCATION, ADDRESS, PHONE, SCHEDULE, LANGUAGE,
        replace(SERVICE, listed_from=TODAY, listed_until=TODAY),
        replace(SERVICE, listed_from=date(2027, 1, 1)),
        replace(SERVICE, listed_until=date(2026, 1, 1)),
        replace(SERVICE, maximum_age=None),
        replace(LOCATION, latitude=None, longitude=None),
        replace(PHONE, extension=""),
        replace(SCHEDULE, freq="", byday="", valid_from=TODAY, valid_to=TODAY),
        replace(SCHEDULE, valid_from=TODAY),
        replace(SCHEDULE, valid_to=TODAY),
    ],
)  # fmt: skip
def test_a_good_record_has_no_problem(record):
    assert validate_record(record, TODAY) == ()


@pytest.mark.parametrize(
    ("record", "code", "column"),
    [
        (replace(ORGANIZATION, name=""), "name-missing", "name"),
        (replace(ORGANIZATION, name=" NULL "), "name-missing", "name"),
        (replace(SERVICE, name=""), "name-missing", "name"),
        (TaxonomyTerm(id="t", name=""), "name-missing", "name"),
        (replace(SERVICE, organization_id=""), "parent-missing", "organization_id"),
        (Program(id="p", organization_id="", name="P"), "parent-missing", "organization_id"),
        (
            ServiceAtLocation(id="x", service_id="s", location_id=""),
            "parent-missing",
            "location_id",
        ),
        (replace(ADDRESS, location_id=""), "parent-missing", "location_id"),
        (replace(PHONE, service_id=""), "parent-missing", "organization_id"),
        (replace(SCHEDULE, service_id=""), "parent-missing", "service_id"),
        (ServiceArea(id="x"), "parent-missing", "service_id"),
        (CostOption(id="x", service_id=""), "parent-missing", "service_id"),
        (replace(SERVICE, listed_from=TODAY, listed_until=date(2026, 11, 23)), "days-reversed",
         "listed_until"),
    ],
)  # fmt: skip
def test_a_missing_name_or_parent_and_a_last_day_before_the_first_are_refused(record, code, column):
    (problem,) = validate_record(record, TODAY)
    assert (problem.code, problem.column, problem.severity) == (code, column, Severity.ERROR)


@pytest.mark.parametrize(
    ("record", "code", "column"),
    [
        (replace(ORGANIZATION, email="a@b"), "email-invalid", "email"),
        (replace(ORGANIZATION, email="a@x.org, b@x.org"), "email-invalid", "email"),
        (replace(ORGANIZATION, website="see facebook"), "url-invalid", "website"),
        (replace(SERVICE, url="javascript:alert(1)"), "url-invalid", "url"),
        (replace(SERVICE, assurer_email="me"), "email-invalid", "assurer_email"),
        (replace(ORGANIZATION, name="x" * 256), "text-too-long", "name"),
        (replace(SERVICE, description="x" * 20_001), "text-too-long", "description"),
        (replace(SERVICE, status="open"), "status-unknown", "status"),
        (replace(SERVICE, minimum_age=-1), "age-out-of-range", "minimum_age"),
        (replace(SERVICE, maximum_age=126), "age-out-of-range", "maximum_age"),
        (replace(SERVICE, minimum_age=60, maximum_age=18), "ages-reversed", "minimum_age"),
        (replace(SERVICE, assured_date=date(2026, 11, 25)), "date-in-future", "assured_date"),
        (replace(LOCATION, location_type="redacted"), "location-type-unknown", "location_type"),
        (replace(LOCATION, latitude=91.0), "coordinates-invalid", "latitude"),
        (replace(LOCATION, latitude=0.0, longitude=0.0), "coordinates-invalid", "latitude"),
        (replace(LOCATION, longitude=None), "coordinates-incomplete", "longitude"),
        (replace(ADDRESS, address_1=""), "address-incomplete", "address_1"),
        (replace(ADDRESS, city=""), "address-incomplete", "city"),
        (replace(ADDRESS, postal_code="1633"), "zip-invalid", "postal_code"),
        (replace(ADDRESS, state_province="Penn"), "state-invalid", "state_province"),
        (replace(ADDRESS, state_province="XX"), "state-invalid", "state_province"),
        (replace(PHONE, number="", tel=""), "number-missing", "number"),
        (replace(PHONE, number="555-0123", tel=""), "number-unclear", "number"),
        (replace(PHONE, extension="x12"), "extension-invalid", "extension"),
        (replace(SCHEDULE, opens_at="9am"), "time-invalid", "opens_at"),
        (replace(SCHEDULE, closes_at=""), "time-missing", "closes_at"),
        (replace(SCHEDULE, byday="Mon"), "byday-invalid", "byday"),
        (replace(SCHEDULE, freq="DAILY"), "freq-invalid", "freq"),
        (
            replace(SCHEDULE, valid_from=TODAY, valid_to=date(2026, 1, 1)),
            "dates-reversed",
            "valid_to",
        ),
        (replace(LANGUAGE, code="qq"), "language-unknown", "code"),
    ],
)
def test_a_doubtful_value_is_pointed_out(record, code, column):
    (problem,) = validate_record(record, TODAY)
    assert (problem.code, problem.column, problem.severity) == (code, column, Severity.WARNING)
    assert problem.detail.endswith(".")


def test_an_address_abroad_has_other_codes():
    assert (
        validate_record(
            replace(ADDRESS, country="CA", state_province="Ontario", postal_code="K1A 0B1"), TODAY
        )
        == ()
    )


def test_one_age_only_is_fine():
    assert validate_record(replace(SERVICE, minimum_age=18, maximum_age=18), TODAY) == ()


def test_a_virtual_address_needs_no_street():
    assert validate_record(Address(id="a", location_id="l", address_type="virtual"), TODAY) == ()


def test_every_state_is_known():
    for state in ("AL", "DC", "PA", "PR", "WY", "NH", "MN", "UT", "VT", "AP", "GU"):
        assert validate_record(replace(ADDRESS, state_province=state), TODAY) == ()


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_no_text_whatever_makes_a_check_raise(kind, data):
    texts = {
        name: data.draw(st.text(max_size=20))
        for name in field_names(kind)
        if KINDS[kind].__dataclass_fields__[name].type == "str"
    }
    for problem in validate_record(KINDS[kind](**texts), TODAY):
        assert problem.column in field_names(kind)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("www.example.org", "http://www.example.org"),
        ("example.org/help?x=1#y", "http://example.org/help?x=1#y"),
        ("https://Example.ORG/Path", "https://example.org/Path"),
        ("HTTP://example.org", "http://example.org"),
        (" <https://example.org> ", "https://example.org"),
        ("//example.org", "http://example.org"),
        ("example.org:8080/x", "http://example.org:8080/x"),
        ("https://münchen.example", "https://münchen.example"),
        ("", ""),
        ("N/A", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://example.org", ""),
        ("mailto:a@example.org", ""),
        ("a@example.org", ""),
        ("https://user:pass@example.org", ""),
        ("www.a.org; www.b.org", ""),
        ("www.a.org www.b.org", ""),
        ("localhost", ""),
        ("https://", ""),
        ("https://example.org:port", ""),
        ("https://[::1", ""),
        ("facebook", ""),
    ],
)
def test_web_addresses(value, address):
    assert normalize_url(value) == address


@given(st.text())
def test_a_web_address_is_stable_and_safe(value):
    address = normalize_url(value)
    assert normalize_url(address) == address
    assert not address or address.startswith(("http://", "https://"))
