"""Query understanding: from typed text to clauses, topics, preferences, a place and danger.

Only "quoted phrases" and ZIP codes have a syntax. No other query language is understood, so no
character that a user types can do harm.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from referral.fields.places.lookup import Place, find_towns, find_zip
from referral.records.facets import groups_of_age
from referral.search import weights
from referral.search.analysis import STOP_WORDS, all_words_of, words_of
from referral.search.query import (
    LONGEST_QUERY,
    MOST_WORDS,
    Clause,
    Danger,
    Notice,
    Preference,
    PreferenceKind,
    Question,
    SearchQuery,
    Topic,
    UnderstoodWord,
    WordForm,
    WordKind,
)
from referral.search.understanding.knowledge import (
    Knowledge,
    WordLists,
    everyday_words,
    example_words,
    language_of,
)
from referral.search.understanding.nearest import NearestTopics, guess_topics
from referral.search.understanding.other_languages import is_other_language
from referral.search.understanding.phrases import (
    Phrasebook,
    PhraseMatch,
    Word,
    asks_to_give,
    is_small_number,
    phrases_of,
)
from referral.search.understanding.preferences import PreferenceReading, read_preferences
from referral.search.understanding.sentences import settle_topics
from referral.search.understanding.spelling import correct, split_joined
from referral.search.understanding.stories import needs_of_story
from referral.search.understanding.towns import LONGEST_NAME, Neighborhood, Town, find_town
from referral.search.words import Vocabulary

_MOST_WORDS_IN_ALL = 2 * MOST_WORDS  # stop words and repetitions included
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_PHRASE = re.compile(r'"([^"]*)"')
_ZIP = re.compile(r"(?<![\w-])(\d{5})(?:-\d{4})?(?![\w-])")
_RARER = 5  # a misspelling in the example sentences is rarer than its word by this factor
_MOST_CORRECTIONS = 8  # corrected words in one query; with more, the text is no query
_LONGEST_NAME = 8  # words
_SHORTEST_JOINED = 6  # letters of two words that may also be written as one
_NO_DANGER = Danger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """The parts of a typed query.

    Attributes:
        words: those that count, folded, without repetition.
        all_words: the first words of the text, folded, stop words and repetitions included.
        phrases: the folded words of each quoted phrase.
        place: of the first ZIP code among the words, if wanted.
        is_shortened: anything was left out for length.
        is_meaningless: there was text, but no word that counts.
    """

    words: tuple[str, ...] = ()
    all_words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    place: Place | None = None
    is_shortened: bool = False
    is_meaningless: bool = False


def read_question(
    query: SearchQuery,
    word_lists: WordLists,
    vocabulary: Vocabulary,
    neighborhood: Neighborhood,
) -> Question:
    """Return a query as understood; danger comes before all else."""
    danger = word_lists.danger_in(query.words)
    # The model is right less often than a pattern: it adds a panel and does not affect the results.
    is_danger = danger.by_pattern
    if not (query.exactly or is_danger) and is_other_language(query.words):
        return Question(near=query.near, is_in_other_language=True)
    knowledge = Knowledge(
        vocabulary=vocabulary,
        phrasebook=word_lists.phrasebook,
        neighborhood=Neighborhood.of_place(query.near) if query.near else neighborhood,
        nearest_phrases=None if is_danger else word_lists.nearest_phrases,
        encoded_phrases=None if is_danger else word_lists.encoded_phrases,
        example_words=example_words(),
        reads_preferences=not is_danger,
    )
    if is_danger:
        danger = replace(danger, topics=word_lists.danger_topics(danger.lines))
    question = interpret_query(
        tokenize_query(query.words, with_place=query.near is None and not query.exactly),
        query.near,
        knowledge,
        exactly=query.exactly,
        unread=query.ignored_preferences,
        danger=danger,
    )
    if query.exactly or is_danger:
        return question

    def read_part(part: str) -> Question:
        return interpret_query(tokenize_query(part, with_place=True), question.near, knowledge)

    return needs_of_story(question, query.words[:LONGEST_QUERY], read_part, word_lists.phrasebook)


def tokenize_query(text: str, *, with_place: bool) -> ParsedText:
    """Split a query into words, quoted phrases and a place.

    Args:
        with_place: whether a known ZIP code is taken out of the words as the query's place.
    """
    whole, text = text, text[:LONGEST_QUERY].translate(_QUOTES)
    if len(whole) > LONGEST_QUERY:  # a truncated word may be another word
        text = text.rpartition(" ")[0] or text
    place = None
    if with_place:
        text, place = _without_zip(text)
    phrases = [words_of(phrase) for phrase in _PHRASE.findall(text)]
    rest = _PHRASE.sub(" ", text)
    all_words = all_words_of(rest)
    words = list(dict.fromkeys(word for word in all_words if word not in STOP_WORDS))
    words += [phrase[0] for phrase in phrases if len(phrase) == 1 and phrase[0] not in words]
    phrases = [phrase for phrase in phrases if len(phrase) > 1]
    room = MOST_WORDS - sum(len(phrase) for phrase in phrases[:MOST_WORDS])
    return ParsedText(
        words=tuple(words[: max(room, 0)]),
        all_words=tuple(all_words[:_MOST_WORDS_IN_ALL]),
        phrases=tuple(tuple(phrase[:MOST_WORDS]) for phrase in phrases[:MOST_WORDS]),
        place=place,
        is_shortened=len(whole) > LONGEST_QUERY or len(words) > max(room, 0),
        is_meaningless=bool(whole.strip()) and not (words or phrases or place),
    )


def _without_zip(text: str) -> tuple[str, Place | None]:
    for match in _ZIP.finditer(text):
        if place := find_zip(match[1]):
            return text[: match.start()] + " " + text[match.end() :], place
    return text, None


def interpret_query(
    parsed: ParsedText,
    near: Place | None,
    knowledge: Knowledge,
    *,
    exactly: bool = False,
    unread: Collection[PreferenceKind] = (),
    danger: Danger = _NO_DANGER,
) -> Question:
    """Return a tokenized query as understood: clauses, topics, place and preferences.

    Args:
        near: a place given apart from the words; a town among them then only affects the order.
        exactly: take the words literally.
        unread: kinds of preferences that do not count; their words still need not match.
    """
    place, preferences, nearest = parsed.place, tuple[Preference, ...](), None
    if exactly:
        words = [_as_typed(word) for word in parsed.words]
        meant_words: Sequence[str] = parsed.words
    else:
        words, town = interpret_words(parsed.words, knowledge)
        if town:
            place = place or (None if near else town.place)
            for at in town.positions:
                words[at].use = town
        preferences = _assign_uses(parsed, words, knowledge)
        meant_words = _mark_words_around_name(words, knowledge)
        nearest = _nearest_topics(parsed, words, knowledge)
        _add_topics_for_ages(words, preferences, knowledge.phrasebook)
    builder = _QuestionBuilder(words, nearest, knowledge)
    phrases = [Clause((WordForm(phrase),)) for phrase in parsed.phrases]
    clauses = list(builder.clauses(alone=not phrases, exactly=exactly))
    in_phrases = [word for phrase in parsed.phrases for word in phrase]
    meant = [word.meant for word in words]
    place = None if PreferenceKind.PLACE in unread else place
    return Question(
        clauses=(*phrases, *clauses),
        loose=(*clauses, *(Clause((WordForm((word,)),)) for word in in_phrases)),
        meant_words=(*meant_words, *in_phrases),
        place=place,
        near=near or place,
        asks_to_give=asks_to_give(meant),
        preferences=tuple(
            preference for preference in preferences if preference.kind not in unread
        ),
        words=(*builder.understood(), *_iter_phrases_and_zip(parsed)),
        guess=builder.guess(),
        notices=tuple(_iter_notices(parsed, words)),
        danger=danger,
        is_danger_search=bool(danger.topics) and not exactly,
    )


def _mark_words_around_name(words: Sequence[Word], knowledge: Knowledge) -> Sequence[str]:
    """Return the longest name of a service or organization among the words, else all of them.

    Words around a name are about its number, hours and the like, so nothing needs to match them;
    none of them is a topic. A name has at least two words. In danger, or where all its words are
    topics, all others must be passing words: many a service is called "food pantry", and "he hits
    me" beside the name of a shelter is about more than its number.
    """
    meant = [word.meant for word in words]
    topics = [at for at, word in enumerate(words) if isinstance(word.use, PhraseMatch)]
    passing = knowledge.phrasebook.soft_stop_words
    for start, end in _iter_name_spans(len(words), topics):
        around = [*words[:start], *words[end:]]
        is_more_than_topics = len(topics) < end - start and knowledge.reads_preferences
        can_be_name = is_more_than_topics or passing.issuperset(word.meant for word in around)
        if can_be_name and knowledge.vocabulary.are_whole_name(meant[start:end]):
            for word in around:
                word.is_around_name = True
            return meant[start:end]
    return meant


def _iter_name_spans(count: int, topics: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the spans, of two words or more, that contain all words of topics, longest first.

    Args:
        count: number of words.
        topics: positions of the words of topics.
    """
    first, last = (topics[0], topics[-1]) if topics else (count, -1)
    for length in range(min(count, _LONGEST_NAME), max(len(topics), 2) - 1, -1):
        for start in range(max(last + 1 - length, 0), min(first, count - length) + 1):
            yield start, start + length


