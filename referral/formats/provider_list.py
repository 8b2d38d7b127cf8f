"""Provider lists: opened, format detected, and read into records, parents first.

``open_list`` is the one way in; ``sandbox.parent.read_sandboxed`` calls it in a child process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

from referral.errors import refused
from referral.formats import FORMATS, format_now
from referral.formats.checks.shelters import withhold_marked_places
from referral.formats.choose import LIST_FORMATS, ListFormat, choose_format
from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.fates import ColumnFates, sum_columns
from referral.formats.files.mended_cells import mend_cells
from referral.formats.files.tables import Table, Tables
from referral.formats.open_referral.json_tables import STEMS
from referral.formats.open_tables import open_tables
from referral.formats.reading.id_columns import choose_id_columns, join_ids_in_other_case
from referral.formats.reading.items import Item, RefusedRow, sort_parents_first
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.saved_mapping import ColumnRef, readable_now
from referral.message import Message, message
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity

_KINDS_OF_STEMS = {stem: kind for kind, stem in STEMS.items()}
# Formats whose header may stand below a title.
_FORMATS_WITH_TITLES = frozenset({"auto", "icarol", "spreadsheet"})


_MAY_BE_NOTES = message(
    "This column holds sentences, and nothing says who may read them. It is put aside. Is it "
    "a description, or notes for staff? Say it where the columns are shown. On a command line "
    "add --answer “%(column)s=description”, or “=aside”."
)
_QUESTIONS = {
    "notes": _MAY_BE_NOTES,
    "only-text": _MAY_BE_NOTES,
    "cells-differ": message(
        "The header of this column says one thing, and its cells look like another. "
        "It is put aside. Say what it holds where the columns are shown. On a command line add "
        "--answer “%(column)s=hours”, or whatever it is."
    ),
}


@dataclass(frozen=True, slots=True)
class ProviderList:
    """A source list whose format is known, ready to be read into records.

    Attributes:
        format: a name in ``FORMATS``.
        why: why this format was chosen.
        row_count: number of rows to read.
        form: see ``Tables``.
        notices: problems of the list as a whole, and of parts that are not read.
        mapping: the column mapping of a spreadsheet: as given, else as proposed.
        columns: fates of its cells by column; filled when all items are read.
    """

    format: str
    why: Message
    row_count: int
    notices: tuple[Problem, ...]
    tables: Mapping[str, Table]
    form: str
    mapping: ColumnMapping | None = None
    columns: list[ColumnFates] = field(default_factory=list)

    def read(
        self,
        source: str,
        on_row: Callable[[int], None] | None = None,
        *,
        is_read_once: bool = False,
    ) -> Iterator[Item]:
        """Yield a source list's records, refused rows and problems, parents before children.

        Args:
            source: name of the provider list; with the list's own ids it makes the record ids.
            on_row: called with the number of rows read so far, up to ``row_count``.
            is_read_once: whether the list is read only once, so that rows are freed after reading.
        """
        tables = Tables(
            self.tables, on_row, form=self.form, mapping=self.mapping, is_read_once=is_read_once
        )
        fates = [
            table_fates for table in self.tables.values() if (table_fates := table.follow_cells())
        ]
        items_read = LIST_FORMATS[self.format].read(tables, source)
        broken = _refuse_broken_rows(self.tables)
        items = list(withhold_marked_places(sort_parents_first(chain(broken, items_read))))
        self.columns[:] = sum_columns(fates)
        if is_read_once:
            for table in self.tables.values():
                table.rows = ()
        if on_row is not None:
            on_row(self.row_count)
        aside = list(_unmapped_columns(items))
        items.reverse()
        while items:
            yield items.pop()
        yield from aside


def open_list(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002 -- the option's name
    mapping: ColumnMapping | None = None,
    saved: ColumnMapping | None = None,
    on_line: Callable[[], None] | None = None,
) -> ProviderList:
    """Open a provider's source list and choose its format.

    Args:
        path: a folder, a zip or a file.
        format: a name in ``FORMATS``, or ``auto`` to choose it.
        mapping: the column mapping of a spreadsheet; None proposes it.
        saved: the saved mapping, for a list that is in no other format.
        on_line: called for each line of a CSV file, before rows are read.

    Raises:
        RefusedError: it is no list, or cannot be read, or not safely.
    """
    format = format_now(format)  # noqa: A001
    _check_format(format, mapping)
    format = "spreadsheet" if mapping is not None else format  # noqa: A001
    mapping_to_follow, maybe_sheet = mapping or saved, format in _FORMATS_WITH_TITLES
    tables, notices = open_tables(path, mapping_to_follow, maybe_sheet=maybe_sheet, on_line=on_line)
    list_format, why = choose_format(tables) if format == "auto" else _as_requested(format, mapping)
    if saved is not None and mapping is None and list_format.name == "spreadsheet":
        why = message("Its columns are read as somebody here said.")
    list_format.check(tables)
    tables_read = {stem: table for stem, table in tables.by_stem.items() if list_format.takes(stem)}
    if not tables_read:
        raise refused(
            "None of the files is one that %(format)s lists have.", format=list_format.name
        )
    notices += (*_repair_tables(list_format, tables_read), *_ignored_files(tables, list_format))
    if list_format.name == "spreadsheet":
        proposed = mapping or propose_mapping(Tables(tables_read))
        notices += _readable_columns(
            tables_read, readable_now(mapping_to_follow or proposed, proposed)
        )
        if mapping_to_follow is None:
            notices += _questions_about_columns(tables_read, proposed)
            mapping_to_follow = proposed
    rows = sum(len(table.rows) for table in tables_read.values())
    return ProviderList(
        list_format.name, why, rows, tuple(notices), tables_read, tables.form, mapping_to_follow
    )


def _check_format(name: str, mapping: ColumnMapping | None) -> None:
    if name != "auto" and name not in LIST_FORMATS:
        raise refused(
            "There is no format %(format)s. Use auto, %(formats)s.",
            format=name,
            formats=", ".join(FORMATS),
        )
    if mapping is not None and name not in {"auto", "spreadsheet"}:
        raise refused(
            "A column mapping is for spreadsheets, not for %(format)s lists.", format=name
        )


def _as_requested(name: str, mapping: ColumnMapping | None) -> tuple[ListFormat, Message]:
    if mapping is not None:
        return LIST_FORMATS[name], message(
            "It is read as a spreadsheet with a mapping of its columns."
        )
    return LIST_FORMATS[name], message("It is read as %(format)s because you said so.", format=name)


def _repair_tables(list_format: ListFormat, tables: dict[str, Table]) -> Iterator[Problem]:
    """Yield notices about a source list's tables, and repair their cells and ids."""
    for table in tables.values():
        yield from table.problems
        yield from table.uneven_rows()
    for table in tables.values():
        if notice := mend_cells(table):
            yield notice
    if list_format.has_ids:
        yield from choose_id_columns(tables)
        yield from join_ids_in_other_case(tables)


