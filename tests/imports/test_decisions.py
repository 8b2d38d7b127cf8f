"""What a person decides of a list: a wider decision replaces the narrower ones below it."""

import pytest

from referral.accounts.audit import AuditFilters, list_audit_entries
from referral.errors import NotFoundError, RefusedError
from referral.imports.decisions import (
    DecisionScope,
    accepted_change,
    accepted_changes,
    decide,
)
from referral.imports.list_changes import ListChange, pack, unpack
from referral.imports.records import ChangeAction, ChangeGroup, Decision
from referral.imports.rows import ReviewItemRow
from referral.store.rows_log import ImportBatchRow

ACCEPT, LEAVE, SOME = Decision.ACCEPT, Decision.LEAVE, Decision.SOME
PHONES = ChangeGroup.PHONE_CHANGED
ALL = {"p1": {"number", "description"}, "p2": set()}


@pytest.fixture
def reviewed(instance):
    """Give two lists; each says the same two things in two groups, all accepted."""
    changes = [changed("phone/p1", number="2", description="Desk"), new("phone/p2")]
    for batch_id in ("b", "c"):
        review(
            instance, ("service/s", PHONES, ACCEPT, changes),
            ("service/s", ChangeGroup.CONTACT, ACCEPT, changes), batch_id=batch_id,
        )  # fmt: skip
    return instance


def new(key, **columns):
    return change(ChangeAction.NEW, key, columns, {})


def changed(key, **fields):
    return change(ChangeAction.CHANGED, key, {}, {name: ("", to) for name, to in fields.items()})


def change(action, key, columns, fields):
    kind, record_id = key.split("/")
    return ListChange(action=action, kind=kind, record_id=record_id, columns=columns,
                      fields=fields, origin=("x", "", "", 0, {}), conflicts=[])  # fmt: skip


def review(instance, *items, batch_id="b"):
    """Store a list with its review items; a decision is one of all changes, or of each."""
    with instance.store.write() as session:
        session.add(ImportBatchRow(id=batch_id, source="x", format="", list_name="",
                                   started_at=instance.now(), state="ready"))  # fmt: skip
        session.flush()
        for number, (listing, group, decision, changes) in enumerate(items):
            kind, record_id = listing.split("/")
            choices = decision if isinstance(decision, dict) else {}
            session.add(ReviewItemRow(
                batch_id=batch_id, number=number, kind=kind, record_id=record_id, title="",
                subtitle="", change_group=group.value, changes=pack(changes),
                decision=(SOME if choices else decision).value, choices=choices,
            ))  # fmt: skip


def written(instance, batch_id="b"):
    """Give what is written of a list, in order: each record with its fields."""
    with instance.store.write() as session:
        return [(each.key, {*each.fields}) for each in accepted_changes(session, batch_id)]


def taken(instance, batch_id="b", number=0):
    """Give what applies of an item, and its decision."""
    with instance.store.read() as session:
        item = session.get_one(ReviewItemRow, (batch_id, number))
        found = [accepted_change(item, change) for change in unpack(item.changes)]
        if item.decision != SOME:
            assert item.choices == {}
        return {each.record_id: set(each.fields) for each in found if each}, item.decision


NUMBER, DESCRIPTION = (
    DecisionScope(number=0, record="phone/p1", field=each) for each in ("number", "description")
)
FIRST, SECOND = (DecisionScope(number=0, record=f"phone/{each}") for each in ("p1", "p2"))
ITEM, GROUP = DecisionScope(number=0), DecisionScope(group=PHONES)


@pytest.mark.parametrize(
    ("steps", "applies", "decision"),
    [
        ([(LEAVE, NUMBER)], {"p1": {"description"}, "p2": set()}, SOME),
        ([(LEAVE, FIRST)], {"p2": set()}, SOME),
        ([(LEAVE, SECOND)], {"p1": {"number", "description"}}, SOME),
        ([(LEAVE, NUMBER), (ACCEPT, NUMBER)], ALL, ACCEPT),
        ([(LEAVE, NUMBER), (ACCEPT, FIRST)], ALL, ACCEPT),
        ([(LEAVE, NUMBER), (LEAVE, SECOND)], {"p1": {"description"}}, SOME),
        ([(LEAVE, NUMBER), (LEAVE, DESCRIPTION), (LEAVE, SECOND)], {}, LEAVE),
        ([(LEAVE, NUMBER), (LEAVE, ITEM)], {}, LEAVE),
        ([(LEAVE, NUMBER), (ACCEPT, GROUP)], ALL, ACCEPT),
        ([(LEAVE, ITEM), (ACCEPT, NUMBER)], {"p1": {"number"}}, SOME),
        ([(LEAVE, GROUP)], {}, LEAVE),
    ],
)
def test_what_applies_after_some_decisions(reviewed, steps, applies, decision):
    for each, scope in steps:
        decide(reviewed, "b", each, scope)
    assert taken(reviewed) == (applies, decision)
    assert taken(reviewed, number=1) == (ALL, ACCEPT), "another group"
    assert taken(reviewed, "c") == (ALL, ACCEPT), "another list"
    details = [each.detail for each in list_audit_entries(reviewed, AuditFilters())]
    of_one = {"group": PHONES.value, "items": 1}
    of_all = {"group": PHONES.value}
    assert details == [of_all if scope is GROUP else of_one for _, scope in steps]


