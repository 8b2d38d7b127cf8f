"""Data packages (Frictionless): the tables that a ``datapackage.json`` describes."""

from __future__ import annotations

import csv
import io
import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from referral.errors import RefusedError, refused
from referral.formats.files.archive import ListFiles
from referral.formats.files.json_parser import parse_document
from referral.formats.files.tables import Table, decode, read_table, table_of
from referral.formats.open_referral.json_tables import STEMS
from referral.message import Message, message
from referral.records.problems import Problem, Severity

DESCRIPTOR = "datapackage.json"
_SECOND_OF_KIND = message(
    "%(name)s is the second file of its kind and was passed over. Put both into one."
)
_NOT_NAMED = message("%(name)s is not named in datapackage.json and was passed over.")


@dataclass(frozen=True, slots=True)
class Resource:
    """A table that a ``datapackage.json`` describes: its ``path`` in the list, and its form."""

    stem: str
    path: str
    encoding: str
    dialect: Mapping[str, Any]
    fields: tuple[str, ...]


def find_package(files: ListFiles) -> tuple[Resource, ...]:
    """Find the tables that a list's ``datapackage.json`` names; none if it cannot be read.

    A file that is not at its path in the descriptor is searched by its name.

    Raises:
        RefusedError: a path leads out of the list, or several files have the name.
    """
    descriptors = [name for name in files.names if posixpath.basename(name) == DESCRIPTOR]
    if len(descriptors) != 1:
        return ()
    try:
        descriptor = parse_document(descriptors[0], files.read(descriptors[0]))
    except RefusedError:
        return ()  # the files are read without it
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    base = posixpath.dirname(descriptors[0])
    entries = resources if isinstance(resources, list) else []
    named_resources = tuple(
        resource for entry in entries for resource in _resources_of_entry(base, entry)
    )
    return tuple(_locate_resources(files.names, named_resources))


def read_package(
    files: ListFiles, resources: tuple[Resource, ...]
) -> tuple[dict[str, Table], list[Problem]]:
    """Read the tables of a data package, by stem, and the problems found.

    Raises:
        RefusedError: none of the files is there, or one cannot be read.
    """
    present = [resource for resource in resources if resource.path in files.names]
    if not present:
        raise refused(
            "%(name)s names %(count)s files and none of them is in %(list)s. Pack the "
            "tables together with it.",
            name=DESCRIPTOR,
            count=len(resources),
            list=files.title,
        )
    tables: dict[str, Table] = {}
    notices: list[Problem] = []
    for resource in present:
        if resource.stem in tables:
            notices.append(_not_read_problem(resource.path, _SECOND_OF_KIND))
        elif content := files.read(resource.path):
            tables[resource.stem] = _read_resource(resource, content)
    named_paths = {resource.path for resource in resources}
    notices += [
        _not_read_problem(name, _NOT_NAMED)
        for name in files.names
        if name not in named_paths and posixpath.basename(name) != DESCRIPTOR
    ]
    return tables, notices


def _locate_resources(names: Sequence[str], resources: Sequence[Resource]) -> Iterator[Resource]:
    """Yield the resources of a ``datapackage.json`` with the actual paths of their files."""
    taken = {resource.path for resource in resources}
    paths_by_name: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name not in taken:
            paths_by_name[posixpath.basename(name).casefold()].append(name)
    for resource in resources:
        candidates = paths_by_name[posixpath.basename(resource.path).casefold()]
        if resource.path in names or not candidates:
            yield resource
        elif len(candidates) == 1:
            yield replace(resource, path=candidates[0])
        else:
            raise refused(
                "%(name)s is not where datapackage.json says, and there are several of that name: "
                "%(files)s. Leave one of them, or write its folder in datapackage.json.",
                name=resource.path,
                files=", ".join(candidates),
            )


def _resources_of_entry(base: str, entry: Any) -> Iterator[Resource]:
    if not isinstance(entry, dict):
        return
    paths = entry.get("path")
    for path in [paths] if isinstance(paths, str) else paths if isinstance(paths, list) else []:
        if not isinstance(path, str) or not path.strip():
            continue
        schema = entry.get("schema")
        fields = schema.get("fields") if isinstance(schema, dict) else None
        dialect = entry.get("dialect")
        yield Resource(
            stem=_stem(str(entry.get("name", "")), path),
            path=_path_inside(base, path.strip()),
            encoding=str(entry.get("encoding") or ""),
            dialect=dialect if isinstance(dialect, dict) else {},
            fields=tuple(
                str(f.get("name", ""))
                for f in (fields if isinstance(fields, list) else [])
                if isinstance(f, dict)
            ),
        )


def _path_inside(base: str, path: str) -> str:
    """Return the path of a data package's resource relative to the source list.

    Raises:
        RefusedError: it is absolute, has a scheme, or climbs.
    """
    plain = path.replace("\\", "/")
    if plain.startswith(("/", "~")) or ":" in plain or ".." in plain.split("/"):
        raise refused(
            "datapackage.json points at a file outside its own folder. It was not read; write "
            "paths such as services.csv."
        )
    return posixpath.normpath(posixpath.join(base, plain))


def _stem(name: str, path: str) -> str:
    """Return the table name of a data package's resource, by its name or its file."""
    folded = name.strip().casefold().replace("-", "_")
    if folded in STEMS:
        return STEMS[folded]
    if folded in STEMS.values():
        return folded
    return posixpath.basename(path.replace("\\", "/")).rsplit(".", 1)[0].casefold()


def _read_resource(resource: Resource, content: bytes) -> Table:
    name = posixpath.basename(resource.path)
    options = _csv_options(resource.dialect)
    header = resource.dialect.get("header", True) is not False
    text = _decode(resource, content)
    if not options and header:
        return read_table(name, text.encode())
    reader = csv.reader(io.StringIO(text, newline=""), **options)
    numbered: list[tuple[int, list[str]]] = [] if header else [(0, list(resource.fields))]
    try:
        start = 1
        for cells in reader:
            numbered.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise refused(
            "%(name)s cannot be read from line %(line)s on.", name=name, line=start
        ) from error
    return table_of(name, numbered)


def _decode(resource: Resource, content: bytes) -> str:
    if resource.encoding:
        try:
            return content.decode(resource.encoding).removeprefix("\ufeff").replace("\0", "")
        except (LookupError, ValueError):
            pass  # the stated encoding is wrong: detect it
    return decode(content)[0].replace("\0", "")


def _csv_options(dialect: Mapping[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, option in (
        ("delimiter", "delimiter"),
        ("quoteChar", "quotechar"),
        ("escapeChar", "escapechar"),
    ):
        value = dialect.get(name)
        # The csv module takes one character that is not a line break.
        if isinstance(value, str) and len(value) == 1 and value not in "\r\n\0 ":
            options[option] = value
    if options and len(set(options.values())) != len(options):
        return {}
    for name, option in (("doubleQuote", "doublequote"), ("skipInitialSpace", "skipinitialspace")):
        if options and isinstance(dialect.get(name), bool):
            options[option] = dialect[name]
    return options


def _not_read_problem(file: str, detail: Message) -> Problem:
    detail = detail.filled(name=file)
    return Problem(code="file-not-read", severity=Severity.WARNING, message=detail, file=file)
