"""Topics of a query as a whole, where phrases explain only a few of its words.

"My husband passed and I don't have the money to bury him" has a phrase for money, and is about a
funeral. So the most similar of all known phrases are found for the whole query, and a phrase whose
topics they do not confirm gets less weight.

Of 127 phrases with needs (half ``tune`` of the exam on real lists, 2026-11-26) the most similar
phrases alone had a right topic first for 97 and among three for 114; matching phrases alone had one
for 86.

Similarity is the cosine of tf-idf vectors: of word stems (both languages) and of character n-grams
(3 to 5 letters), which also match misspellings and related words. Vectors are stored by feature, as
in an inverted index, so a query reads only the features that it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from referral.search.analysis import stem
from referral.search.segment_facts import Numbers
from referral.search.understanding.phrases import (
    Phrasebook,
    PhraseMatch,
    Word,
    is_small_number,
    phrases_of,
)
from referral.search.words import Vocabulary

# Weights of the similarity by words and by letters.
_WORDS, _LETTERS = 0.4, 0.6
_FLOOR = 0.2  # similarity below which two phrases have nothing in common
_MOST_TOPICS = 3
_MOST_NEIGHBORS = 40
_WEIGHT = 0.8  # of a topic, for a similarity of 1: a neighbor is not a match

_NGRAMS = (3, 4, 5)  # letters
_LETTER_BITS = 12  # bits per letter of an n-gram, so that five letters fit into 64 bits
_LANGUAGES = ("english", "spanish")

_WELL_UNDERSTOOD = 0.6  # share of the telling words
_LONG, _STRAY = 4, 0.5  # in queries of so many words, a one-word phrase counts half
_FEWEST_WORDS = 3  # passing words that may mean something together
_SENTENCE = 6  # words, passing words included

_Features = NDArray[np.str_] | NDArray[np.uint64]
_Rows = NDArray[np.intp]  # number of a phrase, for each feature


@dataclass(frozen=True, slots=True)
class NearestTopics:
    """Topics of the phrases most similar to a query as a whole, with weights, and its words.

    Attributes:
        replaces_words: other words of the query only affect the order. In a few keywords of which
            a phrase explains some, the others may be needed as they are.
    """

    words: str
    weights: Mapping[str, float]
    replaces_words: bool = True

    def confirms(self, codes: Iterable[str], broader: Mapping[str, str]) -> bool:
        """Return whether any of some topics is among these, or has the same broader topic."""
        near = {*self.weights, *(broader.get(code, code) for code in self.weights)}
        codes = set(codes)
        return not near.isdisjoint(codes | {broader.get(code, code) for code in codes})


def guess_topics(
    words: Sequence[Word],
    phrasebook: Phrasebook,
    vocabulary: Vocabulary,
    nearest: NearestPhrases,
    without: Collection[str],
) -> NearestTopics | None:
    """Return the topics of the phrases most similar to a query as a whole.

    None where phrases explain most of its words, where the words are a name, or nothing is similar.
    The words of a town or of a preference are left out.

    Args:
        without: topics that are not wanted.
    """
    matches = phrases_of(words)
    remaining = {
        at: word
        for at, word in enumerate(words)
        if word.use is None or isinstance(word.use, PhraseMatch)
    }
    telling = {
        at
        for at, word in remaining.items()
        if word.meant not in phrasebook.soft_stop_words
        and (word.use or not is_small_number(word.meant))
    }
    if _is_well_understood(telling, len(remaining), matches):
        return None
    if telling and vocabulary.are_in_one_name([words[at].meant for at in telling]):
        return None
    typed = list(dict.fromkeys(word.typed for word in remaining.values()))
    weights = nearest.nearest_terms(typed, without)
    replaces = not matches or len(telling) >= _LONG or len(remaining) >= _SENTENCE
    return NearestTopics(" ".join(typed), weights, replaces) if weights else None


def heaviest(weights: Mapping[str, float], count: int) -> dict[str, float]:
    """Return the codes with the highest weights, highest first; equal weights by code."""
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return dict(ranked[:count])


def _is_well_understood(telling: set[int], count: int, matches: Sequence[PhraseMatch]) -> bool:
    if not telling:
        return bool(matches) or count < _FEWEST_WORDS
    explained = 0.0
    for match in matches:
        is_stray = len(match.positions) == 1 and len(telling) >= _LONG
        explained += len(telling.intersection(match.positions)) * (_STRAY if is_stray else 1.0)
    return explained / len(telling) >= _WELL_UNDERSTOOD


class NearestPhrases:
    """The phrases of a phrasebook as vectors, which are computed at their first use.

    Args:
        phrases: the words of each, folded and without stop words, with the weight of each term.
    """

    def __init__(self, phrases: Mapping[tuple[str, ...], Mapping[str, float]]) -> None:
        self._texts = list(phrases)
        self._terms = list(phrases.values())

    @cached_property
    def _words(self) -> _Vectors:
        return _Vectors(*_stems_of(self._texts), len(self._texts))

    @cached_property
    def _letters(self) -> _Vectors:
        return _Vectors(*_ngrams_of(self._texts), len(self._texts))

    @property
    def is_indexed(self) -> bool:
        """Return whether the vectors are computed."""
        return "_words" in self.__dict__ and "_letters" in self.__dict__

    def index(self) -> None:
        """Compute the vectors, which takes some hundred milliseconds."""
        _ = self._words, self._letters

    def nearest_terms(
        self, words: Sequence[str], without: Collection[str] = ()
    ) -> Mapping[str, float]:
        """Return the terms of the most similar phrases with weights, highest first; {} for none.

        Phrases vote for their terms, each by the cube of its similarity. The first term's weight is
        proportional to the highest similarity, and those of the others to their votes.

        Args:
            words: folded, without stop words.
            without: terms that are not wanted.
        """
        if not (words and self._texts):
            return {}
        similarity = self._similarities(words)
        near = np.flatnonzero(similarity >= _FLOOR)
        nearest = near[np.argsort(-similarity[near], kind="stable")][:_MOST_NEIGHBORS]
        votes: dict[str, float] = defaultdict(float)
        for row in nearest.tolist():
            for term, weight in self._terms[row].items():
                if term not in without:
                    votes[term] += weight * float(similarity[row]) ** 3
        most_votes = max(votes.values(), default=0.0)
        return {
            term: _WEIGHT * float(similarity[nearest[0]]) * vote / most_votes
            for term, vote in heaviest(votes, _MOST_TOPICS).items()
        }

    def _similarities(self, words: Sequence[str]) -> Numbers:
        """Return the similarity of each phrase, from 0 to 1."""
        words_alike = self._words.cosines(_stems_of([words])[0])
        letters_alike = self._letters.cosines(_ngrams_of([words])[0])
        return _WORDS * words_alike + _LETTERS * letters_alike


class _Vectors:
    """Tf-idf vectors of length 1, stored by feature.

    Args:
        features: of all texts, with repetition.
        rows: for each feature the number of its text.
        size: number of texts.
    """

    def __init__(self, features: _Features, rows: _Rows, size: int) -> None:
        self._size = size
        self._features, numbers = np.unique(features, return_inverse=True)
        cells, counts = np.unique(numbers * size + rows, return_counts=True)
        numbers, of_text = np.divmod(cells, size)
        frequencies = np.bincount(numbers, minlength=len(self._features))
        self._idf = self._idf_of(frequencies)
        values = counts * self._idf[numbers]
        lengths = np.sqrt(np.bincount(of_text, values**2, minlength=size))
        self._rows = of_text.astype(np.int32)
        self._values = (values / lengths[of_text]).astype(np.float32)
        self._ends = np.cumsum(frequencies)

    def _idf_of(self, frequencies: NDArray[np.intp]) -> Numbers:
        idf: Numbers = 1 + np.log((1 + self._size) / (1 + frequencies))
        return idf

    def cosines(self, features: _Features) -> Numbers:
        """Return the cosine of each text with a text that has some features.

        Unknown features lengthen the latter's vector: the more is unknown, the lower the cosine.
        """
        distinct, counts = np.unique(features, return_counts=True)
        numbers = np.minimum(self._features.searchsorted(distinct), len(self._features) - 1)
        is_known = self._features[numbers] == distinct
        unknown = self._idf_of(np.zeros(1, dtype=np.intp))
        values: Numbers = np.where(is_known, self._idf[numbers], unknown)
        values = values * counts
        values /= np.sqrt(np.sum(values**2)) or 1.0
        return self._dot_products(numbers[is_known], values[is_known])

    def _dot_products(self, features: _Rows, values: Numbers) -> Numbers:
        """Return for each text the dot product of its values with those of some features."""
        if not features.size:
            return np.zeros(self._size)
        starts, ends = np.where(features, self._ends[features - 1], 0), self._ends[features]
        slices = list(map(slice, starts.tolist(), ends.tolist()))
        rows = np.concatenate([self._rows[postings] for postings in slices])
        products = np.concatenate([self._values[postings] for postings in slices])
        products = products * np.repeat(values, ends - starts)
        return np.bincount(rows, products, minlength=self._size).astype(np.float64, copy=False)


def _stems_of(texts: Collection[Sequence[str]]) -> tuple[NDArray[np.str_], _Rows]:
    """Return the stems of all words of texts in both languages, and the text number of each."""
    stems = [
        f"{language} {stem(word, language)}"
        for words in texts
        for word in words
        for language in _LANGUAGES
    ]
    rows = np.repeat(np.arange(len(texts)), [len(words) * len(_LANGUAGES) for words in texts])
    return np.array(stems, dtype=np.str_), rows


def _ngrams_of(texts: Iterable[Sequence[str]]) -> tuple[NDArray[np.uint64], _Rows]:
    """Return the n-grams of texts, with the spaces between words, and the text number of each."""
    padded = [f" {' '.join(words)} " for words in texts]
    rows = np.repeat(np.arange(len(padded)), [len(text) for text in padded])
    letters = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32)
    letters = letters.astype(np.uint64) & np.uint64((1 << _LETTER_BITS) - 1)
    ngrams_by_length, of_text = [], []
    for length in _NGRAMS:
        last = max(len(letters) - length + 1, 0)
        ngrams = np.zeros(last, dtype=np.uint64)
        for at in range(length):
            ngrams = (ngrams << np.uint64(_LETTER_BITS)) | letters[at : at + last]
        is_whole = rows[:last] == rows[length - 1 :]  # the others span two texts
        ngrams_by_length.append(ngrams[is_whole])
        of_text.append(rows[:last][is_whole])
    return np.concatenate(ngrams_by_length), np.concatenate(of_text)
