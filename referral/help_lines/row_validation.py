"""Validation of a help line from a form: a row of the file, and a fault for each invalid field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from datetime import date
from enum import StrEnum

from referral.directory.help_lines import has_its_number
from referral.fields.phones import parse_phone
from referral.fields.text import clean_line
from referral.fields.urls_and_emails import normalize_url

ROUND_THE_CLOCK = "24/7"
TYPED_FIELDS = (
    "name", "name_es", "what_for", "what_for_es", "phone", "phone_es", "text_to", "text_words",
    "tty", "hours", "hours_es", "web", "strip", "sort", "checked_on",
)  # fmt: skip
_LONGEST_KEY = 40
_TEXT_NUMBER = re.compile(r"\d{3,15}", re.ASCII)


class LineFault(StrEnum):
    """The reason why the value of a help line's field is invalid."""

    NEEDED = "needed"
    SPANISH_NEEDED = "spanish-needed"
    NO_NUMBER = "no-number"
    NOT_DIALED = "not-dialed"
    KEEPS_NUMBER = "keeps-number"
    OTHER_NUMBER = "other-number"
    NOT_AN_ADDRESS = "not-an-address"
    NO_PLACE = "no-place"
    NO_DAY = "no-day"
    DAY_TO_COME = "day-to-come"
    CHECK_AGAIN = "check-again"


def read_typed_line(
    typed: Mapping[str, str], previous: Mapping[str, str], today: date, area_code: str = ""
) -> tuple[dict[str, str], dict[str, LineFault]]:
    """Return the file's row of a typed help line, and the faults by field.

    Columns without a form field are kept. If a number changes, the date of its last check must
    change too, because the new number has to be called.
    """
    row = dict(previous)
    row |= {name: clean_line(typed.get(name, "")) for name in TYPED_FIELDS if name != "strip"}
    row["strip"] = "yes" if typed.get("strip") else "no"
    row["tel"] = dialable_number(row["phone"], area_code)
    row["web"] = normalize_url(row["web"]) or row["web"]
    return row, {
        **_number_faults(row, area_code),
        **_other_faults(row),
        **_day_faults(row, previous, today),
    }


def dialable_number(phone: str, area_code: str = "") -> str:
    """Return the dialable digits of a phone number with text around it, "" if there are none."""
    parsed = parse_phone(phone, area_code)
    if not parsed or not parsed.tel:
        return ""
    return f"{parsed.tel},{parsed.extension}" if parsed.extension else parsed.tel


def new_key(name: str, taken: Container[str]) -> str:
    """Return a short unused key for a new help line, made from its name."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:_LONGEST_KEY].strip("-") or "line"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def _number_faults(row: Mapping[str, str], area_code: str) -> dict[str, LineFault]:
    faults = {}
    if not row["phone"] and not row["text_to"]:
        faults["phone"] = LineFault.NO_NUMBER
    elif row["phone"] and not row["tel"]:
        faults["phone"] = LineFault.NOT_DIALED
    if not has_its_number(row):
        faults["phone"] = LineFault.KEEPS_NUMBER
    if row["phone_es"] and dialable_number(row["phone_es"], area_code) != row["tel"]:
        faults["phone_es"] = LineFault.OTHER_NUMBER
    if row["text_to"] and not _TEXT_NUMBER.fullmatch(re.sub(r"[\s().+-]", "", row["text_to"])):
        faults["text_to"] = LineFault.NOT_DIALED
    if row["tty"] and not dialable_number(row["tty"], area_code):
        faults["tty"] = LineFault.NOT_DIALED
    return faults


def _other_faults(row: Mapping[str, str]) -> dict[str, LineFault]:
    faults = {}
    if not row["name"]:
        faults["name"] = LineFault.NEEDED
    for name in ("name", "what_for", "hours"):
        if row[name] and row[name] != ROUND_THE_CLOCK and not row[f"{name}_es"]:
            faults[f"{name}_es"] = LineFault.SPANISH_NEEDED
    if row["web"] and not normalize_url(row["web"]):
        faults["web"] = LineFault.NOT_AN_ADDRESS
    if not re.fullmatch(r"[0-9]{0,4}", row["sort"]):
        faults["sort"] = LineFault.NO_PLACE
    return faults


def _day_faults(
    row: Mapping[str, str], previous: Mapping[str, str], today: date
) -> dict[str, LineFault]:
    try:
        day = date.fromisoformat(row["checked_on"])
    except ValueError:
        return {"checked_on": LineFault.NO_DAY}
    if day > today:
        return {"checked_on": LineFault.DAY_TO_COME}
    has_new_number = any(row[name] != previous.get(name, "") for name in ("tel", "text_to"))
    if (
        previous
        and has_new_number
        and day != today
        and row["checked_on"] == previous.get("checked_on")
    ):
        return {"checked_on": LineFault.CHECK_AGAIN}
    return {}
