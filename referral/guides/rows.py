"""Tables of guides: guides, their versions, and every address that leads to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, UtcInstant


class GuideRow(Base):
    """A guide with its present content (``GuideContent``); a deleted one can be brought back."""

    __tablename__ = "guide"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sort: Mapped[int]
    number: Mapped[int]
    is_published: Mapped[bool]
    deleted_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    looked_at: Mapped[Instant]
    looked_by: Mapped[Code]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class GuideAddressRow(Base):
    """An address that a guide has or had: an earlier one leads to the present one."""

    __tablename__ = "guide_address"
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    guide_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("guide.id", ondelete="CASCADE"), index=True
    )


class GuideVersionRow(Base):
    """What somebody did to a guide, and its content from then on."""

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
