"""The thesaurus and the crisis words of this directory, kept in memory and in step with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from referral.records.crisis import CrisisWords
from referral.records.search import Notice
from referral.search.phrasebook import Phrasebook
from referral.store import Store
from referral.store.spoken_words import load_crisis_rows, load_thesaurus
from referral.store.terms import load_terms


@dataclass(frozen=True, slots=True)
class Spoken:
    """What people say: the topics they mean, and the words that mean danger."""

    phrasebook: Phrasebook
    crisis_words: CrisisWords

    def crisis_notices(self, text: str) -> Iterator[Notice]:
        """A notice for each help line that a text calls for, the most pressing first."""
        for key in self.crisis_words.lines_for(text):
            yield Notice(
                kind="crisis",
                text="If you or somebody else is in danger, help is there now.",
                details={"line": key},
            )


class SpokenWords:
    """Reads them once, and again after the store has changed.

    Reading takes some ten milliseconds; a sync that took over changes does it in the background,
    so a search does it only when nothing was ever synced here.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._mark = -1
        self._spoken: Spoken | None = None
        self._crisis: tuple[tuple[dict[str, str], ...], CrisisWords] = ((), CrisisWords(()))

    def get(self) -> Spoken:
        """What is known now."""
        return self._spoken or self._read(self._mark)

    def follow(self, mark: int) -> None:
        """Read again when the changes up to this one are not those that were read before."""
        if self._spoken is None or mark != self._mark:
            self._read(mark)

    def _read(self, mark: int) -> Spoken:
        with self._lock:
            with self._store.read() as session:
                terms = load_terms(session)
                phrasebook = Phrasebook(
                    load_thesaurus(session),
                    terms.terms.values(),
                    {term_id: terms.words(term_id) for term_id in terms.terms},
                )
                rows = tuple(load_crisis_rows(session))
            if rows != self._crisis[0]:
                self._crisis = (rows, CrisisWords(rows))
            self._spoken = Spoken(phrasebook, self._crisis[1])
            self._mark = mark
            return self._spoken
