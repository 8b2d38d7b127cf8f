"""The words of a text that a result was found by, told apart so that a page can mark them."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from referral.search.analysis import all_words_of, stem
from referral.search.schema import LANGUAGES

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def marked_pieces(text: str, matched: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces that together are the whole, and for each whether it is to be marked.

    Args:
        matched: as in ``Hit.matched``: folded words and stems.
    """
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in _WORD.finditer(text):
        if not _forms(match[0]).isdisjoint(matched):
            if match.start() > end:
                pieces.append((text[end : match.start()], False))
            pieces.append((match[0], True))
            end = match.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return tuple(pieces)


@lru_cache(maxsize=1 << 15)
def _forms(word: str) -> frozenset[str]:
    """What a written word may be matched by."""
    words = all_words_of(word)
    return frozenset([*words, *(stem(each, language) for each in words for language in LANGUAGES)])
