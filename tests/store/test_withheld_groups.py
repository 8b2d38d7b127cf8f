"""Upkeep of what is held back: what makes a group, what makes it stricter, and what waits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from referral.records.directory import Address, Location, Organization, Phone
from referral.records.edits import Author, MadeBy
from referral.records.visibility import Audience, Visibility
from referral.records.withheld import WithheldState
from referral.store.rows import AddressRow, LocationRow, PhoneRow
from referral.store.rows_texts import WithheldGroupRow
from referral.store.withheld_groups import forget_withheld_groups
from referral.store.withheld_keys import read_withheld_keys
from tests.support.rows import change_row, write_records

WITHHELD, STAFF, PUBLIC = Visibility.WITHHELD, Visibility.STAFF, Visibility.PUBLIC
HAND = Author(made_by=MadeBy.HAND)
GONE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def store(store):
    write_records(store, Organization(id="o", name="Alder Group"))
    return store


def phone(key, visibility=PUBLIC):
    number = {"number": "814-555-0165", "tel": "+18145550165"}
    return Phone(id=key, organization_id="o", visibility=visibility, **number)


def place(key, visibility=PUBLIC, of_address=PUBLIC):
    street = "7319 Quillfeather Lane"
    return [
        Location(id=key, organization_id="o", visibility=visibility),
        Address(id=f"a-{key}", location_id=key, address_1=street, city="Meadville",
                visibility=of_address),
    ]  # fmt: skip


def shown(store, audience=Audience.PUBLIC):
    """Give the ids of the public phones and places that are not held back."""
    with store.read() as session:
        keys = read_withheld_keys(session, audience)
        phones = session.scalars(select(PhoneRow).where(PhoneRow.visibility == "public"))
        found = {row.id for row in phones if not keys.holds_phone(row)}
        addresses = session.scalars(select(AddressRow).where(AddressRow.visibility == "public"))
        return found | {row.location_id for row in addresses if not keys.holds_address(row)}


def states(store):
    with store.read() as session:
        return [each.state for each in session.scalars(select(WithheldGroupRow))]


def test_what_left_its_list_before_it_was_withheld_holds_nothing_back(store):
    write_records(store, phone("p"), *place("office"))
    write_records(
        store, phone("q", WITHHELD), *place("house", of_address=WITHHELD), retired_at=GONE
    )
    write_records(store, *place("cottage", WITHHELD), retired_at=GONE)
    assert shown(store) >= {"p", "office"}
    assert states(store) == []


@pytest.mark.parametrize("first", [STAFF, WITHHELD])
def test_the_strictest_record_decides_who_sees_a_number(store, first):
    second = WITHHELD if first is STAFF else STAFF
    write_records(store, phone("p"), phone("q", first))
    assert shown(store, Audience.STAFF) == ({"p"} if first is STAFF else set())
    write_records(store, phone("r", second))
    assert shown(store, Audience.STAFF) == set()
    assert shown(store) == set()


def test_a_private_dock_is_no_secret_and_a_withheld_house_is(store):
    write_records(store, *place("office"), *place("dock", of_address=STAFF))
    assert "office" in shown(store)
    write_records(store, *place("house", WITHHELD))
    assert "office" not in shown(store)
    assert "office" not in shown(store, Audience.STAFF)


@pytest.mark.parametrize("made_by", list(MadeBy))
def test_what_a_person_publishes_is_shown_there_and_nowhere_else(store, made_by):
    write_records(store, phone("p", WITHHELD), *place("house", of_address=WITHHELD))
    write_records(store, *place("cottage", WITHHELD), phone("q"), *place("office"))
    author = Author(made_by=made_by)
    change_row(store, PhoneRow, "p", author, visibility="public")
    change_row(store, AddressRow, "a-house", author, visibility="public")
    change_row(store, LocationRow, "cottage", author, visibility="public")
    is_decided = made_by in {MadeBy.HAND, MadeBy.RESTORE}
    assert shown(store) == ({"p", "house", "cottage"} if is_decided else set())


def test_an_edit_that_publishes_nothing_decides_nothing(store):
    write_records(
        store, phone("p", WITHHELD), phone("q"), *place("house", WITHHELD), *place("office")
    )
    change_row(store, PhoneRow, "q", HAND, description="Front desk")
    change_row(store, AddressRow, "a-office", HAND, attention="Front desk")
    change_row(store, LocationRow, "office", HAND, name="Office")
    change_row(store, PhoneRow, "p", HAND, visibility="staff")
    assert shown(store) == set()


def test_an_undo_forgets_only_what_its_import_held_back_and_nobody_decided(store):
    first, second = (Author(made_by=MadeBy.IMPORT, group_id=key) for key in ("one", "two"))
    write_records(store, phone("p"), *place("office"))
    write_records(store, phone("q", WITHHELD), author=first)
    write_records(store, *place("house", WITHHELD), author=second)
    with store.write() as session:
        session.get_one(PhoneRow, "q").visibility = "public"
        session.get_one(LocationRow, "house").visibility = "public"
        forget_withheld_groups(session, "two")
    assert shown(store) == {"office", "house"}, "the number of the other import stays held back"
    with store.write() as session:
        group = session.scalars(select(WithheldGroupRow)).one()
        group.decided_at = datetime.now(UTC)
        session.flush()
        forget_withheld_groups(session, "one")
    assert states(store) != []
    assert "p" not in shown(store)


@pytest.mark.parametrize(
    ("state", "later", "then"),
    [
        (WithheldState.ALONE, None, WithheldState.WAITING),
        (WithheldState.EXCEPTED, timedelta(hours=-1), WithheldState.WAITING),
        (WithheldState.EXCEPTED, timedelta(hours=1), WithheldState.EXCEPTED),
        (WithheldState.HELD, timedelta(hours=-1), WithheldState.HELD),
    ],
)
def test_a_record_that_comes_after_the_decision_waits_where_some_are_shown(
    store, state, later, then
):
    """``later`` is when the decision was made, as seen from the record."""
    write_records(store, phone("p", WITHHELD))
    with store.write() as session:
        group = session.scalars(select(WithheldGroupRow)).one()
        group.state = state.value
        group.decided_at = datetime.now(UTC) + later if later else None
    write_records(store, phone("q"))
    assert states(store) == [then.value]
    with store.write() as session:
        session.scalars(select(WithheldGroupRow)).one().state = state.value
    write_records(store, phone("r", STAFF), retired_at=GONE)
    assert states(store) == [state.value], "only what is public and there waits"
