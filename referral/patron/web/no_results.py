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
from referral.patron.web.results_page import means_danger
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
_FEW_RESULTS = 3
_MOST_OF_EACH_KIND = 3
_KINDS_WITHOUT_NEED = frozenset({WordKind.PASSING, WordKind.PREFERENCE})

Count = Callable[[SearchQuery], Answer]
Suggest = Callable[[str], "Suggestions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A link to another search that has results, with their number."""

    link: Link
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """The alternatives that are offered after a search without results.

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
    """Similar spellings and topics for words that a search found nothing for."""

    spellings: tuple[str, ...] = ()
    topics: tuple[TaxonomyTerm, ...] = ()


def find_alternatives(
    query: SearchQuery, results: ResultsPage, count: Count, suggest: Suggest
) -> Alternatives:
    """Return other searches, with numbers of results, for a search without results.

    Args:
        count: returns the number of results of a search, in all and by filter.
        suggest: returns spellings and topics that are similar to words.
    """
    count = cache(count)  # several alternatives may be the same search
    is_filtered = _is_filtered_out(query, count)
    if results.answer.question.is_danger_search and not is_filtered:
        return Alternatives(is_filtered=False, ways=(), headings=())
    searches = _searches_with_less(query, results) if is_filtered else ()
    is_foreign = results.answer.question.is_in_other_language
    if not (is_filtered or is_foreign or means_danger(results)):
        searches = _similar_searches(query, results, suggest)
    return Alternatives(
        is_filtered=is_filtered,
        ways=tuple(_with_results(searches, count)),
        headings=tuple(_headings_with_services(query, results, count)),
        is_in_other_language=is_foreign,
    )


def find_wider_topics(
    query: SearchQuery, results: ResultsPage, count: Count
) -> tuple[Alternative, ...]:
    """Return broader topics with more results, for a search that has only a few."""
    if not 0 < results.total <= _FEW_RESULTS:
        return ()
    alternatives = _with_results(_broader_topic_searches(query, results), count)
    return tuple(alternative for alternative in alternatives if alternative.total > results.total)


def _is_filtered_out(query: SearchQuery, count: Count) -> bool:
    """Return whether a search has results without its filters, or without its topic too."""
    unfiltered = without_filters(query)
    if unfiltered != query and count(unfiltered).total:
        return True
    return bool(query.words and query.topic and count(without(unfiltered, "topic")).total)


def _searches_with_less(
    query: SearchQuery, results: ResultsPage
) -> Iterator[tuple[str, SearchQuery]]:
    names = value_labels(results.headings)
    if distance := _next_distance(query, results):
        label = filter_label("within", str(distance), names)
        yield gettext("Look farther: %(distance)s", distance=label), replace(query, within=distance)
    for name, value in filters_of(query):
        label = filter_label(name, value, names)
        yield gettext("Leave out “%(filter)s”", filter=label), without(query, name, value)
    yield gettext("Leave out all of your choices"), without_filters(query)
    if query.topic and query.words:
        yield gettext("Look under all topics"), without(query, "topic")
        yield gettext("Look under all topics"), without(without_filters(query), "topic")
    if means_danger(results):
        return  # words that mean danger are not repeated
    yield from _single_word_searches(query, results)
    if query.words:
        label = gettext("Leave out “%(filter)s”", filter=query.words)
        yield label, replace(query, words="")


def _next_distance(query: SearchQuery, results: ResultsPage) -> int:
    """Return the next larger distance at which a search has more results; 0 if there is none."""
    if not query.within:
        return 0
    counts = results.answer.facets.get("distance", ())
    return min((int(count.value) for count in counts if int(count.value) > query.within), default=0)


def _single_word_searches(
    query: SearchQuery, results: ResultsPage
) -> Iterator[tuple[str, SearchQuery]]:
    """Yield searches for one word each, leaving out short words and preferences."""
    need_words = {
        word
        for understood in results.answer.question.words
        if understood.kind not in _KINDS_WITHOUT_NEED
        for word in (*understood.text.split(), understood.detail)
    }
    words = list(dict.fromkeys(query.words.replace('"', " ").split()))
    folded = {
        word: "".join(filter(str.isalnum, without_accents(word).casefold())) for word in words
    }
    significant = [word for word in words if len(word) > 2 and folded[word] in need_words]
    if len(words) > 1:
        for word in significant[:_MOST_WORDS]:
            yield gettext("Only “%(word)s”", word=word), replace(query, words=word)


def _similar_searches(
    query: SearchQuery, results: ResultsPage, suggest: Suggest
) -> Iterator[tuple[str, SearchQuery]]:
    """Yield alternatives to a failed search: broader topics, other spellings, single words.

    Spellings and single words are left out if a topic was understood.
    """
    if not query.words:
        return
    unfiltered = without(without_filters(query), "topic")
    suggested = suggest(query.words)
    is_known = any(word.topics for word in results.answer.question.words)
    yield from _broader_topic_searches(query, results)
    for spelling in () if is_known else suggested.spellings[:_MOST_OF_EACH_KIND]:
        label = gettext("Did you mean “%(words)s”?", words=spelling)
        yield label, replace(unfiltered, words=spelling)
    for topic in suggested.topics[:_MOST_OF_EACH_KIND]:
        yield term_name(topic), replace(unfiltered, words="", topic=topic.key)
    if not is_known:
        yield from _single_word_searches(unfiltered, results)


def _broader_topic_searches(
    query: SearchQuery, results: ResultsPage
) -> Iterator[tuple[str, SearchQuery]]:
    """Yield searches for broader topics than the search understood, the nearest first."""
    unfiltered, terms = without_filters(query), results.terms
    understood = (code for word in results.answer.question.words for code in word.topics)
    codes = [query.topic, *understood]
    broader = (terms.path(terms.ids[code])[1:] for code in codes if code in terms.ids)
    for topic in dict.fromkeys(chain.from_iterable(broader)):
        yield term_name(topic), replace(unfiltered, words="", topic=topic.key)


def _with_results(
    searches: Iterable[tuple[str, SearchQuery]], count: Count
) -> Iterator[Alternative]:
    """Yield those alternatives to a failed search that have results, each once."""
    seen: set[SearchQuery] = set()
    for label, search in searches:
        if search not in seen and (total := count(search).total):
            link = Link(words=str(label), address=next_search_url(search))
            yield Alternative(link=link, total=total)
        seen.add(search)


def _headings_with_services(
    query: SearchQuery, results: ResultsPage, count: Count
) -> Iterator[tuple[Heading, Alternative]]:
    """Yield the headings that have services to offer after a search without results."""
    unfiltered = SearchQuery(near=query.near)
    facets = count(SearchQuery()).facets
    counts = Counter[str]()
    for name in ("headings", "suggested_headings"):
        counts.update({item.value: item.count for item in facets.get(name, ())})
    for heading in results.headings:
        if total := counts[heading.slug]:
            address = search_url(replace(unfiltered, headings=(heading.slug,)))
            link = Link(words=heading_name(heading), address=address)
            yield heading, Alternative(link=link, total=total)
