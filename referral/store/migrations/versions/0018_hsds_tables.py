"""Capacities, funding, numbers of organizations, web addresses and metadata, as HSDS has them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("service_capacity", "funding", "organization_identifier", "url", "metadata")


def upgrade() -> None:
    """Create the tables."""
    _create(
        "service_capacity",
        ("service",),
        _text("unit"),
        sa.Column("available", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        _text("description"),
        _code("updated"),
        *map(_text, ("unit_scheme", "unit_identifier", "unit_uri")),
    )
    _create("funding", ("organization", "service"), _text("funding_source"))
    _create(
        "organization_identifier",
        ("organization",),
        *map(_text, ("identifier_scheme", "identifier_type", "identifier")),
    )
    _create("url", ("organization", "service"), _text("label"), _text("url"))
    _create(
        "metadata",
        (),
        sa.Column("link_entity", sa.String(64), nullable=False),
        sa.Column("link_id", sa.String(36), nullable=False),
        *map(_code, ("last_action_date", "last_action_type", "field_name")),
        *map(_text, ("previous_value", "replacement_value", "updated_by")),
    )
    op.create_index("ix_metadata_link_entity_link_id", "metadata", ["link_entity", "link_id"])


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create(table: str, parents: tuple[str, ...], *columns: Any) -> None:
    """A table with the columns of every record."""
    links = [sa.Column(f"{kind}_id", sa.String(36), nullable=True) for kind in parents]
    keys = [_deferred(table, f"{kind}_id", f"{kind}.id") for kind in parents]
    op.create_table(table, *links, *columns, *_record_columns(table), *keys)
    for name in (*(f"{kind}_id" for kind in parents), "source"):
        op.create_index(f"ix_{table}_{name}", table, [name])


def _record_columns(table: str) -> list[Any]:
    instant = sa.DateTime(timezone=True)
    return [
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("visibility", sa.String(16), server_default="public", nullable=False),
        sa.Column("retired_at", instant, nullable=True),
        sa.Column("updated_at", instant, nullable=False),
        _code("source"),
        _text("source_key"),
        _text("origin_file"),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        _deferred(table, "import_batch_id", "import_batch.id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def _deferred(table: str, column: str, target: str) -> Any:
    return sa.ForeignKeyConstraint(
        [column], [target], name=f"fk_{table}_{column}", deferrable=True, initially="DEFERRED"
    )


def _text(name: str) -> Any:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _code(name: str) -> Any:
    return sa.Column(name, sa.String(255), server_default="", nullable=False)
