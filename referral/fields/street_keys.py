"""Street keys: normal forms of a street address, equal however it is spelled.

A key has the house number and the name of the street, without its type and without the suite;
``place_keys`` add the ZIP code or the city. Types and directions are abbreviated as in USPS
Publication 28; both are often left out or wrong, so that a key says little of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, pairwise, takewhile
from typing import NamedTuple

from referral.fields.places.lookup import cities_of_zip, zip5
from referral.fields.street_words import (
    IS_DIRECTION,
    IS_TYPE,
    NUMBERS,
    UNITS,
    folded,
    grid_number,
    has_type,
    number_words_at,
    old_joined,
    old_word,
    street_name,
    tokens,
    without_fractions,
)

_LONGEST_LINE = 1000  # letters; more is not an address
_NUMBER = re.compile(r"0*(\d{1,6})[a-z]?\Z")
_TOKEN = re.compile(r"#|[^\W_]+(?:['’][^\W_]+)*")
_BOX = re.compile(r"\bp\W{0,2}o\W{0,2}\s*box\W{0,3}(\w+)|\bpost office box\W{0,3}(\w+)")
_TAIL = re.compile(
    r"[\s,]+(?:[a-z]{2}\.?[\s,]+)?(\d{5})(?:-\d{4})?(?:[\s,]+(?:usa?|united states))?\s*\Z"
)
_RANGE = re.compile(r"\s*0*(\d{1,6})[a-z]?\s*[-–&/]\s*0*(\d{1,6})[a-z]?(?=[\s.,])")
_FRACTION = re.compile(r"(?<=\d)[ -]\d/\d\b")
_COMMA_BEFORE_DIRECTION = re.compile(r",\s*(?=[ns]\.?\s?[ew]\.?(?:[\s,]|\Z))")
_STATE_AFTER = re.compile(r"[\s,]+[a-z]\.?[a-z]\.?\Z")


class Street(NamedTuple):
    """House numbers of a line (several for a range), name of the street, directions, and type."""

    numbers: tuple[str, ...]
    name: str
    directions: str
    type: str = ""


class PlaceKeys(NamedTuple):
    """Keys of one address: it is the place of another if one of ``asked`` is in its ``kept``.

    Attributes:
        streets: its keys in running text, where no city is beside it: numbers and names.
        named: the same, each with the letters of its directions.
        former: those that only versions before 0.3 look for.
    """

    kept: frozenset[str]
    asked: frozenset[str]
    streets: frozenset[str]
    named: frozenset[tuple[str, str]]
    former: frozenset[str]


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
    streets: set[tuple[str, str]] = set()
    former: set[str] = set()
    found = [(line, *read) for line in lines if (read := _read(line, city))]
    numbered = [each for each in found if each[1].numbers or each[2]] or found[:1]
    for line, street, in_texts in numbered:
        code = zip5(postal_code) or _zip_in(line)
        named = _STATE_AFTER.sub("", folded(city or _city_in(line)))
        towns = {folded(town) for town in (named, *cities_of_zip(code)) if town}
        letters = max((each for _, each in in_texts), key=len, default="")
        bases = {(f"{number}|{street.name}", letters) for number in street.numbers or ("",)}
        for base, directions in bases | in_texts:
            if all(base.partition("|")[::2]):
                streets.add((base, directions))
            _add_place(base, street.directions, code or folded(postal_code), towns, kept, asked)
        if in_texts:
            former |= {base for base, _ in bases} - {base for base, _ in in_texts}
    return PlaceKeys(
        frozenset(kept),
        frozenset(asked),
        frozenset(base for base, _ in streets),
        frozenset(streets),
        frozenset(former),
    )


def directed(street: str, directions: str) -> tuple[str, str, str]:
    """The keys that decide of a number and name with directions.

    The first is kept where directions are known; then it is the same street only if one of the
    others is kept: it has these directions, or none.
    """
    return f"{street}|?", f"{street}|{directions}", f"{street}|*"


def keys_in_texts(keys: PlaceKeys) -> Iterator[str]:
    """All that is kept to find the streets of an address in texts.

    Versions before 0.3 kept numbers and names alone, and look for them. Where something beside them
    is kept, it decides.
    """
    for street, directions in keys.named:
        known, _, none = directed(street, "")
        yield from (street, known)
        if street in keys.former:
            continue
        if not directions:
            yield none
            continue
        for count in range(5):
            for some in map("".join, combinations("ensw", count)):
                if are_same_directions(directions, some):
                    yield directed(street, some)[1]


def are_same_directions(one: str, other: str) -> bool:
    """Return whether both may be of one street: "N" and "NW" or none, but not "NE" and "NW"."""
    return set(one) <= set(other) or set(other) <= set(one)


def asked_at(street: str, city: str, postal_code: str) -> frozenset[str]:
    """The keys to ask for a street (number and name) that a line of an address names anywhere."""
    code, asked = zip5(postal_code), set[str]()
    towns = {folded(town) for town in (city, *cities_of_zip(code)) if town}
    _add_place(street, "", code or folded(postal_code), towns, set(), asked)
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
    found = _read(line, city)
    return found[0] if found else None


def _read(line: str, city: str) -> tuple[Street, frozenset[tuple[str, str]]] | None:
    """The street in a line; its number and name in the form of texts, with directions."""
    text = folded(without_fractions(line[:_LONGEST_LINE]))
    if box := _BOX.search(text):
        number = box.group(1) or box.group(2)
        return Street((number,), "po box", ""), frozenset({(f"{number}|pobox", "")})
    text = _COMMA_BEFORE_DIRECTION.sub(" ", _FRACTION.sub("", _TAIL.sub("", text)))
    parts = [part.strip() for part in re.split(r"[,;\n]|\s{3,}", text) if part.strip()]
    parts = [part for part in parts if (words := _tokens(part)) and words[0].word not in UNITS]
    numbered = [part for part in parts if " " in part and _number(_tokens(part)[0].word)]
    for part in (*numbered, *parts):
        numbers, rest = _split_numbers(part)
        rest = _without_city(rest, city)
        name, directions = _name(rest)
        if name and (numbers or len(name) > 1):
            street = Street(numbers, " ".join(name), directions, _type(rest))
            more = (_in_texts(each, *_split_numbers(each)) for each in numbered if each != part)
            return street, frozenset(chain(_in_texts(part, numbers, rest), *more))
    return None


def _in_texts(part: str, numbers: Iterable[str], rest: list[str]) -> Iterator[tuple[str, str]]:
    """Number and name of a part of a line, and directions, as ``street_words`` reads them."""
    found = [(number, " ".join(_without_unit(rest))) for number in numbers]
    some = tokens(part)
    if grid := grid_number(some):
        found.append((grid[0], part[some[grid[1] - 1].end :]))
    for number, count in number_words_at(some, 0):
        found.append((number, part[some[count - 1].end :]))
    for each, following in pairwise(some):
        if _number(each.raw) and old_word(following.raw) not in IS_TYPE:
            behind = part[following.start :]
            found += [(_number(each.raw), behind)] if has_type(behind) else []
    last = some[-1] if some else None
    if last and len(some) > 1 and (number := _number(last.raw)) and not _number(some[0].raw):
        marks = takewhile(lambda each: each.raw in UNITS, reversed(some[:-1]))
        found.append((number, part[: min((each.start for each in marks), default=last.start)]))
    for number, text in found:
        name, directions = street_name(text)
        if name:
            yield f"{number}|{name}", directions


def _split_numbers(part: str) -> tuple[tuple[str, ...], list[str]]:
    """House numbers and the other words; a number may stand behind the name, as in Spanish."""
    if match := _RANGE.match(part):
        first, last = match.groups()
        rest = [each.word for each in _tokens(part[match.end() :])]
        return tuple(dict.fromkeys((first, last, first + last))), rest
    words = [each.word for each in _tokens(part)]
    if number := _number(old_word(words[0])):
        is_lettered = (
            len(words) > 2
            and _is_beside_number(words[1])
            and old_word(words[2]) not in IS_TYPE  # "60 O Street" is on O Street
        )
        return (number,), words[2 if is_lettered else 1 :]
    for position, word in enumerate(words):
        if word in UNITS:
            break
        if position and (number := _number(word)):
            return (number,), words[:position]
    return (), words


def _name(words: list[str]) -> tuple[list[str], str]:
    """The name of a street without its type, and its directions: those behind it, else before."""
    found, rest = _split_at_type(_without_unit([old_word(word) for word in words]))
    after = list(takewhile(IS_DIRECTION.__contains__, rest))
    if not rest:
        while len(found) > 1 and found[-1] in IS_DIRECTION:
            after.insert(0, found.pop())
    before = []
    while len(found) > 1 and found[0] in IS_DIRECTION:
        before.append(found.pop(0))
    while len(found) > 1 and (found[-1] in IS_TYPE or found[-1] == "la"):
        found.pop()
    return old_joined(found).split(), "".join(after or before)


def _type(words: list[str]) -> str:
    normal = _without_unit([old_word(word) for word in words])
    return next(iter(normal[len(_split_at_type(normal)[0]) :]), "")


def _without_unit(words: list[str]) -> list[str]:
    for position, word in enumerate(words):
        if word in UNITS:
            # The floor of "3rd floor" is told before it.
            return words[: position - 1 if word in {"floor", "fl"} and position > 1 else position]
    return words


def _split_at_type(words: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before the type of a street, and behind it."""
    for position, word in enumerate(words):
        if position and word in IS_TYPE and not IS_TYPE.intersection(words[position + 1 :][:1]):
            return words[:position], words[position + 1 :]
    return words, []


def _without_city(words: list[str], city: str) -> list[str]:
    town = [each.word for each in _tokens(folded(city))]
    if town and len(words) > len(town) and words[-len(town) :] == town:
        return words[: -len(town)]
    return words


def _number(word: str) -> str:
    """The digits of a house number, "" where the word is none."""
    match = _NUMBER.match(word)
    if match:
        return match.group(1)
    return NUMBERS.get(word, "")


def _is_beside_number(word: str) -> bool:
    """Return whether a word is the letter of a house number."""
    return len(word) == 1 and word.isalpha() and word not in IS_DIRECTION


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(each.group().casefold(), each.start(), each.end()) for each in _TOKEN.finditer(text)
    ]


def _zip_in(line: str) -> str:
    match = _TAIL.search(folded(line))
    return match.group(1) if match else ""


def _city_in(line: str) -> str:
    """Return what stands between the street and the state of a line with both, "" without."""
    parts = [part.strip() for part in folded(line).split(",")]
    named = [part for part in parts[1:] if part and not any(map(str.isdigit, part))]
    named = [part for part in named if len(part) > 2]
    named = [part for part in named if (words := _tokens(part)) and words[0].word not in UNITS]
    return named[-1] if named else ""
