"""Benchmark queries built from the words of the records, so that every engine has results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from referral.errors import InstanceError
from referral.fields.places.lookup import Place, find_zip
from referral.records.listing import Listing
from referral.search.analysis import words_of
from referral.search.query import SearchQuery

_SEED = 1234
_MIN_LETTERS_MISSPELLED = 5  # of a word that gets a spelling error
_TOPIC_SHARE = 0.6  # of queries that take their words from topics
_WORD_COUNT_SHARES = (0.5, 0.4, 0.1)  # of one, two and three words
_COMMON_WORDS = 40
_WITHIN_MILES = (10.0, 25.0, 50.0)  # as offered on results pages
_PREFIX_LIMIT = 7  # a prefix has fewer letters


@dataclass(frozen=True, slots=True)
class QueryKind:
    """A kind of benchmark query.

    Attributes:
        name: of the kind in the report.
        filters, distance: whether queries have a heading or a language, and a place and distance.
        facets: whether other engines must count facet values; ours always does.
        common: whether the words of a query are one of the most common words.
    """

    name: str
    filters: bool = False
    distance: bool = False
    facets: bool = False
    common: bool = False


HEADLINE, COMMON = "all", "common"
KINDS = (
    QueryKind("words"),
    QueryKind("filters", filters=True),
    QueryKind("distance", distance=True),
    QueryKind(HEADLINE, filters=True, distance=True, facets=True),
    QueryKind(COMMON, filters=True, distance=True, facets=True, common=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """The queries of one benchmark run.

    Attributes:
        by_kind: queries for every engine, by the names of ``KINDS``; all kinds except the common
            one have the same words.
        typos: queries with a spelling error, for our engine only.
        prefixes: beginnings of service names, for completion.
    """

    by_kind: dict[str, list[SearchQuery]]
    typos: list[SearchQuery]
    prefixes: list[str]


def make_queries(sample: Sequence[Listing], count: int) -> Queries:
    """Return ``count`` queries of each kind from a sample of listings, the same on each call.

    Raises:
        InstanceError: no listing has a ZIP code from which distances can be measured.
    """
    places = _places_of(sample)
    random = np.random.default_rng(_SEED)
    words = [_sample_words(sample, random) for _ in range(count)]
    filtered = [
        _with_filters(" ".join(some), _random_listing(sample, random), places, random)
        for some in words
    ]
    commonest = _common_words(sample)
    common = [
        replace(query, words=commonest[at % len(commonest)]) for at, query in enumerate(filtered)
    ]
    return Queries(
        by_kind={
            kind.name: [_as_kind(kind, query) for query in (common if kind.common else filtered)]
            for kind in KINDS
        },
        typos=[SearchQuery(words=" ".join(_misspell(some, random))) for some in words],
        prefixes=[_random_prefix(sample, random) for _ in range(count)],
    )


def _as_kind(kind: QueryKind, query: SearchQuery) -> SearchQuery:
    if not kind.filters:
        query = replace(query, headings=(), language="")
    return query if kind.distance else replace(query, near=None, within=None)


def _sample_words(sample: Sequence[Listing], random: np.random.Generator) -> tuple[str, ...]:
    """Return one to three words of a random listing, of its topics or its name and description.

    The topic of an untagged listing is its most confident suggestion. Words are drawn by frequency,
    so common words are drawn often.
    """
    while True:
        listing = _random_listing(sample, random)
        text = f"{listing.service.name} {listing.service.description}"
        topics = listing.terms or [each.term for each in listing.suggested_topics[:1]]
        if topics and random.random() < _TOPIC_SHARE:
            text = " ".join(topic.name for topic in topics)
        words = [word for word in words_of(text) if word.isascii() and word.isalpha()]
        count = int(random.choice([1, 2, 3], p=_WORD_COUNT_SHARES))
        if len(words) >= count:
            chosen = random.choice(words, count, replace=False)
            return tuple(dict.fromkeys(str(word) for word in chosen))


def _common_words(sample: Sequence[Listing]) -> list[str]:
    """Return the words with the highest document frequency."""
    texts = (f"{listing.service.name} {listing.service.description}" for listing in sample)
    counts = Counter(word for text in texts for word in set(words_of(text)) if word.isascii())
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return [word for word in ranked if word.isalpha()][:_COMMON_WORDS]


def _with_filters(
    words: str, listing: Listing, places: Sequence[Place], random: np.random.Generator
) -> SearchQuery:
    """Return a query for words with a place and a distance, and a heading or a language."""
    language = next((language.code for language in listing.languages if language.code), "")
    by_language = bool(language) and random.random() < 0.5
    return SearchQuery(
        words=words,
        near=places[int(random.integers(len(places)))],
        within=float(random.choice(_WITHIN_MILES)),
        language=language if by_language else "",
        headings=() if by_language else listing.headings[:1],
    )


def _places_of(sample: Sequence[Listing]) -> list[Place]:
    """Return the centers of the ZIP codes that have a service."""
    codes = sorted({site.zip_code for listing in sample for site in listing.sites})
    places = [place for code in codes if (place := find_zip(code))]
    if not places:
        raise InstanceError("There is no service with a ZIP code here; use --services.")
    return places


def _misspell(words: tuple[str, ...], random: np.random.Generator) -> tuple[str, ...]:
    """Return words with a letter of the longest one deleted, doubled, transposed or replaced."""
    longest = max(range(len(words)), key=lambda number: len(words[number]))
    word = words[longest]
    if len(word) < _MIN_LETTERS_MISSPELLED:
        return words
    at, error = int(random.integers(1, len(word) - 1)), int(random.integers(4))
    wrong = [
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + "q" + word[at + 1 :],
    ][error]
    return (*words[:longest], wrong, *words[longest + 1 :])


def _random_prefix(sample: Sequence[Listing], random: np.random.Generator) -> str:
    name = _random_listing(sample, random).service.name
    return name[: int(random.integers(1, _PREFIX_LIMIT))]


def _random_listing(sample: Sequence[Listing], random: np.random.Generator) -> Listing:
    return sample[int(random.integers(len(sample)))]
