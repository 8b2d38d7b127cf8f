"""Categories without names in the store: found by code, unseen by patrons, named later, undone."""

from io import BytesIO

import pytest
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.directory.browse import read_heading, read_term
from referral.directory.listings import read_service
from referral.directory.search import find_services
from referral.directory.site_texts import TaxonomyNotice
from referral.directory.term_lookup import find_terms
from referral.imports.batches import apply_batch, undo_batch
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow, TaxonomyTermRow
from referral.vocabulary.records import VocabularyRefusedError
from referral.vocabulary.taxonomies import TaxonomyFile, list_taxonomies, load_taxonomy
from tests.support.county_lists import codes_of, hsds1_county, ohana_county
from tests.support.imported import import_list
from tests.support.provider_lists import write_csv
from tests.support.staff import add_account

CODE = codes_of(0)[0]
OTHER = codes_of(0)[1]
PUBLIC = Audience.PUBLIC


@pytest.fixture
def pat(instance):
    return add_account(instance)


@pytest.fixture
def county(instance, tmp_path):
    """Give a folder with a list of twenty services, imported."""
    path = hsds1_county(tmp_path / "county", 20)
    bring_in(instance, path)
    return path


def bring_in(instance, path, source="county"):
    return import_list(instance, path, source=source)


def bring_names(instance, account, *, name="Blorb taxonomy", code=CODE):
    text = f"code,name,parent_code\nX,Everything,\n{code},Blorb pantries,X\n"
    notice = TaxonomyNotice(notice="Copyright of nobody.", is_licensed=True)
    file = TaxonomyFile(stream=BytesIO(text.encode()), name="terms.csv", notice=notice)
    batch_id = load_taxonomy(instance, account, file, name, may_use=True)
    do_work(instance, "w")
    apply_batch(instance, batch_id, account.actor)
    do_work(instance, "w")
    return batch_id


def services_of(instance, code):
    page = find_services(instance, SearchQuery(topic=code), PUBLIC, limit=50)
    return {card.service.name for card in page.cards}


def first_service(instance):
    with instance.store.read() as session:
        found = select(ServiceRow.id).where(ServiceRow.name == "Blorb service 0")
        return read_service(instance, session.scalar(found), PUBLIC)


def terms_with(instance, code):
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    return [term for term in tree.terms.values() if term.code == code]


@pytest.mark.usefixtures("county")
def test_a_category_is_found_by_its_code_and_shown_to_no_patron(instance):
    members = {f"Blorb service {n}" for n in range(20) if CODE in codes_of(n)}
    assert services_of(instance, CODE) == members
    assert read_term(instance, CODE, PUBLIC).term.code == CODE
    assert [entry.code for entry in find_terms(instance, CODE)] == [CODE]
    assert first_service(instance).terms == ()
    card = find_services(instance, SearchQuery(words="blorb"), PUBLIC).cards[0]
    assert card.terms == ()
    for slug in ("basic-needs", "health", "legal"):
        assert read_heading(instance, slug, PUBLIC).terms == ()
    assert not find_services(instance, SearchQuery(words=CODE, exactly=True), PUBLIC).cards


@pytest.mark.slow
def test_names_arrive_with_the_taxonomy_and_go_with_it(instance, county, pat):
    before = services_of(instance, CODE)
    batch_id = bring_names(instance, pat)
    [term] = terms_with(instance, CODE)
    assert term.name == "Blorb pantries"
    assert [each.name for each in first_service(instance).terms] == ["Blorb pantries"]
    assert services_of(instance, CODE) == before == services_of(instance, "X")
    assert read_term(instance, CODE, PUBLIC).ancestors[0].name == "Everything"
    assert [each.used for each in list_taxonomies(instance) if each.name == "Blorb taxonomy"] == [1]
    found = find_services(instance, SearchQuery(words="blorb pantries"), PUBLIC)
    assert {card.service.name for card in found.cards if card.terms} == before

    assert not bring_in(instance, county).plan.writes
    assert [each.name for each in first_service(instance).terms] == ["Blorb pantries"]

    undo_batch(instance, batch_id, pat.actor)
    do_work(instance, "w")
    [term] = terms_with(instance, CODE)
    assert term.is_code_only
    assert first_service(instance).terms == ()
    assert services_of(instance, CODE) == before


@pytest.mark.release
def test_a_local_code_is_named_only_by_a_taxonomy_of_the_same_name(instance, tmp_path, pat):
    path = ohana_county(tmp_path / "county", 5, code=lambda n: f"{101 + n}-05")
    bring_in(instance, path)
    code = codes_of(0, lambda n: f"{101 + n}-05")[0]
    bring_names(instance, pat, name="Another list", code=code)
    assert first_service(instance).terms == ()
    bring_names(instance, pat, name="Open Eligibility (Ohana)", code=code)
    assert [each.name for each in first_service(instance).terms] == ["Blorb pantries"]


@pytest.mark.usefixtures("county")
def test_a_taxonomy_cannot_take_the_name_of_a_list_of_services(instance, pat):
    with pytest.raises(VocabularyRefusedError):
        bring_names(instance, pat, name="county")


@pytest.mark.slow
def test_two_lists_share_a_code_of_the_211_taxonomy(instance, county, tmp_path):
    bring_in(instance, ohana_county(tmp_path / "other", 20), source="other")
    assert len(terms_with(instance, CODE)) == 1
    both = find_services(instance, SearchQuery(topic=CODE), PUBLIC, limit=50)
    assert both.total == 2 * len({n for n in range(20) if CODE in codes_of(n)})


@pytest.mark.slow
def test_a_list_that_leaves_its_names_out_wipes_none(instance, county):
    names = [{"id": code, "name": f"Name of {code}", "vocabulary": "v"} for code in (CODE, OTHER)]
    write_csv(county / "taxonomy.csv", *names)
    bring_in(instance, county)
    assert [each.name for each in terms_with(instance, CODE)] == [f"Name of {CODE}"]
    (county / "taxonomy.csv").unlink()
    bring_in(instance, county)
    assert [each.name for each in terms_with(instance, CODE)] == [f"Name of {CODE}"]
    with instance.store.read() as session:
        rows = session.scalars(select(TaxonomyTermRow).where(TaxonomyTermRow.code == CODE))
        assert [row.retired_at for row in rows] == [None]
    assert not bring_in(instance, county).plan.writes


def test_the_letter_of_a_code_places_services_under_headings(instance, tmp_path):
    path = ohana_county(tmp_path / "list", 1, taxonomy_ids="BD-1800.2000")
    bring_in(instance, path)
    assert [each.slug for each in first_service(instance).headings] == ["basic-needs"]
