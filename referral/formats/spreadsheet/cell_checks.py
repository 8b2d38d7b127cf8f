"""Checks of one cell: whether its text can be a phone number, a date, an area and the like."""

from __future__ import annotations

import re

from referral.fields.labeled_hours import read_hours_text
from referral.fields.languages import language_code
from referral.fields.phones import parse_phone
from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import parse_position, zip5
from referral.formats.reading.cells import parse_date
from referral.formats.reading.yes_no import POPULATIONS, parse_yes_no

LONG = 60
_LONGEST_STREET = 120  # letters
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}")
_URL = re.compile(
    r"(?:https?:?//|www\.)\S+\Z|[\w-]+(?:\.[\w-]+)*\.(?:org|com|net|gov|edu|us|co)(?:/\S*)?\Z"
)
_STREET = re.compile(
    r"\d+[\w-]*\s+.*\b(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|hwy"
    r"|highway|route|rt|ct|court|pl|place|pkwy|parkway|square|sq|terrace|pike|circle)\b|p\.?\s?o\.?\s+box",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"\d{3,5}(?:-\d{4})?\Z|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\Z|[A-Z]\d[A-Z] ?\d[A-Z]\d\Z",
    re.IGNORECASE,
)
_DAY_OR_TIME = re.compile(
    r"\d\D|\D\d|\b(?:mon|tue|wed|thu|fri|sat|sun|daily|lun|mar|mi[eé]|jue|vie|s[aá]b|dom|open|clos"
    r"|abiert|cerrad|call|llam|appoint|cita|var[iy]|always|siempre)",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[;,/&\n]| and | y ")
_WORD_SEPARATORS = re.compile(r"[ (),+]+")
_PEOPLE = POPULATIONS | {
    "man", "woman", "couple", "couples", "everyone", "family", "lgbtq+", "non-binary",
    "transgender", "individuals", "hombre", "mujer", "familia", "todos",
}  # fmt: skip
_STATUSES = frozenset(
    (
        "active", "inactive", "open", "closed", "defunct", "temporarily closed", "activo",
        "inactivo", "abierto", "cerrado",
    )
)  # fmt: skip


def is_email(text: str) -> bool:
    """Return whether a spreadsheet cell is one e-mail address and nothing else."""
    return bool(_EMAIL.fullmatch(text.strip()))


def has_email(text: str) -> bool:
    """Return whether a spreadsheet cell contains an e-mail address."""
    return bool(_EMAIL.search(text))


def is_url(text: str) -> bool:
    """Return whether a spreadsheet cell is one web address and nothing else."""
    return bool(_URL.match(text.strip()))


def may_be_url(text: str) -> bool:
    """Return whether a spreadsheet cell may contain a web address: it has a dot or a slash."""
    return "." in text or "/" in text


def has_phone(text: str) -> bool:
    """Return whether a spreadsheet cell has a phone number, a short or misspelled one too."""
    digits = sum(map(str.isdigit, text))
    parsed = parse_phone(text) if len(text) < 200 and digits >= 3 else None
    return bool(parsed and (parsed.tel or sum(map(str.isdigit, parsed.number)) > 8))


def is_phone(text: str) -> bool:
    """Return whether a spreadsheet cell is one phone number that can be dialed.

    A few words beside it are allowed.
    """
    digits = sum(map(str.isdigit, text))
    parsed = parse_phone(text) if 7 <= digits <= 40 and len(text) < 60 else None
    return bool(parsed and parsed.tel)


def is_zip(text: str) -> bool:
    """Return whether a spreadsheet cell contains a ZIP code."""
    return bool(zip5(text))


def is_postcode(text: str) -> bool:
    """Return whether a spreadsheet cell is an American or British postal code.

    First zeros may be missing.
    """
    return bool(zip5(text) or _POSTCODE.match(text.strip()))


def is_position(text: str) -> bool:
    """Return whether a spreadsheet cell is a latitude and a longitude."""
    return "." in text and bool(parse_position(text))


def is_street(text: str) -> bool:
    """Return whether a spreadsheet cell is a street address, not a text that mentions one."""
    return len(text) <= _LONGEST_STREET and "<" not in text and bool(_STREET.search(text))


def may_be_street(text: str) -> bool:
    """Return whether a spreadsheet cell may be a street address.

    It is not long and has no web or e-mail address and no position.
    """
    return len(text) < 300 and not (is_url(text) or is_email(text) or is_position(text))


def is_state(text: str) -> bool:
    """Return whether a spreadsheet cell names a state or territory."""
    return bool(state_code(text))


def is_place_name(text: str) -> bool:
    """Return whether a spreadsheet cell may name a town, county or state: short, no digits."""
    return len(text) < LONG and not any(map(str.isdigit, text))


def is_hours(text: str) -> bool:
    """Return whether a spreadsheet cell is opening hours that can be parsed completely."""
    return not text.strip().isdigit() and len(text) < 200 and not _unparsed_hours(text)


def _unparsed_hours(text: str) -> str:
    parsed = read_hours_text(text)
    return parsed.rest if parsed.parts else text


def mentions_hours(text: str) -> bool:
    """Return whether a spreadsheet cell mentions days or times, even unparsable ones.

    A number alone does not count.
    """
    return bool(_DAY_OR_TIME.search(text.strip()))


def is_date(text: str) -> bool:
    """Return whether a spreadsheet cell is a date, not a number alone."""
    return not text.strip().isdigit() and parse_date(text.strip()) is not None


def is_area(text: str) -> bool:
    """Return whether a spreadsheet cell may be a service area.

    Groups of people, phones, e-mail and web addresses are none.
    """
    return not (is_people(text) or is_url(text) or has_email(text) or has_phone(text))


def is_people(text: str) -> bool:
    """Return whether at least half of a spreadsheet cell's parts are groups of people."""
    parts = [part.strip().casefold() for part in _SEPARATORS.split(text) if part.strip()]
    are_groups = [
        not {*words, *(word.rstrip("s") for word in words)}.isdisjoint(_PEOPLE)
        for words in map(_WORD_SEPARATORS.split, parts)
    ]
    return bool(parts) and 2 * sum(are_groups) >= len(parts)


def has_language(text: str) -> bool:
    """Return whether a spreadsheet cell names a language, or is yes or no."""
    words = re.split(r"[^\w]+", text)
    return (
        any(len(word) > 1 and language_code(word) for word in words)
        or parse_yes_no(text) is not None
    )


def is_status(text: str) -> bool:
    """Return whether a spreadsheet cell is a service's status ("closed"), or yes or no."""
    return text.strip().casefold() in _STATUSES or parse_yes_no(text) is not None


def has_letters(text: str) -> bool:
    """Return whether a spreadsheet cell is words rather than a number or a web address."""
    return any(map(str.isalpha, text)) and not is_url(text)


def may_be_flag(text: str) -> bool:
    """Return whether a spreadsheet cell may be a yes or no.

    Phones, dates, e-mail and web addresses are not.
    """
    return not (is_url(text) or has_email(text) or has_phone(text) or is_date(text))


def is_number(text: str) -> bool:
    """Return whether a spreadsheet cell is a number that a latitude or longitude can be."""
    try:
        return -180 <= float(text) <= 180
    except ValueError:
        return False
