"""Files stored in the database, written and deleted in pieces so that no transaction is long.

Code that needs a path uses a copy on this node's disk, which can always be deleted.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import BigInteger, Index, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from referral.errors import InstanceError
from referral.store.base import Base, Code, Instant
from referral.store.database import Store

_PIECE_BYTES = 2**20
_PIECES_IN_A_DELETION = 16
_LONGEST_UPLOAD = timedelta(hours=6)
FILE_ROOM = 5_000 * 2**20
"""Maximum total size of all uploads and exports, in bytes."""
_KEPT_SECONDS = 24 * 3600  # of an unused copy; it is made again when needed
_PART_SUFFIX = ".part"


class StoredFileRow(Base):
    """A stored file. Its content never changes: a replacement has another id.

    Attributes:
        subject_id: id of what the file belongs to, such as an import.
        role: distinguishes the files of a subject.
        name: file name with the extension of its format.
        is_whole: false until all pieces are written.
    """

    __tablename__ = "stored_file"
    __table_args__ = (Index(None, "subject_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject_id: Mapped[Code]
    role: Mapped[Code]
    name: Mapped[Code]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    is_whole: Mapped[bool] = mapped_column(default=False)
    stored_at: Mapped[Instant]


class StoredFilePieceRow(Base):
    """A piece of a stored file; ``number`` starts at 0.

    There is no foreign key, since pieces are deleted after their file, in batches.
    """

    __tablename__ = "stored_file_piece"
    file_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FileTooLargeError(InstanceError):
    """Raised for a file that exceeds the size of one file or, if ``is_room``, the total room."""

    def __init__(self, *, is_room: bool) -> None:
        super().__init__("There is no room." if is_room else "The file is too large.")
        self.is_room = is_room


@dataclass(frozen=True, slots=True)
class Limits:
    """Maximum size of one file and of all files together, in bytes; None for no limit."""

    largest: int | None = None
    room: int | None = None


_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A completely stored file, without its content."""

    id: str
    subject_id: str
    role: str
    name: str
    size: int
    stored_at: datetime


def save_file(
    store: Store,
    subject_id: str,
    role: str,
    name: str,
    stream: BinaryIO,
    limits: Limits = _NO_LIMITS,
) -> StoredFile:
    """Store the content of a stream, in place of the subject's file in this role.

    Each piece is written in its own transaction. The file is not visible before the last one.

    Raises:
        FileTooLargeError: the file, or all files together, would exceed the limits.
    """
    file_id, size = str(uuid4()), 0
    stored_total = stored_bytes(store)
    with store.write() as session:
        session.add(_new_file_row(file_id, subject_id, role, name))
    try:
        for number, piece in enumerate(iter(lambda: stream.read(_PIECE_BYTES), b"")):
            size += len(piece)
            _refuse_too_large(size, stored_total, limits)
            with store.write() as session:
                session.add(StoredFilePieceRow(file_id=file_id, number=number, content=piece))
    except BaseException:
        _delete_files(store, [file_id])
        raise
    with store.write() as session:
        row = session.get_one(StoredFileRow, file_id)
        row.size, row.is_whole, row.stored_at = size, True, datetime.now(UTC)
        saved = _stored_file(row)
        replaced_ids = _file_ids(session, subject_id, role, besides=file_id)
        session.execute(delete(StoredFileRow).where(StoredFileRow.id.in_(replaced_ids)))
    _delete_files(store, replaced_ids)
    return saved


def put_file(
    session: Session, subject_id: str, role: str, name: str, content: bytes, *, before: str
) -> StoredFile:
    """Store a small file in the caller's transaction, in place of the file with the id ``before``.

    Raises:
        InstanceError: the file ``before`` was replaced by another transaction.
        IntegrityError: ``before`` is "" and another transaction has stored the first file.
    """
    if before:
        deleted = session.execute(
            delete(StoredFileRow).where(StoredFileRow.id == before).returning(StoredFileRow.id)
        ).all()
        if not deleted:
            raise InstanceError(f"{name} was written by somebody else.")
        session.execute(delete(StoredFilePieceRow).where(StoredFilePieceRow.file_id == before))
    file_id = str(uuid4()) if before else str(uuid5(NAMESPACE_URL, f"{subject_id}/{role}"))
    row = _new_file_row(file_id, subject_id, role, name)
    row.size, row.is_whole = len(content), True
    session.add_all((row, StoredFilePieceRow(file_id=file_id, number=0, content=content)))
    session.flush()
    return _stored_file(row)


def content_of(session: Session, file: StoredFile) -> bytes:
    """Return the content of a stored file, which must fit in memory."""
    statement = (
        select(StoredFilePieceRow.content)
        .where(StoredFilePieceRow.file_id == file.id)
        .order_by(StoredFilePieceRow.number)
    )
    return b"".join(session.scalars(statement))


def find_file(session: Session, subject_id: str, role: str) -> StoredFile | None:
    """Return the complete file of a subject in this role, if there is one."""
    conditions = (
        StoredFileRow.subject_id == subject_id,
        StoredFileRow.role == role,
        StoredFileRow.is_whole,
    )
    row = session.scalar(
        select(StoredFileRow).where(*conditions).order_by(StoredFileRow.stored_at.desc()).limit(1)
    )
    return _stored_file(row) if row else None


