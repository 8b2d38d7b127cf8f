"""Whose list a service is from leaves with it, in each form, and is no topic where it comes in."""

import json

import pytest
from sqlalchemy import select

from referral.errors import RefusedError
from referral.following.followed_sources import list_followed, save_followed
from referral.following.records import SourceForm, SourceKind
from referral.formats.open_referral.own_terms import SOURCES_TAXONOMY, source_term
from referral.formats.writing.airs_xml import owner_code
from referral.open_data.api.listed_ids import IdLists
from referral.open_data.hsds_objects import HsdsObjects
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.open_data.records import FILE_ENDINGS, ExportFormat, ListQuery
from referral.open_data.rows import PublicationRow
from referral.open_data.terms import terms_in_use
from referral.records.hsds import Organization, Service
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from referral.store.rows import AttributeRow, TaxonomyTermRow
from referral.store.rows_texts import SourceCreditRow
from tests.open_data.files.random_lists import empty_instance, exported, make_template, take_in
from tests.open_data.files.test_airs import faults, schema  # noqa: F401  # a fixture
from tests.open_data.files.test_hsds import text_of
from tests.open_data.files.test_outside_judges import judged
from tests.support.pairs import store

PUBLISHER, LICENCE = "Erie 2-1-1", "CC BY 4.0"
OURS, THEIRS, AGENCY, HOUSE = (f"7d2f8a3e-0000-4000-8000-00000000000{n}" for n in (1, 2, 3, 4))


@pytest.fixture
def credited(instance):
    """Give a directory with a service of its own, and one of a list that is followed."""
    store(
        instance,
        Organization(id=HOUSE, name="Kitchen House", description="Soup."),
        Service(id=OURS, name="Kitchen", organization_id=HOUSE, status="active"),
        source="by hand",
    )
    store(
        instance,
        Organization(id=AGENCY, name="Table", description="We help."),
        Service(id=THEIRS, name="Pantry", organization_id=AGENCY, status="active"),
        source="erie",
    )
    with instance.store.write() as session:
        session.add(
            SourceCreditRow(source="erie", publisher=PUBLISHER, licence=LICENCE, is_handed_on=True)
        )
    return instance


def credits_in(service):
    """Give the attributes that say whose list a service is from."""
    found = service.get("attributes", [])
    return [each for each in found if each["taxonomy_term"]["taxonomy"] == SOURCES_TAXONOMY.name]


def test_services_say_whose_list_they_are_from(shared_data, credited, tmp_path):
    document, found = judged(shared_data, credited, tmp_path)
    assert found == []
    said = {each["name"]: credits_in(each) for each in document["services"]}
    assert said["Kitchen"] == []
    [credit] = said["Pantry"]
    assert (credit["taxonomy_term"]["name"], credit["value"]) == (PUBLISHER, LICENCE)
    assert SOURCES_TAXONOMY.name in {each["name"] for each in document["taxonomies"]}
    for form in ExportFormat:
        assert f"{PUBLISHER} ({LICENCE})" in text_of(form, exported(credited, form)) or form in {
            ExportFormat.HSDS_JSON, ExportFormat.HSDS_CSV,
        }  # fmt: skip


def test_the_api_says_the_same_and_finds_them_by_it(credited):
    with credited.store.read() as session:
        objects = HsdsObjects(credited, session)
        [service] = objects.full("service", [THEIRS])
        assert credits_in(service)[0]["taxonomy_term"]["name"] == PUBLISHER
        for asked in (
            {"taxonomy_term_id": source_term(PUBLISHER).id},
            {"taxonomy_id": SOURCES_TAXONOMY.id},
        ):
            listed = IdLists(credited, session, objects.public).of("service", ListQuery(**asked))
            assert list(listed) == [THEIRS]
        assert PUBLISHER in {each.name for each in terms_in_use(objects.public).terms}


@pytest.mark.slow
def test_what_may_not_be_handed_on_stays_here(credited):
    change_licence(credited, is_handed_on=False)
    for form in ExportFormat:
        text = text_of(form, exported(credited, form))
        assert "Kitchen" in text
        assert "Pantry" not in text
        assert PUBLISHER not in text
    with pytest.raises(RefusedError, match="Nothing that everybody may see"):
        exported(credited, ExportFormat.HSDS_JSON, "erie")
    credited.index.sync()
    with credited.store.read() as session:
        objects = HsdsObjects(credited, session)
        assert objects.full("service", [OURS, THEIRS])[0]["id"] == OURS
        assert objects.full("service", [THEIRS]) == []
        assert PUBLISHER not in {each.name for each in terms_in_use(objects.public).terms}
        lists = IdLists(credited, session, objects.public)
        assert [list(lists.of(kind, ListQuery())) for kind in ("service", "organization")] == [
            [OURS], [HOUSE],
        ]  # fmt: skip
        assert list(lists.of("service", ListQuery(search="pantry"))) == []
        assert len(load_listings(session, [OURS, THEIRS], Audience.PUBLIC)) == 2


def test_the_ledger_takes_back_what_may_not_be_handed_on_any_more(credited):
    update_ledger(credited)
    change_licence(credited, is_handed_on=False)
    assert update_ledger(credited).gone >= 2
    change_licence(credited, is_handed_on=True)
    update_ledger(credited)
    with credited.store.read() as session:
        row = PublicationRow
        assert session.scalar(select(row.gone_at).where(row.record_id == THEIRS)) is None


def change_licence(instance, *, is_handed_on):
    """Say anew whether the records may be handed on, as the page of the source does."""
    said = {"name": "erie", "kind": SourceKind.FILE, "address": "https://lists.example/all.zip"}
    known = {each.settings.name: each.id for each in list_followed(instance)}
    form = SourceForm(**said, publisher=PUBLISHER, licence=LICENCE, is_handed_on=is_handed_on)
    save_followed(instance, form, known.get("erie", ""))


@pytest.mark.slow
def test_airs_has_a_code_for_whoever_maintains_a_record(schema, credited):  # noqa: F811
    content = exported(credited, ExportFormat.AIRS_XML)
    assert faults(schema, content) == []
    assert content.count(f'RecordOwner="{owner_code(PUBLISHER)}"'.encode()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("form", [ExportFormat.HSDS_CSV, ExportFormat.HSDS_JSON])
def test_it_is_no_topic_where_it_comes_in(credited, tmp_path, form):
    file = tmp_path / f"sent.{FILE_ENDINGS[form]}"
    file.write_bytes(exported(credited, form))
    template = make_template(tmp_path / "template")
    with empty_instance(template, tmp_path / "second") as second:
        report = take_in(second, file)
        assert {each.code for each in report.plan.problems} <= {"columns-kept-aside"}
        with second.store.read() as session:
            assert session.query(AttributeRow).count() == 0
            assert session.query(TaxonomyTermRow).filter_by(name=PUBLISHER).count() == 0
        again = json.loads(exported(second, ExportFormat.HSDS_JSON))
        assert not any(map(credits_in, again["services"]))
