"""The words of a text that a result was found by, told apart so that a page can mark them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

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
        if _is_matched(match[0], matched):
            if match.start() > end:
                pieces.append((text[end : match.start()], False))
            pieces.append((match[0], True))
            end = match.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return tuple(pieces)


def _is_matched(word: str, matched: Collection[str]) -> bool:
    return any(form in matched for folded in all_words_of(word) for form in _forms(folded))


def _forms(folded: str) -> Iterator[str]:
    yield folded
    yield from (stem(folded, language) for language in LANGUAGES)
