"""What is made of records for HSDS, and what is left out since it lacks what HSDS requires."""

from dataclasses import replace

import pytest

from referral.formats.open_referral.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    SOURCES_TAXONOMY,
    heading_term,
    source_term,
    stand_in_id,
)
from referral.formats.writing.hsds_values import ADDRESS_REQUIRED, name_of
from referral.open_data.files.export import iter_flattened
from referral.open_data.hsds_records import all_records, public_records, read_hsds_trees
from referral.open_data.own_parts import is_whole, words_of
from referral.open_data.terms import repeated_codes, terms_in_use
from referral.records.classification import (
    Attribute,
    Metadata,
    ServiceHeading,
    Taxonomy,
    TaxonomyTerm,
)
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    OrganizationIdentifier,
    Phone,
    Service,
    ServiceAtLocation,
    ServiceCapacity,
    Url,
)
from referral.records.visibility import Visibility
from referral.store.rows import HeadingRow
from referral.store.rows_texts import SourceCreditRow
from tests.support.rows import write_records

STAFF = Visibility.STAFF
AGENCY = Organization(id="o", name="Table", tax_id="25-1234567")
PANTRY = Service(id="s", organization_id="o", name="Pantry", keywords="bread||soup|bread")
STREET = Address(
    id="a", location_id="l", address_1="12 Elm St", city="Meadville", state_province="PA",
    postal_code="16335", country="US", address_type="physical",
)  # fmt: skip
CHANGE = Metadata(
    id="m", link_entity="service", link_id="s", last_action_date="2026-10-01",
    last_action_type="update", field_name="name", previous_value="Larder",
    replacement_value="Pantry", updated_by="Pat",
)  # fmt: skip
BEDS = ServiceCapacity(id="b", service_id="s", unit="Bed", available=3.0, updated="2026-10-01")
NUMBER = OrganizationIdentifier(
    id="n", organization_id="o", identifier_scheme="US-X", identifier="7"
)
TERM = TaxonomyTerm(id="t", code="t", name="Food", taxonomy_id="y")


@pytest.fixture
def store(store):
    with store.write() as session:
        session.add_all(
            [
                HeadingRow(slug="food", name="Food", sort=2),
                HeadingRow(slug="rent", name="Rent", sort=1),
            ]
        )
        session.add(SourceCreditRow(source="erie", publisher="Erie", licence="CC0", contact="",
                                    is_handed_on=True))  # fmt: skip
    write_records(store, AGENCY, PANTRY, Location(id="l", organization_id="o"),
        ServiceAtLocation(id="x", service_id="s", location_id="l"))  # fmt: skip
    return store


def leaving(store, kind, **source):
    """Give the records of a kind, wherever in the trees they are."""
    with store.read() as session:
        public = public_records(session, **source)
        trees = [
            tree
            for root in ("taxonomy", "taxonomy_term", "organization", "service")
            for tree in read_hsds_trees(public, root, all_records(public, root))
        ]
    return [each for each in iter_flattened(trees, set()) if name_of(each) == kind]


@pytest.mark.parametrize(
    ("record", "kind", "lacks"),
    [
        (Phone(id="p", service_id="s", number="1"), "phone", {"number": ""}),
        (NUMBER, "organization_identifier", {"identifier": ""}),
        (NUMBER, "organization_identifier", {"identifier_scheme": ""}),
        (BEDS, "service_capacity", {"unit": ""}),
        (BEDS, "service_capacity", {"available": None}),
        (BEDS, "service_capacity", {"updated": ""}),
        (CHANGE, "metadata", {"last_action_type": ""}),
        (CHANGE, "metadata", {"replacement_value": ""}),
        (CHANGE, "metadata", {"last_action_date": "lately"}),
        (Url(id="u", service_id="s", url="https://a.example"), "url", {"url": "ask us"}),
    ],
)
def test_what_lacks_what_hsds_requires_stays(store, record, kind, lacks):
    write_records(store, record)
    assert record.id in {each.id for each in leaving(store, kind)}
    write_records(store, replace(record, **lacks))
    assert record.id not in {each.id for each in leaving(store, kind)}


def test_an_identifier_needs_a_scheme_or_a_type(store):
    write_records(store, replace(NUMBER, identifier_scheme="", identifier_type="License"))
    assert "n" in {each.id for each in leaving(store, "organization_identifier")}


@pytest.mark.parametrize("name", ADDRESS_REQUIRED)
def test_an_address_that_lacks_a_part_stands_apart(store, name):
    write_records(store, STREET, replace(STREET, id="z", **{name: ""}))
    assert not is_whole(replace(STREET, **{name: ""}))
    assert [each.id for each in leaving(store, "address")] == ["a"]
    assert [each.id for each in leaving(store, "partial_address")] == ["z"]


def test_a_service_without_an_agency_that_leaves_has_one_of_its_name(store):
    write_records(store, Organization(id="z", name="Hidden", visibility=STAFF))
    write_records(store, replace(PANTRY, id="t", organization_id="", name="Soup"),
        replace(PANTRY, id="u", organization_id="z"))  # fmt: skip
    agencies = {each.id: each.name for each in leaving(store, "organization")}
    assert agencies == {"o": "Table", stand_in_id("t"): "Soup"}
    assert {each.id: each.organization_id for each in leaving(store, "service")} == {
        "s": "o", "t": stand_in_id("t"),
    }  # fmt: skip


