"""Phrases that mean topics: the thesaurus, and the names and synonyms of the taxonomy.

Phrases also mean topics together: "a job after prison" means jobs for people with a record. One
phrase states the need ("job"), and another, an age, or the query as a whole states for whom
("prison"). A topic below the first that is made for the people of the second is what both mean,
and meets both.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import permutations
from typing import NamedTuple

from referral.records.classification import TaxonomyTerm
from referral.records.thesaurus import ThesaurusEntry
from referral.resources import resource_path
from referral.search.analysis import all_words_of, stem, words_of
from referral.search.query import PreferenceKind, WordForm
from referral.search.understanding.towns import Town
from referral.search.weights import KIND_FOR_A_GROUP, LAST_KIND, MANY_KINDS

_LANGUAGES = {"en": "english", "es": "spanish"}
# Words allowed between those of a phrase, by its number of words: long phrases are less ambiguous.
_WORDS_BETWEEN = (0, 0, 0, 1, 2)
_PASSING_BETWEEN = 3  # passing words allowed there besides
_MEANS_WELL = 0.5  # weight from which listings are searched for a phrase of a topic
_TELLING_ENOUGH = 2  # with so many telling words, a phrase's passing words need not match
_IN_ANY_ORDER_FROM = 3  # words; "home nursing" is not a nursing home


_ENGLISH = """
help need find looking look want please near nearby close closest nearest around someone somebody
something information info service services program programs assistance
call calling contact phone telephone number numbers address website directions hours
"""
_SPANISH = """
ayuda ayudar necesito busco buscar quiero encontrar cerca favor servicio servicios programa
programas informacion alguien llamar telefono numero direccion horario horarios
"""
# Passing words: they count in a query without others, and otherwise only affect the order.
SOFT_STOP_WORDS = frozenset(_ENGLISH.split() + _SPANISH.split())

# Words of users who want to give, not to receive.
_GIVING = """
volunteer volunteers volunteering donate donates donating donation donations give giving
contribute sponsor sponsoring host hosting mentor mentoring foster fundraiser charity adopt
voluntario voluntaria voluntarios voluntariado donar donacion donaciones regalar dar
"""
GIVING_WORDS = frozenset(_GIVING.split())
_TO_VOLUNTEER = stem("volunteer", "english")

_MOST_COUNT_DIGITS = 2  # digits

_Stems = tuple[str, ...]


def asks_to_give(words: Iterable[str]) -> bool:
    """Return whether the words offer help, also if misspelled with the stem of "volunteer"."""
    return any(word in GIVING_WORDS or stem(word, "english") == _TO_VOLUNTEER for word in words)


def is_small_number(word: str) -> bool:
    """Return whether a word counts people, years or hours: outside a phrase it states no need."""
    return len(word) <= _MOST_COUNT_DIGITS and word.isdecimal()


@cache
def listing_phrases() -> Mapping[str, Sequence[str]]:
    """Return for each topic code the phrases for it in listings, in any language."""
    phrases_by_topic: dict[str, list[str]] = defaultdict(list)
    with (resource_path("seed_data") / "listing_phrases.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        for row in csv.DictReader(file):
            phrases_by_topic[row["topic"]] += row["phrases"].split("|")
    return phrases_by_topic


class _Variant(NamedTuple):
    """The passing words of one entry of a phrase, and the weights of its topics."""

    passing: frozenset[str]
    weights: Mapping[str, float]


@dataclass(slots=True)
class _Phrase:
    """Thesaurus entries and names with the same stems, and the topics they mean with weights.

    Attributes:
        wordings: the weights of topics of entries with just these words.
        variants: of each entry; its passing words are not among the stems.
    """

    stems: _Stems
    weights: dict[str, float] = field(default_factory=dict)
    wordings: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    variants: list[_Variant] = field(default_factory=list)
    is_name: bool = False  # the name of a term, which needs no explanation

    @property
    def passing(self) -> frozenset[str]:
        """Return the passing words of all entries of the phrase."""
        return frozenset[str]().union(*(variant.passing for variant in self.variants))

    def weights_for(self, telling: tuple[str, ...], words: Collection[str]) -> Mapping[str, float]:
        """Return the weights of the topics that the phrase means in a query with these words.

        Of entries with different passing words, those count that share most of them with the
        query: "leaves her kids alone" is not "won't leave me alone".
        """
        shared = [len(variant.passing.intersection(words)) for variant in self.variants]
        most = max(shared)
        if not most:
            return self.wordings.get(telling, self.weights)
        merged: dict[str, float] = {}
        for count, variant in zip(shared, self.variants, strict=True):
            if count == most:
                _keep_highest(merged, variant.weights)
        return merged


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """Words of a query that match a phrase.

    Attributes:
        positions: of the words in the query, ascending.
        weights: term code → weight.
        is_name: whether the phrase is a term's own name.
        passing: its passing words, wherever they are in the query.
    """

    positions: tuple[int, ...]
    weights: Mapping[str, float]
    is_name: bool = False
    passing: frozenset[str] = frozenset()


_NO_MATCH = PhraseMatch((), {})


@dataclass(slots=True)
class Word:
    """A word of a query that counts.

    Attributes:
        typed: as typed, folded.
        meant: as corrected.
        use: phrase, preference or town that it is part of; None for a word by itself.
        is_around_name: it is about the service or organization that other words name.
    """

    typed: str
    meant: str
    use: Town | PhraseMatch | PreferenceKind | None = None
    is_around_name: bool = False


def phrases_of(words: Sequence[Word]) -> list[PhraseMatch]:
    """Return the phrases that words are part of, in their order."""
    return [
        word.use
        for at, word in enumerate(words)
        if isinstance(word.use, PhraseMatch) and at == word.use.positions[0]
    ]


class Phrasebook:
    """Index of all phrases that mean topics.

    Args:
        entries: of the thesaurus; those without terms are passing words.
        terms: of the taxonomy, with their words (use references, names in other languages) by id.
        groups: of people that a term is for, by its key; terms for everybody are missing.

    Attributes:
        giving_terms: terms for people who give or volunteer.
    """

    def __init__(
        self,
        entries: Iterable[ThesaurusEntry] = (),
        terms: Iterable[TaxonomyTerm] = (),
        term_words: Mapping[str, Sequence[str]] | None = None,
        groups: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        terms, entries = list(terms), list(entries)
        passing_words = [all_words_of(entry.phrase) for entry in entries if not entry.term_codes]
        self.soft_stop_words = SOFT_STOP_WORDS.union(*passing_words)
        self.terms = [(term.key, term.name, (term_words or {}).get(term.id, ())) for term in terms]
        self.term_names: Mapping[str, str] = {term.key: term.name for term in terms}
        self.giving_terms = frozenset(
            term.key for term in terms if not GIVING_WORDS.isdisjoint(words_of(term.name))
        )
        self.broader: Mapping[str, str] = _broader_terms(terms)
        self.groups: Mapping[str, frozenset[str]] = groups or {}
        self._narrower: defaultdict[str, list[str]] = defaultdict(list)
        order = {term.key: term.order for term in terms}
        for code in sorted(self.broader, key=order.__getitem__):
            self._narrower[self.broader[code]].append(code)
        # Topics that are themselves a group of people, such as "veterans".
        self.topics_of_groups = frozenset(
            code for code, groups in self.groups.items() if code in groups
        )
        self._named_together = {
            pair for entry in entries for pair in permutations(entry.term_codes, 2)
        }
        self._by_language: dict[str, dict[_Stems, _Phrase]] = {name: {} for name in _LANGUAGES}
        self._words: set[str] = set()
        self.topics_by_text: dict[str, dict[str, float]] = {}  # as written, with topics
        for term in terms:
            self._add_term(term, (term_words or {}).get(term.id, ()))
        for entry in entries:
            language = entry.language if entry.language in _LANGUAGES else "en"
            if entry.term_codes:
                self._add(entry.phrase, [language], dict.fromkeys(entry.term_codes, entry.weight))
        self._by_first_stem = {
            language: _by_first_stem(phrases.values())
            for language, phrases in self._by_language.items()
        }
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in sorted(filter(str.isalpha, self._words)):
            self._by_length[len(word)].append(word)

    def words_of_length(self, letters: int) -> Sequence[str]:
        """Return the known folded words with a number of letters."""
        return self._by_length.get(letters, ())

    def __contains__(self, word: object) -> bool:
        """Return whether a folded word is part of any phrase, in just this form."""
        return word in self._words

    def phrases(self) -> Mapping[tuple[str, ...], Mapping[str, float]]:
        """Return every phrase as its folded words that count, with the weight of each term."""
        weights_by_words: dict[tuple[str, ...], dict[str, float]] = {}
        for phrases in self._by_language.values():
            for phrase in phrases.values():
                for words, weights in phrase.wordings.items():
                    _keep_highest(weights_by_words.setdefault(words, {}), weights)
        return weights_by_words

    def phrases_for(self, code: str) -> tuple[WordForm, ...]:
        """Return the phrases that mean a topic well, damped by their weight."""
        return self._phrases_by_topic.get(code, ())

    @cached_property
    def _phrases_by_topic(self) -> Mapping[str, tuple[WordForm, ...]]:
        forms_by_topic: dict[str, list[WordForm]] = defaultdict(list)
        for words, weights in self.phrases().items():
            if not self.soft_stop_words.issuperset(words):
                for code, weight in weights.items():
                    if weight >= _MEANS_WELL:
                        forms_by_topic[code].append(WordForm(words, weight))
        for code, texts in listing_phrases().items():
            listed = map(words_of, texts)
            forms_by_topic[code] += [WordForm(tuple(words)) for words in listed if words]
        return {code: tuple(dict.fromkeys(forms)) for code, forms in forms_by_topic.items()}

    def knows(self, word: str) -> bool:
        """Return whether a folded word, or another inflection of it, is part of any phrase.

        Equal stems alone are not enough: many misspellings have the stem of another word.
        """
        return word in self._words or any(
            form in self._words and _have_one_stem(word, form) for form in _inflections(word)
        )

    def find_phrases(self, words: Sequence[str], query_language: str = "") -> list[PhraseMatch]:
        """Return the phrases among folded words that do not overlap, preferring the longest.

        Args:
            query_language: of the words; phrases of another language then need just these words,
                since the stem of "called" is that of *calle*.
        """
        by_positions: dict[tuple[int, ...], PhraseMatch] = {}
        telling = [word not in self.soft_stop_words for word in words]
        for language, name in _LANGUAGES.items():
            stems = [stem(word, name) for word in words]
            for phrase, positions in self._iter_matches(language, stems, telling):
                previous = by_positions.get(positions, _NO_MATCH)
                matched = tuple(words[at] for at in positions)
                if query_language not in {"", language} and matched not in phrase.wordings:
                    continue
                weights = dict(previous.weights)
                _keep_highest(weights, phrase.weights_for(matched, words))
                by_positions[positions] = PhraseMatch(
                    positions,
                    weights,
                    is_name=phrase.is_name or previous.is_name,
                    passing=previous.passing | phrase.passing,
                )
        chosen: list[PhraseMatch] = []
        taken: set[int] = set()
        matches = by_positions.values()
        for match in sorted(matches, key=lambda match: _match_sort_key(match, telling)):
            if taken.isdisjoint(match.positions):
                taken.update(match.positions)
                chosen.append(match)
        return sorted(chosen, key=lambda match: match.positions)

    def kinds_of(self, code: str) -> tuple[tuple[str, float], ...]:
        """Return the topics below a topic, and the worth of each in a query for that topic alone.

        The order of ``TaxonomyTerm.sort`` begins with what most people mean. A topic that the
        thesaurus names beside it for the same phrase is worth as much as it.
        """
        kinds, worth_by_code = self._narrower.get(code, ()), dict[str, float]()
        last = max(len(kinds), MANY_KINDS) - 1
        for number, kind in enumerate(kinds):
            worth = 1 - (1 - LAST_KIND) * number / last
            worth = 1.0 if (code, kind) in self._named_together else worth
            for narrower in (kind, *self._below(kind)):
                factor = KIND_FOR_A_GROUP if self.groups.get(narrower) else 1.0
                worth_by_code[narrower] = worth * factor
        return tuple(worth_by_code.items())

    def _below(self, code: str) -> Iterator[str]:
        for narrower in self._narrower.get(code, ()):
            yield narrower
            yield from self._below(narrower)

    def groups_of(self, codes: Iterable[str]) -> frozenset[str]:
        """Return the groups of people that any of some topics is for."""
        return frozenset[str]().union(*(self.groups.get(code, ()) for code in codes))

    def with_topics_below(
        self, weights: Mapping[str, float], groups: Collection[str]
    ) -> Mapping[str, float]:
        """Return topics with those below them that are for one of some groups, of equal weight."""
        if not groups:
            return weights
        added = {}
        for code in self.broader:
            if self.groups.get(code, frozenset()).isdisjoint(groups):
                continue
            above = self.broader[code]
            while above and above not in weights:
                above = self.broader.get(above, "")
            if above:
                added[code] = weights[above]
        return {**added, **weights}

    def _iter_matches(
        self, language: str, stems: Sequence[str], telling: Sequence[bool]
    ) -> Iterator[tuple[_Phrase, tuple[int, ...]]]:
        first_positions = {stem: at for at, stem in reversed(list(enumerate(stems)))}
        tried: set[_Stems] = set()
        for first_stem in first_positions:
            for phrase in self._by_first_stem[language].get(first_stem, ()):
                if phrase.stems not in tried:
                    tried.add(phrase.stems)
                    positions = [first_positions.get(each_stem, -1) for each_stem in phrase.stems]
                    if _are_close_together(positions, telling):
                        yield phrase, tuple(sorted(positions))

    def _add_term(self, term: TaxonomyTerm, texts: Sequence[str]) -> None:
        """Add a term's words in its own language, and others in the other language."""
        own = [term.language] if term.language in _LANGUAGES else list(_LANGUAGES)
        others = [language for language in _LANGUAGES if language not in own] or own
        references = term.use_references.split("|")
        self._add(term.name, own, {term.key: 1.0}, is_name=True)
        for text in texts:
            self._add(text, own if text in references else others, {term.key: 1.0})

    def _add(
        self,
        text: str,
        languages: Iterable[str],
        weights: Mapping[str, float],
        *,
        is_name: bool = False,
    ) -> None:
        words = words_of(text)
        if not words:
            return
        self._words.update(words)
        self.topics_by_text.setdefault(text, {}).update(weights)
        telling = [word for word in words if word not in self.soft_stop_words]
        required = tuple(telling if len(telling) >= _TELLING_ENOUGH else words)
        variant = _Variant(frozenset(words).difference(required), weights)
        for language in languages:
            stems = tuple(dict.fromkeys([stem(word, _LANGUAGES[language]) for word in required]))
            phrase = self._by_language[language].get(stems)
            if phrase is None:
                phrase = self._by_language[language][stems] = _Phrase(stems)
            _keep_highest(phrase.weights, weights)
            _keep_highest(phrase.wordings.setdefault(required, {}), weights)
            phrase.is_name = phrase.is_name or is_name
            phrase.variants.append(variant)


