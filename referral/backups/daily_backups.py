"""Daily backups in the folder of the settings, and the deletion of old ones."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from referral.backups.archive import manifest_of
from referral.backups.backup import write_backup
from referral.backups.records import BackupError
from referral.directory.instance import Instance
from referral.settings import Settings

_log = logging.getLogger(__name__)
_NAME_FORMAT, _NAME_PATTERN = "referral-{:%Y-%m-%d-%H%M%S}.zip", "referral-????-??-??-??????.zip"

_LENGTH_TO_DAY = len("referral-2026-11-27")


def back_up_daily(instance: Instance) -> Path | None:
    """Write today's backup if a folder is set and has none yet, and delete the oldest ones.

    The newest one with more than twice as many records as the new one is kept, since the missing
    records may have been lost. Each node with a folder writes its own backups. Days are in UTC.
    """
    settings = instance.settings
    name = _NAME_FORMAT.format(instance.now())
    if not settings.backup_folder or any(
        path.name[:_LENGTH_TO_DAY] == name[:_LENGTH_TO_DAY] for path in _backups(settings)
    ):
        return None
    path = Path(settings.backup_folder) / name
    write_backup(settings, instance.store, path)
    larger = larger_backup(settings)
    if larger:
        _log.warning(
            "The backup of the day has %d records, and %s has %d. That one is kept.",
            larger.newest_records,
            larger.path.name,
            larger.records,
        )
    for old in _backups(settings)[settings.backups_kept :]:
        if larger and old == larger.path:
            continue
        try:
            old.unlink()
        except OSError as error:
            raise BackupError(f"{old.name} cannot be deleted.") from error
    return path


class LargerBackup(NamedTuple):
    """An earlier backup with more than twice as many records as the newest one."""

    path: Path
    records: int
    newest_records: int


def larger_backup(settings: Settings) -> LargerBackup | None:
    """Return the latest backup with more than twice as many records as the newest, if any."""
    backups = ((path, manifest_of(path)) for path in _backups(settings))
    manifests = [(path, manifest) for path, manifest in backups if manifest]
    for path, manifest in manifests[1:]:
        newest = manifests[0][1]
        if newest.has_far_fewer_than(manifest):
            return LargerBackup(path, manifest.records, newest.records)
    return None


def newest_backup_at(settings: Settings) -> datetime | None:
    """Return when the newest backup in the folder was written, None without one."""
    paths = _backups(settings)
    return datetime.fromtimestamp(paths[0].stat().st_mtime, UTC) if paths else None


def _backups(settings: Settings) -> list[Path]:
    """Return the paths of the backups in the folder, newest first."""
    if not settings.backup_folder:
        return []
    return sorted(Path(settings.backup_folder).glob(_NAME_PATTERN), reverse=True)
