"""Runs migrations on the connection that ``Store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from referral.accounts import rows as account_rows
from referral.capacity import rows as capacity_rows
from referral.curation import rows as curation_rows
from referral.desk import rows as desk_rows
from referral.following import rows as following_rows
from referral.guides import rows as guide_rows
from referral.imports import rows as import_rows
from referral.jobs import rows as job_rows
from referral.open_data import rows as open_data_rows
from referral.proposals import rows as proposal_rows
from referral.reports import rows as report_rows
from referral.slips import rows as slip_rows
from referral.store import (
    rows,
    rows_log,
    rows_texts,
    stored_files,
    topic_suggestions,
    word_lists,
)
from referral.store.base import Base
from referral.terminal import rows as terminal_rows
from referral.verification import rows as verification_rows
from referral.vocabulary import rows as vocabulary_rows

ALL_TABLES = (
    account_rows,
    capacity_rows,
    curation_rows,
    import_rows,
    job_rows,
    desk_rows,
    open_data_rows,
    following_rows,
    stored_files,
    proposal_rows,
    report_rows,
    guide_rows,
    rows_log,
    rows,
    slip_rows,
    terminal_rows,
    topic_suggestions,
    word_lists,
    rows_texts,
    verification_rows,
    vocabulary_rows,
)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
