"""Whether words of danger still do what they must, tried on phrases that people say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from referral.records.crisis import CrisisWords

LONGEST_PATTERN = 400
LONGEST_SET = 4000
_MOST_PLACES = 12
_MOST_MISSING = 5  # places that may be missing double the work each
_MOST_GAPS = 3


@dataclass(frozen=True, slots=True)
class CrisisPhrase:
    """A phrase, and the line that must stand first for it; "" where none may be raised."""

    words: str
    expected: str


@dataclass(frozen=True, slots=True)
class CrisisCheck:
    """What a change of the words would do.

    Attributes:
        missed: phrases of danger that would raise nothing, or not the right line first.
        alarms: ordinary phrases that would raise a line.
    """

    missed: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def check_crisis_words(
    before: CrisisWords, after: CrisisWords, phrases: Iterable[CrisisPhrase]
) -> CrisisCheck:
    """Compare the words after a change with those before it.

    What was missed before is not held against the change, so that it can be mended step by step.
    """
    missed, alarms = [], []
    for phrase in phrases:
        was, now = before.lines_for(phrase.words), after.lines_for(phrase.words)
        if was == now:
            continue
        if not phrase.expected:
            if now and not was:
                alarms.append(phrase.words)
        elif not now or (was[:1] == (phrase.expected,) and now[:1] != was[:1]):
            missed.append(phrase.words)
    return CrisisCheck(tuple(missed), tuple(alarms))


def crisis_phrases_from(rows: Iterable[Mapping[str, str]]) -> tuple[CrisisPhrase, ...]:
    """Phrases from rows with ``phrase`` and ``expected``."""
    return tuple(CrisisPhrase(row["phrase"], row["expected"]) for row in rows)


def is_pattern_too_much(kind: str, words: str) -> bool:
    """Whether a row could keep a search waiting: it is read on every question."""
    if kind == "set":
        return len(words) > LONGEST_SET
    places = words.split()
    return (
        len(words) > LONGEST_PATTERN
        or len(places) > _MOST_PLACES
        or sum(place.endswith("?") for place in places) > _MOST_MISSING
        or places.count("...") > _MOST_GAPS
    )
