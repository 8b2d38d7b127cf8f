"""What the cells of a column say of it: whether they fit a target, and which one they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from referral.fields.labelled_hours import read_hours_text
from referral.fields.languages import language_code
from referral.fields.phones import parse_phone
from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import parse_position, zip5
from referral.formats.column_mapping import FLAG_TARGETS
from referral.formats.reading.cells import parse_date
from referral.formats.reading.yes_no import POPULATIONS, parse_yes_no

Fits = Callable[[str], bool]

VETO = 0.3
"""A smaller share of cells that fit says that the header is wrong about them."""
_FEWEST = 3  # cells that may say so
_SAMPLE = 80
_ENOUGH = 0.7
_LONG = 60
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
_TELLS_HOURS = re.compile(
    r"\d\D|\D\d|\b(?:mon|tue|wed|thu|fri|sat|sun|daily|lun|mar|mi[eé]|jue|vie|s[aá]b|dom|open|clos"
    r"|abiert|cerrad|call|llam|appoint|cita|var[iy]|always|siempre)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[;,/&\n]| and | y ")
_WORD = re.compile(r"[ (),+]+")
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


def _is_email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text.strip()))


def _has_email(text: str) -> bool:
    return bool(_EMAIL.search(text))


def _is_url(text: str) -> bool:
    return bool(_URL.match(text.strip()))


def _may_be_url(text: str) -> bool:
    return "." in text or "/" in text


def _has_phone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    parsed = parse_phone(text) if len(text) < 200 and digits >= 3 else None
    return bool(parsed and (parsed.tel or sum(map(str.isdigit, parsed.number)) > 8))


def _is_phone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    parsed = parse_phone(text) if 7 <= digits <= 40 and len(text) < 60 else None
    return bool(parsed and parsed.tel)


def _is_zip(text: str) -> bool:
    return bool(zip5(text))


def _is_postcode(text: str) -> bool:
    return bool(zip5(text) or _POSTCODE.match(text.strip()))


def _is_position(text: str) -> bool:
    return "." in text and bool(parse_position(text))


def _is_street(text: str) -> bool:
    """Whether a value is a street address, not a text that mentions one."""
    return len(text) <= _LONGEST_STREET and "<" not in text and bool(_STREET.search(text))


def _may_be_street(text: str) -> bool:
    return len(text) < 300 and not (_is_url(text) or _is_email(text) or _is_position(text))


def _is_state(text: str) -> bool:
    return bool(state_code(text))


def _is_place_name(text: str) -> bool:
    return len(text) < _LONG and not any(map(str.isdigit, text))


def _is_hours(text: str) -> bool:
    return not text.strip().isdigit() and len(text) < 200 and not _rest_of_hours(text)


def _rest_of_hours(text: str) -> str:
    read = read_hours_text(text)
    return read.rest if read.parts else text


def _tells_hours(text: str) -> bool:
    """Whether a value says something of days or times, read or not; a number alone does not."""
    return bool(_TELLS_HOURS.search(text.strip()))


def _is_date(text: str) -> bool:
    return not text.strip().isdigit() and parse_date(text.strip()) is not None


def _is_area(text: str) -> bool:
    """Whether a value may be an area: not a group of people, nor a way to reach somebody."""
    return not (_is_people(text) or _is_url(text) or _has_email(text) or _has_phone(text))


def _is_people(text: str) -> bool:
    """Whether at least half of the parts of a value are groups of people."""
    parts = [part.strip().casefold() for part in _BETWEEN.split(text) if part.strip()]
    named = [
        not {*words, *(word.rstrip("s") for word in words)}.isdisjoint(_PEOPLE)
        for words in map(_WORD.split, parts)
    ]
    return bool(parts) and 2 * sum(named) >= len(parts)


def _has_language(text: str) -> bool:
    words = re.split(r"[^\w]+", text)
    return (
        any(len(word) > 1 and language_code(word) for word in words)
        or parse_yes_no(text) is not None
    )


def _is_status(text: str) -> bool:
    return text.strip().casefold() in _STATUSES or parse_yes_no(text) is not None


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text)) and not _is_url(text)


def _may_be_flag(text: str) -> bool:
    """Whether a value may say yes or no in some words: a phone or an address says neither."""
    return not (_is_url(text) or _has_email(text) or _has_phone(text) or _is_date(text))


def _is_number(text: str) -> bool:
    try:
        return -180 <= float(text) <= 180
    except ValueError:
        return False


_FITS: Mapping[str, Fits] = {
    "organization.name": _has_letters,
    "organization.email": _has_email,
    "service.name": _has_letters,
    "service.description": _has_letters,
    "service.email": _has_email,
    "service.status": _is_status,
    "service.url": _may_be_url,
    "organization.website": _may_be_url,
    "service.assured_date": _is_date,
    "location.name": _has_letters,
    "location.latitude": _is_number,
    "location.longitude": _is_number,
    "location.position": _is_position,
    "address.address_1": _may_be_street,
    "address.city": _is_place_name,
    "address.state_province": _is_place_name,
    "address.postal_code": _is_postcode,
    "address.region": _is_place_name,
    "phone.number": _has_phone,
    "schedule.hours": _tells_hours,
    "service_area.name": _is_area,
    "language.name": _has_language,
    "contact.name": _has_letters,
    **dict.fromkeys(FLAG_TARGETS, _may_be_flag),
}
# What cells name themselves, in this order: a ZIP code could be much else.
_NAMED: tuple[tuple[str, str, Fits], ...] = (
    ("service.email", "email addresses", _is_email),
    ("service.url", "web addresses", _is_url),
    ("address.postal_code", "ZIP codes", _is_zip),
    ("location.position", "pairs of latitude and longitude", _is_position),
    ("phone.number", "phone numbers", _is_phone),
    ("address.state_province", "states", _is_state),
    ("schedule.hours", "opening hours", _is_hours),
    ("address.address_1", "street addresses", _is_street),
)
_ALIKE = {
    "service.email": "service.email",
    "organization.email": "service.email",
    "service.url": "service.url",
    "organization.website": "service.url",
    "address.postal_code": "address.postal_code",
    "location.position": "location.position",
    "phone.number": "phone.number",
    "schedule.hours": "schedule.hours",
}


def share_that_fits(target: str, cells: Sequence[str]) -> float:
    """The share of cells that can be what the target says; 1 where anything can, or for few."""
    fits = _FITS.get(target)
    return _share(fits, cells) if fits and len(cells) >= _FEWEST else 1.0


def target_by_cells(cells: Sequence[str]) -> tuple[str, str, float]:
    """The target that most cells name, what they are, and their share; "" when unclear."""
    for target, what, fits in _NAMED:
        share = _share(fits, cells)
        if share >= _ENOUGH:
            return target, what, share
    return "", "", 0.0


def fits_target(target: str, text: str) -> bool:
    """Whether a cell can be what the target says; true where anything can."""
    fits = _FITS.get(target)
    return fits is None or fits(text)


def kind_of_target(target: str) -> str:
    """What a target has in common with others whose cells look alike; "" where cells do not tell.

    Examples:
        "phone.fax" is "phone.number", and "organization.website" is "service.url".
    """
    if target.startswith("phone.") and target not in FLAG_TARGETS:
        return "phone.number"
    return _ALIKE.get(target, "")


def kind_of_cell(text: str) -> str:
    """The kind of target that a cell names by itself, as ``kind_of_target`` has it; "" if none."""
    return next((target for target, _, fits in _NAMED if target in _ALIKE and fits(text)), "")


def are_people(cells: Sequence[str]) -> bool:
    """Whether most cells name groups of people."""
    return _share(_is_people, cells) > 0.5


def are_long_texts(cells: Sequence[str]) -> bool:
    """Whether the cells are sentences rather than words."""
    sample = cells[:_SAMPLE]
    return bool(sample) and sum(map(len, sample)) / len(sample) > _LONG


def _share(fits: Fits, cells: Sequence[str]) -> float:
    sample = cells[:_SAMPLE]
    return sum(map(fits, sample)) / len(sample) if sample else 0.0
