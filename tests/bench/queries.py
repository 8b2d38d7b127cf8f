"""What is asked: words taken from the records themselves, so that every engine finds something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from referral.records.errors import DirectoryError
from referral.records.listing import Listing
from referral.records.places import Place, find_zip
from referral.records.search import SearchQuery
from referral.search.analysis import words_of

_SEED = 1234
_SHORTEST = 5  # letters of a word that is misspelt
_ABOUT_TOPICS = 0.6
_WORD_COUNTS = (0.5, 0.4, 0.1)  # how often one, two and three words
_COMMONEST = 40
_MILES = (10.0, 25.0, 50.0)  # as the page offers them
_MOST_LETTERS = 7  # of what was typed when a suggestion is asked for


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    Attributes:
        name: in the report.
        filters, distance: whether it asks for them.
        facets: whether other engines must count values of filters; ours always does.
        common: whether it is one of the commonest words, instead of what people would ask.
    """

    name: str
    filters: bool = False
    distance: bool = False
    facets: bool = False
    common: bool = False


HEADLINE, COMMON = "all", "common"
KINDS = (
    Kind("words"),
    Kind("filters", filters=True),
    Kind("distance", distance=True),
    Kind(HEADLINE, filters=True, distance=True, facets=True),
    Kind(COMMON, filters=True, distance=True, facets=True, common=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The questions of one run.

    Attributes:
        by_kind: for every engine, by the names of ``KINDS``; but for common words they
            differ in what is asked beside the words only.
        typos: the words with a slip, for ours only.
        typed: beginnings of names, for completion.
    """

    by_kind: dict[str, list[SearchQuery]]
    typos: list[SearchQuery]
    typed: list[str]


def make_questions(sample: Sequence[Listing], count: int) -> Questions:
    """So many questions of each kind, about listings of the sample, the same each time.

    Raises:
        DirectoryError: no listing has a ZIP code that distances could be measured from.
    """
    places = _places_of(sample)
    random = np.random.default_rng(_SEED)
    words = [_some_words(sample, random) for _ in range(count)]
    full = [_narrowed(" ".join(some), _any_of(sample, random), places, random) for some in words]
    commonest = _commonest(sample)
    common = [replace(query, words=commonest[at % len(commonest)]) for at, query in enumerate(full)]
    return Questions(
        by_kind={
            kind.name: [_as_kind(kind, query) for query in (common if kind.common else full)]
            for kind in KINDS
        },
        typos=[SearchQuery(words=" ".join(_misspelt(some, random))) for some in words],
        typed=[_beginning(sample, random) for _ in range(count)],
    )


def _as_kind(kind: Kind, query: SearchQuery) -> SearchQuery:
    if not kind.filters:
        query = replace(query, headings=(), language="")
    return query if kind.distance else replace(query, near=None, within_miles=None)


def _some_words(sample: Sequence[Listing], random: np.random.Generator) -> tuple[str, ...]:
    """One to three words of one record: of its topics, else of its name and description.

    A word is taken the more often the more often it is written, so that common ones are common.
    """
    while True:
        listing = _any_of(sample, random)
        text = f"{listing.service.name} {listing.service.description}"
        if listing.terms and random.random() < _ABOUT_TOPICS:
            text = " ".join(term.name for term in listing.terms)
        words = [word for word in words_of(text) if word.isascii() and word.isalpha()]
        count = int(random.choice([1, 2, 3], p=_WORD_COUNTS))
        if len(words) >= count:
            chosen = random.choice(words, count, replace=False)
            return tuple(dict.fromkeys(str(word) for word in chosen))


def _commonest(sample: Sequence[Listing]) -> list[str]:
    """The words that most of the listings have."""
    texts = (f"{listing.service.name} {listing.service.description}" for listing in sample)
    counts = Counter(word for text in texts for word in set(words_of(text)) if word.isascii())
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return [word for word in ranked if word.isalpha()][:_COMMONEST]


def _narrowed(
    words: str, about: Listing, places: Sequence[Place], random: np.random.Generator
) -> SearchQuery:
    """With a place and a distance, and a heading or a language."""
    language = next((each.code for each in about.languages if each.code), "")
    by_language = bool(language) and random.random() < 0.5
    return SearchQuery(
        words=words,
        near=places[int(random.integers(len(places)))],
        within_miles=float(random.choice(_MILES)),
        language=language if by_language else "",
        headings=() if by_language else about.headings[:1],
    )


def _places_of(sample: Sequence[Listing]) -> list[Place]:
    """The middles of the ZIP codes where there is a service."""
    codes = sorted({site.zip_code for listing in sample for site in listing.sites})
    places = [place for code in codes if (place := find_zip(code))]
    if not places:
        raise DirectoryError("There is no service with a ZIP code here; use --services.")
    return places


def _misspelt(words: tuple[str, ...], random: np.random.Generator) -> tuple[str, ...]:
    """One letter is left out, doubled, exchanged with the next or another one."""
    at = max(range(len(words)), key=lambda number: len(words[number]))
    word = words[at]
    if len(word) < _SHORTEST:
        return words
    place, way = int(random.integers(1, len(word) - 1)), int(random.integers(4))
    wrong = [
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + "q" + word[place + 1 :],
    ][way]
    return (*words[:at], wrong, *words[at + 1 :])


def _beginning(sample: Sequence[Listing], random: np.random.Generator) -> str:
    name = _any_of(sample, random).service.name
    return name[: int(random.integers(1, _MOST_LETTERS))]


def _any_of(sample: Sequence[Listing], random: np.random.Generator) -> Listing:
    return sample[int(random.integers(len(sample)))]
