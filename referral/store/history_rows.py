"""The table of field-level history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Instant


class RecordEditRow(Base):
    """One change of one record: see ``records.history.Edit``."""

    __tablename__ = "record_edit"
    __table_args__ = (
        Index(None, "record_id", "kind"),
        Index(None, "group_id", "record_id", "kind"),
        Index(None, "batch_id"),
        Index(None, "happened_at"),
    )
    # SQLite numbers rows by itself only where the column is a plain INTEGER.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(16))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    happened_at: Mapped[Instant]
    made_by: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    batch_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    group_id: Mapped[str] = mapped_column(String(36))
