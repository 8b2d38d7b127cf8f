"""Filters by heading and topic on a list that nobody tagged, against the listings themselves."""

from dataclasses import replace

import pytest

from referral.fields.places.lookup import find_zip
from referral.records.visibility import Audience
from referral.search.query import SearchQuery, Sort
from referral.store.listings import load_listings
from referral.store.rows import AttributeRow, ServiceRow
from referral.store.terms import load_terms
from tests.support.databases import database_filled
from tests.support.untagged_list import fill_untagged, suggest

PLACES = {
    "1": (
        "Closet of Plenty",
        "A Food  Pantry with bags of groceries and canned goods, every Friday.",
    ),
    "2": ("Elm Street food pantry", "Groceries once a week."),
    "3": ("Oak Street food pantry", "Groceries once a month."),
    "4": ("Keys", "Help with rent, and with the security deposit."),
    "5": ("Hands", "Free tax returns, and rides to the doctor."),
    "6": ("Paws", "A clinic for pets of people without a home."),
    "7": ("Zyxwv", "Qwert asdfg."),
    "8": ("Mend", "Counseling after a loss."),
}
TAGGED = "food-pantries"


def eight_places(instance):
    fill_untagged(instance, PLACES)
    with instance.store.write() as session:
        row = session.query(ServiceRow).filter_by(name=PLACES["3"][0]).one()
        term = load_terms(session).ids[TAGGED]
        session.add(
            AttributeRow(id="by hand", link_id=row.id, link_entity="service", taxonomy_term_id=term,
                         source="hand", source_key="1")
        )  # fmt: skip
    suggest(instance)


directory_url = database_filled(eight_places)


def listings_of(instance):
    with instance.store.read() as session:
        ids = [key for (key,) in session.query(ServiceRow.id).filter(ServiceRow.source == "list")]
        return {each.service.id: each for each in load_listings(session, ids, Audience.PUBLIC)}


def placed(listing, query):
    """Whether people placed it under the heading and the topic asked for."""
    terms = {term.key for path in listing.term_paths for term in path}
    headings = set(query.headings)
    return (not headings or bool(headings & set(listing.headings))) and (
        not query.topic or query.topic in terms
    )


def passes(listing, query):
    """Whether it is there, or suggested to be."""
    shown = listing.topics_to_show
    terms = {term.key for path in listing.term_paths for term in path}
    terms |= {term.key for topic in shown for term in topic.path}
    headings = {*listing.headings, *(slug for topic in shown for slug in topic.headings)}
    return (not query.headings or bool(headings & set(query.headings))) and (
        not query.topic or query.topic in terms
    )


def found_by(instance, query, own):
    answer = instance.index.search(query, limit=200)
    return answer, [hit for hit in answer.hits if hit.service_id in own]


QUERIES = [
    SearchQuery(topic=TAGGED),
    SearchQuery(topic="food"),
    SearchQuery(headings=("basic-needs",)),
    SearchQuery(headings=("health",)),
    SearchQuery(headings=("basic-needs", "seniors"), topic="food"),
    SearchQuery(headings=("basic-needs",), sort=Sort.NAME),
    SearchQuery(words="groceries", headings=("basic-needs",)),
]


@pytest.mark.slow
def test_filters_tell_what_people_placed_from_what_is_suggested(searchable):
    own = listings_of(searchable)
    seen = 0
    for query in QUERIES:
        _, hits = found_by(searchable, query, own)
        if not query.words:
            assert {hit.service_id for hit in hits} == {
                key for key, each in own.items() if passes(each, query)
            }
        for hit in hits:
            assert hit.is_suggested is not placed(own[hit.service_id], query)
            seen += hit.is_suggested
    assert seen > 4


@pytest.mark.slow
def test_what_is_suggested_comes_last_and_is_counted_apart(searchable):
    for query in QUERIES:
        answer = searchable.index.search(query, limit=200)
        flags = [hit.is_suggested for hit in answer.hits]
        assert sum(flags) == answer.suggested
        assert answer.suggested_last is bool(answer.suggested and not query.words)
        if not query.words:
            assert flags == sorted(flags)


def test_heading_counts_are_what_a_click_leaves(searchable):
    for query in (SearchQuery(), *QUERIES):
        facets = searchable.index.search(query).facets
        counts = {
            name: {each.value: each.count for each in facets[name]}
            for name in ("headings", "suggested_headings")
        }
        for slug in ("basic-needs", "health", "seniors", "volunteers", "legal"):
            clicked = searchable.index.search(replace(query, headings=(slug,)))
            assert counts["headings"].get(slug, 0) == clicked.total - clicked.suggested
            assert counts["suggested_headings"].get(slug, 0) == clicked.suggested


@pytest.mark.slow
def test_topic_counts_are_what_a_click_leaves(searchable):
    for heading in ("", "basic-needs", "health"):
        counts = searchable.index.count_suggested(heading)
        headings = (heading,) if heading else ()
        assert counts
        for key, count in counts.items():
            clicked = searchable.index.search(SearchQuery(topic=key, headings=headings))
            assert clicked.total >= count > 0
            if not heading:
                assert clicked.suggested == count


@pytest.mark.slow
def test_a_person_s_tag_is_never_doubted(searchable):
    own = listings_of(searchable)
    answer, hits = found_by(searchable, QUERIES[0], own)
    assert own[hits[0].service_id].service.name == PLACES["3"][0]
    assert not hits[0].is_suggested
    assert not hits[0].suggested_topic
    assert {hit.suggested_topic for hit in hits[1:]} == {TAGGED}
    assert answer.suggested == len(hits) - 1 == 2


def test_bands_leave_out_what_stands_below(searchable):
    answer = searchable.index.search(SearchQuery(topic=TAGGED, near=find_zip("16335")))
    assert answer.suggested
    assert sum(answer.bands.values()) == answer.total - answer.suggested


def test_national_lines_off_the_topic_do_not_crowd_out_what_is_here(searchable):
    """Only they have the words "blood pressure pills", and they are not for them."""
    answer = searchable.index.search(SearchQuery(words="doctor blood pressure pills"))
    found = {hit.service_id for hit in answer.hits}
    assert "Hands" in {
        each.service.name for key, each in listings_of(searchable).items() if key in found
    }
