"""The files of a list by their paths inside it, read piece by piece and never unpacked."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import IO

from referral.errors import refused
from referral.formats.files import archive

_CHUNK = 2**16
_GZIP_HEAD = b"\x1f\x8b"
_Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class ListStreams:
    """The files of a list.

    Attributes:
        title: the name of the folder, zip or file the list came in.
        openers: path inside the list, with ``/`` → what opens the file.
        limit: bytes that a file may have at most, whatever it declares.
    """

    title: str
    openers: Mapping[str, _Opener]
    limit: int = archive.MAX_TOTAL_BYTES

    @property
    def names(self) -> tuple[str, ...]:
        """The paths of the files, in order."""
        return tuple(self.openers)

    def chunks(self, name: str, limit: int = 0) -> Iterator[bytes]:
        """The bytes of a file in pieces.

        Raises:
            RefusedError: it is damaged, or larger than the limit (bytes; the list's by default).
        """
        limit = min(limit or self.limit, self.limit)
        left = limit
        try:
            with self.openers[name]() as stream:
                while chunk := stream.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise refused(
                            "%(name)s is larger than %(megabytes)s MB. Split the list.",
                            name=name,
                            megabytes=limit // 2**20,
                        )
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise refused(
                "%(name)s is damaged or cut short. Ask for it again.", name=name
            ) from error
        except (NotImplementedError, RuntimeError) as error:
            raise refused(
                "%(name)s is packed in an unusual way. Pack it again as an ordinary zip.",
                name=name,
            ) from error

    def read(self, name: str) -> bytes:
        """All the bytes of a file.

        Raises:
            RefusedError: as for ``chunks``.
        """
        return b"".join(self.chunks(name, archive.MAX_FILE_BYTES))

    def head(self, name: str) -> bytes:
        """The first bytes of a file, at most 64 KB."""
        return next(self.chunks(name), b"")


def open_streams(path: Path) -> ListStreams:
    """The files of the list at path: a folder, a zip, a gzip or one file.

    Raises:
        RefusedError: there is nothing to read, or it is not safe to read.
    """
    if path.is_dir():
        return ListStreams(path.name, dict(_in_folder(path)))
    if not path.is_file():
        raise refused("There is no file or folder called %(name)s. Check the name.", name=path.name)
    if archive.is_zip(path):
        archive.check_zip(path)
        return ListStreams(path.name, dict(_in_zip(path)))
    with path.open("rb") as stream:
        packed = stream.read(2) == _GZIP_HEAD
    if packed:
        name = path.name.removesuffix(".gz")
        return ListStreams(
            path.name, {name: lambda: BufferedReader(gzip.open(path, "rb"))}, _limit(path)
        )
    return ListStreams(path.name, {path.name: lambda: path.open("rb")})


def _limit(path: Path) -> int:
    """What a gzip of this size may unpack to; no list is packed to less than a 200th."""
    honest = max(archive.RATIO_FREE_BYTES, archive.MAX_RATIO * path.stat().st_size)
    return min(honest, archive.MAX_TOTAL_BYTES)


def _in_folder(folder: Path) -> Iterator[tuple[str, _Opener]]:
    root = folder.resolve()
    count = 0
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or not file.is_file():
            continue
        if not file.resolve().is_relative_to(root):
            continue  # a link that leads out of the folder
        count += 1
        if count > archive.MAX_FILES:
            raise refused(
                "The folder has more than %(most)s files, as no list has.",
                most=archive.MAX_FILES,
            )
        yield relative.as_posix(), _file_opener(file)


def _file_opener(file: Path) -> _Opener:
    return lambda: file.open("rb")


def _in_zip(path: Path) -> Iterator[tuple[str, _Opener]]:
    with zipfile.ZipFile(path) as zipped:
        names = [member.filename for member in zipped.infolist() if not member.is_dir()]
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if parts and not any(part.startswith(".") or part == "__MACOSX" for part in parts):
            yield "/".join(parts), _member_opener(path, name)


def _member_opener(path: Path, name: str) -> _Opener:
    return lambda: _Member(path, name)


class _Member:
    """A file of a zip, open for as long as the ``with`` lasts."""

    def __init__(self, path: Path, name: str) -> None:
        self._zip = zipfile.ZipFile(path)
        self._name = name

    def __enter__(self) -> IO[bytes]:
        try:
            return self._zip.open(self._name)
        except BaseException:
            self._zip.close()
            raise

    def __exit__(self, *_error: object) -> None:
        self._zip.close()
