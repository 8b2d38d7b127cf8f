"""Rows on their way to records: which cells were taken, what was odd, what was put aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

from referral.formats.files.tables import Row, Table, Tables
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.items import (
    Item,
    ReadRecord,
    RefusedRow,
    kept_once,
)
from referral.formats.reading.protection_flags import (
    NOT_UNDERSTOOD,
    flag_visibility,
    is_flag,
    strictest,
)
from referral.message import Message, message
from referral.records.directory import Record
from referral.records.identity import record_id
from referral.records.kinds import KINDS, PARENT_FIELDS, Origin, field_names
from referral.records.problems import Problem, Severity
from referral.records.rules import problems_of
from referral.records.visibility import Visibility

Values = dict[str, Any]


class Draft:
    """A row being read. ``headers`` says which column gave which field."""

    __slots__ = ("_shown", "_used", "headers", "problems", "row")

    def __init__(self, row: Row, shown: Mapping[str, str]) -> None:
        self.row = row
        self.headers: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._shown = shown
        self._used: set[str] = set()

    def take(self, field_name: str, *headers: str) -> str:
        """The first filled cell under these headers, taken for that field; "" when none is."""
        for header in headers:
            if header in self.row.cells:
                self._used.add(header)
                self.headers[field_name] = self.show(header)
                return self.row.cells[header]
        present = next((header for header in headers if header in self._shown), "")
        if present:
            self.headers[field_name] = self.show(present)
        return ""

    def mark(self, *headers: str) -> None:
        """These cells are read by somebody: they are not put aside."""
        self._used.update(headers)

    def put_aside(self, *headers: str) -> None:
        """These cells are kept with the origin although a field looked at them."""
        self._used.difference_update(headers)

    def show(self, header: str) -> str:
        """The header as the file has it."""
        return self._shown.get(header, header)

    def warn(self, code: str, detail: Message, header: str = "") -> None:
        """Say that something is odd about a cell of this row."""
        self.problems.append(self.problem(code, Severity.WARNING, detail, header))

    def problem(self, code: str, severity: Severity, detail: Message, header: str = "") -> Problem:
        """A problem at this row."""
        return Problem(
            code=code,
            severity=severity,
            message=detail,
            file=self.row.file,
            line=self.row.line,
            column=self.show(header) if header else "",
        )

    def unmapped(self) -> dict[str, str]:
        """The cells nobody took, by the header the file has."""
        return {
            self.show(header): text
            for header, text in self.row.cells.items()
            if header not in self._used
        }


_id = lru_cache(maxsize=2**17)(record_id)  # a parent is named by each of its children
Adjust = Callable[[Draft, Values], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the rows of a file become records of a kind.

    Attributes:
        kind: HSDS name of the records.
        file: stem of the file.
        fields: field of the record → headers that may give it, the first filled one wins.
        key: headers that may give the list's own id.
        prefix: what comes before it, where two files count 1, 2, 3 for records of one kind.
        also_read: headers that other recipes read, so that they are not put aside.
        adjust: what needs more than one cell; it changes the values in place.
        mend: puts the cells of a damaged row right; None when it is whole, else what was done.
    """

    kind: str
    file: str
    fields: Mapping[str, tuple[str, ...]]
    key: tuple[str, ...] = ("id",)
    prefix: str = ""
    also_read: tuple[str, ...] = ()
    adjust: tuple[Adjust, ...] = ()
    mend: Callable[[Table, Row], tuple[Row, Message | None]] | None = None


