"""One backup a day in the folder that the settings name; older ones are deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from referral.backups.backup import write_backup
from referral.backups.records import BackupError
from referral.directory.context import Directory
from referral.settings import Settings

_NAME, _PATTERN = "referral-{:%Y-%m-%d-%H%M%S}.zip", "referral-????-??-??-??????.zip"

_DAY = len("referral-2026-11-27")


def back_up_daily(directory: Directory) -> Path | None:
    """Write a backup where there is a folder for it and none of today, and delete the oldest.

    Each node with such a folder writes its own. Today is that of UTC, as in the names.
    """
    settings = directory.settings
    name = _NAME.format(directory.now())
    if not settings.backup_folder or any(
        path.name[:_DAY] == name[:_DAY] for path in _backups(settings)
    ):
        return None
    path = Path(settings.backup_folder) / name
    write_backup(settings, directory.store, path)
    for old in _backups(settings)[settings.backups_kept :]:
        try:
            old.unlink()
        except OSError as error:
            raise BackupError(f"{old.name} cannot be deleted.") from error
    return path


def newest_backup_at(settings: Settings) -> datetime | None:
    """When the newest backup in the folder was written; None where there is none."""
    found = _backups(settings)
    return datetime.fromtimestamp(found[0].stat().st_mtime, UTC) if found else None


def _backups(settings: Settings) -> list[Path]:
    """Newest first."""
    if not settings.backup_folder:
        return []
    return sorted(Path(settings.backup_folder).glob(_PATTERN), reverse=True)
