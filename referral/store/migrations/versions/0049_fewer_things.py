"""Drop the tables and columns of what the directory no longer does."""

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

_TABLES: tuple[str, ...] = ("api_key", "node_index", "webhook")
_COLUMNS: tuple[tuple[str, str], ...] = ()  # table, column


def upgrade() -> None:
    """Drop them; SQLite overwrites what it deletes (``secure_delete``)."""
    _leave_notes_for_doctor()
    _follow_feeds_instead_of_whole_files()
    _delete_whole_file()
    for table in _TABLES:
        op.drop_table(table)
    for table, column in _COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)


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
