"""Crisis words: patterns that mean danger, the help lines for them, and a regression check.

The words are data (``seed_data/crisis_words.csv``). A row is a pattern over normalized words:

- ``word`` is that word, ``word*`` any word that begins so, ``word~`` the word also with one letter
  wrong, missing, extra or moved (for long words that are like no other);
- ``a/b/c`` is any of these in one slot, ``@name`` the alternatives of the set called ``name``;
- ``a/b?`` is optional; ``_`` is any one word, ``...`` none to three words.

A row of kind ``danger`` names its help lines, ``safe`` cancels the dangers that are wholly inside
its match ("kill time"), ``set`` names alternatives (``name = a/b/c``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from referral.fields.text import without_accents

_MOST_LETTERS_OF_TEXT = 2000  # of a query
_MOST_WORDS_OF_GAP = 3
_SHORTEST_MISSPELLED = 5  # letters of a word that may be a misspelled ``word~``
_LONGEST_MISSPELLED = 24
_SENTENCE_END = re.compile(r"[.!?;|\n]")
_WORD = re.compile(r"[^\W_]+")
_REPEATED_LETTERS = re.compile(r"([^\W\d_])\1{2,}")  # "pleaseee"
_DROPPED_CHARACTERS = dict.fromkeys(map(ord, "'’‘ʼ`\u00b4\u00ad\u200b\u200d\u2060"))
LONGEST_PATTERN = 400
LONGEST_SET = 4000
_MOST_SLOTS = 12
_MOST_OPTIONAL_SLOTS = 5  # each optional slot doubles the work
_MOST_GAPS = 3


def fold_sentences(text: str) -> list[list[str]]:
    """Split a text (its first 2,000 letters) into sentences of normalized words."""
    plain = without_accents(text[:_MOST_LETTERS_OF_TEXT].translate(_DROPPED_CHARACTERS))
    folded = _REPEATED_LETTERS.sub(r"\1", plain.casefold())
    return [words for part in _SENTENCE_END.split(folded) if (words := _WORD.findall(part))]


@dataclass(frozen=True, slots=True)
class _Slot:
    """The words allowed in one slot of a pattern; ``is_gap`` allows zero to three words."""

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    is_any_word: bool = False
    is_gap: bool = False

    def matches(self, word: str) -> bool:
        return (
            word in self.words
            or self.is_any_word
            or (bool(self.beginnings) and word.startswith(self.beginnings))
        )


@dataclass(frozen=True, slots=True)
class _Pattern:
    slots: tuple[_Slot, ...]
    lines: tuple[str, ...]  # help line keys, best first; none for a safe pattern


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrisisMatch:
    """The result of matching a text against crisis patterns.

    Attributes:
        lines: keys of the help lines for the dangers in the text, most urgent first.
        is_excused: whether dangers were found and safe patterns canceled all of them.
        is_ordinary: whether one safe pattern matches the whole text.
    """

    lines: tuple[str, ...] = ()
    is_excused: bool = False
    is_ordinary: bool = False


class CrisisWords:
    """Matcher of crisis patterns, built from rows.

    Rows have ``kind``, ``words`` and ``line`` (keys separated by ``|``); other columns are ignored.
    Raises ValueError for an invalid row: an unknown kind or set, a danger without a line, or a
    pattern that begins with ``_`` or begins or ends with ``...``.
    """

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._word_by_misspelling: dict[str, str] = {}
        self._sets: dict[str, _Slot] = {}
        self._slots: dict[str, _Slot] = {}  # by their text, because most are in many patterns
        self._danger = _Patterns()
        self._safe = _Patterns()
        for row in rows:
            self._add_row(row["kind"], row["words"], row["line"])

    def match(self, text: str) -> CrisisMatch:
        """Match a text (its first 2,000 letters) against the crisis patterns. Never raises.

        Dangers are in the order of the text; of those that overlap, the longer, more specific one
        is first, and of equally long ones that of the earlier row. A safe pattern cancels a danger
        only within its sentence: "I dont want to live. Near Erie" is a danger.
        """
        words, sentence_starts = self._split_words(text)
        dangers = list(self._danger.matches_in(words))
        safe_spans = [
            (match.start, match.end)
            for match in self._safe.matches_in(words)
            if sentence_starts.isdisjoint(range(match.start + 1, match.end))
        ]
        remaining = [
            match
            for match in dangers
            if not any(start <= match.start and match.end <= end for start, end in safe_spans)
        ]
        return CrisisMatch(
            lines=tuple(
                dict.fromkeys(key for match in _sort_by_urgency(remaining) for key in match.lines)
            ),
            is_excused=bool(dangers) and not remaining,
            is_ordinary=(0, len(words)) in safe_spans,
        )

    def lines_for(self, text: str) -> tuple[str, ...]:
        """Return the keys of the help lines for a text, most urgent first; () for most texts."""
        return self.match(text).lines

    def _add_row(self, kind: str, words: str, line: str) -> None:
        if kind == "set":
            name, _, alternatives = words.partition("=")
            self._sets[name.strip()] = self._slot_for(alternatives.strip())
            self._slots = {}
            return
        lines = tuple(key.strip() for key in line.split("|") if key.strip())
        if kind not in {"danger", "safe"} or (kind == "danger") != bool(lines):
            raise ValueError(f"A crisis row is a danger with a line or safe without: {words!r}")
        patterns = self._danger if kind == "danger" else self._safe
        for slots in _expand_optional_slots(words.split()):
            patterns.add(_Pattern(tuple(self._slot_for(slot) for slot in slots), lines))

    def _slot_for(self, text: str) -> _Slot:
        slot = self._slots.get(text)
        if slot is None:
            slot = self._slots[text] = self._parse_slot(text)
        return slot

    def _parse_slot(self, text: str) -> _Slot:
        if text in {"_", "..."}:
            return _Slot(is_any_word=text == "_", is_gap=text == "...")
        words: set[str] = set()
        beginnings: set[str] = set()
        for part in text.split("/"):
            if part.startswith("@"):
                if part[1:] not in self._sets:
                    raise ValueError(f"No set of crisis words is called {part!r}")
                words |= self._sets[part[1:]].words
                beginnings |= set(self._sets[part[1:]].beginnings)
            elif part.endswith("*"):
                beginnings.add(part[:-1])
            else:
                word = part.removesuffix("~")
                words.add(word)
                if part.endswith("~"):
                    self._word_by_misspelling |= dict.fromkeys(_deletions_of(word), word)
        return _Slot(frozenset(words), tuple(sorted(beginnings)))

    def _split_words(self, text: str) -> tuple[list[str], set[int]]:
        """Return the words of a text, and the indexes at which its further sentences begin."""
        words: list[str] = []
        sentence_starts: set[int] = set()
        for sentence in fold_sentences(text):
            if words:
                sentence_starts.add(len(words))
            words.extend(map(self._correct_spelling, sentence))
        return words, sentence_starts

    def _correct_spelling(self, word: str) -> str:
        if not _SHORTEST_MISSPELLED <= len(word) <= _LONGEST_MISSPELLED:
            return word
        if self._danger.has_word(word) or self._safe.has_word(word):
            return word
        corrections = (
            self._word_by_misspelling.get(shortened) for shortened in _deletions_of(word)
        )
        return next((correction for correction in corrections if correction), word)


class _Patterns:
    """An index of patterns by their first word."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[_Pattern]] = {}
        self._by_beginning: dict[str, list[_Pattern]] = {}
        self._all_words: set[str] = set()
        self._beginning_lengths: tuple[int, ...] = ()  # of the beginnings

    def add(self, pattern: _Pattern) -> None:
        first = pattern.slots[0] if pattern.slots else _Slot(is_gap=True)
        if first.is_gap or first.is_any_word or pattern.slots[-1].is_gap:
            raise ValueError("A crisis pattern begins and ends with words, not with a gap")
        for word in first.words:
            self._by_word.setdefault(word, []).append(pattern)
        for beginning in first.beginnings:
            self._by_beginning.setdefault(beginning, []).append(pattern)
        self._all_words.update(*(slot.words for slot in pattern.slots))
        self._beginning_lengths = tuple(
            sorted({len(beginning) for beginning in self._by_beginning})
        )

    def has_word(self, word: str) -> bool:
        """Return whether a word is part of a pattern, so that it is not a misspelling."""
        return word in self._all_words

    def matches_in(self, words: Sequence[str]) -> Iterator[_Match]:
        """Yield all matches of the patterns in a sequence of words."""
        for start, word in enumerate(words):
            for pattern in self._beginning_with(word):
                for end in set(_iter_ends(pattern.slots, 1, words, start + 1)):
                    yield _Match(start, end, pattern.lines)

    def _beginning_with(self, word: str) -> Iterator[_Pattern]:
        yield from self._by_word.get(word, ())
        for length in self._beginning_lengths:
            yield from self._by_beginning.get(word[:length], ())


