"""Fitting of the danger model to known phrases: ``python -m bench.danger_model``.

The phrases come from ``crisis_phrases.csv`` and ``crisis_examples.csv``. Ordinary phrases come from
the thesaurus, the names of topics and the tuning halves of both exams, without topics of danger.
Each phrase is used a second time with slips and short spellings, or inside a longer sentence, so
that these are no signs of danger. The model is a logistic regression with an L2 penalty,
fitted by Newton's method with conjugate gradients; the same phrases result in the same weights.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.exam_files import LIST_PHRASES, SAMPLE_PHRASES, read_rows
from referral.records.crisis import fold_sentences
from referral.resources import resource_path
from referral.search.understanding.danger import (
    BUCKETS,
    MODEL_FILE,
    DangerWeights,
    FeatureExtractor,
    shipped_word_classes,
    word_hash,
    write_weights,
)

_SEED = resource_path("seed_data")
_PENALTY = 1 / 20
_NEWTON_STEPS = 12
_GRADIENT_STEPS = 25
_ORDINARY_WEIGHT = 0.5  # of a phrase of the thesaurus, which may be less ordinary than it looks
_SLIP_WEIGHT = 0.5
_SLIP_SHARE = 0.35  # of words that get a slip
_SHORTHAND_SHARE = 0.15
# Phrases about these topics may mean danger, so they are no examples of ordinary phrases.
_DANGER_TOPICS = frozenset({
    "domestic-violence", "addiction", "detox", "rehab", "mobile-crisis", "safety-abuse",
    "child-abuse", "runaway-youth", "sexual-assault", "crime-victims", "poison-control",
    "crisis-lines", "dv-shelter", "elder-abuse", "human-trafficking", "lgbtq-youth",
    "protective-orders", "youth-shelter", "harm-reduction", "youth-substance",
    "special-helplines", "abuser-programs",
})  # fmt: skip
# Sentences around ordinary phrases, by language: neither "my husband" nor a long story is a sign of
# danger. "{other}" is another ordinary phrase.
_FRAMES = {
    "en": (
        "{}", "{}", "i need {}", "help with {}", "my mom needs {}", "my husband needs help with {}",
        "my kids need {}", "where can i get {} for free", "i lost my job and need {}",
        "my wife and i are looking for {}", "im a single mom with two kids and need {}",
        "need {} tonight for me and my baby", "hi im looking for {} near me",
        "my son has a problem with {}", "my dad is 80 and needs {}", "im 16 and need {}",
        "i am a veteran and need {}", "my boyfriend and i need {}", "who can i call about {}",
        "i dont know what to do about {}", "my neighbor needs {} and has no car",
        "since my husband died i need {}", "they told me to ask here about {}",
        "i cant pay for {} anymore", "my daughter wants {}", "is there {} for my grandmother",
        "okay so {} and {other} and i dont know who to call", "{} and also {other} please",
        "hi i have a question my mother she needs {} and she lives alone and {other}",
        "my husband and me we have three kids and {} and i just need somebody to help with {other}",
        "i got out of the hospital last week and he says i need {} but i cant because {other}",
        "i been trying to get {} since march they keep telling me {other}",
    ),
    "es": (
        "{}", "{}", "necesito {}", "ayuda con {}", "mi mama necesita {}", "mi esposo necesita {}",
        "mis hijos necesitan {}", "donde hay {} gratis", "me quede sin trabajo y necesito {}",
        "busco {} para mi bebe", "tengo 16 y necesito {}", "mi papa tiene 80 y necesita {}",
        "no se que hacer con {}", "desde que murio mi esposo necesito {}", "mi hija quiere {}",
        "a quien le pregunto por {}", "me dijeron que aqui hay {}", "ya no puedo pagar {}",
        "mire yo quiero saber de {} porque {other} y no se a quien llamar", "{} y tambien {other}",
        "buenas es que mi mama vive sola y necesita {} y yo no puedo porque {other}",
        "tengo tres hijos y mi esposo no trabaja y necesito {} y {other}",
    ),
}  # fmt: skip
_DANGER_FRAMES = ("{}", "{}", "{}", "{} and {other}", "{other} and {}", "{} {other}", "{other} {}")
_SHORTHAND = {
    "you": "u", "to": "2", "and": "n", "are": "r", "your": "ur", "because": "cuz", "want": "wnt",
    "dont": "dnt", "be": "b", "for": "4", "que": "k", "porque": "xq", "with": "w", "por": "x",
    "someone": "sum1", "tonight": "2nite", "night": "nite", "was": "wuz", "quiero": "kiero",
    "going": "goin", "cant": "cnt", "please": "pls", "have": "hav", "what": "wat",
}  # fmt: skip

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase that the model is fitted to.

    Attributes:
        line: key of the help line that the phrase requires, "" for an ordinary phrase.
        weight: of the phrase in fitting.
        frames: sentences into which the phrase may be put.
    """

    phrase: str
    line: str
    weight: float = 1.0
    frames: tuple[str, ...] = ("{}",)