def test_that_agency_is_not_called_by_a_street_that_is_held_back(store):
    house = Location(id="z", organization_id="o", visibility=Visibility.WITHHELD)
    street = "7319 Quillfeather Lane"
    write_records(store, house, replace(STREET, id="w", location_id="z", address_1=street))
    write_records(store, replace(PANTRY, id="t", organization_id="", name=f"Soup at {street}"))
    names = {each.id: each.name for each in leaving(store, "organization")}
    assert "Quillfeather" not in names[stand_in_id("t")]


@pytest.mark.parametrize(
    ("number", "scheme", "name"),
    [
        ("25-1234567", "US-EIN", "EIN"),
        ("251234567", "US-EIN", "EIN"),
        ("123456789 RR 0001", "CA-CRA_ACR", "Business Number"),
        ("25-12345678", "", "Tax ID"),
    ],
)
def test_a_tax_number_is_an_identifier_of_its_form(store, number, scheme, name):
    write_records(
        store,
        replace(AGENCY, tax_id=number),
        replace(AGENCY, id="z", tax_id=number, visibility=STAFF),
    )
    (found,) = leaving(store, "organization_identifier")
    assert (found.identifier_scheme, found.identifier_type, found.identifier) == (
        scheme, name, number,
    )  # fmt: skip
    assert {each.tax_id for each in leaving(store, "organization")} == {""}


def test_headings_keywords_and_sources_are_attributes_with_terms_in_use(store):
    head = ServiceHeading(id="h", service_id="s", heading="food", set_by="staff")
    write_records(
        store, head, replace(head, id="i", heading="rent"), replace(head, id="j", visibility=STAFF)
    )
    write_records(store, replace(PANTRY, id="t", keywords=""), source="erie")
    said = [
        (each.link_id, each.taxonomy_term_id, each.value) for each in leaving(store, "attribute")
    ]
    food, rent, erie = (
        heading_term("food", "Food"),
        heading_term("rent", "Rent"),
        source_term("Erie"),
    )
    assert sorted(said) == sorted([
        ("s", food.id, "staff"), ("s", rent.id, "staff"), ("s", KEYWORD_TERM.id, "bread"),
        ("s", KEYWORD_TERM.id, "soup"), ("t", erie.id, "CC0"),
    ])  # fmt: skip
    terms = [each.id for each in leaving(store, "taxonomy_term")]
    assert terms == [rent.id, food.id, KEYWORD_TERM.id, erie.id]
    assert words_of(" |bread| ") == ["bread"]
    write_records(store, replace(PANTRY, keywords=""), replace(head, visibility=STAFF))
    assert [each.id for each in leaving(store, "taxonomy_term")] == [rent.id, erie.id]
    assert {each.id for each in leaving(store, "taxonomy")} == {
        HEADINGS_TAXONOMY.id, SOURCES_TAXONOMY.id,
    }  # fmt: skip


def test_capacities_share_the_units_that_they_count(store):
    write_records(store, BEDS, replace(BEDS, id="c"), replace(BEDS, id="d", unit="Meal"),
        replace(BEDS, id="e", unit="Room", visibility=STAFF))  # fmt: skip
    units = {each.name: each.id for each in leaving(store, "unit")}
    assert units.keys() == {"Bed", "Meal"}
    assert {each.id: each.unit_id for each in leaving(store, "service_capacity")} == {
        "b": units["Bed"], "c": units["Bed"], "d": units["Meal"],
    }  # fmt: skip


def test_only_terms_in_use_leave_each_with_those_above_it(store):
    used = Attribute(id="i", link_entity="service", link_id="s", taxonomy_term_id="t")
    write_records(store, Taxonomy(id="y", name="Ours"), Taxonomy(id="w", name="Unused"),
        replace(TERM, id="top"), replace(TERM, parent_id="top"), replace(TERM, id="unused"),
        replace(TERM, id="hidden", visibility=STAFF), replace(TERM, id="below", parent_id="hidden"),
        replace(TERM, id="of-place"), replace(TERM, id="of-hidden"), used,
        replace(used, id="j", taxonomy_term_id="below"),
        replace(used, id="k", link_entity="location", link_id="l", taxonomy_term_id="of-place"),
        replace(used, id="m", taxonomy_term_id="of-hidden", visibility=STAFF))  # fmt: skip
    write_records(store, replace(PANTRY, keywords=""))
    ids = {each.id for each in leaving(store, "taxonomy_term")}
    assert ids == {"t", "top", "below", "of-place"}
    with store.read() as session:
        found = terms_in_use(public_records(session))
    assert {each.id for each in found.terms} == ids
    assert [each.id for each in found.taxonomies] == ["y"]


def test_of_terms_with_one_code_the_first_has_it():
    terms = [replace(TERM, id=key, code=code) for key, code in
             (("a", "x"), ("b", "x"), ("c", ""), ("d", ""), ("e", "z"))]  # fmt: skip
    assert repeated_codes(terms) == {"b"}
