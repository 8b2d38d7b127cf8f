"""Which records leave for others, and which stay: what tests/test_one_rule.py has no room for."""

from dataclasses import replace
from datetime import UTC, date, datetime
from string import ascii_lowercase

import pytest

from referral.open_data.trees import read_trees
from referral.records.classification import (
    Attribute,
    Metadata,
    Taxonomy,
    TaxonomyTerm,
    Translation,
)
from referral.records.hsds import (
    Address,
    Contact,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    Schedule,
    Service,
    ServiceAtLocation,
    ServiceCapacity,
)
from referral.records.kinds import KINDS, kind_of
from referral.records.local_notes import LocalField
from referral.records.visibility import Visibility
from referral.store.rows import PhoneRow, ServiceAtLocationRow
from referral.store.rows_log import StoreStateRow
from referral.store.rows_texts import LocalNoteRow, SourceCreditRow
from referral.store.visible import Viewer, Visible
from tests.support.rows import change_row, write_records

WITHHELD, STAFF = Visibility.WITHHELD, Visibility.STAFF
AGENCY = Organization(id="o", name="Table")
PROGRAM = Program(id="g", organization_id="o", name="Meals")
PANTRY = Service(id="s", organization_id="o", program_id="g", name="Pantry", status="active")
HALL = Location(id="l", organization_id="o", name="Hall")
LINK = ServiceAtLocation(id="x", service_id="s", location_id="l")
STREET = Address(id="a", location_id="l", address_1="12 Elm St", city="Meadville",
                 address_type="physical")  # fmt: skip
DESK = Phone(id="p", location_id="l", number="814-555-0101", tel="+18145550101")
LINE = Phone(id="q", service_id="s", number="814-555-0102", tel="+18145550102")
TERM = TaxonomyTerm(id="t", code="t", name="Food", taxonomy="Ours", taxonomy_id="y")
CHANGE = Metadata(
    id="m", link_entity="service", link_id="s", previous_value="1 Oak St",
    replacement_value="814-555-0199",
)  # fmt: skip
RECORDS = [
    AGENCY, PROGRAM, PANTRY, HALL, LINK, STREET, DESK, LINE, CHANGE,
    Contact(id="c", service_id="s", name="Maria"),
    Phone(id="r", contact_id="c", number="814-555-0103", tel="+18145550103"),
    Language(id="n", phone_id="p", name="Spanish", code="es"),
    Schedule(id="h", service_at_location_id="x", opens_at="09:00"),
    ServiceCapacity(id="b", service_id="s", unit="Bed", available=3.0),
    Taxonomy(id="y", name="Ours"), TERM,
    Attribute(id="i", link_entity="service", link_id="s", taxonomy_term_id="t"),
    Translation(id="e", link_entity="location", link_id="l", language="es", field="name",
                text="Salón"),
]  # fmt: skip
ALL = {each.id for each in RECORDS}
AT_HALL = {"l", "x", "a", "p", "n", "h", "e", "b"}
OF_PANTRY = {"s", "x", "q", "m", "c", "r", "h", "b", "i"}


@pytest.fixture
def store(store):
    write_records(store, *RECORDS)
    return store


def leaving(store):
    """Give the ids of all that may leave; who asks by id gets the same answer."""
    with store.read() as session:
        public = Visible(session, Viewer(hands_on=True))
        found = {each for kind in KINDS for each in public.ids(kind)}
        public = Visible(session, Viewer(hands_on=True))
        by_id = {key for kind in KINDS for key in public.filter_ids(kind, ascii_lowercase)}
    assert by_id == found
    return found


def test_all_that_is_public_leaves(store):
    assert leaving(store) == ALL


@pytest.mark.parametrize(
    ("hidden", "stays"),
    [
        (AGENCY, OF_PANTRY | {"o", "g"} | AT_HALL),
        (PROGRAM, {"g"}),
        (replace(STREET, id="z", address_type="postal"), AT_HALL),
        (LINK, {"x", "h", "b"}),
        (DESK, {"p", "n"}),
        (LINE, {"q"}),
        (TERM, {"t", "i"}),
        (CHANGE, {"m"}),
    ],
)
def test_what_is_hidden_stays_with_what_hangs_on_it(store, hidden, stays):
    write_records(store, replace(hidden, visibility=STAFF))
    assert leaving(store) == ALL - stays


def test_what_was_withheld_and_is_off_its_list_hides_nothing_more(store):
    then = datetime(2026, 11, 1, tzinfo=UTC)
    away = replace(STREET, id="z", address_1="7 Oak St", visibility=WITHHELD)
    write_records(store, away, retired_at=then)
    write_records(store, DESK, retired_at=then)
    assert leaving(store) == ALL - {"p", "n"}
    hidden = Location(id="z", organization_id="o", visibility=STAFF)
    write_records(store, hidden, replace(hidden, id="w"))
    write_records(
        store, replace(LINK, id="z", location_id="z"), replace(hidden, id="w"), retired_at=then
    )
    write_records(store, replace(LINK, id="w", location_id="w"))
    assert "b" in leaving(store), "free beds are told again"


