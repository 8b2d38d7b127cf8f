"""The source that leads a record leads its parts: what a list adds to others' records waits."""

from itertools import product

import pytest
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.directory.listings import read_service
from referral.following.small_changes import (
    SMALL_CHANGES,
    SmallChangeRules,
    decide_small_changes,
)
from referral.imports.added_parts import list_added_parts
from referral.imports.batches import apply_batch, upload_list
from referral.imports.decisions import DecisionScope, decide
from referral.imports.plan import plan_import
from referral.imports.records import ChangeGroup, Decision, SourceRules
from referral.imports.review import read_batch
from referral.imports.stored_records import StoredRecords
from referral.records.classification import Attribute, Metadata, Translation
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Accessibility,
    Address,
    Contact,
    CostOption,
    Funding,
    Language,
    Location,
    Organization,
    OrganizationIdentifier,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Url,
)
from referral.records.kinds import KINDS, Origin, SourcedRecord, kind_of
from referral.records.listing import NATIONAL_SOURCE
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience
from referral.store.conversion import ROWS
from referral.store.rows import PhoneRow
from referral.store.rows_log import ImportBatchRow
from tests.support.imported import import_list
from tests.support.provider_lists import write_hsds, zipped
from tests.support.rows import add_records, change_row, write_records
from tests.support.staff import post

THEIRS: list = [
    Organization(id="o", name="Table"),
    Service(id="s", organization_id="o", name="Pantry"),
    Location(id="l", organization_id="o", name="Hall"),
    ServiceAtLocation(id="x", service_id="s", location_id="l"),
    Contact(id="c", service_id="s", name="Maria"),
    Phone(id="q", service_id="s", number="814-555-0101", tel="+18145550101"),
]
NUMBER = {"number": "900-555-0199", "tel": "+19005550199"}
# A part of each kind, under each record that it can name alone.
PARTS: list = [
    *(Contact(id="new", name="Eve", **{f"{each}_id": key}) for each, key in
      (("organization", "o"), ("service", "s"), ("location", "l"), ("service_at_location", "x"))),
    *(Phone(id="new", **NUMBER, **{f"{each}_id": key}) for each, key in
      (("organization", "o"), ("service", "s"), ("location", "l"), ("contact", "c"),
       ("service_at_location", "x"))),
    Address(id="new", location_id="l", address_1="1 Oak St"),
    *(Schedule(id="new", opens_at="09:00", **{f"{each}_id": key}) for each, key in
      (("service", "s"), ("location", "l"), ("service_at_location", "x"))),
    ServiceArea(id="new", service_id="s", name="Erie"),
    ServiceArea(id="new", service_at_location_id="x", name="Erie"),
    *(Language(id="new", name="Spanish", **{f"{each}_id": key}) for each, key in
      (("service", "s"), ("location", "l"), ("phone", "q"))),
    Accessibility(id="new", location_id="l", description="Ramp"),
    CostOption(id="new", service_id="s", option="Fee"),
    RequiredDocument(id="new", service_id="s", document="Passport"),
    ServiceCapacity(id="new", service_id="s", unit="Bed"),
    Funding(id="new", organization_id="o", funding_source="City"),
    OrganizationIdentifier(id="new", organization_id="o", identifier="7"),
    Url(id="new", service_id="s", url="https://example.org/"),
    Attribute(id="new", link_entity="service", link_id="s", taxonomy_term_id="t"),
    Translation(id="new", link_entity="service", link_id="s", language="es", field="name", text="X"),
    Metadata(id="new", link_entity="service", link_id="s", field_name="name"),
    ServiceAtLocation(id="new", service_id="s", location_id="mine"),
]  # fmt: skip
OTHER_SOURCES = ("county", NATIONAL_SOURCE, HAND_SOURCE)


def plan(store, *records):
    items = [SourcedRecord(each, Origin(source="partner", key="")) for each in records]
    items.sort(key=lambda item: list(KINDS).index(kind_of(item.record)))
    with store.read() as session:
        stored = StoredRecords(session, "partner")
        return plan_import(items, stored, frozenset(), SourceRules(name="partner"))


def left(found):
    """Give the ids of the parts that add to records of others, and whose; none is written."""
    assert not any(each.writes for each in found.changes if each.adds_to)
    return {each.record.id: each.adds_to for each in found.changes if each.adds_to}


@pytest.mark.parametrize(
    ("part", "source"),
    list(product(PARTS, OTHER_SOURCES)),
    ids=lambda each: kind_of(each) if not isinstance(each, str) else each.replace(" ", "-"),
)
def test_a_part_on_a_record_of_another_source_waits(store, part, source):
    write_records(store, *THEIRS, source=source)
    mine = Location(id="mine", name="Elsewhere")
    assert left(plan(store, mine, part)) == {"new": source}


@pytest.mark.parametrize("part", PARTS, ids=kind_of)
@pytest.mark.parametrize("source", OTHER_SOURCES)
def test_it_waits_too_where_the_list_has_the_records_of_others_with_their_ids(store, part, source):
    write_records(store, *THEIRS, source=source)
    found = plan(store, *THEIRS, Location(id="mine", name="Elsewhere"), part)
    assert left(found) == {"new": source}


@pytest.mark.parametrize("part", PARTS, ids=kind_of)
def test_a_new_part_of_a_record_that_was_edited_here_waits(store, part):
    write_records(store, *THEIRS, source="partner")
    for kind, key in (("organization", "o"), ("service", "s"), ("location", "l")):
        change_row(store, ROWS[kind], key, Author(made_by=MadeBy.HAND), name="Better")
    found = left(plan(store, *THEIRS, Location(id="mine"), part))
    assert found == {"new": HAND_SOURCE}


