"""A listing has what hangs on its service, each part once, in the order of its list."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from referral.records.classification import (
    Attribute,
    ServiceHeading,
    TaxonomyTerm,
    Translation,
)
from referral.records.edits import Author, MadeBy
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Program,
    Schedule,
    Service,
    ServiceAtLocation,
    ServiceCapacity,
)
from referral.records.listing import NATIONAL_SOURCE
from referral.records.record_ids import category_link_id
from referral.records.visibility import Audience, Visibility
from referral.store.listed_services import read_repeated_names
from referral.store.listings import load_listings, read_organization_sites
from referral.store.rows import HeadingRow, ServiceRow
from referral.store.rows_texts import SourceCreditRow
from referral.store.topic_suggestions import TopicSuggestionRow
from tests.support.rows import write_records

STAFF = Visibility.STAFF
THEN = datetime(2026, 11, 1, tzinfo=UTC)
PANTRY = Service(id="s", organization_id="o", program_id="g", name="Pantry")
PHONE = Phone(id="p", service_id="s", number="814-555-0101")
LINK = ServiceAtLocation(id="x", service_id="s", location_id="l")
HALL = Location(id="l", organization_id="o", name="Hall")
HOURS = Schedule(id="h", service_id="s", opens_at="09:00")
FOOD = TaxonomyTerm(id="food", code="food", name="Food", taxonomy=OWN_TAXONOMY)
TAG = Attribute(id="i", link_entity="service", link_id="s", taxonomy_term_id="food")


@pytest.fixture
def store(store):
    with store.write() as session:
        session.add_all([HeadingRow(slug="food", name="Food"), HeadingRow(slug="rent", name="R")])
    write_records(store, Organization(id="o", name="Table"), Program(id="g", organization_id="o", name="Meals"),
        PANTRY, HALL, LINK)  # fmt: skip
    return store


def listing(store, audience=Audience.PUBLIC):
    with store.read() as session:
        (found,) = load_listings(session, ["s"], audience)
    return found


def ids(records):
    return [each.id for each in records]


def test_parts_come_in_the_order_of_the_list_and_then_by_id(store):
    write_records(store, replace(PHONE, id="b"), replace(PHONE, id="a"), origin_line=2)
    write_records(store, replace(PHONE, id="c"), origin_line=1)
    write_records(store, replace(PHONE, id="z", visibility=STAFF), origin_line=1)
    write_records(store, replace(PHONE, id="y"), origin_line=1, retired_at=THEN)
    assert ids(listing(store).phones) == ["c", "a", "b"]
    assert ids(listing(store, Audience.STAFF).phones) == ["c", "z", "a", "b"]


def test_the_phones_of_an_organization_are_those_of_it_alone(store):
    own = replace(PHONE, service_id="", organization_id="o")
    write_records(
        store, own, replace(own, id="q", location_id="l"), replace(own, id="r", service_id="s")
    )
    found = listing(store)
    assert ids(found.organization_phones) == ["p"]
    assert ids(found.phones) == ["r"]
    assert ids(found.sites[0].phones) == ["q"]


def test_hours_stand_at_the_level_that_they_name(store):
    at = replace(HOURS, service_id="")
    write_records(store, HOURS, replace(HOURS, id="i", location_id="l"),
        replace(at, id="j", location_id="l"), replace(at, id="k", service_at_location_id="x"),
        replace(HOURS, id="m", location_id="l", service_at_location_id="x"))  # fmt: skip
    found = listing(store)
    assert ids(found.schedules) == ["h"]
    (site,) = found.sites
    assert (ids(site.schedules), ids(site.location_schedules)) == (["k", "m", "i"], ["j"])


def test_a_place_that_two_links_name_is_told_once_and_gone_ones_never(store):
    write_records(store, replace(LINK, id="y"), replace(HALL, id="m", name="Annex"),
        replace(LINK, id="z", location_id="m"))  # fmt: skip
    write_records(store, replace(HALL, id="n"), retired_at=THEN)
    write_records(store, replace(LINK, id="w", location_id="n"))
    assert [site.location.id for site in listing(store).sites] == ["l", "m"]
    assert not listing(store).place_withheld
    write_records(store, replace(LINK, id="z", location_id="m"), retired_at=THEN)
    assert [site.location.id for site in listing(store).sites] == ["l"]


def test_places_come_in_the_order_of_their_links(store):
    write_records(store, *(replace(HALL, id=each) for each in "mnp"))
    write_records(
        store,
        replace(LINK, id="z", location_id="m"),
        replace(LINK, id="y", location_id="n"),
        origin_line=1,
    )
    write_records(store, replace(LINK, id="a", location_id="p"), origin_line=2)
    assert [site.location.id for site in listing(store).sites] == ["l", "n", "m", "p"]


def test_an_organization_has_its_places_and_the_phones_of_those_not_shown(store):
    write_records(store, replace(HALL, id="m", name="7319 Quillfeather"), replace(HALL, id="n", visibility=STAFF),
        replace(HALL, id="other", organization_id=""), Phone(id="p", location_id="m", number="1"),
        Phone(id="q", location_id="n", number="2"))  # fmt: skip
    write_records(store, replace(HALL, id="away"), retired_at=THEN)

    def told():
        with store.read() as session:
            sites, phones = read_organization_sites(session, "o", Audience.PUBLIC)
        return [site.location.id for site in sites], ids(phones)

    assert told() == (["l", "m"], [])
    write_records(store, Location(id="house", visibility=Visibility.WITHHELD),
        Address(id="a", location_id="house", address_1="7319 Quillfeather Lane"))  # fmt: skip
    assert told() == (["l"], ["p"])


def test_terms_headings_and_translations_are_those_of_the_service(store):
    head = ServiceHeading(id="h", service_id="s", heading="rent", set_by="staff")
    text = Translation(id="e", link_entity="service", link_id="s", language="es", field="name",
                       text="Despensa", status="reviewed")  # fmt: skip
    write_records(store, FOOD, replace(FOOD, id="bread", code="bread", name="Bread", parent_id="food"),
        replace(TAG, taxonomy_term_id="bread"), replace(TAG, id="j", link_entity="organization"),
        replace(TAG, id="k", taxonomy_term_id="bread"),
        head, replace(head, id="k", heading="food"), text,
        replace(text, id="f", link_entity="location", text="Otro"))  # fmt: skip
    found = listing(store)
    assert ids(found.terms) == ["bread"]
    assert [ids(path) for path in found.term_paths] == [["bread", "food"]]
    assert found.headings == ("food", "rent")
    assert found.translations == {"es": {"name": "Despensa"}}
    assert found.translation_states == {"es": {"name": "reviewed"}}


@pytest.mark.parametrize(
    ("tags", "evidence"),
    [
        ([(category_link_id("s", "food"), "food")], {"food": 0.7}),
        ([(category_link_id("s", "food"), "food"), ("own", "food")], {}),
        ([("own", "food")], {}),
        ([(category_link_id("s", "x1"), "x1")], {}),
    ],
)
def test_a_topic_is_of_a_category_where_nobody_else_gave_it(store, tags, evidence):
    write_records(store, FOOD, replace(FOOD, id="x1", code="x1", taxonomy="County"))
    write_records(store, *(replace(TAG, id=key, taxonomy_term_id=term) for key, term in tags))
    with store.write() as session:
        session.add(TopicSuggestionRow(
            service_id="s", source="county", source_key="", term_id="food", score=1.0,
            confidence=0.7, place="name", words="", headings="", made_by="1", state="accepted",
        ))  # fmt: skip
    assert listing(store).category_topics == evidence


@pytest.mark.parametrize(
    ("more", "retired", "is_told"),
    [({}, None, True), ({"visibility": STAFF}, None, False), ({}, THEN, False)],
)
def test_a_program_is_named_where_it_is_shown(store, more, retired, is_told):
    write_records(
        store, Program(id="g", organization_id="o", name="Meals", **more), retired_at=retired
    )
    assert (listing(store).program is not None) is is_told


@pytest.mark.parametrize(
    ("made_by", "field", "is_checked"),
    [
        (MadeBy.HAND, {"assured_date": date(2026, 10, 1)}, True),
        (MadeBy.PROVIDER, {"assured_date": date(2026, 10, 1)}, True),
        (MadeBy.IMPORT, {"assured_date": date(2026, 10, 1)}, False),
        (MadeBy.HAND, {"name": "Larder"}, False),
    ],
)
def test_who_checked_a_listing_of_another_publisher(store, made_by, field, is_checked):
    assert listing(store).credit is None
    write_records(store, replace(PANTRY, id="t"))
    with store.write() as session:
        session.add(SourceCreditRow(source="county", publisher="Erie", licence="", contact=""))
    with store.write(Author(made_by=MadeBy.HAND)) as session:
        session.get_one(ServiceRow, "t").assured_date = date(2026, 9, 1)
    with store.write(Author(made_by=made_by)) as session:
        for name, value in field.items():
            setattr(session.get_one(ServiceRow, "s"), name, value)
    credit = listing(store).credit
    assert (credit.publisher, credit.is_checked_here, credit.is_handed_on) == (
        "Erie", is_checked, False,
    )  # fmt: skip


def test_a_help_line_of_the_country_is_known_by_its_list(store):
    assert not listing(store).is_national
    write_records(store, PANTRY, source=NATIONAL_SOURCE)
    assert listing(store).is_national


def test_names_that_repeat_are_told_apart_by_their_organization_if_it_can(store):
    write_records(store, Organization(id="b", name="Shelf"), replace(PANTRY, id="t", name=" PANTRY "),
        replace(PANTRY, id="u", organization_id="b"), replace(PANTRY, id="v", name="Rent"),
        replace(PANTRY, id="w", name="Rent", visibility=STAFF),
        replace(PANTRY, id="y", visibility=STAFF))  # fmt: skip
    with store.read() as session:
        found = read_repeated_names(session)
    assert found.services == {"s", "t", "u"}
    assert found.within_organization == {"s", "t"}


@pytest.mark.parametrize("more", [{"visibility": STAFF}, {"status": "inactive"}])
def test_a_hidden_service_has_no_listing_and_the_others_keep_their_order(store, more):
    write_records(store, replace(PANTRY, **more), replace(PANTRY, id="a"), replace(PANTRY, id="b"))
    with store.read() as session:
        found = load_listings(session, ["b", "s", "none", "a", "b"], Audience.PUBLIC)
    assert [each.service.id for each in found] == ["b", "a"]


def test_what_hangs_on_another_service_is_not_told(store):
    write_records(store, replace(PANTRY, id="t"), Contact(id="c", service_id="t", name="Maria"),
        ServiceCapacity(id="d", service_id="t", unit="Bed"), replace(PHONE, service_id="t"))  # fmt: skip
    found = listing(store)
    assert (found.contacts, found.capacities, found.phones) == ((), (), ())
