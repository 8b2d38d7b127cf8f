"""Files of a provider list (folder, zip, gzip or one file): bounded reads, nothing unpacked.

All defenses against hostile archives are here: unsafe paths, links, passwords, zip bombs, unusual
compression methods.
"""

from __future__ import annotations

import gzip
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Self

from referral.errors import RefusedError, refused
from referral.formats.files.file_type import HEAD_BYTES, refuse_wrong_kind, refuse_wrong_zip

MAX_FILES = 200
MAX_RATIO = 200
RATIO_FREE_BYTES = 10 * 2**20
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_WORKBOOKS = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_TABLES = (".csv", ".tsv", *WORKBOOK_ENDINGS)
_MOST_NAMED = 5
_ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GZIP_HEAD = b"\x1f\x8b"
_ENCRYPTED_FLAG = 0x1
_COMPRESSION_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
MAX_FILE_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 512 * 2**20
SMALL_CHUNK = 2**16
LARGE_CHUNK = 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
_UNSUPPORTED = (NotImplementedError, RuntimeError)
UNREADABLE = (*_DAMAGE, *_UNSUPPORTED)
Opener = Callable[[], AbstractContextManager[IO[bytes]]]
ZipSource = Path | bytes


class Container(Enum):
    """The container in which a source list was received: folder, zip, gzip or file."""

    FOLDER = auto()
    ZIP = auto()
    GZIP = auto()
    FILE = auto()


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The files of a source list; each is opened only when it is read.

    Attributes:
        path: the folder, zip or file in which the list was received.
        container: the kind of ``path``.
        files: the files in it.
        links: paths of links that lead out of the folder; they are not followed.
    """

    path: Path
    container: Container
    files: tuple[ListFile, ...]
    links: tuple[str, ...] = ()
    budget: Budget | None = None

    @property
    def title(self) -> str:
        """Return the name of the folder, zip or file of the source list."""
        return self.path.name

    @property
    def names(self) -> tuple[str, ...]:
        """Return the paths of a source list's files, in order."""
        return tuple(file.path for file in self.files)

    def open(self, name: str, limit: int = MAX_TOTAL_BYTES) -> BoundedStream:
        """Open a file of a source list for reading at most ``limit`` bytes.

        Its own limit holds as well.
        """
        file = self._file(name)
        return BoundedStream(file, min(limit, file.limit), self.budget)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file of a source list in chunks.

        Raises:
            RefusedError: it is damaged, packed in an unusual way, or too large.
        """
        with self.open(name) as stream:
            while chunk := stream.read(SMALL_CHUNK):
                yield chunk

    def read(self, name: str) -> bytes:
        """Read a whole file of a source list, of at most ``MAX_FILE_BYTES``.

        Raises:
            RefusedError: as for ``chunks``.
        """
        file = self._file(name)
        if file.size > MAX_FILE_BYTES:
            raise too_large(name, MAX_FILE_BYTES)
        # A plain file is read in one piece, so that joining copies nothing.
        size = LARGE_CHUNK if self.container is Container.ZIP else file.size + 1
        with self.open(name, MAX_FILE_BYTES) as stream:
            return b"".join(iter(lambda: stream.read(size), b""))

    def head(self, name: str) -> bytes:
        """Read at most the first 64 KB of a file of a source list."""
        with self.open(name) as stream:
            return stream.read(SMALL_CHUNK)

    def flat(self) -> ListFiles:
        """Return the source list with only the files beside its tables, by base name in lower case.

        Raises:
            RefusedError: a zip has several folders, the tables are in a subfolder, two files have
                one name, or the container is not a list of tables.
        """
        files, path = self.files, self.path
        if self.container is Container.FOLDER:
            inner = posixpath.commonpath([*map(posixpath.dirname, self.names)] or [""])
            files = tuple(file for file in files if posixpath.dirname(file.path) == inner)
            _refuse_nested_tables(self, files)
            path /= inner
        elif self.container is Container.ZIP:
            _refuse_other_zip(self)
        else:
            head = _GZIP_HEAD if self.container is Container.GZIP else self.head(self.names[0])
            refuse_wrong_kind(self.title, head[:HEAD_BYTES])
        found: dict[str, ListFile] = {}
        for file in files:
            name = posixpath.basename(file.path)
            if name.lower() in found:
                raise refused("There are two files called %(name)s. Leave only one.", name=name)
            found[name.lower()] = replace(file, path=name.lower())
        return replace(self, path=path, files=tuple(found.values()))

    def _file(self, name: str) -> ListFile:
        # Of several files with one path the last is the one that programs unpack.
        return next(file for file in reversed(self.files) if file.path == name)


def open_files(path: Path) -> ListFiles:
    """Open the files of a source list: a folder, a zip or a single file.

    Raises:
        RefusedError: there is nothing to read, or it is not safe to read.
    """
    if path.is_dir():
        return _files_of_folder(path)
    if not path.is_file():
        raise refused("There is no file or folder called %(name)s. Check the name.", name=path.name)
    if is_zip(path):
        return _files_of_zip(path, path)
    size = path.stat().st_size
    if _starts_with(path, _GZIP_HEAD):
        # No list is packed to less than a 200th.
        limit = min(max(RATIO_FREE_BYTES, MAX_RATIO * size), MAX_TOTAL_BYTES)
        inner = ListFile(path.name.removesuffix(".gz"), size, partial(_open_gzip, path), limit)
        return ListFiles(path, Container.GZIP, (inner,))
    plain = ListFile(path.name, size, partial(_open_plain, path))
    return ListFiles(path, Container.FILE, (plain,))


def zip_members(name: str, content: bytes) -> ListFiles:
    """Open the members of a zip inside a source list, such as a workbook.

    Raises:
        RefusedError: it is not safe to read.
    """
    return _files_of_zip(Path(name), content)


def is_zip(source: ZipSource) -> bool:
    """Return whether an uploaded file starts like a zip, even if it is cut off."""
    return _starts_with(source, *_ZIP_HEADS)


def is_workbook(name: str, source: ZipSource) -> bool:
    """Return whether the content of a file is a workbook (XLSX, XLSB, ODS or old Office)."""
    if _starts_with(source, OLD_OFFICE):
        return True
    if not is_zip(source):
        return False
    with _open_zip(name, source) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and "content.xml" in names:
            with suppress(*UNREADABLE), archive.open("mimetype") as stream:
                return b"spreadsheet" in stream.read(HEAD_BYTES)
            return False
        return not names.isdisjoint(_WORKBOOKS)


def _starts_with(source: ZipSource, *heads: bytes) -> bool:
    if isinstance(source, bytes):
        return source.startswith(heads)
    with source.open("rb") as stream:
        return stream.read(4).startswith(heads)


def _open_plain(path: Path) -> BufferedReader:
    return path.open("rb")


def _open_gzip(path: Path) -> BufferedReader:
    return BufferedReader(gzip.open(path, "rb"))


def _files_of_folder(folder: Path) -> ListFiles:
    root = folder.resolve()
    files: list[ListFile] = []
    links: list[str] = []
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if any(_is_ignored(part) for part in inside.parts) or not file.is_file():
            continue
        if not file.resolve().is_relative_to(root):
            links.append(inside.as_posix())
            continue
        size = file.stat().st_size
        files.append(ListFile(inside.as_posix(), size, partial(_open_plain, file)))
        if len(files) > MAX_FILES:
            raise refused(
                "The folder has more than %(most)s files. No list has so many.", most=MAX_FILES
            )
    return ListFiles(folder, Container.FOLDER, tuple(files), tuple(links))


def _files_of_zip(path: Path, source: ZipSource) -> ListFiles:
    with _open_zip(path.name, source) as archive:
        members = [m for m in archive.infolist() if not m.filename.endswith(("/", "\\"))]
    _check_members(members)
    kept = tuple(
        ListFile(
            "/".join(_path_parts(member)), member.file_size, partial(_open_member, source, member)
        )
        for member in members
        if not any(map(_is_ignored, _path_parts(member)))
    )
    return ListFiles(path, Container.ZIP, kept, budget=Budget(MAX_TOTAL_BYTES))


@contextmanager
def _open_member(source: ZipSource, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(_zip_source(source)) as archive, archive.open(member) as stream:
        yield stream


def _refuse_nested_tables(files: ListFiles, direct_files: Iterable[ListFile]) -> None:
    """Refuse a folder with tables only in subfolders, and name the likely source list."""
    if any(file.path.lower().endswith(_TABLES) for file in direct_files):
        return
    tables = [name for name in files.names if name.lower().endswith(_TABLES)]
    folders = sorted({posixpath.dirname(name) for name in tables})
    likely = sorted({posixpath.dirname(name) for name in tables if _is_main_table(name)})
    if len(likely) == 1:
        raise refused(
            "%(name)s itself has no table. Its folder %(folder)s looks like a list. Import that.",
            name=files.title,
            folder=likely[0],
        )
    if folders:
        raise refused(
            "%(name)s itself has no table. Import one of its folders: %(folders)s.",
            name=files.title,
            folders=", ".join((likely or folders)[:_MOST_NAMED]),
        )


def _is_main_table(name: str) -> bool:
    stem = posixpath.basename(name).partition(".")[0].lower()
    return stem.removesuffix("s") in {"organization", "service", "agencie"}


def _refuse_other_zip(files: ListFiles) -> None:
    """Refuse a zip that is not a source list of tables in one folder."""
    if files.path.stat().st_size > MAX_FILE_BYTES:
        raise refused(
            "%(name)s is too large for a list. Send fewer files at a time.", name=files.title
        )
    refuse_wrong_zip(files.title, files.names)
    if len({posixpath.dirname(name) for name in files.names}) > 1:
        raise refused("The zip has files in several folders. Pack only the folder of one list.")


def _zip_source(source: ZipSource) -> Path | BytesIO:
    return BytesIO(source) if isinstance(source, bytes) else source


def _open_zip(name: str, source: ZipSource) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(_zip_source(source))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise refused(
            "%(name)s is damaged or cut short. Ask for it again, or download it again.",
            name=name,
        ) from error


def _check_members(files: list[zipfile.ZipInfo]) -> None:
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
            "The zip unpacks to more than 200 times its size. No list does that. It was not opened."
        )


def _check_member(member: zipfile.ZipInfo) -> None:
    parts = _path_parts(member)
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise refused("The zip has a file with an unsafe path (outside its own folder).")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refused("The zip has a link instead of a file. Pack the files themselves.")
    if member.flag_bits & _ENCRYPTED_FLAG:
        raise refused("The zip has a password. Unpack it and pack it without one.")
    if member.compress_type not in _COMPRESSION_METHODS:
        # Other methods unpack a file in one go, whatever its size.
        raise refused("The zip is packed in an unusual way. Pack it again as an ordinary zip.")
    if parts[-1].lower().endswith(".zip"):
        raise refused("The zip has another zip inside. Unpack that one and send it alone.")


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _path_parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    return PurePosixPath(member.filename.replace("\\", "/")).parts or ("",)


@dataclass(frozen=True, slots=True)
class ListFile:
    """One file of a source list: in a folder, in a zip or by itself.

    Attributes:
        path: path inside the list, with ``/``.
        size: bytes that it declares; of a gzip, those of the packed file.
        opener: opens it for reading.
        limit: bytes that are read at most, whatever is declared.
    """

    path: str
    size: int
    opener: Opener
    limit: int = MAX_TOTAL_BYTES


@dataclass(slots=True)
class Budget:
    """Bytes of a zip that may still be unpacked; reading a file of it again costs nothing."""

    left: int
    counted: dict[Opener, int] = field(default_factory=dict)

    def spend(self, opener: Opener, total: int) -> None:
        """Count the bytes unpacked so far from one file, and refuse a zip above the budget."""
        counted = self.counted.get(opener, 0)
        if total > counted:
            self.counted[opener] = total
            self.left -= total - counted
        if self.left < 0:
            raise refused("The zip unpacks to more than it declares. It was not read.")


class BoundedStream:
    """A binary stream of a list's file, limited in size and open as long as the ``with`` lasts.

    Reading raises ``RefusedError`` for a damaged file and beyond the limit of bytes.
    """

    def __init__(self, file: ListFile, limit: int, budget: Budget | None) -> None:
        self._file = file
        self._limit = limit
        self._budget = budget
        self._read_count = 0

    def __enter__(self) -> Self:
        with _refuse_damage(self._file.path):
            self._opening = self._file.opener()
            self._stream = self._opening.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._opening.__exit__(None, None, None)

    def read(self, size: int = LARGE_CHUNK) -> bytes:
        """Read at most ``size`` bytes of a size-limited stream; empty at the end."""
        with _refuse_damage(self._file.path):
            chunk = self._stream.read(size)
        self._read_count += len(chunk)
        if self._budget:
            self._budget.spend(self._file.opener, self._read_count)
        if self._read_count > self._limit:
            raise too_large(self._file.path, self._limit)
        return chunk


def too_large(name: str, limit: int) -> RefusedError:
    """Return the error for a file of a source list that is larger than a limit."""
    return refused(
        "%(name)s is larger than %(megabytes)s MB. Split the list, or ask for one without "
        "attachments.",
        name=name,
        megabytes=limit // 2**20,
    )


@contextmanager
def _refuse_damage(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise refused("%(name)s is damaged or cut short. Ask for it again.", name=name) from error
    except _UNSUPPORTED as error:
        raise refused(
            "%(name)s is packed in an unusual way. Pack it again as an ordinary zip.", name=name
        ) from error
