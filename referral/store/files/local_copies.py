"""Copies of stored files on this node's disk, for what needs a path; they can always be deleted."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from uuid import uuid4

from referral.errors import DirectoryError
from referral.store.database import Store
from referral.store.files.stored_files import StoredFile, kept_ids, pieces_of

_KEPT_SECONDS = 24 * 3600  # of one that nobody asked for; it is copied again
_PART = ".part"


def local_copy(store: Store, folder: Path, file: StoredFile) -> Path:
    """Where this node has a copy of a file, which it makes where it has none.

    Raises:
        DirectoryError: the file was deleted meanwhile.
    """
    path = folder / file.id / file.name
    if path.is_file() and path.stat().st_size == file.size:
        path.parent.touch()
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{uuid4()}{_PART}")
    try:
        with part.open("xb") as stream:
            for piece in pieces_of(store, file):
                stream.write(piece)
        part.replace(path)
    except DirectoryError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    finally:
        part.unlink(missing_ok=True)
    return path


def drop_copy(folder: Path, file: StoredFile) -> None:
    """Delete this node's copy of a file."""
    shutil.rmtree(folder / file.id, ignore_errors=True)


def drop_old_copies(store: Store, folder: Path) -> int:
    """Delete copies of files that are gone, and those that nobody asked for lately; how many."""
    copies = list(folder.iterdir()) if folder.is_dir() else []
    if not copies:
        return 0
    kept, before = kept_ids(store), time.time() - _KEPT_SECONDS
    gone = [each for each in copies if each.name not in kept or _changed(each) < before]
    for each in gone:
        shutil.rmtree(each, ignore_errors=True)
    return len(gone)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # another process has just deleted it
