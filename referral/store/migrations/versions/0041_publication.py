"""What of the directory was published, and when it changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and the one row of the state."""
    op.create_table(
        "publication",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(255), server_default="", nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", _INSTANT, nullable=False),
        sa.Column("gone_at", _INSTANT, nullable=True),
        sa.Column("redirect_to", sa.String(255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", name="pk_publication"),
    )
    op.create_index("ix_publication_sequence", "publication", ["sequence"], unique=True)
    op.create_index("ix_publication_kind_modified_at", "publication", ["kind", "modified_at"])
    op.create_table(
        "publication_run",
        sa.Column("last_sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(255), server_default="", nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("last_sequence", name="pk_publication_run"),
    )
    state = op.create_table(
        "publication_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.String(255), server_default="", nullable=False),
        sa.Column("log_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("form", sa.String(255), server_default="", nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("forgotten_through", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publication_state"),
    )
    op.bulk_insert(state, [{"id": 1}])


def downgrade() -> None:
    """Drop them."""
    for name in ("publication_state", "publication_run", "publication"):
        op.drop_table(name)
