"""What words are taken for: thesaurus, towns, names, danger; and that it can be refused."""

from __future__ import annotations

import logging
from datetime import date

import pytest
from sqlalchemy import select

from referral.cli.search import notices_of, understood_of
from referral.fields.places.lookup import find_zip
from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm
from referral.records.hsds import Address, Location, Organization, Service, ServiceAtLocation
from referral.records.thesaurus import ThesaurusEntry
from referral.search import Index
from referral.search.query import SearchQuery, WordKind
from referral.store import Store
from referral.store.conversion import row_from
from referral.store.rows import HeadingRow
from referral.store.word_lists import (
    ThesaurusEntryRow,
    add_crisis_words,
    add_thesaurus,
    log_word_list_change,
)

SERVICES = [
    ("heat", "Keep the Lights On", "Pays a bill to the power company.", "electric", "16335"),
    ("lamp", "Lamp Repair", "We fix lights that got cut off the wall.", "", "16354"),
    ("oil", "Choice Shelf", "Staples and produce.", "food", "16354"),
    ("shelf", "Spartan Food Shelf", "Dry goods.", "food", "16434"),
    ("line", "Food by Phone", "We tell you where to go.", "food", ""),
    ("give", "Give Food", "Bring us cans of food.", "food", "16335"),
    ("kin", "Child Watch", "Care for children at night.", "care", "16335"),
    ("porch", "Meals", "Dinners at your door.", "", "16335"),
    ("old", "Stale Snack", "A snack.", "snack", "16335"),
    ("new", "Young Snack", "A snack.", "snack", "16335"),
    ("none", "Any Snack", "A snack.", "snack", "16335"),
    ("aged", "Bus Pass", "A ticket.", "", "16335"),
    ("way", "Linesville's Way", "An evening.", "", "16335"),
    ("any", "Bus Pass, too", "A ticket.", "", "16335"),
]
NAMES = {service_id: name for service_id, name, *_ in SERVICES} | {"porch": "Porchlight Platters"}
ENTRIES = [
    ("lights got cut off", "electric"),
    ("watch my kids", "care"),
    ("mercy", "electric"),
    ("got", ""),
    ("kids", ""),
    ("while", ""),
    ("grandma", "senior-rides"),
]


def _records():
    yield Organization(id="org", name="Tamarack Council")
    yield Organization(id="platters", name="Porchlight Platters", alternate_name="St. Brannock's")
    for code, name in [("electric", "Help paying the light bill"), ("food", "Food"),
                       ("care", "Child care"), ("snack", "Snacks"),
                       ("senior-rides", "Rides for seniors")]:  # fmt: skip
        yield TaxonomyTerm(id=code, code=code, name=name)
    for key, name, description, term, zip_code in SERVICES:
        yield Service(
            id=key,
            organization_id="platters" if key == "porch" else "org",
            name=name,
            description=description,
            minimum_age=60 if key == "aged" else None,
            assured_date={"old": date(2020, 1, 1), "new": date(2026, 1, 1)}.get(key),
        )
        if term:
            yield Attribute(id=key, link_entity="service", link_id=key, taxonomy_term_id=term)
        if zip_code:
            place = find_zip(zip_code)
            yield Location(id=key, name="Hall", latitude=place.latitude, longitude=place.longitude)
            yield Address(id=key, location_id=key, city=place.city, postal_code=zip_code)
            yield ServiceAtLocation(id=key, service_id=key, location_id=key)
    yield ServiceHeading(id="give", service_id="give", heading="volunteers", set_by="staff")


