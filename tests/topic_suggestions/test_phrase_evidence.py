"""Evidence of suggestions: the words as they stand in the listing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.topic_suggestions.phrase_evidence import PhraseMatcher
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.topic_phrases import (
    TopicPhrase,
    content_spans,
    content_stems,
    singular,
)


def evidence_of(text, *stems):
    """Give the words of evidence for a topic that is said by these stems."""
    singulars = tuple(singular(word) for word, _ in content_stems(text))
    matcher = PhraseMatcher([TopicPhrase("t", " ".join(stems), stems, singulars, 1.0)])
    return matcher.find(ServiceText(service_id="s", description=text))["t"].words


@pytest.mark.parametrize(
    ("text", "stems", "words"),
    [
        ("Bags of Canned Goods, and bread!", ("can", "good"), "Canned Goods"),
        ("Help with\n  the rent.", ("rent",), "rent"),
        ("Food/Clothing for all", ("cloth",), "Clothing"),
        ("Meetings of A.A. daily", ("aa",), "A.A."),
        ("Ropa para niños’", ("nino",), "niños"),
        ("El café\u0301s abierto", ("cafe",), "café\u0301s"),
        ("Trans­port to the doctor", ("transport", "doctor"), "Trans­port to the doctor"),
    ],
)
def test_words_stand_as_they_do_in_the_listing(text, stems, words):
    assert evidence_of(text, *stems) == words


def test_long_evidence_ends_with_a_whole_word():
    between = " and also the many different people of the county who may be in need of a new"
    words = evidence_of(f"Beds{between} shelter", "bed", "mani", "differ", "shelter")
    assert len(words) <= 80
    assert f"Beds{between} shelter".startswith(words + " ")


@given(st.text(max_size=60))
def test_every_telling_word_has_a_place(text):
    spans = content_spans(text)
    assert len(spans) == len(content_stems(text))
    assert spans == sorted(spans)
    assert all(text[start:end].strip() for start, end in spans)


@pytest.mark.parametrize(
    ("name", "topics"),
    [
        ("Abuse", {"abuse"}),
        ("Abuse services", {"abuse"}),
        ("Abuse, substance", set()),
        ("Substance abuse", {"drugs"}),
        ("Abuse of children", set()),
    ],
)
def test_one_word_is_no_evidence_inside_a_longer_category_name(name, topics):
    ways = [
        TopicPhrase("abuse", "abuse", ("abus",), ("abuse",), 0.6),
        TopicPhrase("drugs", "substance abuse", ("substanc", "abus"), ("substance", "abuse"), 1.0),
    ]
    assert PhraseMatcher(ways).find_in_category(name).keys() == topics


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Family planning", {"birth-control"}),
        ("Family plans", {"family-plan"}),
        ("Plan for families", set()),
    ],
)
def test_the_very_words_of_one_topic_are_no_evidence_for_another_of_their_stems(text, topics):
    ways = [
        TopicPhrase("family-plan", "family plan", ("famili", "plan"), ("family", "plan"), 1.0),
        TopicPhrase(
            "birth-control", "family planning", ("famili", "plan"), ("family", "planning"), 1.0
        ),
    ]
    assert PhraseMatcher(ways).find(ServiceText(service_id="s", description=text)).keys() == topics


@pytest.mark.parametrize("name", ["P.O.W.E.R.", "POWER Program", "The Power of Reading"])
def test_power_alone_does_not_say_that_there_is_none(name):
    ways = [TopicPhrase("electric-help", "no power", ("power",), ("power",), 0.4)]
    assert not PhraseMatcher(ways).find(ServiceText(service_id="s", name=name))


CARE = TopicPhrase("care", "health care", ("health", "care"), ("health", "care"), 1.0)
FAMILY = TopicPhrase("parents", "families", ("famili",), ("family",), 0.6)


@pytest.mark.parametrize(
    ("name", "categories", "topics"),
    [
        ("Health of women", ("Care",), {"care"}),
        ("Women", ("Health conditions", "Care"), set()),
    ],
)
def test_words_stand_apart_in_the_name_and_one_category(name, categories, topics):
    service = ServiceText(
        service_id="s", name=name, categories=tuple((each, each) for each in categories)
    )
    assert PhraseMatcher([CARE]).find(service).keys() == topics


def test_a_category_of_people_says_no_topic():
    assert not PhraseMatcher([FAMILY]).find_in_category("Families")


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("- Mailing address: P.O. Box 12", 0.0, 0.0),
        ("Send letters to our mailing address", 0.3, 1.0),
        ("- How to access: by our mailing address", 0.0, 0.1),
    ],
)
def test_an_address_of_a_service_is_none_for_its_patrons(text, least, most):
    way = TopicPhrase("mail", "mailing address", ("mail", "address"), ("mailing", "address"), 1.0)
    found = PhraseMatcher([way]).find(ServiceText(service_id="s", description=text))
    assert least <= (found["mail"].score if found else 0.0) <= most
