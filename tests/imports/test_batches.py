"""An import that people read, decide, apply and undo."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.curation.save import new_manual_row
from referral.directory.search import find_services
from referral.errors import RefusedError
from referral.imports.batches import apply_batch, drop_batch, reread_list, undo_batch, upload_list
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, ChangeGroup, Decision, SourceRules
from referral.imports.review import (
    preview_batch_undo,
    read_batch,
    read_problem_groups,
    read_problems,
    read_review,
)
from referral.imports.sources import save_source
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Phone, Record
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.conversion import ROWS, record_from, row_from
from referral.store.rows import AttributeRow, LocationRow, OrganizationRow, PhoneRow, ServiceRow
from tests.support.provider_lists import accepted_of, pantry_list, zipped

_DECISIONS = (Decision.ACCEPT, Decision.LEAVE)
HAND = {"made_by": MadeBy.HAND, "account_id": "a1"}


@pytest.fixture
def upload(instance, tmp_path):
    """Upload a list and have it read; the id of the batch."""

    def upload(source="pantries", *, work=True, **changes):
        path = zipped(pantry_list(tmp_path / "list", **changes))
        with path.open("rb") as stream:
            batch_id = upload_list(instance, stream, name="list.zip", source=source)
        if work:
            do_work(instance, "w")
        return batch_id

    return upload


@pytest.fixture
def bring_in(instance, upload):
    """Upload a list, have it read and applied."""

    def bring_in(**changes):
        batch_id = upload(**changes)
        apply_batch(instance, batch_id, confirmed=["list-shrank"])
        do_work(instance, "w")
        return batch_id

    return bring_in


def everything(instance):
    """What is stored and not retired, by kind and id, but for what rules make of it."""
    found = {}
    with instance.store.read() as session:
        for kind, row_class in ROWS.items():
            for row in session.scalars(select(row_class).where(row_class.retired_at.is_(None))):
                if getattr(row, "set_by", "") != "rule":
                    found[kind, row.id] = record_from(row, Record)
    return found


def names(instance, words):
    page = find_services(instance, SearchQuery(words=words), Audience.PUBLIC)
    return {card.service.name for card in page.cards}


PHONES = [
    {"id": "p1", "service_id": "s1", "number": "814-555-0199", "type": "voice"},
    {"id": "p2", "service_id": "s2", "number": "814-555-0102", "type": "voice"},
]


def edit_phone(instance, number, **author):
    with instance.store.write(Author(**{**HAND, **author})) as session:
        row = session.scalar(select(PhoneRow).where(PhoneRow.source_key == "p1"))
        row.number = number
        return row.id


def test_a_list_is_read_applied_found_and_undone(instance, upload):
    instance.index.sync()
    empty = everything(instance)
    batch_id = upload()
    batch = read_batch(instance, batch_id)
    assert batch.state is BatchState.READY
    assert batch.format == "open-referral"
    assert batch.why
    assert names(instance, "groceries") == set()
    apply_batch(instance, batch_id)
    assert read_batch(instance, batch_id).state is BatchState.APPLYING
    do_work(instance, "w")
    assert read_batch(instance, batch_id).state is BatchState.APPLIED
    assert names(instance, "groceries") == {"Food pantry"}
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    assert read_batch(instance, batch_id).state is BatchState.UNDONE
    assert names(instance, "groceries") == set()
    assert everything(instance) == empty


@pytest.mark.slow
def test_undoing_can_be_undone(instance, bring_in):
    batch_id = bring_in()
    before = everything(instance)
    for state in (BatchState.UNDONE, BatchState.APPLIED, BatchState.UNDONE, BatchState.APPLIED):
        undo_batch(instance, batch_id)
        do_work(instance, "w")
        assert read_batch(instance, batch_id).state is state
    assert everything(instance) == before


def items(instance, batch_id, group, **more):
    return {item.title: item for item in read_review(instance, batch_id, group, **more).items}


def counts(instance, batch_id):
    return {group.group: group.count for group in read_batch(instance, batch_id).groups}


def number_of_phone(instance):
    with instance.store.read() as session:
        return session.scalar(select(PhoneRow.number).where(PhoneRow.source_key == "p1"))


@pytest.mark.slow
def test_the_change_is_read_listing_by_listing(instance, bring_in, upload):
    bring_in()
    batch_id = upload(phones=PHONES)
    page = read_batch(instance, batch_id)
    assert page.line.listings == {"changed": 1, "unchanged": 1}
    assert counts(instance, batch_id) == {ChangeGroup.PHONE_CHANGED: 1}
    assert accepted_of(page) == 1
    [card] = read_review(instance, batch_id, ChangeGroup.PHONE_CHANGED).items
    assert (card.title, card.subtitle) == ("Food pantry", "Shepherd's Shelf")
    [change] = card.changes
    assert change.shown_fields == ["number"], "what a machine dials follows from it"
    assert change.fields["number"] == ("814-555-0101", "814-555-0199")


def test_held_places_are_a_group_and_masked_for_those_who_may_not_see(instance, upload):
    batch_id = upload()
    held = ChangeGroup.WITHHELD
    assert set(items(instance, batch_id, held)) == {"Safe house"}
    text = repr(read_review(instance, batch_id, held, audience=Audience.STAFF))
    text += repr(read_batch(instance, batch_id, Audience.STAFF, sampled=True))
    assert "Secret Way" not in text
    assert "Safe house" not in text
    assert "1 Elm St" in text
    assert "Secret Way" in repr(read_review(instance, batch_id, held))
    assert "Secret Way" in repr(read_batch(instance, batch_id, sampled=True))
    hidden = read_review(instance, batch_id, held, words="safe", audience=Audience.STAFF)
    assert hidden.items.total == 0
    assert read_review(instance, batch_id, held, words="safe").items.total == 1


@pytest.mark.slow
def test_what_is_left_is_not_written_and_nor_is_what_hangs_on_it(instance, upload):
    batch_id = upload()
    card = items(instance, batch_id, ChangeGroup.SERVICE_NEW)["Domestic violence shelter"]
    decide(instance, batch_id, Decision.LEAVE, DecisionScope(number=card.number))
    assert accepted_of(read_batch(instance, batch_id)) == 4
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    assert names(instance, "violence") == set()
    assert names(instance, "groceries") == {"Food pantry"}
    kinds = {kind for kind, _ in everything(instance)}
    assert "phone" in kinds
    with instance.store.read() as session:
        assert session.scalars(select(PhoneRow.source_key)).all() == ["p1"]


def test_leaving_the_organization_leaves_all_of_it(instance, upload):
    batch_id = upload()
    card = items(instance, batch_id, ChangeGroup.ORGANIZATION_NEW)["Shepherd's Shelf"]
    decide(instance, batch_id, Decision.LEAVE, DecisionScope(number=card.number))
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    with instance.store.read() as session:
        assert session.scalars(select(ServiceRow)).all() == []


@pytest.mark.slow
def test_one_field_of_a_record_can_be_left(instance, bring_in, upload):
    bring_in()
    organizations = [
        {"id": "o1", "name": "Shepherd's Table", "description": "We feed people.", "website": ""}
    ]
    batch_id = upload(organizations=organizations)
    [card] = read_review(instance, batch_id, ChangeGroup.NAME).items
    target = DecisionScope(number=card.number, record=card.changes[0].key, field="name")
    decide(instance, batch_id, Decision.LEAVE, target)
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    with instance.store.read() as session:
        row = session.scalars(select(OrganizationRow)).one()
        assert (row.name, row.description) == ("Shepherd's Shelf", "We feed people.")


@pytest.mark.slow
def test_an_edit_by_hand_is_a_conflict_and_stays_unless_somebody_decides(
    instance, bring_in, upload
):
    bring_in()
    edit_phone(instance, "814-555-0777")
    for _ in range(2):  # and it stays theirs at the import after the next
        batch_id = upload(phones=PHONES)
        page = read_batch(instance, batch_id)
        assert counts(instance, batch_id) == {ChangeGroup.EDITED: 1}
        assert accepted_of(page) == 0
        [card] = read_review(instance, batch_id, ChangeGroup.EDITED).items
        assert card.changes[0].shown_fields == ["number"]
        assert "number" in card.changes[0].conflicts
        assert not card.accepted
        apply_batch(instance, batch_id)
        do_work(instance, "w")
        assert number_of_phone(instance) == "814-555-0777"
    batch_id = upload(phones=PHONES)
    decide(instance, batch_id, Decision.ACCEPT, DecisionScope(group=ChangeGroup.EDITED))
    assert accepted_of(read_batch(instance, batch_id)) == 1
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    assert number_of_phone(instance) == "814-555-0199"
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    assert number_of_phone(instance) == "814-555-0777"
    assert counts(instance, upload(phones=PHONES)) == {ChangeGroup.EDITED: 1}


@pytest.mark.slow
def test_an_edit_made_since_the_review_stays_and_is_named(instance, bring_in, upload):
    bring_in()
    batch_id = upload(
        phones=[{**PHONES[0], "type": "fax"}, {**PHONES[1], "number": "814-555-0188"}]
    )
    phone_id = edit_phone(instance, "814-555-0777")
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    with instance.store.read() as session:
        rows = session.execute(select(PhoneRow.number, PhoneRow.type).order_by(PhoneRow.source_key))
        assert rows.all() == [("814-555-0777", "fax"), ("814-555-0188", "voice")]
    [kept] = read_batch(instance, batch_id).kept
    assert (kept.change.record_id, kept.change.fields) == (phone_id, ("number",))


@pytest.mark.slow
def test_a_trusted_kind_has_no_conflicts(instance, bring_in, upload):
    save_source(instance, SourceRules(name="pantries", trusted_kinds=frozenset({"phone"})))
    bring_in()
    edit_phone(instance, "814-555-0777")
    assert counts(instance, upload(phones=PHONES)) == {ChangeGroup.PHONE_CHANGED: 1}


@pytest.mark.slow
@pytest.mark.parametrize("is_authority", [False, True])
def test_a_blank_empties_only_for_an_authority(instance, bring_in, is_authority):
    save_source(instance, SourceRules(name="pantries", is_authority=is_authority))
    bring_in()
    bring_in(organizations=[{"id": "o1", "name": "Shelf", "description": "", "website": ""}])
    with instance.store.read() as session:
        row = session.scalars(select(OrganizationRow)).one()
        assert (row.name, row.description) == ("Shelf", "" if is_authority else "We help.")


@pytest.mark.slow
def test_a_new_street_does_not_keep_the_old_suite(instance, bring_in):
    def addresses(**more):
        return [
            {
                "id": "d1", "location_id": "l1", "city": "Meadville", "state_province": "PA",
                "postal_code": "16335", "country": "US", "address_type": "physical", **more,
            }
        ]  # fmt: skip

    def stored():
        return {
            (record.address_1, record.address_2)
            for (kind, _), record in everything(instance).items()
            if kind == "address"
        }

    bring_in(addresses=addresses(address_1="1 Elm St", address_2="Suite 2"))
    bring_in(addresses=addresses(address_1="1 Elm St", address_2=""))
    assert stored() == {("1 Elm St", "Suite 2")}
    bring_in(addresses=addresses(address_1="5 Oak St", address_2=""))
    assert stored() == {("5 Oak St", "")}


@pytest.mark.slow
def test_undo_leaves_what_was_edited_since_and_says_which(instance, bring_in):
    bring_in()
    batch_id = bring_in(
        phones=PHONES,
        organizations=[{"id": "o1", "name": "Table", "description": "We help.", "website": ""}],
    )
    phone_id = edit_phone(instance, "814-555-0777")
    [kept] = preview_batch_undo(instance, batch_id)
    assert (kept.change.kind, kept.change.record_id, kept.change.fields) == (
        "phone",
        phone_id,
        ("number",),
    )
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    assert number_of_phone(instance) == "814-555-0777"
    with instance.store.read() as session:
        assert session.scalars(select(OrganizationRow.name)).one() == "Shepherd's Shelf"
    assert [each.change for each in read_batch(instance, batch_id).kept] == [kept.change]


@pytest.mark.slow
def test_undo_of_a_first_import_keeps_a_listing_that_somebody_edited_whole(instance, bring_in):
    batch_id = bring_in()
    with instance.store.write(Author(**HAND)) as session:
        service = session.scalar(select(ServiceRow).where(ServiceRow.source_key == "s1"))
        service.name = "Food shelf"
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    left = everything(instance)
    assert {record.name for (kind, _), record in left.items() if kind == "service"} == {
        "Food shelf"
    }
    kinds = sorted(kind for kind, _ in left if kind != "service_heading")
    assert kinds == [
        "address", "location", "organization", "phone", "schedule", "service",
        "service_at_location",
    ]  # fmt: skip
    assert names(instance, "shelf") == {"Food shelf"}


@pytest.mark.slow
def test_undo_keeps_no_neighbor_of_what_somebody_edited(instance, bring_in):
    term = {"id": "t1", "code": "food", "name": "Food", "taxonomy_id": "x1"}
    topics = [
        {"id": f"b{n}", "link_id": f"s{n}", "link_entity": "service", "taxonomy_term_id": "t1"}
        for n in (1, 2)
    ]
    batch_id = bring_in(
        service_at_location=[
            {"id": "a1", "service_id": "s1", "location_id": "l1"},
            {"id": "a2", "service_id": "s2", "location_id": "l1"},
        ],
        taxonomies=[{"id": "x1", "name": "Ours", "description": "Topics of the county"}],
        taxonomy_terms=[term],
        attributes=topics,
    )
    with instance.store.write(Author(**HAND)) as session:
        topic = session.scalar(select(AttributeRow).where(AttributeRow.source_key == "b1"))
        topic.label = "Groceries"
        place = session.scalar(select(LocationRow).where(LocationRow.source_key == "l1"))
        place.description = "In the basement"
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    left = everything(instance)
    assert [each.name for (kind, _), each in left.items() if kind == "service"] == ["Food pantry"]
    kinds = [kind for kind, _ in left]
    assert [kinds.count(kind) for kind in ("attribute", "service_at_location", "address")] == [
        1
    ] * 3


@pytest.mark.slow
def test_undo_keeps_a_service_to_which_somebody_added_a_phone(instance, bring_in):
    batch_id = bring_in()
    with instance.store.write(Author(**HAND)) as session:
        service = session.scalar(select(ServiceRow).where(ServiceRow.source_key == "s1"))
        session.add(row_from(Phone(id="by-hand", service_id=service.id, number="814-555-0001")))
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    assert names(instance, "groceries") == {"Food pantry"}


@pytest.mark.slow
def test_a_second_list_of_one_source_waits_its_turn(instance, upload):
    first = upload()
    second = upload(phones=PHONES)
    other = upload(source="others")
    assert read_batch(instance, second).state is BatchState.UPLOADED
    assert read_batch(instance, second).waits_for.id == first
    assert read_batch(instance, other).state is BatchState.READY
    apply_batch(instance, first)
    do_work(instance, "w")
    assert read_batch(instance, second).state is BatchState.READY
    assert counts(instance, second) == {ChangeGroup.PHONE_CHANGED: 1}


def test_a_dropped_list_lets_the_next_one_pass(instance, upload):
    first, second = upload(), upload(phones=PHONES)
    drop_batch(instance, first)
    do_work(instance, "w")
    assert read_batch(instance, first).state is BatchState.DROPPED
    assert read_batch(instance, second).state is BatchState.READY
    with pytest.raises(RefusedError):
        apply_batch(instance, first)


@pytest.mark.slow
def test_what_was_compared_with_the_past_must_be_read_again(instance, bring_in, upload):
    applied = bring_in()
    batch_id = upload(phones=PHONES)
    undo_batch(instance, applied)
    do_work(instance, "w")
    with pytest.raises(RefusedError, match="Read it again"):
        apply_batch(instance, batch_id)
    reread_list(instance, batch_id)
    do_work(instance, "w")
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    assert number_of_phone(instance) == "814-555-0199"


def test_a_list_that_cannot_be_read_says_why(instance):
    import io

    batch_id = upload_list(instance, io.BytesIO(b"\x89PNG"), name="a.png", source="x")
    do_work(instance, "w")
    page = read_batch(instance, batch_id)
    assert page.state is BatchState.FAILED
    assert str(page.message).endswith(".")
    with pytest.raises(RefusedError, match="empty"):
        upload_list(instance, io.BytesIO(b""), name="../../etc/a.csv", source="x")


@pytest.mark.slow
def test_a_list_without_most_of_what_there_was_needs_a_yes(instance, bring_in, upload):
    bring_in()
    services = [{"id": "s9", "organization_id": "o1", "name": "New", "status": "active"}]
    at = [{"id": "a9", "service_id": "s9", "location_id": "l1"}]
    rest = {"phones": [{"id": "p9", "service_id": "s9", "number": "814-555-0109"}]}
    schedules = [{"id": "h9", "service_id": "s9", "description": "By appointment"}]
    batch_id = upload(services=services, service_at_location=at, schedules=schedules, **rest)
    assert [doubt.code for doubt in read_batch(instance, batch_id).doubts] == ["other-ids"]
    with pytest.raises(RefusedError, match="cut short"):
        apply_batch(instance, batch_id)
    apply_batch(instance, batch_id, confirmed=["other-ids"])


@pytest.mark.slow
def test_phones_stay_at_first_where_a_list_lacks_most_of_them(instance, bring_in, upload):
    phones = [{"id": f"q{n}", "service_id": "s1", "number": f"814-555-02{n:02}"} for n in range(12)]
    bring_in(phones=phones)
    batch_id = upload(phones=PHONES[1:])
    [group] = [each for each in read_batch(instance, batch_id).groups if each.group == "phone-gone"]
    assert group.left == group.count == 1
    apply_batch(instance, batch_id, confirmed=["list-shrank"])
    with instance.store.read() as session:
        assert session.scalars(select(PhoneRow).where(PhoneRow.retired_at.is_(None))).all()


@pytest.mark.slow
def test_a_gone_listing_of_which_somebody_edited_a_part_is_told_apart(instance, bring_in, upload):
    services = [{"id": f"s{n}", "organization_id": "o1", "name": f"Food {n}"} for n in range(1, 9)]
    bring_in(services=services)
    with instance.store.write(Author(**HAND)) as session:
        service = session.scalar(select(ServiceRow).where(ServiceRow.source_key == "s2"))
        session.add(new_manual_row(Phone(id="n1", service_id=service.id, number="814-555-0001")))
    edit_phone(instance, "814-555-0777")
    at = [{"id": "a3", "service_id": "s3", "location_id": "l1"}]
    schedules = [{"id": "h3", "service_id": "s3", "description": "By appointment"}]
    phones = [{"id": "p3", "service_id": "s3", "number": "814-555-0103"}]
    rest = {"phones": phones, "schedules": schedules, "service_at_location": at}
    batch_id = upload(services=[services[2], *services[4:]], **rest)
    found = counts(instance, batch_id)
    assert (found[ChangeGroup.EDITED_GONE], found[ChangeGroup.SERVICE_GONE]) == (2, 1)
    assert read_batch(instance, batch_id).line.listings["gone"] == 3
    apply_batch(instance, batch_id, confirmed=["list-shrank"])
    do_work(instance, "worker")
    with instance.store.read() as session:
        gone = select(ServiceRow.source_key).where(ServiceRow.retired_at.is_not(None))
        assert session.scalars(gone).all() == ["s4"], "what was edited here stays"


def test_problems_are_grouped_by_cause(instance, upload):
    batch_id = upload(phones=[{"id": "p1", "service_id": "s404", "number": "814-555-0101"}])
    groups = read_problem_groups(instance, batch_id)
    [cause] = [group for group in groups if group.severity == "error"]
    assert (cause.code, cause.severity, cause.count) == ("unknown-parent", "error", 1)
    assert (cause.examples[0].file, cause.examples[0].line) == ("phones.csv", 2)
    [problem] = read_problems(instance, batch_id, cause.code, cause.column)
    assert problem == cause.examples[0]


@pytest.mark.slow
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_whatever_is_decided_undo_gives_back_what_was(instance, bring_in, upload, seed):
    """One directory for all examples: each leaves it as it found it, which is what is tested."""
    random.seed()  # Hypothesis sets it, and Whoosh would name two segments alike
    if not everything(instance):
        bring_in()
    before, chance = everything(instance), random.Random(seed)
    batch_id = upload(
        phones=PHONES[: chance.choice([1, 2])],
        organizations=[
            {"id": "o1", "name": chance.choice(["A", "B"]), "description": "New."},
            {"id": "o2", "name": "Second", "description": ""},
        ],
        services=[
            {"id": "s1", "organization_id": "o2", "name": "Food", "status": "active"},
            {"id": "s2", "organization_id": "o1", "name": "Domestic violence shelter"},
            {"id": "s3", "organization_id": "o2", "name": "Third", "status": "active"},
        ],
    )
    groups = [group for group in ChangeGroup if chance.random() < 0.3]
    for group in groups:
        decide(instance, batch_id, chance.choice(_DECISIONS), DecisionScope(group=group))
    reviewed = [read_review(instance, batch_id, group).items for group in ChangeGroup]
    for card in [card for page in reviewed for card in page]:
        record = chance.choice(["", *(change.key for change in card.changes)])
        names = [name for each in card.changes if each.key == record for name in each.shown_fields]
        target = DecisionScope(number=card.number, record=record, field=chance.choice(["", *names]))
        decide(instance, batch_id, chance.choice(_DECISIONS), target)
    apply_batch(instance, batch_id, confirmed=["list-shrank"])
    do_work(instance, "w")
    assert read_batch(instance, batch_id).state is BatchState.APPLIED
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    page = read_batch(instance, batch_id)
    assert (page.state, str(page.job.message), page.kept) == (BatchState.UNDONE, "", ())
    assert everything(instance) == before
