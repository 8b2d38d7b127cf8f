"""Preferences among the words of a query: hours, age, language, cost, access, delivery.

The phrases are data (``seed_data/preference_phrases.csv``). A row is a pattern over folded words:

- ``a/b/c`` is any of these in one place, ``@name`` the alternatives of the set called ``name``;
- ``a/b?`` may be missing; ``_`` is any one word; ``_`` and what is in parentheses are context, no
  part of the preference;
- ``@age`` is a number of years, ``@adult`` one from 10 on, ``@language`` a language of the rows
  of kind ``language``; the value of the preference is then what is there (``@``);
- ``^`` is the beginning of the text, ``$`` its end.

A row of kind ``none`` excludes its words from preferences ("learn Spanish"). ``in_topic`` is for
phrases that also count where they are part of a topic ("dentist no insurance").
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from referral.resources import resource_path
from referral.search.query import Preference, PreferenceKind
from referral.search.understanding.phrases import PhraseMatch, Word
from referral.search.understanding.towns import Town

_NONE = "none"
_JOINED_YEARS = re.compile(r"(\d{1,3})(yo|yrs?|y)")
_AGE, _ADULT, _LANGUAGE = "@age", "@adult", "@language"
_START = "^"
_FIXED = {_START: r"\A", "$": r"\Z", "_": r"(\S+ )"}
_NUMBERS = {  # an adult is at least ten: "I am 2" begins "I am 2 months behind"
    _AGE: r"1[01]\d|[1-9]\d?",
    _ADULT: r"1[01]\d|[1-9]\d",
}
_compiled = cache(re.compile)


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase in a text that states a preference.

    Attributes:
        words: numbers of its words in the text, ascending.
        in_topic: it also counts where its words are part of a topic.
    """

    kind: PreferenceKind
    values: tuple[str, ...]
    words: tuple[int, ...]
    in_topic: bool


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A row of the preference phrases.

    Attributes:
        regex: over words with a space behind each; its group ``value`` is the slot, others are
            context. It is compiled when a text first has a word that it begins with.
    """

    kind: str
    values: tuple[str, ...]
    regex: str
    in_topic: bool


@dataclass(frozen=True, slots=True)
class _Match:
    pattern: _Pattern
    start: int
    end: int
    words: tuple[int, ...]
    value: str  # the words in the slot


class PreferencePhrases:
    """The patterns of preferences, indexed by their first words.

    Args:
        rows: with the columns ``kind``, ``values``, ``words`` and ``in_topic``; sets and languages
            before the patterns that name them.

    Raises:
        ValueError: a row has an unknown kind, or names an unknown set.
    """

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._sets: dict[str, frozenset[str]] = {}
        self._languages: dict[str, str] = {}
        self._words: set[str] = set()
        self._by_first: defaultdict[str, list[_Pattern]] = defaultdict(list)
        for row in rows:
            self._add_row(row)

    def knows(self, word: str) -> bool:
        """Return whether a folded word is part of any pattern."""
        return word in self._words

    def find(self, words: Sequence[str]) -> list[Mention]:
        """Return the preferences among all folded words of a text, stop words included.

        Of phrases that overlap the first counts, and of those that begin together the longest.
        """
        matches = list(self._iter_matches(words))
        matches.sort(key=lambda match: (match.start, -match.end, match.pattern.kind != _NONE))
        taken: set[int] = set()
        mentions = []
        for match in matches:
            if taken.isdisjoint(match.words):
                taken.update(match.words)
                if match.pattern.kind != _NONE:
                    mentions.append(self._make_mention(match))
        return mentions

    def _iter_matches(self, words: Sequence[str]) -> Iterator[_Match]:
        text = "".join(f"{word} " for word in words)
        offset = 0
        for start, word in enumerate(words):
            patterns = [*self._by_first.get(_AGE if word.isdecimal() else word, ())]
            if start == 0:
                patterns += self._by_first[_START]
            for pattern in patterns:
                if match := _compiled(pattern.regex).match(text, offset):
                    yield _make_match(pattern, match, text, start)
            offset += len(word) + 1

    def _make_mention(self, match: _Match) -> Mention:
        pattern = match.pattern
        slot = self._languages.get(match.value, match.value)
        values = tuple(slot if value == "@" else value for value in pattern.values)
        return Mention(PreferenceKind(pattern.kind), values, match.words, pattern.in_topic)

    def _add_row(self, row: Mapping[str, str]) -> None:
        kind, text = row["kind"], row["words"]
        if kind == "set":
            name, _, alternatives = text.partition("=")
            self._sets[f"@{name.strip()}"] = frozenset(alternatives.strip().split("/"))
        elif kind == "language" and row["values"] != "@":
            self._languages |= dict.fromkeys(text.split("/"), row["values"])
            self._words.update(text.replace("/", " ").split())
        else:
            if kind != _NONE:
                PreferenceKind(kind)
            elements = text.split()
            regex = "".join(map(self._make_regex, elements))
            values = tuple(row["values"].split("|"))
            pattern = _Pattern(kind, values, regex, bool(row["in_topic"]))
            for key in self._first_words(elements):
                self._by_first[key].append(pattern)

    def _first_words(self, elements: Iterable[str]) -> set[str]:
        """Return what a pattern may begin with: words, a number, or the beginning of the text."""
        first_words: set[str] = set()
        for element in elements:
            bare = element.strip("()?")
            if bare == _START:
                first_words.add(_START)
            elif bare in _NUMBERS:
                first_words.add(_AGE)
            elif bare == _LANGUAGE:
                first_words.update(name.split()[0] for name in self._languages)
            else:
                first_words |= self._alternatives(bare)
            if not element.endswith("?"):
                break
        return first_words

    def _make_regex(self, element: str) -> str:
        """Return the regular expression of one element of a pattern."""
        bare = element.strip("()?")
        if bare in _FIXED:
            return _FIXED[bare]
        if bare in _NUMBERS:
            regex = f"(?P<value>{_NUMBERS[bare]}) "
        elif bare == _LANGUAGE:
            regex = f"(?P<value>{_alternation(self._languages)}) "
        else:
            words = self._alternatives(bare)
            self._words |= words
            regex = f"(?:{_alternation(words)}) "
        regex = f"({regex})" if element.startswith("(") else regex
        return f"(?:{regex})?" if element.endswith("?") else regex

    def _alternatives(self, text: str) -> frozenset[str]:
        words: set[str] = set()
        for part in text.split("/"):
            if not part.startswith("@"):
                words.add(part)
            elif part in self._sets:
                words |= self._sets[part]
            else:
                raise ValueError(f"There is no set {part!r} before {text!r}.")
        return frozenset(words)


@cache
def load_preference_phrases() -> PreferencePhrases:
    """Return the shipped preference phrases."""
    path = resource_path("seed_data") / "preference_phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return PreferencePhrases(csv.DictReader(file))


def parted_years(word: str) -> tuple[str, ...]:
    """Return a word split as in preference phrases: ``7yo`` is two."""
    if word[:1].isdecimal() and (match := _JOINED_YEARS.fullmatch(word)):
        return match[1], match[2]
    return (word,)


def merge_mentions(mentions: Sequence[Mention], words: Sequence[str]) -> tuple[Preference, ...]:
    """Return one preference of each kind mentioned, in the order of ``PreferenceKind``.

    Languages, costs, access and delivery gather all values; of times the first counts, of ages the
    first in years, else the first group.
    """
    merged = []
    for kind in PreferenceKind:
        of_kind = [mention for mention in mentions if mention.kind is kind]
        if kind is PreferenceKind.AGE:
            of_kind.sort(key=lambda mention: not mention.values[0].isdecimal())
        if kind in {PreferenceKind.OPEN_NOW, PreferenceKind.AGE}:
            of_kind = of_kind[:1]
        if of_kind:
            values = (value for mention in of_kind for value in mention.values)
            text = " ".join(words[number] for mention in of_kind for number in mention.words)
            merged.append(Preference(kind=kind, values=tuple(dict.fromkeys(values)), words=text))
    return tuple(merged)


def _make_match(pattern: _Pattern, match: re.Match[str], text: str, start: int) -> _Match:
    end = start + match.group().count(" ")
    context: set[int] = set()
    slot = match.re.groupindex.get("value")
    for number in range(1, match.re.groups + 1):
        begins, ends = match.span(number)
        if begins >= 0 and number != slot:
            first = text.count(" ", 0, begins)
            context.update(range(first, first + text.count(" ", begins, ends)))
    words = tuple(at for at in range(start, end) if at not in context)
    return _Match(pattern, start, end, words, match[slot] or "" if slot else "")


def _alternation(words: Iterable[str]) -> str:
    """Return an alternation of words, the longest first, since one may begin another."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


