"""Tables of what is held back everywhere: addresses and phone numbers, as keyed hashes only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, UtcInstant


class WithheldGroupRow(Base):
    """One address, or one phone number, that some record holds back.

    Attributes:
        kind: ``address`` or ``phone``.
        visibility: the strictest that a record with it has.
        state: see ``WithheldState``.
        noted_group: the group of edits that first held it back.
        decided_group: the group of edits that a decision made.
    """

    __tablename__ = "withheld_group"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    visibility: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    noted_at: Mapped[Instant]
    noted_group: Mapped[Code]
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    decided_by: Mapped[Code]
    decided_group: Mapped[Code]


class WithheldKeyRow(Base):
    """A keyed hash of one spelling of it (``scope``: place, street, number or phone)."""

    __tablename__ = "withheld_key"
    __table_args__ = (Index(None, "group_id"),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("withheld_group.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(16))


class WithheldExceptionRow(Base):
    """A location or phone of a group that a person decided to show."""

    __tablename__ = "withheld_exception"
    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("withheld_group.id", ondelete="CASCADE"), primary_key=True
    )
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class WithheldHashKeyRow(Base):
    """The key of the hashes: one row, made with the table; ``secret`` is 32 random bytes in hex."""

    __tablename__ = "withheld_hash_key"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(String(64))