@pytest.mark.parametrize(
    "scope",
    [
        DecisionScope(),
        DecisionScope(number=2),
        DecisionScope(number=0, record="phone/p3"),
        DecisionScope(number=0, record="phone/p3", field="number"),
        DecisionScope(number=0, record="phone/p1", field="extension"),
    ],
)
def test_what_the_list_does_not_say_is_not_decided(reviewed, scope):
    with pytest.raises(NotFoundError):
        decide(reviewed, "b", LEAVE, scope)
    assert taken(reviewed) == (ALL, ACCEPT)


def test_nothing_is_decided_of_a_list_that_is_applied(reviewed):
    with reviewed.store.write() as session:
        session.get_one(ImportBatchRow, "b").state = "applied"
    with pytest.raises(RefusedError):
        decide(reviewed, "b", LEAVE, ITEM)


@pytest.fixture
def few_at_a_time(monkeypatch):
    monkeypatch.setattr("referral.imports.decisions._ITEMS_AT_A_TIME", 2)


NEW_SERVICE, NEW_AGENCY = ChangeGroup.SERVICE_NEW, ChangeGroup.ORGANIZATION_NEW


@pytest.mark.parametrize(
    "left", [LEAVE, {"organization/o": "leave", "url/u": "accept"}], ids=["item", "record"]
)
def test_nothing_below_a_new_record_that_is_left_is_written(instance, few_at_a_time, left):
    agency = new("organization/o"), new("url/u")
    service = new("service/s", organization_id="o"), new("phone/p", service_id="s")
    review(
        instance,
        ("organization/a", ChangeGroup.NAME, ACCEPT, [changed("organization/a", name="A")]),
        ("service/s", NEW_SERVICE, ACCEPT, [*service, new("phone/other", service_id="a")]),
        ("organization/o", NEW_AGENCY, left, agency),
        ("service/o", NEW_SERVICE, ACCEPT, [new("service/o", organization_id="a")]),
        ("service/last", NEW_SERVICE, ACCEPT, [new("service/last", organization_id="a")]),
    )
    review(instance, ("organization/o", NEW_AGENCY, ACCEPT, agency), batch_id="c")
    assert written(instance) == [
        ("organization/a", {"name"}), ("phone/other", set()),
        *([] if left is LEAVE else [("url/u", set())]), ("service/o", set()),
        ("service/last", set()),
    ]  # fmt: skip
    assert written(instance, "c") == [("organization/o", set()), ("url/u", set())]


def test_a_part_that_was_accepted_is_left_with_its_new_record(instance):
    agency = new("organization/o"), new("url/u", organization_id="o"), new("url/a")
    some = {"organization/o": "leave", "url/u": "accept", "url/a": "accept"}
    review(instance, ("organization/o", NEW_AGENCY, some, agency))
    assert written(instance) == [("url/a", set())]


def test_a_record_is_not_moved_below_a_new_one_that_is_left(instance):
    moved = changed("service/s", organization_id="o", name="S"), changed("url/u", service_id="n")
    review(
        instance,
        ("organization/o", NEW_AGENCY, LEAVE, [new("organization/o")]),
        ("service/n", NEW_SERVICE, LEAVE, [new("service/n", organization_id="a")]),
        ("service/s", ChangeGroup.NAME, ACCEPT, moved),
        ("service/t", ChangeGroup.NAME, ACCEPT, [changed("service/t", organization_id="a")]),
    )
    assert written(instance) == [("service/s", {"name"}), ("service/t", {"organization_id"})]


def test_what_is_left_of_a_stored_record_keeps_nothing_below_it_out(instance):
    review(
        instance,
        ("organization/a", ChangeGroup.NAME, LEAVE, [changed("organization/a", name="A")]),
        ("service/s", NEW_SERVICE, ACCEPT, [new("service/s", organization_id="a")]),
    )
    assert written(instance) == [("service/s", set())]


def test_a_record_of_several_groups_is_written_in_one_change(instance):
    contact = [changed("phone/p", description="Desk"), changed("contact/c", name="C")]
    review(
        instance,
        ("service/s", ChangeGroup.CONTACT, ACCEPT, contact),
        ("service/s", PHONES, ACCEPT, [changed("phone/p", number="2")]),
        ("service/t", PHONES, ACCEPT, [changed("phone/q", number="2")]),
    )
    assert written(instance) == [
        ("phone/p", {"number", "description"}), ("contact/c", {"name"}), ("phone/q", {"number"}),
    ]  # fmt: skip


@pytest.mark.parametrize("group", [ChangeGroup.WITHHELD, NEW_SERVICE])
def test_a_new_record_is_held_where_a_rule_withholds_it(instance, group):
    review(instance, ("service/s", group, ACCEPT, [new("service/s")]))
    with instance.store.write() as session:
        held = [each.is_withheld for each in accepted_changes(session, "b")]
    assert held == [group is ChangeGroup.WITHHELD]