@dataclass(frozen=True, slots=True)
class PreferenceReading:
    """The preferences of a query, and the words that they use up.

    Attributes:
        used_up: positions of words that state a preference and nothing else, with its kind:
            nothing needs to match them.
        phrase_matches: those that still mean topics.
    """

    preferences: tuple[Preference, ...] = ()
    used_up: Mapping[int, PreferenceKind] = field(default_factory=dict)
    phrase_matches: Sequence[PhraseMatch] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A mention of a preference, and the positions of its words among those that count."""

    mention: Mention
    positions: frozenset[int]
    is_in_topic: bool  # a topic has these words and more


def read_preferences(
    all_words: Sequence[str],
    words: Sequence[Word],
    phrase_matches: Sequence[PhraseMatch],
    *,
    passing: Collection[str],
    has_need: bool,
) -> PreferenceReading:
    """Return the preferences among the words of a query.

    A topic that needs more words than a preference keeps them ("free clinic"). A preference that
    has all words of a topic counts where the query has another need, otherwise the topic does.

    Args:
        all_words: all folded words of the text, stop words and repetitions included.
        words: those that count; those of a town state no preference.
        passing: passing words, which are no need.
        has_need: whether there is a need besides the words.
    """
    phrases = load_preference_phrases()
    aligned, positions = _align(all_words, words, phrases)
    mentions = phrases.find(aligned)
    if not mentions:
        return PreferenceReading(phrase_matches=phrase_matches)
    town_positions = {at for at, word in enumerate(words) if isinstance(word.use, Town)}
    claims = list(_iter_claims(mentions, positions, words, phrase_matches, town_positions))
    claimed_positions = {at for claim in claims if not claim.is_in_topic for at in claim.positions}
    topic_positions = {at for match in phrase_matches for at in match.positions}
    telling = {at for at, word in enumerate(words) if word.meant not in passing}
    if not (has_need or (telling | topic_positions) - claimed_positions - town_positions):
        outside = [claim.mention for claim in claims if claim.positions.isdisjoint(topic_positions)]
        return PreferenceReading(merge_mentions(outside, aligned), {}, phrase_matches)
    remaining = [
        match for match in phrase_matches if not claimed_positions.issuperset(match.positions)
    ]
    kept_positions = {at for match in remaining for at in match.positions}
    return PreferenceReading(
        merge_mentions([claim.mention for claim in claims], aligned),
        {at: claim.mention.kind for claim in claims for at in claim.positions - kept_positions},
        remaining,
    )


def _align(
    all_words: Sequence[str], words: Sequence[Word], phrases: PreferencePhrases
) -> tuple[list[str], list[tuple[int, ...]]]:
    """Return the words as preference phrases have them, and for each its positions among ``words``.

    A word in none of the phrases is corrected. Stop words have no position.
    """
    by_word: dict[str, list[int]] = {}
    for at, query_word in enumerate(words):
        by_word.setdefault(query_word.typed, []).append(at)
    aligned: list[str] = []
    positions: list[tuple[int, ...]] = []
    for word in all_words:
        word_positions = tuple(by_word.get(word, ()))
        parts = parted_years(word)
        if len(parts) == 1 and word_positions and not phrases.knows(word):
            aligned += [words[at].meant for at in word_positions]
            positions += [(at,) for at in word_positions]
        else:
            aligned += parts
            positions += [word_positions] * len(parts)
    return aligned, positions


def _iter_claims(
    mentions: Sequence[Mention],
    positions: Sequence[tuple[int, ...]],
    words: Sequence[Word],
    phrase_matches: Sequence[PhraseMatch],
    town_positions: Collection[int],
) -> Iterator[_Claim]:
    for mention in mentions:
        claimed = frozenset(at for number in mention.words for at in positions[number])
        if not claimed.isdisjoint(town_positions):
            continue
        is_one_word = len(mention.words) == 1
        single_words = {words[at].meant for at in claimed} if is_one_word else set[str]()
        is_in_topic = any(
            not claimed.issuperset(match.positions)
            and not (claimed.isdisjoint(match.positions) and single_words.isdisjoint(match.passing))
            for match in phrase_matches
        )
        if mention.in_topic or not is_in_topic:
            yield _Claim(mention, claimed, is_in_topic)
