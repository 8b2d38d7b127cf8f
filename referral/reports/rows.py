"""Tables of published counts, decided once for each closed period, and of the settings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.reports.records import Dimension, Measure
from referral.store.base import Base

DECIDED = "*"
"""The value of rows that say that a period is decided; those of months have the sum."""


class PublishedCountRow(Base):
    """One published count: every number of a report is a sum of these.

    Attributes:
        above: the value above it, as the county of a ZIP code; "" where there is none.
        value: a code or name, "" where nothing was said; ``*`` marks what is decided: with the sum
            of everything for a month, with 0 for a quarter (``2026-Q3``) and a year (``2026``).
        months: the months it covers, each ``2026-11``, with commas between.
        first_month, last_month: of these.
    """

    __tablename__ = "published_count"
    measure: Mapped[str] = mapped_column(String(32), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(32), primary_key=True)
    months: Mapped[str] = mapped_column(String(96), primary_key=True)
    above: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    first_month: Mapped[str] = mapped_column(String(7), index=True)
    last_month: Mapped[str] = mapped_column(String(7))
    count: Mapped[int]


class ReportSettingsRow(Base):
    """One row: the territory, and whether there is a public page of needs."""

    __tablename__ = "report_settings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def published_row(
    measure: Measure,
    dimension: Dimension,
    key: tuple[str, str],
    months: tuple[str, ...],
    count: int,
) -> dict[str, object]:
    """What is inserted for one published count; the key is the value above it, and the value."""
    return {
        "measure": measure.value,
        "dimension": dimension.value,
        "above": key[0],
        "value": key[1],
        "months": ",".join(months),
        "first_month": months[0],
        "last_month": months[-1],
        "count": count,
    }
