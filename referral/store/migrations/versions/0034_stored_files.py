"""Files, exports and progress that all nodes share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "stored_file",
        sa.Column("id", sa.String(36), nullable=False),
        *_codes("subject_id", "role", "name"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("stored_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stored_file"),
    )
    op.create_index("ix_stored_file_subject_id", "stored_file", ["subject_id"])
    op.create_table(
        "stored_file_piece",
        sa.Column("file_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_stored_file_piece"),
    )
    op.create_table(
        "export_file",
        sa.Column("id", sa.String(36), nullable=False),
        *_codes("form", "source"),
        sa.Column("asked_at", instant, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("services", "records", "last_sequence", "last_edit")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_export_file"),
    )
    op.create_table(
        "job_progress",
        sa.Column("subject_id", sa.String(36), nullable=False),
        *_codes("what"),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_job_progress"),
    )


def downgrade() -> None:
    """Drop them, with the files."""
    for name in ("job_progress", "export_file", "stored_file_piece", "stored_file"):
        op.drop_table(name)


def _codes(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(255), server_default="", nullable=False) for name in names]