def own_fields(kind: str, **other_headers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every field of a kind from the column of its own name, and from these other headers."""
    names = [name for name in field_names(kind) if name != "id"]
    return {name: (name, *other_headers.get(name, ())) for name in names}


def drafts_of(tables: Tables, recipe: Recipe) -> Iterator[tuple[Draft, Values]]:
    """Each row of the recipe's file as a draft and its values; parents are still the list's ids."""
    table = tables.get(recipe.file)
    if table is None:
        return
    for given in tables.rows(recipe.file):
        row, mended = recipe.mend(table, given) if recipe.mend else (given, None)
        draft = Draft(row, table.shown)
        if mended:
            draft.warn("row-mended", mended)
        draft.mark(*recipe.also_read)
        values = read_values(recipe, draft)
        for adjust in recipe.adjust:
            adjust(draft, values)
        obey_flags(draft, values)
        yield draft, values


def read_values(recipe: Recipe, draft: Draft) -> Values:
    """The values the recipe's fields get from a row; what cannot be read is put aside and said."""
    values: Values = {}
    for name, headers in recipe.fields.items():
        text = draft.take(name, *headers)
        if not text:
            continue
        if name in PARENT_FIELDS or name == "link_id":
            values[name] = text
            continue
        value = read_cell(recipe.kind, name, text)
        if isinstance(value, Unreadable):
            header = next(h for h in headers if h in draft.row.cells)
            draft.put_aside(header)
            draft.warn(
                value.code,
                value.message.then(message("It was kept aside as given.")),
                header,
            )
            value = Visibility.WITHHELD if name == "visibility" else None
        if value is not None:
            values[name] = value
    return values


def obey_flags(draft: Draft, values: Values) -> None:
    """Restrict the values by every protecting mark in the row; never widen what is given."""
    for header, text in draft.row.cells.items():
        if not is_flag(header):
            continue
        asked, understood = flag_visibility(header, text)
        draft.mark(header)
        if not understood:
            draft.put_aside(header)
            draft.warn("flag-not-understood", NOT_UNDERSTOOD, header)
        if asked is not Visibility.PUBLIC:
            values["visibility"] = strictest(asked, values.get("visibility", asked))
            draft.headers["visibility"] = draft.show(header)


@dataclass(slots=True)
class Maker:
    """Turns drafts into items, for one source (the name of the provider list)."""

    source: str

    def items(
        self,
        kind: str,
        key: str,
        draft: Draft,
        values: Values,
        *,
        main: bool = True,
        may_lack: str = "",
    ) -> Iterator[Item]:
        """The record (or the refusal) of a draft, after what was odd about it.

        Args:
            kind: HSDS name of the record's kind.
            key: what the list calls the record.
            draft: the row.
            values: fields; parents as the list's own ids.
            main: whether the record stands for the row: it says the row's problems and keeps
                the cells nobody took.
            may_lack: a parent field that may be empty here, since the reader said so already.
        """
        values, given = self._with_parents(values)
        record = _filled(kind, _id(self.source, kind, key), values)
        found = tuple(_problems_at(draft, record, may_lack))
        if main:
            found = (*draft.problems, *found)
        if any(problem.severity is Severity.ERROR for problem in found):
            yield RefusedRow(kind, found, record.id)
            return
        yield from found
        origin = Origin(
            source=self.source,
            key=key,
            file=draft.row.file,
            line=draft.row.line,
            unmapped=draft.unmapped() if main else {},
        )
        headers = kept_once(tuple(draft.headers.items()))
        yield ReadRecord(record, origin, headers, given)

    def _with_parents(self, values: Values) -> tuple[Values, dict[str, str]]:
        made: Values = dict(values)
        given = {"visibility": str(values["visibility"])} if "visibility" in values else {}
        for name, key in values.items():
            parent = PARENT_FIELDS.get(name)
            if name == "link_id":
                parent = values.get("link_entity", "")
            if parent and key:
                given[name] = key
                made[name] = _id(self.source, parent, key)
        return made, given


def _problems_at(draft: Draft, record: Record, may_lack: str) -> Iterator[Problem]:
    """What the rules say of a record, where its row is."""
    for problem in problems_of(record):
        if may_lack and problem.column == may_lack and not getattr(record, may_lack):
            continue
        column = draft.headers.get(problem.column, problem.column)
        yield replace(problem, file=draft.row.file, line=draft.row.line, column=column)


def _filled(kind: str, identifier: str, values: Values) -> Record:
    """The record; required text that is missing is "", for the rules to refuse."""
    known = field_names(kind)
    filled: Values = dict.fromkeys(_required(kind), "")
    filled |= {name: value for name, value in values.items() if name in known}
    return KINDS[kind](**{**filled, "id": identifier})


@cache
def _required(kind: str) -> tuple[str, ...]:
    return tuple(
        f.name
        for f in fields(KINDS[kind])
        if f.default is MISSING and f.default_factory is MISSING and f.name != "id"
    )


def key_of(recipe: Recipe, draft: Draft, values: Values) -> str:
    """The list's own id of a row, else a key made of its parents and content."""
    key = draft.row.get(*recipe.key)
    draft.mark(*recipe.key)
    return recipe.prefix + (key or content_key(values))


def content_key(values: Values) -> str:
    """A key for a row without an id: what it says, in a fixed order, so that it comes back.

    Only a digest of it, since a key is kept and shown where an address may not be.
    """
    said = "\n".join(f"{name}={values[name]}" for name in sorted(values) if values[name] != "")
    return sha256(said.encode()).hexdigest()[:24]


def plain_items(tables: Tables, recipe: Recipe, maker: Maker) -> Iterator[Item]:
    """The items of a file whose rows are one record each."""
    for draft, values in drafts_of(tables, recipe):
        yield from maker.items(recipe.kind, key_of(recipe, draft, values), draft, values)
