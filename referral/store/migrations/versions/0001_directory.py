"""The directory, its origin and its change log."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "change",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_change"),
    )
    op.create_index("ix_change_noted_at", "change", ["noted_at"])

    op.create_table(
        "heading",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("plain_words", sa.Text(), server_default="", nullable=False),
        sa.Column("name_es", sa.Text(), server_default="", nullable=False),
        sa.Column("plain_words_es", sa.Text(), server_default="", nullable=False),
        sa.Column("icon", sa.String(length=255), server_default="", nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_heading"),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("format", sa.String(length=255), server_default="", nullable=False),
        sa.Column("list_name", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
    )
    op.create_index("ix_import_batch_source", "import_batch", ["source"])

    store_state = op.create_table(
        "store_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.String(length=36), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("pruned_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store_state"),
    )
    op.bulk_insert(
        store_state,
        [{"id": 1, "store_id": str(uuid4()), "last_sequence": 0, "pruned_through": 0}],
    )
    op.create_table(
        "crosswalk_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("heading", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["heading"], ["heading.slug"], name="fk_crosswalk_rule_heading"),
        sa.PrimaryKeyConstraint("id", name="pk_crosswalk_rule"),
        sa.UniqueConstraint(
            "kind", "value", "heading", name="uq_crosswalk_rule_kind_value_heading"
        ),
    )
    op.create_table(
        "organization",
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("alternate_name", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("website", sa.Text(), server_default="", nullable=False),
        sa.Column("year_incorporated", sa.Integer(), nullable=True),
        sa.Column("legal_status", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_id", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_status", sa.Text(), server_default="", nullable=False),
        sa.Column("logo", sa.Text(), server_default="", nullable=False),
        sa.Column("uri", sa.Text(), server_default="", nullable=False),
        sa.Column("parent_organization_id", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_organization_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["parent_organization_id"],
            ["organization.id"],
            name="fk_organization_parent_organization_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
    )
    op.create_index(
        "ix_organization_parent_organization_id", "organization", ["parent_organization_id"]
    )
    op.create_index("ix_organization_source", "organization", ["source"])

    op.create_table(
        "taxonomy",
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("uri", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.String(length=255), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_taxonomy_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy"),
    )
    op.create_index("ix_taxonomy_source", "taxonomy", ["source"])

    op.create_table(
        "translation",
        sa.Column("link_entity", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=255), server_default="", nullable=False),
        sa.Column("field", sa.String(length=255), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=255), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_translation_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_translation"),
    )
    op.create_index("ix_translation_link_entity_link_id", "translation", ["link_entity", "link_id"])
    op.create_index("ix_translation_source", "translation", ["source"])

    op.create_table(
        "location",
        sa.Column("organization_id", sa.String(length=36), nullable=True),
        sa.Column("location_type", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("alternate_name", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("transportation", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("position_source", sa.String(length=16), server_default="", nullable=False),
        sa.Column("external_identifier", sa.Text(), server_default="", nullable=False),
        sa.Column("external_identifier_type", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_location_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_location_organization_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_location"),
    )
    op.create_index("ix_location_organization_id", "location", ["organization_id"])
    op.create_index("ix_location_source", "location", ["source"])

    op.create_table(
        "program",
        sa.Column("organization_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("alternate_name", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_program_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_program_organization_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_program"),
    )
    op.create_index("ix_program_organization_id", "program", ["organization_id"])
    op.create_index("ix_program_source", "program", ["source"])

    op.create_table(
        "taxonomy_term",
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.String(length=255), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("taxonomy", sa.String(length=255), server_default="", nullable=False),
        sa.Column("taxonomy_id", sa.String(length=36), nullable=True),
        sa.Column("language", sa.String(length=255), server_default="", nullable=False),
        sa.Column("term_uri", sa.Text(), server_default="", nullable=False),
        sa.Column("use_references", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_taxonomy_term_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["taxonomy_term.id"],
            name="fk_taxonomy_term_parent_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["taxonomy_id"],
            ["taxonomy.id"],
            name="fk_taxonomy_term_taxonomy_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy_term"),
    )
    op.create_index("ix_taxonomy_term_code", "taxonomy_term", ["code"])
    op.create_index("ix_taxonomy_term_parent_id", "taxonomy_term", ["parent_id"])
    op.create_index("ix_taxonomy_term_source", "taxonomy_term", ["source"])
    op.create_index("ix_taxonomy_term_taxonomy_id", "taxonomy_term", ["taxonomy_id"])

    op.create_table(
        "accessibility",
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("details", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_accessibility_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_accessibility_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accessibility"),
    )
    op.create_index("ix_accessibility_location_id", "accessibility", ["location_id"])
    op.create_index("ix_accessibility_source", "accessibility", ["source"])

    op.create_table(
        "address",
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("attention", sa.Text(), server_default="", nullable=False),
        sa.Column("address_1", sa.Text(), server_default="", nullable=False),
        sa.Column("address_2", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("state_province", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_code", sa.String(length=255), server_default="", nullable=False),
        sa.Column("country", sa.String(length=255), server_default="", nullable=False),
        sa.Column("address_type", sa.String(length=255), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_address_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_address_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_address"),
    )
    op.create_index("ix_address_location_id", "address", ["location_id"])
    op.create_index("ix_address_source", "address", ["source"])

    op.create_table(
        "attribute",
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("link_entity", sa.String(length=64), nullable=False),
        sa.Column("taxonomy_term_id", sa.String(length=36), nullable=True),
        sa.Column("link_type", sa.String(length=255), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_attribute_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["taxonomy_term_id"],
            ["taxonomy_term.id"],
            name="fk_attribute_taxonomy_term_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attribute"),
    )
    op.create_index("ix_attribute_link_entity_link_id", "attribute", ["link_entity", "link_id"])
    op.create_index("ix_attribute_source", "attribute", ["source"])
    op.create_index("ix_attribute_taxonomy_term_id", "attribute", ["taxonomy_term_id"])

    op.create_table(
        "service",
        sa.Column("organization_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("program_id", sa.String(length=36), nullable=True),
        sa.Column("alternate_name", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=32), server_default="active", nullable=False),
        sa.Column("interpretation_services", sa.Text(), server_default="", nullable=False),
        sa.Column("application_process", sa.Text(), server_default="", nullable=False),
        sa.Column("fees_description", sa.Text(), server_default="", nullable=False),
        sa.Column("wait_time", sa.Text(), server_default="", nullable=False),
        sa.Column("accreditations", sa.Text(), server_default="", nullable=False),
        sa.Column("licenses", sa.Text(), server_default="", nullable=False),
        sa.Column("eligibility_description", sa.Text(), server_default="", nullable=False),
        sa.Column("minimum_age", sa.Double(), nullable=True),
        sa.Column("maximum_age", sa.Double(), nullable=True),
        sa.Column("assured_date", sa.Date(), nullable=True),
        sa.Column("assurer_email", sa.Text(), server_default="", nullable=False),
        sa.Column("verified_by", sa.Text(), server_default="", nullable=False),
        sa.Column("alert", sa.Text(), server_default="", nullable=False),
        sa.Column("keywords", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_service_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_service_organization_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["program.id"],
            name="fk_service_program_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
    )
    op.create_index("ix_service_organization_id", "service", ["organization_id"])
    op.create_index("ix_service_program_id", "service", ["program_id"])
    op.create_index("ix_service_source", "service", ["source"])

    op.create_table(
        "cost_option",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("option", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=255), server_default="", nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("amount_description", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_cost_option_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_cost_option_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cost_option"),
    )
    op.create_index("ix_cost_option_service_id", "cost_option", ["service_id"])
    op.create_index("ix_cost_option_source", "cost_option", ["source"])

    op.create_table(
        "required_document",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("uri", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_required_document_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_required_document_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_required_document"),
    )
    op.create_index("ix_required_document_service_id", "required_document", ["service_id"])
    op.create_index("ix_required_document_source", "required_document", ["source"])

    op.create_table(
        "service_at_location",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_service_at_location_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_service_at_location_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_service_at_location_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_at_location"),
    )
    op.create_index("ix_service_at_location_location_id", "service_at_location", ["location_id"])
    op.create_index("ix_service_at_location_service_id", "service_at_location", ["service_id"])
    op.create_index("ix_service_at_location_source", "service_at_location", ["source"])

    op.create_table(
        "service_heading",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("heading", sa.String(length=64), nullable=False),
        sa.Column("set_by", sa.String(length=255), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["heading"], ["heading.slug"], name="fk_service_heading_heading"),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_service_heading_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_service_heading_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_heading"),
    )
    op.create_index("ix_service_heading_heading", "service_heading", ["heading"])
    op.create_index("ix_service_heading_service_id", "service_heading", ["service_id"])
    op.create_index("ix_service_heading_source", "service_heading", ["source"])

    op.create_table(
        "contact",
        sa.Column("organization_id", sa.String(length=36), nullable=True),
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("service_at_location_id", sa.String(length=36), nullable=True),
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("department", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_contact_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_contact_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_contact_organization_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"],
            ["service_at_location.id"],
            name="fk_contact_service_at_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_contact_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )
    op.create_index("ix_contact_location_id", "contact", ["location_id"])
    op.create_index("ix_contact_organization_id", "contact", ["organization_id"])
    op.create_index("ix_contact_service_at_location_id", "contact", ["service_at_location_id"])
    op.create_index("ix_contact_service_id", "contact", ["service_id"])
    op.create_index("ix_contact_source", "contact", ["source"])

    op.create_table(
        "schedule",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("service_at_location_id", sa.String(length=36), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("dtstart", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("wkst", sa.String(length=255), server_default="", nullable=False),
        sa.Column("freq", sa.String(length=255), server_default="", nullable=False),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("byday", sa.String(length=255), server_default="", nullable=False),
        sa.Column("byweekno", sa.String(length=255), server_default="", nullable=False),
        sa.Column("bymonthday", sa.String(length=255), server_default="", nullable=False),
        sa.Column("byyearday", sa.String(length=255), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=255), server_default="", nullable=False),
        sa.Column("opens_at", sa.String(length=255), server_default="", nullable=False),
        sa.Column("closes_at", sa.String(length=255), server_default="", nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("schedule_link", sa.Text(), server_default="", nullable=False),
        sa.Column("attending_type", sa.Text(), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_schedule_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_schedule_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"],
            ["service_at_location.id"],
            name="fk_schedule_service_at_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_schedule_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
    )
    op.create_index("ix_schedule_location_id", "schedule", ["location_id"])
    op.create_index("ix_schedule_service_at_location_id", "schedule", ["service_at_location_id"])
    op.create_index("ix_schedule_service_id", "schedule", ["service_id"])
    op.create_index("ix_schedule_source", "schedule", ["source"])

    op.create_table(
        "service_area",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("service_at_location_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("extent", sa.Text(), server_default="", nullable=False),
        sa.Column("extent_type", sa.String(length=255), server_default="", nullable=False),
        sa.Column("uri", sa.Text(), server_default="", nullable=False),
        sa.Column("area_kind", sa.String(length=255), server_default="", nullable=False),
        sa.Column("area_codes", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_service_area_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"],
            ["service_at_location.id"],
            name="fk_service_area_service_at_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_service_area_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_area"),
    )
    op.create_index(
        "ix_service_area_service_at_location_id", "service_area", ["service_at_location_id"]
    )
    op.create_index("ix_service_area_service_id", "service_area", ["service_id"])
    op.create_index("ix_service_area_source", "service_area", ["source"])

    op.create_table(
        "phone",
        sa.Column("organization_id", sa.String(length=36), nullable=True),
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("service_at_location_id", sa.String(length=36), nullable=True),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("extension", sa.Text(), server_default="", nullable=False),
        sa.Column("type", sa.String(length=255), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("tel", sa.String(length=255), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name="fk_phone_contact_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_phone_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_phone_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_phone_organization_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"],
            ["service_at_location.id"],
            name="fk_phone_service_at_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_phone_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_phone"),
    )
    op.create_index("ix_phone_contact_id", "phone", ["contact_id"])
    op.create_index("ix_phone_location_id", "phone", ["location_id"])
    op.create_index("ix_phone_organization_id", "phone", ["organization_id"])
    op.create_index("ix_phone_service_at_location_id", "phone", ["service_at_location_id"])
    op.create_index("ix_phone_service_id", "phone", ["service_id"])
    op.create_index("ix_phone_source", "phone", ["source"])

    op.create_table(
        "language",
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("location_id", sa.String(length=36), nullable=True),
        sa.Column("phone_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.String(length=255), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visibility", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=255), server_default="", nullable=False),
        sa.Column("source_key", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_file", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("import_batch_id", sa.String(length=36), nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batch.id"],
            name="fk_language_import_batch_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name="fk_language_location_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["phone_id"],
            ["phone.id"],
            name="fk_language_phone_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name="fk_language_service_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_language"),
    )
    op.create_index("ix_language_location_id", "language", ["location_id"])
    op.create_index("ix_language_phone_id", "language", ["phone_id"])
    op.create_index("ix_language_service_id", "language", ["service_id"])
    op.create_index("ix_language_source", "language", ["source"])


def downgrade() -> None:
    """Go back down."""

    op.drop_table("language")

    op.drop_table("phone")

    op.drop_table("service_area")

    op.drop_table("schedule")

    op.drop_table("contact")

    op.drop_table("service_heading")

    op.drop_table("service_at_location")

    op.drop_table("required_document")

    op.drop_table("cost_option")

    op.drop_table("service")

    op.drop_table("attribute")

    op.drop_table("address")

    op.drop_table("accessibility")

    op.drop_table("taxonomy_term")

    op.drop_table("program")

    op.drop_table("location")

    op.drop_table("translation")

    op.drop_table("taxonomy")

    op.drop_table("organization")
    op.drop_table("crosswalk_rule")
    op.drop_table("store_state")

    op.drop_table("import_batch")
    op.drop_table("heading")

    op.drop_table("change")
