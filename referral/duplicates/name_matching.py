"""Comparison of two names, word by word; a rare word weighs more than a common one."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from referral.duplicates.compared_values import Rarity
from referral.duplicates.match_keys import name_tokens

_SHORT_WORD, _SAME_WORD = 5, 84


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Two names: bits of the words that both have, and of those that only one has.

    Attributes:
        sharing: how many records have all the words that both have.
        is_equal: the words are the same.
    """

    shared: float = 0.0
    only_one: float = 0.0
    only_other: float = 0.0
    sharing: int = 2
    is_equal: bool = False

    @property
    def likeness(self) -> float:
        """Share of the information that both have, 0 to 1."""
        total = 2 * self.shared + self.only_one + self.only_other
        return 2 * self.shared / total if total else 0.0


def match_names(one: str, other: str, rarity: Rarity, *, of_agencies: bool = False) -> NameMatch:
    """Compare two names; a misspelled word is the same word.

    Args:
        of_agencies: they are names of the organizations, not of the records themselves.
    """
    first, second = set(name_tokens(one)), set(name_tokens(other))
    shared = first & second
    left, right = sorted(first - shared), sorted(second - shared)
    for word in list(left):
        twin = next((each for each in right if _is_same_word(word, each)), None)
        if twin is not None:
            left.remove(word)
            right.remove(twin)
            shared.add(min(word, twin))

    def bits(words: set[str] | list[str]) -> float:
        return sum(rarity.word_bits(word, of_agencies=of_agencies) for word in words)

    return NameMatch(
        shared=bits(shared),
        only_one=bits(left),
        only_other=bits(right),
        sharing=2 if of_agencies else rarity.sharing_words(shared),
        is_equal=bool(shared) and not left and not right,
    )


def _is_same_word(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _SHORT_WORD or one[0] != other[0]:
        return False
    return fuzz.ratio(one, other) >= _SAME_WORD
