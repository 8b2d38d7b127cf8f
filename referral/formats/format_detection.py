"""Format detection: each list format with its detector, check and reader, in order of trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from referral.errors import refused
from referral.formats import FORMATS, ohana
from referral.formats.airs.agencies import AGENCIES, read_airs, recognise_airs
from referral.formats.files.tables import Tables
from referral.formats.hsds import v2_columns as hsds2_columns
from referral.formats.hsds import v3 as hsds3
from referral.formats.hsds.v1 import read_hsds1, recognise_hsds1
from referral.formats.hsds.v2 import read_hsds2, recognise_hsds2
from referral.formats.icarol.columns import check_icarol, recognise_icarol
from referral.formats.icarol.rows import read_icarol
from referral.formats.reading.items import Item
from referral.formats.spreadsheet.reader import (
    check_spreadsheet,
    read_spreadsheet,
    recognise_spreadsheet,
)
from referral.formats.taxonomy import check_taxonomy, read_taxonomy, recognise_taxonomy
from referral.message import Message

Read = Callable[[Tables, str], Iterator[Item]]


def _no_check(_tables: Tables) -> None:
    """Nothing has to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFormat:
    """A format.

    Attributes:
        name: what ``--format`` takes; one of ``FORMATS``.
        recognise: why these tables are in this format, None when they are not.
        read: the items of the tables for a source.
        files: stems of the files it reads; empty: whatever single table there is.
        ignored_files: stem → what is in a known file that the directory does not keep.
        check: raises ``RefusedError`` when a file or header that must be there is not.
    """

    name: str
    recognise: Callable[[Tables], Message | None]
    read: Read
    files: frozenset[str] = frozenset()
    ignored_files: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Tables], None] = _no_check

    def takes(self, stem: str) -> bool:
        """Whether it reads the file of that stem."""
        return not self.files or stem in self.files


_ALL = (
    ListFormat(
        name="hsds-3",
        recognise=hsds3.recognise_hsds3,
        read=hsds3.read_hsds3,
        files=hsds3.FILES,
        ignored_files=hsds3.IGNORED_FILES,
    ),
    ListFormat(
        name="hsds-1",
        recognise=recognise_hsds1,
        read=read_hsds1,
        files=hsds2_columns.FILES,
        ignored_files=hsds2_columns.IGNORED_FILES,
    ),
    ListFormat(
        name="hsds-2",
        recognise=recognise_hsds2,
        read=read_hsds2,
        files=hsds2_columns.FILES,
        ignored_files=hsds2_columns.IGNORED_FILES,
    ),
    ListFormat(
        name="ohana",
        recognise=ohana.recognise_ohana,
        read=ohana.read_ohana,
        files=ohana.FILES,
        check=ohana.check_files,
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


def detect_format(tables: Tables) -> tuple[ListFormat, Message]:
    """The format of these tables and why.

    Raises:
        RefusedError: they are in none of the formats.
    """
    for candidate in _ALL:
        why = candidate.recognise(tables)
        if why is not None:
            return candidate, why
    if len(tables.by_stem) == 1:
        check_spreadsheet(tables)
    names = ", ".join(sorted(table.name for table in tables.by_stem.values()))
    raise refused(
        "These files (%(names)s) are not in a form that Referral knows. It reads %(formats)s.",
        names=names,
        formats="; ".join(FORMATS.values()),
    )
