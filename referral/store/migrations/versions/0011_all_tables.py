"""All tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0011"  # ten steps before it were never released
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "change",
    "store_state",
    "record_edit",
    "import_batch",
    "source",
    "import_card",
    "import_problem",
    "job",
    "worker_lease",
    "daily_job",
    "work_mark",
    "taxonomy",
    "taxonomy_term",
    "taxonomy_notice",
    "heading",
    "crosswalk_rule",
    "thesaurus_entry",
    "crisis_word",
    "site_text",
    "vocabulary_edit",
    "exam_run",
    "organization",
    "program",
    "location",
    "accessibility",
    "address",
    "service",
    "cost_option",
    "required_document",
    "service_at_location",
    "service_heading",
    "service_area",
    "contact",
    "phone",
    "schedule",
    "language",
    "translation",
    "attribute",
    "account",
    "account_session",
    "one_time_link",
    "sign_in_try",
    "audit_entry",
    "duplicate_pair",
    "record_merge",
    "opened_count",
    "verification_try",
    "problem_report",
    "provider_link",
    "suggestion",
    "quality_finding",
    "inquiry",
    "inquiry_member",
    "need",
    "referral",
    "follow_up",
    "follow_up_try",
    "missed_search",
    "slip",
    "slip_item",
    "slip_reply",
    "shift_note",
    "saved_search",
    "favorite",
)
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    _create_log()
    _create_imports()
    _create_jobs()
    _create_taxonomies()
    _create_headings()
    _create_vocabulary()
    _create_organizations()
    _create_services()
    _create_contacts()
    _create_links()
    _create_accounts()
    _create_duplicates()
    _create_verification()
    _create_inquiries()
    _create_follow_ups()
    _create_slips()
    _create_team()


def downgrade() -> None:
    """Go down."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_log() -> None:
    """What changed, and who changed which field."""
    _create(
        "change",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        _string("kind", 64),
        _string("record_id", 36),
        _instant("noted_at"),
        key=("sequence",),
        indexes=[["noted_at"]],
    )
    store_state = _create(
        "store_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _string("store_id", 36),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("pruned_through", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(
        store_state, [{"id": 1, "store_id": str(uuid4()), "last_sequence": 0, "pruned_through": 0}]
    )
    _create(
        "record_edit",
        sa.Column("id", _SEQUENCE, autoincrement=True, nullable=False),
        _string("kind", 64),
        _string("record_id", 36),
        _string("action", 16),
        sa.Column("fields", sa.JSON(), nullable=False),
        _instant("happened_at"),
        _string("made_by", 16),
        _string("account_id", 36, ""),
        _string("batch_id", 36, ""),
        _string("group_id", 36),
        indexes=[
            ["record_id", "kind"],
            ["batch_id"],
            ["happened_at"],
            ["group_id", "record_id", "kind"],
        ],
    )


