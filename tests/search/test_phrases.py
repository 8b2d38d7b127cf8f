"""What people type, and what must be found: a table on a small directory that reads like one."""

from __future__ import annotations

import pytest

from referral.cli.search import notices_of, understood_of
from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.hsds import Address, Location, Organization, Service, ServiceAtLocation
from referral.search import Index
from referral.search.query import SearchQuery
from referral.store import Store
from tests.search.small_directory import fill, translation


def _instance():
    """Yield organizations with their services, by key."""
    yield Organization(id="army", name="The Salvation Army", alternate_name="Salvos")
    yield Organization(id="hope", name="Hope & Healing Center")
    yield Organization(id="casa", name="Casa de los Amigos")
    yield Organization(id="county", name="Crawford County Human Services")
    for code, name, words, parent in [
        ("food", "Food", "groceries|hungry", ""),
        ("food-pantries", "Food pantries", "food bank|canned goods", "food"),
        ("dental", "Dental care", "dentist|teeth|toothache", ""),
        ("utilities", "Help with utility bills", "light bill|electric bill|LIHEAP", ""),
        ("diapers", "Diapers", "pampers|nappies|back pack", ""),
    ]:
        yield TaxonomyTerm(id=code, code=code, name=name, use_references=words, parent_id=parent)
    yield translation("taxonomy_term", "food-pantries", "use_references", "despensa|víveres")
    yield translation("taxonomy_term", "utilities", "name", "Ayuda con la luz")
    for key, organization, name, description, term, city in [
        ("pantry", "army", "Emergency Food Pantry", "Bags of groceries each week.", "food-pantries", "Meadville"),
        ("meals", "casa", "Comida caliente", "Hot meals for anybody. Se habla español.", "food", "Titusville"),
        ("teeth", "hope", "Smile Clinic", "Cleanings, fillings and extractions.", "dental", "Meadville"),
        ("counsel", "hope", "Counseling", "Talk with a counselor about food, sleep and worries.", "", "Meadville"),
        ("heat", "county", "Heating Help", "Pays part of a gas or electricity bill.", "utilities", "Titusville"),
        ("diaper", "county", "Diaper Bank", "Diapers and wipes for babies.", "diapers", "Meadville"),
        ("wic", "county", "WIC", "Women, Infants and Children: milk, formula, advice.", "food", "Meadville"),
        ("aa", "casa", "A.A. meeting", "Alcoholics Anonymous, open meeting.", "", "Meadville"),
        ("line", "hope", "Talk Line", "A listening ear by telephone, day and night.", "", ""),
    ]:  # fmt: skip
        yield Service(id=key, organization_id=organization, name=name, description=description)
        if term:
            yield Attribute(id=key, link_entity="service", link_id=key, taxonomy_term_id=term)
        if city:
            yield Location(id=key, name=f"{city} Hall", latitude=41.6, longitude=-80.1)
            yield Address(id=key, location_id=key, city=city, postal_code="16335")
            yield ServiceAtLocation(id=key, service_id=key, location_id=key)
    yield translation("service", "diaper", "name", "Banco de pañales")


@pytest.fixture(scope="module")
def index(sqlite_databases, tmp_path_factory):
    """Give an index of that directory."""
    store = Store(sqlite_databases.migrated())
    fill(store, *_instance())
    index = Index(tmp_path_factory.mktemp("phrases"), store)
    index.sync()
    yield index
    index.close()
    store.close()


@pytest.mark.parametrize(
    ("words", "first", "others"),
    [
        ("food pantry", "pantry", set()),
        ("FOOD PANTRIES", "pantry", set()),
        ("food bank", "pantry", set()),
        ("hungry", "meals", {"pantry", "wic", "counsel"}),
        ("food", "pantry", {"meals", "wic", "counsel"}),
        ("i need help with food please", "pantry", {"meals", "wic", "counsel"}),
        ("toothache", "teeth", set()),
        ("dentist", "teeth", set()),
        ("dent", "teeth", set()),
        ("light bill", "heat", set()),
        ("liheap", "heat", set()),
        ("pampers", "diaper", set()),
        ("diapers", "diaper", set()),
        ("dipers", "diaper", set()),
        ("pañales", "diaper", set()),
        ("panales", "diaper", set()),
        ("banco de pañales", "diaper", set()),
        ("viveres", "pantry", set()),
        ("despensas", "pantry", set()),
        ("luz", "heat", set()),
        ("counselors", "counsel", set()),
        ("counsel", "counsel", set()),
        ("wic", "wic", set()),
        ("AA", "aa", set()),
        ("a.a.", "aa", set()),
        ("salvation army", "pantry", set()),
        ("The Salvation Army", "pantry", set()),
        ("Salvos", "pantry", set()),
        ("salvaton army", "pantry", set()),
        ("hope and healing center", "line", {"counsel", "teeth"}),
        ("Hope & Healing Center", "line", {"counsel", "teeth"}),
        ("casa amigos", "aa", {"meals"}),
        ("dentist in Meadville", "teeth", set()),
        ("food Titusville", "meals", {"pantry", "wic", "counsel"}),
        ('"open meeting"', "aa", set()),
        ('"alcoholics anonymous" meeting', "aa", set()),
        ("crawford county diapers", "diaper", set()),
    ],
)
def test_phrase_finds(index, words, first, others):
    answer = index.search(SearchQuery(words=words))
    found = [hit.service_id for hit in answer.hits]
    assert found[:1] == [first]
    assert set(found[1:]) == others
    assert answer.total == len(found)


