"""Facets of a listing: ages, cost, accessibility, delivery, populations."""

import csv
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.text import Phrases
from referral.records.classification import TaxonomyTerm
from referral.records.costs import cost_of
from referral.records.facets import (
    AgeGroup,
    PopulationRules,
    access_of,
    age_groups_of,
    delivery_of,
    is_explicitly_remote,
    is_remote,
    load_populations,
)
from referral.records.hsds import CostOption, Location, Phone, Program, Service
from referral.records.listing import Listing, ListingSite
from referral.resources import resource_path

LIMITS = st.one_of(st.none(), st.integers(0, 250).map(lambda halves: halves / 2))


def test_the_groups_follow_one_another_and_leave_nobody_out():
    groups = list(AgeGroup)
    assert groups[0].youngest == 0
    assert groups[-1].oldest is None
    assert [each.oldest + 1 for each in groups[:-1]] == [each.youngest for each in groups[1:]]


@pytest.mark.parametrize(
    ("minimum", "maximum", "groups"),
    [
        (None, None, "0-12 13-17 18-24 25-64 65+"),
        (18, None, "18-24 25-64 65+"),
        (None, 17, "0-12 13-17"),
        (12.5, 12.9, "0-12"),
        (60, None, "25-64 65+"),
        (65, 65, "65+"),
        (None, 0, "0-12"),
    ],
)
def test_groups_by_hand(minimum, maximum, groups):
    assert " ".join(age_groups_of(minimum, maximum)) == groups


@given(LIMITS, LIMITS, st.integers(0, 125))
def test_who_takes_an_age_takes_its_group(minimum, maximum, age):
    [group] = (each for each in AgeGroup if each.oldest is None or age <= each.oldest
               if age >= each.youngest)  # fmt: skip
    if (minimum is None or minimum < age + 1) and (maximum is None or maximum >= age):
        assert group in age_groups_of(minimum, maximum)


@given(LIMITS, LIMITS)
def test_every_service_with_limits_in_order_takes_somebody(minimum, maximum):
    if minimum is None or maximum is None or minimum <= maximum:
        assert age_groups_of(minimum, maximum)


def cost(option="", amount=None, words=""):
    return CostOption(
        id="c", service_id="s", option=option, amount=amount, amount_description=words
    )