def _broader_terms(terms: Sequence[TaxonomyTerm]) -> dict[str, str]:
    """Return the key of the term above each term; loops, which a taxonomy may have, are cut."""
    keys = {term.id: term.key for term in terms}
    broader = {term.key: keys[term.parent_id] for term in terms if term.parent_id in keys}
    for key in list(broader):
        if _is_above_itself(key, broader):
            del broader[key]
    return broader


def _is_above_itself(key: str, broader: Mapping[str, str]) -> bool:
    ancestor, seen = broader.get(key), {key}
    while ancestor and ancestor not in seen:
        seen.add(ancestor)
        ancestor = broader.get(ancestor)
    return ancestor == key


def _inflections(word: str) -> Iterator[str]:
    """Yield plural, singular and gender forms of an English or Spanish word, right or wrong."""
    yield from (word + "s", word + "es")
    for ending in ("s", "es"):
        yield word.removesuffix(ending)
    for ending, other_ending in (("o", "a"), ("os", "as")):
        if word.endswith(ending):
            yield word.removesuffix(ending) + other_ending
        if word.endswith(other_ending):
            yield word.removesuffix(other_ending) + ending


def _have_one_stem(word: str, other: str) -> bool:
    return any(stem(word, name) == stem(other, name) for name in _LANGUAGES.values())


