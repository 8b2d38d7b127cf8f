"""Accounts that the county's service names (OpenID Connect)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("openid_key", sa.String(64), nullable=True))
        table.create_unique_constraint("uq_account_openid_key", ["openid_key"])
    op.add_column(
        "account_session",
        sa.Column("factor_elsewhere", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("account_session") as table:
        table.drop_column("factor_elsewhere")
    with op.batch_alter_table("account") as table:
        table.drop_constraint("uq_account_openid_key", type_="unique")
        table.drop_column("openid_key")
