"""Importing, from a file to an answer: what changes, what does not, and what is never shown."""

import pytest
from sqlalchemy import select

from referral.directory.listings import read_service
from referral.directory.search import find_services
from referral.errors import NotFoundError, RefusedError
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from referral.imports.records import BatchState
from referral.imports.review import list_batches
from referral.imports.rows import ReviewItemRow
from referral.imports.seed_lists import load_base
from referral.open_data.files.export import export_directory
from referral.open_data.records import FILE_ENDINGS, ExportFormat
from referral.records.edits import Author, MadeBy
from referral.records.problems import Severity
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.history import edits_of_group
from referral.store.rows import LocationRow, OrganizationRow, PhoneRow, ServiceRow
from referral.store.rows_log import ImportBatchRow
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list


@pytest.fixture
def bring_in(instance):
    """Import a list and give the report."""

    def bring_in(path, *, source="pantries", confirmed=()):
        return import_list(instance, path, source=source, confirmed=confirmed)

    return bring_in


def counts_of(report, kind):
    return report.plan.counts[kind].as_dict()


def found(instance, words):
    page = find_services(instance, SearchQuery(words=words), Audience.PUBLIC)
    return {card.service.name: card for card in page.cards}


def test_a_list_becomes_answers(instance, bring_in, tmp_path):
    report = bring_in(pantry_list(tmp_path / "list"))
    assert counts_of(report, "service")["new"] == 2
    assert report.format == "open-referral"
    card = found(instance, "groceries")["Food pantry"]
    assert card.organization.name == "Shepherd's Shelf"
    assert card.service.description == "Groceries & bread for a week.\nBring a bag."
    assert card.phone.tel == "+18145550101"
    assert card.site.address.address_1 == "1 Elm St"
    assert card.site.is_approximate
    assert {heading.slug for heading in card.headings} == {"basic-needs"}
    page = read_service(instance, card.service.id, Audience.PUBLIC)
    assert page.hours.week[0].spans == (("09:00", "12:00"),)


