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

_MOST_LETTERS_OF_LINE = 1000  # more is not an address
_HOUSE_NUMBER = re.compile(r"0*(\d{1,6})[a-z]?\Z")
_TOKEN = re.compile(r"#|[^\W_]+(?:['’][^\W_]+)*")
_POST_OFFICE_BOX = re.compile(r"\bp\W{0,2}o\W{0,2}\s*box\W{0,3}(\w+)|\bpost office box\W{0,3}(\w+)")
_ZIP_AND_COUNTRY = re.compile(
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
    parsed_lines = [
        (line, parsed_line) for line in lines if (parsed_line := _parse_line(line, city))
    ]
    with_numbers = [
        (line, parsed) for line, parsed in parsed_lines if parsed.street.numbers or parsed.text_keys
    ]
    for line, (street, text_keys) in with_numbers or parsed_lines[:1]:
        zip_code = zip5(postal_code) or _zip_code_in(line)
        town = _STATE_AFTER.sub("", fold(city or _city_in(line)))
        towns = {fold(town_name) for town_name in (town, *cities_of_zip(zip_code)) if town_name}
        text_directions = max((directions for _, directions in text_keys), key=len, default="")
        street_keys = {
            (f"{number}|{street.name}", text_directions) for number in street.numbers or ("",)
        }
        for street_key, directions in street_keys | text_keys:
            if all(street_key.partition("|")[::2]):
                streets.add((street_key, directions))
            _add_place_keys(
                street_key, street.directions, zip_code or fold(postal_code), towns, stored, lookup
            )
        if text_keys:
            legacy |= {street_key for street_key, _ in street_keys} - {
                street_key for street_key, _ in text_keys
            }
    return PlaceKeys(
        frozenset(stored),
        frozenset(lookup),
        frozenset(street_key for street_key, _ in streets),
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
            for other_directions in map("".join, combinations("ensw", count)):
                if are_same_directions(directions, other_directions):
                    yield direction_keys(street, other_directions).own


def are_same_directions(one: str, other: str) -> bool:
    """Return whether two directions may be of one street: "N" and "NW", but not "NE" and "NW"."""
    return set(one) <= set(other) or set(other) <= set(one)


def street_lookup_keys(street: str, city: str, postal_code: str) -> frozenset[str]:
    """Return the keys to look up a street key (house number and name) found in an address line."""
    zip_code, lookup = zip5(postal_code), set[str]()
    towns = {fold(town) for town in (city, *cities_of_zip(zip_code)) if town}
    _add_place_keys(street, "", zip_code or fold(postal_code), towns, set(), lookup)
    return frozenset(lookup)


def _add_place_keys(
    street_key: str,
    directions: str,
    zip_code: str,
    towns: Iterable[str],
    stored: set[str],
    lookup: set[str],
) -> None:
    """Add the keys of one house number; directions are compared only where both addresses have any.

    An address without city and ZIP code may be in any city.
    """
    towns = list(towns)
    stored.add(f"{street_key}|")
    lookup.add(f"{street_key}|!")
    if not zip_code and not towns:
        stored.add(f"{street_key}|!")
        lookup.add(f"{street_key}|")
    if zip_code:
        stored.add(f"{street_key}|{zip_code}")
        lookup.add(f"{street_key}|{zip_code}")
    for town in towns:
        stored |= {f"{street_key}|{directions}|{town}", f"{street_key}|?|{town}"}
        lookup |= {f"{street_key}|{directions}|{town}", f"{street_key}|*|{town}"}
        if not directions:
            stored.add(f"{street_key}|*|{town}")
            lookup.add(f"{street_key}|?|{town}")


def parse_street(line: str, city: str = "") -> Street | None:
    """Parse the street in a line of an address; None for a line without one, such as a suite."""
    parsed_line = _parse_line(line, city)
    return parsed_line.street if parsed_line else None


class _ParsedLine(NamedTuple):
    """A street, and its keys for running text, each with the letters of its directions."""

    street: Street
    text_keys: frozenset[tuple[str, str]]


def _parse_line(line: str, city: str) -> _ParsedLine | None:
    text = fold(without_fractions(line[:_MOST_LETTERS_OF_LINE]))
    if box := _POST_OFFICE_BOX.search(text):
        number = box.group(1) or box.group(2)
        return _ParsedLine(Street((number,), "po box", ""), frozenset({(f"{number}|pobox", "")}))
    text = _COMMA_BEFORE_DIRECTION.sub(" ", _FRACTION.sub("", _ZIP_AND_COUNTRY.sub("", text)))
    parts = [part.strip() for part in re.split(r"[,;\n]|\s{3,}", text) if part.strip()]
    parts = [part for part in parts if (words := _tokens(part)) and words[0].word not in UNITS]
    numbered = [part for part in parts if " " in part and _house_number(_tokens(part)[0].word)]
    for part in (*numbered, *parts):
        numbers, street_words = _split_numbers(part)
        street_words = _without_city(street_words, city)
        name, directions = _split_name(street_words)
        if name and (numbers or len(name) > 1):
            street = Street(numbers, " ".join(name), directions, _street_type(street_words))
            other_text_keys = (
                _iter_text_keys(other_part, *_split_numbers(other_part))
                for other_part in numbered
                if other_part != part
            )
            text_keys = chain(_iter_text_keys(part, numbers, street_words), *other_text_keys)
            return _ParsedLine(street, frozenset(text_keys))
    return None


def _iter_text_keys(
    part: str, numbers: Iterable[str], street_words: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield the keys of a part of a line as ``street_words`` forms them, with directions."""
    numbered_texts = [(number, " ".join(_without_unit(street_words))) for number in numbers]
    tokens = tokenize(part)
    if grid := split_grid_number(tokens):
        number, count = grid
        numbered_texts.append((number, part[tokens[count - 1].end :]))
    for number, count in number_words_at(tokens, 0):
        numbered_texts.append((number, part[tokens[count - 1].end :]))
    for token, next_token in pairwise(tokens):
        if _house_number(token.raw) and old_word(next_token.raw) not in TYPE_ABBREVIATIONS:
            following_text = part[next_token.start :]
            numbered_texts += (
                [(_house_number(token.raw), following_text)] if has_type(following_text) else []
            )
    last_token = tokens[-1] if tokens else None
    if (
        last_token
        and len(tokens) > 1
        and (number := _house_number(last_token.raw))
        and not _house_number(tokens[0].raw)
    ):
        unit_marks = takewhile(lambda token: token.raw in UNITS, reversed(tokens[:-1]))
        numbered_texts.append(
            (number, part[: min((token.start for token in unit_marks), default=last_token.start)])
        )
    for number, text in numbered_texts:
        name, directions = parse_street_name(text)
        if name:
            yield f"{number}|{name}", directions


def _split_numbers(part: str) -> tuple[tuple[str, ...], list[str]]:
    """Split a line into house numbers and other words; as in Spanish, the number may be last."""
    if match := _RANGE.match(part):
        first, last = match.groups()
        street_words = [token.word for token in _tokens(part[match.end() :])]
        return tuple(dict.fromkeys((first, last, first + last))), street_words
    words = [token.word for token in _tokens(part)]
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
    name_words, words_after_type = _split_at_type(_without_unit([old_word(word) for word in words]))
    directions_after = list(takewhile(DIRECTION_ABBREVIATIONS.__contains__, words_after_type))
    if not words_after_type:
        while len(name_words) > 1 and name_words[-1] in DIRECTION_ABBREVIATIONS:
            directions_after.insert(0, name_words.pop())
    directions_before = []
    while len(name_words) > 1 and name_words[0] in DIRECTION_ABBREVIATIONS:
        directions_before.append(name_words.pop(0))
    while len(name_words) > 1 and (name_words[-1] in TYPE_ABBREVIATIONS or name_words[-1] == "la"):
        name_words.pop()
    return old_joined(name_words).split(), "".join(directions_after or directions_before)


def _street_type(words: list[str]) -> str:
    normal_words = _without_unit([old_word(word) for word in words])
    return next(iter(normal_words[len(_split_at_type(normal_words)[0]) :]), "")


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
    city_words = [token.word for token in _tokens(fold(city))]
    if city_words and len(words) > len(city_words) and words[-len(city_words) :] == city_words:
        return words[: -len(city_words)]
    return words


def _house_number(word: str) -> str:
    """Return the digits of a house number, "" for another word."""
    match = _HOUSE_NUMBER.match(word)
    if match:
        return match.group(1)
    return NUMBERS.get(word, "")


def _is_number_suffix(word: str) -> bool:
    """Return whether a word may be the letter of a house number, as in "12 B"."""
    return len(word) == 1 and word.isalpha() and word not in DIRECTION_ABBREVIATIONS


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(match.group().casefold(), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def _zip_code_in(line: str) -> str:
    match = _ZIP_AND_COUNTRY.search(fold(line))
    return match.group(1) if match else ""


def _city_in(line: str) -> str:
    """Return the city of an address line, the last part after its street; "" without one."""
    parts = [part.strip() for part in fold(line).split(",")]
    cities = [part for part in parts[1:] if part and not any(map(str.isdigit, part))]
    cities = [part for part in cities if len(part) > 2]
    cities = [part for part in cities if (words := _tokens(part)) and words[0].word not in UNITS]
    return cities[-1] if cities else ""
