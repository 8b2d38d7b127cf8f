"""Tries every change of the words of danger on phrases that people say, before it is written.

Those that must raise a line, or must not, are a table; what else people say in need is in the
thesaurus. A phrase of it that raises a line only now may do so, once somebody has seen it.
"""

from __future__ import annotations

import csv
from functools import cache

from sqlalchemy.orm import Session

from referral.records.crisis import (
    CrisisPhrase,
    CrisisWords,
    check_crisis_words,
    is_pattern_too_costly,
    parse_crisis_phrases,
)
from referral.resources import resource_path
from referral.store.word_lists import load_crisis_rows, load_thesaurus
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError

CrisisRows = list[dict[str, str]]
_NAMED = 40


@cache
def crisis_phrases() -> tuple[CrisisPhrase, ...]:
    """The phrases of ``seed_data/crisis_phrases.csv``."""
    path = resource_path("seed_data") / "crisis_phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return parse_crisis_phrases(csv.DictReader(file))


def refuse_missed(session: Session, before: CrisisRows, *, confirmed: bool) -> None:
    """Let no change through by which a danger would be missed.

    Args:
        confirmed: ordinary phrases that would raise a line were seen, and are to do so.

    Raises:
        VocabularyRefusedError: ``MISSED`` or ``FALSE_ALARM`` with the phrases; ``ODD_PATTERN``.
    """
    after = load_crisis_rows(session)
    new = [row for row in after if row not in before]
    if odd := [row["words"] for row in new if is_pattern_too_costly(row["kind"], row["words"])]:
        raise VocabularyRefusedError(VocabularyRefusal.ODD_PATTERN, tuple(odd))
    try:
        words = CrisisWords(after)
    except ValueError as error:
        raise VocabularyRefusedError(
            VocabularyRefusal.ODD_PATTERN, tuple(row["words"] for row in new)
        ) from error
    said = [CrisisPhrase(entry.phrase, "") for entry in load_thesaurus(session)]
    found = check_crisis_words(CrisisWords(before), words, [*crisis_phrases(), *said])
    if found.missed:
        raise VocabularyRefusedError(VocabularyRefusal.MISSED, found.missed[:_NAMED])
    if found.alarms and not confirmed:
        raise VocabularyRefusedError(VocabularyRefusal.FALSE_ALARM, found.alarms[:_NAMED])
