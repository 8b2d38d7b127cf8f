"""Interpretation of a tokenized query: corrections, prefixes, towns, topics and clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from referral.fields.places.lookup import Place
from referral.search import weights
from referral.search.analysis import whole_name_key
from referral.search.clauses import Clause, ParsedQuery, Topic, WordForm
from referral.search.query import Notice, UnderstoodWord, WordKind
from referral.search.understanding.phrasebook import Phrasebook, PhraseMatch
from referral.search.understanding.tokenize import (
    GIVING_WORDS,
    LONGEST_QUERY,
    ParsedText,
)
from referral.search.understanding.towns import (
    Neighbourhood,
    Town,
    find_town,
)
from referral.search.understanding.vocabulary import Vocabulary

_MOST_SLIPS = 8  # words put right in one question; more is no question


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What words are understood with.

    Attributes:
        vocabulary: the words of the index.
        phrasebook: what people say and mean.
        neighbourhood: where towns are known without their state; None to look for no town.
    """

    vocabulary: Vocabulary
    phrasebook: Phrasebook
    neighbourhood: Neighbourhood | None = None


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
    """The readings of the words, and the town among them; its words are then not corrected.

    The positions of the town are those of the readings.
    """
    town = _town(words, knowledge)
    of_town = set(town.positions) if town else set()
    readings: list[WordInterpretation] = []
    slips = 0
    for position, word in enumerate(words):
        if position in of_town or slips >= _MOST_SLIPS or _is_known(word, knowledge):
            readings += interpret_literally([word])
        else:
            slips += 1
            is_last = position == len(words) - 1
            readings += _read_unknown(word, knowledge, is_last=is_last)
    meant = tuple(reading.meant for reading in readings)
    return readings, _town(meant, knowledge)


def _town(words: tuple[str, ...], knowledge: Knowledge) -> Town | None:
    if knowledge.neighbourhood is None:
        return None

    def means_else(named: Iterable[str]) -> bool:
        named = list(named)
        runs = knowledge.phrasebook.runs_in(named)
        is_topic = sum(len(run.positions) for run in runs) == len(named)
        return is_topic or (len(named) == 1 and knowledge.vocabulary.is_rather_a_name(named[0]))

    return find_town(words, knowledge.neighbourhood, means_else)


def _is_known(word: str, knowledge: Knowledge) -> bool:
    """A word that somebody knows is never bent."""
    phrasebook = knowledge.phrasebook
    return word in phrasebook or word in phrasebook.passing or knowledge.vocabulary.knows(word)


def _read_unknown(
    word: str, knowledge: Knowledge, *, is_last: bool
) -> Iterator[WordInterpretation]:
    """The last word may still be unfinished; others are two in one, or misspelt."""
    vocabulary, phrasebook = knowledge.vocabulary, knowledge.phrasebook
    if is_last and (forms := vocabulary.beginning_with(word)):
        yield WordInterpretation(word, word, tuple(forms))
        return
    parts = vocabulary.split(word, phrasebook)
    if len(parts) > 1:
        yield from (WordInterpretation(word, part, (part,)) for part in parts)
    else:  # a word and a small one ("foodfor"), unless it rather is a slip ("evicton")
        meant = vocabulary.nearest(word, phrasebook) or "".join(parts) or word
        yield WordInterpretation(word, meant, (meant,))


_SHORTEST_JOINED = 6  # letters of two words that may as well be written as one


def interpret_query(
    wording: ParsedText,
    near: Place | None,
    knowledge: Knowledge,
    *,
    exactly: bool = False,
) -> ParsedQuery:
    """Say what to look for.

    Args:
        near: given apart from the words: then no town is looked for among them.
        exactly: take the words literally.
    """
    town: Town | None = None
    if exactly:
        readings, runs = interpret_literally(wording.words), []
    else:
        readings, town = interpret_words(wording.words, knowledge)
        if near or wording.place:
            town = None
        runs = _runs(readings, town, knowledge.phrasebook)
    maker = _ClauseMaker(readings, town, runs, knowledge)
    phrases = [Clause(((WordForm(phrase),),)) for phrase in wording.phrases]
    words = list(maker.clauses(alone=not phrases, exactly=exactly))
    in_phrases = [Clause(((WordForm((word,)),),)) for phrase in wording.phrases for word in phrase]
    place = near or wording.place or (town.place if town else None)
    found_place = wording.place or (town.place if town else None)
    return ParsedQuery(
        clauses=(*phrases, *words),
        loose=(*words, *in_phrases),
        key=_key(readings, wording),
        near=place,
        asks_to_give=not GIVING_WORDS.isdisjoint(reading.meant for reading in readings),
        notices=(*_notices(wording, found_place), *_corrections(readings), *maker.explanations()),
        understood=tuple(_understood(readings, wording, town, found_place)),
        words=(*maker.kinds(), *_set_apart(wording)),
    )


