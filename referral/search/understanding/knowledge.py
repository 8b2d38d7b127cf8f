"""Word lists from the store, example sentences and vocabulary, for understanding queries."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from math import log
from pathlib import Path

from referral.records.crisis import CrisisWords
from referral.resources import resource_path
from referral.search.analysis import words_of
from referral.search.facts import population_rules
from referral.search.query import Danger, Topic
from referral.search.understanding.danger import (
    DangerModel,
    danger_in,
    shipped_danger_model,
)
from referral.search.understanding.nearest import NearestPhrases
from referral.search.understanding.phrases import Phrasebook
from referral.search.understanding.sentences import EncodedPhrases, PhraseVectors, sentence_encoder
from referral.search.understanding.towns import Neighborhood
from referral.search.words import Vocabulary
from referral.store import Store
from referral.store.change_log import LogPoint, any_changed, follows_from, store_state
from referral.store.terms import TermTree, load_terms
from referral.store.word_lists import load_crisis_rows, load_thesaurus

_CLEARLY = 3.0  # log odds from which a text is in one language

# Returns the codes of the topics of each help line, the most important first, by the line's key.
TopicsOfLines = Callable[[], Mapping[str, Sequence[str]]]
_KINDS = ("spoken_words", "taxonomy_term")  # kinds of changes that affect the word lists


def no_topics_of_lines() -> Mapping[str, Sequence[str]]:
    """Return no topics for any help line, so that danger is searched for by its words."""
    return {}


@dataclass(frozen=True)
class WordLists:
    """The word lists of the store: phrasebook, crisis words, and the topics of help lines.

    Attributes:
        older_phrases: those of the previous lists, in use until the new ones are indexed.
        encoded_phrases: None until their vectors are made, or without a sentence encoder.
    """

    phrasebook: Phrasebook
    crisis_words: CrisisWords
    topics_of_lines: TopicsOfLines = no_topics_of_lines
    danger_model: DangerModel = field(default_factory=shipped_danger_model)
    older_phrases: NearestPhrases | None = None
    encoded_phrases: EncodedPhrases | None = None

    @cached_property
    def nearest_phrases(self) -> NearestPhrases:
        """Return an index of all phrases and examples, for words that no phrase matches."""
        if self.older_phrases:
            return self.older_phrases
        phrases = {words: dict(weights) for words, weights in self.phrasebook.phrases().items()}
        for words, codes in self._iter_examples():
            phrases[words] = {**dict.fromkeys(codes, 1.0), **phrases.get(words, {})}
        return NearestPhrases(phrases)

    def _iter_examples(self) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
        """Yield the words of each example sentence, and those of its topics that exist."""
        known = self.phrasebook.term_names
        for phrase, _, codes in topic_examples():
            words = tuple(words_of(phrase))
            if words and not known.keys().isdisjoint(codes):
                yield words, [code for code in codes if code in known]

    def topics_by_text(self) -> Mapping[str, Mapping[str, float]]:
        """Return all phrases and example sentences as written, with the weights of their topics."""
        weights_by_text = {
            text: dict(weights) for text, weights in self.phrasebook.topics_by_text.items()
        }
        for phrase, _, codes in topic_examples():
            known = (code for code in codes if code in self.phrasebook.term_names)
            weights_by_text.setdefault(phrase, {}).update(dict.fromkeys(known, 1.0))
        return weights_by_text

    def danger_in(self, text: str) -> Danger:
        """Return the danger that a text is about, without its topics."""
        return danger_in(text, self.crisis_words, self.danger_model)

    def danger_topics(self, lines: Sequence[str]) -> tuple[Topic, ...]:
        """Return the topics of some help lines, the most pressing first."""
        by_line = self.topics_of_lines()
        codes = dict.fromkeys(code for line in lines for code in by_line.get(line, ()))
        names, groups = self.phrasebook.term_names, self.phrasebook.groups
        return tuple(
            Topic(code, names.get(code, code), 1.0, groups.get(code, frozenset())) for code in codes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Everything that the words of a query are understood with.

    Attributes:
        vocabulary: the words of the index.
        phrasebook: phrases and their topics.
        neighborhood: the area where towns are known without their state; None to find no town.
        example_words: language → words of the example sentences, with the count of each.
        nearest_phrases: for words that no phrase matches; None not to guess, as in danger.
        encoded_phrases: for sentences that no phrase matches, where there is an encoder.
        reads_preferences: whether words may state a preference only; not in danger.
    """

    vocabulary: Vocabulary
    phrasebook: Phrasebook
    neighborhood: Neighborhood | None = None
    nearest_phrases: NearestPhrases | None = None
    encoded_phrases: EncodedPhrases | None = None
    reads_preferences: bool = True
    example_words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _LoadedWordLists:
    """Word lists, and the last change of the store that they include."""

    word_lists: WordLists
    point: LogPoint


