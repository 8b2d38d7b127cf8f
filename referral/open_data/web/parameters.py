"""Parsers of API parameters from the query string, a form or JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import request
from flask_babel import gettext

from referral.fields.places.lookup import find_zip
from referral.open_data.api.operations import LONGEST, MOST_PAGES, PARAMETERS, ListOperation
from referral.open_data.records import MOST_MINIMAL, MOST_PER_PAGE, ListQuery
from referral.open_data.web.data_responses import DataProblem

_METERS_OF_A_MILE = 1609.344
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,9}\Z", re.ASCII)
_METERS = re.compile(r"\d{1,8}(?:\.\d{1,6})?\Z", re.ASCII)


def list_query(operation: ListOperation) -> ListQuery:
    """Parse the list query of the current request.

    Raises:
        DataProblem: a parameter is unknown or invalid.
    """
    given = _given_values(operation.parameters)
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name in _PARSERS:
            values.update(_PARSERS[name](name, text))
        else:
            values[name] = _parse_text(name, text)
    if "proximity_miles" in values and "postcode" not in values:
        raise DataProblem(
            400, gettext("“proximity” needs a “postcode” to measure from."), "proximity"
        )
    if values.get("search") and values.get("after"):
        raise DataProblem(400, gettext("With “search”, use “page” and not “after”."), "after")
    if values.get("minimal"):
        values.setdefault("per_page", MOST_MINIMAL)
    return ListQuery(**values)


def yes_or_no(name: str) -> bool:
    """Parse a true-or-false parameter of the request, the only one allowed.

    Raises:
        DataProblem: it is neither true nor false, or there is another parameter.
    """
    given = _given_values((name,))
    return bool(_parse_boolean(name, given[name])[name]) if name in given else False


def one_text(name: str) -> str:
    """Return the text parameter of the request, the only one allowed; "" if it is missing.

    Raises:
        DataProblem: it is too long, or there is another parameter.
    """
    given = _given_values((name,))
    return _parse_text(name, given.get(name, ""))


def no_parameters() -> None:
    """Refuse the request if it has parameters.

    Raises:
        DataProblem: the request has a parameter.
    """
    _given_values(())


def _given_values(known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in _iter_sent_values():
        if name not in known:
            raise _unknown_parameter(name, known)
        if not text.strip():
            continue
        if name in found:
            raise DataProblem(400, gettext("Give “%(name)s” only once.", name=name), name)
        found[name] = text
    return found


def _unknown_parameter(name: str, known: tuple[str, ...]) -> DataProblem:
    names = ", ".join(known) or "–"
    text = gettext(
        "We know no parameter “%(name)s” here. We know: %(names)s.",
        name=name[:LONGEST],
        names=names,
    )
    return DataProblem(400, text, name[:LONGEST])


def _iter_sent_values() -> Iterator[tuple[str, str]]:
    yield from request.args.items(multi=True)
    if request.method != "POST" or not request.content_length:
        return
    if request.mimetype in _FORM_TYPES:
        yield from request.form.items(multi=True)
        return
    if not request.is_json:
        raise DataProblem(415, gettext("Send a JSON object or a form."))
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets in brackets
        body = None
    if not isinstance(body, dict):
        raise DataProblem(400, gettext("Send one JSON object with parameters as its names."))
    for name, value in body.items():
        yield name, _text_of(name, value) if name in PARAMETERS else ""


def _text_of(name: str, value: object) -> str:
    """Return a JSON value as the text that a query string has for it."""
    wanted = PARAMETERS[name].schema["type"]
    if wanted == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if wanted == "integer" and isinstance(value, int | float) and not isinstance(value, bool):
        is_whole = isinstance(value, float) and value.is_integer()
        return str(int(value)) if is_whole else str(value)  # to JSON, 29.0 is a whole number
    if wanted == "string" and isinstance(value, str):
        return value
    texts = {
        "boolean": gettext("“%(name)s” must be true or false.", name=name),
        "integer": gettext("“%(name)s” must be a whole number.", name=name),
        "string": gettext("“%(name)s” must be a text, in quotation marks.", name=name),
    }
    raise DataProblem(400, texts[wanted], name)


def _parse_text(name: str, text: str) -> str:
    if len(text) > LONGEST or "\0" in text:
        raise DataProblem(
            400,
            gettext("“%(name)s” may have %(most)s letters at most.", name=name, most=LONGEST),
            name,
        )
    return text.strip().lower() if _UUID.match(text.strip()) else text.strip()


def _parse_boolean(name: str, text: str) -> dict[str, bool]:
    text = text.lower()
    if text not in {"true", "false"}:
        raise DataProblem(400, gettext("“%(name)s” must be true or false.", name=name), name)
    return {name: text == "true"}


def _parse_page(name: str, text: str) -> dict[str, int]:
    if _NUMBER.match(text) and int(text) >= 1:
        if name == "per_page":
            return {name: min(int(text), MOST_PER_PAGE)}
        if int(text) <= MOST_PAGES:
            return {name: int(text)}
    text = gettext(
        "“%(name)s” must be a whole number from 1 to %(most)s. For all at once, use format=ndjson.",
        name=name,
        most=MOST_PAGES if name == "page" else MOST_PER_PAGE,
    )
    raise DataProblem(400, text, name)


def _parse_format(name: str, text: str) -> dict[str, bool]:
    if text not in {"json", "ndjson"}:
        raise DataProblem(400, gettext("“format” may be json or ndjson."), name)
    return {"stream": text == "ndjson"}


def _parse_proximity(name: str, text: str) -> dict[str, float]:
    if not _METERS.match(text):
        raise DataProblem(
            400, gettext("“proximity” must be a number of meters, such as 5000."), name
        )
    return {"proximity_miles": float(text) / _METERS_OF_A_MILE}


def _parse_moment(name: str, text: str) -> dict[str, datetime]:
    try:
        found = datetime.fromisoformat(text.upper())
        found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DataProblem(
            400, gettext("“%(name)s” must be a date or time, such as 2026-11-01.", name=name), name
        ) from error
    return {name: found}


def _parse_postcode(name: str, text: str) -> dict[str, str]:
    if find_zip(text) is None:
        raise DataProblem(400, gettext("We know no ZIP code like the one in “postcode”."), name)
    return {name: text}


_PARSERS: Mapping[str, Callable[[str, str], Mapping[str, Any]]] = {
    "page": _parse_page,
    "per_page": _parse_page,
    "format": _parse_format,
    "minimal": _parse_boolean,
    "full": _parse_boolean,
    "full_service": _parse_boolean,
    "top_only": _parse_boolean,
    "modified_after": _parse_moment,
    "proximity": _parse_proximity,
    "postcode": _parse_postcode,
}
