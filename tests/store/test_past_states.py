"""What the history has is put back as it was: days, instants, what was deleted."""

from datetime import UTC, date, datetime

import pytest

from referral.records.edits import Author, MadeBy
from referral.records.hsds import Organization, Service
from referral.store.conversion import row_from
from referral.store.history import edits_of
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.undo import restore

GONE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def store(each_store):
    with each_store.write() as session:
        session.add(row_from(Organization(id="o1", name="Table")))
        day = date(2026, 3, 4)
        row = row_from(Service(id="s1", organization_id="o1", name="Pantry", assured_date=day))
        row.retired_at = GONE
        session.add(row)
    return each_store


def last_edit(session):
    return edits_of(session, "service", ["s1"])[0]


def test_days_and_instants_come_back(store):
    with store.write() as session:
        row = session.get_one(ServiceRow, "s1")
        row.assured_date, row.retired_at, row.name = None, None, "Larder"
    with store.write(Author(made_by=MadeBy.RESTORE)) as session:
        assert restore(session, [last_edit(session)], ["assured_date", "retired_at"])
    with store.read() as session:
        row = session.get_one(ServiceRow, "s1")
        assert (row.assured_date, row.retired_at, row.name) == (date(2026, 3, 4), GONE, "Larder")


def test_what_was_deleted_comes_back_whole(store):
    with store.write() as session:
        session.delete(session.get_one(ServiceRow, "s1"))
    with store.write() as session:
        assert restore(session, [last_edit(session)])
    with store.write() as session:
        row = session.get_one(ServiceRow, "s1")
        assert (row.name, row.organization_id, row.assured_date) == (
            "Pantry", "o1", date(2026, 3, 4),
        )  # fmt: skip
        deleted = edits_of(session, "service", ["s1"])[1]
        assert not restore(session, [deleted])


def test_what_was_added_is_retired_and_not_forgotten(store):
    with store.write() as session:
        added = edits_of(session, "organization", ["o1"])[0]
        assert restore(session, [added])
        retired_at = session.get_one(OrganizationRow, "o1").retired_at
        assert retired_at
        assert not restore(session, [added])
        assert session.get_one(OrganizationRow, "o1").retired_at == retired_at


def test_more_than_one_edit_is_put_back_where_one_was_already(store):
    with store.write() as session:
        session.get_one(OrganizationRow, "o1").name = "Shelf"
        session.get_one(ServiceRow, "s1").name = "Larder"
    with store.write() as session:
        session.get_one(ServiceRow, "s1").name = "Pantry"
    with store.write() as session:
        edits = (
            edits_of(session, "organization", ["o1"])[0],
            edits_of(session, "service", ["s1"])[1],
        )
        assert restore(session, edits)
        assert session.get_one(OrganizationRow, "o1").name == "Table"
        session.flush()
        assert not restore(session, edits)


def test_a_change_brings_nothing_back_that_was_deleted_since(store):
    with store.write() as session:
        session.get_one(ServiceRow, "s1").name = "Larder"
    with store.write() as session:
        session.delete(session.get_one(ServiceRow, "s1"))
    with store.write() as session:
        assert not restore(session, edits_of(session, "service", ["s1"])[1:2])
    with store.read() as session:
        assert session.get(ServiceRow, "s1") is None


def test_what_was_added_and_deleted_in_one_go_does_not_come_back(store):
    group = Author(group_id="g")
    with store.write(group) as session:
        session.add(row_from(Service(id="s2", organization_id="o1", name="Larder")))
    with store.write(group) as session:
        session.delete(session.get_one(ServiceRow, "s2"))
    with store.write() as session:
        assert not restore(session, edits_of(session, "service", ["s2"]))
        assert session.get(ServiceRow, "s2") is None
