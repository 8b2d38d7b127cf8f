"""Row kind of a sheet: service, organization, location, or service at location."""

from __future__ import annotations

import re

from referral.formats.column_mapping import RowKind, SheetBecause
from referral.formats.files.tables import Table
from referral.formats.spreadsheet.header_matching import ORGANIZATION_TARGETS, columns_of, target_of
from referral.formats.spreadsheet.header_row import is_header_row

_ORGANIZATIONS = re.compile(r"organi[sz]a|agenc|provider|proveedor|entidades", re.IGNORECASE)
_PLACES = re.compile(r"location|site|branch|address|sucursal|lugares", re.IGNORECASE)
_OWNER = re.compile(r"(?:organi[sz]ation|agency|provider)[\s_-]+", re.IGNORECASE)
# What "name", "description" and the like mean in a sheet of places.
_OF_PLACE = {
    "service.name": "location.name",
    "service.id": "location.id",
    "service.description": "location.description",
    "service.visibility": "location.visibility",
    "service.private": "location.private",
}
_OF_SERVICE = frozenset({"service.id", "service.name"})
_PLACE = frozenset({"location.id", "location.name"})
_LINKS = _OF_SERVICE | _PLACE


def kind_of_sheet(name: str, table: Table, *, several: bool) -> tuple[RowKind, SheetBecause, str]:
    """What a row of the sheet is, the kind of reason for that, and the reason.

    Args:
        name: the sheet's name.
        table: the sheet.
        several: whether it is one of several; the only sheet has services in its rows.
    """
    if not several:
        return "service", "only", "It is the only sheet, so each row is a service."
    found = set(columns_of(table.shown.items()))
    if found <= _LINKS and found & _OF_SERVICE and found & _PLACE:
        return "service_at_location", "joins", "Its columns only join services with places."
    if _ORGANIZATIONS.search(name) and found & {"service.name", "organization.name"}:
        why = "The sheet is named for organizations, and has their names."
        return "organization", "named-organizations", why
    if _PLACES.search(name) and found & {"address.address_1", "address.city", "location.name"}:
        why = "The sheet is named for places, and has their addresses."
        return "location", "named-places", why
    if found & {"service.name", "organization.name"} and is_header_row(list(table.shown.values())):
        why = "It has a column for the name, and others that services have."
        return "service", "names", why
    why = "No column of it says what it is about, so it is passed over."
    return "none", "unknown", why


def target_of_header(row: RowKind, header: str) -> str:
    """What a column holds in a sheet of that kind, by its header; "" when nobody can tell."""
    found = target_of(header)
    if not found and row == "organization":
        found = target_of(_OWNER.sub("", header))
    return target_for(row, found) if found else ""


def target_for(row: RowKind, target: str) -> str:
    """The target of a header in a sheet of that kind; "" when such rows do not have it."""
    if row == "organization":
        target = ORGANIZATION_TARGETS.get(target, target)
        return "" if target.startswith("service.") else target
    if row == "location":
        target = _OF_PLACE.get(target, target)
        return "" if target.startswith("service.") else target
    return target