def interpret_words(words: tuple[str, ...], knowledge: Knowledge) -> tuple[list[Word], Town | None]:
    """Return the words as corrected, and the town among them, whose words are not corrected.

    One typed word may become two. The positions of the town are those of the corrected words.
    """
    town = _find_town(words, knowledge)
    town_positions = set(town.positions) if town else set()
    interpreted: list[Word] = []
    corrections = 0
    for position, word in enumerate(words):
        if (
            position in town_positions
            or corrections >= _MOST_CORRECTIONS
            or _is_known(word, knowledge)
            or _is_of_a_town(words, position)
        ):
            interpreted.append(_as_typed(word))
        else:
            corrections += 1
            interpreted += _interpret_unknown(word, knowledge)
    meant = tuple(word.meant for word in interpreted)
    return interpreted, town if meant == words else _find_town(meant, knowledge)


def _as_typed(word: str) -> Word:
    return Word(word, word)


def _find_town(words: tuple[str, ...], knowledge: Knowledge) -> Town | None:
    if knowledge.neighborhood is None:
        return None

    def is_inside_a_phrase(named: Collection[str]) -> bool:
        """Return whether words are part of a longer phrase, as in "food stamps": then no town."""
        matches = knowledge.phrasebook.find_phrases(words)
        telling = {word for word in named if word not in knowledge.phrasebook.soft_stop_words}
        return any(
            bool(telling) and {words[at] for at in match.positions} > telling for match in matches
        )

    def means_else(named: Iterable[str]) -> bool:
        named = list(named)
        phrase_matches = knowledge.phrasebook.find_phrases(named)
        is_topic = sum(len(phrase.positions) for phrase in phrase_matches) == len(named)
        return (
            is_topic
            or knowledge.phrasebook.soft_stop_words.issuperset(named)
            or is_inside_a_phrase(named)
            or (len(named) == 1 and knowledge.vocabulary.is_rather_a_name(named[0]))
        )

    return find_town(words, knowledge.neighborhood, means_else)


