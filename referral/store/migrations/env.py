"""Runs migrations on the connection that ``Store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from referral.accounts import rows as account_rows
from referral.desk import rows as desk_rows
from referral.imports import rows as import_rows
from referral.jobs import rows as job_rows
from referral.slips import rows as slip_rows
from referral.store import (
    history_rows,
    rows,
)
from referral.store import (
    rows_classification as classification_rows,
)
from referral.store import (
    rows_log as log_rows,
)
from referral.store import (
    rows_texts as text_rows,
)
from referral.store import (
    word_lists as spoken_words,
)
from referral.store.base import Base
from referral.verification import rows as trust_rows
from referral.vocabulary import rows as vocabulary_rows

ALL_TABLES = (
    account_rows,
    classification_rows,
    desk_rows,
    history_rows,
    import_rows,
    job_rows,
    log_rows,
    rows,
    slip_rows,
    spoken_words,
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