class _Matrix:
    """A sparse matrix of TF-IDF vectors of unit length, one row for each text."""

    def __init__(self, texts: Sequence[NDArray[np.int64]], idf: Numbers) -> None:
        self._count = len(texts)
        self._rows = np.repeat(np.arange(self._count), [len(each) for each in texts])
        self._columns = np.concatenate(texts)
        values = idf[self._columns]
        length = np.sqrt(np.bincount(self._rows, values * values, minlength=self._count))
        self._values = values / np.maximum(length, 1e-9)[self._rows]

    def dot(self, weights: Numbers) -> Numbers:
        """Return the sum of weights for each text."""
        products: Numbers = self._values * weights[self._columns]
        return np.bincount(self._rows, products, minlength=self._count).astype(np.float64)

    def transposed_dot(self, residuals: Numbers) -> Numbers:
        """Return the sum of residuals for each bucket."""
        products: Numbers = self._values * residuals[self._rows]
        return np.bincount(self._columns, products, minlength=BUCKETS).astype(np.float64)


def known_phrases() -> list[Example]:
    """Return the phrases that the shipped model is fitted to."""
    found = [
        Example(
            row["phrase"],
            row["expected"],
            frames=_DANGER_FRAMES if row["expected"] else ("{}", "{} {other}"),
        )
        for name in ("crisis_phrases.csv", "crisis_examples.csv")
        for row in read_rows(_SEED / name)
    ]
    dangers = {each.phrase for each in found if each.line}
    ordinary = [
        *_ordinary_phrases(_SEED / "thesaurus.csv", ["phrase"], "terms"),
        *_ordinary_phrases(_SEED / "taxonomy" / "taxonomy_terms.csv", ["name", "name_es"], "code"),
        *_ordinary_phrases(SAMPLE_PHRASES, ["phrase"], "first3"),
        *_ordinary_phrases(LIST_PHRASES, ["phrase"], "needs"),
    ]
    found.extend(
        Example(phrase, "", _ORDINARY_WEIGHT, _FRAMES[language])
        for phrase, language in ordinary
        if phrase not in dangers
    )
    return found


def _ordinary_phrases(path: Path, columns: Sequence[str], topics: str) -> Iterator[tuple[str, str]]:
    """Yield phrases of a table with their languages, except dangers and the half for reports."""
    for row in read_rows(path):
        codes = set(re.findall(r"[\w-]+", row[topics]))
        if row.get("half", "tune") == "tune" and _DANGER_TOPICS.isdisjoint(codes):
            for column in columns:
                is_spanish = column.endswith("_es") or row.get("language") == "es"
                if row[column]:
                    yield row[column], "es" if is_spanish else "en"


def fit_danger_model(examples: Sequence[Example]) -> DangerWeights:
    """Fit both classifiers: of danger, and of the help line for it."""
    known_words = frozenset(
        word_hash(word)
        for each in examples
        for words in fold_sentences(each.phrase)
        for word in words
    )
    extractor = FeatureExtractor(shipped_word_classes(), known_words)
    texts = [_buckets(extractor, each) for each in examples]
    frequency = np.bincount(np.concatenate(texts), minlength=BUCKETS)
    idf = np.log((1 + len(texts)) / (1 + frequency)) + 1
    slips = list(_with_slips(examples))
    weights, bias = _fit(
        _Matrix([*texts, *(_buckets(extractor, each) for each in slips)], idf),
        np.array([bool(each.line) for each in [*examples, *slips]]),
        np.array([each.weight for each in [*examples, *slips]]),
    )
    dangers = [at for at, each in enumerate(examples) if each.line]
    keys, fitted = _fit_lines([examples[at].line for at in dangers],
                              _Matrix([texts[at] for at in dangers], idf))  # fmt: skip
    scale = np.array([np.abs(line).max() / 127 for line, _ in fitted])
    return DangerWeights(
        idf=idf.astype(np.float32),
        danger=weights.astype(np.float32),
        bias=bias,
        keys=keys,
        lines=np.round([line for line, _ in fitted] / scale[:, None]).astype(np.int8),
        line_scale=scale.astype(np.float32),
        line_bias=np.array([bias for _, bias in fitted], dtype=np.float32),
        known_words=known_words,
    )


