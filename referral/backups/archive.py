"""Format of a backup file: a ZIP archive with a manifest of its parts and their checksums.

::

    manifest.json            written last
    tables/<name>.jsonl      column names, then one row in each line
    files/<path>             of the instance folder
    logo/<name>              if the logo is elsewhere
    keys.sealed              only with a passphrase
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from referral.backups.records import FORMAT, BackupError, Manifest, Part

MANIFEST = "manifest.json"
TABLES, FILES, LOGO, KEYS = "tables/", "files/", "logo/", "keys.sealed"
_CHUNK_BYTES = 1 << 20
_UNREADABLE = (EOFError, KeyError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""Errors that reading a damaged file raises."""


class BackupWriter:
    """Writer of a backup to a temporary file, which replaces the target when it is complete.

    Only the owner may read the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary_path = path.with_name(f"{path.name}.new")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._temporary_path.unlink(missing_ok=True)
        handle = os.open(self._temporary_path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._stream = os.fdopen(handle, "w+b")
        self._archive = zipfile.ZipFile(self._stream, "w", zipfile.ZIP_DEFLATED)
        self.parts: list[Part] = []

    def add(self, name: str, chunks: Iterable[bytes], *, is_table: bool = False) -> Part:
        """Write a part of the backup.

        Args:
            chunks: for a table, its column names and then a row in each chunk.
        """
        digest, size, count = hashlib.sha256(), 0, -1
        with self._archive.open(name, "w", force_zip64=True) as stream:
            for chunk in chunks:
                stream.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                count += 1
        part = Part(name, size, digest.hexdigest(), count if is_table else None)
        self.parts.append(part)
        return part

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and move the complete backup to its target path."""
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._archive.writestr(MANIFEST, text)
        self._archive.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._temporary_path.replace(self._path)

    def abandon(self) -> None:
        """Close and delete the incomplete backup."""
        self._archive.close()
        self._stream.close()
        self._temporary_path.unlink(missing_ok=True)


class BackupFile:
    """A backup file that is opened for reading.

    Raises:
        BackupError: the file is not a backup, or was made by a newer release.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
            self.manifest = msgspec.json.decode(self._archive.read(MANIFEST), type=Manifest)
        except (*_UNREADABLE, msgspec.MsgspecError) as error:
            raise BackupError(f"{path.name} is no backup of this program.") from error
        if self.manifest.format != FORMAT:
            raise BackupError(f"{path.name} was made by a newer version.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def check(self) -> None:
        """Compare the size and checksum of all parts with the manifest.

        Raises:
            BackupError: a part is missing or was changed.
        """
        for part in self.manifest.parts:
            if self._size_and_digest(part.name) != (part.size, part.sha256):
                raise BackupError(f"{part.name} in the backup is damaged.")

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a table in the backup.

        Raises:
            BackupError: the backup has no such part.
        """
        if name not in self._archive.NameToInfo:
            raise BackupError(f"{name} is missing in the backup.")
        with self._archive.open(name) as stream:
            yield from stream

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a part of the backup."""
        with self._archive.open(name) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk

    def names(self, folder: str) -> list[str]:
        """Return the names of the parts in a folder of the archive."""
        return [part.name for part in self.manifest.parts if part.name.startswith(folder)]

    def _size_and_digest(self, name: str) -> tuple[int, str] | None:
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in self.chunks(name):
                digest.update(chunk)
                size += len(chunk)
        except _UNREADABLE:
            return None
        return size, digest.hexdigest()


def manifest_of(path: Path) -> Manifest | None:
    """Return the manifest of a backup, None if the file does not exist or is not a backup."""
    try:
        with BackupFile(path) as backup:
            return backup.manifest
    except BackupError:
        return None


def chunks_of_file(path: Path) -> Iterator[bytes]:
    """Yield the content of a file on disk."""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
