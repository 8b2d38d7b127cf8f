"""Tables of what a library says itself: settings, texts of pages, notes on listings, credits.

And of what is held back everywhere: addresses and phone numbers, as keyed hashes only.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, String, false, select
from sqlalchemy.orm import Mapped, mapped_column

from referral.records.local_notes import LocalField
from referral.store.base import Base, Code, Instant, Str, UtcInstant


class SiteTextRow(Base):
    """A text that the library writes for its pages, in both languages.

    ``until`` is the last day on which it shows, as ISO text; "" for no end.
    """

    __tablename__ = "site_text"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text_en: Mapped[Str]
    text_es: Mapped[Str]
    until: Mapped[Code]


class LibrarySettingRow(Base):
    """A setting of the library's own by the name of its field in ``Settings``, as text."""

    __tablename__ = "library_setting"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Str]


class TaxonomyNoticeRow(Base):
    """What is to be said wherever terms of a taxonomy are shown.

    ``is_licensed`` when the list of terms may not be handed on as a whole.
    """

    __tablename__ = "taxonomy_notice"
    taxonomy: Mapped[str] = mapped_column(String(255), primary_key=True)
    notice: Mapped[Str]
    is_licensed: Mapped[bool] = mapped_column(default=False, server_default=false())


class SourceCreditRow(Base):
    """Whom the records of a source are from, under which license, and whom to tell of mistakes.

    ``is_handed_on`` when they may leave in files and by the API, and not only stand on pages.
    """

    __tablename__ = "source_credit"
    source: Mapped[str] = mapped_column(String(255), primary_key=True)
    publisher: Mapped[Code]
    licence: Mapped[Code]
    contact: Mapped[Code]
    is_handed_on: Mapped[bool] = mapped_column(default=False, server_default=false())


def licensed_taxonomies() -> Select[str]:
    """Names of the taxonomies that are not handed on: no file gives their terms as a list."""
    return select(TaxonomyNoticeRow.taxonomy).where(TaxonomyNoticeRow.is_licensed)


class LocalNoteRow(Base):
    """One field that the library says itself; the list's own records stay as the list has them.

    Attributes:
        field: a ``LocalField``, or one of ``local_notes.TRANSLATIONS``.
        value: the note, hours as typed, a translation, or "yes" of what is hidden.
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


class WithheldGroupRow(Base):
    """One address, or one phone number, that some record holds back.

    Attributes:
        kind: ``address`` or ``phone``.
        visibility: the strictest that a record with it has.
        asked_by: the sources that asked for it, a line each; ``HAND_SOURCE`` for a person here.
        state: see ``WithheldState``.
        noted_group: the group of edits that first held it back.
        decided_group: the group of edits that a decision made.
    """

    __tablename__ = "withheld_group"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    visibility: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[Str]
    state: Mapped[str] = mapped_column(String(16))
    noted_at: Mapped[Instant]
    noted_group: Mapped[Code]
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    decided_by: Mapped[Code]
    decided_group: Mapped[Code]

    @property
    def askers(self) -> tuple[str, ...]:
        """Return the sources that asked for it."""
        return tuple(filter(None, self.asked_by.split("\n")))


class WithholdingRequestRow(Base):
    """A request of a list to withhold a record that another source leads.

    Attributes:
        visibility: what the list asks for.
        noted_group: the group of edits, or the import, that first asked.
        ended_at: when the list was first seen not to ask any more; a person decides then.
    """

    __tablename__ = "withholding_request"
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str] = mapped_column(String(255), primary_key=True)
    visibility: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[Instant]
    noted_group: Mapped[Code]
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class WithheldKeyRow(Base):
    """A keyed hash of one spelling of it (``scope``: place, street, number or phone)."""

    __tablename__ = "withheld_key"
    __table_args__ = (Index(None, "group_id"),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("withheld_group.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(16))


class WithheldExceptionRow(Base):
    """A location or phone of a group that a person decided to show."""

    __tablename__ = "withheld_exception"
    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("withheld_group.id", ondelete="CASCADE"), primary_key=True
    )
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class WithheldHashKeyRow(Base):
    """The key of the hashes: one row, made with the table; ``secret`` is 32 random bytes in hex."""

    __tablename__ = "withheld_hash_key"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(String(64))
