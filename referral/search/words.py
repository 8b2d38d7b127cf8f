"""Word look-ups in one commit: documents, BM25F scores and fields of each word; vocabulary.

Postings come from Whoosh's readers of our codec; prefixes and similar spellings of words come
from the codec's tables, since Whoosh's reader is slow at them. Scores are those of Whoosh's
BM25F: idf and average lengths are of the whole collection, deleted documents included
(``tests/search/test_reference.py`` compares with plain Whoosh). The matches of a form are
cached while its commit is in use, within a memory limit, since words are often searched again.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import IndexReader

from referral.search import schema, weights
from referral.search.analysis import stem, whole_name_key
from referral.search.codec.array_codec import arrays_of
from referral.search.codec.reader import SegmentArrays
from referral.search.columns import is_in_sorted
from referral.search.query import WordForm
from referral.search.schema import TEXT_FIELDS
from referral.search.segment_facts import Docs, Mask, Numbers

# One bit for each field.
FIELD_BITS = {name: 1 << number for number, name in enumerate(TEXT_FIELDS)}
_Bits = NDArray[np.uint16]

_MANY = 8  # a form is stored densely when it has more than one posting per so many documents
_LEAST_ROOM = 16 << 20  # bytes
_ROOM_PER_DOCUMENT = 800
_PLACE_BITS = 32  # bits for a position, so that those of different documents never coincide
_MOSTLY = 0.8
_WORDS_CACHED = 10_000
_TOPICS_CACHED = 512
_FIELDS_BY_LANGUAGE = {
    language: tuple(
        name for name, field in schema.TEXT_FIELDS.items() if field.language == language
    )
    for language in schema.LANGUAGES
}
_NAME_FIELDS = tuple(
    (name, field.language)
    for name, field in schema.TEXT_FIELDS.items()
    if field.why in {"name", "organization"}
)


_FEW = 50  # documents
_SegmentPostings = tuple[int, Any]  # number of a segment, and the codec's ``TermMatcher``


class Words:
    """Lookups of words in the index of one commit.

    Args:
        readers: Whoosh's readers of its segments, in their order.

    Attributes:
        postings: documents and scores by term.
        forms: documents and scores by word form, in any field.
        vocabulary: known words, by prefix and by similar spelling.
        match_phrases: returns documents and scores by the phrases of a topic; cached.
    """

    def __init__(self, readers: Sequence[IndexReader], live: Mask) -> None:
        self.postings = PostingTable(readers)
        self.forms = FormMatches(self.postings, live)
        tables = [arrays_of(reader) for reader in readers]
        self.vocabulary = Vocabulary(self.postings, tables, live)
        self.match_phrases = lru_cache(_TOPICS_CACHED)(self._match_phrases)
        self._size = len(live)

    def _match_phrases(self, phrases: tuple[WordForm, ...]) -> tuple[Docs, Numbers]:
        """Return the documents that have one of a topic's phrases, and the best score of each.

        A phrase that most documents have ("phone") is skipped.
        """
        best, all_docs = np.zeros(self._size), np.arange(self._size, dtype=np.int32)
        for phrase in phrases:
            scores = self.forms.get(phrase).scores(all_docs)
            if np.count_nonzero(scores) <= max(self._size // 2, _FEW):
                np.maximum(best, phrase.damping * scores, out=best)
        docs = np.flatnonzero(best).astype(np.int32)
        return docs, best[docs]


class Lookup(NamedTuple):
    """A term in a field to look up in the index, or several adjacent terms."""

    field: str
    terms: tuple[str, ...]
    weight: float


def lookups_of(form: WordForm) -> tuple[Lookup, ...]:
    """Return the index look-ups for a form in each field; phrases skip unstemmed fields."""
    return tuple(
        Lookup(name, terms_of(form, field.language), field.weight * form.damping)
        for name, field in TEXT_FIELDS.items()
        if field.language or len(form.words) == 1
    )


def terms_of(form: WordForm, language: str) -> tuple[str, ...]:
    """Return the words of a form as indexed by fields in a language."""
    return tuple(stem(word, language) for word in form.words) if language else form.words


class FormMatch:
    """The documents that have a word form: a sorted list if they are few, else an array of all.

    Attributes:
        count: how many they are, without deleted ones.
        size: in bytes.
    """

    def __init__(self, docs: Docs | None, scores: NDArray[np.float32], fields: _Bits) -> None:
        self._docs = docs
        self._scores = scores
        self._fields = fields
        self._mask = fields > 0 if docs is None else None
        self.count = int(np.count_nonzero(fields))
        self.size = sum(
            array.nbytes for array in (scores, fields, self._docs, self._mask) if array is not None
        )

    def mask(self, size: int) -> Mask:
        """Return a mask over all ``size`` documents, which must not be modified."""
        if self._mask is not None:
            return self._mask
        mask = np.zeros(size, dtype=np.bool_)
        mask[self._docs] = True
        return mask

    def scores(self, docs: NDArray[np.integer]) -> Numbers:
        """Return the score of each given document, ascending; 0 where it lacks the form."""
        if self._docs is None:
            return self._scores.take(docs).astype(np.float64)
        return scores_among(docs, self._docs, self._scores)

    def fields(self, docs: NDArray[np.integer]) -> _Bits:
        """Return for each given document the fields that have the form, as ``FIELD_BITS``."""
        if self._docs is None:
            return self._fields.take(docs)
        if not len(self._docs):
            return np.zeros(len(docs), dtype=np.uint16)
        indexes = np.minimum(self._docs.searchsorted(docs), len(self._docs) - 1)
        return np.where(self._docs[indexes] == docs, self._fields[indexes], np.uint16(0))

    def fields_of_ascending(self, docs: NDArray[np.integer]) -> _Bits:
        """Return the fields that have the form, as ``FIELD_BITS``; documents must ascend."""
        if self._docs is None or len(docs) <= len(self._docs):
            return self.fields(docs)
        field_bits = np.zeros(len(docs), dtype=np.uint16)
        own_indexes, indexes = _common_indexes(self._docs, docs)
        field_bits[indexes] = self._fields.take(own_indexes)
        return field_bits


def scores_among(
    docs: NDArray[np.integer], listed: Docs, scores: NDArray[np.floating[Any]]
) -> Numbers:
    """Return the score of each document, 0 where it is not listed.

    Args:
        docs, listed: ascending.
        scores: one for each listed document.
    """
    doc_scores = np.zeros(len(docs))
    if len(docs) < len(listed):
        indexes, listed_indexes = _common_indexes(docs, listed)
    else:
        listed_indexes, indexes = _common_indexes(listed, docs)
    doc_scores[indexes] = scores.take(listed_indexes)
    return doc_scores


def _common_indexes(
    few: NDArray[Any], many: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indexes of common numbers in two ascending arrays."""
    if not len(few):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    nearest = many.searchsorted(few)
    np.minimum(nearest, len(many) - 1, out=nearest)
    few_indexes = np.flatnonzero(many.take(nearest) == few)
    return few_indexes, nearest.take(few_indexes)


