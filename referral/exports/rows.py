"""Table of the files that were asked for."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant


class ExportFileRow(Base):
    """A file that was asked for; see ``files.ExportFile``. Its content is a stored file."""

    __tablename__ = "export_file"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    form: Mapped[Code]
    source: Mapped[Code]
    asked_at: Mapped[Instant]
    services: Mapped[int] = mapped_column(BigInteger, default=0)
    records: Mapped[int] = mapped_column(BigInteger, default=0)
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    last_edit: Mapped[int] = mapped_column(BigInteger, default=0)