def pieces_of(store: Store, file: StoredFile) -> Iterator[bytes]:
    """Yield the content of a stored file, one piece in memory at a time.

    Raises:
        InstanceError: the file was deleted meanwhile.
    """
    number = size = 0
    while size < file.size:
        with store.read() as session:
            piece = session.scalar(
                select(StoredFilePieceRow.content).where(
                    StoredFilePieceRow.file_id == file.id, StoredFilePieceRow.number == number
                )
            )
        if piece is None:
            raise InstanceError(f"{file.name} was deleted.")
        number, size = number + 1, size + len(piece)
        yield piece


def delete_files(store: Store, subject_id: str) -> None:
    """Delete all stored files of a subject."""
    with store.write() as session:
        file_ids = _file_ids(session, subject_id)
        session.execute(delete(StoredFileRow).where(StoredFileRow.id.in_(file_ids)))
    _delete_files(store, file_ids)


def delete_leftovers(store: Store, now: datetime) -> int:
    """Delete incomplete stored files and pieces without a file; return the number of files."""
    with store.read() as session:
        incomplete = session.scalars(
            select(StoredFileRow.id).where(
                ~StoredFileRow.is_whole, StoredFileRow.stored_at < now - _LONGEST_UPLOAD
            )
        ).all()
        lone_piece_ids = session.scalars(
            select(StoredFilePieceRow.file_id)
            .distinct()
            .where(StoredFilePieceRow.file_id.not_in(select(StoredFileRow.id)))
        ).all()
    _delete_files(store, [*incomplete, *lone_piece_ids])
    return len(incomplete) + len(lone_piece_ids)


def stored_file_ids(store: Store) -> frozenset[str]:
    """Return the ids of all stored files."""
    with store.read() as session:
        return frozenset(session.scalars(select(StoredFileRow.id)))


def stored_bytes(store: Store) -> int:
    """Return the total size of all complete stored files, in bytes."""
    with store.read() as session:
        return int(session.scalar(select(func.sum(StoredFileRow.size))) or 0)


def _refuse_too_large(size: int, stored_total: int, limits: Limits) -> None:
    if limits.largest is not None and size > limits.largest:
        raise FileTooLargeError(is_room=False)
    if limits.room is not None and size + stored_total > limits.room:
        raise FileTooLargeError(is_room=True)


def _new_file_row(file_id: str, subject_id: str, role: str, name: str) -> StoredFileRow:
    return StoredFileRow(
        id=file_id, subject_id=subject_id, role=role, name=name, stored_at=datetime.now(UTC)
    )


def _file_ids(
    session: Session, subject_id: str, role: str = "", *, besides: str = ""
) -> Sequence[str]:
    """Return the ids of a subject's files; incomplete ones only where no role is given."""
    statement = select(StoredFileRow.id).where(
        StoredFileRow.subject_id == subject_id, StoredFileRow.id != besides
    )
    if role:
        statement = statement.where(StoredFileRow.role == role, StoredFileRow.is_whole)
    return session.scalars(statement).all()


def _delete_files(store: Store, file_ids: Sequence[str]) -> None:
    """Delete files, some pieces in each transaction.

    SQLite overwrites deleted bytes, and other writers wait for it meanwhile.
    """
    for file_id in file_ids:
        with store.write() as session:
            session.execute(delete(StoredFileRow).where(StoredFileRow.id == file_id))
            last_number = session.scalar(
                select(func.max(StoredFilePieceRow.number)).where(
                    StoredFilePieceRow.file_id == file_id
                )
            )
        for first_number in range(
            0, -1 if last_number is None else last_number + 1, _PIECES_IN_A_DELETION
        ):
            in_batch = (
                StoredFilePieceRow.number >= first_number,
                StoredFilePieceRow.number < first_number + _PIECES_IN_A_DELETION,
            )
            with store.write() as session:
                session.execute(
                    delete(StoredFilePieceRow).where(
                        StoredFilePieceRow.file_id == file_id, *in_batch
                    )
                )
    if file_ids:
        store.erase_traces(StoredFileRow, StoredFilePieceRow)


def _stored_file(row: StoredFileRow) -> StoredFile:
    return StoredFile(row.id, row.subject_id, row.role, row.name, row.size, row.stored_at)


def local_copy(store: Store, folder: Path, file: StoredFile) -> Path:
    """Return the path of this node's copy of a stored file, copying it first where necessary.

    Raises:
        InstanceError: the file was deleted meanwhile.
    """
    path = folder / file.id / file.name
    if path.is_file() and path.stat().st_size == file.size:
        path.parent.touch()
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{uuid4()}{_PART_SUFFIX}")
    try:
        with part.open("xb") as stream:
            for piece in pieces_of(store, file):
                stream.write(piece)
        part.replace(path)
    except InstanceError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    finally:
        part.unlink(missing_ok=True)
    return path


def drop_old_copies(store: Store, folder: Path) -> int:
    """Delete local copies of deleted files, and those unused for a day; return how many."""
    copies = list(folder.iterdir()) if folder.is_dir() else []
    if not copies:
        return 0
    stored_ids, oldest_kept = stored_file_ids(store), time.time() - _KEPT_SECONDS
    outdated = [
        copy for copy in copies if copy.name not in stored_ids or _modified_at(copy) < oldest_kept
    ]
    for copy in outdated:
        shutil.rmtree(copy, ignore_errors=True)
    return len(outdated)


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # another process has just deleted it
