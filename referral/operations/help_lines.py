"""The help lines on every page. They answer when nothing else does, so they are files.

``seed_data/help_lines.csv`` has the national lines. A library adds its own, or says one of ours
differently, in ``help_lines.csv`` in the instance folder, which has the same columns: a row with
a new ``key`` is one more line, a row with a known one takes its place, and a row with a key only
takes the line away.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from referral.operations.pages import HelpLine
from referral.records.problems import Problem, Severity
from referral.resources import resource_path
from referral.settings import Settings

FILE = "help_lines.csv"
RECHECK_AFTER = timedelta(days=183)
NEVER_WITHOUT = ("911", "988")
_DIALED = re.compile(r"[+*#0-9,;]*\Z")
_TEXTS = (
    "key", "name", "phone", "tel", "what_for", "name_es", "phone_es", "what_for_es", "hours",
    "hours_es", "text_to", "text_words", "tty", "web",
)  # fmt: skip


def help_lines(settings: Settings) -> tuple[HelpLine, ...]:
    """All help lines of this library, in the order to show them; what cannot be read is left out.

    Read again when the library's file has changed; neither database nor index is asked.
    """
    path = settings.instance_path / FILE
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)[0]


def check_help_lines(settings: Settings) -> tuple[Problem, ...]:
    """What is wrong in the library's own file, by line."""
    path = settings.instance_path / FILE
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)[1]


def is_due(line: HelpLine, today: date) -> bool:
    """Whether a line should be called again to see that its number is right."""
    return line.checked_on is None or line.checked_on + RECHECK_AFTER < today


@lru_cache(maxsize=8)
def _read(own: Path, changed_ns: int) -> tuple[tuple[HelpLine, ...], tuple[Problem, ...]]:
    rows = {row["key"]: row for _, row in _rows(resource_path("seed_data") / FILE)}
    problems: list[Problem] = []
    for number, row in _own_rows(own, problems) if changed_ns else ():
        key = row.get("key", "")
        if trouble := _trouble(row):
            problems.append(_problem(trouble[1], number, trouble[0]))
        elif any(value for name, value in row.items() if name != "key"):
            rows[key] = row
        else:
            rows.pop(key, None)
    ordered = sorted(rows.values(), key=lambda row: int(row.get("sort") or 1000))
    return tuple(map(_help_line, ordered)), tuple(problems)


def _own_rows(path: Path, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        yield from _rows(path)
    except (OSError, UnicodeDecodeError, csv.Error):
        problems.append(_problem("Save the file as CSV in UTF-8."))


def _problem(detail: str, line: int = 0, column: str = "") -> Problem:
    return Problem(
        code="help-line", severity=Severity.ERROR, detail=detail, file=FILE, line=line,
        column=column,
    )  # fmt: skip


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield (
                reader.line_num,
                {name: (value or "").strip() for name, value in row.items() if name},
            )


def _trouble(row: Mapping[str, str]) -> tuple[str, str] | None:
    """The column and what to do about it; None when the row can be used."""
    is_removal = not any(value for name, value in row.items() if name != "key")
    number, day, sort = row.get("tel", ""), row.get("checked_on", ""), row.get("sort", "")
    wishes = (
        ("key", bool(row.get("key")), "Give each line a short key, such as county-crisis."),
        ("key", not is_removal or row.get("key") not in NEVER_WITHOUT, "It stays on every page."),
        ("name", is_removal or bool(row.get("name")), "Give the line a name."),
        ("tel", is_removal or bool(number or row.get("text_to")), "Give a number to call or text."),
        ("tel", _DIALED.match(number), "Write tel as a phone dials it, such as +18145550100."),
        ("sort", not sort or sort.isdecimal(), "Give a whole number, such as 25."),
        ("checked_on", not day or _is_day(day), "Write the day as 2026-11-24."),
    )
    return next(((column, wish) for column, is_met, wish in wishes if not is_met), None)


def _is_day(text: str) -> bool:
    try:
        _day(text)
    except ValueError:
        return False
    return True


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _help_line(row: Mapping[str, str]) -> HelpLine:
    return HelpLine(
        **{name: row.get(name, "") for name in _TEXTS},
        strip=row.get("strip", "") == "yes",
        checked_on=_day(row.get("checked_on", "")),
    )