def test_a_place_at_a_street_withheld_elsewhere_stays_whole(store):
    house = Location(id="z", organization_id="o", visibility=WITHHELD)
    write_records(store, house, replace(STREET, id="w", location_id="z", address_1="12 ELM STREET"))
    assert leaving(store) == ALL - AT_HALL


def test_a_postal_or_former_address_at_a_withheld_street_hides_no_place(store):
    house = Location(id="z", organization_id="o", visibility=WITHHELD)
    street = replace(STREET, address_1="7319 Quillfeather Lane")
    write_records(store, house, replace(street, id="w", location_id="z"))
    write_records(store, replace(street, id="v", address_type="postal"))
    write_records(store, replace(street, id="u"), retired_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert leaving(store) == ALL


@pytest.mark.parametrize(
    "names", [{"name": "7319 Quillfeather"}, {"alternate_name": "7319 Quillfeather Ln"}]
)
def test_a_place_called_by_a_street_withheld_elsewhere_stays_whole(store, names):
    house = Location(id="z", organization_id="o", visibility=WITHHELD)
    write_records(store, replace(HALL, **names), house)
    write_records(
        store, replace(STREET, id="w", location_id="z", address_1="7319 Quillfeather Lane")
    )
    assert leaving(store) == ALL - AT_HALL


def test_a_number_withheld_elsewhere_stays(store):
    write_records(
        store, replace(DESK, id="z", organization_id="o", location_id="", visibility=STAFF)
    )
    assert leaving(store) == ALL - {"p", "n"}


@pytest.mark.parametrize(
    "told",
    [
        {"previous_value": "Was at 7319 Quillfeather"},
        {"replacement_value": "7319 Quillfeather Ln"},
        {"previous_value": "814-555-0165"},
        {"replacement_value": "(814) 555-0165 ext. 4"},
        {"replacement_value": "814-555-0122, 814-555-0165"},
    ],
)
def test_a_change_that_tells_what_is_withheld_stays(store, told):
    house = Location(id="z", organization_id="o", visibility=WITHHELD)
    write_records(
        store, house, replace(STREET, id="w", location_id="z", address_1="7319 Quillfeather Lane")
    )
    secret = {"number": "814-555-0165", "tel": "+18145550165", "visibility": WITHHELD}
    write_records(store, Phone(id="v", organization_id="o", **secret))
    assert leaving(store) == ALL
    write_records(store, replace(CHANGE, **told))
    assert leaving(store) == ALL - {"m"}


@pytest.mark.parametrize("extension", ["", "4"])
def test_a_change_that_tells_a_number_for_staff_stays(store, extension):
    number = {"number": "814-555-0165", "tel": "+18145550165", "visibility": STAFF}
    write_records(store, Phone(id="v", organization_id="o", extension=extension, **number))
    write_records(store, replace(CHANGE, replacement_value="(814) 555-0165 ext. 4"))
    assert leaving(store) == ALL - {"m"}


def test_pages_show_what_does_not_leave(store):
    """A place at a street that is withheld elsewhere, its free beds, and a list for us alone."""
    house = Location(id="z", organization_id="o", visibility=WITHHELD)
    write_records(store, house, replace(STREET, id="w", location_id="z", address_1="12 ELM STREET"))
    write_records(store, replace(LINK, id="v", location_id="z"))
    with store.write() as session:
        session.add(SourceCreditRow(source="erie", publisher="Erie", licence="", contact=""))
    write_records(store, PANTRY, source="erie")
    with store.read() as session:
        on_pages = Visible(session, Viewer())
        assert {each for kind in KINDS for each in on_pages.ids(kind)} == ALL
    assert not leaving(store) & {"s", "l", "a", "b"}


def test_a_service_is_listed_from_its_first_day_to_its_last(store):
    with store.write() as session:
        session.get_one(StoreStateRow, 1).listing_day = date(2026, 11, 2)
    write_records(store, replace(PANTRY, listed_from=date(2026, 11, 3)))
    assert leaving(store) == ALL - OF_PANTRY
    write_records(
        store, replace(PANTRY, listed_from=date(2026, 11, 2), listed_until=date(2026, 11, 2))
    )
    assert leaving(store) == ALL


@pytest.mark.parametrize(
    ("field", "stays"), [(LocalField.HIDDEN, OF_PANTRY), (LocalField.NOTE, set())]
)
def test_what_the_library_hides_itself_stays(store, field, stays):
    with store.write() as session:
        session.add(
            LocalNoteRow(service_id="s", field=field.value, value="yes", upstream="",
                         changed_at=datetime(2026, 11, 1, tzinfo=UTC))
        )  # fmt: skip
    assert leaving(store) == ALL - stays


@pytest.mark.parametrize("is_handed_on", [False, True])
@pytest.mark.parametrize(
    ("record", "stays"),
    [(AGENCY, {"o", "g"}), (PANTRY, OF_PANTRY), (HALL, AT_HALL), (PROGRAM, {"g"}), (LINE, set())],
)
def test_what_is_from_a_publisher_who_does_not_let_us_stays(store, record, stays, is_handed_on):
    with store.write() as session:
        session.add(SourceCreditRow(source="erie", publisher="Erie", licence="", contact="",
                                    is_handed_on=is_handed_on))  # fmt: skip
    write_records(store, record, source="erie")
    assert leaving(store) == ALL - (set() if is_handed_on else stays)


def test_a_place_leaves_with_a_service_though_its_own_agency_is_hidden(store):
    other = Organization(id="z", name="Owner", visibility=STAFF)
    write_records(store, other, replace(HALL, organization_id="z"))
    assert leaving(store) == ALL
    with store.read() as session:
        (place,) = Visible(session, Viewer(hands_on=True)).read("location")
        assert place.organization_id == "", "nor is that agency named"
    for hidden in (LINK, PANTRY):
        write_records(store, replace(hidden, visibility=STAFF))
        assert not leaving(store) & AT_HALL
        write_records(store, hidden)
    with store.write() as session:
        session.add(SourceCreditRow(source="erie", publisher="Erie", licence="", contact=""))
    write_records(store, PANTRY, source="erie")
    assert not leaving(store) & AT_HALL


@pytest.mark.parametrize("kind", ["service", "organization", "location", "program"])
def test_one_list_leaves_with_what_its_services_need(store, kind):
    record = next(each for each in RECORDS if kind_of(each) == kind)
    write_records(store, record, Location(id="z", organization_id="o", name="Depot"), source="erie")
    with store.read() as session:
        viewer = Viewer(hands_on=True, source="county")
        ids = {each: Visible(session, viewer).ids(each) for each in
               ("service", "organization", "location", "program")}  # fmt: skip
    assert "z" not in ids["location"], "no service of the list is given there"
    assert bool(ids[kind]) is (kind in {"organization", "program", "location"})


def test_one_list_leaves_without_what_other_lists_have(store):
    ours = replace(AGENCY, id="u"), replace(PROGRAM, id="v", organization_id="u")
    write_records(store, *ours, Location(id="w", organization_id="u"))
    theirs = replace(AGENCY, id="z"), replace(PROGRAM, id="k", organization_id="z")
    clinic = replace(PANTRY, id="j", organization_id="z", program_id="k")
    write_records(store, *theirs, clinic, replace(PROGRAM, id="f"), source="erie")
    with store.read() as session:
        one_list = Visible(session, Viewer(hands_on=True, source="county"))
        kinds = "organization", "program", "service", "location"
        ids = {each for kind in kinds for each in one_list.ids(kind)}
    assert ids == {"o", "u", "g", "v", "s", "l", "w"}


def test_what_is_read_fulfils_the_conditions(store):
    with store.read() as session:
        public = Visible(session, Viewer())
        (line,) = public.read("phone", PhoneRow.id == "q")
        assert line == LINE


def test_a_hidden_location_that_nobody_uses_hides_what_names_it(store):
    lone = Location(id="y", name="Old Hall")
    write_records(store, lone, replace(lone, id="z", visibility=STAFF))
    there = replace(LINE, service_id="", organization_id="o")
    write_records(
        store, replace(there, id="v", location_id="y"), replace(there, id="w", location_id="z")
    )
    assert leaving(store) == ALL | {"v"}


def test_a_location_that_nobody_uses_does_not_leave_and_hides_nothing(store):
    lone = Location(id="z", name="Old Hall")
    there = replace(LINE, id="v", location_id="z", service_id="", organization_id="o")
    ended = replace(LINK, id="k", location_id="z")
    write_records(store, lone, there, replace(there, id="w", organization_id=""), ended)
    change_row(store, ServiceAtLocationRow, "k", retired_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert leaving(store) == ALL | {"v"}
    with store.read() as session:
        public = Visible(session, Viewer(hands_on=True))
        (agency,) = read_trees(public, "organization", public.read("organization"))
    (phone,) = agency.parts["phone"]
    assert phone.record == replace(there, location_id=""), "it names no location that stays"


def test_a_location_with_a_hidden_service_alone_hides_what_names_it(store):
    write_records(store, Location(id="z", name="House"), replace(LINE, id="v", location_id="z"))
    assert leaving(store) == ALL | {"v"}
    write_records(store, replace(PANTRY, id="hidden", visibility=STAFF))
    write_records(store, replace(LINK, id="w", service_id="hidden", location_id="z"))
    assert leaving(store) == ALL
