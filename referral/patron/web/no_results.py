"""Alternatives to a search with few results or none, each counted before it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from flask_babel import gettext

from referral.directory.view_models import ResultsPage
from referral.fields.text import without_accents
from referral.patron.web.results_page import raises_panel
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.search.query import Answer, SearchQuery, WordKind
from referral.web.listing_labels import heading_name
from referral.web.search_form import (
    Link,
    filter_label,
    filters_of,
    next_search_url,
    search_url,
    value_labels,
    without,
    without_filters,
)
from referral.web.translated_text import term_name

_MOST_WORDS = 4
_FEW = 3  # results
_MOST_OF_A_KIND = 3
_NO_NEED = frozenset({WordKind.PASSING, WordKind.PREFERENCE})

Count = Callable[[SearchQuery], Answer]
Suggest = Callable[[str], "Suggestions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A link to a search that has results, with their number."""

    link: Link
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Alternatives to a search without results.

    Attributes:
        is_filtered: whether there would be results without the filters or the topic.
        ways: other searches, the closest first.
        headings: headings that have services.
        is_behind: whether the index does not have all imported services yet.
        is_in_other_language: whether the words are in a language that search does not support.
    """

    is_filtered: bool
    ways: tuple[Alternative, ...]
    headings: tuple[tuple[Heading, Alternative], ...]
    is_behind: bool = False
    is_in_other_language: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """Spellings and topics that are similar to words without results."""

    spellings: tuple[str, ...] = ()
    topics: tuple[TaxonomyTerm, ...] = ()


def find_alternatives(
    asked: SearchQuery, results: ResultsPage, count: Count, suggest: Suggest
) -> Alternatives:
    """Return alternatives to a search without results.

    Args:
        count: returns the number of results of a search, in all and by filter.
        suggest: returns spellings and topics that are similar to words.
    """
    count = cache(count)  # some searches are found twice
    is_filtered = _is_hidden(asked, count)
    if results.answer.question.is_danger_search and not is_filtered:
        return Alternatives(is_filtered=False, ways=(), headings=())
    found = _when_hidden(asked, results) if is_filtered else ()
    is_foreign = results.answer.question.is_in_other_language
    if not (is_filtered or is_foreign or raises_panel(results)):
        found = _when_unknown(asked, results, suggest)
    return Alternatives(
        is_filtered=is_filtered,
        ways=tuple(_ways_with_results(found, count)),
        headings=tuple(_headings(asked, results, count)),
        is_in_other_language=is_foreign,
    )


def find_wider_topics(
    asked: SearchQuery, results: ResultsPage, count: Count
) -> tuple[Alternative, ...]:
    """Return broader topics with more results, for a search that has only a few."""
    if not 0 < results.total <= _FEW:
        return ()
    ways = _ways_with_results(_topics_above(asked, results), count)
    return tuple(way for way in ways if way.total > results.total)


def _is_hidden(asked: SearchQuery, count: Count) -> bool:
    """Return whether a search has results without its filters, or without its topic too."""
    plain = without_filters(asked)
    if plain != asked and count(plain).total:
        return True
    return bool(asked.words and asked.topic and count(without(plain, "topic")).total)


def _when_hidden(asked: SearchQuery, results: ResultsPage) -> Iterator[tuple[str, SearchQuery]]:
    names = value_labels(results.headings)
    if wider := _wider(asked, results):
        words = filter_label("within", str(wider), names)
        yield gettext("Look farther: %(distance)s", distance=words), replace(asked, within=wider)
    for name, value in filters_of(asked):
        words = filter_label(name, value, names)
        yield gettext("Leave out “%(filter)s”", filter=words), without(asked, name, value)
    yield gettext("Leave out all of your choices"), without_filters(asked)
    if asked.topic and asked.words:
        yield gettext("Look under all topics"), without(asked, "topic")
        yield gettext("Look under all topics"), without(without_filters(asked), "topic")
    if raises_panel(results):
        return  # words that mean danger are not repeated
    yield from _with_fewer_words(asked, results)
    if asked.words:
        words = gettext("Leave out “%(filter)s”", filter=asked.words)
        yield words, replace(asked, words="")


def _wider(asked: SearchQuery, results: ResultsPage) -> int:
    """Return the next distance that has more results; 0 if there is none."""
    if not asked.within:
        return 0
    counted = results.answer.facets.get("distance", ())
    return min((int(each.value) for each in counted if int(each.value) > asked.within), default=0)


def _with_fewer_words(
    asked: SearchQuery, results: ResultsPage
) -> Iterator[tuple[str, SearchQuery]]:
    """Yield searches for one word each, leaving out short words and preferences."""
    needed = {
        word
        for each in results.answer.question.words
        if each.kind not in _NO_NEED
        for word in (*each.text.split(), each.detail)
    }
    words = list(dict.fromkeys(asked.words.replace('"', " ").split()))
    folded = {
        word: "".join(filter(str.isalnum, without_accents(word).casefold())) for word in words
    }
    telling = [word for word in words if len(word) > 2 and folded[word] in needed]
    if len(words) > 1:
        for word in telling[:_MOST_WORDS]:
            yield gettext("Only “%(word)s”", word=word), replace(asked, words=word)


def _when_unknown(
    asked: SearchQuery, results: ResultsPage, suggest: Suggest
) -> Iterator[tuple[str, SearchQuery]]:
    """Yield searches for broader topics, other spellings, similar topics and single words.

    Spellings and single words are left out if a topic was understood.
    """
    if not asked.words:
        return
    plain = without(without_filters(asked), "topic")
    suggested = suggest(asked.words)
    is_known = any(each.topics for each in results.answer.question.words)
    yield from _topics_above(asked, results)
    for spelling in () if is_known else suggested.spellings[:_MOST_OF_A_KIND]:
        words = gettext("Did you mean “%(words)s”?", words=spelling)
        yield words, replace(plain, words=spelling)
    for topic in suggested.topics[:_MOST_OF_A_KIND]:
        yield term_name(topic), replace(plain, words="", topic=topic.key)
    if not is_known:
        yield from _with_fewer_words(plain, results)


def _topics_above(asked: SearchQuery, results: ResultsPage) -> Iterator[tuple[str, SearchQuery]]:
    """Yield searches for the broader topics of those understood, the nearest first."""
    plain, terms = without_filters(asked), results.terms
    understood = (code for each in results.answer.question.words for code in each.topics)
    codes = [asked.topic, *understood]
    above = (terms.path(terms.ids[code])[1:] for code in codes if code in terms.ids)
    for topic in dict.fromkeys(chain.from_iterable(above)):
        yield term_name(topic), replace(plain, words="", topic=topic.key)


def _ways_with_results(
    found: Iterable[tuple[str, SearchQuery]], count: Count
) -> Iterator[Alternative]:
    """Yield the searches that have results, each once."""
    seen: set[SearchQuery] = set()
    for words, way in found:
        if way not in seen and (total := count(way).total):
            link = Link(words=str(words), address=next_search_url(way))
            yield Alternative(link=link, total=total)
        seen.add(way)


def _headings(
    asked: SearchQuery, results: ResultsPage, count: Count
) -> Iterator[tuple[Heading, Alternative]]:
    """Yield the headings that have services, whatever was typed."""
    everything = SearchQuery(near=asked.near)
    facets = count(SearchQuery()).facets
    counts = Counter[str]()
    for name in ("headings", "suggested_headings"):
        counts.update({each.value: each.count for each in facets.get(name, ())})
    for heading in results.headings:
        if total := counts[heading.slug]:
            address = search_url(replace(everything, headings=(heading.slug,)))
            link = Link(words=heading_name(heading), address=address)
            yield heading, Alternative(link=link, total=total)
