"""Nothing in the tables: ``Store.migrate`` works out anew what is held back.

So main numbers show again that only an extension for staff withheld (``withheld_groups``), and
streets get the digests by which their other spellings are found (``street_keys``).
"""

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
