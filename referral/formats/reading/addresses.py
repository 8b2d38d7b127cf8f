"""One-cell addresses split into fields; cells that name no place."""

from __future__ import annotations

import re

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import find_towns
from referral.fields.text import clean_line, clean_text
from referral.formats.reading.row_reader import Values

_ZIP = re.compile(r"[,\s–-]+(\d{5}(?:-\d{4})?)\Z", re.ASCII)
_COUNTRY = re.compile(r"[,\s]+(?:USA|U\.S\.A\.|United States)\.?\Z", re.IGNORECASE)
_MOST_CITY_WORDS = 4  # words
_PO_BOX = re.compile(r"\s*(?:P\.?\s*O\.?\s*|post office )box\b", re.IGNORECASE)
_VIRTUAL = re.compile(
    r"\W*(?:online|virtual|remote|by phone|phone only|various|varies)\W*\Z", re.IGNORECASE
)


_LABELS = {
    "address_1": r"(?:street|mailing|physical)(?: address)?|address(?: line)?(?: ?1)?|line 1"
    r"|calle|direcci[oó]n",
    "address_2": r"address(?: line)? ?2|line 2|suite|apt|apartment|unit|floor|piso",
    "city": r"city|town|ciudad",
    "state_province": r"state(?:/province)?|province|estado",
    "postal_code": r"zip(?: ?code)?|postal ?code|postcode|c[oó]digo postal",
    "region": r"county|condado",
}
_LABEL = re.compile(
    "|".join(rf"(?P<{name}>(?<![\w])(?:{words})\s*:)" for name, words in _LABELS.items()),
    re.IGNORECASE,
)


def labeled_address(text: str) -> dict[str, str] | None:
    """Parse a street address with labels (``City: Meadville, State: PA``); None without labels."""
    plain = clean_text(text)
    matches = list(_LABEL.finditer(plain))
    if not matches:
        return None
    found = {"address_1": _stripped(plain[: matches[0].start()])}
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        value = _stripped(plain[match.end() : following.start() if following else len(plain)])
        name = match.lastgroup or ""
        found[name] = ", ".join(filter(None, (found.get(name), value)))
    return {name: value for name, value in found.items() if value}


def _stripped(text: str) -> str:
    return clean_line(text).strip(" ,;|")


def split_address(text: str) -> dict[str, str]:
    """Split a street address such as ``12 Main St, Meadville, PA 16335`` into fields.

    All of it becomes ``address_1`` when unsure.
    """
    labeled = labeled_address(text)
    if labeled is not None:
        unlabeled = labeled.get("address_1", "") if len(labeled) == 1 else ""
        return split_address(unlabeled) if unlabeled and unlabeled != clean_line(text) else labeled
    lines = [part.strip() for part in clean_text(text).replace("\n", ", ").split(",")]
    line = ", ".join(part for part in lines if part)
    without_country = _COUNTRY.sub("", line)
    zip_code = _ZIP.search(without_country)
    before = without_country[: zip_code.start()] if zip_code else without_country
    rest, state = _split_off_state(before, has_zip=bool(zip_code))
    street, city = _split_off_city(rest, state, has_zip=bool(zip_code)) if state else (rest, "")
    if not city:
        return {"address_1": line}
    first, _, second = street.partition(",")
    return {
        "address_1": first.strip(),
        "address_2": second.strip(),
        "city": city,
        "state_province": state,
        "postal_code": zip_code[1] if zip_code else "",
    }


def _split_off_state(line: str, *, has_zip: bool) -> tuple[str, str]:
    """Split the state off the end of a street address, as two letters; "" if none.

    Without a ZIP code, the state must follow a comma and not be in lower case: the "me" of "call
    me" is not Maine.
    """
    words = re.split(r"(?<=[\s,])", line)
    for count in (3, 2, 1):
        before, last = "".join(words[:-count]), "".join(words[-count:])
        state = "" if "," in last else state_code(last.replace(".", ""))
        if state and before and (has_zip or (before.rstrip().endswith(",") and not last.islower())):
            return before.rstrip(" ,."), state
    return line, ""


def _split_off_city(line: str, state: str, *, has_zip: bool) -> tuple[str, str]:
    """Split the town off the end of a street address; "" if it names none.

    The town is one of the state, with or without a comma before it ("99 Pine St Erie"), or else the
    text between the last comma and the state.
    """
    street, comma, last = line.rpartition(",")
    words = last.split()
    for start in range(max(len(words) - _MOST_CITY_WORDS, 0), len(words)):
        city = " ".join(words[start:])
        if (has_zip or not start) and any(town.state == state for town in find_towns(city)):
            return " ".join([street + comma, *words[:start]]).strip(" ,"), city
    is_city = has_zip and comma and words and not any(map(str.isdigit, last))
    return (street, last.strip()) if is_city else (line, "")


def is_po_box(text: str) -> bool:
    """Return whether a street address is a post office box."""
    return _PO_BOX.match(text) is not None


def is_virtual_note(text: str) -> bool:
    """Return whether an address cell contains only a note that a service is online or by phone."""
    return _VIRTUAL.match(text) is not None


def complete_address(values: Values, address_type: str) -> None:
    """Abbreviate a listed address's state and set its type: a post office box is postal."""
    state = str(values.get("state_province", ""))
    values["state_province"] = state_code(state) or state
    is_box = address_type == "physical" and is_po_box(str(values.get("address_1", "")))
    values["address_type"] = "postal" if is_box else address_type
