"""Tables of rounded counts of closed periods and of report settings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base


class ClosedCountRow(Base):
    """A rounded report count of a closed quarter or year, written once and never recomputed.

    Attributes:
        period: ``2026-Q3`` or ``2026``.
        dimension: "" for the total, whose row also marks the measure as closed.
        number: the count rounded to the nearest five; 1 for 1 to 4, -1 for a count that is left
            out because other counts could be derived from it.
    """

    __tablename__ = "closed_count"
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    measure: Mapped[str] = mapped_column(String(32), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(32), primary_key=True)
    above: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    number: Mapped[int]


class ReportSettingsRow(Base):
    """The report settings in a single row: territory, and whether there is a public page."""

    __tablename__ = "report_settings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
