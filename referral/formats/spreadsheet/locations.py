"""Locations of a spreadsheet row, with their addresses and keys that reveal neither."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import find_towns, miles_between, parse_position
from referral.fields.text import clean_line, clean_text, fold_words
from referral.formats.reading.addresses import (
    complete_address,
    is_virtual_note,
    labeled_address,
    split_address,
)
from referral.formats.reading.derived_fields import NO_POINT, complete_position
from referral.formats.reading.row_reader import RowReader, Values
from referral.formats.spreadsheet.cell_checks import is_street
from referral.message import message

Columns = Mapping[str, Sequence[str]]
_LINES_ASIDE = message(
    "Some lines of this cell are no street. The others are places; the cell was kept aside too."
)
_MILES_OF_A_TOWN = 30
LOCATION_TARGETS = (
    "address.address_2", "address.city", "address.postal_code", "address.region",
    "location.latitude", "location.longitude", "location.position", "address.address_1",
    "address.state_province", "address.mailing", "location.name", "location.id",
    "location.description", "location.visibility",
)  # fmt: skip
_LOCATION_FIELDS = (
    "name", "description", "transportation", "latitude", "longitude", "visibility",
)  # fmt: skip
# "Main office: 12 Main St, Erie": a number and a street, the name of the place before it.
_NAMED_STREET = re.compile(
    r"(?:(?P<name>[^\W\d_][^:\n]{1,60}):\s*)?(?P<street>(?:[^\d\n,]+,\s*)?\d+[\w-]*\s.+)"
)
_IDENTIFYING_FIELDS = (
    "name",
    "address_1",
    "address_2",
    "city",
    "postal_code",
    "latitude",
    "longitude",
)


@dataclass(frozen=True, slots=True)
class SheetLocation:
    """A location of a sheet's row: a key that does not reveal the address, and its values."""

    key: str
    location: Values
    addresses: tuple[Values, ...]


def locations_of(reader: RowReader, columns: Columns, organization: str) -> list[SheetLocation]:
    """Return the locations of a sheet's row: one for each street in its address cell.

    Text before a colon is the name of the place: ``Main office: 12 Main St, Erie``.
    """
    headers = columns.get("address.address_1", ())
    lines = _split_address_lines(clean_text(reader.row.get(*headers)))
    if len(lines.streets) < 2 or columns.keys() & {"location.id", "location.name"}:
        site = location_of(reader, columns, organization)
        return [site] if site else []
    found = {}
    for name, street in lines.streets:
        site = location_of(reader, columns, organization, name=name, street=street)
        if site:
            found[site.key] = site
    if lines.has_more:
        reader.leave_unmapped(*headers)
        reader.warn("address-lines-aside", _LINES_ASIDE, headers[0])
    return list(found.values())


def location_of(
    reader: RowReader,
    columns: Columns,
    organization: str,
    *,
    name: str = "",
    street: str = "",
) -> SheetLocation | None:
    """Return the location of a sheet's row; None if the row names no place.

    Args:
        reader: the row.
        columns: target → headers of its columns.
        organization: begins the key of a place without an id.
        name: of one place among several in the cell of the address.
        street: the address of that place; "" takes the whole cell.
    """
    given_street = clean_text(_take(reader, columns, "address.address_1"))
    street, position = _without_position(street or given_street)
    location = _location_values(reader, columns, position)
    if name:
        location["name"] = name
    addresses = tuple(
        address
        for address in (_address_values(reader, columns, street), _mailing_values(reader, columns))
        if address
    )
    if not addresses and "latitude" not in location and "name" not in location:
        return None
    if all(address["address_type"] == "postal" for address in addresses) and addresses:
        location.setdefault("location_type", "postal")
    given_id = _take(reader, columns, "location.id")
    values = {**location, **(addresses[0] if addresses else {})}
    identifying_text = " ".join(str(values.get(name, "")) for name in _IDENTIFYING_FIELDS)
    if addresses:  # not before: places of older imports would get other keys
        _complete_town(addresses[0], location)
    if given_id:
        return SheetLocation(location_key(given_id), location, addresses)
    # The key is never withheld, but the address may be: it contains only a digest.
    digest = sha256(fold_words(identifying_text).encode()).hexdigest()[:16]
    return SheetLocation(f"{organization}@{digest}", location, addresses)


def location_key(given: str) -> str:
    """Return the key of a spreadsheet's location that has an id in its list."""
    return key_from_id("location/id/", given)


def key_from_id(prefix: str, given: str) -> str:
    """Return a record key made of an id in the spreadsheet.

    A UUID is kept, and is then the record's id too.
    """
    try:
        return str(UUID(given))
    except ValueError:
        return f"{prefix}{given}"


def _take(reader: RowReader, columns: Columns, target: str) -> str:
    kind, _, name = target.partition(".")
    return reader.take(name if kind == "address" else target, *columns.get(target, ()))


