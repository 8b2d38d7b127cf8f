"""Danger model: how near a text is to phrases of danger that somebody wrote down.

It stands beside the patterns of ``records.crisis``, for phrasings that no pattern has. A linear
classifier (logistic regression on hashed features, ``danger_features``) gives the log odds that a
text speaks of danger; a second one ranks the help lines. ``training/danger_model.py`` fits
both to known phrases and writes ``seed_data/crisis_model.npz``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from referral.records.crisis import fold_sentences
from referral.resources import resource_path
from referral.search.query import Danger, Degree
from referral.search.understanding.danger_features import FeatureExtractor, shipped_word_classes

MODEL_FILE = "crisis_model.npz"
# Log odds, chosen on spent sets: PERHAPS by how many dangers it lets through, SURE by how many
# ordinary phrases it takes for dangers.
PERHAPS = -0.8
SURE = 2.0
PERHAPS_FEW_WORDS = 0.2  # of fewer than three words, which are mostly names
_FEW_WORDS = 3
_MOST_WORDS = 48  # that are read: a search box has room for fewer
_SECOND_LINE = 1.0  # how much less likely than the first a second line may be, in log odds
# Lines that answer in office hours or find treatment: good to know of, nothing to lead the page.
_QUIET_LINES = frozenset({"samhsa", "eldercare", "211"})


@dataclass(frozen=True, slots=True)
class DangerWeights:
    """What is fitted; arrays have one number for each bucket of features.

    Attributes:
        idf: inverse document frequency.
        danger: weight for danger, and ``bias`` to add.
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
    """The classifiers, ready to be asked. Threads may share one."""

    def __init__(self, weights: DangerWeights) -> None:
        self._weights = weights
        self._features = FeatureExtractor(shipped_word_classes(), weights.known_words)

    def nearness(self, text: str) -> Danger:
        """How near a text is, as a whole or by its nearest sentence."""
        sentences = _first_words(fold_sentences(text))
        words = sum(map(len, sentences))
        score, buckets = self._nearest_part(sentences)
        if score <= (PERHAPS if words >= _FEW_WORDS else PERHAPS_FEW_WORDS):
            return Danger()
        lines = self._lines_of(buckets)
        if score <= SURE or words == 1 or lines[0] in _QUIET_LINES:
            return Danger(Degree.PERHAPS, lines[:1])
        return Danger(Degree.SURE, lines)

    def log_odds(self, text: str) -> float:
        """The log odds of danger."""
        return self._nearest_part(_first_words(fold_sentences(text)))[0]

    def _nearest_part(self, sentences: list[list[str]]) -> tuple[float, NDArray[np.int64]]:
        parts = [sentences] if len(sentences) == 1 else [sentences, *([each] for each in sentences)]
        buckets = [self._features.buckets(part) for part in parts]
        scores = [self._score(each) for each in buckets]
        best = int(np.argmax(scores))
        return scores[best], buckets[best]

    def _score(self, buckets: NDArray[np.int64]) -> float:
        if not buckets.size:
            return -np.inf
        values = self._values(buckets)
        return float(values @ self._weights.danger[buckets]) + self._weights.bias

    def _values(self, buckets: NDArray[np.int64]) -> NDArray[np.float32]:
        values = self._weights.idf[buckets]
        length: NDArray[np.float32] = np.sqrt(values @ values)
        return values / length

    def _lines_of(self, buckets: NDArray[np.int64]) -> tuple[str, ...]:
        weights = self._weights
        scores = weights.lines[:, buckets] @ self._values(buckets)
        scores = scores * weights.line_scale + weights.line_bias
        order = np.argsort(-scores, kind="stable")[:2]
        likely = order[scores[order] >= scores[order[0]] - _SECOND_LINE]
        return tuple(weights.keys[at] for at in likely)


def _first_words(sentences: list[list[str]]) -> list[list[str]]:
    left, found = _MOST_WORDS, []
    for words in sentences:
        if left > 0:
            found.append(words[:left])
        left -= len(words)
    return found


def read_weights(path: Path) -> DangerWeights:
    """The weights in a file that ``write_weights`` wrote."""
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
    """Write weights to a file."""
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
    """The model of ``seed_data``, read once."""
    return DangerModel(read_weights(resource_path("seed_data") / MODEL_FILE))
