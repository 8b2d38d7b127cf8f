"""Tables of shared computers: devices, and visits that were ended early."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant


class TerminalDeviceRow(Base):
    """A browser that has the mark of a terminal; the mark is the signed ``id``.

    ``seen_on`` is the day when it last showed a page. ``ended_on`` is set when an admin revokes the
    mark; the device still ends visits, and its pages say that it is not set up.
    """

    __tablename__ = "terminal_device"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    label: Mapped[Code]
    marked_on: Mapped[date]
    seen_on: Mapped[date]
    ended_on: Mapped[date | None] = mapped_column(default=None)


class EndedVisitRow(Base):
    """A visit at a terminal that ended early, stored until it would have expired anyway."""

    __tablename__ = "ended_visit"
    visit_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    forget_at: Mapped[Instant] = mapped_column(index=True)
