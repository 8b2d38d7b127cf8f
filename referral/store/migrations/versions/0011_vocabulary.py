"""Texts of the site, notices of taxonomies, the trail of the vocabulary, sittings of the exam."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "site_text",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text_en", sa.Text(), server_default="", nullable=False),
        sa.Column("text_es", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.String(length=255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_site_text"),
    )
    op.create_table(
        "taxonomy_notice",
        sa.Column("taxonomy", sa.String(length=255), nullable=False),
        sa.Column("notice", sa.Text(), server_default="", nullable=False),
        sa.Column("is_licensed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("taxonomy", name="pk_taxonomy_notice"),
    )
    op.create_table(
        "vocabulary_edit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("row_key", sa.String(length=255), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=255), server_default="", nullable=False),
        sa.Column("actor_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("action", sa.String(length=255), server_default="", nullable=False),
        sa.Column("undoes", sa.String(length=255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vocabulary_edit"),
    )
    op.create_index("ix_vocabulary_edit_group_id", "vocabulary_edit", ["group_id"])
    op.create_table(
        "exam_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("exam", sa.String(length=255), server_default="", nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exam_run"),
    )
    op.create_index("ix_exam_run_asked_at", "exam_run", ["asked_at"])


def downgrade() -> None:
    """Go down."""
    for table in ("exam_run", "vocabulary_edit", "taxonomy_notice", "site_text"):
        op.drop_table(table)
