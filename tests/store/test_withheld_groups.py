"""Upkeep of what is held back: what makes a group, what makes it stricter, and what waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import delete, select

from referral.records.classification import Translation
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience, Visibility
from referral.records.withheld import WithheldState
from referral.store import Store
from referral.store.change_log import changes_after, store_state
from referral.store.migrations.upgrade import alembic_config
from referral.store.rows import (
    AddressRow,
    ContactRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.rows_log import ImportBatchRow
from referral.store.rows_texts import WithheldGroupRow, WithheldKeyRow
from referral.store.withheld_groups import TOUCHED, forget_withheld_groups, note_withheld_places
from referral.store.withheld_keys import Scope, hasher_of, read_withheld_keys
from tests.support.rows import add_records, change_row, write_records

WITHHELD, STAFF, PUBLIC = Visibility.WITHHELD, Visibility.STAFF, Visibility.PUBLIC
HAND = Author(made_by=MadeBy.HAND)
GONE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def store(store):
    write_records(store, Organization(id="o", name="Alder Group"))
    return store


def phone(key, visibility=PUBLIC, extension="", **parent):
    number = {"number": "814-555-0165", "tel": "+18145550165", "extension": extension}
    parent = parent or {"organization_id": "o"}
    return Phone(id=key, visibility=visibility, **parent, **number)


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
        found = {row.id for row in phones if not keys.withholds_phone(row)}
        addresses = session.scalars(select(AddressRow).where(AddressRow.visibility == "public"))
        return found | {row.location_id for row in addresses if not keys.withholds_address(row)}


def states(store):
    with store.read() as session:
        return [each.state for each in session.scalars(select(WithheldGroupRow))]


def test_what_left_its_list_before_it_was_withheld_holds_nothing_back(store):
    write_records(store, phone("p"), *place("office"))
    write_records(
        store, phone("q", WITHHELD), *place("house", of_address=WITHHELD), retired_at=GONE
    )
    write_records(store, *place("cottage", WITHHELD), retired_at=GONE)
    villa, address = place("villa", of_address=WITHHELD)
    write_records(store, villa)
    write_records(store, address, retired_at=GONE)
    assert shown(store) >= {"p", "office"}
    assert states(store) == []
    write_records(store, phone("still-there", WITHHELD))
    assert "p" not in shown(store)


def test_records_that_withhold_the_same_at_once_are_one_group(store):
    write_records(store, *place("house", WITHHELD), *place("cottage", WITHHELD))
    write_records(store, phone("p", WITHHELD), phone("q", WITHHELD), phone("r", STAFF))
    assert len(states(store)) == 2


def test_a_withheld_phone_without_a_number_holds_no_other_back(store):
    write_records(store, replace(phone("q", WITHHELD), tel=""), replace(phone("p"), tel=""))
    assert shown(store) == {"p"}


@pytest.mark.parametrize("has_address", [True, False])
def test_the_point_of_a_withheld_house_is_held_back_at_others(store, has_address):
    point = {"latitude": 41.63714, "longitude": -80.15121}
    house, address = place("house", WITHHELD)
    write_records(store, replace(house, **point), *([address] if has_address else []))
    barn = Location(id="barn", organization_id="o", **point)
    write_records(store, barn, retired_at=GONE)
    assert states(store) == [WithheldState.ALONE], "street and point are one"
    write_records(store, barn, retired_at=None)
    assert states(store) == [WithheldState.WAITING]
    with store.read() as session:
        keys = read_withheld_keys(session, Audience.PUBLIC)
        assert keys.groups_of_point(session.get_one(LocationRow, "barn"))


@pytest.mark.parametrize("first", [STAFF, WITHHELD])
def test_the_strictest_record_decides_who_sees_a_number(store, first):
    second = WITHHELD if first is STAFF else STAFF
    write_records(store, phone("p"), phone("q", first))
    assert shown(store, Audience.STAFF) == ({"p"} if first is STAFF else set())
    write_records(store, phone("r", second))
    assert shown(store, Audience.STAFF) == set()
    assert shown(store) == set()


@pytest.mark.parametrize(
    ("visibility", "extension", "public"),
    [
        (STAFF, "12", {"main", "x13"}),
        (STAFF, "12 or 13", {"main"}),
        (STAFF, "Front desk", set()),
        (STAFF, "", set()),
        (WITHHELD, "12", set()),
    ],
)
def test_an_extension_for_staff_holds_back_what_its_record_says(
    store, visibility, extension, public
):
    write_records(store, phone("main"), phone("x12", extension="12"), phone("x13", extension="13"))
    write_records(store, phone("q", visibility, extension))
    assert shown(store) == public
    assert shown(store, Audience.STAFF) == (
        {"main", "x12", "x13"} if visibility is STAFF else set()
    )


SECRET = {  # what is withheld → the parents whose phones are then of a secret place
    (LocationRow, "l"): {"p", "s", "l", "x", "c"},
    (AddressRow, "a-l"): {"p", "s", "l", "x", "c"},
    (ServiceAtLocationRow, "x"): {"p", "s", "x", "c"},
    (ServiceRow, "s"): {"p", "s", "x", "c"},
    (OrganizationRow, "p"): {"p", "s", "x", "c"},
    (ContactRow, "c"): {"c"},
}
PARENTS = {"p": "organization_id", "s": "service_id", "l": "location_id",
           "x": "service_at_location_id", "c": "contact_id"}  # fmt: skip


@pytest.mark.parametrize("parent", PARENTS)
@pytest.mark.parametrize("hidden", SECRET, ids=lambda each: each[0].__tablename__)
def test_a_number_of_a_secret_place_is_held_back_with_any_extension(store, hidden, parent):
    """Also where the place becomes secret later, and when it is public again."""
    write_records(
        store,
        Organization(id="p", name="Birch House"),
        Service(id="s", organization_id="p", name="Beds"),
        Location(id="l", organization_id="p"),
        Address(id="a-l", location_id="l", address_1="12 Elm Street", city="Meadville"),
        ServiceAtLocation(id="x", service_id="s", location_id="l"),
        Contact(id="c", service_id="s", name="Kim"),
        phone("main"),
        phone("q", STAFF, "12", **{PARENTS[parent]: parent}),
    )
    assert shown(store) >= {"main"}
    for visibility in ("withheld", "public"):
        change_row(store, *hidden, visibility=visibility)
        assert ("main" in shown(store)) is (parent not in SECRET[hidden])


def test_a_service_that_comes_to_a_secret_place_holds_its_number_back(store):
    service = Service(id="s", organization_id="o", name="Beds")
    write_records(store, service, *place("house", WITHHELD), phone("main"))
    write_records(store, phone("q", STAFF, "12", service_id="s"))
    assert "main" in shown(store)
    write_records(store, ServiceAtLocation(id="x", service_id="s", location_id="house"))
    assert "main" not in shown(store)


def test_all_who_withheld_a_number_are_kept_and_a_person_here_is_one(store):
    write_records(store, phone("p"), source="county")
    change_row(store, PhoneRow, "p", HAND, visibility="withheld")
    write_records(store, phone("q", WITHHELD, "12"), source="partner")
    write_records(store, phone("r"), source="partner")
    assert askers(store) == (HAND_SOURCE, "partner")


def test_a_list_that_withholds_the_record_of_another_is_who_asked(store):
    batch = ImportBatchRow(id="batch", source="partner", started_at=SEEN)
    with store.write() as session:
        session.add(batch)
    write_records(store, phone("p"), phone("other"), source="county")
    by_list = Author(made_by=MadeBy.IMPORT, batch_id="batch")
    change_row(store, PhoneRow, "other", HAND, tel="+18145550199", visibility="withheld")
    change_row(store, PhoneRow, "p", by_list, visibility="withheld")
    with store.read() as session:
        found = {row.askers for row in session.scalars(select(WithheldGroupRow))}
    assert found == {(HAND_SOURCE,), ("partner",)}


def test_a_list_that_keeps_the_address_of_a_secret_place_for_staff_did_not_ask_for_it(store):
    write_records(store, *place("house"))
    write_records(store, place("house", of_address=STAFF)[1], source="county")
    change_row(store, LocationRow, "house", HAND, visibility="withheld")
    assert askers(store) == (HAND_SOURCE,)


def askers(store):
    with store.read() as session:
        return session.scalars(select(WithheldGroupRow)).one().askers


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
    change_row(store, LocationRow, "cottage", latitude=41.63714, longitude=-80.15121)
    author = Author(made_by=made_by)
    change_row(store, PhoneRow, "p", author, visibility="public")
    change_row(store, AddressRow, "a-house", author, visibility="public")
    change_row(store, LocationRow, "cottage", author, visibility="public")
    is_decided = made_by in {MadeBy.HAND, MadeBy.RESTORE}
    assert shown(store) == ({"p", "house", "cottage"} if is_decided else set())


def test_what_a_person_publishes_is_no_question_to_staff(store):
    barn = Location(id="barn", latitude=41.63714, longitude=-80.15121, visibility=WITHHELD)
    write_records(store, phone("p", WITHHELD), *place("house", of_address=WITHHELD), barn)
    published = (PhoneRow, "p"), (AddressRow, "a-house"), (LocationRow, "barn")
    with store.write(HAND) as session:
        for row_class, key in published:
            session.get_one(row_class, key).visibility = "public"
    assert states(store) == [WithheldState.ALONE] * 3


def test_what_nothing_public_shares_does_not_wait(store):
    write_records(store, phone("p", WITHHELD), *place("house", WITHHELD))
    office, former = place("office")
    write_records(store, office)
    write_records(store, former, phone("gone"), retired_at=GONE)
    assert states(store) == [WithheldState.ALONE] * 2
    write_records(store, phone("q"))
    assert sorted(states(store)) == sorted([WithheldState.ALONE, WithheldState.WAITING])


def test_an_edit_that_publishes_nothing_decides_nothing(store):
    write_records(
        store, phone("p", WITHHELD), phone("q"), *place("house", WITHHELD), *place("office")
    )
    change_row(store, PhoneRow, "q", HAND, description="Front desk")
    change_row(store, AddressRow, "a-office", HAND, attention="Front desk")
    change_row(store, LocationRow, "office", HAND, name="Office")
    change_row(store, PhoneRow, "p", HAND, visibility="staff")
    assert shown(store) == set()


def test_a_place_that_a_rule_withholds_waits_for_a_decision(store):
    with store.write() as session:
        add_records(session, *place("house", WITHHELD))
        note_withheld_places(session, ["house"])
    assert states(store) == [WithheldState.WAITING]


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
        (WithheldState.WITHHELD, timedelta(hours=-1), WithheldState.WITHHELD),
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


SEEN = datetime(2026, 10, 1, tzinfo=UTC)


def write_as_before(store):
    """Write ten numbers, each public at one record, and the digests of versions before 0.3."""
    last = iter(range(10))
    hotline = Service(id="s", organization_id="o", name="Hotline")
    house = [
        Organization(id="p", name="Birch House"),
        Location(id="house", organization_id="p", visibility=WITHHELD),
    ]
    numbers = {
        "extension": [("x12", STAFF, "12", {}), ("x14", STAFF, "14", {})],
        "whole": [("", STAFF, "", {})],
        "withheld": [("x12", WITHHELD, "12", {})],
        "withheld-before": [("x12", STAFF, "12", {})],
        "decided": [("x12", STAFF, "12", {})],
        "of-house": [("x12", STAFF, "12", {"location_id": "house"})],
        "other-gone": [("x12", STAFF, "12", {})],
        "whole-gone": [("x12", STAFF, "12", {})],
        "all-gone": [],
        "left-house": [("x12", STAFF, "12", {})],
    }
    with store.write() as session:
        add_records(session, hotline, *house)
        for name, private in numbers.items():
            main = {"number": "814-555-0100", "tel": f"+1814555010{next(last)}"}
            add_records(session, Phone(id=name, service_id="s", **main))
            for key, visibility, extension, parent in private:
                owner = parent or {"organization_id": "o"}
                add_records(session, Phone(id=f"{name}-{key}", visibility=visibility,
                                           extension=extension, **owner, **main))  # fmt: skip
            if name == "left-house":
                gone = Phone(
                    id="left", location_id="house", visibility=STAFF, extension="12", **main
                )
                add_records(session, gone, retired_at=GONE)
    with store.write() as session:
        session.execute(delete(WithheldKeyRow))
        session.execute(delete(WithheldGroupRow))
        hasher = hasher_of(session)
        last = iter(range(10))
        for name, private in numbers.items():
            visibility = WITHHELD if name in {"withheld", "withheld-before"} else STAFF
            session.add(WithheldGroupRow(
                id=name, kind="phone", visibility=visibility.value, noted_at=SEEN,
                state=(WithheldState.WITHHELD if name == "decided" else WithheldState.WAITING).value,
                decided_at=SEEN if name == "decided" else None,
                noted_group="", decided_by="", decided_group="",
            ))  # fmt: skip
            tel = f"+1814555010{next(last)}"
            ends = {"*", *(extension for _, _, extension, _ in private)}
            ends |= {"15"} if name in {"other-gone", "all-gone"} else set()
            ends |= {""} if name == "whole-gone" else set()
            keys = {(Scope.PHONE, f"{tel}x{end}") for end in ends} | {
                (Scope.SEVEN_DIGITS, tel[-7:])
            }
            session.add_all(
                WithheldKeyRow(digest=hasher.digest(scope, key), group_id=name, scope=scope.value)
                for scope, key in keys
            )
        session.info.pop(TOUCHED, None)


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.parametrize("is_interrupted", [False, True])
def test_after_the_upgrade_main_numbers_show_that_an_extension_for_staff_withheld(
    empty_database_url, is_interrupted
):
    store = Store(empty_database_url)
    store.migrate_up("head")
    with store.write() as session:
        add_records(session, Organization(id="o", name="Alder Group"))
    write_as_before(store)
    assert shown(store) == set()
    with store.write() as session:  # as the release before left the tables
        command.downgrade(alembic_config(session.connection()), "0049")
    if is_interrupted:  # after the tables were upgraded: what is written next goes on
        store.migrate_up("head")
        change_row(store, PhoneRow, "whole", description="Desk")
    with store.read() as session:
        mark = store_state(session).last_sequence
    store.migrate()
    if not is_interrupted:
        with store.read() as session:
            logged = {(each.kind, each.record_id) for each in changes_after(session, mark)}
        assert ("service", "s") in logged
    assert shown(store) == {"extension"}
    with store.read() as session:
        keys = read_withheld_keys(session, Audience.PUBLIC)
    for text in (
        "555-0100 x14",
        "814-555-0100 ext. 12",
        "555-0101",
        "814-555-0108 x16",
        "555-0109",
    ):
        assert keys.phones_in(text), text
    assert not keys.phones_in("814-555-0100, 555-0100 x15")
    with store.read() as session:
        found = {each.id: each.state for each in session.scalars(select(WithheldGroupRow))}
    assert found.pop("extension") == WithheldState.ALONE
    assert found.pop("decided") == WithheldState.WITHHELD
    assert set(found.values()) == {WithheldState.WAITING.value}
    store.close()


def former_digests(store):
    """Leave only the digests of streets that versions before 0.3 kept."""
    with store.write() as session:
        hasher = hasher_of(session)
        kept = {
            hasher.digest(Scope.STREET, street) for street in ("1905|26", "318|st clair", "6201|us")
        }
        session.execute(
            delete(WithheldKeyRow).where(
                WithheldKeyRow.scope == Scope.STREET.value, WithheldKeyRow.digest.not_in(kept)
            )
        )
        session.info.pop(TOUCHED, None)


STREETS = {
    "west": "1905 W 26th St", "clair": "318 St. Clair Ave NE", "highway": "6201 US Highway 51 N",
}  # fmt: skip


def names_street(store, text):
    with store.read() as session:
        return read_withheld_keys(session, Audience.PUBLIC).names_street(text)


@pytest.mark.both_databases
def test_streets_stay_hidden_before_and_after_their_digests_are_made_anew(empty_database_url):
    """A record that is gone keeps its digests of the form before, which are less exact."""
    store = Store(empty_database_url)
    store.migrate_up("head")
    with store.write() as session:
        add_records(session, Organization(id="o", name="Alder Group"))
        for key, street in STREETS.items():
            house = Location(id=key, organization_id="o", visibility=WITHHELD)
            add_records(session, house, Address(id=key, location_id=key, address_1=street))
    former_digests(store)
    with store.write() as session:
        session.get_one(LocationRow, "clair").retired_at = GONE
        session.info.pop(TOUCHED, None)
    for text in ("1905 West 26th St", "318 St. Clair", "6201 US Highway 51"):
        assert names_street(store, text), text
    with store.write() as session:
        command.downgrade(alembic_config(session.connection()), "0049")
    store.migrate()
    for text in ("1905 West Twenty-Sixth St", "318 St. Clair Ave", "6201 Route 51"):
        assert names_street(store, text), text
    for text in ("1905 E 26th St", "6201 US Highway 15"):
        assert not names_street(store, text), text
    with store.read() as session:
        digests = set(session.scalars(select(WithheldKeyRow.digest)))
        digest = hasher_of(session).digest
        for street in ("1905|26", "318|st clair", "6201|us"):
            assert digest(Scope.STREET, street) in digests, "nodes of the release before ask for it"
    store.close()


@pytest.mark.parametrize(
    "text", ["Forty-one twenty-seven Larkspur", "cuatro mil ciento veintisiete Larkspur",
             "41 27 Larkspur", "4127 Larkspur"],
)  # fmt: skip
def test_a_text_is_indexed_again_however_it_has_the_number_of_a_street(store, text):
    write_records(store, Service(id="s", organization_id="o", name="Beds", description=text))
    house = Location(id="house", organization_id="o", visibility=WITHHELD)
    address = Address(id="a", location_id="house", address_1="4127 Larkspur Ave")
    assert ("service", "s") in logged(store, house, address)


@pytest.mark.parametrize("line", ["address_1", "address_2"])
def test_a_place_at_a_street_that_is_withheld_now_is_indexed_again(store, line):
    office, address = place("office")
    lines = {"address_1": "Rear house", line: address.address_1}
    write_records(store, office, replace(address, **lines))
    assert ("location", "office") in logged(store, *place("house", WITHHELD))


@pytest.mark.parametrize(
    ("text", "withheld"),
    [
        ("Llame al 814-555-0165", [phone("q", WITHHELD)]),
        ("Venga a setenta y tres diecinueve Quillfeather", place("house", WITHHELD)),
    ],
)
def test_a_text_in_another_language_is_indexed_again(store, text, withheld):
    spanish = Translation(
        id="t", link_entity="service", link_id="s", language="es", field="description", text=text
    )
    write_records(store, Service(id="s", organization_id="o", name="Beds"), spanish)
    assert ("service", "s") in logged(store, *withheld)


def test_who_writes_a_number_in_letters_is_indexed_again(store):
    write_records(store, Service(id="s", organization_id="o", name="Meals"))
    write_records(store, replace(phone("p", service_id="s"), number="814-555-MEAL"))
    assert ("service", "s") in logged(store, phone("q", WITHHELD))


@pytest.mark.parametrize("count", [1, 61])
def test_what_shows_a_number_is_indexed_again_however_many_are_withheld(store, count):
    text = Service(id="text", organization_id="o", name="Beds", description="Call 814-555-0165")
    write_records(store, text, Service(id="s", organization_id="o", name="Meals"))
    write_records(store, phone("p", service_id="s"))
    numbers = [replace(phone(f"q{n}", WITHHELD), tel=f"+1814555{165 + n:04}") for n in range(count)]
    assert logged(store, *numbers) >= {("service", "s"), ("service", "text")}


def test_what_is_held_back_as_before_is_not_logged_again(store):
    text = Service(id="text", organization_id="o", name="Beds", description="Call 814-555-0165")
    write_records(store, text, phone("q", STAFF, "12"))
    log = logged(store, Location(id="far", organization_id="o"))
    assert "withheld_group" not in {kind for kind, _ in log}
    assert ("service", "text") not in log


def test_who_shares_a_phone_with_a_place_that_is_hidden_is_indexed_again(store):
    service = Service(id="s", organization_id="o", name="Meals")
    shared = phone("p", service_id="s", location_id="office")
    write_records(store, service, *place("office"), shared)
    assert ("service", "s") in logged(store, *place("house", WITHHELD))


def logged(store, *records):
    """Write records, and give the kinds and ids of what is indexed again."""
    with store.read() as session:
        mark = store_state(session).last_sequence
    write_records(store, *records)
    with store.read() as session:
        return {(each.kind, each.record_id) for each in changes_after(session, mark)}
