"""Tables of background jobs, their progress, and the lease of the worker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, StoredMessage, UtcInstant


class JobState(StrEnum):
    """The state of a background job."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"  # its worker crashed
    DONE = "done"
    FAILED = "failed"


class JobRow(Base):
    """A background job on a subject, for example reading an upload.

    Attributes:
        owner: the worker that runs it.
        message: why it failed.
        was_resumed: whether it was run again after its worker crashed.
    """

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
    """Progress of the job on a subject, for all nodes; see ``progress``."""

    __tablename__ = "job_progress"
    subject_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    what: Mapped[Code]
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)


class WorkerLeaseRow(Base):
    """The lease of the worker that runs jobs; one row.

    Another worker may take it when there was no heartbeat for a while.
    """

    __tablename__ = "worker_lease"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[Code]
    beat_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
