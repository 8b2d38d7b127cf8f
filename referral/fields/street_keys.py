"""Street keys: normal forms of a street address, equal however it is spelled.

A key has the house number and the name of the street, without its type and without the suite;
``place_keys`` add the ZIP code or the city. Types and directions are abbreviated as in USPS
Publication 28; both are often left out or wrong, so that a key says little of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from referral.fields.places.lookup import cities_of_zip, zip5
from referral.fields.text import without_accents

_TYPES = {
    "alley": "aly", "avenue": "ave", "av": "ave", "aven": "ave", "avenida": "ave",
    "boulevard": "blvd", "boul": "blvd", "bulevar": "blvd", "calle": "calle", "circle": "cir",
    "circ": "cir", "close": "close", "court": "ct", "crt": "ct", "crescent": "cres",
    "crossing": "xing", "drive": "dr", "drv": "dr", "expressway": "expy", "freeway": "fwy",
    "highway": "hwy", "hiway": "hwy", "lane": "ln", "loop": "loop", "mews": "mews",
    "parkway": "pkwy", "parkwy": "pkwy", "path": "path", "pike": "pike", "place": "pl",
    "plaza": "plz", "plza": "plz", "road": "rd", "row": "row", "run": "run", "rue": "rue",
    "square": "sq", "sqr": "sq", "street": "st", "str": "st", "strt": "st", "terrace": "ter",
    "terr": "ter", "trail": "trl", "tr": "trl", "turnpike": "tpke", "walk": "walk", "way": "way",
    "wy": "way",
}  # fmt: skip
_IS_TYPE = frozenset(_TYPES.values())
_DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
    "southeast": "se", "southwest": "sw", "norte": "n", "sur": "s", "este": "e", "oeste": "w",
}  # fmt: skip
_IS_DIRECTION = frozenset(_DIRECTIONS.values())
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_NUMBERS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_WORDS = {
    **_TYPES,
    **_DIRECTIONS,
    **{word: f"{number}" for number, word in enumerate(_ORDINALS, 1)},
    "saint": "st", "sainte": "st", "ste": "st", "mount": "mt", "fort": "ft", "doctor": "dr",
    "junior": "jr", "eye": "i", "center": "ctr", "centre": "ctr", "county": "co", "heights": "hts",
}  # fmt: skip
_UNITS = frozenset([
    "suite", "apt", "apartment", "unit", "floor", "fl", "room", "rm", "bldg", "building", "no",
    "num", "number", "lobby", "basement", "bsmt", "rear", "penthouse", "ph", "dept", "lot",
    "space", "spc", "trlr", "box", "piso", "oficina", "departamento", "cuarto", "#",
])  # fmt: skip
_LONGEST_LINE = 1000  # letters; more is not an address
_NUMBER = re.compile(r"0*(\d{1,6})[a-z]?\Z")
_NUMBER_IN_TEXT = re.compile(rf"\d+|{'|'.join((*_NUMBERS, *_ORDINALS))}")
_ORDINAL = re.compile(r"0*(\d{1,4})(?:st|nd|rd|th)\Z")
_TOKEN = re.compile(r"#|[^\W_]+(?:['’][^\W_]+)*")
_BOX = re.compile(r"\bp\W{0,2}o\W{0,2}\s*box\W{0,3}(\w+)|\bpost office box\W{0,3}(\w+)")
_TAIL = re.compile(
    r"[\s,]+(?:[a-z]{2}\.?[\s,]+)?(\d{5})(?:-\d{4})?(?:[\s,]+(?:usa?|united states))?\s*\Z"
)
_RANGE = re.compile(r"\s*0*(\d{1,6})[a-z]?\s*[-–&/]\s*0*(\d{1,6})[a-z]?(?=[\s.,])")
_FRACTION = re.compile(r"(?<=\d)[ -]\d/\d\b")
_COMMA_BEFORE_DIRECTION = re.compile(r",\s*(?=[ns]\.?\s?[ew]\.?(?:[\s,]|\Z))")
_STATE_AFTER = re.compile(r"[\s,]+[a-z]\.?[a-z]\.?\Z")
_GAP = re.compile(r"[\s.,\-–—/]{1,4}\Z")
_MOST_WORDS = 5
_LONGEST_RANGE = 200  # house numbers
_RANGE_IN_TEXT = re.compile(r"(?<!\d)(\d{1,6})[a-z]?\s?[-–]\s?(\d{1,6})(?!\d)", re.IGNORECASE)
_BEFORE_NUMBER = frozenset({"#", "no", "num", "numero", "number", "nº", "nro"})
_UNIT_AFTER = re.compile(
    r"[\s,.]*(?:(?:suite|ste|apt|apartment|unit|room|rm|no|number|floor|fl|bldg|building)\b\.?\s*"
    r"#?\s*[\w-]{1,6}|#\s*[\w-]{1,6}|\d{1,2}(?:st|nd|rd|th) (?:floor|fl)\b\.?)",
    re.IGNORECASE,
)


class Street(NamedTuple):
    """House numbers of a line (several for a range), name of the street, directions, and type."""

    numbers: tuple[str, ...]
    name: str
    directions: str
    type: str = ""


class PlaceKeys(NamedTuple):
    """Keys of one address: it is the place of another if one of ``asked`` is in its ``kept``.

    ``streets`` are its keys in running text, where no city stands beside it.
    """

    kept: frozenset[str]
    asked: frozenset[str]
    streets: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


@lru_cache(maxsize=1 << 14)
def place_keys(lines: tuple[str, ...], city: str, postal_code: str) -> PlaceKeys:
    """The keys of an address.

    Args:
        lines: its street lines; one may hold city and ZIP code as well.
    """
    kept: set[str] = set()
    asked: set[str] = set()
    streets: set[str] = set()
    found = [(line, street) for line in lines if (street := street_of(line, city))]
    numbered = [each for each in found if each[1].numbers] or found[:1]
    for line, street in numbered:
        code = zip5(postal_code) or _zip_in(line)
        named = _STATE_AFTER.sub("", _folded(city or _city_in(line)))
        towns = {_folded(town) for town in (named, *cities_of_zip(code)) if town}
        for number in street.numbers or ("",):
            base = f"{number}|{street.name}"
            if number and street.name:
                streets.add(base)
            _add_place(base, street.directions, code or _folded(postal_code), towns, kept, asked)
    return PlaceKeys(frozenset(kept), frozenset(asked), frozenset(streets))


def asked_at(street: str, city: str, postal_code: str) -> frozenset[str]:
    """The keys to ask for a street (number and name) that a line of an address names anywhere."""
    code, asked = zip5(postal_code), set[str]()
    towns = {_folded(town) for town in (city, *cities_of_zip(code)) if town}
    _add_place(street, "", code or _folded(postal_code), towns, set(), asked)
    return frozenset(asked)


def _add_place(
    base: str, directions: str, code: str, towns: Iterable[str], kept: set[str], asked: set[str]
) -> None:
    """Add the keys of one number; directions must agree only where both addresses have them.

    An address without city and ZIP code may be in any.
    """
    towns = list(towns)
    kept.add(f"{base}|")
    asked.add(f"{base}|!")
    if not code and not towns:
        kept.add(f"{base}|!")
        asked.add(f"{base}|")
    if code:
        kept.add(f"{base}|{code}")
        asked.add(f"{base}|{code}")
    for town in towns:
        kept |= {f"{base}|{directions}|{town}", f"{base}|?|{town}"}
        asked |= {f"{base}|{directions}|{town}", f"{base}|*|{town}"}
        if not directions:
            kept.add(f"{base}|*|{town}")
            asked.add(f"{base}|?|{town}")


def street_of(line: str, city: str = "") -> Street | None:
    """The street in a line of an address; None where there is none, such as in a suite."""
    text = _folded(line[:_LONGEST_LINE])
    if box := _BOX.search(text):
        return Street((box.group(1) or box.group(2),), "po box", "")
    text = _COMMA_BEFORE_DIRECTION.sub(" ", _FRACTION.sub("", _TAIL.sub("", text)))
    parts = [part.strip() for part in re.split(r"[,;\n]|\s{3,}", text) if part.strip()]
    parts = [part for part in parts if (words := _tokens(part)) and words[0].word not in _UNITS]
    numbered = [part for part in parts if " " in part and _number(_tokens(part)[0].word)]
    for part in (*numbered, *parts):
        numbers, rest = _split_numbers(part)
        name, directions = _name(_without_city(rest, city))
        if name and (numbers or len(name) > 1):
            return Street(numbers, " ".join(name), directions, _type(rest))
    return None


def find_streets(
    text: str, is_number: Callable[[str], bool], is_street: Callable[[str], bool]
) -> Iterator[tuple[int, int]]:
    """Where streets stand in running text, each with its type, directions and suite.

    Args:
        is_number: whether a house number may be one of those looked for.
        is_street: whether a key (number and name) is one of those looked for.
    """
    if not any(map(is_number, _numbers_in(text))):
        return
    tokens = _tokens(text)
    last = 0
    for position, token in enumerate(tokens):
        for number in filter(is_number, _numbers_at(text, tokens, position)):
            if token.start < last:
                break
            if end := _end_of_street(text, tokens, position, number, is_street):
                yield _start_of_range(text, tokens, position), end
                last = end
            elif start := _start_of_street(text, tokens, position, number, is_street):
                yield start - 1, token.end
                last = token.end


def _numbers_at(text: str, tokens: list[_Token], position: int) -> list[str]:
    """The house numbers at a token: its own, and those of a range that it ends."""
    number = _number(_word(tokens[position].word))
    if not number:
        return []
    first = _start_of_range(text, tokens, position)
    if first == tokens[position].start:
        return [number]
    return [number, *_between(_number(tokens[position - 1].word), number)]


def _between(first: str, last: str) -> list[str]:
    """The numbers inside a range, the end of which may be shortened ("4112-16")."""
    end = int(first[: max(0, len(first) - len(last))] + last)
    start = int(first)
    return [f"{n}" for n in range(start, min(end, start + _LONGEST_RANGE) + 1)]


def _start_of_street(
    text: str, tokens: list[_Token], position: int, number: str, is_street: Callable[[str], bool]
) -> int:
    """One more than where a street begins whose number is behind it; 0 where it is none."""
    words: list[str] = []
    for first in range(position - 1, max(-1, position - 2 - _MOST_WORDS), -1):
        gap = text[tokens[first].end : tokens[first + 1].start]
        if not (_GAP.match(gap) or (not gap and tokens[first].word == "#")):
            break
        word = _word(tokens[first].word)
        if not words and (word in _IS_TYPE or word in _BEFORE_NUMBER):
            continue
        words.insert(0, word)
        if is_street(f"{number}|{_joined(words)}"):
            return tokens[first].start + 1
    return 0


def _numbers_in(text: str) -> set[str]:
    """All that may be a house number in a text, and more."""
    found = _NUMBER_IN_TEXT.findall(without_accents(text.casefold()))
    ranges = _RANGE_IN_TEXT.findall(text)
    return {_number(_word(each)) or each.lstrip("0") for each in found}.union(
        *(_between(first, last) for first, last in ranges)
    )


def _end_of_street(
    text: str, tokens: list[_Token], position: int, number: str, is_street: Callable[[str], bool]
) -> int:
    """Where the street ends whose number is at a position; 0 where it is none looked for."""
    run = _run(text, tokens, position)
    for skipped in range(3):
        if skipped and not (
            run[skipped - 1 : skipped]
            and (len(run[skipped - 1].word) == 1 or run[skipped - 1].word in _IS_DIRECTION)
        ):
            break
        words = run[skipped : skipped + _MOST_WORDS]
        for length in range(len(words), 0, -1):
            name = _joined([each.word for each in words[:length]])
            if is_street(f"{number}|{name}"):
                return _with_type_and_unit(text, run, skipped + length)
    return 0


def _with_type_and_unit(text: str, run: list[_Token], length: int) -> int:
    while length < len(run) and (run[length].word in _IS_TYPE or run[length].word in _IS_DIRECTION):
        length += 1
    end = run[length - 1].end
    unit = _UNIT_AFTER.match(text, end)
    return unit.end() if unit else end


def _run(text: str, tokens: list[_Token], position: int) -> list[_Token]:
    """The words after a number that only blanks and points part from it, in their normal form."""
    run = []
    for before, token in zip(
        tokens[position:], tokens[position + 1 : position + 3 + 2 * _MOST_WORDS], strict=False
    ):
        if not _GAP.match(text[before.end : token.start]):
            break
        run.append(_Token(_word(token.word), token.start, token.end))
    return run


def _start_of_range(text: str, tokens: list[_Token], position: int) -> int:
    token = tokens[position]
    if position and text[tokens[position - 1].end : token.start].strip() in {"-", "–"}:
        before = tokens[position - 1]
        return before.start if _number(before.word) else token.start
    return token.start


def _split_numbers(part: str) -> tuple[tuple[str, ...], list[str]]:
    """House numbers and the other words; a number may stand behind the name, as in Spanish."""
    if match := _RANGE.match(part):
        first, last = match.groups()
        rest = [each.word for each in _tokens(part[match.end() :])]
        return tuple(dict.fromkeys((first, last, first + last))), rest
    words = [each.word for each in _tokens(part)]
    if number := _number(_word(words[0])):
        is_lettered = (
            len(words) > 2
            and _is_beside_number(words[1])
            and _word(words[2]) not in _IS_TYPE  # "60 O Street" is on O Street
        )
        return (number,), words[2 if is_lettered else 1 :]
    for position, word in enumerate(words):
        if word in _UNITS:
            break
        if position and (number := _number(word)):
            return (number,), words[:position]
    return (), words


def _name(words: list[str]) -> tuple[list[str], str]:
    """The name of a street without its type, and its directions: those behind it, else before."""
    found, rest = _split_at_type(_without_unit([_word(word) for word in words]))
    after = list(takewhile(_IS_DIRECTION.__contains__, rest))
    if not rest:
        while len(found) > 1 and found[-1] in _IS_DIRECTION:
            after.insert(0, found.pop())
    before = []
    while len(found) > 1 and found[0] in _IS_DIRECTION:
        before.append(found.pop(0))
    while len(found) > 1 and (found[-1] in _IS_TYPE or found[-1] == "la"):
        found.pop()
    return _joined(found).split(), "".join(after or before)


def _type(words: list[str]) -> str:
    normal = _without_unit([_word(word) for word in words])
    return next(iter(normal[len(_split_at_type(normal)[0]) :]), "")


def _without_unit(words: list[str]) -> list[str]:
    for position, word in enumerate(words):
        if word in _UNITS:
            # The floor of "3rd floor" is told before it.
            return words[: position - 1 if word in {"floor", "fl"} and position > 1 else position]
    return words


def _split_at_type(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the type of a street, and behind it."""
    for position, word in enumerate(words):
        if position and word in _IS_TYPE and not _IS_TYPE.intersection(words[position + 1 :][:1]):
            return words[:position], words[position + 1 :]
    return words, []


