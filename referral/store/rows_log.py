"""Tables of events: imports, change log, field history, merges, view counts, jobs of the day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, StoredMessage, Str, UtcInstant


class ImportBatchRow(Base):
    """One import: what came in, in which format, and what it did.

    Attributes:
        list_name: what its owner calls the file; only shown.
        started_at: when it came in.
        prepared_at: when it was compared with what is stored.
        finished_at: when it was applied.
        undone_group: the group of changes that took it back.
        message: why it cannot be read.
        outcome: what applying or undoing left alone: lists of kind, id and fields.
    """

    __tablename__ = "import_batch"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str] = mapped_column(String(255), index=True)
    format: Mapped[Code]
    list_name: Mapped[Str]
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="applied", server_default="applied")
    why: Mapped[StoredMessage]
    wanted_format: Mapped[str] = mapped_column(String(64), default="auto", server_default="auto")
    account_id: Mapped[Code]
    upload: Mapped[Code]
    prepared_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    undone_group: Mapped[Code]
    message: Mapped[StoredMessage]
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")


class ChangeRow(Base):
    """That a record changed. ``sequence`` rises in the order of commits.

    ``token`` is random, the same for all that was logged together: a restored database may give a
    number out again, never with its token.
    """

    __tablename__ = "change"
    __table_args__ = (Index(None, "noted_at"),)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(36))
    noted_at: Mapped[Instant]
    token: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class SchemaStateRow(Base):
    """One row: the oldest revision whose release can serve on these tables; "" for any."""

    __tablename__ = "schema_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    serves_from: Mapped[Code]


class StoreStateRow(Base):
    """One row: which store this is, the last sequence given out, the last one pruned.

    ``listing_day`` is the day by which listings appear and end (``store/listing_day.py``).
    """

    __tablename__ = "store_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[str] = mapped_column(String(36))
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    pruned_through: Mapped[int] = mapped_column(BigInteger, default=0)
    listing_day: Mapped[date | None]


class CheckpointRow(Base):
    """How far in the change log some work has come; ``name`` says which."""

    __tablename__ = "work_mark"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[Instant]


class RecordMergeRow(Base):
    """That one record went into another. While it is not undone, old links lead to the other.

    ``group_id`` is the merge in the history of records; the way back is along that.
    """

    __tablename__ = "record_merge"
    __table_args__ = (Index(None, "kind", "loser_id"), Index(None, "merged_at"))
    group_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    loser_id: Mapped[str] = mapped_column(String(36))
    survivor_id: Mapped[str] = mapped_column(String(36))
    pair_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    merged_at: Mapped[Instant]
    merged_by: Mapped[str] = mapped_column(String(36), default="", server_default="")
    undone_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class ViewCountRow(Base):
    """How often the public page of a service was opened in a month (``2026-11``). No more."""

    __tablename__ = "opened_count"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class MissedSearchRow(Base):
    """How often, in a month, searches for a topic found nothing; no word is kept.

    ``term_code`` is "" for searches whose words stand for no topic.
    """

    __tablename__ = "missed_search"
    __table_args__ = (
        UniqueConstraint("heading", "term_code", "month", "county", "zip_code"),
        Index(None, "month"),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    county: Mapped[str] = mapped_column(String(128), default="", server_default="")
    zip_code: Mapped[str] = mapped_column(String(5), default="", server_default="")
    count: Mapped[int] = mapped_column(default=0)
    heading: Mapped[str] = mapped_column(String(64), default="", server_default="")
    term_code: Mapped[str] = mapped_column(String(255), default="", server_default="")


class DailyJobRow(Base):
    """A job that one node does once a day; ``leased_until`` keeps the others away meanwhile."""

    __tablename__ = "daily_job"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    done_on: Mapped[date | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class NodeFilesRow(Base):
    """What a node of several has for itself, when it last said so: see ``directory.node_files``."""

    __tablename__ = "node_files"
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    digests: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    seen_at: Mapped[Instant]


class RecordEditRow(Base):
    """One change of one record: see ``records.edits.Edit``."""

    __tablename__ = "record_edit"
    __table_args__ = (
        Index(None, "record_id", "kind"),
        Index(None, "group_id", "record_id", "kind"),
        Index(None, "batch_id"),
        Index(None, "happened_at"),
    )
    # SQLite numbers rows by itself only where the column is a plain INTEGER.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(16))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    happened_at: Mapped[Instant]
    made_by: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    batch_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    group_id: Mapped[str] = mapped_column(String(36))
