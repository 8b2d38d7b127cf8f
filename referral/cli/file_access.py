"""Check that no other user of this machine can read the files of an instance."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from referral.errors import SettingsError
from referral.settings import Settings

_MODE_OF_OTHERS = stat.S_IRWXO


def refuse_readable_by_others(settings: Settings) -> None:
    """Refuse to serve if all users of this machine can read the instance folder or the database.

    Raises:
        SettingsError: they can; the message has the command that corrects it.
    """
    if os.name != "posix":
        return
    for path in (settings.instance_path, _exposed_database(settings)):
        if path and _is_open_to_others(path):
            raise SettingsError(
                f"Every user of this machine can reach {path}, which holds private data and keys. "
                f"Run: chmod o-rwx {path}"
            )


def _exposed_database(settings: Settings) -> Path | None:
    """Return the SQLite file if it is in another folder that other users can enter, else None."""
    if not settings.database_url.startswith("sqlite:///"):
        return None
    path = Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0]).absolute()
    is_inside = path.is_relative_to(settings.instance_path)
    return path if not is_inside and _is_open_to_others(path.parent) else None


def _is_open_to_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _MODE_OF_OTHERS)
