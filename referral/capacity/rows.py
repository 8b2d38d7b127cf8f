"""Table of capacity statements.

The current capacity is a ``service_capacity`` record of HSDS, which ``statements.py`` writes.
"""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant


class CapacityStatementRow(Base):
    """A statement of how many of a unit, such as beds, are free at a service."""

    __tablename__ = "capacity_statement"
    __table_args__ = (Index(None, "service_id", "said_at"), Index(None, "said_at"))
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36))
    unit: Mapped[Code]
    available: Mapped[int]
    said_at: Mapped[Instant]
    said_by: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
