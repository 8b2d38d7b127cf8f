"""Tables of HSDS 3.1, one for each kind: as a tabular data package, and as sheets of a workbook.

The package is a zip of a CSV for each table, and their descriptor. The workbook begins with a
readable sheet. The same records make the same bytes: no time of the export is written.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from referral.fields.formulas import escape_formula
from referral.formats.writing.hsds_values import (
    TABLES,
    Values,
    cell_of,
    columns_of_kind,
    foreign_keys_of,
)
from referral.formats.writing.sheets import write_csv

Table = tuple[str, Iterable[Values]]
"""A kind and the values of its records."""

_EARLIEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o644 << 16
_LONGEST_CELL = 32_767
_CUT = "…"
_WIDTH = 24
_EARLIEST_IN_WORKBOOK = datetime(1980, 1, 1)  # noqa: DTZ001  # workbooks know no time zone


def write_package(
    file: IO[bytes],
    title: str,
    kinds: Sequence[str],
    tables: Iterable[Table],
    license_name: str = "",
) -> None:
    """Write HSDS tables as a tabular data package.

    Args:
        license_name: the license of the data; "" for none.
        kinds: the kinds that have a table.
        tables: a table for each of these kinds, read one after the other.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        description = (
            json.dumps(descriptor(title, kinds, license_name), ensure_ascii=False, indent=2) + "\n"
        )
        with archive.open(_zip_entry("datapackage.json"), "w") as entry:
            entry.write(description.encode())
        for kind, rows in tables:
            name = f"{TABLES[kind]}.csv"
            with archive.open(_zip_entry(name), "w", force_zip64=True) as entry:
                _write_table(entry, kind, rows)


def descriptor(title: str, kinds: Sequence[str], license_name: str = "") -> dict[str, Any]:
    """Return the content of ``datapackage.json``, which describes exported HSDS tables."""
    return {
        "name": "human_services_data",
        "title": title,
        "profile": "tabular-data-package",
        "version": "3.1",
        "homepage": "https://docs.openreferral.org",
        **({"licenses": [{"title": license_name}]} if license_name else {}),
        "resources": [_resource(kind, kinds) for kind in kinds],
    }


def _resource(kind: str, kinds: Sequence[str]) -> dict[str, Any]:
    keys = [
        {"fields": name, "reference": _reference(parent, kind)}
        for name, parent in foreign_keys_of(kind).items()
        if parent in kinds
    ]
    return {
        "name": kind,
        "path": f"{TABLES[kind]}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "profile": "tabular-data-resource",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True},
        "schema": {
            "primaryKey": "id",
            "fields": [_field(name, form) for name, form in columns_of_kind(kind)],
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def _reference(parent: str, kind: str) -> dict[str, str]:
    """Return the name of the HSDS table to which a foreign key refers, "" for the table itself.

    Data packages require this.
    """
    return {"resource": "" if parent == kind else parent, "fields": "id"}


def _field(name: str, form: str) -> dict[str, Any]:
    if name == "id":
        return {
            "name": name, "type": form, "format": "uuid",
            "constraints": {"required": True, "unique": True},
        }  # fmt: skip
    return {"name": name, "type": form}


def _write_table(entry: IO[bytes], kind: str, rows: Iterable[Values]) -> None:
    with io.TextIOWrapper(entry, encoding="utf-8", newline="") as text:
        write_csv(text, *_header_and_cells(kind, rows))


def _header_and_cells(kind: str, rows: Iterable[Values]) -> tuple[list[str], Iterator[list[str]]]:
    """Return the header of an HSDS table, and an iterator over the cells of its rows."""
    names = [name for name, _ in columns_of_kind(kind)]
    return names, ([cell_of(row[n]) if n in row else "" for n in names] for row in rows)


def _zip_entry(name: str) -> zipfile.ZipInfo:
    """Return a zip entry without date and platform, so that equal exports are equal bytes."""
    entry = zipfile.ZipInfo(name, _EARLIEST_IN_ZIP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = _UNIX, _READABLE
    return entry


def write_workbook(
    file: IO[bytes],
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    tables: Iterable[Table],
    about: Mapping[str, str] | None = None,
) -> None:
    """Write HSDS tables as a workbook, row after row; written rows are on disk, not in memory.

    Args:
        title: name of the readable sheet.
        header, rows: content of the readable sheet.
        tables: the HSDS tables, read one after the other.
        about: properties of the document, such as its author.
    """
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"created": _EARLIEST_IN_WORKBOOK, **(about or {})})
        bold = book.add_format({"bold": True})
        _write_sheet(book.add_worksheet(title), header, rows, bold)
        for kind, values in tables:
            _write_sheet(book.add_worksheet(TABLES[kind]), *_header_and_cells(kind, values), bold)


def _write_sheet(
    sheet: Any, header: Sequence[str], rows: Iterable[Sequence[str]], bold: Any
) -> None:
    sheet.set_column(0, len(header) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, start=1):
        for column, text in enumerate(row):
            if text:
                sheet.write_string(line, column, _cut_to_cell(escape_formula(text)))


def _cut_to_cell(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + _CUT
