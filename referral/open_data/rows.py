"""Tables of the publication ledger and of export files."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, UtcInstant


class PublicationRow(Base):
    """A record that is or was public; records that never were have no row.

    Attributes:
        digest: SHA-256 of its public JSON; "" once it is gone.
        sequence: rises with each change that the public sees, over all kinds.
        modified_at: time of that change.
        gone_at: since when the record is not public, whatever the reason.
        redirect_to: id of the record that it was merged into.
    """

    __tablename__ = "publication"
    __table_args__ = (Index(None, "sequence", unique=True), Index(None, "kind", "modified_at"))
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[Code]
    sequence: Mapped[int] = mapped_column(BigInteger)
    modified_at: Mapped[Instant]
    gone_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    redirect_to: Mapped[Code]


class PublicationRunRow(Base):
    """Sequences assigned by one update: those after the previous run, up to the last.

    ``token`` is random: a restored database may assign a sequence again, but never with its token.
    """

    __tablename__ = "publication_run"
    last_sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    token: Mapped[Code]
    made_at: Mapped[Instant]


class PublicationStateRow(Base):
    """Position of the ledger in the change log; a single row.

    Attributes:
        store_id: id of the database; a restored one has another.
        log_sequence: the last change that was processed.
        form: version of the digests; another one compares every record again.
        checked_on: the day on which every record was last compared.
        forgotten_through: tombstones up to this sequence may have been deleted.
    """

    __tablename__ = "publication_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[Code]
    log_sequence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    form: Mapped[Code]
    checked_on: Mapped[date | None]
    forgotten_through: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class ExportFileRow(Base):
    """A requested export file; see ``ExportFile``. Its content is a stored file."""

    __tablename__ = "export_file"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    form: Mapped[Code]
    source: Mapped[Code]
    asked_at: Mapped[Instant]
    services: Mapped[int] = mapped_column(BigInteger, default=0)
    records: Mapped[int] = mapped_column(BigInteger, default=0)
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    last_edit: Mapped[int] = mapped_column(BigInteger, default=0)
