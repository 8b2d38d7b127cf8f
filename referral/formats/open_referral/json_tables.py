"""HSDS 3 JSON: objects in objects, taken apart into the tables that HSDS 3 has as CSV."""

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
# No kinds of ours; ``own_exports`` reads them as part of others. With the fields of parents.
_PARTS_OF_OTHERS = {"partial_address": ("location_id",), "unit": ()}
# Told inside of what they are about → how they name it.
_ABOUT = {
    "attribute": ("link_entity", "link_id"),
    "translation": ("link_entity", "link_id"),
    "metadata": ("resource_type", "resource_id"),
}
# Property of an object → kind of what is in it. What is not here stays with its object.
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
# What an object takes from the one it stands in, when it does not say it itself.
_OWNED = {"program": ("organization_id",)}
# The first of these that an object has tells its kind; the order is from the surest on.
_TELLTALES = (
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
# Of the names in an object, so many are those of its kind in HSDS, or the list is of another shape.
_KNOWN_SHARE = 0.5
_KNOWN_EVERYWHERE = frozenset({"id", "last_modified", "additional_websites", "additional_urls"})


@dataclass(slots=True)
class JsonTables:
    """The tables that the objects of JSON files make; an object told twice is one row."""

    problems: list[Problem] = field(default_factory=list)
    _rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    _shown: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_file(self, name: str, values: Iterable[Any]) -> None:
        """Take the values of a file: objects, arrays of them, API pages, tables by name."""
        hint = _kind_of_file(name)
        for value in values:
            self._add_value(name, value, hint)

    def tables(self, name: str) -> dict[str, Table]:
        """Return the tables of the JSON read so far, by stem.

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

    def _add_value(self, file: str, value: Any, hint: str) -> None:
        if isinstance(value, list):
            for part in value:
                self._add_value(file, part, hint)
        elif isinstance(value, JsonObject) and isinstance(value.get(_PAGE), list):
            self._add_value(file, value[_PAGE], hint)
        elif isinstance(value, JsonObject) and _is_line_of_changes(value):
            if isinstance(value.get(_RECORD), JsonObject):
                self._add_record(file, value[_RECORD], value["kind"], {})
        elif isinstance(value, JsonObject):
            self._add_object(file, value, hint)
        else:
            self._warn(
                file,
                0,
                "value-passed-over",
                message("A value that is not an object was passed over."),
            )

    def _add_object(self, file: str, value: JsonObject, hint: str) -> None:
        kind = _kind_of_object(value) or hint
        named = {key: _kind_of_file(key) for key in value}
        if kind:
            self._add_record(file, value, kind, {})
        elif any(named.values()) and all(isinstance(part, list) for part in value.values()):
            self._add_tables(file, value, named)
        else:
            detail = message("This is not an object of HSDS 3 and was passed over.")
            self._warn(file, value.line, "object-unknown", detail)

    def _add_tables(self, file: str, value: JsonObject, named: Mapping[str, str]) -> None:
        """Take an object that holds whole tables by their names."""
        for key, part in value.items():
            if not named[key]:
                detail = message(
                    "%(name)s is not kept: this directory has no place for it.", name=key
                )
                self._warn(file, value.line, "file-not-kept", detail, key)
                continue
            for each in part:
                if isinstance(each, JsonObject):
                    self._add_record(file, each, named[key], {}, key)

    def _add_record(
        self,
        file: str,
        value: JsonObject,
        kind: str,
        parents: Mapping[str, str],
        listed_as: str = "",
    ) -> str:
        """Take an object and all in it; its id, made of what it says where it has none.

        Args:
            listed_as: the name of its list, that of its file when not given.
        """
        stem = STEMS[kind]
        own = dict(_own_cells(value))
        # Where an attribute is says what it is about, whatever it says itself.
        cells = {**own, **parents} if kind in _ABOUT else {**parents, **own}
        key = cells.setdefault("id", _made_up_id(kind, cells))
        if kind == "schedule" and (listed_as or _stem(file)) == EVENTS:
            cells["is_event"] = "true"  # after its id, which stays when it is listed otherwise
        shown = self._shown.setdefault(stem, {})
        shown.update((fold_header(name), name) for name in value)
        shown.update((name, name) for name in cells if name not in shown)
        for name, (inner, link) in _OBJECTS.items():
            part = value.get(name)
            if isinstance(part, JsonObject):
                owner = {o: cells[o] for o in _OWNED.get(inner, ()) if o in cells}
                cells[link] = self._add_record(file, part, inner, owner)
        self._add_row(stem, key, Row(file, value.line, cells))
        for name, part in value.items():
            if _is_array_of_records(name, part):
                for each in part:
                    self._add_record(
                        file, each, _ARRAYS[name], _link_to_parent(_ARRAYS[name], kind, key), name
                    )
        return key

    def _add_row(self, stem: str, key: str, row: Row) -> None:
        rows = self._rows.setdefault(stem, {})
        known = rows.get(key)
        if known is None:
            rows[key] = row
            return
        differing = [h for h, text in row.cells.items() if known.cells.get(h, text) != text]
        if differing:
            detail = message(
                "The same id is in line %(line)s of %(file)s. It says something else there in "
                "%(columns)s. What is there was taken.",
                line=known.line,
                file=known.file,
                columns=", ".join(differing),
            )
            self._warn(row.file, row.line, "told-differently", detail, differing[0])
        rows[key] = Row(known.file, known.line, {**row.cells, **known.cells})

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

    A few keys do not make one: it has an id, most of its keys are those of its kind, and what HSDS
    has as objects or lists is not plain text.
    """
    found = list(_top_objects(values, _kind_of_file(posixpath.basename(name))))
    return not found or 2 * sum(_is_hsds(value, hint) for value, hint in found) > len(found)


def _top_objects(values: Iterable[Any], hint: str) -> Iterator[tuple[JsonObject, str]]:
    for value in values:
        if isinstance(value, list):
            yield from _top_objects(value, hint)
        elif isinstance(value, JsonObject) and isinstance(value.get(_PAGE), list):
            yield from _top_objects(value[_PAGE], hint)
        elif isinstance(value, JsonObject) and _is_line_of_changes(value):
            if isinstance(value.get(_RECORD), JsonObject):
                yield value[_RECORD], value["kind"]
        elif isinstance(value, JsonObject):
            named = {key: kind for key in value if (kind := _kind_of_file(key))}
            if named and all(isinstance(part, list) for part in value.values()):
                for key, kind in named.items():
                    yield from _top_objects(value[key], kind)
            else:
                yield value, hint


def _is_line_of_changes(value: JsonObject) -> bool:
    """Return whether an object is a line of the change feed of another Referral."""
    kind = value.get("kind")
    known = isinstance(kind, str) and kind in STEMS and "id" in value
    return known and bool(value.keys() & {_RECORD, "gone"})


def _is_hsds(value: JsonObject, hint: str) -> bool:
    kind = _kind_of_object(value) or hint
    if not kind or "id" not in value:
        return False
    own = frozenset() if kind in _PARTS_OF_OTHERS else frozenset(field_names(kind))
    known = {*own, *_ARRAYS, *_OBJECTS, *_KNOWN_EVERYWHERE}
    inner = (_ARRAYS.keys() | _OBJECTS.keys()) - own
    for name, part in value.items():
        if name in inner and isinstance(part, str | int | float) and part:
            return False
    return sum(name in known for name in value) >= _KNOWN_SHARE * len(value)


def _is_array_of_records(name: str, part: Any) -> bool:
    return (
        name in _ARRAYS and isinstance(part, list) and all(isinstance(p, JsonObject) for p in part)
    )


def _own_cells(value: JsonObject) -> Iterator[tuple[str, str]]:
    """Return the cells of an object; nested values that are no records are JSON texts."""
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
            text = f"{Decimal(repr(part)):f}"  # as a cell has it, without an exponent
        else:
            text = str(part).strip()
        if has_value(text):
            yield fold_header(name), text


def _link_to_parent(kind: str, parent: str, key: str) -> dict[str, str]:
    """Return the cells by which a nested record refers to the one around it."""
    if kind in _ABOUT:
        return dict(zip(_ABOUT[kind], (parent, key), strict=True))
    link = f"{parent}_id"
    names = _PARTS_OF_OTHERS[kind] if kind in _PARTS_OF_OTHERS else field_names(kind)
    return {link: key} if link in names else {}


def _made_up_id(kind: str, cells: Mapping[str, str]) -> str:
    said = "\n".join(f"{name}={cells[name]}" for name in sorted(cells))
    whole = f"{kind}\n{said}".encode(errors="surrogatepass")  # such a row is refused later
    return sha256(whole).hexdigest()[:24]


def _kind_of_object(value: JsonObject) -> str:
    return next((kind for kind, names in _TELLTALES if all(n in value for n in names)), "")


def _kind_of_file(name: str) -> str:
    """Return the kind of record that a file or key is named after (``services.json``)."""
    stem = _stem(name)
    return stem if stem in STEMS else _ARRAYS.get(stem, "")


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].split(".", 1)[0].casefold()
