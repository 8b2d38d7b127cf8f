"""Base classes of tables, column types, names of constraints, and batches for queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, TypeVar

import msgspec
from sqlalchemy import JSON, DateTime, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from referral.message import NOTHING, Message

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_messages = msgspec.json.Decoder(Message)
Str = Annotated[str, mapped_column(Text, default="", server_default="")]
Code = Annotated[str, mapped_column(String(255), default="", server_default="")]
T = TypeVar("T")


class UtcInstant(TypeDecorator[datetime]):
    """Column type of an aware datetime, stored as UTC in every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Return ``datetime``; SQLAlchemy does not infer it for a decorated type."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:  # noqa: ARG002
        """Return the instant in UTC; raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone; use datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:  # noqa: ARG002
        """Return the stored instant in UTC; SQLite returns it naive."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MessageText(TypeDecorator[Message]):
    """Column type of a message with its values, stored as JSON text.

    Other stored text is English, from before messages had values.
    """

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[Message]:
        """Return ``Message``; SQLAlchemy does not infer it for a decorated type."""
        return Message

    def process_bind_param(self, value: Message | None, dialect: object) -> str | None:  # noqa: ARG002
        """Return a message as JSON, "" for an empty one."""
        if value is None:
            return None
        return msgspec.json.encode(value).decode() if value else ""

    def process_result_value(self, value: str | None, dialect: object) -> Message | None:  # noqa: ARG002
        """Return the message from JSON or from plain English text."""
        if value is None:
            return None
        try:
            return _messages.decode(value)
        except msgspec.MsgspecError:
            return Message(value)


StoredMessage = Annotated[Message, mapped_column(MessageText, default=NOTHING, server_default="")]
Instant = Annotated[datetime, mapped_column(UtcInstant)]


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


def parent(kind: str) -> MappedColumn[Any]:
    """Return a nullable, indexed foreign key column to the records of a kind.

    The database checks it at commit, so that an import may write children and parents in any order.
    """
    return mapped_column(
        String(36),
        ForeignKey(f"{kind}.id", deferrable=True, initially="DEFERRED"),
        index=True,
        default=None,
    )


class RecordRow(Base):
    """Columns of every record: visibility, retirement, source and import.

    A record with ``retired_at`` is stored but not shown: its source list no longer has it.
    """

    __abstract__ = True

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:  # noqa: N805  # SQLAlchemy passes the class
        return (Index(None, "source"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visibility: Mapped[str] = mapped_column(String(16), default="public", server_default="public")
    retired_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    updated_at: Mapped[datetime] = mapped_column(
        UtcInstant, default=lambda: datetime.now(UTC), onupdate=lambda: datetime.now(UTC)
    )
    source: Mapped[Code]
    source_key: Mapped[Str]
    origin_file: Mapped[Str]
    origin_line: Mapped[int] = mapped_column(default=0, server_default="0")
    import_batch_id: Mapped[str | None] = mapped_column(
        String(36),
        ForeignKey("import_batch.id", deferrable=True, initially="DEFERRED"),
        default=None,
    )
    unmapped: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most ``size``."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
