"""Table of staff notes. It is not a record table, so no export, index or public page reads it."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, Str


class StaffNoteRow(Base):
    """A staff note on a service, and the reason not to refer patrons there."""

    __tablename__ = "staff_note"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    note: Mapped[Str]
    do_not_refer: Mapped[Str]
    changed_at: Mapped[Instant]
    changed_by: Mapped[Code]
