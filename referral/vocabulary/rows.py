"""Tables of the vocabulary: edit history and runs of the search exam."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, UtcInstant


class VocabularyEditRow(Base):
    """One row of the vocabulary that somebody changed: what it was, and what it is.

    ``before`` is none for what was added, ``after`` none for what was taken away. What was done
    in one go has one ``group_id``; ``undoes`` is the group that this one takes back.
    """

    __tablename__ = "vocabulary_edit"
    __table_args__ = (Index(None, "group_id"),)
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    group_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(64))
    row_key: Mapped[str] = mapped_column(String(255))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    happened_at: Mapped[Instant]
    account_id: Mapped[Code]
    actor_name: Mapped[Code]
    action: Mapped[Code]
    undoes: Mapped[Code]


class ExamRunRow(Base):
    """One run of the search exam: how it went, and on which listings."""

    __tablename__ = "exam_run"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcInstant, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    actor_name: Mapped[Code]
    exam: Mapped[Code]
    marks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    failures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