@pytest.mark.parametrize(
    ("options", "fees", "code"),
    [
        ([], "", "unknown"),
        ([], "Call to ask.", "unknown"),
        ([], "Free.", "free"),
        ([], " No charge. ", "free"),
        ([], "Free for children; adults $15.", "fee"),
        ([], "Free for children; adults $15 if they can.", "low-cost"),
        ([cost("free")], "", "free"),
        ([cost("Gratis")], "", "free"),
        ([cost(amount=0.0)], "", "free"),
        ([cost("free"), cost("fee", 5.0)], "", "fee"),
        ([cost("sliding scale")], "", "low-cost"),
        ([cost("donation", 3.0)], "", "low-cost"),
        ([cost(amount=20.0, words="lowest fee on our sliding scale")], "", "low-cost"),
        ([cost("fee", 9.0)], "$9 an hour.", "fee"),
        ([cost("insurance")], "", "fee"),
        ([cost(amount=20.0)], "", "fee"),
        ([cost("class")], "$5 an hour.", "fee"),
        ([cost("class", 5.0)], "Free.", "fee"),
        ([cost("class")], "No charge for people with low income", "low-cost"),
        ([], "Sliding scale by income; insurance is billed.", "low-cost"),
        ([], "Free. Your phone plan may charge for texts.", "free"),
        ([], "Free. Message and data rates may apply.", "free"),
        ([], "Gratis. Llame primero.", "free"),
        ([], "None, no fee to open a file", "free"),
        ([], "None.\nPayment: Cash, check.", "free"),
        ([], "All our classes are free of charge", "free"),
        ([], "Services are provided at no cost to clients.", "free"),
        ([], "Some classes are free", "unknown"),
        ([], "Free for residents", "unknown"),
        ([], "Free, if you live in the county.", "unknown"),
        ([], "None, except for copies. Cash accepted.", "unknown"),
        ([], "None for families, but fees vary for schools", "unknown"),
        ([], "Free. A registration fee applies.", "unknown"),
        ([], "None. Class: $20.", "fee"),
        ([], "None, but a donation of $.75 for dessert", "low-cost"),
        ([], "Vary according to income ($5-$60).", "low-cost"),
        ([], "Set price; no charge for people with low income", "low-cost"),
        ([], "The fee scale ranges from $10 to $90.", "low-cost"),
        ([], "$60 a week, first two weeks waived.", "fee"),
        ([], "Each test $4. The first try is free of charge.", "fee"),
        ([], "Classes have fees.", "fee"),
        ([], "Please call for the program fee", "unknown"),
        ([], "For families who do not have health insurance", "unknown"),
        ([], "Fee description", "unknown"),
        ([], "Service fees:", "unknown"),
    ],
)
def test_cost(options, fees, code):
    assert cost_of(options, fees) == code


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["Ramp"], ["wheelchair"]),
        (["Concrete floor, no steps"], ["wheelchair"]),
        (["Ramps at both doors", "Accessible restroom"], ["wheelchair", "restroom"]),
        (["Two steps"], []),
        (["Not wheelchair accessible"], []),
        (["The upper floor is not accessible; level entrance below"], ["wheelchair"]),
        (["No ramp yet"], []),
        (["There is no elevator"], []),
        (["Without an elevator"], []),
        (["Sign language by appointment"], ["sign-language"]),
        (["Video interpreters, including American Sign Language"], ["sign-language"]),
        (["Hearing loop", "Large-print forms"], ["hearing", "sight"]),
        (["Quiet waiting room"], ["quiet"]),
        (["Trampoline"], []),
        (["Rampa en la entrada"], ["wheelchair"]),
        (["", "Hitching rail"], []),
    ],
)
def test_access(texts, codes):
    assert list(access_of(texts)) == codes


def test_a_sign_language_spoken_counts():
    assert access_of([], ["en", "ase"]) == ("sign-language",)


def listing(*, sites=(), withheld=False, terms=(), phones=(), **service):
    return Listing(
        service=Service(**{"id": "s", "organization_id": "o", "name": "Help", **service}),
        sites=tuple(
            ListingSite(location=Location(id=str(at), location_type=kind))
            for at, kind in enumerate(sites)
        ),
        term_paths=tuple((TaxonomyTerm(id=code, code=code, name=code),) for code in terms),
        phones=tuple(Phone(id=str(at), number="555-0100", type=kind)
                     for at, kind in enumerate(phones)),
        place_withheld=withheld,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "codes", "remote"),
    [
        (listing(sites=["physical"], phones=["voice"], url="x"), ["in-person"], False),
        (listing(withheld=True, phones=["voice"]), ["in-person"], False),
        (listing(phones=["voice"]), ["phone"], True),
        (listing(phones=["fax"]), [], True),
        (listing(phones=["text"]), [], True),
        (replace(listing(), phones=(Phone(id="p", number=""),)), [], True),
        (replace(listing(), organization_phones=(Phone(id="p", number="555-0100"),)), ["phone"],
         True),
        (listing(sites=["physical"], name="Online tutoring"), ["in-person", "online"], False),
        (listing(url="https://x.example"), ["online"], True),
        (listing(sites=["virtual"]), ["online"], True),
        (listing(terms=["in-home-care"], phones=["voice"]), ["home"], False),
        (listing(name="Home visits for babies", phones=["voice"]), ["home"], False),
        (listing(sites=["physical"], keywords="hotline|crisis"), ["in-person", "phone"], False),
        (listing(sites=["physical"], terms=["crisis-lines"]), ["in-person", "phone"], False),
        (listing(sites=["physical"], description="Come, or call from at home."),
         ["in-person"], False),
        (listing(), [], True),
    ],
)  # fmt: skip
def test_delivery(of, codes, remote):
    assert list(delivery_of(of)) == codes
    assert is_remote(of) == remote


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (listing(name="Emergency Shelter", phones=["voice"]), False),
        (listing(name="Crisis hotline", phones=["voice"]), True),
        (listing(terms=["poison-control"], phones=["voice"]), True),
        (listing(terms=["home-delivered-meals"], phones=["voice"]), True),
        (listing(sites=["virtual"]), True),
        (replace(listing(phones=["voice"]), is_national=True), True),
    ],
)
def test_a_service_without_an_address_is_remote_only_if_it_says_so(of, said):
    assert is_explicitly_remote(of) == said


