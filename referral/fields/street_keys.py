"""Street keys: normal forms of a street address that are equal for all its spellings.

A key has the house number and the name of the street, without type and suite; ``place_keys`` add
the ZIP code or the city. Types and directions are abbreviated as in USPS Publication 28. Both are
often left out or wrong: types are in no key, directions count only where both addresses have them.
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
    DIRECTION_ABBREVIATIONS,
    NUMBERS,
    TYPE_ABBREVIATIONS,
    UNITS,
    fold,
    has_type,
    number_words_at,
    old_joined,
    old_word,
    parse_street_name,
    split_grid_number,
    tokenize,
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
    """A street in a line of an address; a range has several house numbers.

    Directions and type are USPS abbreviations.
    """

    numbers: tuple[str, ...]
    name: str
    directions: str
    type: str = ""


class PlaceKeys(NamedTuple):
    """Keys of an address, to store it or to look up a stored address of the same place.

    Two addresses are one place if the ``lookup`` keys of one contain a ``stored`` key of the other.

    Attributes:
        streets: keys for running text, where no city is given: house number and name.
        directed_streets: each of ``streets`` with the letters of its directions.
        legacy: keys for running text that only versions before 0.3 look up.
    """

    stored: frozenset[str]
    lookup: frozenset[str]
    streets: frozenset[str]
    directed_streets: frozenset[tuple[str, str]]
    legacy: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


@lru_cache(maxsize=1 << 14)
def place_keys(lines: tuple[str, ...], city: str, postal_code: str) -> PlaceKeys:
    """Return the keys of an address.

    Args:
        lines: the street lines; one may contain city and ZIP code as well.
    """
    stored: set[str] = set()
    lookup: set[str] = set()
    streets: set[tuple[str, str]] = set()
    legacy: set[str] = set()
    parsed = [(line, found) for line in lines if (found := _parse_line(line, city))]
    numbered = [each for each in parsed if each[1].street.numbers or each[1].text_keys]
    for line, (street, text_keys) in numbered or parsed[:1]:
        code = zip5(postal_code) or _zip_in(line)
        town = _STATE_AFTER.sub("", fold(city or _city_in(line)))
        towns = {fold(each) for each in (town, *cities_of_zip(code)) if each}
        letters = max((each for _, each in text_keys), key=len, default="")
        bases = {(f"{number}|{street.name}", letters) for number in street.numbers or ("",)}
        for base, directions in bases | text_keys:
            if all(base.partition("|")[::2]):
                streets.add((base, directions))
            _add_place(base, street.directions, code or fold(postal_code), towns, stored, lookup)
        if text_keys:
            legacy |= {base for base, _ in bases} - {base for base, _ in text_keys}
    return PlaceKeys(
        frozenset(stored),
        frozenset(lookup),
        frozenset(base for base, _ in streets),
        frozenset(streets),
        frozenset(legacy),
    )


class DirectionKeys(NamedTuple):
    """Keys that tell streets with one house number and name apart by their directions.

    Where ``decided`` is stored, only a street of which ``own`` or ``none`` is stored is the same.

    Attributes:
        own: stored for all directions that the street may be written with.
        none: stored for a street without directions.
    """

    decided: str
    own: str
    none: str


def direction_keys(street: str, directions: str) -> DirectionKeys:
    """Return the direction keys of a street key (house number and name) and its directions."""
    return DirectionKeys(f"{street}|?", f"{street}|{directions}", f"{street}|*")


def text_keys_of(keys: PlaceKeys) -> Iterator[str]:
    """Yield the keys to store for an address, so that its streets are found in texts.

    Versions before 0.3 stored and look up only number and name. Direction keys, where stored,
    decide.
    """
    for street, directions in keys.directed_streets:
        keys_of_street = direction_keys(street, "")
        yield from (street, keys_of_street.decided)
        if street in keys.legacy:
            continue
        if not directions:
            yield keys_of_street.none
            continue
        for count in range(5):
            for some in map("".join, combinations("ensw", count)):
                if are_same_directions(directions, some):
                    yield direction_keys(street, some).own


def are_same_directions(one: str, other: str) -> bool:
    """Return whether two directions may be of one street: "N" and "NW", but not "NE" and "NW"."""
    return set(one) <= set(other) or set(other) <= set(one)


def street_lookup_keys(street: str, city: str, postal_code: str) -> frozenset[str]:
    """Return the keys to look up a street key (house number and name) found in an address line."""
    code, lookup = zip5(postal_code), set[str]()
    towns = {fold(town) for town in (city, *cities_of_zip(code)) if town}
    _add_place(street, "", code or fold(postal_code), towns, set(), lookup)
    return frozenset(lookup)


def _add_place(
    base: str, directions: str, code: str, towns: Iterable[str], stored: set[str], lookup: set[str]
) -> None:
    """Add the keys of one house number; directions are compared only where both addresses have any.

    An address without city and ZIP code may be in any city.
    """
    towns = list(towns)
    stored.add(f"{base}|")
    lookup.add(f"{base}|!")
    if not code and not towns:
        stored.add(f"{base}|!")
        lookup.add(f"{base}|")
    if code:
        stored.add(f"{base}|{code}")
        lookup.add(f"{base}|{code}")
    for town in towns:
        stored |= {f"{base}|{directions}|{town}", f"{base}|?|{town}"}
        lookup |= {f"{base}|{directions}|{town}", f"{base}|*|{town}"}
        if not directions:
            stored.add(f"{base}|*|{town}")
            lookup.add(f"{base}|?|{town}")


def parse_street(line: str, city: str = "") -> Street | None:
    """Parse the street in a line of an address; None for a line without one, such as a suite."""
    found = _parse_line(line, city)
    return found.street if found else None


class _ParsedLine(NamedTuple):
    """A street, and its keys for running text, each with the letters of its directions."""

    street: Street
    text_keys: frozenset[tuple[str, str]]


def _parse_line(line: str, city: str) -> _ParsedLine | None:
    text = fold(without_fractions(line[:_LONGEST_LINE]))
    if box := _BOX.search(text):
        number = box.group(1) or box.group(2)
        return _ParsedLine(Street((number,), "po box", ""), frozenset({(f"{number}|pobox", "")}))
    text = _COMMA_BEFORE_DIRECTION.sub(" ", _FRACTION.sub("", _TAIL.sub("", text)))
    parts = [part.strip() for part in re.split(r"[,;\n]|\s{3,}", text) if part.strip()]
    parts = [part for part in parts if (words := _tokens(part)) and words[0].word not in UNITS]
    numbered = [part for part in parts if " " in part and _house_number(_tokens(part)[0].word)]
    for part in (*numbered, *parts):
        numbers, rest = _split_numbers(part)
        rest = _without_city(rest, city)
        name, directions = _split_name(rest)
        if name and (numbers or len(name) > 1):
            street = Street(numbers, " ".join(name), directions, _type_of(rest))
            more = (
                _iter_text_keys(each, *_split_numbers(each)) for each in numbered if each != part
            )
            text_keys = chain(_iter_text_keys(part, numbers, rest), *more)
            return _ParsedLine(street, frozenset(text_keys))
    return None


def _iter_text_keys(
    part: str, numbers: Iterable[str], rest: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield the keys of a part of a line as ``street_words`` forms them, with directions."""
    found = [(number, " ".join(_without_unit(rest))) for number in numbers]
    some = tokenize(part)
    if grid := split_grid_number(some):
        found.append((grid[0], part[some[grid[1] - 1].end :]))
    for number, count in number_words_at(some, 0):
        found.append((number, part[some[count - 1].end :]))
    for each, following in pairwise(some):
        if _house_number(each.raw) and old_word(following.raw) not in TYPE_ABBREVIATIONS:
            behind = part[following.start :]
            found += [(_house_number(each.raw), behind)] if has_type(behind) else []
    last = some[-1] if some else None
    if (
        last
        and len(some) > 1
        and (number := _house_number(last.raw))
        and not _house_number(some[0].raw)
    ):
        marks = takewhile(lambda each: each.raw in UNITS, reversed(some[:-1]))
        found.append((number, part[: min((each.start for each in marks), default=last.start)]))
    for number, text in found:
        name, directions = parse_street_name(text)
        if name:
            yield f"{number}|{name}", directions


