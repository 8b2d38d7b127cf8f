"""Tables that say what records are about, and the headings that services stand under."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, RecordRow, Str, parent


class TaxonomyRow(RecordRow):
    """See ``records.classification.Taxonomy``."""

    __tablename__ = "taxonomy"
    name: Mapped[Str]
    description: Mapped[Str]
    uri: Mapped[Str]
    version: Mapped[Code]


class TaxonomyTermRow(RecordRow):
    """See ``records.classification.TaxonomyTerm``."""

    __tablename__ = "taxonomy_term"
    name: Mapped[Str]
    code: Mapped[str] = mapped_column(String(255), default="", server_default="", index=True)
    description: Mapped[Str]
    parent_id: Mapped[str | None] = parent("taxonomy_term")
    taxonomy: Mapped[Code]
    taxonomy_id: Mapped[str | None] = parent("taxonomy")
    language: Mapped[Code]
    term_uri: Mapped[Str]
    use_references: Mapped[Str]


class AttributeRow(RecordRow):
    """See ``records.classification.Attribute``."""

    __tablename__ = "attribute"
    __table_args__ = (Index(None, "link_entity", "link_id"), Index(None, "source"))
    link_id: Mapped[str] = mapped_column(String(36))
    link_entity: Mapped[str] = mapped_column(String(64))
    taxonomy_term_id: Mapped[str | None] = parent("taxonomy_term")
    link_type: Mapped[Code]
    value: Mapped[Str]
    label: Mapped[Str]


class TranslationRow(RecordRow):
    """See ``records.classification.Translation``."""

    __tablename__ = "translation"
    __table_args__ = (Index(None, "link_entity", "link_id"), Index(None, "source"))
    link_entity: Mapped[str] = mapped_column(String(64))
    link_id: Mapped[str] = mapped_column(String(36))
    language: Mapped[Code]
    field: Mapped[Code]
    text: Mapped[Str]
    status: Mapped[Code]


class HeadingRow(Base):
    """See ``records.headings.Heading``."""

    __tablename__ = "heading"
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[Str]
    plain_words: Mapped[Str]
    name_es: Mapped[Str]
    plain_words_es: Mapped[Str]
    icon: Mapped[Code]
    sort: Mapped[int] = mapped_column(default=0)


class CrosswalkRuleRow(Base):
    """See ``records.headings.CrosswalkRule``."""

    __tablename__ = "crosswalk_rule"
    __table_args__ = (UniqueConstraint("kind", "value", "heading"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(String(255))
    heading: Mapped[str] = mapped_column(String(64), ForeignKey("heading.slug"))


class ServiceHeadingRow(RecordRow):
    """See ``records.classification.ServiceHeading``."""

    __tablename__ = "service_heading"
    service_id: Mapped[str | None] = parent("service")
    heading: Mapped[str] = mapped_column(String(64), ForeignKey("heading.slug"), index=True)
    set_by: Mapped[Code]


class MetadataRow(RecordRow):
    """See ``records.classification.Metadata``."""

    __tablename__ = "metadata"
    __table_args__ = (Index(None, "link_entity", "link_id"), Index(None, "source"))
    link_entity: Mapped[str] = mapped_column(String(64))
    link_id: Mapped[str] = mapped_column(String(36))
    last_action_date: Mapped[Code]
    last_action_type: Mapped[Code]
    field_name: Mapped[Code]
    previous_value: Mapped[Str]
    replacement_value: Mapped[Str]
    updated_by: Mapped[Str]
