"""One-cell addresses split into fields; cells that withhold an address or name no place."""

from __future__ import annotations

import re

from referral.fields.places.gazetteer import state_code
from referral.fields.text import clean_text
from referral.formats.reading.row_reader import Values

_TAIL = re.compile(
    r"[,\s]+(?P<state>[A-Za-z][A-Za-z. ]+?)\.?[,\s]+(?P<zip>\d{5}(?:-\d{4})?)\Z", re.ASCII
)
_COUNTRY = re.compile(r"[,\s]+(?:USA|U\.S\.A\.|United States)\.?\Z", re.IGNORECASE)
_PO_BOX = re.compile(r"\s*(?:P\.?\s*O\.?\s*|post office )box\b", re.IGNORECASE)
_SECRET = re.compile(
    r"\W*(?:(?:address|location|site)\W+(?:is\W+)?)?(?:confidential|undisclosed|withheld|"
    r"not (?:published|disclosed|given|listed)|unpublished|private|"
    r"call for (?:the )?(?:address|location))(?:\W+(?:address|location|site))?\W*\Z",
    re.IGNORECASE,
)
_NOWHERE = re.compile(
    r"\W*(?:online|virtual|remote|by phone|phone only|various|varies)\W*\Z", re.IGNORECASE
)


def split_address(text: str) -> dict[str, str]:
    """The parts of ``12 Main St, Meadville, PA 16335``; all in ``address_1`` when in doubt."""
    lines = [part.strip() for part in clean_text(text).replace("\n", ", ").split(",")]
    line = ", ".join(part for part in lines if part)
    whole = {"address_1": line}
    tail = _TAIL.search(_COUNTRY.sub("", line))
    if tail is None:
        return whole
    state = state_code(tail["state"].replace(".", ""))
    street, comma, city = _COUNTRY.sub("", line)[: tail.start()].rpartition(",")
    if not (state and comma and street.strip() and city.strip()) or any(map(str.isdigit, city)):
        return whole
    first, _, second = street.partition(",")
    return {
        "address_1": first.strip(),
        "address_2": second.strip(),
        "city": city.strip(),
        "state_province": state,
        "postal_code": tail["zip"],
    }


def is_po_box(text: str) -> bool:
    """Whether mail goes there but no person can."""
    return _PO_BOX.match(text) is not None


def is_confidential_note(text: str) -> bool:
    """Whether the cell says that the address is not to be given."""
    return _SECRET.match(text) is not None


def is_virtual_note(text: str) -> bool:
    """Whether the cell says that there is no place to go to."""
    return _NOWHERE.match(text) is not None


def complete_address(values: Values, address_type: str) -> None:
    """The letters of the state, and the type: mail alone goes to a box."""
    state = str(values.get("state_province", ""))
    values["state_province"] = state_code(state) or state
    is_box = address_type == "physical" and is_po_box(str(values.get("address_1", "")))
    values["address_type"] = "postal" if is_box else address_type
