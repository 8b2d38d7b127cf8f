"""Tables of the desk: desks, inquiries, needs, referrals, follow-ups, shift notes, saved searches.

No table contains a name. ``FollowUpRow.contact`` is the only column that identifies a person. It is
encrypted, and erased on its day.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.slips.rows import SlipItemRow, SlipReplyRow, SlipRow
from referral.store.base import Base, Code, Instant, Str, UtcInstant

# Covering indexes: they contain every column that reports read, so no table is read.
_INQUIRY_REPORT = (
    "month", "desk", "county", "zip_code", "channel", "language", "age_band", "with_need", "count",
)  # fmt: skip
_STATISTICS = (
    "happened_on", "month", "question_type", "channel", "desk", "read_scale", "hour", "minutes",
    "count",
)  # fmt: skip
_NEED_REPORT = (
    "month", "heading", "term_code", "outcome", "unmet_reason", "desk", "county", "zip_code",
    "count",
)  # fmt: skip
_REFERRAL_REPORT = (
    "month", "heading", "service_id", "desk", "county",
    "tried", "reached", "got_help", "solved", "why_not", "term_code",
    "count",
)  # fmt: skip


class InquiryRow(Base):
    """A conversation with a person at the desk, or ``count`` short questions of one kind.

    ``month`` (``2026-11``, in the library's time zone) is set on closing, and copied to needs and
    referrals with the desk and the county, so that each report reads one table. It is empty for
    open inquiries and for training, so that no report counts them.

    Attributes:
        question_type, read_scale, minutes: data for statistics of reference transactions.
        happened_on: the day in the library's time zone; None before the inquiry is closed.
        hour: the hour of that day; None if unknown, or erased with the details.
        with_need: False for a question that has no need, such as the way to a room.
        from_search: see ``Inquiry``; empty once the inquiry is closed.
    """

    __tablename__ = "inquiry"
    __table_args__ = (
        Index("ix_inquiry_report", *_INQUIRY_REPORT),
        Index("ix_inquiry_statistics", *_STATISTICS),
        Index(None, "closed_at"),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(16), index=True)
    desk: Mapped[Code]
    started_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    month: Mapped[str] = mapped_column(String(7), default="", server_default="")
    repeat_of: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("inquiry.id"), index=True, default=None
    )
    training: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(String(32), default="", server_default="")
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    zip_code: Mapped[str] = mapped_column(String(5), default="", server_default="")
    county: Mapped[Str]
    age_band: Mapped[str] = mapped_column(String(16), default="", server_default="")
    household: Mapped[str] = mapped_column(String(32), default="", server_default="")
    tried: Mapped[list[str]] = mapped_column(JSON, default=list)
    barriers: Mapped[list[str]] = mapped_column(JSON, default=list)
    access_needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    question_type: Mapped[str] = mapped_column(
        String(16), default="referral", server_default="referral"
    )
    read_scale: Mapped[int | None]
    minutes: Mapped[int | None]
    hour: Mapped[int | None]
    happened_on: Mapped[date | None]
    with_need: Mapped[bool] = mapped_column(default=True, server_default=true())
    count: Mapped[int] = mapped_column(default=1, server_default="1")
    from_search: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    members: Mapped[list[InquiryMemberRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="InquiryMemberRow.account_id"
    )
    needs: Mapped[list[NeedRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="NeedRow.sort"
    )


class InquiryMemberRow(Base):
    """A staff account that works on a desk inquiry. Deleted with the inquiry's details."""

    __tablename__ = "inquiry_member"
    inquiry_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("inquiry.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(String(36), primary_key=True, index=True)


class NeedRow(Base):
    """A need in a desk inquiry, coded by a taxonomy term or by a heading alone."""

    __tablename__ = "need"
    __table_args__ = (Index("ix_need_report", *_NEED_REPORT),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    inquiry_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("inquiry.id", ondelete="CASCADE"), index=True
    )
    sort: Mapped[int] = mapped_column(default=0)
    heading: Mapped[str] = mapped_column(String(64), default="", server_default="")
    term_code: Mapped[Code]
    outcome: Mapped[str] = mapped_column(String(32), default="", server_default="")
    unmet_reason: Mapped[str] = mapped_column(String(32), default="", server_default="")
    fewer_reason: Mapped[str] = mapped_column(String(32), default="", server_default="")
    month: Mapped[str] = mapped_column(String(7), default="", server_default="")
    desk: Mapped[Code]
    county: Mapped[Str]
    zip_code: Mapped[str] = mapped_column(String(5), default="", server_default="")
    count: Mapped[int] = mapped_column(default=1, server_default="1")
    referrals: Mapped[list[ReferralRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ReferralRow.given_at"
    )


class ReferralRow(Base):
    """A service that the desk gave for a need, with a snapshot of its listing (``said``).

    There is no foreign key to the service, because a referral outlives its service.
    """

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_report", *_REFERRAL_REPORT),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    need_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("need.id", ondelete="CASCADE"), index=True
    )
    service_id: Mapped[str] = mapped_column(String(36))
    location_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    method: Mapped[str] = mapped_column(String(32))
    said: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    given_at: Mapped[Instant]
    tried: Mapped[bool | None]
    reached: Mapped[bool | None]
    got_help: Mapped[bool | None]
    solved: Mapped[bool | None]
    why_not: Mapped[str] = mapped_column(String(32), default="", server_default="")
    month: Mapped[str] = mapped_column(String(7), default="", server_default="")
    desk: Mapped[Code]
    county: Mapped[Str]
    heading: Mapped[str] = mapped_column(String(64), default="", server_default="")
    term_code: Mapped[Code]
    count: Mapped[int] = mapped_column(default=1, server_default="1")


class FollowUpRow(Base):
    """A follow-up of a desk inquiry to which the person agreed.

    ``contact`` is encrypted, and "" once erased.
    """

    __tablename__ = "follow_up"
    __table_args__ = (Index(None, "status", "due_on"), Index(None, "erase_on"))
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    inquiry_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("inquiry.id", ondelete="CASCADE"), unique=True
    )
    permitted_at: Mapped[Instant]
    due_on: Mapped[date]
    erase_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(16))
    contact_kind: Mapped[str] = mapped_column(String(16), default="", server_default="")
    contact: Mapped[Str]
    may_leave_message: Mapped[bool | None]
    tries: Mapped[list[ContactAttemptRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ContactAttemptRow.tried_at"
    )


class ContactAttemptRow(Base):
    """An attempt to reach a person for a follow-up."""

    __tablename__ = "follow_up_try"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    follow_up_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("follow_up.id", ondelete="CASCADE"), index=True
    )
    tried_at: Mapped[Instant]
    result: Mapped[str] = mapped_column(String(16))


