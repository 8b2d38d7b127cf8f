"""What the cells of a column look like, whatever its header says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from referral.fields.hours_parser import parse_hours
from referral.fields.phones import parse_phone
from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import zip5
from referral.formats.reading.dates import parse_date

_SAMPLE = 60
_ENOUGH = 0.7
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}\Z")
_URL = re.compile(
    r"(?:https?://|www\.)\S+\Z|[\w-]+(?:\.[\w-]+)*\.(?:org|com|net|gov|edu|us)(?:/\S*)?\Z"
)
_STREET = re.compile(
    r"\d+[\w-]*\s+.*\b(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|hwy"
    r"|highway|route|rt|ct|court|pl|place|pkwy|parkway|square|sq|terrace|pike|circle)\b|p\.?\s?o\.?\s+box",
    re.IGNORECASE,
)
_LONG = 60


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    parsed = parse_phone(text) if 7 <= digits <= 40 and len(text) < 60 else None
    return bool(parsed and parsed.tel)


def _is_zip(text: str) -> bool:
    return bool(zip5(text))


def _is_state(text: str) -> bool:
    return bool(state_code(text))


def _is_hours(text: str) -> bool:
    return not text.strip().isdigit() and len(text) < 200 and bool(parse_hours(text))


def _is_date(text: str) -> bool:
    return not text.strip().isdigit() and parse_date(text.strip()) is not None


# In this order: a ZIP code could be much else, and an hour is no date.
_KINDS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("service.email", "email addresses", lambda text: bool(_EMAIL.match(text.strip()))),
    ("service.url", "web addresses", lambda text: bool(_URL.match(text.strip()))),
    ("address.postal_code", "ZIP codes", _is_zip),
    ("phone.number", "phone numbers", _is_phone),
    ("address.state_province", "states", _is_state),
    ("schedule.hours", "opening hours", _is_hours),
    ("service.assured_date", "dates", _is_date),
    ("address.address_1", "street addresses", lambda text: bool(_STREET.search(text))),
)


def target_by_cells(cells: Sequence[str]) -> tuple[str, str, float]:
    """The target that most cells fit, what they are, and the share of them; "" when unclear."""
    sample = cells[:_SAMPLE]
    if not sample:
        return "", "", 0.0
    for target, what, fits in _KINDS:
        share = sum(map(fits, sample)) / len(sample)
        if share >= _ENOUGH:
            return target, what, share
    return "", "", 0.0


def are_long_texts(cells: Sequence[str]) -> bool:
    """Whether the cells are sentences rather than words."""
    sample = cells[:_SAMPLE]
    return bool(sample) and sum(map(len, sample)) / len(sample) > _LONG
