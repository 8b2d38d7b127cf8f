"""Help lines such as 988, read from files so that they are shown without the database.

``seed_data/help_lines.csv`` has the national lines. A library adds lines of its own, or changes
one of ours, in ``help_lines.csv`` in the instance folder, which has the same columns: a row with a
new ``key`` adds a line, a row with a known key replaces it, and a row with a key only removes it.
A row without topics has those of the line that it replaces.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from referral.directory.view_models import HelpLine
from referral.fields.urls_and_emails import normalize_url
from referral.message import Message
from referral.records.problems import Problem, Severity
from referral.resources import resource_path
from referral.settings import Settings

FILE = "help_lines.csv"
NEVER_WITHOUT = ("911", "988")
RECHECK_AFTER = timedelta(days=183)
DANGERS = (
    "domestic-violence", "crisis-lines", "sexual-assault", "poison-control", "child-abuse",
    "elder-abuse", "human-trafficking",
)  # fmt: skip
"""Topics that are a danger. A line is for the first of them in its ``topics``."""
NO_DANGER = "none"
"""Topic of a line that, by the library's choice, is for no danger."""
_DIALED = re.compile(r"[+*#0-9,;]*\Z")
_TEXTS = (
    "key", "name", "phone", "tel", "what_for", "name_es", "phone_es", "what_for_es", "hours",
    "hours_es", "text_to", "text_words", "tty", "web",
)  # fmt: skip


Row = Mapping[str, str]


class RowError(NamedTuple):
    """An error in a row of the library's own file: the column, and how to correct it."""

    column: str
    advice: str


@dataclass(frozen=True, slots=True)
class OwnFileRow:
    """A row of the library's own file of help lines."""

    line: int
    values: Row
    error: RowError | None = None

    @property
    def key(self) -> str:
        """Return the key of the help line that the row adds, replaces or removes."""
        return self.values.get("key", "")


@dataclass(frozen=True, slots=True)
class HelpLineFiles:
    """The contents of both files of help lines.

    Attributes:
        ours: rows that come with Referral, by key.
        own: rows of the library's own file, in its order.
        is_broken: whether the library's file is not CSV in UTF-8.
    """

    ours: Mapping[str, Row]
    own: tuple[OwnFileRow, ...] = ()
    is_broken: bool = False

    @property
    def shown(self) -> tuple[HelpLine, ...]:
        """Return the help lines that pages show, in their order."""
        rows = dict(self.ours)
        for own_row in self.own:
            if own_row.error:
                continue
            if is_removal(own_row.values):
                rows.pop(own_row.key, None)
            else:
                replaced_topics = self.ours.get(own_row.key, {}).get("topics", "")
                topics = own_row.values.get("topics") or replaced_topics
                rows[own_row.key] = {**own_row.values, "topics": topics}
        return tuple(map(_make_help_line, sorted(rows.values(), key=sort_number)))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the problems in the library's own file of help lines."""
        problems = [_make_problem(row.error, row.line) for row in self.own if row.error]
        if self.is_broken:
            problems.append(_make_problem(RowError("", "Save the file as CSV in UTF-8.")))
        return tuple(problems)


def help_lines(settings: Settings) -> tuple[HelpLine, ...]:
    """Return the help lines of the library in their order, without rows that have an error.

    The files are read again when the library's file has changed. Neither database nor index is
    needed.
    """
    return _cached_lines(*_path_and_fingerprint(settings))


