"""What people say: the thesaurus and the crisis words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "thesaurus_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phrase", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=16), server_default="en", nullable=False),
        sa.Column("term_codes", sa.Text(), server_default="", nullable=False),
        sa.Column("weight", sa.Float(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_thesaurus_entry"),
        sa.UniqueConstraint("phrase", "language", name="uq_thesaurus_entry_phrase_language"),
    )
    op.create_table(
        "crisis_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", sa.String(length=255), server_default="", nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("line", sa.String(length=255), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crisis_word"),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("crisis_word")
    op.drop_table("thesaurus_entry")