def test_what_hangs_on_such_a_part_waits_with_it(store):
    write_records(store, *THEIRS)
    contact = Contact(id="mine", service_id="s", name="Eve")
    phone = Phone(id="its", contact_id="mine", **NUMBER)
    assert left(plan(store, contact, phone)) == {"mine": "county", "its": "county"}
    write_records(store, contact, source="partner")  # taken once; the list has only the phone now
    assert left(plan(store, phone))["its"] == "county"
    assert left(plan(store, contact, phone)) == {"its": "county"}


def test_a_change_of_such_a_part_waits_and_what_protects_it_does_not(store):
    write_records(store, *THEIRS)
    mine = Phone(id="mine", service_id="s", **NUMBER)
    write_records(store, mine, source="partner")
    other = Phone(id="mine", service_id="s", number="900-555-0111", tel="+19005550111")
    (change,) = plan(store, other).changes
    assert (change.adds_to, change.without_review.fields) == ("county", {})


def test_a_part_of_its_own_record_is_taken(store):
    write_records(store, *THEIRS, source="partner")
    found = plan(store, *THEIRS, Phone(id="new", service_id="s", **NUMBER))
    assert [each.record.id for each in found.changes if each.writes] == ["new"]


def test_what_a_part_replaces_stays_while_it_waits(store):
    write_records(store, *THEIRS)
    write_records(store, Schedule(id="old", service_id="s", opens_at="09:00"), source="partner")
    found = plan(store, Schedule(id="new", service_id="s", opens_at="10:00"))
    assert left(found) == {"new": "county", "old": "county"}


ORG, SERVICE, PHONE = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
ROWS_OF = {
    "organizations": [{"id": ORG, "name": "Table", "description": "Food.", "website": ""}],
    "services": [{"id": SERVICE, "organization_id": ORG, "name": "Pantry", "status": "active"}],
}
ADDED = {"id": PHONE, "service_id": SERVICE, "number": "900-555-0199", "type": "voice"}


def bring_in(instance, folder, source, **files):
    return import_list(instance, write_hsds(folder, **ROWS_OF, **files), source=source)


def numbers(instance):
    page = read_service(instance, SERVICE, Audience.PUBLIC)
    return [phone.number for phone in page.phones]


@pytest.fixture
def attacked(instance, tmp_path):
    """Give a directory with the list of a county, and what a partner adds to its service."""
    bring_in(instance, tmp_path / "county", "county")
    path = zipped(write_hsds(tmp_path / "partner", **ROWS_OF, phones=[ADDED]))
    with path.open("rb") as stream:
        batch_id = upload_list(instance, stream, name="list.zip", source="partner")
    do_work(instance, "w")
    return instance, batch_id


def test_on_the_command_line_it_is_left_out_and_said(instance, tmp_path):
    bring_in(instance, tmp_path / "county", "county")
    report = bring_in(instance, tmp_path / "partner", "partner", phones=[ADDED])
    assert numbers(instance) == []
    (problem,) = [each for each in report.problems if each.code == "adds-to-another"]
    assert "“county”" in str(problem.message)
    assert list_added_parts(instance) == ()


def test_in_a_review_it_is_a_group_of_its_own_that_somebody_must_want(attacked, admin):
    instance, batch_id = attacked
    (group,) = read_batch(instance, batch_id).groups
    assert (group.group, group.decision) == (ChangeGroup.ADDS_TO_OTHERS, Decision.LEAVE)
    page = admin.get(f"/admin/imports/{batch_id}/changes/adds-to-others")
    assert "From “partner”. The listing is from “county”." in page.get_data(as_text=True)
    decide(instance, batch_id, Decision.ACCEPT, DecisionScope(group=group.group))
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    assert numbers(instance) == ["900-555-0199"]
    assert list_added_parts(instance) == (), "a person took it"


def test_a_source_that_is_followed_never_adds_by_itself(attacked):
    instance, batch_id = attacked
    rules = SmallChangeRules(frozenset(SMALL_CHANGES), lambda _session, _ids: ())
    with instance.store.write() as session:
        taken, _ = decide_small_changes(session, batch_id, 1000, rules)
    assert taken == 0


@pytest.fixture
def stored(instance, tmp_path):
    """Give a directory in which an earlier release stored such a part."""
    bring_in(instance, tmp_path / "county", "county")
    with instance.store.write() as session:
        batch = session.scalars(select(ImportBatchRow)).first()
        add_records(session, Phone(id=PHONE, service_id=SERVICE, **NUMBER), source="partner",
                    import_batch_id=batch.id)  # fmt: skip
    return instance


@pytest.mark.parametrize(("do", "left"), [("keep", ["900-555-0199"]), ("remove", [])])
def test_what_is_stored_is_found_and_kept_or_removed_by_a_person(stored, admin, do, left):
    (part,) = list_added_parts(stored)
    assert (part.kind, part.source, part.leader) == ("phone", "partner", "county")
    assert part.subject == ("service", SERVICE, "Pantry")
    page = admin.get("/admin/imports/added-parts").get_data(as_text=True)
    assert "900-555-0199" in page
    assert "The listing is from “county”." in page
    post(admin, f"/admin/imports/added-parts/phone/{PHONE}", "/admin/imports/added-parts", do=do)
    assert list_added_parts(stored) == ()
    assert numbers(stored) == left


def test_what_a_person_moved_there_is_no_such_part(stored):
    for service_id in (None, SERVICE):
        change_row(
            stored.store, PhoneRow, PHONE, Author(made_by=MadeBy.HAND), service_id=service_id
        )
    assert list_added_parts(stored) == ()
