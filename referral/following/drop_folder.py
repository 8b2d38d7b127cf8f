"""Lists that a partner puts into a folder below the one in the settings."""

from __future__ import annotations

import hashlib
import shutil
import time
import zipfile
from pathlib import Path

from referral.errors import refused
from referral.following.fetched_list import FetchedList

SETTLED_SECONDS = 60.0
"""A file that was changed more recently than this may be incomplete."""
_PIECE = 1 << 20


def fetch_from_folder(
    folder: Path, into: Path, known: FetchedList, *, is_together: bool, largest: int
) -> FetchedList:
    """Copy the newest list in a partner's drop folder, or zip all of them.

    Nothing is done if the last pull had the same.

    Args:
        largest: bytes that the files may have.

    Raises:
        RefusedError: there is no file, one is still being written, or they are too large.
    """
    files = sorted(_files_in(folder))
    if not files:
        raise refused("There is no file in this folder.")
    if not is_together:
        files = [max(files, key=lambda path: (path.stat().st_mtime, path.name))]
    if any(time.time() - path.stat().st_mtime < SETTLED_SECONDS for path in files):
        raise refused("A file is still being written. We look again later.")
    if sum(path.stat().st_size for path in files) > largest:
        raise refused("The files are too large. Ask for a higher limit.")
    digest = _digest(files)
    if digest == known.digest:
        return known
    if len(files) == 1:
        path = into / f"list{files[0].suffix.lower()}"
        shutil.copyfile(files[0], path)
    else:
        path = into / "list.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for each in files:
                packed.write(each, each.name)
    return FetchedList(path=path, digest=digest)


def _files_in(folder: Path) -> list[Path]:
    if not folder.is_dir() or folder.is_symlink():
        raise refused("There is no such folder on the server.")
    return [
        path
        for path in folder.iterdir()
        if path.is_file() and not path.is_symlink() and not path.name.startswith((".", "~"))
    ]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode())
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()
