"""How a search was understood: its title in words, and chips that each remove one part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flask_babel import gettext

from referral.directory.view_models import ResultsPage
from referral.fields.text import fold_text
from referral.patron.web.results_page import preference_label
from referral.records.classification import TaxonomyTerm
from referral.search.query import PreferenceKind, Question, SearchQuery, UnderstoodWord, WordKind
from referral.web.formatting import format_listed
from referral.web.search_form import (
    Link,
    filter_label,
    filters_of,
    next_search_url,
    without,
    without_preference,
)
from referral.web.translated_text import term_name

_MOST_TOPICS = 2
_MOST_EXTRAS = 3
_MOST_WORDS_BETWEEN = 2  # words removed with those around them: "lost my job"
_FILTERS_IN_TITLES = ("open", "at", "cost", "language", "age", "ages")
_SEARCHED_KINDS = {WordKind.WORD, WordKind.ORGANIZATION, WordKind.CORRECTED, WordKind.PHRASE}
_WORD = re.compile(r"[\w’']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A removable part of an understood search: a need, preference, filter or place."""

    kind: str
    words: str
    address: str


@dataclass(frozen=True, kw_only=True)
class UnderstoodSearch:
    """A search and how it was understood, shown as a title and chips.

    Attributes:
        names: labels of filter values, from ``value_labels``.
        is_danger: whether the words mean danger, so that they are not repeated.
    """

    query: SearchQuery
    results: ResultsPage
    topic: TaxonomyTerm | None
    names: Mapping[str, str]
    is_danger: bool = False

    @property
    def question(self) -> Question:
        """Return the search's question: how its words were understood."""
        return self.results.answer.question

    @cached_property
    def title(self) -> str:
        """Return an understood search in words: ``Food, open tonight, near Meadville``.

        It is never as typed.
        """
        need = gettext("Several needs") if self.question.needs else self.need
        parts = [need or self._need_placeholder(), *self._title_extras()]
        if place := self.question.near:
            name = " ".join(filter(None, (place.city, place.zip_code))) or place.name
            parts.append(gettext("near %(place)s", place=name))
        return ", ".join(map(str, parts))

    @cached_property
    def need(self) -> str:
        """Return the topics that a search needs, else a guess or its heading; "" if unknown."""
        if self.topic is not None:
            return term_name(self.topic)
        topics = [] if self.is_danger else [names[0] for _, names in self._terms]
        if topics:
            return format_listed(list(dict.fromkeys(topics))[:_MOST_TOPICS])
        guess = None if self.is_danger else self.question.guess
        if guess and (names := list(self._topic_names(guess.topics).values())):
            return str(gettext("Perhaps: %(topics)s", topics=format_listed(names[:_MOST_TOPICS])))
        if len(self.query.headings) == 1:
            return self.names.get(self.query.headings[0], "")
        return ""

    def need_links(self) -> Iterator[Link]:
        """Yield a link for each need of a search with several needs."""
        for word, names in self._terms if self.question.needs else ():
            alone = replace(self.query, words=word.text)
            yield Link(words=names[0], address=next_search_url(alone))

    def chips(self) -> Iterator[Chip]:
        """Yield the chips of an understood search: need, preferences, filters and place."""
        query = self.query
        if self.topic is not None:
            yield _chip("need", term_name(self.topic), without(query, "topic"))
        if not (self.is_danger or self.question.needs):
            for word, names in self._terms:
                label = f"{names[0]} +{len(names) - 1}" if len(names) > 1 else names[0]
                yield _chip("need", label, self._search_without(word))
        for preference in self.results.answer.preferences:
            label = preference_label(preference, self.names)
            if preference.fits:  # without any, a line in the results covers it
                label = f"{label} ({preference.fits})"
            yield _chip("preference", label, without_preference(query, preference.kind))
        for name, value in filters_of(query):
            label = filter_label(name, value, self.names)
            yield _chip("filter", label, without(query, name, value))
        if place := self.question.place:
            yield _chip(
                "place", _near_label(place.name), without_preference(query, PreferenceKind.PLACE)
            )
        elif query.near:
            yield _chip("place", _near_label(query.near.name), without(query, "near"))

    @cached_property
    def _terms(self) -> list[tuple[UnderstoodWord, list[str]]]:
        """Return the words of a search that stand for topics, with the topics' names."""
        words = [word for word in self.question.words if word.topics]
        names = self._topic_names(key for word in words for key in word.topics)
        words_and_names = (
            (word, [names[key] for key in word.topics if key in names]) for word in words
        )
        return [(word, names_found) for word, names_found in words_and_names if names_found]

    def _topic_names(self, keys: Iterable[str]) -> dict[str, str]:
        """Return topic names by key, in the page's language and without deleted topics."""
        return {key: term_name(term) for key, term in self.results.terms.find(keys).items()}

    def _need_placeholder(self) -> str:
        kinds = {word.kind for word in self.question.words}
        if self.is_danger or kinds.isdisjoint(_SEARCHED_KINDS):
            return str(gettext("Places that can help"))
        return str(gettext("Places that match your words"))

    def _title_extras(self) -> list[str]:
        """Return preferences and some filters in words, for the title of an understood search."""
        extras = [
            (preference.kind is PreferenceKind.LANGUAGE, preference_label(preference, self.names))
            for preference in self.results.answer.preferences
        ]
        extras += [
            (name == "language", filter_label(name, value, self.names))
            for name, value in filters_of(self.query)
            if name in _FILTERS_IN_TITLES
        ]
        return [
            str(gettext("%(language)s spoken", language=label))
            if is_language
            else (label[:1].lower() + label[1:] if label[1:2].islower() else label)
            for is_language, label in extras[:_MOST_EXTRAS]
        ]

    def _search_without(self, word: UnderstoodWord) -> SearchQuery:
        """Return the search without a topic's words; as typed if they are not in the query."""
        spans = _spans_of(word.text, self.query.words)
        if not spans:
            return replace(self.query, exactly=True)
        text = self.query.words
        for start, end in reversed(spans):
            text = f"{text[:start]} {text[end:]}"
        return replace(self.query, words=" ".join(text.split()))


def _spans_of(words: str, text: str) -> list[tuple[int, int]]:
    """Return the spans of understood words in a typed search, in order; empty if one is missing.

    A few words between two of them are included.
    """
    matches = list(_WORD.finditer(text))
    folded = [fold_text(match[0]) for match in matches]
    spans: list[tuple[int, int]] = []
    next_index = 0
    for word in words.split():
        try:
            index = folded.index(fold_text(word), next_index)
        except ValueError:
            return []
        is_joined = bool(spans) and index - next_index <= _MOST_WORDS_BETWEEN
        start = spans.pop()[0] if is_joined else matches[index].start()
        spans.append((start, matches[index].end()))
        next_index = index + 1
    return spans


def _chip(kind: str, words: str, remaining: SearchQuery) -> Chip:
    return Chip(kind=kind, words=words, address=next_search_url(remaining))


def _near_label(place: str) -> str:
    return str(gettext("Near %(place)s", place=place))
