"""Highlighting: splits a text into matched words and the text between them."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from referral.search.analysis import all_words_of, stem
from referral.search.schema import LANGUAGES

_WORDS = re.compile(r"([^\W_]+(?:['’][^\W_]+)*)")


def split(text: str, matched: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """Split a text into pieces, each with whether it is a match to be marked.

    Args:
        matched: folded words and stems, as in ``Hit.matched``.
    """
    parts = _WORDS.split(text)  # every second one is a word
    pieces: list[tuple[str, bool]] = []
    start = 0
    for number in range(1, len(parts), 2):
        if not _forms_of_word(parts[number]).isdisjoint(matched):
            pieces += (("".join(parts[start:number]), False), (parts[number], True))
            start = number + 1
    pieces.append(("".join(parts[start:]), False))
    return tuple(piece for piece in pieces if piece[0])


@lru_cache(maxsize=1 << 15)
def _forms_of_word(word: str) -> frozenset[str]:
    """Return the folded words and the stems that a written word can match."""
    words = all_words_of(word)
    return frozenset(
        [*words, *(stem(folded, language) for folded in words for language in LANGUAGES)]
    )
