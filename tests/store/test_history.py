"""Every change of a record leaves a trail: what, before and after, by whom, in one go with what."""

from dataclasses import replace
from datetime import date

import pytest

from referral.records.classification import ServiceHeading
from referral.records.edits import Action, Author, MadeBy
from referral.records.hsds import Organization, Service
from referral.store.conversion import row_from
from referral.store.history import edits_of, edits_of_group
from referral.store.rows import HeadingRow, OrganizationRow, ServiceRow

HAND = Author(made_by=MadeBy.HAND, account_id="a1")


@pytest.fixture
def pantry(each_store):
    service = Service(id="s1", organization_id="o1", name="Pantry", assured_date=date(2026, 1, 2))
    with each_store.write() as session:
        session.add(row_from(Organization(id="o1", name="Table")))
        session.add(row_from(service))
    return service


def test_a_new_record_is_noted_without_its_fields(each_store, pantry):
    with each_store.read() as session:
        [edit] = edits_of(session, "service", ["s1"])
    assert (edit.action, edit.author.made_by, dict(edit.fields)) == (
        Action.CREATED, MadeBy.SYSTEM, {},
    )  # fmt: skip


def test_a_change_keeps_what_was_before_and_who_did_it(each_store, pantry):
    with each_store.write(HAND) as session:
        row = session.get_one(ServiceRow, "s1")
        row.name, row.assured_date = "Food pantry", date(2026, 3, 4)
        row.description = row.description
    with each_store.read() as session:
        edit = edits_of(session, "service", ["s1"])[0]
    assert edit.fields == {
        "name": ("Pantry", "Food pantry"),
        "assured_date": ("2026-01-02", "2026-03-04"),
    }
    assert edit.author == HAND


def test_what_is_set_to_what_it_was_is_no_change(each_store, pantry):
    with each_store.write(HAND) as session:
        session.get_one(ServiceRow, "s1").name = "Pantry"
    with each_store.read() as session:
        assert len(edits_of(session, "service", ["s1"])) == 1


def test_what_is_deleted_is_kept_whole(each_store, pantry):
    with each_store.write(HAND) as session:
        session.delete(session.get_one(ServiceRow, "s1"))
    with each_store.read() as session:
        edit = edits_of(session, "service", ["s1"])[0]
    assert edit.action is Action.DELETED
    assert edit.fields["name"] == ("Pantry", None)
    assert edit.fields["assured_date"] == ("2026-01-02", None)


def test_a_group_is_what_was_done_in_one_go_newest_first(each_store, pantry):
    author = replace(HAND, group_id="in-one-go")
    with each_store.write(author) as session:
        session.get_one(OrganizationRow, "o1").name = "Table Two"
        session.flush()
        session.get_one(ServiceRow, "s1").name = "Pantry Two"
    with each_store.read() as session:
        assert [edit.kind for edit in edits_of_group(session, "in-one-go")] == [
            "service", "organization",
        ]  # fmt: skip


def test_what_is_rolled_back_leaves_no_trail(each_store, pantry):
    with pytest.raises(RuntimeError), each_store.write(HAND) as session:
        session.get_one(ServiceRow, "s1").name = "Never"
        session.flush()
        raise RuntimeError
    with each_store.read() as session:
        assert len(edits_of(session, "service", ["s1"])) == 1


@pytest.mark.parametrize(("set_by", "noted"), [("staff", 1), ("rule", 0)])
def test_a_heading_set_by_hand_leaves_a_trail_and_one_by_rule_does_not(
    each_store, pantry, set_by, noted
):
    with each_store.write() as session:
        session.add(HeadingRow(slug="food", name="Food"))
        session.flush()
        heading = ServiceHeading(id="h1", service_id="s1", heading="food", set_by=set_by)
        session.add(row_from(heading))
    with each_store.read() as session:
        assert len(edits_of(session, "service_heading", ["h1"])) == noted
