"""Comparison of two names word by word; a rare word counts more than a common one."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from referral.duplicates.compared_values import Rarity
from referral.duplicates.match_keys import name_tokens

_SHORT_WORD, _MISSPELLING_RATIO = 5, 84
_TWO_COMPARED = 2  # the names of organizations are not counted


@dataclass(frozen=True, slots=True)
class NameMatch:
    """The result of comparing two record names, in bits of information of their words.

    Attributes:
        shared: of the words in both names.
        only_first, only_second: of the words in one name only.
        sharing: how many records have all the shared words in their names.
        is_equal: all words are shared.
    """

    shared: float = 0.0
    only_first: float = 0.0
    only_second: float = 0.0
    sharing: int = 2
    is_equal: bool = False

    @property
    def likeness(self) -> float:
        """Return how alike two record names are, from 0 to 1."""
        total = 2 * self.shared + self.only_first + self.only_second
        return 2 * self.shared / total if total else 0.0


def match_names(
    one: str, other: str, rarity: Rarity, *, of_organizations: bool = False
) -> NameMatch:
    """Compare two record names word by word, counting misspelled words as shared.

    Args:
        of_organizations: the names are those of the organizations of services or locations.
    """
    first, second = set(name_tokens(one)), set(name_tokens(other))
    shared = first & second
    only_first, only_second = sorted(first - shared), sorted(second - shared)
    for word in list(only_first):
        misspelled = next((each for each in only_second if _is_misspelling(word, each)), None)
        if misspelled is not None:
            only_first.remove(word)
            only_second.remove(misspelled)
            shared.add(min(word, misspelled))

    def information(words: set[str] | list[str]) -> float:
        return sum(rarity.word_bits(word, of_organizations=of_organizations) for word in words)

    return NameMatch(
        shared=information(shared),
        only_first=information(only_first),
        only_second=information(only_second),
        sharing=_TWO_COMPARED if of_organizations else rarity.sharing_words(shared),
        is_equal=bool(shared) and not only_first and not only_second,
    )


def _is_misspelling(first: str, second: str) -> bool:
    if min(len(first), len(second)) < _SHORT_WORD or first[0] != second[0]:
        return False
    return fuzz.ratio(first, second) >= _MISSPELLING_RATIO
