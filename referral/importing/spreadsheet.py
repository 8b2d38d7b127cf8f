"""A plain spreadsheet: one row per service (and place), headers matched by name and synonym."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from referral.importing.drafts import Draft, Maker, Recipe, Values, content_key, read_values
from referral.importing.items import Item, RefusedRow
from referral.importing.sites import SITE_MEANINGS, Site, site_of
from referral.importing.spreadsheet_parts import PART_MEANINGS, RowParts
from referral.importing.synonyms import HEADERS, NAMES, columns_of, plain_words
from referral.importing.tables import Table, Tables
from referral.records.errors import RefusedError
from referral.records.problems import Problem, Severity
from referral.records.text import clean_line

_SERVICE_FIELDS = (
    "alternate_name", "description", "url", "email", "status", "application_process",
    "fees_description", "wait_time", "eligibility_description", "minimum_age", "maximum_age",
    "assured_date", "verified_by", "alert", "keywords", "interpretation_services", "visibility",
)  # fmt: skip


def is_header_row(cells: Sequence[str]) -> bool:
    """Whether these are the headers of a service list: a name and one thing more."""
    found = columns_of((cell, cell) for cell in cells if cell.strip())
    return any(name in found for name in NAMES) and len(found) > 1


def recognise_spreadsheet(tables: Tables) -> str:
    """Why this is a spreadsheet of services, "" when it is not one table."""
    if len(tables.by_stem) != 1:
        return ""
    table = next(iter(tables.by_stem.values()))
    found = columns_of(table.shown.items())
    if not is_header_row(list(table.shown.values())):
        return ""
    named = ", ".join(table.shown[headers[0]] for headers in list(found.values())[:4])
    return f"It is one table with columns for {named}, as a spreadsheet of services has."


def check_spreadsheet(tables: Tables) -> None:
    """Refuse what is not one table with a name and something else.

    Raises:
        RefusedError: it names the headers found and those expected.
    """
    if len(tables.by_stem) != 1:
        raise RefusedError(
            "A spreadsheet is one file with one service a row; here are several files."
        )
    table = next(iter(tables.by_stem.values()))
    if not is_header_row(list(table.shown.values())):
        found = ", ".join(table.shown.values())
        raise RefusedError(
            f"The columns of {table.name} are not known: {found}. Expected are a column for the "
            f"name ({', '.join(HEADERS['name'][:4])} or {', '.join(HEADERS['organization'][:3])}) "
            "and one more, such as phone, address, city, hours, description or website."
        )


def read_spreadsheet(tables: Tables, source: str) -> Iterator[Item]:
    """The items of a spreadsheet; rows of one service and organization are its places."""
    stem, table = next(iter(tables.by_stem.items()))
    reader = _Spreadsheet(table, Maker(source))
    lines: list[_Line] = []
    for row in tables.rows(stem):
        line = reader.line_of(Draft(row, table.shown))
        if isinstance(line, RefusedRow):
            yield line
        else:
            lines.append(line)
    groups: dict[str, list[_Line]] = defaultdict(list)
    # By content, so that a sheet sorted another way gives the same records.
    for line in sorted(lines, key=lambda line: (line.key, content_key(dict(line.draft.row.cells)))):
        line.key = reader.key_among(groups, line)
        groups[line.key].append(line)
    done: set[str] = set()
    for lines in groups.values():
        yield from reader.organization(lines[0], done)
        yield from reader.service(lines, done)


@dataclass(slots=True)
class _Line:
    """A row: the names it gives, the key of its service, and where that is given."""

    draft: Draft
    key: str
    organization: str
    name: str
    site: Site | None = None
    values: Values = field(default_factory=dict)


class _Spreadsheet:
    """One sheet being read."""

    def __init__(self, table: Table, maker: Maker) -> None:
        self.columns = columns_of(table.shown.items())
        self.maker = maker
        self.recipe = Recipe(
            kind="service",
            file="",
            fields={
                name: tuple(self.columns[name]) for name in _SERVICE_FIELDS if name in self.columns
            },
        )

    def line_of(self, draft: Draft) -> _Line | RefusedRow:
        """The row as a line, refused when it names nothing."""
        organization = clean_line(self._take(draft, "organization"))
        name = clean_line(self._take(draft, "name")) or organization
        organization = organization or name
        if not name:
            detail = "The row names neither a service nor an organization; give it a name."
            header = next(self.columns[n][0] for n in NAMES if n in self.columns)
            problem = draft.problem("name-missing", Severity.ERROR, detail, header)
            return RefusedRow("service", (problem,))
        given = self._take(draft, "id")
        key = f"id/{given}" if given else f"{plain_words(organization)}/{plain_words(name)}"
        line = _Line(draft, key, organization, name)
        line.site = site_of(draft, self.columns, plain_words(organization))
        line.values = read_values(self.recipe, draft)
        more = clean_line(self._take(draft, "more_description"))
        if more:
            described = (line.values.get("description", ""), more)
            line.values["description"] = "\n\n".join(part for part in described if part)
        return line

    def _take(self, draft: Draft, meaning: str) -> str:
        return draft.take(meaning, *self.columns.get(meaning, ()))

    def key_among(self, groups: Mapping[str, list[_Line]], line: _Line) -> str:
        """The key of the row's service, another one when an earlier row speaks of another.

        Rows with the same names are places of one service; at one place they are two services
        when they say different things.
        """
        earlier = groups.get(line.key, [])
        here = [other for other in earlier if line.site is None or other.site == line.site]
        if not here or any(self._says(other) == self._says(line) for other in here):
            return line.key
        return f"{line.key}#{content_key(self._says(line))}"

    def _says(self, line: _Line) -> Values:
        """The cells about the service itself."""
        apart = {*SITE_MEANINGS, *PART_MEANINGS}
        others = {header for meaning in apart for header in self.columns.get(meaning, ())}
        cells = line.draft.row.cells.items()
        return {header: plain_words(text) for header, text in cells if header not in others}

    def organization(self, line: _Line, done: set[str]) -> Iterator[Item]:
        """The organization of a row, once for the whole sheet."""
        key = f"organization/{plain_words(line.organization)}"
        if key in done:
            return
        done.add(key)
        draft = Draft(line.draft.row, {})
        draft.headers = {"name": line.draft.headers.get("organization", "")}
        fields = {
            name: tuple(self.columns[f"organization_{name}"])
            for name in ("description", "website")
            if f"organization_{name}" in self.columns
        }
        values = read_values(Recipe(kind="organization", file="", fields=fields), draft)
        values["name"] = line.organization
        line.draft.mark(*(header for headers in fields.values() for header in headers))
        yield from self.maker.items("organization", key, draft, values, main=False)

    def service(self, lines: list[_Line], done: set[str]) -> Iterator[Item]:
        """A service from its rows, with all that hangs on it."""
        first = lines[0]
        parts = RowParts(self.maker, self.columns, first.key)
        made = [list(parts.of_row(line.draft, line.site, _others(line, lines))) for line in lines]
        values = {
            **first.values,
            "name": first.name,
            "organization_id": f"organization/{plain_words(first.organization)}",
        }
        items = list(self.maker.items("service", first.key, first.draft, values))
        yield from items
        if isinstance(items[-1], RefusedRow):
            return
        for line, children in zip(lines, made, strict=True):
            yield from self._place(line, first, done)
            yield from (child for child in children if parts.is_new(child, done))

    def _place(self, line: _Line, first: _Line, done: set[str]) -> Iterator[Item]:
        """The place of a row; what a later row says otherwise is kept with its place."""
        draft = line.draft
        if line is not first:
            differing = [
                name for name, value in line.values.items() if first.values.get(name) != value
            ]
            draft.put_aside(*(self.columns[name][0] for name in differing))
        if line.site is None:
            if line is not first:
                yield self._repeated(draft)
            return
        new = line.site.key not in done
        done.add(line.site.key)
        if new:
            organization = f"organization/{plain_words(line.organization)}"
            place = {**line.site.location, "organization_id": organization}
            yield from self.maker.items(
                "location", line.site.key, draft, place, main=line is not first
            )
            for number, address in enumerate(line.site.addresses):
                address_key = f"{line.site.key}/{number}"
                values = {**address, "location_id": line.site.key}
                yield from self.maker.items("address", address_key, draft, values, main=False)
        key = f"{first.key}@{line.site.key}"
        if key in done:
            yield self._repeated(draft)
            return
        done.add(key)
        values = {"service_id": first.key, "location_id": line.site.key}
        yield from self.maker.items("service_at_location", key, draft, values, main=False)

    def _repeated(self, draft: Draft) -> Problem:
        detail = (
            "An earlier row says the same of this service and place. "
            "Phones, hours and the like of both rows were taken together."
        )
        return draft.problem("row-repeated", Severity.WARNING, detail)


def _others(line: _Line, lines: list[_Line]) -> list[Draft]:
    return [other.draft for other in lines if other is not line]
