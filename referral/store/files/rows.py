"""Tables of files that all nodes share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant


class StoredFileRow(Base):
    """A file. Its content never changes: what takes its place has another id.

    Attributes:
        subject_id: what it belongs to, such as an import.
        role: which of the files of its subject it is.
        name: ends as its kind of file does.
        is_whole: false while its pieces come in.
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
    """A piece of a file, from 0.

    No foreign key: pieces are deleted some at a time, after their file.
    """

    __tablename__ = "stored_file_piece"
    file_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
