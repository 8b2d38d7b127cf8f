"""Headings, the rules under them, texts and taxonomies are changed with effect at once."""

from datetime import date
from io import BytesIO

import pytest

from referral.app.job_kinds import do_work
from referral.curation.translation_files import export_translations
from referral.directory.browse import list_headings, read_term
from referral.directory.search import find_services
from referral.directory.site_texts import NOTICE, POLICY, SiteTexts, TaxonomyNotice
from referral.errors import NotFoundError
from referral.imports.batches import apply_batch, undo_batch
from referral.records.accounts import Actor
from referral.records.headings import CrosswalkRule, Heading, RuleKind
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.vocabulary.edit_history import undo_vocabulary_edit
from referral.vocabulary.headings import (
    add_rule,
    list_rules,
    read_one_heading,
    remove_rule,
    save_heading,
)
from referral.vocabulary.notice_policy import read_text, save_text
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.taxonomies import TaxonomyFile, list_taxonomies, load_taxonomy
from referral.vocabulary.usual_needs import read_estimate
from tests.support.staff import add_account
from tests.vocabulary.test_crisis_words import refused

PAT = Actor("", "Pat")
LIST = """id,name,parent_id,description,use_references,sort
900,Blorb help,,,,
901,Blorb loans,900,Lends blorbs.,zorbs|blorb lending,20
901,Blorb gifts,901,,,
XY-1000,Coded,,,,
XY-1000.2000,Coded more,,,,
"""


def under(instance, heading):
    query = SearchQuery(headings=(heading,))
    found = find_services(instance, query, Audience.PUBLIC, limit=200)
    return {card.service.id for card in found.cards}


def test_a_heading_is_called_otherwise_in_both_languages_and_back(demo):
    health = read_one_heading(demo, "health")
    group = save_heading(
        demo, PAT, Heading(slug="health", name="Body and mind", name_es="Cuerpo y mente", sort=1)
    )
    first, _ = list_headings(demo, Audience.PUBLIC)[0]
    assert (first.name, first.name_es, first.icon) == (
        "Body and mind",
        "Cuerpo y mente",
        health.icon,
    )
    undo_vocabulary_edit(demo, PAT, group)
    assert read_one_heading(demo, "health") == health


def test_a_heading_needs_a_name_in_each_language(demo):
    error = refused(lambda: save_heading(demo, PAT, Heading(slug="health", name="Health")))
    assert error.refusal is VocabularyRefusal.EMPTY


@pytest.mark.slow
def test_services_follow_a_rule_and_leave_when_it_goes(demo):
    before = under(demo, "volunteers")
    rule = CrosswalkRule(kind=RuleKind.TERM, value="food-pantries", heading="volunteers")
    group = add_rule(demo, PAT, rule)
    now = under(demo, "volunteers")
    assert now > before
    undo_vocabulary_edit(demo, PAT, group)
    assert under(demo, "volunteers") == before
    add_rule(demo, PAT, rule)
    remove_rule(demo, PAT, list_rules(demo, "volunteers", words="food-pantries")[0].id)
    assert under(demo, "volunteers") == before


@pytest.mark.slow
def test_the_kept_crosswalk_follows_a_rule_that_places_no_service(demo):
    def headings():
        with demo.store.read() as session:
            return demo.listings.crosswalk(session).headings_for("Xylophones", ())

    assert headings() == set()
    rule = CrosswalkRule(kind=RuleKind.WORD, value="xylophones", heading="volunteers")
    group = add_rule(demo, PAT, rule)
    assert headings() == {"volunteers"}
    undo_vocabulary_edit(demo, PAT, group)
    assert headings() == set()
    add_rule(demo, PAT, rule)
    remove_rule(demo, PAT, list_rules(demo, words="xylophones")[0].id)
    assert headings() == set()


@pytest.mark.parametrize(
    ("kind", "value", "heading", "refusal"),
    [
        (RuleKind.TERM, "food", "no-such", VocabularyRefusal.UNKNOWN_HEADING),
        (RuleKind.TERM, "no-such", "health", VocabularyRefusal.UNKNOWN_TOPIC),
        (RuleKind.OPEN_ELIGIBILITY, "food", "health", VocabularyRefusal.UNKNOWN_TOPIC),
        (RuleKind.CODE_211, "B-18", "health", VocabularyRefusal.ODD_CODE),
        (RuleKind.CODE_211, "BD-18.20", "health", VocabularyRefusal.ODD_CODE),
        (RuleKind.CODE_211, "BD-", "health", VocabularyRefusal.ODD_CODE),
        (RuleKind.CODE_211, "BD 18", "health", VocabularyRefusal.ODD_CODE),
        (RuleKind.CODE_211, "px", "volunteers", VocabularyRefusal.TAKEN),
        (RuleKind.WORD, "?!", "health", VocabularyRefusal.EMPTY),
        (RuleKind.TERM, "food", "basic-needs", VocabularyRefusal.TAKEN),
    ],
)
def test_a_rule_about_nothing_is_refused(demo, kind, value, heading, refusal):
    rule = CrosswalkRule(kind=kind, value=value, heading=heading)
    assert refused(lambda: add_rule(demo, PAT, rule)).refusal is refusal


