"""Services of HSDS 1 and 2 lists, with parents, eligibility and payments from other files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from referral.fields.text import clean_line
from referral.formats.files.tables import Row, Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.reading.items import Item
from referral.formats.reading.joins import ids_in
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values, key_of, read_rows
from referral.message import Message, message
from referral.records.problems import ROWS_WITHOUT_PARENT, Problem, Severity

_CODE = "service_status"
_FIRST_TAKEN = message("A service belongs to one organization here; the first was taken.")


class ServiceParents:
    """Which organization and program a service belongs to, wherever the list says so."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @cached_property
    def organizations(self) -> frozenset[str]:
        """The ids of the organizations of the list."""
        rows = self._tables.rows("organizations")
        return frozenset(row.get(*columns.ORGANIZATION_ID) for row in rows)

    def known_organization(self, given: Iterable[str]) -> str:
        """The first of these ids that is an organization of the list, "" when none is."""
        return next((key for key in given if key in self.organizations), "")

    def organization_of(self, service: str) -> tuple[str, str]:
        """The organization of a service that names none: (its id, who says so), or "" twice."""
        claimed = self._claimed_by.get(service, "")
        if claimed:
            return claimed, "the organization that names the service"
        placed = self.known_organization(self._organizations_of_places.get(service, ()))
        return (placed, "its location") if placed else ("", "")

    def organization_of_program(self, given: str, services: Iterable[str]) -> str:
        """The organization of a program, else that of its services, "" when none is known."""
        own = self.known_organization(ids_in(given))
        return own or next(
            (found for found in map(self._organization_by_service.get, services) if found), ""
        )

    @cached_property
    def programs(self) -> Mapping[str, str]:
        """Service → the first program that names it."""
        found: dict[str, str] = {}
        for row in self._tables.rows("programs"):
            for service in ids_in(row.get("services")):
                found.setdefault(service, row.get(*columns.PROGRAMS.key))
        return found

    @cached_property
    def _organization_by_service(self) -> Mapping[str, str]:
        headers = columns.SERVICES.fields["organization_id"]
        return {
            row.get(*columns.SERVICE_ID): self.known_organization(ids_in(row.get(*headers)))
            for row in self._tables.rows("services")
        }

    @cached_property
    def _claimed_by(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for row in self._tables.rows("organizations"):
            for service in ids_in(row.get("organization_services")):
                found.setdefault(service, row.get(*columns.ORGANIZATION_ID))
        return found

    @cached_property
    def _organizations_of_places(self) -> Mapping[str, list[str]]:
        owners = {
            row.get(*columns.LOCATION_ID): row.get("organization_id")
            for row in self._tables.rows("locations")
        }
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._tables.rows("services"):
            for place in ids_in(row.get("service_locations")):
                found[row.get(*columns.SERVICE_ID)].append(owners.get(place, ""))
        for row in self._tables.rows("service_at_location"):
            found[row.get("service_id")].append(owners.get(row.get("location_id"), ""))
        return found


def service_items(
    tables: Tables, builder: RecordBuilder, parents: ServiceParents
) -> Iterator[Item]:
    """The services, with organization, program, eligibility and ways to pay."""
    eligibility = _TextsByService(tables, "eligibility", "eligibility")
    payments = _TextsByService(tables, "payments_accepted", "payment")
    yield from (*eligibility.problems, *payments.problems)
    coded: list[RowReader] = []
    codes: set[str] = set()
    for reader, values in read_rows(tables, columns.SERVICES):
        key = key_of(columns.SERVICES, reader, values)
        _set_organization(reader, values, key, parents)
        _set_program(reader, values, key, parents)
        _append(values, "eligibility_description", eligibility.words.get(key, []), "{}")
        _append(values, "fees_description", payments.words.get(key, []), "Payment: {}.")
        status = reader.row.get("service_status")
        if status and "status" not in values:
            codes.add(clean_line(status))
            coded.append(reader)
        yield from builder.items("service", key, reader, values)
    if coded:
        yield coded[0].problem("status-code-unknown", Severity.WARNING, _coded(coded, codes), _CODE)


def _coded(coded: list[RowReader], codes: set[str]) -> Message:
    named = ", ".join(sorted(codes)[:5])
    return message(
        "%(count)s services have a status (%(statuses)s) whose meaning the list does "
        "not give. They were taken as active; set those aside that are not.",
        count=format(len(coded), ","),
        statuses=named,
    )


def _set_organization(reader: RowReader, values: Values, key: str, parents: ServiceParents) -> None:
    given = ids_in(values.pop("organization_id", ""))
    header = next((h for h in columns.SERVICES.fields["organization_id"] if reader.row.get(h)), "")
    found = parents.known_organization(given)
    if found and len(given) > 1:
        reader.leave_unmapped(header)
        reader.warn("several-organizations", _FIRST_TAKEN, header)
    if not found:
        reader.leave_unmapped(header)
        found, teller = parents.organization_of(key)
        if found:
            detail = message(
                "The service names no organization of this list; that of %(source)s was taken.",
                source=teller,
            )
            header = header or columns.SERVICES.fields["organization_id"][-1]
            reader.warn("organization-taken-from-elsewhere", detail, header)
    values["organization_id"] = found


def _set_program(reader: RowReader, values: Values, key: str, parents: ServiceParents) -> None:
    given = ids_in(values.pop("program_id", ""))
    if len(given) > 1:
        header = next(h for h in columns.SERVICES.fields["program_id"] if reader.row.get(h))
        reader.leave_unmapped(header)
        reader.warn(
            "several-programs", message("A service has one program; the first was taken."), header
        )
    values["program_id"] = given[0] if given else parents.programs.get(key, "")


class _TextsByService:
    """The words of a file whose rows say one thing each of a service, by service.

    Rows that name no service are one problem, in the column they lack; the file of refused rows
    gives them back.
    """

    def __init__(self, tables: Tables, stem: str, header: str) -> None:
        self.words: dict[str, list[str]] = defaultdict(list)
        self.problems: list[Problem] = []
        services = {row.get(*columns.SERVICE_ID) for row in tables.rows("services")}
        lost: list[Row] = []
        for row in tables.rows(stem):
            words, service = clean_line(row.get(header)), row.get(_SERVICE)
            if not words:
                continue
            if service in services:
                self.words[service].append(words)
            elif service:
                detail = _UNKNOWN_SERVICE.filled(service=service)
                self.problems.append(_error("unknown-parent", row, detail))
            else:
                lost.append(row)
        if lost:
            detail = _NO_SERVICE.filled(count=format(len(lost), ","))
            self.problems.append(_error(ROWS_WITHOUT_PARENT, lost[0], detail))


_SERVICE = "service_id"
_UNKNOWN_SERVICE = message(
    "It points to service %(service)s, which is not in this list. Add it or correct the id."
)
_NO_SERVICE = message(
    "Rows that do not say which service they are about: %(count)s. They are kept with the refused "
    "rows. Add the id of the service. The first is in this line."
)


def _error(code: str, row: Row, detail: Message) -> Problem:
    return Problem(
        code=code,
        severity=Severity.ERROR,
        message=detail,
        file=row.file,
        line=row.line,
        column=_SERVICE,
    )


def _append(values: Values, name: str, words: list[str], form: str) -> None:
    if words:
        said = form.format(", ".join(words))
        values[name] = "\n".join(part for part in (values.get(name, ""), said) if part)