def test_a_second_import_changes_nothing(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    with instance.store.read() as session:
        before = session.scalar(select(ServiceRow.updated_at).limit(1))
    report = bring_in(tmp_path / "list")
    assert not report.plan.writes
    for kind, counts in report.plan.counts.items():
        assert (counts.new, counts.changed, counts.gone) == (0, 0, 0), kind
    with instance.store.read() as session:
        assert session.scalar(select(ServiceRow.updated_at).limit(1)) == before
        assert len(session.scalars(select(ImportBatchRow)).all()) == 1


@pytest.mark.slow
def test_a_changed_row_changes_one_record(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    new_phones = [
        {"id": "p1", "service_id": "s1", "number": "814-555-0199", "type": "voice"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102", "type": "voice"},
    ]
    report = bring_in(pantry_list(tmp_path / "list", phones=new_phones))
    assert counts_of(report, "phone")["changed"] == 1
    assert counts_of(report, "phone")["unchanged"] == 1
    assert found(instance, "pantry")["Food pantry"].phone.tel == "+18145550199"


@pytest.mark.slow
def test_what_is_gone_is_kept_but_not_shown_and_comes_back_the_same(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    whole = (tmp_path / "list" / "phones.csv").read_text()
    without_the_last = "".join(whole.splitlines(keepends=True)[:-1])
    (tmp_path / "list" / "phones.csv").write_text(without_the_last)
    report = bring_in(tmp_path / "list")
    assert counts_of(report, "phone")["gone"] == 1
    with instance.store.read() as session:
        phones = {row.source_key: row.retired_at for row in session.scalars(select(PhoneRow))}
    assert phones["p1"] is None
    assert phones["p2"] is not None
    (tmp_path / "list" / "phones.csv").write_text(whole)
    report = bring_in(tmp_path / "list")
    assert counts_of(report, "phone")["changed"] == 1
    assert found(instance, "violence")["Domestic violence shelter"].phone.tel == "+18145550102"


@pytest.mark.slow
def test_where_nobody_decides_edits_and_names_stay(instance, bring_in, tmp_path):
    path = pantry_list(tmp_path / "list")
    bring_in(path)
    with instance.store.write(Author(made_by=MadeBy.HAND)) as session:
        row = session.scalars(select(ServiceRow).where(ServiceRow.source_key == "s1")).one()
        row.description = "Bread on Fridays."
    text = (path / "services.csv").read_text().splitlines(keepends=True)
    shelter = text[-1].replace("Domestic violence shelter", "17th Aug location_edit")
    (path / "services.csv").write_text(text[0] + shelter)
    report = bring_in(path, confirmed=["other-ids"])
    assert "odd-value" in {problem.code for problem in report.plan.problems}
    assert "Food pantry" in found(instance, "pantry"), "edited here, and not in the list any more"
    assert "Domestic violence shelter" in found(instance, "violence")


def test_an_edit_made_after_a_list_was_compared_stays(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    changed = [{"id": "o1", "name": "Shepherd's Table", "description": "", "website": ""}]
    path = pantry_list(tmp_path / "next", organizations=changed)
    prepared = prepare_import(instance, path, source="pantries")
    with instance.store.write(Author(made_by=MadeBy.HAND, account_id="a1")) as session:
        session.scalars(select(OrganizationRow)).one().name = "Shelf"
    apply_import(instance, prepared)
    with instance.store.read() as session:
        assert session.scalars(select(OrganizationRow.name)).one() == "Shelf"


def test_what_was_edited_after_a_list_was_compared_is_not_dropped(instance, bring_in, tmp_path):
    path = pantry_list(tmp_path / "list")
    bring_in(path)
    text = (path / "services.csv").read_text().splitlines(keepends=True)
    (path / "services.csv").write_text(text[0] + text[-1])
    prepared = prepare_import(instance, path, source="pantries")
    with instance.store.write(Author(made_by=MadeBy.HAND, account_id="a1")) as session:
        pantry = session.scalars(select(ServiceRow).where(ServiceRow.name == "Food pantry")).one()
        pantry.description = "Bread on Fridays."
    with pytest.raises(RefusedError, match="Read it again"):
        apply_import(instance, prepared, confirmed=prepared.report.doubt_codes)
    bring_in(path, confirmed=["list-shrank"])
    assert "Food pantry" in found(instance, "pantry")


def test_an_import_counts_its_listings_and_keeps_no_review(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    (line,) = list_batches(instance)
    assert (line.state, line.listings) == (BatchState.APPLIED, {"new": 2, "unchanged": 0})
    with instance.store.read() as session:
        assert session.scalars(select(ReviewItemRow)).all() == []


def test_a_list_is_refused_when_another_of_its_source_was_applied_since(
    instance, bring_in, tmp_path
):
    prepared = prepare_import(instance, pantry_list(tmp_path / "list"), source="pantries")
    bring_in(tmp_path / "list")
    with pytest.raises(RefusedError, match="Read it again"):
        apply_import(instance, prepared)


@pytest.mark.slow
def test_a_service_that_is_gone_is_no_answer(instance, bring_in, tmp_path):
    path = pantry_list(tmp_path / "list")
    bring_in(path)
    service_id = found(instance, "pantry")["Food pantry"].service.id
    text = (path / "services.csv").read_text().splitlines(keepends=True)
    (path / "services.csv").write_text(text[0] + text[-1])
    report = bring_in(path)
    assert counts_of(report, "service")["gone"] == 1
    assert found(instance, "pantry") == {}
    with pytest.raises(NotFoundError):
        read_service(instance, service_id, Audience.PUBLIC)


@pytest.mark.slow
def test_a_list_that_drops_most_of_what_it_had_needs_a_yes(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    other = [{"id": "s9", "organization_id": "o1", "name": "New", "status": "active"}]
    nothing = {"service_at_location": [{"id": "a9", "service_id": "s9", "location_id": "l1"}]}
    phones = [{"id": "p9", "service_id": "s9", "number": "814-555-0109", "type": "voice"}]
    schedules = [{"id": "h9", "service_id": "s9", "description": "By appointment"}]
    path = pantry_list(
        tmp_path / "list", services=other, phones=phones, schedules=schedules, **nothing
    )
    with pytest.raises(RefusedError, match="cut short"):
        bring_in(path)
    assert "Food pantry" in found(instance, "pantry")
    bring_in(path, confirmed=["other-ids"])
    assert "New" in found(instance, "new")


def test_the_place_of_a_shelter_is_held_back(instance, bring_in, tmp_path):
    report = bring_in(pantry_list(tmp_path / "list"))
    assert counts_of(report, "location")["held_back"] == 1
    assert "9 Secret Way" not in str(report.as_dict())
    card = found(instance, "violence")["Domestic violence shelter"]
    assert card.site is None
    assert card.place_withheld
    assert card.phone.tel == "+18145550102"


@pytest.mark.slow
def test_what_a_person_published_stays_published(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    with instance.store.write(Author(made_by=MadeBy.HAND)) as session:
        row = session.scalars(select(LocationRow).where(LocationRow.source_key == "l2")).one()
        row.visibility = "public"
    report = bring_in(tmp_path / "list")
    assert not report.plan.writes
    assert found(instance, "violence")["Domestic violence shelter"].site is not None


def test_a_list_never_publishes_what_a_person_withheld(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    with instance.store.write() as session:
        row = session.scalars(select(ServiceRow).where(ServiceRow.source_key == "s1")).one()
        row.visibility = "withheld"
    bring_in(tmp_path / "list")
    assert "Food pantry" not in found(instance, "pantry")


def test_a_dry_run_writes_nothing(instance, tmp_path):
    prepare_import(instance, pantry_list(tmp_path / "list"), source="pantries")
    with instance.store.read() as session:
        assert session.scalars(select(ServiceRow)).all() == []


def test_a_failure_half_way_leaves_nothing(instance, tmp_path, monkeypatch):
    prepared = prepare_import(instance, pantry_list(tmp_path / "list"), source="pantries")

    def fail(*_arguments):
        raise RuntimeError

    monkeypatch.setattr("referral.store.database.place_written", fail)
    with pytest.raises(RuntimeError):
        apply_import(instance, prepared)
    with instance.store.read() as session:
        assert session.scalars(select(ServiceRow)).all() == []
        assert session.scalars(select(ImportBatchRow)).all() == []


def test_two_lists_may_use_the_same_keys(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"), source="one")
    bring_in(tmp_path / "list", source="two")
    page = find_services(instance, SearchQuery(words="pantry"), Audience.PUBLIC)
    assert page.total == 2


def test_a_record_that_another_list_has_too_is_shared_or_told_differently(
    instance, bring_in, tmp_path
):
    organization = {"id": "6a84f8e7-f0a8-445d-9abc-d24a7b462f82", "name": "Same", "website": ""}
    path = pantry_list(tmp_path / "list", organizations=[organization])
    bring_in(path, source="one")
    shared = bring_in(path, source="two")
    assert counts_of(shared, "organization")["shared"] == 1
    assert counts_of(shared, "organization")["refused"] == 0
    assert "another-list-leads" not in {problem.code for problem in shared.plan.problems}
    organization |= {"name": "Other", "visibility": "withheld"}
    told = bring_in(pantry_list(tmp_path / "again", organizations=[organization]), source="two")
    counts = counts_of(told, "organization")
    assert (counts["told_differently"], counts["shared"], counts["refused"]) == (1, 0, 0)
    (problem,) = (p for p in told.plan.problems if p.code == "another-list-leads")
    assert problem.severity is Severity.WARNING
    assert "“one”" in problem.detail
    assert "(name)" in problem.detail
    with instance.store.read() as session:
        row = session.get(OrganizationRow, organization["id"])
        assert (row.name, row.visibility, row.source) == ("Same", "withheld", "one")


@pytest.mark.slow
def test_a_library_can_follow_another(instance, sample_instance, tmp_path):
    """Both have the national help lines and our taxonomy; the second form changes nothing."""
    load_base(instance)
    for form in (ExportFormat.HSDS_JSON, ExportFormat.HSDS_CSV):
        file = tmp_path / f"neighbour.{FILE_ENDINGS[form]}"
        with file.open("wb") as stream:
            export_directory(sample_instance, form, stream)
        report = import_list(instance, file, source="neighbour")
        assert not [p for p in report.plan.problems if p.severity is Severity.ERROR]
        assert "another-list-leads" not in {p.code for p in report.plan.problems}
        assert report.plan.writes == (form is ExportFormat.HSDS_JSON)
        counts = report.plan.counts
        assert counts["service"].shared == 17
        assert counts["translation"].shared > 700
        assert {kind for kind, each in counts.items() if each.refused or each.gone} == set()


def test_an_import_leaves_its_trail_under_its_batch(instance, bring_in, tmp_path):
    bring_in(pantry_list(tmp_path / "list"))
    with instance.store.read() as session:
        [batch] = session.scalars(select(ImportBatchRow)).all()
        edits = edits_of_group(session, batch.id)
    assert {edit.author.batch_id for edit in edits} == {batch.id}
    assert {edit.author.made_by for edit in edits} == {MadeBy.IMPORT}
    assert "service" in {edit.kind for edit in edits}