@pytest.fixture(scope="module")
def store(sqlite_databases):
    """Give a store with the directory above, a small thesaurus and two crisis words."""
    store = Store(sqlite_databases.migrated())
    with store.write() as session:
        session.add(HeadingRow(slug="volunteers", name="Volunteers"))
        session.flush()
        session.add_all([row_from(record) for record in _records()])
        add_thesaurus(
            session,
            [
                ThesaurusEntry(phrase=phrase, term_codes=(code,) if code else ())
                for phrase, code in ENTRIES
            ],
        )
        add_crisis_words(
            session,
            [
                {"kind": "danger", "words": "kill myself", "line": "988|911"},
                {"kind": "safe", "words": "kill time", "line": ""},
            ],
        )
    yield store
    store.close()


@pytest.fixture(scope="module")
def index(store, tmp_path_factory):
    """Give an index of it."""
    index = Index(tmp_path_factory.mktemp("understanding"), store)
    index.sync()
    yield index
    index.close()


def search(index, words, **more):
    return index.search(SearchQuery(words=words, **more))


def ids(answer):
    return [hit.service_id for hit in answer.hits]


def notice(answer, kind):
    return [dict(notice.details) for notice in notices_of(answer) if notice.kind == kind]


def test_words_that_stand_for_a_topic_find_its_services_and_say_so(index):
    answer = search(index, "my lights got cut off")
    assert ids(answer)[0] == "heat"
    assert set(ids(answer)) == {"heat", "lamp"}, "the words themselves count as well"
    assert notice(answer, "understood") == [
        {"words": "lights cut off", "terms": "Help paying the light bill", "topics": "electric"}
    ]
    assert [(word.text, word.kind, word.detail) for word in answer.question.words] == [
        ("lights cut off", WordKind.TERM, "Help paying the light bill"),
        ("got", WordKind.PASSING, ""),
    ]


def test_it_can_be_refused(index):
    answer = search(index, "my lights got cut off", exactly=True)
    assert ids(answer)[0] == "lamp"
    assert list(notices_of(answer)) == []
    assert search(index, "lihgts", exactly=True).total == 0
    assert search(index, "ligh", exactly=True).total == 0
    town = search(index, "food titusville", exactly=True)
    assert town.question.near is None


def test_a_sentence_finds_what_its_telling_words_mean(index):
    answer = search(index, "i need someone to watch my kids while i work nights")
    assert ids(answer)[0] == "kin"


def test_a_town_is_where_distances_are_measured_from(index):
    answer = search(index, "food in titusville")
    assert ids(answer)[0] == "oil"
    assert answer.question.near.name == "Titusville, PA"
    assert notice(answer, "place") == [{"zip": "", "name": "Titusville, PA"}]
    assert tuple(understood_of(answer.question)) == ("food", "near Titusville, PA")
    kinds = {word.text: word.kind for word in answer.question.words}
    assert kinds["titusville"] is WordKind.PLACE
    assert ids(search(index, "food spartansburg pa"))[0] == "shelf"
    assert ids(search(index, "food titusvile"))[0] == "oil", "misspelt too"


def test_each_word_has_its_kind(index):
    answer = search(index, 'please "light bill" foood oil 16354')
    kinds = {word.text: (word.kind, word.detail) for word in answer.question.words}
    assert kinds["please"][0] is WordKind.PASSING
    assert kinds["light bill"] == (WordKind.PHRASE, "")
    assert kinds["16354"] == (WordKind.PLACE, "Titusville, PA 16354")


@pytest.mark.parametrize("words", ["food mercy", "food reading", "food boston", "food hope"])
def test_words_that_mean_something_else_and_far_towns_are_no_place(index, words):
    assert search(index, words).question.near is None


def test_a_whole_name_with_a_town_where_nothing_is_comes_first(index):
    assert search(index, "linesville's way").hits[0].service_id == "way"
    assert search(index, "food linesville").question.near.name == "Linesville, PA"
    assert search(index, "linesville pa way").question.near.name == "Linesville, PA"


def test_a_far_town_is_a_place_with_its_state_and_a_county_by_its_word(index):
    assert search(index, "food boston ma").question.near.name == "Boston, MA"
    assert search(index, "food boston massachusetts").question.near.state == "MA"
    assert search(index, "food crawford county").question.near.name == "Crawford County, PA"
    assert search(index, "food 16354").question.near.zip_code == "16354"


