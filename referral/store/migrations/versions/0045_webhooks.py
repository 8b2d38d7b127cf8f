"""Programs of partners that are called when something changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def _code(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, UtcInstant(), nullable=True)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(36), nullable=False),
        _code("name"),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        _code("seed"),
        _code("earlier_seed"),
        _instant("renewed_at"),
        sa.Column("is_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("added_at", UtcInstant(), nullable=False),
        _code("told_cursor"),
        _instant("told_at"),
        _code("outcome"),
        _number("status"),
        _instant("tried_at"),
        _number("tries"),
        _instant("failing_since"),
        _instant("next_at"),
        _instant("ended_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("webhook")
