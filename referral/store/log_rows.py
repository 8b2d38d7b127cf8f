"""Tables that tell what happened: imports, and the change log that indexes follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, Said, Str, UtcInstant


class ImportBatchRow(Base):
    """One import: what came in, in which format, and what it did.

    Attributes:
        list_name: what its owner calls the file; only shown.
        started_at: when it came in.
        prepared_at: when it was compared with what is stored.
        finished_at: when it was applied.
        undone_group: the group of changes that took it back.
        message: why it cannot be read.
        outcome: what applying or undoing left alone: lists of kind, id and fields.
    """

    __tablename__ = "import_batch"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str] = mapped_column(String(255), index=True)
    format: Mapped[Code]
    list_name: Mapped[Str]
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="applied", server_default="applied")
    why: Mapped[Said]
    wanted_format: Mapped[str] = mapped_column(String(64), default="auto", server_default="auto")
    account_id: Mapped[Code]
    upload: Mapped[Code]
    prepared_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    undone_group: Mapped[Code]
    message: Mapped[Said]
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")


class ChangeRow(Base):
    """That a record changed. ``sequence`` rises in the order of commits."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "noted_at"),)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(36))
    noted_at: Mapped[Instant]


class StoreStateRow(Base):
    """One row: which store this is, the last sequence given out, the last one pruned."""

    __tablename__ = "store_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[str] = mapped_column(String(36))
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    pruned_through: Mapped[int] = mapped_column(BigInteger, default=0)
