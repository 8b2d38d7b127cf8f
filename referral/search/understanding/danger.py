"""Danger in a text: by a pattern, else by similarity to phrases that people wrote down.

The patterns are those of ``records.crisis``. For phrasings that no pattern has there is a linear
classifier (logistic regression on hashed features) that gives the log odds that a text is about
danger; a second one ranks the help lines. ``bench/danger_model.py`` fits both to known phrases
and writes ``seed_data/crisis_model.npz``.

Features are words, word classes, letter n-grams, sound and word pairs, hashed to buckets (feature
hashing), so that no list of them is stored. Word classes are data
(``seed_data/crisis_word_classes.csv``): words of both languages, slang and frequent misspellings
that mean much the same for the model, such as all words for a partner.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from referral.records.crisis import CrisisWords, fold_sentences
from referral.resources import resource_path
from referral.search.analysis import words_of
from referral.search.query import Danger, Degree, WordForm

MODEL_FILE = "crisis_model.npz"
# Thresholds of log odds, chosen on used-up test sets: PERHAPS by how many dangers it misses, SURE
# by how many ordinary phrases it takes for dangers.
PERHAPS = -0.8
SURE = 2.0
PERHAPS_FEW_WORDS = 0.2  # for texts of fewer than three words, which are mostly names
_FEW_WORDS = 3
_MOST_WORDS = 48  # words that are read; a search box has room for fewer
_SECOND_LINE = 1.0  # log odds by which a second help line may be less likely than the first
# Help lines that answer in office hours or find treatment: too weak to lead the page.
_QUIET_LINES = frozenset({"samhsa", "eldercare", "211"})

BUCKETS = 1 << 16
_WINDOW = 3  # following words with which a word makes pairs
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


def danger_in(text: str, crisis_words: CrisisWords, model: DangerModel) -> Danger:
    """Return the danger that a text is about: by a pattern, else by the model.

    Where ordinary words excuse what patterns found, the model alone never makes it sure. A safe
    pattern that matches the whole text rules danger out.
    """
    matched = crisis_words.match(text)
    if matched.lines:
        return Danger(Degree.SURE, matched.lines, by_pattern=True)
    if matched.is_ordinary:
        return Danger()
    estimated = model.nearness(text)
    if matched.is_excused and estimated.degree is Degree.SURE:
        return Danger(Degree.PERHAPS, estimated.lines[:1])
    return estimated


@dataclass(frozen=True, slots=True)
class DangerWeights:
    """Fitted weights of the danger model; arrays have one number for each bucket of features.

    Attributes:
        idf: inverse document frequency.
        danger: weight for danger; ``bias`` is added to the sum.
        keys: of the help lines, one for each row of ``lines`` and ``line_bias``.
        known_words: hashes of correctly spelled words.
    """

    idf: NDArray[np.float32]
    danger: NDArray[np.float32]
    bias: float
    keys: tuple[str, ...]
    lines: NDArray[np.int8]
    line_scale: NDArray[np.float32]
    line_bias: NDArray[np.float32]
    known_words: frozenset[int]


class DangerModel:
    """The two classifiers of danger and of help lines. Threads may share one."""

    def __init__(self, weights: DangerWeights) -> None:
        self._weights = weights
        self._features = FeatureExtractor(shipped_word_classes(), weights.known_words)

    def nearness(self, text: str) -> Danger:
        """Return the danger in a text by the model, as a whole or in its riskiest sentence."""
        sentences = _first_words(fold_sentences(text))
        words = sum(map(len, sentences))
        score, buckets = self._riskiest_part(sentences)
        if score <= (PERHAPS if words >= _FEW_WORDS else PERHAPS_FEW_WORDS):
            return Danger()
        lines = self._likely_lines(buckets)
        if score <= SURE or words == 1 or lines[0] in _QUIET_LINES:
            return Danger(Degree.PERHAPS, lines[:1])
        return Danger(Degree.SURE, lines)

    def log_odds(self, text: str) -> float:
        """Return the log odds that a text is about danger."""
        return self._riskiest_part(_first_words(fold_sentences(text)))[0]

    def _riskiest_part(self, sentences: list[list[str]]) -> tuple[float, NDArray[np.int64]]:
        parts = [sentences] if len(sentences) == 1 else [sentences, *([part] for part in sentences)]
        buckets = [self._features.buckets(part) for part in parts]
        scores = [self._score(part_buckets) for part_buckets in buckets]
        riskiest = int(np.argmax(scores))
        return scores[riskiest], buckets[riskiest]

    def _score(self, buckets: NDArray[np.int64]) -> float:
        if not buckets.size:
            return -np.inf
        values = self._unit_values(buckets)
        return float(values @ self._weights.danger[buckets]) + self._weights.bias

    def _unit_values(self, buckets: NDArray[np.int64]) -> NDArray[np.float32]:
        values = self._weights.idf[buckets]
        length: NDArray[np.float32] = np.sqrt(values @ values)
        return values / length

    def _likely_lines(self, buckets: NDArray[np.int64]) -> tuple[str, ...]:
        weights = self._weights
        scores = weights.lines[:, buckets] @ self._unit_values(buckets)
        scores = scores * weights.line_scale + weights.line_bias
        order = np.argsort(-scores, kind="stable")[:2]
        likely_lines = order[scores[order] >= scores[order[0]] - _SECOND_LINE]
        return tuple(weights.keys[line] for line in likely_lines)


def _first_words(sentences: list[list[str]]) -> list[list[str]]:
    remaining, first_words = _MOST_WORDS, []
    for words in sentences:
        if remaining > 0:
            first_words.append(words[:remaining])
        remaining -= len(words)
    return first_words


def read_weights(path: Path) -> DangerWeights:
    """Return the weights in a file that ``write_weights`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return DangerWeights(
            idf=file["idf"].astype(np.float32),
            danger=file["danger"].astype(np.float32),
            bias=float(file["bias"]),
            keys=tuple(file["keys"].tolist()),
            lines=file["lines"],
            line_scale=file["line_scale"],
            line_bias=file["line_bias"],
            known_words=frozenset(file["known_words"].tolist()),
        )


def write_weights(path: Path, weights: DangerWeights) -> None:
    """Write the weights of the danger model to a file."""
    np.savez_compressed(
        path,
        idf=weights.idf.astype(np.float16),
        danger=weights.danger.astype(np.float16),
        bias=np.float32(weights.bias),
        keys=np.array(weights.keys),
        lines=weights.lines,
        line_scale=weights.line_scale,
        line_bias=weights.line_bias,
        known_words=np.array(sorted(weights.known_words), dtype=np.uint32),
    )


@cache
def shipped_danger_model() -> DangerModel:
    """Return the shipped danger model, which is read once."""
    return DangerModel(read_weights(resource_path("seed_data") / MODEL_FILE))


def word_hash(word: str) -> int:
    """Return the hash of a word for ``DangerWeights.known_words``."""
    return crc32(word.encode())


def sound_key(word: str) -> str:
    """Return a key that is equal for words that sound alike (``amenaso``, ``amenazo``)."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word.rstrip("a") if len(word) > 2 else word


class WordClasses:
    """Classes of words by spelling, prefix and sound; ``word*`` in a row is a prefix."""

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
        """Return the classes of a word as spelled, by the whole word or a prefix of it."""
        names = list(self._by_word.get(word, ()))
        for length in range(_SHORTEST_BEGINNING, len(word) + 1):
            names.extend(self._by_beginning.get(word[:length], ()))
        return tuple(dict.fromkeys(names))

    def of_sound(self, key: str) -> tuple[str, ...]:
        """Return the classes of the words with a sound key."""
        return tuple(self._by_sound.get(key, ()))


@cache
def shipped_word_classes() -> WordClasses:
    """Return the shipped word classes, with which the shipped model was fitted."""
    path = resource_path("seed_data") / "crisis_word_classes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return WordClasses(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class _WordFeatures:
    """Features of one word, and the first halves of features of its pairs with other words.

    Attributes:
        hashes: of its own features.
        units: the word and its classes, as the second of a pair.
        pairs: the hash of each unit as the first of a pair, to be continued with the second.
        neighbors: the hash of the word as the first of two adjacent words.
    """

    hashes: tuple[int, ...]
    units: tuple[bytes, ...]
    pairs: tuple[int, ...]
    neighbors: int


class FeatureExtractor:
    """Extractor of hashed features from folded words; those of the last words are cached.

    Args:
        known_words: hashes of correctly spelled words. Any other word takes the classes of the
            words that sound like it.
    """

    def __init__(self, classes: WordClasses, known_words: Container[int]) -> None:
        self._classes = classes
        self._known_words = known_words
        self._cached_word_features = lru_cache(_WORDS_CACHED)(self._word_features)

    def buckets(self, sentences: Iterable[Sequence[str]]) -> NDArray[np.int64]:
        """Return the buckets of a text, sorted, each once; pairs stay within a sentence."""
        hashes = (feature for words in sentences for feature in self._iter_hashes(words))
        return np.array(sorted({feature % BUCKETS for feature in hashes}), dtype=np.int64)

    def _iter_hashes(self, words: Sequence[str]) -> Iterator[int]:
        """Yield the hashes of all features of a sentence, with repetition."""
        if not words:
            return
        features = list(map(self._cached_word_features, words))
        for start, first in enumerate(features):
            yield from first.hashes
            for second in features[start + 1 : start + 1 + _WINDOW]:
                yield from (crc32(unit, begun) for begun in first.pairs for unit in second.units)
        for first, word in zip(features, words[1:], strict=False):
            yield crc32(word.encode(), first.neighbors)
        yield crc32(f"s{words[0]}".encode())
        yield crc32(f"e{words[-1]}".encode())

    def _word_features(self, whole: str) -> _WordFeatures:
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


@cache
def danger_evidence() -> Mapping[str, tuple[WordForm, ...]]:
    """Return for each danger topic the phrases of which an untagged service must contain one.

    Such a service has the topic by a suggestion only, which may be wrong: a list's category "Safe
    Housing" can be about lead pipes. So its name, a category or the description has to confirm it.
    """
    path = resource_path("seed_data") / "danger_topics.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["topic"]: tuple(WordForm(tuple(words_of(text))) for text in row["says"].split("|"))
            for row in csv.DictReader(file)
        }
