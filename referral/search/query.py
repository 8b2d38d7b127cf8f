"""From the parts of a question to what is looked up, with the help of the index's own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from whoosh.reading import IndexReader

from referral.records.places import Place
from referral.records.search import Notice
from referral.search.analysis import name_key, stem
from referral.search.schema import TEXT_FIELDS
from referral.search.vocabulary import Vocabulary
from referral.search.wording import LONGEST_QUERY, PASSING_WORDS, Wording


@dataclass(frozen=True, slots=True)
class Lookup:
    """One entry of the index: a term in a field, or several that must stand side by side."""

    field: str
    terms: tuple[str, ...]
    weight: float

    @property
    def why(self) -> str:
        """What a result says that is found by this."""
        return TEXT_FIELDS[self.field].why


@dataclass(frozen=True, slots=True)
class Clause:
    """A word or phrase: found wherever one of its lookups is."""

    lookups: tuple[Lookup, ...]
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked up.

    Attributes:
        clauses: all required ones must be found; the others only add to the score.
        loose: what is tried when that finds nothing: any of these will do.
        key: as a whole the name of a service or organization, perhaps.
        near: where distances are measured from.
        notices, understood: as in ``Answer``.
    """

    clauses: tuple[Clause, ...] = ()
    loose: tuple[Clause, ...] = ()
    key: str = ""
    near: Place | None = None
    notices: tuple[Notice, ...] = ()
    understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one word is taken: as it is, as another that was meant, or as the beginning of some."""

    typed: str
    meant: str
    forms: tuple[str, ...]


def understand(
    wording: Wording, near: Place | None, reader: IndexReader, vocabulary: Vocabulary
) -> Question:
    """Look the words up in the vocabulary and say what to look for."""
    last = wording.words[-1] if wording.words else ""
    readings = [
        _read_word(word, reader, vocabulary, is_last=word == last) for word in wording.words
    ]
    phrases = [Clause(tuple(_phrase_lookups(phrase))) for phrase in wording.phrases]
    words = _word_clauses(readings, alone=not phrases)
    in_phrases = [
        Clause(tuple(_word_lookups(word))) for phrase in wording.phrases for word in phrase
    ]
    return Question(
        clauses=(*phrases, *words),
        loose=(*words, *in_phrases),
        key=_key(readings, wording),
        near=near or wording.place,
        notices=(*_notices(wording), *_corrections(readings)),
        understood=tuple(_understood(readings, wording)),
    )


def _read_word(
    word: str, reader: IndexReader, vocabulary: Vocabulary, *, is_last: bool
) -> _Reading:
    """A word that the index knows is never bent; the last may still be unfinished."""
    if vocabulary.knows(reader, word):
        return _Reading(word, word, (word,))
    if is_last and (forms := vocabulary.beginning_with(reader, word)):
        return _Reading(word, word, tuple(forms))
    meant = vocabulary.nearest(reader, word)
    return _Reading(word, meant or word, (meant or word,))


def _word_clauses(readings: Iterable[_Reading], *, alone: bool) -> list[Clause]:
    readings = list(readings)
    passing = [reading for reading in readings if reading.meant in PASSING_WORDS]
    only_passing = alone and len(passing) == len(readings)
    return [
        Clause(
            tuple(lookup for form in reading.forms for lookup in _word_lookups(form)),
            is_required=only_passing or reading not in passing,
        )
        for reading in readings
    ]


def _word_lookups(word: str) -> Iterator[Lookup]:
    for name, field in TEXT_FIELDS.items():
        term = stem(word, field.language) if field.language else word
        yield Lookup(name, (term,), field.weight)


def _phrase_lookups(words: tuple[str, ...]) -> Iterator[Lookup]:
    for name, field in TEXT_FIELDS.items():
        if field.language:
            yield Lookup(name, tuple(stem(word, field.language) for word in words), field.weight)


def _key(readings: Iterable[_Reading], wording: Wording) -> str:
    words = [reading.meant for reading in readings]
    return name_key(" ".join([*words, *(word for phrase in wording.phrases for word in phrase)]))


def _notices(wording: Wording) -> Iterator[Notice]:
    if wording.place:
        yield Notice(
            kind="place",
            text=f"Distances are measured from {wording.place.name}.",
            details={"zip": wording.place.zip_code, "name": wording.place.name},
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


def _corrections(readings: Iterable[_Reading]) -> Iterator[Notice]:
    for reading in readings:
        if reading.meant != reading.typed:
            yield Notice(
                kind="corrected",
                text=f"Showing results for “{reading.meant}” in place of “{reading.typed}”.",
                details={"from": reading.typed, "to": reading.meant},
            )


def _understood(readings: Iterable[_Reading], wording: Wording) -> Iterator[str]:
    yield from (reading.meant for reading in readings)
    yield from (f"“{' '.join(phrase)}”" for phrase in wording.phrases)
    if wording.place:
        yield f"near {wording.place.name}"
