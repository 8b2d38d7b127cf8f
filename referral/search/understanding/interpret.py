"""How each word of a question is taken: as it is, as another that was meant, or as a beginning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from referral.search.understanding.phrasebook import Phrasebook
from referral.search.understanding.towns import (
    Neighbourhood,
    Town,
    find_town,
)
from referral.search.understanding.vocabulary import Vocabulary

_MOST_SLIPS = 8  # words put right in one question; more is no question


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What words are understood with.

    Attributes:
        vocabulary: the words of the index.
        phrasebook: what people say and mean.
        neighbourhood: where towns are known without their state; None to look for no town.
    """

    vocabulary: Vocabulary
    phrasebook: Phrasebook
    neighbourhood: Neighbourhood | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One word: as typed, as meant, and the forms in which it is looked up."""

    typed: str
    meant: str
    forms: tuple[str, ...]


def read_literally(words: Iterable[str]) -> list[Reading]:
    """The words and nothing but the words."""
    return [Reading(word, word, (word,)) for word in words]


def read_freely(words: tuple[str, ...], knowledge: Knowledge) -> tuple[list[Reading], Town | None]:
    """The readings of the words, and the town among them; its words are then not corrected.

    The positions of the town are those of the readings.
    """
    town = _town(words, knowledge)
    of_town = set(town.positions) if town else set()
    readings: list[Reading] = []
    slips = 0
    for position, word in enumerate(words):
        if position in of_town or slips >= _MOST_SLIPS or _is_known(word, knowledge):
            readings += read_literally([word])
        else:
            slips += 1
            is_last = position == len(words) - 1
            readings += _read_unknown(word, knowledge, is_last=is_last)
    meant = tuple(reading.meant for reading in readings)
    return readings, _town(meant, knowledge)


def _town(words: tuple[str, ...], knowledge: Knowledge) -> Town | None:
    if knowledge.neighbourhood is None:
        return None

    def means_else(named: Iterable[str]) -> bool:
        named = list(named)
        runs = knowledge.phrasebook.runs_in(named)
        is_topic = sum(len(run.positions) for run in runs) == len(named)
        return is_topic or (len(named) == 1 and knowledge.vocabulary.is_rather_a_name(named[0]))

    return find_town(words, knowledge.neighbourhood, means_else)


def _is_known(word: str, knowledge: Knowledge) -> bool:
    """A word that somebody knows is never bent."""
    phrasebook = knowledge.phrasebook
    return word in phrasebook or word in phrasebook.passing or knowledge.vocabulary.knows(word)


def _read_unknown(word: str, knowledge: Knowledge, *, is_last: bool) -> Iterator[Reading]:
    """The last word may still be unfinished; others are two in one, or misspelt."""
    vocabulary, phrasebook = knowledge.vocabulary, knowledge.phrasebook
    if is_last and (forms := vocabulary.beginning_with(word)):
        yield Reading(word, word, tuple(forms))
        return
    parts = vocabulary.split(word, phrasebook)
    if len(parts) > 1:
        yield from (Reading(word, part, (part,)) for part in parts)
    else:  # a word and a small one ("foodfor"), unless it rather is a slip ("evicton")
        meant = vocabulary.nearest(word, phrasebook) or "".join(parts) or word
        yield Reading(word, meant, (meant,))
