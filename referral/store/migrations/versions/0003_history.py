"""Field-level history of records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "record_edit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("batch_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_edit"),
    )
    for columns in (["record_id", "kind"], ["group_id"], ["batch_id"], ["happened_at"]):
        op.create_index(f"ix_record_edit_{'_'.join(columns)}", "record_edit", columns)


def downgrade() -> None:
    """Go down."""
    op.drop_table("record_edit")
