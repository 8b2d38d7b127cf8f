"""Table of followed sources."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, StoredMessage, Str, UtcInstant


class FollowedSourceRow(Base):
    """A source whose lists are fetched: see ``records.SourceForm`` and ``FollowedSource``.

    Attributes:
        cursor: position up to which the source is settled: a cursor of its feed, or an instant.
        next_cursor: that position once the import ``batch_id`` is settled.
        is_rest: whether that import has the changes left after small ones were applied.
        is_shrunk: whether a person confirmed a list that seemed to be cut short.
        etag, last_modified, digest: of the last whole file.
    """

    __tablename__ = "followed_source"
    __table_args__ = (Index(None, "name", unique=True),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[Str]
    is_on: Mapped[bool] = mapped_column(default=False)
    every_hours: Mapped[int] = mapped_column(default=24)
    format: Mapped[Code]
    is_together: Mapped[bool] = mapped_column(default=False)
    small_changes: Mapped[list[str]] = mapped_column(JSON, default=list)
    publisher: Mapped[Code]
    licence: Mapped[Code]
    contact: Mapped[Code]
    is_handed_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    etag: Mapped[Code]
    last_modified: Mapped[Code]
    digest: Mapped[Code]
    cursor: Mapped[Code]
    next_cursor: Mapped[Code]
    batch_id: Mapped[Code]
    is_rest: Mapped[bool] = mapped_column(default=False)
    is_shrunk: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[Code]
    message: Mapped[StoredMessage]
    failures: Mapped[int] = mapped_column(default=0)
    pulled_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    whole_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    next_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None, index=True)
