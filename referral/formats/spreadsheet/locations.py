"""Location of a spreadsheet row, with its addresses and a key that reveals neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import parse_position
from referral.fields.text import clean_line, clean_text, fold_words
from referral.formats.reading.addresses import (
    complete_address,
    is_virtual_note,
    labelled_address,
    split_address,
)
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.derived_fields import NO_POINT, complete_position
from referral.formats.reading.row_reader import RowReader, Values
from referral.records.visibility import Visibility

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class SheetLocation:
    """A place: its key (without the address in it), and the values of its records."""

    key: str
    location: Values
    addresses: tuple[Values, ...]


def location_of(reader: RowReader, columns: Columns, organization: str) -> SheetLocation | None:
    """The place of a row, None when it names none."""
    street, position = _without_position(clean_text(_take(reader, columns, "address.address_1")))
    location = _location(reader, columns, position)
    addresses = tuple(
        address
        for address in (_address(reader, columns, street), _mailing(reader, columns))
        if address
    )
    if not addresses and "latitude" not in location and "name" not in location:
        return None
    if all(address["address_type"] == "postal" for address in addresses) and addresses:
        location.setdefault("location_type", "postal")
    given = _take(reader, columns, "location.id")
    if given:
        return SheetLocation(location_key(given), location, addresses)
    place = {**location, **(addresses[0] if addresses else {})}
    told = " ".join(str(place.get(name, "")) for name in _TELLING)
    # An address may have to be withheld, and a key is not: only a digest of it.
    digest = sha256(fold_words(told).encode()).hexdigest()[:16]
    return SheetLocation(f"{organization}@{digest}", location, addresses)


def location_key(given: str) -> str:
    """The key of a place whose list gives it an id."""
    return key_from_id("location/id/", given)


def key_from_id(prefix: str, given: str) -> str:
    """The key made of a list's own id; a UUID stays as it is, and so does its record."""
    try:
        return str(UUID(given))
    except ValueError:
        return f"{prefix}{given}"


LOCATION_TARGETS = (
    "address.address_2", "address.city", "address.postal_code", "address.region",
    "location.latitude", "location.longitude", "location.position", "address.address_1",
    "address.state_province", "address.mailing", "location.name", "location.id",
    "location.description", "location.visibility",
)  # fmt: skip
_LOCATION_FIELDS = (
    "name", "description", "transportation", "latitude", "longitude", "visibility",
)  # fmt: skip
_TELLING = ("name", "address_1", "address_2", "city", "postal_code", "latitude", "longitude")


def _take(reader: RowReader, columns: Columns, target: str) -> str:
    kind, _, name = target.partition(".")
    return reader.take(name if kind == "address" else target, *columns.get(target, ()))


def _without_position(street: str) -> tuple[str, str]:
    """An address and the position behind it, as open data portals write it: ``(40.1, -75.2)``."""
    start = max(street.rfind("("), 0)
    if parse_position(street[start:]):
        return street[:start].rstrip(), street[start:]
    return street, ""


def _location(reader: RowReader, columns: Columns, position: str) -> Values:
    values: Values = {}
    for name in _LOCATION_FIELDS:
        target = f"location.{name}"
        text = _take(reader, columns, target)
        value = read_cell("location", name, text) if text else None
        if isinstance(value, Unreadable):
            reader.leave_unmapped(*columns[target])
            reader.warn(value.code, value.message, columns[target][0])
            value = Visibility.WITHHELD if name == "visibility" else None
        if value is not None:
            values[name] = value
    position = _take(reader, columns, "location.position") or position
    if position:
        _complete_from_pair(reader, columns, values, position)
    complete_position(reader, values)
    return values


def _complete_from_pair(reader: RowReader, columns: Columns, values: Values, pair: str) -> None:
    """Latitude and longitude from one cell, where no cells of their own gave them."""
    found = parse_position(pair)
    if not found:
        reader.leave_unmapped(*columns["location.position"])
        reader.warn("position-impossible", NO_POINT, columns["location.position"][0])
    elif "latitude" not in values and "longitude" not in values:
        values["latitude"], values["longitude"] = found


def _address(reader: RowReader, columns: Columns, street: str) -> Values | None:
    if is_virtual_note(street):
        return None
    values: Values = {
        name: clean_line(_take(reader, columns, f"address.{name}"))
        for name in ("address_2", "city", "state_province", "postal_code")
    }
    county = clean_line(_take(reader, columns, "address.region"))
    parts = split_address(street)
    if (values["city"] or values["postal_code"]) and not _agree(parts, values):
        parts = labelled_address(street) or {"address_1": clean_line(street)}
    values |= {name: part for name, part in parts.items() if not values.get(name)}
    if not (values.get("address_1") or values["city"] or values["postal_code"]):
        _put_aside(reader, columns)
        return None
    state = values["state_province"]
    values["state_province"] = state_code(state) or state.upper()[:2]
    values["region"] = county or values.get("region", "")
    complete_address(values, "physical")
    return values


def _agree(parts: Mapping[str, str], given: Values) -> bool:
    """Whether an address in one cell names a town, and says nothing else than the other cells."""
    return "city" in parts and all(
        not (given[name] and parts[name]) or given[name].casefold() == parts[name].casefold()
        for name in ("city", "postal_code")
    )


def _put_aside(reader: RowReader, columns: Columns) -> None:
    """A county or state alone is not an address; the cells stay with the origin."""
    names = ("address.region", "address.state_province", "address.address_1")
    reader.leave_unmapped(*(header for name in names for header in columns.get(name, ())))


def _mailing(reader: RowReader, columns: Columns) -> Values | None:
    text = clean_text(_take(reader, columns, "mailing_address"))
    return {**split_address(text), "address_type": "postal"} if text else None
