"""Formats of lists, and the choice of one: if two can read a list, both try its first rows.

AIRS XML, iCarol's CSV and JSON of HSDS are recognized by their content. Tables with the names of
Open Referral may be sheets with columns of their own: the format that keeps more cells reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from referral.errors import RefusedError, refused
from referral.formats import FORMATS, OPEN_REFERRAL
from referral.formats.airs.agencies import AGENCIES, read_airs, recognize_airs
from referral.formats.files.fates import sum_columns
from referral.formats.files.tables import Tables
from referral.formats.icarol.columns import check_icarol, recognize_icarol
from referral.formats.icarol.rows import read_icarol
from referral.formats.open_referral.read_tables import read_open_referral, recognize_open_referral
from referral.formats.open_referral.sheets import FILES, IGNORED_FILES
from referral.formats.reading.items import Item
from referral.formats.spreadsheet.reader import (
    check_spreadsheet,
    read_spreadsheet,
    recognize_spreadsheet,
)
from referral.formats.taxonomy import check_taxonomy, read_taxonomy, recognize_taxonomy
from referral.message import Message

_ROWS_TO_TRY = 30  # of each table: enough to compare how many cells are kept
_CLEARLY_MORE = 0.3  # a package with a column more is the same package, with the same ids
_MIN_SHARE_BY_MAPPING = 0.5


def _no_check(_tables: Tables) -> None:
    """Accept the tables of a list of any format without a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFormat:
    """A format of source lists: its check, its reader, and the files that it reads.

    Attributes:
        name: what ``--format`` takes; one of ``FORMATS``.
        recognize: returns why tables may be in this format, None if they are not.
        read: returns the items of the tables for a source.
        files: stems of the files that it reads; empty for any table.
        ignored_files: stem → content of a known file that is not stored.
        check: raises ``RefusedError`` if a required file or header is missing.
        has_ids: whether its rows have ids by which those of other files point at them.
    """

    name: str
    recognize: Callable[[Tables], Message | None]
    read: Callable[[Tables, str], Iterator[Item]]
    files: frozenset[str] = frozenset()
    ignored_files: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Tables], None] = _no_check
    has_ids: bool = False

    def takes(self, stem: str) -> bool:
        """Return whether a list format reads the file of a stem, such as ``services``."""
        return not self.files or stem in self.files


_LIST_FORMATS = (
    ListFormat(
        name=OPEN_REFERRAL,
        recognize=recognize_open_referral,
        read=read_open_referral,
        files=FILES,
        ignored_files=IGNORED_FILES,
        has_ids=True,
    ),
    ListFormat(
        name="airs",
        recognize=recognize_airs,
        read=read_airs,
        files=frozenset({AGENCIES}),
    ),
    ListFormat(
        name="icarol",
        recognize=recognize_icarol,
        read=read_icarol,
        check=check_icarol,
    ),
    ListFormat(
        name="taxonomy",
        recognize=recognize_taxonomy,
        read=read_taxonomy,
        check=check_taxonomy,
    ),
    ListFormat(
        name="spreadsheet",
        recognize=recognize_spreadsheet,
        read=read_spreadsheet,
        check=check_spreadsheet,
    ),
)
LIST_FORMATS: Mapping[str, ListFormat] = {
    list_format.name: list_format for list_format in _LIST_FORMATS
}


def choose_format(tables: Tables) -> tuple[ListFormat, Message]:
    """Return the format of the tables of a source list, and why it was chosen.

    Raises:
        RefusedError: no format reads them.
    """
    reasons = {
        name: reason
        for name, list_format in LIST_FORMATS.items()
        if (reason := list_format.recognize(tables))
    }
    chosen = next((name for name in ("airs", "icarol") if name in reasons), next(iter(reasons), ""))
    if chosen == OPEN_REFERRAL and not tables.form and not _are_open_referral(tables, reasons):
        chosen = "spreadsheet" if "spreadsheet" in reasons else ""
    if not chosen:
        raise _unknown_format(tables)
    return LIST_FORMATS[chosen], reasons[chosen]


def _are_open_referral(tables: Tables, recognized_names: Container[str]) -> bool:
    """Return whether tables named like Open Referral's are in that format, not plain sheets.

    They are plain sheets if a column mapping keeps clearly more cells, or was given by a user.
    """
    kept_share = _share_kept(tables, LIST_FORMATS[OPEN_REFERRAL])
    if "spreadsheet" not in recognized_names:
        return kept_share > 0
    if kept_share > 1 - _CLEARLY_MORE and tables.mapping is None:
        return True  # no format can keep clearly more
    by_columns = _share_kept(tables, LIST_FORMATS["spreadsheet"])
    return by_columns < (
        kept_share + _CLEARLY_MORE if tables.mapping is None else _MIN_SHARE_BY_MAPPING
    )


def _share_kept(tables: Tables, candidate: ListFormat) -> float:
    """Return the share of cells that a list format keeps of Open Referral's first rows."""
    first_rows = {
        stem: replace(table, rows=table.rows[:_ROWS_TO_TRY])
        for stem, table in tables.by_stem.items()
        if stem in FILES
    }
    fates = [counted for table in first_rows.values() if (counted := table.follow_cells())]
    try:
        for _ in candidate.read(Tables(first_rows, mapping=tables.mapping), "trial"):
            pass
    except RefusedError:
        return 0.0
    columns = sum_columns(fates)
    cells = sum(column.cells for column in columns)
    return sum(column.kept for column in columns) / cells if cells else 1.0


def _unknown_format(tables: Tables) -> RefusedError:
    """Return the refusal of a source list whose tables no format reads."""
    if len(tables.by_stem) == 1:
        check_spreadsheet(tables)
    return refused(
        "These files (%(names)s) are not in a form that Referral knows. It reads %(formats)s.",
        names=", ".join(sorted(table.name for table in tables.by_stem.values())),
        formats="; ".join(FORMATS.values()),
    )
