"""Features of a text for the danger model: words, word classes, letter n-grams, sound, word pairs.

Features are hashed to buckets (feature hashing), so that no list of them is kept. Word classes are
data (``seed_data/crisis_word_classes.csv``): words of both languages, slang and frequent
misspellings that mean much the same for the model, such as all words for a partner.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from referral.resources import resource_path

BUCKETS = 1 << 16
_WINDOW = 3  # words after a word that it makes pairs with
_NGRAMS = (3, 4, 5)
_SHORTEST_SOUND = 4  # shorter keys are shared by too many words
_SHORTEST_BEGINNING = 3
_LONGEST_WORD = 24  # letters that are looked at
_WORDS_CACHED = 4_000
# From spelling to sound, in both languages, in this order.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("sh", "S"), ("ch", "C"), ("ght", "t"), ("gh", ""), ("ph", "f"), ("^kn", "n"), ("^wr", "r"),
        ("ck", "k"), ("q", "k"), ("c(?=[eiy])", "s"), ("c", "k"), ("[zx]", "s"), ("v", "b"),
        ("ll", "y"), ("j", "g"), ("h", ""), ("w", "u"), ("y", "i"), ("[aeiou]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


def word_hash(word: str) -> int:
    """The hash by which a word is remembered as known."""
    return crc32(word.encode())


def sound_key(word: str) -> str:
    """A key that a word shares with words that sound like it (``amenaso``, ``amenazo``)."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word.rstrip("a") if len(word) > 2 else word


class WordClasses:
    """The classes of words; rows have ``name`` and ``words``, of which ``word*`` is a beginning."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._by_word: dict[str, list[str]] = {}
        self._by_beginning: dict[str, list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        for row in rows:
            for word in row["words"].split():
                table = self._by_beginning if word.endswith("*") else self._by_word
                table.setdefault(word.rstrip("*"), []).append(row["name"])
        for word, names in self._by_word.items():
            if len(key := sound_key(word)) >= _SHORTEST_SOUND:
                known = self._by_sound.setdefault(key, [])
                known.extend(name for name in names if name not in known)

    def of_word(self, word: str) -> tuple[str, ...]:
        """The classes that a word as it is spelled belongs to."""
        found = list(self._by_word.get(word, ()))
        for length in range(_SHORTEST_BEGINNING, len(word) + 1):
            found.extend(self._by_beginning.get(word[:length], ()))
        return tuple(dict.fromkeys(found))

    def of_sound(self, key: str) -> tuple[str, ...]:
        """The classes of the words with a sound key."""
        return tuple(self._by_sound.get(key, ()))


@cache
def shipped_word_classes() -> WordClasses:
    """Those of ``seed_data``, which the shipped model was fitted with."""
    path = resource_path("seed_data") / "crisis_word_classes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return WordClasses(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class _WordFeatures:
    """Features of one word, and what its pairs with other words begin with.

    Attributes:
        hashes: of its own features.
        units: the word and its classes, as the second of a pair.
        pairs: the hash of each unit as the first of a pair, to be continued with the second.
        neighbors: the same for a pair of words side by side.
    """

    hashes: tuple[int, ...]
    units: tuple[bytes, ...]
    pairs: tuple[int, ...]
    neighbors: int


class FeatureExtractor:
    """Turns folded words into buckets; the features of the last words are kept.

    Args:
        known_words: hashes of correctly spelled words. Any other word takes the classes of the
            words that sound like it.
    """

    def __init__(self, classes: WordClasses, known_words: Container[int]) -> None:
        self._classes = classes
        self._known_words = known_words
        self._of_word = lru_cache(_WORDS_CACHED)(self._make)

    def buckets(self, sentences: Iterable[Sequence[str]]) -> NDArray[np.int64]:
        """The buckets of a text, each once and in order; pairs stay within a sentence."""
        found = {hashed % BUCKETS for words in sentences for hashed in self._hashes(words)}
        return np.array(sorted(found), dtype=np.int64)

    def _hashes(self, words: Sequence[str]) -> Iterator[int]:
        """The hashes of all features of a sentence, with repetition."""
        if not words:
            return
        features = list(map(self._of_word, words))
        for start, first in enumerate(features):
            yield from first.hashes
            for second in features[start + 1 : start + 1 + _WINDOW]:
                yield from (crc32(unit, begun) for begun in first.pairs for unit in second.units)
        for first, word in zip(features, words[1:], strict=False):
            yield crc32(word.encode(), first.neighbors)
        yield crc32(f"s{words[0]}".encode())
        yield crc32(f"e{words[-1]}".encode())

    def _make(self, whole: str) -> _WordFeatures:
        word = whole[:_LONGEST_WORD]
        key = sound_key(word)
        classes = self._classes.of_word(word)
        if not classes and word_hash(word) not in self._known_words:
            classes = self._classes.of_sound(key)
        units = [f"w{word}", *(f"@{name}" for name in classes)]
        return _WordFeatures(
            hashes=_hashes_of([*units, f"p{key}", *_letter_ngrams(word)]),
            units=tuple(unit.encode() for unit in units),
            pairs=_hashes_of(f"{unit} " for unit in units),
            neighbors=crc32(f"b{whole} ".encode()),
        )


def _hashes_of(features: Iterable[str]) -> tuple[int, ...]:
    return tuple(crc32(feature.encode()) for feature in features)


def _letter_ngrams(word: str) -> Iterator[str]:
    marked = f"^{word}$"
    for size in _NGRAMS:
        yield from (f"c{marked[at : at + size]}" for at in range(len(marked) - size + 1))
