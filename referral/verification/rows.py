"""Tables of duplicates, contacts, reports, suggestions, quality findings, mails, website checks.

No table identifies a patron: a problem report has a day and words, no time and no sender.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, Str, UtcInstant


class DuplicatePairRow(Base):
    """A pair of records that are likely duplicates.

    ``first_id`` is the lower id. See ``duplicates.matching``.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("kind", "first_id", "second_id"),
        Index(None, "kind", "second_id"),
        Index(None, "status", "score"),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    first_id: Mapped[str] = mapped_column(String(36))
    second_id: Mapped[str] = mapped_column(String(36))
    band: Mapped[str] = mapped_column(String(16))
    score: Mapped[int]
    alike: Mapped[list[str]] = mapped_column(JSON, default=list)
    status: Mapped[str] = mapped_column(String(16))
    found_at: Mapped[Instant]
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    decided_by: Mapped[str] = mapped_column(String(36), default="", server_default="")


class VerificationTryRow(Base):
    """A contact with a provider to verify a listing: when, how, with what result."""

    __tablename__ = "verification_try"
    __table_args__ = (Index(None, "service_id", "tried_at"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36))
    tried_at: Mapped[Instant]
    how: Mapped[str] = mapped_column(String(16))
    result: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")


class ProblemReportRow(Base):
    """A report that something is wrong with the listing of a service. The sender is not stored."""

    __tablename__ = "problem_report"
    __table_args__ = (Index(None, "status", "service_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    words: Mapped[Str]
    reported_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(16))
    handled_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    handled_by: Mapped[str] = mapped_column(String(36), default="", server_default="")


class SuggestionRow(Base):
    """A change to one field of a listing that its provider suggested.

    It is made only when staff accept it.

    Suggestions that were sent together have the same ``answer_id``. ``before`` and ``after`` are
    the field's values as text.
    """

    __tablename__ = "suggestion"
    __table_args__ = (Index(None, "answer_id"), Index(None, "status", "sent_at"))
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    answer_id: Mapped[str] = mapped_column(String(36))
    organization_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[str] = mapped_column(String(36))
    field: Mapped[Code]
    before: Mapped[Str]
    after: Mapped[Str]
    status: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[Instant]
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    decided_by: Mapped[str] = mapped_column(String(36), default="", server_default="")


class QualityFindingRow(Base):
    """A flaw in the listing of a service (``verification.quality``) when it was last checked."""

    __tablename__ = "quality_finding"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class ConfirmationRoundRow(Base):
    """A batch of mails to all providers that are due, which request confirmation of their listings.

    Attributes:
        subject: subject of the mails, in which ``{name}`` is replaced.
        text: text of the mails, in which ``{name}`` and ``{link}`` are replaced.
        stopped_at: when staff stopped the round; waiting mails are sent only after it is resumed.
    """

    __tablename__ = "confirmation_round"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    started_at: Mapped[Instant]
    started_by: Mapped[str] = mapped_column(String(36), default="", server_default="")
    subject: Mapped[Str]
    text: Mapped[Str]
    stopped_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class ConfirmationMailRow(Base):
    """A confirmation mail to a provider, or a note that the provider has no email address.

    Attributes:
        code: reply code with which the mail host refused the mail.
        token_hash: hash of the token of the provider's link in the mail.
    """

    __tablename__ = "confirmation_mail"
    __table_args__ = (
        Index(None, "round_id", "status"),
        Index(None, "organization_id", "sent_at"),
        Index(None, "token_hash"),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    round_id: Mapped[str] = mapped_column(String(36))
    organization_id: Mapped[str] = mapped_column(String(36))
    email: Mapped[Str]
    status: Mapped[str] = mapped_column(String(16))
    code: Mapped[int | None]
    token_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    opened_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    answered_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class WebsiteCheckRow(Base):
    """The result of the last check of a website, under a hash of its web address.

    Attributes:
        failed_since: time of the first of the latest consecutive failures.
        failures: count of the latest consecutive failures.
        next_at: when the website is due for the next check.
    """

    __tablename__ = "website_check"
    url_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    result: Mapped[str] = mapped_column(String(16), default="", server_default="")
    failed_since: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    next_at: Mapped[Instant] = mapped_column(index=True)