@pytest.mark.parametrize("value", ["X", "XY", "XY-1", "XY-1000", "XY-1000.2", "xy-1000.2000-150.1"])
def test_a_rule_about_codes_may_have_any_length(demo, value):
    rule = CrosswalkRule(kind=RuleKind.CODE_211, value=value, heading="health")
    add_rule(demo, PAT, rule)
    assert list_rules(demo, "health", "code_211", value)[0].rule.value == value.upper()


def test_a_text_is_known_to_other_processes_after_following(instance):
    other = SiteTexts(instance.store)
    assert not other.text(NOTICE).english
    group = save_text(instance, PAT, NOTICE, " Closed \r\n today ", "Cerrado", date(2026, 11, 26))
    assert instance.texts.text(NOTICE).english == " Closed\n today"
    other.refresh()
    assert other.text(NOTICE).shows_on(date(2026, 11, 26))
    assert not other.text(NOTICE).shows_on(date(2026, 11, 27))
    undo_vocabulary_edit(instance, PAT, group)
    other.refresh()
    assert not other.text(NOTICE).shows_on(date(2026, 11, 26))
    assert read_text(instance, POLICY).english == ""


def test_texts_stay_known_while_the_database_is_away(instance):
    save_text(instance, PAT, NOTICE, "Closed", "")
    instance.store.engine.dispose()
    gone = SiteTexts(type(instance.store)("sqlite:////nowhere/at/all.sqlite3"))
    assert gone.text(NOTICE).english == ""
    assert instance.texts.text(NOTICE).english == "Closed"


@pytest.fixture
def pat(instance):
    return add_account(instance)


def load(instance, account, text=LIST, *, may_use=True, name="Blorb list"):
    notice = TaxonomyNotice(notice="Copyright of nobody.", is_licensed=True)
    file = TaxonomyFile(stream=BytesIO(text.encode()), name="terms.csv", notice=notice)
    return load_taxonomy(instance, account, file, name, may_use=may_use)


@pytest.mark.slow
def test_a_taxonomy_is_loaded_reviewed_applied_and_undone(instance, pat):
    batch_id = load(instance, pat)
    assert do_work(instance, "w") == 1
    assert not list_taxonomies(instance)
    apply_batch(instance, batch_id, pat.actor)
    assert do_work(instance, "w") == 2, "the list, and an estimate of its search"
    assert read_estimate(instance, batch_id) is None, "it has no services"
    (line,) = list_taxonomies(instance)
    assert (line.name, line.terms, line.used, line.notice.is_licensed) == ("Blorb list", 5, 0, True)
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    loans = tree.terms[tree.ids["901"]]
    assert (loans.name, loans.taxonomy, loans.use_references, loans.sort) == (
        "Blorb loans", "Blorb list", "zorbs|blorb lending", 20,
    )  # fmt: skip
    assert [term.name for term in tree.path(loans.id)] == ["Blorb loans", "Blorb help"]
    gifts = next(term for term in tree.terms.values() if term.name == "Blorb gifts")
    assert (gifts.code, gifts.parent_id) == ("", loans.id)
    coded = tree.terms[tree.ids["XY-1000.2000"]]
    assert tree.terms[coded.parent_id].code == "XY-1000"
    with pytest.raises(NotFoundError):
        read_term(instance, "901", Audience.PUBLIC)
    assert b"Blorb" not in export_translations(instance, "es")[0]
    undo_batch(instance, batch_id, pat.actor)
    do_work(instance, "w")
    assert not list_taxonomies(instance)


def test_a_taxonomy_needs_a_licence_a_notice_and_a_name_of_its_own(instance, pat):
    cases = [
        (lambda: load(instance, pat, may_use=False), VocabularyRefusal.NOT_LICENSED),
        (lambda: load(instance, pat, name="referral NEEDS"), VocabularyRefusal.TAKEN),
        (lambda: load(instance, pat, name=" "), VocabularyRefusal.EMPTY),
    ]
    assert [refused(call).refusal for call, _ in cases] == [refusal for _, refusal in cases]
    assert not instance.texts.taxonomy_notices()


@pytest.mark.slow
def test_open_eligibility_is_read_whole(instance, pat, shared_data):
    path = shared_data / "open-eligibility" / "open-eligibility-v2.0-flat.csv"
    batch_id = load(instance, pat, path.read_text(encoding="utf-8"), name="Open Eligibility")
    do_work(instance, "w")
    apply_batch(instance, batch_id, pat.actor)
    do_work(instance, "w")
    (line,) = list_taxonomies(instance)
    assert line.terms == 385
    rule = CrosswalkRule(kind=RuleKind.OPEN_ELIGIBILITY, value="1102", heading="volunteers")
    assert add_rule(instance, PAT, rule)


def test_what_a_refusal_says_names_no_words_in_the_audit_log(demo):
    with pytest.raises(VocabularyRefusedError, match="too-long"):
        save_text(demo, PAT, NOTICE, "w" * 601, "")
