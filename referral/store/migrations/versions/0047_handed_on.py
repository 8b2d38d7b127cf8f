"""Whether records of a followed source may leave in files and by the API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None
_TABLES = ("followed_source", "source_credit")


def upgrade() -> None:
    """Add the columns."""
    for table in _TABLES:
        op.add_column(
            table,
            sa.Column("is_handed_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        )


def downgrade() -> None:
    """Drop them."""
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("is_handed_on")
