"""Sentences are understood by what they mean: real encoder, a few phrases."""

from __future__ import annotations

import numpy as np
import pytest

from referral.records.classification import TaxonomyTerm
from referral.search.understanding import sentences
from referral.search.understanding.knowledge import WordListCache
from referral.search.understanding.nearest import NearestTopics
from referral.search.understanding.phrases import Phrasebook, Word
from referral.search.understanding.sentences import (
    EncodedPhrases,
    PhraseVectors,
    sentence_encoder,
    settle_topics,
)

TOPIC_BY_PHRASE = {
    "my father wanders off and gets lost": "memory",
    "alguien usó mi nombre para pedir un préstamo": "identity",
    "they did not pay me for all my hours": "wages",
    "a car for sale": "cars",
}


@pytest.fixture(scope="module")
def encoded_phrases(tmp_path_factory):
    file = tmp_path_factory.mktemp("sayings") / "sayings.npz"
    vectors = PhraseVectors(file).of(list(TOPIC_BY_PHRASE), sentence_encoder())
    return EncodedPhrases(
        [{topic: 1.0} for topic in TOPIC_BY_PHRASE.values()], vectors, sentence_encoder()
    )


@pytest.fixture
def phrasebook():
    return Phrasebook(
        [], [TaxonomyTerm(id=each, code=each, name=each) for each in TOPIC_BY_PHRASE.values()]
    )


def settled(encoded_phrases, phrasebook, text, by_words=None):
    words = [Word(word, word) for word in text.split()]
    return settle_topics(text.split(), words, by_words, encoded_phrases, phrasebook, ())


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("dad walks out of the house at night", "memory"),
        ("someone opened a credit card in my name", "identity"),
        ("mi jefe me robó parte del sueldo", "wages"),
    ],
)
def test_what_is_meant_counts_beside_what_is_worded_alike(encoded_phrases, phrasebook, text, topic):
    alike = NearestTopics(text, {"cars": 0.5})
    found = settled(encoded_phrases, phrasebook, text, alike)
    assert next(iter(found.weights)) == topic
    assert "cars" in found.weights


def test_keywords_and_what_phrases_explain_stay_as_they_are(encoded_phrases, phrasebook):
    assert settled(encoded_phrases, phrasebook, "dad walks at night") is None
    assert settled(encoded_phrases, phrasebook, "dad walks out of the house at night") is None


def test_vectors_are_made_little_by_little_and_read_from_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sentences, "_AT_ONCE", 3)
    file, texts = tmp_path / "sayings.npz", list(TOPIC_BY_PHRASE)
    vectors = PhraseVectors(file)
    assert vectors.of(texts, sentence_encoder()) is None
    made = vectors.of(texts, sentence_encoder())
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-3)

    assert np.array_equal(PhraseVectors(file).of(texts, pytest.fail), made)


def test_a_damaged_file_is_made_anew(tmp_path):
    file = tmp_path / "sayings.npz"
    file.write_bytes(b"PK\x03\x04 no more")
    assert PhraseVectors(file).of(["rent"], sentence_encoder()).shape == (1, 512)


def test_without_the_package_words_alone_are_asked(store, tmp_path, monkeypatch):
    monkeypatch.setattr("referral.search.understanding.knowledge.sentence_encoder", lambda: None)
    cache = WordListCache(store, vectors_file=tmp_path / "sayings.npz")
    cache.index_phrases(ahead=True)
    assert cache.get().encoded_phrases is None
    assert not list(tmp_path.glob("sayings*"))
