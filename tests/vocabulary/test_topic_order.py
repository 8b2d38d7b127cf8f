"""The order of topics below one: as it is shipped, as staff change it, and after an upgrade."""

import csv
from itertools import groupby

import pytest
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.imports.seed_lists import load_base
from referral.records.accounts import Actor, Role
from referral.records.edits import MadeBy
from referral.records.headings import OWN_TAXONOMY
from referral.resources import resource_path
from referral.search.query import SearchQuery
from referral.store.history import edits_of
from referral.store.rows import AttributeRow, TaxonomyTermRow
from referral.store.terms import load_terms
from referral.vocabulary.topic_order import read_topic_level, save_topic_order
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

PAT = Actor("", "Pat")
PAGE = "/curation/vocabulary/taxonomies/topics"


def shipped():
    path = resource_path("seed_data") / "taxonomy" / "taxonomy_terms.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def term_id(instance, code):
    with instance.store.read() as session:
        return load_terms(session).ids[code]


def kinds_of(instance, code):
    with instance.store.read() as session:
        tree = load_terms(session)
    return [tree.terms[each].code for each in tree.children[tree.ids[code]]]


def test_every_shipped_topic_below_another_has_its_place():
    rows = sorted((row for row in shipped() if row["parent_id"]), key=lambda row: row["parent_id"])
    for _, siblings in groupby(rows, lambda row: row["parent_id"]):
        places = [int(row["sort"]) for row in siblings]
        assert places == sorted(set(places)), "the rows stand in their order"


def test_topics_are_moved_to_places_and_the_others_keep_their_order(demo):
    before = kinds_of(demo, "food")
    food, last, third = (term_id(demo, code) for code in ("food", before[-1], before[2]))
    assert save_topic_order(demo, PAT, food, {last: 1, third: 2})
    moved = [before[-1], before[2], *before[:2], *before[3:-1]]
    assert kinds_of(demo, "food") == moved
    assert not save_topic_order(demo, PAT, food, {last: 1})
    level = read_topic_level(demo, OWN_TAXONOMY, food)
    assert [topic.code for topic, _ in level.topics] == moved
    with demo.store.read() as session:
        edit = edits_of(session, "taxonomy_term", [last])[0]
    assert (edit.author.made_by, [*edit.fields]) == (MadeBy.HAND, ["sort"])


@pytest.mark.slow
def test_staff_change_the_order_and_search_follows(demo):
    def place_of_classes():
        demo.index.sync()
        hits = demo.index.search(SearchQuery(words="food"), limit=100).hits
        with demo.store.read() as session:
            link, topic = AttributeRow, term_id(demo, "nutrition-help")
            classes = session.scalars(select(link.link_id).where(link.taxonomy_term_id == topic))
            return [hit.service_id for hit in hits].index(classes.first())

    add_account(demo, [Role.CURATION])
    staff = signed_in_client(create_app(demo.settings, demo))
    before, order = place_of_classes(), kinds_of(demo, "food")
    page = f"{PAGE}?name={OWN_TAXONOMY}&above={term_id(demo, 'food')}"
    fields = {
        field["name"]: field["value"] for field in soup_of(staff.get(page)).select("td input")
    }
    assert list(fields.values()) == [str(place) for place in range(1, len(order) + 1)]
    moved = f"place-{term_id(demo, 'nutrition-help')}"
    answer = post(staff, page, **{**fields, moved: "99"})
    assert answer.status_code == 422
    assert "Give a number from 1 to" in answer.text
    assert kinds_of(demo, "food") == order
    answer = post(staff, page, **{**fields, moved: "1"})
    assert "Saved" in staff.get(answer.location).text
    assert kinds_of(demo, "food")[0] == "nutrition-help"
    assert place_of_classes() < before
    entry = read_audit_log(demo).entries[0]
    assert (entry.action, entry.record_id) == ("topics-ordered", term_id(demo, "food"))
    top = soup_of(staff.get(f"{PAGE}?name={OWN_TAXONOMY}"))
    assert not top.select("td input")
    assert staff.get(f"{PAGE}?name=None").status_code == 404


@pytest.mark.slow
def test_the_seed_keeps_the_order_of_staff_and_brings_the_shipped_one_elsewhere(demo):
    order = kinds_of(demo, "food")
    pets = kinds_of(demo, "pets")
    food, moved = term_id(demo, "food"), term_id(demo, order[-1])
    save_topic_order(demo, PAT, food, {moved: 1})
    with demo.store.write() as session:  # as an earlier release left it
        term = {
            row.code: row
            for row in session.scalars(
                select(TaxonomyTermRow).where(TaxonomyTermRow.code.in_([order[3], *pets[:2]]))
            )
        }
        term[order[3]].sort = 500  # a sibling of what staff moved, which no person touched
        term[pets[0]].sort, term[pets[1]].sort = 20, 10
    staff_order = kinds_of(demo, "food")
    load_base(demo)
    assert kinds_of(demo, "food") == staff_order
    assert kinds_of(demo, "pets") == pets
