"""Tables of a list in any container: workbook, data package, AIRS XML, JSON, CSV files."""

from __future__ import annotations

import csv
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from referral.errors import refused
from referral.formats import FORMATS
from referral.formats.airs.agencies import AGENCIES
from referral.formats.airs.xml import AgencyRows, inspect_file
from referral.formats.column_mapping import ColumnMapping
from referral.formats.data_package import DESCRIPTOR, find_package, read_package
from referral.formats.files.archive import (
    OLD_OFFICE,
    WORKBOOK_ENDINGS,
    ListFiles,
    is_workbook,
    is_zip,
    open_files,
)
from referral.formats.files.file_type import HEAD_BYTES, refuse_wrong_kind
from referral.formats.files.flat_objects import flat_table, lists_in
from referral.formats.files.json_parser import parse_document, parse_lines
from referral.formats.files.tables import (
    FindHeader,
    Table,
    Tables,
    decode,
    read_table,
    set_broken_aside,
)
from referral.formats.files.workbook import read_sheets, read_workbook
from referral.formats.open_referral.json_tables import JsonTables, are_hsds_objects
from referral.formats.spreadsheet.header_row import (
    header_finder,
    join_header_rows,
    split_tables,
)
from referral.formats.spreadsheet.labeled_texts import unfold_texts
from referral.message import Message, message
from referral.records.problems import Problem, Severity

_TABLE_ENDINGS = (".csv", ".tsv", ".txt")
# Names of a table in several versions of HSDS → the name used here.
_STEM_ALIASES = {
    "services_at_location": "service_at_location",
    "service_at_locations": "service_at_location",
    "services_at_locations": "service_at_location",
    "accessibility_for_disabilities": "accessibility",
    "phone": "phones",
    "language": "languages",
}
_LINK_OUT = message("%(name)s is a link that leads out of the folder and was passed over.")
_OTHER_KIND = message("%(name)s is of another kind and was passed over.")
_NO_TABLE = message("%(name)s is not a table and was passed over.")

Opened = tuple[Tables, list[Problem]]

_JSON_ENDINGS = (".json", ".geojson", ".ndjson", ".jsonl")
_JSON_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[{\]])")
_AIRS_HEAD = re.compile(r"<(?:\w+:)?(?:Source|Agency)[\s>]", re.IGNORECASE)
_TABLE_FILES = (*_TABLE_ENDINGS, *WORKBOOK_ENDINGS)


def open_tables(
    path: Path,
    mapping: ColumnMapping | None,
    *,
    maybe_sheet: bool,
    on_line: Callable[[], None] | None = None,
) -> Opened:
    """Open the tables of a source list, with notices about files that are not read.

    Args:
        path: a folder, a zip or a file.
        mapping: the column mapping to follow; it has the lines of the headers.
        maybe_sheet: whether the header may stand below a title.
        on_line: called for each line of a CSV file.

    Raises:
        RefusedError: there is no table in it, or it is not safe to read.
    """
    header_of = _header_finders(mapping)
    if path.is_file() and is_workbook(path.name, path):
        sheets = read_workbook(path, header_of)
        return Tables(_tidy_sheets(sheets) if maybe_sheet else sheets, mapping=mapping), []
    files = open_files(path)
    links = [_passed_over_problem(_LINK_OUT, name) for name in files.links]
    opened = _open_document(files)
    if opened:
        tables, notices = opened
        return tables, [*notices, *links]
    tables, passed_over = _csv_tables(
        files.flat(), mapping, maybe_sheet=maybe_sheet, on_line=on_line
    )
    return tables, [*passed_over, *links]


def open_sheets(path: Path, mapping: ColumnMapping | None = None) -> Tables:
    """Open the sheets of a source list for a manual mapping, whatever their columns are called.

    Raises:
        RefusedError: there is no table in it, or it is not safe to read.
    """
    tables, _ = open_tables(path, mapping, maybe_sheet=True)
    return tables


