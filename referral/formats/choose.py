"""Formats of lists, and the choice among them: two that could read a list both try its first rows.

AIRS XML, iCarol's CSV and JSON of HSDS say themselves what they are. Tables may have the names of
those of Open Referral and be somebody's own sheets: what keeps more of their cells reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from referral.errors import RefusedError, refused
from referral.formats import FORMATS, OPEN_REFERRAL
from referral.formats.airs.agencies import AGENCIES, read_airs, recognise_airs
from referral.formats.files.fates import sum_columns
from referral.formats.files.tables import Tables
from referral.formats.icarol.columns import check_icarol, recognise_icarol
from referral.formats.icarol.rows import read_icarol
from referral.formats.open_referral.read_tables import read_open_referral, recognise_open_referral
from referral.formats.open_referral.sheets import FILES, IGNORED_FILES
from referral.formats.reading.items import Item
from referral.formats.spreadsheet.reader import (
    check_spreadsheet,
    read_spreadsheet,
    recognise_spreadsheet,
)
from referral.formats.taxonomy import check_taxonomy, read_taxonomy, recognise_taxonomy
from referral.message import Message

_ROWS = 30  # of each table: enough to tell which reader keeps more
_LEAD = 0.3  # a package with a column more is the same package, with the same ids
_LEAST = 0.5


def _no_check(_tables: Tables) -> None:
    """Accept any tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFormat:
    """A format.

    Attributes:
        name: what ``--format`` takes; one of ``FORMATS``.
        recognise: why these tables may be in this format, None when they are not.
        read: the items of the tables for a source.
        files: stems of the files it reads; empty: whatever single table there is.
        ignored_files: stem → what is in a known file that the directory does not keep.
        check: raises ``RefusedError`` when a file or header that must be there is not.
        has_ids: whether its rows have ids by which those of other files point at them.
    """

    name: str
    recognise: Callable[[Tables], Message | None]
    read: Callable[[Tables, str], Iterator[Item]]
    files: frozenset[str] = frozenset()
    ignored_files: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Tables], None] = _no_check
    has_ids: bool = False

    def takes(self, stem: str) -> bool:
        """Return whether the format reads the file of a stem."""
        return not self.files or stem in self.files


_ALL = (
    ListFormat(
        name=OPEN_REFERRAL,
        recognise=recognise_open_referral,
        read=read_open_referral,
        files=FILES,
        ignored_files=IGNORED_FILES,
        has_ids=True,
    ),
    ListFormat(
        name="airs",
        recognise=recognise_airs,
        read=read_airs,
        files=frozenset({AGENCIES}),
    ),
    ListFormat(
        name="icarol",
        recognise=recognise_icarol,
        read=read_icarol,
        check=check_icarol,
    ),
    ListFormat(
        name="taxonomy",
        recognise=recognise_taxonomy,
        read=read_taxonomy,
        check=check_taxonomy,
    ),
    ListFormat(
        name="spreadsheet",
        recognise=recognise_spreadsheet,
        read=read_spreadsheet,
        check=check_spreadsheet,
    ),
)
LIST_FORMATS: Mapping[str, ListFormat] = {one.name: one for one in _ALL}


def choose_format(tables: Tables) -> tuple[ListFormat, Message]:
    """Return the format of these tables, and why it was taken.

    Raises:
        RefusedError: no format reads them.
    """
    why = {name: said for name, one in LIST_FORMATS.items() if (said := one.recognise(tables))}
    taken = next((name for name in ("airs", "icarol") if name in why), next(iter(why), ""))
    if taken == OPEN_REFERRAL and not tables.form and not _are_open_referral(tables, why):
        taken = "spreadsheet" if "spreadsheet" in why else ""
    if not taken:
        raise _unknown(tables)
    return LIST_FORMATS[taken], why[taken]


def _are_open_referral(tables: Tables, could: Container[str]) -> bool:
    """Return whether tables with its names are of Open Referral, and not of somebody's own.

    Columns read what they keep clearly more of, and what somebody said how to read.
    """
    kept = _share_kept(tables, LIST_FORMATS[OPEN_REFERRAL])
    if "spreadsheet" not in could:
        return kept > 0
    if kept > 1 - _LEAD and tables.mapping is None:
        return True  # nothing can lead before it
    by_columns = _share_kept(tables, LIST_FORMATS["spreadsheet"])
    return by_columns < (kept + _LEAD if tables.mapping is None else _LEAST)


def _share_kept(tables: Tables, candidate: ListFormat) -> float:
    """Return the share of cells that a format keeps of the first rows of Open Referral's tables."""
    first = {
        stem: replace(table, rows=table.rows[:_ROWS])
        for stem, table in tables.by_stem.items()
        if stem in FILES
    }
    fates = [counted for each in first.values() if (counted := each.follow_cells())]
    try:
        for _ in candidate.read(Tables(first, mapping=tables.mapping), "trial"):
            pass
    except RefusedError:
        return 0.0
    columns = sum_columns(fates)
    cells = sum(column.cells for column in columns)
    return sum(column.kept for column in columns) / cells if cells else 1.0


def _unknown(tables: Tables) -> RefusedError:
    """Return the refusal of tables that no format reads."""
    if len(tables.by_stem) == 1:
        check_spreadsheet(tables)
    return refused(
        "These files (%(names)s) are not in a form that Referral knows. It reads %(formats)s.",
        names=", ".join(sorted(table.name for table in tables.by_stem.values())),
        formats="; ".join(FORMATS.values()),
    )
