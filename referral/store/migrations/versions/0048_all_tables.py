"""All tables, as forty-eight steps before this one made them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = None
branch_labels = None
depends_on = None

_COUNTER = sa.Integer()  # the database numbers the rows
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade() -> None:
    """Create the tables and their first rows."""
    _metadata.create_all(op.get_bind())
    first_rows: dict[str, dict[str, object]] = {
        "store_state": {
            "id": 1, "store_id": str(uuid4()), "last_sequence": 0, "pruned_through": 0
        },
        "worker_lease": {"id": 1, "owner": "", "beat_at": None},
        "daily_job": {"name": "tidy", "counts": {}},
        "withheld_hash_key": {"id": 1, "secret": secrets.token_hex(32)},
        "schema_state": {"id": 1, "serves_from": ""},
        "publication_state": {"id": 1},
    }  # fmt: skip
    for name, row in first_rows.items():
        op.bulk_insert(_metadata.tables[name], [row])


def _table(
    name: str,
    *parts: sa.schema.SchemaItem,
    key: Sequence[str] = ("id",),
    unique: Sequence[Sequence[str]] = (),
    indexes: Sequence[Sequence[str]] = (),
    unique_indexes: Sequence[Sequence[str]] = (),
) -> None:
    sa.Table(
        name,
        _metadata,
        *parts,
        sa.PrimaryKeyConstraint(*key),
        *(sa.UniqueConstraint(*columns) for columns in unique),
        *(sa.Index(None, *columns) for columns in indexes),
        *(sa.Index(None, *columns, unique=True) for columns in unique_indexes),
    )


def _column(
    name: str,
    type_: Any,
    default: str | sa.ColumnElement[bool] | None = None,
    *,
    nullable: bool = False,
) -> sa.Column[Any]:
    return sa.Column(
        name,
        type_,
        server_default=default,
        nullable=nullable,
        autoincrement=type_ is _COUNTER or type_ is _SEQUENCE,
    )


def _string(
    name: str,
    length: int,
    default: str | None = None,
    *,
    link: sa.ForeignKey | None = None,
    nullable: bool = False,
) -> sa.Column[str]:
    links = [link] if link else []
    return sa.Column(name, sa.String(length), *links, server_default=default, nullable=nullable)


def _text(name: str, default: str | None = "", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _deferred(target: str) -> sa.ForeignKey:
    """A foreign key that is checked at the end of a transaction."""
    return sa.ForeignKey(target, initially="DEFERRED", deferrable=True)


def _record_columns() -> list[sa.schema.SchemaItem]:
    """Columns of every record of the directory: its id, visibility and origin."""
    return [
        _string("id", 36),
        _string("visibility", 16, "public"),
        _instant("retired_at", nullable=True),
        _instant("updated_at"),
        _string("source", 255, ""),
        _text("source_key"),
        _text("origin_file"),
        _column("origin_line", sa.Integer, "0"),
        _string("import_batch_id", 36, link=_deferred("import_batch.id"), nullable=True),
        _column("unmapped", sa.JSON, "{}"),
    ]


_table(
    "account",
    _string("id", 36),
    _string("email", 255),
    _string("email_key", 255),
    _string("name", 255, ""),
    _column("roles", sa.JSON),
    _text("password_hash"),
    _column("session_stamp", sa.Integer, "0"),
    _instant("created_at"),
    _instant("signed_in_at", nullable=True),
    _instant("disabled_at", nullable=True),
    _string("second_factor_seed", 255, ""),
    _instant("second_factor_at", nullable=True),
    _column("second_factor_step", sa.BigInteger, "0"),
    _column("recovery_hashes", sa.JSON),
    _string("openid_key", 64, nullable=True),
    unique=[("email_key",), ("openid_key",)],
)
_table(
    "api_key",
    _string("id", 36),
    _string("token_hash", 64),
    _string("name", 255, ""),
    _column("per_minute", sa.Integer),
    _column("made_on", sa.Date),
    _column("seen_on", sa.Date, nullable=True),
    _column("ended_on", sa.Date, nullable=True),
    unique=[("token_hash",)],
)
_table(
    "capacity_link",
    _string("token_hash", 64),
    _string("service_id", 36),
    _string("unit", 255, ""),
    _instant("made_at"),
    _string("made_by", 36, ""),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    key=("token_hash",),
    indexes=[("service_id",)],
)
_table(
    "capacity_statement",
    _string("id", 36),
    _string("service_id", 36),
    _string("unit", 255, ""),
    _column("available", sa.Integer),
    _instant("said_at"),
    _string("said_by", 16),
    _string("account_id", 36, ""),
    indexes=[("said_at",), ("service_id", "said_at")],
)
_table(
    "category_topic",
    _column("id", _COUNTER),
    _string("category_id", 36),
    _string("term_id", 36, ""),
    _string("state", 16),
    _string("group_id", 36, ""),
    _string("account_id", 36, ""),
    _instant("decided_at"),
    unique=[("category_id", "term_id")],
)
_table(
    "change",
    _column("sequence", sa.BigInteger),
    _string("kind", 64),
    _string("record_id", 36),
    _instant("noted_at"),
    _column("token", sa.BigInteger, "0"),
    key=("sequence",),
    indexes=[("noted_at",)],
)
_table(
    "confirmation_mail",
    _string("id", 36),
    _string("round_id", 36),
    _string("organization_id", 36),
    _text("email"),
    _string("status", 16),
    _column("code", sa.Integer, nullable=True),
    _string("token_hash", 64, ""),
    _instant("sent_at", nullable=True),
    _instant("opened_at", nullable=True),
    _instant("answered_at", nullable=True),
    indexes=[("organization_id", "sent_at"), ("round_id", "status"), ("token_hash",)],
)
_table(
    "confirmation_round",
    _string("id", 36),
    _instant("started_at"),
    _string("started_by", 36, ""),
    _text("subject"),
    _text("text"),
    _instant("stopped_at", nullable=True),
)
_table(
    "crisis_word",
    _column("id", _COUNTER),
    _column("sort", sa.Integer, "0"),
    _string("kind", 255, ""),
    _text("words", None),
    _string("line", 255, ""),
    _text("note"),
)
_table(
    "daily_job",
    _string("name", 64),
    _column("done_on", sa.Date, nullable=True),
    _instant("leased_until", nullable=True),
    _column("counts", sa.JSON),
    key=("name",),
)
_table(
    "desk",
    _string("id", 36),
    _string("name", 60),
    _string("branch", 60, ""),
    _column("in_use", sa.Boolean, sa.true()),
)
_table(
    "duplicate_pair",
    _string("id", 36),
    _string("kind", 16),
    _string("first_id", 36),
    _string("second_id", 36),
    _string("band", 16),
    _column("score", sa.Integer),
    _column("alike", sa.JSON),
    _string("status", 16),
    _instant("found_at"),
    _instant("decided_at", nullable=True),
    _string("decided_by", 36, ""),
    unique=[("kind", "first_id", "second_id")],
    indexes=[("kind", "second_id"), ("status", "score")],
)
_table(
    "ended_visit",
    _string("visit_hash", 64),
    _instant("forget_at"),
    key=("visit_hash",),
    indexes=[("forget_at",)],
)
_table(
    "exam_run",
    _string("id", 36),
    _instant("asked_at"),
    _instant("finished_at", nullable=True),
    _string("actor_name", 255, ""),
    _string("exam", 255, ""),
    _column("marks", sa.JSON),
    _column("failures", sa.JSON),
    indexes=[("asked_at",)],
)
_table(
    "export_file",
    _string("id", 36),
    _string("form", 255, ""),
    _string("source", 255, ""),
    _instant("asked_at"),
    _column("services", sa.BigInteger),
    _column("records", sa.BigInteger),
    _column("last_sequence", sa.BigInteger),
    _column("last_edit", sa.BigInteger),
)
_table(
    "favorite",
    _string("id", 36),
    _string("desk", 64, ""),
    _string("name", 120),
    _string("service_id", 36),
    unique=[("desk", "name", "service_id")],
)
_table(
    "followed_source",
    _string("id", 36),
    _string("name", 255),
    _string("kind", 16),
    _text("address"),
    _column("is_on", sa.Boolean),
    _column("every_hours", sa.Integer),
    _string("format", 255, ""),
    _column("is_together", sa.Boolean),
    _column("small_changes", sa.JSON),
    _string("publisher", 255, ""),
    _string("licence", 255, ""),
    _string("contact", 255, ""),
    _string("etag", 255, ""),
    _string("last_modified", 255, ""),
    _string("digest", 255, ""),
    _string("cursor", 255, ""),
    _string("next_cursor", 255, ""),
    _string("batch_id", 255, ""),
    _column("is_rest", sa.Boolean),
    _column("is_shrunk", sa.Boolean),
    _string("outcome", 255, ""),
    _text("message"),
    _column("failures", sa.Integer),
    _instant("pulled_at", nullable=True),
    _instant("whole_at", nullable=True),
    _instant("next_at", nullable=True),
    _column("is_handed_on", sa.Boolean, sa.false()),
    indexes=[("next_at",)],
    unique_indexes=[("name",)],
)
_table(
    "guide",
    _string("id", 36),
    _column("sort", sa.Integer),
    _column("number", sa.Integer),
    _column("is_published", sa.Boolean),
    _instant("deleted_at", nullable=True),
    _instant("looked_at"),
    _string("looked_by", 255, ""),
    _column("content", sa.JSON),
)
_table(
    "heading",
    _string("slug", 64),
    _text("name"),
    _text("plain_words"),
    _text("name_es"),
    _text("plain_words_es"),
    _string("icon", 255, ""),
    _column("sort", sa.Integer),
    key=("slug",),
)
_table(
    "import_absence",
    _string("source", 255),
    _string("kind", 64),
    _string("record_id", 36),
    _column("lists", sa.Integer),
    _instant("first_missed_at"),
    _string("batch_id", 36),
    key=("source", "kind", "record_id"),
)
_table(
    "import_batch",
    _string("id", 36),
    _string("source", 255),
    _string("format", 255, ""),
    _text("list_name"),
    _instant("started_at"),
    _instant("finished_at", nullable=True),
    _column("counts", sa.JSON),
    _string("state", 16, "applied"),
    _text("why"),
    _string("wanted_format", 64, "auto"),
    _string("account_id", 255, ""),
    _string("upload", 255, ""),
    _instant("prepared_at", nullable=True),
    _string("undone_group", 255, ""),
    _text("message"),
    _column("outcome", sa.JSON, "{}"),
    indexes=[("source",)],
)
_table(
    "inquiry",
    _string("id", 36),
    _string("code", 16),
    _string("desk", 255, ""),
    _instant("started_at"),
    _instant("closed_at", nullable=True),
    _string("month", 7, ""),
    _string("repeat_of", 36, link=sa.ForeignKey("inquiry.id"), nullable=True),
    _column("training", sa.Boolean),
    _string("channel", 32, ""),
    _string("language", 16, ""),
    _string("zip_code", 5, ""),
    _text("county"),
    _string("age_band", 16, ""),
    _string("household", 32, ""),
    _column("tried", sa.JSON),
    _column("barriers", sa.JSON),
    _column("access_needs", sa.JSON),
    _string("question_type", 16, "referral"),
    _column("read_scale", sa.Integer, nullable=True),
    _column("minutes", sa.Integer, nullable=True),
    _column("hour", sa.Integer, nullable=True),
    _column("happened_on", sa.Date, nullable=True),
    _column("with_need", sa.Boolean, sa.true()),
    _column("count", sa.Integer, "1"),
    _column("from_search", sa.JSON, "{}"),
    sa.Index(
        "ix_inquiry_report",
        "month",
        "desk",
        "county",
        "zip_code",
        "channel",
        "language",
        "age_band",
        "with_need",
        "count",
    ),
    sa.Index(
        "ix_inquiry_statistics",
        "happened_on",
        "month",
        "question_type",
        "channel",
        "desk",
        "read_scale",
        "hour",
        "minutes",
        "count",
    ),
    indexes=[("closed_at",), ("code",), ("repeat_of",)],
)
_table(
    "job",
    _column("id", _SEQUENCE),
    _string("kind", 32),
    _string("subject_id", 36),
    _string("state", 16),
    _string("owner", 255, ""),
    _string("account_id", 255, ""),
    _text("message"),
    _instant("created_at"),
    _instant("started_at", nullable=True),
    _instant("finished_at", nullable=True),
    _column("was_resumed", sa.Boolean, sa.false()),
    indexes=[("state",), ("subject_id",)],
)
_table(
    "job_progress",
    _string("subject_id", 36),
    _string("what", 255, ""),
    _column("done", sa.BigInteger),
    _column("total", sa.BigInteger),
    key=("subject_id",),
)
_table(
    "local_note",
    _string("service_id", 36),
    _string("field", 32),
    _text("value"),
    _text("upstream"),
    _instant("changed_at"),
    _string("changed_by", 36, ""),
    key=("service_id", "field"),
    indexes=[("field",)],
)
_table(
    "log_settings",
    _column("id", sa.Integer),
    _column("settings", sa.JSON),
)
_table(
    "missed_search",
    _string("id", 36),
    _string("word", 40, ""),
    _string("month", 7),
    _string("county", 128, ""),
    _column("count", sa.Integer),
    _string("status", 16),
    _string("heading", 64, ""),
    _string("term_code", 255, ""),
    unique=[("word", "heading", "term_code", "month", "county")],
    indexes=[("status", "month")],
)
_table(
    "node_files",
    _string("name", 255),
    _column("digests", sa.JSON),
    _instant("seen_at"),
    key=("name",),
)
_table(
    "node_index",
    _string("name", 255),
    _column("reached", sa.BigInteger),
    _instant("seen_at"),
    key=("name",),
)
_table(
    "opened_count",
    _string("service_id", 36),
    _string("month", 7),
    _column("count", sa.Integer),
    key=("service_id", "month"),
)
_table(
    "problem_report",
    _string("id", 36),
    _string("service_id", 36),
    _string("kind", 16),
    _text("words"),
    _column("reported_on", sa.Date),
    _string("status", 16),
    _instant("handled_at", nullable=True),
    _string("handled_by", 36, ""),
    indexes=[("status", "service_id")],
)
_table(
    "proposed_place",
    _string("id", 36),
    _text("name"),
    _text("helps_with"),
    _text("phone"),
    _text("web_address"),
    _text("address"),
    _text("contact"),
    _column("proposed_on", sa.Date),
)
_table(
    "provider_link",
    _string("token_hash", 64),
    _string("organization_id", 36),
    _instant("made_at"),
    _string("made_by", 36, ""),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    key=("token_hash",),
    indexes=[("organization_id",)],
)
_table(
    "publication",
    _string("kind", 32),
    _string("record_id", 36),
    _string("digest", 255, ""),
    _column("sequence", sa.BigInteger),
    _instant("modified_at"),
    _instant("gone_at", nullable=True),
    _string("redirect_to", 255, ""),
    key=("kind", "record_id"),
    indexes=[("kind", "modified_at")],
    unique_indexes=[("sequence",)],
)
_table(
    "publication_run",
    _column("last_sequence", sa.BigInteger),
    _string("token", 255, ""),
    _instant("made_at"),
    key=("last_sequence",),
)
_table(
    "publication_state",
    _column("id", sa.Integer),
    _string("store_id", 255, ""),
    _column("log_sequence", sa.BigInteger, "0"),
    _string("form", 255, ""),
    _column("checked_on", sa.Date, nullable=True),
    _column("forgotten_through", sa.BigInteger, "0"),
)
_table(
    "published_count",
    _string("measure", 32),
    _string("dimension", 32),
    _string("months", 96),
    _string("above", 255),
    _string("value", 255),
    _string("first_month", 7),
    _string("last_month", 7),
    _column("count", sa.Integer),
    key=("measure", "dimension", "months", "above", "value"),
    indexes=[("first_month",)],
)
_table(
    "quality_finding",
    _string("service_id", 36),
    _string("code", 32),
    key=("service_id", "code"),
    indexes=[("code",)],
)
_table(
    "record_edit",
    _column("id", _SEQUENCE),
    _string("kind", 64),
    _string("record_id", 36),
    _string("action", 16),
    _column("fields", sa.JSON),
    _instant("happened_at"),
    _string("made_by", 16),
    _string("account_id", 36, ""),
    _string("batch_id", 36, ""),
    _string("group_id", 36),
    indexes=[
        ("batch_id",),
        ("group_id", "record_id", "kind"),
        ("happened_at",),
        ("record_id", "kind"),
    ],
)
_table(
    "record_merge",
    _string("group_id", 36),
    _string("kind", 16),
    _string("loser_id", 36),
    _string("survivor_id", 36),
    _string("pair_id", 36, ""),
    _instant("merged_at"),
    _string("merged_by", 36, ""),
    _instant("undone_at", nullable=True),
    key=("group_id",),
    indexes=[("kind", "loser_id"), ("merged_at",)],
)
_table(
    "report_settings",
    _column("id", sa.Integer),
    _column("settings", sa.JSON),
)
_table(
    "saved_search",
    _string("id", 36),
    _string("desk", 64, ""),
    _string("name", 120),
    _column("address", sa.JSON),
    unique=[("desk", "name")],
)
_table(
    "schema_state",
    _column("id", sa.Integer),
    _string("serves_from", 255, ""),
)
_table(
    "shift_note",
    _string("id", 36),
    _string("service_id", 36),
    _text("words"),
    _string("account_id", 36),
    _instant("made_at"),
    _column("ends_on", sa.Date),
    indexes=[("ends_on",), ("service_id",)],
)
_table(
    "sign_in_try",
    _string("key", 64),
    _column("count", sa.Integer),
    _instant("last_at"),
    key=("key",),
    indexes=[("last_at",)],
)
_table(
    "site_text",
    _string("name", 64),
    _text("text_en"),
    _text("text_es"),
    _string("until", 255, ""),
    key=("name",),
)
_table(
    "slip",
    _string("code", 16),
    _string("language", 16, "en"),
    _instant("ends_at"),
    key=("code",),
    indexes=[("ends_at",)],
)
_table(
    "source",
    _string("name", 255),
    _column("is_authority", sa.Boolean),
    _column("trusted_kinds", sa.JSON),
    _column("mapping", sa.JSON),
    _text("contact_note"),
    _instant("changed_at", nullable=True),
    key=("name",),
)
_table(
    "source_credit",
    _string("source", 255),
    _string("publisher", 255, ""),
    _string("licence", 255, ""),
    _string("contact", 255, ""),
    _column("is_handed_on", sa.Boolean, sa.false()),
    key=("source",),
)
_table(
    "staff_digest",
    _string("account_id", 36),
    _string("pace", 8, ""),
    _string("language", 16, "en"),
    _column("sent_on", sa.Date, nullable=True),
    key=("account_id",),
)
_table(
    "staff_note",
    _string("service_id", 36),
    _text("note"),
    _text("do_not_refer"),
    _instant("changed_at"),
    _string("changed_by", 255, ""),
    key=("service_id",),
)
_table(
    "store_state",
    _column("id", sa.Integer),
    _string("store_id", 36),
    _column("last_sequence", sa.BigInteger),
    _column("pruned_through", sa.BigInteger),
    _column("listing_day", sa.Date, nullable=True),
)
_table(
    "stored_file",
    _string("id", 36),
    _string("subject_id", 255, ""),
    _string("role", 255, ""),
    _string("name", 255, ""),
    _column("size", sa.BigInteger),
    _column("is_whole", sa.Boolean),
    _instant("stored_at"),
    indexes=[("subject_id",)],
)
_table(
    "stored_file_piece",
    _string("file_id", 36),
    _column("number", sa.Integer),
    _column("content", sa.LargeBinary),
    key=("file_id", "number"),
)
_table(
    "suggestion",
    _string("id", 36),
    _string("answer_id", 36),
    _string("organization_id", 36),
    _string("kind", 16),
    _string("record_id", 36),
    _string("field", 255, ""),
    _text("before"),
    _text("after"),
    _string("status", 16),
    _instant("sent_at"),
    _instant("decided_at", nullable=True),
    _string("decided_by", 36, ""),
    indexes=[("answer_id",), ("status", "sent_at")],
)
_table(
    "taxonomy_notice",
    _string("taxonomy", 255),
    _text("notice"),
    _column("is_licensed", sa.Boolean, sa.false()),
    key=("taxonomy",),
)
_table(
    "terminal_device",
    _string("id", 36),
    _string("label", 255, ""),
    _column("marked_on", sa.Date),
    _column("seen_on", sa.Date),
    _column("ended_on", sa.Date, nullable=True),
)
_table(
    "terminal_link",
    _string("token_hash", 64),
    _string("label", 255, ""),
    _column("ends_mark", sa.Boolean),
    _instant("expires_at"),
    key=("token_hash",),
)
_table(
    "thesaurus_entry",
    _column("id", _COUNTER),
    _string("phrase", 255),
    _string("language", 16, "en"),
    _text("term_codes"),
    _column("weight", sa.Double, "1"),
    unique=[("phrase", "language")],
)
_table(
    "topic_suggestion",
    _column("id", _COUNTER),
    _string("service_id", 36),
    _string("source", 255, ""),
    _string("source_key", 255, ""),
    _string("term_id", 36),
    _column("score", sa.Double),
    _column("confidence", sa.Double),
    _string("place", 16),
    _string("words", 255, ""),
    _text("headings"),
    _string("made_by", 16),
    _string("state", 16),
    _string("account_id", 36, ""),
    _instant("decided_at", nullable=True),
    _string("group_id", 36, ""),
    unique=[("service_id", "term_id")],
    indexes=[("decided_at",), ("group_id",), ("source", "source_key"), ("state",), ("term_id",)],
)
_table(
    "unknown_word",
    _string("digest", 64),
    _column("count", sa.Integer),
    _column("days", sa.Integer),
    _column("last_on", sa.Date),
    _string("state", 16),
    key=("digest",),
)
_table(
    "unknown_word_key",
    _string("month", 7),
    _string("salt", 64),
    key=("month",),
)
_table(
    "verification_try",
    _string("id", 36),
    _string("service_id", 36),
    _instant("tried_at"),
    _string("how", 16),
    _string("result", 16),
    _string("account_id", 36, ""),
    indexes=[("service_id", "tried_at")],
)
_table(
    "vocabulary_edit",
    _column("id", _SEQUENCE),
    _string("group_id", 36),
    _string("kind", 64),
    _string("row_key", 255),
    _column("before", sa.JSON, nullable=True),
    _column("after", sa.JSON, nullable=True),
    _instant("happened_at"),
    _string("account_id", 255, ""),
    _string("actor_name", 255, ""),
    _string("action", 255, ""),
    _string("undoes", 255, ""),
    indexes=[("group_id",)],
)
_table(
    "webhook",
    _string("id", 36),
    _string("name", 255, ""),
    _text("url"),
    _string("seed", 255, ""),
    _string("earlier_seed", 255, ""),
    _instant("renewed_at", nullable=True),
    _column("is_on", sa.Boolean, sa.false()),
    _instant("added_at"),
    _string("told_cursor", 255, ""),
    _instant("told_at", nullable=True),
    _string("outcome", 255, ""),
    _column("status", sa.Integer, "0"),
    _instant("tried_at", nullable=True),
    _column("tries", sa.Integer, "0"),
    _instant("failing_since", nullable=True),
    _instant("next_at", nullable=True),
    _instant("ended_at", nullable=True),
)
_table(
    "website_check",
    _string("url_hash", 64),
    _instant("asked_at", nullable=True),
    _string("result", 16, ""),
    _instant("failed_since", nullable=True),
    _column("failures", sa.Integer, "0"),
    _instant("next_at"),
    key=("url_hash",),
    indexes=[("next_at",)],
)
_table(
    "withheld_group",
    _string("id", 36),
    _string("kind", 16),
    _string("visibility", 16),
    _string("state", 16),
    _instant("noted_at"),
    _string("noted_group", 255, ""),
    _instant("decided_at", nullable=True),
    _string("decided_by", 255, ""),
    _string("decided_group", 255, ""),
)
_table(
    "withheld_hash_key",
    _column("id", sa.Integer),
    _string("secret", 64),
)
_table(
    "work_mark",
    _string("name", 32),
    _column("sequence", sa.BigInteger),
    _instant("done_at"),
    key=("name",),
)
_table(
    "worker_lease",
    _column("id", sa.Integer),
    _string("owner", 255, ""),
    _instant("beat_at", nullable=True),
)
_table(
    "account_session",
    _string("token_hash", 64),
    _string("account_id", 36, link=sa.ForeignKey("account.id")),
    _column("stamp", sa.Integer),
    _instant("started_at"),
    _instant("seen_at"),
    _column("waits_for_code", sa.Boolean),
    _column("at_terminal", sa.Boolean, sa.false()),
    _instant("confirmed_at", nullable=True),
    _column("is_trial", sa.Boolean, sa.false()),
    _column("factor_elsewhere", sa.Boolean, sa.false()),
    key=("token_hash",),
    indexes=[("account_id",)],
)
_table(
    "audit_entry",
    _column("id", _COUNTER),
    _instant("happened_at"),
    _string("account_id", 36, link=sa.ForeignKey("account.id"), nullable=True),
    _string("actor_name", 255, ""),
    _string("action", 64),
    _string("kind", 255, ""),
    _string("record_id", 255, ""),
    _column("detail", sa.JSON),
    indexes=[("account_id",), ("action",), ("happened_at",), ("kind", "record_id")],
)
_table(
    "crosswalk_rule",
    _column("id", _COUNTER),
    _string("kind", 32),
    _string("value", 255),
    _string("heading", 64, link=sa.ForeignKey("heading.slug")),
    unique=[("kind", "value", "heading")],
)
_table(
    "follow_up",
    _string("id", 36),
    _string("inquiry_id", 36, link=sa.ForeignKey("inquiry.id", ondelete="CASCADE")),
    _instant("permitted_at"),
    _column("due_on", sa.Date),
    _column("erase_on", sa.Date),
    _string("status", 16),
    _string("contact_kind", 16, ""),
    _text("contact"),
    _column("may_leave_message", sa.Boolean, nullable=True),
    unique=[("inquiry_id",)],
    indexes=[("erase_on",), ("status", "due_on")],
)
_table(
    "guide_address",
    _string("slug", 64),
    _string("guide_id", 36, link=sa.ForeignKey("guide.id", ondelete="CASCADE")),
    key=("slug",),
    indexes=[("guide_id",)],
)
_table(
    "guide_version",
    _string("guide_id", 36, link=sa.ForeignKey("guide.id", ondelete="CASCADE")),
    _column("number", sa.Integer),
    _string("action", 255, ""),
    _instant("happened_at"),
    _string("account_id", 255, ""),
    _string("actor_name", 255, ""),
    _column("content", sa.JSON),
    key=("guide_id", "number"),
)
_table(
    "import_card",
    _string(
        "batch_id",
        36,
        link=sa.ForeignKey("import_batch.id", name="fk_import_card_batch_id_import_batch"),
    ),
    _column("number", sa.Integer),
    _string("kind", 64),
    _string("record_id", 36),
    _string("title", 255, ""),
    _string("subtitle", 255, ""),
    _column("is_private", sa.Boolean),
    _string("change_group", 32),
    _column("changes", sa.LargeBinary),
    _string("decision", 16),
    _column("choices", sa.JSON),
    key=("batch_id", "number"),
    indexes=[("batch_id", "change_group", "title"), ("batch_id", "decision", "change_group")],
)
_table(
    "import_problem",
    _string(
        "batch_id",
        36,
        link=sa.ForeignKey("import_batch.id", name="fk_import_problem_batch_id_import_batch"),
    ),
    _column("number", sa.Integer),
    _string("code", 64),
    _string("severity", 16),
    _text("detail"),
    _text("file"),
    _column("line", sa.Integer),
    _text("column"),
    _column("lines", sa.JSON, "[]"),
    key=("batch_id", "number"),
    indexes=[("batch_id", "code")],
)
_table(
    "inquiry_member",
    _string("inquiry_id", 36, link=sa.ForeignKey("inquiry.id", ondelete="CASCADE")),
    _string("account_id", 36),
    key=("inquiry_id", "account_id"),
    indexes=[("account_id",)],
)
_table(
    "metadata",
    *_record_columns(),
    _string("link_entity", 64),
    _string("link_id", 36),
    _string("last_action_date", 255, ""),
    _string("last_action_type", 255, ""),
    _string("field_name", 255, ""),
    _text("previous_value"),
    _text("replacement_value"),
    _text("updated_by"),
    indexes=[("link_entity", "link_id"), ("source",)],
)
_table(
    "need",
    _string("id", 36),
    _string("inquiry_id", 36, link=sa.ForeignKey("inquiry.id", ondelete="CASCADE")),
    _column("sort", sa.Integer),
    _string("heading", 64, ""),
    _string("term_code", 255, ""),
    _string("outcome", 32, ""),
    _string("unmet_reason", 32, ""),
    _string("fewer_reason", 32, ""),
    _string("month", 7, ""),
    _string("desk", 255, ""),
    _text("county"),
    _string("zip_code", 5, ""),
    _column("count", sa.Integer, "1"),
    sa.Index(
        "ix_need_report",
        "month",
        "heading",
        "term_code",
        "outcome",
        "unmet_reason",
        "desk",
        "county",
        "zip_code",
        "count",
    ),
    indexes=[("inquiry_id",)],
)
_table(
    "one_time_link",
    _string("token_hash", 64),
    _string("account_id", 36, link=sa.ForeignKey("account.id")),
    _string("purpose", 16),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    key=("token_hash",),
    indexes=[("account_id",)],
)
_table(
    "organization",
    *_record_columns(),
    _text("name"),
    _text("alternate_name"),
    _text("description"),
    _text("email"),
    _text("website"),
    _column("year_incorporated", sa.Integer, nullable=True),
    _text("legal_status"),
    _text("tax_id"),
    _text("tax_status"),
    _text("logo"),
    _text("uri"),
    _string("parent_organization_id", 36, link=_deferred("organization.id"), nullable=True),
    indexes=[("parent_organization_id",), ("source",)],
)
_table(
    "passkey",
    _string("id", 36),
    _string("account_id", 36, link=sa.ForeignKey("account.id")),
    _string("credential_id", 1400),
    _column("public_key", sa.LargeBinary),
    _column("sign_count", sa.BigInteger),
    _column("asked_at", sa.BigInteger),
    _string("name", 255, ""),
    _column("added_on", sa.Date),
    _column("last_used_on", sa.Date, nullable=True),
    unique=[("credential_id",)],
    indexes=[("account_id",)],
)
_table(
    "slip_item",
    _string("slip_code", 16, link=sa.ForeignKey("slip.code", ondelete="CASCADE")),
    _column("sort", sa.Integer),
    _string("service_id", 36),
    _string("location_id", 36, ""),
    _string("referral_id", 36, ""),
    _string("topic", 255, ""),
    key=("slip_code", "sort"),
)
_table(
    "slip_reply",
    _string("id", 36),
    _string("slip_code", 16, link=sa.ForeignKey("slip.code", ondelete="SET NULL"), nullable=True),
    _string("service_id", 36),
    _string("kind", 16),
    _string("month", 7),
    _instant("replied_at"),
    _instant("seen_at", nullable=True),
    unique=[("slip_code", "service_id")],
    indexes=[("service_id", "replied_at")],
)
_table(
    "taxonomy",
    *_record_columns(),
    _text("name"),
    _text("description"),
    _text("uri"),
    _string("version", 255, ""),
    indexes=[("source",)],
)
_table(
    "translation",
    *_record_columns(),
    _string("link_entity", 64),
    _string("link_id", 36),
    _string("language", 255, ""),
    _string("field", 255, ""),
    _text("text"),
    _string("status", 255, ""),
    indexes=[("link_entity", "link_id"), ("source",)],
)
_table(
    "withheld_exception",
    _string("group_id", 36, link=sa.ForeignKey("withheld_group.id", ondelete="CASCADE")),
    _string("record_id", 36),
    key=("group_id", "record_id"),
)
_table(
    "withheld_key",
    _string("digest", 64),
    _string("group_id", 36, link=sa.ForeignKey("withheld_group.id", ondelete="CASCADE")),
    _string("scope", 16),
    key=("digest", "group_id"),
    indexes=[("group_id",)],
)
_table(
    "follow_up_try",
    _string("id", 36),
    _string("follow_up_id", 36, link=sa.ForeignKey("follow_up.id", ondelete="CASCADE")),
    _instant("tried_at"),
    _string("result", 16),
    indexes=[("follow_up_id",)],
)
_table(
    "location",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _string("location_type", 16),
    _text("name"),
    _text("alternate_name"),
    _text("description"),
    _text("transportation"),
    _text("url"),
    _column("latitude", sa.Double, nullable=True),
    _column("longitude", sa.Double, nullable=True),
    _string("position_source", 16, ""),
    _text("external_identifier"),
    _text("external_identifier_type"),
    indexes=[("organization_id",), ("source",)],
)
_table(
    "organization_identifier",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _text("identifier_scheme"),
    _text("identifier_type"),
    _text("identifier"),
    indexes=[("organization_id",), ("source",)],
)
_table(
    "program",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _text("name"),
    _text("alternate_name"),
    _text("description"),
    indexes=[("organization_id",), ("source",)],
)
_table(
    "referral",
    _string("id", 36),
    _string("need_id", 36, link=sa.ForeignKey("need.id", ondelete="CASCADE")),
    _string("service_id", 36),
    _string("location_id", 36, ""),
    _string("method", 32),
    _column("said", sa.JSON),
    _instant("given_at"),
    _column("tried", sa.Boolean, nullable=True),
    _column("reached", sa.Boolean, nullable=True),
    _column("got_help", sa.Boolean, nullable=True),
    _column("solved", sa.Boolean, nullable=True),
    _string("why_not", 32, ""),
    _string("month", 7, ""),
    _string("desk", 255, ""),
    _text("county"),
    _string("heading", 64, ""),
    _string("term_code", 255, ""),
    _column("count", sa.Integer, "1"),
    sa.Index(
        "ix_referral_report",
        "month",
        "heading",
        "service_id",
        "desk",
        "county",
        "tried",
        "reached",
        "got_help",
        "solved",
        "why_not",
        "term_code",
        "count",
    ),
    indexes=[("need_id",)],
)
_table(
    "taxonomy_term",
    *_record_columns(),
    _text("name"),
    _string("code", 255, ""),
    _text("description"),
    _string("parent_id", 36, link=_deferred("taxonomy_term.id"), nullable=True),
    _string("taxonomy", 255, ""),
    _string("taxonomy_id", 36, link=_deferred("taxonomy.id"), nullable=True),
    _string("language", 255, ""),
    _text("term_uri"),
    _text("use_references"),
    indexes=[("code",), ("parent_id",), ("source",), ("taxonomy_id",)],
)
_table(
    "accessibility",
    *_record_columns(),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _text("description"),
    _text("details"),
    _text("url"),
    indexes=[("location_id",), ("source",)],
)
_table(
    "address",
    *_record_columns(),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _text("attention"),
    _text("address_1"),
    _text("address_2"),
    _text("city"),
    _text("region"),
    _text("state_province"),
    _string("postal_code", 255, ""),
    _string("country", 255, ""),
    _string("address_type", 255, ""),
    indexes=[("location_id",), ("source",)],
)
_table(
    "attribute",
    *_record_columns(),
    _string("link_id", 36),
    _string("link_entity", 64),
    _string("taxonomy_term_id", 36, link=_deferred("taxonomy_term.id"), nullable=True),
    _string("link_type", 255, ""),
    _text("value"),
    _text("label"),
    indexes=[("link_entity", "link_id"), ("source",), ("taxonomy_term_id",)],
)
_table(
    "service",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _text("name"),
    _string("program_id", 36, link=_deferred("program.id"), nullable=True),
    _text("alternate_name"),
    _text("description"),
    _text("url"),
    _text("email"),
    _string("status", 32, "active"),
    _text("interpretation_services"),
    _text("application_process"),
    _text("fees_description"),
    _text("wait_time"),
    _text("accreditations"),
    _text("licenses"),
    _text("eligibility_description"),
    _column("minimum_age", sa.Double, nullable=True),
    _column("maximum_age", sa.Double, nullable=True),
    _column("assured_date", sa.Date, nullable=True),
    _text("assurer_email"),
    _text("verified_by"),
    _text("alert"),
    _text("keywords"),
    _column("listed_from", sa.Date, nullable=True),
    _column("listed_until", sa.Date, nullable=True),
    indexes=[("organization_id",), ("program_id",), ("source",)],
)
_table(
    "cost_option",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _column("valid_from", sa.Date, nullable=True),
    _column("valid_to", sa.Date, nullable=True),
    _text("option"),
    _string("currency", 255, ""),
    _column("amount", sa.Double, nullable=True),
    _text("amount_description"),
    indexes=[("service_id",), ("source",)],
)
_table(
    "funding",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _text("funding_source"),
    indexes=[("organization_id",), ("service_id",), ("source",)],
)
_table(
    "required_document",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _text("document"),
    _text("uri"),
    indexes=[("service_id",), ("source",)],
)
_table(
    "service_at_location",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _text("description"),
    indexes=[("location_id",), ("service_id",), ("source",)],
)
_table(
    "service_capacity",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _text("unit"),
    _column("available", sa.Double, nullable=True),
    _column("maximum", sa.Double, nullable=True),
    _text("description"),
    _string("updated", 255, ""),
    _text("unit_scheme"),
    _text("unit_identifier"),
    _text("unit_uri"),
    indexes=[("service_id",), ("source",)],
)
_table(
    "service_heading",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("heading", 64, link=sa.ForeignKey("heading.slug")),
    _string("set_by", 255, ""),
    indexes=[("heading",), ("service_id",), ("source",)],
)
_table(
    "url",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _text("label"),
    _text("url"),
    indexes=[("organization_id",), ("service_id",), ("source",)],
)
_table(
    "contact",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("service_at_location_id", 36, link=_deferred("service_at_location.id"), nullable=True),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _text("name"),
    _text("title"),
    _text("department"),
    _text("email"),
    indexes=[
        ("location_id",),
        ("organization_id",),
        ("service_at_location_id",),
        ("service_id",),
        ("source",),
    ],
)
_table(
    "schedule",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _string("service_at_location_id", 36, link=_deferred("service_at_location.id"), nullable=True),
    _column("valid_from", sa.Date, nullable=True),
    _column("valid_to", sa.Date, nullable=True),
    _column("dtstart", sa.Date, nullable=True),
    _column("until", sa.Date, nullable=True),
    _column("count", sa.Integer, nullable=True),
    _string("wkst", 255, ""),
    _string("freq", 255, ""),
    _column("interval", sa.Integer, nullable=True),
    _string("byday", 255, ""),
    _string("byweekno", 255, ""),
    _string("bymonthday", 255, ""),
    _string("byyearday", 255, ""),
    _string("timezone", 255, ""),
    _string("opens_at", 255, ""),
    _string("closes_at", 255, ""),
    _column("closed", sa.Boolean),
    _text("description"),
    _text("schedule_link"),
    _text("attending_type"),
    _text("notes"),
    indexes=[("location_id",), ("service_at_location_id",), ("service_id",), ("source",)],
)
_table(
    "service_area",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("service_at_location_id", 36, link=_deferred("service_at_location.id"), nullable=True),
    _text("name"),
    _text("description"),
    _text("extent"),
    _string("extent_type", 255, ""),
    _text("uri"),
    _string("area_kind", 255, ""),
    _text("area_codes"),
    indexes=[("service_at_location_id",), ("service_id",), ("source",)],
)
_table(
    "phone",
    *_record_columns(),
    _string("organization_id", 36, link=_deferred("organization.id"), nullable=True),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _string("service_at_location_id", 36, link=_deferred("service_at_location.id"), nullable=True),
    _string("contact_id", 36, link=_deferred("contact.id"), nullable=True),
    _text("number"),
    _text("extension"),
    _string("type", 255, ""),
    _text("description"),
    _string("tel", 255, ""),
    indexes=[
        ("contact_id",),
        ("location_id",),
        ("organization_id",),
        ("service_at_location_id",),
        ("service_id",),
        ("source",),
    ],
)
_table(
    "language",
    *_record_columns(),
    _string("service_id", 36, link=_deferred("service.id"), nullable=True),
    _string("location_id", 36, link=_deferred("location.id"), nullable=True),
    _string("phone_id", 36, link=_deferred("phone.id"), nullable=True),
    _text("name"),
    _string("code", 255, ""),
    _text("note"),
    indexes=[("location_id",), ("phone_id",), ("service_id",), ("source",)],
)