def _open_document(files: ListFiles) -> Opened | None:
    """Open a source list that is a data package or JSON files; None if it is neither.

    Raises:
        RefusedError: it is one, but cannot be read.
    """
    package = find_package(files)
    if package:
        tables, notices = read_package(files, package)
        return Tables(
            {_STEM_ALIASES.get(stem, stem): table for stem, table in tables.items()}
        ), notices
    return _open_airs(files) or _open_json(files)


def _open_airs(files: ListFiles) -> Opened | None:
    names = [name for name in files.names if _is_airs(files, name)]
    if not names:
        return None
    agencies = [inspect_file(posixpath.basename(n), partial(files.chunks, n)) for n in names]
    table = Table(agencies[0].name, (), {}, AgencyRows(agencies))
    notices = [_passed_over_problem(_OTHER_KIND, name) for name in files.names if name not in names]
    return Tables({AGENCIES: table}, form="airs"), notices


def _is_airs(files: ListFiles, name: str) -> bool:
    if not (name.lower().endswith(".xml") or len(files.names) == 1):
        return False
    text, _ = decode(files.head(name))
    return text.lstrip().startswith("<") and _AIRS_HEAD.search(text) is not None


def _open_json(files: ListFiles) -> Opened | None:
    kinds = {name: _kind_of_file(files, name) for name in files.names}
    if "json" not in kinds.values() or "table" in kinds.values():
        return None
    values = {name: _json_values(files, name) for name, kind in kinds.items() if kind == "json"}
    notices = [
        _passed_over_problem(_OTHER_KIND, name) for name, kind in kinds.items() if kind != "json"
    ]
    sheets = _flat_sheets(values)
    if sheets:
        return Tables(sheets), notices
    json_tables = JsonTables()
    for name, parts in values.items():
        json_tables.add_file(posixpath.basename(name), parts)
    title = posixpath.basename(files.names[0]) if len(kinds) == 1 else files.title
    tables = {stem: set_broken_aside(table) for stem, table in json_tables.tables(title).items()}
    return Tables(tables, form="json"), [*notices, *json_tables.problems]


def _flat_sheets(values: Mapping[str, list[Any]]) -> dict[str, Table]:
    """Return the sheets of JSON that is not HSDS, a sheet for each list of objects."""
    base_names = {name: posixpath.basename(name) for name in values}
    if any(are_hsds_objects(base_names[name], parts) for name, parts in values.items()):
        return {}
    sheets: dict[str, Table] = {}
    for name, parts in values.items():
        stem = base_names[name].rsplit(".", 1)[0].casefold()
        content = parts[0] if len(parts) == 1 else parts
        for sheet, objects in lists_in(stem, content).items():
            key = sheet if sheet not in sheets else f"{stem}_{sheet}"
            sheets[key] = set_broken_aside(unfold_texts(flat_table(base_names[name], objects)))
    return {stem: table for stem, table in sheets.items() if table.rows or table.broken}


def _kind_of_file(files: ListFiles, name: str) -> str:
    lower = posixpath.basename(name).lower()
    if lower.endswith(_TABLE_FILES):
        return "table"
    if lower.endswith(_JSON_ENDINGS) and lower != DESCRIPTOR:
        return "json"
    if len(files.names) > 1:
        return ""
    return "json" if _JSON_HEAD.match(files.head(name)) else ""


def _json_values(files: ListFiles, name: str) -> list[Any]:
    content = files.read(name)
    short = posixpath.basename(name)
    if short.lower().endswith((".ndjson", ".jsonl")) or _has_line_objects(content):
        return parse_lines(short, content)
    return [parse_document(short, content)] if content.strip() else []


def _has_line_objects(content: bytes) -> bool:
    """Return whether a file has a JSON object in each line, whatever its name."""
    lines = content.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n", 2)
    return len(lines) > 1 and all(
        line.strip().startswith(b"{") and line.strip().endswith(b"}") for line in lines[:2]
    )


