"""The table of proposed places that wait for a decision of staff, which deletes the row."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Str


class ProposedPlaceRow(Base):
    """A place that a patron or somebody else proposed for listing.

    It is no record: search, public pages and exports skip it.
    """

    __tablename__ = "proposed_place"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Str]
    helps_with: Mapped[Str]
    phone: Mapped[Str]
    web_address: Mapped[Str]
    address: Mapped[Str]
    contact: Mapped[Str]
    proposed_on: Mapped[date]
