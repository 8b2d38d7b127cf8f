"""What a list brings that is held back, placed or masked in its review: record by record."""

from dataclasses import replace

import pytest

from referral.address_points.positions import with_positions
from referral.formats.reading.items import Item
from referral.imports.review_items import ReviewTitles
from referral.imports.withheld_matches import (
    withheld_address_keys,
    withheld_address_problems,
    withhold_matches,
)
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import Origin, SourcedRecord
from referral.records.visibility import Audience, Visibility
from referral.store.address_points import AddressPoints, build_address_points
from referral.store.withheld_groups import update_withheld_groups
from referral.store.withheld_keys import read_withheld_keys
from tests.support.rows import add_records

PUBLIC, STAFF, WITHHELD = Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD
SITE = "https://shelf.example.org"
AGENCY = Organization(id="o", name="Shepherd's Shelf", website=SITE)
PANTRY = Service(id="s", organization_id="o", name="Food pantry")
HALL = Location(id="l", organization_id="o", name="Church hall", location_type="physical")
STREET = Address(id="a", location_id="l", address_1="1 Elm St", city="Meadville",
                 postal_code="16335", address_type="physical")  # fmt: skip
TEL = {"number": "814-555-0101", "tel": "+18145550101"}


def listed(*records) -> list[Item]:
    return [SourcedRecord(each, Origin(source="list", key="")) for each in records]


def hidden_by_twins(session, *records, known=()):
    """Give the ids of what is withheld, and of what took over a name."""
    items, renamed = withhold_matches(session, listed(*records), lambda _, key: key in known)
    found = [each.record for each in items if isinstance(each, SourcedRecord)]
    assert len(items) - len(found) == sum(each.visibility is WITHHELD for each in found)
    return {each.id for each in found if each.visibility is WITHHELD}, renamed


NEW_AGENCY = replace(AGENCY, id="n", website="")
NEW = replace(PANTRY, id="t", organization_id="n")


@pytest.mark.parametrize(
    ("here", "new", "held"),
    [
        ([AGENCY, replace(PANTRY, visibility=WITHHELD)], [replace(NEW_AGENCY, website=SITE), NEW],
         {"t"}),
        ([AGENCY, replace(PANTRY, visibility=STAFF)], [replace(NEW_AGENCY, website=SITE), NEW],
         {"t"}),
        ([replace(AGENCY, website=""), replace(PANTRY, url=SITE, visibility=STAFF)],
         [NEW_AGENCY, replace(NEW, url=SITE)], {"t"}),
        ([AGENCY, replace(PANTRY, visibility=STAFF), Phone(id="p", service_id="s", **TEL)],
         [NEW_AGENCY, NEW, Phone(id="q", service_id="t", **TEL)], {"t"}),
        ([AGENCY, replace(PANTRY, visibility=STAFF), Phone(id="p", organization_id="o", **TEL)],
         [NEW_AGENCY, NEW, Phone(id="q", service_id="t", **TEL)], set()),
        ([AGENCY, replace(HALL, visibility=STAFF), Phone(id="p", location_id="l", **TEL)],
         [NEW_AGENCY, replace(HALL, id="m", organization_id="n"),
          Phone(id="q", location_id="m", **TEL)], {"m"}),
        ([AGENCY, replace(HALL, visibility=STAFF), Phone(id="p", location_id="l", **TEL)],
         [NEW_AGENCY, NEW, replace(HALL, id="m", organization_id="n"),
          Phone(id="q", service_id="t", **TEL)], set()),
        ([replace(AGENCY, visibility=STAFF)],
         [replace(NEW_AGENCY, website=SITE), NEW, replace(HALL, id="m", organization_id="n")],
         {"n", "t", "m"}),
        ([replace(AGENCY, website="", visibility=STAFF), Phone(id="p", organization_id="o", **TEL)],
         [NEW_AGENCY, Phone(id="q", organization_id="n", **TEL)], {"n"}),
        ([AGENCY, replace(PANTRY, alternate_name="Larder", visibility=STAFF)],
         [replace(NEW_AGENCY, website=SITE), replace(NEW, name="Larder")], {"t"}),
        ([AGENCY, PANTRY], [replace(NEW_AGENCY, website=SITE), NEW], set()),
        ([AGENCY, replace(PANTRY, visibility=STAFF)], [NEW_AGENCY, NEW], set()),
        ([AGENCY, replace(PANTRY, visibility=STAFF)], [NEW], set()),
        ([AGENCY, replace(PANTRY, visibility=STAFF)],
         [replace(NEW, organization_id="o")], {"t"}),  # of an agency that only the store has
    ],
)  # fmt: skip
def test_a_twin_of_what_is_withheld_here_is_held_by_its_name_and_a_sign(session, here, new, held):
    add_records(session, *here)
    assert hidden_by_twins(session, *new) == (held, set())


def test_a_known_record_is_held_only_where_it_takes_over_the_name(session):
    add_records(
        session, AGENCY, replace(PANTRY, visibility=STAFF), replace(NEW, organization_id="o")
    )
    said = replace(NEW, organization_id="o")
    assert hidden_by_twins(session, said, known={"t"}) == (set(), set()), "it was looked at"
    add_records(session, replace(said, name="Soup"))
    assert hidden_by_twins(session, said, known={"t"}) == ({"t"}, {"t"})


