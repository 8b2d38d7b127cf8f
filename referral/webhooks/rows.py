"""Table of webhooks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, Str, UtcInstant


class WebhookRow(Base):
    """An address that is called: see ``records.Webhook``.

    Attributes:
        seed: with the key of the site it gives the secret; the secret itself is kept nowhere.
        earlier_seed, renewed_at: the seed before, and until when it signs too.
        told_cursor: how far the ledger was when a call was last taken.
        tries: calls in a row that were not taken.
    """

    __tablename__ = "webhook"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Code]
    url: Mapped[Str]
    seed: Mapped[Code]
    earlier_seed: Mapped[Code]
    renewed_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    is_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    added_at: Mapped[Instant]
    told_cursor: Mapped[Code]
    told_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    outcome: Mapped[Code]
    status: Mapped[int] = mapped_column(default=0, server_default="0")
    tried_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    failing_since: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    next_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
