"""Words that raise a help line find the line's topics, and nothing by the words of the danger."""

from __future__ import annotations

import pytest

from referral.cli.search import notices_of
from referral.fields.places.lookup import find_zip
from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Service,
    ServiceAtLocation,
)
from referral.records.thesaurus import ThesaurusEntry
from referral.search import Index
from referral.search.query import SearchQuery, Sort
from referral.store import Store
from referral.store.conversion import row_from
from referral.store.rows import HeadingRow
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.store.word_lists import add_crisis_words, add_thesaurus

TERMS = {
    "abuse": "", "haven": "abuse", "abuser-programs": "abuse", "orders": "", "poison": "",
    "furniture": "", "volunteering": "", "pets": "", "domestic-violence": "",
    "dv-shelter": "domestic-violence", "donating": "",
}  # fmt: skip
SERVICES = [
    # id, name, topics, ZIP code
    ("line", "Aster hotline", ("abuse",), ""),
    ("house", "Birch house", ("haven",), ""),
    ("class", "Cedar class for people who hit", ("abuser-programs",), "16354"),
    ("both", "Dogwood house and class", ("abuse", "abuser-programs"), "16354"),
    ("court", "Elder court help", ("orders",), "16354"),
    ("sofa", "Fir furniture: he hits me", ("furniture",), "16354"),
    ("work", "Gorse volunteers", ("haven", "volunteering"), "16354"),
    ("gift", "Hazel givers", ("abuse",), "16354"),
    ("paws", "Iris kennels for safety", ("abuse", "pets"), "16501"),
    ("advice", "Oak office", ("domestic-violence",), "16354"),
    ("safe", "Pine house", ("dv-shelter",), ""),
]  # fmt: skip
# Nobody tagged these: name, description, confidence of a suggestion.
SUGGESTED = {
    "named": ("Domestic violence help", "Talk with us.", 0.31),
    "told": ("Juniper center", "For people who face domestic violence.", 0.6),
    "beds": ("Oleander center", "Beds for people who face domestic violence.", 0.6),
    "doubtful": ("Kale center", "Partners of a domestic violence program.", 0.4),
    "unsaid": ("Lead pipe safety", "New pipes for safe housing.", 0.95),
    "batterers": ("Batterer program", "Classes on domestic violence.", 0.95),
}
TOLD = {
    "stay": ("Larch house", "A safe place to stay for anyone whose partner hurts them."),
    "men": ("Maple classes", "Classes for men who hurt their partners, at our shelter."),
    "young": ("Runaway Harbor", "Shelter for young people who ran away."),
    "all": (
        "Olive shelter",
        "Beds for all who left home after eviction, fire or domestic violence.",
    ),
    "help": ("Nettle household", "Domestic help for families in shelters."),
}
LINES = {
    "home": ("domestic-violence", "dv-shelter"),
    "violence": ("abuse", "orders"),
    "poison": ("poison",),
}


def _records():
    yield Organization(id="org", name="Tamarack Council")
    for code, above in TERMS.items():
        yield TaxonomyTerm(id=code, code=code, name=f"Topic {code}", parent_id=above)
    for key, name, codes, zip_code in SERVICES:
        yield Service(id=key, organization_id="org", name=name)
        for code in codes:
            yield Attribute(
                id=f"{key}-{code}", link_entity="service", link_id=key, taxonomy_term_id=code
            )
        if zip_code:
            place = find_zip(zip_code)
            yield Location(id=key, name="Hall", latitude=place.latitude, longitude=place.longitude)
            yield Address(id=key, location_id=key, city=place.city, postal_code=zip_code)
            yield ServiceAtLocation(id=key, service_id=key, location_id=key)
    for key, (name, description, _) in SUGGESTED.items():
        yield Service(id=key, organization_id="org", name=name, description=description)
    for key, (name, description) in TOLD.items():
        yield Service(id=key, organization_id="org", name=name, description=description)
    yield ServiceHeading(id="gift", service_id="gift", heading="volunteers", set_by="staff")


