"""Merging loses nothing, shows nothing withheld, and can be taken back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from referral.accounts.audit import read_audit_log
from referral.directory.listings import read_organization, read_service
from referral.directory.redirects import surviving_id
from referral.duplicates.merge import merge_records, undo_merge
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import COMMAND_LINE
from referral.records.edits import Action, MadeBy
from referral.records.hsds import Location, Organization, Phone, Service
from referral.records.visibility import Audience, Visibility
from referral.store.conversion import ROWS
from referral.store.history import edits_of
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import RecordMergeRow
from tests.support.pairs import everything, id_of, pantry, store


@pytest.fixture
def two(instance):
    one, other = (
        pantry(1, url="https://one.example"),
        pantry(2, name="The Food Pantry", email="a@b.example"),
    )
    store(instance, *one)
    store(instance, *other, source="another list")
    return id_of(one, Service), id_of(other, Service)


def merge(instance, kept, gone, take=(), kind="service"):
    return merge_records(instance, COMMAND_LINE, kind, kept, gone, take)


def test_one_service_is_left_with_what_both_had(instance, two):
    kept, gone = two
    merge(instance, kept, gone, ["email"])
    page = read_service(instance, kept, Audience.PUBLIC)
    assert (page.service.url, page.service.email) == ("https://one.example", "a@b.example")
    assert page.service.alternate_name == "The Food Pantry"
    assert [phone.tel for phone in page.phones] == ["+18145550101"]
    assert len(page.sites) == 1
    assert len(page.contacts) == 1
    with pytest.raises(NotFoundError):
        read_service(instance, gone, Audience.CURATION)
    with instance.store.read() as session:
        assert surviving_id(session, "service", gone) == kept
        assert surviving_id(session, "service", kept) == ""
    assert read_audit_log(instance).entries[0].action == "records-merged"


def test_another_phone_place_and_hours_come_along(instance):
    one, other = pantry(1), pantry(2, tel="+18145550202", street="99 Oak Ave")
    one = [each for each in one if type(each).__name__ != "Schedule"]
    store(instance, *one, *other)
    kept, gone = id_of(one, Service), id_of(other, Service)
    merge(instance, kept, gone)
    page = read_service(instance, kept, Audience.PUBLIC)
    assert {phone.tel for phone in page.phones} == {"+18145550101", "+18145550202"}
    assert {site.address.address_1 for site in page.sites} == {"12 Elm St", "99 Oak Ave"}
    assert any(day.spans for day in page.hours.week)


@pytest.mark.slow
def test_hours_are_chosen_whole(instance, two):
    kept, gone = two
    with instance.store.write() as session:
        row = session.scalars(
            select(ROWS["schedule"]).where(ROWS["schedule"].service_id == gone)
        ).one()
        row.byday = "FR"
    before = everything(instance)
    for take, day in (([], "MO"), (["hours"], "FR")):
        group = merge(instance, kept, gone, take)
        week = read_service(instance, kept, Audience.PUBLIC).hours.week
        assert [each.weekday for each in week if each.spans] == [
            ["MO", "TU", "WE", "TH", "FR"].index(day)
        ]
        undo_merge(instance, COMMAND_LINE, group)
        assert everything(instance) == before


def test_both_keep_their_history(instance, two):
    kept, gone = two
    merge(instance, kept, gone)
    with instance.store.read() as session:
        histories = [edits_of(session, "service", [each]) for each in two]
    for edits in histories:
        assert edits[-1].action is Action.CREATED
        assert edits[0].author.made_by is MadeBy.MERGE


def test_organizations_bring_their_services(instance):
    one, other = pantry(1), pantry(2, agency="Table, Inc.")
    store(instance, *one, *other)
    kept, gone = id_of(one, Organization), id_of(other, Organization)
    merge(instance, kept, gone, kind="organization")
    page = read_organization(instance, kept, Audience.PUBLIC)
    assert len(page.services) == 2
    assert len(page.phones) == 1
    assert page.organization.alternate_name == "Table, Inc."


def test_locations_bring_their_services_and_one_address(instance):
    one, other = pantry(1), pantry(2, name="Clothes", street="12 Elm Street")
    store(instance, *one, *other)
    before = everything(instance)
    kept, gone = id_of(one, Location), id_of(other, Location)
    group = merge(instance, kept, gone, kind="location")
    page = read_service(instance, id_of(other, Service), Audience.PUBLIC)
    assert [site.address.address_1 for site in page.sites] == ["12 Elm St"]
    undo_merge(instance, COMMAND_LINE, group)
    assert everything(instance) == before


def test_a_part_merged_with_its_whole_is_no_part_of_itself(instance):
    store(instance, Organization(id="a", name="Whole"),
          Organization(id="b", name="Part", parent_organization_id="a"))  # fmt: skip
    before = everything(instance)
    group = merge(instance, "b", "a", kind="organization")
    with instance.store.read() as session:
        assert session.get_one(OrganizationRow, "b").parent_organization_id is None
    undo_merge(instance, COMMAND_LINE, group)
    assert everything(instance) == before


@pytest.mark.parametrize("withheld", [1, 2])
@pytest.mark.parametrize("kind", ["service", "organization"])
def test_what_was_withheld_stays_so(instance, withheld, kind):
    pairs = [
        pantry(number, tel=f"+1814555010{number}", street=f"{number}2 Elm St",
               visibility=Visibility.WITHHELD if number == withheld else Visibility.PUBLIC)
        for number in (1, 2)
    ]  # fmt: skip
    store(instance, *pairs[0], *pairs[1])
    ids = [id_of(each, Service if kind == "service" else Organization) for each in pairs]
    merge(instance, *ids, ["name"], kind=kind)
    read = read_service if kind == "service" else read_organization
    with pytest.raises(NotFoundError):
        read(instance, ids[0], Audience.PUBLIC)
    if withheld == 1:
        return
    with instance.store.write() as session:  # somebody shows the record again, on purpose
        session.get_one(ROWS[kind], ids[0]).visibility = "public"
    page = read(instance, ids[0], Audience.PUBLIC)
    assert "+18145550102" not in str(page)
    assert "22 Elm St" not in str(page)


def test_a_withheld_place_is_not_shown_by_its_public_twin(instance, two):
    kept, gone = two
    with instance.store.write() as session:
        row = session.scalars(select(ROWS["address"])).first()
        row.visibility = "withheld"
    merge(instance, kept, gone)
    page = read_service(instance, kept, Audience.PUBLIC)
    assert page.place_withheld
    assert "12 Elm" not in str(page)


def test_a_number_that_a_merge_hid_is_public_again_when_it_is_taken_back(instance):
    pairs = [
        pantry(1),
        pantry(2, visibility=Visibility.STAFF),
        pantry(3, name="Clothes", agency="Closet"),
    ]
    store(instance, *pairs[0], *pairs[1], *pairs[2])
    kept, gone, neighbor = (id_of(each, Service) for each in pairs)

    def numbers(service_id):
        return [phone.tel for phone in read_service(instance, service_id, Audience.PUBLIC).phones]

    before = numbers(kept), numbers(neighbor)
    assert before == (["+18145550101"],) * 2
    group = merge(instance, kept, gone)
    undo_merge(instance, COMMAND_LINE, group)
    assert (numbers(kept), numbers(neighbor)) == before


def test_links_follow_from_merge_to_merge_and_back(instance):
    store(instance, *(Organization(id=each, name="Table") for each in "abc"))
    first = merge(instance, "b", "a", kind="organization")
    second = merge(instance, "c", "b", kind="organization")
    with instance.store.read() as session:
        assert surviving_id(session, "organization", "a") == "c"
    with pytest.raises(RefusedError):
        undo_merge(instance, COMMAND_LINE, first)
    undo_merge(instance, COMMAND_LINE, second)
    undo_merge(instance, COMMAND_LINE, first)
    with instance.store.read() as session:
        assert surviving_id(session, "organization", "a") == ""
    with pytest.raises(RefusedError):
        undo_merge(instance, COMMAND_LINE, first)


def test_merges_into_one_record_are_taken_back_in_turn(instance):
    store(instance, *(Organization(id=each, name="Table") for each in "abc"))
    for each in "ab":
        tel = "+18145550101"
        store(instance, Phone(id=f"p{each}", organization_id=each, number=tel, tel=tel))
    before = everything(instance)
    first, second = (merge(instance, "c", each, kind="organization") for each in "ab")
    with pytest.raises(RefusedError):
        undo_merge(instance, COMMAND_LINE, first)
    undo_merge(instance, COMMAND_LINE, second)
    undo_merge(instance, COMMAND_LINE, first)
    assert everything(instance) == before


def test_what_cannot_be_merged_is_refused(instance, two):
    kept, gone = two
    before = everything(instance)
    for kind, one, other in (
        ("service", kept, kept), ("service", kept, "none"), ("phone", kept, gone)
    ):  # fmt: skip
        with pytest.raises(RefusedError):
            merge(instance, one, other, kind=kind)
    assert everything(instance) == before
    with pytest.raises(NotFoundError):
        undo_merge(instance, COMMAND_LINE, "none")


def test_what_was_changed_by_hand_since_stays(instance, two):
    kept, gone = two
    group = merge(instance, kept, gone, ["email", "name"])
    with instance.store.write() as session:
        session.get_one(ServiceRow, kept).email = "new@example.org"
    assert undo_merge(instance, COMMAND_LINE, group) == 1
    page = read_service(instance, kept, Audience.PUBLIC)
    assert (page.service.email, page.service.name) == ("new@example.org", "Food Pantry")
    read_service(instance, gone, Audience.PUBLIC)


SEEN = st.sampled_from(list(Visibility))
TELS = st.sampled_from(["+18145550101", "+18145550102"])
STREETS = st.sampled_from(["12 Elm St", "12 Elm Street", "99 Oak Ave"])
RECORDS = st.fixed_dictionaries(
    {
        "tel": TELS,
        "street": STREETS,
        "visibility": SEEN,
        "name": st.sampled_from(["Pantry", "Food"]),
    }
)


def reached(instance, ids, audience):
    """Give the numbers and streets that this audience reaches from services."""
    found = set()
    for service_id in ids:
        try:
            page = read_service(instance, service_id, audience)
        except NotFoundError:
            continue
        found |= {phone.tel for phone in page.phones}
        for site in page.sites:
            found.add(site.address.address_1.replace("Street", "St"))
            found |= {phone.tel for phone in site.phones}
    return found


@pytest.mark.slow
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=RECORDS, other=RECORDS, seen=st.lists(SEEN, min_size=20, max_size=20), take=st.sets(
    st.sampled_from(["name", "hours", "url"])), kind=st.sampled_from(["service", "organization", "location"]))  # fmt: skip
def test_nothing_is_lost_nothing_is_shown_and_all_comes_back(
    instance, one, other, seen, take, kind
):
    with instance.store.write() as session:
        options = {"changes_logged": True}
        session.execute(delete(RecordMergeRow))
        for row_class in reversed(ROWS.values()):
            if row_class.__tablename__ not in {"taxonomy", "taxonomy_term"}:
                session.execute(delete(row_class), execution_options=options)
    records = [pantry(1, **one), pantry(2, **other)]
    store(instance, *records[0], *records[1])
    with instance.store.write() as session:
        rows = [row for each in ("address", "phone", "location", "service_at_location")
                for row in session.scalars(select(ROWS[each]).order_by(ROWS[each].id))]  # fmt: skip
        for row, visibility in zip(rows, seen, strict=False):
            row.visibility = visibility.value
    services = [id_of(each, Service) for each in records]
    classes = {"service": Service, "organization": Organization, "location": Location}
    ids = [id_of(each, classes[kind]) for each in records]
    before = everything(instance)
    could = {each: reached(instance, services, each) for each in Audience}
    group = merge(instance, *ids, take, kind=kind)
    kept = could[Audience.CURATION] & ({"+18145550101", "+18145550102"} if kind == "location"
                                       else could[Audience.CURATION])  # a page shows one address  # fmt: skip
    assert reached(instance, services, Audience.CURATION) >= kept
    for audience in (Audience.PUBLIC, Audience.STAFF):
        assert reached(instance, services, audience) <= could[audience]
    undo_merge(instance, COMMAND_LINE, group)
    assert everything(instance) == before
