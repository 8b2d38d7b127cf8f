"""Explanations of results: the words that matched, the kinds of field, and one line of reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search.matching.clause_matches import ClauseMatch, TopicMatch
from referral.search.matching.form_matches import FIELD_BITS, terms_of
from referral.search.query import WordForm
from referral.search.schema import TEXT_FIELDS
from referral.search.segments.postings import is_in_sorted

_WHYS = tuple(dict.fromkeys(text.why for text in TEXT_FIELDS.values() if text.why))
_TOPIC = "topic"
_IN = {
    "name": "in the name",
    "organization": "in the name of the organization",
    "program": "in the name of the program",
    "keyword": "in the keywords",
    "description": "in the description",
    "eligibility": "in who it is for or how to apply",
    "place": "in the place",
}
_MOST_TOPICS = 2
_MOST_WORDS = 4


class Reason(NamedTuple):
    """Why one result is one, as ``Hit`` has it."""

    why: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    text: str = ""
    suggested_topic: str = ""


class _Said(NamedTuple):
    """What it says that a form was found in some fields: which kinds, and stems to be marked."""

    text: str
    whys: tuple[str, ...]
    stems: tuple[str, ...]


class _Explanation:
    """What is gathered for one result: words by kind of field, stems, names of topics."""

    def __init__(self, said: Iterable[_Said], topics: Sequence[TopicMatch]) -> None:
        self.words: dict[str, dict[str, None]] = {}
        self.stems: dict[str, None] = {}
        tagged = (match.topic.name for match in topics if not match.is_suggested)
        self.topics = list(dict.fromkeys(tagged))
        suggested = [match for match in topics if match.is_suggested and not self.topics]
        self.suggested = suggested[0].topic if suggested else None
        for text, whys, stems in said:
            for why in whys:
                self.words.setdefault(why, {})[text] = None
            self.stems.update(dict.fromkeys(stems))

    @property
    def why(self) -> tuple[str, ...]:
        """The kinds of field, weightiest first."""
        by_topic = bool(self.topics or self.suggested)
        return tuple(why for why in _WHYS if why in self.words or (why == _TOPIC and by_topic))

    @property
    def matched(self) -> tuple[str, ...]:
        """The words as they were asked, and the forms in which they were found."""
        words = (word for found in self.words.values() for word in found)
        return tuple(dict.fromkeys((*words, *self.stems)))

    @property
    def reason(self) -> str:
        """``Matches “rent” in the name; under Help paying rent``; "" when there is nothing.

        A suggested topic is told by whoever has its evidence (``directory.suggested_topics``).
        """
        return "; ".join(self._parts())

    def as_reason(self) -> Reason:
        """All of it."""
        suggested = self.suggested.code if self.suggested else ""
        return Reason(self.why, self.matched, self.reason, suggested)

    def _parts(self) -> Iterator[str]:
        where = next((why for why in _WHYS if why in self.words and why in _IN), "")
        in_names = where in {"name", "organization"}
        if where and (in_names or not (self.topics or self.suggested)):
            yield f"Matches {_quoted(self.words[where])} {_IN[where]}"
        if self.topics:
            under = " and ".join(self.topics[:_MOST_TOPICS])
            yield f"{'under' if in_names else 'Under'} {under}"
        elif _TOPIC in self.words and where != "name" and not self.suggested:
            verb = "also matches" if where else "Matches"
            yield f"{verb} {_quoted(self.words[_TOPIC])} in its topics"


def explain(page: NDArray[np.integer[Any]], clauses: Sequence[ClauseMatch]) -> list[Reason]:
    """A reason for each document of a page, from the clauses that were looked up.

    Most have the words in the same fields and stand under the same topics, so that few reasons
    are made.
    """
    forms = [form for one in clauses for form in one.forms]
    topics = [match for one in clauses for match in one.topics]
    fields = [match.fields(page).tolist() for _, match in forms]
    under = [is_in_sorted(match.docs, page).tolist() for match in topics]
    said = _Sayings([form for form, _ in forms])
    made: dict[tuple[int, ...], Reason] = {}
    reasons = []
    for found in zip(*fields, *under, strict=True) if fields or under else [()] * len(page):
        if found not in made:
            here = compress(topics, found[len(forms) :])
            explanation = _Explanation(said.of(found), list(here))
            made[found] = explanation.as_reason()
        reasons.append(made[found])
    return reasons


class _Sayings:
    """What the forms of one question say, made once for all fields that one was found in."""

    def __init__(self, forms: Sequence[WordForm]) -> None:
        self._forms = forms
        self._made: dict[tuple[int, int], _Said] = {}

    def of(self, found: Iterable[int]) -> Iterator[_Said]:
        """Of the fields in which each form was found, as ``FIELD_BITS``."""
        for number, bits in zip(range(len(self._forms)), found, strict=False):
            if bits:
                said = self._made.get((number, bits))
                yield said or self._made.setdefault((number, bits), self._make(number, bits))

    def _make(self, number: int, bits: int) -> _Said:
        form = self._forms[number]
        whys, languages = _said_by(bits)
        stems = [stem for language in languages for stem in terms_of(form, language)]
        return _Said(form.text, whys, tuple(dict.fromkeys(stems)))


@lru_cache(maxsize=1 << 15)
def _said_by(bits: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What fields say, and the languages they are in; some say nothing."""
    fields = [TEXT_FIELDS[name] for name, bit in FIELD_BITS.items() if bits & bit]
    told = [field for field in fields if field.why]
    return (
        tuple(dict.fromkeys(field.why for field in told)),
        tuple(dict.fromkeys(field.language for field in told)),
    )


def _quoted(words: dict[str, None]) -> str:
    return ", ".join(f"“{word}”" for word in list(words)[:_MOST_WORDS])
