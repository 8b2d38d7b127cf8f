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

_SHORT_RUN = 30  # letters
_WINDOW = 8  # words on each side of a number
_LONGEST_NAME = 5  # words
_LONGEST_NUMBER = 6  # digits
_LONGEST_RANGE = 200  # house numbers
_TOKENS = 18  # on each side of a number; several may be one word
_ZIP_DIGITS = 5
_SHORTEST_END = 2  # letters between two sentences
_LONGEST_PHONE = 16  # letters
_FIRST_YEAR, _LAST_YEAR, _LAST_DAY = 1800, 2100, 31
_WORDS_OF_COUNT = 3
_SURE_DIGITS = 3


def _alternation_of(some: Collection[str]) -> str:
    """Return a pattern for any of some words, grouped by first letter because it runs often."""
    letters = sorted({word[0] for word in some})
    rests = {
        letter: sorted((word[1:] for word in some if word[0] == letter), key=len, reverse=True)
        for letter in letters
    }
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in rests.items())


def _number_pattern(some: Collection[str]) -> str:
    return rf"(?:(?<!\d)\d{{1,9}}[a-z]?|\b(?:{_alternation_of(some)})(?![^\W_]))"


_NUMBER_WORDS = {*CARDINALS, *ORDINALS}
_NUMBERS_IN_TEXT = re.compile(
    rf"{_number_pattern(_NUMBER_WORDS)}"
    rf"(?:[\s\-–,.·]{{0,3}}{_number_pattern(_NUMBER_WORDS | INSIDE)})*"
)
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
_UNITS_BEFORE = UNITS - {"no", "num", "number", "#", "lot", "bldg", "building"} | {
    *("ext", "extension", "x", "fax", "tel", "phone", "telefono", "ste", "bus", "aula"),
}  # fmt: skip
_YEARS = frozenset({
    *("in", "since", "until", "from", "year", "during", "founded", "established", "before"),
    *("after", "by", "en", "desde", "hasta", "ano", "fundado", "fundada", "january"),
    *("february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
})  # fmt: skip
_COUNTED = frozenset({
    "people", "staff", "men", "women", "children", "youth", "gente", "am", "pm", "percent", "miles",
})  # fmt: skip
_BEFORE_STREET = frozenset({"on", "of", "at", "along", "off", "sobre"})
_BEFORE_NUMBER = frozenset({
    *("no", "num", "number", "numero", "nro", "n", "nº", "#", "house", "casa", "home", "building"),
    *("bldg", "marked", "marcada"),
})  # fmt: skip
_LIST_WORDS = frozenset({"and", "or", "y", "o", "to", "through", "#"})
_NOT_COUNTED = frozenset({
    *("is", "was", "has", "sits", "stands", "faces", "lies", "across", "towards", "always", "this"),
    *("es", "antes", "despues", "detras", "tras", "mas"),
})  # fmt: skip
_PHONE = re.compile(r"(?<!\d)\(?\d{3}(?:\)\s?|[-.·/ ])\d{3}[-.·]\d{4}(?!\d)")
_SHORT_PHONE = re.compile(r"\d{3}[-–]\d{4}")
_BEHIND_TIME = re.compile(r":\d|\s?[ap]\.?\s?m\b", re.IGNORECASE)
_BEFORE_TIME = re.compile(r"\d:\Z")
_SEPARATE = re.compile(r"\s?[,;:(.]")
_UNIT_BEHIND = re.compile(
    r"[\s,.]*(?:(?:suite|ste|apt|apartment|unit|room|rm|no|number|floor|fl|bldg|building)\b\.?\s*"
    r"#?\s*[\w-]{1,6}|#\s*[\w-]{1,6}|\d{1,2}(?:st|nd|rd|th) (?:floor|fl)\b\.?)",
    re.IGNORECASE,
)
_LONG_DIRECTION = 3  # letters; with more it may begin the name of a city


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
        return len(self.digits) < _SURE_DIGITS


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
        found = ""
        position = self.first
        while position and self.words[position - 1].is_direction:
            position -= 1
            found += self.words[position].normal
        for position in range(self.last, len(self.words)):
            each = self.words[position]
            if each.is_direction and self._is_of_street(position):
                found += each.normal
            elif not each.is_type or found:
                break
        return direction_letters(found)

    def _is_of_street(self, position: int) -> bool:
        """Return whether a direction belongs to the street before it, unlike "north of"."""
        each, behind = self.words[position], self.words[position + 1 : position + 2]
        is_short = len(each.raw) <= len(each.normal)
        if "," in self.text[self.words[position - 1].end : each.start] and len(each.normal) == 1:
            return False
        if not behind or behind[0].is_number or behind[0].is_type or behind[0].raw in UNITS:
            return True
        if behind[0].raw in {"of", "from", "de", "del"}:
            return False
        return is_short or bool(self.text[each.end : behind[0].start].strip())

    @property
    def is_marked(self) -> bool:
        """Return whether a type, a direction or "the corner of" marks the name as a street."""
        around = (*self.words[max(0, self.first - 1) : self.first], *self.words[self.last :][:1])
        if any(each.is_type or each.is_direction for each in around):
            return True
        before = [each.raw for each in self.words[max(0, self.first - 5) : self.first]]
        return bool({"corner", "esquina"} & {*before} or _BEFORE_STREET & {*before[-1:]})

    @property
    def is_longer(self) -> bool:
        """Return whether the street name goes on, as "Larkspur" does in "Larkspur Hill Road"."""
        behind = self.words[self.last : self.last + 2]
        if len(behind) < 2 or behind[0].is_type or not behind[1].is_type:
            return False
        word = self.text[behind[0].start : behind[0].end]
        gaps = (
            self.text[self.words[self.last - 1].end : behind[0].start],
            self.text[behind[0].end : behind[1].start],
        )
        is_name = (
            word.istitle() and behind[0].raw not in _LINKING_WORDS and not behind[0].is_direction
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
        behind = self.words[self.last : self.last + 1]
        before = self.words[max(0, self.first - 1) : self.first]
        is_glued = self.words[self.first].is_glued and not (before and before[0].is_direction)
        return is_glued or bool(behind and behind[0].is_glued and not behind[0].is_type)

    def has_number(self, digits: str) -> bool:
        """Return whether a house number other than ``digits`` is next to the street name."""
        first, last = self.first, self.last
        while last < len(self.words) and (
            self.words[last].is_type or self.words[last].is_direction
        ):
            last += 1
        while first and self.words[first - 1].is_direction:
            first -= 1
        near = (*self.words[max(0, first - 1) : first], *self.words[last : last + 1])
        return any(
            each.is_number and not each.is_ordinal and each.normal != digits
            and len(each.normal) != _ZIP_DIGITS
            for each in near
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
        return _with_unit(self.text, self.words[last - 1].end)


def find_streets(
    text: str,
    is_number: Callable[[str], bool],
    is_street: Callable[[str], bool],
    is_there: Callable[[str, str], bool] = lambda _street, _directions: True,
) -> Iterator[tuple[int, int]]:
    """Yield start and end of known streets in running text, with type, directions and suite.

    Args:
        is_number: whether a house number may belong to a known street.
        is_street: whether a street key (house number and name) is known.
        is_there: whether the street of a known key may have these letters of directions.
    """
    if not any(map(is_number, numbers_in(text))):
        return
    search = _Search(text, is_street, is_there)
    last = 0
    for position in range(len(search.tokens)):
        for number in _numbers_at(text, search.tokens, position):
            if search.tokens[number.start].start < last or not is_number(number.digits):
                continue
            if found := search.street_at(number, last):
                last = found[1]
                yield found
                break


def numbers_in(text: str) -> set[str]:
    """Return the digits of all possible house numbers in a text, as a superset."""
    found: set[str] = set()
    plain = without_accents(without_fractions(text).casefold())
    for match in _NUMBERS_IN_TEXT.finditer(plain):
        run = match.group()
        if run.isdigit():
            found.add(run.lstrip("0"))
        else:
            found |= (_numbers_in_short_run if len(run) < _SHORT_RUN else _numbers_in_run)(run)
    return found


def _numbers_in_run(run: str) -> frozenset[str]:
    some = tokenize(run)
    found = (_numbers_at(run, some, position) for position in range(len(some)))
    return frozenset(each.digits for each in chain.from_iterable(found))


_numbers_in_short_run = lru_cache(maxsize=1 << 13)(_numbers_in_run)


def _numbers_at(text: str, some: Sequence[Token], position: int) -> Iterator[_Number]:
    """Yield the possible house numbers that begin at a token, or whose range ends there."""
    token = some[position]
    if _is_inside_word(some, position):
        return
    if match := _DIGITS.match(token.raw):
        digits = match[1]
        before = some[position - 1] if position else None
        if (
            before
            and (first := _DIGITS.match(before.raw))
            and text[before.end : token.start].strip() in _RANGE_GAPS
        ):
            yield _Number(digits, position - 1, position + 1, is_whole=False)
            for each in _iter_range(first[1], digits):
                yield _Number(each, position - 1, position + 1, is_whole=False)
        else:
            yield _Number(digits, position, position + 1, is_whole=True)
        yield from _iter_pieces(text, some, position)
    elif ordinal := old_word(token.raw) if old_word(token.raw).isdigit() else "":
        yield _Number(
            ordinal, position, position + 1, is_whole=False, is_ordinal=True
        )  # "26th and Folsom"
    for digits, count in number_words_at(some, position):
        yield _Number(digits, position, position + count, is_whole=True, is_word=True)


def _is_inside_word(some: Sequence[Token], position: int) -> bool:
    """Return whether letters are attached before a number, as in a code."""
    if not position or some[position - 1].end != some[position].start:
        return False
    raw = some[position - 1].raw
    return raw.isalpha() and raw not in DIRECTION_ABBREVIATIONS and raw not in _BEFORE_NUMBER


def _iter_range(first: str, last: str) -> Iterator[str]:
    """Yield the house numbers of a range, whose end may be shortened ("4112-16")."""
    end = int(first[: max(0, len(first) - len(last))] + last)
    start = int(first)
    if end - start <= _LONGEST_RANGE:
        yield from (f"{n}" for n in range(start, end + 1))


def _iter_pieces(text: str, some: Sequence[Token], position: int) -> Iterator[_Number]:
    """Yield house numbers that are written in pieces, as in "41 27" and "4,127"."""
    digits = some[position].raw
    for end in range(position + 1, min(position + _LONGEST_NUMBER, len(some))):
        piece = _DIGITS.match(some[end].raw)
        gap = text[some[end - 1].end : some[end].start]
        if not piece or not digits.isdigit() or not _PIECE_GAP.fullmatch(gap):
            return
        digits += some[end].raw
        whole = _DIGITS.match(digits)
        if not whole:
            return
        yield _Number(whole[1], position, end + 1, is_whole=False)


class _Search:
    """A search for known streets in one text, whose words are parsed once."""

    def __init__(
        self, text: str, is_street: Callable[[str], bool], is_there: Callable[[str, str], bool]
    ) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self._read: list[Word] = []
        self._starts: list[int] | None = None
        self._is_street = is_street
        self._is_there = is_there

    def street_at(self, number: _Number, last: int) -> tuple[int, int] | None:
        """Return start and end of the street of a house number, from ``last`` on, or None."""
        if self._is_in_phone(number) or self._is_time(number) or self._is_amount(number):
            return None
        behind = self._words(number, number.end, self._end_of_sentence(number.end))
        first = self._start_of_sentence(number.start, last)
        before = self._words(number, first, number.start)
        if not self._has_name_before(number, behind):
            before = []
        for is_far in (False, True)[: 1 + self._may_be_far(number, behind)]:
            for name in self._names_behind(number, behind, is_far=is_far):
                if self._is_behind(name, number) and self._is_same(name, number):
                    return self.tokens[number.start].start, name.end
            for name in self._names_before(number, before, is_far=is_far):
                if self._is_before(name, number) and self._is_same(name, number):
                    end = _with_unit(self.text, self.tokens[number.end - 1].end)
                    return name.start, end + self._is_bracket(name.start, end)
        return None

    def _words(self, number: _Number, first: int, last: int) -> Sequence[Word]:
        """Return the words of a range of tokens, from the words of the whole text if possible.

        Next to a number in words they are parsed anew: words of the whole text may overlap it.
        """
        if number.is_word or first >= last:
            return to_words(self.tokens[first:last])
        if self._starts is None:
            self._read = to_words(self.tokens)
            self._starts = [each.start for each in self._read]
        start = bisect_left(self._starts, self.tokens[first].start)
        return self._read[start : bisect_left(self._starts, self.tokens[last - 1].end)]

    def _is_bracket(self, start: int, end: int) -> bool:
        """Return whether a bracket that opens in a part of the text closes right after it."""
        count = self.text.count
        is_open = count("(", start, end) > count(")", start, end)
        return is_open and self.text[end : end + 1] == ")"

    def _names_behind(
        self, number: _Number, behind: Sequence[Word], *, is_far: bool
    ) -> Iterator[_Name]:
        """Yield the known street names after a house number, the nearest first."""
        firsts = {*range(_WINDOW if is_far else _count_linking(behind) + 1), _count_listed(behind)}
        for first in sorted(each for each in firsts if each < min(len(behind), _WINDOW)):
            for last in range(min(len(behind), first + _LONGEST_NAME), first, -1):
                if self._is_known(number, behind[first:last]):
                    yield _Name(self.text, behind, first, last)

    def _names_before(
        self, number: _Number, before: Sequence[Word], *, is_far: bool
    ) -> Iterator[_Name]:
        """Yield the known street names before a house number, the nearest first."""
        nearest = len(before)
        most = _WINDOW if is_far else min(_count_linking_back(before), _WINDOW)
        for last in range(nearest, max(0, nearest - most - 1), -1):
            for first in range(max(0, last - _LONGEST_NAME), last):
                if self._is_known(number, before[first:last]):
                    yield _Name(self.text, before, first, last)

    def _is_known(self, number: _Number, some: Sequence[Word]) -> bool:
        return any(map(self._is_street, self._keys(number, some)))

    def _keys(self, number: _Number, some: Sequence[Word]) -> set[str]:
        if len(some) == 1:
            names = {some[0].normal, some[0].old}
        else:
            names = {name_of(some), old_name_of(some)}
        return {f"{number.digits}|{name}" for name in names}

    def _is_same(self, name: _Name, number: _Number) -> bool:
        keys = self._keys(number, name.words[name.first : name.last])
        return any(self._is_street(key) and self._is_there(key, name.directions) for key in keys)

    def _is_behind(self, name: _Name, number: _Number) -> bool:
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
        if self._is_separate(number) and (
            self._is_of_unit(number) or self._is_in_short_phone(number)
        ):
            return False
        if _count_linking(between) == len(between):
            return not (
                (self._is_year(number) and self._has_words_between(number, between))
                or (number.is_word and number.is_small and _has_sentence(between))
                or (number.is_small and not number.is_whole and self._is_separate(number))
            )
        if _count_listed(between) == len(between):
            return not self._is_of_unit(number)  # "4127 and 4129 Larkspur"
        return (
            name.is_marked
            and not name.has_number(number.digits)
            and not self._has_other_street(number, between)
            and not self._is_longer_name(number, between)
        )

    def _has_name_before(self, number: _Number, behind: Sequence[Word]) -> bool:
        """Return whether a house number may belong to a street name before it."""
        return not (
            number.is_ordinal
            or self._is_count(number, behind)
            or self._has_other_street(number, behind[:_LONGEST_NAME])
        )

    def _is_before(self, name: _Name, number: _Number) -> bool:
        """Return whether a street name before a house number belongs to that number."""
        between = name.words[name.last :]
        if (
            name.is_longer
            or (name.is_weak and (name.is_code or not name.is_marked))
            or (between and self._is_of_unit(number))
        ):
            return False
        if _count_linking(between) == len(between):
            return not self._is_year(number)
        return name.is_marked and not name.has_number(number.digits)

    def _may_be_far(self, number: _Number, behind: Sequence[Word]) -> bool:
        """Return whether words other than linking words may separate a number from its street."""
        return (
            number.is_whole
            and (not number.is_small or self._word_before(number) in _BEFORE_NUMBER)
            and not self._is_of_unit(number)
            and not self._is_year(number)
            and not self._is_count(number, behind)
        )

    def _is_marked(self, name: _Name, between: Sequence[Word]) -> bool:
        """Return whether a number or letter after a house number is marked as a street name."""
        is_road = bool(between) and all(e.raw in ROADS or len(e.raw) == 1 for e in between)
        is_ordinal = name.words[name.first].is_ordinal and all(e.is_direction for e in between)
        return name.is_marked or is_road or is_ordinal

    def _is_named_by_direction(self, between: Sequence[Word], end: int) -> bool:
        """Return whether a direction is the street's name, as in "12 North Street, Larkspur"."""
        some = between[-2:]
        return (
            len(some) == 2
            and some[0].is_direction
            and some[1].is_type
            and "," in self.text[some[1].end : end]
        )

    def _is_longer_name(self, number: _Number, between: Sequence[Word]) -> bool:
        """Return whether words before a name belong to it, as in "4127 Old Larkspur Road"."""
        end = self.tokens[number.end - 1].end
        for each in between:
            is_capital = self.text[each.start : each.start + 1].isupper()
            if (
                self.text[end : each.start].strip(" .")
                or not is_capital
                or each.raw in _LINKING_WORDS
            ):
                return False
            end = each.end
        return True

    def _is_of_unit(self, number: _Number) -> bool:
        """Return whether a number belongs to a suite or an extension."""
        return self._word_before(number) in _UNITS_BEFORE

    def _is_year(self, number: _Number) -> bool:
        before = self._word_before(number)
        return before in _YEARS and (
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

    def _is_count(self, number: _Number, behind: Sequence[Word]) -> bool:
        """Return whether a number is a count: "475 beds", "26 trained staff"."""
        end = self.tokens[number.end - 1].end
        if self._word_before(number) in _BEFORE_NUMBER:
            return False
        for each in behind[:_WORDS_OF_COUNT]:
            written = self.text[each.start : each.end]
            if self.text[end : each.start].strip() or not written.islower():
                return False
            if each.raw in _COUNTED or (each.raw.endswith("s") and each.raw not in _NOT_COUNTED):
                return each.raw not in _LINKING_WORDS
            if each.raw in _LINKING_WORDS or each.is_type or each.is_direction:
                return False
            end = each.end
        return False

    def _has_other_street(self, number: _Number, behind: Sequence[Word]) -> bool:
        """Return whether a number is the house number of a name and type after it."""
        has_name = False
        end = self.tokens[number.end - 1].end
        for each in behind:
            if self.text[end : each.start].strip(" ."):
                return False
            if each.is_type and has_name:
                return True
            has_name |= not (each.is_type or each.is_direction or each.raw in _LINKING_WORDS)
            end = each.end
        return False

    def _is_in_phone(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        near = max(0, start - _LONGEST_PHONE)
        phones = _PHONE.finditer(self.text, near, end + _LONGEST_PHONE)
        return any(match.start() < end and start < match.end() for match in phones)

    def _is_in_short_phone(self, number: _Number) -> bool:
        """Return whether a range of numbers may be a phone number without area code."""
        first, last = self.tokens[number.start], self.tokens[number.end - 1]
        return bool(_SHORT_PHONE.fullmatch(self.text[first.start : last.end]))

    def _is_time(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        return number.is_small and bool(
            _BEHIND_TIME.match(self.text, end) or _BEFORE_TIME.search(self.text[:start][-3:])
        )

    def _is_amount(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        return self.text[max(0, start - 1) : start] in {"$", "€"} or self.text[end : end + 1] == "%"

    def _is_separate(self, number: _Number) -> bool:
        """Return whether punctuation follows a number."""
        return bool(_SEPARATE.match(self.text, self.tokens[number.end - 1].end))

    def _end_of_sentence(self, position: int) -> int:
        most = min(len(self.tokens), position + _TOKENS)
        for end in range(position, most):
            if end and self._is_end(end):
                return end
        return most

    def _start_of_sentence(self, position: int, last: int) -> int:
        first = position
        while first > max(0, position - _TOKENS) and self.tokens[first - 1].start >= last:
            if self._is_end(first):
                break
            first -= 1
        return first

    def _is_end(self, position: int) -> bool:
        """Return whether a sentence ends before a token, unlike after "St." or "W."."""
        before = self.tokens[position - 1]
        gap = self.text[before.end : self.tokens[position].start]
        if len(gap) < _SHORTEST_END:
            return False
        match = _SENTENCE_END.search(gap)
        if not match:
            return False
        is_short = before.raw in _ABBREVIATIONS or (len(before.raw) == 1 and before.raw.isalpha())
        return not (is_short and match.group()[0] == "." and "\n\n" not in gap)


def _is_linking(some: Sequence[Word], position: int) -> bool:
    """Return whether a word links a house number to its street."""
    each = some[position]
    if (
        each.is_type
        or each.is_direction
        or each.raw in _LINKING_WORDS
        or each.raw in ROADS
        or each.raw in UNITS
        or each.raw == "ste"
        or len(each.raw) == 1
    ):
        return not each.is_number or _is_of_suite(some, position)
    return each.is_number and _is_of_suite(some, position)


def _is_of_suite(some: Sequence[Word], position: int) -> bool:
    before = some[position - 1].raw if position else ""
    return before in UNITS or before == "ste"


def _count_linking(some: Sequence[Word]) -> int:
    """Count the linking words at the start."""
    return next((n for n in range(len(some)) if not _is_linking(some, n)), len(some))


def _count_linking_back(some: Sequence[Word]) -> int:
    """Count the linking words at the end."""
    count = len(some)
    return next((n for n in range(count) if not _is_linking(some, count - 1 - n)), count)


def _count_listed(some: Sequence[Word]) -> int:
    """Count the words at the start that are a list of numbers ("4127 and 4129")."""
    listed = (each.is_number or each.raw in _LIST_WORDS for each in some)
    return next((n for n, is_listed in enumerate(listed) if not is_listed), len(some))


def _has_sentence(between: Sequence[Word]) -> bool:
    return any(each.raw in _LINKING_WORDS and each.raw not in _BEFORE_NUMBER for each in between)


def _with_unit(text: str, end: int) -> int:
    unit = _UNIT_BEHIND.match(text, end)
    return unit.end() if unit else end
