"""Derived fields: phones, positions, schedules, language codes, keywords."""

from __future__ import annotations

from referral.fields.labeled_hours import read_hours_text
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
    """Remove a location's latitude and longitude unless together they are a point; 0, 0 is none."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None and longitude is None:
        return
    if is_position(latitude, longitude):
        values.setdefault("position_source", "file")
        return
    removed = (values.pop("latitude", None), values.pop("longitude", None))
    values.pop("position_source", None)
    reader.leave_unmapped("latitude", "longitude")
    if any(part for part in removed):
        reader.warn("position-impossible", NO_POINT, "latitude")


def schedules_in(text: str) -> list[Values]:
    """Parse opening hours into the values of schedules, an empty list if none are understood.

    Unparsed clauses of a text are added as a last schedule, in words.
    """
    hours = read_hours_text(text)
    label = {"notes": hours.label} if hours.label else {}
    found: list[Values] = [{**part.values(), **label} for part in hours.parts]
    return [*found, {"description": hours.rest}] if found and hours.rest else found


def complete_language(_reader: RowReader, values: Values) -> None:
    """Set the code of a listed language from its name."""
    name, code = values.get("name", ""), values.get("code", "")
    values["code"] = language_code(code or name) or code


def complete_keywords(_reader: RowReader, values: Values) -> None:
    """Separate the keywords of a record by ``|``, whatever separates them in the source list."""
    if values.get("keywords"):
        values["keywords"] = join_values(values["keywords"])


def join_values(text: str) -> str:
    """Join the values of a listed cell by ``|``."""
    return "|".join(split_list(text))


def complete_phone(reader: RowReader, values: Values) -> None:
    """Set the dialable number (``tel``), extension and HSDS type of a phone."""
    cell = reader.row.get("number", "phone_number") or values.get("number", "")
    parsed = parse_phone(cell) if cell else None
    if parsed is not None:
        values["number"], values["tel"] = parsed.number, parsed.tel or values.get("tel", "")
        values.setdefault("extension", parsed.extension)
        note = parsed.note
    else:
        note = ""
        if cell:
            values["number"] = ""
            reader.leave_unmapped("number", "phone_number")
    extension = _complete_extension(reader, values)
    described = values.get("description", "") or note
    values["type"] = _phone_type(reader, values.get("type", ""), described, note)
    values["description"] = "; ".join(filter(None, (described, extension)))


def _complete_extension(reader: RowReader, values: Values) -> str:
    """Set the digits of a phone's extension, and return the cell if it has more than digits."""
    cell = reader.row.get("extension")
    if not cell:
        return ""
    values["extension"], extension_text = split_extension(cell)
    if extension_text:
        reader.warn("extension-not-understood", EXTENSION_SHOWN, "extension")
    elif not values["extension"]:
        reader.leave_unmapped("extension")
        reader.warn("extension-not-understood", EXTENSION_ASIDE, "extension")
    return extension_text


def _phone_type(reader: RowReader, given_type: str, described: str, note: str) -> str:
    if given_type and not given_type.isdecimal():
        return phone_type(given_type)
    reader.leave_unmapped(
        "type"
    )  # the meaning of a number is known only to the software that wrote it
    words = described if len(described) < 12 else note
    return phone_type(words) if words else "voice"
