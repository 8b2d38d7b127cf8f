"""Spanish as people say it is understood where a list has English text only."""

from __future__ import annotations

import csv
from collections import Counter

import numpy as np
import pytest

from referral.resources import resource_path
from referral.search.understanding.knowledge import Knowledge
from referral.search.understanding.question import interpret_query, tokenize_query
from referral.search.words import PostingTable, Vocabulary

_FEWEST = 8  # ways to say a topic in each language


def _rows(name):
    with (resource_path("seed_data") / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def knowledge(sample_instance):
    """Give the shipped word lists and a list without a Spanish word, or any other."""
    word_lists = sample_instance.index._word_lists.get()
    return Knowledge(
        vocabulary=Vocabulary(PostingTable([]), [], np.zeros(0, dtype=np.bool_)),
        phrasebook=word_lists.phrasebook,
        nearest_phrases=word_lists.nearest_phrases,
    )


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("quero comida pa mis niños", "food"),
        ("ando buscando jale", "work"),
        ("ocupo ayuda con los biles", "utilities"),
        ("no tengo aseguransa", "clinics"),  # a slip
        ("aplicar pa el medicaid", "health-insurance"),
        ("me urge una despensa", "food-pantries"),
        ("despensas", "food-pantries"),  # plural
        ("panal", "diapers"),  # without its mark
        ("se me descompuso la troca", "car-help"),
        ("donde puedo sacar la mica para mi", "immigration-legal"),
        ("no me quieren pagar la semana que trabajé", "worker-rights"),
        ("actividades para los viejitos", "senior-centers"),
        ("mi mamá es mayor y necesita comida en casa", "home-delivered-meals"),
    ],
)
def test_what_is_said_in_passing_is_not_required(knowledge, words, topic):
    question = interpret_query(tokenize_query(words, with_place=False), None, knowledge)
    required = [clause for clause in question.clauses if clause.is_required]
    assert topic in {each.code for clause in required for each in clause.topics}
    assert all(clause.topics for clause in required)


def test_every_topic_can_be_said_in_eight_ways_in_each_language():
    counts = {"en": Counter(), "es": Counter()}
    terms = _rows("taxonomy/taxonomy_terms.csv")
    for row in terms:
        for language, suffix in (("en", ""), ("es", "_es")):
            references = filter(None, row[f"use_references{suffix}"].split("|"))
            counts[language][row["code"]] += 1 + len(list(references))
    for row in _rows("thesaurus.csv"):
        counts[row["language"]].update(filter(None, row["terms"].split("|")))
    few = {(language, row["code"]) for language in counts for row in terms
           if counts[language][row["code"]] < _FEWEST}  # fmt: skip
    assert few == set()


@pytest.mark.slow
def test_every_phrase_of_the_thesaurus_finds_one_of_its_topics(knowledge):
    for row in _rows("thesaurus.csv"):
        question = interpret_query(tokenize_query(row["phrase"], with_place=False), None, knowledge)
        found = {topic.code for clause in question.clauses for topic in clause.topics}
        assert found & set(row["terms"].split("|")), row["phrase"]
