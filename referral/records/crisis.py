"""Crisis words: patterns that mean danger, the help lines they call for, and a regression check.

The words are data (``seed_data/crisis_words.csv``). A row is a pattern over folded words:

- ``word`` is that word, ``word*`` any word that begins so, ``word~`` the word also with one letter
  wrong, missing, extra or moved (for long words that are like no other);
- ``a/b/c`` is any of these in one place, ``@name`` the alternatives of the set called ``name``;
- ``a/b?`` may be missing; ``_`` is any one word, ``...`` none to three words.

A row of kind ``danger`` names its help lines, ``safe`` takes back the dangers that lie wholly
inside what it matches ("kill time"), ``set`` gives a name to alternatives (``name = a/b/c``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from referral.fields.text import without_accents

_LONGEST_TEXT = 2000  # letters that are read: a search box, not a letter to the editor
_LONGEST_GAP = 3
_SHORTEST_MISSPELT = 5  # letters of a word that is compared with the ``word~`` ones
_LONGEST_MISSPELT = 24
_SENTENCE_END = re.compile(r"[.!?;|\n]")
_WORD = re.compile(r"[^\W_]+")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")  # "pleaseee": nobody needs three of a letter
_DROPPED = dict.fromkeys(map(ord, "'’‘ʼ`\u00b4\u00ad\u200b\u200d\u2060"))


def fold_sentences(text: str) -> list[list[str]]:
    """The folded words of each sentence of a text (its first 2,000 letters), without empty ones."""
    bare = without_accents(text[:_LONGEST_TEXT].translate(_DROPPED))
    folded = _DRAWN_OUT.sub(r"\1", bare.casefold())
    return [words for part in _SENTENCE_END.split(folded) if (words := _WORD.findall(part))]


@dataclass(frozen=True, slots=True)
class _Place:
    """What may stand in one place of a pattern; ``gap`` means none to three words of any kind."""

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    any_word: bool = False
    gap: bool = False

    def takes(self, word: str) -> bool:
        return (
            word in self.words
            or self.any_word
            or (bool(self.beginnings) and word.startswith(self.beginnings))
        )


@dataclass(frozen=True, slots=True)
class _Pattern:
    places: tuple[_Place, ...]
    lines: tuple[str, ...]  # help line keys, best first; none for a safe pattern


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrisisMatch:
    """What patterns find in a text.

    Attributes:
        lines: keys of the help lines it calls for, most pressing first.
        is_excused: dangers were found, and ordinary words took all of them back.
        is_ordinary: one safe pattern matches the text from its first word to its last.
    """

    lines: tuple[str, ...] = ()
    is_excused: bool = False
    is_ordinary: bool = False


class CrisisWords:
    """The patterns, ready to be asked.

    Rows have ``kind``, ``words`` and ``line`` (keys parted by ``|``); other columns are ignored.
    Raises ValueError for a row that cannot be read: unknown kind or set, a danger without a line,
    a pattern that begins with ``_`` or ``...``.
    """

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._misspelt: dict[str, str] = {}
        self._sets: dict[str, _Place] = {}
        self._places: dict[str, _Place] = {}  # as they are written: most stand in many patterns
        self._danger = _Patterns()
        self._safe = _Patterns()
        for row in rows:
            self._read(row["kind"], row["words"], row["line"])

    def match(self, text: str) -> CrisisMatch:
        """What the patterns find in a text.

        Dangers come in the order of the text; where they overlap, the longer (which says more)
        goes first, and of two as long the one whose row stands first. Ordinary words excuse a
        danger only within its sentence: "I dont want to live. Near Erie" is one. Any string is read
        (its first 2,000 letters), and none raises.
        """
        words, sentences = self._words_of(text)
        dangers = list(self._danger.matches_in(words))
        safe = [
            (match.start, match.end)
            for match in self._safe.matches_in(words)
            if sentences.isdisjoint(range(match.start + 1, match.end))
        ]
        real = [
            match
            for match in dangers
            if not any(start <= match.start and match.end <= end for start, end in safe)
        ]
        return CrisisMatch(
            lines=tuple(dict.fromkeys(key for match in _in_order(real) for key in match.lines)),
            is_excused=bool(dangers) and not real,
            is_ordinary=(0, len(words)) in safe,
        )

    def lines_for(self, text: str) -> tuple[str, ...]:
        """Keys of the help lines a text calls for, most pressing first; empty for most texts."""
        return self.match(text).lines

    def _read(self, kind: str, words: str, line: str) -> None:
        if kind == "set":
            name, _, alternatives = words.partition("=")
            self._sets[name.strip()] = self._place(alternatives.strip())
            self._places = {}
            return
        lines = tuple(key.strip() for key in line.split("|") if key.strip())
        if kind not in {"danger", "safe"} or (kind == "danger") != bool(lines):
            raise ValueError(f"A crisis row is a danger with a line or safe without: {words!r}")
        patterns = self._danger if kind == "danger" else self._safe
        for places in _spelled_out(words.split()):
            patterns.add(_Pattern(tuple(self._place(place) for place in places), lines))

    def _place(self, text: str) -> _Place:
        place = self._places.get(text)
        if place is None:
            place = self._places[text] = self._read_place(text)
        return place

    def _read_place(self, text: str) -> _Place:
        if text in {"_", "..."}:
            return _Place(any_word=text == "_", gap=text == "...")
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
                    self._misspelt |= dict.fromkeys(_one_letter_less(word), word)
        return _Place(frozenset(words), tuple(sorted(beginnings)))

    def _words_of(self, text: str) -> tuple[list[str], set[int]]:
        """The words of a text, and which of them begin a sentence after the first."""
        words: list[str] = []
        sentences: set[int] = set()
        for sentence in fold_sentences(text):
            if words:
                sentences.add(len(words))
            words.extend(map(self._spelt, sentence))
        return words, sentences

    def _spelt(self, word: str) -> str:
        if not _SHORTEST_MISSPELT <= len(word) <= _LONGEST_MISSPELT:
            return word
        if self._danger.knows(word) or self._safe.knows(word):
            return word
        found = (self._misspelt.get(less) for less in _one_letter_less(word))
        return next((right for right in found if right), word)


class _Patterns:
    """Patterns, found by the word they begin with."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[_Pattern]] = {}
        self._by_beginning: dict[str, list[_Pattern]] = {}
        self._known: set[str] = set()
        self._lengths: tuple[int, ...] = ()  # of the beginnings

    def add(self, pattern: _Pattern) -> None:
        first = pattern.places[0] if pattern.places else _Place(gap=True)
        if first.gap or first.any_word or pattern.places[-1].gap:
            raise ValueError("A crisis pattern begins and ends with words, not with a gap")
        for word in first.words:
            self._by_word.setdefault(word, []).append(pattern)
        for beginning in first.beginnings:
            self._by_beginning.setdefault(beginning, []).append(pattern)
        self._known.update(*(place.words for place in pattern.places))
        self._lengths = tuple(sorted({len(beginning) for beginning in self._by_beginning}))

    def knows(self, word: str) -> bool:
        """Whether a word stands in a pattern as it is, so that it is not a misspelling."""
        return word in self._known

    def matches_in(self, words: Sequence[str]) -> Iterator[_Match]:
        """Every run of words that fits a pattern."""
        for start, word in enumerate(words):
            for pattern in self._beginning_with(word):
                for end in set(_ends(pattern.places, 1, words, start + 1)):
                    yield _Match(start, end, pattern.lines)

    def _beginning_with(self, word: str) -> Iterator[_Pattern]:
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            yield from self._by_beginning.get(word[:length], ())