def _fit_lines(
    lines: Sequence[str], matrix: _Matrix
) -> tuple[tuple[str, ...], list[tuple[Numbers, float]]]:
    """Return the keys of the help lines, and for each the weights and bias of its classifier."""
    keys, weights = tuple(sorted(set(lines))), np.ones(len(lines))
    return keys, [_fit(matrix, np.array([line == key for line in lines]), weights) for key in keys]


def _buckets(extractor: FeatureExtractor, example: Example) -> NDArray[np.int64]:
    return extractor.buckets(fold_sentences(example.phrase))


def _fit(matrix: _Matrix, is_true: NDArray[np.bool_], weights: Numbers) -> tuple[Numbers, float]:
    """Return the weights and the bias of a logistic regression."""
    fitted, bias, first_size = np.zeros(BUCKETS), 0.0, 0.0
    for _ in range(_NEWTON_STEPS):
        predicted = 1 / (1 + np.exp(-(matrix.dot(fitted) + bias)))
        residuals = weights * (predicted - is_true)
        slope = np.append(matrix.transposed_dot(residuals) + _PENALTY * fitted, residuals.sum())
        size = float(np.sqrt(slope @ slope))
        first_size = first_size or size
        if size < 1e-3 * first_size:
            break
        step = _newton_step(matrix, weights * predicted * (1 - predicted), slope)
        fitted, bias = fitted + step[:-1], bias + float(step[-1])
    return fitted, bias


def _newton_step(matrix: _Matrix, curvature: Numbers, slope: Numbers) -> Numbers:
    """Solve Hessian · step = -slope by conjugate gradients; the last element is of the bias."""
    step, residual = np.zeros_like(slope), -slope
    direction, squared_norm = residual, float(residual @ residual)
    tolerance = 1e-2 * squared_norm
    for _ in range(_GRADIENT_STEPS):
        curved = curvature * (matrix.dot(direction[:-1]) + direction[-1])
        product = np.append(matrix.transposed_dot(curved) + _PENALTY * direction[:-1], curved.sum())
        length = squared_norm / float(direction @ product)
        step, residual = step + length * direction, residual - length * product
        previous_norm, squared_norm = squared_norm, float(residual @ residual)
        if squared_norm < tolerance:
            break
        direction = residual + squared_norm / previous_norm * direction
    return step


def _with_slips(examples: Sequence[Example]) -> Iterator[Example]:
    rng = random.Random(1)  # a fixed seed, so that slips are the same in each run
    others = [each.phrase for each in examples if not each.line]
    for each in examples:
        frame = rng.choice(each.frames)
        phrase = frame.format(each.phrase, other=rng.choice(others))
        words = [_with_slip(word, rng) for word in phrase.split()]
        yield Example(" ".join(words), each.line, each.weight * _SLIP_WEIGHT)


def _with_slip(word: str, rng: random.Random) -> str:
    """Return a word unchanged, with a spelling slip, or short as in a text message, by chance."""
    throw = rng.random()
    if throw >= _SLIP_SHARE or len(word) < 4:  # slips are inside words, which short ones lack
        return _SHORTHAND.get(word, word) if throw < _SLIP_SHARE + _SHORTHAND_SHARE else word
    at = rng.randrange(1, len(word) - 1)
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at] + word[at:],
        word[:at] + rng.choice("aeiou") + word[at + 1 :],
        word.replace("ll", "y").replace("z", "s").replace("v", "b").replace("h", "", 1),
        word.replace("ea", "e").replace("ee", "e").replace("gh", "").replace("ph", "f"),
    )
    return rng.choice(slips)


def write_shipped_model(folder: Path) -> None:
    """Fit the model to the known phrases, and write it into a folder of seed data."""
    write_weights(folder / MODEL_FILE, fit_danger_model(known_phrases()))


if __name__ == "__main__":
    write_shipped_model(_SEED)
