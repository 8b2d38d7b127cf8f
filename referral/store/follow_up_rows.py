"""Tables of what comes after: follow-ups, slips, what was said back, and searches without results.

The way to reach a person is the one thing here that tells who somebody is. It stands alone in a
column, encrypted, and is erased on its day.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.store.base import Base, Instant, Str, UtcInstant


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


class SlipRow(Base):
    """A list of services under a short code. It says nothing of whose it is."""

    __tablename__ = "slip"
    __table_args__ = (Index(None, "ends_at"),)
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), default="en", server_default="en")
    ends_at: Mapped[Instant]
    items: Mapped[list[SlipItemRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="SlipItemRow.sort"
    )


class SlipItemRow(Base):
    """One service of a slip; ``referral_id`` where it was given at the desk."""

    __tablename__ = "slip_item"
    slip_code: Mapped[str] = mapped_column(
        String(16), ForeignKey("slip.code", ondelete="CASCADE"), primary_key=True
    )
    sort: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    service_id: Mapped[str] = mapped_column(String(36))
    location_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    referral_id: Mapped[str] = mapped_column(String(36), default="", server_default="")


class SlipReplyRow(Base):
    """What somebody with a slip said back about a service. ``slip_code`` goes with the slip."""

    __tablename__ = "slip_reply"
    __table_args__ = (
        Index(None, "service_id", "replied_at"),
        UniqueConstraint("slip_code", "service_id"),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slip_code: Mapped[str | None] = mapped_column(
        String(16), ForeignKey("slip.code", ondelete="SET NULL"), default=None
    )
    service_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    month: Mapped[str] = mapped_column(String(7))
    replied_at: Mapped[Instant]
    seen_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class MissedSearchRow(Base):
    """Words of searches that found nothing: how often in a month. Shown to no one but reviewers."""

    __tablename__ = "missed_search"
    __table_args__ = (UniqueConstraint("words", "month", "county"), Index(None, "status", "month"))
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    words: Mapped[str] = mapped_column(String(255))
    month: Mapped[str] = mapped_column(String(7))
    county: Mapped[str] = mapped_column(String(128), default="", server_default="")
    count: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(16))
    heading: Mapped[str] = mapped_column(String(64), default="", server_default="")
    term_code: Mapped[str] = mapped_column(String(255), default="", server_default="")
