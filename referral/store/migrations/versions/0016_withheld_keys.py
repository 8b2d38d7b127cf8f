"""Addresses and phone numbers that are held back everywhere, as keyed hashes."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is held back already is added when the store is opened."""
    op.create_table(
        "withheld_group",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("visibility", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_group", sa.String(255), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(255), server_default="", nullable=False),
        sa.Column("decided_group", sa.String(255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withheld_group"),
    )
    op.create_table(
        "withheld_key",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["withheld_group.id"],
            name="fk_withheld_key_group_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", "group_id", name="pk_withheld_key"),
    )
    op.create_index("ix_withheld_key_group_id", "withheld_key", ["group_id"])
    op.create_table(
        "withheld_exception",
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["withheld_group.id"],
            name="fk_withheld_exception_group_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "record_id", name="pk_withheld_exception"),
    )

    key = op.create_table(
        "withheld_hash_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withheld_hash_key"),
    )
    op.bulk_insert(key, [{"id": 1, "secret": secrets.token_hex(32)}])


def downgrade() -> None:
    """Drop them."""
    for table in ("withheld_hash_key", "withheld_exception", "withheld_key", "withheld_group"):
        op.drop_table(table)
