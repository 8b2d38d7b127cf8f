"""Edits of the library's own ``help_lines.csv``: entries and an atomic rewrite under a lock file.

Each edit is recorded in the audit log in the same transaction that shares the new file with all
nodes, so neither exists without the other.
"""

from __future__ import annotations

import csv
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.help_lines import (
    DANGERS,
    FILE,
    NEVER_WITHOUT,
    NO_DANGER,
    HelpLineFiles,
    Row,
    help_lines,
    is_due,
    is_removal,
    own_file_path,
    read_files,
    sort_number,
)
from referral.directory.instance import Instance, local_today
from referral.directory.shared_help_lines import follow_help_lines, note_copy, share_lines
from referral.directory.view_models import HelpLine
from referral.errors import InstanceError, RefusedError
from referral.help_lines.row_validation import new_key
from referral.message import Message
from referral.records.accounts import Actor
from referral.records.waiting import Waiting
from referral.resources import resource_path
from referral.settings import Settings

_STALE_SECONDS = 60  # a lock file this old was left by a writer that died
OwnRows = list[Row]


class LineOrigin(StrEnum):
    """The origin of a help line: unchanged national, changed, added or hidden by the library."""

    OURS = "ours"
    CHANGED = "changed"
    ADDED = "added"
    HIDDEN = "hidden"


class LineRefusal(StrEnum):
    """The reason why a change of a help line was not written."""

    CHANGED_SINCE = "changed-since"
    ALWAYS_SHOWN = "always-shown"
    FILE_BROKEN = "file-broken"
    NOT_WRITABLE = "not-writable"


class LineRefusedError(RefusedError):
    """Raised when a change of a help line was not written; ``refusal`` is the reason."""

    def __init__(self, refusal: LineRefusal) -> None:
        super().__init__(Message(refusal.value))
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEntry:
    """A help line as admins see it, also when it is hidden from pages.

    Attributes:
        values: the row of the line; for a hidden line, the national one.
        shown: the line as pages show it; None if hidden.
        mark: a digest of the library's row, to detect concurrent changes.
    """

    key: str
    values: Row
    origin: LineOrigin
    shown: HelpLine | None
    is_due: bool
    mark: str

    @property
    def always_shown(self) -> bool:
        """Return whether a help line can never be removed."""
        return self.key in NEVER_WITHOUT

    @property
    def lacks_danger(self) -> bool:
        """Return whether the library added a help line without choosing its dangers."""
        if self.origin is not LineOrigin.ADDED or self.shown is None:
            return False
        return {*DANGERS, NO_DANGER}.isdisjoint(self.shown.topics)


def list_entries(instance: Instance) -> tuple[LineEntry, ...]:
    """Return all help lines for admins in the order of pages, hidden ones last."""
    follow_help_lines(instance)
    files, today = read_files(instance.settings), local_today(instance)
    shown_lines = {line.key: line for line in files.shown}
    own_rows = {line.key: line.values for line in files.own if not line.error}
    entries = [
        LineEntry(
            key=key,
            values=_row_of_entry(files, own_rows, key),
            origin=_origin_of(files, own_rows, key),
            shown=shown_lines.get(key),
            is_due=key in shown_lines and is_due(shown_lines[key], today),
            mark=_digest(own_rows.get(key, {})),
        )
        for key in {**files.ours, **own_rows}
        if key in files.ours or key in shown_lines
    ]
    return tuple(sorted(entries, key=lambda entry: (not entry.shown, sort_number(entry.values))))


def read_entry(instance: Instance, key: str) -> LineEntry | None:
    """Return the help line with a key for admins, None if there is none."""
    return next((entry for entry in list_entries(instance) if entry.key == key), None)


def waiting_lines(instance: Instance) -> Waiting:
    """Return the number of help lines whose check is due, and the oldest date of a check."""
    today = local_today(instance)
    due = [line for line in help_lines(instance.settings) if is_due(line, today)]
    return Waiting(
        len(due), min((line.checked_on for line in due if line.checked_on), default=None)
    )


def lines_without_danger(instance: Instance) -> Waiting:
    """Return the number of the library's own help lines without a choice of dangers."""
    return Waiting(sum(entry.lacks_danger for entry in list_entries(instance)))


