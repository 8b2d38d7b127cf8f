"""Tables of guides: guides, their versions, and every address that leads to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.guides.records import Guide, GuideContent
from referral.store.base import Base, Code, Instant, UtcInstant


class GuideRow(Base):
    """A guide with its current content (``GuideContent``); a deleted one can be restored."""

    __tablename__ = "guide"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sort: Mapped[int]
    number: Mapped[int]
    is_published: Mapped[bool]
    deleted_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    looked_at: Mapped[Instant]
    looked_by: Mapped[Code]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)

    def to_guide(self) -> Guide:
        """Return the guide in a database row as a plain value."""
        return Guide(
            id=self.id,
            content=msgspec.convert(self.content, GuideContent),
            number=self.number,
            is_published=self.is_published,
            is_deleted=self.deleted_at is not None,
            looked_at=self.looked_at,
            looked_by=self.looked_by,
        )


class GuideAddressRow(Base):
    """A current or earlier slug of a guide. Earlier ones redirect to the current one."""

    __tablename__ = "guide_address"
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    guide_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("guide.id", ondelete="CASCADE"), index=True
    )


class GuideVersionRow(Base):
    """A version of a guide: a change, who made it, and the content after it."""

    __tablename__ = "guide_version"
    guide_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("guide.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[Code]
    happened_at: Mapped[Instant]
    account_id: Mapped[Code]
    actor_name: Mapped[Code]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
