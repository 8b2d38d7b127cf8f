"""HSDS 3 JSON: nested objects, split into the tables that HSDS 3 has as CSV."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from referral.errors import refused
from referral.formats.files.json_parser import JsonObject
from referral.formats.files.tables import Row, Table, fold_header, has_value
from referral.formats.writing.hsds_values import EVENTS, OPERATING_HOURS, TABLES
from referral.message import Message, message
from referral.records.kinds import field_names
from referral.records.problems import Problem, Severity

STEMS: Mapping[str, str] = {**TABLES, "service_heading": "service_headings"}
# Tables that are no kind of record, and their parent fields; ``own_exports`` reads them.
_TABLES_WITHOUT_KIND = {"partial_address": ("location_id",), "unit": ()}
# Kinds nested in the record that they are about → the fields by which they name it.
_TARGET_FIELDS = {
    "attribute": ("link_entity", "link_id"),
    "translation": ("link_entity", "link_id"),
    "metadata": ("resource_type", "resource_id"),
}
# Property of an object → kind of the records in it. Other properties stay with their object.
_ARRAYS = {
    **{stem: kind for kind, stem in STEMS.items()},
    "service_at_locations": "service_at_location",
    "capacities": "service_capacity",
    **dict.fromkeys((OPERATING_HOURS, EVENTS), "schedule"),
    "additional_urls": "url",
    "additional_websites": "url",
}
_OBJECTS = {
    "organization": ("organization", "organization_id"),
    "program": ("program", "program_id"),
    "service": ("service", "service_id"),
    "location": ("location", "location_id"),
    "taxonomy_term": ("taxonomy_term", "taxonomy_term_id"),
    "taxonomy_detail": ("taxonomy", "taxonomy_id"),
    "unit": ("unit", "unit_id"),
}
# Fields that a nested object gets from the object around it, if it lacks them.
_INHERITED = {"program": ("organization_id",)}
# Kind and properties, the surest first: an object with all of these properties is of the kind.
_SIGNATURES = (
    ("service_at_location", ("service_id", "location_id")),
    ("service_at_location", ("service", "location")),
    ("location", ("location_type",)),
    ("attribute", ("link_id", "link_entity")),
    ("service", ("organization", "name")),
    ("service", ("organization_id", "status")),
    ("service", ("status", "name")),
    ("organization", ("website", "name")),
    ("organization", ("organization_identifiers",)),
    ("organization", ("services", "name")),
    ("organization", ("legal_status",)),
    ("organization", ("email", "name")),
    ("program", ("organization_id", "name", "description")),
    ("taxonomy_term", ("taxonomy_detail", "name")),
    ("taxonomy_term", ("taxonomy_id", "name")),
    ("taxonomy_term", ("taxonomy", "name")),
    ("taxonomy_term", ("code", "name")),
    ("taxonomy", ("version", "name")),
    ("taxonomy", ("uri", "name")),
)
_PAGE = "contents"
_RECORD = "record"
# Share of the names in an object that must be HSDS names of its kind.
_KNOWN_SHARE = 0.5
_KNOWN_IN_ALL_KINDS = frozenset({"id", "last_modified", "additional_websites", "additional_urls"})


@dataclass(slots=True)
class JsonTables:
    """Builder of HSDS tables from the objects of JSON files; objects with one id become one row."""

    problems: list[Problem] = field(default_factory=list)
    _rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    _shown: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_file(self, name: str, values: Iterable[Any]) -> None:
        """Add the values of an HSDS JSON file: objects, arrays, API pages, or tables by name."""
        file_kind = _kind_of_file(name)
        for value in values:
            self._add_value(name, value, file_kind)

    def tables(self, name: str) -> dict[str, Table]:
        """Return the HSDS tables of the JSON read so far, by stem.

        Raises:
            RefusedError: there is no object of HSDS in the files.
        """
        if not self._rows:
            raise refused(
                "%(name)s is JSON, but has no service, organization or other object of HSDS 3. "
                "Ask for the list as HSDS 3.1.",
                name=name,
            )
        return {
            stem: Table(name, tuple(self._shown[stem]), self._shown[stem], list(rows.values()))
            for stem, rows in self._rows.items()
        }

    def _add_value(self, file: str, value: Any, file_kind: str) -> None:
        if isinstance(value, list):
            for part in value:
                self._add_value(file, part, file_kind)
        elif isinstance(value, JsonObject) and isinstance(value.get(_PAGE), list):
            self._add_value(file, value[_PAGE], file_kind)
        elif isinstance(value, JsonObject) and _is_line_of_changes(value):
            if isinstance(value.get(_RECORD), JsonObject):
                self._add_record(file, value[_RECORD], value["kind"], {})
        elif isinstance(value, JsonObject):
            self._add_object(file, value, file_kind)
        else:
            self._warn(
                file,
                0,
                "value-passed-over",
                message("A value that is not an object was passed over."),
            )

    def _add_object(self, file: str, value: JsonObject, file_kind: str) -> None:
        kind = _kind_of_object(value) or file_kind
        kinds_by_key = {key: _kind_of_file(key) for key in value}
        if kind:
            self._add_record(file, value, kind, {})
        elif any(kinds_by_key.values()) and all(isinstance(part, list) for part in value.values()):
            self._add_named_tables(file, value, kinds_by_key)
        else:
            detail = message("This is not an object of HSDS 3 and was passed over.")
            self._warn(file, value.line, "object-unknown", detail)

    def _add_named_tables(
        self, file: str, value: JsonObject, kinds_by_key: Mapping[str, str]
    ) -> None:
        """Add an HSDS JSON object that contains whole tables by their names."""
        for key, part in value.items():
            if not kinds_by_key[key]:
                detail = message(
                    "%(name)s is not kept: this directory has no place for it.", name=key
                )
                self._warn(file, value.line, "file-not-kept", detail, key)
                continue
            for element in part:
                if isinstance(element, JsonObject):
                    self._add_record(file, element, kinds_by_key[key], {}, key)

    def _add_record(
        self,
        file: str,
        value: JsonObject,
        kind: str,
        parents: Mapping[str, str],
        listed_as: str = "",
    ) -> str:
        """Add an HSDS object and all objects in it, and return its id, made up if missing.

        Args:
            listed_as: the name of its list; empty for that of its file.
        """
        stem = STEMS[kind]
        own_cells = dict(_iter_cells(value))
        # The record around an attribute is its target, even if its own cells name another.
        cells = {**own_cells, **parents} if kind in _TARGET_FIELDS else {**parents, **own_cells}
        key = cells.setdefault("id", _content_id(kind, cells))
        if kind == "schedule" and (listed_as or _stem(file)) == EVENTS:
            cells["is_event"] = "true"  # not part of its id, which must not depend on the list
        shown = self._shown.setdefault(stem, {})
        shown.update((fold_header(name), name) for name in value)
        shown.update((name, name) for name in cells if name not in shown)
        for name, (inner, link) in _OBJECTS.items():
            part = value.get(name)
            if isinstance(part, JsonObject):
                inherited = {o: cells[o] for o in _INHERITED.get(inner, ()) if o in cells}
                cells[link] = self._add_record(file, part, inner, inherited)
        self._add_row(stem, key, Row(file, value.line, cells))
        for name, part in value.items():
            if _is_array_of_records(name, part):
                for element in part:
                    self._add_record(
                        file,
                        element,
                        _ARRAYS[name],
                        _link_to_parent(_ARRAYS[name], kind, key),
                        name,
                    )
        return key

    def _add_row(self, stem: str, key: str, row: Row) -> None:
        rows = self._rows.setdefault(stem, {})
        first_row = rows.get(key)
        if first_row is None:
            rows[key] = row
            return
        differing = [h for h, text in row.cells.items() if first_row.cells.get(h, text) != text]
        if differing:
            detail = message(
                "The same id is in line %(line)s of %(file)s. It says something else there in "
                "%(columns)s. What is there was taken.",
                line=first_row.line,
                file=first_row.file,
                columns=", ".join(differing),
            )
            self._warn(row.file, row.line, "told-differently", detail, differing[0])
        rows[key] = Row(first_row.file, first_row.line, {**row.cells, **first_row.cells})

    def _warn(self, file: str, line: int, code: str, detail: Message, column: str = "") -> None:
        self.problems.append(
            Problem(
                code=code,
                severity=Severity.WARNING,
                message=detail,
                file=file,
                line=line,
                column=column,
            )
        )


def are_hsds_objects(name: str, values: Iterable[Any]) -> bool:
    """Return whether a JSON file is HSDS: objects of its kinds, or tables of them by name.

    An HSDS object has an id, most of its keys are those of its kind, and no property that is an
    object or list in HSDS is plain text.
    """
    found = list(_top_objects(values, _kind_of_file(posixpath.basename(name))))
    return not found or 2 * sum(_is_hsds(value, file_kind) for value, file_kind in found) > len(
        found
    )


def _top_objects(values: Iterable[Any], file_kind: str) -> Iterator[tuple[JsonObject, str]]:
    for value in values:
        if isinstance(value, list):
            yield from _top_objects(value, file_kind)
        elif isinstance(value, JsonObject) and isinstance(value.get(_PAGE), list):
            yield from _top_objects(value[_PAGE], file_kind)
        elif isinstance(value, JsonObject) and _is_line_of_changes(value):
            if isinstance(value.get(_RECORD), JsonObject):
                yield value[_RECORD], value["kind"]
        elif isinstance(value, JsonObject):
            kinds_by_key = {key: kind for key in value if (kind := _kind_of_file(key))}
            if kinds_by_key and all(isinstance(part, list) for part in value.values()):
                for key, kind in kinds_by_key.items():
                    yield from _top_objects(value[key], kind)
            else:
                yield value, file_kind


def _is_line_of_changes(value: JsonObject) -> bool:
    """Return whether an object is a line of the change feed of another Referral."""
    kind = value.get("kind")
    is_known = isinstance(kind, str) and kind in STEMS and "id" in value
    return is_known and bool(value.keys() & {_RECORD, "gone"})


def _is_hsds(value: JsonObject, file_kind: str) -> bool:
    kind = _kind_of_object(value) or file_kind
    if not kind or "id" not in value:
        return False
    own_fields = frozenset() if kind in _TABLES_WITHOUT_KIND else frozenset(field_names(kind))
    known_names = {*own_fields, *_ARRAYS, *_OBJECTS, *_KNOWN_IN_ALL_KINDS}
    nested_names = (_ARRAYS.keys() | _OBJECTS.keys()) - own_fields
    for name, part in value.items():
        if name in nested_names and isinstance(part, str | int | float) and part:
            return False
    return sum(name in known_names for name in value) >= _KNOWN_SHARE * len(value)


def _is_array_of_records(name: str, part: Any) -> bool:
    return (
        name in _ARRAYS and isinstance(part, list) and all(isinstance(p, JsonObject) for p in part)
    )


def _iter_cells(value: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the cells of an HSDS JSON object.

    Nested values that are no records become JSON text.
    """
    for name, part in value.items():
        if part is None or _is_array_of_records(name, part):
            continue
        if isinstance(part, JsonObject) and name in _OBJECTS:
            continue
        if isinstance(part, dict | list):
            text = json.dumps(part, ensure_ascii=False) if part else ""
        elif isinstance(part, bool):
            text = "true" if part else "false"
        elif isinstance(part, float):
            text = f"{Decimal(repr(part)):f}"  # without an exponent
        else:
            text = str(part).strip()
        if has_value(text):
            yield fold_header(name), text


def _link_to_parent(kind: str, parent: str, key: str) -> dict[str, str]:
    """Return the cells by which a nested HSDS object refers to the object around it."""
    if kind in _TARGET_FIELDS:
        return dict(zip(_TARGET_FIELDS[kind], (parent, key), strict=True))
    link = f"{parent}_id"
    names = _TABLES_WITHOUT_KIND[kind] if kind in _TABLES_WITHOUT_KIND else field_names(kind)
    return {link: key} if link in names else {}


def _content_id(kind: str, cells: Mapping[str, str]) -> str:
    content = "\n".join(f"{name}={cells[name]}" for name in sorted(cells))
    content_bytes = f"{kind}\n{content}".encode(
        errors="surrogatepass"
    )  # a row with lone surrogates is refused later
    return sha256(content_bytes).hexdigest()[:24]


def _kind_of_object(value: JsonObject) -> str:
    return next((kind for kind, names in _SIGNATURES if all(n in value for n in names)), "")


def _kind_of_file(name: str) -> str:
    """Return the record kind that an HSDS file or key is named after (``services.json``)."""
    stem = _stem(name)
    return stem if stem in STEMS else _ARRAYS.get(stem, "")


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].split(".", 1)[0].casefold()
