"""Runs migrations on the connection that ``Store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from referral.store import (
    account_rows,
    classification_rows,
    follow_up_rows,
    history_rows,
    import_rows,
    inquiry_rows,
    job_rows,
    log_rows,
    rows,
    slip_rows,
    spoken_words,
    team_rows,
    text_rows,
    trust_rows,
    vocabulary_rows,
)
from referral.store.base import Base

ALL_TABLES = (
    account_rows,
    classification_rows,
    follow_up_rows,
    history_rows,
    import_rows,
    job_rows,
    inquiry_rows,
    log_rows,
    rows,
    slip_rows,
    spoken_words,
    team_rows,
    text_rows,
    trust_rows,
    vocabulary_rows,
)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
