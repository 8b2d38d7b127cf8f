"""Phone cells: number, dialled number, extension and type."""

from __future__ import annotations

from referral.fields.phones import parse_phone, phone_type, split_extension
from referral.formats.reading.row_reader import RowReader, Values
from referral.message import message

EXTENSION_SHOWN = message("This extension is more than digits. It is shown as given.")
EXTENSION_ASIDE = message("This extension has no digits. It was kept aside as given.")


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
        if raw:
            values["number"] = ""
            reader.leave_unmapped("number", "phone_number")
    extension = _complete_extension(reader, values)
    described = values.get("description", "") or note
    values["type"] = _type_of(reader, values.get("type", ""), described, note)
    values["description"] = "; ".join(filter(None, (described, extension)))


def _complete_extension(reader: RowReader, values: Values) -> str:
    """The digits of an extension; returned is a text that says more than digits."""
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


def _type_of(reader: RowReader, given: str, described: str, note: str) -> str:
    if given and not given.isdecimal():
        return phone_type(given)
    reader.leave_unmapped("type")  # a number means something only to the software that wrote it
    said = described if len(described) < 12 else note
    return phone_type(said) if said else "voice"
