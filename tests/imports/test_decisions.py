"""What a person decides of a list: a wider decision replaces the narrower ones below it."""

import pytest

from referral.accounts.audit import AuditFilters, list_audit_entries
from referral.errors import NotFoundError, RefusedError
from referral.imports.decisions import DecisionScope, accepted_change, decide
from referral.imports.list_changes import ListChange, pack, unpack
from referral.imports.records import ChangeAction, ChangeGroup, Decision
from referral.imports.rows import ReviewItemRow
from referral.store.rows_log import ImportBatchRow

ACCEPT, LEAVE, SOME = Decision.ACCEPT, Decision.LEAVE, Decision.SOME
PHONES = ChangeGroup.PHONE_CHANGED
ALL = {"p1": {"number", "description"}, "p2": set()}


@pytest.fixture
def reviewed(directory):
    """Give two lists; each says the same two things in two groups, all accepted."""
    common = {"kind": "phone", "origin": ("x", "", "", 0, {}), "columns": {}, "conflicts": [],
              "is_private": False}  # fmt: skip
    fields = {"number": ("1", "2"), "description": ("", "Desk")}
    changes = [
        ListChange(action=ChangeAction.CHANGED, record_id="p1", fields=fields, **common),
        ListChange(action=ChangeAction.NEW, record_id="p2", fields={}, **common),
    ]
    with directory.store.write() as session:
        for batch_id in ("b", "c"):
            session.add(ImportBatchRow(id=batch_id, source="x", format="", list_name="",
                                       started_at=directory.now(), state="ready"))  # fmt: skip
            session.flush()
            for number, group in enumerate((PHONES, ChangeGroup.CONTACT)):
                session.add(ReviewItemRow(
                    batch_id=batch_id, number=number, kind="service", record_id="s", title="",
                    subtitle="", change_group=group.value, changes=pack(changes),
                    decision=ACCEPT.value,
                ))  # fmt: skip
    return directory


def taken(directory, batch_id="b", number=0):
    """Give what applies of an item, and its decision."""
    with directory.store.read() as session:
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