def _expand_optional_slots(slots: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield all variants of a pattern, with and without each optional slot (``a/b?``)."""
    choices = [(slot[:-1], "") if slot.endswith("?") else (slot,) for slot in slots]
    for chosen in product(*choices):
        yield tuple(slot for slot in chosen if slot)


def _iter_ends(
    slots: Sequence[_Slot], index: int, words: Sequence[str], position: int
) -> Iterator[int]:
    """Yield the ends of all matches of the slots from ``index`` on that begin at a word."""
    if index == len(slots):
        yield position
    elif slots[index].is_gap:
        for skipped in range(_MOST_WORDS_OF_GAP + 1):
            yield from _iter_ends(slots, index + 1, words, position + skipped)
    elif position < len(words) and slots[index].matches(words[position]):
        yield from _iter_ends(slots, index + 1, words, position + 1)


def _sort_by_urgency(matches: Iterable[_Match]) -> Iterator[_Match]:
    """Sort matches by position in the text; those that overlap by length, the longest first."""
    overlapping: list[_Match] = []
    furthest_end = 0
    for match in sorted(matches, key=lambda match: match.start):
        if match.start >= furthest_end:
            yield from sorted(overlapping, key=_negative_length)
            overlapping = []
        overlapping.append(match)
        furthest_end = max(furthest_end, match.end)
    yield from sorted(overlapping, key=_negative_length)


def _negative_length(match: _Match) -> int:
    return match.start - match.end


def _deletions_of(word: str) -> set[str]:
    """Return a word, and its variants with any one letter but the first deleted."""
    return {word, *(word[:index] + word[index + 1 :] for index in range(1, len(word)))}


@dataclass(frozen=True, slots=True)
class CrisisPhrase:
    """A test phrase and the key of the help line expected first; "" if none may be shown."""

    words: str
    expected: str


@dataclass(frozen=True, slots=True)
class CrisisCheck:
    """The regressions that a change of the crisis words would cause.

    Attributes:
        missed: danger phrases that would show no help line, or the wrong one first.
        alarms: ordinary phrases that would show a help line.
    """

    missed: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def check_crisis_words(
    before: CrisisWords, after: CrisisWords, phrases: Iterable[CrisisPhrase]
) -> CrisisCheck:
    """Check a change of the crisis words for regressions on test phrases.

    Phrases that failed before do not count, so that the words can be improved step by step.
    """
    missed, alarms = [], []
    for phrase in phrases:
        lines_after = after.lines_for(phrase.words)
        if not phrase.expected and not lines_after:
            continue  # skips the second match for most phrases
        lines_before = before.lines_for(phrase.words)
        if lines_before == lines_after:
            continue
        if not phrase.expected:
            if not lines_before:
                alarms.append(phrase.words)
        elif not lines_after or (
            lines_before[:1] == (phrase.expected,) and lines_after[:1] != lines_before[:1]
        ):
            missed.append(phrase.words)
    return CrisisCheck(tuple(missed), tuple(alarms))


def parse_crisis_phrases(rows: Iterable[Mapping[str, str]]) -> tuple[CrisisPhrase, ...]:
    """Parse test phrases for crisis words from rows with ``phrase`` and ``expected``."""
    return tuple(CrisisPhrase(row["phrase"], row["expected"]) for row in rows)


def is_pattern_too_costly(kind: str, words: str) -> bool:
    """Return whether a row of crisis words could slow down searches, which match all rows."""
    if kind == "set":
        return len(words) > LONGEST_SET
    slots = words.split()
    return (
        len(words) > LONGEST_PATTERN
        or len(slots) > _MOST_SLOTS
        or sum(slot.endswith("?") for slot in slots) > _MOST_OPTIONAL_SLOTS
        or slots.count("...") > _MOST_GAPS
    )