def _split_numbers(part: str) -> tuple[tuple[str, ...], list[str]]:
    """Split a line into house numbers and other words; as in Spanish, the number may be last."""
    if match := _RANGE.match(part):
        first, last = match.groups()
        rest = [each.word for each in _tokens(part[match.end() :])]
        return tuple(dict.fromkeys((first, last, first + last))), rest
    words = [each.word for each in _tokens(part)]
    if number := _house_number(old_word(words[0])):
        is_lettered = (
            len(words) > 2
            and _is_number_suffix(words[1])
            and old_word(words[2]) not in TYPE_ABBREVIATIONS  # "60 O Street" is on O Street
        )
        return (number,), words[2 if is_lettered else 1 :]
    for position, word in enumerate(words):
        if word in UNITS:
            break
        if position and (number := _house_number(word)):
            return (number,), words[:position]
    return (), words


def _split_name(words: list[str]) -> tuple[list[str], str]:
    """Return the name of a street without its type, and the directions after it, or else before."""
    found, rest = _split_at_type(_without_unit([old_word(word) for word in words]))
    after = list(takewhile(DIRECTION_ABBREVIATIONS.__contains__, rest))
    if not rest:
        while len(found) > 1 and found[-1] in DIRECTION_ABBREVIATIONS:
            after.insert(0, found.pop())
    before = []
    while len(found) > 1 and found[0] in DIRECTION_ABBREVIATIONS:
        before.append(found.pop(0))
    while len(found) > 1 and (found[-1] in TYPE_ABBREVIATIONS or found[-1] == "la"):
        found.pop()
    return old_joined(found).split(), "".join(after or before)


