"""Tables of events: imports, change log, edit history, merges, view counts, daily jobs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, StoredMessage, Str, UtcInstant


class ImportBatchRow(Base):
    """An import of a list: its upload, format, state and result.

    Attributes:
        list_name: name of the file as uploaded; only shown.
        started_at: when the list was uploaded.
        prepared_at: when the list was compared with the stored records.
        finished_at: when the import was applied.
        undone_group: group of edits that undid the import.
        message: why the list cannot be read.
        outcome: what applying or undoing did not change: lists of kind, id and fields.
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
    """A change of a record in the change log.

    Attributes:
        sequence: rises in the order of commits.
        token: random number, the same for all changes that were logged together. A restored
            database may reuse a sequence, but not with its token.
    """

    __tablename__ = "change"
    __table_args__ = (Index(None, "noted_at"),)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(36))
    noted_at: Mapped[Instant]
    token: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class SchemaStateRow(Base):
    """The oldest schema revision whose release can serve on these tables, "" for any; one row."""

    __tablename__ = "schema_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    serves_from: Mapped[Code]


class StoreStateRow(Base):
    """Identity of the store, and the last and the last pruned sequence of its log; one row.

    ``listing_day`` is the day by which listings appear and end (``store/listing_day.py``).
    """

    __tablename__ = "store_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[str] = mapped_column(String(36))
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    pruned_through: Mapped[int] = mapped_column(BigInteger, default=0)
    listing_day: Mapped[date | None]


class CheckpointRow(Base):
    """The sequence up to which the job ``name`` has processed the change log."""

    __tablename__ = "work_mark"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[Instant]


class RecordMergeRow(Base):
    """A merge of one record into another. Unless it is undone, old links lead to the survivor.

    ``group_id`` is the group of edits by which the merge is undone.
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
    """Number of times the public page of a service was opened in a month (``2026-11``)."""

    __tablename__ = "opened_count"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class MissedSearchRow(Base):
    """Number of searches without a result for a topic, by month and place; no words are stored.

    ``term_code`` is "" for searches whose words match no topic.
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
    """A job that one node runs once a day, and the end of the lease of the node that runs it."""

    __tablename__ = "daily_job"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    done_on: Mapped[date | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class NodeFilesRow(Base):
    """Digests of the files that each node has of its own: see ``directory.node_files``."""

    __tablename__ = "node_files"
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    digests: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    seen_at: Mapped[Instant]


class RecordEditRow(Base):
    """An edit of a record: see ``records.edits.Edit``."""

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