def _ignored_files(tables: Tables, list_format: ListFormat) -> Iterator[Problem]:
    for stem, table in tables.by_stem.items():
        if list_format.takes(stem):
            continue
        content = list_format.ignored_files.get(stem)
        if content:
            detail = message(
                "%(name)s (%(content)s) is not kept: this directory has no place for it.",
                name=table.name,
                content=content,
            )
            yield _notice("file-not-kept", detail, table.name)
        else:
            detail = message(
                "%(name)s is not a file of %(format)s lists and was passed over.",
                name=table.name,
                format=list_format.name,
            )
            yield _notice("file-unknown", detail, table.name)


def _readable_columns(
    tables: Mapping[str, Table], columns: Iterable[ColumnRef]
) -> Iterator[Problem]:
    """Yield notices about columns that a saved mapping leaves out and that could be read now."""
    for sheet, group in groupby(columns, itemgetter(0)):
        detail = message(
            "These columns were put aside before, and could be read now: %(columns)s. "
            "Change how columns are read to use them.",
            columns=", ".join(header for _, header in group),
        )
        table = tables.get(sheet) or next(iter(tables.values()))  # the only sheet has no name
        yield _notice("columns-readable-now", detail, table.name)


def _questions_about_columns(
    tables: Mapping[str, Table], mapping: ColumnMapping
) -> Iterator[Problem]:
    """Yield a question for each spreadsheet column that may be a description or notes for staff."""
    for stem, table in tables.items():
        sheet = mapping.of_sheet(stem)
        for rule in sheet.columns if sheet else ():
            if question := _QUESTIONS.get(rule.because):
                detail = question.filled(column=rule.column)
                yield replace(_notice("column-to-ask", detail, table.name), column=rule.column)


def _refuse_broken_rows(tables: Mapping[str, Table]) -> Iterator[RefusedRow]:
    """Yield a refusal for each row of a list with a lone surrogate, which cannot be stored."""
    for stem, table in tables.items():
        for row in table.broken:
            detail = message("A letter in this row is only half there. Type the text again.")
            problem = Problem(
                code="letters-broken",
                severity=Severity.ERROR,
                message=detail,
                file=row.file,
                line=row.line,
            )
            yield RefusedRow(_KINDS_OF_STEMS.get(stem, "service"), (problem,))


def _unmapped_columns(items: list[Item]) -> Iterator[Problem]:
    """Yield a problem for each file of a list with columns that no record field uses."""
    aside: dict[str, dict[str, None]] = defaultdict(dict)
    taken: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if isinstance(item, SourcedRecord):
            aside[item.origin.file].update(dict.fromkeys(item.origin.unmapped))
            taken[item.origin.file].update(item.headers.values())
    for file, headers in aside.items():
        names = [header for header in headers if header not in taken[file]]
        if names:
            detail = message(
                "The directory has no field for what is in %(files)s. It is kept with the "
                "origin of each record, and not shown.",
                files=", ".join(names),
            )
            yield _notice("columns-kept-aside", detail, file)


def _notice(code: str, detail: Message, file: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, message=detail, file=file)
