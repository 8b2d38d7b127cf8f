"""Tables of background jobs, of their progress, and of the worker's lease."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, StoredMessage, UtcInstant


class JobState(StrEnum):
    """How far a piece of work in the background has come."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"  # whoever did it crashed
    DONE = "done"
    FAILED = "failed"


class JobRow(Base):
    """A piece of work on one subject, for example reading one upload."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "subject_id"), Index(None, "state"))
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    owner: Mapped[Code]
    account_id: Mapped[Code]
    message: Mapped[StoredMessage]
    created_at: Mapped[Instant]
    started_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    was_resumed: Mapped[bool] = mapped_column(default=False)


class JobProgressRow(Base):
    """How far the work on a subject is, for all nodes; see ``progress``."""

    __tablename__ = "job_progress"
    subject_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    what: Mapped[Code]
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)


class WorkerLeaseRow(Base):
    """One row: who does the work now. Without a beat for a while, somebody else may."""

    __tablename__ = "worker_lease"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[Code]
    beat_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
