"""Detection of queries in a language that search does not support.

Their words must not be corrected into English or Spanish ones, which would answer a wish to die
with a class. Another script is enough; in Latin script, letters of Vietnamese, or common words
that neither English nor Spanish has (``seed_data/other_languages.csv``).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from referral.fields.text import without_accents
from referral.resources import resource_path
from referral.search.query import LONGEST_QUERY

_VIETNAMESE = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# Words that people type in English or Spanish too: they count only beside others.
_SHARED = "shared"


@cache
def _known_words() -> dict[str, frozenset[str]]:
    """Return each common word without accents, with the languages that have it."""
    languages_by_word: dict[str, set[str]] = {}
    path = resource_path("seed_data") / "other_languages.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in without_accents(row["words"]).split():
                languages_by_word.setdefault(word, set()).add(row["language"])
    return {word: frozenset(languages) for word, languages in languages_by_word.items()}


def is_other_language(text: str) -> bool:
    """Return whether a text is mostly in another script, or in an unsupported language."""
    text = text[:LONGEST_QUERY]
    if not text.isascii():
        letters = [letter for letter in text if letter.isalpha()]
        foreign = sum(
            not unicodedata.name(letter, "").startswith("LATIN")
            for letter in letters
            if not letter.isascii()
        )
        if (letters and foreign * 2 > len(letters)) or _VIETNAMESE.search(text):
            return True
    words = _WORD.findall(without_accents(text.casefold()))
    known = _known_words()
    known_words = [(word, known[word]) for word in words if word in known]
    candidates = {language for _, languages in known_words for language in languages}
    return any(_is_in_language(len(words), known_words, language) for language in candidates)


def _is_in_language(
    count: int, known_words: Sequence[tuple[str, frozenset[str]]], language: str
) -> bool:
    """Return whether at least two words, and half of all, are in a language, one not shared."""
    in_language = {word: languages for word, languages in known_words if language in languages}
    return (
        len(in_language) >= 2
        and any(_SHARED not in languages for languages in in_language.values())
        and sum(language in languages for _, languages in known_words) * 2 >= count
    )
