"""Streets in running text: a house number and the name of a street, a few words apart.

The name may be before the number or behind it, in the same sentence. Next to each other, or with
words between that lead from one to the other ("4127, on the corner of Larkspur"), they are a
street. Farther apart the name needs a type or direction, and the number must be no count, year,
phone or suite, and not that of another street.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from referral.fields.number_words import CARDINALS, INSIDE
from referral.fields.street_words import (
    IS_TYPE,
    ROADS,
    TYPES,
    UNITS,
    Token,
    Word,
    letters,
    name_of,
    number_words_at,
    old_name_of,
    tokens,
    words,
)
from referral.fields.text import without_accents

_WINDOW = 8  # words on each side of a number
_LONGEST_NAME = 5  # words
_LONGEST_NUMBER = 6  # digits
_LONGEST_RANGE = 200  # house numbers
_TOKENS = 14  # on each side of a number; several may be one word
_ZIP_DIGITS = 5
_LONGEST_PHONE = 16  # letters
_FIRST_YEAR, _LAST_YEAR, _LAST_DAY = 1800, 2100, 31
_WORDS_OF_COUNT = 3
_SURE_DIGITS = 3
_WORDS_OF_NUMBERS = "|".join(sorted({*CARDINALS, *INSIDE}, key=len, reverse=True))
_NUMBERS_IN_TEXT = re.compile(
    rf"(?:(?:(?<!\d)\d{{1,9}}[a-z]?|(?<![^\W_])(?:{_WORDS_OF_NUMBERS})(?![^\W_]))"
    r"[\s\-–,.·]{0,3})+"
)
_DIGITS = re.compile(r"0*(\d{1,6})[a-z]?\Z")
_RANGE_GAPS = frozenset({"-", "–"})
_PIECE_GAP = re.compile(r"[\s\-–,.·]")
_SENTENCE_END = re.compile(r"[!?]|\n\s*\n|\.[\"'”’)\]]{0,2}\s")
_ABBREVIATIONS = IS_TYPE - {word for word, short in TYPES.items() if word == short} | {
    *("av", "aven", "avda", "boul", "blv", "circ", "crt", "drv", "str", "sqr", "terr", "tr", "wy"),
    *("no", "num", "nro", "mt", "ft", "ste", "jr", "sr", "dr", "apt", "bldg", "rm", "fl", "rt"),
    *("rte", "us", "ext", "hno", "rev", "gen", "sta", "sto", "gral", "fr", "pres", "ne", "nw"),
    *("se", "sw"),
}  # fmt: skip
# Words that lead from a number to its street or back.
_LEADING = frozenset({
    *("on", "of", "at", "the", "in", "along", "is", "block", "corner", "address", "house", "home"),
    *("de", "del", "la", "las", "el", "los", "en", "sobre", "por", "esquina", "es", "casa"),
    *("no", "num", "number", "numero", "nro", "n", "nº", "#", "a", "and", "y", "con", "rev"),
})  # fmt: skip
_UNITS_BEFORE = UNITS - {"no", "num", "number", "#", "lot", "bldg", "building"} | {
    *("ext", "extension", "x", "fax", "tel", "phone", "telefono", "ste", "bus", "route", "aula"),
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
_LISTING = frozenset({"and", "or", "y", "o", "to", "through", "#"})
_VERBS = frozenset({"is", "was", "has", "sits", "stands", "faces", "lies", "es"})
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
    """What may be a house number.

    Attributes:
        start: its first token, or the first of its range.
        position: its first token without the range.
        is_whole: whether it is written as one number, and not in pieces or in a range.
    """

    digits: str
    start: int
    position: int
    end: int
    is_whole: bool
    is_word: bool = False

    @property
    def is_small(self) -> bool:
        """Whether it may as well be a time, an age or a count."""
        return len(self.digits) < _SURE_DIGITS


@dataclass(frozen=True, slots=True)
class _Name:
    """What may be the name of a street near a number: ``words[first:last]``."""

    text: str
    words: Sequence[Word]
    first: int
    last: int

    @property
    def directions(self) -> str:
        """The letters of the directions next to the name, or to its type."""
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
        return letters(found)

    def _is_of_street(self, position: int) -> bool:
        """Whether a direction belongs to the street before it, unlike that of "north of"."""
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
        """Whether a type, a direction or "the corner of" says that it is a street."""
        around = (*self.words[max(0, self.first - 1) : self.first], *self.words[self.last :][:1])
        if any(each.is_type or each.is_direction for each in around):
            return True
        before = [each.raw for each in self.words[max(0, self.first - 5) : self.first]]
        return bool({"corner", "esquina"} & {*before} or _BEFORE_STREET & {*before[-1:]})

    @property
    def is_longer(self) -> bool:
        """Whether the name goes on, as that of "Larkspur Hill Road"."""
        behind = self.words[self.last : self.last + 2]
        if len(behind) < 2 or behind[0].is_type or not behind[1].is_type:
            return False
        word = self.text[behind[0].start : behind[0].end]
        gaps = (
            self.text[self.words[self.last - 1].end : behind[0].start],
            self.text[behind[0].end : behind[1].start],
        )
        is_name = word.istitle() and behind[0].raw not in _LEADING and not behind[0].is_direction
        return is_name and not any(gap.strip() for gap in gaps)

    @property
    def is_weak(self) -> bool:
        """Whether the name alone may as well be a number or a letter."""
        name = name_of(self.words[self.first : self.last])
        return name.isdigit() or len(name) == 1

    def has_number(self, digits: str) -> bool:
        """Whether another house number is next to it."""
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
        """Where the name begins, with its type and directions."""
        first = self.first
        while first and (self.words[first - 1].is_type or self.words[first - 1].is_direction):
            first -= 1
        return self.words[first].start

    @property
    def end(self) -> int:
        """Where the name ends, with its type, directions and suite."""
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
    """Where streets are in running text, each with its type, directions and suite.

    Args:
        is_number: whether a house number may be one of those looked for.
        is_street: whether a key (number and name) is one of those looked for.
        is_there: whether one of those may have directions with these letters.
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


