"""What a listing lacks, wherever it may be said: at the service, its places, its organization."""

from dataclasses import replace

import pytest

from referral.records.hsds import (
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
)
from referral.records.listing import Listing, ListingSite
from referral.verification.quality import Finding, findings_of

BARE = Listing(service=Service(id="s", organization_id="o", name="Pantry"))
PHONE = (Phone(id="p", number="814-555-0100", tel="+18145550100"),)
HOURS = Schedule(id="h", byday="MO", opens_at="09:00", closes_at="12:00")
WORDS = Schedule(id="w", description="Ask at the door")
COUNTY = ServiceArea(id="a", area_kind="county", area_codes="Crawford County, PA")
IN_WORDS = ServiceArea(id="b", area_kind="text")
LANGUAGE = (Language(id="g", name="Spanish", code="es"),)


def of(**values):
    """Give the bare listing with some values of its service."""
    return replace(BARE, service=replace(BARE.service, **values))


def at_place(**values):
    """Give the bare listing at a place that has these."""
    return replace(BARE, sites=(ListingSite(location=Location(id="l"), **values),))


def by(**values):
    """Give the bare listing of an organization that has these."""
    return replace(BARE, organization=Organization(id="o", name="Ours", **values))


@pytest.mark.parametrize(
    ("finding", "listings"),
    [
        (Finding.NO_PHONE, [replace(BARE, phones=PHONE), replace(BARE, organization_phones=PHONE),
                            at_place(phones=PHONE)]),
        (Finding.NO_CONTACT, [replace(BARE, phones=PHONE), of(url="https://a.example"),
                              of(email="a@a.example"), by(website="https://a.example"),
                              by(email="a@a.example")]),
        (Finding.NO_WEBSITE, [of(email="a@a.example"), by(website="https://a.example")]),
        (Finding.NO_PLACE, [at_place(), replace(BARE, place_withheld=True),
                            of(name="Home visits")]),
        (Finding.NO_HOURS, [replace(BARE, schedules=(HOURS,)), at_place(schedules=(HOURS,)),
                            at_place(location_schedules=(WORDS,))]),
        (Finding.NO_AREA, [replace(BARE, areas=(COUNTY,)), at_place(areas=(IN_WORDS,))]),
        (Finding.NO_ELIGIBILITY, [of(minimum_age=0), of(maximum_age=17),
                                  of(eligibility_description="Anybody")]),
        (Finding.NO_COST, [of(fees_description="None"),
                           replace(BARE, costs=(CostOption(id="c", service_id="s"),))]),
        (Finding.NO_LANGUAGES, [replace(BARE, languages=LANGUAGE), at_place(languages=LANGUAGE),
                                of(interpretation_services="By telephone")]),
        (Finding.NO_ORGANIZATION, [by()]),
    ],
)  # fmt: skip
def test_what_is_said_anywhere_is_not_missing(finding, listings):
    assert finding in findings_of(BARE)
    assert [finding in findings_of(each) for each in listings] == [False] * len(listings)


@pytest.mark.parametrize(
    ("finding", "listing", "is_found"),
    [
        (Finding.HOURS_IN_WORDS, at_place(location_schedules=(WORDS,)), True),
        (Finding.HOURS_IN_WORDS, replace(BARE, schedules=(HOURS, WORDS)), True),
        (Finding.HOURS_IN_WORDS,
         replace(BARE, schedules=(replace(WORDS, byday="SU", closed=True),)), False),
        (Finding.HOURS_IN_WORDS,
         replace(BARE, schedules=(replace(HOURS, description="Ring twice"),)), False),
        (Finding.AREA_IN_WORDS, at_place(areas=(IN_WORDS,)), True),
        (Finding.AREA_IN_WORDS, replace(BARE, areas=(IN_WORDS, COUNTY)), False),
        (Finding.AREA_IN_WORDS, BARE, False),
    ],
)  # fmt: skip
def test_words_are_told_where_a_program_cannot_read_them(finding, listing, is_found):
    assert (finding in findings_of(listing)) is is_found