class FormMatches:
    """Cache of the matches of all word forms in one commit. Threads may share it.

    Args:
        live: documents that are not deleted.
    """

    def __init__(self, postings: PostingTable, live: Mask) -> None:
        self._postings = postings
        self._live = live
        self._all_live = bool(live.all())
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[str, ...], FormMatch] = OrderedDict()
        self._room = max(_LEAST_ROOM, _ROOM_PER_DOCUMENT * len(live))

    def get(self, form: WordForm) -> FormMatch:
        """Return the matches of a form; the scores do not include its damping."""
        with self._lock:
            cached = self._cache.get(form.words)
            if cached is not None:
                self._cache.move_to_end(form.words)
                return cached
        match = self._find(form)
        with self._lock:
            if form.words not in self._cache:
                self._room -= match.size
                self._cache[form.words] = match
            while self._room < 0:
                self._room += self._cache.popitem(last=False)[1].size
        return match

    def _find(self, form: WordForm) -> FormMatch:
        by_field = [
            (FIELD_BITS[lookup.field], postings)
            for lookup in lookups_of(WordForm(form.words))
            if len((postings := self._postings.read(*lookup)).docs)
        ]
        total = sum(len(postings.docs) for _, postings in by_field)
        if total * _MANY > len(self._live):
            return self._make_dense(by_field)
        return self._make_sparse(by_field)

    def _make_dense(self, by_field: Sequence[tuple[int, Postings]]) -> FormMatch:
        scores = np.zeros(len(self._live))
        fields = np.zeros(len(self._live), dtype=np.uint16)
        for bit, postings in by_field:
            scores[postings.docs] += postings.scores
            fields[postings.docs] |= np.uint16(bit)
        if not self._all_live:
            scores *= self._live
            fields *= self._live
        return FormMatch(None, scores.astype(np.float32), fields)

    def _make_sparse(self, by_field: Sequence[tuple[int, Postings]]) -> FormMatch:
        no_docs = np.zeros(0, dtype=np.int32)
        docs = np.unique(np.concatenate([no_docs, *(postings.docs for _, postings in by_field)]))
        docs = docs if self._all_live else docs[self._live[docs]]
        scores = np.zeros(len(docs))
        fields = np.zeros(len(docs), dtype=np.uint16)
        for bit, postings in by_field:
            live = slice(None) if self._all_live else is_in_sorted(docs, postings.docs)
            indexes = docs.searchsorted(postings.docs[live])
            scores[indexes] += postings.scores[live]
            fields[indexes] |= np.uint16(bit)
        return FormMatch(docs, scores.astype(np.float32), fields)


