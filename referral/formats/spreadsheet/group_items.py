"""The records of a spreadsheet, made of its rows once all of them are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referral.formats.reading.items import Item, RefusedRow
from referral.formats.reading.row_reader import Draft, Maker
from referral.formats.spreadsheet.parts import RowParts
from referral.formats.spreadsheet.row_groups import Book, OwnRow
from referral.formats.spreadsheet.service_row import Line, values_of
from referral.formats.spreadsheet.sites import Site
from referral.message import message
from referral.records.problems import Problem, Severity

_REPEATED = message(
    "An earlier row says the same of this service and place. Phones, hours and the "
    "like of both rows were taken together."
)


class BookItems:
    """Makes the items of a book, each record once."""

    def __init__(self, book: Book, maker: Maker) -> None:
        self.book = book
        self.maker = maker
        self._done: set[str] = set()

    def items(self) -> Iterator[Item]:
        """Everything that the rows gave."""
        groups = self.book.lines_by_service()
        yield from self.book.refused
        for own in self.book.organizations.values():
            yield from self._own_organization(own)
        for lines in groups.values():
            yield from self._organization(lines[0])
            yield from self._service(lines)
        for own in self.book.locations.values():
            yield from self._own_location(own)

    def _own_organization(self, own: OwnRow) -> Iterator[Item]:
        values = {**values_of(own.sheet, own.draft, "organization"), "name": own.name}
        parts = RowParts(self.maker, own.sheet, "organization", own.key)
        made = list(parts.of_row(own.draft, None, ()))
        yield from self.maker.items("organization", own.key, own.draft, values)
        yield from (part for part in made if parts.is_new(part, self._done))
        if own.site is not None:
            yield from self._location(own.site, own.draft, own.key, main=False)

    def _organization(self, line: Line) -> Iterator[Item]:
        """The organization that a row names, when no row of its own tells of it."""
        key = line.organization_key
        if key in self._done or key in self.book.organizations or not line.organization:
            return
        self._done.add(key)
        draft = Draft(line.draft.row, {})
        values = values_of(line.sheet, draft, "organization")
        shown = line.draft.show(next(iter(line.sheet.columns.get("organization.name", ())), ""))
        draft.headers = {"name": shown}
        values["name"] = line.organization
        columns = line.sheet.columns
        told = (target for target in columns if target.startswith("organization."))
        line.draft.mark(*(key for target in told for key in columns[target]))
        yield from self.maker.items("organization", key, draft, values, main=False)

    def _service(self, lines: Sequence[Line]) -> Iterator[Item]:
        """A service from its rows, with all that hangs on it."""
        first = lines[0]
        made = []
        for line in lines:
            parts = RowParts(self.maker, line.sheet, "service", first.key)
            others = [other.draft for other in lines if other.draft is not line.draft]
            made.append(list(parts.of_row(line.draft, line.site, others)))
        values = {
            **first.values,
            "name": first.name,
            "organization_id": first.organization_key,
        }
        items = list(self.maker.items("service", first.key, first.draft, values))
        yield from items
        if isinstance(items[-1], RefusedRow):
            return
        for line, children in zip(lines, made, strict=True):
            yield from self._place(line, first)
            yield from (child for child in children if RowParts.is_new(child, self._done))

    def _place(self, line: Line, first: Line) -> Iterator[Item]:
        """The place of a row; what a later row says otherwise is kept with its place."""
        draft = line.draft
        columns = line.sheet.columns
        if draft is not first.draft:
            for name, value in line.values.items():
                if first.values.get(name) != value:
                    draft.put_aside(*columns.get(f"service.{name}", ())[:1])
        if line.site is None:
            if draft is not first.draft:
                yield _repeated(draft)
            return
        main = draft is not first.draft
        yield from self._location(line.site, draft, line.organization_key, main=main)
        key = f"{first.key}@{line.site.key}"
        if key in self._done:
            yield _repeated(draft)
            return
        self._done.add(key)
        values = {"service_id": first.key, "location_id": line.site.key}
        yield from self.maker.items("service_at_location", key, draft, values, main=False)

    def _location(
        self, site: Site, draft: Draft, organization: str, *, main: bool
    ) -> Iterator[Item]:
        """A place, once: from its own row where it has one."""
        own = self.book.locations.get(site.key)
        if own is not None:
            yield from self._own_location(own)
        elif site.key not in self._done:
            self._done.add(site.key)
            yield from self._location_items(site, draft, organization, main=main)

    def _own_location(self, own: OwnRow) -> Iterator[Item]:
        if own.site is None or own.key in self._done:
            return
        self._done.add(own.key)
        parts = RowParts(self.maker, own.sheet, "location", own.key)
        made = list(parts.of_row(own.draft, None, ()))
        yield from self._location_items(own.site, own.draft, own.organization, main=True)
        yield from (part for part in made if parts.is_new(part, self._done))

    def _location_items(
        self, site: Site, draft: Draft, organization: str, *, main: bool
    ) -> Iterator[Item]:
        place = {**site.location, "organization_id": organization}
        yield from self.maker.items("location", site.key, draft, place, main=main)
        for number, address in enumerate(site.addresses):
            key = f"{site.key}/{number}"
            values = {**address, "location_id": site.key}
            yield from self.maker.items("address", key, draft, values, main=False)


def _repeated(draft: Draft) -> Problem:
    return draft.problem("row-repeated", Severity.WARNING, _REPEATED)
