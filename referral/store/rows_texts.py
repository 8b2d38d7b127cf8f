"""Tables of texts that a library writes for its pages, and notices of taxonomies."""

from __future__ import annotations

from sqlalchemy import Select, String, false, select
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Str


class SiteTextRow(Base):
    """A text that the library writes for its pages, in both languages.

    ``until`` is the last day on which it shows, as ISO text; "" for no end.
    """

    __tablename__ = "site_text"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text_en: Mapped[Str]
    text_es: Mapped[Str]
    until: Mapped[Code]


class TaxonomyNoticeRow(Base):
    """What is to be said wherever terms of a taxonomy are shown.

    ``is_licensed`` when the list of terms may not be handed on as a whole.
    """

    __tablename__ = "taxonomy_notice"
    taxonomy: Mapped[str] = mapped_column(String(255), primary_key=True)
    notice: Mapped[Str]
    is_licensed: Mapped[bool] = mapped_column(default=False, server_default=false())


def licensed_taxonomies() -> Select[str]:
    """Names of the taxonomies that are not handed on: no file gives their terms as a list."""
    return select(TaxonomyNoticeRow.taxonomy).where(TaxonomyNoticeRow.is_licensed)