def _runs(
    readings: Sequence[WordInterpretation], town: Town | None, phrasebook: Phrasebook
) -> list[PhraseMatch]:
    """The runs that stand for topics; the words of a town stand for nothing else.

    Nor does one word said in passing, unless nothing else is said.
    """
    of_town = set(town.positions) if town else set()
    positions = [at for at in range(len(readings)) if at not in of_town]
    words = [readings[at].meant for at in positions]
    only_passing = phrasebook.passing.issuperset(words)
    return [
        PhraseMatch(tuple(positions[at] for at in run.positions), run.weights, is_name=run.is_name)
        for run in phrasebook.runs_in(words)
        if only_passing
        or len(run.positions) > 1
        or words[run.positions[0]] not in phrasebook.passing
    ]


class _ClauseMaker:
    """Puts readings, town and runs together."""

    def __init__(
        self,
        readings: Sequence[WordInterpretation],
        town: Town | None,
        runs: Sequence[PhraseMatch],
        knowledge: Knowledge,
    ) -> None:
        self._readings = readings
        self._town = town
        self._town_name = town.name_positions if town else ()
        self._run_at: Mapping[int, PhraseMatch] = {at: run for run in runs for at in run.positions}
        self._runs = runs
        self._passing = knowledge.phrasebook.passing
        self._names = knowledge.phrasebook.term_names
        self._groups = knowledge.phrasebook.groups
        self._vocabulary = knowledge.vocabulary

    def clauses(self, *, alone: bool, exactly: bool) -> Iterator[Clause]:
        """A clause for each run and for each other word.

        Args:
            alone: there are no quoted phrases.
        """
        passing = [self._is_passing(at) for at in range(len(self._readings))]
        only_passing = alone and not self._town and all(passing)
        done: set[tuple[int, ...]] = set()
        for at, reading in enumerate(self._readings):
            run = self._run_at.get(at)
            if run:
                if run.positions not in done:
                    done.add(run.positions)
                    yield self._run_clause(run)
                continue
            in_town = self._town is not None and at in self._town.positions
            damping = weights.PASSING_WORD if passing[at] and not only_passing else 1.0
            yield Clause(
                (_forms(reading, damping),),
                spellings=() if exactly else tuple(self._joined(at)),
                is_required=not in_town and (only_passing or not passing[at]),
                names_town=in_town and at in self._town_name,
            )

    def _is_passing(self, at: int) -> bool:
        return at not in self._run_at and self._readings[at].meant in self._passing

    def _run_clause(self, run: PhraseMatch) -> Clause:
        telling = [at for at in run.positions if self._readings[at].meant not in self._passing]
        words = telling or run.positions
        damping = 1.0 if len(words) == 1 else weights.WORD_OF_A_RUN
        return Clause(
            tuple(_forms(self._readings[at], damping) for at in words),
            topics=tuple(self._topic(code, weight) for code, weight in run.weights.items()),
            spellings=tuple(form for at in run.positions for form in self._joined(at)),
        )

    def _topic(self, code: str, weight: float) -> Topic:
        groups = self._groups.get(code, frozenset())
        return Topic(code, self._names.get(code, code), weight, groups)

    def _joined(self, at: int) -> Iterator[WordForm]:
        """This word and the one after it, or before it, written as one."""
        for first in (at - 1, at):
            if 0 <= first < len(self._readings) - 1:
                one = self._readings[first].meant + self._readings[first + 1].meant
                if len(one) >= _SHORTEST_JOINED and self._vocabulary.knows(one):
                    yield WordForm((one,))

    def explanations(self) -> Iterator[Notice]:
        """What words were taken to stand for, where they do not say it themselves."""
        for run in self._runs:
            if not run.is_name:
                words = self._text(run)
                terms = ", ".join(self._names.get(code, code) for code in run.weights)
                yield Notice(
                    kind="understood",
                    text=f"Showing “{terms}” for “{words}”.",
                    details={"words": words, "terms": terms, "topics": "|".join(run.weights)},
                )

    def kinds(self) -> Iterator[UnderstoodWord]:
        """What each word or run was taken for."""
        done: set[tuple[int, ...]] = set()
        for at, reading in enumerate(self._readings):
            run = self._run_at.get(at)
            if self._town and at in self._town.positions:
                if at == self._town.positions[0]:
                    text = " ".join(self._readings[i].meant for i in self._town.positions)
                    yield UnderstoodWord(
                        text=text, kind=WordKind.PLACE, detail=self._town.place.name
                    )
            elif run:
                if run.positions not in done:
                    done.add(run.positions)
                    terms = ", ".join(self._names.get(code, code) for code in run.weights)
                    yield UnderstoodWord(text=self._text(run), kind=WordKind.TERM, detail=terms)
            else:
                yield self._kind(at, reading)

    def _kind(self, at: int, reading: WordInterpretation) -> UnderstoodWord:
        if self._is_passing(at):
            return UnderstoodWord(text=reading.meant, kind=WordKind.PASSING)
        if reading.meant != reading.typed:
            return UnderstoodWord(text=reading.meant, kind=WordKind.CORRECTED, detail=reading.typed)
        is_name = self._vocabulary.is_mostly_of_organizations(reading.meant)
        kind = WordKind.ORGANIZATION if is_name else WordKind.WORD
        return UnderstoodWord(text=reading.meant, kind=kind)

    def _text(self, run: PhraseMatch) -> str:
        return " ".join(self._readings[at].meant for at in run.positions)


