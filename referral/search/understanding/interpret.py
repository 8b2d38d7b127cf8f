"""Interpretation of a tokenized query: corrections, prefixes, towns, topics and clauses."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from referral.fields.places.lookup import Place
from referral.search import weights
from referral.search.analysis import whole_name_key
from referral.search.query import (
    Clause,
    Notice,
    PreferenceKind,
    Question,
    Topic,
    UnderstoodWord,
    WordForm,
    WordKind,
)
from referral.search.understanding.group_topics import with_group_topics
from referral.search.understanding.knowledge import Knowledge
from referral.search.understanding.phrasebook import Phrasebook, PhraseMatch
from referral.search.understanding.preference_reader import PreferenceReading, read_preferences
from referral.search.understanding.spelling import correct, split_joined
from referral.search.understanding.tokenize import (
    LONGEST_QUERY,
    ParsedText,
    asks_to_give,
    is_small_number,
)
from referral.search.understanding.towns import Town, find_town
from referral.search.understanding.whole_question import (
    NearestTopics,
    guess_topics,
    question_language,
)

_RARER = 5  # a slip in the example sentences is rarer than its word by this at least
_MOST_SLIPS = 8  # words put right in one question; more is not a question


@dataclass(frozen=True, slots=True)
class WordInterpretation:
    """One word: as typed, as meant, and the forms in which it is looked up."""

    typed: str
    meant: str
    forms: tuple[str, ...]


def interpret_literally(words: Iterable[str]) -> list[WordInterpretation]:
    """The words and nothing but the words."""
    return [WordInterpretation(word, word, (word,)) for word in words]


def interpret_words(
    words: tuple[str, ...], knowledge: Knowledge
) -> tuple[list[WordInterpretation], Town | None]:
    """The tokens of the words, and the town among them; its words are then not corrected.

    The positions of the town are those of the tokens.
    """
    town = _town(words, knowledge)
    of_town = set(town.positions) if town else set()
    tokens: list[WordInterpretation] = []
    slips = 0
    for position, word in enumerate(words):
        if position in of_town or slips >= _MOST_SLIPS or _is_known(word, knowledge):
            tokens += interpret_literally([word])
        else:
            slips += 1
            is_last = position == len(words) - 1
            tokens += _interpret_unknown(word, knowledge, is_last=is_last)
    meant = tuple(token.meant for token in tokens)
    return tokens, town if meant == words else _town(meant, knowledge)


def _town(words: tuple[str, ...], knowledge: Knowledge) -> Town | None:
    if knowledge.neighbourhood is None:
        return None

    def is_inside_a_phrase(named: Collection[str]) -> bool:
        """As the stamps of "food stamps" and the cut off of "lights got cut off": no towns."""
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
            or is_inside_a_phrase(named)
            or (len(named) == 1 and knowledge.vocabulary.is_rather_a_name(named[0]))
        )

    town = find_town(words, knowledge.neighbourhood, means_else)
    if town and not town.state_positions:
        named = [words[at] for at in town.positions]
        if knowledge.vocabulary.are_a_name_without_town(words, named):
            return None
    return town


def _is_known(word: str, knowledge: Knowledge) -> bool:
    """A word that somebody knows is never bent."""
    phrasebook = knowledge.phrasebook
    return (
        word in phrasebook.soft_stop_words
        or phrasebook.knows(word)
        or knowledge.vocabulary.knows(word)
    )


def _interpret_unknown(
    word: str, knowledge: Knowledge, *, is_last: bool
) -> Iterator[WordInterpretation]:
    """The last word may still be unfinished; others are two in one, or misspelt.

    Known words are not completed: in the search exam that lost 2 of 250 right answers.
    """
    vocabulary, phrasebook = knowledge.vocabulary, knowledge.phrasebook
    if is_last and (forms := vocabulary.completions(word)):
        yield WordInterpretation(word, word, tuple(forms))
        return
    parts = split_joined(word, vocabulary, phrasebook)
    if len(parts) > 1:
        yield from (WordInterpretation(word, part, (part,)) for part in parts)
    else:  # a word and a small one ("foodfor"), unless it rather is a slip ("evicton")
        meant = correct(word, vocabulary, phrasebook) or "".join(parts) or word
        said = knowledge.example_words.values()
        if any(words.get(word, 0) * _RARER > words.get(meant, 0) for words in said):
            meant = word  # it is a word, though none that says what is needed
        yield WordInterpretation(word, meant, (meant,))


_SHORTEST_JOINED = 6  # letters of two words that may as well be written as one


def interpret_query(
    parsed: ParsedText,
    near: Place | None,
    knowledge: Knowledge,
    *,
    exactly: bool = False,
    unread: Collection[PreferenceKind] = (),
) -> Question:
    """Clauses, topics, place, preferences and notices of a tokenized query.

    Args:
        near: given apart from the words: then no town is looked for among them.
        exactly: take the words literally.
        unread: kinds of preferences that do not count; their words still need not match.
    """
    nearest, town, read = None, None, PreferenceReading()
    if exactly:
        tokens = interpret_literally(parsed.words)
    else:
        tokens, town = interpret_words(parsed.words, knowledge)
        town = None if near or parsed.place else town
        read = _read(parsed, tokens, town, knowledge)
        read, nearest = _with_nearest_topics(parsed, tokens, town, read, knowledge)
    builder = _ClauseBuilder(tokens, town, read, knowledge, nearest)
    phrases = [Clause(((WordForm(phrase),),)) for phrase in parsed.phrases]
    words = list(builder.clauses(alone=not phrases, exactly=exactly))
    in_phrases = [Clause(((WordForm((word,)),),)) for phrase in parsed.phrases for word in phrase]
    place = None if PreferenceKind.PLACE in unread else _place(parsed, town)
    return Question(
        clauses=(*phrases, *words),
        loose=(*words, *in_phrases),
        key=_key(tokens, parsed),
        place=place,
        near=near or place,
        asks_to_give=asks_to_give(token.meant for token in tokens),
        preferences=tuple(each for each in read.preferences if each.kind not in unread),
        words=(*builder.kinds(), *_phrases_and_zip(parsed)),
        guess=builder.guess(),
        notices=(*_notices(parsed), *_corrections(tokens, read.used_up)),
    )


def _place(parsed: ParsedText, town: Town | None) -> Place | None:
    return parsed.place or (town.place if town else None)


def _read(
    parsed: ParsedText,
    tokens: Sequence[WordInterpretation],
    town: Town | None,
    knowledge: Knowledge,
) -> PreferenceReading:
    """The topics and preferences among the tokens."""
    language = question_language([token.meant for token in tokens], knowledge)
    matches = _topic_phrases(tokens, town, knowledge.phrasebook, language)
    if not knowledge.reads_preferences:
        return PreferenceReading(phrase_matches=matches)
    soft_stop_words = knowledge.phrasebook.soft_stop_words
    return read_preferences(
        parsed.said,
        tokens,
        matches,
        town.positions if town else (),
        is_need=[token.meant not in soft_stop_words for token in tokens],
        has_need=bool(parsed.phrases),
    )


def _topic_phrases(
    tokens: Sequence[WordInterpretation],
    town: Town | None,
    phrasebook: Phrasebook,
    language: str,
) -> list[PhraseMatch]:
    """The phrase_matches that stand for topics; the words of a town stand for nothing else.

    Nor does one word said in passing, or several that hardly mean it ("need help"), unless nothing
    else is said.
    """
    of_town = set(town.positions) if town else set()
    positions = [at for at in range(len(tokens)) if at not in of_town]
    words = [tokens[at].meant for at in positions]
    only_passing = phrasebook.soft_stop_words.issuperset(words)
    return [
        replace(phrase, positions=tuple(positions[at] for at in phrase.positions))
        for phrase in phrasebook.find_phrases(words, language)
        if only_passing
        or (len(phrase.positions) > 1 and max(phrase.weights.values()) >= 1)
        or not phrasebook.soft_stop_words.issuperset(words[at] for at in phrase.positions)
    ]


def _with_nearest_topics(
    parsed: ParsedText,
    tokens: Sequence[WordInterpretation],
    town: Town | None,
    read: PreferenceReading,
    knowledge: Knowledge,
) -> tuple[PreferenceReading, NearestTopics | None]:
    """Topics of the question as a whole, unless something is quoted, and those of groups."""
    nearest = None
    if not parsed.phrases:
        nearest = guess_topics(
            [token.typed for token in tokens],
            [token.meant for token in tokens],
            {*read.used_up, *(town.positions if town else ())},
            read.phrase_matches,
            knowledge,
            asks_to_give=asks_to_give(token.meant for token in tokens),
        )
    return with_group_topics(read, nearest, knowledge.phrasebook)


_NO_WORDS: tuple[tuple[WordForm, ...], ...] = ((),)


class _ClauseBuilder:
    """Puts tokens, town and phrase_matches together."""

    def __init__(
        self,
        tokens: Sequence[WordInterpretation],
        town: Town | None,
        read: PreferenceReading,
        knowledge: Knowledge,
        nearest: NearestTopics | None,
    ) -> None:
        self._tokens = tokens
        self._town = town
        self._town_name = town.name_positions if town else ()
        self._phrase_at: Mapping[int, PhraseMatch] = {
            at: phrase for phrase in read.phrase_matches for at in phrase.positions
        }
        self._phrases = read.phrase_matches
        self._used_up = read.used_up
        self._nearest = nearest
        self._soft_stop_words = knowledge.phrasebook.soft_stop_words
        self._names = knowledge.phrasebook.term_names
        self._groups = knowledge.phrasebook.groups
        self._broader = knowledge.phrasebook.broader
        self._vocabulary = knowledge.vocabulary

    def clauses(self, *, alone: bool, exactly: bool) -> Iterator[Clause]:
        """A clause for each phrase and for each other word.

        Args:
            alone: there are no quoted phrases.
        """
        passing = [self._is_passing(at) for at in range(len(self._tokens))]
        only_passing = alone and not self._town and all(passing)
        done: set[tuple[int, ...]] = set()
        for at, token in enumerate(self._tokens):
            phrase = self._phrase_at.get(at)
            if phrase:
                if phrase.positions not in done:
                    done.add(phrase.positions)
                    yield self._phrase_clause(phrase)
                continue
            in_town = self._town is not None and at in self._town.positions
            replaces = self._nearest is not None and self._nearest.replaces_words
            in_passing = passing[at] and not only_passing
            is_required = not in_town and not in_passing
            damping = weights.PASSING_WORD if in_passing else 1.0
            damping = min(damping, weights.UNEXPLAINED_WORD) if replaces else damping
            yield Clause(
                (_forms(token, damping),),
                spellings=() if exactly or in_passing else tuple(self._joined(at)),
                is_required=is_required and not replaces,
                is_required_alone=is_required,
                names_town=in_town and at in self._town_name,
            )
        if self._nearest:
            weights_of = self._nearest.weights.items()
            yield Clause(_NO_WORDS, topics=tuple(self._topic(*each) for each in weights_of))

    def _is_passing(self, at: int) -> bool:
        """Whether nothing needs to match it: said in passing, or as a preference."""
        if at in self._phrase_at:
            return False
        meant = self._tokens[at].meant
        return at in self._used_up or meant in self._soft_stop_words or is_small_number(meant)

    def _phrase_clause(self, phrase: PhraseMatch) -> Clause:
        telling = [
            at for at in phrase.positions if self._tokens[at].meant not in self._soft_stop_words
        ]
        words = telling or phrase.positions
        damping = 1.0 if len(words) == 1 else weights.WORD_OF_A_RUN
        is_doubted = self._nearest is not None and not self._nearest.bears_out(
            phrase.weights, self._broader
        )
        share = weights.DOUBTED if is_doubted else 1.0
        return Clause(
            tuple(_forms(self._tokens[at], damping * share) for at in words),
            topics=tuple(
                self._topic(code, share * value, narrow=code in phrase.narrow)
                for code, value in phrase.weights.items()
            ),
            spellings=tuple(form for at in phrase.positions for form in self._joined(at)),
            is_required=not is_doubted,
            is_required_alone=True,
        )

    def _topic(self, code: str, weight: float, *, narrow: bool = False) -> Topic:
        broader = None if narrow else self._broader.get(code)
        return Topic(
            code,
            self._names.get(code, code),
            weight,
            self._groups.get(code, frozenset()),
            Topic(broader, self._names[broader], weight) if broader else None,
        )

    def _joined(self, at: int) -> Iterator[WordForm]:
        """This word and the one after it, or before it, written as one."""
        for first in (at - 1, at):
            if 0 <= first < len(self._tokens) - 1:
                one = self._tokens[first].meant + self._tokens[first + 1].meant
                if len(one) >= _SHORTEST_JOINED and self._vocabulary.knows(one):
                    yield WordForm((one,))

    def guess(self) -> UnderstoodWord | None:
        """The words as a whole and the nearest topics, if these were asked for."""
        if self._nearest is None:
            return None
        codes = self._nearest.weights
        return UnderstoodWord(
            text=self._nearest.words,
            kind=WordKind.TERM,
            detail=self._terms(codes),
            topics=tuple(codes),
        )

    def _terms(self, codes: Iterable[str]) -> str:
        return ", ".join(self._names.get(code, code) for code in codes)

    def kinds(self) -> Iterator[UnderstoodWord]:
        """What each word or phrase was taken for."""
        done: set[tuple[int, ...]] = set()
        for at, token in enumerate(self._tokens):
            phrase = self._phrase_at.get(at)
            if self._town and at in self._town.positions:
                if at == self._town.positions[0]:
                    text = " ".join(self._tokens[i].meant for i in self._town.positions)
                    yield UnderstoodWord(
                        text=text, kind=WordKind.PLACE, detail=self._town.place.name
                    )
            elif phrase:
                if phrase.positions not in done:
                    done.add(phrase.positions)
                    yield UnderstoodWord(
                        text=self._text(phrase),
                        kind=WordKind.TERM,
                        detail=self._terms(phrase.weights),
                        topics=tuple(phrase.weights),
                        is_name=phrase.is_name,
                        positions=phrase.positions,
                    )
            else:
                kind, detail = self._kind(at, token)
                yield UnderstoodWord(text=token.meant, kind=kind, detail=detail, positions=(at,))

    def _kind(self, at: int, token: WordInterpretation) -> tuple[WordKind, str]:
        """What a word by itself was taken for, with the detail."""
        if at in self._used_up:
            return WordKind.PREFERENCE, self._used_up[at].value
        if self._is_passing(at):
            return WordKind.PASSING, ""
        if token.meant != token.typed:
            return WordKind.CORRECTED, token.typed
        is_name = self._vocabulary.is_mostly_of_organizations(token.meant)
        return (WordKind.ORGANIZATION if is_name else WordKind.WORD), ""

    def _text(self, phrase: PhraseMatch) -> str:
        return " ".join(self._tokens[at].meant for at in phrase.positions)


def _forms(token: WordInterpretation, damping: float) -> tuple[WordForm, ...]:
    return tuple(WordForm((form,), damping) for form in token.forms)


def _key(tokens: Iterable[WordInterpretation], parsed: ParsedText) -> str:
    words = [token.meant for token in tokens]
    return whole_name_key(
        " ".join([*words, *(word for phrase in parsed.phrases for word in phrase)])
    )


def _phrases_and_zip(parsed: ParsedText) -> Iterator[UnderstoodWord]:
    """What was taken out before words were read: quoted phrases and a ZIP code."""
    for phrase in parsed.phrases:
        yield UnderstoodWord(text=" ".join(phrase), kind=WordKind.PHRASE)
    if place := parsed.place:
        yield UnderstoodWord(text=place.zip_code, kind=WordKind.PLACE, detail=place.name)


def _notices(parsed: ParsedText) -> Iterator[Notice]:
    """What was left out or is empty."""
    if parsed.shortened:
        yield Notice(kind="shortened", details={"letters": str(LONGEST_QUERY)})
    if parsed.meaningless:
        yield Notice(kind="no-words")


def _corrections(
    tokens: Iterable[WordInterpretation], left_out: Container[int]
) -> Iterator[Notice]:
    """One notice for each word typed, though it may have been two in one.

    Args:
        left_out: positions of tokens of which nothing is said.
    """
    meant: dict[str, list[str]] = {}
    for at, token in enumerate(tokens):
        if token.meant != token.typed and at not in left_out:
            meant.setdefault(token.typed, []).append(token.meant)
    for typed, words in meant.items():
        yield Notice(kind="corrected", details={"from": typed, "to": " ".join(words)})
