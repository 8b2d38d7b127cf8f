"""What looks like what was typed, for those who could not find it: looser than a correction."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from referral.search.analysis import words_of
from referral.search.understanding.tokenize import (
    LONGEST_QUERY,
    MOST_WORDS,
)
from referral.search.understanding.vocabulary import Vocabulary

_LEAST_ALIKE = 65.0  # of 100; a correction (vocabulary.py) is made by itself from some 80 on
_MOST = 5


def most_similar(text: str, known: Iterable[str]) -> list[str]:
    """The known texts that look most like this one, the most alike first."""
    text = " ".join(text.casefold().split())
    if len(text) < 3:
        return []
    found = process.extract(
        text,
        list(known),
        scorer=fuzz.ratio,
        processor=str.casefold,
        score_cutoff=_LEAST_ALIKE,
        limit=_MOST,
    )
    return [name for name, _, _ in sorted(found, key=lambda each: (-each[1], each[0]))]


def suggest_spellings(words: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Questions in which the first unknown word is a known one that looks like it.

    The other unknown words are left out: nothing would be found with them.
    """
    typed = words_of(words[:LONGEST_QUERY])[:MOST_WORDS]
    unknown = [word for word in typed if not vocabulary.knows(word)]
    if not unknown:
        return ()
    known = [word for word in typed if word not in unknown]
    looks_like = most_similar(unknown[0], vocabulary.words())
    return tuple(" ".join([*known, meant]) for meant in looks_like)
