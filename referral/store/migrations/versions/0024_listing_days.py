"""The days on which a service is listed, and the day by which the store lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; every service is listed without end, as before."""
    with op.batch_alter_table("service") as table:
        table.add_column(sa.Column("listed_from", sa.Date(), nullable=True))
        table.add_column(sa.Column("listed_until", sa.Date(), nullable=True))
    with op.batch_alter_table("store_state") as table:
        table.add_column(sa.Column("listing_day", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    with op.batch_alter_table("store_state") as table:
        table.drop_column("listing_day")
    with op.batch_alter_table("service") as table:
        table.drop_column("listed_until")
        table.drop_column("listed_from")
