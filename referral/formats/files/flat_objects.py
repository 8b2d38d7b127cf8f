"""JSON of an unknown shape as a sheet: nested objects become columns such as ``address.street``.

A nested list that looks like services gives a row for each service; so does a list of places. Lists
of words are joined, and hours by day are written out. Names that begin with two underscores are
left out: they are marks of the program that wrote the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from referral.fields.hours_parser import parse_weekdays
from referral.fields.weekdays import WEEKDAY_NAMES
from referral.formats.files.json_parser import JsonObject
from referral.formats.files.tables import Row, Table, fold_header, has_value
from referral.message import message
from referral.records.problems import Problem, Severity

Sheets = dict[str, list[JsonObject]]

_SEPARATOR = "; "
_DEEPEST = 8
_MOST_COLUMNS = 1000
# Names of lists whose elements are rows, and the key that an element must have ("" for none).
_ROW_LISTS = (
    (
        re.compile(r"(?:services|programs|resources|offerings|servicios|programas)\Z"),
        "name",
    ),
    (re.compile(r"(?:locations|sites|branches|places|lugares|sucursales)\Z"), ""),
)
_TOPICS = re.compile(r"(?:categor(?:y|ies)|topics?|categorias?|temas?)\Z")
_PHONE_NUMBERS = ("number", "phone", "telephone", "phone_number", "tel", "numero", "telefono")
_PHONE_NOTES = ("extension", "ext", "type", "kind", "label", "name", "description", "department")
# Names of objects that only wrap the fields of a record, as in GeoJSON and Airtable.
_WRAPPERS = ("properties", "fields", "attributes", "_source")
_SHARED_KEYS = 0.5
_FEWEST_KEYED = 2
_HOURS_NAME = re.compile(r"hours|schedule|horario", re.IGNORECASE)
_TIME_PAIRS = (
    ("open", "close"), ("opens", "closes"), ("opens_at", "closes_at"), ("start", "end"),
    ("from", "to"), ("start_time", "end_time"), ("open_time", "close_time"),
)  # fmt: skip
_CLOCK = re.compile(r"\d{1,4}\Z")
_PAIR = 2


def lists_in(name: str, value: Any) -> Sheets:
    """Find the lists of objects in a JSON file, by the name of the sheet that each becomes."""
    if isinstance(value, list):
        objects = [_unwrap(element) for element in value if isinstance(element, JsonObject)]
        return {name: objects} if objects and len(objects) == len(value) else {}
    if not isinstance(value, JsonObject):
        return {}
    found: Sheets = {}
    for key, part in value.items():
        found |= lists_in(key.casefold(), part) if isinstance(part, list) else {}
    if not found and (keyed := _keyed_objects(value)):
        return {name: keyed}
    return {name: next(iter(found.values()))} if len(found) == 1 else found


def flat_table(file: str, objects: Iterable[JsonObject]) -> Table:
    """Flatten JSON objects into a sheet with a row for each object, or each service inside it."""
    objects = list(objects)
    days = _DayCount()
    for json_object in objects:
        days.add(json_object)
    shown: dict[str, str] = {}
    rows: list[Row] = []
    for json_object in objects:
        for cells in _rows_of(json_object, days):
            folded: dict[str, str] = {}
            for header, text in cells.items():
                key = fold_header(header)
                if key in shown or len(shown) < _MOST_COLUMNS:
                    shown.setdefault(key, header)
                    folded[key] = text
            if folded:
                rows.append(Row(file, json_object.line, folded))
    return Table(file, tuple(shown), shown, rows, tuple(_iter_problems(file, days)))


def _iter_problems(file: str, days: _DayCount) -> Iterator[Problem]:
    if days.is_numbered:
        detail = message(
            "The days of the week are only numbered. %(number)s was taken as Sunday. Check the "
            "hours of one place.",
            number=days.sunday,
        )
        yield Problem(
            code="days-numbered", severity=Severity.WARNING, message=detail, file=file, line=1
        )


def _unwrap(value: JsonObject) -> JsonObject:
    """Move the content of JSON wrappers (``properties``, ``fields``) up into the object."""
    for name in _WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, JsonObject) and inner:
            outer = {k: v for k, v in value.items() if k != name and v != "Feature"}
            unwrapped = JsonObject({**outer, **inner})
            unwrapped.line = value.line
            return unwrapped
    return value


def _keyed_objects(value: JsonObject) -> list[JsonObject]:
    """Return JSON objects keyed by id (``{"17": {…}}``), with their ids; [] for anything else."""
    parts = list(value.values())
    if len(parts) < _FEWEST_KEYED or not all(isinstance(part, JsonObject) for part in parts):
        return []
    uses = Counter(name for part in parts for name in part)
    if sum(times > _SHARED_KEYS * len(parts) for times in uses.values()) < _FEWEST_KEYED:
        return []
    objects = []
    for key, part in value.items():
        json_object = JsonObject({"id": key, **part})
        json_object.line = part.line
        objects.append(_unwrap(json_object))
    return objects


def _rows_of(value: JsonObject, days: _DayCount) -> Iterator[dict[str, str]]:
    row_lists = {
        name: part for name, part in value.items() if _required_key(name, part) is not None
    }
    services = [name for name in row_lists if _required_key(name, row_lists[name]) == "name"][:1]
    places = [name for name in row_lists if _required_key(name, row_lists[name]) == ""][:1]
    outer = {name: part for name, part in value.items() if name not in (*services, *places)}
    base = dict(_iter_cells("", outer, days, 0))
    for service in _elements_or_empty(services, value):
        for place in _elements_or_empty(places, value):
            inner = dict(_iter_cells("", {**service, **place}, days, 0))
            yield _without_shared_topics(base, inner) | inner


def _without_shared_topics(base: dict[str, str], inner: Mapping[str, str]) -> dict[str, str]:
    """Return the JSON values that services share, without topics if each has its own."""
    if not any(_TOPICS.search(fold_header(name)) for name in inner):
        return base
    return {name: text for name, text in base.items() if not _TOPICS.match(fold_header(name))}


def _elements_or_empty(names: list[str], value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the elements of a list in a JSON object, or one empty element if it is missing."""
    parts = [part for name in names for part in value[name]]
    return [{names[0]: part} for part in parts] or [{}]


