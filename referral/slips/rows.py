"""Tables of slips, their items and replies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.store.base import Base, Instant, UtcInstant


class SlipRow(Base):
    """A slip: a list of services under a short code, with no data about a person."""

    __tablename__ = "slip"
    __table_args__ = (Index(None, "ends_at"),)
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), default="en", server_default="en")
    ends_at: Mapped[Instant]
    items: Mapped[list[SlipItemRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="SlipItemRow.sort"
    )


class SlipItemRow(Base):
    """A service on a slip; ``referral_id`` and ``topic`` are set if given at the desk."""

    __tablename__ = "slip_item"
    slip_code: Mapped[str] = mapped_column(
        String(16), ForeignKey("slip.code", ondelete="CASCADE"), primary_key=True
    )
    sort: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    service_id: Mapped[str] = mapped_column(String(36))
    location_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    referral_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    topic: Mapped[str] = mapped_column(String(255), default="", server_default="")


class SlipReplyRow(Base):
    """A reply of a person or provider about a service on a slip.

    ``slip_code`` is cleared when the slip ends.
    """

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
