"""Drop the tables and columns of what the directory no longer does."""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None
contracts = True  # releases before it use what goes

_TABLES: tuple[str, ...] = ()
_COLUMNS: tuple[tuple[str, str], ...] = ()  # table, column


def upgrade() -> None:
    """Drop them; SQLite overwrites what it deletes (``secure_delete``)."""
    for table in _TABLES:
        op.drop_table(table)
    for table, column in _COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