def _spelled_out(places: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The patterns that one with places that may be missing (``a/b?``) stands for."""
    choices = [(place[:-1], "") if place.endswith("?") else (place,) for place in places]
    for chosen in product(*choices):
        yield tuple(place for place in chosen if place)


def _ends(places: Sequence[_Place], place: int, words: Sequence[str], at: int) -> Iterator[int]:
    """Where the places from ``place`` on can end when they begin at word ``at``."""
    if place == len(places):
        yield at
    elif places[place].gap:
        for skipped in range(_LONGEST_GAP + 1):
            yield from _ends(places, place + 1, words, at + skipped)
    elif at < len(words) and places[place].takes(words[at]):
        yield from _ends(places, place + 1, words, at + 1)


def _in_order(matches: Iterable[_Match]) -> Iterator[_Match]:
    """Matches by place in the text; among those that overlap, the longest first."""
    group: list[_Match] = []
    reach = 0
    for match in sorted(matches, key=lambda match: match.start):
        if match.start >= reach:
            yield from sorted(group, key=_shortness)
            group = []
        group.append(match)
        reach = max(reach, match.end)
    yield from sorted(group, key=_shortness)


def _shortness(match: _Match) -> int:
    return match.start - match.end


def _one_letter_less(word: str) -> set[str]:
    """A word and what is left when any one letter but the first is dropped."""
    return {word, *(word[:index] + word[index + 1 :] for index in range(1, len(word)))}


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
        now = after.lines_for(phrase.words)
        if not phrase.expected and not now:
            continue  # most phrases: whether they raised a line before does not matter
        was = before.lines_for(phrase.words)
        if was == now:
            continue
        if not phrase.expected:
            if not was:
                alarms.append(phrase.words)
        elif not now or (was[:1] == (phrase.expected,) and now[:1] != was[:1]):
            missed.append(phrase.words)
    return CrisisCheck(tuple(missed), tuple(alarms))


def parse_crisis_phrases(rows: Iterable[Mapping[str, str]]) -> tuple[CrisisPhrase, ...]:
    """Phrases from rows with ``phrase`` and ``expected``."""
    return tuple(CrisisPhrase(row["phrase"], row["expected"]) for row in rows)


def is_pattern_too_costly(kind: str, words: str) -> bool:
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
