"""Imports that can be read, decided, applied in the background and undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=255), server_default="", nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("is_authority", sa.Boolean(), nullable=False),
        sa.Column("trusted_kinds", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        _text("contact_note"),
        sa.Column("changed_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_source"),
    )
    for column in (
        sa.Column("state", sa.String(length=16), server_default="applied", nullable=False),
        _text("why"),
        sa.Column("wanted_format", sa.String(length=64), server_default="auto", nullable=False),
        _word("account_id"),
        _word("upload"),
        sa.Column("prepared_at", _INSTANT, nullable=True),
        _word("undone_group"),
        _text("message"),
        sa.Column("outcome", sa.JSON(), server_default="{}", nullable=False),
    ):
        op.add_column("import_batch", column)
    op.create_table(
        "import_card",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        _word("title"),
        _word("subtitle"),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("tab", sa.String(length=16), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("conflict_decision", sa.String(length=16), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name="fk_import_card_batch_id_import_batch"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_import_card"),
    )
    op.create_index(
        "ix_import_card_batch_id_tab_title", "import_card", ["batch_id", "tab", "title"]
    )
    _create_problems()
    _create_jobs()
    # Undoing asks of many records whether one group touched them.
    op.drop_index("ix_record_edit_group_id", "record_edit")
    op.create_index(
        "ix_record_edit_group_id_record_id_kind", "record_edit", ["group_id", "record_id", "kind"]
    )


def _create_problems() -> None:
    op.create_table(
        "import_problem",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        _text("detail"),
        _text("file"),
        sa.Column("line", sa.Integer(), nullable=False),
        _text("column"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name="fk_import_problem_batch_id_import_batch"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_import_problem"),
    )
    op.create_index("ix_import_problem_batch_id_code", "import_problem", ["batch_id", "code"])


def _create_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        _word("owner"),
        _word("account_id"),
        _text("message"),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_subject_id", "job", ["subject_id"])
    op.create_index("ix_job_state", "job", ["state"])
    lease = op.create_table(
        "worker_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _word("owner"),
        sa.Column("beat_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_worker_lease"),
    )
    op.bulk_insert(lease, [{"id": 1, "owner": "", "beat_at": None}])


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_record_edit_group_id_record_id_kind", "record_edit")
    op.create_index("ix_record_edit_group_id", "record_edit", ["group_id"])
    for table in ("worker_lease", "job", "import_problem", "import_card"):
        op.drop_table(table)
    with op.batch_alter_table("import_batch") as batch:
        for column in (
            "outcome", "message", "undone_group", "prepared_at", "upload", "account_id",
            "wanted_format", "why", "state",
        ):  # fmt: skip
            batch.drop_column(column)
    op.drop_table("source")
