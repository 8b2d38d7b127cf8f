"""The plan of an import: what a list changes of what is stored, and what stays."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from referral.formats.reading.items import RefusedRow
from referral.imports.absences import AbsenceRules, ListScope
from referral.imports.merged_twins import MergedTwin, suggest, survivors
from referral.imports.plan import plan_import
from referral.imports.records import ChangeAction, SourceRules
from referral.imports.stored_records import StoredRecords
from referral.records.classification import TaxonomyTerm, Translation
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import Origin, SourcedRecord, kind_of
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS, row_from
from referral.store.rows_log import RecordMergeRow
from referral.verification.records import ReportStatus
from referral.verification.rows import SuggestionRow

WITHHELD, STAFF, PUBLIC = Visibility.WITHHELD, Visibility.STAFF, Visibility.PUBLIC
RETIRED = datetime(2026, 10, 1, tzinfo=UTC)
TABLE = Organization(id="o2", name="Table", description="We help.")
PANTRY = Service(id="s1", organization_id="o1", name="Pantry", description="Bread.")
PHONE = Phone(id="p1", service_id="s1", number="814-555-0101", tel="+18145550101")
HALL = Location(
    id="l1", organization_id="o1", name="Hall", location_type="physical", latitude=41.6,
    longitude=-80.1, position_source="file",
)  # fmt: skip
STREET = Address(
    id="a1", location_id="l1", address_1="1 Elm St", city="Meadville", address_type="physical"
)


@pytest.fixture
def store(store):
    keep(store, Organization(id="o1", name="Shelf"), source="another list")
    return store


def keep(store, *records, source="county", line=0, retired=None):
    with store.write(Author(made_by=MadeBy.IMPORT)) as session:
        for record in records:
            row = row_from(record)
            row.source, row.origin_file, row.origin_line = source, "list.csv", line
            row.retired_at = retired
            session.add(row)


def edit(store, record, **values):
    with store.write(Author(made_by=MadeBy.HAND)) as session:
        row = session.get_one(ROWS[kind_of(record)], record.id)
        for name, value in values.items():
            setattr(row, name, value)


def listed(record, line=0):
    return SourcedRecord(record, Origin(source="county", key="", file="list.csv", line=line))


def plan(store, *records, held=(), absences=None, **rules):
    items = [each if isinstance(each, SourcedRecord | RefusedRow) else listed(each)
             for each in records]  # fmt: skip
    with store.read() as session:
        stored = StoredRecords(session, "county")
        said = SourceRules(name="county", **rules)
        return plan_import(items, stored, frozenset(held), said, absences)


def changes(found):
    """Give action, kind, id and fields of each change."""
    return [
        (each.action.value, kind_of(each.record), each.record.id, dict(each.fields))
        for each in found.changes
    ]


@pytest.mark.parametrize(
    ("stored", "said", "then"),
    [
        (PUBLIC, STAFF, STAFF),
        (PUBLIC, WITHHELD, WITHHELD),
        (STAFF, WITHHELD, WITHHELD),
        (STAFF, PUBLIC, STAFF),
        (WITHHELD, STAFF, WITHHELD),
        (WITHHELD, PUBLIC, WITHHELD),
    ],
)
@pytest.mark.parametrize("by_hand", [False, True])
def test_a_list_only_ever_shows_less(store, stored, said, then, by_hand):
    keep(store, replace(PANTRY, visibility=stored))
    for each in (said, stored) if by_hand else ():
        edit(store, PANTRY, visibility=each.value)
    found = plan(store, replace(PANTRY, visibility=said))
    fields = {"visibility": (stored, then)} if stored is not then else {}
    assert changes(found) == ([("changed", "service", "s1", fields)] if fields else [])
    assert all(not each.conflicts for each in found.changes), "protection is no conflict"


def test_what_the_reader_held_back_stays_as_somebody_decided(store):
    keep(store, replace(HALL, visibility=WITHHELD))
    edit(store, HALL, visibility="public")
    assert changes(plan(store, replace(HALL, visibility=WITHHELD), held=["l1"])) == []
    new = replace(HALL, id="l2", visibility=WITHHELD)
    (change,) = plan(store, HALL, new, held=["l2"]).changes
    assert change.is_withheld


def test_what_the_reader_holds_back_is_withheld_though_it_was_public(store):
    keep(store, HALL)
    found = plan(store, replace(HALL, visibility=WITHHELD), held=["l1"])
    assert changes(found) == [("changed", "location", "l1", {"visibility": (PUBLIC, WITHHELD)})]


def test_an_edit_by_hand_stays_unless_its_kind_is_trusted(store):
    keep(store, PANTRY, PHONE)
    edit(store, PHONE, number="814-555-0777", tel="+18145550777")
    said = replace(PHONE, number="814-555-0199", tel="+18145550199", description="Desk")
    found = plan(store, PANTRY, said)
    (change,) = found.changes
    assert change.conflicts == {"number", "tel"}
    assert change.writes, "the description is news"
    assert [each.code for each in found.problems] == ["edited-by-hand"]
    only_numbers = replace(said, description="")
    assert not plan(store, PANTRY, only_numbers).writes
    assert plan(store, replace(PANTRY, name="Larder"), only_numbers).writes
    (change,) = plan(store, PANTRY, said, trusted_kinds=frozenset({"phone"})).changes
    assert not change.conflicts
    (change,) = plan(store, PANTRY, said, trusted_kinds=frozenset({"service"})).changes
    assert change.conflicts


def test_a_moved_topic_keeps_the_order_of_its_siblings_and_takes_the_rest(store):
    pantry, meals = (
        TaxonomyTerm(id=key, name=key, parent_id="food", sort=sort)
        for key, sort in (("pantry", 10), ("meals", 20))
    )
    keep(store, TaxonomyTerm(id="food", name="food"), pantry, meals)
    edit(store, meals, sort=5)
    food = TaxonomyTerm(id="food", name="food", sort=30)
    word = Translation(
        id="w", link_entity="taxonomy_term", link_id="meals", language="es", field="name", text="x"
    )
    new = replace(meals, id="snap", sort=15)
    found = plan(store, food, replace(pantry, sort=40, name="Larder"), meals, new, word)
    assert [change.record.id for change in found.changes if change.writes] == [
        "food", "pantry", "snap", "w",
    ]  # fmt: skip
    assert {each.record.id: each.conflicts for each in found.changes if each.conflicts} == {
        "pantry": {"sort"}, "meals": {"sort"},
    }  # fmt: skip


@pytest.mark.parametrize("is_authority", [False, True])
def test_a_blank_empties_a_field_only_for_an_authority(store, is_authority):
    keep(store, TABLE)
    found = plan(store, replace(TABLE, description=""), is_authority=is_authority)
    fields = {"description": ("We help.", "")}
    assert changes(found) == ([("changed", "organization", "o2", fields)] if is_authority else [])


def test_what_comes_back_is_no_longer_retired(store):
    keep(store, PANTRY, retired=RETIRED)
    (change,) = changes(plan(store, PANTRY))
    assert change == ("changed", "service", "s1", {"retired_at": (RETIRED.isoformat(), None)})
    assert changes(plan(store)) == [], "what is gone is not gone again"


def test_a_merged_record_does_not_come_back_and_its_news_is_suggested(store):
    keep(store, PANTRY, retired=RETIRED)
    with store.write() as session:
        session.add(
            RecordMergeRow(
                group_id="m", kind="service", loser_id="s1", survivor_id="s9", merged_at=RETIRED
            )
        )
    found = plan(store, replace(PANTRY, name="Larder", description="Soup."))
    assert found.changes == ()
    (twin,) = found.merged
    assert (twin.survivor_id, twin.texts) == ("s9", {"description": "Soup."})
    assert plan(store, replace(PANTRY, name="Larder")).merged == ()
    with store.write() as session:
        session.get_one(RecordMergeRow, "m").undone_at = RETIRED
    assert len(plan(store, PANTRY).changes) == 1


def merge(session, loser, survivor, kind="service", day=1):
    session.add(
        RecordMergeRow(
            group_id=f"{kind}{loser}", kind=kind, loser_id=loser, survivor_id=survivor,
            merged_at=RETIRED.replace(day=day),
        )
    )  # fmt: skip


def test_a_merged_record_leads_to_the_one_that_stayed_in_the_end(store):
    with store.write() as session:
        merge(session, "a", "b")
        merge(session, "b", "c", day=2)
        merge(session, "a", "z", kind="organization")
        merge(session, "x", "y")
        merge(session, "y", "x", day=2)
        session.flush()
        found = survivors(session, "service")
    assert (found["a"], found["b"]) == ("c", "c")
    assert found.keys() == {"a", "b", "x", "y"}, "a circle has an end"


@pytest.mark.parametrize(
    ("survivor", "text", "count"),
    [
        ({}, "Soup.", 1),
        ({}, "Bread.", 0),  # it says so already
        ({}, "", 0),
        ({"visibility": STAFF.value}, "Soup.", 0),
        ({"retired_at": RETIRED}, "Soup.", 0),
    ],
)
def test_news_of_a_merged_record_is_suggested_once_to_a_public_one(store, survivor, text, count):
    keep(store, PANTRY)
    edit(store, PANTRY, **survivor)
    twin = MergedTwin("service", "s1", {"description": text})
    with store.write() as session:
        assert suggest(session, [twin], RETIRED) == count
        session.flush()
        session.execute(update(SuggestionRow).values(status=ReportStatus.DECLINED.value))
        assert suggest(session, [twin], RETIRED) == 0
        other = MergedTwin("service", "s1", {"url": text})
        assert suggest(session, [other], RETIRED) == (count if text != "Bread." else 1)
        agencies = {each.organization_id for each in session.query(SuggestionRow)}
    assert agencies <= {"o1"}


def test_a_record_of_another_list_is_left_to_that_list(store):
    keep(store, TABLE, source="other")
    blank = replace(TABLE, description="", visibility=PUBLIC)
    found = plan(store, blank)
    assert (found.changes, found.counts["organization"].shared) == ((), 1)
    found = plan(store, replace(TABLE, name="Shelf"))
    assert (found.changes, found.counts["organization"].told_differently) == ((), 1)
    assert changes(plan(store)) == [], "nor is it gone where this list lacks it"


def written(found):
    """Give the ids of what is written where nobody decides."""
    return {each.record.id for each in found.changes if each.writes}


def test_what_somebody_edited_stays_with_its_parts_and_with_what_it_hangs_on(store):
    other = replace(PANTRY, id="s2", organization_id="o2")
    ours = replace(other, id="s3")
    at = ServiceAtLocation(id="at1", service_id="s3", location_id="l1")
    hall = replace(HALL, organization_id="o2")
    agency_phone = Phone(id="p0", organization_id="o2", number="814-555-0100")
    phone, other_phone = replace(PHONE, service_id="s3"), replace(PHONE, id="p2", service_id="s2")
    keep(store, TABLE, PANTRY, other, ours, hall, at, STREET, phone, other_phone, agency_phone)
    edit(store, ours, description="Ours.")
    left = {each.record.id for each in plan(store, PANTRY).changes if each.is_kept}
    assert left == {"o2", "s3", "l1", "at1", "a1", "p1", "p0"}
    assert written(plan(store, PANTRY)) == {"s2", "p2"}


def test_what_an_edited_agency_lists_goes_with_its_phones_where_the_list_lacks_it(store):
    keep(store, TABLE, replace(PANTRY, organization_id="o2"), PHONE)
    edit(store, TABLE, description="Ours.")
    assert written(plan(store)) == {"s1", "p1"}


def test_what_the_list_lacks_is_gone_with_a_mark_of_what_was_edited_here(store):
    others = [replace(PANTRY, id=f"s{n}") for n in range(2, 6)]
    keep(store, PANTRY, *others)
    edit(store, others[0], description="Ours.")
    edit(store, others[1], visibility="staff")
    ours = Phone(id="ours", service_id="s4", number="814-555-0001")
    keep(store, ours, source=HAND_SOURCE)
    keep(store, replace(ours, id="gone", service_id="s5"), source=HAND_SOURCE, retired=RETIRED)
    found = plan(store, PANTRY)
    assert {each.record.id: each.is_kept for each in found.changes} == {
        "s2": True, "s3": False, "s4": True, "s5": False,
    }  # fmt: skip
    assert {each.action for each in found.changes} == {ChangeAction.GONE}
    assert found.writes
    assert found.counts["service"].gone == 4


def test_a_refused_row_leaves_what_is_stored(store):
    keep(store, PANTRY)
    assert changes(plan(store, RefusedRow("service", (), id="s1"))) == []


HOURS = Schedule(id="h1", service_id="s1", opens_at="09:00")


@pytest.mark.parametrize(
    ("line", "parts", "rules", "is_gone"),
    [
        (5, [], {}, False),  # the row is there, and its cell is blank
        (5, [], {"is_authority": True}, True),
        (6, [], {}, True),  # it came from a row of its own
        (5, [replace(HOURS, id="h2")], {}, True),  # other hours stand in the cell
        (5, [replace(PHONE, id="p2")], {}, False),
    ],
)
def test_a_blank_cell_takes_no_hours_away(store, line, parts, rules, is_gone):
    keep(store, PANTRY, line=5)
    keep(store, HOURS, line=line)
    found = plan(store, PANTRY, *parts, **rules)
    gone = [each.record.id for each in found.changes if each.action is ChangeAction.GONE]
    assert gone == (["h1"] if is_gone else [])


def test_a_service_that_its_row_has_no_more_is_gone(store):
    keep(store, TABLE, replace(PANTRY, organization_id="o2"), line=5)
    assert [each[:3] for each in changes(plan(store, TABLE))] == [("gone", "service", "s1")]


@pytest.mark.parametrize(
    ("listed_count", "is_whole", "is_short", "gone"),
    [
        (12, True, False, ["p0"]),  # its service is there without it
        (10, True, False, ["p0"]),
        (9, True, True, []),
        (9, False, False, []),
    ],
)
def test_a_followed_list_takes_parts_away_unless_it_is_short(
    store, listed_count, is_whole, is_short, gone
):
    services = [replace(PANTRY, id=f"s{number}") for number in range(12)]
    keep(store, *services)
    keep(store, replace(PHONE, id="p0", service_id="s0"), line=9)
    rules = AbsenceRules(ListScope(is_whole=is_whole))
    found = plan(store, *services[:listed_count], absences=rules)
    assert rules.is_short is is_short
    assert [each.record.id for each in found.changes] == gone


def test_a_term_that_lost_its_name_keeps_it(store):
    term = TaxonomyTerm(id="t1", code="BD-1800", name="Food", taxonomy="x")
    keep(store, term)
    assert changes(plan(store, replace(term, name="BD-1800"))) == []
    assert len(plan(store, replace(term, name="Meals")).changes) == 1


@pytest.mark.parametrize(
    ("street", "latitude"), [("1 Elm Street, Suite 2", 41.6), ("77 Far Rd", None)]
)
def test_a_place_that_moved_loses_its_old_position(store, street, latitude):
    keep(store, HALL, STREET)
    nowhere = replace(HALL, latitude=None, longitude=None, position_source="")
    found = plan(store, nowhere, replace(STREET, address_1=street))
    (place,) = [each for each in found.changes if each.record.id == "l1"] or [None]
    assert (place.record if place else HALL).latitude == latitude
    assert changes(plan(store, nowhere, STREET)) == []
