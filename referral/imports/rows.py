"""Tables of imports: sources with their rules, review items, problems, absences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, StoredMessage, Str, UtcInstant


class SourceRow(Base):
    """A source of provider lists, with its import rules: see ``records.SourceRules``.

    ``changed_at`` is when an import of the source was last applied or undone: comparisons from
    before are stale.
    """

    __tablename__ = "source"
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    is_authority: Mapped[bool] = mapped_column(default=False)
    trusted_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    contact_note: Mapped[Str]
    changed_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class ReviewItemRow(Base):
    """Changes of a listing (organization, service or location) by an import, in one review group.

    Attributes:
        number: position in the review, from 0: all items of a listing follow each other.
        change_group: see ``records.ChangeGroup``.
        changes: its ``ListChange`` structs, packed.
        decision: decision about all its changes; ``some`` if ``choices`` has single ones.
        choices: "kind/id" or "kind/id/field" → decision.
    """

    __tablename__ = "import_card"
    __table_args__ = (
        Index(None, "batch_id", "change_group", "title"),
        Index(None, "batch_id", "decision", "change_group"),
    )
    batch_id: Mapped[str] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(36))
    title: Mapped[Code]
    subtitle: Mapped[Code]
    is_private: Mapped[bool] = mapped_column(default=False)
    change_group: Mapped[str] = mapped_column(String(32))
    changes: Mapped[bytes] = mapped_column(LargeBinary)
    decision: Mapped[str] = mapped_column(String(16))
    choices: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class AcceptedPartRow(Base):
    """A part that one list added to a record of another list, and that a person accepted."""

    __tablename__ = "accepted_part"
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    accepted_at: Mapped[Instant]
    accepted_by: Mapped[Code]


class ImportProblemRow(Base):
    """A problem of an imported list: see ``records.problems.Problem``."""

    __tablename__ = "import_problem"
    __table_args__ = (Index(None, "batch_id", "code"),)
    batch_id: Mapped[str] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(16))
    message: Mapped[StoredMessage] = mapped_column("detail")
    file: Mapped[Str]
    line: Mapped[int]
    column: Mapped[Str]
    lines: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")


class ImportAbsenceRow(Base):
    """A stored record that the last whole list of a followed source lacked: see ``absences``.

    ``lists`` is the number of such lists in a row, ``batch_id`` the last of them.
    """

    __tablename__ = "import_absence"
    source: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    lists: Mapped[int]
    first_missed_at: Mapped[Instant]
    batch_id: Mapped[str] = mapped_column(String(36))
