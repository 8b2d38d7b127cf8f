"""Search for known streets in running text: a house number and a street name in one sentence.

The name may be before or after the number. Number and name are a street if they are adjacent, or if
all words between are linking words ("4127, on the corner of Larkspur"). Farther apart, the name
needs a type or direction, and the number must not be a count, year, phone or suite, nor belong to
another street.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from referral.fields.number_words import CARDINALS, INSIDE, ORDINALS
from referral.fields.street_words import (
    DIRECTION_ABBREVIATIONS,
    ROADS,
    TYPE_ABBREVIATIONS,
    TYPES,
    UNITS,
    Token,
    Word,
    direction_letters,
    name_of,
    number_words_at,
    old_name_of,
    old_word,
    to_words,
    tokenize,
    without_fractions,
)
from referral.fields.text import without_accents

_SHORT_RUN_LETTERS = 30
_WORDS_EACH_SIDE = 8  # of a number
_MOST_WORDS_OF_NAME = 5
_MOST_DIGITS = 6
_MOST_NUMBERS_OF_RANGE = 200
_TOKENS_EACH_SIDE = 18  # of a number; several may be one word
_ZIP_DIGITS = 5
_FEWEST_LETTERS_BETWEEN_SENTENCES = 2
_MOST_LETTERS_OF_PHONE = 16
_FIRST_YEAR, _LAST_YEAR, _LAST_DAY = 1800, 2100, 31
_MOST_WORDS_OF_COUNT = 3
_DIGITS_OF_SURE_NUMBER = 3
_NUMBER_WORDS = {*CARDINALS, *ORDINALS}
_DIGITS = re.compile(r"0*(\d{1,6})[a-z]?\Z")
_RANGE_GAPS = frozenset({"-", "–"})
_PIECE_GAP = re.compile(r"[\s\-–,.·]")
_SENTENCE_END = re.compile(r"[!?]\s|\n\s*\n|\.[\"'”’)\]]{0,2}\s")
_ABBREVIATIONS = TYPE_ABBREVIATIONS - {word for word, short in TYPES.items() if word == short} | {
    *("av", "aven", "avda", "boul", "blv", "circ", "crt", "drv", "str", "sqr", "terr", "tr", "wy"),
    *("no", "num", "nro", "mt", "ft", "ste", "jr", "sr", "dr", "apt", "bldg", "rm", "fl", "rt"),
    *("rte", "us", "ext", "hno", "rev", "gen", "sta", "sto", "gral", "fr", "pres", "so"),
    *("ne", "nw", "se", "sw"), *ROADS,
}  # fmt: skip
# Words that link a house number to its street.
_LINKING_WORDS = frozenset({
    *("on", "of", "at", "the", "in", "along", "is", "block", "corner", "address", "house", "home"),
    *("de", "del", "la", "las", "el", "los", "en", "sobre", "por", "esquina", "es", "casa"),
    *("no", "num", "number", "numero", "nro", "n", "nº", "#", "a", "and", "y", "con", "rev"),
})  # fmt: skip
_WORDS_BEFORE_UNIT_NUMBER = UNITS - {"no", "num", "number", "#", "lot", "bldg", "building"} | {
    *("ext", "extension", "x", "fax", "tel", "phone", "telefono", "ste", "bus", "aula"),
}  # fmt: skip
_WORDS_BEFORE_YEAR = frozenset({
    *("in", "since", "until", "from", "year", "during", "founded", "established", "before"),
    *("after", "by", "en", "desde", "hasta", "ano", "fundado", "fundada", "january"),
    *("february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
})  # fmt: skip
_COUNTED_THINGS = frozenset({
    "people", "staff", "men", "women", "children", "youth", "gente", "am", "pm", "percent", "miles",
})  # fmt: skip
_WORDS_BEFORE_STREET = frozenset({"on", "of", "at", "along", "off", "sobre"})
_WORDS_BEFORE_NUMBER = frozenset({
    *("no", "num", "number", "numero", "nro", "n", "nº", "#", "house", "casa", "home", "building"),
    *("bldg", "marked", "marcada"),
})  # fmt: skip
_LIST_WORDS = frozenset({"and", "or", "y", "o", "to", "through", "#"})
_UNCOUNTED_WORDS = frozenset({
    *("is", "was", "has", "sits", "stands", "faces", "lies", "across", "towards", "always", "this"),
    *("es", "antes", "despues", "detras", "tras", "mas"),
})  # fmt: skip
_PHONE = re.compile(r"(?<!\d)\(?\d{3}(?:\)\s?|[-.·/ ])\d{3}[-.·]\d{4}(?!\d)")
_SHORT_PHONE = re.compile(r"\d{3}[-–]\d{4}")
_TIME_AFTER_NUMBER = re.compile(r":\d|\s?[ap]\.?\s?m\b", re.IGNORECASE)
_TIME_BEFORE_NUMBER = re.compile(r"\d:\Z")
_PUNCTUATION = re.compile(r"\s?[,;:(.]")
_UNIT_AFTER_STREET = re.compile(
    r"[\s,.]*(?:(?:suite|ste|apt|apartment|unit|room|rm|no|number|floor|fl|bldg|building)\b\.?\s*"
    r"#?\s*[\w-]{1,6}|#\s*[\w-]{1,6}|\d{1,2}(?:st|nd|rd|th) (?:floor|fl)\b\.?)",
    re.IGNORECASE,
)
_LONG_DIRECTION = 3  # letters; with more it may begin the name of a city


def _alternation(words: Collection[str]) -> str:
    """Return a pattern for any of some words, grouped by first letter because it runs often."""
    letters = sorted({word[0] for word in words})
    rest_by_letter = {
        letter: sorted((word[1:] for word in words if word[0] == letter), key=len, reverse=True)
        for letter in letters
    }
    return "|".join(f"{letter}(?:{'|'.join(ends)})" for letter, ends in rest_by_letter.items())


def _number_pattern(words: Collection[str]) -> str:
    return rf"(?:(?<!\d)\d{{1,9}}[a-z]?|\b(?:{_alternation(words)})(?![^\W_]))"


_NUMBERS_IN_TEXT = re.compile(
    rf"{_number_pattern(_NUMBER_WORDS)}"
    rf"(?:[\s\-–,.·]{{0,3}}{_number_pattern(_NUMBER_WORDS | INSIDE)})*"
)


@dataclass(frozen=True, slots=True)
class _Number:
    """A token or run of tokens that may be a house number.

    Attributes:
        start: index of the first token, or of the first token of a range.
        is_whole: whether the number is written in one piece, and not in a range.
    """

    digits: str
    start: int
    end: int
    is_whole: bool
    is_word: bool = False
    is_ordinal: bool = False

    @property
    def is_small(self) -> bool:
        """Return whether the number is so short that it may be a time, an age or a count."""
        return len(self.digits) < _DIGITS_OF_SURE_NUMBER


@dataclass(frozen=True, slots=True)
class _Name:
    """Words near a house number that may be a street name: ``words[first:last]``."""

    text: str
    words: Sequence[Word]
    first: int
    last: int

    @property
    def directions(self) -> str:
        """The letters of the directions next to the street name or its type."""
        letters = ""
        position = self.first
        while position and self.words[position - 1].is_direction:
            position -= 1
            letters += self.words[position].normal
        for position in range(self.last, len(self.words)):
            word = self.words[position]
            if word.is_direction and self._is_of_street(position):
                letters += word.normal
            elif not word.is_type or letters:
                break
        return direction_letters(letters)

    def _is_of_street(self, position: int) -> bool:
        """Return whether a direction belongs to the street before it, unlike "north of"."""
        direction, following = self.words[position], self.words[position + 1 : position + 2]
        is_short = len(direction.raw) <= len(direction.normal)
        if (
            "," in self.text[self.words[position - 1].end : direction.start]
            and len(direction.normal) == 1
        ):
            return False
        if (
            not following
            or following[0].is_number
            or following[0].is_type
            or following[0].raw in UNITS
        ):
            return True
        if following[0].raw in {"of", "from", "de", "del"}:
            return False
        return is_short or bool(self.text[direction.end : following[0].start].strip())

    @property
    def is_marked(self) -> bool:
        """Return whether a type, a direction or "the corner of" marks the name as a street."""
        adjacent = (*self.words[max(0, self.first - 1) : self.first], *self.words[self.last :][:1])
        if any(word.is_type or word.is_direction for word in adjacent):
            return True
        words_before = [word.raw for word in self.words[max(0, self.first - 5) : self.first]]
        return bool(
            {"corner", "esquina"} & {*words_before} or _WORDS_BEFORE_STREET & {*words_before[-1:]}
        )

    @property
    def is_longer(self) -> bool:
        """Return whether the street name goes on, as "Larkspur" does in "Larkspur Hill Road"."""
        following = self.words[self.last : self.last + 2]
        if len(following) < 2 or following[0].is_type or not following[1].is_type:
            return False
        written = self.text[following[0].start : following[0].end]
        gaps = (
            self.text[self.words[self.last - 1].end : following[0].start],
            self.text[following[0].end : following[1].start],
        )
        is_name = (
            written.istitle()
            and following[0].raw not in _LINKING_WORDS
            and not following[0].is_direction
        )
        return is_name and not any(gap.strip() for gap in gaps)

    @property
    def is_weak(self) -> bool:
        """Return whether the street name is only a number or a letter."""
        name = name_of(self.words[self.first : self.last])
        return name.isdigit() or len(name) == 1

    @property
    def is_code(self) -> bool:
        """Return whether the street name is part of a code of letters and digits."""
        following = self.words[self.last : self.last + 1]
        before = self.words[max(0, self.first - 1) : self.first]
        is_glued = self.words[self.first].is_glued and not (before and before[0].is_direction)
        return is_glued or bool(following and following[0].is_glued and not following[0].is_type)

    def has_number(self, digits: str) -> bool:
        """Return whether a house number other than ``digits`` is next to the street name."""
        first, last = self.first, self.last
        while last < len(self.words) and (
            self.words[last].is_type or self.words[last].is_direction
        ):
            last += 1
        while first and self.words[first - 1].is_direction:
            first -= 1
        adjacent = (*self.words[max(0, first - 1) : first], *self.words[last : last + 1])
        return any(
            word.is_number and not word.is_ordinal and word.normal != digits
            and len(word.normal) != _ZIP_DIGITS
            for word in adjacent
        )  # fmt: skip

    @property
    def start(self) -> int:
        """The character where the street name begins, with its type and directions."""
        first = self.first
        while first and (self.words[first - 1].is_type or self.words[first - 1].is_direction):
            first -= 1
        return self.words[first].start

    @property
    def end(self) -> int:
        """The character where the street name ends, with its type, directions and suite."""
        last = self.last
        while last < len(self.words) and (
            self.words[last].is_type or self.words[last].is_direction
        ):
            last += 1
        return _end_with_unit(self.text, self.words[last - 1].end)


def find_streets(
    text: str,
    is_number: Callable[[str], bool],
    is_street: Callable[[str], bool],
    has_directions: Callable[[str, str], bool] = lambda _street, _directions: True,
) -> Iterator[tuple[int, int]]:
    """Yield start and end of known streets in running text, with type, directions and suite.

    Args:
        is_number: whether a house number may belong to a known street.
        is_street: whether a street key (house number and name) is known.
        has_directions: whether the street of a known key may have these letters of directions.
    """
    if not any(map(is_number, numbers_in(text))):
        return
    search = _Search(text, is_street, has_directions)
    last_end = 0
    for position in range(len(search.tokens)):
        for number in _iter_numbers_at(text, search.tokens, position):
            if search.tokens[number.start].start < last_end or not is_number(number.digits):
                continue
            if span := search.street_at(number, last_end):
                last_end = span[1]
                yield span
                break


def numbers_in(text: str) -> set[str]:
    """Return the digits of all possible house numbers in a text, as a superset."""
    numbers: set[str] = set()
    folded = without_accents(without_fractions(text).casefold())
    for match in _NUMBERS_IN_TEXT.finditer(folded):
        run = match.group()
        if run.isdigit():
            numbers.add(run.lstrip("0"))
        else:
            numbers |= (
                _numbers_in_short_run if len(run) < _SHORT_RUN_LETTERS else _numbers_in_run
            )(run)
    return numbers


def _numbers_in_run(run: str) -> frozenset[str]:
    tokens = tokenize(run)
    numbers_by_token = (_iter_numbers_at(run, tokens, position) for position in range(len(tokens)))
    return frozenset(number.digits for number in chain.from_iterable(numbers_by_token))


_numbers_in_short_run = lru_cache(maxsize=1 << 13)(_numbers_in_run)


def _iter_numbers_at(text: str, tokens: Sequence[Token], position: int) -> Iterator[_Number]:
    """Yield the possible house numbers that begin at a token, or whose range ends there."""
    token = tokens[position]
    if _is_inside_word(tokens, position):
        return
    if match := _DIGITS.match(token.raw):
        digits = match[1]
        previous = tokens[position - 1] if position else None
        if (
            previous
            and (range_start := _DIGITS.match(previous.raw))
            and text[previous.end : token.start].strip() in _RANGE_GAPS
        ):
            yield _Number(digits, position - 1, position + 1, is_whole=False)
            for number in _iter_range(range_start[1], digits):
                yield _Number(number, position - 1, position + 1, is_whole=False)
        else:
            yield _Number(digits, position, position + 1, is_whole=True)
        yield from _iter_pieces(text, tokens, position)
    elif ordinal := old_word(token.raw) if old_word(token.raw).isdigit() else "":
        yield _Number(
            ordinal, position, position + 1, is_whole=False, is_ordinal=True
        )  # "26th and Folsom"
    for digits, count in number_words_at(tokens, position):
        yield _Number(digits, position, position + count, is_whole=True, is_word=True)


def _is_inside_word(tokens: Sequence[Token], position: int) -> bool:
    """Return whether letters are attached before a number, as in a code."""
    if not position or tokens[position - 1].end != tokens[position].start:
        return False
    raw = tokens[position - 1].raw
    return raw.isalpha() and raw not in DIRECTION_ABBREVIATIONS and raw not in _WORDS_BEFORE_NUMBER


def _iter_range(first: str, last: str) -> Iterator[str]:
    """Yield the house numbers of a range, whose end may be shortened ("4112-16")."""
    end = int(first[: max(0, len(first) - len(last))] + last)
    start = int(first)
    if end - start <= _MOST_NUMBERS_OF_RANGE:
        yield from (f"{number}" for number in range(start, end + 1))


def _iter_pieces(text: str, tokens: Sequence[Token], position: int) -> Iterator[_Number]:
    """Yield house numbers that are written in pieces, as in "41 27" and "4,127"."""
    digits = tokens[position].raw
    for end in range(position + 1, min(position + _MOST_DIGITS, len(tokens))):
        piece = _DIGITS.match(tokens[end].raw)
        gap = text[tokens[end - 1].end : tokens[end].start]
        if not piece or not digits.isdigit() or not _PIECE_GAP.fullmatch(gap):
            return
        digits += tokens[end].raw
        joined = _DIGITS.match(digits)
        if not joined:
            return
        yield _Number(joined[1], position, end + 1, is_whole=False)


class _Search:
    """A search for known streets in one text, whose words are parsed once."""

    def __init__(
        self,
        text: str,
        is_street: Callable[[str], bool],
        has_directions: Callable[[str, str], bool],
    ) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self._all_words: list[Word] = []
        self._word_starts: list[int] | None = None
        self._is_street = is_street
        self._has_directions = has_directions

    def street_at(self, number: _Number, search_start: int) -> tuple[int, int] | None:
        """Return start and end of the street of a house number, after ``search_start``, or None."""
        if self._is_in_phone(number) or self._is_time(number) or self._is_amount(number):
            return None
        words_after = self._words_between(number, number.end, self._end_of_sentence(number.end))
        sentence_start = self._start_of_sentence(number.start, search_start)
        words_before = self._words_between(number, sentence_start, number.start)
        if not self._may_follow_name(number, words_after):
            words_before = []
        for is_apart in (False, True)[: 1 + self._may_be_apart(number, words_after)]:
            for name in self._names_after(number, words_after, is_apart=is_apart):
                if self._belongs_after(name, number) and self._is_known_street(name, number):
                    return self.tokens[number.start].start, name.end
            for name in self._names_before(number, words_before, is_apart=is_apart):
                if self._belongs_before(name, number) and self._is_known_street(name, number):
                    end = _end_with_unit(self.text, self.tokens[number.end - 1].end)
                    return name.start, end + self._has_closing_bracket(name.start, end)
        return None

    def _words_between(self, number: _Number, first: int, last: int) -> Sequence[Word]:
        """Return the words of a range of tokens, from the words of the whole text if possible.

        Next to a number in words they are parsed anew: words of the whole text may overlap it.
        """
        if number.is_word or first >= last:
            return to_words(self.tokens[first:last])
        if self._word_starts is None:
            self._all_words = to_words(self.tokens)
            self._word_starts = [word.start for word in self._all_words]
        start = bisect_left(self._word_starts, self.tokens[first].start)
        return self._all_words[start : bisect_left(self._word_starts, self.tokens[last - 1].end)]

    def _has_closing_bracket(self, start: int, end: int) -> bool:
        """Return whether a bracket that opens in a part of the text closes right after it."""
        count = self.text.count
        is_open = count("(", start, end) > count(")", start, end)
        return is_open and self.text[end : end + 1] == ")"

    def _names_after(
        self, number: _Number, words_after: Sequence[Word], *, is_apart: bool
    ) -> Iterator[_Name]:
        """Yield the known street names after a house number, the nearest first."""
        candidates = {
            *range(_WORDS_EACH_SIDE if is_apart else _count_linking(words_after) + 1),
            _count_listed(words_after),
        }
        for first in sorted(
            first for first in candidates if first < min(len(words_after), _WORDS_EACH_SIDE)
        ):
            for last in range(min(len(words_after), first + _MOST_WORDS_OF_NAME), first, -1):
                if self._has_known_name(number, words_after[first:last]):
                    yield _Name(self.text, words_after, first, last)

    def _names_before(
        self, number: _Number, words_before: Sequence[Word], *, is_apart: bool
    ) -> Iterator[_Name]:
        """Yield the known street names before a house number, the nearest first."""
        nearest = len(words_before)
        farthest = (
            _WORDS_EACH_SIDE
            if is_apart
            else min(_count_linking_back(words_before), _WORDS_EACH_SIDE)
        )
        for last in range(nearest, max(0, nearest - farthest - 1), -1):
            for first in range(max(0, last - _MOST_WORDS_OF_NAME), last):
                if self._has_known_name(number, words_before[first:last]):
                    yield _Name(self.text, words_before, first, last)

    def _has_known_name(self, number: _Number, words: Sequence[Word]) -> bool:
        return any(map(self._is_street, self._street_keys(number, words)))

    def _street_keys(self, number: _Number, words: Sequence[Word]) -> set[str]:
        if len(words) == 1:
            names = {words[0].normal, words[0].old}
        else:
            names = {name_of(words), old_name_of(words)}
        return {f"{number.digits}|{name}" for name in names}

    def _is_known_street(self, name: _Name, number: _Number) -> bool:
        keys = self._street_keys(number, name.words[name.first : name.last])
        return any(
            self._is_street(key) and self._has_directions(key, name.directions) for key in keys
        )

    def _belongs_after(self, name: _Name, number: _Number) -> bool:
        """Return whether a street name after a house number belongs to that number."""
        between = name.words[: name.first]
        if number.is_ordinal:
            return not between
        if (
            name.is_longer
            or (name.is_weak and (name.is_code or not self._is_marked(name, between)))
            or self._is_named_by_direction(between, name.words[name.first].start)
        ):
            return False
        if self._is_followed_by_punctuation(number) and (
            self._is_unit_number(number) or self._is_in_short_phone(number)
        ):
            return False
        if _count_linking(between) == len(between):
            return not (
                (self._is_year_or_day(number) and self._has_words_between(number, between))
                or (number.is_word and number.is_small and _has_linking_word(between))
                or (
                    number.is_small
                    and not number.is_whole
                    and self._is_followed_by_punctuation(number)
                )
            )
        if _count_listed(between) == len(between):
            return not self._is_unit_number(number)  # "4127 and 4129 Larkspur"
        return (
            name.is_marked
            and not name.has_number(number.digits)
            and not self._has_other_street(number, between)
            and not self._is_longer_name(number, between)
        )

    def _may_follow_name(self, number: _Number, words_after: Sequence[Word]) -> bool:
        """Return whether a house number may belong to a street name before it."""
        return not (
            number.is_ordinal
            or self._is_count(number, words_after)
            or self._has_other_street(number, words_after[:_MOST_WORDS_OF_NAME])
        )

    def _belongs_before(self, name: _Name, number: _Number) -> bool:
        """Return whether a street name before a house number belongs to that number."""
        between = name.words[name.last :]
        if (
            name.is_longer
            or (name.is_weak and (name.is_code or not name.is_marked))
            or (between and self._is_unit_number(number))
        ):
            return False
        if _count_linking(between) == len(between):
            return not self._is_year_or_day(number)
        return name.is_marked and not name.has_number(number.digits)

    def _may_be_apart(self, number: _Number, words_after: Sequence[Word]) -> bool:
        """Return whether words other than linking words may separate a number from its street."""
        return (
            number.is_whole
            and (not number.is_small or self._word_before(number) in _WORDS_BEFORE_NUMBER)
            and not self._is_unit_number(number)
            and not self._is_year_or_day(number)
            and not self._is_count(number, words_after)
        )

    def _is_marked(self, name: _Name, between: Sequence[Word]) -> bool:
        """Return whether a number or letter after a house number is marked as a street name."""
        is_road = bool(between) and all(word.raw in ROADS or len(word.raw) == 1 for word in between)
        is_ordinal = name.words[name.first].is_ordinal and all(
            word.is_direction for word in between
        )
        return name.is_marked or is_road or is_ordinal

    def _is_named_by_direction(self, between: Sequence[Word], end: int) -> bool:
        """Return whether a direction is the street's name, as in "12 North Street, Larkspur"."""
        nearest = between[-2:]
        return (
            len(nearest) == 2
            and nearest[0].is_direction
            and nearest[1].is_type
            and "," in self.text[nearest[1].end : end]
        )

    def _is_longer_name(self, number: _Number, between: Sequence[Word]) -> bool:
        """Return whether words before a name belong to it, as in "4127 Old Larkspur Road"."""
        end = self.tokens[number.end - 1].end
        for word in between:
            is_capital = self.text[word.start : word.start + 1].isupper()
            if (
                self.text[end : word.start].strip(" .")
                or not is_capital
                or word.raw in _LINKING_WORDS
            ):
                return False
            end = word.end
        return True

    def _is_unit_number(self, number: _Number) -> bool:
        """Return whether a number belongs to a suite or an extension."""
        return self._word_before(number) in _WORDS_BEFORE_UNIT_NUMBER

    def _is_year_or_day(self, number: _Number) -> bool:
        before = self._word_before(number)
        return before in _WORDS_BEFORE_YEAR and (
            _FIRST_YEAR <= int(number.digits) <= _LAST_YEAR or int(number.digits) <= _LAST_DAY
        )

    def _word_before(self, number: _Number) -> str:
        return self.tokens[number.start - 1].raw if number.start else ""

    def _has_words_between(self, number: _Number, between: Sequence[Word]) -> bool:
        """Return whether a comma, or a word that is no type or direction, follows a number."""
        end = self.tokens[number.end - 1].end
        is_word = bool(between) and not (
            between[0].is_type or between[0].is_direction or between[0].raw in {"de", "del"}
        )
        return is_word or self.text[end : end + 1] == ","

    def _is_count(self, number: _Number, words_after: Sequence[Word]) -> bool:
        """Return whether a number is a count: "475 beds", "26 trained staff"."""
        end = self.tokens[number.end - 1].end
        if self._word_before(number) in _WORDS_BEFORE_NUMBER:
            return False
        for word in words_after[:_MOST_WORDS_OF_COUNT]:
            written = self.text[word.start : word.end]
            if self.text[end : word.start].strip() or not written.islower():
                return False
            if word.raw in _COUNTED_THINGS or (
                word.raw.endswith("s") and word.raw not in _UNCOUNTED_WORDS
            ):
                return word.raw not in _LINKING_WORDS
            if word.raw in _LINKING_WORDS or word.is_type or word.is_direction:
                return False
            end = word.end
        return False

    def _has_other_street(self, number: _Number, words_after: Sequence[Word]) -> bool:
        """Return whether a number is the house number of a name and type after it."""
        has_name = False
        end = self.tokens[number.end - 1].end
        for word in words_after:
            if self.text[end : word.start].strip(" ."):
                return False
            if word.is_type and has_name:
                return True
            has_name |= not (word.is_type or word.is_direction or word.raw in _LINKING_WORDS)
            end = word.end
        return False

    def _is_in_phone(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        search_start = max(0, start - _MOST_LETTERS_OF_PHONE)
        phones = _PHONE.finditer(self.text, search_start, end + _MOST_LETTERS_OF_PHONE)
        return any(match.start() < end and start < match.end() for match in phones)

    def _is_in_short_phone(self, number: _Number) -> bool:
        """Return whether a range of numbers may be a phone number without area code."""
        first, last = self.tokens[number.start], self.tokens[number.end - 1]
        return bool(_SHORT_PHONE.fullmatch(self.text[first.start : last.end]))

    def _is_time(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        return number.is_small and bool(
            _TIME_AFTER_NUMBER.match(self.text, end)
            or _TIME_BEFORE_NUMBER.search(self.text[:start][-3:])
        )

    def _is_amount(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        return self.text[max(0, start - 1) : start] in {"$", "€"} or self.text[end : end + 1] == "%"

    def _is_followed_by_punctuation(self, number: _Number) -> bool:
        """Return whether punctuation follows a number."""
        return bool(_PUNCTUATION.match(self.text, self.tokens[number.end - 1].end))

    def _end_of_sentence(self, position: int) -> int:
        latest = min(len(self.tokens), position + _TOKENS_EACH_SIDE)
        for end in range(position, latest):
            if end and self._is_sentence_end(end):
                return end
        return latest

    def _start_of_sentence(self, position: int, last: int) -> int:
        first = position
        while first > max(0, position - _TOKENS_EACH_SIDE) and self.tokens[first - 1].start >= last:
            if self._is_sentence_end(first):
                break
            first -= 1
        return first

    def _is_sentence_end(self, position: int) -> bool:
        """Return whether a sentence ends before a token, unlike after "St." or "W."."""
        previous = self.tokens[position - 1]
        gap = self.text[previous.end : self.tokens[position].start]
        if len(gap) < _FEWEST_LETTERS_BETWEEN_SENTENCES:
            return False
        match = _SENTENCE_END.search(gap)
        if not match:
            return False
        is_short = previous.raw in _ABBREVIATIONS or (
            len(previous.raw) == 1 and previous.raw.isalpha()
        )
        return not (is_short and match.group()[0] == "." and "\n\n" not in gap)


def _is_linking(words: Sequence[Word], position: int) -> bool:
    """Return whether a word links a house number to its street."""
    word = words[position]
    if (
        word.is_type
        or word.is_direction
        or word.raw in _LINKING_WORDS
        or word.raw in ROADS
        or word.raw in UNITS
        or word.raw == "ste"
        or len(word.raw) == 1
    ):
        return not word.is_number or _is_of_suite(words, position)
    return word.is_number and _is_of_suite(words, position)


def _is_of_suite(some: Sequence[Word], position: int) -> bool:
    before = some[position - 1].raw if position else ""
    return before in UNITS or before == "ste"


def _count_linking(words: Sequence[Word]) -> int:
    """Count the linking words at the start."""
    return next(
        (position for position in range(len(words)) if not _is_linking(words, position)), len(words)
    )


def _count_linking_back(words: Sequence[Word]) -> int:
    """Count the linking words at the end."""
    count = len(words)
    return next(
        (position for position in range(count) if not _is_linking(words, count - 1 - position)),
        count,
    )


def _count_listed(words: Sequence[Word]) -> int:
    """Count the words at the start that are a list of numbers ("4127 and 4129")."""
    listed = (word.is_number or word.raw in _LIST_WORDS for word in words)
    return next(
        (position for position, is_listed in enumerate(listed) if not is_listed), len(words)
    )


def _has_linking_word(between: Sequence[Word]) -> bool:
    return any(
        word.raw in _LINKING_WORDS and word.raw not in _WORDS_BEFORE_NUMBER for word in between
    )


def _end_with_unit(text: str, end: int) -> int:
    match = _UNIT_AFTER_STREET.match(text, end)
    return match.end() if match else end