class _AddressLines(NamedTuple):
    """Name and street of each location in an address cell, and whether it has other lines."""

    streets: list[tuple[str, str]]
    has_more: bool


def _split_address_lines(text: str) -> _AddressLines:
    """Split an address cell into the locations of its lines.

    A line is a place if it is a street or ends with a position. Where no line has a position, all
    have to be streets: the second may be a suite, or the town.
    """
    lines = [line.strip(" ;") for line in text.split("\n") if line.strip(" ;")]
    found: list[tuple[str, str]] = []
    heading, others, positions = "", 0, 0
    for line in lines:
        match = _NAMED_STREET.fullmatch(line)
        has_position = bool(_without_position(line)[1])
        positions += has_position
        if line.endswith(":"):
            heading = line.rstrip(": ")
        elif match and (has_position or is_street(match["street"])):
            found.append((match["name"] or heading, match["street"]))
        elif has_position:
            found.append((heading, line))
        else:
            others += 1
    return _AddressLines(found if not others or positions > 1 else [], others > 0)


def _without_position(street: str) -> tuple[str, str]:
    """Split an address from a position at its end, as in ``12 Main St (40.1, -75.2)``."""
    start = max(street.rfind("("), 0)
    if parse_position(street[start:]):
        return street[:start].rstrip(), street[start:]
    return street, ""


def _location_values(reader: RowReader, columns: Columns, position: str) -> Values:
    values: Values = {}
    for name in _LOCATION_FIELDS:
        target = f"location.{name}"
        text = _take(reader, columns, target)
        value = reader.read("location", name, text, columns[target][0]) if text else None
        if value is not None:
            values[name] = value
    position = _take(reader, columns, "location.position") or position
    if position:
        _complete_from_pair(reader, columns, values, position)
    complete_position(reader, values)
    return values


def _complete_from_pair(reader: RowReader, columns: Columns, values: Values, pair: str) -> None:
    """Set a location's latitude and longitude from a cell with both.

    Columns of their own take precedence.
    """
    found = parse_position(pair)
    if not found:
        reader.leave_unmapped(*columns["location.position"])
        reader.warn("position-impossible", NO_POINT, columns["location.position"][0])
    elif "latitude" not in values and "longitude" not in values:
        values["latitude"], values["longitude"] = found


def _address_values(reader: RowReader, columns: Columns, street: str) -> Values | None:
    if is_virtual_note(street):
        return None
    values: Values = {
        name: clean_line(_take(reader, columns, f"address.{name}"))
        for name in ("address_2", "city", "state_province", "postal_code")
    }
    county = clean_line(_take(reader, columns, "address.region"))
    parts = split_address(street)
    if (values["city"] or values["postal_code"]) and not _agrees_with_columns(parts, values):
        parts = labeled_address(street) or {"address_1": clean_line(street)}
    values |= {name: part for name, part in parts.items() if not values.get(name)}
    if not (values.get("address_1") or values["city"] or values["postal_code"]):
        _put_region_aside(reader, columns)
        return None
    state = values["state_province"]
    values["state_province"] = state_code(state) or state.upper()[:2]
    values["region"] = county or values.get("region", "")
    complete_address(values, "physical")
    return values


def _complete_town(address: Values, location: Values) -> None:
    """Split the town off the end of a street, if the location is near a town of that name.

    Where the street ends otherwise, the name of the place may be that of its town.
    """
    if address.get("city") or "latitude" not in location:
        return
    street, comma, last = str(address.get("address_1", "")).rpartition(",")
    for name, rest in ((last.strip(), street), (location.get("name", ""), "")):
        for town in find_towns(name) if name else ():
            here = location["latitude"], location["longitude"]
            miles = miles_between(*here, town.latitude, town.longitude)
            if miles < _MILES_OF_A_TOWN and (comma or not rest):
                address |= {"city": town.city, "state_province": town.state}
                address["address_1"] = rest or address["address_1"]
                return


def _agrees_with_columns(parts: Mapping[str, str], given: Values) -> bool:
    """Return whether a split address has a town and agrees with the columns of town and ZIP."""
    return "city" in parts and all(
        not (given[name] and parts[name]) or given[name].casefold() == parts[name].casefold()
        for name in ("city", "postal_code")
    )


def _put_region_aside(reader: RowReader, columns: Columns) -> None:
    """Put aside the cells of a sheet's address that is only a county or state."""
    names = ("address.region", "address.state_province", "address.address_1")
    reader.leave_unmapped(*(header for name in names for header in columns.get(name, ())))


def _mailing_values(reader: RowReader, columns: Columns) -> Values | None:
    text = clean_text(_take(reader, columns, "mailing_address"))
    return {**split_address(text), "address_type": "postal"} if text else None
