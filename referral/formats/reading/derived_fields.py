"""Derived fields: phones, positions, schedules, language codes, keywords."""

from __future__ import annotations

from referral.fields.labelled_hours import read_hours_text
from referral.fields.languages import language_code
from referral.fields.phones import parse_phone, phone_type, split_extension
from referral.fields.places.lookup import is_position
from referral.fields.text import split_list
from referral.formats.reading.row_reader import RowReader, Values
from referral.message import message

NO_POINT = message("Latitude and longitude do not make a point on Earth. They were kept aside.")
EXTENSION_SHOWN = message("This extension is more than digits. It is shown as given.")
EXTENSION_ASIDE = message("This extension has no digits. It was kept aside as given.")


def complete_position(reader: RowReader, values: Values) -> None:
    """Remove latitude and longitude unless together they are a point; 0, 0 is none."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None and longitude is None:
        return
    if is_position(latitude, longitude):
        values.setdefault("position_source", "file")
        return
    del_pair = (values.pop("latitude", None), values.pop("longitude", None))
    values.pop("position_source", None)
    reader.leave_unmapped("latitude", "longitude")
    if any(part for part in del_pair):
        reader.warn("position-impossible", NO_POINT, "latitude")


def schedules_in(text: str) -> list[Values]:
    """Parse opening hours into the values of schedules; an empty list if nothing is understood.

    What was not read of a text with several clauses is a schedule in words, after the others.
    """
    read = read_hours_text(text)
    label = {"notes": read.label} if read.label else {}
    found: list[Values] = [{**part.values(), **label} for part in read.parts]
    return [*found, {"description": read.rest}] if found and read.rest else found


def complete_language(_reader: RowReader, values: Values) -> None:
    """Set the code of a language from its name."""
    name, code = values.get("name", ""), values.get("code", "")
    values["code"] = language_code(code or name) or code


def complete_keywords(_reader: RowReader, values: Values) -> None:
    """Separate the keywords of a record by ``|``, whatever separates them in the source list."""
    if values.get("keywords"):
        values["keywords"] = joined(values["keywords"])


def joined(text: str) -> str:
    """Join the values of a cell by ``|``."""
    return "|".join(split_list(text))


def complete_phone(reader: RowReader, values: Values) -> None:
    """Set the dialable number (``tel``), extension and HSDS type of a phone."""
    raw = reader.row.get("number", "phone_number") or values.get("number", "")
    parsed = parse_phone(raw) if raw else None
    if parsed is not None:
        values["number"], values["tel"] = parsed.number, parsed.tel or values.get("tel", "")
        values.setdefault("extension", parsed.extension)
        note = parsed.note
    else:
        note = ""
        if raw:
            values["number"] = ""
            reader.leave_unmapped("number", "phone_number")
    extension = _complete_extension(reader, values)
    described = values.get("description", "") or note
    values["type"] = _phone_type(reader, values.get("type", ""), described, note)
    values["description"] = "; ".join(filter(None, (described, extension)))


def _complete_extension(reader: RowReader, values: Values) -> str:
    """Set the digits of a phone's extension, and return the cell if it has more than digits."""
    given = reader.row.get("extension")
    if not given:
        return ""
    values["extension"], more = split_extension(given)
    if more:
        reader.warn("extension-not-understood", EXTENSION_SHOWN, "extension")
    elif not values["extension"]:
        reader.leave_unmapped("extension")
        reader.warn("extension-not-understood", EXTENSION_ASIDE, "extension")
    return more


def _phone_type(reader: RowReader, given: str, described: str, note: str) -> str:
    if given and not given.isdecimal():
        return phone_type(given)
    reader.leave_unmapped("type")  # a number means something only to the software that wrote it
    said = described if len(described) < 12 else note
    return phone_type(said) if said else "voice"
