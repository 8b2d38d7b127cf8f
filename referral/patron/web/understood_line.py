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
_MOST_BETWEEN = 2  # words removed with those around them: "lost my job"
_SAID_IN_TITLES = ("open", "at", "cost", "language", "age", "ages")
_SOME_WORDS = {WordKind.WORD, WordKind.ORGANIZATION, WordKind.CORRECTED, WordKind.PHRASE}
_WORD = re.compile(r"[\w’']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A part of a search that can be removed; ``kind`` is need, preference, filter or place."""

    kind: str
    words: str
    address: str


@dataclass(frozen=True, kw_only=True)
class UnderstoodSearch:
    """A search and how it was understood.

    Attributes:
        names: labels of filter values, from ``value_labels``.
        is_danger: whether the words mean danger, so that they are not repeated.
    """

    asked: SearchQuery
    results: ResultsPage
    topic: TaxonomyTerm | None
    names: Mapping[str, str]
    is_danger: bool = False

    @property
    def question(self) -> Question:
        """Return how the words of the search were understood."""
        return self.results.answer.question

    @cached_property
    def title(self) -> str:
        """Return the search in words: ``Food, open tonight, near Meadville``; never as typed."""
        need = gettext("Several needs") if self.question.needs else self.need
        parts = [need or self._need_unknown(), *self._extras()]
        if place := self.question.near:
            name = " ".join(filter(None, (place.city, place.zip_code))) or place.name
            parts.append(gettext("near %(place)s", place=name))
        return ", ".join(map(str, parts))

    @cached_property
    def need(self) -> str:
        """Return the topics that are needed, else a guess or the heading; "" if none is known."""
        if self.topic is not None:
            return term_name(self.topic)
        found = [] if self.is_danger else [names[0] for _, names in self._terms]
        if found:
            return format_listed(list(dict.fromkeys(found))[:_MOST_TOPICS])
        guess = None if self.is_danger else self.question.guess
        if guess and (names := list(self._topic_names(guess.topics).values())):
            return str(gettext("Perhaps: %(topics)s", topics=format_listed(names[:_MOST_TOPICS])))
        if len(self.asked.headings) == 1:
            return self.names.get(self.asked.headings[0], "")
        return ""

    def need_links(self) -> Iterator[Link]:
        """Yield a link for each need of a search with several needs."""
        for word, names in self._terms if self.question.needs else ():
            alone = replace(self.asked, words=word.text)
            yield Link(words=names[0], address=next_search_url(alone))

    def chips(self) -> Iterator[Chip]:
        """Yield chips for the need, preferences, filters, and the place."""
        asked = self.asked
        if self.topic is not None:
            yield _chip("need", term_name(self.topic), without(asked, "topic"))
        if not (self.is_danger or self.question.needs):
            for word, names in self._terms:
                label = f"{names[0]} +{len(names) - 1}" if len(names) > 1 else names[0]
                yield _chip("need", label, self._without_words(word))
        for preference in self.results.answer.preferences:
            words = preference_label(preference, self.names)
            if preference.fits:  # without any, a line in the results covers it
                words = f"{words} ({preference.fits})"
            yield _chip("preference", words, without_preference(asked, preference.kind))
        for name, value in filters_of(asked):
            words = filter_label(name, value, self.names)
            yield _chip("filter", words, without(asked, name, value))
        if place := self.question.place:
            yield _chip("place", _near(place.name), without_preference(asked, PreferenceKind.PLACE))
        elif asked.near:
            yield _chip("place", _near(asked.near.name), without(asked, "near"))

    @cached_property
    def _terms(self) -> list[tuple[UnderstoodWord, list[str]]]:
        """Return the words of the query that stand for topics, with the topics' names."""
        words = [each for each in self.question.words if each.topics]
        names = self._topic_names(key for word in words for key in word.topics)
        named = ((word, [names[key] for key in word.topics if key in names]) for word in words)
        return [(word, found) for word, found in named if found]

    def _topic_names(self, keys: Iterable[str]) -> dict[str, str]:
        """Return key → name of topics in the language of the page; deleted topics are left out."""
        return {key: term_name(term) for key, term in self.results.terms.find(keys).items()}

    def _need_unknown(self) -> str:
        kinds = {word.kind for word in self.question.words}
        if self.is_danger or kinds.isdisjoint(_SOME_WORDS):
            return str(gettext("Places that can help"))
        return str(gettext("Places that match your words"))

    def _extras(self) -> list[str]:
        """Return preferences and some filters in words, for the middle of a title."""
        said = [
            (each.kind is PreferenceKind.LANGUAGE, preference_label(each, self.names))
            for each in self.results.answer.preferences
        ]
        said += [
            (name == "language", filter_label(name, value, self.names))
            for name, value in filters_of(self.asked)
            if name in _SAID_IN_TITLES
        ]
        return [
            str(gettext("%(language)s spoken", language=words))
            if is_language
            else (words[:1].lower() + words[1:] if words[1:2].islower() else words)
            for is_language, words in said[:_MOST_EXTRAS]
        ]

    def _without_words(self, word: UnderstoodWord) -> SearchQuery:
        """Return the search without a topic's words; as typed if they are not in the query."""
        spans = _spans_of(word.text, self.asked.words)
        if not spans:
            return replace(self.asked, exactly=True)
        text = self.asked.words
        for start, end in reversed(spans):
            text = f"{text[:start]} {text[end:]}"
        return replace(self.asked, words=" ".join(text.split()))


def _spans_of(words: str, text: str) -> list[tuple[int, int]]:
    """Return the spans of words in a text, in this order; empty if one of them is missing.

    A few words between two of them are included.
    """
    found = list(_WORD.finditer(text))
    spans: list[tuple[int, int]] = []
    at = 0
    for word in words.split():
        place = next(
            (n for n in range(at, len(found)) if fold_text(found[n][0]) == fold_text(word)), -1
        )
        if place < 0:
            return []
        joins = bool(spans) and place - at <= _MOST_BETWEEN
        start = spans.pop()[0] if joins else found[place].start()
        spans.append((start, found[place].end()))
        at = place + 1
    return spans


def _chip(kind: str, words: str, less: SearchQuery) -> Chip:
    return Chip(kind=kind, words=words, address=next_search_url(less))


def _near(place: str) -> str:
    return str(gettext("Near %(place)s", place=place))