def _create_imports() -> None:
    """Lists, as they were sent, reviewed and applied."""
    _create(
        "import_batch",
        _string("id", 36),
        _string("source", 255),
        _string("format", 255, ""),
        _text("list_name"),
        _instant("started_at"),
        _instant("finished_at", nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        _string("state", 16, "applied"),
        _text("why"),
        _string("wanted_format", 64, "auto"),
        _string("account_id", 255, ""),
        _string("upload", 255, ""),
        _instant("prepared_at", nullable=True),
        _string("undone_group", 255, ""),
        _text("message"),
        sa.Column("outcome", sa.JSON(), server_default="{}", nullable=False),
        indexes=[["source"]],
    )
    _create(
        "source",
        _string("name", 255),
        sa.Column("is_authority", sa.Boolean(), nullable=False),
        sa.Column("trusted_kinds", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        _text("contact_note"),
        _instant("changed_at", nullable=True),
        key=("name",),
    )
    _create(
        "import_card",
        _string("batch_id", 36),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _string("kind", 64),
        _string("record_id", 36),
        _string("title", 255, ""),
        _string("subtitle", 255, ""),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        _string("tab", 16),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        _string("decision", 16),
        _string("conflict_decision", 16),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name="fk_import_card_batch_id_import_batch"
        ),
        key=("batch_id", "number"),
        indexes=[["batch_id", "tab", "title"]],
    )
    _create(
        "import_problem",
        _string("batch_id", 36),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _string("code", 64),
        _string("severity", 16),
        _text("detail"),
        _text("file"),
        sa.Column("line", sa.Integer(), nullable=False),
        _text("column"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name="fk_import_problem_batch_id_import_batch"
        ),
        key=("batch_id", "number"),
        indexes=[["batch_id", "code"]],
    )


def _create_jobs() -> None:
    """Background work."""
    _create(
        "job",
        sa.Column("id", _SEQUENCE, autoincrement=True, nullable=False),
        _string("kind", 32),
        _string("subject_id", 36),
        _string("state", 16),
        _string("owner", 255, ""),
        _string("account_id", 255, ""),
        _text("message"),
        _instant("created_at"),
        _instant("started_at", nullable=True),
        _instant("finished_at", nullable=True),
        indexes=[["subject_id"], ["state"]],
    )
    worker_lease = _create(
        "worker_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _string("owner", 255, ""),
        _instant("beat_at", nullable=True),
    )
    op.bulk_insert(worker_lease, [{"id": 1, "owner": "", "beat_at": None}])
    daily_job = _create(
        "daily_job",
        _string("name", 64),
        sa.Column("done_on", sa.Date(), nullable=True),
        _instant("leased_until", nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        key=("name",),
    )
    op.bulk_insert(daily_job, [{"name": "tidy", "counts": {}}])
    _create(
        "work_mark",
        _string("name", 32),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _instant("done_at"),
        key=("name",),
    )


def _create_taxonomies() -> None:
    """Taxonomies and their terms."""
    _create(
        "taxonomy",
        _text("name"),
        _text("description"),
        _text("uri"),
        _string("version", 255, ""),
        *_record_columns("taxonomy"),
        indexes=[["source"]],
    )
    _create(
        "taxonomy_term",
        _text("name"),
        _string("code", 255, ""),
        _text("description"),
        _string("parent_id", 36, nullable=True),
        _string("taxonomy", 255, ""),
        _string("taxonomy_id", 36, nullable=True),
        _string("language", 255, ""),
        _text("term_uri"),
        _text("use_references"),
        *_record_columns("taxonomy_term"),
        _deferred("taxonomy_term", "parent_id", "taxonomy_term.id"),
        _deferred("taxonomy_term", "taxonomy_id", "taxonomy.id"),
        indexes=[["code"], ["parent_id"], ["source"], ["taxonomy_id"]],
    )
    _create(
        "taxonomy_notice",
        _string("taxonomy", 255),
        _text("notice"),
        sa.Column("is_licensed", sa.Boolean(), server_default=sa.false(), nullable=False),
        key=("taxonomy",),
    )


def _create_headings() -> None:
    """Headings and the terms that lead to them."""
    _create(
        "heading",
        _string("slug", 64),
        _text("name"),
        _text("plain_words"),
        _text("name_es"),
        _text("plain_words_es"),
        _string("icon", 255, ""),
        sa.Column("sort", sa.Integer(), nullable=False),
        key=("slug",),
    )
    _create(
        "crosswalk_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        _string("kind", 32),
        _string("value", 255),
        _string("heading", 64),
        sa.ForeignKeyConstraint(["heading"], ["heading.slug"], name="fk_crosswalk_rule_heading"),
        unique=("kind", "value", "heading"),
    )


def _create_vocabulary() -> None:
    """What people say, texts of the site, and the trail of both."""
    _create(
        "thesaurus_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        _string("phrase", 255),
        _string("language", 16, "en"),
        _text("term_codes"),
        sa.Column("weight", sa.Double(), server_default="1", nullable=False),
        unique=("phrase", "language"),
    )
    _create(
        "crisis_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.Integer(), server_default="0", nullable=False),
        _string("kind", 255, ""),
        sa.Column("words", sa.Text(), nullable=False),
        _string("line", 255, ""),
        _text("note"),
    )
    _create(
        "site_text",
        _string("name", 64),
        _text("text_en"),
        _text("text_es"),
        _string("until", 255, ""),
        key=("name",),
    )
    _create(
        "vocabulary_edit",
        sa.Column("id", _SEQUENCE, autoincrement=True, nullable=False),
        _string("group_id", 36),
        _string("kind", 64),
        _string("row_key", 255),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        _instant("happened_at"),
        _string("account_id", 255, ""),
        _string("actor_name", 255, ""),
        _string("action", 255, ""),
        _string("undoes", 255, ""),
        indexes=[["group_id"]],
    )
    _create(
        "exam_run",
        _string("id", 36),
        _instant("asked_at"),
        _instant("finished_at", nullable=True),
        _string("actor_name", 255, ""),
        _string("exam", 255, ""),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        indexes=[["asked_at"]],
    )


def _create_organizations() -> None:
    """Organizations, their programs and locations."""
    _create(
        "organization",
        _text("name"),
        _text("alternate_name"),
        _text("description"),
        _text("email"),
        _text("website"),
        sa.Column("year_incorporated", sa.Integer(), nullable=True),
        _text("legal_status"),
        _text("tax_id"),
        _text("tax_status"),
        _text("logo"),
        _text("uri"),
        _string("parent_organization_id", 36, nullable=True),
        *_record_columns("organization"),
        _deferred("organization", "parent_organization_id", "organization.id"),
        indexes=[["parent_organization_id"], ["source"]],
    )
    _create(
        "program",
        _string("organization_id", 36, nullable=True),
        _text("name"),
        _text("alternate_name"),
        _text("description"),
        *_record_columns("program"),
        _deferred("program", "organization_id", "organization.id"),
        indexes=[["organization_id"], ["source"]],
    )
    _create(
        "location",
        _string("organization_id", 36, nullable=True),
        _string("location_type", 16),
        _text("name"),
        _text("alternate_name"),
        _text("description"),
        _text("transportation"),
        _text("url"),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        _string("position_source", 16, ""),
        _text("external_identifier"),
        _text("external_identifier_type"),
        *_record_columns("location"),
        _deferred("location", "organization_id", "organization.id"),
        indexes=[["organization_id"], ["source"]],
    )
    _create(
        "accessibility",
        _string("location_id", 36, nullable=True),
        _text("description"),
        _text("details"),
        _text("url"),
        *_record_columns("accessibility"),
        _deferred("accessibility", "location_id", "location.id"),
        indexes=[["location_id"], ["source"]],
    )
    _create(
        "address",
        _string("location_id", 36, nullable=True),
        _text("attention"),
        _text("address_1"),
        _text("address_2"),
        _text("city"),
        _text("region"),
        _text("state_province"),
        _string("postal_code", 255, ""),
        _string("country", 255, ""),
        _string("address_type", 255, ""),
        *_record_columns("address"),
        _deferred("address", "location_id", "location.id"),
        indexes=[["location_id"], ["source"]],
    )


def _create_services() -> None:
    """Services, and where and for whom they are."""
    _create(
        "service",
        _string("organization_id", 36, nullable=True),
        _text("name"),
        _string("program_id", 36, nullable=True),
        _text("alternate_name"),
        _text("description"),
        _text("url"),
        _text("email"),
        _string("status", 32, "active"),
        _text("interpretation_services"),
        _text("application_process"),
        _text("fees_description"),
        _text("wait_time"),
        _text("accreditations"),
        _text("licenses"),
        _text("eligibility_description"),
        sa.Column("minimum_age", sa.Double(), nullable=True),
        sa.Column("maximum_age", sa.Double(), nullable=True),
        sa.Column("assured_date", sa.Date(), nullable=True),
        _text("assurer_email"),
        _text("verified_by"),
        _text("alert"),
        _text("keywords"),
        *_record_columns("service"),
        _deferred("service", "organization_id", "organization.id"),
        _deferred("service", "program_id", "program.id"),
        indexes=[["organization_id"], ["program_id"], ["source"]],
    )
    _create(
        "cost_option",
        _string("service_id", 36, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        _text("option"),
        _string("currency", 255, ""),
        sa.Column("amount", sa.Double(), nullable=True),
        _text("amount_description"),
        *_record_columns("cost_option"),
        _deferred("cost_option", "service_id", "service.id"),
        indexes=[["service_id"], ["source"]],
    )
    _create(
        "required_document",
        _string("service_id", 36, nullable=True),
        _text("document"),
        _text("uri"),
        *_record_columns("required_document"),
        _deferred("required_document", "service_id", "service.id"),
        indexes=[["service_id"], ["source"]],
    )
    _create(
        "service_at_location",
        _string("service_id", 36, nullable=True),
        _string("location_id", 36, nullable=True),
        _text("description"),
        *_record_columns("service_at_location"),
        _deferred("service_at_location", "location_id", "location.id"),
        _deferred("service_at_location", "service_id", "service.id"),
        indexes=[["location_id"], ["service_id"], ["source"]],
    )
    _create(
        "service_heading",
        _string("service_id", 36, nullable=True),
        _string("heading", 64),
        _string("set_by", 255, ""),
        *_record_columns("service_heading"),
        sa.ForeignKeyConstraint(["heading"], ["heading.slug"], name="fk_service_heading_heading"),
        _deferred("service_heading", "service_id", "service.id"),
        indexes=[["heading"], ["service_id"], ["source"]],
    )
    _create(
        "service_area",
        _string("service_id", 36, nullable=True),
        _string("service_at_location_id", 36, nullable=True),
        _text("name"),
        _text("description"),
        _text("extent"),
        _string("extent_type", 255, ""),
        _text("uri"),
        _string("area_kind", 255, ""),
        _text("area_codes"),
        *_record_columns("service_area"),
        _deferred("service_area", "service_at_location_id", "service_at_location.id"),
        _deferred("service_area", "service_id", "service.id"),
        indexes=[["service_at_location_id"], ["service_id"], ["source"]],
    )


def _create_contacts() -> None:
    """Ways to reach a service, and when."""
    _create(
        "contact",
        _string("organization_id", 36, nullable=True),
        _string("service_id", 36, nullable=True),
        _string("service_at_location_id", 36, nullable=True),
        _string("location_id", 36, nullable=True),
        _text("name"),
        _text("title"),
        _text("department"),
        _text("email"),
        *_record_columns("contact"),
        _deferred("contact", "location_id", "location.id"),
        _deferred("contact", "organization_id", "organization.id"),
        _deferred("contact", "service_at_location_id", "service_at_location.id"),
        _deferred("contact", "service_id", "service.id"),
        indexes=[
            ["location_id"],
            ["organization_id"],
            ["service_at_location_id"],
            ["service_id"],
            ["source"],
        ],
    )
    _create(
        "phone",
        _string("organization_id", 36, nullable=True),
        _string("service_id", 36, nullable=True),
        _string("location_id", 36, nullable=True),
        _string("service_at_location_id", 36, nullable=True),
        _string("contact_id", 36, nullable=True),
        _text("number"),
        _text("extension"),
        _string("type", 255, ""),
        _text("description"),
        _string("tel", 255, ""),
        *_record_columns("phone"),
        _deferred("phone", "contact_id", "contact.id"),
        _deferred("phone", "location_id", "location.id"),
        _deferred("phone", "organization_id", "organization.id"),
        _deferred("phone", "service_at_location_id", "service_at_location.id"),
        _deferred("phone", "service_id", "service.id"),
        indexes=[
            ["contact_id"],
            ["location_id"],
            ["organization_id"],
            ["service_at_location_id"],
            ["service_id"],
            ["source"],
        ],
    )
    _create(
        "schedule",
        _string("service_id", 36, nullable=True),
        _string("location_id", 36, nullable=True),
        _string("service_at_location_id", 36, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("dtstart", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        _string("wkst", 255, ""),
        _string("freq", 255, ""),
        sa.Column("interval", sa.Integer(), nullable=True),
        _string("byday", 255, ""),
        _string("byweekno", 255, ""),
        _string("bymonthday", 255, ""),
        _string("byyearday", 255, ""),
        _string("timezone", 255, ""),
        _string("opens_at", 255, ""),
        _string("closes_at", 255, ""),
        sa.Column("closed", sa.Boolean(), nullable=False),
        _text("description"),
        _text("schedule_link"),
        _text("attending_type"),
        _text("notes"),
        *_record_columns("schedule"),
        _deferred("schedule", "location_id", "location.id"),
        _deferred("schedule", "service_at_location_id", "service_at_location.id"),
        _deferred("schedule", "service_id", "service.id"),
        indexes=[["location_id"], ["service_at_location_id"], ["service_id"], ["source"]],
    )
    _create(
        "language",
        _string("service_id", 36, nullable=True),
        _string("location_id", 36, nullable=True),
        _string("phone_id", 36, nullable=True),
        _text("name"),
        _string("code", 255, ""),
        _text("note"),
        *_record_columns("language"),
        _deferred("language", "location_id", "location.id"),
        _deferred("language", "phone_id", "phone.id"),
        _deferred("language", "service_id", "service.id"),
        indexes=[["location_id"], ["phone_id"], ["service_id"], ["source"]],
    )


def _create_links() -> None:
    """Translations and attributes of any record."""
    _create(
        "translation",
        _string("link_entity", 64),
        _string("link_id", 36),
        _string("language", 255, ""),
        _string("field", 255, ""),
        _text("text"),
        _string("status", 255, ""),
        *_record_columns("translation"),
        indexes=[["link_entity", "link_id"], ["source"]],
    )
    _create(
        "attribute",
        _string("link_id", 36),
        _string("link_entity", 64),
        _string("taxonomy_term_id", 36, nullable=True),
        _string("link_type", 255, ""),
        _text("value"),
        _text("label"),
        *_record_columns("attribute"),
        _deferred("attribute", "taxonomy_term_id", "taxonomy_term.id"),
        indexes=[["link_entity", "link_id"], ["source"], ["taxonomy_term_id"]],
    )


def _create_accounts() -> None:
    """Staff, their sessions and the audit log."""
    _create(
        "account",
        _string("id", 36),
        _string("email", 255),
        _string("email_key", 255),
        _string("name", 255, ""),
        sa.Column("roles", sa.JSON(), nullable=False),
        _text("password_hash"),
        sa.Column("session_stamp", sa.Integer(), server_default="0", nullable=False),
        _instant("created_at"),
        _instant("signed_in_at", nullable=True),
        _instant("disabled_at", nullable=True),
        _string("second_factor_seed", 255, ""),
        _instant("second_factor_at", nullable=True),
        sa.Column("second_factor_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("recovery_hashes", sa.JSON(), nullable=False),
        unique=("email_key",),
    )
    _create(
        "account_session",
        _string("token_hash", 64),
        _string("account_id", 36),
        sa.Column("stamp", sa.Integer(), nullable=False),
        _instant("started_at"),
        _instant("seen_at"),
        sa.Column("waits_for_code", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_session_account_id"
        ),
        key=("token_hash",),
        indexes=[["account_id"]],
    )
    _create(
        "one_time_link",
        _string("token_hash", 64),
        _string("account_id", 36),
        _string("purpose", 16),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_one_time_link_account_id"),
        key=("token_hash",),
        indexes=[["account_id"]],
    )
    _create(
        "sign_in_try",
        _string("key", 64),
        sa.Column("count", sa.Integer(), nullable=False),
        _instant("last_at"),
        key=("key",),
        indexes=[["last_at"]],
    )
    _create(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        _instant("happened_at"),
        _string("account_id", 36, nullable=True),
        _string("actor_name", 255, ""),
        _string("action", 64),
        _string("kind", 255, ""),
        _string("record_id", 255, ""),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_audit_entry_account_id"),
        indexes=[["happened_at"], ["account_id"], ["action"], ["kind", "record_id"]],
    )


def _create_duplicates() -> None:
    """Likely duplicates and merges."""
    _create(
        "duplicate_pair",
        _string("id", 36),
        _string("kind", 16),
        _string("first_id", 36),
        _string("second_id", 36),
        _string("band", 16),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("alike", sa.JSON(), nullable=False),
        _string("status", 16),
        _instant("found_at"),
        _instant("decided_at", nullable=True),
        _string("decided_by", 36, ""),
        unique=("kind", "first_id", "second_id"),
        indexes=[["kind", "second_id"], ["status", "score"]],
    )
    _create(
        "record_merge",
        _string("group_id", 36),
        _string("kind", 16),
        _string("loser_id", 36),
        _string("survivor_id", 36),
        _string("pair_id", 36, ""),
        _instant("merged_at"),
        _string("merged_by", 36, ""),
        _instant("undone_at", nullable=True),
        key=("group_id",),
        indexes=[["kind", "loser_id"], ["merged_at"]],
    )


def _create_verification() -> None:
    """Checks, reports from outside, suggestions of providers, quality."""
    _create(
        "opened_count",
        _string("service_id", 36),
        _string("month", 7),
        sa.Column("count", sa.Integer(), nullable=False),
        key=("service_id", "month"),
    )
    _create(
        "verification_try",
        _string("id", 36),
        _string("service_id", 36),
        _instant("tried_at"),
        _string("how", 16),
        _string("result", 16),
        _string("account_id", 36, ""),
        indexes=[["service_id", "tried_at"]],
    )
    _create(
        "problem_report",
        _string("id", 36),
        _string("service_id", 36),
        _string("kind", 16),
        _text("words"),
        sa.Column("reported_on", sa.Date(), nullable=False),
        _string("status", 16),
        _instant("handled_at", nullable=True),
        _string("handled_by", 36, ""),
        indexes=[["status", "service_id"]],
    )
    _create(
        "provider_link",
        _string("token_hash", 64),
        _string("organization_id", 36),
        _instant("made_at"),
        _string("made_by", 36, ""),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        key=("token_hash",),
        indexes=[["organization_id"]],
    )
    _create(
        "suggestion",
        _string("id", 36),
        _string("answer_id", 36),
        _string("organization_id", 36),
        _string("kind", 16),
        _string("record_id", 36),
        _string("field", 255, ""),
        _text("before"),
        _text("after"),
        _string("status", 16),
        _instant("sent_at"),
        _instant("decided_at", nullable=True),
        _string("decided_by", 36, ""),
        indexes=[["answer_id"], ["status", "sent_at"]],
    )
    _create(
        "quality_finding",
        _string("service_id", 36),
        _string("code", 32),
        key=("service_id", "code"),
        indexes=[["code"]],
    )


def _create_inquiries() -> None:
    """The desk: inquiries, needs, and the services given."""
    _create(
        "inquiry",
        _string("id", 36),
        _string("code", 16),
        _string("desk", 255, ""),
        _instant("started_at"),
        _instant("closed_at", nullable=True),
        _string("month", 7, ""),
        _string("repeat_of", 36, nullable=True),
        sa.Column("training", sa.Boolean(), nullable=False),
        _string("channel", 32, ""),
        _string("language", 16, ""),
        _string("zip_code", 5, ""),
        _text("county"),
        _string("age_band", 16, ""),
        _string("household", 32, ""),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("barriers", sa.JSON(), nullable=False),
        sa.Column("access_needs", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["repeat_of"], ["inquiry.id"], name="fk_inquiry_repeat_of"),
        indexes=[["closed_at"], ["code"], ["repeat_of"]],
    )
    op.create_index(
        "ix_inquiry_report",
        "inquiry",
        ["month", "desk", "county", "zip_code", "channel", "language", "age_band"],
    )
    _create(
        "inquiry_member",
        _string("inquiry_id", 36),
        _string("account_id", 36),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name="fk_inquiry_member_inquiry_id", ondelete="CASCADE"
        ),
        key=("inquiry_id", "account_id"),
        indexes=[["account_id"]],
    )
    _create(
        "need",
        _string("id", 36),
        _string("inquiry_id", 36),
        sa.Column("sort", sa.Integer(), nullable=False),
        _string("heading", 64, ""),
        _string("term_code", 255, ""),
        _string("outcome", 32, ""),
        _string("unmet_reason", 32, ""),
        _string("fewer_reason", 32, ""),
        _string("month", 7, ""),
        _string("desk", 255, ""),
        _text("county"),
        _string("zip_code", 5, ""),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name="fk_need_inquiry_id", ondelete="CASCADE"
        ),
        indexes=[["inquiry_id"]],
    )
    op.create_index(
        "ix_need_report",
        "need",
        ["month", "heading", "term_code", "outcome", "unmet_reason", "desk", "county", "zip_code"],
    )
    _create(
        "referral",
        _string("id", 36),
        _string("need_id", 36),
        _string("service_id", 36),
        _string("location_id", 36, ""),
        _string("method", 32),
        sa.Column("said", sa.JSON(), nullable=False),
        _instant("given_at"),
        sa.Column("tried", sa.Boolean(), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=True),
        sa.Column("got_help", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        _string("why_not", 32, ""),
        _string("month", 7, ""),
        _string("desk", 255, ""),
        _text("county"),
        _string("heading", 64, ""),
        _string("term_code", 255, ""),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name="fk_referral_need_id", ondelete="CASCADE"
        ),
        indexes=[["need_id"]],
    )
    op.create_index(
        "ix_referral_report",
        "referral",
        [
            "month",
            "heading",
            "service_id",
            "desk",
            "county",
            "tried",
            "reached",
            "got_help",
            "solved",
            "why_not",
            "term_code",
        ],
    )


def _create_follow_ups() -> None:
    """After the desk: follow-ups and searches without results."""
    _create(
        "follow_up",
        _string("id", 36),
        _string("inquiry_id", 36),
        _instant("permitted_at"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        _string("status", 16),
        _string("contact_kind", 16, ""),
        _text("contact"),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name="fk_follow_up_inquiry_id", ondelete="CASCADE"
        ),
        unique=("inquiry_id",),
        indexes=[["status", "due_on"], ["erase_on"]],
    )
    _create(
        "follow_up_try",
        _string("id", 36),
        _string("follow_up_id", 36),
        _instant("tried_at"),
        _string("result", 16),
        sa.ForeignKeyConstraint(
            ["follow_up_id"],
            ["follow_up.id"],
            name="fk_follow_up_try_follow_up_id",
            ondelete="CASCADE",
        ),
        indexes=[["follow_up_id"]],
    )
    _create(
        "missed_search",
        _string("id", 36),
        _string("words", 255),
        _string("month", 7),
        _string("county", 128, ""),
        sa.Column("count", sa.Integer(), nullable=False),
        _string("status", 16),
        _string("heading", 64, ""),
        _string("term_code", 255, ""),
        unique=("words", "month", "county"),
        indexes=[["status", "month"]],
    )


def _create_slips() -> None:
    """Slips and what was said back."""
    _create(
        "slip",
        _string("code", 16),
        _string("language", 16, "en"),
        _instant("ends_at"),
        key=("code",),
        indexes=[["ends_at"]],
    )
    _create(
        "slip_item",
        _string("slip_code", 16),
        sa.Column("sort", sa.Integer(), autoincrement=False, nullable=False),
        _string("service_id", 36),
        _string("location_id", 36, ""),
        _string("referral_id", 36, ""),
        sa.ForeignKeyConstraint(
            ["slip_code"], ["slip.code"], name="fk_slip_item_slip_code", ondelete="CASCADE"
        ),
        key=("slip_code", "sort"),
    )
    _create(
        "slip_reply",
        _string("id", 36),
        _string("slip_code", 16, nullable=True),
        _string("service_id", 36),
        _string("kind", 16),
        _string("month", 7),
        _instant("replied_at"),
        _instant("seen_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["slip_code"], ["slip.code"], name="fk_slip_reply_slip_code", ondelete="SET NULL"
        ),
        unique=("slip_code", "service_id"),
        indexes=[["service_id", "replied_at"]],
    )


def _create_team() -> None:
    """Shift notes, saved searches and lists of services."""
    _create(
        "shift_note",
        _string("id", 36),
        _string("service_id", 36),
        _text("words"),
        _string("account_id", 36),
        _instant("made_at"),
        sa.Column("ends_on", sa.Date(), nullable=False),
        indexes=[["service_id"], ["ends_on"]],
    )
    _create(
        "saved_search",
        _string("id", 36),
        _string("desk", 64, ""),
        _string("name", 120),
        sa.Column("address", sa.JSON(), nullable=False),
        unique=("desk", "name"),
    )
    _create(
        "favorite",
        _string("id", 36),
        _string("desk", 64, ""),
        _string("name", 120),
        _string("service_id", 36),
        unique=("desk", "name", "service_id"),
    )


def _create(
    table: str,
    *parts: sa.schema.SchemaItem,
    key: Sequence[str] = ("id",),
    unique: Sequence[str] = (),
    indexes: Sequence[Sequence[str]] = (),
) -> sa.Table:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*key, name=f"pk_{table}")]
    if unique:
        constraints.append(sa.UniqueConstraint(*unique, name="_".join(("uq", table, *unique))))
    created = op.create_table(table, *parts, *constraints)
    for columns in indexes:
        op.create_index("_".join(("ix", table, *columns)), table, list(columns))
    return created


def _record_columns(table: str) -> list[sa.schema.SchemaItem]:
    """Columns of every record of the directory: its id, visibility and origin."""
    return [
        _string("id", 36),
        _string("visibility", 16, "public"),
        _instant("retired_at", nullable=True),
        _instant("updated_at"),
        _string("source", 255, ""),
        _text("source_key"),
        _text("origin_file"),
        sa.Column("origin_line", sa.Integer(), server_default="0", nullable=False),
        _string("import_batch_id", 36, nullable=True),
        sa.Column("unmapped", sa.JSON(), server_default="{}", nullable=False),
        _deferred(table, "import_batch_id", "import_batch.id"),
    ]


def _deferred(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A foreign key that is checked at the end of a transaction."""
    return sa.ForeignKeyConstraint(
        [column], [target], name=f"fk_{table}_{column}", initially="DEFERRED", deferrable=True
    )


def _string(
    name: str, length: int, default: str | None = None, *, nullable: bool = False
) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