def _type_of(words: list[str]) -> str:
    normal = _without_unit([old_word(word) for word in words])
    return next(iter(normal[len(_split_at_type(normal)[0]) :]), "")


def _without_unit(words: list[str]) -> list[str]:
    for position, word in enumerate(words):
        if word in UNITS:
            # In "3rd floor", the word before belongs to the unit as well.
            return words[: position - 1 if word in {"floor", "fl"} and position > 1 else position]
    return words


def _split_at_type(words: list[str]) -> tuple[list[str], list[str]]:
    """Split words into those before the type of a street and those after it."""
    for position, word in enumerate(words):
        if (
            position
            and word in TYPE_ABBREVIATIONS
            and not TYPE_ABBREVIATIONS.intersection(words[position + 1 :][:1])
        ):
            return words[:position], words[position + 1 :]
    return words, []


def _without_city(words: list[str], city: str) -> list[str]:
    town = [each.word for each in _tokens(fold(city))]
    if town and len(words) > len(town) and words[-len(town) :] == town:
        return words[: -len(town)]
    return words


def _house_number(word: str) -> str:
    """Return the digits of a house number, "" for another word."""
    match = _NUMBER.match(word)
    if match:
        return match.group(1)
    return NUMBERS.get(word, "")


def _is_number_suffix(word: str) -> bool:
    """Return whether a word may be the letter of a house number, as in "12 B"."""
    return len(word) == 1 and word.isalpha() and word not in DIRECTION_ABBREVIATIONS


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(each.group().casefold(), each.start(), each.end()) for each in _TOKEN.finditer(text)
    ]


def _zip_in(line: str) -> str:
    match = _TAIL.search(fold(line))
    return match.group(1) if match else ""


def _city_in(line: str) -> str:
    """Return the city of an address line, the last part after its street; "" without one."""
    parts = [part.strip() for part in fold(line).split(",")]
    cities = [part for part in parts[1:] if part and not any(map(str.isdigit, part))]
    cities = [part for part in cities if len(part) > 2]
    cities = [part for part in cities if (words := _tokens(part)) and words[0].word not in UNITS]
    return cities[-1] if cities else ""
