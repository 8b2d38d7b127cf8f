"""What is near a word or begins like it: as if every word were looked at, but few are."""

from __future__ import annotations

import string
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from referral.search import schema
from referral.search.codec.array_codec import leaf_readers
from referral.search.facts import Facts
from referral.search.indexing.writer import create_index, writer_of
from referral.search.matches import Words
from referral.search.understanding.phrases import Phrasebook
from referral.search.understanding.spelling import correct

SOME = ["pantry", "pantries", "party", "diaper", "diapers", "dental", "señal", "senal", "legal",
        "counselor", "counsellor", "transportation", "x1", "abc", "wordword"]  # fmt: skip
KNOWN = {text.replace("ñ", "n") for text in SOME}


def vocabulary_of(*segments):
    with TemporaryDirectory() as folder:
        index = create_index(Path(folder))
        for texts in segments:
            with writer_of(index) as writer:
                for text in texts:
                    facts = Facts(service_id="s")
                    writer.add_document(service_id="s", facts=facts, description=text)
                writer.commit()
        live = np.ones(sum(map(len, segments)), dtype=np.bool_)
        return Words(leaf_readers(index.reader()), live).vocabulary


VOCABULARY = vocabulary_of(SOME[:9], SOME[6:], ["pantry diaper"], [])
_letters = st.sampled_from(string.ascii_lowercase)


@st.composite
def _slipped(draw):
    """Draw a word of the vocabulary with up to three letters gone, added or exchanged."""
    word = list(draw(st.sampled_from(SOME)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(word) - 1, 0)))
        word[at : at + draw(st.integers(0, 1))] = draw(st.lists(_letters, max_size=1))
    return "".join(word)


@settings(max_examples=75)
@given(word=_slipped() | st.text(max_size=12), slips=st.integers(1, 2))
def test_no_word_within_the_slips_is_missing(word, slips):
    near = {one for one in KNOWN if OSA.distance(word, one) <= slips}
    assert near <= VOCABULARY.spelled_like(word, slips).keys() <= KNOWN


@given(word=st.sampled_from(SOME), length=st.integers(0, 9))
def test_what_begins_so_is_what_begins_so(word, length):
    expected = {one for one in KNOWN if one.startswith(word[:length])}
    assert VOCABULARY.prefix_counts(word[:length]).keys() == expected


def test_frequencies_are_of_all_segments():
    assert VOCABULARY.prefix_counts("pantry") == {"pantry": 2}
    assert VOCABULARY.spelled_like("diaperz", 1) == {"diaper": 2, "diapers": 1}
    assert VOCABULARY.doc_frequency(schema.WORDS, "dental") == 1
    assert (schema.WORDS, "dental") in VOCABULARY
    assert ("name", "dental") not in VOCABULARY


@pytest.fixture(scope="module")
def large():
    """Give twenty thousand words that nobody knows, of five to ten letters."""
    random = np.random.default_rng(211)
    letters = np.array(list("aeiourstlnmdcp"))
    words = ["".join(random.choice(letters, size)) for size in random.integers(5, 11, 20_000)]
    return vocabulary_of([" ".join(words)])


@pytest.mark.slow
def test_few_words_are_compared_letter_by_letter(large):
    """Whatever is typed: this is what keeps a question of thirty wrong words quick."""
    words = large.prefix_counts("")
    assert len(words) > 10_000
    for typed in ("strondgel", "brainflail", "prentrouple", "a" * 40, "qqqqqqqq", "thousand"):
        assert len(large.spelled_like(typed, 2)) < len(words) / 20


def test_a_slip_in_a_known_word_is_undone(large):
    words = sorted(word for word in large.prefix_counts("") if len(word) == 9)
    for word in words[:: len(words) // 50]:
        wrong = word[:4] + word[5:]
        if wrong not in words:
            assert OSA.distance(correct(wrong, large, Phrasebook()), wrong) == 1
