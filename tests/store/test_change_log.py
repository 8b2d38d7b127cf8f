"""The change log: what is noted, when, and that nothing gets past it."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from referral.errors import InstanceError
from referral.records.classification import Attribute, TaxonomyTerm, Translation
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.store import Store
from referral.store import change_log as changes
from referral.store.conversion import row_from
from referral.store.rows import (
    AttributeRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.rows_log import ChangeRow


@pytest.fixture
def store(each_store):
    with each_store.write() as session:
        session.add_all(
            row_from(record)
            for record in (
                Organization(id="o1", name="One"),
                Organization(id="o2", name="Two"),
                Service(id="s1", organization_id="o1", name="Food"),
                Service(id="s2", organization_id="o1", name="Rent"),
                Location(id="l1", organization_id="o1", name="Hall"),
                ServiceAtLocation(id="a1", service_id="s1", location_id="l1"),
                Phone(id="p1", service_id="s1", number="814-555-0101"),
                Contact(id="c1", service_id="s1", name="Sam"),
                TaxonomyTerm(id="t1", name="Pantries"),
                Attribute(id="x1", link_id="s1", link_entity="service", taxonomy_term_id="t1"),
            )
        )
    return each_store


def noted_by(store, change):
    """What a change notes, as a set of (kind, id)."""
    with store.read() as session:
        mark = changes.store_state(session).last_sequence
    with store.write() as session:
        change(session)
    with store.read() as session:
        return {(one.kind, one.record_id) for one in changes.changes_after(session, mark)}


def move(row_class, record_id, **values):
    def change(session):
        row = session.get_one(row_class, record_id)
        for name, value in values.items():
            setattr(row, name, value)

    return change


def add(record):
    return lambda session: session.add(row_from(record))


def remove(row_class, record_id):
    return lambda session: session.delete(session.get_one(row_class, record_id))


@pytest.mark.parametrize(
    ("change", "noted"),
    [
        (move(OrganizationRow, "o1", name="Uno"), {("organization", "o1")}),
        (move(ServiceRow, "s1", organization_id="o2"), {("service", "s1")}),
        (move(PhoneRow, "p1", number="814-555-0102"), {("service", "s1")}),
        (move(PhoneRow, "p1", service_id="s2"), {("service", "s1"), ("service", "s2")}),
        (
            move(ServiceAtLocationRow, "a1", service_id="s2"),
            {("service", "s1"), ("service", "s2")},
        ),
        (remove(ServiceAtLocationRow, "a1"), {("service", "s1")}),
        (move(AttributeRow, "x1", link_id="s2"), {("service", "s1"), ("service", "s2")}),
        (remove(AttributeRow, "x1"), {("service", "s1")}),
        (add(Address(id="d1", location_id="l1", address_1="1 Elm")), {("location", "l1")}),
        (
            add(Schedule(id="h1", service_at_location_id="a1")),
            {("service_at_location", "a1")},
        ),
        (add(TaxonomyTerm(id="t2", name="Meals", parent_id="t1")), {("taxonomy_term", "t2")}),
        (
            add(
                Translation(
                    id="n1", link_entity="service", link_id="s1", language="es", field="name",
                    text="Comida",
                )
            ),
            {("service", "s1")},
        ),
        (
            add(
                Translation(
                    id="n2", link_entity="taxonomy_term", link_id="t1", language="es",
                    field="name", text="Despensas",
                )
            ),
            {("taxonomy_term", "t1")},
        ),
        (add(Phone(id="p2", contact_id="c1", number="814-555-0103")), {("contact", "c1")}),
        (
            add(Translation(
                id="n3", link_entity="phone", link_id="p1", language="es", field="description",
                text="Recepción",
            )),
            {("phone", "p1")},
        ),
        (move(ServiceRow, "s1", name="Food"), set()),
        (lambda session: None, set()),
    ],
)  # fmt: skip
def test_a_change_notes_the_documents_it_touches(store, change, noted):
    assert noted_by(store, change) == noted


def test_a_rollback_leaves_no_note(store):
    with store.read() as session:
        before = changes.store_state(session).last_sequence
    with pytest.raises(RuntimeError), store.write() as session:
        session.get_one(ServiceRow, "s1").name = "Lost"
        session.flush()
        raise RuntimeError
    with store.read() as session:
        assert changes.store_state(session).last_sequence == before
        assert changes.changes_after(session, before) == []


@pytest.mark.parametrize(
    "statement",
    [
        update(ServiceRow).values(name="x"),
        delete(PhoneRow),
        insert(OrganizationRow).values(id="o9", name="x"),
    ],
)
def test_bulk_statements_that_note_nothing_are_refused(store, statement):
    with pytest.raises(changes.UnloggedChangeError, match="log_changes"), store.write() as session:
        session.execute(statement)


def test_a_bulk_statement_that_notes_is_let_through(store):
    def change(session):
        statement = update(ServiceRow).where(ServiceRow.id == "s1").values(name="x")
        session.execute(statement, execution_options={"changes_logged": True})
        changes.log_changes(session, [("service", "s1")])

    assert noted_by(store, change) == {("service", "s1")}


@pytest.mark.parametrize(
    "method", ["bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"]
)
def test_legacy_bulk_methods_are_refused(store, method):
    with pytest.raises(changes.UnloggedChangeError), store.write() as session:
        getattr(session, method)([])


def test_a_reading_session_cannot_write(store):
    with store.read() as session:
        session.get_one(ServiceRow, "s1").name = "x"
        with pytest.raises(InstanceError, match="only reads"):
            session.flush()


def test_sequences_rise_in_the_order_of_commits(store):
    """Four writers at once; a reader that polls must never see a sequence below its mark appear."""
    done = threading.Event()
    seen: list[int] = []

    def follow():
        mark = 0
        while True:
            finished = done.is_set()
            with store.read() as session:
                batch = changes.changes_after(session, mark)
            seen.extend(change.sequence for change in batch)
            mark = seen[-1] if seen else mark
            if finished:
                return

    def write(number):
        for step in range(5):
            with store.write() as session:
                session.add(row_from(Organization(id=f"w{number}-{step}", name="x")))

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    follower.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    follower.join()
    with store.read() as session:
        everything = list(session.scalars(select(ChangeRow.sequence).order_by(ChangeRow.sequence)))
    assert seen == everything
    assert everything == list(range(1, len(everything) + 1))


def test_a_pair_is_noted_once_in_a_transaction(store):
    with store.read() as session:
        mark = changes.store_state(session).last_sequence
    with store.write() as session:
        for number in ("1", "2", "3"):
            session.get_one(PhoneRow, "p1").number = number
            session.flush()
    with store.read() as session:
        assert len(changes.changes_after(session, mark)) == 1


def test_what_a_savepoint_rolled_back_is_noted_again(store):
    def change(session):
        with pytest.raises(RuntimeError), session.begin_nested():
            session.get_one(ServiceRow, "s1").name = "Lost"
            session.flush()
            raise RuntimeError
        session.get_one(ServiceRow, "s1").name = "Kept"

    assert noted_by(store, change) == {("service", "s1")}


def test_pruning_drops_old_changes_and_remembers_how_far(store):
    with store.write() as session:
        assert changes.prune_changes(session, datetime.now(UTC) - timedelta(days=1)) == 0
        dropped = changes.prune_changes(session, datetime.now(UTC) + timedelta(days=1))
    with store.read() as session:
        state = changes.store_state(session)
        assert dropped == state.last_sequence - 1 == state.pruned_through - 1
        assert [each.sequence for each in changes.changes_after(session, 0)] == [6]
        assert changes.follows_from(session, state, state.point), "the last one keeps its token"


def test_a_point_is_followed_only_in_the_log_that_it_was_seen_in(store):
    def point():
        with store.read() as session:
            return changes.store_state(session).point

    def follows(seen):
        with store.read() as session:
            return changes.follows_from(session, changes.store_state(session), seen)

    before = point()
    with store.write() as session:
        session.get_one(ServiceRow, "s1").name = "Bread"
    after = point()
    assert after.sequence == before.sequence + 1
    assert follows(before)
    assert follows(after)
    others = [
        replace(after, token=after.token ^ 1),
        replace(before, token=before.token ^ 1),
        replace(before, store_id="another"),
        replace(after, sequence=after.sequence + 1),
    ]
    assert not any(map(follows, others))


def test_sqlite_has_on_disk_what_was_committed(sqlite_databases):
    store = Store(sqlite_databases.migrated())
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    store.close()
