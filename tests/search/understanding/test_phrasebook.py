"""Runs of words that stand for topics."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.records.classification import TaxonomyTerm
from referral.records.thesaurus import ThesaurusEntry, parse_thesaurus_entries
from referral.search.understanding.phrases import Phrasebook

ENTRIES = [
    ("lights got cut off", "en", "electric"),
    ("light bill", "en", "electric"),
    ("bill", "en", "money"),
    ("nursing home", "en", "nursing"),
    ("out of baby formula", "en", "formula"),
    ("banco de comida", "es", "pantry"),
    ("pampers", "en", "diapers"),
    ("pañales", "es", "diapers"),
    ("need", "en", ""),
    ("got", "en", ""),
]
BOOK = Phrasebook(
    [
        ThesaurusEntry(phrase=phrase, language=language, term_codes=(code,) if code else ())
        for phrase, language, code in ENTRIES
    ],
    [TaxonomyTerm(id="1", code="diapers", name="Diapers and wipes", use_references="nappies")],
    {"1": ("nappies",)},
)


def runs(text):
    return [(run.positions, set(run.weights)) for run in BOOK.find_phrases(text.split())]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("light bill", [((0, 1), {"electric"})]),
        ("bill", [((0,), {"money"})]),
        ("light bills rent", [((0, 1), {"electric"})]),
        ("bill light", [((0,), {"money"})]),  # two words stand in order
        ("cut off lights", [((0, 1, 2), {"electric"})]),  # three need not
        ("lights suddenly cut off", [((0, 2, 3), {"electric"})]),  # one word may stand between
        ("lights one two cut off", []),
        ("home nursing", []),
        ("nursing need home", [((0, 2), {"nursing"})]),  # what is said in passing is no distance
        ("bancos comida", [((0, 1), {"pantry"})]),
        ("panales pampers", [((0,), {"diapers"}), ((1,), {"diapers"})]),
        ("diapers wipes", [((0, 1), {"diapers"})]),
        ("nappies", [((0,), {"diapers"})]),
        ("need", []),
        ("", []),
    ],
)
def test_the_longest_runs_are_found(words, expected):
    assert runs(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("neighbor leaves kids alone", {"neglect"}),
        ("wont leave alone", {"stalking"}),
        ("leaves alone", {"neglect", "stalking"}),
    ],
)
def test_what_is_said_in_passing_tells_phrases_of_the_same_words_apart(words, expected):
    entries = [("he wont leave me alone", "stalking"), ("leave kids alone", "neglect")]
    entries += [("wont", ""), ("kids", "")]
    book = Phrasebook(
        ThesaurusEntry(phrase=phrase, language="en", term_codes=(code,) if code else ())
        for phrase, code in entries
    )
    assert [set(run.weights) for run in book.find_phrases(words.split())] == [expected]


def test_a_name_of_a_term_is_told_apart_from_other_words_for_it():
    assert [run.is_name for run in BOOK.find_phrases(["diapers", "wipes"])] == [True]
    assert [run.is_name for run in BOOK.find_phrases(["nappies"])] == [False]


def test_words_of_a_term_are_in_one_language():
    shelter = TaxonomyTerm(
        id="1", code="shelter", name="Shelters", use_references="homeless", language="en"
    )
    book = Phrasebook([], [shelter], {"1": ("homeless", "calle")})
    assert book.find_phrases(["call"], "en") == []
    for said, language in (("shelter", "en"), ("homeless", "en"), ("calles", "es")):
        assert [set(run.weights) for run in book.find_phrases([said], language)] == [{"shelter"}]


def test_it_knows_its_words_and_what_is_said_in_passing():
    assert "pampers" in BOOK
    assert "pamper" not in BOOK
    assert "need" in BOOK.soft_stop_words
    assert BOOK.words_of_length(7) == ["diapers", "formula", "nappies", "nursing", "pampers",
                                       "panales"]  # fmt: skip


def test_the_same_words_twice_join_their_topics():
    book = Phrasebook(
        [
            ThesaurusEntry(phrase="check ran out", term_codes=("a",), weight=0.5),
            ThesaurusEntry(phrase="the check ran out", term_codes=("a", "b")),
        ]
    )
    [run] = book.find_phrases(["check", "ran", "out"])
    assert run.weights == {"a": 1.0, "b": 1.0}


@given(
    st.lists(st.sampled_from(["light", "lights", "bill", "cut", "off", "nursing", "home", "need"]))
)
def test_runs_never_overlap_and_stand_in_the_question(words):
    words = list(dict.fromkeys(words))
    positions = [at for run in BOOK.find_phrases(words) for at in run.positions]
    assert len(positions) == len(set(positions))
    assert all(0 <= at < len(words) for at in positions)


def test_an_entry_in_just_these_words_comes_before_one_of_their_stems():
    entries = [
        ThesaurusEntry(phrase="medico", language="es", term_codes=("clinics",)),
        ThesaurusEntry(phrase="medicacion", language="es", term_codes=("prescriptions",)),
    ]
    book = Phrasebook(entries)
    assert [dict(run.weights) for run in book.find_phrases(["medicacion"])] == [
        {"prescriptions": 1.0}
    ]
    assert [dict(run.weights) for run in book.find_phrases(["medicos"])] == [
        {"clinics": 1.0, "prescriptions": 1.0}
    ], "what nobody wrote so may be any of them"


def test_rows_of_the_table_become_entries():
    rows = [{"phrase": "la luz", "language": "es", "terms": "a|b", "weight": "0.5", "note": ""}]
    assert parse_thesaurus_entries(rows) == [
        ThesaurusEntry(phrase="la luz", language="es", term_codes=("a", "b"), weight=0.5)
    ]


def test_a_loop_of_topics_in_a_list_has_an_end():
    terms = [
        TaxonomyTerm(id=code, code=code, name=code, parent_id=above)
        for code, above in (("a", "b"), ("b", "c"), ("c", "a"), ("kind", "a"))
    ]
    book = Phrasebook([], terms, groups={"kind": frozenset({"youth"})})
    assert "kind" in dict(book.kinds_of("a"))
    assert book.with_topics_below({"c": 1.0}, {"youth"}).keys() <= {"c", "kind"}