def _is_known(word: str, knowledge: Knowledge) -> bool:
    """Return whether a word is known in any list, and so is never corrected."""
    phrasebook = knowledge.phrasebook
    return (
        word in phrasebook.soft_stop_words
        or phrasebook.knows(word)
        or knowledge.vocabulary.knows(word)
        or word in everyday_words()
    )


def _is_of_a_town(words: Sequence[str], position: int) -> bool:
    """Return whether a word is part of any town's name ("Girard"), and so never corrected."""
    return any(
        find_towns(" ".join(words[start:end]))
        for start in range(max(position + 1 - LONGEST_NAME, 0), position + 1)
        for end in range(position + 1, min(start + LONGEST_NAME, len(words)) + 1)
    )


def _interpret_unknown(word: str, knowledge: Knowledge) -> Iterator[Word]:
    """Yield an unknown word as two joined words, as its correction, or as it is."""
    vocabulary, phrasebook = knowledge.vocabulary, knowledge.phrasebook
    parts = split_joined(word, vocabulary, phrasebook)
    if len(parts) > 1:
        yield from (Word(word, part) for part in parts)
    else:  # a word and a stop word ("foodfor"), unless it is rather misspelled ("evicton")
        meant = correct(word, vocabulary, phrasebook) or "".join(parts) or word
        by_language = knowledge.example_words.values()
        if any(words.get(word, 0) * _RARER > words.get(meant, 0) for words in by_language):
            meant = word  # it is a word, though not one that describes a need
        yield Word(word, meant)


