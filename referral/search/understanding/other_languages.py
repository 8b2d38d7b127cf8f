"""Whether a question is in a language that the search does not speak.

Its words must not be corrected into English or Spanish ones: that would answer a wish to die with
a class. Another script is enough; in Latin script, letters of Vietnamese, or common words that
neither English nor Spanish has (``seed_data/other_languages.csv``).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache

from referral.fields.text import without_accents
from referral.resources import resource_path
from referral.search.query import LONGEST_QUERY

_VIETNAMESE = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# Words that people type in English or Spanish too: they count beside others only.
_SHARED = "shared"


@cache
def _known_words() -> dict[str, frozenset[str]]:
    """Language → its words, without accents."""
    path = resource_path("seed_data") / "other_languages.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["language"]: frozenset(without_accents(row["words"]).split())
            for row in csv.DictReader(file)
        }


def is_other_language(text: str) -> bool:
    """Whether most of a text is in another script, or its words are of another language."""
    text = text[:LONGEST_QUERY]
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return False
    foreign = sum(
        not unicodedata.name(letter, "").startswith("LATIN")
        for letter in letters
        if not letter.isascii()
    )
    if foreign * 2 > len(letters) or _VIETNAMESE.search(text):
        return True
    words = _WORD.findall(without_accents(text.casefold()))
    return any(_is_of(words, known) for known in _known_words().values())


def _is_of(words: list[str], known: frozenset[str]) -> bool:
    """Whether two words at least, and half of all, are of a language, one of them of it alone."""
    found = {word for word in words if word in known}
    return (
        len(found) >= 2
        and len(found - _known_words()[_SHARED]) >= 1
        and sum(word in known for word in words) * 2 >= len(words)
    )
