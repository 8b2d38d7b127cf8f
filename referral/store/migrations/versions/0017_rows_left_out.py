"""Lines of the rows that an import left out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the lines; problems of earlier imports name none."""
    with op.batch_alter_table("import_problem") as table:
        table.add_column(sa.Column("lines", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Take the lines away."""
    with op.batch_alter_table("import_problem") as table:
        table.drop_column("lines")