def _forms(reading: WordInterpretation, damping: float) -> tuple[WordForm, ...]:
    return tuple(WordForm((form,), damping) for form in reading.forms)


def _key(readings: Iterable[WordInterpretation], wording: ParsedText) -> str:
    words = [reading.meant for reading in readings]
    return whole_name_key(
        " ".join([*words, *(word for phrase in wording.phrases for word in phrase)])
    )


def _notices(wording: ParsedText, place: Place | None) -> Iterator[Notice]:
    if place:
        yield Notice(
            kind="place",
            text=f"Distances are measured from {place.name}.",
            details={"zip": place.zip_code, "name": place.name},
        )
    if wording.shortened:
        yield Notice(
            kind="shortened",
            text="Only the first words were looked for; a few words find more than many.",
            details={"letters": str(LONGEST_QUERY)},
        )
    if wording.meaningless:
        yield Notice(
            kind="no-words",
            text="There was no word to look for, so everything is shown.",
        )


def _corrections(readings: Iterable[WordInterpretation]) -> Iterator[Notice]:
    """One notice for each word typed, though it may have been two in one."""
    meant: dict[str, list[str]] = {}
    for reading in readings:
        if reading.meant != reading.typed:
            meant.setdefault(reading.typed, []).append(reading.meant)
    for typed, words in meant.items():
        text = " ".join(words)
        yield Notice(
            kind="corrected",
            text=f"Showing results for “{text}” in place of “{typed}”.",
            details={"from": typed, "to": text},
        )


def _set_apart(wording: ParsedText) -> Iterator[UnderstoodWord]:
    """What was taken out before words were read: quoted phrases and a ZIP code."""
    for phrase in wording.phrases:
        yield UnderstoodWord(text=" ".join(phrase), kind=WordKind.PHRASE)
    if place := wording.place:
        yield UnderstoodWord(text=place.zip_code, kind=WordKind.PLACE, detail=place.name)


def _understood(
    readings: Sequence[WordInterpretation],
    wording: ParsedText,
    town: Town | None,
    place: Place | None,
) -> Iterator[str]:
    of_town = set(town.positions) if town else set()
    yield from (reading.meant for at, reading in enumerate(readings) if at not in of_town)
    yield from (f"“{' '.join(phrase)}”" for phrase in wording.phrases)
    if place:
        yield f"near {place.name}"
