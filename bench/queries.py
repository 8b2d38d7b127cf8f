"""Queries made from the words of the records themselves, so that every engine finds something."""

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
_MIN_MISSPELT = 5  # letters of a word that is misspelt
_TOPIC_SHARE = 0.6  # of queries that take their words from topics
_WORD_COUNT_SHARES = (0.5, 0.4, 0.1)  # of one, two and three words
_COMMON_WORDS = 40
_MILES = (10.0, 25.0, 50.0)  # as the page offers them
_PREFIX_LIMIT = 7  # a prefix has fewer letters


@dataclass(frozen=True, slots=True)
class QueryKind:
    """A kind of query.

    Attributes:
        name: in the report.
        filters, distance: whether it has them.
        facets: whether other engines must count facet values; ours always does.
        common: whether its words are one of the commonest words.
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
    """The queries of one run.

    Attributes:
        by_kind: for every engine, by the names of ``KINDS``; all kinds but the common one
            have the same words.
        typos: the words with a spelling error, for ours only.
        prefixes: beginnings of names, for completion.
    """

    by_kind: dict[str, list[SearchQuery]]
    typos: list[SearchQuery]
    prefixes: list[str]


def make_queries(sample: Sequence[Listing], count: int) -> Queries:
    """Make ``count`` queries of each kind from a sample of listings, the same each time.

    Raises:
        InstanceError: no listing has a ZIP code to measure distances from.
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
        typos=[SearchQuery(words=" ".join(_misspelt(some, random))) for some in words],
        prefixes=[_prefix(sample, random) for _ in range(count)],
    )


def _as_kind(kind: QueryKind, query: SearchQuery) -> SearchQuery:
    if not kind.filters:
        query = replace(query, headings=(), language="")
    return query if kind.distance else replace(query, near=None, within=None)


def _sample_words(sample: Sequence[Listing], random: np.random.Generator) -> tuple[str, ...]:
    """One to three words of one listing: of its topics, else of its name and description.

    Of a listing that nobody tagged, its topic is the most confident suggestion.

    Words are drawn by frequency, so that common ones are common.
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
    """The words with the highest document frequency."""
    texts = (f"{listing.service.name} {listing.service.description}" for listing in sample)
    counts = Counter(word for text in texts for word in set(words_of(text)) if word.isascii())
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return [word for word in ranked if word.isalpha()][:_COMMON_WORDS]


def _with_filters(
    words: str, about: Listing, places: Sequence[Place], random: np.random.Generator
) -> SearchQuery:
    """Add a place and a distance, and a heading or a language."""
    language = next((each.code for each in about.languages if each.code), "")
    by_language = bool(language) and random.random() < 0.5
    return SearchQuery(
        words=words,
        near=places[int(random.integers(len(places)))],
        within=float(random.choice(_MILES)),
        language=language if by_language else "",
        headings=() if by_language else about.headings[:1],
    )


def _places_of(sample: Sequence[Listing]) -> list[Place]:
    """The centres of the ZIP codes with a service."""
    codes = sorted({site.zip_code for listing in sample for site in listing.sites})
    places = [place for code in codes if (place := find_zip(code))]
    if not places:
        raise InstanceError("There is no service with a ZIP code here; use --services.")
    return places


def _misspelt(words: tuple[str, ...], random: np.random.Generator) -> tuple[str, ...]:
    """Delete, double, transpose or replace one letter."""
    at = max(range(len(words)), key=lambda number: len(words[number]))
    word = words[at]
    if len(word) < _MIN_MISSPELT:
        return words
    place, way = int(random.integers(1, len(word) - 1)), int(random.integers(4))
    wrong = [
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + "q" + word[place + 1 :],
    ][way]
    return (*words[:at], wrong, *words[at + 1 :])


def _prefix(sample: Sequence[Listing], random: np.random.Generator) -> str:
    name = _random_listing(sample, random).service.name
    return name[: int(random.integers(1, _PREFIX_LIMIT))]


def _random_listing(sample: Sequence[Listing], random: np.random.Generator) -> Listing:
    return sample[int(random.integers(len(sample)))]
