"""Table of the keys by which partners ask the API more often."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code


class ApiKeyRow(Base):
    """A key of a partner, as its digest; see ``records.ApiKey``."""

    __tablename__ = "api_key"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Code]
    per_minute: Mapped[int]
    made_on: Mapped[date]
    seen_on: Mapped[date | None] = mapped_column(default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)