@pytest.fixture(scope="module")
def index(sqlite_databases, tmp_path_factory):
    """Give an index of the services above that knows two lines and what they are about."""
    store = Store(sqlite_databases.migrated())
    with store.write() as session:
        session.add(HeadingRow(slug="volunteers", name="Volunteers"))
        session.flush()
        session.add_all([row_from(record) for record in _records()])
        suggested = [(key, "domestic-violence", each[2]) for key, each in SUGGESTED.items()]
        session.add_all(
            TopicSuggestionRow(
                service_id=key, source="", source_key="", term_id=term, score=1.0,
                confidence=confidence, place="category", words="safe housing", headings="",
                made_by="1", state="suggested",
            )
            for key, term, confidence in [
                *suggested, ("beds", "dv-shelter", 0.6), ("stay", "donating", 0.3),
            ]
        )  # fmt: skip
        add_thesaurus(
            session,
            [
                ThesaurusEntry(phrase="keep him away", term_codes=("orders",)),
                ThesaurusEntry(phrase="my dog", term_codes=("pets",)),
            ],
        )
        add_crisis_words(
            session,
            [
                {"kind": "danger", "words": "hits me", "line": "violence"},
                {"kind": "danger", "words": "beats us", "line": "home"},
                {"kind": "danger", "words": "drank bleach", "line": "poison"},
                {"kind": "danger", "words": "no topics", "line": "other"},
            ],
        )
    index = Index(tmp_path_factory.mktemp("danger"), store, topics_of_lines=lambda: LINES)
    index.sync()
    yield index
    index.close()
    store.close()


def search(index, words, **more):
    return index.search(SearchQuery(words=words, **more))


def ids(answer):
    return [hit.service_id for hit in answer.hits]


def kinds(answer):
    return [notice.kind for notice in notices_of(answer)]


def test_only_the_topics_of_the_line_are_found_in_their_order(index):
    answer = search(index, "he hits me")
    assert ids(answer) == ["line", "house", "paws", "court"]
    assert kinds(answer)[:2] == ["crisis", "danger-search"]
    assert answer.total == 4
    assert [hit.reason for hit in answer.hits][::3] == ["Under Topic abuse", "Under Topic orders"]


def test_what_is_for_those_who_hurt_and_for_givers_is_never_found(index):
    found = set(ids(search(index, "he hits me", near=find_zip("16354"))))
    assert found.isdisjoint({"class", "both", "work", "gift", "sofa"})


def test_what_else_was_said_puts_them_in_order(index):
    assert ids(search(index, "he hits me keep him away"))[0] == "court"
    assert ids(search(index, "he hits me and my dog"))[0] == "paws"


def test_the_nearest_comes_first_but_for_what_matters_much_more(index):
    near = find_zip("16501")
    assert ids(search(index, "he hits me", near=near))[0] == "paws"
    assert ids(search(index, "he hits me near 16501"))[0] == "paws"
    far = ids(search(index, "he hits me", near=find_zip("16354")))
    assert far.index("line") < far.index("court")
    nearest = search(index, "he hits me", near=near, sort=Sort.NEAREST)
    assert ids(nearest)[:2] == ["paws", "court"]


def test_a_name_comes_first_only_among_the_topics(index):
    assert ids(search(index, "birch house he hits me")) == ["line", "house", "paws", "court"]
    assert "sofa" not in ids(search(index, "fir furniture he hits me"))


def test_nothing_is_found_where_no_service_has_the_topic(index):
    answer = search(index, "he drank bleach")
    assert (answer.total, kinds(answer)[:2]) == (0, ["crisis", "danger-search"])


def test_exact_words_and_lines_without_topics_are_searched_as_ever(index):
    exact = search(index, "hits me", exactly=True)
    assert (ids(exact)[0], kinds(exact)) == ("sofa", ["crisis"])
    assert "danger-search" not in kinds(search(index, "no topics furniture"))


def test_a_danger_that_only_the_model_sees_leaves_the_results_as_they_are(index):
    """A panel that is wrong then hides nothing that was asked for."""
    words = "he twists my arm and hides my keys furniture"
    answer = search(index, words)
    assert kinds(answer)[0] == "crisis"
    assert "danger-search" not in kinds(answer)
    assert ids(answer)[0] == "sofa"


def test_a_shelter_that_tells_no_place_stands_among_what_is_near(index):
    found = ids(search(index, "he beats us", near=find_zip("16354")))
    assert max(map(found.index, ("safe", "stay"))) < found.index("advice")


def test_filters_still_narrow(index):
    answer = search(index, "he hits me", topic="haven")
    assert ids(answer) == ["house"]


def test_several_dangers_find_the_topics_of_all_the_most_pressing_first(index):
    assert ids(search(index, "he hits me drank bleach"))[0] == "line"


def test_a_suggestion_counts_only_where_the_service_says_so_too(index):
    found = ids(search(index, "he beats us"))
    tagged = {"advice", "safe"}
    assert set(found) - tagged == {"named", "told", "beds", "stay"}, "a text alone may say it"
    assert found.index("beds") < found.index("told"), "who helps in two ways comes first"
    assert found.index("stay") < found.index("told"), "a text that shelters counts like a tag"
    ordinary = ids(search(index, "topic domestic-violence"))
    assert {"unsaid", "batterers"} <= set(ordinary), (
        "any other search takes suggestions as they are"
    )
