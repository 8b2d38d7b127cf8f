"""Data packages, AIRS XML and JSON files as tables."""

from __future__ import annotations

import posixpath
import re
from functools import partial

from referral.formats.airs.agencies import AGENCIES
from referral.formats.airs.xml import AgencyRows, inspect_file
from referral.formats.data_package import (
    DESCRIPTOR,
    find_package,
    read_package,
)
from referral.formats.files.archive import ListFiles
from referral.formats.files.json_parser import parse_document, parse_lines
from referral.formats.files.tables import Table, Tables, decode
from referral.formats.hsds.v3_json import JsonTables
from referral.message import message
from referral.records.problems import Problem, Severity

Opened = tuple[Tables, list[Problem]]

_JSON = (".json", ".ndjson", ".jsonl")
_JSON_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[{\]])")
_AIRS_HEAD = re.compile(r"<(?:\w+:)?(?:Source|Agency)[\s>]", re.IGNORECASE)
_TABLES = (".csv", ".tsv", ".txt", ".xlsx")


def open_document(files: ListFiles) -> Opened | None:
    """The tables and notices of a data package or of JSON files; None when it is neither.

    Raises:
        RefusedError: it is one and cannot be read.
    """
    package = find_package(files)
    if package:
        tables, notices = read_package(files, package)
        return Tables(tables), notices
    return _open_airs(files) or _open_json(files)


def _open_airs(files: ListFiles) -> Opened | None:
    names = [name for name in files.names if _is_airs(files, name)]
    if not names:
        return None
    agencies = [inspect_file(posixpath.basename(n), partial(files.chunks, n)) for n in names]
    table = Table(agencies[0].name, (), {}, AgencyRows(agencies))
    notices = [_passed_over(name) for name in files.names if name not in names]
    return Tables({AGENCIES: table}, form="airs"), notices


def _is_airs(files: ListFiles, name: str) -> bool:
    if not (name.lower().endswith(".xml") or len(files.names) == 1):
        return False
    text, _ = decode(files.head(name))
    return text.lstrip().startswith("<") and _AIRS_HEAD.search(text) is not None


def _open_json(files: ListFiles) -> Opened | None:
    kinds = {name: _kind(files, name) for name in files.names}
    if "json" not in kinds.values() or "table" in kinds.values():
        return None
    found = JsonTables()
    for name, kind in kinds.items():
        if kind == "json":
            _add(found, files, name)
    notices = [_passed_over(name) for name, kind in kinds.items() if kind != "json"]
    title = posixpath.basename(files.names[0]) if len(kinds) == 1 else files.title
    return Tables(found.tables(title), form="json"), [*notices, *found.problems]


def _kind(files: ListFiles, name: str) -> str:
    lower = posixpath.basename(name).lower()
    if lower.endswith(_TABLES):
        return "table"
    if lower.endswith(_JSON) and lower != DESCRIPTOR:
        return "json"
    if len(files.names) > 1:
        return ""
    return "json" if _JSON_HEAD.match(files.head(name)) else ""


def _add(found: JsonTables, files: ListFiles, name: str) -> None:
    content = files.read(name)
    short = posixpath.basename(name)
    if short.lower().endswith((".ndjson", ".jsonl")) or _has_line_objects(content):
        found.add_file(short, parse_lines(short, content))
    elif content.strip():
        found.add_file(short, [parse_document(short, content)])


def _has_line_objects(content: bytes) -> bool:
    """Whether each line is an object of its own, whatever the file is called."""
    lines = content.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n", 2)
    return len(lines) > 1 and all(
        line.strip().startswith(b"{") and line.strip().endswith(b"}") for line in lines[:2]
    )


def _passed_over(name: str) -> Problem:
    return Problem(
        code="file-not-read",
        severity=Severity.WARNING,
        message=message("%(name)s is of another kind and was passed over.", name=name),
        file=name,
    )
