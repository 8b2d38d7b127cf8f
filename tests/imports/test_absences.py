"""What a followed list takes away: shares, numbers of lists and days, and whose part a record is."""

from datetime import UTC, datetime, timedelta

import pytest

from referral.imports.absences import (
    SHORT,
    AbsenceRules,
    ListScope,
    absence_rules,
    count_absences,
    count_anew,
    has_absences,
    owner_of,
)
from referral.imports.rows import ImportAbsenceRow
from referral.records.hsds import Location, Phone, Schedule, Service

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
PANTRY = Service(id="s1", organization_id="o1", name="Pantry")
PHONE = Phone(id="p1", service_id="s1", number="814-555-0101")
HOURS = Schedule(id="h1", service_id="s1", opens_at="09:00")
OVERDUE = frozenset({("service", "s1"), ("service", "s2")})


@pytest.mark.parametrize(
    ("kind", "found", "missing", "is_short"),
    [
        ("service", 80, 20, False),
        ("service", 79, 21, True),
        ("service", 7, 3, True),
        ("location", 7, 3, True),
        ("organization", 7, 3, True),
        ("service", 5, 4, False),  # of so few no share says anything
        ("phone", 0, 50, False),
        ("program", 0, 50, False),
    ],
)
def test_a_list_with_less_than_four_fifths_of_what_there_was_is_short(
    kind, found, missing, is_short
):
    for scope, wanted in (
        (ListScope(), is_short),
        (ListScope(is_shrunk=True), False),
        (ListScope(is_whole=False), False),
    ):
        rules = AbsenceRules(scope)
        rules.note_shares({kind: found}, {kind: missing})
        assert rules.is_short is wanted
        assert [each.code for each in rules.problems()] == ([SHORT] if wanted else [])


@pytest.mark.parametrize("is_short", [False, True])
def test_a_short_list_takes_no_part_and_no_record_away(is_short):
    rules = AbsenceRules(ListScope(), OVERDUE)
    rules.note_listed(PANTRY)
    rules.is_short = is_short
    for part in (PHONE, HOURS):
        assert rules.is_gone(part, is_part=True) is not is_short
    gone = Service(id="s2", organization_id="o1", name="Kitchen")
    assert rules.is_gone(gone, is_part=False) is not is_short
    assert rules.absent == ([] if is_short else [("service", "s2")])


def test_a_part_goes_with_what_is_gone_and_with_nothing_else():
    said = ListScope(is_whole=False, gone=[("service", "s1"), ("phone", "p9")])
    rules = AbsenceRules(said, OVERDUE)
    assert rules.is_gone(PANTRY, is_part=False)
    assert rules.is_gone(PHONE, is_part=True)
    assert rules.is_gone(Phone(id="p9", service_id="s3", number="1"), is_part=True)
    assert not rules.is_gone(Phone(id="p8", service_id="s3", number="1"), is_part=True)
    assert rules.absent == [], "a list of changes lacks nothing"
    assert rules.gone_of("phone") == {"p1", "p9"}


def test_a_list_of_changes_tells_the_parts_of_its_documents_only():
    rules = AbsenceRules(ListScope(is_whole=False, documents=[("service", "s1")]))
    other = Phone(id="p2", service_id="s2", number="814-555-0102")
    for record in (PANTRY, PHONE, other):
        rules.note_listed(record)
    assert rules.owners() == {"service": {"s1"}, "phone": {"p1"}}
    assert rules.is_gone(HOURS, is_part=True)
    assert not rules.is_gone(Schedule(id="h2", service_id="s2"), is_part=True)


def test_a_part_belongs_to_the_narrowest_of_its_parents():
    at_both = Phone(id="p", service_id="s1", location_id="l1", organization_id="o1", number="1")
    assert owner_of(at_both) == ("service", "s1")
    assert owner_of(Phone(id="p", location_id="l1", organization_id="o1", number="1")) == (
        "location", "l1",
    )  # fmt: skip
    assert owner_of(Schedule(id="h", service_id="s1", service_at_location_id="at")) == (
        "service_at_location", "at",
    )  # fmt: skip
    assert owner_of(Phone(id="p", contact_id="c1", service_id="s1", number="1")) == (
        "contact", "c1",
    )  # fmt: skip
    assert owner_of(Location(id="l1", name="Hall")) == ("", "")


def missed(session, source="county", **more):
    row = {"source": source, "kind": "service", "record_id": "s1", "lists": 2, "batch_id": "b1"}
    session.add(ImportAbsenceRow(**{**row, "first_missed_at": NOW - WEEK, **more}))
    session.flush()


@pytest.mark.parametrize(
    ("more", "scope", "is_overdue"),
    [
        ({}, ListScope(), True),
        ({"first_missed_at": NOW - WEEK + timedelta(seconds=1)}, ListScope(), False),
        ({"lists": 1}, ListScope(), False),
        ({"batch_id": "b2"}, ListScope(), False),  # the same list is read again
        ({"batch_id": "b2", "lists": 3}, ListScope(), True),
        ({"source": "other"}, ListScope(), False),
        ({}, ListScope(is_whole=False), False),
    ],
)
def test_a_record_is_overdue_with_the_third_whole_list_after_a_week(
    session, more, scope, is_overdue
):
    missed(session, **more)
    rules = absence_rules(session, "county", "b2", scope, NOW)
    assert rules.overdue == ({("service", "s1")} if is_overdue else frozenset())


def test_counting_one_source_leaves_the_counts_of_others(session):
    missed(session)
    missed(session, kind="location")
    missed(session, record_id="s2")
    missed(session, source="other")
    missed(session, source="other", record_id="s9")

    def counts(source="county"):
        session.flush()
        session.expire_all()
        rows = session.query(ImportAbsenceRow).filter_by(source=source)
        return {(row.kind, row.record_id): row.lists for row in rows}

    count_absences(session, "county", "b2", [("service", "s1"), ("service", "s3")], NOW)
    assert counts() == {("service", "s1"): 3, ("service", "s3"): 1}
    count_absences(session, "county", "b2", [("service", "s1"), ("service", "s3")], NOW)
    assert counts() == {("service", "s1"): 3, ("service", "s3"): 1}, "the same list counts once"
    count_anew(session, "county", NOW)
    assert set(counts().values()) == {0}
    assert counts("other") == {("service", "s1"): 2, ("service", "s9"): 2}
    count_absences(session, "county", "b3", [], NOW)
    assert not has_absences(session, "county")
    assert has_absences(session, "other")
