"""Help lines, read from files and not from the database.

``seed_data/help_lines.csv`` has the national lines. A library adds its own, or says one of ours
differently, in ``help_lines.csv`` in the instance folder, which has the same columns: a row with
a new ``key`` is one more line, a row with a known one takes its place, and a row with a key only
takes the line away. A row that names no topics has those of ours.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from referral.directory.view_models import HelpLine
from referral.fields.urls_and_emails import normalise_url
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
"""Topics that name a danger. One of our lines is for the first of them in its ``topics``."""
NO_DANGER = "none"
"""In ``topics`` of a line that the library said is for none of them."""
_DIALED = re.compile(r"[+*#0-9,;]*\Z")
_TEXTS = (
    "key", "name", "phone", "tel", "what_for", "name_es", "phone_es", "what_for_es", "hours",
    "hours_es", "text_to", "text_words", "tty", "web",
)  # fmt: skip


Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnFileRow:
    """A row of the library's own file; ``trouble`` is the column and what to do, "" for none."""

    line: int
    values: Row
    trouble: tuple[str, str] = ("", "")

    @property
    def key(self) -> str:
        """The line that it is about."""
        return self.values.get("key", "")


@dataclass(frozen=True, slots=True)
class HelpLineFiles:
    """What both files say: ``ours`` by key, the library's ``own`` rows as they stand.

    ``is_broken`` where its file is not CSV in UTF-8.
    """

    ours: Mapping[str, Row]
    own: tuple[OwnFileRow, ...] = ()
    is_broken: bool = False

    @property
    def shown(self) -> tuple[HelpLine, ...]:
        """The lines that pages show, in their order."""
        rows = dict(self.ours)
        for each in self.own:
            if each.trouble[0]:
                continue
            if is_removal(each.values):
                rows.pop(each.key, None)
            else:
                topics = each.values.get("topics") or self.ours.get(each.key, {}).get("topics", "")
                rows[each.key] = {**each.values, "topics": topics}
        return tuple(map(_help_line, sorted(rows.values(), key=sort_of)))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the library's own file."""
        found = [_problem(each.trouble, each.line) for each in self.own if each.trouble[0]]
        if self.is_broken:
            found.append(_problem(("", "Save the file as CSV in UTF-8.")))
        return tuple(found)


def help_lines(settings: Settings) -> tuple[HelpLine, ...]:
    """All help lines of this library, in the order to show them; what cannot be read is left out.

    Read again when the library's file has changed; neither database nor index is asked.
    """
    return _shown(*_stamped(settings))


def topics_of_lines(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Codes of the topics that each line is about, the most important first, by its key."""
    return {line.key: line.topics for line in help_lines(settings)}


def own_lines_for(settings: Settings, raised: Iterable[HelpLine]) -> tuple[HelpLine, ...]:
    """The lines that the library added for the dangers of lines that words raised."""
    dangers = {next((each for each in line.topics if each in DANGERS), "") for line in raised}
    ours = read_files(settings).ours
    return tuple(
        line
        for line in help_lines(settings)
        if line.key not in ours and not dangers.isdisjoint(line.topics)
    )


def check_help_lines(settings: Settings) -> tuple[Problem, ...]:
    """What is wrong in the library's own file, by line."""
    return read_files(settings).problems


def read_files(settings: Settings) -> HelpLineFiles:
    """Both files, as they are now."""
    return _read(*_stamped(settings))


def has_its_number(row: Row) -> bool:
    """Whether a line that everybody knows by its number still has it."""
    return row.get("key") not in NEVER_WITHOUT or row.get("tel") == row.get("key")


def own_file_path(settings: Settings) -> Path:
    """Where the library's own lines are."""
    return settings.instance_path / FILE


def is_removal(row: Row) -> bool:
    """Whether a row has a key and nothing else."""
    return not any(value for name, value in row.items() if name != "key")


def sort_of(row: Row) -> int:
    """Where a line stands: by this number, and by the order of the file."""
    return int(row.get("sort") or 1000)


def is_due(line: HelpLine, today: date) -> bool:
    """Whether a line should be called again to see that its number is right."""
    return line.checked_on is None or line.checked_on + RECHECK_AFTER < today


def _stamped(settings: Settings) -> tuple[Path, tuple[int, ...]]:
    """The library's file, and what is another when somebody has written it."""
    path = own_file_path(settings)
    try:
        found = path.stat()
    except OSError:
        return path, ()
    return path, (found.st_mtime_ns, found.st_ino, found.st_size)


@lru_cache(maxsize=8)
def _shown(own: Path, stamp: tuple[int, ...]) -> tuple[HelpLine, ...]:
    return _read(own, stamp).shown


@lru_cache(maxsize=8)
def _read(own: Path, stamp: tuple[int, ...]) -> HelpLineFiles:
    ours = {row["key"]: row for _, row in _rows(resource_path("seed_data") / FILE)}
    if not stamp:
        return HelpLineFiles(ours)
    found: list[OwnFileRow] = []
    is_broken = False
    try:
        for line, row in _rows(own):
            found.append(OwnFileRow(line, row, _trouble(row)))
    except (OSError, UnicodeDecodeError, csv.Error):
        is_broken = True
    return HelpLineFiles(ours, tuple(found), is_broken)


def _problem(trouble: tuple[str, str], line: int = 0) -> Problem:
    column, detail = trouble
    return Problem(
        code="help-line", severity=Severity.ERROR, message=Message(detail), file=FILE, line=line,
        column=column,
    )  # fmt: skip


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield (
                reader.line_num,
                {name: (value or "").strip() for name, value in row.items() if name},
            )


def _trouble(row: Row) -> tuple[str, str]:
    """The column and what to do about it; both "" when the row can be used."""
    removes = is_removal(row)
    number, sort = row.get("tel", ""), row.get("sort", "")
    day, web = row.get("checked_on", ""), row.get("web", "")
    wishes = (
        ("key", bool(row.get("key")), "Give each line a short key, such as county-crisis."),
        ("key", not removes or row.get("key") not in NEVER_WITHOUT, "It stays on every page."),
        ("name", removes or bool(row.get("name")), "Give the line a name."),
        ("tel", removes or bool(number or row.get("text_to")), "Give a number to call or text."),
        ("tel", removes or has_its_number(row), "This line keeps its number."),
        ("tel", _DIALED.match(number), "Write tel as a phone dials it, such as +18145550100."),
        ("sort", not sort or sort.isdecimal(), "Give a whole number, such as 25."),
        ("checked_on", not day or _is_day(day), "Write the day as 2026-11-24."),
        ("web", not web or normalise_url(web) == web, "Give the whole address, with https://."),
    )
    return next(((column, wish) for column, is_met, wish in wishes if not is_met), ("", ""))


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
        topics=tuple(filter(None, map(str.strip, row.get("topics", "").split("|")))),
        checked_on=_day(row.get("checked_on", "")),
    )
