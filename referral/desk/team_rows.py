"""Tables of the team: shift notes, saved searches and lists of a desk, and the daily job."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Instant, Str


class ShiftNoteRow(Base):
    """What colleagues should know about a service for some days. Staff only."""

    __tablename__ = "shift_note"
    __table_args__ = (Index(None, "ends_on"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36), index=True)
    words: Mapped[Str]
    account_id: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[Instant]
    ends_on: Mapped[date]


class SavedSearchRow(Base):
    """A search that a desk makes again and again; ``address`` has the values of its address."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("desk", "name"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    desk: Mapped[str] = mapped_column(String(64), default="", server_default="")
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class FavoriteRow(Base):
    """A service on a named list of a desk."""

    __tablename__ = "favorite"
    __table_args__ = (UniqueConstraint("desk", "name", "service_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    desk: Mapped[str] = mapped_column(String(64), default="", server_default="")
    name: Mapped[str] = mapped_column(String(120))
    service_id: Mapped[str] = mapped_column(String(36))