def _by_first_stem(phrases: Iterable[_Phrase]) -> dict[str, list[_Phrase]]:
    by_stem: defaultdict[str, list[_Phrase]] = defaultdict(list)
    for phrase in phrases:
        by_stem[phrase.stems[0]].append(phrase)
    return dict(by_stem)


def _are_close_together(positions: Sequence[int], telling: Sequence[bool]) -> bool:
    """Return whether all words are present, near each other and, if they are few, in order."""
    count = len(positions)
    if min(positions) < 0:
        return False
    inside = range(min(positions), max(positions) + 1)
    between = [telling[at] for at in inside if at not in positions]
    most = _WORDS_BETWEEN[min(count, len(_WORDS_BETWEEN) - 1)]
    if sum(between) > most or len(between) > most + _PASSING_BETWEEN:
        return False
    return count >= _IN_ANY_ORDER_FROM or list(positions) == sorted(positions)


def _keep_highest(known: dict[str, float], weights: Mapping[str, float]) -> None:
    """Merge weights, keeping the higher one of each code."""
    for code, weight in weights.items():
        known[code] = max(known.get(code, 0.0), weight)


def _match_sort_key(match: PhraseMatch, telling: Sequence[bool]) -> tuple[int, int, int, int]:
    """Return a sort key: most telling words, most words, closest together, first in the query."""
    return (
        -sum(telling[at] for at in match.positions),
        -len(match.positions),
        match.positions[-1] - match.positions[0],
        match.positions[0],
    )