def topic_examples() -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield example sentences that describe a need, with their language and topic codes."""
    path = resource_path("seed_data") / "topic_examples.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["phrase"], row["language"], row["topics"].split("|")


@cache
def example_words() -> Mapping[str, Mapping[str, int]]:
    """Return for each language the words of the example sentences, with the count of each."""
    counts_by_language: dict[str, Counter[str]] = {"en": Counter(), "es": Counter()}
    for phrase, language, _ in topic_examples():
        counts_by_language[language].update(words_of(phrase))
    return counts_by_language


@cache
def everyday_words() -> frozenset[str]:
    """Return the most frequent words of English and Spanish, folded."""
    path = resource_path("seed_data") / "everyday_words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file))


def language_of(words: Iterable[str], example_words: Mapping[str, Mapping[str, int]]) -> str:
    """Return ``en`` or ``es`` where words are clearly in one language, else ""."""
    english, spanish = (example_words.get(name, {}) for name in ("en", "es"))
    log_odds = sum(
        log((english.get(word, 0) + 0.5) / (spanish.get(word, 0) + 0.5)) for word in words
    )
    return "" if abs(log_odds) < _CLEARLY else "en" if log_odds > 0 else "es"


@cache
def _shipped_crisis_words() -> CrisisWords:
    """Return the shipped crisis words: an empty table must not disable the help lines."""
    path = resource_path("seed_data") / "crisis_words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return CrisisWords(csv.DictReader(file))


def _groups_of(terms: TermTree) -> Mapping[str, frozenset[str]]:
    """Return for each term's key the groups of people that it, or a term above it, is for."""
    rules = population_rules()
    groups_by_key = {
        term.key: rules.slugs_of_terms({above.code for above in terms.path(term_id)})
        for term_id, term in terms.terms.items()
    }
    return {key: groups for key, groups in groups_by_key.items() if groups}


class WordListCache:
    """Cache of the word lists, which are read again after they have changed in the store.

    Reading takes some hundred milliseconds, and so does ``index_phrases``; both are done in the
    background, so a search waits only where nothing was loaded before. New lists are in use at
    once, crisis words too, except that the nearest phrases are the previous ones until
    ``index_phrases`` is done.

    Args:
        vectors_file: where this node stores the vectors of a sentence encoder; None to have none.
    """

    def __init__(
        self,
        store: Store,
        topics_of_lines: TopicsOfLines = no_topics_of_lines,
        vectors_file: Path | None = None,
    ) -> None:
        self._vectors = PhraseVectors(vectors_file) if vectors_file else None
        self._store = store
        self._topics_of_lines = topics_of_lines
        self._lock = threading.Lock()
        self._loaded: _LoadedWordLists | None = None
        self._crisis_rows: tuple[dict[str, str], ...] = ()
        self._crisis_words = CrisisWords(())

    def get(self) -> WordLists:
        """Return the current word lists, loading them if they never were."""
        return (self._loaded or self._load()).word_lists

    def refresh(self) -> None:
        """Reload the word lists if a change since the last load may affect them.

        Lists that were never loaded stay so: a command or a job that only writes needs none.
        """
        loaded = self._loaded
        if loaded is None:
            return
        with self._store.read() as session:
            state = store_state(session)
            if state.point == loaded.point:
                return
            is_same = follows_from(session, state, loaded.point) and not any_changed(
                session, loaded.point.sequence, _KINDS
            )
        if is_same:
            self._loaded = _LoadedWordLists(loaded.word_lists, state.point)
        else:
            self._load()

    def index_phrases(self, *, ahead: bool = False) -> None:
        """Index the phrases of the current lists, if the previous ones are still in use.

        Args:
            ahead: also load lists and index phrases for the first time, before a search needs them.
        """
        loaded = self._loaded
        if loaded is None:
            if not ahead:
                return
            loaded = self._load()
        word_lists = loaded.word_lists
        if word_lists.older_phrases:
            word_lists = replace(word_lists, older_phrases=None)
        elif not ahead:
            return
        if ahead and word_lists.encoded_phrases is None:
            encoded_phrases = self._encode_phrases(word_lists)
            if encoded_phrases:
                word_lists = replace(word_lists, encoded_phrases=encoded_phrases)
        word_lists.nearest_phrases.index()
        with self._lock:
            if self._loaded and self._loaded.word_lists is loaded.word_lists:
                self._loaded = replace(self._loaded, word_lists=word_lists)

    def _encode_phrases(self, word_lists: WordLists) -> EncodedPhrases | None:
        """Return the encoded phrases once all their vectors are made; each call makes some."""
        encode = sentence_encoder()
        if encode is None or self._vectors is None:
            return None
        topics = word_lists.topics_by_text()
        vectors = self._vectors.of(list(topics), encode)
        return None if vectors is None else EncodedPhrases(list(topics.values()), vectors, encode)

    def _load(self) -> _LoadedWordLists:
        with self._lock:
            with self._store.read() as session:
                point = store_state(session).point  # before the rows: later changes cause a reload
                terms = load_terms(session)
                phrasebook = Phrasebook(
                    load_thesaurus(session),
                    (term for term in terms.terms.values() if not term.is_code_only),
                    {term_id: terms.words(term_id) for term_id in terms.terms},
                    _groups_of(terms),
                )
                rows = tuple(load_crisis_rows(session))
            if rows != self._crisis_rows:
                self._crisis_rows, self._crisis_words = rows, CrisisWords(rows)
            crisis_words = self._crisis_words if rows else _shipped_crisis_words()
            word_lists = WordLists(
                phrasebook,
                crisis_words,
                self._topics_of_lines,
                older_phrases=self._indexed_phrases(),
            )
            self._loaded = _LoadedWordLists(word_lists, point)
            return self._loaded

    def _indexed_phrases(self) -> NearestPhrases | None:
        """Return the current phrases if they are indexed, for use until new ones are."""
        if self._loaded is None:
            return None
        phrases = self._loaded.word_lists.nearest_phrases
        return phrases if phrases.is_indexed else None