def _joined(words: Iterable[str]) -> str:
    return re.sub(r"\b(?:martin luther king|m l k|m l king)(?: jr)?\b", "mlk", " ".join(words))


def _without_city(words: list[str], city: str) -> list[str]:
    town = [each.word for each in _tokens(_folded(city))]
    if town and len(words) > len(town) and words[-len(town) :] == town:
        return words[: -len(town)]
    return words


def _word(word: str) -> str:
    """The normal form of a word of a street's name."""
    folded = _folded(word).replace("'", "")
    if match := _ORDINAL.match(folded):
        return match.group(1)
    return _WORDS.get(folded, folded)


def _number(word: str) -> str:
    """The digits of a house number, "" where the word is none."""
    match = _NUMBER.match(word)
    if match:
        return match.group(1)
    return f"{_NUMBERS.index(word) + 1}" if word in _NUMBERS else ""


def _is_beside_number(word: str) -> bool:
    """Whether a word is the letter of a house number."""
    return len(word) == 1 and word.isalpha() and word not in _IS_DIRECTION


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(each.group().casefold(), each.start(), each.end()) for each in _TOKEN.finditer(text)
    ]


@lru_cache(maxsize=1 << 14)
def _folded(text: str) -> str:
    return " ".join(without_accents(text.casefold()).replace("’", "'").split(" ")).strip()


def _zip_in(line: str) -> str:
    match = _TAIL.search(_folded(line))
    return match.group(1) if match else ""


def _city_in(line: str) -> str:
    """What stands between the street and the state of a line with both, "" without."""
    parts = [part.strip() for part in _folded(line).split(",")]
    named = [part for part in parts[1:] if part and not any(map(str.isdigit, part))]
    named = [part for part in named if len(part) > 2]
    named = [part for part in named if (words := _tokens(part)) and words[0].word not in _UNITS]
    return named[-1] if named else ""
