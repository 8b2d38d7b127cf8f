"""The table of what the library says itself of services that come from a list."""

from __future__ import annotations

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from referral.records.local_notes import LocalField
from referral.store.base import Base, Instant, Str


class LocalNoteRow(Base):
    """One field that the library says itself; the list's own records stay as the list has them.

    Attributes:
        value: the note, hours as typed, or "yes" of what is hidden.
        upstream: what the list said of it when somebody last looked, for the field that it has.
    """

    __tablename__ = "local_note"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    field: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    value: Mapped[Str]
    upstream: Mapped[Str]
    changed_at: Mapped[Instant]
    changed_by: Mapped[str] = mapped_column(String(36), default="", server_default="")


def hidden_here() -> Select[str]:
    """A query for the ids of the services that the library shows to staff only."""
    row = LocalNoteRow
    return select(row.service_id).where(row.field == LocalField.HIDDEN.value)
