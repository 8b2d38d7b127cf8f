"""Tables of the rounded counts of closed periods, and of the settings of reports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base


class ClosedCountRow(Base):
    """One rounded count of a closed quarter or year, written once and never computed again.

    Attributes:
        period: ``2026-Q3`` or ``2026``.
        dimension: "" for the sum of everything, which says that the measure is closed.
        number: the count rounded to the nearest five; 1 for 1 to 4, and -1 for a count that is
            left out, since it would give another one away.
    """

    __tablename__ = "closed_count"
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    measure: Mapped[str] = mapped_column(String(32), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(32), primary_key=True)
    above: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    number: Mapped[int]


class ReportSettingsRow(Base):
    """One row: the territory, and whether there is a public page of needs."""

    __tablename__ = "report_settings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
