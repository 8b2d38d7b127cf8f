"""The tabular data package of HSDS 3.1: a zip of one CSV a table, and what describes them.

The same records make the same bytes: nothing in it tells when it was made.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

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

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o644 << 16


def write_package(
    file: IO[bytes],
    title: str,
    kinds: Sequence[str],
    tables: Iterable[Table],
    license_name: str = "",
) -> None:
    """Write the package.

    Args:
        license_name: under which others may use it; "" where none is named.
        kinds: those that have a table.
        tables: one for each of them, read one after the other.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        described = (
            json.dumps(descriptor(title, kinds, license_name), ensure_ascii=False, indent=2) + "\n"
        )
        with archive.open(_entry("datapackage.json"), "w") as entry:
            entry.write(described.encode())
        for kind, rows in tables:
            name = f"{TABLES[kind]}.csv"
            with archive.open(_entry(name), "w", force_zip64=True) as entry:
                _write_table(entry, kind, rows)


def descriptor(title: str, kinds: Sequence[str], license_name: str = "") -> dict[str, Any]:
    """What ``datapackage.json`` says."""
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
    """A data package calls the table itself by no name."""
    return {"resource": "" if parent == kind else parent, "fields": "id"}


def _field(name: str, form: str) -> dict[str, Any]:
    if name == "id":
        return {
            "name": name, "type": form, "format": "uuid",
            "constraints": {"required": True, "unique": True},
        }  # fmt: skip
    return {"name": name, "type": form}


def _write_table(entry: IO[bytes], kind: str, rows: Iterable[Values]) -> None:
    names = [name for name, _ in columns_of_kind(kind)]
    with io.TextIOWrapper(entry, encoding="utf-8", newline="") as text:
        write_csv(text, names, ([cell_of(v[n]) if n in v else "" for n in names] for v in rows))


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry that says nothing of the day or the machine."""
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = _UNIX, _READABLE
    return entry