class Postings(NamedTuple):
    """The documents of a posting list, ascending, deleted ones included, with BM25F scores."""

    docs: Docs
    scores: Numbers


_NOTHING = Postings(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))


class PostingTable:
    """Posting lists by term, over all segments of a commit.

    Args:
        readers: Whoosh's readers of the segments, in their order.
    """

    def __init__(self, readers: Sequence[IndexReader]) -> None:
        self._readers = readers
        counts = [reader.doc_count_all() for reader in readers]
        self._offsets: list[int] = np.cumsum([0, *counts], dtype=np.int64).tolist()
        self._doc_count = sum(counts)
        self._saturations: dict[tuple[int, str], Numbers] = {}

    def read(self, field: str, terms: Sequence[str], weight: float) -> Postings:
        """Return the postings of a term in a field, or of several adjacent terms."""
        by_term = [self._find(field, term) for term in terms]
        if not all(by_term):
            return _NOTHING
        if len(by_term) == 1:
            return Postings(self._docs(by_term[0]), self._scores(field, by_term[0], weight))
        docs = self._docs_with_phrase(by_term)
        scores = np.zeros(len(docs), dtype=np.float64)
        for by_segment in by_term:
            indexes = np.searchsorted(self._docs(by_segment), docs)
            scores += self._scores(field, by_segment, weight)[indexes]
        return Postings(docs, scores)

    def docs(self, field: str, text: str) -> Docs:
        """Return the documents that have a term in a field."""
        by_segment = self._find(field, text)
        return self._docs(by_segment) if by_segment else _NOTHING.docs

    def doc_frequency(self, field: str, text: str) -> int:
        """Return the number of documents that have a term, deleted ones included."""
        term = text.encode(errors="surrogatepass")
        return sum(reader.doc_frequency(field, term) for reader in self._readers)

    def beginning_with(self, field: str, letters: str, most: int) -> list[str]:
        """Return the first terms of a field with a prefix, sorted, up to a limit."""
        start = letters.encode(errors="surrogatepass")
        tables = map(arrays_of, self._readers)
        terms = {encoded for table in tables for encoded in table.beginning(field, start, most)}
        return [encoded.decode() for encoded in sorted(terms)[:most]]

    def _find(self, field: str, text: str) -> Sequence[_SegmentPostings]:
        """Return the postings of a term in each segment that has it."""
        term = text.encode(errors="surrogatepass")
        return [
            (segment, _codec_matcher(reader.postings(field, term)))
            for segment, reader in enumerate(self._readers)
            if (field, term) in reader
        ]

    def _docs(self, by_segment: Sequence[_SegmentPostings]) -> Docs:
        return _concatenated(
            [_with_offset(matcher.docs, self._offsets[segment]) for segment, matcher in by_segment]
        )

    def _scores(self, field: str, by_segment: Sequence[_SegmentPostings], weight: float) -> Numbers:
        frequency = sum(len(matcher.docs) for _, matcher in by_segment)
        worth = weight * (log(self._doc_count / (frequency + 1)) + 1)  # the idf of Whoosh
        return _concatenated(
            [
                (worth * self._saturation(segment, field, matcher.table)).take(matcher.codes)
                for segment, matcher in by_segment
            ]
        )

    def _saturation(self, segment: int, field: str, table: Any) -> Numbers:
        """Return the BM25 weight of each pair of frequency and field length in a segment.

        It is without idf. More occurrences of a word count less and less, and less in a long field.
        """
        key = (segment, field)
        if key not in self._saturations:
            lengths = sum(reader.field_length(field) for reader in self._readers)
            shares = table.lengths / (lengths / (self._doc_count or 1) or 1)
            k1, b = weights.REPETITION_SATURATES, weights.LENGTH_DILUTES
            dilution = (1 - b) + b * shares
            self._saturations[key] = table.weights * (k1 + 1) / (table.weights + k1 * dilution)
        return self._saturations[key]

    def _docs_with_phrase(self, by_term: Sequence[Sequence[_SegmentPostings]]) -> Docs:
        """Return the documents in which terms follow one another."""
        docs = []
        for segment in range(len(self._readers)):
            matchers = [
                matcher
                for by_segment in by_term
                for number, matcher in by_segment
                if number == segment
            ]
            if len(matchers) == len(by_term):
                docs.append(_with_offset(_in_phrase(matchers), self._offsets[segment]))
        return _concatenated(docs) if docs else _NOTHING.docs


