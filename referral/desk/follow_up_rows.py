"""Tables of what comes after: follow-ups, slips, what was said back, and searches without results.

The way to reach a person is the one thing here that tells who somebody is. It stands alone in a
column, encrypted, and is erased on its day.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.store.base import Base, Instant, Str


class FollowUpRow(Base):
    """A follow-up that a person agreed to. ``contact`` is encrypted, and empty once erased."""

    __tablename__ = "follow_up"
    __table_args__ = (Index(None, "status", "due_on"), Index(None, "erase_on"))
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    inquiry_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("inquiry.id", ondelete="CASCADE"), unique=True
    )
    permitted_at: Mapped[Instant]
    due_on: Mapped[date]
    erase_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(16))
    contact_kind: Mapped[str] = mapped_column(String(16), default="", server_default="")
    contact: Mapped[Str]
    tries: Mapped[list[FollowUpTryRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="FollowUpTryRow.tried_at"
    )


class FollowUpTryRow(Base):
    """One try to reach the person."""

    __tablename__ = "follow_up_try"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    follow_up_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("follow_up.id", ondelete="CASCADE"), index=True
    )
    tried_at: Mapped[Instant]
    result: Mapped[str] = mapped_column(String(16))