class ShiftNoteRow(Base):
    """A note for colleagues at the desk about a service, shown to staff until its last day."""

    __tablename__ = "shift_note"
    __table_args__ = (Index(None, "ends_on"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36), index=True)
    words: Mapped[Str]
    account_id: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[Instant]
    ends_on: Mapped[date]


class SavedSearchRow(Base):
    """A search that a desk saved under a name. ``address`` has its URL parameters."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("desk", "name"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    desk: Mapped[str] = mapped_column(String(64), default="", server_default="")
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class FavoriteRow(Base):
    """A table of favorite services, unused since version 0.3.0.

    The next contracting migration drops it.
    """

    __tablename__ = "favorite"
    __table_args__ = (UniqueConstraint("desk", "name", "service_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    desk: Mapped[str] = mapped_column(String(64), default="", server_default="")
    name: Mapped[str] = mapped_column(String(120))
    service_id: Mapped[str] = mapped_column(String(36))


class LogSettingsRow(Base):
    """The settings of the desk's question log, in a single row."""

    __tablename__ = "log_settings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class DeskRow(Base):
    """A reference desk in a branch of the library.

    Inquiries and saved searches refer to its id, so it is never deleted.

    Attributes:
        branch: "" in a library with one building.
        in_use: whether staff can choose the desk.
    """

    __tablename__ = "desk"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    branch: Mapped[str] = mapped_column(String(60), default="", server_default="")
    in_use: Mapped[bool] = mapped_column(default=True, server_default=true())


TABLES_OF_PEOPLE = (
    FollowUpRow, ContactAttemptRow, InquiryRow, InquiryMemberRow, NeedRow, ReferralRow,
    SlipRow, SlipItemRow, SlipReplyRow,
)  # fmt: skip
"""Tables with personal data, whose deleted values are also erased from the files."""


class ErasedCountRow(Base):
    """A monthly count of inquiries or needs by a detail that was erased from them.

    Attributes:
        measure, dimension: as in ``reports.records``.
        above: the county of a ZIP code, else "".
    """

    __tablename__ = "erased_count"
    measure: Mapped[str] = mapped_column(String(32), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(32), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    above: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    count: Mapped[int]
