"""The bounds of a phrase and its weight."""

import pytest

from referral.records.thesaurus import ThesaurusEntry
from referral.store.terms import TermTree
from referral.vocabulary.records import VocabularyRefusal
from referral.vocabulary.thesaurus import entry_refusal

TREE = TermTree(terms={}, ids={"food": "t"}, children={}, translated_words={})


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        ({"phrase": "w" * 200}, None),
        ({"phrase": "w" * 201}, VocabularyRefusal.TOO_LONG),
        ({"weight": 0.1}, None),
        ({"weight": 0.09}, VocabularyRefusal.ODD_WEIGHT),
        ({"weight": 3.0}, None),
        ({"weight": 3.1}, VocabularyRefusal.ODD_WEIGHT),
        ({"language": "es"}, None),
        ({"phrase": "the"}, None),  # a small word may be passed over, and means no topic
        ({"phrase": "the", "term_codes": ("food",)}, VocabularyRefusal.EMPTY),
        ({"term_codes": ("food", "none")}, VocabularyRefusal.UNKNOWN_TOPIC),
    ],
)
def test_which_phrases_are_taken(entry, refusal):
    found = entry_refusal(ThesaurusEntry(**{"phrase": "hungry", **entry}), TREE)
    assert (found.refusal if found else None) is refusal
