"""Who on this machine may read the files of an instance: its user, and nobody else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from referral.errors import SettingsError
from referral.settings import Settings

_OTHERS = stat.S_IRWXO


def refuse_readable_by_others(settings: Settings) -> None:
    """Refuse to serve from a folder, or a database elsewhere, that all users of this machine read.

    Raises:
        SettingsError: it is so; the message has the command that mends it.
    """
    if os.name != "posix":
        return
    for path in (settings.instance_path, _database_elsewhere(settings)):
        if path and _lets_others_in(path):
            raise SettingsError(
                f"Every user of this machine can reach {path}, which holds private data and keys. "
                f"Run: chmod o-rwx {path}"
            )


def _database_elsewhere(settings: Settings) -> Path | None:
    """The file of SQLite, where it is in another folder that others may enter."""
    if not settings.database_url.startswith("sqlite:///"):
        return None
    path = Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0]).absolute()
    is_inside = path.is_relative_to(settings.instance_path)
    return path if not is_inside and _lets_others_in(path.parent) else None


def _lets_others_in(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OTHERS)
