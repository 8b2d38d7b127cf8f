"""Reviews of imports by groups of changes; lists that wait for a decision are compared again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_WAITING = "update import_batch set state = 'failed', message = :message where state = 'ready'"
_MESSAGE = "Referral was updated. Press “Read it again”, and the review comes in its new form."


def upgrade() -> None:
    """Make the table again: it only has what can be read from a list again."""
    _remake(
        sa.Column("change_group", sa.String(32), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
    )
    op.create_index(
        "ix_import_card_batch_id_change_group_title",
        "import_card",
        ["batch_id", "change_group", "title"],
    )
    op.create_index(
        "ix_import_card_batch_id_decision_change_group",
        "import_card",
        ["batch_id", "decision", "change_group"],
    )


def downgrade() -> None:
    """Make the table as it was."""
    _remake(
        sa.Column("tab", sa.String(16), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("conflict_decision", sa.String(16), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
    )
    op.create_index(
        "ix_import_card_batch_id_tab_title", "import_card", ["batch_id", "tab", "title"]
    )


def _remake(*columns: sa.Column[object]) -> None:
    op.execute(sa.text(_WAITING).bindparams(message=_MESSAGE))
    op.drop_table("import_card")
    op.create_table(
        "import_card",
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("title", sa.String(255), server_default="", nullable=False),
        sa.Column("subtitle", sa.String(255), server_default="", nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name="fk_import_card_batch_id_import_batch"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_import_card"),
    )
