"""Table of the vocabulary's edit history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant


class VocabularyEditRow(Base):
    """An edit of a vocabulary row, such as a thesaurus entry, with values before and after.

    ``before`` is None for an added row, ``after`` for a deleted row. Edits made together share a
    ``group_id``; ``undoes`` is the group that an undo reverted.
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
