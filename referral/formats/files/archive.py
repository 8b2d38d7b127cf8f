"""The files of a list, from a folder, a zip or one file, read into memory and never unpacked."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from referral.errors import refused
from referral.formats.files.file_type import (
    HEAD_BYTES,
    refuse_wrong_kind,
    refuse_wrong_zip,
)

MAX_FILES = 200
MAX_FILE_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 512 * 2**20
MAX_RATIO = 200
RATIO_FREE_BYTES = 10 * 2**20
_CHUNK = 2**20
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_WORKBOOKS = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
_ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED = 0x1
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The files of a list by lower-case base name, each read when asked for.

    Attributes:
        title: the name of the folder, zip or file the list came in.
        readers: what reads the bytes of each file; a reader raises ``RefusedError``.
    """

    title: str
    readers: Mapping[str, Callable[[], bytes]]

    @property
    def names(self) -> tuple[str, ...]:
        """The base names of the files, in order."""
        return tuple(self.readers)

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            RefusedError: the file is damaged, or larger than it said.
        """
        return self.readers[name]()


def open_files(path: Path) -> ListFiles:
    """The files of the list at path: a folder, a zip, or one file.

    Raises:
        RefusedError: there is nothing to read, or it is not safe to read.
    """
    if path.is_dir():
        return _files_of_folder(path)
    if not path.is_file():
        raise refused("There is no file or folder called %(name)s. Check the name.", name=path.name)
    if is_zip(path) and not is_workbook(path):
        return _files_of_zip(path)
    return ListFiles(path.name, {path.name.lower(): _plain_reader(path)})


def is_zip(path: Path) -> bool:
    """Whether the file starts as a zip does (a cut-off zip as well)."""
    with path.open("rb") as stream:
        return stream.read(4) in _ZIP_HEADS


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook (XLSX, XLSB, ODS, or an old Office file), by what is in it."""
    with path.open("rb") as stream:
        if stream.read(4) == OLD_OFFICE:
            return True
    if not is_zip(path):
        return False
    with _open_zip(path) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and "content.xml" in names:
            return b"spreadsheet" in _first_bytes(archive, "mimetype")
        return not names.isdisjoint(_WORKBOOKS)


def _first_bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of a member, nothing of it when it is damaged."""
    try:
        with archive.open(name) as stream:
            return stream.read(HEAD_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        return b""


def refuse_other_kinds(path: Path) -> None:
    """Refuse a file that is no table, by how it begins.

    Raises:
        RefusedError: it says what the file is.
    """
    with path.open("rb") as stream:
        refuse_wrong_kind(path.name, stream.read(HEAD_BYTES))


def check_zip(path: Path) -> None:
    """Refuse a zip (or a workbook, which is one) that is not safe to read.

    Raises:
        RefusedError: see the sentence of the error.
    """
    with _open_zip(path) as archive:
        _check_members(archive.infolist())


def _files_of_folder(folder: Path) -> ListFiles:
    inner = [entry for entry in sorted(folder.iterdir()) if not _is_ignored(entry.name)]
    if len(inner) == 1 and inner[0].is_dir():
        return _files_of_folder(inner[0])
    files = [entry for entry in inner if entry.is_file()]
    if len(files) > MAX_FILES:
        raise refused(
            "The folder has %(count)s files; a list has at most %(most)s.",
            count=len(files),
            most=MAX_FILES,
        )
    return ListFiles(folder.name, _by_name((file.name, _plain_reader(file)) for file in files))


def _plain_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise refused(
                "%(name)s is larger than %(megabytes)s MB. Split the list, or ask for one "
                "without attachments.",
                name=path.name,
                megabytes=MAX_FILE_BYTES // 2**20,
            )
        return path.read_bytes()

    return read


def _files_of_zip(path: Path) -> ListFiles:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise refused(
            "%(name)s is too large for a list. Send fewer files at a time.", name=path.name
        )
    with _open_zip(path) as archive:
        refuse_wrong_zip(path.name, archive.namelist())
        members = [m for m in archive.infolist() if not _is_folder(m)]
        _check_members(archive.infolist())
    kept = [m for m in members if not any(_is_ignored(part) for part in _parts(m.filename))]
    _check_one_folder(kept)
    budget = _Budget()
    readers = ((_parts(m.filename)[-1], _member_reader(path, m, budget)) for m in kept)
    return ListFiles(path.name, _by_name(readers))


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise refused(
            "%(name)s is damaged or cut short. Ask for it again, or download it again.",
            name=path.name,
        ) from error


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    files = [member for member in members if not _is_folder(member)]
    if len(files) > MAX_FILES:
        raise refused(
            "The zip has %(count)s files; a list has at most %(most)s.",
            count=len(files),
            most=MAX_FILES,
        )
    for member in files:
        _check_member(member)
    unpacked = sum(member.file_size for member in files)
    packed = sum(member.compress_size for member in files)
    if unpacked > MAX_TOTAL_BYTES:
        raise refused(
            "The zip unpacks to %(megabytes)s MB; at most %(most)s MB are read. Send fewer "
            "files at a time.",
            megabytes=unpacked // 2**20,
            most=MAX_TOTAL_BYTES // 2**20,
        )
    if unpacked > RATIO_FREE_BYTES and unpacked > MAX_RATIO * max(packed, 1):
        raise refused(
            "The zip unpacks to more than 200 times its size, as no list does. It was not opened."
        )


def _check_member(member: zipfile.ZipInfo) -> None:
    parts = _parts(member.filename)
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise refused("The zip has a file with an unsafe path (outside its own folder).")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refused("The zip has a link instead of a file. Pack the files themselves.")
    if member.flag_bits & _ENCRYPTED:
        raise refused("The zip has a password. Unpack it and pack it without one.")
    if member.compress_type not in _PACKINGS:
        # The others are unpacked in one go, however much comes out.
        raise refused("The zip is packed in an unusual way. Pack it again as an ordinary zip.")
    if parts[-1].lower().endswith(".zip"):
        raise refused("The zip has another zip inside. Unpack that one and send it alone.")


def _check_one_folder(members: list[zipfile.ZipInfo]) -> None:
    folders = {_parts(member.filename)[:-1] for member in members}
    if len(folders) > 1:
        raise refused("The zip has files in several folders. Pack only the folder of one list.")


@dataclass(slots=True)
class _Budget:
    """Bytes that may still be unpacked, whatever the zip declares."""

    left: int = MAX_TOTAL_BYTES

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise refused("The zip unpacks to more than it declares. It was not read.")


def _member_reader(path: Path, member: zipfile.ZipInfo, budget: _Budget) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return b"".join(_chunks(path, member, budget))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise refused(
                "%(name)s in the zip is damaged. Ask for the zip again.",
                name=_parts(member.filename)[-1],
            ) from error
        except (NotImplementedError, RuntimeError) as error:
            raise refused(
                "%(name)s in the zip is packed in an unusual way. Pack it again as an ordinary "
                "zip.",
                name=_parts(member.filename)[-1],
            ) from error

    return read


def _chunks(path: Path, member: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            budget.spend(len(chunk))
            yield chunk


def _by_name(
    readers: Iterator[tuple[str, Callable[[], bytes]]],
) -> dict[str, Callable[[], bytes]]:
    found: dict[str, Callable[[], bytes]] = {}
    for name, reader in readers:
        if name.lower() in found:
            raise refused("There are two files called %(name)s. Leave only one.", name=name)
        found[name.lower()] = reader
    return found


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith(("/", "\\"))


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _parts(filename: str) -> tuple[str, ...]:
    return PurePosixPath(filename.replace("\\", "/")).parts or ("",)
