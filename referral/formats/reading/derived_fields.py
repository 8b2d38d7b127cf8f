"""What several cells of a row say together: phones, positions, languages, areas, keywords."""

from __future__ import annotations

import re
from dataclasses import asdict

from referral.fields.hours_parser import parse_hours
from referral.fields.languages import language_code
from referral.fields.phones import parse_extension, parse_phone, phone_type
from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import is_position, zip5
from referral.fields.text import split_list
from referral.formats.reading.addresses import is_po_box
from referral.formats.reading.areas import area_of
from referral.formats.reading.row_reader import RowReader, Values
from referral.message import message

NO_POINT = message("Latitude and longitude do not make a point on Earth. They were kept aside.")


def complete_phone(reader: RowReader, values: Values) -> None:
    """The number as a machine dials it, the extension, and the type in the standard's words."""
    raw = reader.row.get("number", "phone_number") or values.get("number", "")
    parsed = parse_phone(raw) if raw else None
    if parsed is not None:
        values["number"], values["tel"] = parsed.number, parsed.tel or values.get("tel", "")
        values.setdefault("extension", parsed.extension)
        note = parsed.note
    else:
        note = ""
    _complete_extension(reader, values)
    described = values.get("description", "") or note
    values["type"] = _type_of(reader, values.get("type", ""), described, note)
    values["description"] = described


def _complete_extension(reader: RowReader, values: Values) -> None:
    given = reader.row.get("extension")
    if not given:
        return
    values["extension"] = parse_extension(given)
    if not values["extension"]:
        reader.put_aside("extension")
        reader.warn(
            "extension-not-understood", message("Write the extension in digits."), "extension"
        )


def _type_of(reader: RowReader, given: str, described: str, note: str) -> str:
    if given and not given.isdecimal():
        return phone_type(given)
    reader.put_aside("type")  # a number means something only to the software that wrote it
    said = described if len(described) < 12 else note
    return phone_type(said) if said else "voice"


def complete_position(reader: RowReader, values: Values) -> None:
    """Latitude and longitude stay together or go; 0, 0 means that nobody knew."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None and longitude is None:
        return
    if is_position(latitude, longitude):
        values.setdefault("position_source", "file")
        return
    del_pair = (values.pop("latitude", None), values.pop("longitude", None))
    values.pop("position_source", None)
    reader.put_aside("latitude", "longitude")
    if any(part for part in del_pair):
        reader.warn("position-impossible", NO_POINT, "latitude")


def complete_address(values: Values, address_type: str) -> None:
    """The letters of the state, and the type: mail alone goes to a box."""
    state = str(values.get("state_province", ""))
    values["state_province"] = state_code(state) or state
    is_box = address_type == "physical" and is_po_box(str(values.get("address_1", "")))
    values["address_type"] = "postal" if is_box else address_type


def schedules_in(text: str) -> list[Values]:
    """Opening hours in words as schedules; none where they are not understood."""
    return [asdict(part) for part in parse_hours(text) or ()]


def complete_language(_reader: RowReader, values: Values) -> None:
    """The code of a language that is only named."""
    name, code = values.get("name", ""), values.get("code", "")
    values["code"] = language_code(code or name) or code


def complete_keywords(_reader: RowReader, values: Values) -> None:
    """Keywords separated by ``|``, whatever the list separates them by."""
    if values.get("keywords"):
        values["keywords"] = joined(values["keywords"])


def joined(text: str) -> str:
    """A list in a cell, separated by ``|``."""
    return "|".join(split_list(text))


def complete_area(reader: RowReader, values: Values) -> None:
    """The kind and codes of an area; where the list does not give them, from its name."""
    if values.get("area_codes"):
        values["area_codes"] = _area_codes(values["area_codes"])
        if "area_kind" in values:
            return
    name = values.get("name", "")
    kind, codes = area_of(values.get("area_codes", "") or name)
    values["area_kind"] = kind
    values.setdefault("area_codes", codes)
    if not name and not reader.row.get("name"):
        values["name"] = values["area_codes"].replace("|", ", ")


def _area_codes(text: str) -> str:
    parts = re.split(r"[|\s,;]+", text.strip())
    if all(zip5(part) for part in parts):
        return "|".join(zip5(part) for part in parts)
    return "|".join(part.strip() for part in text.split("|") if part.strip())
