"""Tables of the library's own settings, page texts and notes, of credits, and of withheld keys.

Withheld addresses and phone numbers are stored there as keyed hashes only.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, String, false, select
from sqlalchemy.orm import Mapped, mapped_column

from referral.records.local_notes import LocalField
from referral.store.base import Base, Code, Instant, Str, UtcInstant


class SiteTextRow(Base):
    """A text of the library for its pages, in English and Spanish.

    ``until`` is the last day on which the text is shown, as ISO text; "" for no end.
    """

    __tablename__ = "site_text"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text_en: Mapped[Str]
    text_es: Mapped[Str]
    until: Mapped[Code]


class LibrarySettingRow(Base):
    """A setting of the library as text, by the name of its field in ``Settings``."""

    __tablename__ = "library_setting"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Str]


class TaxonomyNoticeRow(Base):
    """The notice that is shown with the terms of a taxonomy, such as a copyright.

    ``is_licensed`` means that the terms must not be published as a whole.
    """

    __tablename__ = "taxonomy_notice"
    taxonomy: Mapped[str] = mapped_column(String(255), primary_key=True)
    notice: Mapped[Str]
    is_licensed: Mapped[bool] = mapped_column(default=False, server_default=false())


class SourceCreditRow(Base):
    """The publisher of a source list, its license, and its contact for mistakes.

    ``is_handed_on`` means that its records may be published in exports and the API, not only shown
    on pages.
    """

    __tablename__ = "source_credit"
    source: Mapped[str] = mapped_column(String(255), primary_key=True)
    publisher: Mapped[Code]
    licence: Mapped[Code]
    contact: Mapped[Code]
    is_handed_on: Mapped[bool] = mapped_column(default=False, server_default=false())


def licensed_taxonomies() -> Select[str]:
    """Return a query for the names of taxonomies whose terms must not be exported as a list."""
    return select(TaxonomyNoticeRow.taxonomy).where(TaxonomyNoticeRow.is_licensed)


class LocalNoteRow(Base):
    """A note, hours, a translation or the hiding of a listing by the library itself.

    The records of the source list are not changed by it.

    Attributes:
        field: a ``LocalField``, or one of ``local_notes.TRANSLATIONS``.
        value: the note, hours as typed, a translation, or "yes" for hidden.
        upstream: the value of the list when a person last compared it, for fields that lists have.
    """

    __tablename__ = "local_note"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    field: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    value: Mapped[Str]
    upstream: Mapped[Str]
    changed_at: Mapped[Instant]
    changed_by: Mapped[str] = mapped_column(String(36), default="", server_default="")


def hidden_here() -> Select[str]:
    """Return a query for the ids of the services that the library shows to staff only."""
    return select(LocalNoteRow.service_id).where(LocalNoteRow.field == LocalField.HIDDEN.value)


class WithheldGroupRow(Base):
    """An address or phone number that a record withholds.

    Attributes:
        kind: ``address`` or ``phone``.
        visibility: the strictest visibility of its records.
        asked_by: the sources that withhold it, one per line; ``HAND_SOURCE`` for a person here.
        state: see ``WithheldState``.
        noted_group: the group of edits that first withheld it.
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
        """Return the sources that withhold the address or phone number."""
        return tuple(filter(None, self.asked_by.split("\n")))


class WithholdingRequestRow(Base):
    """A list's request to withhold a record that another source maintains.

    Attributes:
        visibility: the visibility that the list requests.
        noted_group: the group of edits, or the import, that first requested it.
        ended_at: when an import of the list first no longer requested it; a person then decides.
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
    """A keyed hash of one spelling of a withheld address or phone number.

    ``scope`` is one of ``withheld_keys.Scope``.
    """

    __tablename__ = "withheld_key"
    __table_args__ = (Index(None, "group_id"),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("withheld_group.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(16))


class WithheldExceptionRow(Base):
    """A location or phone that a person decided to show although its group is withheld."""

    __tablename__ = "withheld_exception"
    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("withheld_group.id", ondelete="CASCADE"), primary_key=True
    )
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class WithheldHashKeyRow(Base):
    """The HMAC key of the withheld hashes, created with the table; one row.

    ``secret`` is 32 random bytes in hex.
    """

    __tablename__ = "withheld_hash_key"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(String(64))