def problems(session, *records):
    update_withheld_groups(session)
    session.flush()
    return [each.code for each in withheld_address_problems(session, listed(*records))]


HELD = ["address-held-back"]
HOUSE = Location(id="house", name="House", visibility=WITHHELD)
AT_HOUSE = replace(STREET, id="h", location_id="house", address_1="1 ELM STREET")


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([HOUSE, AT_HOUSE, STREET], HELD),
        ([STREET, replace(STREET, id="b", location_id="m", visibility=WITHHELD)], HELD),
        ([STREET, replace(STREET, id="b", location_id="m", visibility=STAFF)], HELD),
        ([HOUSE, replace(AT_HOUSE, address_type="postal"), STREET], []),
        ([replace(HOUSE, visibility=STAFF), AT_HOUSE, STREET], []),
        ([HOUSE, replace(AT_HOUSE, address_1="2 Elm St"), STREET], []),
        ([replace(STREET, visibility=WITHHELD)], []),  # it shows nothing
        ([HOUSE, AT_HOUSE], []),
    ],
)
def test_an_address_that_the_same_list_withholds_is_told(session, records, said):
    assert problems(session, *records) == said


def test_an_address_that_is_withheld_here_is_told(session):
    add_records(session, HOUSE, AT_HOUSE)
    assert problems(session, STREET) == HELD
    assert problems(session, replace(STREET, address_1="2 Elm St")) == []


@pytest.mark.parametrize(
    ("place", "addresses", "is_placed"),
    [
        (HALL, [STREET], True),
        (replace(HALL, position_source="zip", latitude=41.5, longitude=-80.0), [STREET], True),
        (replace(HALL, position_source="file", latitude=41.5, longitude=-80.0), [STREET], False),
        (replace(HALL, visibility=STAFF), [STREET], False),
        (replace(HALL, location_type="virtual"), [STREET], False),
        (HALL, [replace(STREET, visibility=STAFF)], False),
        (HALL, [STREET, replace(STREET, id="b", visibility=STAFF, address_1="3 Oak St")], False),
        (HALL, [replace(STREET, address_type="postal")], False),
        (HALL, [replace(STREET, id="b", address_1="3 Oak St"), STREET], False),  # the first counts
        (HALL, [STREET, HOUSE, AT_HOUSE], False),
    ],
)
def test_only_a_public_place_takes_the_position_of_its_address(
    session, tmp_path, place, addresses, is_placed
):
    build_address_points(tmp_path, [("1 Elm St", "Meadville", "16335", 41.64, -80.15)], print)
    points = AddressPoints(tmp_path)
    keys = read_withheld_keys(session, Audience.PUBLIC)
    items = listed(place, *addresses)
    placed = with_positions(items, points, keys, withheld_address_keys(items))
    found = [each.record for each in placed]
    points.close()
    assert (found[0].position_source == "address") is is_placed
    assert [each.id for each in found] == [each.id for each in (place, *addresses)]


LINK = ServiceAtLocation(id="x", service_id="s", location_id="l")
DESK = Phone(id="p", location_id="l", **TEL)


@pytest.mark.parametrize(
    ("hidden", "private"),
    [
        (None, set()),
        (replace(HALL, visibility=STAFF), {"l", "x", "p", "a"}),
        (replace(STREET, visibility=STAFF), {"l", "x", "p", "a"}),
        (replace(PANTRY, visibility=STAFF), {"s", "x"}),
        (replace(AGENCY, visibility=STAFF), {"o", "s", "l", "x", "p", "a"}),
        (replace(DESK, visibility=STAFF), {"p"}),
        (replace(LINK, visibility=STAFF), {"x"}),
    ],
)
@pytest.mark.parametrize("is_stored", [False, True])
def test_a_review_masks_what_hangs_on_something_private(session, hidden, private, is_stored):
    usual = [AGENCY, PANTRY, HALL, LINK, DESK, STREET]
    here = [hidden if hidden and each.id == hidden.id else each for each in usual]
    if is_stored:  # and the list shows it
        add_records(session, *here)
    titles = ReviewTitles(session, listed(*(usual if is_stored else here)), [])
    assert {each.id for each in usual if titles.is_private(each)} == private


def test_a_part_is_reviewed_with_the_nearest_listing(session):
    add_records(session, AGENCY, PANTRY, HALL, LINK)
    contact = Contact(id="c", service_id="s", location_id="l", name="Maria")
    titles = ReviewTitles(session, listed(PANTRY, contact), [])
    assert titles.listing_of(contact) == ("service", "s")
    assert titles.listing_of(Phone(id="q", contact_id="c", **TEL)) == ("service", "s")
    assert titles.listing_of(Phone(id="q", service_at_location_id="x", **TEL)) == ("service", "s")
    assert titles.listing_of(Phone(id="q", location_id="l", organization_id="o", **TEL)) == (
        "location", "l",
    )  # fmt: skip
    assert titles.listing_of(Phone(id="q", **TEL)) == ("phone", "q")
    keys = [("location", "l"), ("service", "s"), ("organization", "o")]
    assert [(each.title, each.subtitle) for each in titles.in_order(keys)] == [
        ("Shepherd's Shelf", ""), ("Food pantry", "Shepherd's Shelf"),
        ("Church hall", "Shepherd's Shelf"),
    ]  # fmt: skip
