"""Tokenizer of queries: words, "quoted phrases" and a ZIP code. Nothing else has meaning.

No other query language is understood, so no character a person may type can do harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from referral.fields.places.lookup import Place, find_zip
from referral.search.analysis import STOP_WORDS, all_words_of, stem, words_of

LONGEST_QUERY = 200
MOST_WORDS = 32
_MOST_SAID = 2 * MOST_WORDS  # small words and repetitions included

_ENGLISH = """
help need find looking look want please near nearby close closest nearest around someone somebody
something information info service services program programs assistance
"""
_SPANISH = """
ayuda ayudar necesito busco buscar quiero encontrar cerca favor servicio servicios programa
programas informacion alguien
"""
# Said in passing: they count when nothing else is said, and otherwise only for the order.
SOFT_STOP_WORDS = frozenset(_ENGLISH.split() + _SPANISH.split())

# Who says one of these asks to give, not to be given.
_GIVING = """
volunteer volunteers volunteering donate donates donating donation donations give giving
contribute sponsor sponsoring host hosting mentor mentoring foster fundraiser charity adopt
voluntario voluntaria voluntarios voluntariado donar donacion donaciones regalar dar
"""
GIVING_WORDS = frozenset(_GIVING.split())
_TO_VOLUNTEER = stem("volunteer", "english")

_LONGEST_COUNT = 2  # digits

_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_PHRASE = re.compile(r'"([^"]*)"')
_ZIP = re.compile(r"(?<![\w-])(\d{5})(?:-\d{4})?(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """The parts of what was typed.

    Attributes:
        words: that count, folded, without repetition.
        said: the first words of all, folded, small words and repetitions included.
        phrases: each the folded words of one quoted phrase.
        place: of the first ZIP code among the words, when it was looked for.
        shortened: whether something was left out for length.
        meaningless: something was typed, and none of it counts.
    """

    words: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    place: Place | None = None
    shortened: bool = False
    meaningless: bool = False


def tokenize_query(text: str, *, with_place: bool) -> ParsedText:
    """Take a question apart.

    Args:
        with_place: whether a known ZIP code is taken out of the words as the place asked about.
    """
    whole, text = text, text[:LONGEST_QUERY].translate(_QUOTES)
    place = None
    if with_place:
        text, place = _without_zip(text)
    phrases = [words_of(phrase) for phrase in _PHRASE.findall(text)]
    rest = _PHRASE.sub(" ", text)
    said = all_words_of(rest)
    words = list(dict.fromkeys(word for word in said if word not in STOP_WORDS))
    words += [phrase[0] for phrase in phrases if len(phrase) == 1 and phrase[0] not in words]
    phrases = [phrase for phrase in phrases if len(phrase) > 1]
    room = MOST_WORDS - sum(len(phrase) for phrase in phrases[:MOST_WORDS])
    return ParsedText(
        words=tuple(words[: max(room, 0)]),
        said=tuple(said[:_MOST_SAID]),
        phrases=tuple(tuple(phrase[:MOST_WORDS]) for phrase in phrases[:MOST_WORDS]),
        place=place,
        shortened=len(whole) > LONGEST_QUERY or len(words) > max(room, 0),
        meaningless=bool(whole.strip()) and not (words or phrases or place),
    )


def asks_to_give(words: Iterable[str]) -> bool:
    """Whether who says these words offers something, also if misspelt so that the stem stays."""
    return any(word in GIVING_WORDS or stem(word, "english") == _TO_VOLUNTEER for word in words)


def is_small_number(word: str) -> bool:
    """Whether a word counts people, years or hours: outside a phrase it tells no need."""
    return len(word) <= _LONGEST_COUNT and word.isdecimal()


def _without_zip(text: str) -> tuple[str, Place | None]:
    for match in _ZIP.finditer(text):
        if place := find_zip(match[1]):
            return text[: match.start()] + " " + text[match.end() :], place
    return text, None