def _required_key(name: str, value: Any) -> str | None:
    """Return the key that objects of a JSON list need to become rows, "" if none.

    Return None for other lists.
    """
    if not (isinstance(value, list) and value and all(isinstance(p, JsonObject) for p in value)):
        return None
    for pattern, needed in _ROW_LISTS:
        if pattern.search(fold_header(name)):
            has_key = (any(needed in fold_header(key) for key in part) for part in value)
            return needed if not needed or any(has_key) else None
    return None


def _iter_cells(name: str, value: Any, days: _DayCount, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the cells of a JSON value as (dotted name, text), without empty ones."""
    if _is_hours(name, value):
        text = _hours_text(value, days)
        yield from [(name, text)] if text else ()
    elif isinstance(value, dict) and depth < _DEEPEST:
        if _is_point(value):
            longitude, latitude = value["coordinates"][:2]
            yield f"{name}.longitude", _text(longitude)
            yield f"{name}.latitude", _text(latitude)
            return
        has_type_mark = "__type" in value
        for key, part in value.items():
            if not (key.startswith("__") or (has_type_mark and key == "className")):
                yield from _iter_cells(f"{name}.{key}" if name else key, part, days, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        yield from _iter_list_cells(name, value, days, depth)
    elif value is not None and has_value(text := _text(value)):
        yield name, text


def _iter_list_cells(
    name: str, value: list[Any], days: _DayCount, depth: int
) -> Iterator[tuple[str, str]]:
    objects = [part for part in value if isinstance(part, dict)]
    if not objects:
        words = [text for part in value if part is not None and has_value(text := _text(part))]
        yield from [(name, _SEPARATOR.join(words))] if words else ()
    elif any(_number_key(part) for part in objects):
        phones = [_phone_text(part) for part in objects]
        yield name, _SEPARATOR.join(filter(None, phones))
    else:
        joined: dict[str, list[str]] = {}
        for part in objects:
            for header, text in _iter_cells(name, part, days, depth + 1):
                joined.setdefault(header, []).append(text)
        for header, texts in joined.items():
            yield header, _SEPARATOR.join(texts)


def _number_key(value: Mapping[str, Any]) -> str:
    return next((key for key in value if fold_header(key) in _PHONE_NUMBERS and value[key]), "")


def _phone_text(value: Mapping[str, Any]) -> str:
    """Format a JSON phone with its extension and purpose: ``814-555-0101 x12 (fax)``."""
    key = _number_key(value)
    if not key:
        return ""
    notes = [
        ("x" if fold_header(name).startswith("ext") else "") + _text(part)
        for name, part in value.items()
        if fold_header(name) in _PHONE_NOTES and part not in (None, "")
    ]
    extension = [note for note in notes if re.match(r"x\d", note)]
    words = ", ".join(note for note in notes if note not in extension)
    return " ".join([_text(value[key]), *extension, f"({words})" if words else ""]).strip()


def _is_point(value: Mapping[str, Any]) -> bool:
    point = value.get("coordinates")
    return (
        isinstance(point, list)
        and len(point) > 1
        and value.get("type") == "Point"
        and all(isinstance(part, int | float) for part in point[:2])
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"  # without an exponent
    return str(value).strip()


class _DayCount:
    """Counts of the numbers that stand for weekdays in JSON hours: do weeks begin on Monday?"""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()

    def add(self, value: Any) -> None:
        """Count the numbers that stand for weekdays in all opening hours of a JSON value."""
        if isinstance(value, dict):
            if _is_numbered(value):
                self._uses.update(day for day, part in value.items() if part)
            for part in value.values():
                self.add(part)
        elif isinstance(value, list):
            for part in value:
                self.add(part)

    @property
    def is_numbered(self) -> bool:
        """Return whether the opening hours of a JSON file have weekdays as numbers."""
        return bool(self._uses)

    @property
    def sunday(self) -> int:
        """Return the number of Sunday in JSON hours: 7 or 6 if weeks begin on Monday, else 0.

        Fewer places are open on weekends, so of 0 and 5 the rarer one is a day of the weekend.
        """
        if self._uses["7"]:
            return 7
        return 6 if self._uses["0"] > self._uses["5"] else 0

    def name_of(self, day: str) -> str:
        """Return the name of a weekday that is a number in JSON hours."""
        return WEEKDAY_NAMES[(int(day) - self.sunday - 1) % 7]


def _is_hours(name: str, value: Any) -> bool:
    """Return whether a JSON value contains opening hours by weekday."""
    if isinstance(value, Mapping) and value:
        return _is_numbered(value) or all(_is_day(key) for key in value)
    return (
        isinstance(value, list)
        and bool(value)
        and _HOURS_NAME.search(name) is not None
        and all(isinstance(part, Mapping) and _weekday_in(part) for part in value)
    )


def _hours_text(value: Any, days: _DayCount) -> str:
    """Format JSON hours by weekday as text: ``Monday 9:00-17:00, 18:00-20:00; Tuesday closed``."""
    if isinstance(value, list):
        parts = [(_weekday_in(part), ", ".join(_iter_spans(part))) for part in value]
    else:
        parts = [
            (days.name_of(day) if day.isdigit() else day, ", ".join(_iter_spans(part)))
            for day, part in value.items()
        ]
    return "; ".join(f"{day} {text}" for day, text in parts if text)


def _is_numbered(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(
        key in "01234567" and len(key) == 1 and isinstance(part, list | dict)
        for key, part in value.items()
    )


def _is_day(word: str) -> bool:
    return len(word) > 1 and bool(parse_weekdays(word))


def _weekday_in(value: Mapping[str, Any]) -> str:
    found = next((v for k, v in value.items() if fold_header(k) in {"day", "weekday", "dia"}), "")
    return found if isinstance(found, str) and _is_day(found) else ""


def _iter_spans(value: Any) -> Iterator[str]:
    """Yield the opening times of a weekday in JSON hours as texts."""
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, Mapping):
        folded = {fold_header(key): part for key, part in value.items()}
        for opens, closes in _TIME_PAIRS:
            if folded.get(opens) not in (None, "") and folded.get(closes) not in (None, ""):
                yield f"{_clock(folded[opens])}-{_clock(folded[closes])}"
                return
    elif isinstance(value, list):
        if len(value) == _PAIR and not any(isinstance(part, list | dict) for part in value):
            yield f"{_clock(value[0])}-{_clock(value[1])}"
        else:
            for part in value:
                yield from _iter_spans(part)


def _clock(value: Any) -> str:
    """Format a time of day from JSON; 1530 becomes 15:30."""
    text = str(value).strip()
    if not _CLOCK.match(text):
        return text
    number = int(text)
    hour, minute = (number, 0) if len(text) <= _PAIR and number else divmod(number, 100)
    return f"{hour:02d}:{minute:02d}"
