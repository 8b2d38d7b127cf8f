"""Organization and program of a service, from any table of a list that names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from referral.formats.files.tables import Tables
from referral.formats.open_referral.sheets import (
    LOCATION_ID,
    ORGANIZATION_ID,
    PROGRAM_ID,
    SERVICE_ID,
)
from referral.formats.reading.joins import ids_in
from referral.formats.reading.row_reader import RowReader, Values
from referral.message import message

_ORGANIZATION_HEADERS = ("organization_id", "service_organization")
_PROGRAM_HEADERS = ("program_id", "service_program")
_FIRST_TAKEN = message("A service belongs to one organization here; the first was taken.")
_FIRST_PROGRAM = message("A service has one program; the first was taken.")
_NO_ORGANIZATION = message(
    "No organization of this list has this program. It was taken without; add one."
)


class Owners:
    """The organizations and programs that services of an Open Referral list belong to."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def set_of_service(self, reader: RowReader, values: Values, key: str) -> None:
        """Set a listed service's organization and program, and warn if another table names them."""
        self._set_organization(reader, values, key)
        listed_ids = ids_in(values.pop("program_id", ""))
        if len(listed_ids) > 1:
            header = next(h for h in _PROGRAM_HEADERS if reader.row.get(h))
            reader.leave_unmapped(header)
            reader.warn("several-programs", _FIRST_PROGRAM, header)
        values["program_id"] = (
            listed_ids[0] if listed_ids else self._programs_by_service.get(key, "")
        )

    def _set_organization(self, reader: RowReader, values: Values, key: str) -> None:
        listed_ids = ids_in(values.pop("organization_id", ""))
        header = next((h for h in _ORGANIZATION_HEADERS if reader.row.get(h)), "")
        found = self._first_known(listed_ids)
        if found and len(listed_ids) > 1:
            reader.leave_unmapped(header)
            reader.warn("several-organizations", _FIRST_TAKEN, header)
        if not found:
            reader.leave_unmapped(header)
            found, origin = self._organization_from_elsewhere(key)
            if origin:
                detail = message(
                    "The service names no organization of this list; that of %(source)s was taken.",
                    source=origin,
                )
                reader.warn(
                    "organization-taken-from-elsewhere", detail, header or _ORGANIZATION_HEADERS[-1]
                )
        values["organization_id"] = found

    def set_of_program(self, reader: RowReader, values: Values) -> None:
        """Set the organization of an HSDS program: the one it names, else its services'."""
        listed_ids = ids_in(values.get("organization_id", ""))
        services = ids_in(reader.row.get("services"))
        found = self._first_known(listed_ids) or next(
            filter(None, map(self._organizations_by_service.get, services)), ""
        )
        if not found and not listed_ids:
            reader.warn("no-organization", _NO_ORGANIZATION, "organization_id")
        values["organization_id"] = found or "".join(listed_ids[:1])

    def set_of_location(self, values: Values) -> None:
        """Set a listed location's organization: the first named one that the list contains."""
        listed_ids = ids_in(values.pop("organization_id", ""))
        if listed_ids:
            values["organization_id"] = self._first_known(listed_ids) or listed_ids[0]

    def _first_known(self, listed_ids: Iterable[str]) -> str:
        """Return the first id that is an organization of the source list, "" if none is."""
        return next((key for key in listed_ids if key in self._organizations), "")

    def _organization_from_elsewhere(self, service: str) -> tuple[str, str]:
        """Return the organization of a service without one, and its origin in words; "" if none.

        The origin is empty if the list gives each service one location (Ohana): usual there.
        """
        if claimed := self._organizations_claiming.get(service, ""):
            return claimed, "the organization that names the service"
        from_location = self._first_known(self._organizations_by_location.get(service, ()))
        has_one_location_each = self._tables.has("services", "location_id")
        return from_location, "its location" if from_location and not has_one_location_each else ""

    @cached_property
    def _organizations(self) -> frozenset[str]:
        rows = self._tables.rows("organizations")
        return frozenset(row.get(*ORGANIZATION_ID) for row in rows)

    @cached_property
    def _programs_by_service(self) -> Mapping[str, str]:
        """Return the first program that names each service of an Open Referral list."""
        found: dict[str, str] = {}
        for row in self._tables.rows("programs"):
            for service in ids_in(row.get("services")):
                found.setdefault(service, row.get(*PROGRAM_ID))
        return found

    @cached_property
    def _organizations_by_service(self) -> Mapping[str, str]:
        return {
            row.get(*SERVICE_ID): self._first_known(ids_in(row.get(*_ORGANIZATION_HEADERS)))
            for row in self._tables.rows("services")
        }

    @cached_property
    def _organizations_claiming(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for row in self._tables.rows("organizations"):
            for service in ids_in(row.get("organization_services")):
                found.setdefault(service, row.get(*ORGANIZATION_ID))
        return found

    @cached_property
    def _organizations_by_location(self) -> Mapping[str, list[str]]:
        owners = {
            row.get(*LOCATION_ID): row.get("organization_id")
            for row in self._tables.rows("locations")
        }
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._tables.rows("services"):
            for location in (*ids_in(row.get("service_locations")), row.get("location_id")):
                found[row.get(*SERVICE_ID)].append(owners.get(location, ""))
        for row in self._tables.rows("service_at_location"):
            found[row.get("service_id")].append(owners.get(row.get("location_id"), ""))
        return found
