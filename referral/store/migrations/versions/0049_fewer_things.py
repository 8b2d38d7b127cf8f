"""Drop what the directory no longer does; tables of closed counts and of library settings."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None
contracts = True  # releases before it use what goes

_TABLES = (
    "api_key", "capacity_link", "exam_run", "node_index", "one_time_link", "provider_link",
    "published_count", "terminal_link", "unknown_word", "unknown_word_key", "webhook",
)  # fmt: skip


def upgrade() -> None:
    """Add and drop them; SQLite overwrites what it deletes (``secure_delete``)."""
    _create_closed_count()
    _create_erased_count()
    _create_library_setting()
    _leave_notes_for_doctor()
    _follow_feeds_instead_of_whole_files()
    _delete_whole_file()
    _create_link()
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM job WHERE kind = 'search exam'")
    _drop_words_of_searches()


def _create_closed_count() -> None:
    op.create_table(
        "closed_count",
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("above", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "period", "measure", "dimension", "above", "value", name="pk_closed_count"
        ),
    )


def _create_erased_count() -> None:
    op.create_table(
        "erased_count",
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("above", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure", "dimension", "month", "above", "value", name="pk_erased_count"
        ),
    )


def _create_library_setting() -> None:
    op.create_table(
        "library_setting",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_library_setting"),
    )


def _create_link() -> None:
    """Carry the links of four tables over: those that were sent go on working."""
    link = op.create_table(
        "link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(36), server_default="", nullable=False),
        sa.Column("detail", sa.String(255), server_default="", nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("used_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_link"),
    )
    op.create_index("ix_link_purpose_subject_id", "link", ["purpose", "subject_id"])
    columns = [column.name for column in link.columns]
    mark = "CASE WHEN ends_mark THEN 'unmark' ELSE 'mark' END"
    for table, purpose, subject_id, detail, used_at in (
        ("one_time_link", "purpose", "account_id", "''", "used_at"),
        ("provider_link", "'provider'", "organization_id", "''", "used_at"),
        ("capacity_link", "'capacity'", "service_id", "unit", "used_at"),
        ("terminal_link", mark, "''", "label", "NULL"),
    ):
        op.execute(
            f"INSERT INTO link ({', '.join(columns)}) SELECT token_hash, {purpose}, {subject_id}, "  # noqa: S608  # no value from outside
            f"{detail}, expires_at, {used_at} FROM {table}"
        )


def _drop_words_of_searches() -> None:
    """Keep the counts of topics only."""
    op.execute("DELETE FROM missed_search WHERE word <> '' OR status <> 'kept'")
    op.drop_index("ix_missed_search_status_month", "missed_search")
    with op.batch_alter_table("missed_search") as batch:
        batch.drop_constraint("uq_missed_search_word_heading_term_code_month_county", "unique")
        batch.add_column(sa.Column("zip_code", sa.String(5), server_default="", nullable=False))
        batch.drop_column("word")
        batch.drop_column("status")
        batch.create_unique_constraint(
            "uq_missed_search_heading_term_code_month_county_zip_code",
            ["heading", "term_code", "month", "county", "zip_code"],
        )
    op.create_index("ix_missed_search_month", "missed_search", ["month"])


def _leave_notes_for_doctor() -> None:
    """Let ``referral doctor`` say once what takes the place of what was in use."""
    connection = op.get_bind()
    note = sa.table(
        "work_mark", sa.column("name"), sa.column("sequence"), sa.column("done_at", UtcInstant())
    )
    for table in ("api_key", "webhook"):
        if connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))):
            values = {"name": f"removed {table}", "sequence": 0, "done_at": datetime.now(UTC)}
            connection.execute(note.insert().values(values))


def _follow_feeds_instead_of_whole_files() -> None:
    """Read everything once more by the feed of changes of a Referral that gave it as one file."""
    op.execute(
        "UPDATE followed_source SET kind = 'referral', every_hours = 1, "
        "address = replace(address, '/all.ndjson.gz', ''), etag = '', last_modified = '', "
        "digest = '', cursor = '', next_cursor = '', whole_at = NULL "
        "WHERE kind = 'file' AND address LIKE '%/hsds/3.1/all.ndjson.gz'"
    )


def _delete_whole_file() -> None:
    op.execute(
        "DELETE FROM stored_file_piece WHERE file_id IN "
        "(SELECT id FROM stored_file WHERE subject_id = 'publication')"
    )
    op.execute("DELETE FROM stored_file WHERE subject_id = 'publication'")
    op.execute("DELETE FROM job WHERE kind IN ('publication-whole', 'call webhook')")