def _passed_over_problem(reason: Message, name: str) -> Problem:
    return Problem(
        code="file-not-read",
        severity=Severity.WARNING,
        message=reason.filled(name=name),
        file=name,
    )


def _header_finders(mapping: ColumnMapping | None) -> Callable[[str], FindHeader]:
    """Return a function for each sheet of a list that finds its header row."""
    return lambda name: header_finder(mapping.of_sheet(name) if mapping else None)


def _csv_tables(
    files: ListFiles,
    mapping: ColumnMapping | None,
    *,
    maybe_sheet: bool,
    on_line: Callable[[], None] | None,
) -> Opened:
    names = [name for name in files.names if name.endswith(_TABLE_FILES)]
    names = [name for name in names if len(names) == 1 or not _is_prose(files, name)] or names
    if not names:
        raise refused(
            "%(name)s has no CSV or XLSX file in it. Referral reads %(formats)s.",
            name=files.title,
            formats="; ".join(FORMATS.values()),
        )
    header_of = _header_finders(mapping)
    may_have_title = maybe_sheet and (len(names) == 1 or mapping is not None)
    tables: dict[str, Table | None] = {}
    for name in names:
        if workbook := _workbook_in(files, name):
            for sheet, table in read_sheets(name, workbook, header_of).items():
                tables[sheet if sheet not in tables else f"{name}: {sheet}"] = table
            continue
        header = header_of(_stem(name)) if may_have_title else None
        tables[_stem(name)] = _read_csv(files, name, header, mapping, on_line)
    passed_over = [
        _passed_over_problem(_NO_TABLE, name) for name in files.names if name not in names
    ]
    kept = {stem: table for stem, table in tables.items() if table}
    return Tables(_tidy_sheets(kept) if maybe_sheet else kept, mapping=mapping), passed_over


def _tidy_sheets(sheets: Mapping[str, Table]) -> dict[str, Table]:
    """Tidy a list's sheets: join split headers, separate tables, unfold labeled texts.

    Several sheets are exports of a program, whose texts have no labels.
    """
    found = split_tables({stem: join_header_rows(table) for stem, table in sheets.items()})
    if len(found) > 1:
        return found
    return {stem: unfold_texts(table) for stem, table in found.items()}


def _workbook_in(files: ListFiles, name: str) -> bytes:
    """Return the content of a list's file that is a workbook, empty for any other."""
    head = files.head(name)
    if not (is_zip(head) or head.startswith(OLD_OFFICE)):
        return b""
    content = files.read(name)
    return content if is_workbook(name, content) else b""


def _is_prose(files: ListFiles, name: str) -> bool:
    """Return whether a text file beside tables is prose, such as a README."""
    if not name.endswith(".txt"):
        return False
    text, _ = decode(files.head(name))
    lines = [line for line in text.splitlines() if line.strip()]
    return not any(_is_separated(lines, sign) for sign in (",", "\t", ";", "|"))


def _is_separated(lines: list[str], sign: str) -> bool:
    """Return whether most lines of a text have an equal number of cells, so that it is a table."""
    widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=sign))
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    return width > 1 and 2 * times > len(lines)


def _read_csv(
    files: ListFiles,
    name: str,
    find_header: FindHeader | None,
    mapping: ColumnMapping | None,
    on_line: Callable[[], None] | None,
) -> Table | None:
    content = files.read(name)
    if not content.strip() and len(files.names) > 1:
        return None
    refuse_wrong_kind(name, content[:HEAD_BYTES])
    form = mapping.of_sheet(_stem(name)) if mapping else None
    return read_table(name, content, find_header=find_header, form=form, on_line=on_line)


def _stem(name: str) -> str:
    stem = name.rsplit(".", 1)[0]
    return _STEM_ALIASES.get(stem, stem)
