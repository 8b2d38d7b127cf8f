"""Parsed query: clauses, word forms and topics, as they are looked up in the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from referral.fields.places.lookup import Place
from referral.records.facets import groups_of_age
from referral.search.analysis import stem
from referral.search.query import Notice, Preference, PreferenceKind, UnderstoodWord
from referral.search.schema import TEXT_FIELDS


class Lookup(NamedTuple):
    """One entry of the index: a term in a field, or several that must stand side by side."""

    field: str
    terms: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class WordForm:
    """A word to look up in all fields, or a phrase of several adjacent words.

    Attributes:
        words: folded; each field is asked for their stems in its own language.
        damping: factor of its score.
    """

    words: tuple[str, ...]
    damping: float = 1.0

    @property
    def text(self) -> str:
        """The words as they are shown."""
        return " ".join(self.words)

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """The entries of the index, field by field; a phrase is not asked for in bare words."""
        return tuple(
            Lookup(name, self.terms(field.language), field.weight * self.damping)
            for name, field in TEXT_FIELDS.items()
            if field.language or len(self.words) == 1
        )

    def terms(self, language: str) -> tuple[str, ...]:
        """The words as a field in this language holds them."""
        return tuple(stem(word, language) for word in self.words) if language else self.words


@dataclass(frozen=True, slots=True)
class Topic:
    """A taxonomy term that words stand for.

    Attributes:
        weight: 1 is as good as its name.
        groups: of people that it is for, if not foreverybody.
        broader: the term above it.
    """

    code: str
    name: str
    weight: float
    groups: frozenset[str] = frozenset()
    broader: Topic | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that was said: a word, a phrase, or a run of words that mean something together.

    A document matches all of it when every part matches (in any of its forms), or any of the other
    spellings, or any of the topics. One ``is_required_alone`` is required where no document has
    any of those required. ``names_town`` is for the words of the town
    that distances are measured from.
    """

    parts: tuple[tuple[WordForm, ...], ...]
    topics: tuple[Topic, ...] = ()
    spellings: tuple[WordForm, ...] = ()
    is_required: bool = True
    is_required_alone: bool = False
    names_town: bool = False

    @property
    def forms(self) -> tuple[WordForm, ...]:
        """All that is looked up."""
        return (*(form for part in self.parts for form in part), *self.spellings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQuery:
    """A query as it is looked up.

    Attributes:
        clauses: what must be found, or most of it; those not required only add to the score.
        loose: the same with the words of quoted phrases by themselves, for when no service has
            the phrases.
        key: as a whole the name of a service or organization, perhaps.
        near: where distances are measured from.
        asks_to_give: whether it speaks of volunteering or giving.
        preferences: said besides the need.
        danger: the topics of the help lines that it raises, the most pressing first; then
            services are matched by these, and ``clauses`` only put them in order.
        notices, understood, words: as in ``Answer``.
    """

    clauses: tuple[Clause, ...] = ()
    loose: tuple[Clause, ...] = ()
    key: str = ""
    near: Place | None = None
    asks_to_give: bool = False
    preferences: tuple[Preference, ...] = ()
    danger: tuple[Topic, ...] = ()
    notices: tuple[Notice, ...] = ()
    understood: tuple[str, ...] = ()
    words: tuple[UnderstoodWord, ...] = ()

    @property
    def has_best(self) -> bool:
        """Whether anything was said by which one result is better than another."""
        return bool(self.danger) or any(clause.is_required for clause in self.clauses)

    @property
    def groups(self) -> frozenset[str]:
        """The groups of people that it speaks of, by its topics or by an age."""
        topics = (topic for clause in self.clauses for topic in clause.topics)
        ages = (each.values for each in self.preferences if each.kind is PreferenceKind.AGE)
        return frozenset[str]().union(
            *(topic.groups for topic in (*topics, *self.danger)),
            *(groups_of_age(age) for (age,) in ages),
        )
