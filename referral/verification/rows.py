"""Tables that keep the directory true: duplicates and merges, checks, reports, suggestions.

None of them says who a patron was: a report has a day and words, a count has a month.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.store.base import Base, Code, Instant, Str, UtcInstant


class DuplicatePairRow(Base):
    """Two records that may be one; ``first_id`` is the lower id. See ``duplicates.matching``."""

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
    """That staff asked a provider whether a listing is right: when, how, with what result."""

    __tablename__ = "verification_try"
    __table_args__ = (Index(None, "service_id", "tried_at"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36))
    tried_at: Mapped[Instant]
    how: Mapped[str] = mapped_column(String(16))
    result: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")


class ProblemReportRow(Base):
    """That somebody found something wrong with a service; who, nobody knows."""

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
    """A change that a provider asks for; nothing is changed before somebody accepts it.

    ``answer_id`` is one for all that was sent together. ``before`` and ``after`` are as text.
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
    """Something that a service lacks (``verification.quality``), as of the change log."""

    __tablename__ = "quality_finding"
    service_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class ConfirmationRoundRow(Base):
    """That staff asked all providers that were due, in one go.

    Attributes:
        subject, text: of each mail; ``{name}`` and ``{link}`` are put in.
        stopped_at: when somebody stopped it; what waits then is not sent before they go on.
    """

    __tablename__ = "confirmation_round"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    started_at: Mapped[Instant]
    started_by: Mapped[str] = mapped_column(String(36), default="", server_default="")
    subject: Mapped[Str]
    text: Mapped[Str]
    stopped_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class ConfirmationMailRow(Base):
    """One mail of a round, or that there was no address to send it to.

    Attributes:
        code: with which the mail host refused it.
        token_hash: of the provider's link in it.
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
    """What came of asking a website of a listing. The address is in the listing, here its hash.

    Attributes:
        failed_since: the first time of those in a row when it did not answer.
        failures: how many in a row.
        next_at: when to ask again.
    """

    __tablename__ = "website_check"
    url_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    result: Mapped[str] = mapped_column(String(16), default="", server_default="")
    failed_since: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    next_at: Mapped[Instant] = mapped_column(index=True)
