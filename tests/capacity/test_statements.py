"""Room today: said by the desk, a link or a slip, shown with its age, ended by the clock alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from referral.accounts.rows import LinkRow
from referral.app.tidy import tidy
from referral.capacity.capacity_links import (
    add_provider_statement,
    end_capacity_link,
    list_capacity_links,
    make_capacity_link,
    read_capacity_link,
)
from referral.capacity.records import StatementSource
from referral.capacity.statements import (
    add_desk_statement,
    delete_old_statements,
    read_statements,
    retire_expired_capacities,
)
from referral.desk.referrals import reply_to_slip
from referral.directory.listings import read_service
from referral.directory.search import find_services
from referral.errors import NotFoundError, RefusedError
from referral.formats.writing.hsds_values import CapacityInUnit, Unit
from referral.open_data.hsds_records import public_records, read_hsds_trees
from referral.open_data.trees import each_node
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Address, Location, ServiceAtLocation, ServiceCapacity
from referral.records.visibility import Audience, Visibility
from referral.search.query import SearchQuery
from referral.slips.records import SlipItem, SlipReply
from referral.slips.slips import make_slip
from referral.store.conversion import row_from
from referral.store.rows import AddressRow, ServiceCapacityRow, ServiceRow
from referral.store.rows_log import RecordEditRow

NOON = datetime(2026, 11, 27, 17, tzinfo=UTC)  # noon in New York
DAY = timedelta(hours=24)
WITH_ROOM = SearchQuery(has_room=True)


@pytest.fixture(autouse=True)
def noon(time_machine):
    """Stop the clock at noon."""
    time_machine.move_to(NOON, tick=False)


def say(instance, service_id, available, unit="Beds"):
    add_desk_statement(instance, COMMAND_LINE, service_id, unit, available)


def shown(instance, service_id):
    page = read_service(instance, service_id, Audience.PUBLIC)
    return [(each.unit, each.available) for each in page.capacities]


def found(instance):
    results = find_services(instance, WITH_ROOM, Audience.PUBLIC)
    return [card.service.id for card in results.cards]


def counted(instance):
    answer = find_services(instance, SearchQuery(), Audience.PUBLIC).answer
    return sum(each.count for each in answer.facets["room"])


def exported(instance):
    with instance.store.read() as session:
        public = public_records(session)
        nodes = list(each_node(read_hsds_trees(public, "service", public.read("service"))))
    capacities = [n.record for n in nodes if isinstance(n.record, CapacityInUnit)]
    return capacities, list(
        {n.record.id: n.record for n in nodes if isinstance(n.record, Unit)}.values()
    )


def hide_a_place(instance, service_id):
    with instance.store.write() as session:
        session.add_all(
            [
                row_from(Location(id="hidden", name="House")),
                row_from(ServiceAtLocation(id="at", service_id=service_id, location_id="hidden")),
                row_from(Address(id="street", location_id="hidden", address_1="9 Elm Street")),
            ]
        )
        session.flush()
        session.get_one(AddressRow, "street").visibility = Visibility.WITHHELD


def test_room_is_shown_and_found_and_ends_by_the_clock_alone(instance, service_id, time_machine):
    instance.index.sync()
    say(instance, service_id, 4)
    assert shown(instance, service_id) == [("Beds", 4)]
    assert found(instance) == [service_id]
    assert counted(instance) == 1
    before = instance.index.status()
    time_machine.move_to(NOON + DAY - timedelta(seconds=1), tick=False)
    assert found(instance) == [service_id]
    time_machine.move_to(NOON + DAY, tick=False)
    assert shown(instance, service_id) == []  # neither room nor full
    assert found(instance) == []
    assert counted(instance) == 0
    assert instance.index.status() == before  # nothing was written for it


@pytest.mark.slow
def test_full_is_shown_and_not_found(instance, service_id):
    say(instance, service_id, 4)
    say(instance, service_id, 0)
    assert shown(instance, service_id) == [("Beds", 0)]
    assert found(instance) == []
    say(instance, service_id, 2, "Rooms")
    assert found(instance) == [service_id]


@pytest.mark.slow
def test_staff_see_who_said_what_and_when(instance, services, time_machine):
    service_id, other = services[:2]
    say(instance, service_id, 4)
    say(instance, other, 9)
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    link = make_capacity_link(instance, COMMAND_LINE, service_id, "Beds")
    add_provider_statement(instance, link.token, 3)
    said = [
        (each.available, each.said_by, each.said_at)
        for each in read_statements(instance, service_id)
    ]
    assert said == [
        (3, StatementSource.PROVIDER, NOON + timedelta(hours=1)),
        (4, StatementSource.DESK, NOON),
    ]
    assert shown(instance, service_id) == [("Beds", 3)]
    assert shown(instance, other) == [("Beds", 9)]
    time_machine.move_to(NOON + timedelta(days=400), tick=False)
    assert delete_old_statements(instance) == 0
    time_machine.move_to(NOON + timedelta(days=400, seconds=1), tick=False)
    assert delete_old_statements(instance) == 2
    assert len(read_statements(instance, service_id)) == 1


@pytest.mark.parametrize(("unit", "available"), [("Beds", -1), ("Beds", 1000), ("Elephants", 1)])
def test_what_cannot_be_shown_is_refused(instance, service_id, unit, available):
    with pytest.raises(RefusedError):
        say(instance, service_id, available, unit)
    assert read_statements(instance, service_id) == ()


@pytest.mark.slow
def test_a_link_is_kept_as_a_hash_and_does_one_thing(instance, services, time_machine):
    first, second = services[:2]
    old = make_capacity_link(instance, COMMAND_LINE, first, "Beds")
    link = make_capacity_link(instance, COMMAND_LINE, first, "Beds")
    with pytest.raises(NotFoundError):
        add_provider_statement(instance, old.token, 1)
    with instance.store.read() as session:
        [row] = session.scalars(select(LinkRow))
        assert link.token not in str(vars(row))
        with pytest.raises(NotFoundError):
            add_provider_statement(instance, row.token_hash, 1)
    for _ in range(3):  # programs that scan mail
        assert read_capacity_link(instance, link.token).current is None
    assert shown(instance, first) == []
    add_provider_statement(instance, link.token, 5)
    add_provider_statement(instance, link.token, 4)
    assert (shown(instance, first), shown(instance, second)) == ([("Beds", 4)], [])
    other = make_capacity_link(instance, COMMAND_LINE, first, "Rooms")
    assert read_capacity_link(instance, link.token).current.available == 4
    assert read_capacity_link(instance, other.token).current is None
    time_machine.move_to(link.expires_at, tick=False)
    with pytest.raises(NotFoundError):
        add_provider_statement(instance, link.token, 1)


def test_a_new_link_ends_only_the_earlier_one_for_its_unit(instance, services, time_machine):
    first, second = services[:2]

    def link(service_id, unit):
        return make_capacity_link(instance, COMMAND_LINE, service_id, unit)

    def units(service_id):
        return [each.unit for each in list_capacity_links(instance, service_id)]

    rooms, *_, beds, _ = (
        link(first, "Rooms"), link(second, "Beds"), link(second, "Rooms"), link(first, "Beds"),
        link(first, "Beds"),
    )  # fmt: skip
    assert units(first) == units(second) == ["Beds", "Rooms"]
    end_capacity_link(instance, COMMAND_LINE, first, "Rooms")
    assert (units(first), units(second)) == (["Beds"], ["Beds", "Rooms"])
    for gone in (rooms, beds):
        with pytest.raises(NotFoundError):
            read_capacity_link(instance, gone.token)
    time_machine.move_to(NOON + DAY, tick=False)
    link(second, "Rooms")
    time_machine.move_to(beds.expires_at, tick=False)
    assert (units(first), units(second)) == ([], ["Rooms"])
    assert tidy(instance)["links"] == 2
    assert units(second) == ["Rooms"]


@pytest.mark.slow
def test_a_private_place_tells_nothing(instance, service_id):
    """Said before its place became private, and after."""
    link = make_capacity_link(instance, COMMAND_LINE, service_id, "Beds")
    say(instance, service_id, 4)
    hide_a_place(instance, service_id)
    instance.index.sync()
    for audience in (Audience.PUBLIC, Audience.STAFF):
        assert read_service(instance, service_id, audience).capacities == ()
    assert found(instance) == []
    assert counted(instance) == 0
    assert exported(instance) == ([], [])
    with pytest.raises(RefusedError):
        say(instance, service_id, 3)
    with pytest.raises(NotFoundError):
        read_capacity_link(instance, link.token)
    with pytest.raises(NotFoundError):
        add_provider_statement(instance, link.token, 3)


def test_nothing_is_said_of_a_safe_house(instance, safe_house):
    with pytest.raises(RefusedError):
        say(instance, safe_house, 3)
    with pytest.raises(RefusedError):
        make_capacity_link(instance, COMMAND_LINE, safe_house, "Beds")
    code = make_slip(instance, [SlipItem(service_id=safe_house)])
    reply_to_slip(instance, code, safe_house, SlipReply.FULL)
    assert read_statements(instance, safe_house) == ()


def test_a_withheld_service_tells_nothing(instance, service_id):
    say(instance, service_id, 4)
    with instance.store.write() as session:
        session.get_one(ServiceRow, service_id).visibility = Visibility.WITHHELD
    assert found(instance) == []
    assert exported(instance) == ([], [])
    with pytest.raises(NotFoundError):
        say(instance, service_id, 3)


def test_what_one_slip_says_is_not_shown(instance, service_id):
    say(instance, service_id, 4)
    code = make_slip(instance, [SlipItem(service_id=service_id)])
    reply_to_slip(instance, code, service_id, SlipReply.FULL)
    assert shown(instance, service_id) == [("Beds", 4)]


def test_the_record_of_what_has_ended_says_nothing(instance, service_id, time_machine):
    say(instance, service_id, 4)
    listed = ServiceCapacity(
        id="listed", service_id=service_id, unit="Cots", available=2.0, updated="2026-11-01"
    )
    with instance.store.write() as session:
        session.add(row_from(listed))
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    say(instance, service_id, 2, "Rooms")
    time_machine.move_to(NOON + DAY, tick=False)
    assert retire_expired_capacities(instance) == 1
    assert retire_expired_capacities(instance) == 0
    assert shown(instance, service_id) == [("Rooms", 2)]
    with instance.store.read() as session:
        row = ServiceCapacityRow
        kept = session.execute(select(row.unit, row.available, row.updated).order_by(row.unit))
        assert [(*each[:2], bool(each[2])) for each in kept] == [
            ("Beds", None, False), ("Cots", 2.0, True), ("Rooms", 2.0, True),
        ]  # fmt: skip
        edits = select(RecordEditRow).where(RecordEditRow.kind == "service_capacity")
        assert [each.record_id for each in session.scalars(edits)] == ["listed"]


def test_what_a_list_says_counts_by_its_own_time(instance, services):
    def capacity(key, updated, available=2.0, service_id=services[0], unit="Cots"):
        return row_from(
            ServiceCapacity(id=key, service_id=service_id, unit=unit, available=available,
                            updated=updated)
        )  # fmt: skip

    with instance.store.write() as session:
        session.add_all(
            [
                capacity("a", "2026-11-27T09:00:00-05:00"),
                capacity("b", "2026-11-26T11:59:00-05:00", unit="Tables"),
                capacity("c", "2026-11-28", unit="Chairs"),  # tomorrow: a clock is wrong
                capacity("d", "last week", unit="Lamps"),
                capacity("e", "2026-11-27", 9.0, services[1], "Beds"),  # from midnight on
                capacity("f", "2026-11-27T10:00:00-05:00", 1.0, services[0], "cots"),
            ]
        )
    assert shown(instance, services[0]) == [("cots", 1)]
    assert shown(instance, services[1]) == [("Beds", 9)]
    say(instance, services[1], 0)
    assert shown(instance, services[1]) == [("Beds", 0)]


def test_it_leaves_as_hsds_has_it_until_its_time(instance, service_id, time_machine):
    say(instance, service_id, 4)
    [capacity], [unit] = exported(instance)
    assert (capacity.unit_id, unit.name, capacity.available) == (unit.id, "Beds", 4)
    assert datetime.fromisoformat(capacity.updated) == NOON
    time_machine.move_to(NOON + DAY, tick=False)
    retire_expired_capacities(instance)
    assert exported(instance) == ([], [])
