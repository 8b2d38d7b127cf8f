"""What is counted of a search that found nothing: topics and single words, never a phrase.

A search counts under each topic that its words stand for. Where they stand for none, it counts
under each word of our own thesaurus or taxonomy; of a word that we do not know there is only a
keyed hash (``unknown_words``). What is said besides the need, names of places and organizations,
and whatever has a digit or a sign in it counts nowhere. All is gathered in memory;
``missed_search_counts`` writes it. Nothing says who searched, when in a month, or what else was
typed with a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from referral.directory.gathered_counts import GatheredCounts
from referral.directory.unknown_words import UnknownWords
from referral.search import Index
from referral.search.query import Answer, WordKind

LONGEST_WORD = 24  # letters; what is longer is no word
_SHORTEST_WORD = 3
_MOST_WORDS = 12  # of a question; whoever types more tells a story
# They stand in phrases of ours, such as "ryan white", and alone are rather somebody's name.
_RATHER_NAMES = frozenset(
    {
        "amber", "angel", "angeles", "christian", "cruz", "dan", "dolly", "grant", "marina",
        "mckinney", "parks", "paul", "price", "reyes", "ryan", "soledad", "sue", "tirado",
        "vincent", "walker", "young",
    }
)  # fmt: skip
_ADDRESS = re.compile(r"@|://|www\.", re.IGNORECASE)
_COUNTED_KINDS = frozenset({WordKind.WORD, WordKind.CORRECTED, WordKind.PHRASE})


class CountedAs(StrEnum):
    """How a part of a search is counted."""

    TOPIC = "topic"
    WORD = "word"
    UNKNOWN = "unknown"  # by its keyed hash
    READABLE = "readable"  # a word that we do not know, typed on enough days


class MissedPart(NamedTuple):
    """The code of a topic, a word, or the hash of one; a county where that is told."""

    counted_as: CountedAs
    value: str
    county: str = ""


class MissedSearches:
    """What a process has gathered of searches that found nothing."""

    def __init__(self) -> None:
        self.gathered: GatheredCounts[MissedPart] = GatheredCounts()
        self.unknown_words = UnknownWords()

    def note(self, index: Index, typed: str, answer: Answer, county: str, month: str) -> None:
        """Count a search that found nothing, by what its words were taken for.

        The caller leaves out searches at terminals, in training and of danger.

        Args:
            typed: the words as they were typed; with an address among them nothing counts.
            county: asked about, with its state; "" where none is known.
            month: the present one, as in ``2026-11``.
        """
        if _ADDRESS.search(typed):
            return
        topics = {word.topics[0] for word in answer.understood_words if word.kind is WordKind.TERM}
        for topic in topics:
            self.gathered.note(MissedPart(CountedAs.TOPIC, topic, county))
        if topics or len(answer.understood_words) > _MOST_WORDS:
            return
        for word in set(_words_of(answer)):
            if part := self._part(index, word, county, month):
                self.gathered.note(part)

    def _part(self, index: Index, word: str, county: str, month: str) -> MissedPart | None:
        unknown = self.unknown_words
        own = "" if word in _RATHER_NAMES else index.own_word(word)
        if own or unknown.is_kept(word):
            return MissedPart(CountedAs.WORD, own or word, county)
        if (digest := unknown.digest(word, month)) is None:
            return None
        if unknown.is_readable(digest):
            return MissedPart(CountedAs.READABLE, word)
        return MissedPart(CountedAs.UNKNOWN, digest)


def _words_of(answer: Answer) -> Iterator[str]:
    """The single words that may count, as they were typed."""
    for word in answer.understood_words:
        if word.kind in _COUNTED_KINDS:
            typed = word.detail if word.kind is WordKind.CORRECTED else word.text
            for one in typed.split():
                if one.isalpha() and _SHORTEST_WORD <= len(one) <= LONGEST_WORD:
                    yield one