def notices(answer):
    return {notice.kind: dict(notice.details) for notice in notices_of(answer)}


def test_a_correction_is_said_and_an_empty_box_says_nothing(index):
    answer = index.search(SearchQuery(words="dipers"))
    assert notices(answer) == {"corrected": {"from": "dipers", "to": "diapers"}}
    assert tuple(understood_of(answer.question)) == ("diapers",)
    assert not list(notices_of(index.search(SearchQuery())))
    assert index.search(SearchQuery()).total == 9


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("dentost", "dentist"), ("counselon", "counselor"), ("groceriesfor", "groceries")],
)
def test_a_slip_is_put_right_before_a_small_word_is_split_off(index, typed, meant):
    answer = index.search(SearchQuery(words=typed))
    assert notices(answer)["corrected"] == {"from": typed, "to": meant}


@pytest.mark.parametrize("words", ["wik", "ged", "bak", "12345678", "zzzzzzzz"])
def test_short_words_numbers_and_far_ones_are_not_bent(index, words):
    answer = index.search(SearchQuery(words=words))
    assert "corrected" not in notices(answer)
    assert answer.total == 0


def test_some_words_will_do_when_no_service_has_all(index):
    answer = index.search(SearchQuery(words="dentist diapers formula"))
    assert "some-words" in notices(answer)
    assert {hit.service_id for hit in answer.hits} == {"teeth", "diaper", "wic"}
    both = index.search(SearchQuery(words="emergency groceries formula"))
    assert both.hits[0].service_id == "pantry", "what has more of the words comes first"


def test_a_phrase_that_stands_nowhere_gives_its_words(index):
    answer = index.search(SearchQuery(words='"pantry groceries food"'))
    assert "some-words" in notices(answer)
    assert answer.hits[0].service_id == "pantry"


def test_only_small_words_show_everything_and_say_so(index):
    answer = index.search(SearchQuery(words="the of &"))
    assert "no-words" in notices(answer)
    assert answer.total == 9


def test_a_zip_code_among_the_words_is_a_place(index):
    answer = index.search(SearchQuery(words="diapers 16335"))
    assert notices(answer)["place"] == {"zip": "16335", "name": "Meadville, PA 16335"}
    assert tuple(understood_of(answer.question)) == ("diapers", "near Meadville, PA 16335")
    assert answer.hits[0].distance_miles == pytest.approx(3.41, abs=0.1)
    assert "place" not in notices(index.search(SearchQuery(words="diapers 00000")))


def test_hits_say_why(index):
    [hit] = index.search(SearchQuery(words="diapers")).hits
    assert hit.why == ("name", "topic", "description")
    [hit] = index.search(SearchQuery(words="toothache meadville")).hits
    assert hit.why == ("topic", "place")
    assert index.search(SearchQuery(words="salvos")).hits[0].why == ("organization",)
    assert index.search(SearchQuery()).hits[0].why == ()


def test_a_long_question_is_cut_and_says_so(index):
    answer = index.search(SearchQuery(words="diapers " + "x" * 500))
    assert notices(answer)["shortened"] == {"letters": "200"}
    many = " ".join(f"w{number}" for number in range(60))
    assert "shortened" in notices(index.search(SearchQuery(words=many)))


def test_the_answer_names_its_generation_and_time(index):
    answer = index.search(SearchQuery(words="diapers"))
    assert answer.generation == index.status().generation
    assert 0 < answer.took_ms < 5_000
