"""Tables of the directory, one for each kind of record, with the fields of ``referral.records``.

Taxonomy terms, headings and crosswalk rules are among them.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, RecordRow, Str, parent


class TaxonomyRow(RecordRow):
    """A taxonomy of terms: see ``records.classification.Taxonomy``."""

    __tablename__ = "taxonomy"
    name: Mapped[Str]
    description: Mapped[Str]
    uri: Mapped[Str]
    version: Mapped[Code]


class TaxonomyTermRow(RecordRow):
    """A term of a taxonomy: see ``records.classification.TaxonomyTerm``."""

    __tablename__ = "taxonomy_term"
    name: Mapped[Str]
    code: Mapped[str] = mapped_column(String(255), default="", server_default="", index=True)
    description: Mapped[Str]
    parent_id: Mapped[str | None] = parent("taxonomy_term")
    sort: Mapped[int | None]
    taxonomy: Mapped[Code]
    taxonomy_id: Mapped[str | None] = parent("taxonomy")
    language: Mapped[Code]
    term_uri: Mapped[Str]
    use_references: Mapped[Str]


class AttributeRow(RecordRow):
    """A taxonomy term of a record: see ``records.classification.Attribute``."""

    __tablename__ = "attribute"
    __table_args__ = (Index(None, "link_entity", "link_id"), Index(None, "source"))
    link_id: Mapped[str] = mapped_column(String(36))
    link_entity: Mapped[str] = mapped_column(String(64))
    taxonomy_term_id: Mapped[str | None] = parent("taxonomy_term")
    link_type: Mapped[Code]
    value: Mapped[Str]
    label: Mapped[Str]


class TranslationRow(RecordRow):
    """A translated field of a record: see ``records.classification.Translation``."""

    __tablename__ = "translation"
    __table_args__ = (Index(None, "link_entity", "link_id"), Index(None, "source"))
    link_entity: Mapped[str] = mapped_column(String(64))
    link_id: Mapped[str] = mapped_column(String(36))
    language: Mapped[Code]
    field: Mapped[Code]
    text: Mapped[Str]
    status: Mapped[Code]


class HeadingRow(Base):
    """A heading under which users browse services: see ``records.headings.Heading``."""

    __tablename__ = "heading"
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[Str]
    plain_words: Mapped[Str]
    name_es: Mapped[Str]
    plain_words_es: Mapped[Str]
    icon: Mapped[Code]
    sort: Mapped[int] = mapped_column(default=0)


class CrosswalkRuleRow(Base):
    """A rule that places services under a heading: see ``records.headings.CrosswalkRule``."""

    __tablename__ = "crosswalk_rule"
    __table_args__ = (UniqueConstraint("kind", "value", "heading"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(String(255))
    heading: Mapped[str] = mapped_column(String(64), ForeignKey("heading.slug"))


class ServiceHeadingRow(RecordRow):
    """A heading that a service is filed under: see ``records.classification.ServiceHeading``."""

    __tablename__ = "service_heading"
    service_id: Mapped[str | None] = parent("service")
    heading: Mapped[str] = mapped_column(String(64), ForeignKey("heading.slug"), index=True)
    set_by: Mapped[Code]


class MetadataRow(RecordRow):
    """A change of a record as published by its source: see ``records.classification.Metadata``."""

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


class OrganizationRow(RecordRow):
    """An organization: see ``records.hsds.Organization``."""

    __tablename__ = "organization"
    name: Mapped[Str]
    alternate_name: Mapped[Str]
    description: Mapped[Str]
    email: Mapped[Str]
    website: Mapped[Str]
    year_incorporated: Mapped[int | None]
    legal_status: Mapped[Str]
    tax_id: Mapped[Str]
    tax_status: Mapped[Str]
    logo: Mapped[Str]
    uri: Mapped[Str]
    parent_organization_id: Mapped[str | None] = parent("organization")


class ProgramRow(RecordRow):
    """A program of an organization: see ``records.hsds.Program``."""

    __tablename__ = "program"
    organization_id: Mapped[str | None] = parent("organization")
    name: Mapped[Str]
    alternate_name: Mapped[Str]
    description: Mapped[Str]


class ServiceRow(RecordRow):
    """A service of an organization: see ``records.hsds.Service``."""

    __tablename__ = "service"
    organization_id: Mapped[str | None] = parent("organization")
    name: Mapped[Str]
    program_id: Mapped[str | None] = parent("program")
    alternate_name: Mapped[Str]
    description: Mapped[Str]
    url: Mapped[Str]
    email: Mapped[Str]
    status: Mapped[str] = mapped_column(String(32), default="active", server_default="active")
    interpretation_services: Mapped[Str]
    application_process: Mapped[Str]
    fees_description: Mapped[Str]
    wait_time: Mapped[Str]
    accreditations: Mapped[Str]
    licenses: Mapped[Str]
    eligibility_description: Mapped[Str]
    minimum_age: Mapped[float | None]
    maximum_age: Mapped[float | None]
    assured_date: Mapped[date | None]
    assurer_email: Mapped[Str]
    verified_by: Mapped[Str]
    alert: Mapped[Str]
    keywords: Mapped[Str]
    listed_from: Mapped[date | None]
    listed_until: Mapped[date | None]


class LocationRow(RecordRow):
    """A location of services: see ``records.hsds.Location``."""

    __tablename__ = "location"
    organization_id: Mapped[str | None] = parent("organization")
    location_type: Mapped[str] = mapped_column(String(16), default="physical")
    name: Mapped[Str]
    alternate_name: Mapped[Str]
    description: Mapped[Str]
    transportation: Mapped[Str]
    url: Mapped[Str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_source: Mapped[str] = mapped_column(String(16), default="", server_default="")
    external_identifier: Mapped[Str]
    external_identifier_type: Mapped[Str]


class ServiceAtLocationRow(RecordRow):
    """A link of a service to a location: see ``records.hsds.ServiceAtLocation``."""

    __tablename__ = "service_at_location"
    service_id: Mapped[str | None] = parent("service")
    location_id: Mapped[str | None] = parent("location")
    description: Mapped[Str]


class ContactRow(RecordRow):
    """A contact person: see ``records.hsds.Contact``."""

    __tablename__ = "contact"
    organization_id: Mapped[str | None] = parent("organization")
    service_id: Mapped[str | None] = parent("service")
    service_at_location_id: Mapped[str | None] = parent("service_at_location")
    location_id: Mapped[str | None] = parent("location")
    name: Mapped[Str]
    title: Mapped[Str]
    department: Mapped[Str]
    email: Mapped[Str]


class PhoneRow(RecordRow):
    """A phone number: see ``records.hsds.Phone``."""

    __tablename__ = "phone"
    organization_id: Mapped[str | None] = parent("organization")
    service_id: Mapped[str | None] = parent("service")
    location_id: Mapped[str | None] = parent("location")
    service_at_location_id: Mapped[str | None] = parent("service_at_location")
    contact_id: Mapped[str | None] = parent("contact")
    number: Mapped[Str]
    extension: Mapped[Str]
    type: Mapped[Code]
    description: Mapped[Str]
    tel: Mapped[Code]


class AddressRow(RecordRow):
    """An address of a location: see ``records.hsds.Address``."""

    __tablename__ = "address"
    location_id: Mapped[str | None] = parent("location")
    attention: Mapped[Str]
    address_1: Mapped[Str]
    address_2: Mapped[Str]
    city: Mapped[Str]
    region: Mapped[Str]
    state_province: Mapped[Str]
    postal_code: Mapped[Code]
    country: Mapped[Code]
    address_type: Mapped[Code]


class ScheduleRow(RecordRow):
    """A schedule of hours, a closure or an event: see ``records.hsds.Schedule``."""

    __tablename__ = "schedule"
    service_id: Mapped[str | None] = parent("service")
    location_id: Mapped[str | None] = parent("location")
    service_at_location_id: Mapped[str | None] = parent("service_at_location")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    dtstart: Mapped[date | None]
    until: Mapped[date | None]
    count: Mapped[int | None]
    wkst: Mapped[Code]
    freq: Mapped[Code]
    interval: Mapped[int | None]
    byday: Mapped[Code]
    byweekno: Mapped[Code]
    bymonthday: Mapped[Code]
    byyearday: Mapped[Code]
    timezone: Mapped[Code]
    opens_at: Mapped[Code]
    closes_at: Mapped[Code]
    closed: Mapped[bool] = mapped_column(default=False)
    description: Mapped[Str]
    schedule_link: Mapped[Str]
    attending_type: Mapped[Str]
    notes: Mapped[Str]
    group: Mapped[Str]
    is_event: Mapped[bool] = mapped_column(default=False, server_default=false())


class ServiceAreaRow(RecordRow):
    """An area that a service serves: see ``records.hsds.ServiceArea``."""

    __tablename__ = "service_area"
    service_id: Mapped[str | None] = parent("service")
    service_at_location_id: Mapped[str | None] = parent("service_at_location")
    name: Mapped[Str]
    description: Mapped[Str]
    extent: Mapped[Str]
    extent_type: Mapped[Code]
    uri: Mapped[Str]
    area_kind: Mapped[Code]
    area_codes: Mapped[Str]


class LanguageRow(RecordRow):
    """A language that is spoken: see ``records.hsds.Language``."""

    __tablename__ = "language"
    service_id: Mapped[str | None] = parent("service")
    location_id: Mapped[str | None] = parent("location")
    phone_id: Mapped[str | None] = parent("phone")
    name: Mapped[Str]
    code: Mapped[Code]
    note: Mapped[Str]


class AccessibilityRow(RecordRow):
    """An accessibility feature of a location: see ``records.hsds.Accessibility``."""

    __tablename__ = "accessibility"
    location_id: Mapped[str | None] = parent("location")
    description: Mapped[Str]
    details: Mapped[Str]
    url: Mapped[Str]


class CostOptionRow(RecordRow):
    """A cost of a service: see ``records.hsds.CostOption``."""

    __tablename__ = "cost_option"
    service_id: Mapped[str | None] = parent("service")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    option: Mapped[Str]
    currency: Mapped[Code]
    amount: Mapped[float | None]
    amount_description: Mapped[Str]


class RequiredDocumentRow(RecordRow):
    """A document that a service requires: see ``records.hsds.RequiredDocument``."""

    __tablename__ = "required_document"
    service_id: Mapped[str | None] = parent("service")
    document: Mapped[Str]
    uri: Mapped[Str]


class ServiceCapacityRow(RecordRow):
    """A capacity of a service: see ``records.hsds.ServiceCapacity``."""

    __tablename__ = "service_capacity"
    service_id: Mapped[str | None] = parent("service")
    unit: Mapped[Str]
    available: Mapped[float | None]
    maximum: Mapped[float | None]
    description: Mapped[Str]
    updated: Mapped[Code]
    unit_scheme: Mapped[Str]
    unit_identifier: Mapped[Str]
    unit_uri: Mapped[Str]


class FundingRow(RecordRow):
    """A source of funding: see ``records.hsds.Funding``."""

    __tablename__ = "funding"
    organization_id: Mapped[str | None] = parent("organization")
    service_id: Mapped[str | None] = parent("service")
    funding_source: Mapped[Str]


class OrganizationIdentifierRow(RecordRow):
    """An identifier in a register: see ``records.hsds.OrganizationIdentifier``."""

    __tablename__ = "organization_identifier"
    organization_id: Mapped[str | None] = parent("organization")
    identifier_scheme: Mapped[Str]
    identifier_type: Mapped[Str]
    identifier: Mapped[Str]


class UrlRow(RecordRow):
    """A web address of a service or organization: see ``records.hsds.Url``."""

    __tablename__ = "url"
    organization_id: Mapped[str | None] = parent("organization")
    service_id: Mapped[str | None] = parent("service")
    label: Mapped[Str]
    url: Mapped[Str]
