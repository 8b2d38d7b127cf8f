"""Topics of a question as a whole, where phrases explain only a few of its words.

"My husband passed and I don't have the money to bury him" has a phrase for money, and is about a
funeral. So the nearest of all ways to say a need is asked, and a phrase that it does not bear out
counts for less.

Of 127 phrases with needs (half ``tune`` of the exam on real lists, 2026-11-26) the nearest alone
had a right topic first for 97 and among three for 114; phrases alone had one for 86.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from referral.search.understanding.knowledge import Knowledge
from referral.search.understanding.phrasebook import PhraseMatch
from referral.search.understanding.tokenize import is_small_number

_WELL_UNDERSTOOD = 0.6  # share of the telling words
_LONG, _STRAY = 4, 0.5  # single words of a long question may be about anything
_CLEARLY = 3.0  # natural logarithm of how much likelier one language is
_FEWEST_WORDS = 3  # said in passing, that may still mean something together
_SENTENCE = 6  # words, those said in passing too


@dataclass(frozen=True, slots=True)
class NearestTopics:
    """Topics of phrases like the words as a whole, with their weights, and these words.

    Attributes:
        replaces_words: other words only order. In a few keywords that a phrase explains in part,
            the others may be needed as they are.
    """

    words: str
    weights: Mapping[str, float]
    replaces_words: bool = True

    def bears_out(self, codes: Iterable[str], broader: Mapping[str, str]) -> bool:
        """Whether one of these topics is here too, or has the same topic above it."""
        near = {*self.weights, *(broader.get(code, code) for code in self.weights)}
        codes = set(codes)
        return not near.isdisjoint(codes | {broader.get(code, code) for code in codes})


def question_language(words: Iterable[str], knowledge: Knowledge) -> str:
    """``en`` or ``es`` where the words are clearly of one language, else ""."""
    english, spanish = (knowledge.example_words.get(name, {}) for name in ("en", "es"))
    odds = sum(log((english.get(w, 0) + 0.5) / (spanish.get(w, 0) + 0.5)) for w in words)
    return "" if abs(odds) < _CLEARLY else "en" if odds > 0 else "es"


def guess_topics(
    typed: Sequence[str],
    meant: Sequence[str],
    left_out: Collection[int],
    matches: Sequence[PhraseMatch],
    knowledge: Knowledge,
    *,
    asks_to_give: bool,
) -> NearestTopics | None:
    """None where phrases explain most of the words, where they are a name, or nothing is alike.

    Args:
        typed: the words, folded.
        meant: the same, corrected.
        left_out: positions of the words of a town or of a preference.
    """
    phrasebook, nearest = knowledge.phrasebook, knowledge.nearest_phrases
    positions = [at for at in range(len(meant)) if at not in left_out]
    of_phrases = {at for match in matches for at in match.positions}
    telling = {
        at
        for at in positions
        if meant[at] not in phrasebook.soft_stop_words
        and (at in of_phrases or not is_small_number(meant[at]))
    }
    if nearest is None or _is_well_understood(telling, positions, matches):
        return None
    if telling and knowledge.vocabulary.are_of_a_name([meant[at] for at in telling]):
        return None
    words = list(dict.fromkeys(typed[at] for at in positions))
    weights = nearest.nearest_terms(words, () if asks_to_give else phrasebook.giving_terms)
    replaces = not matches or len(telling) >= _LONG or len(positions) >= _SENTENCE
    return NearestTopics(" ".join(words), weights, replaces) if weights else None


def _is_well_understood(
    telling: set[int], positions: Sequence[int], matches: Sequence[PhraseMatch]
) -> bool:
    if not telling:
        return bool(matches) or len(positions) < _FEWEST_WORDS
    understood = 0.0
    for match in matches:
        is_stray = len(match.positions) == 1 and len(telling) >= _LONG
        understood += len(telling.intersection(match.positions)) * (_STRAY if is_stray else 1.0)
    return understood / len(telling) >= _WELL_UNDERSTOOD