def _assign_uses(
    parsed: ParsedText, words: Sequence[Word], knowledge: Knowledge
) -> tuple[Preference, ...]:
    """Return the preferences, and assign words to phrases and preferences."""
    reading = PreferenceReading(phrase_matches=_topic_phrases(words, knowledge))
    if knowledge.reads_preferences:
        reading = read_preferences(
            parsed.all_words,
            words,
            reading.phrase_matches,
            passing=knowledge.phrasebook.soft_stop_words,
            has_need=bool(parsed.phrases),
        )
    for at, kind in reading.used_up.items():
        words[at].use = kind
    _assign_phrases(words, reading.phrase_matches)
    return reading.preferences


def _assign_phrases(words: Sequence[Word], matches: Iterable[PhraseMatch]) -> None:
    for match in matches:
        for at in match.positions:
            words[at].use = match


def _topic_phrases(words: Sequence[Word], knowledge: Knowledge) -> list[PhraseMatch]:
    """Return the phrases that mean topics; the words of a town are in none.

    Nor is a single passing word, or several that hardly mean the topic ("need help"), unless the
    query has no other words.
    """
    phrasebook = knowledge.phrasebook
    language = language_of([word.meant for word in words], knowledge.example_words)
    positions = [at for at, word in enumerate(words) if word.use is None]
    meant = [words[at].meant for at in positions]
    only_passing = phrasebook.soft_stop_words.issuperset(meant)
    return [
        replace(match, positions=tuple(positions[at] for at in match.positions))
        for match in phrasebook.find_phrases(meant, language)
        if only_passing
        or (len(match.positions) > 1 and max(match.weights.values()) >= 1)
        or not phrasebook.soft_stop_words.issuperset(meant[at] for at in match.positions)
    ]


def _add_topics_for_ages(
    words: Sequence[Word], preferences: Iterable[Preference], phrasebook: Phrasebook
) -> None:
    """Add topics for an age in the query: "17, nowhere to sleep" also means a youth shelter."""
    ages = (
        preference.values for preference in preferences if preference.kind is PreferenceKind.AGE
    )
    groups = frozenset[str]().union(*(groups_of_age(age) for values in ages for age in values))
    if groups:
        _assign_phrases(
            words,
            [
                replace(match, weights=phrasebook.with_topics_below(match.weights, groups))
                for match in phrases_of(words)
            ],
        )


def _nearest_topics(
    parsed: ParsedText, words: Sequence[Word], knowledge: Knowledge
) -> NearestTopics | None:
    """Return topics of the query as a whole, unless it has quoted phrases."""
    if not knowledge.nearest_phrases or parsed.phrases:
        return None
    phrasebook, nearest = knowledge.phrasebook, knowledge.nearest_phrases
    gives = asks_to_give(word.meant for word in words)
    without = () if gives else phrasebook.giving_terms
    guessed = guess_topics(words, phrasebook, knowledge.vocabulary, nearest, without)
    encoded = knowledge.encoded_phrases
    if encoded is None:
        return guessed
    return settle_topics(parsed.all_words, words, guessed, encoded, phrasebook, without)


