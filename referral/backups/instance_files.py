"""Files of the instance folder that a backup contains: all except those that can be made again.

So new kinds of files are in the backups without being listed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sqlalchemy import make_url

from referral.backups.records import BackupError
from referral.backups.sealed_keys import CONTACT, SECRET
from referral.settings import Settings
from referral.settings_file import SETTINGS_FILE

SET_ASIDE = "set-aside"
"""Folder in the instance with the data that restores replaced."""
_TEMPORARY_ENDINGS = (".new", ".part", ".lock", ".tmp")
_GAZETTEER_PREFIX = "places-"  # files of the gazetteer, which are made from a package


def files_to_keep(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the files for a backup in order: path inside the instance folder, and full path."""
    folder = settings.instance_path
    paths_left_out = _paths_left_out(settings)
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_left_out = any(
            left_out == path or left_out in path.parents for left_out in paths_left_out
        )
        is_kept = not is_left_out and not path.name.endswith(_TEMPORARY_ENDINGS)
        if is_kept and path.is_file() and not path.is_symlink():
            yield inside.as_posix(), path


def place_for(folder: Path, name: str) -> Path:
    """Return the path in a folder to which a file of a backup is restored.

    Raises:
        BackupError: the path would be outside the folder.
    """
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or not inside.parts or "\\" in name:
        raise BackupError("The backup has a file that would lie outside the instance folder.")
    return folder.joinpath(*inside.parts)


def _paths_left_out(settings: Settings) -> set[Path]:
    """Return the paths that a backup leaves out.

    They are the database, keys, settings, index, backups, and copies of what is in the database.
    """
    folder = settings.instance_path
    paths = {
        settings.index_path,
        settings.copies_path,
        settings.progress_path,
        folder / SECRET,
        folder / CONTACT,
        folder / SETTINGS_FILE,
        folder / SET_ASIDE,
        *folder.glob(f"{_GAZETTEER_PREFIX}*"),
    }
    if settings.backup_folder:
        paths.add(Path(settings.backup_folder).absolute())
    database = make_url(settings.database_url)
    if database.get_backend_name() == "sqlite" and database.database:
        path = Path(database.database).absolute()
        paths |= {path.with_name(f"{path.name}{end}") for end in ("", "-wal", "-shm", "-journal")}
    return paths