def _codec_matcher(matcher: Any) -> Any:
    """Return the codec's own matcher: Whoosh wraps it to skip deleted documents one by one."""
    return getattr(matcher, "child", matcher)


def _in_phrase(matchers: Sequence[Any]) -> Docs:
    """Return the documents in which the terms of some matchers are adjacent, in their order."""
    # Document and position share a number, shifted so that it is equal for all terms of a phrase.
    occurrences: NDArray[np.int64] | None = None
    for number, matcher in enumerate(matchers):
        docs, positions = matcher.occurrences()
        shifted = (docs.astype(np.int64) << _PLACE_BITS) + positions + len(matchers) - number
        if occurrences is None:
            occurrences = shifted
        else:
            occurrences = occurrences[is_in_sorted(shifted, occurrences)]
    return np.unique(occurrences >> _PLACE_BITS).astype(np.int32)  # type: ignore[operator]


def _with_offset(docs: Docs, offset: int) -> Docs:
    return docs + np.int32(offset) if offset else docs


def _concatenated(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Vocabulary:
    """Words of one commit. Frequencies include deleted documents; ``is_live`` does not.

    Args:
        postings: of all segments.
        tables: of each segment.
        live: documents that are not deleted.
    """

    def __init__(self, postings: PostingTable, tables: Sequence[SegmentArrays], live: Mask) -> None:
        self._postings = postings
        self._tables = tables
        self._live = live
        self.knows = lru_cache(_WORDS_CACHED)(self._knows)
        self._docs_named = lru_cache(_WORDS_CACHED)(self._find_docs_named)
        self.is_mostly_of_organizations = lru_cache(_WORDS_CACHED)(self._is_mostly_of_organizations)

    def __contains__(self, term: tuple[str, str]) -> bool:
        """Return whether any document has a term, given as field and text."""
        return bool(self._postings.doc_frequency(*term))

    def doc_frequency(self, field: str, text: str) -> int:
        """Return the number of documents that have a term."""
        return self._postings.doc_frequency(field, text)

    def is_live(self, word: str) -> bool:
        """Return whether any document that is not deleted has the word as written."""
        return bool(self._live[self._postings.docs(schema.WORDS, word)].any())

    def prefix_counts(self, prefix: str) -> Mapping[str, int]:
        """Return all words with a prefix, and the document count of each."""
        return _sum_counts(table.words_from(prefix) for table in self._tables)

    def spelled_like(self, word: str, edits: int) -> Mapping[str, int]:
        """Return all words within an edit distance, some beyond it, and document counts."""
        return _sum_counts(table.words_spelled_like(word, edits) for table in self._tables)

    def is_rather_a_name(self, word: str) -> bool:
        """Return whether more documents have the word in an organization's name than in a place."""
        word = stem(word, "english")
        return self.doc_frequency("organization", word) > self.doc_frequency("places", word)

    def are_whole_name(self, words: Sequence[str]) -> bool:
        """Return whether the words are the whole name of a service or an organization."""
        key = whole_name_key(" ".join(words))
        return any((field, key) in self for field in (schema.NAME_KEY, schema.ORGANIZATION_KEY))

    def are_in_one_name(self, words: Sequence[str]) -> bool:
        """Return whether names of a document have all words, or one is mostly of organizations."""
        if any(map(self.is_mostly_of_organizations, words)):
            return True
        rarest, *others = sorted(map(self._docs_named, words), key=len)
        return bool(len(reduce(_in_both, others, rarest)))

    def _find_docs_named(self, word: str) -> Docs:
        """Return the live documents, ascending, that have a word in one of their names."""
        by_field = [
            self._postings.docs(field, stem(word, language)) for field, language in _NAME_FIELDS
        ]
        docs: Docs = np.unique(np.concatenate(by_field))
        return docs[self._live[docs]]

    def _knows(self, word: str) -> bool:
        """Return whether any document has the word, as written or stemmed."""
        return (schema.WORDS, word) in self or any(
            (field, form) in self
            for language, fields in _FIELDS_BY_LANGUAGE.items()
            if (form := stem(word, language))
            for field in fields
        )

    def _is_mostly_of_organizations(self, word: str) -> bool:
        """Return whether most documents with the word have it in their organization's name."""
        known = self.doc_frequency(schema.WORDS, word)
        named = self.doc_frequency("organization", stem(word, "english"))
        return bool(known and named >= _MOSTLY * known)


def _in_both(few: Docs, many: Docs) -> Docs:
    return few[is_in_sorted(many, few)]


def _sum_counts(by_segment: Iterable[tuple[Sequence[str], NDArray[np.int64]]]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for words, frequencies in by_segment:
        counts.update(dict(zip(words, frequencies.tolist(), strict=True)))
    return counts