def topics_of_lines(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return the topic codes of each help line by its key, the most important topic first."""
    return {line.key: line.topics for line in help_lines(settings)}


def own_lines_for(settings: Settings, raised: Iterable[HelpLine]) -> tuple[HelpLine, ...]:
    """Return the help lines added by the library for the same dangers as lines to be shown."""
    dangers = {next((topic for topic in line.topics if topic in DANGERS), "") for line in raised}
    ours = read_files(settings).ours
    return tuple(
        line
        for line in help_lines(settings)
        if line.key not in ours and not dangers.isdisjoint(line.topics)
    )


def check_help_lines(settings: Settings) -> tuple[Problem, ...]:
    """Return the problems in the library's own file of help lines, in the order of its lines."""
    return read_files(settings).problems


def read_files(settings: Settings) -> HelpLineFiles:
    """Return the current contents of both files of help lines."""
    return _cached_files(*_path_and_fingerprint(settings))


def has_its_number(row: Row) -> bool:
    """Return whether a help line named after its number, such as 988, still has this number."""
    return row.get("key") not in NEVER_WITHOUT or row.get("tel") == row.get("key")


def own_file_path(settings: Settings) -> Path:
    """Return the path of the library's own file of help lines."""
    return settings.instance_path / FILE


def is_removal(row: Row) -> bool:
    """Return whether a row removes a help line: it has a key and nothing else."""
    return not any(value for name, value in row.items() if name != "key")


def sort_number(row: Row) -> int:
    """Return the number by which help lines are ordered; equal ones keep the order of the file."""
    return int(row.get("sort") or 1000)


def is_due(line: HelpLine, today: date) -> bool:
    """Return whether the number of a help line should be checked again by calling it."""
    return line.checked_on is None or line.checked_on + RECHECK_AFTER < today


def _path_and_fingerprint(settings: Settings) -> tuple[Path, tuple[int, ...]]:
    """Return the path of the library's file, and a fingerprint that changes when it is rewritten.

    The fingerprint is empty without a file.
    """
    path = own_file_path(settings)
    try:
        status = path.stat()
    except OSError:
        return path, ()
    return path, (status.st_mtime_ns, status.st_ino, status.st_size)


@lru_cache(maxsize=8)
def _cached_lines(own_path: Path, fingerprint: tuple[int, ...]) -> tuple[HelpLine, ...]:
    return _cached_files(own_path, fingerprint).shown


@lru_cache(maxsize=8)
def _cached_files(own_path: Path, fingerprint: tuple[int, ...]) -> HelpLineFiles:
    ours = {row["key"]: row for _, row in _iter_rows(resource_path("seed_data") / FILE)}
    if not fingerprint:
        return HelpLineFiles(ours)
    own_rows: list[OwnFileRow] = []
    is_broken = False
    try:
        for line, row in _iter_rows(own_path):
            own_rows.append(OwnFileRow(line, row, _find_error(row)))
    except (OSError, UnicodeDecodeError, csv.Error):
        is_broken = True
    return HelpLineFiles(ours, tuple(own_rows), is_broken)


def _make_problem(error: RowError, line: int = 0) -> Problem:
    return Problem(
        code="help-line", severity=Severity.ERROR, message=Message(error.advice), file=FILE,
        line=line, column=error.column,
    )  # fmt: skip


def _iter_rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield (
                reader.line_num,
                {name: (value or "").strip() for name, value in row.items() if name},
            )


def _find_error(row: Row) -> RowError | None:
    """Return the first error in a row, None if the row can be used."""
    is_removed = is_removal(row)
    number, sort = row.get("tel", ""), row.get("sort", "")
    day, web = row.get("checked_on", ""), row.get("web", "")
    checks = (
        ("key", bool(row.get("key")), "Give each line a short key, such as county-crisis."),
        ("key", not is_removed or row.get("key") not in NEVER_WITHOUT, "It stays on every page."),
        ("name", is_removed or bool(row.get("name")), "Give the line a name."),
        ("tel", is_removed or bool(number or row.get("text_to")), "Give a number to call or text."),
        ("tel", is_removed or has_its_number(row), "This line keeps its number."),
        ("tel", _DIALED.match(number), "Write tel as a phone dials it, such as +18145550100."),
        ("sort", not sort or sort.isdecimal(), "Give a whole number, such as 25."),
        ("checked_on", not day or _is_day(day), "Write the day as 2026-11-24."),
        ("web", not web or normalize_url(web) == web, "Give the whole address, with https://."),
    )
    errors = (RowError(column, advice) for column, is_met, advice in checks if not is_met)
    return next(errors, None)


def _is_day(text: str) -> bool:
    try:
        _parse_day(text)
    except ValueError:
        return False
    return True


def _parse_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _make_help_line(row: Mapping[str, str]) -> HelpLine:
    return HelpLine(
        **{name: row.get(name, "") for name in _TEXTS},
        strip=row.get("strip", "") == "yes",
        topics=tuple(filter(None, map(str.strip, row.get("topics", "").split("|")))),
        checked_on=_parse_day(row.get("checked_on", "")),
    )