def has_number(text: str) -> bool:
    """Whether anything in a text may be a number."""
    return bool(_NUMBERS_IN_TEXT.search(without_accents(text.casefold())))


def numbers_in(text: str) -> set[str]:
    """All that may be a house number in a text, and more."""
    found: set[str] = set()
    for match in _NUMBERS_IN_TEXT.finditer(without_accents(text.casefold())):
        run = match.group()
        if run.isdigit():
            found.add(run.lstrip("0"))
            continue
        some = tokens(run)
        for position in range(len(some)):
            found.update(each.digits for each in _numbers_at(run, some, position))
    return found


def _numbers_at(text: str, some: Sequence[Token], position: int) -> Iterator[_Number]:
    """All that may be house numbers and begin at a token; those of a range at its end."""
    token = some[position]
    if match := _DIGITS.match(token.raw):
        digits = match[1]
        before = some[position - 1] if position else None
        if (
            before
            and (first := _DIGITS.match(before.raw))
            and text[before.end : token.start].strip() in _RANGE_GAPS
        ):
            yield _Number(digits, position - 1, position, position + 1, is_whole=False)
            for each in _between(first[1], digits):
                yield _Number(each, position - 1, position, position + 1, is_whole=False)
        else:
            yield _Number(digits, position, position, position + 1, is_whole=True)
        yield from _in_pieces(text, some, position)
    for digits, count in number_words_at(some, position):
        yield _Number(digits, position, position, position + count, is_whole=True, is_word=True)


def _between(first: str, last: str) -> Iterator[str]:
    """The numbers inside a range, the end of which may be shortened ("4112-16")."""
    end = int(first[: max(0, len(first) - len(last))] + last)
    start = int(first)
    yield from (f"{n}" for n in range(start, min(end, start + _LONGEST_RANGE) + 1))


def _in_pieces(text: str, some: Sequence[Token], position: int) -> Iterator[_Number]:
    """Numbers that are written in pieces, as in "41 27" and "4,127"."""
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
        yield _Number(whole[1], position, position, end + 1, is_whole=False)


