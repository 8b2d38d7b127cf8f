"""A serving process does the daily job by itself."""

import time

import pytest
from sqlalchemy import text

from referral.app.background import tidy_daily
from referral.directory.health import read_last_tidy_date


def test_the_job_is_done_while_the_site_is_served(directory, app):
    with tidy_daily(app, seconds=0.05):
        deadline = time.monotonic() + 30
        while read_last_tidy_date(directory) is None and time.monotonic() < deadline:
            time.sleep(0.05)
    assert read_last_tidy_date(directory) is not None


@pytest.mark.slow
def test_a_failure_is_logged_by_its_kind_and_the_next_look_goes_on(app, caplog):
    """A table is gone for a while, as when a database is being restored."""
    store = app.extensions["referral"].store
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE daily_job RENAME TO daily_job_away"))
    with tidy_daily(app, seconds=0.05):
        deadline = time.monotonic() + 30
        while caplog.text.count("The daily job failed") < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE daily_job_away RENAME TO daily_job"))
    assert "The daily job failed with" in caplog.text