class _QuestionBuilder:
    """Builder of clauses from words and their uses, and of how each was understood."""

    def __init__(
        self, words: Sequence[Word], nearest: NearestTopics | None, knowledge: Knowledge
    ) -> None:
        self._words = words
        self._nearest = nearest
        self._phrasebook = knowledge.phrasebook
        self._vocabulary = knowledge.vocabulary

    def clauses(self, *, alone: bool, exactly: bool) -> Iterator[Clause]:
        """Yield a clause for each phrase, for each other word, and for guessed topics.

        Args:
            alone: there are no quoted phrases.
        """
        guess_replaces_words = self._nearest is not None and self._nearest.replaces_words
        has_town = any(isinstance(word.use, Town) for word in self._words)
        only_passing = alone and not has_town and all(map(self._is_passing, self._words))
        for at, word in enumerate(self._words):
            use = word.use
            if isinstance(use, PhraseMatch):
                if at == use.positions[0]:
                    yield self._phrase_clause(use)
                continue
            is_passing = self._is_passing(word) and not only_passing
            is_required = not isinstance(use, Town) and not is_passing
            damping = weights.PASSING_WORD if is_passing else 1.0
            damping = min(damping, weights.UNEXPLAINED_WORD) if guess_replaces_words else damping
            yield Clause(
                (WordForm((word.meant,), damping),),
                spellings=() if exactly or is_passing else tuple(self._joined_forms(at)),
                is_required=is_required and not guess_replaces_words,
                is_required_alone=is_required,
                names_town=isinstance(use, Town) and at in use.name_positions,
            )
        if self._nearest:
            topics = [self._topic(code, weight) for code, weight in self._nearest.weights.items()]
            yield Clause((), topics=self._with_broader(topics))

    def understood(self) -> Iterator[UnderstoodWord]:
        """Yield how each word or phrase was understood."""
        for at, word in enumerate(self._words):
            use = word.use
            if isinstance(use, Town):
                if at == use.positions[0]:
                    text, place = self._joined_text(use.positions), use.place.name
                    yield UnderstoodWord(text=text, kind=WordKind.PLACE, detail=place)
            elif isinstance(use, PhraseMatch):
                if at == use.positions[0]:
                    yield UnderstoodWord(
                        text=self._joined_text(use.positions),
                        kind=WordKind.TERM,
                        detail=self._term_names(use.weights),
                        topics=tuple(use.weights),
                        is_name=use.is_name,
                        positions=use.positions,
                    )
            else:
                kind, detail = self._word_kind(word)
                yield UnderstoodWord(text=word.meant, kind=kind, detail=detail, positions=(at,))

    def guess(self) -> UnderstoodWord | None:
        """Return the words as a whole with the nearest topics, if these were needed."""
        if self._nearest is None:
            return None
        codes = self._nearest.weights
        return UnderstoodWord(
            text=self._nearest.words,
            kind=WordKind.TERM,
            detail=self._term_names(codes),
            topics=tuple(codes),
        )

    def _is_passing(self, word: Word) -> bool:
        """Return whether nothing needs to match a word: a passing word or a preference."""
        if isinstance(word.use, PhraseMatch):
            return False
        return (
            isinstance(word.use, PreferenceKind)
            or word.is_around_name
            or word.meant in self._phrasebook.soft_stop_words
            or is_small_number(word.meant)
        )

    def _word_kind(self, word: Word) -> tuple[WordKind, str]:
        """Return how a word outside phrases was understood, with the detail."""
        if isinstance(word.use, PreferenceKind):
            return WordKind.PREFERENCE, word.use.value
        if self._is_passing(word):
            return WordKind.PASSING, ""
        if word.meant != word.typed:
            return WordKind.CORRECTED, word.typed
        is_name = self._vocabulary.is_mostly_of_organizations(word.meant)
        return (WordKind.ORGANIZATION if is_name else WordKind.WORD), ""

    def _phrase_clause(self, phrase: PhraseMatch) -> Clause:
        in_phrase = [self._words[at] for at in phrase.positions]
        soft_stop_words = self._phrasebook.soft_stop_words
        words = [word for word in in_phrase if word.meant not in soft_stop_words] or in_phrase
        damping = 1.0 if len(words) == 1 else weights.WORD_OF_A_RUN
        is_doubted = self._nearest is not None and not self._nearest.confirms(
            phrase.weights, self._phrasebook.broader
        )
        doubt_factor = weights.DOUBTED if is_doubted else 1.0
        topics = [
            self._topic(code, doubt_factor * weight) for code, weight in phrase.weights.items()
        ]
        is_one_plain_word = self._is_one_plain_word(phrase)
        if is_one_plain_word:
            kinds_of = self._phrasebook.kinds_of
            topics = [replace(topic, kinds=kinds_of(topic.code)) for topic in topics]
        return Clause(
            tuple(WordForm((word.meant,), damping * doubt_factor) for word in words),
            topics=self._with_broader(topics),
            spellings=tuple(form for at in phrase.positions for form in self._joined_forms(at)),
            is_required=not is_doubted,
            is_required_alone=True,
            is_one_plain_word=is_one_plain_word,
        )

    def _is_one_plain_word(self, phrase: PhraseMatch) -> bool:
        """Return whether the query is one word, beside a town and passing words."""
        return (
            self._nearest is None
            and len(phrase.positions) == 1
            and all(
                word.use is phrase or isinstance(word.use, Town) or self._is_passing(word)
                for word in self._words
            )
        )

    def _with_broader(self, topics: Collection[Topic]) -> tuple[Topic, ...]:
        """Return the topics, and those right above them for where hardly any service has these."""
        codes, broader = {topic.code for topic in topics}, dict[str, float]()
        for topic in topics:
            code = self._phrasebook.broader.get(topic.code, "")
            if code and code not in codes:
                broader[code] = max(broader.get(code, 0.0), weights.BROADER * topic.weight)
        broader_topics = (
            replace(self._topic(code, weight), phrases=(), is_broader=True)
            for code, weight in broader.items()
        )
        return (*topics, *broader_topics)

    def _topic(self, code: str, weight: float) -> Topic:
        book = self._phrasebook
        return Topic(
            code,
            book.term_names.get(code, code),
            weight,
            book.groups.get(code, frozenset()),
            book.phrases_for(code),
        )

    def _joined_forms(self, at: int) -> Iterator[WordForm]:
        """Yield a word joined with the word after it, or before it, where that is a known word."""
        for first in (at - 1, at):
            if 0 <= first < len(self._words) - 1:
                joined = self._words[first].meant + self._words[first + 1].meant
                if len(joined) >= _SHORTEST_JOINED and self._vocabulary.knows(joined):
                    yield WordForm((joined,))

    def _term_names(self, codes: Iterable[str]) -> str:
        return ", ".join(self._phrasebook.term_names.get(code, code) for code in codes)

    def _joined_text(self, positions: Iterable[int]) -> str:
        return " ".join(self._words[at].meant for at in positions)


def _iter_phrases_and_zip(parsed: ParsedText) -> Iterator[UnderstoodWord]:
    """Yield what was taken out before words were read: quoted phrases and a ZIP code."""
    for phrase in parsed.phrases:
        yield UnderstoodWord(text=" ".join(phrase), kind=WordKind.PHRASE)
    if place := parsed.place:
        yield UnderstoodWord(text=place.zip_code, kind=WordKind.PLACE, detail=place.name)


def _iter_notices(parsed: ParsedText, words: Iterable[Word]) -> Iterator[Notice]:
    """Yield notices: the query was shortened or has no words, or which words were corrected."""
    if parsed.is_shortened:
        yield Notice(kind="shortened", details={"letters": str(LONGEST_QUERY)})
    if parsed.is_meaningless:
        yield Notice(kind="no-words")
    meant: dict[str, list[str]] = {}
    for word in words:
        if word.meant != word.typed and not isinstance(word.use, PreferenceKind):
            meant.setdefault(word.typed, []).append(word.meant)
    for typed, parts in meant.items():
        yield Notice(kind="corrected", details={"from": typed, "to": " ".join(parts)})
