"""The table of proposals that wait. A row is deleted when staff decide."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Str


class ProposedPlaceRow(Base):
    """A place that somebody proposed. It is not a record: no search, page or export reads it."""

    __tablename__ = "proposed_place"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Str]
    helps_with: Mapped[Str]
    phone: Mapped[Str]
    web_address: Mapped[Str]
    address: Mapped[Str]
    contact: Mapped[Str]
    proposed_on: Mapped[date]
