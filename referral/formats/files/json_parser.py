"""JSON parser that records the line of each object; documents and JSON lines (ndjson)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from json import decoder, scanner
from typing import Any

from referral.errors import refused
from referral.formats.files.tables import decode


class JsonObject(dict[str, Any]):
    """An object of a JSON file; ``line`` is the line it begins in."""

    __slots__ = ("line",)

    line: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """Positions at which the lines of a JSON text begin, and the number of the first line."""

    starts: list[int]
    first: int

    def at(self, position: int) -> int:
        return bisect_right(self.starts, position) + self.first


def parse_document(name: str, content: bytes) -> Any:
    """Parse a JSON file into objects that record the line they begin in.

    Raises:
        RefusedError: the file is not JSON; the message names the line.
    """
    text, _ = decode(content)
    return _parse(name, text, 1)


def parse_lines(name: str, content: bytes) -> list[Any]:
    """Parse a file with one JSON value in each line (ndjson).

    Raises:
        RefusedError: a line is not JSON; the message names it.
    """
    text, _ = decode(content)
    lines = enumerate(text.split("\n"), start=1)
    return [_parse(name, line, number) for number, line in lines if line.strip()]


def _parse(name: str, text: str, first_line: int) -> Any:
    starts = [match.end() for match in re.finditer("\n", text)]
    reader = _Decoder(_Lines(starts, first_line))
    try:
        return reader.decode(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise refused(
            "%(name)s is not whole JSON: it breaks off or goes wrong in line %(line)s. Ask "
            "for the file again.",
            name=name,
            line=line,
        ) from error
    except (RecursionError, ValueError) as error:
        raise refused(
            "%(name)s has values nested or written in a way that no list uses.", name=name
        ) from error


class _Decoder(json.JSONDecoder):
    """The JSON decoder of the standard library, extended to record the line of each object.

    Uses the scanner in Python: the faster one in C cannot be extended.
    """

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        read_object: Callable[..., tuple[Any, int]] = decoder.JSONObject  # type: ignore[attr-defined]

        def read_object_with_line(state: tuple[str, int], *rest: Any) -> tuple[JsonObject, int]:
            pairs, end = read_object(state, *rest)
            found = JsonObject(pairs)
            found.line = lines.at(state[1] - 1)
            return found, end

        self.parse_object = read_object_with_line
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]
