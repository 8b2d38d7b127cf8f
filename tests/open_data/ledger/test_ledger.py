"""The publication ledger: what is public, what is gone, and no word about what never was public."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from referral.duplicates.merge import merge_records, undo_merge
from referral.open_data.ledger import ledger_updates
from referral.open_data.ledger.entries import (
    Cursor,
    cursors_after,
    entries_after,
    is_known,
    last_sequence,
    modified_since,
    parse_cursor,
    published,
    tombstone,
)
from referral.open_data.ledger.ledger_updates import LedgerUpdate, update_ledger
from referral.open_data.rows import PublicationRow, PublicationStateRow
from referral.records.classification import Translation
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS, row_from
from referral.store.rows import (
    AddressRow,
    LocationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
    TaxonomyRow,
    TaxonomyTermRow,
)
from referral.store.rows_log import StoreStateRow
from tests.open_data.api.test_lists import statements_of
from tests.support.editing import HALL, PANTRY, PAT, SAFE_HOUSE, SHELTER


def ledger_of(instance):
    """Give the rows by kind and id."""
    with instance.store.read() as session:
        return {(row.kind, row.record_id): row for row in session.scalars(select(PublicationRow))}


def last_cursor(session):
    """Give the cursor after everything."""
    return cursors_after(session, Cursor(), [last_sequence(session)])[0]


def edited(instance, row_class, record_id, **values):
    """Change a record and give the entries that this adds to the ledger."""
    with instance.store.read() as session:
        before = last_cursor(session)
    with instance.store.write() as session:
        row = session.get_one(row_class, record_id)
        for name, value in values.items():
            setattr(row, name, value)
    update_ledger(instance)
    with instance.store.read() as session:
        return {
            (entry.kind, entry.record_id): entry for entry in entries_after(session, before, 100)
        }


def first_of(instance, row_class, *conditions):
    with instance.store.read() as session:
        return session.scalars(select(row_class.id).where(*conditions)).first()


def test_it_has_what_is_public_and_nothing_that_never_was(ledger):
    rows = ledger_of(ledger)
    assert ("service", PANTRY) in rows
    assert ("location", HALL) in rows
    assert ("location", SAFE_HOUSE) not in rows
    assert all(row.digest and not row.gone_at for row in rows.values())
    numbers = sorted(row.sequence for row in rows.values())
    assert numbers == list(range(1, len(rows) + 1))


def test_nothing_is_entered_where_nothing_public_changed(ledger):
    assert update_ledger(ledger, everything=True) == LedgerUpdate()
    assert edited(ledger, ServiceRow, PANTRY, verified_by="Pat") == {}
    with ledger.store.write() as session:
        session.add(
            row_from(
                Service(
                    id="hidden",
                    organization_id="",
                    name="Never public",
                    visibility=Visibility.STAFF,
                )
            )
        )
    assert update_ledger(ledger) == LedgerUpdate()


def test_a_change_inside_of_a_record_is_a_change_of_all_that_tell_it(ledger):
    before = ledger_of(ledger)
    entries = edited(ledger, LocationRow, HALL, name="Town hall")
    kinds = {kind for kind, _ in entries}
    assert kinds == {"location", "service", "service_at_location"}
    assert ("service", PANTRY) in entries
    after = ledger_of(ledger)["service", PANTRY]
    assert after.digest != before["service", PANTRY].digest
    assert after.modified_at > before["service", PANTRY].modified_at


def test_withheld_and_retired_leave_the_same_tombstone(ledger):
    withheld = edited(ledger, ServiceRow, PANTRY, visibility="withheld")
    shelter = edited(ledger, ServiceRow, SHELTER, retired_at=ledger.now())
    gone = [withheld["service", PANTRY], shelter["service", SHELTER]]
    assert [entry.tombstone.redirect_to for entry in gone] == ["", ""]
    rows = ledger_of(ledger)
    for key in (PANTRY, SHELTER):
        row = rows["service", key]
        assert (row.digest, row.redirect_to) == ("", "")
        assert row.gone_at == row.modified_at
    with ledger.store.read() as session:
        assert published(session, "service", [PANTRY, SHELTER]) == {}
        assert tombstone(session, "service", PANTRY) is not None
        assert tombstone(session, "service", "never") is None


def test_what_is_public_again_has_a_new_sequence(ledger):
    before = ledger_of(ledger)["service", PANTRY]
    gone = edited(ledger, ServiceRow, PANTRY, visibility="withheld")["service", PANTRY]
    back = edited(ledger, ServiceRow, PANTRY, visibility="public")["service", PANTRY]
    assert before.sequence < gone.sequence < back.sequence
    assert back.tombstone is None
    assert ledger_of(ledger)["service", PANTRY].digest == before.digest


def test_a_place_goes_with_its_address(ledger):
    address = first_of(ledger, AddressRow, AddressRow.location_id == HALL)
    entries = edited(ledger, AddressRow, address, visibility="withheld")
    assert entries["location", HALL].tombstone
    assert not entries["service", PANTRY].tombstone


def test_a_merged_record_leads_to_the_other_until_the_merge_is_undone(ledger):
    with ledger.store.write() as session:
        session.add_all(
            row_from(Organization(id=each, name="Twin", description="Same")) for each in "ab"
        )
    update_ledger(ledger)
    group = merge_records(ledger, PAT, "organization", "a", "b", {})
    update_ledger(ledger)
    with ledger.store.read() as session:
        assert tombstone(session, "organization", "b").redirect_to == "a"
        assert set(published(session, "organization", ["a", "b"])) == {"a"}
    undo_merge(ledger, PAT, group)
    update_ledger(ledger)
    with ledger.store.read() as session:
        assert tombstone(session, "organization", "b") is None
        assert set(published(session, "organization", ["a", "b"])) == {"a", "b"}


def test_ids_that_changed_since_an_instant(ledger):
    then = ledger.now()
    edited(ledger, ServiceRow, PANTRY, name="Another name")
    with ledger.store.read() as session:
        ids = set(session.scalars(modified_since("service", then)))
        assert ids == {PANTRY}
        assert not session.scalars(modified_since("service", ledger.now())).all()


def test_a_cursor_is_text_and_knows_its_database(ledger):
    with ledger.store.read() as session:
        end = last_cursor(session)
        (middle,) = cursors_after(session, Cursor(), [2])
        for cursor in (end, middle, Cursor()):
            assert parse_cursor(str(cursor)) == cursor
            assert is_known(session, cursor)
        assert not is_known(session, Cursor(end.sequence, "0" * 16))
        assert not is_known(session, Cursor(end.sequence + 1, end.check))
        assert parse_cursor("17") is None
        assert parse_cursor("x") is None


def test_after_a_restore_by_our_command_no_cursor_is_known(ledger):
    with ledger.store.read() as session:
        end = last_cursor(session)
    with ledger.store.write() as session:
        session.get_one(StoreStateRow, 1).store_id = "another"
    with ledger.store.read() as session:
        assert not is_known(session, end)
        assert is_known(session, Cursor())


def test_sequences_given_out_again_are_not_taken_for_those_of_before(ledger, databases):
    put_back = databases.snapshot(ledger.settings.database_url)
    edited(ledger, ServiceRow, PANTRY, name="Lost in the failover")
    with ledger.store.read() as session:
        saw_lost = last_cursor(session)
        (saw_kept,) = cursors_after(session, Cursor(), [2])
    put_back()
    edited(ledger, ServiceRow, PANTRY, name="Another edit")
    with ledger.store.read() as session:
        assert last_sequence(session) >= saw_lost.sequence
        assert not is_known(session, saw_lost)
        assert is_known(session, saw_kept)


def test_who_begins_need_not_hear_what_was_gone_before(ledger):
    edited(ledger, ServiceRow, PANTRY, visibility="withheld")
    with ledger.store.read() as session:
        first = entries_after(session, Cursor(), 2)
        (cursor,) = cursors_after(session, Cursor(), [first[-1].sequence])
        rest = entries_after(session, cursor, 1000)
        assert not [entry for entry in (*first, *rest) if entry.tombstone]
        (end,) = cursors_after(session, cursor, [last_sequence(session)])
    edited(ledger, ServiceRow, SHELTER, visibility="withheld")
    with ledger.store.write() as session:
        session.get_one(PublicationStateRow, 1).forgotten_through = end.sequence
    with ledger.store.read() as session:
        assert is_known(session, cursor)  # it began after what was forgotten
        assert not is_known(session, Cursor(cursor.sequence, cursor.check))
        assert {e.record_id for e in entries_after(session, end, 9) if e.tombstone} >= {SHELTER}


@pytest.mark.slow
def test_what_hangs_on_a_part_is_a_change_of_the_whole(ledger):
    with ledger.store.write() as session:
        session.add_all(
            map(
                row_from,
                (
                    Contact(id="c1", service_id=PANTRY, name="Front desk"),
                    Phone(id="p1", contact_id="c1", number="814-555-0177"),
                ),
            )
        )
    update_ledger(ledger)
    assert ("service", PANTRY) in edited(ledger, PhoneRow, "p1", number="814-555-0178")
    with ledger.store.write() as session:
        text = {"language": "es", "field": "description", "text": "Recepción"}
        session.add(row_from(Translation(id="t1", link_entity="phone", link_id="p1", **text)))
    assert update_ledger(ledger).changed


def test_what_the_log_does_not_name_is_found_within_a_day(ledger, monkeypatch):
    tomorrow = ledger.now() + timedelta(days=1)
    with ledger.store.write() as session:
        table = ServiceRow.metadata.tables["service"]
        session.connection().execute(
            table.update().where(table.c.id == PANTRY).values(name="Changed by hand")
        )
    assert update_ledger(ledger) == LedgerUpdate()
    monkeypatch.setattr(type(ledger), "now", lambda self: tomorrow)
    assert update_ledger(ledger).changed


@pytest.mark.slow
def test_a_run_after_an_edit_reads_as_much_in_a_directory_of_any_size(ledger, monkeypatch):
    """Statements and objects, counted; forty times the records make no difference."""
    read = []
    digest = ledger_updates.digest_of
    monkeypatch.setattr(ledger_updates, "digest_of", lambda each: read.append(1) or digest(each))

    def count(name):
        with ledger.store.write() as session:
            session.get_one(ServiceRow, PANTRY).name = name
        read.clear()
        return len(statements_of(ledger, lambda: update_ledger(ledger))), len(read)

    before = count("One")
    with ledger.store.write() as session:
        session.add_all(row_from(each) for number in range(40) for each in another(number))
    assert update_ledger(ledger).changed > 200
    assert count("Two") == before
    assert before[1] < 10


def another(number):
    """Give an organization with a service at a place that has an address and a phone."""
    return (
        Organization(id=f"o-{number}", name=f"Organization {number}", description="Helps"),
        Service(id=f"s-{number}", organization_id=f"o-{number}", name=f"Service {number}"),
        Service(id=f"lone-{number}", organization_id="", name=f"Service alone {number}"),
        Location(id=f"l-{number}", name=f"Place {number}"),
        Address(id=f"a-{number}", location_id=f"l-{number}", address_1=f"{number} Elm Street"),
        Phone(id=f"p-{number}", location_id=f"l-{number}", number="814-555-0177"),
        ServiceAtLocation(
            id=f"at-{number}", service_id=f"s-{number}", location_id=f"l-{number}"
        ),
    )  # fmt: skip


def test_a_place_that_a_service_is_not_given_at_any_more_is_gone(ledger):
    """The row is deleted; the log names the service only."""
    link = first_of(ledger, ServiceAtLocationRow, ServiceAtLocationRow.service_id == PANTRY)
    with ledger.store.write() as session:
        session.delete(session.get_one(ServiceAtLocationRow, link))
    update_ledger(ledger)
    with ledger.store.read() as session:
        assert tombstone(session, "service_at_location", link) is not None
        assert published(session, "service_at_location", [link]) == {}


def test_a_street_that_is_withheld_elsewhere_is_gone_here_too(ledger):
    street = {"address_1": "12 Elm St", "city": "Elmville", "postal_code": "16335"}
    with ledger.store.write() as session:
        address = session.scalars(select(AddressRow).where(AddressRow.location_id == HALL)).one()
        for name, value in street.items():
            setattr(address, name, value)
    update_ledger(ledger)
    with ledger.store.write() as session:
        place = Location(id="l9", name="Safe place", visibility=Visibility.WITHHELD)
        session.add(row_from(place))
        session.add(row_from(Address(id="a9", location_id="l9", **street)))
    update_ledger(ledger)
    with ledger.store.read() as session:
        assert tombstone(session, "location", HALL) is not None
    assert update_ledger(ledger, everything=True) == LedgerUpdate()


@pytest.mark.release
def test_a_run_after_edits_finds_what_a_look_at_everything_finds(demo):
    """Parts of all kinds are edited, withheld, retired and deleted, a run after each few."""
    update_ledger(demo)
    random = Random(20)
    for kinds in in_batches(random.sample(sorted(ROWS), len(ROWS)), 5):
        with demo.store.write() as session:
            for kind in kinds:
                row = ROWS[kind]
                ids = session.scalars(select(row.id).order_by(row.id)).all()
                for key in random.sample(ids, min(3, len(ids))):
                    found = session.get(row, key)
                    if found is not None:
                        change_somehow(session, found, random, demo.now())
        update_ledger(demo)
        assert update_ledger(demo, everything=True) == LedgerUpdate(), kinds


def change_somehow(session, row, random, now):
    """Withhold, retire or delete a row, or change a text of it."""
    names = [name for name in ("name", "description", "number", "address_1") if hasattr(row, name)]
    way = random.choice(["withheld", "retired", "text", "text"])
    if way == "withheld":
        row.visibility = "withheld"
    elif way == "retired":
        row.retired_at = now
    elif names:
        setattr(row, names[0], "814-555-0199" if names[0] == "number" else "7 Elm Street")
    elif not isinstance(row, (TaxonomyRow, TaxonomyTermRow)):
        session.delete(row)
