"""Service rows of a spreadsheet: names, place and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from referral.fields.text import clean_line
from referral.formats.column_mapping import NAME_TARGETS
from referral.formats.reading.items import RefusedRow
from referral.formats.reading.row_reader import (
    FieldMap,
    RowReader,
    Values,
    content_key,
    read_values,
)
from referral.formats.spreadsheet.contact_cells import read_contact_cell
from referral.formats.spreadsheet.eligibility_rules import more_eligibility
from referral.formats.spreadsheet.header_synonyms import fold_words
from referral.formats.spreadsheet.locations import LOCATION_TARGETS, SheetLocation, key_from_id
from referral.formats.spreadsheet.mapped_rows import CONFIDENTIAL_SUFFIX, MappedSheet
from referral.formats.spreadsheet.parts import PART_TARGETS
from referral.message import message
from referral.records.kinds import field_names
from referral.records.problems import Severity

_NO_NAME = message("The row names neither a service nor an organization; give it a name.")


@dataclass(slots=True)
class ServiceRow:
    """One service at one place, as a row gives it.

    ``organization`` is the organization's name, and ``organization_key`` what it is kept under.
    """

    sheet: MappedSheet
    reader: RowReader
    key: str
    organization: str
    organization_key: str
    name: str
    site: SheetLocation | None = None
    values: Values = field(default_factory=dict)


def take(sheet: MappedSheet, reader: RowReader, target: str) -> str:
    """The text of a target in a row, "" when the row does not say."""
    return reader.take(target.rpartition(".")[2], *sheet.columns.get(target, ()))


def values_of(sheet: MappedSheet, reader: RowReader, kind: str) -> Values:
    """The fields of a kind that the row gives."""
    fields = {
        name: tuple(sheet.columns[f"{kind}.{name}"])
        for name in field_names(kind)
        if f"{kind}.{name}" in sheet.columns and name not in {"id", "name"}
    }
    return read_values(FieldMap(kind=kind, file="", fields=fields), reader)


def organization_key(given: str, name: str) -> str:
    """The key of an organization: its id in the list, else its name."""
    return key_from_id("organization/id/", given) if given else f"organization/{fold_words(name)}"


def service_key(given: str, organization: str, name: str) -> str:
    """The key of a service: its id in the list, else its names."""
    if given:
        return key_from_id("id/", given)
    return f"{fold_words(organization)}/{fold_words(name)}"


def read_service_row(
    sheet: MappedSheet, reader: RowReader, name_of: Callable[[str], str]
) -> ServiceRow | None:
    """A row as a line; None when it names nothing.

    Args:
        sheet: where the row is.
        reader: the row.
        name_of: gives the name of an organization that has a row of its own, by its key.
    """
    given = take(sheet, reader, "organization.id")
    organization = clean_line(take(sheet, reader, "organization.name"))
    if given and not organization:
        organization = name_of(organization_key(given, ""))
    name = clean_line(reader.take("name", *sheet.columns.get("service.name", ()))) or organization
    if not given:
        organization = organization or name
    if not name:
        return None
    key = service_key(take(sheet, reader, "service.id"), organization or given, name)
    line = ServiceRow(sheet, reader, key, organization, organization_key(given, organization), name)
    if given:
        reader.headers["organization_id"] = reader.headers.get("id", "")
    line.values = values_of(sheet, reader, "service")
    _add_texts(line)
    reader.mark_used(*(key for target in _FLAGS for key in sheet.columns.get(target, ())))
    return line


_FLAGS = (
    "service.private", "service.shown", "service.deleted", "location.private", "phone.private",
    "schedule.day",
)  # fmt: skip


def _add_texts(line: ServiceRow) -> None:
    """What further columns say of the service and of who can get it."""
    sheet, reader = line.sheet, line.reader
    for column in sheet.columns.get("service.more_description", ()):
        more = clean_line(reader.take("more_description", column))
        _append(line.values, "description", more, "\n\n")
    populations = sheet.columns.get("service.population", ())
    groups = [clean_line(reader.row.get(key)) for key in populations]
    reader.mark_used(*populations)
    said = ", ".join(group for group in groups if group).rstrip(".")
    rules = [f"For: {said}."] if said else []
    for rule in (*rules, *more_eligibility(sheet, reader)):
        _append(line.values, "eligibility_description", rule, "\n")
    add_email_of_contact(sheet, reader, line.values)


def add_email_of_contact(sheet: MappedSheet, reader: RowReader, values: Values) -> None:
    """Give a record without an e-mail address the one in its cells for a contact.

    What stands beside a number that is marked as secret stays with that contact.
    """
    for column in sheet.columns.get("contact.name", ()):
        if reader.row.get(f"{column}{CONFIDENTIAL_SUFFIX}"):
            continue
        if emails := read_contact_cell(reader.row.get(column)).emails:
            values.setdefault("email", emails[0])
            reader.headers.setdefault("email", reader.show(column))


def _append(values: Values, name: str, text: str, between: str) -> None:
    parts = [part for part in (values.get(name, ""), text) if part]
    if parts:
        values[name] = between.join(parts)


def refuse_nameless(sheet: MappedSheet, reader: RowReader, kind: str) -> RefusedRow:
    """The refusal of a row that names nothing."""
    wanted = NAME_TARGETS if kind == "service" else (f"{kind}.name", *NAME_TARGETS)
    header = next((sheet.columns[name][0] for name in wanted if name in sheet.columns), "")
    detail = _NO_NAME
    if kind == "organization":
        detail = message("The row does not name its organization; give it a name.")
    if kind == "location":
        detail = message(
            "The row says neither what the place is called nor where it is. Add one of them."
        )
    problem = reader.problem("name-missing", Severity.ERROR, detail, header)
    return RefusedRow(kind, (problem,))


def distinct_service_key(earlier: Iterable[ServiceRow], line: ServiceRow) -> str:
    """The key of the row's service, another one when an earlier row speaks of another.

    Args:
        earlier: the rows of that service before, at least those at its place.
        line: the row.

    Rows with the same names are places of one service; at one place they are two services
    when they say different things.
    """
    here = [other for other in earlier if line.site is None or other.site == line.site]
    if not here or any(_service_cells(other) == _service_cells(line) for other in here):
        return line.key
    return f"{line.key}#{content_key(_service_cells(line))}"


def _service_cells(line: ServiceRow) -> Values:
    """The cells about the service itself."""
    apart = {*LOCATION_TARGETS, *PART_TARGETS}
    others = {key for target in apart for key in line.sheet.columns.get(target, ())}
    cells = line.reader.row.cells.items()
    return {key: fold_words(text) for key, text in cells if key not in others}