class _Search:
    """Looks for streets in a text, the words of which are read once."""

    def __init__(
        self, text: str, is_street: Callable[[str], bool], is_there: Callable[[str, str], bool]
    ) -> None:
        self.text = text
        self.tokens = tokens(text)
        self._is_street = is_street
        self._is_there = is_there

    def street_at(self, number: _Number, last: int) -> tuple[int, int] | None:
        """Where the street of a number is, which begins at ``last`` or later."""
        if self._is_in_phone(number) or self._is_time(number):
            return None
        behind = words(self.tokens[number.end : self._end_of_sentence(number.end)])
        start = self.tokens[number.start].start
        for first in range(min(len(behind), _WINDOW)):
            for name in self._names(number, behind, first):
                if self._is_behind(name, number, behind) and self._is_same(name, number):
                    return start, name.end
        first_token = self._start_of_sentence(number.start, last)
        before = words(self.tokens[first_token : number.start])
        for first in range(len(before) - 1, max(-1, len(before) - 1 - _WINDOW), -1):
            for name in self._names(number, before, first):
                if self._is_before(name, number, behind) and self._is_same(name, number):
                    end = _with_unit(self.text, self.tokens[number.end - 1].end)
                    is_open = self.text.count("(", name.start, end) > self.text.count(
                        ")", name.start, end
                    )
                    return name.start, end + (is_open and self.text[end : end + 1] == ")")
        return None

    def _names(self, number: _Number, some: Sequence[Word], first: int) -> Iterator[_Name]:
        """The streets looked for whose name begins at a word, the longest first."""
        for last in range(min(len(some), first + _LONGEST_NAME), first, -1):
            if any(map(self._is_street, self._keys(number, some[first:last]))):
                yield _Name(self.text, some, first, last)

    def _keys(self, number: _Number, some: Sequence[Word]) -> set[str]:
        return {f"{number.digits}|{name_of(some)}", f"{number.digits}|{old_name_of(some)}"}

    def _is_same(self, name: _Name, number: _Number) -> bool:
        keys = self._keys(number, name.words[name.first : name.last])
        return any(self._is_street(key) and self._is_there(key, name.directions) for key in keys)

    def _is_behind(self, name: _Name, number: _Number, behind: Sequence[Word]) -> bool:
        """Whether a name behind a number is that of its street."""
        between = behind[: name.first]
        if name.is_longer or (name.is_weak and not self._is_marked(name, between)):
            return False
        if self._is_separate(number) and (
            self._is_of_unit(number) or self._is_in_short_phone(number)
        ):
            return False
        if _is_leading(between):
            return not (
                (self._is_year(number) and self._has_words_between(number, between))
                or (number.is_word and number.is_small and _has_sentence(between))
                or (number.is_small and not number.is_whole and self._is_separate(number))
            )
        if all(each.is_number or each.raw in _LISTING for each in between):
            return not self._is_of_unit(number)  # "4127 and 4129 Larkspur"
        return (
            self._may_be_far(name, number, behind)
            and not self._has_other_street(behind[: name.first])
            and not self._is_longer_name(number, between)
            and not self._is_year(number)
        )

    def _is_marked(self, name: _Name, between: Sequence[Word]) -> bool:
        """Whether a number or letter behind a number is the name of a street."""
        is_road = bool(between) and all(e.raw in ROADS or e.raw in {"r", "h"} for e in between)
        is_ordinal = name.words[name.first].is_ordinal and all(e.is_direction for e in between)
        return name.is_marked or is_road or is_ordinal

    def _is_longer_name(self, number: _Number, between: Sequence[Word]) -> bool:
        """Whether the words before a name are part of it, as in "4127 Old Larkspur Road"."""
        end = self.tokens[number.end - 1].end
        for each in between:
            is_capital = self.text[each.start : each.start + 1].isupper()
            if self.text[end : each.start].strip(" .") or not is_capital or each.raw in _LEADING:
                return False
            end = each.end
        return True

    def _is_before(self, name: _Name, number: _Number, behind: Sequence[Word]) -> bool:
        """Whether a name before a number is that of its street."""
        if (
            name.is_longer
            or (name.is_weak and not name.is_marked)
            or self._is_of_unit(number)
            or self._is_count(number, behind)
            or self._has_other_street(behind[:_LONGEST_NAME])
        ):
            return False
        if _is_leading(name.words[name.last :]):
            return not self._is_year(number)
        return self._may_be_far(name, number, behind) and not self._is_year(number)

    def _may_be_far(self, name: _Name, number: _Number, behind: Sequence[Word]) -> bool:
        return (
            number.is_whole
            and name.is_marked
            and (not number.is_small or self._word_before(number) in _BEFORE_NUMBER)
            and not name.has_number(number.digits)
            and not self._is_of_unit(number)
            and not self._is_count(number, behind)
        )

    def _is_of_unit(self, number: _Number) -> bool:
        """Whether a number is that of a suite or an extension, or an amount of money."""
        before = self._word_before(number)
        start = self.tokens[number.start].start
        return before in _UNITS_BEFORE or self.text[start - 1 : start] in {"$", "€"}

    def _is_year(self, number: _Number) -> bool:
        before = self._word_before(number)
        return before in _YEARS and (
            _FIRST_YEAR <= int(number.digits) <= _LAST_YEAR or int(number.digits) <= _LAST_DAY
        )

    def _word_before(self, number: _Number) -> str:
        return self.tokens[number.start - 1].raw if number.start else ""

    def _has_words_between(self, number: _Number, between: Sequence[Word]) -> bool:
        """Whether words of a sentence, or a comma, follow a number."""
        end = self.tokens[number.end - 1].end
        is_word = bool(between) and not (
            between[0].is_type or between[0].is_direction or between[0].raw in {"de", "del"}
        )
        return is_word or self.text[end : end + 1] == ","

    def _is_count(self, number: _Number, behind: Sequence[Word]) -> bool:
        """Whether a number counts what is named behind it: "475 beds", "26 trained staff"."""
        end = self.tokens[number.end - 1].end
        if self.text[end : end + 1] == "%":
            return True
        for each in behind[:_WORDS_OF_COUNT]:
            written = self.text[each.start : each.end]
            if self.text[end : each.start].strip() or not written.islower():
                return False
            if each.raw in _COUNTED or (each.raw.endswith("s") and each.raw not in _VERBS):
                return each.raw not in _LEADING
            if each.raw in _LEADING or each.is_type or each.is_direction:
                return False
            end = each.end
        return False

    def _has_other_street(self, behind: Sequence[Word]) -> bool:
        """Whether a name and a type follow a number: it is the house number of that street."""
        has_name = False
        for position, each in enumerate(behind):
            end = behind[position - 1].end if position else None
            if end is not None and self.text[end : each.start].strip(" ."):
                return False
            if each.is_type and has_name:
                return True
            has_name |= not (each.is_type or each.is_direction or each.raw in _LEADING)
        return False

    def _is_in_phone(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        near = max(0, start - _LONGEST_PHONE)
        phones = _PHONE.finditer(self.text, near, end + _LONGEST_PHONE)
        return any(match.start() < end and start < match.end() for match in phones)

    def _is_in_short_phone(self, number: _Number) -> bool:
        """Whether a range may be a phone number without area code."""
        first, last = self.tokens[number.start], self.tokens[number.end - 1]
        return bool(_SHORT_PHONE.fullmatch(self.text[first.start : last.end]))

    def _is_time(self, number: _Number) -> bool:
        start, end = self.tokens[number.start].start, self.tokens[number.end - 1].end
        return number.is_small and bool(
            _BEHIND_TIME.match(self.text, end) or _BEFORE_TIME.search(self.text[:start][-3:])
        )

    def _is_separate(self, number: _Number) -> bool:
        """Whether something more than a blank follows a number."""
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
        """Whether a sentence ends before a token: not after "St." or "W."."""
        before = self.tokens[position - 1]
        gap = self.text[before.end : self.tokens[position].start]
        match = _SENTENCE_END.search(gap)
        if not match:
            return False
        is_short = before.raw in _ABBREVIATIONS or (len(before.raw) == 1 and before.raw.isalpha())
        return not (is_short and match.group()[0] == "." and "\n\n" not in gap)


def _is_leading(between: Sequence[Word]) -> bool:
    """Whether words lead from a number to its street, or back."""
    position = 0
    while position < len(between):
        each = between[position]
        if each.raw in UNITS or each.raw == "ste":
            position += 1
            if position < len(between) and _is_short(between[position]):
                position += 1
        elif (
            each.is_type
            or each.is_direction
            or each.raw in _LEADING
            or each.raw in ROADS
            or len(each.raw) == 1
        ):
            position += 1
        else:
            return False
    return True


def _has_sentence(between: Sequence[Word]) -> bool:
    return any(each.raw in _LEADING and each.raw not in _BEFORE_NUMBER for each in between)


def _is_short(word: Word) -> bool:
    """Whether a word may be that of a suite."""
    return word.is_number or len(word.normal) == 1


def _with_unit(text: str, end: int) -> int:
    unit = _UNIT_BEHIND.match(text, end)
    return unit.end() if unit else end