def add_line(instance: Instance, actor: Actor, row: Row) -> str:
    """Add a help line to the library's own file; return its key."""
    follow_help_lines(instance)
    files = read_files(instance.settings)
    key = new_key(row["name"], {*files.ours, *(line.key for line in files.own)})
    _rewrite(instance, actor, "help-line-added", key, _digest({}), {**row, "key": key})
    return key


def change_line(instance: Instance, actor: Actor, key: str, mark: str, row: Row) -> None:
    """Replace a help line in the library's own file.

    ``mark`` is that of the entry that was edited.
    """
    _rewrite(instance, actor, "help-line-changed", key, mark, {**row, "key": key})


def check_line(instance: Instance, actor: Actor, entry: LineEntry) -> None:
    """Store today as the date on which a help line's number was last checked."""
    row = {**entry.values, "key": entry.key, "checked_on": local_today(instance).isoformat()}
    _rewrite(instance, actor, "help-line-checked", entry.key, entry.mark, row)


def remove_line(instance: Instance, actor: Actor, entry: LineEntry) -> None:
    """Remove a help line. A national one is hidden, one that the library added is deleted."""
    if entry.always_shown:
        raise LineRefusedError(LineRefusal.ALWAYS_SHOWN)
    row = None if entry.origin is LineOrigin.ADDED else {"key": entry.key}
    _rewrite(instance, actor, "help-line-removed", entry.key, entry.mark, row)


def restore_line(instance: Instance, actor: Actor, entry: LineEntry) -> None:
    """Restore a national help line that the library changed or hid."""
    _rewrite(instance, actor, "help-line-restored", entry.key, entry.mark, None)


def own_file(settings: Settings) -> bytes:
    """Return the content of the library's own file of help lines, empty if there is none."""
    path = own_file_path(settings)
    return path.read_bytes() if path.is_file() else b""


def _rewrite(
    instance: Instance, actor: Actor, action: str, key: str, mark: str, row: Row | None
) -> None:
    """Replace the row of a help line in the library's file, or remove it for None."""
    settings, path = instance.settings, own_file_path(instance.settings)
    follow_help_lines(instance)
    with _exclusive_part_file(path) as part:
        with instance.store.write() as session:
            record_audit(session, actor, action, "help-line", key)
            files = read_files(settings)
            if files.is_broken:
                raise LineRefusedError(LineRefusal.FILE_BROKEN)
            own_rows = {line.key: line.values for line in files.own if not line.error}
            if _digest(own_rows.get(key, {})) != mark:
                raise LineRefusedError(LineRefusal.CHANGED_SINCE)
            kept = [line.values for line in files.own if line.key != key]
            _write_rows(part, [*kept, *([row] if row else [])])
            content = part.read_bytes()
            file_id = _share_file(session, settings, content)
        os.replace(part, path)  # noqa: PTH105  # replaces the file atomically
        note_copy(settings, file_id, content)


def _share_file(session: Session, settings: Settings, content: bytes) -> str:
    try:
        return share_lines(session, settings, content)
    except InstanceError as error:
        raise LineRefusedError(LineRefusal.CHANGED_SINCE) from error


@contextmanager
def _exclusive_part_file(path: Path) -> Iterator[Path]:
    """Create a temporary file beside the library's help line file, and fail for a second writer.

    It is deleted at the end.
    """
    part = path.with_suffix(".part")
    try:
        if part.exists() and part.stat().st_mtime < time.time() - _STALE_SECONDS:
            part.unlink()
        part.open("x").close()
    except FileExistsError as error:
        raise LineRefusedError(LineRefusal.CHANGED_SINCE) from error
    except OSError as error:
        raise LineRefusedError(LineRefusal.NOT_WRITABLE) from error
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _write_rows(path: Path, rows: OwnRows) -> None:
    with (resource_path("seed_data") / FILE).open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    columns += sorted({name for row in rows for name in row} - set(columns))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())


def _row_of_entry(files: HelpLineFiles, own: Mapping[str, Row], key: str) -> Row:
    row = own.get(key, {})
    return files.ours.get(key, {}) if is_removal(row) else row


def _origin_of(files: HelpLineFiles, own: Mapping[str, Row], key: str) -> LineOrigin:
    if key not in own:
        return LineOrigin.OURS
    if key not in files.ours:
        return LineOrigin.ADDED
    return LineOrigin.HIDDEN if is_removal(own[key]) else LineOrigin.CHANGED


def _digest(row: Row) -> str:
    text = "\0".join(f"{name}={value}" for name, value in sorted(row.items()) if value)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
