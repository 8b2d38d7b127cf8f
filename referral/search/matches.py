"""Matching: the documents that match a query, and how well the words fit each.

*Coverage* is the share of the required clauses that a document matches, each by its weight (0
to 1). A document covers a clause in few steps (all of it, or some number of its parts), so
documents are grouped by combination of steps instead of being added up one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search import schema, weights
from referral.search.analysis import whole_name_key
from referral.search.columns import Columns, SuggestedDocs, docs_in, is_in_sorted
from referral.search.facts import NATIONAL, YES
from referral.search.query import Clause, Question, Topic, WordForm
from referral.search.segment_facts import DocNumbers, Docs, Mask, Numbers
from referral.search.words import FIELD_BITS, FormMatch, Words, scores_among

_SHORTEST_BEGINNING = 6  # letters
_MOST_BEGINNINGS = 50  # names
_MOST_COMBINATIONS = 24
_ANY_NEED = "help-line-211"  # key of the topic of help lines that refer to all services
_NAME_FIELDS = (schema.NAME_KEY, schema.ORGANIZATION_KEY)
_ANIMALS = "pets"  # the topic at the root of all topics for animals
_NO_DOCS: Docs = np.zeros(0, dtype=np.int32)

CoverageMask = Callable[[float], Mask]  # from a coverage to the documents with at least that


class Scores(NamedTuple):
    """Scores of the services that match a search: by words, by phrases of topics, and by topics."""

    words: Numbers
    phrases: Numbers
    topics: Numbers


def _field_bits(*kinds: str) -> int:
    return sum(FIELD_BITS[name] for name, field in schema.TEXT_FIELDS.items() if field.why in kinds)


NAMES = _field_bits("name", "organization", "program")
NAME = _field_bits("name")
TITLES = _field_bits("name", "topic")
TEXTS = _field_bits("keyword", "description", "eligibility")
NAMES_AND_PLACES = NAMES | _field_bits("place")


@dataclass(frozen=True, slots=True)
class Matches:
    """The indexed services that match a search query, with the scores of each.

    Attributes:
        docs: the documents, ascending; each array below has a value for each of them.
        word_scores: BM25F, summed over words and fields.
        phrase_scores: of the topics' own phrases in its texts.
        topic_scores: of its topics.
        highest: the highest of each of these three scores before filtering.
        has_every_word: its texts have all words but passing ones.
        coverage: of the required clauses; None where every document has all of them.
        tiers: sort key before the score: 1 for a whole name, 2 for the whole names of both service
            and organization.
        has_name_phrase: a name begins with the words in their order, or has them side by side.
        in_names: its name and its organization's together have all of the words.
        in_town: a name or a place has the words of the town, or a text the ZIP code typed.
        clauses: the clauses that were looked up in the end.
        kind_factors: how near its topics are to the first meaning of a one-word query, up to 1.
        only_some: no document has all words; these have some of them.
    """

    docs: DocNumbers
    word_scores: Numbers
    phrase_scores: Numbers
    topic_scores: Numbers
    highest: tuple[float, float, float]
    has_every_word: Mask
    coverage: Numbers | None
    tiers: NDArray[np.int32]
    has_name_phrase: Mask
    in_names: Mask
    in_town: Mask
    clauses: Sequence[ClauseMatch]
    kind_factors: Numbers | None = None
    only_some: bool = False

    @property
    def has_several_needs(self) -> bool:
        """Return whether the query has several required clauses."""
        return len(_required(self.clauses)) > 1

    def among(self, mask: Mask) -> Matches:
        """Return the matches in a mask over all documents of the commit."""
        kept = mask.take(self.docs)
        if kept.all():
            return self
        arrays: dict[str, Any] = {
            attribute.name: array.compress(kept)
            for attribute in fields(self)
            if isinstance(array := getattr(self, attribute.name), np.ndarray)
        }
        return replace(self, **arrays)


def find_matches(
    question: Question, columns: Columns, words: Words, may_serve: Mask | None = None
) -> UnfilteredMatches:
    """Return the documents that match a query as understood, before filters.

    Documents match that match all required clauses or have a whole name. Where words mean topics,
    or no document matches all clauses, those that cover a large enough share of them match. A query
    without required clauses matches every document.

    Args:
        may_serve: documents whose area does not exclude the query's place; None without a place.
    """
    named = find_by_whole_name(question, words)
    clauses = _match_with_fallback(question.clauses, columns, words, may_serve)
    live = columns.live
    if len(unrelated := _unrelated_help_lines(question, clauses, named, columns)):
        live = live.copy()
        live[unrelated] = False
    mask, covered_at_least, highest, only_some = live, None, 1.0, False
    if required := _required(clauses):
        fully_covered = reduce(np.logical_and, [match.matches_all for match in required])
        mask = _add_named(named, fully_covered, live)
        is_understood = any(clause.topics for clause in question.clauses)
        if is_understood or not mask.any():
            if question.loose != question.clauses:
                clauses = _match_with_fallback(question.loose, columns, words, may_serve)
            compared = live
            if columns.is_untagged:
                compared = live & ~columns.tagged(NATIONAL, YES)
            highest, covered_at_least = best_coverage(_required(clauses), compared)
            only_some = bool(highest) and not mask.any()
            well_covered = covered_at_least(weights.LEAST_SHARE * highest)
            mask = _add_named(named, well_covered | _with_every_word(clauses, live), live)
    if covered_at_least and not question.asks_to_give:
        well_covered = covered_at_least(weights.GIVING_LEAST_SHARE * highest)
        mask = _without_weak_volunteering(mask, well_covered, clauses, named, columns)
    return collect_matches(
        mask,
        question,
        clauses,
        named,
        columns,
        have_all=covered_at_least is None,
        words=words,
        only_some=only_some,
    )


@dataclass(frozen=True, slots=True)
class UnfilteredMatches:
    """The documents that match a query, before filters, with their three scores.

    Attributes:
        docs: the documents, ascending.
        scores: of each document.
        make_matches: returns the matches of some of the documents, from these and their scores.
    """

    docs: DocNumbers
    scores: Scores
    make_matches: Callable[[DocNumbers, Scores], Matches]

    def among(self, mask: Mask) -> Matches:
        """Return the matches in a mask over all documents of the commit."""
        kept = mask.take(self.docs)
        if kept.all():
            return self.make_matches(self.docs, self.scores)
        kept_scores = Scores(*(scores.compress(kept) for scores in self.scores))
        return self.make_matches(self.docs.compress(kept), kept_scores)


def collect_matches(  # noqa: PLR0913 - each is a part of the same question
    mask: Mask,
    question: Question,
    clauses: Sequence[ClauseMatch],
    named: Sequence[Docs],
    columns: Columns,
    *,
    have_all: bool = True,
    words: Words | None = None,
    only_some: bool = False,
) -> UnfilteredMatches:
    """Return the matches of a search query within a mask of documents, with their scores.

    Args:
        named: documents whose whole name is the query (``find_by_whole_name``).
        have_all: every document has all words, or the name.
    """
    docs, all_with_every_word = docs_in(mask), _with_every_word(clauses, columns.live)
    has_every_word = all_with_every_word.take(docs)
    word_scores = _word_scores(clauses, docs)
    phrase_scores, topic_scores = (
        _topic_scores([match.topic_phrases for match in clauses], docs, columns.size),
        _topic_scores([match.topics for match in clauses], docs, columns.size),
    )
    if question.is_danger_search:  # services for the danger lead, whatever other words match
        topic_scores, word_scores = topic_scores + word_scores, np.zeros(len(docs))
    highest_words, highest_phrases, highest_topics = (
        float(scores.max(initial=0.0)) for scores in (word_scores, phrase_scores, topic_scores)
    )
    # Words that are all damped must not count as much as undamped ones, unless all of them match.
    damping = max((form.damping for match in clauses for form, _ in match.forms), default=1.0)
    highest_words /= damping
    word_scores[has_every_word] /= damping

    def make_matches(docs: DocNumbers, scores: Scores) -> Matches:
        required, lookup = _required(clauses), _FieldLookup(docs)
        town_clauses = [match for match in clauses if match.clause.names_town]
        in_town = has_name_phrase = np.zeros(len(docs), dtype=np.bool_)
        if town_clauses:
            in_town = _has_all_in_fields(town_clauses, docs, NAMES_AND_PLACES, lookup)
        has_every_word = all_with_every_word.take(docs)
        covered = None
        if named or not have_all:
            covered = np.where(has_every_word, 1.0, coverage(required, docs))
        kind_factors = None
        if words is not None:
            has_name_phrase = _has_name_phrase(docs, question, words)
            in_town = in_town | _mentions_zip(docs, question, words)
            kind_factors = _kind_factors(docs, clauses, columns)
        return Matches(
            docs=docs,
            word_scores=scores.words,
            phrase_scores=scores.phrases,
            topic_scores=scores.topics,
            highest=(highest_words, highest_phrases, highest_topics),
            has_every_word=has_every_word,
            coverage=covered,
            tiers=_name_tiers(named, docs),
            has_name_phrase=has_name_phrase,
            in_names=_has_all_in_fields(required, docs, NAMES, lookup),
            in_town=in_town,
            clauses=clauses,
            kind_factors=kind_factors,
            only_some=only_some,
        )

    return UnfilteredMatches(docs, Scores(word_scores, phrase_scores, topic_scores), make_matches)


class _FieldLookup:
    """Cache of the fields in which some documents, ascending, have each word form."""

    def __init__(self, docs: DocNumbers) -> None:
        self._docs = docs
        self._known: dict[int, NDArray[np.uint16]] = {}

    def fields_with(self, match: FormMatch) -> NDArray[np.uint16]:
        """Return for each document the fields that have a form, as ``FIELD_BITS``."""
        fields = self._known.get(id(match))
        if fields is None:
            fields = self._known[id(match)] = match.fields_of_ascending(self._docs)
        return fields


def find_by_whole_name(question: Question, words: Words) -> Sequence[Docs]:
    """Return the documents whose whole name is the query, by service name and organization."""
    key = whole_name_key(" ".join(question.meant_words))
    by_field = [words.postings.docs(field, key) for field in _NAME_FIELDS if key]
    return [docs for docs in by_field if len(docs)]


def _match_with_fallback(
    clauses: Sequence[Clause], columns: Columns, words: Words, may_serve: Mask | None
) -> list[ClauseMatch]:
    """Return the matches of a query's clauses; if no required one matches, others become required.

    Where no document matches a required clause, clauses that ``is_required_alone`` become required.
    """
    matches = match_clauses(clauses, columns, words, may_serve)
    if any(match.weight for match in _required(matches)):
        return matches
    if not any(clause.is_required_alone and not clause.is_required for clause in clauses):
        return matches
    fallback = (
        replace(clause, is_required=clause.is_required or clause.is_required_alone)
        for clause in clauses
    )
    return match_clauses(fallback, columns, words, may_serve)


def _word_scores(clauses: Sequence[ClauseMatch], docs: DocNumbers) -> Numbers:
    scores = np.zeros(len(docs))
    for match in clauses:
        scores += match.scores(docs)
    return scores


def _topic_scores(
    by_clause: Iterable[Sequence[TopicMatch]], docs: DocNumbers, size: int
) -> Numbers:
    """Return for each document the best topic score of each clause, summed over clauses."""
    total = np.zeros(len(docs))
    for matches in filter(None, by_clause):
        best = np.zeros(size)  # over all documents: faster than searching for each of them
        for match in matches:
            best[match.docs] = np.maximum(best.take(match.docs), match.scores)
        total += best.take(docs)
    return total


def _with_every_word(clauses: Sequence[ClauseMatch], live: Mask) -> Mask:
    """Return a mask of the live documents that have all words themselves, not only topics."""
    word_clauses = [match for match in clauses if match.clause.is_required_alone and match.forms]
    if not word_clauses:
        return np.zeros_like(live)
    return reduce(np.logical_and, [live, *(match.has_parts for match in word_clauses)])


def _required(clauses: Sequence[ClauseMatch]) -> list[ClauseMatch]:
    return [match for match in clauses if match.clause.is_required]


def _has_all_in_fields(
    clauses: Sequence[ClauseMatch], docs: DocNumbers, bits: int, lookup: _FieldLookup | None = None
) -> Mask:
    mask = np.ones(len(docs), dtype=np.bool_)
    for match in clauses:
        mask &= match.has_parts_in(docs, bits, lookup)
    return mask


def _add_named(named: Sequence[Docs], mask: Mask, live: Mask) -> Mask:
    """Return a mask of the live documents that are in another one, or have a whole name."""
    mask = mask.copy()
    for docs_named in named:
        mask[docs_named] = True
    return mask & live


def _has_name_phrase(docs: DocNumbers, question: Question, words: Words) -> Mask:
    """Return which documents have a name that begins with the words or has them side by side.

    A query needs at least two words, since "food" alone would match too much.
    """
    key = whole_name_key(" ".join(question.meant_words))
    if len(question.meant_words) < 2 or len(key) < _SHORTEST_BEGINNING:
        return np.zeros(len(docs), dtype=np.bool_)
    fields = words.forms.get(WordForm(question.meant_words)).fields_of_ascending(docs)
    is_named: Mask = (fields & np.uint16(NAMES)) > 0
    for name_field in _NAME_FIELDS:
        for name_key in words.postings.beginning_with(name_field, key, _MOST_BEGINNINGS):
            is_named[_indexes_of(words.postings.docs(name_field, name_key), docs)] = True
    return is_named


def _indexes_of(few: Docs, docs: DocNumbers) -> NDArray[np.intp]:
    """Return the indexes in an array of documents of those few documents that it contains."""
    if not len(docs):
        return np.zeros(0, dtype=np.intp)
    nearest = np.minimum(docs.searchsorted(few), len(docs) - 1)
    indexes: NDArray[np.intp] = nearest[docs[nearest] == few]
    return indexes


def _mentions_zip(docs: DocNumbers, question: Question, words: Words) -> Mask:
    """Return which documents mention the ZIP code of the query ("we serve 16335 and 16433")."""
    if question.place is None or not question.place.zip_code:
        return np.zeros(len(docs), dtype=np.bool_)
    mentions: Mask = words.forms.get(WordForm((question.place.zip_code,))).fields(docs) > 0
    return mentions


def _kind_factors(
    docs: DocNumbers, clauses: Sequence[ClauseMatch], columns: Columns
) -> Numbers | None:
    """Return how well the topics of each document fit a one-word query, up to 1.

    None for queries of several words, and where so few documents have the topics that one that only
    mentions the word may be the only one.
    """
    plain_words = [match.clause for match in clauses if match.clause.is_one_plain_word]
    if not plain_words:
        return None
    topics = plain_words[0].topics
    worth, count = np.zeros(columns.size), 0
    for code, kind_worth in (kind for topic in topics for kind in topic.kinds):
        for members in _docs_by_topic(code, columns):
            worth[members] = np.maximum(worth.take(members), kind_worth)
    for topic in topics:
        for members in _docs_by_topic(topic.code, columns):
            count += len(members)
            without_kind = members[worth.take(members) == 0] if topic.kinds else members
            worth[without_kind] = 1.0
    if count < weights.SOME_MEMBERS:
        return None
    has_topic, for_animals = worth > 0, columns.tagged("term", _ANIMALS)
    if not for_animals[has_topic].all():  # the query is not about animals
        worth[has_topic & for_animals] = weights.LAST_KIND
    factors: Numbers = worth.take(docs)
    factors[factors == 0] = weights.MENTION
    return factors


def _docs_by_topic(code: str, columns: Columns) -> Iterator[Docs]:
    """Yield the documents tagged with a topic, and those that it is suggested for."""
    yield columns.tags.get(("term", code), _NO_DOCS)
    if suggested := columns.suggested.get(code):
        yield suggested.docs


def _unrelated_help_lines(
    question: Question, clauses: Sequence[ClauseMatch], named: Sequence[Docs], columns: Columns
) -> Docs:
    """Return national help lines that share words with a query, but none of its topics.

    The topics of these lines are ours, and their texts are few: the line against forced labor has
    "trabajo", and in a county without Spanish texts hardly any other service does.
    """
    help_lines = columns.tags.get((NATIONAL, YES), _NO_DOCS)  # few
    if not any(clause.is_required and clause.topics for clause in question.clauses):
        return _NO_DOCS
    for related in (
        columns.tags.get(("term", _ANY_NEED), _NO_DOCS),
        *(topic_match.docs for match in clauses for topic_match in match.topics),
    ):
        if not len(help_lines):
            return help_lines
        help_lines = help_lines[~is_in_sorted(related, help_lines)]
    in_names = [_has_all_in_fields([match], help_lines, NAMES) for match in _required(clauses)]
    return help_lines[~reduce(np.logical_or, in_names, _name_tiers(named, help_lines) > 0)]


def _without_weak_volunteering(
    mask: Mask,
    well_covered: Mask,
    clauses: Sequence[ClauseMatch],
    named: Sequence[Docs],
    columns: Columns,
) -> Mask:
    """Remove services that only seek volunteers or donors and match few of the words."""
    docs = docs_in(mask & columns.only_giving & ~well_covered)
    in_names = _has_all_in_fields(_required(clauses), docs, NAMES)
    remaining = mask.copy()
    remaining[docs[~(in_names | (_name_tiers(named, docs) > 0))]] = False
    return remaining if remaining.any() else mask


def _name_tiers(named: Sequence[Docs], docs: DocNumbers) -> NDArray[np.int32]:
    tiers = np.zeros(len(docs), dtype=np.int32)
    for docs_named in named:
        tiers[_indexes_of(docs_named, docs)] += 1
    return tiers


class TopicMatch(NamedTuple):
    """The indexed services that have a topic of a search clause, ascending, and their scores.

    Attributes:
        scores: one for each document.
        members: how many documents have the topic, suggested ones counted by their confidence.
        is_suggested: the topic is only suggested for these documents.
    """

    topic: Topic
    docs: Docs
    scores: NDArray[np.floating[Any]]
    members: float
    is_suggested: bool = False

    def scores_of(self, docs: DocNumbers) -> Numbers:
        """Return the topic score of each document, 0 where it does not have the topic."""
        return scores_among(docs, self.docs, self.scores)


class CoverageStep(NamedTuple):
    """The indexed services that have at least some share of the words of a search clause."""

    share: float
    mask: Mask


@dataclass(slots=True)
class ClauseMatch:
    """The indexed services that match one clause of a search query, out of ``size`` documents.

    Attributes:
        parts: each part with its matches.
        spellings: each other spelling with its matches.
        topics: each topic with the documents that have it, and their scores; suggested ones apart.
        topic_phrases: each topic with the documents whose texts have a phrase of it.
        broader: the broader topics that match, where no service that may help has the topic itself.
        weight: information value of a full match; 0 for clauses that are not required.
        matches_all: documents that match the whole clause.
        forms: all forms with their matches.
    """

    clause: Clause
    parts: Sequence[tuple[WordForm, FormMatch]]
    spellings: Sequence[tuple[WordForm, FormMatch]]
    topics: Sequence[TopicMatch]
    size: int
    topic_phrases: Sequence[TopicMatch] = ()
    broader: Sequence[Topic] = ()
    weight: float = 0.0
    matches_all: Mask = field(init=False)
    forms: Sequence[tuple[WordForm, FormMatch]] = field(init=False)
    _part_masks: list[Mask] = field(init=False)

    def __post_init__(self) -> None:
        self.forms = [*self.parts, *self.spellings]
        self._part_masks = [match.mask(self.size) for _, match in self.parts] or [self._any_of([])]
        self.matches_all = reduce(np.logical_and, self._part_masks)
        if self.spellings or self.topics or self.topic_phrases:
            by_topic = [match.docs for match in (*self.topics, *self.topic_phrases)]
            self.matches_all = self.matches_all | self._any_of(self.spellings, by_topic)

    def _any_of(
        self, forms: Sequence[tuple[WordForm, FormMatch]], other_docs: Iterable[Docs] = ()
    ) -> Mask:
        masks = [match.mask(self.size) for _, match in forms]
        mask = reduce(np.logical_or, masks) if masks else np.zeros(self.size, dtype=np.bool_)
        for docs in other_docs:
            mask[docs] = True
        return mask

    @property
    def has_parts(self) -> Mask:
        """Return a mask of the documents that have all parts of the clause."""
        return reduce(np.logical_and, self._part_masks)

    @property
    def matches_any(self) -> Mask:
        """Return a mask of the documents that match at least a part of the clause."""
        return reduce(np.logical_or, self._part_masks, self.matches_all)

    def coverage_steps(self) -> Iterator[CoverageStep]:
        """Yield the shares of the clause that a document may have, the largest first."""
        yield CoverageStep(1.0, self.matches_all)
        count = len(self._part_masks)
        if count > 1:
            parts = np.sum(self._part_masks, axis=0, dtype=np.uint8)
            for least in range(count - 1, 0, -1):
                yield CoverageStep(self._partial_share(least), (parts >= least) | self.matches_all)

    def _partial_share(self, parts: int) -> float:
        """Return the coverage of a document with some, not all, parts of the clause."""
        return (
            parts / len(self._part_masks) * (weights.PART_OF_A_RUN if self.clause.topics else 1.0)
        )

    def coverage(self, docs: DocNumbers) -> Numbers:
        """Return the share of the clause that each document has (0 to 1)."""
        has_all = self.matches_all.take(docs)
        if len(self._part_masks) == 1:
            return has_all.astype(np.float64)
        parts = np.sum([mask.take(docs) for mask in self._part_masks], axis=0)
        return np.where(has_all, 1.0, parts * self._partial_share(1))

    def scores(self, docs: DocNumbers) -> Numbers:
        """Return the BM25F score of each document, summed over all forms of the clause."""
        scores = np.zeros(len(docs))
        for form, match in self.forms:
            scores += match.scores(docs) * form.damping
        return scores

    def has_parts_in(self, docs: DocNumbers, bits: int, lookup: _FieldLookup | None = None) -> Mask:
        """Return which documents have every part of the clause in one of some fields."""
        mask = np.full(len(docs), bool(self.parts))
        for _, match in self.parts:
            fields = lookup.fields_with(match) if lookup else match.fields(docs)
            mask &= (fields & np.uint16(bits)) > 0
        return mask


def match_clauses(
    clauses: Iterable[Clause], columns: Columns, words: Words, may_serve: Mask | None = None
) -> list[ClauseMatch]:
    """Return the matches of clauses, by their forms and topics."""
    matches, forms = [], words.forms
    for clause in clauses:
        topics, only_for_order = _topics_of(clause, columns, words, may_serve)
        match = ClauseMatch(
            clause,
            parts=[(form, forms.get(form)) for form in clause.parts],
            spellings=[(form, forms.get(form)) for form in clause.spellings],
            topics=_topic_matches(topics, columns),
            size=columns.size,
            topic_phrases=[
                TopicMatch(topic, *words.match_phrases(topic.phrases), members=0.0)
                for topic in topics
                if topic.phrases
            ],
            broader=[topic for topic in topics if topic.is_broader],
        )
        if clause.is_required:
            match.weight = _clause_weight(match, columns)
        match.topics = [*match.topics, *_topic_matches(only_for_order, columns)]
        matches.append(match)
    return matches


def _topic_matches(topics: Iterable[Topic], columns: Columns) -> list[TopicMatch]:
    return [match for topic in topics for match in _iter_topic_matches(topic, columns)]


def _topics_of(
    clause: Clause, columns: Columns, words: Words, may_serve: Mask | None
) -> tuple[Sequence[Topic], Sequence[Topic]]:
    """Return the topics of a clause that match documents, and those that only affect the order.

    A broader topic matches where no service that may help has the topic itself, and affects the
    order where hardly any has.
    """
    broader = [topic for topic in clause.topics if topic.is_broader]
    if not broader:
        return clause.topics, ()
    own = [topic for topic in clause.topics if not topic.is_broader]
    members = _count_members(own, columns, words, may_serve)
    if not members:
        return clause.topics, ()
    return own, broader if members < weights.HARDLY_ANY else ()


def _count_members(
    topics: Sequence[Topic], columns: Columns, words: Words, may_serve: Mask | None
) -> int:
    """Count the services that may help and have one of some topics or one of their phrases.

    Counting ends at ``weights.HARDLY_ANY`` or somewhat above.
    """
    members = set[int]()
    for docs in _iter_members(topics, columns, words):
        serving = docs if may_serve is None else docs[may_serve.take(docs)]
        members.update(serving[: weights.HARDLY_ANY].tolist())
        if len(members) >= weights.HARDLY_ANY:
            break
    return len(members)


def _iter_members(topics: Sequence[Topic], columns: Columns, words: Words) -> Iterator[Docs]:
    for topic in topics:
        yield from _docs_by_topic(topic.code, columns)
    for topic in topics:
        if topic.phrases:
            docs, _ = words.match_phrases(topic.phrases)
            yield docs


def _iter_topic_matches(topic: Topic, columns: Columns) -> Iterator[TopicMatch]:
    """Yield the matches of a topic: tagged documents, then those that it is suggested for.

    A document that has the topic by an accepted category only scores higher the more its own texts
    confirm it. The idf of the topic is that of the sum of the confidences, which is at least
    ``weights.LEAST_MEMBERS`` for suggested topics and on lists without tags: one doubtful document
    does not make a topic rare.
    """
    tagged = columns.tags.get(("term", topic.code), _NO_DOCS)
    suggested = columns.suggested.get(topic.code)
    certainty, members = _tag_certainty(tagged, columns.by_category.get(topic.code))
    members += suggested.total if suggested else 0.0
    if suggested or (members and columns.is_untagged):
        members = max(members, weights.LEAST_MEMBERS)
    score = weights.TOPIC * topic.weight * _idf(members, columns.count) if members else 0.0
    if len(tagged):
        yield TopicMatch(topic, tagged, score * certainty, members)
    if suggested:
        scores = score * suggested.confidences
        yield TopicMatch(topic, suggested.docs, scores, members, is_suggested=True)


def _tag_certainty(tagged: Docs, by_category: SuggestedDocs | None) -> tuple[Numbers, float]:
    """Return 1 for documents that a person tagged, less for accepted categories; and the sum."""
    if by_category is None:
        return np.broadcast_to(1.0, len(tagged)), float(len(tagged))
    certainty = np.ones(len(tagged))
    least = weights.BY_CATEGORY
    certainty[tagged.searchsorted(by_category.docs)] = least + (1 - least) * by_category.confidences
    return certainty, float(certainty.sum())


def _clause_weight(match: ClauseMatch, columns: Columns) -> float:
    """Return the weight of a clause: the idf of the rarest thing that it may mean.

    "Box of food" weighs more than "food". A clause that no document matches weighs 0, so that no
    document loses coverage by it.
    """
    matching = int(np.count_nonzero(match.matches_all)) or int(np.count_nonzero(match.matches_any))
    counts = [matching, *(topic_match.members for topic_match in match.topics)]
    fewest = min(filter(None, counts), default=0)
    if fewest and match.topics and columns.is_untagged:
        fewest = max(fewest, weights.LEAST_MEMBERS)  # one stray word makes no topic rare
    return _idf(fewest, columns.count) * _certainty(match.clause) if fewest else 0.0


def _certainty(clause: Clause) -> float:
    """Return a factor that is higher for words that mean topics and for runs of several words."""
    return float(max(len(clause.parts), 1) ** 0.5) * (weights.UNDERSTOOD if clause.topics else 1.0)


def _idf(matching: float, count: int) -> float:
    """Return the inverse document frequency, as in BM25."""
    return float(np.log1p((count - matching + 0.5) / (matching + 0.5)))


def coverage(required: Sequence[ClauseMatch], docs: DocNumbers) -> Numbers:
    """Return the coverage of all required clauses by each document (0 to 1)."""
    total = np.zeros(len(docs))
    for match in required:
        total += match.weight * match.coverage(docs)
    weight = sum(match.weight for match in required)
    return total / weight if weight else total


def best_coverage(required: Sequence[ClauseMatch], compared: Mask) -> tuple[float, CoverageMask]:
    """Return the highest coverage among some documents, and a mask of all by least coverage."""
    steps = [[*match.coverage_steps(), None] if match.weight else [None] for match in required]
    if np.prod([len(clause_steps) for clause_steps in steps]) > _MOST_COMBINATIONS:
        return _coverage_one_by_one(required, compared)
    weight = sum(match.weight for match in required) or 1.0
    combinations = []
    for chosen_steps in product(*steps):
        chosen = [(match, step) for match, step in zip(required, chosen_steps, strict=True) if step]
        share = sum(match.weight * step.share for match, step in chosen) / weight
        combinations.append(_Combination(share, [step.mask for _, step in chosen]))
    combinations = sorted(
        (combination for combination in combinations if combination.share),
        key=lambda combination: -combination.share,
    )
    highest = next(
        (share for share, masks in combinations if (_intersection(masks) & compared).any()), 0.0
    )

    def covered_at_least(least: float) -> Mask:
        enough = [masks for share, masks in combinations if share >= least]
        nothing = np.zeros(required[0].size, np.bool_)
        return reduce(np.logical_or, map(_intersection, _minimal(enough)), nothing)

    return highest, covered_at_least


class _Combination(NamedTuple):
    """A step of each required clause: their coverage in all, and the documents of each step."""

    share: float
    masks: Sequence[Mask]


def _intersection(masks: Sequence[Mask]) -> Mask:
    return reduce(np.logical_and, masks)


def _minimal(combinations: Sequence[Sequence[Mask]]) -> Iterator[Sequence[Mask]]:
    """Yield the combinations of masks that do not contain all masks of another combination."""
    keys = [frozenset(map(id, masks)) for masks in combinations]
    return (
        masks
        for masks, key in zip(combinations, keys, strict=True)
        if not any(other_key < key for other_key in keys)
    )


def _coverage_one_by_one(
    required: Sequence[ClauseMatch], compared: Mask
) -> tuple[float, CoverageMask]:
    """Return the results of ``best_coverage``, computed from the coverage of each document."""
    docs = docs_in(reduce(np.logical_or, [match.matches_any for match in required]))
    covered = coverage(required, docs)

    def covered_at_least(least: float) -> Mask:
        mask = np.zeros(required[0].size, dtype=np.bool_)
        mask[docs[(covered > 0) & (covered >= least)]] = True
        return mask

    return float(covered[compared[docs]].max(initial=0.0)), covered_at_least