@pytest.mark.parametrize(
    "phone",
    [
        Phone(id="p", number="711"),
        Phone(id="p", number="711", tel="711", type="voice", description="Relay"),
        Phone(id="p", number="202-555-0100", type="voice", description="TTY"),
    ],
)
def test_a_relay_or_textphone_is_no_help_by_phone(phone):
    assert not delivery_of(replace(listing(), phones=(phone,)))
    voice = Phone(id="v", number="202-555-0101")
    assert delivery_of(replace(listing(), phones=(phone, voice))) == ("phone",)


@pytest.fixture(scope="module")
def rules():
    return PopulationRules(load_populations())


@pytest.mark.parametrize(
    ("of", "slugs"),
    [
        (listing(), []),
        (listing(description="Not for veterans."), []),
        (listing(terms=["veterans-health"]), ["veterans"]),
        (listing(eligibility_description="Veterans of any branch."), ["veterans"]),
        (listing(keywords="senior food"), ["older-adults"]),
        (replace(listing(), program=Program(id="p", organization_id="o", name="Veterans Program")),
         ["veterans"]),
        (listing(minimum_age=60), ["older-adults"]),
        (listing(minimum_age=55), ["older-adults"]),
        (listing(minimum_age=54), []),
        (listing(minimum_age=18), []),
        (listing(maximum_age=5), ["children"]),
        (listing(minimum_age=12, maximum_age=17), ["youth"]),
        (listing(minimum_age=10, maximum_age=24), ["youth"]),
        (listing(minimum_age=10, maximum_age=25), []),
        (listing(minimum_age=5, maximum_age=18), []),
        (listing(eligibility_description="Pregnant or nursing mothers"), ["new-parents"]),
        (listing(eligibility_description="Personas sin hogar"), ["homeless"]),
        (listing(name="Shelter", terms=["dv-shelter"]), ["survivors"]),
        (listing(eligibility_description="Refugees and asylees"), ["immigrants"]),
        (listing(eligibility_description="People just released from prison"), ["reentry"]),
        (listing(eligibility_description="Tribal members"), ["native"]),
        (listing(eligibility_description="Gayle's neighbors"), []),
    ],
)  # fmt: skip
def test_populations(rules, of, slugs):
    assert list(rules.slugs_of(of)) == slugs


def test_every_term_of_the_groups_is_one_of_ours():
    folder = resource_path("seed_data")
    with (folder / "taxonomy" / "taxonomy_terms.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    with (folder / "populations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 12
    for row in rows:
        assert row["name_es"]
        assert set(filter(None, row["terms"].split("|"))) <= codes, row["slug"]


@pytest.mark.parametrize(
    ("phrase", "text", "is_there"),
    [
        ("sliding scale", "A Sliding-Scale fee", True),
        ("veteran", "VETERANS’ hall", True),
        ("embarazada", "Para Embarazadas", True),
        ("niños", "ninos y bebes", True),
        ("art", "smart", False),
        ("art", "", False),
        ("", "anything", False),
    ],
)
def test_phrases(phrase, text, is_there):
    assert Phrases([phrase]).are_in(text) == is_there