def test_a_place_asked_for_apart_is_kept(index):
    answer = search(index, "food titusville", near=find_zip("16434"))
    assert answer.question.near.zip_code == "16434"
    assert notice(answer, "place") == []


@pytest.mark.parametrize(
    "words",
    ["porchlight platters", "porch light platters", "porchlite platters", "saint brannock",
     "st brannocks", "platters"],
)  # fmt: skip
def test_an_organization_is_found_by_its_names_however_written(index, words):
    assert ids(search(index, words))[0] == "porch"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("porchlight platters phone number", "porch"),
        ("i need to call porchlight platters", "porch"),
        ("telefono de lamp repair", "lamp"),
        ("is young snack open on saturday", "new"),
        ("someone told me about keep the lights on", "heat"),
    ],
)
def test_a_name_is_known_among_words_that_ask_about_it(index, words, found):
    answer = search(index, words)
    assert ids(answer)[0] == found
    assert len(answer.question.meant_words) == len(search(index, NAMES[found]).question.meant_words)


def test_a_name_beside_a_topic_is_not_all_that_was_said(index):
    assert search(index, "food from young snack").question.meant_words == ("food", "young", "snack")


@pytest.mark.parametrize(("words", "found"), [("lampre pair", "lamp"), ("childwatch", "kin")])
def test_words_written_together_or_apart_are_found(index, words, found):
    assert found in ids(search(index, words))


def test_giving_comes_last_unless_it_is_asked_for(index):
    assert ids(search(index, "food"))[-1] == "give"
    assert ids(search(index, "give food"))[0] == "give"


def test_the_recently_checked_comes_first_and_one_never_checked_counts_as_old(index):
    assert ids(search(index, "snack")) == ["new", "none", "old"]


def test_what_is_for_a_group_comes_after_what_is_for_everybody_unless_somebody_speaks_of_it(index):
    assert ids(search(index, "ticket")) == ["any", "aged"]
    assert ids(search(index, "grandma ticket")) == ["aged", "any"]
    assert ids(search(index, "ticket", ages=("65+",))) == ["aged", "any"]


def test_danger_raises_its_lines_first_and_never_a_log_line(index, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = search(index, "i will kill myself, food")
    assert [notice.kind for notice in notices_of(answer)][:2] == ["crisis", "crisis"]
    assert notice(answer, "crisis") == [{"line": "988"}, {"line": "911"}]
    assert caplog.text == ""
    assert notice(search(index, "kill time"), "crisis") == []
    assert notice(search(index, "kill myself", exactly=True), "crisis"), "it cannot be refused"


def test_a_result_says_why_in_one_line(index):
    hit = search(index, "lights got cut off").hits[0]
    assert hit.reason == "Matches “lights” in the name; under Help paying the light bill"
    assert search(index, "").hits[0].reason == ""


@pytest.mark.slow
def test_an_edit_of_the_thesaurus_is_followed_by_every_index(store, tmp_path):
    first, second = (Index(tmp_path / name, store) for name in ("a", "b"))
    for index in (first, second):
        index.sync()
        assert search(index, "zap").total == 0
    with store.write() as session:
        add_thesaurus(session, [ThesaurusEntry(phrase="zap", term_codes=("electric",))])
    for index in (first, second):
        index.sync()
        assert ids(search(index, "zap")) == ["heat"]
    with store.write() as session:
        for row in session.scalars(select(ThesaurusEntryRow).filter_by(phrase="zap")):
            session.delete(row)
        log_word_list_change(session)
    first.sync()
    assert search(first, "zap").total == 0
    for index in (first, second):
        index.close()


def test_danger_is_heard_where_nobody_loaded_the_words(indexed):
    answer = search(indexed(), "i want to kill myself")
    assert notice(answer, "crisis")[0] == {"line": "988"}
