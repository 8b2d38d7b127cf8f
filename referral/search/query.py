"""The parts of a question as search looks it up."""

from __future__ import annotations

from dataclasses import dataclass

from referral.records.places import Place
from referral.records.search import Notice, UnderstoodWord
from referral.search.schema import TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class Lookup:
    """One entry of the index: a term in a field, or several that must stand side by side."""

    field: str
    terms: tuple[str, ...]
    weight: float
    word: str = ""  # the word of the question that this is a form of

    @property
    def why(self) -> str:
        """What a result says that is found by this."""
        return TEXT_FIELDS[self.field].why


@dataclass(frozen=True, slots=True)
class Topic:
    """A taxonomy term that words stand for; ``weight`` 1 is as good as its name."""

    code: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that was said: a word, a phrase, or a run of words that mean something together.

    A service has it when it has every part (a part is had by any of its lookups), or any of the
    other spellings, or stands under any of the topics.
    """

    parts: tuple[tuple[Lookup, ...], ...]
    topics: tuple[Topic, ...] = ()
    spellings: tuple[Lookup, ...] = ()
    is_required: bool = True

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """All of them."""
        return (*(lookup for part in self.parts for lookup in part), *self.spellings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked up.

    Attributes:
        clauses: what must be found, or most of it; those not required only add to the score.
        loose: the same with the words of quoted phrases by themselves, for when no service has
            the phrases.
        key: as a whole the name of a service or organization, perhaps.
        near: where distances are measured from.
        asks_to_give: whether it speaks of volunteering or giving.
        notices, understood, words: as in ``Answer``.
    """

    clauses: tuple[Clause, ...] = ()
    loose: tuple[Clause, ...] = ()
    key: str = ""
    near: Place | None = None
    asks_to_give: bool = False
    notices: tuple[Notice, ...] = ()
    understood: tuple[str, ...] = ()
    words: tuple[UnderstoodWord, ...] = ()
